//! Functions: those of the host, and the dynamic call.

use std::ffi::c_void;
use std::mem::MaybeUninit;
use std::ptr::NonNull;
use std::sync::Arc;

use wasmtime::{AsContextMut, Caller, RootScope, StoreContextMut, TypedFunc, V128, Val, ValRaw, ValType};

use crate::boundary::{self, Registered, Required};
use crate::caller::wrt_caller;
use crate::error::{Failure, Result, WRT_ERR_EXIT, WRT_ERR_OTHER, WRT_ERR_TYPE, WRT_OK, counted};
use crate::exception;
use crate::r#extern::{Extern, Signature, wrt_func};
use crate::fault::{wrt_drop_fn, wrt_error};
use crate::fiber::{self, Answer, Job, Request, Start, Ticket, Values};
use crate::handle::{Handle, Object};
use crate::hooks;
use crate::reference::{self, Owed};
use crate::store::{Context, Data, Entry, Store, wrt_store};
use crate::trap;
use crate::types::{self, wrt_type};
use crate::value::{self, wrt_val};
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

/// A host function that suspends the call: the host is told its number, and answers when it likes.
pub(crate) struct Suspending {
    request: Request,
    pub signature: Arc<Signature>,
}

/// What Wasmtime awaits when WebAssembly calls a suspending function.
type HostFuture<'a> = Box<dyn Future<Output = wasmtime::Result<()>> + Send + 'a>;

impl Suspending {
    pub fn new(ty: &wasmtime::FuncType, id: u64) -> Result<Arc<Suspending>> {
        let signature = Signature::new(ty.clone());
        signature.check_supported()?;
        let request = Request { id, results: signature.results.iter().map(|ty| ty.is_ref()).collect() };
        Ok(Arc::new(Suspending { request, signature }))
    }

    /// Called by WebAssembly.
    pub fn call<'a>(
        self: &Arc<Self>,
        caller: Caller<'a, Data>,
        params: &'a [Val],
        results: &'a mut [Val],
    ) -> HostFuture<'a> {
        // SAFETY: the instance that calls the function keeps it, and is there for as long as its store.
        let own: &'a Suspending = unsafe { &*Arc::as_ptr(self) };
        match own.signature.plain {
            true => Box::new(own.call_plain(caller, params, results)),
            false => Box::new(own.call_checked(caller, params, results)),
        }
    }

    async fn call_plain<'a>(
        &'a self,
        mut caller: Caller<'a, Data>,
        params: &'a [Val],
        results: &'a mut [Val],
    ) -> wasmtime::Result<()> {
        let write = |slots: &mut Values| {
            slots.resize(self.signature.slots(), wrt_val::default());
            slots.iter_mut().zip(params).for_each(|(slot, param)| *slot = value::plain_slot(param).unwrap_or_default());
        };
        let read = |slots: &[wrt_val], _| {
            for ((result, slot), ty) in results.iter_mut().zip(slots).zip(&self.signature.results) {
                *result = value::plain_val(slot, ty).unwrap_or(Val::I32(0));
            }
        };
        let outcome = fiber::attend(&mut caller, &self.request, write, read).await;
        outcome.map_err(|failure| exception::into_wasmtime(caller.as_context_mut(), failure))
    }

    /// As `call_plain`, with references among the values.
    async fn call_checked<'a>(
        &'a self,
        mut caller: Caller<'a, Data>,
        params: &'a [Val],
        results: &'a mut [Val],
    ) -> wasmtime::Result<()> {
        let (mut ids, home) = (Ids::default(), caller.data().home);
        let mut given = vec![wrt_val::default(); self.signature.slots()];
        let mut outcome = ids.write(&mut caller.as_context_mut(), params, &mut given);
        // The call may be given up while it waits.
        let owed = Owed::new(home.store(), std::mem::take(&mut ids.0));
        if outcome.is_ok() {
            let mut answer = None;
            let write = |slots: &mut Values| slots.extend_from_slice(&given);
            let read = |slots: &[wrt_val], reply: Owed| answer = Some((Values::from_slice(slots), reply));
            outcome = fiber::attend(&mut caller, &self.request, write, read).await;
            if let Some((slots, reply)) = answer {
                ids.0 = reply.take();
                outcome = ids.read(&mut caller.as_context_mut(), &slots, &self.signature.results, results);
            }
        }
        ids.0.extend(owed.take());
        ids.drop(&mut caller.as_context_mut());
        outcome.map_err(|failure| exception::into_wasmtime(caller.as_context_mut(), failure))
    }

    /// The function in a store, which is asynchronous from now on.
    pub fn in_store(self: &Arc<Self>, context: &mut StoreContextMut<'_, Data>) -> wasmtime::Func {
        let (own, ty) = (self.clone(), self.signature.ty.clone());
        wasmtime::Func::new_async(context, ty, move |caller, params, results| own.call(caller, params, results))
    }
}

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

    /// The function in a store.
    pub fn in_store(self: &Arc<Self>, context: &mut StoreContextMut<'_, Data>) -> wasmtime::Func {
        let (own, ty) = (self.clone(), self.signature.ty.clone());
        context.data().home.store().note_direct();
        if self.signature.plain {
            // SAFETY: the host function keeps to the types it was registered with: they are plain numbers.
            unsafe { wasmtime::Func::new_unchecked(context, ty, move |caller, slots| own.plain(caller, slots)) }
        } else {
            wasmtime::Func::new(context, ty, move |caller, params, results| own.checked(caller, params, results))
        }
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
            let _lent = home.store().lend(Context::Caller(NonNull::from(&mut *caller).cast()));
            let face = home.face::<wrt_caller>();
            hooks::host(|| (self.call)(self.registered.env.0, face, slots, nslots, &mut error))
        };
        if status == WRT_OK && error.fault.is_null() { Ok(()) } else { failed(caller, error, status) }
    }
}

