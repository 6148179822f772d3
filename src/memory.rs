//! Memories, of a store or shared: bytes by address, from 0.

use std::mem::MaybeUninit;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use wasmtime::AsContext;

use crate::boundary::{self, Required};
use crate::engine::wrt_engine;
use crate::error::{Failure, Result, WRT_ERR_BOUNDS, WRT_ERR_CONFIG, WRT_ERR_LIMIT, WRT_ERR_TYPE};
use crate::r#extern::{Extern, wrt_memory};
use crate::fault::wrt_error;
use crate::handle::{Handle, Object};
use crate::hooks;
use crate::store::{Entry, wrt_store};
use crate::trap;
use crate::types::wrt_type;
use crate::view::{Views, wrt_memory_header};

/// The bytes of a memory while its store is entered, or of a shared memory at any time.
struct Bytes<'a> {
    base: *mut u8,
    len: usize,
    shared: bool,
    /// Keeps other users of the store away.
    entry: Option<Entry<'a>>,
}

impl<'a> Bytes<'a> {
    fn of(memory: &'a Object<Extern>, name: &str) -> Result<Bytes<'a>> {
        match &**memory {
            Extern::Memory(store, memory, _) => {
                let mut entry = store.enter()?;
                let context = entry.context();
                let (base, len) = (memory.data_ptr(context.as_context()), memory.data_size(context.as_context()));
                Ok(Bytes { base, len, shared: false, entry: Some(entry) })
            }
            Extern::Shared(_, memory, _) => {
                let base = memory.data().as_ptr().cast_mut().cast();
                Ok(Bytes { base, len: memory.data_size(), shared: true, entry: None })
            }
            other => Err(other.misfit(name, "memory")),
        }
    }

    /// The bytes of `other`, when it is in the same store, which is entered already.
    fn sibling(&mut self, own: &Extern, other: &Extern) -> Option<Bytes<'a>> {
        let (Extern::Memory(store, ..), Extern::Memory(home, memory, _)) = (own, other) else { return None };
        let entry = self.entry.as_mut().filter(|_| store.same(home))?;
        let context = entry.context();
        let (base, len) = (memory.data_ptr(context.as_context()), memory.data_size(context.as_context()));
        Some(Bytes { base, len, shared: false, entry: None })
    }

    /// The place of `len` bytes from `offset` on.
    fn at(&self, offset: u64, len: u64, name: &str) -> Result<*mut u8> {
        match offset.checked_add(len) {
            Some(end) if end <= self.len as u64 => Ok(self.base.wrapping_add(offset as usize)),
            _ => Err(Failure::new(
                WRT_ERR_BOUNDS,
                format_args!("{len} bytes at {offset} are outside of {name}, which has {} bytes", self.len),
            )),
        }
    }
}

/// Copies bytes of which other threads may change some meanwhile.
///
/// # Safety
/// Both places have `len` bytes, and do not overlap unless they are in one memory.
unsafe fn copy(dst: *mut u8, src: *const u8, len: usize, shared: bool) {
    if !shared {
        // SAFETY: by the contract, and nobody else uses the bytes while the store is entered.
        return unsafe { std::ptr::copy(src, dst, len) };
    }
    let byte = |index: usize| {
        // SAFETY: `index` is below `len`; atomics of one byte are always aligned.
        unsafe {
            let value = AtomicU8::from_ptr(src.add(index).cast_mut()).load(Ordering::Relaxed);
            AtomicU8::from_ptr(dst.add(index)).store(value, Ordering::Relaxed);
        }
    };
    if dst.addr() <= src.addr() { (0..len).for_each(byte) } else { (0..len).rev().for_each(byte) }
}

/// Makes a memory of type `type` in `store`, filled with zeros. It is released with `wrt_release`.
///
/// Errors: `WRT_ERR_TYPE` when `type` is no memory type, or a shared one; `WRT_ERR_STORE` when it belongs to another
/// engine; `WRT_ERR_LIMIT`; `WRT_ERR_CLOSED`, `WRT_ERR_BUSY`. The store's thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_memory_new(
    store: Option<&wrt_store>,
    r#type: Option<&wrt_type>,
    out: Option<&mut MaybeUninit<*mut wrt_memory>>,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        let store = store.required("store")?;
        let ty = r#type.required("type")?;
        ty.check_engine(store.engine().inner(), "type")?;
        let ty = ty.memory("type")?;
        if ty.is_shared() {
            return Err(Failure::new(WRT_ERR_TYPE, "type is that of a shared memory: use wrt_memory_new_shared"));
        }
        let out = out.required("out")?;
        let mut entry = store.enter()?;
        let memory = entry.visit(|context| wasmtime::Memory::new(context, ty.clone()));
        let memory = memory.map_err(|e| trap::from_wasmtime(&e, WRT_ERR_LIMIT))?;
        out.write(Handle::new(Extern::Memory(store.share(), memory, Default::default())).hand_over());
        Ok(())
    })
}

