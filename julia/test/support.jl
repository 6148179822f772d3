# What the test files share. Each file stands alone otherwise.

const W = WasmtimeRuntime
const PACKAGE = dirname(@__DIR__)
const ENGINE = WasmEngine()

"An instance of a module in the text format, in a store of its own."
load(source::AbstractString; engine = ENGINE, store = WasmStore(engine), options...) =
    WasmInstance(store, WasmModule(store, source); options...)

"What `f` throws; a test that expects an exception fails where there is none."
function thrown(f)
    try
        f()
    catch e
        return e
    end
    error("nothing was thrown")
end

"The message of the WasmtimeError that `f` throws."
message(f) = (e = thrown(f); e isa WasmtimeError || error("$(repr(e)) is no WasmtimeError"); e.message)

"How many references the library holds for Julia in a store."
references(store) = W.parsejson(let out = Ref{W.C.wrt_bytes}()
    W.@check W.C.wrt_store_json(store, out)
    String(take!(out))
end)["references"]

shown(x; kwargs...) = repr(x; kwargs...)
plain(x) = repr("text/plain", x)

"Bytes that a call of `f` allocates, compiled for its arguments; what it returns does not count."
function allocated(f::F, args::Vararg{Any,N}) where {F,N}
    run() = (f(args...); nothing)
    run()
    @allocated run()
end

const ADD = """
(module
  (func (export "add") (param i32 i32) (result i32)
    local.get 0
    local.get 1
    i32.add))
"""

"Runs the tasks and returns what they return or throw, or fails instead of waiting for ever."
function outcomes(tasks; seconds = 60)
    timedwait(() -> all(istaskdone, tasks), float(seconds)) === :ok || error("the tasks do not end")
    map(t -> try fetch(t) catch e; e isa TaskFailedException ? e.task.exception : e end, tasks)
end

# Where WebAssembly calls a Julia function that may wait.
const SLEEPER = """
(module
  (import "env" "f" (func \$f (param i32) (result i32)))
  (func (export "run") (param i32) (result i32) (call \$f (local.get 0)))
  (func (export "twice") (param i32) (result i32) (i32.add (call \$f (local.get 0)) (call \$f (local.get 0))))
  (func (export "div") (param i32) (result i32) (i32.div_s (i32.const 10) (call \$f (local.get 0))))
  (func (export "spin") (param i32) (drop (call \$f (local.get 0))) (loop (br 0))))
"""

waiting(f; options...) = load(SLEEPER; imports = (env = (f = f,),), options...).exports

"Runs `f` on another thread than this one, which goes on."
function elsewhere(f)
    here, started = Threads.threadid(), Threads.Atomic{Bool}(false)
    tasks = Task[]
    while !started[]
        push!(tasks, Threads.@spawn Threads.threadid() != here && !Threads.atomic_xchg!(started, true) ? f() : nothing)
        yield()
        GC.safepoint()
    end
    tasks
end

const GUESTS = joinpath(dirname(PACKAGE), "tests", "wasi")
const PROGRAMS = Dict{Tuple{WasmEngine,String},WasmModule}()

"A program of tests/wasi, see the README there."
program(name; engine = ENGINE) = get!(() -> WasmModule(engine, joinpath(GUESTS, "$name.wasm")), PROGRAMS, (engine, name))

"Whether `f()` becomes true before long."
soon(f; seconds = 20) = timedwait(f, float(seconds)) === :ok

# As `ENGINE`, and can stop what computes.
const STOPPING = WasmEngine(epoch_interruption = true)

start(name, args...; options...) = run(program(name; engine = STOPPING); args = [name, args...], wait = false, options...)
text_of(name, args...; options...) = read(program(name; engine = STOPPING), String; args = [name, args...], options...)

"Waits for the end of a process, and returns it; fails instead of waiting for ever."
ended(process) = (soon(() -> process_exited(process)) || error("$process does not end"); wait(process); process)
