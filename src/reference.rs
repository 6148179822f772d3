//! References: ids that belong to a store. 0 is null, and a stale or foreign id is an error.
//!
//! An id is a key of a generational map, mixed with a number of the store: what was dropped, or comes from elsewhere,
//! is not found.

use std::collections::HashSet;
use std::ffi::c_void;
use std::mem::MaybeUninit;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use parking_lot::Mutex;
use slotmap::{DefaultKey, Key, KeyData, SlotMap};
use wasmtime::{
    AnyRef, ExnRef, ExternRef, Func, GcHeapOutOfMemory, HeapType, OwnedRooted, Ref, RefType, RootScope, Rooted,
    StoreContextMut, Val, ValType,
};

use crate::boundary::{self, Registered, Required};
use crate::error::{Failure, Result, WRT_ERR_BUSY, WRT_ERR_LIMIT, WRT_ERR_NOT_FOUND, WRT_ERR_OTHER, WRT_ERR_TYPE};
use crate::r#extern::{Extern, wrt_func};
use crate::fault::{wrt_drop_fn, wrt_error};
use crate::handle::{Handle, Object};
use crate::store::{Data, Store, wrt_store};
use crate::trap;
use crate::types::{self, Type, wrt_type};
use crate::value::{self, WRT_ANYREF, WRT_EXNREF, WRT_EXTERNREF, WRT_FUNCREF, wrt_val};

/// What an id stands for.
#[derive(Clone)]
pub(crate) enum Reference {
    Func(Func),
    Extern(OwnedRooted<ExternRef>),
    Any(OwnedRooted<AnyRef>),
    Exn(OwnedRooted<ExnRef>),
}

/// The ids of one store.
pub(crate) struct References {
    map: SlotMap<DefaultKey, Reference>,
    /// Mixed into each id. Its highest bit is set, that of a key never is: no id is 0.
    salt: u64,
    /// The scopes that are open, each with the ids that end with it.
    scopes: Vec<Scope>,
    scopes_begun: u64,
    /// Objects of the host that died, until the host asks.
    pub dropped: Arc<Dropped>,
}

struct Scope {
    number: u64,
    ids: HashSet<u64>,
}

/// The `data` of host objects that nothing holds any more.
#[derive(Default)]
pub(crate) struct Dropped(Mutex<Vec<usize>>);

/// An object of the host inside an `externref`.
enum HostObject {
    Registered(Registered),
    Queued(usize, Arc<Dropped>, AtomicBool),
}

impl HostObject {
    fn data(&self) -> *mut c_void {
        match self {
            HostObject::Registered(registered) => registered.env.0,
            HostObject::Queued(data, ..) => *data as *mut c_void,
        }
    }
}

impl Drop for HostObject {
    fn drop(&mut self) {
        if let HostObject::Queued(data, dropped, armed) = self
            && *armed.get_mut()
        {
            dropped.0.lock().push(*data);
        }
    }
}

impl Default for References {
    fn default() -> Self {
        static STORES: AtomicU64 = AtomicU64::new(1);
        let number = STORES.fetch_add(1, Ordering::Relaxed);
        // A multiplication by an odd number spreads neighbours over all bits.
        let salt = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1 << 63;
        References { map: SlotMap::new(), salt, scopes: Vec::new(), scopes_begun: 0, dropped: Arc::default() }
    }
}

impl References {
    /// A new id, which ends with the innermost scope.
    pub fn insert(&mut self, reference: Reference) -> u64 {
        let id = self.insert_lasting(reference);
        if let Some(scope) = self.scopes.last_mut() {
            scope.ids.insert(id);
        }
        id
    }

    /// A new id that no scope ends.
    pub fn insert_lasting(&mut self, reference: Reference) -> u64 {
        self.map.insert(reference).data().as_ffi() ^ self.salt
    }

    fn begin_scope(&mut self) -> u64 {
        self.scopes_begun += 1;
        let number = self.scopes_begun ^ self.salt;
        self.scopes.push(Scope { number, ids: HashSet::new() });
        number
    }

