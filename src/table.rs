//! Tables: functions and references by index, from 0.

use std::mem::MaybeUninit;

use crate::boundary::{self, Required};
use crate::error::{Failure, WRT_ERR_BOUNDS, WRT_ERR_LIMIT, WRT_ERR_STORE, WRT_ERR_TYPE};
use crate::r#extern::{Extern, wrt_table};
use crate::fault::wrt_error;
use crate::handle::Handle;
use crate::reference;
use crate::store::wrt_store;
use crate::trap;
use crate::types::{self, wrt_type};
use crate::value::wrt_val;

/// The reference in a slot of C; NULL stands for the null reference.
fn id(slot: Option<&wrt_val>) -> u64 {
    slot.map_or(0, |slot| slot.lo)
}

fn out_of_bounds(first: u64, len: u64, size: u64) -> Failure {
    let range = if len == 1 { format!("element {first} is") } else { format!("{len} elements from {first} on are") };
    Failure::new(WRT_ERR_BOUNDS, format_args!("{range} outside of the table of {size} elements"))
}

/// Makes a table of type `type` in `store`, each element `init`; a NULL `init` is the null reference. It is released with
/// `wrt_release`.
///
/// Errors: `WRT_ERR_TYPE` when `type` is no table type or `init` does not fit it; `WRT_ERR_STORE` when it belongs to
/// another engine; `WRT_ERR_LIMIT`; `WRT_ERR_NOT_FOUND` for a stale reference; `WRT_ERR_UNSUPPORTED` for continuations;
/// `WRT_ERR_CLOSED`, `WRT_ERR_BUSY`. The store's thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_table_new(
    store: Option<&wrt_store>,
    r#type: Option<&wrt_type>,
    init: Option<&wrt_val>,
    out: Option<&mut MaybeUninit<*mut wrt_table>>,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        let store = store.required("store")?;
        let ty = r#type.required("type")?;
        ty.check_engine(store.engine().inner(), "type")?;
        let ty = ty.table("type")?;
        let out = out.required("out")?;
        let table = store.enter()?.scoped(|context| {
            let init = reference::to_ref(context, id(init), ty.element(), "init")?;
            wasmtime::Table::new(context, ty.clone(), init).map_err(|e| trap::from_wasmtime(&e, WRT_ERR_LIMIT))
        })?;
        out.write(Handle::new(Extern::Table(store.share(), table)).hand_over());
        Ok(())
    })
}

/// Reads the number of elements of `table`.
///
/// Errors: `WRT_ERR_ARGUMENT`, `WRT_ERR_CLOSED`, `WRT_ERR_BUSY`. The store's thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_table_size(
    table: Option<&wrt_table>,
    out: Option<&mut MaybeUninit<u64>>,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        let (store, table) = table.required("table")?.table("table")?;
        let out = out.required("out")?;
        out.write(table.size(store.enter()?.context()));
        Ok(())
    })
}

/// Reads element `index` of `table`. An id belongs to the caller, who drops it with `wrt_ref_drop`.
///
/// Errors: `WRT_ERR_BOUNDS`; `WRT_ERR_UNSUPPORTED` for continuations; `WRT_ERR_CLOSED`, `WRT_ERR_BUSY`. The store's
/// thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_table_get(
    table: Option<&wrt_table>,
    index: u64,
    out: Option<&mut MaybeUninit<wrt_val>>,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        let (store, table) = table.required("table")?.table("table")?;
        let out = out.required("out")?;
        let lo = store.enter()?.scoped(|context| {
            let found = table.get(&mut *context, index);
            let found = found.ok_or_else(|| out_of_bounds(index, 1, table.size(&*context)))?;
            reference::from_ref(context, found)
        })?;
        out.write(wrt_val { lo, hi: 0 });
        Ok(())
    })
}

