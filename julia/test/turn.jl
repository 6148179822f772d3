# Whose turn it is in a store, and tasks that would wait for ever.

@testset "one store, many tasks: one after the other" begin
    inside, most = Ref(0), Ref(0)
    x = waiting(x -> (inside[] += 1; most[] = max(most[], inside[]); sleep(0.001); inside[] -= 1; x))
    @test outcomes([@async(x.run(i)) for i in 1:20]) == 1:20
    @test most[] == 1 && x.run.store.turn.owner === nothing && isempty(W.CONTENDED) && W.PATROL[] === nothing
end

isdeadlock(e) = e isa WasmRuntimeError && e.status === :deadlock && occursin("wait for ever", e.message)

@testset "waiting for oneself is an error" begin
    x, y = Ref{Any}(), Ref{Any}()
    inner(f) = fetch(@async thrown(f))
    # A task that a host function waits for.
    found = Ref{Any}()
    x[] = waiting(n -> n == 0 ? (found[] = inner(() -> x[].run(1)); 7) : n)
    @test x[].run(0) == 7 && isdeadlock(found[])
    # One that it begins to wait for later, and with another between them.
    x[] = waiting(n -> n == 0 ? (t = @async(thrown(() -> x[].run(1))); yield(); found[] = fetch(@async(fetch(t))); 7) : n)
    @test x[].run(0) == 7 && isdeadlock(found[])
    # Two stores, each with a task that wants the other.
    results = Any[nothing, nothing]
    x[] = waiting(n -> n == 0 ? (sleep(0.02); try y[].run(1) catch e; results[1] = e; -1 end) : n)
    y[] = waiting(n -> n == 0 ? (sleep(0.02); try x[].run(1) catch e; results[2] = e; -1 end) : n)
    values = outcomes([@async(x[].run(0)), @async(y[].run(0))])
    @test sort(values) == [-1, 1] && count(isdeadlock, results) == 1
    # Waiting for a task that does not come back to the store is fine.
    x[] = waiting(n -> fetch(@async((sleep(0.01); n))))
    @test x[].run(3) == 3 && isempty(W.CONTENDED) && W.PATROL[] === nothing
end

@testset "a turn and the gate of the thread can wait for each other, too" begin
    direct, x = Ref{Any}(), Ref{Any}()
    direct[] = load(SLEEPER; imports = (env = (f = n -> n == 0 ? x[].run(1) : n,),), direct = true).exports
    x[] = waiting(n -> n == 0 ? (yield(); direct[].run(5)) : n)
    # The first task waits at the gate that the second one is in, and that waits for the turn of the first.
    found = outcomes([@async(x[].run(0)), @async(direct[].run(0))])
    @test found[1] == 5 && isdeadlock(found[2])
    @test direct[].run(0) == 1 && isempty(W.CONTENDED)
end

@testset "a store that is closed has no turns" begin
    never = Channel{Int}(0)
    x = waiting(n -> take!(never))
    tasks = [@async(x.run(i)) for i in 1:4]
    yield()
    close(x.run.store)
    close(never)
    found = outcomes(tasks)
    @test all(e -> e isa WasmRuntimeError && e.status === :closed || e isa InvalidStateException, found)
    @test x.run.store.turn.owner === nothing && isempty(W.CONTENDED) && W.PATROL[] === nothing
end

@testset "a task that is stopped while it waits for its turn" begin
    x = waiting(n -> (sleep(0.2); n))
    tasks = [@async(x.run(i)) for i in 1:3]
    yield()
    schedule(tasks[2], InterruptException(); error = true)
    found = outcomes(tasks)
    @test found[1] == 1 && found[2] isa InterruptException && found[3] == 3
end