/// Makes a shared memory of type `type`, for all stores of `engine` on all threads. It is released with `wrt_release`.
/// Limits of stores do not concern it.
///
/// Errors: `WRT_ERR_CONFIG` for an engine without the option `shared_memory`; `WRT_ERR_TYPE` when `type` is not that of a
/// shared memory; `WRT_ERR_STORE` when it belongs to another engine; `WRT_ERR_LIMIT`. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_memory_new_shared(
    engine: Option<&wrt_engine>,
    r#type: Option<&wrt_type>,
    out: Option<&mut MaybeUninit<*mut wrt_memory>>,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        let engine = engine.required("engine")?;
        let ty = r#type.required("type")?;
        ty.check_engine(engine.inner(), "type")?;
        let ty = ty.memory("type")?;
        if !ty.is_shared() {
            return Err(Failure::new(WRT_ERR_TYPE, "type is not that of a shared memory: (memory 1 2 shared)"));
        }
        if !engine.inner().get_shared_memory() {
            let message = "a shared memory needs an engine with the option shared_memory = true";
            return Err(Failure::new(WRT_ERR_CONFIG, message));
        }
        let out = out.required("out")?;
        let memory = wasmtime::SharedMemory::new(engine.inner(), ty.clone());
        let memory = memory.map_err(|e| trap::from_wasmtime(&e, WRT_ERR_LIMIT))?;
        out.write(Handle::new(Extern::shared(engine.share(), memory)).hand_over());
        Ok(())
    })
}

/// Reads the place of `memory`: its first byte, its size in bytes, and its generation, a number that changes with either;
/// each out-parameter may be NULL. The place is borrowed: valid until WebAssembly runs again or the memory grows.
///
/// Errors: `WRT_ERR_ARGUMENT`, `WRT_ERR_CLOSED`, `WRT_ERR_BUSY`. The store's thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_memory_view(
    memory: Option<&wrt_memory>,
    base: Option<&mut MaybeUninit<*mut u8>>,
    len: Option<&mut MaybeUninit<usize>>,
    generation: Option<&mut MaybeUninit<u64>>,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        let memory = memory.required("memory")?;
        let header = memory.header("memory")?;
        let bytes = Bytes::of(memory, "memory")?;
        header.set(bytes.base, bytes.len);
        let (found, size, count) = header.get();
        base.map(|base| base.write(found));
        len.map(|len| len.write(size));
        generation.map(|generation| generation.write(count));
        Ok(())
    })
}

/// The live place of `memory`: two words that the library keeps up to date whenever WebAssembly has run or the memory has
/// grown, and zeroes when the store or the handle is closed. Borrowed: valid as long as `memory` is not released. A shared
/// memory never moves; where it grows otherwise than through this handle, `wrt_memory_view` brings its size up to date.
///
/// Errors: `WRT_ERR_ARGUMENT`, `WRT_ERR_CLOSED`, `WRT_ERR_BUSY`. The store's thread, also for reading the words; any
/// thread for a shared memory.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_memory_header_of(
    memory: Option<&wrt_memory>,
    out: Option<&mut MaybeUninit<*const wrt_memory_header>>,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        let memory = memory.required("memory")?;
        let out = out.required("out")?;
        out.write(memory.header("memory")?.face());
        Ok(())
    })
}

/// The generation of `memory`, as `wrt_memory_view` reads it; 0 for NULL, a closed handle or store, and while another
/// thread uses the store. The store's thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_memory_generation(memory: Option<&wrt_memory>) -> u64 {
    boundary::value(0, || {
        let memory = memory.required("memory").ok()?;
        let header = memory.header("memory").ok()?;
        let bytes = Bytes::of(memory, "memory").ok()?;
        header.set(bytes.base, bytes.len);
        Some(header.get().2)
    })
}

/// 1 when the first byte of `memory` stays where it is for good, however the memory grows; else 0, also for NULL, a closed
/// handle or store, and while another thread uses the store. The store's thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_memory_is_stable(memory: Option<&wrt_memory>) -> i32 {
    boundary::value(0, || {
        let memory = memory.required("memory").ok()?;
        let (store, memory) = match &**memory {
            Extern::Shared(..) => return Some(1),
            Extern::Memory(store, memory, _) => (store, memory),
            _ => return None,
        };
        let engine = store.engine().inner();
        let ty = memory.ty(store.enter().ok()?.context());
        let reserved = engine.get_memory_reservation();
        let most = ty.maximum().unwrap_or(if ty.is_64() { u64::MAX } else { 1 << 32 >> ty.page_size_log2() });
        let fits = most.checked_mul(ty.page_size()).is_some_and(|most| most <= reserved);
        Some(i32::from(!engine.get_memory_may_move() || fits))
    })
}

