"""Compiles a module, gives it a function of the host, calls it, reads its memory, and meets three errors. With cffi, without a
compiler: the declarations of wrt.cdef, and the library.

    pip install cffi
    python examples/python/job.py target/release/libwrt.so include/wrt.cdef examples/job.wat
"""
import sys

from cffi import FFI

library, cdef, path = sys.argv[1:]
ffi = FFI()
ffi.cdef(open(cdef).read())
lib = ffi.dlopen(library)
NUL = ffi.cast("size_t", -1)  # the length of a text that ends in a NUL


class WrtError(Exception):
    """What a failed function says: its status, a sentence, the trap, and the functions it came out of, innermost first."""

    def __init__(self, error):
        self.status = ffi.string(lib.wrt_status_name(error.status)).decode()
        super().__init__(f"{self.status}: {ffi.string(error.message, error.message_len).decode()}")
        self.trap = error.trap if error.status == lib.WRT_ERR_TRAP else None
        frame = ffi.new("wrt_frame *", {"struct_size": ffi.sizeof("wrt_frame")})
        self.frames = []
        while lib.wrt_error_frame(error, len(self.frames), frame) == lib.WRT_OK:
            self.frames.append(ffi.string(frame.func_name).decode())


def check(function, *args):
    """Calls a function with a wrt_error behind its other arguments, and raises what it tells."""
    error = ffi.new("wrt_error *")
    if function(*args, error) != lib.WRT_OK:
        try:
            raise WrtError(error)
        finally:
            lib.wrt_error_clear(error)


def make(function, *args):
    """The handle that a function makes. It is released when it is collected."""
    out = ffi.new("void **")
    check(function, *args, ffi.cast(ffi.typeof(function).args[len(args)], out))
    return ffi.gc(out[0], lib.wrt_release)


# An exception would be printed and forgotten, so it goes into the error. The callback must be kept as long as the store.
@ffi.callback("wrt_host_fn")
def twice(env, caller, slots, nslots, error):
    try:
        number = int(ffi.cast("int32_t", slots[0].lo))
        if number < 0:
            raise ValueError("twice takes no negative number")
        slots[0].lo = 2 * number
        return lib.WRT_OK
    except Exception as e:
        lib.wrt_error_set(error, lib.WRT_ERR_HOST, str(e).encode(), NUL)
        return lib.WRT_ERR_HOST


def call(name, *numbers):
    """Calls an export that takes and gives i32."""
    args = ffi.new("wrt_val[]", [{"lo": number & 0xFFFFFFFF} for number in numbers])
    result = ffi.new("wrt_val *")
    try:
        check(lib.wrt_func_call, exports[name], args, len(args), result, 1)
        print(f"{name}{numbers} = {int(ffi.cast('int32_t', result.lo))}")
    except WrtError as e:
        print(f"{name}{numbers} fails: {e}")
        if e.trap is not None:
            print(f"  trap {e.trap}, {ffi.string(lib.wrt_trap_name(e.trap)).decode()}")
        for frame in e.frames:
            print(f"  in {frame}")


engine = make(lib.wrt_engine_new, ffi.NULL)
module = make(lib.wrt_module_from_file, engine, path.encode(), NUL)
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
    ffi.release(handle)  # at once, without waiting for the collector
print(lib.wrt_live_count(), "objects are left")
