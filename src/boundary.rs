//! The one door between C and Rust. Every exported function is one call to [`call`] or [`value`], and every pointer
//! of C becomes a reference, a slice or a text here.

use std::ffi::c_char;
use std::mem::MaybeUninit;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};

use crate::error::{Failure, Result, WRT_ERR_PANIC, WRT_OK};
use crate::fault::{self, wrt_error};
use crate::handle::{self, Noun, Object};

/// Runs the body of a fallible function: a panic becomes `WRT_ERR_PANIC`, a failure goes to `error`, success writes
/// the status and nothing else.
#[inline(always)]
pub(crate) fn call(error: Option<&mut MaybeUninit<wrt_error>>, body: impl FnOnce() -> Result<()>) -> i32 {
    match catch_unwind(AssertUnwindSafe(body)) {
        Ok(Ok(())) => {
            if let Some(error) = error {
                // SAFETY: the pointer comes from a reference; one field is written, none is read.
                unsafe { (&raw mut (*error.as_mut_ptr()).status).write(WRT_OK) };
            }
            WRT_OK
        }
        Ok(Err(failure)) => fault::write(error, failure),
        Err(panic) => fault::write(error, panicked(panic)),
    }
}

/// Runs the body of a function that cannot fail; `default` is what NULL or a bug answers.
#[inline(always)]
pub(crate) fn value<R>(default: R, body: impl FnOnce() -> Option<R>) -> R {
    match catch_unwind(AssertUnwindSafe(body)) {
        Ok(Some(found)) => found,
        Ok(None) | Err(_) => default,
    }
}

#[cold]
pub(crate) fn panicked(panic: Box<dyn std::any::Any + Send>) -> Failure {
    let what = (panic.downcast_ref::<&str>().copied())
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message");
    Failure::new(WRT_ERR_PANIC, format_args!("bug in libwrt, please report it: {what}"))
}

/// A required pointer of C.
pub(crate) trait Required {
    type Found;
    /// What the pointer leads to, or a failure that names the argument.
    fn required(self, name: &str) -> Result<Self::Found>;
}

/// Something C passes by const pointer.
pub(crate) trait Face {
    type Seen: ?Sized;
    fn see<'a>(&'a self, name: &str) -> Result<&'a Self::Seen>;
}

impl<'a, F: Face> Required for Option<&'a F> {
    type Found = &'a F::Seen;
    #[inline(always)]
    fn required(self, name: &str) -> Result<&'a F::Seen> {
        match self {
            Some(face) => face.see(name),
            None => Err(Failure::null(name)),
        }
    }
}

impl<'a, T> Required for Option<&'a mut MaybeUninit<T>> {
    type Found = &'a mut MaybeUninit<T>;
    #[inline(always)]
    fn required(self, name: &str) -> Result<Self::Found> {
        self.ok_or_else(|| Failure::null(name))
    }
}

/// Declares that the opaque types of C stand for objects of the library.
macro_rules! faces {
    ($($face:ty => $noun:ty),+ $(,)?) => {$(
        impl $crate::boundary::Face for $face {
            type Seen = $crate::handle::Object<$noun>;
            #[inline(always)]
            fn see<'a>(&'a self, name: &str) -> $crate::error::Result<&'a Self::Seen> {
                $crate::boundary::object::<$noun>(self, name)
            }
        }
    )+};
}
pub(crate) use faces;

/// The object behind a handle of C.
#[inline(always)]
pub(crate) fn object<'a, T: Noun>(face: &'a T::Face, name: &str) -> Result<&'a Object<T>> {
    handle::check(face, name)
}

/// `len` bytes at `data`; NULL is allowed where `len` is 0.
pub(crate) fn bytes<'a>(data: *const u8, len: usize, name: &str) -> Result<&'a [u8]> {
    slice(data, len, name)
}

