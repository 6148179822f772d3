# Tasks: a host function may print, sleep and wait for others, and another task may come into WebAssembly meanwhile.

const SLEEPER = """
(module
  (import "env" "f" (func \$f (param i32) (result i32)))
  (func (export "run") (param i32) (result i32) (call \$f (local.get 0)))
  (func (export "twice") (param i32) (result i32) (i32.add (call \$f (local.get 0)) (call \$f (local.get 0)))))
"""

"Runs the tasks and returns what they return, or fails instead of waiting for ever."
function finish(tasks; seconds = 60)
    timedwait(() -> all(istaskdone, tasks), float(seconds)) === :ok || error("the tasks do not end")
    fetch.(tasks)
end

@testset "many stores, whatever the order" begin
    # Entered first and left first, which would corrupt the stack of calls if the second were let in.
    naps = [0.05, 0.01, 0.03, 0.001]
    instances = [load(SLEEPER; imports = (env = (f = x -> (sleep(naps[i]); x + i),),)) for i in eachindex(naps)]
    tasks = [@async(instances[i].exports.twice(10)) for i in eachindex(naps)]
    @test finish(tasks) == [2 * (10 + i) for i in eachindex(naps)]
end

@testset "one store, many tasks" begin
    instance = load(SLEEPER; imports = (env = (f = x -> (sleep(0.001); x),),))
    @test finish([@async(instance.exports.run(i)) for i in 1:20]) == 1:20
end

@testset "traps and exceptions while others wait" begin
    f = x -> (yield(); x % 3 == 0 ? error("three") : x)
    instances = [load(SLEEPER; imports = (env = (f = f,),)) for _ in 1:6]
    attempt(i) = try instances[i].exports.twice(i) catch e; e isa ErrorException ? e.msg : rethrow() end
    for _ in 1:10
        @test finish([@async(attempt(i)) for i in 1:6]) == [2, 4, "three", 8, 10, "three"]
    end
end

@testset "a task that is stopped while it waits" begin
    sleeping = load(SLEEPER; imports = (env = (f = x -> (sleep(0.2); x),),))
    other = load(SLEEPER; imports = (env = (f = x -> x,),))
    first_task = @async sleeping.exports.run(1)
    yield()
    waiting = @async other.exports.run(2)
    third = @async other.exports.run(3)
    yield()
    schedule(waiting, InterruptException(); error = true)
    @test finish([first_task, third]) == [1, 3]
    @test istaskfailed(waiting)
    @test other.exports.run(4) == 4
end

@testset "a task that is stopped inside of a host function" begin
    instance = load(SLEEPER; imports = (env = (f = x -> (x == 0 ? sleep(10) : nothing; x),),))
    stuck = @async instance.exports.run(0)
    yield()
    schedule(stuck, ErrorException("stop"); error = true)
    timedwait(() -> istaskdone(stuck), 10.0)
    @test istaskfailed(stuck)
    @test instance.exports.run(1) == 1
end

@testset "pure stores need not wait" begin
    sleeping = load(SLEEPER; imports = (env = (f = x -> (sleep(0.05); x),),))
    pure = load(ADD)
    outer = @async sleeping.exports.run(1)
    yield()
    @test !istaskdone(outer) && pure.exports.add(2, 3) == 5
    @test finish([outer]) == [1]
end

@testset "work done while a host function waits" begin
    beats = Ref(0)
    f = x -> timedwait(() -> beats[] >= 3, 20.0) === :ok ? x : -1
    instance = load(SLEEPER; imports = (env = (f = f,),))
    timer = Timer(_ -> beats[] += 1, 0; interval = 0.002)
    @test instance.exports.run(1) == 1
    close(timer)
end

@testset "the task is as free as before afterwards" begin
    instance = load(SLEEPER; imports = (env = (f = x -> (@assert(current_task().sticky); x),),))
    task = Task(() -> (before = current_task().sticky; instance.exports.run(1); before == current_task().sticky))
    task.sticky = false
    schedule(task)
    @test fetch(task)
    @test all(gate -> gate.owner === nothing && gate.depth == 0 && isempty(gate.waiting), W.GATES)
end
