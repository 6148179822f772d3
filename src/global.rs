//! Globals.

use std::mem::MaybeUninit;

use crate::boundary::{self, Required};
use crate::error::{Failure, WRT_ERR_TYPE};
use crate::r#extern::{Extern, wrt_global};
use crate::fault::wrt_error;
use crate::handle::Handle;
use crate::reference;
use crate::store::wrt_store;
use crate::trap;
use crate::types::{self, wrt_type};
use crate::value::wrt_val;

/// Makes a global of type `type` in `store`, with the value `init`. It is released with `wrt_release`.
///
/// Errors: `WRT_ERR_TYPE` when `type` is no global type or `init` does not fit it; `WRT_ERR_STORE` when it belongs to
/// another engine; `WRT_ERR_NOT_FOUND` for a stale reference; `WRT_ERR_UNSUPPORTED` for continuations;
/// `WRT_ERR_CLOSED`, `WRT_ERR_BUSY`. The store's thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_global_new(
    store: Option<&wrt_store>,
    r#type: Option<&wrt_type>,
    init: Option<&wrt_val>,
    out: Option<&mut MaybeUninit<*mut wrt_global>>,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        let store = store.required("store")?;
        let ty = r#type.required("type")?;
        ty.check_engine(store.engine().inner(), "type")?;
        let ty = ty.global("type")?;
        let (init, out) = (init.required("init")?, out.required("out")?);
        let global = store.enter()?.scoped(|context| {
            let init = reference::to_val(context, init, ty.content(), "init")?;
            wasmtime::Global::new(context, ty.clone(), init).map_err(|e| trap::from_wasmtime(&e, WRT_ERR_TYPE))
        })?;
        out.write(Handle::new(Extern::Global(store.share(), global)).hand_over());
        Ok(())
    })
}

/// Reads the value of `global`. An id belongs to the caller, who drops it with `wrt_ref_drop`.
///
/// Errors: `WRT_ERR_UNSUPPORTED` for continuations; `WRT_ERR_ARGUMENT`, `WRT_ERR_CLOSED`, `WRT_ERR_BUSY`. The store's
/// thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_global_get(
    global: Option<&wrt_global>,
    out: Option<&mut MaybeUninit<wrt_val>>,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        let (store, global) = global.required("global")?.global("global")?;
        let out = out.required("out")?;
        let value = store.enter()?.scoped(|context| {
            let value = global.get(&mut *context);
            reference::from_val(context, &value)
        })?;
        out.write(value);
        Ok(())
    })
}

/// Changes the value of `global`.
///
/// Errors: `WRT_ERR_TYPE` when it is constant or the value does not fit; `WRT_ERR_NOT_FOUND` for a stale reference;
/// `WRT_ERR_UNSUPPORTED` for continuations; `WRT_ERR_CLOSED`, `WRT_ERR_BUSY`. The store's thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_global_set(
    global: Option<&wrt_global>,
    value: Option<&wrt_val>,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        let (store, global) = global.required("global")?.global("global")?;
        let value = value.required("value")?;
        store.enter()?.scoped(|context| {
            let ty = global.ty(&*context);
            if !ty.mutability().is_var() {
                let text = types::val_text(ty.content());
                return Err(Failure::new(
                    WRT_ERR_TYPE,
                    format_args!("the global is constant: its type is (global {text})"),
                ));
            }
            let value = reference::to_val(context, value, ty.content(), "value")?;
            global.set(context, value).map_err(|e| trap::from_wasmtime(&e, WRT_ERR_TYPE))
        })
    })
}