/// Reads the size of `memory` in pages, of 65536 bytes unless its type says otherwise.
///
/// Errors: `WRT_ERR_ARGUMENT`, `WRT_ERR_CLOSED`, `WRT_ERR_BUSY`. The store's thread; any thread for a shared memory.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_memory_size(
    memory: Option<&wrt_memory>,
    pages: Option<&mut MaybeUninit<u64>>,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        let memory = memory.required("memory")?;
        let pages = pages.required("pages")?;
        pages.write(match &**memory {
            Extern::Memory(store, memory, _) => memory.size(store.enter()?.context()),
            Extern::Shared(_, memory, _) => memory.size(),
            other => return Err(other.misfit("memory", "memory")),
        });
        Ok(())
    })
}

/// Adds `delta` pages to `memory` and writes its size in pages before to `previous`, which may be NULL.
///
/// Errors: `WRT_ERR_LIMIT` when the memory's maximum or a limit of the store forbids it; `WRT_ERR_CLOSED`,
/// `WRT_ERR_BUSY`. The store's thread; any thread for a shared memory.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_memory_grow(
    memory: Option<&wrt_memory>,
    delta: u64,
    previous: Option<&mut MaybeUninit<u64>>,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        let memory = memory.required("memory")?;
        let refused = |e: wasmtime::Error| {
            let failure = trap::from_wasmtime(&e, WRT_ERR_LIMIT);
            failure.with(|report| report.message = format!("{delta} more pages are refused: {}", report.message))
        };
        let before = match &**memory {
            Extern::Memory(store, memory, _) => {
                let mut entry = store.enter()?;
                let before = entry.visit(|context| memory.grow(context, delta)).map_err(refused);
                Views::refresh(entry.context());
                before?
            }
            Extern::Shared(_, memory, header) => {
                let before = memory.grow(delta).map_err(refused)?;
                header.set(memory.data().as_ptr().cast_mut().cast(), memory.data_size());
                before
            }
            other => return Err(other.misfit("memory", "memory")),
        };
        previous.map(|previous| previous.write(before));
        Ok(())
    })
}

/// Copies `len` bytes of `memory` from `offset` on to `dst`.
///
/// Errors: `WRT_ERR_BOUNDS`, nothing is copied then; `WRT_ERR_ARGUMENT`, `WRT_ERR_CLOSED`, `WRT_ERR_BUSY`. The store's
/// thread; any thread for a shared memory.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_memory_read(
    memory: Option<&wrt_memory>,
    offset: u64,
    dst: *mut u8,
    len: usize,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        let bytes = Bytes::of(memory.required("memory")?, "memory")?;
        let src = bytes.at(offset, len as u64, "memory")?;
        let dst = boundary::slice_mut(dst, len, "dst")?;
        // SAFETY: both places were checked.
        unsafe { copy(dst.as_mut_ptr(), src, len, bytes.shared) };
        Ok(())
    })
}

/// Copies `len` bytes at `src` to `memory` from `offset` on.
///
/// Errors: as `wrt_memory_read`. The store's thread; any thread for a shared memory.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_memory_write(
    memory: Option<&wrt_memory>,
    offset: u64,
    src: *const u8,
    len: usize,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        let bytes = Bytes::of(memory.required("memory")?, "memory")?;
        let dst = bytes.at(offset, len as u64, "memory")?;
        let src = boundary::slice(src, len, "src")?;
        // SAFETY: both places were checked.
        unsafe { copy(dst, src.as_ptr(), len, bytes.shared) };
        Ok(())
    })
}

/// Sets `len` bytes of `memory` from `offset` on to `byte`.
///
/// Errors: as `wrt_memory_read`. The store's thread; any thread for a shared memory.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_memory_fill(
    memory: Option<&wrt_memory>,
    offset: u64,
    byte: u8,
    len: usize,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        let bytes = Bytes::of(memory.required("memory")?, "memory")?;
        let dst = bytes.at(offset, len as u64, "memory")?;
        for index in 0..if bytes.shared { len } else { 0 } {
            // SAFETY: the place was checked.
            unsafe { AtomicU8::from_ptr(dst.add(index)) }.store(byte, Ordering::Relaxed);
        }
        if !bytes.shared {
            // SAFETY: the place was checked, and nobody else uses it while the store is entered.
            unsafe { std::ptr::write_bytes(dst, byte, len) };
        }
        Ok(())
    })
}

