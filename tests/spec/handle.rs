//! The exported functions as a C program calls them: each reference is released, each error is cleared.

use std::ffi::{CStr, c_char};
use std::fmt;
use std::mem::MaybeUninit;
use std::ops::Deref;
use std::ptr::NonNull;

use wrt::*;

/// What the library said of a failure.
pub struct Failed {
    pub status: i32,
    /// A trap code, or -1.
    pub trap: i32,
    /// Whether an exception came with it.
    pub exception: bool,
    pub message: String,
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // SAFETY: names are static texts.
        let name = |name| unsafe { CStr::from_ptr(name) }.to_string_lossy();
        write!(f, "{}", name(wrt_status_name(self.status)))?;
        if self.trap >= 0 {
            write!(f, " ({})", name(wrt_trap_name(self.trap)))?;
        }
        write!(f, ": {}", self.message)
    }
}

pub type Result<T> = std::result::Result<T, Failed>;
pub type Slot<'a, T> = Option<&'a mut MaybeUninit<T>>;

/// Calls a function whose last argument is the error.
pub fn call(function: impl FnOnce(Slot<'_, wrt_error>) -> i32) -> Result<()> {
    let mut error = MaybeUninit::zeroed();
    let status = function(Some(&mut error));
    // SAFETY: an error may be all zeroes, and whatever the library wrote is one.
    let mut error: wrt_error = unsafe { error.assume_init() };
    assert_eq!(error.status, status, "the error has another status than the call");
    if status == WRT_OK {
        return Ok(());
    }
    // SAFETY: after a failure there is a message of so many bytes.
    let message = unsafe { std::slice::from_raw_parts(error.message.cast::<u8>(), error.message_len) };
    let message = String::from_utf8(message.to_vec()).expect("messages are UTF-8");
    assert!(!message.is_empty(), "status {status} without a message");
    let exception = wrt_error_exception(Some(&error), Some(&mut MaybeUninit::uninit())) == WRT_OK;
    let failed = Failed { status, trap: error.trap, exception, message };
    wrt_error_clear(Some(&mut error));
    Err(failed)
}

/// Calls a function that writes one output.
pub fn output<T>(function: impl FnOnce(Slot<'_, T>, Slot<'_, wrt_error>) -> i32) -> Result<T> {
    let mut out = MaybeUninit::uninit();
    call(|error| function(Some(&mut out), error))?;
    // SAFETY: success has written it.
    Ok(unsafe { out.assume_init() })
}

/// Calls a function that writes two outputs.
pub fn outputs<T, U>(function: impl FnOnce(Slot<'_, T>, Slot<'_, U>, Slot<'_, wrt_error>) -> i32) -> Result<(T, U)> {
    let mut second = MaybeUninit::uninit();
    let first = output(|first, error| function(first, Some(&mut second), error))?;
    // SAFETY: success has written both.
    Ok((first, unsafe { second.assume_init() }))
}

/// Calls a function that fills a struct of integers and pointers, which begins with its size.
pub fn sized<T>(function: impl FnOnce(Slot<'_, T>, Slot<'_, wrt_error>) -> i32) -> Result<T> {
    let mut out = MaybeUninit::<T>::zeroed();
    // SAFETY: the struct begins with a number, and has room for it.
    unsafe { out.as_mut_ptr().cast::<usize>().write(size_of::<T>()) };
    call(|error| function(Some(&mut out), error))?;
    // SAFETY: all zeroes is such a struct, and so is what success has written.
    Ok(unsafe { out.assume_init() })
}

/// Calls a function that makes an object.
pub fn make<T>(function: impl FnOnce(Slot<'_, *mut T>, Slot<'_, wrt_error>) -> i32) -> Result<Owned<T>> {
    output(function).map(|object| Owned(NonNull::new(object).expect("success hands out an object")))
}

/// A text for C, without a NUL.
pub fn chars(text: &str) -> (*const c_char, usize) {
    (text.as_ptr().cast(), text.len())
}

/// `len` bytes that the library lends, copied.
///
/// # Safety
///
/// There are so many.
pub unsafe fn lent(data: *const u8, len: usize) -> Vec<u8> {
    // SAFETY: the caller vouches for it.
    unsafe { std::slice::from_raw_parts(data, len) }.to_vec()
}

/// One reference to an object of the library.
pub struct Owned<T>(NonNull<T>);

impl<T> Owned<T> {
    /// The object, as C passes it.
    pub fn get(&self) -> Option<&T> {
        Some(self)
    }
}

impl<T> Deref for Owned<T> {
    type Target = T;
    fn deref(&self) -> &T {
        // SAFETY: this reference keeps the object alive.
        unsafe { self.0.as_ref() }
    }
}

impl<T> Clone for Owned<T> {
    fn clone(&self) -> Self {
        wrt_retain(self.0.as_ptr().cast());
        Owned(self.0)
    }
}

impl<T> Drop for Owned<T> {
    fn drop(&mut self) {
        wrt_release(self.0.as_ptr().cast());
    }
}

// SAFETY: references are given back on any thread, and what must stay on one thread the library checks itself.
unsafe impl<T> Send for Owned<T> {}
