# Tasks: calls on a stack of their own in the library. When WebAssembly calls a Julia function, the library comes back with a
# request, and the function runs here, on the stack of the Julia task that made the call: it may do whatever Julia can do.

"A task of the library that asks for something of Julia. One object for all its requests."
mutable struct Asking
    store::WasmStore
    task::Ptr{Cvoid}
    "The arguments of the request, which the results replace; NULL once it has been refused."
    slots::Ptr{C.wrt_val}
    nresults::Int
    "The calling instance."
    caller::Ptr{Cvoid}
end

"The function that the task asks for."
function asked(asking, request::C.wrt_host_request)
    asking.slots, asking.nresults, asking.caller = request.slots, 0, request.caller
    unsafe_pointer_to_objref(Ptr{Cvoid}(request.id % UInt))
end

"""
Runs the task that `start(out, wake, env, slot)` begins to its end, whatever it asks for on the way, and returns what a Julia function
threw, or `nothing`. Ctrl-C is held back, but for what runs outside of the library. The handle of the task is in `out`: who calls this
releases it, which gives the task up where it has not ended.
"""
function drive(start, store, out)
    bell = store.waits ? take_bell() : nothing
    bell === nothing && return drive(start, store, out, nothing, C_NULL, C_NULL)
    try
        drive(start, store, out, bell, ring_function(), bell.handle)
    finally
        give_bell(bell)
    end
end

function drive(start, store, out, bell, wake, env)
    slot = Ref{C.wrt_error}()
    while start(out, wake, env, slot) != C.WRT_OK
        try_again(store, slot[])
    end
    attend_task(store, out[], bell)
end

"Does what the task asks for until it has ended."
function attend_task(store, task, bell)
    state, request, slot, stdio = Ref{Int32}(0), Ref(C.wrt_host_request()), Ref{C.wrt_error}(), store.stdio
    slots, nresults = Ptr{C.wrt_val}(C_NULL), 0
    thrown = asking = nothing
    while true
        stdio === nothing || check_input(stdio)
        while C.wrt_task_step(task, slots, nresults, state, request, slot) != C.WRT_OK
            try_again(store, slot[])
        end
        # What was written comes before whatever the program does next.
        stdio === nothing || !asks(stdio) || let_through(() -> apart(attend, stdio))
        if state[] == C.WRT_TASK_DONE
            return thrown
        elseif state[] == C.WRT_TASK_HOST_CALL
            asking === nothing && (asking = Asking(store, task, C_NULL, 0, C_NULL))
            thrown = serve(asked(asking, request[]), asking)
            slots, nresults = asking.slots, asking.nresults
        else
            slots, nresults = Ptr{C.wrt_val}(C_NULL), 0
            let_through(state[] == C.WRT_TASK_PENDING && bell !== nothing ? () -> wait(bell) : yield)
        end
    end
end

"As `await_elsewhere`, where Ctrl-C is held back: it may come through."
@noinline try_again(store, slot::C.wrt_error) = let_through(() -> apart(await_elsewhere, store, slot))

"Runs `f`, which may wait, where Ctrl-C is held back: it may come through."
function let_through(f)
    Base.sigatomic_end()
    try
        f()
    finally
        Base.sigatomic_begin()
    end
    nothing
end

"Calls the Julia function, and puts its results into the slots; or answers with what it threw, and returns that."
function serve(host::HostFunc{F,A,R,K}, asking::Asking) where {F,A,R,K}
    store, slots = asking.store, asking.slots
    try
        given = arguments(host, store, slots)
        Base.sigatomic_end()
        result = K ? called_by(host, asking, given) : apply(host, nothing, given)
        Base.sigatomic_begin()
        answer(store, R, slots, result)
        asking.nresults = fieldcount(R)
        nothing
    catch e
        apart(refuse, asking, e, catch_backtrace())::Thrown
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

function refuse(asking, e, backtrace)
    error, slot = Ref(C.wrt_error()), Ref{C.wrt_error}()
    describe(error, e, asking.store)
    try
        while C.wrt_task_fail(asking.task, error, slot) != C.WRT_OK
            try_again(asking.store, slot[])
        end
    finally
        C.wrt_error_clear(error)
    end
    asking.slots, asking.nresults = C_NULL, 0
    Thrown(e, backtrace)
end

# Makes the prepared call `call` with the arguments in `slots`, where the results replace them.
function run_call(store, out, call::Ptr{Cvoid}, slots::Ptr{C.wrt_val}, nslots::Int, nresults::Int)
    slot = Ref{C.wrt_error}()
    thrown = drive(store, out) do out, wake, env, slot
        C.wrt_call_start(call, slots, nslots, wake, env, out, slot)
    end
    C.wrt_task_results(out[], slots, nresults, slot) == C.WRT_OK || fail_task(store, thrown, slot[])
    nothing
end

"Throws what a task ended with. Where its store was closed it was cancelled, which nobody knows of."
@noinline fail_task(store, thrown, slot) = apart(throw_end, store, thrown, slot)

function throw_end(store, thrown, slot)
    e = failure(store, thrown, slot)
    thrown === nothing && checkopen(store)
    throw_failure(e)
end

"Makes an instance of `mod` with `start(out, wake, env, slot)`, which answers with a status of the library."
function run_start(store, mod, start)
    out, made, slot = Ref{Ptr{Cvoid}}(C_NULL), Ref{Ptr{Cvoid}}(C_NULL), Ref{C.wrt_error}()
    in_turn(store) do
        try
            thrown = drive(start, store, out)
            C.wrt_instance_of_task(out[], made, slot) == C.WRT_OK || fail_task(store, thrown, slot[])
            WasmInstance(made[], store, mod)
        finally
            C.wrt_release(out[])
        end
    end
end
