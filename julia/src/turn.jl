# Turns: a call has its turn in a store to its end, also while its host functions wait for something; calls made by these are part
# of it, and others wait. All turns have one guard, so that a deadlock across stores can be seen. Nothing that holds it waits.

const GUARD = Threads.SpinLock()

"The queue of a turn for which nobody has waited yet."
const NOBODY = Task[]

mutable struct Turn
    owner::Union{Nothing,Task}
    depth::Int
    "Those who wait, in the order they came, and what wakes them. Made for the first one."
    queue::Vector{Task}
    changed::Base.GenericCondition{Threads.SpinLock}
    Turn() = new(nothing, 0, NOBODY)
end

"The turns for which somebody waits."
const CONTENDED = Turn[]

"Wakes those who wait from time to time, to look for a deadlock: another task can begin to wait for them at any moment."
const PATROL = Ref{Union{Nothing,Timer}}(nothing)
const PATROL_SECONDS = 0.1

# Called with Ctrl-C held back, as `leave_turn`; it comes through while the task waits.
function take_turn(turn::Turn)
    task = current_task()
    lock(GUARD)
    if turn.owner === nothing || turn.owner === task
        setfield!(turn, :owner, task)
        turn.depth += 1
        unlock(GUARD)
    else
        apart(await_turn, turn, task)
    end
    nothing
end

# Called with the guard, which is let go.
function await_turn(turn::Turn, task::Task)
    isdefined(turn, :changed) || ((turn.queue, turn.changed) = (Task[], Base.GenericCondition(GUARD)))
    isempty(turn.queue) && push!(CONTENDED, turn)
    push!(turn.queue, task)
    dead = false
    try
        PATROL[] === nothing && begin_patrol()
        while turn.owner !== task && !(dead = blocks(task, turn.owner))
            Base.sigatomic_end()
            wait(turn.changed)
            Base.sigatomic_begin()
        end
    catch
        # It may have been given the turn just before.
        turn.owner === task && pass_turn(turn)
        leave_queue(turn, task)
        unlock(GUARD)
        rethrow()
    end
    dead ? leave_queue(turn, task) : (turn.depth += 1)
    unlock(GUARD)
    dead && throw(deadlock())
    nothing
end

"Begins to look for deadlocks, and lets the task that does it go first: Ctrl-C reaches the one that waits last."
function begin_patrol()
    PATROL[] = Timer(patrol, PATROL_SECONDS; interval = PATROL_SECONDS)
    unlock(GUARD)
    try
        yield()
    finally
        lock(GUARD)
    end
end

function patrol(_)
    lock(GUARD)
    foreach(turn -> notify(turn.changed), CONTENDED)
    unlock(GUARD)
end

function leave_queue(turn, task)
    filter!(!=(task), turn.queue)
    isempty(turn.queue) && filter!(!=(turn), CONTENDED)
    if isempty(CONTENDED) && PATROL[] !== nothing
        close(PATROL[])
        PATROL[] = nothing
    end
end

function leave_turn(turn::Turn)
    lock(GUARD)
    turn.depth -= 1
    turn.depth == 0 && pass_turn(turn)
    unlock(GUARD)
    nothing
end

"Gives the turn to who has waited longest."
function pass_turn(turn)
    isempty(turn.queue) ? setfield!(turn, :owner, nothing) : apart(pass_on, turn)
    nothing
end

function pass_on(turn)
    next = first(turn.queue)
    leave_queue(turn, next)
    setfield!(turn, :owner, next)
    notify(turn.changed)
    nothing
end

# A task waits for another one in `wait` and `fetch`, for its turn in a store, and at the gate of its thread. What else it may wait
# for, a channel or a lock, does not lead to a task.

"Whether `owner` waits for `task`, however many tasks are between them."
function blocks(task::Task, owner::Task)
    found = Task[task]
    for blocker in found, waiter in waiters(blocker)
        waiter === owner && return true
        waiter in found || push!(found, waiter)
    end
    false
end

"The tasks that wait for the end of `task`, or for a turn or the gate of this thread that it has."
function waiters(task::Task)
    found = Task[]
    done = task.donenotify
    if done !== nothing
        lock(done)
        next = done.waitq.head
        while next !== nothing
            push!(found, next)
            next = next.next
        end
        unlock(done)
    end
    for turn in CONTENDED
        turn.owner === task && append!(found, turn.queue)
    end
    gate = own_gate()
    gate !== nothing && gate.owner === task && append!(found, gate.waiting)
    found
end

@noinline deadlock() =
    WasmRuntimeError("this call would wait for ever: a host function that runs in the store waits for this task. Call WebAssembly " *
                     "in the task of the host function itself, or do not wait for this task there", :deadlock)

"Begins the turn of this task in `store`, with Ctrl-C held back until `exit_turn`."
function enter_turn(store)
    Base.sigatomic_begin()
    take_turn(store.turn)
    tell_stack(store)
end

function exit_turn(store)
    leave_turn(store.turn)
    Base.sigatomic_end()
end

function in_turn(f, store)
    enter_turn(store)
    try
        f()
    finally
        exit_turn(store)
    end
end

"As `in_turn`, for what is no use of the library itself: Ctrl-C may come through."
function during_turn(f, store)
    enter_turn(store)
    try
        Base.sigatomic_end()
        result = f()
        Base.sigatomic_begin()
        result
    finally
        exit_turn(store)
    end
end
