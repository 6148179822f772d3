//! Tags: what exceptions are told apart by.

use std::mem::MaybeUninit;

use crate::boundary::{self, Required};
use crate::error::WRT_ERR_OTHER;
use crate::r#extern::{Extern, wrt_tag};
use crate::fault::wrt_error;
use crate::handle::Handle;
use crate::store::wrt_store;
use crate::trap;
use crate::types::wrt_type;

/// Makes a tag of type `type` in `store`. It is released with `wrt_release`.
///
/// Errors: `WRT_ERR_TYPE` when `type` is no tag type; `WRT_ERR_STORE` when it belongs to another engine;
/// `WRT_ERR_CLOSED`, `WRT_ERR_BUSY`. The store's thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_tag_new(
    store: Option<&wrt_store>,
    r#type: Option<&wrt_type>,
    out: Option<&mut MaybeUninit<*mut wrt_tag>>,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        let store = store.required("store")?;
        let ty = r#type.required("type")?;
        ty.check_engine(store.engine().inner(), "type")?;
        let ty = ty.tag("type")?;
        let out = out.required("out")?;
        let mut entry = store.enter()?;
        let tag = wasmtime::Tag::new(entry.context(), ty).map_err(|e| trap::from_wasmtime(&e, WRT_ERR_OTHER))?;
        out.write(Handle::new(Extern::Tag(store.share(), tag)).hand_over());
        Ok(())
    })
}