    /// Ends a scope and those inside of it; false where it is not open.
    fn end_scope(&mut self, number: u64) -> bool {
        let Some(at) = self.scopes.iter().position(|scope| scope.number == number) else { return false };
        let ids = self.scopes.drain(at..).flat_map(|scope| scope.ids).collect::<Vec<_>>();
        ids.into_iter().for_each(|id| self.remove(id));
        true
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
        self.leave_scope(id);
    }

    /// Says that no scope ends the id any more.
    pub fn leave_scope(&mut self, id: u64) {
        for scope in self.scopes.iter_mut().rev() {
            if scope.ids.remove(&id) {
                break;
            }
        }
    }

    pub fn len(&self) -> usize {
        self.map.len()
    }
}

/// Fails for a value type whose values cannot cross the boundary.
pub(crate) fn check_supported(ty: &ValType) -> Result<()> {
    match ty {
        ValType::Ref(reference)
            if matches!(reference.heap_type(), HeapType::Cont | HeapType::ConcreteCont(_) | HeapType::NoCont) =>
        {
            let text = types::val_text(ty);
            Err(Failure::unsupported(format_args!("values of type {text} cannot be passed to or from the host")))
        }
        _ => Ok(()),
    }
}

/// The Wasmtime value of a slot of C.
pub(crate) fn to_val(context: &mut StoreContextMut<'_, Data>, slot: &wrt_val, ty: &ValType, name: &str) -> Result<Val> {
    match value::plain_val(slot, ty) {
        Some(value) => Ok(value),
        None => to_ref(context, slot.lo, ty.unwrap_ref(), name).map(Val::from),
    }
}

/// The Wasmtime reference of an id, which fits `ty`.
pub(crate) fn to_ref(context: &mut StoreContextMut<'_, Data>, id: u64, ty: &RefType, name: &str) -> Result<Ref> {
    check_supported(&ValType::Ref(ty.clone()))?;
    let Some(found) = context.data().references.get(id, name)?.cloned() else {
        return match ty.is_nullable() {
            true => Ok(Ref::null(ty.heap_type())),
            false => {
                let text = types::value_text(&ValType::Ref(ty.clone()));
                Err(Failure::new(WRT_ERR_TYPE, format_args!("{name} is null, but its type {text} is not nullable")))
            }
        };
    };
    let found = found.root(context);
    match found.matches_ty(&*context, ty).map_err(|e| trap::from_wasmtime(&e, WRT_ERR_OTHER))? {
        true => Ok(found),
        false => Err(mismatch(context, name, &found, ty)),
    }
}

#[cold]
fn mismatch(context: &mut StoreContextMut<'_, Data>, name: &str, found: &Ref, ty: &RefType) -> Failure {
    let expected = types::value_text(&ValType::Ref(ty.clone()));
    let found = describe(context, found);
    Failure::new(WRT_ERR_TYPE, format_args!("{name} is {found}, expected {expected}"))
}

/// What `id` stands for, which must be something.
pub(crate) fn find(context: &mut StoreContextMut<'_, Data>, id: u64) -> Result<Ref> {
    let found = context.data().references.get(id, "reference")?.cloned();
    let found = found.ok_or_else(|| Failure::new(WRT_ERR_TYPE, "reference is null"))?;
    Ok(found.root(context))
}

#[cold]
pub(crate) fn misfit(context: &mut StoreContextMut<'_, Data>, found: &Ref, wanted: &str) -> Failure {
    let found = describe(context, found);
    Failure::new(WRT_ERR_TYPE, format_args!("reference is {found}, not {wanted}"))
}

