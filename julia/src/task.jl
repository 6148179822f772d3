# Tasks: calls on a stack of their own in the library. When WebAssembly calls a Julia function, the library comes back with a
# request, and the function runs here, on the stack of the Julia task that made the call: it may do whatever Julia can do.

# A call has its turn in the store to its end, and others wait. Nothing that holds the guard waits, throws or is interrupted.

"The turns for which somebody waits."
const CONTENDED = Turn[]

"Wakes those who wait from time to time, to look for a deadlock: another task can begin to wait for them at any moment."
const PATROL = Ref{Union{Nothing,Timer}}(nothing)
const PATROL_SECONDS = 0.1

# Called with Ctrl-C held back, as `leave_turn`.
function take_turn(turn::Turn)
    task = current_task()
    lock(GUARD)
    if turn.owner === nothing || turn.owner === task
        setfield!(turn, :owner, task)
        turn.depth += 1
        unlock(GUARD)
    else
        await_turn(turn, task)
    end
    nothing
end

# Called with the guard, which is let go.
@noinline function await_turn(turn::Turn, task::Task)
    isempty(turn.queue) && push!(CONTENDED, turn)
    push!(turn.queue, task)
    PATROL[] === nothing && (PATROL[] = Timer(patrol, PATROL_SECONDS; interval = PATROL_SECONDS))
    dead = false
    try
        while turn.owner !== task && !(dead = blocks(task, turn.owner))
            wait(turn.changed)
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
    isempty(turn.queue) && return (setfield!(turn, :owner, nothing); nothing)
    next = first(turn.queue)
    leave_queue(turn, next)
    setfield!(turn, :owner, next)
    notify(turn.changed)
    nothing
end

# A task waits for another one in `wait` and `fetch`, and for its turn in a store. What else it may wait for, a channel or a lock,
# does not lead to a task.

"Whether `owner` waits for `task`, however many tasks are between them."
function blocks(task::Task, owner::Task)
    found = Task[task]
    for blocker in found, waiter in waiters(blocker)
        waiter === owner && return true
        waiter in found || push!(found, waiter)
    end
    false
end

"The tasks that wait for the end of `task`, or for a turn that it has."
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
    found
end

@noinline deadlock() =
    WasmRuntimeError("this call would wait for ever: a host function that runs in the store waits for this task. Call WebAssembly " *
                     "in the task of the host function itself, or do not wait for this task there", :deadlock)

"A task of the library that asks for something of Julia. One object for all its requests."
mutable struct Asking
    store::WasmStore
    task::Ptr{Cvoid}
    "The arguments of the request, and the calling instance."
    slots::Ptr{C.wrt_val}
    caller::Ptr{Cvoid}
end

"""
Runs a task to its end, whatever it asks for on the way, and returns what a Julia function threw, or `nothing`. Ctrl-C is held back,
but for what runs outside of the library.
"""
function drive(store, task::Ptr{Cvoid})
    state, slot = Ref{Int32}(0), Ref{C.wrt_error}()
    thrown = asking = nothing
    while true
        C.wrt_task_poll(task, state, slot) == C.WRT_OK || fail(slot[])
        if state[] == C.WRT_TASK_DONE
            return thrown
        elseif state[] == C.WRT_TASK_HOST_CALL
            asking === nothing && (asking = Asking(store, task, C_NULL, C_NULL))
            thrown = serve(request(asking), asking)
        else
            give_way()
        end
    end
end

"The function that the task asks for."
function request(asking)
    request, slot = Ref(C.wrt_host_request()), Ref{C.wrt_error}()
    C.wrt_task_request(asking.task, request, slot) == C.WRT_OK || fail(slot[])
    asking.slots, asking.caller = request[].slots, request[].caller
    unsafe_pointer_to_objref(Ptr{Cvoid}(request[].id % UInt))
end

"Lets other tasks of this thread run; Ctrl-C may come through."
function give_way()
    Base.sigatomic_end()
    try
        yield()
    finally
        Base.sigatomic_begin()
    end
end

"Answers a request with what the Julia function returns; returns what it threw instead, if it did."
function serve(host::HostFunc{F,A,R,K}, asking::Asking) where {F,A,R,K}
    store = asking.store
    try
        given = arguments(host, store, asking.slots)
        Base.sigatomic_end()
        result = K ? called_by(host, asking, given) : apply(host, nothing, given)
        Base.sigatomic_begin()
        results, slot = Ref(emptyslots(R)), Ref{C.wrt_error}()
        GC.@preserve results begin
            answer(store, R, Base.unsafe_convert(Ptr{C.wrt_val}, results), result)
            C.wrt_task_reply(asking.task, results, fieldcount(R), slot) == C.WRT_OK || fail(slot[])
        end
        nothing
    catch e
        refuse(asking.task, e, catch_backtrace())
    end
end

function called_by(host, asking, given)
    caller = WasmCaller(asking.caller, asking.store)
    try
        apply(host, caller, given)
    finally
        caller.ptr = C_NULL
    end
end

@noinline function refuse(task, e, backtrace)
    error, slot = Ref(C.wrt_error()), Ref{C.wrt_error}()
    describe(error, e)
    status = C.wrt_task_fail(task, error, slot)
    C.wrt_error_clear(error)
    status == C.WRT_OK || fail(slot[])
    Thrown(e, backtrace)
end

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

# Makes the prepared call `call` with the arguments in `slots`, where the results replace them. The handle of the task is in `out`: who
# calls this releases it, which gives the task up where it has not ended.
function run_call(store, out, call::Ptr{Cvoid}, slots::Ptr{C.wrt_val}, nslots::Int, nresults::Int)
    slot = Ref{C.wrt_error}()
    C.wrt_call_start(call, slots, nslots, C_NULL, C_NULL, out, slot) == C.WRT_OK || fail(slot[])
    thrown = drive(store, out[])
    C.wrt_task_results(out[], slots, nresults, slot) == C.WRT_OK || throw_failure(failure(thrown, slot[]))
    nothing
end

"Makes an instance with `start(out, slot)`, which answers with a status of the library, and returns its handle."
function run_start(store, start)
    out, made, slot = Ref{Ptr{Cvoid}}(C_NULL), Ref{Ptr{Cvoid}}(C_NULL), Ref{C.wrt_error}()
    in_turn(store) do
        try
            start(out, slot) == C.WRT_OK || fail(slot[])
            thrown = drive(store, out[])
            C.wrt_instance_of_task(out[], made, slot) == C.WRT_OK || throw_failure(failure(thrown, slot[]))
        finally
            C.wrt_release(out[])
        end
    end
    made[]
end
