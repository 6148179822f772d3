# julia --project=julia docs/reference.jl FOLDER: writes the reference of the C functions, from include/wrt.api.json, and of the Julia
# names, from their docstrings, as pages into FOLDER/reference.

using WasmtimeRuntime

const ROOT = dirname(@__DIR__)

isempty(ARGS) && error("usage: docs/reference.jl FOLDER")

function page(write, path...)
    file = joinpath(ARGS[1], "reference", path...)
    mkpath(dirname(file))
    open(write, file, "w")
end

cell(text) = replace(replace(strip(text), "|" => "\\|"), r"\s*\n\s*" => " ")

# C

const API = WasmtimeRuntime.parsejson(read(joinpath(ROOT, "include", "wrt.api.json"), String))
const LISTS = ("constants", "opaques", "aliases", "structs", "callbacks", "functions")
"Where each name is described."
const C_PLACES = Dict(item["name"] => item["section"] for list in LISTS for item in API[list])

of_section(list, section) = filter(item -> item["section"] == section, API[list])

"A text with its names linked, for the page of a section; the name described there stays as it is."
function linked(text, own = "")
    replace(text, r"`((?:wrt|WRT)_\w+)(?:\.\w+)?`" => function (code)
        name = match(r"(?:wrt|WRT)_\w+", code).match
        haskey(C_PLACES, name) && name != own ? "[$code]($(C_PLACES[name]).md#$(startswith(name, "WRT_") ? "constants" : name))" : code
    end)
end

"A declaration of C, with a line for each parameter where one line would be long."
function prototype(result, name, params)
    items = [param["type"] * (endswith(param["type"], "*") ? "" : " ") * param["name"] for param in params]
    head = result * (endswith(result, "*") ? "" : " ") * name * "("
    isempty(items) && return head * "void);"
    line = head * join(items, ", ") * ");"
    length(line) <= 76 ? line : head * "\n    " * join(items, ",\n    ") * ");"
end

function describe(io, item, declaration)
    println(io, "\n## `", item["name"], "`\n\n```c\n", declaration, "\n```\n\n", linked(item["doc"], item["name"]))
end

function constants(io, items)
    isempty(items) && return
    println(io, "\n## Constants\n\n| name | value | |\n|---|---|---|")
    for item in items
        println(io, "| `", item["name"], "` | ", item["value"], " | ", cell(linked(item["doc"])), " |")
    end
end

function fields(io, item)
    println(io, "\n", item["size"], " bytes.\n\n| field | at byte | |\n|---|---|---|")
    for field in item["fields"]
        println(io, "| `", field["type"], " ", field["name"], "` | ", field["offset"], " | ", cell(linked(field["doc"])), " |")
    end
end

function section(io, section)
    name = section["name"]
    println(io, "# ", name, "\n\n", linked(section["doc"]))
    constants(io, of_section("constants", name))
    for item in of_section("opaques", name)
        describe(io, item, string("typedef struct ", item["name"], " ", item["name"], ";"))
    end
    for item in of_section("aliases", name)
        describe(io, item, string("typedef ", item["type"], " ", item["name"], ";"))
    end
    for item in of_section("structs", name)
        describe(io, item, string("struct ", item["name"], ";"))
        fields(io, item)
    end
    for item in of_section("callbacks", name)
        describe(io, item, prototype(string("typedef ", item["result"]), string("(*", item["name"], ")"), item["params"]))
    end
    for item in of_section("functions", name)
        describe(io, item, prototype(item["result"], item["name"], item["params"]))
    end
end

page("c", "index.md") do io
    println(io, "# C\n\nAll of `wrt.h`, version ", join(API["abi"], "."), " of the ABI, by its sections.\n\n| section | | functions |\n|---|---|---|")
    for section in API["sections"]
        name = section["name"]
        functions = join(("[`$(f["name"])`]($name.md#$(f["name"]))" for f in of_section("functions", name)), ", ")
        println(io, "| [", name, "](", name, ".md) | ", cell(section["doc"]), " | ", functions, " |")
    end
end
for item in API["sections"]
    page(io -> section(io, item), "c", item["name"] * ".md")
end

# Julia

"The docstrings of a name, with the file of the first."
function docstrings(name)
    found = collect(values(Base.Docs.meta(WasmtimeRuntime)[Base.Docs.Binding(WasmtimeRuntime, name)].docs))
    sort!(found; by = doc -> doc.data[:linenumber])
    file = something(findfirst(doc -> endswith(string(doc.data[:path]), ".jl"), found), 0)
    place = file == 0 ? "config" : splitext(basename(found[file].data[:path]))[1]
    (place == "WasmtimeRuntime" ? "names" : place, join((join(doc.text) for doc in found), "\n\n"))
end

const NAMES = sort(filter(!=(:WasmtimeRuntime), names(WasmtimeRuntime)); by = string)
const DOCS = Dict(name => docstrings(name) for name in NAMES)

"What the site makes of a name as a heading."
anchor(name) = lowercase(replace(string(name), r"[!@]" => ""))

"A docstring as a page has it: signatures and examples as blocks, references as links."
function markdown(text)
    text = replace(text, "```jldoctest" => "```julia")
    text = replace(text, r"^((?:    \S.*\n?)+)" => code -> "```julia\n" * replace(rstrip(code), r"^    "m => "") * "\n```\n")
    replace(text, r"\[`([^`]+)`\]\(@ref\)" => function (code)
        name = Symbol(match(r"`([^`]+)`", code).captures[1])
        haskey(DOCS, name) ? "[`$name`]($(DOCS[name][1]).md#$(anchor(name)))" : "`$name`"
    end)
end

const FILES = unique(sort([file for (file, _) in values(DOCS)]))

page("julia", "index.md") do io
    println(io, "# Julia\n\nThe exported names.\n\n| file | names |\n|---|---|")
    for file in FILES
        names = (("[`$name`]($file.md#$(anchor(name)))") for name in NAMES if DOCS[name][1] == file)
        println(io, "| [", file, "](", file, ".md) | ", join(names, ", "), " |")
    end
end
for file in FILES
    page("julia", file * ".md") do io
        println(io, "# ", file)
        for name in NAMES
            DOCS[name][1] == file || continue
            println(io, "\n## `", name, "`\n\n", markdown(DOCS[name][2]))
        end
    end
end