/// What a reference is, for messages.
fn describe(context: &mut StoreContextMut<'_, Data>, found: &Ref) -> String {
    match found {
        Ref::Func(Some(func)) => format!("a function of type {}", types::func_text(&func.ty(&*context))),
        Ref::Extern(Some(object)) => match object.data(&*context) {
            Ok(Some(_)) => "an object of the host".to_owned(),
            _ => "an object of WebAssembly that was converted".to_owned(),
        },
        Ref::Exn(Some(_)) => "an exception".to_owned(),
        Ref::Any(Some(any)) => match any.ty(&*context) {
            Ok(HeapType::I31) => "an i31".to_owned(),
            Ok(ty @ (HeapType::ConcreteStruct(_) | HeapType::ConcreteArray(_))) => {
                format!("an object of type {}", types::definition_text(&ty))
            }
            _ => "an object of the host".to_owned(),
        },
        _ => "null".to_owned(),
    }
}

impl Reference {
    /// The reference as Wasmtime has it, for as long as the scope lasts.
    pub fn root(&self, context: &mut StoreContextMut<'_, Data>) -> Ref {
        match self {
            Reference::Func(func) => Ref::Func(Some(*func)),
            Reference::Extern(object) => Ref::Extern(Some(object.to_rooted(context))),
            Reference::Any(object) => Ref::Any(Some(object.to_rooted(context))),
            Reference::Exn(object) => Ref::Exn(Some(object.to_rooted(context))),
        }
    }

    fn kind(&self, context: &mut StoreContextMut<'_, Data>) -> Result<i32> {
        Ok(match self {
            Reference::Func(_) => WRT_FUNCREF,
            Reference::Extern(_) => WRT_EXTERNREF,
            Reference::Exn(_) => WRT_EXNREF,
            Reference::Any(object) => {
                let any = object.to_rooted(&mut *context);
                let ty = any.ty(&*context).map_err(|e| trap::from_wasmtime(&e, WRT_ERR_OTHER))?;
                value::reference_kind(&RefType::new(false, ty))
            }
        })
    }
}

/// The slot of C for a Wasmtime value; a reference gets a new id.
pub(crate) fn from_val(context: &mut StoreContextMut<'_, Data>, value: &Val) -> Result<wrt_val> {
    match value::plain_slot(value) {
        Some(slot) => Ok(slot),
        None => Ok(wrt_val { lo: from_ref(context, value.ref_().unwrap_or(Ref::Func(None)))?, hi: 0 }),
    }
}

/// As `from_val`, for slots of a host call: their ids end with it, and with no scope.
pub(crate) fn lend_val(context: &mut StoreContextMut<'_, Data>, value: &Val) -> Result<wrt_val> {
    let slot = from_val(context, value)?;
    if value.ref_().is_some() {
        context.data_mut().references.leave_scope(slot.lo);
    }
    Ok(slot)
}

/// A new id for a Wasmtime reference; 0 for null.
pub(crate) fn from_ref(context: &mut StoreContextMut<'_, Data>, reference: Ref) -> Result<u64> {
    let refused = |e: wasmtime::Error| trap::from_wasmtime(&e, WRT_ERR_OTHER);
    let found = match reference {
        Ref::Func(None) | Ref::Extern(None) | Ref::Any(None) | Ref::Exn(None) => return Ok(0),
        Ref::Func(Some(func)) => Reference::Func(func),
        Ref::Extern(Some(object)) => Reference::Extern(object.to_owned_rooted(&mut *context).map_err(refused)?),
        Ref::Any(Some(object)) => Reference::Any(object.to_owned_rooted(&mut *context).map_err(refused)?),
        Ref::Exn(Some(object)) => Reference::Exn(object.to_owned_rooted(&mut *context).map_err(refused)?),
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

/// The kind of what `reference` stands for: `WRT_FUNCREF`, `WRT_EXTERNREF`, `WRT_I31REF`, `WRT_STRUCTREF`,
/// `WRT_ARRAYREF`, `WRT_EXNREF`, or `WRT_ANYREF` for an object of the host that was converted; -1 for null.
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
        let out = out.required("out")?;
        let kind = entry.scoped(|context| match context.data().references.get(reference, "reference")?.cloned() {
            None => Ok(-1),
            Some(found) => found.kind(context),
        })?;
        out.write(kind);
        Ok(())
    })
}