/// Changes element `index` of `table`; a NULL `value` is the null reference.
///
/// Errors: `WRT_ERR_BOUNDS`; `WRT_ERR_TYPE` when the value does not fit; `WRT_ERR_NOT_FOUND` for a stale reference;
/// `WRT_ERR_UNSUPPORTED` for continuations; `WRT_ERR_CLOSED`, `WRT_ERR_BUSY`. The store's thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_table_set(
    table: Option<&wrt_table>,
    index: u64,
    value: Option<&wrt_val>,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        let (store, table) = table.required("table")?.table("table")?;
        store.enter()?.scoped(|context| {
            let value = reference::to_ref(context, id(value), table.ty(&*context).element(), "value")?;
            let size = table.size(&*context);
            if index >= size {
                return Err(out_of_bounds(index, 1, size));
            }
            table.set(context, index, value).map_err(|e| trap::from_wasmtime(&e, WRT_ERR_TYPE))
        })
    })
}

/// Adds `delta` elements to `table`, each `init`; a NULL `init` is the null reference. `*previous`, which may be NULL, is
/// the size before.
///
/// Errors: `WRT_ERR_LIMIT` when the table's maximum or a limit of the store forbids it; else as `wrt_table_set`. The
/// store's thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_table_grow(
    table: Option<&wrt_table>,
    delta: u64,
    init: Option<&wrt_val>,
    previous: Option<&mut MaybeUninit<u64>>,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        let (store, table) = table.required("table")?.table("table")?;
        let before = store.enter()?.scoped(|context| {
            let init = reference::to_ref(context, id(init), table.ty(&*context).element(), "init")?;
            table.grow(context, delta, init).map_err(|e| trap::from_wasmtime(&e, WRT_ERR_LIMIT))
        })?;
        if let Some(previous) = previous {
            previous.write(before);
        }
        Ok(())
    })
}

/// Sets `len` elements of `table` from `offset` on to `value`; a NULL `value` is the null reference.
///
/// Errors: as `wrt_table_set`; nothing is changed then. The store's thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_table_fill(
    table: Option<&wrt_table>,
    offset: u64,
    value: Option<&wrt_val>,
    len: u64,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        let (store, table) = table.required("table")?.table("table")?;
        store.enter()?.scoped(|context| {
            let value = reference::to_ref(context, id(value), table.ty(&*context).element(), "value")?;
            check_range(offset, len, table.size(&*context))?;
            table.fill(context, offset, value, len).map_err(|e| trap::from_wasmtime(&e, WRT_ERR_TYPE))
        })
    })
}

fn check_range(first: u64, len: u64, size: u64) -> Result<(), Failure> {
    match first.checked_add(len) {
        Some(end) if end <= size => Ok(()),
        _ => Err(out_of_bounds(first, len, size)),
    }
}

/// Copies `len` elements of `src` from `src_offset` on to `dst` from `dst_offset` on; the ranges may overlap. Both tables
/// belong to one store.
///
/// Errors: `WRT_ERR_STORE`; `WRT_ERR_BOUNDS`; `WRT_ERR_TYPE` when the element types differ; `WRT_ERR_CLOSED`,
/// `WRT_ERR_BUSY`. Nothing is changed then. The store's thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_table_copy(
    dst: Option<&wrt_table>,
    dst_offset: u64,
    src: Option<&wrt_table>,
    src_offset: u64,
    len: u64,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        let (store, dst) = dst.required("dst")?.table("dst")?;
        let (other, src) = src.required("src")?.table("src")?;
        if !store.same(other) {
            return Err(Failure::new(WRT_ERR_STORE, "src belongs to another store than dst"));
        }
        store.enter()?.scoped(|context| {
            check_range(dst_offset, len, dst.size(&*context))?;
            check_range(src_offset, len, src.size(&*context))?;
            let (found, wanted) = (src.ty(&*context).element().clone(), dst.ty(&*context).element().clone());
            if !found.matches(&wanted) {
                let (found, wanted) = (types::value_text(&found.into()), types::value_text(&wanted.into()));
                let message = format_args!("src holds {found}, which does not fit {wanted} of dst");
                return Err(Failure::new(WRT_ERR_TYPE, message));
            }
            wasmtime::Table::copy(context, &dst, dst_offset, &src, src_offset, len)
                .map_err(|e| trap::from_wasmtime(&e, WRT_ERR_TYPE))
        })
    })
}
