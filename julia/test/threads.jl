# With one thread this file runs itself again with more.

if Threads.nthreads() == 1
    @testset "on $threads threads" for (threads, files) in (2 => "threads traps turn task direct memory", 8 => "memory")
        julia = `$(Base.julia_cmd()) --startup-file=no --project=$PACKAGE $(joinpath(PACKAGE, "test", "runtests.jl")) $(split(files))`
        environment = merge(ENV, Dict("JULIA_NUM_THREADS" => string(threads)))
        @test success(pipeline(setenv(julia, environment); stdout = stdout, stderr = stderr))
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

# The very object comes out of each call, whoever else calls at the same time.
@testset "what direct functions throw, on each thread" begin
    source = """(module (import "env" "f" (func \$f (param i32))) (func (export "run") (param i32) (call \$f (local.get 0))))"""
    boom = [ErrorException("thread $i") for i in 1:Threads.nthreads()]
    run = load(source; imports = (env = (f = i -> throw(boom[i]),),), direct = true).exports.run
    @test all(on_each(i -> all(_ -> thrown(() -> run(i)) === boom[i], 1:1000)))
end

const SPIN = """(module (func (export "spin") (loop (br 0))) (func (export "id") (param i32) (result i32) (local.get 0)))"""

if Threads.nthreads() > 1
    const STOPPABLE = WasmEngine(epoch_interruption = true)

    @testset "a call waits for another thread, other uses are busy" begin
        instance = load(SPIN; store = WasmStore(STOPPABLE; timeout = 20))
        id, spin, store = instance.exports.id, instance.exports.spin, instance.store
        glob = WasmGlobal(store, Int32(5); mutable = true)
        outcome = Channel{Any}(1)
        elsewhere(() -> put!(outcome, thrown(spin)))
        e = nothing
        for _ in 1:10^6
            try
                glob[]
            catch e
                break
            end
        end
        @test e isa WasmtimeError && e.status === :busy && occursin("another thread", e.message)
        @test thrown(() -> close(store)).status === :busy
        stopper = Timer(_ -> interrupt!(store), 0.2)
        @test (@elapsed id(1)) > 0.05
        @test take!(outcome) isa WasmInterrupt
        @test id(1) == 1 && glob[] == 5
        close(stopper)
    end

    @testset "a function waits while another thread uses its store" begin
        # Whatever the library is asked for while the other thread is inside is asked again.
        x = waiting(n -> (sleep(0.0001); n % 7 == 0 ? error("seven") : n))
        store, stop = x.run.store, Threads.Atomic{Bool}(false)
        done = Channel{Any}(1)
        elsewhere(() -> put!(done, while !stop[]
            try gc!(store) catch e; e.status === :busy || rethrow() end
            GC.safepoint()
        end))
        for n in 1:200
            found = try x.run(n) catch e; e end
            @test n % 7 == 0 ? found == ErrorException("seven") : found == n
        end
        stop[] = true
        @test take!(done) === nothing
    end

    @testset "values of Julia while another thread uses the store" begin
        source = """(module (import "env" "f" (func \$f (param externref) (result externref)))
          (global (export "g") (mut externref) (ref.null extern))
          (func (export "run") (param externref) (result externref) (call \$f (local.get 0))))"""
        x = load(source; imports = (env = (f = v -> (yield(); [v, v]),),)).exports
        stop, done = Threads.Atomic{Bool}(false), Channel{Any}(1)
        elsewhere(() -> put!(done, while !stop[]
            try
                x.g[] = rand(2)
                gc!(x.run.store)
            catch e
                e.status === :busy || rethrow()
            end
            GC.safepoint()
        end))
        @test all(i -> x.run(i) == [i, i], 1:2000)
        stop[] = true
        @test take!(done) === nothing
    end

    # A long call must not hold up the collections of the other threads.
    @testset "garbage is collected while WebAssembly runs" begin
        for cooperative in (false, true)
            instance = load(SPIN; store = WasmStore(STOPPABLE; timeout = 20))
            outcome = Channel{Any}(1)
            elsewhere(() -> put!(outcome, thrown(() -> call(instance.exports.spin; cooperative = cooperative))))
            sleep(0.05)
            collecting = @elapsed for _ in 1:3
                GC.gc()
            end
            interrupt!(instance.store)
            @test take!(outcome) isa WasmInterrupt
            # Else it would have waited for the timeout.
            @test collecting < 20
        end
    end

    @testset "garbage is collected while a module compiles" begin
        body = "(local.set 0 (i32.mul (i32.add (local.get 0) (local.get 1)) (i32.xor (local.get 0) (local.get 1))))"
        f = "(func (param i32 i32) (result i32) $(repeat(body, 200)) (local.get 0))"
        source = "(module $(repeat(f, 400)))"
        WasmModule(ENGINE, "(module)")
        started, done = Threads.Atomic{Bool}(false), Threads.Atomic{Bool}(false)
        outcome = Channel{Any}(1)
        elsewhere() do
            started[] = true
            mod = WasmModule(ENGINE, source)
            done[] = true
            put!(outcome, mod)
        end
        while !started[]
            GC.safepoint()
        end
        begun, longest = time_ns(), 0
        while !done[]
            start = time_ns()
            GC.gc(false)
            longest = max(longest, time_ns() - start)
            sleep(0.01)
        end
        @test isopen(take!(outcome))
        # Else the first that began while it compiled would have waited for all of it.
        @test longest < (time_ns() - begun) / 2
    end

    @testset "functions that yield, on both threads" begin
        mod = WasmModule(ENGINE, """
        (module (import "env" "f" (func \$f (param i32) (result i32)))
          (func (export "twice") (param i32) (result i32) (i32.add (call \$f (local.get 0)) (call \$f (local.get 0)))))""")
        function work(i)
            f(x) = (rand() < 0.1 ? sleep(0.001) : yield(); rand() < 0.01 && GC.gc(false); x)
            twice = WasmInstance(WasmStore(ENGINE), mod; imports = (env = (f = f,),)).exports.twice
            all(k -> twice(k) == 2k, 1:50)
        end
        @test all(fetch, [Threads.@spawn(work(i)) for i in 1:20])
        # One store for all of them.
        inside = Threads.Atomic{Int}(0)
        alone = Threads.Atomic{Bool}(true)
        function f(x)
            Threads.atomic_add!(inside, 1) == 0 || (alone[] = false)
            yield()
            Threads.atomic_sub!(inside, 1)
            x
        end
        twice = WasmInstance(WasmStore(ENGINE), mod; imports = (env = (f = f,),)).exports.twice
        tasks = [Threads.@spawn(all(k -> twice(k) == 2k, 1:50)) for _ in 1:20]
        @test all(fetch, tasks) && alone[]
        @test twice.store.turn.owner === nothing && isempty(W.CONTENDED)
    end
end
