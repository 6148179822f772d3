//! References: ids that belong to a store. 0 is null, and a stale or foreign id is an error.
//!
//! An id is a key of a generational map, mixed with a number of the store: what was dropped, or comes from elsewhere,
//! is not found.

use std::ffi::c_void;
use std::mem::MaybeUninit;
use std::sync::atomic::{AtomicU64, Ordering};

use slotmap::{DefaultKey, Key, KeyData, SlotMap};
use wasmtime::{
    ExternRef, Func, GcHeapOutOfMemory, HeapType, OwnedRooted, Ref, RefType, RootScope, StoreContextMut, Val, ValType,
};

use crate::boundary::{self, Registered, Required};
use crate::error::{Failure, Result, WRT_ERR_BUSY, WRT_ERR_LIMIT, WRT_ERR_NOT_FOUND, WRT_ERR_OTHER, WRT_ERR_TYPE};
use crate::r#extern::{Extern, wrt_func};
use crate::fault::{wrt_drop_fn, wrt_error};
use crate::handle::{Handle, Object};
use crate::store::{Data, Store, wrt_store};
use crate::trap;
use crate::types;
use crate::value::{WRT_EXTERNREF, WRT_FUNCREF, wrt_val};

/// What an id stands for.
#[derive(Clone)]
pub(crate) enum Reference {
    Func(Func),
    Extern(OwnedRooted<ExternRef>),
}

/// The ids of one store.
pub(crate) struct References {
    map: SlotMap<DefaultKey, Reference>,
    /// Mixed into each id. Its highest bit is set, that of a key never is: no id is 0.
    salt: u64,
}

/// An object of the host inside an `externref`.
struct HostObject(Registered);

impl Default for References {
    fn default() -> Self {
        static STORES: AtomicU64 = AtomicU64::new(1);
        let number = STORES.fetch_add(1, Ordering::Relaxed);
        // A multiplication by an odd number spreads neighbours over all bits.
        References { map: SlotMap::new(), salt: number.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1 << 63 }
    }
}

impl References {
    pub fn insert(&mut self, reference: Reference) -> u64 {
        self.map.insert(reference).data().as_ffi() ^ self.salt
    }

    fn key(&self, id: u64) -> DefaultKey {
        DefaultKey::from(KeyData::from_ffi(id ^ self.salt))
    }

    /// What `id` stands for; `None` for null.
    pub fn get(&self, id: u64, name: &str) -> Result<Option<&Reference>> {
        if id == 0 {
            return Ok(None);
        }
        self.map.get(self.key(id)).map(Some).ok_or_else(|| {
            Failure::new(
                WRT_ERR_NOT_FOUND,
                format_args!("{name} is reference {id:#x}, which was dropped or belongs to another store"),
            )
        })
    }

    pub fn remove(&mut self, id: u64) {
        let key = self.key(id);
        self.map.remove(key);
    }

    pub fn len(&self) -> usize {
        self.map.len()
    }
}

/// Which references a value of this type can hold; the other ones are not supported in calls yet.
fn holds(ty: &RefType) -> Option<i32> {
    match ty.heap_type() {
        HeapType::Func | HeapType::ConcreteFunc(_) | HeapType::NoFunc => Some(WRT_FUNCREF),
        HeapType::Extern | HeapType::NoExtern => Some(WRT_EXTERNREF),
        _ => None,
    }
}

/// Fails for a value type whose values cannot cross the boundary.
pub(crate) fn check_supported(ty: &ValType) -> Result<()> {
    match ty {
        ValType::Ref(reference) if holds(reference).is_none() => Err(Failure::unsupported(format_args!(
            "values of type {} cannot be passed to or from the host yet",
            types::val_text(ty)
        ))),
        _ => Ok(()),
    }
}

/// The Wasmtime value of a slot of C.
pub(crate) fn to_val(context: &mut StoreContextMut<'_, Data>, slot: &wrt_val, ty: &ValType, name: &str) -> Result<Val> {
    Ok(match ty {
        ValType::I32 => Val::I32(slot.lo as u32 as i32),
        ValType::I64 => Val::I64(slot.lo as i64),
        ValType::F32 => Val::F32(slot.lo as u32),
        ValType::F64 => Val::F64(slot.lo),
        ValType::V128 => Val::V128((u128::from(slot.hi) << 64 | u128::from(slot.lo)).into()),
        ValType::Ref(reference) => return to_ref(context, slot.lo, reference, name).map(Val::from),
    })
}