#[cold]
fn failed(caller: &mut Caller<'_, Data>, mut error: wrt_error, status: i32) -> wasmtime::Result<()> {
    if status == WRT_OK {
        // What a nested call reported and the function got over.
        crate::fault::wrt_error_clear(Some(&mut error));
        return Ok(());
    }
    Err(exception::into_wasmtime(caller.as_context_mut(), error.take(status)))
}

/// The ids in the slots of a host function, which end with its call.
#[derive(Default)]
struct Ids(Vec<u64>);

impl Ids {
    fn write(&mut self, context: &mut StoreContextMut<'_, Data>, values: &[Val], slots: &mut [wrt_val]) -> Result<()> {
        for (slot, value) in slots.iter_mut().zip(values) {
            *slot = reference::lend_val(context, value)?;
            self.note(value.ref_().is_some(), slot);
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
        // They are the call's also where one does not fit.
        slots.iter().zip(types).for_each(|(slot, ty)| self.note(ty.is_ref(), slot));
        for ((value, slot), ty) in values.iter_mut().zip(slots).zip(types) {
            *value = reference::to_val(context, slot, ty, "result")?;
        }
        Ok(())
    }

    fn note(&mut self, is_reference: bool, slot: &wrt_val) {
        if is_reference && slot.lo != 0 {
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
/// Errors: `WRT_ERR_TYPE` when `type` is no function type; `WRT_ERR_UNSUPPORTED` for continuations in it;
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
        let func = host.in_store(&mut store.enter()?.context());
        host.registered.arm();
        out.write(Handle::new(Extern::Func(store.share(), func, host.signature.clone())).hand_over());
        Ok(())
    })
}

/// Makes a function of type `type` that suspends the call: its task answers `WRT_TASK_HOST_CALL`, and `wrt_task_request`
/// tells `id`. From now on every call in the store is to be started as a task; `wrt_func_call`, `wrt_call_invoke` and
/// instantiation still work as long as they come to no suspending function. The function is released with `wrt_release`.
///
/// Errors: as `wrt_func_new`; `WRT_ERR_BUSY` also inside a direct host function. The store's thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_func_new_suspending(
    store: Option<&wrt_store>,
    r#type: Option<&wrt_type>,
    id: u64,
    out: Option<&mut MaybeUninit<*mut wrt_func>>,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        let store = store.required("store")?;
        let ty = r#type.required("type")?;
        ty.check_engine(store.engine().inner(), "type")?;
        let host = Suspending::new(ty.func("type")?, id)?;
        let out = out.required("out")?;
        let mut entry = store.enter()?;
        entry.make_asynchronous()?;
        let func = host.in_store(&mut entry.context());
        out.write(Handle::new(Extern::Func(store.share(), func, host.signature.clone())).hand_over());
        Ok(())
    })
}