/// Copies `len` bytes of `src` from `src_offset` on to `dst` from `dst_offset` on; the ranges may overlap, and the
/// memories may belong to different stores.
///
/// Errors: as `wrt_memory_read`. The thread of both stores.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_memory_copy(
    dst: Option<&wrt_memory>,
    dst_offset: u64,
    src: Option<&wrt_memory>,
    src_offset: u64,
    len: u64,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        let (dst, src) = (dst.required("dst")?, src.required("src")?);
        let mut to = Bytes::of(dst, "dst")?;
        let from = match to.sibling(dst, src) {
            Some(bytes) => bytes,
            None => Bytes::of(src, "src")?,
        };
        let source = from.at(src_offset, len, "src")?;
        let target = to.at(dst_offset, len, "dst")?;
        // SAFETY: both places were checked.
        unsafe { copy(target, source, len as usize, to.shared || from.shared) };
        Ok(())
    })
}

/// The thread that waited was woken by a notification.
pub const WRT_WAIT_OK: i32 = 0;
/// The value in memory was not the expected one.
pub const WRT_WAIT_MISMATCH: i32 = 1;
/// Nobody woke the thread in time.
pub const WRT_WAIT_TIMED_OUT: i32 = 2;

/// The shared memory, with `width` bytes at `offset`, which must be a multiple of that.
fn atomic(memory: &Object<Extern>, offset: u64, width: u64) -> Result<&wasmtime::SharedMemory> {
    let Extern::Shared(_, shared, _) = &**memory else {
        return Err(match &**memory {
            Extern::Memory(..) => Failure::new(WRT_ERR_TYPE, "memory is not shared: no other thread can use it"),
            other => other.misfit("memory", "memory"),
        });
    };
    if !offset.is_multiple_of(width) {
        return Err(Failure::argument(format_args!("offset is {offset}, not a multiple of {width}")));
    }
    Bytes::of(memory, "memory")?.at(offset, width, "memory")?;
    Ok(shared)
}

/// Wakes at most `count` threads that wait at `offset` of the shared memory `memory`, in WebAssembly or in the host, and writes
/// how many these were to `woken`, which may be NULL.
///
/// Errors: `WRT_ERR_TYPE` when the memory is not shared; `WRT_ERR_ARGUMENT`, also when `offset` is not a multiple of 4;
/// `WRT_ERR_BOUNDS`, `WRT_ERR_CLOSED`. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_memory_notify(
    memory: Option<&wrt_memory>,
    offset: u64,
    count: u32,
    woken: Option<&mut MaybeUninit<u32>>,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        let memory = atomic(memory.required("memory")?, offset, 4)?;
        let count = memory.atomic_notify(offset, count).map_err(trap::from_trap)?;
        woken.map(|woken| woken.write(count));
        Ok(())
    })
}

/// Waits until another thread notifies `offset` of the shared memory `memory`, for `timeout_ns` nanoseconds at most
/// (`UINT64_MAX`: for ever), as `memory.atomic.wait32` does: not at all where the 32 bits there are not `expected`. `outcome` is
/// one of `WRT_WAIT_*`.
///
/// Errors: `WRT_ERR_TYPE` when the memory is not shared; `WRT_ERR_ARGUMENT`, also when `offset` is not a multiple of 4;
/// `WRT_ERR_BOUNDS`, `WRT_ERR_CLOSED`. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_memory_wait32(
    memory: Option<&wrt_memory>,
    offset: u64,
    expected: u32,
    timeout_ns: u64,
    outcome: Option<&mut MaybeUninit<i32>>,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        let memory = atomic(memory.required("memory")?, offset, 4)?;
        let outcome = outcome.required("outcome")?;
        let found = hooks::native(|| memory.atomic_wait32(offset, expected, limit(timeout_ns)));
        outcome.write(found.map_err(trap::from_trap)? as i32);
        Ok(())
    })
}

/// As `wrt_memory_wait32`, with 64 bits; `offset` is a multiple of 8. Any thread.
///
/// Errors: as `wrt_memory_wait32`.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_memory_wait64(
    memory: Option<&wrt_memory>,
    offset: u64,
    expected: u64,
    timeout_ns: u64,
    outcome: Option<&mut MaybeUninit<i32>>,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        let memory = atomic(memory.required("memory")?, offset, 8)?;
        let outcome = outcome.required("outcome")?;
        let found = hooks::native(|| memory.atomic_wait64(offset, expected, limit(timeout_ns)));
        outcome.write(found.map_err(trap::from_trap)? as i32);
        Ok(())
    })
}

fn limit(timeout_ns: u64) -> Option<Duration> {
    (timeout_ns != u64::MAX).then(|| Duration::from_nanos(timeout_ns))
}
