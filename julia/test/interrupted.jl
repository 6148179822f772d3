# Run by task.jl in a process of its own: forty times SIGINT at a random moment, in each way of calling.

using WasmtimeRuntime

ccall(:jl_exit_on_sigint, Cvoid, (Cint,), 0)

const ENGINE = WasmEngine(epoch_interruption = true)
const MODULE = WasmModule(ENGINE, """
    (module
      (import "env" "f" (func \$f (param i32) (result i32)))
      (func (export "id") (param i32) (result i32) (local.get 0))
      (func (export "spin") (loop (br 0)))
      (func (export "calls") (loop (drop (call \$f (i32.const 1))) (br 0))))""")

function instance(f; direct = false)
    WasmInstance(WasmStore(ENGINE), MODULE; imports = (env = (f = f,),), direct = direct).exports
end

allocating(x) = sum([x, Int32(1)])
napping(x) = (rand() < 0.01 && sleep(0.001); x)

const CALM, DIRECT, IDLE = instance(napping), instance(allocating; direct = true), instance(_ -> (sleep(100); Int32(1)))

"A call that waits for its turn. Ctrl-C comes to the task that waited last, which is this one as a rule."
function behind(exports)
    first_one = @async exports.calls()
    yield()
    try
        exports.id(1)
    finally
        istaskdone(first_one) || schedule(first_one, InterruptException(); error = true)
    end
    wait_for(first_one)
end

wait_for(task) = try wait(task) catch; throw(task.exception) end
const PURE = WasmInstance(WasmStore(ENGINE), WasmModule(ENGINE, """
    (module (func (export "id") (param i32) (result i32) (local.get 0)) (func (export "spin") (loop (br 0))))""")).exports

const WAYS = [() -> CALM.calls(), () -> CALM.spin(), () -> DIRECT.calls(), () -> DIRECT.spin(), () -> PURE.spin(),
              () -> call(PURE.spin; cooperative = true), () -> call(CALM.calls; timeout = 100), () -> instance(allocating).calls(),
              () -> call(IDLE.calls; timeout = 100), () -> behind(IDLE)]

"""
Sends SIGINT to this process after a while, from outside of it; again after three seconds, since Julia loses one that comes while it
runs finalizers.
"""
signal(seconds) = run(`sh -c "sleep $seconds; while kill -INT $(getpid()); do sleep 3; done"`; wait = false)

function interrupted(way)
    sender = signal(0.02 + 0.05 * rand())
    try
        way()
        "nothing was thrown"
    catch e
        e isa InterruptException ? "" : "threw $(sprint(showerror, e))"
    finally
        kill(sender)
        wait(sender)
    end
end

usable() = CALM.id(1) == DIRECT.id(1) == PURE.id(1) == IDLE.id(1) == 1

# Compiled before the first signal.
foreach(x -> x.id(1), (CALM, DIRECT, PURE, IDLE))

count = 0
for i in 1:40
    found = interrupted(WAYS[mod1(i, length(WAYS))])
    found == "" || println("way $(mod1(i, length(WAYS))): $found")
    usable() || println("after $i signals a store is not usable")
    global count += found == ""
end
println(count, " interrupts, every store usable")
