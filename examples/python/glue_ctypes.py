"""What a Python program puts around the functions that ctypesgen makes of the header: failures that are raised, handles that are kept
to be given back.
"""
from ctypes import byref, c_size_t, sizeof

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
