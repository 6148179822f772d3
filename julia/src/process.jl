# Programs of WASI, run as Base runs commands. Each has a store of its own, which is closed when the program is over.

"""
    WasmProcess

A program that runs: what `run(mod; wait = false)` and `open(mod)` return. `process.in` is the stream that the program reads,
`process.out` and `process.err` those that it writes, each `nothing` where the program was given something else. `process.exitcode` is
its status once it has ended, -1 if something else ended it. `wait`, `kill`, `success`, `process_running` and `process_exited` are those
of commands; `wait` throws what ended the program, if that was not the program itself.

```jldoctest
julia> process = run(upper; stdin = "hello\\n", wait = false)::WasmProcess;

julia> read(process.out, String)
"HELLO\\n"

julia> wait(process);

julia> process.exitcode
0
```
"""
mutable struct WasmProcess
    store::WasmStore
    in::Union{Nothing,WasmPipe}
    out::Union{Nothing,WasmPipe}
    err::Union{Nothing,WasmPipe}
    exitcode::Int
    killed::Bool
    "What ended it, if not itself."
    exception::Any
    "What was kept of what it wrote to `stderr`, for messages."
    words::String
    task::Task

    WasmProcess(store, config::WasiConfig) = new(store, stream(config.stdin), stream(config.stdout), stream(config.stderr),
                                                 typemin(Int), false, nothing, "")
end

stream(io) = io isa WasmPipe ? io : nothing

"How much of what a program writes to `stderr` is kept for error messages, in bytes."
const KEPT_ERRORS = 4096

"What the keywords of `run` say, apart from those of `WasiConfig`."
struct Execution
    imports::Any
    options::Any
    "The statuses besides 0 that are no failure, or whether all are."
    ignorestatus::Union{Bool,Vector{Int}}
    config::WasiConfig
end

function Execution(; imports = NamedTuple(), fuel = nothing, timeout = nothing, limits = nothing, ignorestatus = false, settings...)
    check_keywords(settings, (SETTINGS..., :imports, :timeout, :fuel, :limits, :ignorestatus))
    ignorestatus isa Bool || (ignorestatus = Int[ignorestatus...])
    Execution(imports, (fuel = fuel, timeout = timeout, limits = limits), ignorestatus, WasiConfig(; settings...))
end

"Whether a program that ends with `status` has done what it should."
is_fine(status, ignorestatus::Bool) = status == 0 || ignorestatus
is_fine(status, ignorestatus) = status == 0 || status in ignorestatus

"As the keywords say, or `defaults` where they are silent."
execution(mod, settings; defaults...) = Execution(; args = [program_name(mod)], defaults..., settings...)

program_name(mod) = (found = name(mod); isempty(found) ? "program" : found)

"Fails for a module that cannot be run."
function check_program(mod::WasmModule)
    checkopen(mod)
    types = ExportTypes(mod.exports)
    get(types, "_start", nothing) isa WasmFuncType && return
    what = haskey(types, "_initialize") ? "it is a reactor: make a WasmInstance of it, in a store with wasi, and call its exports" :
           "a program of WASI exports a function _start"
    throw(WasmRuntimeError("the module cannot be run; $what", :argument))
end

"The program in its store, to be called."
function load_program(store, mod, execution)
    isempty(execution.imports) || return WasmInstance(store, mod; imports = execution.imports)
    if mod.program === nothing
        linker, _ = wasi_linker(mod.engine)
        mod.program = prelink(linker, mod)
    end
    instantiate(mod.program::WasmPrelink, store)
end

"Runs the program in `store` to its end, and returns its status."
function execute(store, mod, execution)
    try
        load_program(store, mod, execution).exports["_start"]()
        0
    catch e
        e isa WasmExit || rethrow()
        e.status
    end
end

# What computes lets others run, whether it imports WASI or not.
function open_store(mod, execution)
    store = WasmStore(mod.engine; wasi = execution.config, execution.options...)
    enter_wasi!(store)
    store
