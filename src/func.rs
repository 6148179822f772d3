//! Functions: those of the host, and the dynamic call.

use std::ffi::c_void;
use std::mem::MaybeUninit;
use std::ptr::NonNull;
use std::sync::Arc;

use wasmtime::{AsContextMut, Caller, StoreContextMut, Val, ValRaw, ValType};

use crate::boundary::{self, Registered, Required};
use crate::caller::wrt_caller;
use crate::error::{Failure, Result, WRT_ERR_OTHER, WRT_ERR_TYPE, WRT_OK};
use crate::r#extern::{Extern, Signature, wrt_func};
use crate::fault::{wrt_drop_fn, wrt_error};
use crate::handle::Handle;
use crate::hooks;
use crate::reference;
use crate::store::{Context, Data, Store, wrt_store};
use crate::trap;
use crate::types::{self, wrt_type};
use crate::value::wrt_val;
use crate::view::Views;

/// A function of the host. The arguments are in `slots`, and the results replace them, from the first slot on; `nslots`
/// is the larger of both counts. Ids in slots, arguments and results alike, belong to the call, which drops them
/// afterwards. `WRT_OK` is success; another status, with `error` filled by `wrt_error_set` or its sisters, ends the call
/// of WebAssembly with that failure. The function may use the store, and must not unwind, switch stacks, or return on
/// another thread. `caller` and `slots` are valid until it returns.
pub type wrt_host_fn = Option<
    extern "C" fn(
        env: *mut c_void,
        caller: *mut wrt_caller,
        slots: *mut wrt_val,
        nslots: usize,
        error: *mut wrt_error,
    ) -> i32,
>;

type Call = extern "C" fn(*mut c_void, *mut wrt_caller, *mut wrt_val, usize, *mut wrt_error) -> i32;

/// A function of the host, as it was registered.
pub(crate) struct HostFunc {
    call: Call,
    pub registered: Registered,
    pub signature: Arc<Signature>,
}

impl HostFunc {
    /// A function of type `ty`; `registered` is to be armed once it has found its place.
    pub fn new(
        ty: &wasmtime::FuncType,
        call: wrt_host_fn,
        env: *mut c_void,
        drop: wrt_drop_fn,
    ) -> Result<Arc<HostFunc>> {
        let call = call.ok_or_else(|| Failure::null("call"))?;
        let signature = Signature::new(ty.clone());
        signature.check_supported()?;
        Ok(Arc::new(HostFunc { call, registered: Registered::new(env, drop), signature }))
    }

    /// Called by WebAssembly, with values as they stand in the slots of C.
    #[inline(always)]
    pub fn plain(&self, mut caller: Caller<'_, Data>, slots: &mut [MaybeUninit<ValRaw>]) -> wasmtime::Result<()> {
        self.invoke(&mut caller, slots.as_mut_ptr().cast(), slots.len())
    }

    /// Called by WebAssembly, with references among the values.
    pub fn checked(&self, mut caller: Caller<'_, Data>, params: &[Val], results: &mut [Val]) -> wasmtime::Result<()> {
        let mut slots = vec![wrt_val::default(); self.signature.slots()];
        let mut ids = Ids::default();
        let mut outcome = ids.write(&mut caller.as_context_mut(), params, &mut slots).map_err(trap::into_wasmtime);
        if outcome.is_ok() {
            outcome = self.invoke(&mut caller, slots.as_mut_ptr(), slots.len());
        }
        let mut context = caller.as_context_mut();
        if outcome.is_ok() {
            let converted = ids.read(&mut context, &slots, &self.signature.results, results);
            outcome = converted.map_err(trap::into_wasmtime);
        }
        ids.drop(&mut context);
        outcome
    }

