# Tasks: calls on a stack of their own in the library. When WebAssembly calls a Julia function, the library comes back with a
# request, and the function runs here, on the stack of the Julia task that made the call: it may do whatever Julia can do.

"A task of the library that asks for something of Julia. One object for all its requests."
mutable struct Asking
    store::WasmStore
    task::Ptr{Cvoid}
    "The arguments of the request, and the calling instance."
    slots::Ptr{C.wrt_val}
    caller::Ptr{Cvoid}
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
    state, slot, stdio = Ref{Int32}(0), Ref{C.wrt_error}(), store.stdio
    while start(out, wake, env, slot) != C.WRT_OK
        try_again(store, slot[])
    end
    task = out[]
    thrown = asking = nothing
    while true
        stdio === nothing || check_input(stdio)
        while C.wrt_task_poll(task, state, slot) != C.WRT_OK
            try_again(store, slot[])
        end
        # What was written comes before whatever the program does next.
        stdio === nothing || !asks(stdio) || let_through(() -> attend(stdio))
        if state[] == C.WRT_TASK_DONE
            return thrown
        elseif state[] == C.WRT_TASK_HOST_CALL
            asking === nothing && (asking = Asking(store, task, C_NULL, C_NULL))
            thrown = serve(request(asking), asking)
        elseif state[] == C.WRT_TASK_PENDING && bell !== nothing
            let_through(() -> wait(bell))
        else
            let_through(yield)
        end
    end
end

"The function that the task asks for."
function request(asking)
    request, slot = Ref(C.wrt_host_request()), Ref{C.wrt_error}()
    while C.wrt_task_request(asking.task, request, slot) != C.WRT_OK
        try_again(asking.store, slot[])
    end
    asking.slots, asking.caller = request[].slots, request[].caller
    unsafe_pointer_to_objref(Ptr{Cvoid}(request[].id % UInt))
end

"As `await_elsewhere`, where Ctrl-C is held back: it may come through."
@noinline try_again(store, slot::C.wrt_error) = let_through(() -> await_elsewhere(store, slot))

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
            while C.wrt_task_reply(asking.task, results, fieldcount(R), slot) != C.WRT_OK
                try_again(store, slot[])
            end
        end
        nothing
    catch e
        refuse(asking, e, catch_backtrace())
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

@noinline function refuse(asking, e, backtrace)
    error, slot = Ref(C.wrt_error()), Ref{C.wrt_error}()
    describe(error, e, asking.store)
    try
        while C.wrt_task_fail(asking.task, error, slot) != C.WRT_OK
            try_again(asking.store, slot[])
        end
    finally
        C.wrt_error_clear(error)
    end
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
@noinline function fail_task(store, thrown, slot)
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
