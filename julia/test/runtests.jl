# Runs with or without Pkg: julia --project=julia julia/test/runtests.jl [file names without .jl]

using Test, WasmtimeRuntime
import Sockets

include("support.jl")

const FILES = ["quality", "artifact", "library", "json", "error", "value", "types", "config", "engine", "text", "module",
               "serialization", "cache", "store", "func",
               "call", "dynamic", "broadcast", "host", "memory", "global", "table", "reference", "object", "exception", "extern",
               "instance", "linker", "bell", "pipe", "wasi", "process", "constant", "command", "script", "closed", "gc", "direct",
               "turn", "task", "threads", "traps", "peers", "spec", "docs", "face"]

passes(ts::Test.DefaultTestSet) = ts.n_passed + mapreduce(passes, +, ts.results; init = 0)
passes(::Any) = 0

function run_all(files)
    results = @testset "WasmtimeRuntime" begin
        @testset "$file" for file in files
            include("$file.jl")
        end
    end
    passes(results), 0
end

passed, failed = try
    run_all(isempty(ARGS) ? FILES : ARGS)
catch e
    e isa Test.TestSetException || rethrow()
    e.pass, e.fail + e.error
end

println(passed, " passed, ", failed, " failed")
failed == 0 || exit(1)
