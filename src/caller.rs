//! The instance that called a host function.

use std::ffi::c_char;
use std::mem::MaybeUninit;

use wasmtime::AsContext;

use crate::boundary::{self, Face, Required};
use crate::error::{Failure, Result, WRT_ERR_NOT_FOUND};
use crate::r#extern::{Extern, wrt_extern};
use crate::fault::wrt_error;
use crate::handle::{self, Handle, Object, Opaque};
use crate::store::{Store, wrt_store};

/// Who called a host function. Borrowed, valid only until the host function returns; not a handle.
pub struct wrt_caller(#[allow(dead_code, reason = "opaque")] Opaque);

// A caller is the store in which it runs: what it can do is asked of the innermost host function of that store.
impl Face for wrt_caller {
    type Seen = Object<Store>;
    fn see<'a>(&'a self, name: &str) -> Result<&'a Object<Store>> {
        // SAFETY: every `wrt_caller` that the library hands out is the address of a store.
        handle::check::<Store>(unsafe { &*std::ptr::from_ref(self).cast::<wrt_store>() }, name)
    }
}

/// The store of `caller`, borrowed: valid until the host function returns. NULL for NULL. The store's thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_caller_store(caller: Option<&wrt_caller>) -> *mut wrt_store {
    boundary::value(std::ptr::null_mut(), || {
        Some(std::ptr::from_ref(caller.required("caller").ok()?).cast_mut().cast())
    })
}

/// The export `name` of the instance that called, a new handle: release it with `wrt_release`.
///
/// Errors: `WRT_ERR_NOT_FOUND` when there is none, or the caller is no instance; `WRT_ERR_BUSY`. Inside the host function, on its thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_caller_export(
    caller: Option<&wrt_caller>,
    name: *const c_char,
    name_len: usize,
    out: Option<&mut MaybeUninit<*mut wrt_extern>>,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        let store = caller.required("caller")?;
        let name = boundary::text(name, name_len, "name")?;
        let out = out.required("out")?;
        let mut entry = store.enter()?;
        let item = (entry.caller().and_then(|caller| caller.get_export(name)))
            .ok_or_else(|| Failure::new(WRT_ERR_NOT_FOUND, format_args!("the caller has no export named {name:?}")))?;
        let item = Extern::new(store.share(), &mut entry.context(), item);
        out.write(Handle::new(item).hand_over());
        Ok(())
    })
}

/// The place of the memory that the caller exports as "memory", borrowed: valid until WebAssembly runs again or the
/// memory grows.
///
/// Errors: `WRT_ERR_NOT_FOUND` when there is none; `WRT_ERR_BUSY`. Inside the host function, on its thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_caller_memory(
    caller: Option<&wrt_caller>,
    base: Option<&mut MaybeUninit<*mut u8>>,
    len: Option<&mut MaybeUninit<usize>>,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        let store = caller.required("caller")?;
        let (base, len) = (base.required("base")?, len.required("len")?);
        let mut entry = store.enter()?;
        let export = entry.caller().and_then(|caller| caller.get_export("memory"));
        let (found, size) = match export {
            Some(wasmtime::Extern::Memory(memory)) => {
                let context = entry.context();
                (memory.data_ptr(context.as_context()), memory.data_size(context.as_context()))
            }
            Some(wasmtime::Extern::SharedMemory(memory)) => {
                (memory.data().as_ptr().cast_mut().cast(), memory.data_size())
            }
            _ => return Err(Failure::new(WRT_ERR_NOT_FOUND, "the caller has no memory exported as \"memory\"")),
        };
        base.write(found);
        len.write(size);
        Ok(())
    })
}