/// Calls `func` with `nargs` arguments and writes its `nresults` results. Ids in `results` belong to the caller, who
/// drops them with `wrt_ref_drop`.
///
/// Errors: `WRT_ERR_TYPE` when a count does not fit the signature; `WRT_ERR_TRAP`, `WRT_ERR_HOST` and whatever else ends
/// a call; `WRT_ERR_STORE` or `WRT_ERR_NOT_FOUND` for a bad reference; `WRT_ERR_UNSUPPORTED` for continuations;
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
        call_plain(store, func, signature, slots)?;
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
        true => (signature.results.len(), nresults, "result"),
        false => (signature.params.len(), nargs, "argument"),
    };
    let text = types::func_text(&signature.ty);
    Failure::new(WRT_ERR_TYPE, format_args!("{text} has {}, not {given}", counted(wanted, noun)))
}

/// Calls a function with plain values, in place.
#[inline(always)]
pub(crate) fn call_plain(
    store: &Object<Store>,
    func: wasmtime::Func,
    signature: &Arc<Signature>,
    slots: &mut [wrt_val],
) -> Result<()> {
    let mut entry = store.enter()?;
    if entry.is_apart() {
        return call_plain_apart(entry, func, signature, slots);
    }
    let slots = std::ptr::slice_from_raw_parts_mut(slots.as_mut_ptr().cast::<ValRaw>(), slots.len());
    // SAFETY: the function belongs to this store, which has synchronous functions only, and no fiber runs; the slots hold
    // plain values, are as many as the signature needs, and have the layout of `ValRaw`.
    entry.run(WRT_ERR_OTHER, |context| unsafe { func.call_unchecked(context, slots) }).or_else(|e| ended(e, signature))
}

/// A program that ended itself with status 0 has succeeded, where there are no results to tell.
#[cold]
fn ended(failure: Failure, signature: &Signature) -> Result<()> {
    let report = failure.report();
    match report.status == WRT_ERR_EXIT && report.exit_code == 0 && signature.results.is_empty() {
        true => Ok(()),
        false => Err(failure),
    }
}

#[cold]
#[inline(never)]
fn call_plain_apart(
    entry: Entry<'_>,
    func: wasmtime::Func,
    signature: &Arc<Signature>,
    slots: &mut [wrt_val],
) -> Result<()> {
    let results = call_apart(entry, func, signature, &slots[..signature.params.len()])?;
    slots[..results.len()].copy_from_slice(&results);
    Ok(())
}

/// Calls a function on a fiber, to its end.
fn call_apart(
    mut entry: Entry<'_>,
    func: wasmtime::Func,
    signature: &Arc<Signature>,
    args: &[wrt_val],
) -> Result<Values> {
    entry.check_apart()?;
    let ticket = Ticket::quiet();
    match entry.finish(&ticket, begin_call(func, signature.clone(), args.into(), ticket.clone()))? {
        Answer::Values(values) => Ok(values),
        Answer::Made(_) => unreachable!("a call has values"),
    }
}

/// A call of a function, as a job.
fn begin_call(func: wasmtime::Func, signature: Arc<Signature>, args: Values, ticket: Arc<Ticket>) -> impl Start {
    fiber::starting(move |context| call_job(context, func, signature, args, ticket))
}

pub(crate) fn call_job(
    context: StoreContextMut<'_, Data>,
    func: wasmtime::Func,
    signature: Arc<Signature>,
    args: Values,
    ticket: Arc<Ticket>,
) -> Job<'_> {
    Box::pin(async move {
        let mut scope = RootScope::new(context);
        let outcome = call_async(&mut scope.as_context_mut(), func, &signature, &args).await;
        ticket.finish(outcome.map(Answer::Values));
    })
}

async fn call_async(
    context: &mut StoreContextMut<'_, Data>,
    func: wasmtime::Func,
    signature: &Signature,
    args: &[wrt_val],
) -> Result<Values> {
    let (params, mut values) = to_vals(context, signature, args)?;
    let outcome = func.call_async(&mut *context, &params, &mut values).await;
    if let Err(error) = outcome {
        ended(trap::from_call(&mut *context, &error, WRT_ERR_TYPE), signature)?;
    }
    values.iter().map(|value| reference::from_val(context, value)).collect()
}