/// The type of what `reference` stands for, as exactly as it is known: `(type $t0 (struct (field i32))) (ref $t0)`. For
/// null it is that of null references, `nullref`. It is released with `wrt_release`.
///
/// Errors: as `wrt_ref_kind`. The store's thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_ref_type(
    store: Option<&wrt_store>,
    reference: u64,
    out: Option<&mut MaybeUninit<*mut wrt_type>>,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        let store = store.required("store")?;
        let out = out.required("out")?;
        let ty = store.enter()?.scoped(|context| {
            let Some(found) = context.data().references.get(reference, "reference")?.cloned() else {
                return Ok(RefType::NULLREF);
            };
            let heap = match found.root(context) {
                Ref::Func(Some(func)) => func.ty(&*context).into(),
                Ref::Any(Some(any)) => any.ty(&*context).map_err(|e| trap::from_wasmtime(&e, WRT_ERR_OTHER))?,
                Ref::Exn(_) => HeapType::Exn,
                _ => HeapType::Extern,
            };
            Ok(RefType::new(false, heap))
        })?;
        out.write(Handle::new(Type::of_value(store.engine().inner(), ty.into())).hand_over());
        Ok(())
    })
}

/// Writes 1 to `out` when `reference` can stand where a value of `type` is expected, else 0.
///
/// Errors: `WRT_ERR_TYPE` when `type` is not that of a reference; `WRT_ERR_STORE` when it belongs to another engine; as
/// `wrt_ref_kind`. The store's thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_ref_matches(
    store: Option<&wrt_store>,
    reference: u64,
    r#type: Option<&wrt_type>,
    out: Option<&mut MaybeUninit<i32>>,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        let store = store.required("store")?;
        let ty = r#type.required("type")?;
        ty.check_engine(store.engine().inner(), "type")?;
        let ValType::Ref(ty) = ty.value("type")? else {
            return Err(Failure::new(WRT_ERR_TYPE, "type is not that of a reference"));
        };
        let out = out.required("out")?;
        let matches = store.enter()?.scoped(|context| {
            Ok(match context.data().references.get(reference, "reference")?.cloned() {
                None => ty.is_nullable(),
                Some(found) => {
                    let found = found.root(context);
                    found.matches_ty(&*context, ty).map_err(|e| trap::from_wasmtime(&e, WRT_ERR_OTHER))?
                }
            })
        })?;
        out.write(i32::from(matches));
        Ok(())
    })
}

/// Whether two references are to one object, also where one is as the host sees it and the other as WebAssembly does.
fn same(context: &mut StoreContextMut<'_, Data>, a: Ref, b: Ref) -> wasmtime::Result<bool> {
    match (a, b) {
        (Ref::Func(Some(a)), Ref::Func(Some(b))) => Ok(a.to_raw(&mut *context) == b.to_raw(&mut *context)),
        (Ref::Extern(Some(a)), Ref::Extern(Some(b))) => Rooted::ref_eq(context, &a, &b),
        (Ref::Any(Some(a)), Ref::Any(Some(b))) => Rooted::ref_eq(context, &a, &b),
        (Ref::Exn(Some(a)), Ref::Exn(Some(b))) => Rooted::ref_eq(context, &a, &b),
        (Ref::Extern(Some(outer)), Ref::Any(Some(inner))) | (Ref::Any(Some(inner)), Ref::Extern(Some(outer))) => {
            let inner = ExternRef::convert_any(&mut *context, inner)?;
            Rooted::ref_eq(context, &outer, &inner)
        }
        _ => Ok(false),
    }
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
        let out = out.required("out")?;
        let same = entry.scoped(|context| {
            let references = &context.data().references;
            let pair = (references.get(a, "a")?.cloned(), references.get(b, "b")?.cloned());
            let (Some(a), Some(b)) = &pair else { return Ok(pair.0.is_none() && pair.1.is_none()) };
            let (a, b) = (a.root(context), b.root(context));
            same(context, a, b).map_err(|e| trap::from_wasmtime(&e, WRT_ERR_OTHER))
        })?;
        out.write(i32::from(same));
        Ok(())
    })
}