end

"What was kept of `stderr`, as a sentence for messages; nothing where the store is closed, which another thread may do at any moment."
function last_words(store, config)
    config.stderr isa Kept || return ""
    text = try
        strip(String(take_output(store, 2)))
    catch e
        e isa WasmtimeError || rethrow()
        ""
    end
    isempty(text) ? "" : string(occursin('\n', text) ? ":\n" : ": ", text)
end

"The exception that says the last words as well, where it says what went wrong in the program."
explained(e, words) = e
explained(e::WasmTrap, words) = WasmTrap(e.message * words, e.code, e.frames, e.coredump)
explained(e::WasmLimitError, words) = WasmLimitError(e.message * words, e.status, e.frames)
explained(e::WasmInterrupt, words) = WasmInterrupt(e.message * words, e.frames)

exited(status, words = "") = WasmExit("the program ended with status $status$words", status, WasmFrame[])

"""
    run(mod::WasmModule; wait = true, args, stdin, stdout, stderr, dirs, ..., imports, timeout, fuel, limits)

Runs a module as a program of WASI, as `run` does a command: its output goes to `stdout` and `stderr` of Julia unless they are given, and
nothing else of this process is its. A status other than 0 is a [`WasmExit`](@ref). The keywords are those of [`WasiConfig`](@ref), and

- `imports`: what the program imports besides WASI, as for [`WasmInstance`](@ref)
- `ignorestatus`: the statuses besides 0 that are no failure, `[1, 2]`, or `true` for all; the status is the `exitcode` of the process
- `timeout`: seconds, for engines with `epoch_interruption = true`; `fuel`: work, for engines with `consume_fuel = true`; `limits`: of
  memory and so on: as for [`WasmStore`](@ref)

`args` is the program's name alone if it is not given. With `wait = false` the program runs as a task, and a [`WasmProcess`](@ref) is
returned at once; `process.in` and `process.out` are then streams to write and to read, unless `stdin` and `stdout` are given. Programs
that wait for time or input let others run, on the same thread too; those that compute do so in engines with
`epoch_interruption = true`.

```julia
mod = WasmModule(engine, "upper.wasm")
run(mod; stdin = "hello\\n")

process = run(mod; wait = false)
println(process.in, "hello")
close(process.in)
read(process.out, String)                 # => "HELLO\\n"
wait(process)
```
"""
function Base.run(mod::WasmModule; wait::Bool = true, settings...)
    wait || return start_program(mod, execution(mod, settings; stdin = WasmPipe(), stdout = WasmPipe(),
                                                stderr = Kept(KEPT_ERRORS, true)))
    check_program(mod)
    chosen = execution(mod, settings; stdout = stdout, stderr = stderr)
    process = WasmStore(open_store(mod, chosen)) do store
        process = WasmProcess(store, chosen.config)
        process.exitcode = execute(store, mod, chosen)
        process
    end
    is_fine(process.exitcode, chosen.ignorestatus) || throw(exited(process.exitcode))
    process
end

function start_program(mod, execution)
    check_program(mod)
    store = open_store(mod, execution)
    process = WasmProcess(store, execution.config)
    process.task = @async try
        status = execute(store, mod, execution)
        process.words = last_words(store, execution.config)
        process.exitcode = status
    catch e
        process.words = last_words(store, execution.config)
        process.exception = explained(e, process.words)
        process.exitcode = -1
    finally
        close_store(store)
    end
    process
end

# The store may have been closed by `kill`.
close_store(store) = isopen(store) && close(store)

WasmStore(f::Base.Callable, store::WasmStore) =
    try
        f(store)
    finally
        close_store(store)
    end

