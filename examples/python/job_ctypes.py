"""Compiles a module, gives it a function of the host, calls it, reads its memory, and meets three errors. With Python's own
ctypes, by what ctypesgen makes of the header:

    pip install ctypesgen
    ctypesgen -L target/release -l wrt -I include include/wrt.h -o examples/python/wrt_ctypes.py
    python examples/python/job_ctypes.py examples/job.wat
"""
import sys
from ctypes import byref, c_int32, c_size_t, c_uint8, sizeof

import wrt_ctypes as wrt

NUL = c_size_t(-1)  # the length of a text that ends in a NUL


class WrtError(Exception):
    """What a failed function says: its status, a sentence, the trap, and the functions it came out of, innermost first."""

    def __init__(self, error):
        super().__init__(f"{wrt.wrt_status_name(error.status).decode()}: {error.message}")
        self.trap = error.trap if error.status == wrt.WRT_ERR_TRAP else None
        self.frames = []
        frame = wrt.wrt_frame(struct_size=sizeof(wrt.wrt_frame))
        while wrt.wrt_error_frame(byref(error), len(self.frames), byref(frame)) == wrt.WRT_OK:
            self.frames.append(str(frame.func_name))


def check(function, *args):
    """Calls a function with a wrt_error behind its other arguments, and raises what it tells."""
    error = wrt.wrt_error()
    if function(*args, byref(error)) != wrt.WRT_OK:
        try:
            raise WrtError(error)
        finally:
            wrt.wrt_error_clear(byref(error))


handles = []


def make(function, *args):
    """The handle that a function makes, of the type that its output points to."""
    out = function.argtypes[len(args)]._type_()
    check(function, *args, byref(out))
    handles.append(out)
    return out


# An exception would be printed and forgotten, so it goes into the error. The callback must be kept as long as the store.
@wrt.wrt_host_fn
def twice(env, caller, slots, nslots, error):
    try:
        number = c_int32(slots[0].lo).value
        if number < 0:
            raise ValueError("twice takes no negative number")
        slots[0].lo = 2 * number
        return wrt.WRT_OK
    except Exception as e:
        wrt.wrt_error_set(error, wrt.WRT_ERR_HOST, str(e), NUL)
        return wrt.WRT_ERR_HOST


def call(name, *numbers):
    """Calls an export that takes and gives i32."""
    args = (wrt.wrt_val * len(numbers))(*((number,) for number in numbers))
    result = wrt.wrt_val()
    try:
        check(wrt.wrt_func_call, exports[name], args, len(args), byref(result), 1)
        print(f"{name}{numbers} = {c_int32(result.lo).value}")
    except WrtError as e:
        print(f"{name}{numbers} fails: {e}")
        if e.trap is not None:
            print(f"  trap {e.trap}, {wrt.wrt_trap_name(e.trap).decode()}")
        for frame in e.frames:
            print(f"  in {frame}")


engine = make(wrt.wrt_engine_new, None)
module = make(wrt.wrt_module_from_file, engine, sys.argv[1], NUL)
store = make(wrt.wrt_store_new, engine, None, wrt.wrt_drop_fn())
of_twice = make(wrt.wrt_type_parse, engine, "(func (param i32) (result i32))", NUL)
host = make(wrt.wrt_func_new, store, of_twice, twice, None, wrt.wrt_drop_fn())
instance = make(wrt.wrt_instance_new, store, module, byref(host), 1)
exports = {name: make(wrt.wrt_instance_export, instance, name, NUL) for name in ("sum", "average", "memory")}

call("sum", 20, 2)
text = (c_uint8 * 22)()
check(wrt.wrt_memory_read, exports["memory"], 16, text, len(text))
print(bytes(text).decode())
call("sum", -1, 2)
call("average", 42, 0)
check(wrt.wrt_close, store)
call("sum", 20, 2)

for handle in handles:
    wrt.wrt_release(handle)
print(wrt.wrt_live_count(), "objects are left")
