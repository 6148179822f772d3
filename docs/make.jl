# julia --project=docs docs/make.jl: the pages and the docstrings with Documenter. `tools/run docs` makes a site without it.
#
# Documenter refuses links out of its source, so the pages are copied, and such links become plain text.

using Documenter, WasmtimeRuntime

include("pages.jl")

const SOURCE = joinpath(mktempdir(), "src")

cp(joinpath(@__DIR__, "src"), SOURCE)
for (folder, _, files) in walkdir(SOURCE), file in files
    endswith(file, ".md") || continue
    path = joinpath(folder, file)
    write(path, replace(read(path, String), r"\[([^\]]*)\]\((?:\.\./)+(?:examples|benches|tests|include|README|CHANGELOG|SECURITY)[^)]*\)" => s"\1"))
end
write(joinpath(SOURCE, "names.md"), "# Julia names\n\n```@autodocs\nModules = [WasmtimeRuntime]\nPrivate = false\n```\n")

DocMeta.setdocmeta!(WasmtimeRuntime, :DocTestSetup, :(using WasmtimeRuntime); recursive = true)

makedocs(;
    sitename = "WasmtimeRuntime",
    modules = [WasmtimeRuntime],
    source = SOURCE,
    build = joinpath(@__DIR__, "build"),
    pages = [pages(); "Reference" => ["names.md"]],
    # The examples have a prelude of their own: julia/test/docs.jl runs them.
    doctest = false,
    checkdocs = :exports,
)
