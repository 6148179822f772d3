# With one thread this file runs itself again with two.

if Threads.nthreads() == 1
    @testset "on two threads" begin
        julia = `$(Base.julia_cmd()) --startup-file=no --project=$PACKAGE $(joinpath(PACKAGE, "test", "runtests.jl")) threads traps`
        @test success(pipeline(setenv(julia, merge(ENV, Dict("JULIA_NUM_THREADS" => "2"))); stdout = stdout, stderr = stderr))
    end
end

"Runs `f(i)` on thread `i`, for each thread."
function on_each(f)
    found = Vector{Any}(undef, Threads.nthreads())
    Threads.@threads for i in 1:Threads.nthreads()
        found[i] = try f(i) catch e; e end
    end
    found
end

@testset "one engine and module, a store for each thread" begin
    mod = WasmModule(ENGINE, ADD)
    function work(i)
        add = get_typed_func(WasmInstance(WasmStore(ENGINE), mod), "add", [Int32, Int32], Int32)
        s = Int32(0)
        for k in 1:100_000
            s = add(s, i)
        end
        s
    end
    @test on_each(work) == [100_000 * i for i in 1:Threads.nthreads()]
end

@testset "host functions on each thread" begin
    mod = WasmModule(ENGINE, """
    (module (import "env" "f" (func \$f (param i32) (result i32)))
      (func (export "run") (param i32) (result i32) (call \$f (local.get 0))))""")
    linker = WasmLinker(ENGINE)
    linker["env", "f"] = x -> (x % 500 == 0 && GC.gc(false); sum([x, 1]))
    function work(i)
        run = instantiate(linker, WasmStore(ENGINE), mod).exports.run
        all(k -> run(k) == k + 1, 1:2000)
    end
    @test all(==(true), on_each(work))
end

const SPIN = """(module (func (export "spin") (loop (br 0))) (func (export "id") (param i32) (result i32) (local.get 0)))"""

if Threads.nthreads() > 1
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

    const STOPPABLE = WasmEngine(epoch_interruption = true)

    @testset "a store in use by another thread is busy" begin
        instance = load(SPIN; store = WasmStore(STOPPABLE; timeout = 20))
        id, spin, store = instance.exports.id, instance.exports.spin, instance.store
        outcome = Channel{Any}(1)
        elsewhere(() -> put!(outcome, thrown(spin)))
        e = nothing
        for _ in 1:10^6
            try
                id(1)
            catch e
                break
            end
        end
        @test e isa WasmtimeError && e.status === :busy && occursin("another thread", e.message)
        @test thrown(() -> close(store)).status === :busy
        interrupt!(store)
        @test take!(outcome) isa WasmInterrupt
        @test id(1) == 1
    end

    # A long call must not hold up the collections of the other threads.
    @testset "garbage is collected while WebAssembly runs" begin
        instance = load(SPIN; store = WasmStore(STOPPABLE; timeout = 20))
        outcome = Channel{Any}(1)
        elsewhere(() -> put!(outcome, thrown(instance.exports.spin)))
        sleep(0.05)
        @test (@elapsed GC.gc()) < 5
        @test (@elapsed GC.gc()) < 5
        interrupt!(instance.store)
        @test take!(outcome) isa WasmInterrupt
    end
end