/// A function with plain values, for calls on fibers: Wasmtime's typed call, where every slot is a vector of 16 bytes, which is
/// what all slots of plain values are to WebAssembly. There are as many results as parameters, the larger of both numbers at
/// least, so that every slot that is read was written.
#[derive(Clone)]
pub(crate) enum Wide {
    Two(Arc<TypedFunc<Slots2, Slots2>>),
    Four(Arc<TypedFunc<Slots4, Slots4>>),
}

type Slots2 = (V128, V128);
type Slots4 = (V128, V128, V128, V128);

impl Wide {
    /// The function so, where it can be called that way. A debug build of Wasmtime compares the types, and refuses.
    pub fn new(context: StoreContextMut<'_, Data>, func: wasmtime::Func, signature: &Signature) -> Option<Wide> {
        if !signature.plain || cfg!(debug_assertions) {
            return None;
        }
        // SAFETY: by their number and size the slots are those of the signature, and none is a reference.
        unsafe {
            match signature.slots() {
                0..=2 => Some(Wide::Two(Arc::new(TypedFunc::new_unchecked(context, func)))),
                3..=4 => Some(Wide::Four(Arc::new(TypedFunc::new_unchecked(context, func)))),
                _ => None,
            }
        }
    }
}

/// As `call_job`, for plain values; the first slots are the answer.
pub(crate) fn wide_job<'a>(
    mut context: StoreContextMut<'a, Data>,
    func: Wide,
    args: &[wrt_val],
    signature: Arc<Signature>,
    ticket: Arc<Ticket>,
) -> Job<'a> {
    let results = signature.results.len();
    let [a, b, c, d] = std::array::from_fn(|i| vector(args.get(i).copied().unwrap_or_default()));
    let finish = move |context: StoreContextMut<'_, Data>, outcome: wasmtime::Result<[V128; 4]>| {
        let slots = outcome.or_else(|error| {
            let failure = trap::from_call(context, &error, WRT_ERR_OTHER);
            ended(failure, &signature).map(|()| [vector(wrt_val::default()); 4])
        });
        ticket.finish(slots.map(|slots| Answer::Values(slots.into_iter().take(results).map(slot).collect())));
    };
    match func {
        Wide::Two(func) => Box::pin(async move {
            let outcome = func.call_async(&mut context, (a, b)).await;
            finish(context, outcome.map(|(a, b)| [a, b, c, d]));
        }),
        Wide::Four(func) => Box::pin(async move {
            let outcome = func.call_async(&mut context, (a, b, c, d)).await;
            finish(context, outcome.map(|(a, b, c, d)| [a, b, c, d]));
        }),
    }
}

fn vector(slot: wrt_val) -> V128 {
    (u128::from(slot.hi) << 64 | u128::from(slot.lo)).into()
}

fn slot(vector: V128) -> wrt_val {
    let bits = vector.as_u128();
    wrt_val { lo: bits as u64, hi: (bits >> 64) as u64 }
}

/// The values of arguments, and room for the results.
fn to_vals(
    context: &mut StoreContextMut<'_, Data>,
    signature: &Signature,
    args: &[wrt_val],
) -> Result<(Vec<Val>, Vec<Val>)> {
    let params = args.iter().zip(&signature.params).map(|(slot, ty)| reference::to_val(context, slot, ty, "argument"));
    Ok((params.collect::<Result<_>>()?, signature.results.iter().map(reference::null_of).collect()))
}

/// Calls a function with references among its values.
#[inline(never)]
pub(crate) fn call_checked(
    store: &Object<Store>,
    func: wasmtime::Func,
    signature: &Arc<Signature>,
    args: &[wrt_val],
    results: &mut [wrt_val],
) -> Result<()> {
    signature.check_supported()?;
    let mut entry = store.enter()?;
    if entry.is_apart() {
        results.copy_from_slice(&call_apart(entry, func, signature, args)?);
        return Ok(());
    }
    entry.run_scoped(|context| {
        let (params, mut values) = to_vals(context, signature, args)?;
        if let Err(error) = func.call(&mut *context, &params, &mut values) {
            ended(trap::from_call(&mut *context, &error, WRT_ERR_TYPE), signature)?;
        }
        let converted = values.iter().map(|value| reference::from_val(context, value)).collect::<Result<Vec<_>>>()?;
        results.copy_from_slice(&converted);
        Ok(())
    })
}
