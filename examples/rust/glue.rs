//! What a Rust program puts around the functions of the header: handles that are given back, failures that are results.

use std::ffi::{CStr, c_char, c_void};
use std::fmt::{self, Display, Formatter};
use std::ptr::null_mut;

use crate::wrt::*;

/// The one reference to an object, given back at the end of its scope.
pub struct Handle<T>(pub *mut T);

impl<T> Drop for Handle<T> {
    fn drop(&mut self) {
        unsafe { wrt_release(self.0.cast::<c_void>()) }
    }
}

/// What a failed function says, and the functions it came out of.
pub struct Failure(wrt_error);

impl Drop for Failure {
    fn drop(&mut self) {
        unsafe { wrt_error_clear(&mut self.0) }
    }
}

impl Display for Failure {
    fn fmt(&self, f: &mut Formatter) -> fmt::Result {
        let error = &self.0;
        write!(f, "{}: {}", text(unsafe { wrt_status_name(error.status) }), text(error.message))?;
        if error.status == WRT_ERR_TRAP {
            write!(f, "\n  trap {}, {}", error.trap, text(unsafe { wrt_trap_name(error.trap) }))?;
        }
        let mut frame = wrt_frame { struct_size: size_of::<wrt_frame>(), ..unsafe { std::mem::zeroed() } };
        for i in 0..error.frame_count as usize {
            unsafe { wrt_error_frame(error, i, &mut frame) };
            write!(f, "\n  in {}", text(frame.func_name))?;
        }
        Ok(())
    }
}

fn text<'a>(pointer: *const c_char) -> &'a str {
    if pointer.is_null() {
        return "?";
    }
    unsafe { CStr::from_ptr(pointer) }.to_str().expect("UTF-8")
}

/// Calls a function with a place for its error.
pub fn check(function: impl FnOnce(*mut wrt_error) -> i32) -> Result<(), Failure> {
    let mut error = unsafe { std::mem::zeroed() };
    if function(&mut error) == WRT_OK { Ok(()) } else { Err(Failure(error)) }
}

/// Calls a function that makes an object.
pub fn make<T>(function: impl FnOnce(*mut *mut T, *mut wrt_error) -> i32) -> Result<Handle<T>, Failure> {
    let mut out = null_mut();
    check(|error| function(&mut out, error))?;
    Ok(Handle(out))
}