/// `len` values at `data`; NULL is allowed where `len` is 0.
pub(crate) fn slice<'a, T>(data: *const T, len: usize, name: &str) -> Result<&'a [T]> {
    check_span::<T>(data.is_null(), data.is_aligned(), len, name)?;
    // SAFETY: not NULL, aligned and not absurdly long; the caller vouches that so many values are there.
    Ok(if len == 0 { &[] } else { unsafe { std::slice::from_raw_parts(data, len) } })
}

/// `len` values at `data`, for writing; NULL is allowed where `len` is 0.
pub(crate) fn slice_mut<'a, T>(data: *mut T, len: usize, name: &str) -> Result<&'a mut [T]> {
    check_span::<T>(data.is_null(), data.is_aligned(), len, name)?;
    // SAFETY: as in `slice`, and the caller vouches that nobody else uses them.
    Ok(if len == 0 { &mut [] } else { unsafe { std::slice::from_raw_parts_mut(data, len) } })
}

#[inline(always)]
fn check_span<T>(null: bool, aligned: bool, len: usize, name: &str) -> Result<()> {
    if len == 0 || (!null && aligned && len <= isize::MAX as usize / size_of::<T>().max(1)) {
        return Ok(());
    }
    Err(bad_span::<T>(null, aligned, len, name))
}

#[cold]
#[inline(never)]
fn bad_span<T>(null: bool, aligned: bool, len: usize, name: &str) -> Failure {
    if null {
        Failure::argument(format_args!("{name} is NULL, but its length is {len}"))
    } else if !aligned {
        Failure::argument(format_args!("{name} is not aligned to {} bytes", align_of::<T>()))
    } else {
        Failure::argument(format_args!("{name} has the impossible length {len}"))
    }
}

/// The text at `data`: `len` bytes of UTF-8, or up to its NUL where `len` is `(size_t)-1`.
pub(crate) fn text<'a>(data: *const c_char, len: usize, name: &str) -> Result<&'a str> {
    let raw: &[u8] = if len == usize::MAX {
        if data.is_null() {
            return Err(Failure::null(name));
        }
        // SAFETY: not NULL; with this length the caller vouches for a NUL-terminated text.
        unsafe { std::ffi::CStr::from_ptr(data) }.to_bytes()
    } else {
        bytes(data.cast(), len, name)?
    };
    std::str::from_utf8(raw)
        .map_err(|e| Failure::argument(format_args!("{name} is not UTF-8: bad byte at offset {}", e.valid_up_to())))
}

/// The out-slot `slot`, or a failure that names it.
#[inline(always)]
pub(crate) fn out<'a, T>(slot: Option<&'a mut MaybeUninit<T>>, name: &str) -> Result<&'a mut MaybeUninit<T>> {
    slot.required(name)
}

/// Fills a struct of C that begins with `size_t struct_size`, as far as the caller's version of it reaches.
///
/// A field the caller's header does not know is not written, one that this library does not know keeps its value.
pub(crate) fn fill_sized<T>(slot: Option<&mut MaybeUninit<T>>, name: &str, value: T) -> Result<()> {
    let slot = out(slot, name)?.as_mut_ptr();
    let known = sized(slot, name)?;
    let size = size_of::<usize>();
    // SAFETY: the caller's struct has `known` bytes or more; the first field, its size, stays as it is.
    unsafe {
        std::ptr::copy_nonoverlapping(
            (&raw const value).cast::<u8>().add(size),
            slot.cast::<u8>().add(size),
            known - size,
        );
    }
    std::mem::forget(value);
    Ok(())
}

/// Fails where `fill_sized` would.
pub(crate) fn check_sized<T>(slot: Option<&MaybeUninit<T>>, name: &str) -> Result<()> {
    let slot = slot.ok_or_else(|| Failure::null(name))?;
    sized(slot.as_ptr(), name).map(drop)
}

/// Reads a struct of C that begins with `size_t struct_size`; fields the caller's header lacks come from `default`.
pub(crate) fn read_sized<T: Copy>(value: *const T, name: &str, default: T) -> Result<T> {
    if value.is_null() {
        return Err(Failure::null(name));
    }
    let known = sized(value, name)?;
    let mut found = default;
    // SAFETY: both structs have `known` bytes or more.
    unsafe { std::ptr::copy_nonoverlapping(value.cast::<u8>(), (&raw mut found).cast::<u8>(), known) };
    Ok(found)
}

