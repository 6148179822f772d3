# Test scripts: modules, what to do with them, and what must come of it.

"""
    WastFailure

What did not go as a script says: `file` and `line` of the command, and a `message` that says what was expected and what was found.

```jldoctest
julia> result = run_wast("(module) (assert_return (get \\"missing\\") (i32.const 1))")::WastResult;

julia> (result.failures[1]::WastFailure).line
1
```
"""
struct WastFailure
    file::String
    line::Int
    message::String
end

Base.show(io::IO, failure::WastFailure) = print(io, failure.file, ":", failure.line, ": ", failure.message)

"""
    WastResult

How scripts went: `passed`, `failed` and `skipped` count assertions, and commands of another kind that failed; `failures` is a vector
of [`WastFailure`](@ref); `files` has the numbers of each file. [`run_wast`](@ref) returns one.

```jldoctest
julia> result = run_wast("(module) (assert_return (get \\"missing\\") (i32.const 1))")::WastResult;

julia> result.failed
1
```
"""
struct WastResult
    passed::Int
    failed::Int
    skipped::Int
    failures::Vector{WastFailure}
    files::Vector{NamedTuple{(:file, :passed, :failed, :skipped),Tuple{String,Int,Int,Int}}}
end

function WastResult(results::Vector{WastResult})
    total(name) = sum(Int[getfield(result, name) for result in results])
    joined(name) = reduce(append!, (getfield(result, name) for result in results); init = fieldtype(WastResult, name)())
    WastResult(total(:passed), total(:failed), total(:skipped), joined(:failures), joined(:files))
end

counted(x) = string(x.passed, " passed, ", x.failed, " failed, ", x.skipped, " skipped")

Base.show(io::IO, result::WastResult) = print(io, "WastResult(", counted(result), ")")

function Base.show(io::IO, ::MIME"text/plain", result::WastResult)
    show(io, result)
    table(io, "files", [(file.file, counted(file)) for file in result.files])
    table(io, "failures", [(string(failure.file, ":", failure.line), failure.message) for failure in result.failures])
end

"""
    run_wast(source; engine, skip)::WastResult

Runs test scripts, the language of the official test suite of WebAssembly. `source` is the path of a file, or of a folder, whose files
`*.wast` run, or the text of a script, which begins with `(` or `;;`. What does not go as a script says is in the result: it is not
thrown.

`engine` has all proposals unless it is given. `skip` is what is not tried: lines, or `:` for everything; for a folder a dictionary
from the names of files, as `"simd/simd_load.wast"`, to these.

Assertions count, and commands of another kind that fail. Modules can import what the official suite does, the module `spectest`.

```jldoctest
julia> run_wast(\"\"\"
           (module (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1))))
           (assert_return (invoke "add" (i32.const 2) (i32.const 3)) (i32.const 5))
           (assert_return (invoke "add" (i32.const 2) (i32.const 2)) (i32.const 5))\"\"\")
WastResult(1 passed, 1 failed, 0 skipped)
files:
  script  1 passed, 1 failed, 0 skipped
failures:
  script:3  assert_return: expected i32 5, found i32 4
```
"""
function run_wast(source::AbstractString; engine::Union{Nothing,WasmEngine} = nothing, skip = ())
    engine === nothing || return run_scripts(engine, source, skip)
    engine = WasmEngine(wasm_custom_page_sizes = true, wasm_wide_arithmetic = true, shared_memory = true)
    try
        run_scripts(engine, source, skip)
    finally
        close(engine)
    end
end

function run_scripts(engine, source, skip)
    spectest = spectest_modules(engine)
    try
        iswat(source) ? run_script(engine, spectest, source, "script", skip) :
        isdir(source) ? WastResult([run_script(engine, spectest, read(joinpath(source, file), String), file, skipped(skip, file))
                                    for file in scripts(source)]) :
        run_script(engine, spectest, read(source, String), source, skip)
    finally
        foreach(close, spectest)
    end
end

"The scripts in a folder, by their paths in it."
function scripts(folder)
    found = [joinpath(inner, file) for (inner, _, files) in walkdir(folder) for file in files if endswith(file, ".wast")]
    sort(map(path -> replace(relpath(path, folder), '\\' => '/'), found))
end

skipped(skip::AbstractDict, file) = get(skip, file, ())
skipped(skip, file) =
    isempty(skip) ? skip : throw(ArgumentError("the lines to skip in a folder are a dictionary: each of its files has its own"))

function run_script(engine, spectest, source, file, skip)
    tally = Tally()
    try
        script = WasmScript(source, basename(file))
        run = ScriptRun(engine, spectest, script)
        try
            run_commands(run, commands(script), skip, tally)
        finally
            foreach(close, (run, script))
        end
    catch e
        e isa InterruptException && rethrow()
        push!(tally.failed, 0 => said(e))
    end
    failures = [WastFailure(file, line, message) for (line, message) in tally.failed]
    numbers = (passed = tally.passed, failed = length(failures), skipped = tally.skipped)
    WastResult(numbers..., failures, [(file = file, numbers...)])
end