/// The Wasmtime reference of an id.
pub(crate) fn to_ref(context: &mut StoreContextMut<'_, Data>, id: u64, ty: &RefType, name: &str) -> Result<Ref> {
    check_supported(&ValType::Ref(ty.clone()))?;
    let found = context.data().references.get(id, name)?.cloned();
    match (found, holds(ty)) {
        (None, _) if !ty.is_nullable() => {
            Err(Failure::new(WRT_ERR_TYPE, format_args!("{name} is null, but its type {ty} is not nullable")))
        }
        (None, Some(WRT_FUNCREF)) => Ok(Ref::Func(None)),
        (None, _) => Ok(Ref::Extern(None)),
        (Some(Reference::Func(func)), Some(WRT_FUNCREF)) => {
            let fits = match ty.heap_type() {
                HeapType::ConcreteFunc(wanted) => func.matches_ty(&*context, wanted),
                other => matches!(other, HeapType::Func),
            };
            if fits {
                return Ok(Ref::Func(Some(func)));
            }
            let found = format!("a function of type {}", types::func_text(&func.ty(&*context)));
            Err(mismatch(name, &found, ty))
        }
        (Some(Reference::Extern(object)), Some(WRT_EXTERNREF)) if matches!(ty.heap_type(), HeapType::Extern) => {
            Ok(Ref::Extern(Some(object.to_rooted(context))))
        }
        (Some(Reference::Func(_)), _) => Err(mismatch(name, "a function", ty)),
        (Some(Reference::Extern(_)), _) => Err(mismatch(name, "an object of the host", ty)),
    }
}

fn mismatch(name: &str, found: &str, ty: &RefType) -> Failure {
    Failure::new(WRT_ERR_TYPE, format_args!("{name} is {found}, expected {ty}"))
}

/// The slot of C for a Wasmtime value; a reference gets a new id.
pub(crate) fn from_val(context: &mut StoreContextMut<'_, Data>, value: &Val) -> Result<wrt_val> {
    let lo = |lo| wrt_val { lo, hi: 0 };
    Ok(match value {
        Val::I32(value) => lo(u64::from(*value as u32)),
        Val::I64(value) => lo(*value as u64),
        Val::F32(bits) => lo(u64::from(*bits)),
        Val::F64(bits) => lo(*bits),
        Val::V128(value) => {
            let bits = value.as_u128();
            wrt_val { lo: bits as u64, hi: (bits >> 64) as u64 }
        }
        other => lo(from_ref(context, other.ref_().unwrap_or(Ref::Func(None)))?),
    })
}

/// A new id for a Wasmtime reference; 0 for null.
pub(crate) fn from_ref(context: &mut StoreContextMut<'_, Data>, reference: Ref) -> Result<u64> {
    let found = match reference {
        Ref::Func(None) | Ref::Extern(None) | Ref::Any(None) | Ref::Exn(None) => return Ok(0),
        Ref::Func(Some(func)) => Reference::Func(func),
        Ref::Extern(Some(object)) => Reference::Extern(
            object.to_owned_rooted(&mut *context).map_err(|e| trap::from_wasmtime(&e, WRT_ERR_OTHER))?,
        ),
        _ => return Err(Failure::unsupported("GC references cannot be passed to the host yet")),
    };
    Ok(context.data_mut().references.insert(found))
}

/// A value on which nothing of the collector hangs, for a slot that is overwritten before it is read.
pub(crate) fn null_of(ty: &ValType) -> Val {
    Val::default_for_ty(ty).unwrap_or(Val::I32(0))
}

/// Runs `body` with a scope that drops the temporary roots it makes.
pub(crate) fn scoped<R>(
    context: StoreContextMut<'_, Data>,
    body: impl FnOnce(&mut StoreContextMut<'_, Data>) -> Result<R>,
) -> Result<R> {
    use wasmtime::AsContextMut;
    let mut scope = RootScope::new(context);
    body(&mut scope.as_context_mut())
}

/// The kind of what `reference` stands for, `WRT_FUNCREF` or `WRT_EXTERNREF`; -1 for null.
///
/// Errors: `WRT_ERR_NOT_FOUND` for a stale or foreign id; `WRT_ERR_CLOSED`, `WRT_ERR_BUSY`. The store's thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_ref_kind(
    store: Option<&wrt_store>,
    reference: u64,
    out: Option<&mut MaybeUninit<i32>>,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        let mut entry = store.required("store")?.enter()?;
        let found = match entry.context().data().references.get(reference, "reference")? {
            None => -1,
            Some(Reference::Func(_)) => WRT_FUNCREF,
            Some(Reference::Extern(_)) => WRT_EXTERNREF,
        };
        out.required("out")?.write(found);
        Ok(())
    })
}

