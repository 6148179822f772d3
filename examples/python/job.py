"""Compiles a module, gives it a function of the host, calls it, reads its memory, and meets three errors. With cffi, which
needs no compiler.

    pip install cffi
    python examples/python/job.py examples/job.wat
"""
import sys

from wrt import NUL, WrtError, check, ffi, lib, lift, lower, make


# An exception would be printed and forgotten, so it goes into the error. The callback must be kept as long as the store.
@ffi.callback("wrt_host_fn")
def twice(env, caller, slots, nslots, error):
    try:
        number = lower(slots[0])
        if number < 0:
            raise ValueError("twice takes no negative number")
        slots[0] = lift(2 * number)[0]
        return lib.WRT_OK
    except Exception as e:
        lib.wrt_error_set(error, lib.WRT_ERR_HOST, str(e).encode(), NUL)
        return lib.WRT_ERR_HOST


def call(name, *numbers):
    """Calls an export that takes and gives i32."""
    result = ffi.new("wrt_val *")
    try:
        check(lib.wrt_func_call, exports[name], lift(*numbers), len(numbers), result, 1)
        print(f"{name}{numbers} = {lower(result)}")
    except WrtError as e:
        print(f"{name}{numbers} fails: {e}")
        if e.trap is not None:
            print(f"  trap {e.trap}, {ffi.string(lib.wrt_trap_name(e.trap)).decode()}")
        for frame in e.frames:
            print(f"  in {frame}")


engine = make(lib.wrt_engine_new, ffi.NULL)
module = make(lib.wrt_module_from_file, engine, sys.argv[1].encode(), NUL)
store = make(lib.wrt_store_new, engine, ffi.NULL, ffi.NULL)
of_twice = make(lib.wrt_type_parse, engine, b"(func (param i32) (result i32))", NUL)
host = make(lib.wrt_func_new, store, of_twice, twice, ffi.NULL, ffi.NULL)
instance = make(lib.wrt_instance_new, store, module, ffi.new("wrt_extern *[]", [host]), 1)
exports = {name: make(lib.wrt_instance_export, instance, name.encode(), NUL) for name in ("sum", "average", "memory")}

call("sum", 20, 2)
text = ffi.new("uint8_t[22]")
check(lib.wrt_memory_read, exports["memory"], 16, text, len(text))
print(bytes(text).decode())
call("sum", -1, 2)
call("average", 42, 0)
check(lib.wrt_close, store)
call("sum", 20, 2)

for handle in *exports.values(), instance, host, of_twice, store, module, engine:
    ffi.release(handle)
print(lib.wrt_live_count(), "objects are left")
