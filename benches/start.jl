# From the start of Julia to the first result.

const FIRST_CALL = """
    using WasmtimeRuntime
    engine = WasmEngine()
    mod = WasmModule(engine, "(module (func (export \\"add\\") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1))))")
    WasmInstance(WasmStore(engine), mod).exports.add(2, 3) == 5 || exit(1)"""

# Base has one from Julia 1.6.
with_variable(command, pair) = setenv(command, merge(ENV, Dict(pair)))

"A fresh Julia that runs `code` in `project`; what it compiles ahead goes to `depot`."
function fresh(code, project, depot, name)
    julia = `$(Base.julia_cmd()) --startup-file=no --project=$project -e $code`
    command = with_variable(julia, "JULIA_DEPOT_PATH" => join([depot; DEPOT_PATH], ':'))
    # The first time it is compiled ahead.
    run(command)
    Way(name, n -> timed(n -> (for _ in 1:n; run(command); end), n))
end

"A package with nothing in it."
function empty_package(folder)
    mkpath(joinpath(folder, "src"))
    write(joinpath(folder, "Project.toml"), "name = \"Empty\"\nuuid = \"7c0f5a4e-64b2-4a6e-9d4f-1f8d1f6d2b11\"\nversion = \"0.1.0\"\n")
    write(joinpath(folder, "src", "Empty.jl"), "module Empty\nend\n")
    folder
end

function start_rows(row, native, engine)
    mktempdir() do folder
        depot = joinpath(folder, "depot")
        first_call = fresh(FIRST_CALL, joinpath(@__DIR__, "..", "julia"), depot, "using WasmtimeRuntime, and a first call")
        empty = fresh("using Empty", empty_package(joinpath(folder, "Empty")), depot, "using an empty package")
        row("A fresh Julia, from start to end", first_call, empty; long = true, target_ns = 500_000_000)
    end
end
