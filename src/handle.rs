//! Handles: how an object becomes a pointer for C, and a pointer an object again.
//!
//! Every object that C sees is an `Arc<Object<T>>` whose first bytes, the [`Head`], say what it is. One look at the
//! head tells a wrong or closed handle from a good one, and serves `wrt_retain` and `wrt_release` for all kinds.

use std::cell::UnsafeCell;
use std::ffi::{CStr, c_char, c_void};
use std::mem::MaybeUninit;
use std::ops::Deref;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Weak};

use parking_lot::Mutex;

use crate::boundary;
use crate::error::{Failure, Result};
use crate::fault::wrt_error;

/// What a handle can be. The bodies of handles implement it; `Face` is the opaque type that C sees.
pub(crate) trait Noun: Send + Sync + Sized + 'static {
    type Face;
    /// The C name without its prefix, for messages: "store".
    const NAME: &'static CStr;
    /// Differs for each noun.
    const TAG: u32;

    /// Frees what the object holds, now, or fails and leaves it as it was. The handle is marked closed afterwards; two
    /// threads may close at once.
    fn close(&self) -> Result<()> {
        Ok(())
    }

    /// Gives up one reference; an object in use puts it aside instead.
    fn release(handle: Handle<Self>) {
        drop(handle);
    }
}

/// What C sees of an object: nothing. The cell tells the compiler that what lies behind a shared reference to it changes;
/// without it, parameters of exported functions would be marked as read-only memory, and writes to the object be lost.
pub struct Opaque(#[allow(dead_code, reason = "C never looks inside")] UnsafeCell<[usize; 2]>);

const MAGIC: u32 = 0x7772_7400;
const CLOSED: u32 = 0x8000_0000;
static LIVE: AtomicU64 = AtomicU64::new(0);

/// The beginning of every object.
#[repr(C)]
pub(crate) struct Head {
    /// `MAGIC + T::TAG`, with the bit `CLOSED` once closed; 0 when the object is gone.
    tag: AtomicU32,
    kind: &'static Kind,
}

/// What can be done with an object of unknown type.
struct Kind {
    name: &'static CStr,
    retain: unsafe fn(NonNull<Head>),
    release: unsafe fn(NonNull<Head>),
    close: unsafe fn(NonNull<Head>) -> Result<()>,
}

struct KindOf<T>(T);
impl<T: Noun> KindOf<T> {
    const KIND: Kind = Kind {
        name: T::NAME,
        // SAFETY: called with the head of an `Object<T>` that lives in an `Arc`.
        retain: |head| unsafe { Arc::increment_strong_count(head.cast::<Object<T>>().as_ptr()) },
        // SAFETY: as above; the reference that the caller gives up becomes the `Arc`'s.
        release: |head| T::release(unsafe { Handle(Arc::from_raw(head.cast::<Object<T>>().as_ptr())) }),
        close: |head| {
            // SAFETY: as above.
            let object = unsafe { head.cast::<Object<T>>().as_ref() };
            if object.is_closed() {
                return Ok(());
            }
            // Closing calls drop functions of the host, which may release the last reference.
            let object = object.share();
            object.body.close()?;
            object.head.tag.fetch_or(CLOSED, Ordering::AcqRel);
            Ok(())
        },
    };
}

/// An object as it lies in memory.
#[repr(C)]
pub(crate) struct Object<T: Noun> {
    head: Head,
    body: T,
}

impl<T: Noun> Handle<T> {
    /// How many references there are, with this one.
    pub fn references(&self) -> usize {
        Arc::strong_count(&self.0)
    }
}

impl<T: Noun> Object<T> {
    /// Another reference to the same object.
    pub fn share(&self) -> Handle<T> {
        // SAFETY: `Handle::new` is the only maker of objects, and makes them in an `Arc`.
        unsafe {
            Arc::increment_strong_count(self);
            Handle(Arc::from_raw(self))
        }
    }

    pub fn is_closed(&self) -> bool {
        self.head.tag.load(Ordering::Relaxed) & CLOSED != 0
    }

    /// Fails when the object was closed.
    pub fn open(&self) -> Result<&T> {
        if self.is_closed() { Err(Failure::closed(&T::NAME.to_string_lossy())) } else { Ok(&self.body) }
    }
}

impl<T: Noun> Deref for Object<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.body
    }
}

impl<T: Noun> Drop for Object<T> {
    fn drop(&mut self) {
        self.head.tag.store(0, Ordering::Relaxed);
        LIVE.fetch_sub(1, Ordering::Relaxed);
    }
}

