"""Compiles a module, gives it a function of the host, calls it, reads its memory, and meets three errors. With Python's own
ctypes, by what ctypesgen makes of the header:

    pip install ctypesgen
    ctypesgen -L target/release -l wrt -I include include/wrt.h -o examples/python/wrt_ctypes.py
    python examples/python/job_ctypes.py examples/job.wat
"""
import sys
from ctypes import byref, c_int32, c_uint8

import wrt_ctypes as wrt
from glue_ctypes import NUL, WrtError, check, handles, make

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