/// Writes 1 to `out` when `a` and `b` stand for the same function or the same object, or are both null; else 0. A function
/// that an instance imports and exports again counts as another one.
///
/// Errors: as `wrt_ref_kind`. The store's thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_ref_same(
    store: Option<&wrt_store>,
    a: u64,
    b: u64,
    out: Option<&mut MaybeUninit<i32>>,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        let mut entry = store.required("store")?.enter()?;
        let mut context = entry.context();
        let references = &context.data().references;
        let pair = (references.get(a, "a")?.cloned(), references.get(b, "b")?.cloned());
        let same = match pair {
            (None, None) => true,
            (Some(Reference::Func(a)), Some(Reference::Func(b))) => a.to_raw(&mut context) == b.to_raw(&mut context),
            (Some(Reference::Extern(a)), Some(Reference::Extern(b))) => {
                OwnedRooted::ref_eq(&context, &a, &b).map_err(|e| trap::from_wasmtime(&e, WRT_ERR_OTHER))?
            }
            _ => false,
        };
        out.required("out")?.write(i32::from(same));
        Ok(())
    })
}

/// Makes another id for what `reference` stands for; null stays null. Each id is dropped with `wrt_ref_drop`.
///
/// Errors: as `wrt_ref_kind`. The store's thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_ref_clone(
    store: Option<&wrt_store>,
    reference: u64,
    out: Option<&mut MaybeUninit<u64>>,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        let mut entry = store.required("store")?.enter()?;
        let mut context = entry.context();
        let out = out.required("out")?;
        let found = context.data().references.get(reference, "reference")?.cloned();
        out.write(found.map_or(0, |found| context.data_mut().references.insert(found)));
        Ok(())
    })
}

/// Drops the id `reference`; the object behind it lives on where WebAssembly or another id holds it. Null and ids that
/// are gone are ignored. Any thread: where the store is in use elsewhere, the id is dropped when it no longer is.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_ref_drop(store: Option<&wrt_store>, reference: u64) {
    boundary::value((), || {
        if reference != 0 {
            drop_id(store.required("store").ok()?, reference);
        }
        Some(())
    })
}

pub(crate) fn drop_id(store: &Object<Store>, id: u64) {
    // It runs nothing, so that it need not wait for a task that is in the middle of something.
    let entry = store.enter().or_else(|failure| match failure.status() {
        WRT_ERR_BUSY => store.enter_at_rest(),
        _ => Err(failure),
    });
    match entry {
        Ok(mut entry) => entry.context().data_mut().references.remove(id),
        Err(failure) if failure.status() == WRT_ERR_BUSY => store.set_aside(Box::new(Late(store.share(), id))),
        // With the store the id is gone.
        Err(_) => {}
    }
}

/// Ids that belong to a call, and are dropped with it unless it takes them over.
#[derive(Default)]
pub(crate) struct Owed(Option<(Handle<Store>, Vec<u64>)>);

impl Owed {
    pub fn new(store: &Object<Store>, ids: Vec<u64>) -> Owed {
        Owed(if ids.is_empty() { None } else { Some((store.share(), ids)) })
    }

    pub fn take(mut self) -> Vec<u64> {
        self.0.take().map_or(Vec::new(), |(_, ids)| ids)
    }
}

impl Drop for Owed {
    fn drop(&mut self) {
        if let Some((store, ids)) = self.0.take() {
            ids.into_iter().for_each(|id| drop_id(&store, id));
        }
    }
}

/// An id that is dropped when its store is free.
struct Late(Handle<Store>, u64);

impl Drop for Late {
    fn drop(&mut self) {
        drop_id(&self.0, self.1);
    }
}