/// One counted reference to an object.
pub(crate) struct Handle<T: Noun>(Arc<Object<T>>);

impl<T: Noun> Handle<T> {
    pub fn new(body: T) -> Handle<T> {
        LIVE.fetch_add(1, Ordering::Relaxed);
        let head = Head { tag: AtomicU32::new(MAGIC + T::TAG), kind: &KindOf::<T>::KIND };
        Handle(Arc::new(Object { head, body }))
    }

    /// The pointer for C, which owns this reference from now on.
    pub fn hand_over(self) -> *mut T::Face {
        Arc::into_raw(self.0) as *mut T::Face
    }

    /// The pointer for C, lent for as long as this handle lives.
    pub fn lend(&self) -> *mut T::Face {
        Arc::as_ptr(&self.0) as *mut T::Face
    }

    pub fn downgrade(&self) -> WeakHandle<T> {
        WeakHandle(Arc::downgrade(&self.0))
    }

    pub fn same(&self, other: &Handle<T>) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

/// The way to an object for as long as something else keeps it.
pub(crate) struct WeakHandle<T: Noun>(Weak<Object<T>>);

impl<T: Noun> WeakHandle<T> {
    pub fn upgrade(&self) -> Option<Handle<T>> {
        self.0.upgrade().map(Handle)
    }
}

/// Releases that came at a bad moment: each is tried again until it answers that it is done.
static LATER: Mutex<Vec<Box<dyn FnMut() -> bool + Send>>> = Mutex::new(Vec::new());
static ANY_LATER: AtomicBool = AtomicBool::new(false);

/// Tries `release` at each later release of anything, until it answers true.
pub(crate) fn retry_later(release: Box<dyn FnMut() -> bool + Send>) {
    let mut later = LATER.lock();
    later.push(release);
    ANY_LATER.store(true, Ordering::Relaxed);
}

#[cold]
fn retry() {
    // No lock is held while things are freed.
    let mut waiting = std::mem::take(&mut *LATER.lock());
    waiting.retain_mut(|release| !release());
    let mut later = LATER.lock();
    later.append(&mut waiting);
    ANY_LATER.store(!later.is_empty(), Ordering::Relaxed);
}

impl<T: Noun> Clone for Handle<T> {
    fn clone(&self) -> Self {
        Handle(self.0.clone())
    }
}

impl<T: Noun> Deref for Handle<T> {
    type Target = Object<T>;
    fn deref(&self) -> &Object<T> {
        &self.0
    }
}

/// The object behind what C passed as a `T`, or why it cannot be used.
pub(crate) fn check<'a, T: Noun>(face: &'a T::Face, name: &str) -> Result<&'a Object<T>> {
    let head = NonNull::from(face).cast::<Head>();
    // SAFETY: every handle points to an object, and every object begins with a head.
    let tag = unsafe { head.as_ref() }.tag.load(Ordering::Relaxed);
    if tag == MAGIC + T::TAG {
        // SAFETY: the tag says that the object is one of `T`.
        return Ok(unsafe { head.cast::<Object<T>>().as_ref() });
    }
    Err(misfit(head, tag, MAGIC + T::TAG, T::NAME, name))
}

#[cold]
fn misfit(head: NonNull<Head>, tag: u32, wanted: u32, noun: &CStr, name: &str) -> Failure {
    if tag == wanted | CLOSED {
        return Failure::closed(&noun.to_string_lossy());
    }
    let found = match checked_kind(head) {
        Some(kind) => kind.name.to_string_lossy(),
        None => "released".into(),
    };
    Failure::argument(format_args!(
        "{name} is {} handle, not {} handle",
        with_article(&found),
        with_article(&noun.to_string_lossy())
    ))
}

fn with_article(noun: &str) -> String {
    format!("{} {noun}", if noun.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" })
}

fn checked_kind(head: NonNull<Head>) -> Option<&'static Kind> {
    // SAFETY: the caller of the exported function vouches for a handle.
    let head = unsafe { head.as_ref() };
    (head.tag.load(Ordering::Relaxed) & !(CLOSED | 0xff) == MAGIC).then_some(head.kind)
}

/// Takes one more reference to `handle`, of any kind, and returns it. NULL is returned as NULL.
///
/// Each reference is given back with `wrt_release`. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_retain(handle: *mut c_void) -> *mut c_void {
    boundary::value(std::ptr::null_mut(), || {
        let head = NonNull::new(handle.cast::<Head>())?;
        let kind = checked_kind(head)?;
        // SAFETY: the kind is the object's own.
        unsafe { (kind.retain)(head) };
        Some(handle)
    })
}

