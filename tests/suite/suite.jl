# Runs the programs of the official test suite of WASI, as tests/suite.rs says on standard input: for each its file, how many arguments,
# variables and folders, and these, all separated by NUL. Prints a line for each, as soon as it is over: its status and, in hex, what
# it wrote to stdout and stderr; or `failed` and, in hex, what ended it.
using WasmtimeRuntime

"The texts that were not yet looked at. A NUL is after each."
const TEXTS = String.(split(read(stdin, String), '\0'))
pop!(TEXTS)

texts(count) = [popfirst!(TEXTS) for _ in 1:count]
pairs_of(count) = [popfirst!(TEXTS) => popfirst!(TEXTS) for _ in 1:count]

function run_program(engine, path; settings...)
    out, err = IOBuffer(), IOBuffer()
    status = try
        run(WasmModule(engine, path); stdout = out, stderr = err, settings...)
        0
    catch e
        e isa WasmExit || rethrow()
        e.status
    end
    "$status $(bytes2hex(take!(out))) $(bytes2hex(take!(err)))"
end

engine = WasmEngine(epoch_interruption = true)
while !isempty(TEXTS)
    path = popfirst!(TEXTS)
    counts = parse.(Int, texts(3))
    args, env, folders = [basename(path); texts(counts[1])], pairs_of(counts[2]), pairs_of(counts[3])
    line = try
        # No program of the suite takes a second.
        run_program(engine, path; args = args, env = env, writable = folders, timeout = 60)
    catch e
        "failed $(bytes2hex(sprint(showerror, e)))"
    end
    println(line)
end