/// Makes an id for `func` in its store. It is dropped with `wrt_ref_drop`.
///
/// Errors: `WRT_ERR_ARGUMENT`, `WRT_ERR_CLOSED`, `WRT_ERR_BUSY`. The store's thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_ref_from_func(
    func: Option<&wrt_func>,
    out: Option<&mut MaybeUninit<u64>>,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        let func = func.required("func")?;
        let (store, func, _) = func.func("func")?;
        let out = out.required("out")?;
        let mut entry = store.enter()?;
        out.write(entry.context().data_mut().references.insert(Reference::Func(func)));
        Ok(())
    })
}

/// Makes a function handle from the id of a function, or NULL from null. It is released with `wrt_release`; the id stays.
///
/// Errors: `WRT_ERR_TYPE` when it is no function; as `wrt_ref_kind`. The store's thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_ref_to_func(
    store: Option<&wrt_store>,
    reference: u64,
    out: Option<&mut MaybeUninit<*mut wrt_func>>,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        let store = store.required("store")?;
        let mut entry = store.enter()?;
        let mut context = entry.context();
        let out = out.required("out")?;
        let found = match context.data().references.get(reference, "reference")?.cloned() {
            None => std::ptr::null_mut(),
            Some(Reference::Func(func)) => {
                Handle::new(Extern::new(store.share(), &mut context, func.into())).hand_over()
            }
            Some(_) => return Err(Failure::new(WRT_ERR_TYPE, "reference is an object of the host, not a function")),
        };
        out.write(found);
        Ok(())
    })
}

/// Makes an `externref` that carries `data`, and an id for it, dropped with `wrt_ref_drop`. `drop`, which may be NULL, is
/// called with `data` when neither an id nor WebAssembly holds the object any more, during a collection or when the store
/// is freed; not when this function fails. It must not call into the store.
///
/// Errors: `WRT_ERR_LIMIT` when the collector's heap is full; `WRT_ERR_CLOSED`, `WRT_ERR_BUSY`; `WRT_ERR_OTHER` for an
/// engine without a collector. The store's thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_ref_from_host(
    store: Option<&wrt_store>,
    data: *mut c_void,
    drop: wrt_drop_fn,
    out: Option<&mut MaybeUninit<u64>>,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        let store = store.required("store")?;
        let out = out.required("out")?;
        let mut entry = store.enter()?;
        let id = entry.scoped(|context| {
            let object = ExternRef::new(&mut *context, HostObject(Registered::new(data, drop)));
            let object = object.map_err(|e| match e.is::<GcHeapOutOfMemory<HostObject>>() {
                true => Failure::new(WRT_ERR_LIMIT, e),
                false => trap::from_wasmtime(&e, WRT_ERR_OTHER),
            })?;
            let id = from_ref(context, Ref::Extern(Some(object)))?;
            let any = object.data(&*context).map_err(|e| trap::from_wasmtime(&e, WRT_ERR_OTHER))?;
            if let Some(HostObject(registered)) = any.and_then(|any| any.downcast_ref()) {
                registered.arm();
            }
            Ok(id)
        })?;
        out.write(id);
        Ok(())
    })
}

/// Reads the `data` that an `externref` carries; NULL for null.
///
/// Errors: `WRT_ERR_TYPE` when the reference is none of `wrt_ref_from_host`; as `wrt_ref_kind`. The store's thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_ref_to_host(
    store: Option<&wrt_store>,
    reference: u64,
    data: Option<&mut MaybeUninit<*mut c_void>>,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        let mut entry = store.required("store")?.enter()?;
        let out = data.required("data")?;
        let found = entry.scoped(|context| {
            let object = match context.data().references.get(reference, "reference")?.cloned() {
                None => return Ok(std::ptr::null_mut()),
                Some(Reference::Extern(object)) => object.to_rooted(&mut *context),
                Some(_) => {
                    return Err(Failure::new(WRT_ERR_TYPE, "reference is a function, not an object of the host"));
                }
            };
            let any = object.data(&*context).map_err(|e| trap::from_wasmtime(&e, WRT_ERR_OTHER))?;
            (any.and_then(|any| any.downcast_ref::<HostObject>()).map(|host| host.0.env.0))
                .ok_or_else(|| Failure::new(WRT_ERR_TYPE, "reference carries no object of the host"))
        })?;
        out.write(found);
        Ok(())
    })
}
