# Julia functions called on the stack of WebAssembly: fast, one task at a time, and nothing that waits.

const DIRECT = """
(module
  (import "env" "f" (func \$f (param i32) (result i32)))
  (memory (export "memory") 1)
  (func (export "run") (param i32) (result i32) (call \$f (local.get 0)))
  (func (export "loop") (param i32) (result i32) (local i32)
    (loop
      (local.set 1 (call \$f (local.get 1)))
      (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
    (local.get 1))
  (func (export "div") (param i32) (result i32) (i32.div_s (i32.const 1) (local.get 0))))
"""

directly(f; store = WasmStore(ENGINE), source = DIRECT) =
    WasmInstance(store, WasmModule(store, source); imports = (env = (f = f,),), direct = true).exports

@testset "a direct call allocates nothing" begin
    x = get_typed_func(WasmInstance(WasmStore(ENGINE), WasmModule(ENGINE, DIRECT); imports = (env = (f = x -> x + Int32(1),),),
                                    direct = true), "loop", [Int32], Int32)
    @test x(1000) == 1000
    @test allocated(x, 1000) == 0
end

struct Refusal <: Exception
    detail::Any
end

@noinline refuse(n) = throw(Refusal(n))

@testset "exceptions are the very object" begin
    e = Refusal([1, 2])
    x = directly(n -> n == 0 ? throw(e) : n)
    @test thrown(() -> x.run(0)) === e
    @test x.run(5) == 5
    @test_throws InexactError directly(n -> 2^40).run(1)
    @test_throws StackOverflowError directly(n -> (f(x) = f(x + 1) + 1; f(n))).run(1)
    @test_throws InterruptException directly(n -> throw(InterruptException())).run(1)
    stack = try
        directly(refuse).run(7)
    catch
        isdefined(Base, :current_exceptions) ? Base.current_exceptions() : Base.catch_stack()
    end
    exceptions = [e isa Tuple ? e[1] : e.exception for e in stack]
    @test exceptions[end] === Refusal(Int32(7)) && exceptions[end-1] isa WasmHostError
    @test occursin("refuse", sprint(showerror, exceptions[end-1])) && length(exceptions[end-1].frames) == 1
end

@testset "calls within calls" begin
    inner = directly(x -> x == 3 ? throw(Refusal(:inner)) : x + 1)
    outer = directly(x -> inner.run(x) * 10)
    @test outer.run(1) == 20
    @test thrown(() -> outer.run(3)) == Refusal(:inner)
    @test thrown(() -> directly(x -> inner.div(x)).run(0)).code === :integer_division_by_zero
    itself = Ref{Any}()
    itself[] = directly(x -> x == 0 ? 0 : itself[].run(x - 1) + 1)
    @test itself[].run(50) == 50
    # A function that may wait, inside of a direct one: only what it does there counts.
    calm = load(DIRECT; imports = (env = (f = x -> x + 1,),)).exports
    @test directly(x -> calm.run(x) * 2).run(4) == 10
end

@testset "the caller and the memory" begin
    f(caller::WasmCaller, n) = (m = caller["memory"]; grow!(m, n); m[1] = 7; length(m) ÷ 65536)
    @test directly(f).run(2) == 3
end

@testset "a yield is an error of the call" begin
    for wait in (() -> yield(), () -> sleep(0.001), () -> fetch(@async 1), () -> take!(Channel(c -> put!(c, 1))))
        x = directly(n -> (n == 0 && wait(); n))
        e = thrown(() -> x.run(0))
        @test e isa WasmRuntimeError && e.status === :yield && occursin("direct = true", e.message)
        @test x.run(3) == 3
    end
    # What it throws itself is told first.
    @test thrown(() -> directly(n -> (yield(); error("mine"))).run(0)) == ErrorException("mine")
    # A function within it that yields spoils the outer one as well.
    inner = load(DIRECT; imports = (env = (f = x -> (yield(); x),),)).exports
    @test thrown(() -> directly(x -> inner.run(x)).run(1)).status === :yield
    @test inner.run(1) == 1 && current_task().result === nothing
end

isyield(e) = e isa WasmRuntimeError && e.status === :yield

@testset "tasks that come in meanwhile wait, whatever the order" begin
    # Entered first and left first, which would corrupt the stack of calls if the second were let in.
    naps = [0.05, 0.01, 0.03, 0.001]
    instances = [directly(x -> (sleep(naps[i]); x)) for i in eachindex(naps)]
    @test all(isyield, outcomes([@async(instances[i].run(10)) for i in eachindex(naps)]))
    @test all(isyield, outcomes([@async(instances[1].run(i)) for i in 1:5]))
    f = x -> (yield(); x % 3 == 0 ? error("three") : x)
    for _ in 1:10
        found = outcomes([@async(directly(f).loop(i)) for i in 1:6])
        @test all(e -> isyield(e) || e == ErrorException("three"), found)
    end
end

@testset "a task that is stopped while it waits at the gate" begin
    sleeping, other = directly(x -> (sleep(0.2); x)), directly(x -> x)
    first_task = @async sleeping.run(1)
    yield()
    waiting = @async other.run(2)
    third = @async other.run(3)
    yield()
    schedule(waiting, InterruptException(); error = true)
    found = outcomes([first_task, waiting, third])
    @test isyield(found[1]) && found[2] isa InterruptException && found[3] == 3
    @test other.run(4) == 4