/// Makes another id for what `reference` stands for; null stays null. Each id is dropped with `wrt_ref_drop`; this one
/// outlasts all scopes.
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
        out.write(found.map_or(0, |found| context.data_mut().references.insert_lasting(found)));
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
    match store.enter_quietly() {
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

    pub fn ids(&self) -> &[u64] {
        self.0.as_ref().map_or(&[], |(_, ids)| ids)
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

/// Begins a scope: the ids of `store` that are made from now on are dropped when `wrt_ref_scope_end` is called with the
/// number in `scope`, but for those of `wrt_ref_clone`. Scopes may be nested.
///
/// Errors: `WRT_ERR_ARGUMENT`, `WRT_ERR_CLOSED`, `WRT_ERR_BUSY`. The store's thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_ref_scope_begin(
    store: Option<&wrt_store>,
    scope: Option<&mut MaybeUninit<u64>>,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        let mut entry = store.required("store")?.enter()?;
        scope.required("scope")?.write(entry.context().data_mut().references.begin_scope());
        Ok(())
    })
}

/// Ends a scope, and those that were begun inside of it: the ids made in them are dropped.
///
/// Errors: `WRT_ERR_NOT_FOUND` when `scope` is not open; `WRT_ERR_ARGUMENT`, `WRT_ERR_CLOSED`, `WRT_ERR_BUSY`. The
/// store's thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_ref_scope_end(
    store: Option<&wrt_store>,
    scope: u64,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        let mut entry = store.required("store")?.enter_quietly()?;
        match entry.context().data_mut().references.end_scope(scope) {
            true => Ok(()),
            false => Err(Failure::new(WRT_ERR_NOT_FOUND, format_args!("there is no open scope {scope}"))),
        }
    })
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
            Some(found) => {
                let found = found.root(&mut context);
                return Err(misfit(&mut context, &found, "a function"));
            }
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
        out.write(new_host_object(store, HostObject::Registered(Registered::new(data, drop)))?);
        Ok(())
    })
}

/// As `wrt_ref_from_host`, for hosts whose code cannot run during a collection: when nothing holds the object any more,
/// `data` is kept until `wrt_ref_take_dropped` asks for it.
///
/// Errors: as `wrt_ref_from_host`. The store's thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_ref_from_host_queued(
    store: Option<&wrt_store>,
    data: *mut c_void,
    out: Option<&mut MaybeUninit<u64>>,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        let store = store.required("store")?;
        let out = out.required("out")?;
        let queued = HostObject::Queued(data.addr(), Arc::default(), AtomicBool::new(false));
        out.write(new_host_object(store, queued)?);
        Ok(())
    })
}

fn new_host_object(store: &Object<Store>, mut object: HostObject) -> Result<u64> {
    store.enter()?.scoped(|context| {
        if let HostObject::Queued(_, dropped, _) = &mut object {
            *dropped = context.data().references.dropped.clone();
        }
        let object =
            ExternRef::new(&mut *context, object).map_err(|e| match e.is::<GcHeapOutOfMemory<HostObject>>() {
                true => Failure::new(WRT_ERR_LIMIT, e),
                false => trap::from_wasmtime(&e, WRT_ERR_OTHER),
            })?;
        let id = from_ref(context, Ref::Extern(Some(object)))?;
        let any = object.data(&*context).map_err(|e| trap::from_wasmtime(&e, WRT_ERR_OTHER))?;
        match any.and_then(|any| any.downcast_ref()) {
            Some(HostObject::Registered(registered)) => registered.arm(),
            Some(HostObject::Queued(_, _, armed)) => armed.store(true, Ordering::Relaxed),
            None => {}
        }
        Ok(id)
    })
}