/// Gives back one reference to `handle`, of any kind; the last one frees the object. NULL is allowed.
///
/// Works in any order and on any thread, never runs WebAssembly, and never waits but for a wake function that another thread
/// is in and that would still be called for a task or a pipe which is released. An object whose store is running is
/// freed when the call returns.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_release(handle: *mut c_void) {
    boundary::value((), || {
        let head = NonNull::new(handle.cast::<Head>())?;
        let kind = checked_kind(head)?;
        // SAFETY: the kind is the object's own, and the caller gives up its reference.
        unsafe { (kind.release)(head) };
        if ANY_LATER.load(Ordering::Relaxed) {
            retry();
        }
        Some(())
    })
}

/// Frees what `handle` holds now, although references to it remain: later use of it, and of what lives in it, answers
/// `WRT_ERR_CLOSED`. Closing twice is fine. The reference itself is still given back with `wrt_release`.
///
/// Errors: `WRT_ERR_ARGUMENT` for NULL; `WRT_ERR_BUSY` while a store runs. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_close(handle: *mut c_void, error: Option<&mut MaybeUninit<wrt_error>>) -> i32 {
    boundary::call(error, || {
        let head = NonNull::new(handle.cast::<Head>()).ok_or_else(|| Failure::null("handle"))?;
        let kind = checked_kind(head).ok_or_else(|| Failure::argument("handle is not a handle of this library"))?;
        // SAFETY: the kind is the object's own.
        unsafe { (kind.close)(head) }
    })
}

/// The noun of `handle`, "store" for example, or NULL for NULL. The text is static. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_handle_type(handle: *const c_void) -> *const c_char {
    boundary::value(std::ptr::null(), || {
        let head = NonNull::new(handle.cast_mut().cast::<Head>())?;
        Some(checked_kind(head)?.name.as_ptr())
    })
}

/// How many objects and buffers the library has handed out or holds at this moment, in the whole process. A program
/// that has released everything reads 0. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_live_count() -> u64 {
    boundary::value(u64::MAX, || {
        if ANY_LATER.load(Ordering::Relaxed) {
            retry();
        }
        Some(LIVE.load(Ordering::Relaxed))
    })
}

/// Bytes owned by the library: valid until `wrt_bytes_free`, which every buffer needs once. Frozen layout.
#[repr(C)]
pub struct wrt_bytes {
    /// The first byte; a NUL byte follows the last one.
    pub data: *const u8,
    /// The number of bytes, without the NUL.
    pub len: usize,
    /// For the library.
    pub owner: *mut c_void,
}

/// The owner of a buffer.
struct Buffer(#[allow(dead_code, reason = "freed with its owner")] Vec<u8>);

impl wrt_bytes {
    pub(crate) fn new(mut data: Vec<u8>) -> wrt_bytes {
        let len = data.len();
        data.push(0);
        let start = data.as_ptr();
        LIVE.fetch_add(1, Ordering::Relaxed);
        wrt_bytes { data: start, len, owner: Box::into_raw(Box::new(Buffer(data))).cast() }
    }
}

impl From<String> for wrt_bytes {
    fn from(text: String) -> wrt_bytes {
        wrt_bytes::new(text.into_bytes())
    }
}

/// Frees the bytes and clears the struct, so that freeing twice is harmless. NULL and an empty struct are allowed.
/// Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_bytes_free(bytes: Option<&mut wrt_bytes>) {
    boundary::value((), || {
        let bytes = bytes?;
        let owner = std::mem::replace(&mut bytes.owner, std::ptr::null_mut());
        bytes.data = std::ptr::null();
        bytes.len = 0;
        let owner = NonNull::new(owner.cast::<Buffer>())?;
        // SAFETY: `owner` comes from `wrt_bytes::new` and was taken out of the struct.
        drop(unsafe { Box::from_raw(owner.as_ptr()) });
        LIVE.fetch_sub(1, Ordering::Relaxed);
        Some(())
    })
}

/// Copies `len` bytes at `data` into a buffer of the library, for callbacks that return bytes. `out` is freed with
/// `wrt_bytes_free` unless it is handed to the library.
///
/// Errors: `WRT_ERR_ARGUMENT`. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_bytes_copy(
    data: *const u8,
    len: usize,
    out: Option<&mut MaybeUninit<wrt_bytes>>,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        let data = boundary::bytes(data, len, "data")?;
        boundary::out(out, "out")?.write(wrt_bytes::new(data.to_vec()));
        Ok(())
    })
}