/// How many bytes of a sized struct both sides know.
fn sized<T>(value: *const T, name: &str) -> Result<usize> {
    if !value.is_aligned() {
        return Err(Failure::argument(format_args!("{name} is not aligned to {} bytes", align_of::<T>())));
    }
    // SAFETY: not NULL and aligned; the caller vouches that the first field is there and set.
    let size = unsafe { value.cast::<usize>().read() };
    if size <= size_of::<usize>() || size % size_of::<usize>() != 0 || size > 4096 {
        return Err(Failure::argument(format_args!(
            "{name}.struct_size is {size}; set it to sizeof({}) first",
            std::any::type_name::<T>().rsplit("::").next().unwrap_or_default()
        )));
    }
    Ok(size.min(size_of::<T>()))
}

/// A pointer that may go to other threads: the host registered it for that.
#[derive(Clone, Copy)]
pub(crate) struct Env(pub *mut std::ffi::c_void);
// SAFETY: the library never follows the pointer, it only hands it back to the host's callbacks.
unsafe impl Send for Env {}
// SAFETY: as above.
unsafe impl Sync for Env {}

/// Something registered by the host with an `env` and a drop function, which is called exactly once, and not at all when
/// registering comes to nothing.
pub(crate) struct Registered {
    pub env: Env,
    drop: fault::wrt_drop_fn,
    armed: AtomicBool,
}

impl Registered {
    pub fn new(env: *mut std::ffi::c_void, drop: fault::wrt_drop_fn) -> Registered {
        Registered { env: Env(env), drop, armed: AtomicBool::new(false) }
    }

    /// Says that registering has succeeded: from now on the library owes the call of the drop function.
    pub fn arm(&self) {
        self.armed.store(true, Ordering::Relaxed);
    }
}

impl Drop for Registered {
    fn drop(&mut self) {
        if let (Some(drop), true) = (self.drop, self.armed.load(Ordering::Relaxed)) {
            drop(self.env.0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::WRT_ERR_ARGUMENT;

    #[test]
    fn a_panic_becomes_a_status() {
        let mut error = MaybeUninit::zeroed();
        assert_eq!(call(Some(&mut error), || panic!("the number {}", 7)), WRT_ERR_PANIC);
        // SAFETY: zeroed is a valid error, and the call filled it.
        let mut error = unsafe { error.assume_init() };
        // SAFETY: the message is NUL-terminated.
        let message = unsafe { std::ffi::CStr::from_ptr(error.message) }.to_string_lossy().into_owned();
        assert_eq!(message, "bug in libwrt, please report it: the number 7");
        fault::wrt_error_clear(Some(&mut error));
        assert_eq!(value(3, || -> Option<i32> { panic!("contained") }), 3);
    }

    #[test]
    fn text_is_checked() {
        assert_eq!(text(c"caf\u{e9}".as_ptr(), usize::MAX, "name").ok(), Some("caf\u{e9}"));
        let bad = text([b'a', 0xff].as_ptr().cast(), 2, "name").unwrap_err();
        assert_eq!(bad.report().message, "name is not UTF-8: bad byte at offset 1");
        assert_eq!(text(std::ptr::null(), 3, "name").unwrap_err().status(), WRT_ERR_ARGUMENT);
        assert_eq!(text(std::ptr::null(), 0, "name").ok(), Some(""));
    }

    #[test]
    fn impossible_spans_are_refused() {
        let word = 0u64;
        assert!(slice(&raw const word, usize::MAX, "slots").is_err());
        assert!(slice((&raw const word).cast::<u8>().wrapping_add(1).cast::<u64>(), 1, "slots").is_err());
        assert_eq!(slice::<u64>(std::ptr::null(), 0, "slots").map(<[u64]>::len).ok(), Some(0));
    }
}