end

@testset "pure stores need not wait" begin
    sleeping, pure = directly(x -> (sleep(0.05); x)), load(ADD)
    outer = @async sleeping.run(1)
    yield()
    @test !istaskdone(outer) && pure.exports.add(2, 3) == 5
    @test isyield(outcomes([outer])[1])
end

@testset "the task is as free as before afterwards" begin
    x = directly(x -> (@assert(current_task().sticky); x))
    task = Task(() -> (before = current_task().sticky; x.run(1); before == current_task().sticky))
    task.sticky = false
    schedule(task)
    @test fetch(task)
    @test all(gate -> gate.owner === nothing && gate.depth == 0 && isempty(gate.waiting), W.GATES)
end

@testset "direct functions and others in one store" begin
    store = WasmStore(ENGINE)
    WasmFunc(store, x -> x, Int32, (Int32,); direct = true)
    @test occursin("direct = true", message(() -> WasmFunc(store, x -> x, Int32, (Int32,))))
    @test occursin("direct = true", message(() -> load(DIRECT; store = store, imports = (env = (f = identity,),))))
    linker = WasmLinker(ENGINE)
    linker["env", "f"] = identity
    @test thrown(() -> instantiate(linker, store, WasmModule(ENGINE, DIRECT))).status === :unsupported
    @test thrown(() -> instantiate(prelink(linker, WasmModule(ENGINE, DIRECT)), store)).status === :unsupported
    @test directly(identity; store = store).run(3) == 3
    # The other way round the direct one may wait as well.
    store = WasmStore(ENGINE)
    WasmFunc(store, x -> x, Int32, (Int32,))
    @test directly(x -> (yield(); x); store = store).run(4) == 4
    linker = WasmLinker(ENGINE; direct = true)
    linker["env", "f"] = x -> (yield(); x)
    mod = WasmModule(ENGINE, DIRECT)
    @test instantiate(linker, store, mod).exports.run(5) == 5
    @test thrown(() -> instantiate(linker, WasmStore(ENGINE), mod).exports.run(6)).status === :yield
    @test instantiate(linker, store, mod).exports.run(7) == 7
    @test thrown(() -> instantiate(prelink(linker, mod), store)).status === :unsupported
    @test thrown(() -> instantiate(prelink(linker, mod), WasmStore(ENGINE)).exports.run(8)).status === :yield
    # Each way to say it.
    ways = [WasmFunc((x::Int32) -> x, WasmStore(ENGINE), (Int32,), Int32; direct = true),
            WasmFunc(WasmStore(ENGINE), (x::Int32) -> x; direct = true),
            WasmFunc(WasmStore(ENGINE), x -> x, WasmFuncType([Int32], [Int32]); direct = true),
            WasmFunc(x -> x, WasmStore(ENGINE), WasmFuncType([Int32], [Int32]); direct = true)]
    @test all(f -> f.store.hosts && !f.store.tasks && f(9) == 9, ways)
end

const DEEP_HOST = """(module
  (func \$deep (export "deep") (param i32) (result i32)
    (if (result i32) (local.get 0)
      (then (i32.add (i32.const 1) (call \$deep (i32.sub (local.get 0) (i32.const 1)))))
      (else (i32.const 0)))))"""

@testset "a stack that is too short" begin
    instance = load(DEEP_HOST)
    deep(n) = instance.exports.deep(n)
    @test deep(1000) == 1000
    overflow = thrown(() -> deep(10^6))
    @test overflow isa WasmTrap && overflow.code === :stack_overflow
    # On 128 KiB WebAssembly has a stack of its own: all that it has elsewhere.
    small(f) = (task = Task(f, 128 << 10); schedule(task); fetch(task))
    @test small(() -> deep(1000)) == 1000
    @test small(() -> thrown(() -> deep(10^6)).code) === :stack_overflow
    @test deep(1000) == 1000 && thrown(() -> deep(10^6)).code === :stack_overflow
    # Far down a large one, however little is left.
    down(f, n) = n == 0 ? f() : (x = down(f, n - 1); x)
    outcome(n) = (e = thrown(() -> down(() -> deep(10^6), n)); e isa WasmTrap ? e.code : typeof(e))
    large(f) = (task = Task(f, 4 << 20); schedule(task); fetch(task))
    found = [large(() -> outcome(n)) for n in 12_000:250:20_000]
    @test first(found) === :stack_overflow && issubset(found, [:stack_overflow, StackOverflowError])
    @test deep(1000) == 1000 && thrown(() -> deep(10^6)).code === :stack_overflow
    # With direct functions it is an error.
    store = WasmStore(ENGINE)
    WasmFunc(store, () -> nothing; direct = true)
    instance = load(DEEP_HOST; store = store)
    e = small(() -> thrown(() -> instance.exports.deep(1)))
    @test e isa WasmTrap && e.code === :stack_overflow && occursin("KiB are left of this stack", e.message)
    @test instance.exports.deep(5) == 5
end