/// Moves the `data` of objects of `wrt_ref_from_host_queued` that nothing holds any more to `dropped`, which has room for
/// `ndropped` of them, and writes how many these are to `count`. Where that is all the room, there may be more. Of a closed
/// store all of them are gone, which is not told.
///
/// Errors: `WRT_ERR_ARGUMENT`, `WRT_ERR_CLOSED`, `WRT_ERR_BUSY`. The store's thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_ref_take_dropped(
    store: Option<&wrt_store>,
    dropped: *mut *mut c_void,
    ndropped: usize,
    count: Option<&mut MaybeUninit<usize>>,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        let mut entry = store.required("store")?.enter_quietly()?;
        let out = boundary::slice_mut(dropped, ndropped, "dropped")?;
        let count = count.required("count")?;
        let context = entry.context();
        let mut queue = context.data().references.dropped.0.lock();
        let taken = ndropped.min(queue.len());
        let rest = queue.len() - taken;
        out.iter_mut().zip(queue.drain(rest..)).for_each(|(slot, data)| *slot = data as *mut c_void);
        count.write(taken);
        Ok(())
    })
}

/// Reads the `data` that an object of the host carries; NULL for null.
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
            let refused = |e: wasmtime::Error| trap::from_wasmtime(&e, WRT_ERR_OTHER);
            let Some(found) = context.data().references.get(reference, "reference")?.cloned() else {
                return Ok(std::ptr::null_mut());
            };
            let found = found.root(context);
            let object = match found {
                Ref::Extern(Some(object)) => Some(object),
                Ref::Any(Some(any)) => Some(ExternRef::convert_any(&mut *context, any).map_err(refused)?),
                _ => None,
            };
            let data = match &object {
                Some(object) => object.data(&*context).map_err(refused)?,
                None => None,
            };
            let host = data.and_then(|data| data.downcast_ref::<HostObject>()).map(HostObject::data);
            host.ok_or_else(|| {
                let found = describe(context, &found);
                Failure::new(WRT_ERR_TYPE, format_args!("reference is {found}, which carries no data of the host"))
            })
        })?;
        out.write(found);
        Ok(())
    })
}

/// Converts between references of the host and those of WebAssembly: to `WRT_ANYREF` from an `externref`, to
/// `WRT_EXTERNREF` from any GC reference; the object stays the same. To other kinds it is a checked cast. Null stays null.
/// `out` is a new id, dropped with `wrt_ref_drop`.
///
/// Errors: `WRT_ERR_TYPE` when the reference is not of that kind; `WRT_ERR_ARGUMENT` when `kind` is not that of a reference;
/// as `wrt_ref_kind`. The store's thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_ref_convert(
    store: Option<&wrt_store>,
    reference: u64,
    kind: i32,
    out: Option<&mut MaybeUninit<u64>>,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        let mut entry = store.required("store")?.enter()?;
        let Ok(ValType::Ref(ty)) = value::type_of_kind(kind, "kind") else {
            return Err(Failure::argument(format_args!("kind is {kind}, which is not the kind of a reference")));
        };
        let out = out.required("out")?;
        let id = entry.scoped(|context| {
            let Some(found) = context.data().references.get(reference, "reference")?.cloned() else { return Ok(0) };
            let found = match (found.root(context), kind) {
                (Ref::Extern(object), WRT_ANYREF) => match object {
                    Some(object) => AnyRef::convert_extern(&mut *context, object).map(|any| Ref::Any(Some(any))),
                    None => Ok(Ref::Any(None)),
                },
                (Ref::Any(Some(any)), WRT_EXTERNREF) => {
                    ExternRef::convert_any(&mut *context, any).map(|object| Ref::Extern(Some(object)))
                }
                (found, _) => Ok(found),
            };
            let found = found.map_err(|e| trap::from_wasmtime(&e, WRT_ERR_OTHER))?;
            if !found.matches_ty(&*context, &ty).map_err(|e| trap::from_wasmtime(&e, WRT_ERR_OTHER))? {
                return Err(mismatch(context, "reference", &found, &ty));
            }
            from_ref(context, found)
        })?;
        out.write(id);
        Ok(())
    })
}
