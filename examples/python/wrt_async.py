"""A call of WebAssembly as a coroutine of asyncio: a loop over the states of a task."""
import asyncio

from wrt import NUL, check, ffi, lib, lift, lower, make


# Called by a thread of the library, which cffi lends the interpreter. It may do no more than tell the loop.
@ffi.callback("wrt_wake_fn")
def wake(env):
    loop, woken = ffi.from_handle(env)
    loop.call_soon_threadsafe(woken.set)
    return lib.WRT_OK


async def serve(task, functions):
    """Answers what a task asks for, with the result of the host function or with what it raised."""
    request = ffi.new("wrt_host_request *", {"struct_size": ffi.sizeof("wrt_host_request")})
    check(lib.wrt_task_request, task, request)
    try:
        answer = await functions[request.id](*map(lower, request.slots[0 : request.nslots]))
    except Exception as e:
        reason = ffi.new("wrt_error *")
        lib.wrt_error_set(reason, lib.WRT_ERR_HOST, str(e).encode(), NUL)
        check(lib.wrt_task_fail, task, reason)
        lib.wrt_error_clear(reason)
    else:
        check(lib.wrt_task_reply, task, lift(answer), 1)


async def call(functions, instance, name, *numbers):
    """Calls an export that takes and gives i32. `functions` are the host functions that it may wait for, by their numbers."""
    func = make(lib.wrt_instance_export, instance, name.encode(), NUL)
    woken = asyncio.Event()
    env = ffi.new_handle((asyncio.get_running_loop(), woken))
    args, state = lift(*numbers), ffi.new("int32_t *")
    task = make(lib.wrt_call_start, make(lib.wrt_call_new, func), args, len(args), wake, env)
    try:
        while True:
            check(lib.wrt_task_poll, task, state)
            if state[0] == lib.WRT_TASK_HOST_CALL:
                await serve(task, functions)
            elif state[0] == lib.WRT_TASK_PENDING:
                await woken.wait()
                woken.clear()
            elif state[0] == lib.WRT_TASK_YIELDED:
                await asyncio.sleep(0)
            else:
                result = ffi.new("wrt_val *")
                check(lib.wrt_task_results, task, result, 1)
                return lower(result)
    finally:
        ffi.release(task)  # a call that is cancelled is given up, and `wake` is called no more