    #[inline(always)]
    fn invoke(&self, caller: &mut Caller<'_, Data>, slots: *mut wrt_val, nslots: usize) -> wasmtime::Result<()> {
        let home = caller.data().home;
        Views::refresh(caller.as_context_mut());
        let mut error = wrt_error::EMPTY;
        let status = {
            // The lifetime ends with `_lent`, before the caller does.
            let _lent = home.store().lend(Context::Caller(NonNull::from(caller).cast()));
            let face = home.face::<wrt_caller>();
            hooks::host(|| (self.call)(self.registered.env.0, face, slots, nslots, &mut error))
        };
        if status == WRT_OK && error.fault.is_null() { Ok(()) } else { failed(error, status) }
    }
}

#[cold]
fn failed(mut error: wrt_error, status: i32) -> wasmtime::Result<()> {
    if status == WRT_OK {
        // What a nested call reported and the function got over.
        crate::fault::wrt_error_clear(Some(&mut error));
        return Ok(());
    }
    Err(trap::into_wasmtime(error.take(status)))
}

/// The ids in the slots of a host function, which end with its call.
#[derive(Default)]
struct Ids(Vec<u64>);

impl Ids {
    fn write(&mut self, context: &mut StoreContextMut<'_, Data>, values: &[Val], slots: &mut [wrt_val]) -> Result<()> {
        for (slot, value) in slots.iter_mut().zip(values) {
            *slot = reference::from_val(context, value)?;
            self.note(value, slot);
        }
        Ok(())
    }

    fn read(
        &mut self,
        context: &mut StoreContextMut<'_, Data>,
        slots: &[wrt_val],
        types: &[ValType],
        values: &mut [Val],
    ) -> Result<()> {
        for ((value, slot), ty) in values.iter_mut().zip(slots).zip(types) {
            *value = reference::to_val(context, slot, ty, "result")?;
            self.note(value, slot);
        }
        Ok(())
    }

    fn note(&mut self, value: &Val, slot: &wrt_val) {
        if value.ref_().is_some() && slot.lo != 0 {
            self.0.push(slot.lo);
        }
    }

    /// An id that stands in several slots is dropped once: the second time it is not found.
    fn drop(self, context: &mut StoreContextMut<'_, Data>) {
        for id in self.0 {
            context.data_mut().references.remove(id);
        }
    }
}

/// Makes a function of type `type` that calls `call` with `env`. `drop`, which may be NULL, is called with `env` when the
/// store is freed, not when this function fails. The function is released with `wrt_release`.
///
/// Errors: `WRT_ERR_TYPE` when `type` is no function type; `WRT_ERR_UNSUPPORTED` for GC references in it;
/// `WRT_ERR_STORE` when it belongs to another engine; `WRT_ERR_CLOSED`, `WRT_ERR_BUSY`. The store's thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_func_new(
    store: Option<&wrt_store>,
    r#type: Option<&wrt_type>,
    call: wrt_host_fn,
    env: *mut c_void,
    drop: wrt_drop_fn,
    out: Option<&mut MaybeUninit<*mut wrt_func>>,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        let store = store.required("store")?;
        let ty = r#type.required("type")?;
        ty.check_engine(store.engine().inner(), "type")?;
        let host = HostFunc::new(ty.func("type")?, call, env, drop)?;
        let out = out.required("out")?;
        let mut entry = store.enter()?;
        let mut context = entry.context();
        let (own, signature) = (host.clone(), host.signature.clone());
        let ty = signature.ty.clone();
        let func = if signature.plain {
            // SAFETY: the host function keeps to the types it was registered with: they are plain numbers.
            unsafe { wasmtime::Func::new_unchecked(&mut context, ty, move |caller, slots| own.plain(caller, slots)) }
        } else {
            wasmtime::Func::new(&mut context, ty, move |caller, params, results| own.checked(caller, params, results))
        };
        host.registered.arm();
        out.write(Handle::new(Extern::Func(store.share(), func, signature)).hand_over());
        Ok(())
    })
}

