# What has no other side: sizes.

"Bytes of the library as it ships, without the symbols that only debuggers want; nothing where there is no `strip`."
function stripped_size()
    Sys.which("strip") === nothing && return nothing
    mktempdir() do folder
        copied = cp(WasmtimeRuntime.library_path(), joinpath(folder, "library"))
        run(`strip $copied`)
        filesize(copied)
    end
end

const RESIDENT, PROJECT = joinpath(@__DIR__, "resident.jl"), joinpath(@__DIR__, "..", "julia")

"From a Julia of its own, so that nothing else is counted."
resident() = map(eachline(`$(Base.julia_cmd()) --startup-file=no --project=$PROJECT $RESIDENT`)) do line
    bytes, name = split(line, ' '; limit = 2)
    Fact(name, parse(Float64, bytes), "bytes")
end

function size_rows(row, native, engine)
    size = stripped_size()
    size === nothing ? println("no strip here: the size of the library is left out") : row(Fact("the library, stripped", size / 1e6, "MB"))
    Sys.islinux() && foreach(row, resident())
end