"""
    read(mod::WasmModule; ...)::Vector{UInt8}
    read(mod::WasmModule, String; ...)

Runs a module as a program of WASI, and returns what it wrote to `stdout`. The keywords are those of [`run`](@ref), but `stdout` and
`wait`. When the program fails, what it last wrote to `stderr` is in the message, unless `stderr` is given.

```julia
read(count, String; stdin = "one\\ntwo\\n")      # => "2 lines, 2 words, 8 bytes\\n"
```
"""
function Base.read(mod::WasmModule; settings...)
    haskey(settings, :stdout) && throw(ArgumentError("read returns what the program writes to stdout: run has the keyword"))
    check_program(mod)
    chosen = execution(mod, settings; stderr = Kept(KEPT_ERRORS, true), stdout = Kept(typemax(Csize_t), false))
    WasmStore(open_store(mod, chosen)) do store
        status = try
            execute(store, mod, chosen)
        catch e
            found = apart(explained, e, apart(last_words, store, chosen.config))
            found === e ? rethrow() : throw(found)
        end
        is_fine(status, chosen.ignorestatus) || throw(exited(status, apart(last_words, store, chosen.config)))
        take_output(store, 1)
    end
end

Base.read(mod::WasmModule, ::Type{String}; settings...) = String(read(mod; settings...))

"""
    success(mod::WasmModule; ...)::Bool
    success(process::WasmProcess)::Bool

Whether the program ends with status 0. What it writes is dropped unless `stdout` and `stderr` are given. The keywords are those of
[`run`](@ref).
"""
function Base.success(mod::WasmModule; settings...)
    check_program(mod)
    chosen = execution(mod, settings)
    WasmStore(store -> execute(store, mod, chosen), open_store(mod, chosen)) == 0
end

Base.success(process::WasmProcess) = (wait(process); process.exitcode == 0)

"""
    open(mod::WasmModule; ...)::WasmProcess
    open(f, mod::WasmModule; ...)

Starts a module as a program of WASI, as `run(mod; wait = false)`. With `f`, as in a `do` block, calls `f(process)`, closes its input,
drops what is left of its output, and waits; a status other than 0 is a [`WasmExit`](@ref).

```julia
open(upper) do process
    println(process.in, "hello")
    readline(process.out)
end                                       # => "HELLO"
```
"""
Base.open(mod::WasmModule; settings...) = run(mod; wait = false, settings...)

function Base.open(f::Function, mod::WasmModule; ignorestatus = false, settings...)
    process = open(mod; settings...)
    result = try
        f(process)
    catch
        kill(process)
        rethrow()
    end
    # Pipes that were given are not this process's alone.
    haskey(settings, :stdin) || close(process.in)
    haskey(settings, :stdout) || read(process.out)
    wait(process)
    is_fine(process.exitcode, ignorestatus) || throw(exited(process.exitcode, process.words))
    result
end

function Base.wait(process::WasmProcess)
    isdefined(process, :task) && wait(process.task)
    process.exception === nothing || process.killed || throw(process.exception)
    nothing
end

"""
    kill(process::WasmProcess)

Ends the program, wherever it is: what waits is given up at once, what computes is stopped in engines with
`epoch_interruption = true`.
"""
function Base.kill(process::WasmProcess)
    while process_running(process)
        process.killed = true
        try
            return close(process.store)
        catch e
            # Another thread runs it: at the next attempt it may have ended, or wait for something.
            stoppable = is_elsewhere(e) && process.store.engine.interruptible
            stoppable || (process.killed = false)
            stoppable || rethrow()
            interrupt!(process.store)
        end
        sleep(0.001)
    end
end

Base.process_running(process::WasmProcess) = process.exitcode == typemin(Int)
Base.process_exited(process::WasmProcess) = !process_running(process)

Base.show(io::IO, process::WasmProcess) =
    print(io, "WasmProcess(", process_running(process) ? "running" : process.killed ? "killed" :
                              process.exception !== nothing ? "failed" : "ended with status $(process.exitcode)", ")")
