"""What job.py and tasks.py have in common: the declarations of wrt.cdef and the library, through cffi, with errors as exceptions
and handles that are released when they are collected. The library and the declarations are those of the repository, or where
WRT_LIBRARY and WRT_CDEF say.
"""
import os
from pathlib import Path

from cffi import FFI

root = Path(__file__).parents[2]
ffi = FFI()
ffi.cdef(Path(os.environ.get("WRT_CDEF", root / "include/wrt.cdef")).read_text())
lib = ffi.dlopen(os.environ.get("WRT_LIBRARY", str(root / "target/release/libwrt.so")))
NUL = ffi.cast("size_t", -1)  # the length of a text that ends in a NUL


class WrtError(Exception):
    """What a failed function says: its status, a sentence, the trap, and the functions it came out of, innermost first."""

    def __init__(self, error):
        self.status = ffi.string(lib.wrt_status_name(error.status)).decode()
        super().__init__(f"{self.status}: {ffi.string(error.message, error.message_len).decode()}")
        self.trap = error.trap if error.status == lib.WRT_ERR_TRAP else None
        self.frames = []
        frame = ffi.new("wrt_frame *", {"struct_size": ffi.sizeof("wrt_frame")})
        while lib.wrt_error_frame(error, len(self.frames), frame) == lib.WRT_OK:
            self.frames.append(ffi.string(frame.func_name).decode() if frame.func_name else "?")


def check(function, *args):
    """Calls a function with a wrt_error behind its other arguments, and raises what it tells."""
    error = ffi.new("wrt_error *")
    if function(*args, error) != lib.WRT_OK:
        try:
            raise WrtError(error)
        finally:
            lib.wrt_error_clear(error)


def make(function, *args):
    """The handle that a function makes. It is released when it is collected, or at once by `ffi.release`."""
    out = ffi.new("void **")
    check(function, *args, ffi.cast(ffi.typeof(function).args[len(args)], out))
    return ffi.gc(out[0], lib.wrt_release)


def lift(*numbers):
    """Numbers of type i32 as values of WebAssembly."""
    return ffi.new("wrt_val[]", [{"lo": number & 0xFFFFFFFF} for number in numbers])


def lower(value):
    """A value of WebAssembly that is an i32."""
    return int(ffi.cast("int32_t", value.lo))