/// Calls `func` with `nargs` arguments and writes its `nresults` results. Ids in `results` belong to the caller, who
/// drops them with `wrt_ref_drop`.
///
/// Errors: `WRT_ERR_TYPE` when a count does not fit the signature; `WRT_ERR_TRAP`, `WRT_ERR_HOST` and whatever else ends
/// a call; `WRT_ERR_STORE` or `WRT_ERR_NOT_FOUND` for a bad reference; `WRT_ERR_UNSUPPORTED` for GC references;
/// `WRT_ERR_CLOSED`, `WRT_ERR_BUSY`. The store's thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_func_call(
    func: Option<&wrt_func>,
    args: *const wrt_val,
    nargs: usize,
    results: *mut wrt_val,
    nresults: usize,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        let (store, func, signature) = func.required("func")?.func("func")?;
        check_counts(signature, nargs, nresults)?;
        let args = boundary::slice(args, nargs, "args")?;
        let results = boundary::slice_mut(results, nresults, "results")?;
        if !signature.plain {
            return call_checked(store, func, signature, args, results);
        }
        const INLINE: usize = 16;
        let (mut inline, mut heap) = ([wrt_val::default(); INLINE], Vec::new());
        let slots = match signature.slots() {
            0..=INLINE => &mut inline[..signature.slots()],
            more => {
                heap.resize(more, wrt_val::default());
                &mut heap[..]
            }
        };
        slots[..nargs].copy_from_slice(args);
        call_plain(store, func, slots)?;
        results.copy_from_slice(&slots[..nresults]);
        Ok(())
    })
}

pub(crate) fn check_counts(signature: &Signature, nargs: usize, nresults: usize) -> Result<()> {
    if nargs == signature.params.len() && nresults == signature.results.len() {
        return Ok(());
    }
    Err(miscounted(signature, nargs, nresults))
}

#[cold]
fn miscounted(signature: &Signature, nargs: usize, nresults: usize) -> Failure {
    let (wanted, given, noun) = match nargs == signature.params.len() {
        true => (signature.results.len(), nresults, "results"),
        false => (signature.params.len(), nargs, "arguments"),
    };
    let text = types::func_text(&signature.ty);
    Failure::new(WRT_ERR_TYPE, format_args!("{text} has {wanted} {noun}, {given} were given"))
}

/// Calls a function with plain values, in place.
#[inline(always)]
pub(crate) fn call_plain(store: &Store, func: wasmtime::Func, slots: &mut [wrt_val]) -> Result<()> {
    let mut entry = store.enter()?;
    let slots = std::ptr::slice_from_raw_parts_mut(slots.as_mut_ptr().cast::<ValRaw>(), slots.len());
    // SAFETY: the function belongs to this store, whose functions are all synchronous; the slots hold plain values, are
    // as many as the signature needs, and have the layout of `ValRaw`.
    entry.run(WRT_ERR_OTHER, |context| unsafe { func.call_unchecked(context, slots) })
}

/// Calls a function with references among its values.
#[inline(never)]
pub(crate) fn call_checked(
    store: &Store,
    func: wasmtime::Func,
    signature: &Signature,
    args: &[wrt_val],
    results: &mut [wrt_val],
) -> Result<()> {
    signature.check_supported()?;
    let mut entry = store.enter()?;
    entry.run_scoped(|context| {
        let mut params = Vec::with_capacity(args.len());
        for (slot, ty) in args.iter().zip(&signature.params) {
            params.push(reference::to_val(context, slot, ty, "argument")?);
        }
        let mut values: Vec<Val> = signature.results.iter().map(reference::null_of).collect();
        func.call(&mut *context, &params, &mut values)
            .map_err(|error| trap::from_call(&mut *context, &error, WRT_ERR_TYPE))?;
        let converted = values.iter().map(|value| reference::from_val(context, value)).collect::<Result<Vec<_>>>()?;
        results.copy_from_slice(&converted);
        Ok(())
    })
}
