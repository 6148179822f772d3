//! Memories that the host allocates: Wasmtime's creator of memories over callbacks of C.

use std::ffi::c_void;
use std::sync::Arc;

use wasmtime::{LinearMemory, MemoryCreator, MemoryType};

use crate::boundary::Registered;
use crate::error::{Failure, Result, WRT_ERR_HOST, WRT_OK};
use crate::fault::{wrt_drop_fn, wrt_error, wrt_error_clear};
use crate::trap;

/// Makes a memory of `minimum` zeroed bytes, which may grow to `maximum` (`UINT64_MAX` for no limit but its address
/// type), and writes what is to be handed to the other callbacks to `mem`, the first byte to `base`, and to `capacity`
/// how many bytes the memory can have without moving. `base` is not NULL, not even for an empty memory, and a multiple
/// of 4096; `capacity` is at least `minimum`, and at least `reserve` or `maximum`, whichever is less.
///
/// `reserve` is the option `memory_reservation` and `guard` the option `memory_guard_size`, both 0 unless they were set.
/// Code relies on them: from `base` on, `reserve + guard` bytes must belong to the memory, and those outside of its
/// present size must be inaccessible. With 0 any zeroed memory will do.
///
/// Returns `WRT_OK`, or another status after filling `error` with `wrt_error_set`. Called from any thread, several at a
/// time. It must not unwind.
pub type wrt_mem_new_fn = Option<
    extern "C" fn(
        env: *mut c_void,
        minimum: u64,
        maximum: u64,
        reserve: u64,
        guard: u64,
        mem: *mut *mut c_void,
        base: *mut *mut u8,
        capacity: *mut usize,
        error: *mut wrt_error,
    ) -> i32,
>;

/// Grows the memory `mem` to `new_len` bytes, whose new part is zeroed. `base` and `capacity` hold the present values;
/// up to `capacity` neither may change, beyond it the callback writes the new ones, by the rules of `wrt_mem_new_fn`, and
/// the contents move along.
///
/// Returns `WRT_OK`, or another status when the memory stays as it is: `memory.grow` then answers -1. Called from any
/// thread, for one memory by one at a time. It must not unwind.
pub type wrt_mem_grow_fn = Option<
    extern "C" fn(
        env: *mut c_void,
        mem: *mut c_void,
        new_len: usize,
        base: *mut *mut u8,
        capacity: *mut usize,
        error: *mut wrt_error,
    ) -> i32,
>;

type Make =
    extern "C" fn(*mut c_void, u64, u64, u64, u64, *mut *mut c_void, *mut *mut u8, *mut usize, *mut wrt_error) -> i32;

/// What the host registered.
pub(crate) struct Creator {
    pub make: Make,
    pub grow: wrt_mem_grow_fn,
    pub free: wrt_drop_fn,
    pub host: Registered,
}

/// A smaller alignment would be no page anywhere.
const PAGE: usize = 4096;

/// What `Creator` is for Wasmtime.
pub(crate) struct Memories(pub Arc<Creator>);

/// One memory of the host.
struct Memory {
    creator: Arc<Creator>,
    mem: *mut c_void,
    base: *mut u8,
    size: usize,
    capacity: usize,
}

// SAFETY: the host registered its callbacks for any thread, and Wasmtime changes a memory from one thread at a time.
unsafe impl Send for Memory {}
// SAFETY: as above.
unsafe impl Sync for Memory {}

impl Drop for Memory {
    fn drop(&mut self) {
        if let Some(free) = self.creator.free {
            free(self.mem);
        }
    }
}

// SAFETY: the memory belongs to Wasmtime until it is dropped, is as large as it says (the callback's contract, checked as
// far as it can be), and the guard that code relies on is there by that contract too.
unsafe impl MemoryCreator for Memories {
    fn new_memory(
        &self,
        _: MemoryType,
        minimum: usize,
        maximum: Option<usize>,
        reserve: Option<usize>,
        guard: usize,
    ) -> Result<Box<dyn LinearMemory>, String> {
        let creator = &self.0;
        let reserve = reserve.unwrap_or(0);
        let (mut mem, mut base, mut capacity) = (std::ptr::null_mut(), std::ptr::null_mut(), 0);
        let made = answer(|error| {
            (creator.make)(
                creator.host.env.0,
                minimum as u64,
                maximum.map_or(u64::MAX, |maximum| maximum as u64),
                reserve as u64,
                guard as u64,
                &raw mut mem,
                &raw mut base,
                &raw mut capacity,
                error,
            )
        });
        made.map_err(|failure| failure.report().message.clone())?;
        let memory = Memory { creator: creator.clone(), mem, base, size: minimum, capacity };
        let least = minimum.max(reserve.min(maximum.unwrap_or(usize::MAX)));
        check(memory.base, memory.capacity, least).map_err(|failure| failure.report().message.clone())?;
        Ok(Box::new(memory))
    }
}

// SAFETY: as for the creator; base, size and capacity are those of the host's memory.
unsafe impl LinearMemory for Memory {
    fn byte_size(&self) -> usize {
        self.size
    }

    fn byte_capacity(&self) -> usize {
        self.capacity
    }

    fn grow_to(&mut self, new_size: usize) -> wasmtime::Result<()> {
        let (mut base, mut capacity) = (self.base, self.capacity);
        match self.creator.grow {
            Some(grow) => {
                let env = self.creator.host.env.0;
                answer(|error| grow(env, self.mem, new_size, &raw mut base, &raw mut capacity, error))
                    .map_err(trap::into_wasmtime)?;
            }
            None if new_size <= self.capacity => {}
            None => return Err(wasmtime::Error::msg("the memory creator has no callback that grows memories")),
        }
        if new_size > self.capacity {
            check(base, capacity, new_size).map_err(trap::into_wasmtime)?;
            (self.base, self.capacity) = (base, capacity);
        } else if base != self.base {
            let moved = Failure::new(WRT_ERR_HOST, "the memory creator moved a memory that had room to grow");
            return Err(trap::into_wasmtime(moved));
        }
        self.size = new_size;
        Ok(())
    }

    fn as_ptr(&self) -> *mut u8 {
        self.base
    }
}

/// Runs a callback with an error to fill.
fn answer(call: impl FnOnce(*mut wrt_error) -> i32) -> Result<()> {
    let mut error = wrt_error::EMPTY;
    match call(&raw mut error) {
        WRT_OK => {
            wrt_error_clear(Some(&mut error));
            Ok(())
        }
        status => Err(error.take(status)),
    }
}

/// Refuses what Wasmtime would take at its word.
fn check(base: *mut u8, capacity: usize, least: usize) -> Result<()> {
    let wrong = if base.is_null() {
        "the base NULL".to_owned()
    } else if !base.addr().is_multiple_of(PAGE) {
        format!("a base that is no multiple of {PAGE}")
    } else if capacity < least {
        format!("the capacity {capacity}, which is less than {least}")
    } else if capacity > isize::MAX as usize {
        format!("the impossible capacity {capacity}")
    } else {
        return Ok(());
    };
    Err(Failure::new(WRT_ERR_HOST, format_args!("the memory creator answered {wrong}")))
}
