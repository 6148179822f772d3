//! Prepared calls: the signature is compared once, then values go to WebAssembly in the slots of the caller.

use std::ffi::{CStr, c_void};
use std::mem::MaybeUninit;
use std::sync::{Arc, OnceLock};

use crate::boundary::{self, Required};
use crate::error::{Failure, Result, WRT_ERR_TYPE, counted};
use crate::r#extern::{Signature, wrt_func};
use crate::fault::wrt_error;
use crate::fiber::{self, Start, Ticket, Values};
use crate::func::{self, Wide};
use crate::handle::{Handle, Noun, Opaque};
use crate::store::Store;
use crate::task::{self, Task, wrt_task};
use crate::types;
use crate::value::wrt_val;
use crate::wake::wrt_wake_fn;

mod map;

/// A column of plain values: element `i` is at `data + i * stride` and has the size of its type, 4 bytes for i32 and f32, 8 for
/// i64 and f64, 16 for v128. Frozen layout.
#[repr(C)]
pub struct wrt_column {
    /// The first element. Nothing is written to the columns of parameters.
    pub data: *mut u8,
    /// Bytes from one element to the next; 0 for a value that is the same for all.
    pub stride: usize,
}

/// A prepared call of one function: a handle. It belongs to the function's store, which it keeps alive.
pub struct wrt_call(#[allow(dead_code, reason = "opaque")] Opaque);

/// The body of a `wrt_call`.
pub(crate) struct Call {
    store: Handle<Store>,
    func: wasmtime::Func,
    slots: usize,
    plain: bool,
    signature: Arc<Signature>,
    /// How fibers call it; looked up by the first task.
    wide: OnceLock<Option<Wide>>,
    /// What maps it over columns; made by the first map.
    kernel: OnceLock<Option<map::Kernel>>,
}

impl Noun for Call {
    type Face = wrt_call;
    const NAME: &'static CStr = c"call";
    const TAG: u32 = 9;

    fn release(handle: Handle<Call>) {
        match handle.store.is_entered() {
            true => handle.store.clone().set_aside(Box::new(handle)),
            false => drop(handle),
        }
    }
}
boundary::faces!(wrt_call => Call);

impl Call {
    #[inline(always)]
    fn invoke(&self, slots: &mut [wrt_val]) -> Result<()> {
        if self.plain {
            func::call_plain(&self.store, self.func, &self.signature, slots)
        } else {
            self.invoke_checked(slots)
        }
    }

    fn invoke_checked(&self, slots: &mut [wrt_val]) -> Result<()> {
        let mut results = vec![wrt_val::default(); self.signature.results.len()];
        let args = &slots[..self.signature.params.len()];
        func::call_checked(&self.store, self.func, &self.signature, args, &mut results)?;
        slots[..results.len()].copy_from_slice(&results);
        Ok(())
    }

    /// The arguments among the slots of C, as many as the function takes.
    fn args<'a>(&self, slots: *const wrt_val, nslots: usize) -> Result<&'a [wrt_val]> {
        let slots = boundary::slice(slots, nslots, "slots")?;
        slots.get(..self.signature.params.len()).ok_or_else(|| {
            let (text, count) = (types::func_text(&self.signature.ty), self.signature.params.len());
            Failure::new(WRT_ERR_TYPE, format_args!("{text} takes {}, nslots is {nslots}", counted(count, "argument")))
        })
    }

    /// How the function is called on fibers, if not with checked values.
    fn wide(&self) -> Result<Option<Wide>> {
        if let Some(known) = self.wide.get() {
            return Ok(known.clone());
        }
        let mut entry = self.store.enter()?;
        Ok(self.wide.get_or_init(|| Wide::new(entry.context(), self.func, &self.signature)).clone())
    }

    /// The call as a job.
    fn begin(&self, slots: *const wrt_val, nslots: usize, ticket: Arc<Ticket>) -> Result<impl Start + use<>> {
        let args: Values = self.args(slots, nslots)?.into();
        let (func, signature, wide) = (self.func, self.signature.clone(), self.wide()?);
        Ok(fiber::starting(move |context| match wide {
            Some(wide) => func::wide_job(context, wide, &args, signature, ticket),
            None => func::call_job(context, func, signature, args, ticket),
        }))
    }

    #[cold]
    fn too_few(&self, nslots: usize, name: &str) -> Failure {
        let text = types::func_text(&self.signature.ty);
        Failure::new(WRT_ERR_TYPE, format_args!("{text} needs {} slots, {name} is {nslots}", self.slots))
    }
}

/// Prepares calls of `func`. The handle is released with `wrt_release`.
///
/// Errors: `WRT_ERR_UNSUPPORTED` when continuations are among its values; `WRT_ERR_ARGUMENT`, `WRT_ERR_CLOSED`. Any
/// thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_call_new(
    func: Option<&wrt_func>,
    out: Option<&mut MaybeUninit<*mut wrt_call>>,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        let (store, func, signature) = func.required("func")?.func("func")?;
        signature.check_supported()?;
        let call = Call {
            store: store.clone(),
            func,
            slots: signature.slots(),
            plain: signature.plain,
            signature: signature.clone(),
            wide: OnceLock::new(),
            kernel: OnceLock::new(),
        };
        out.required("out")?.write(Handle::new(call).hand_over());
        Ok(())
    })
}

/// How many slots `call` needs: the larger of the counts of its parameters and results. 0 for NULL or a closed handle.
/// Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_call_slots(call: Option<&wrt_call>) -> usize {
    boundary::value(0, || Some(call.required("call").ok()?.slots))
}

/// Calls the function with the arguments in `slots`; the results replace them, from the first slot on. `nslots` is at
/// least `wrt_call_slots(call)`. After a failure the slots hold no results. Ids among the results belong to the caller;
/// ids among the arguments stay valid, although a result may have taken their slot.
///
/// Errors: as `wrt_func_call`; `WRT_ERR_TYPE` for too few slots. The store's thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_call_invoke(
    call: Option<&wrt_call>,
    slots: *mut wrt_val,
    nslots: usize,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        let call = call.required("call")?;
        let slots = boundary::slice_mut(slots, nslots, "slots")?;
        if nslots < call.slots {
            return Err(call.too_few(nslots, "nslots"));
        }
        call.invoke(slots)
    })
}

/// Calls the function `count` times: the slots of call `i` begin at `slots + i * stride`. It ends at the first failure;
/// `*done`, which may be NULL, is the number of calls that succeeded, and is written also then.
///
/// Errors: as `wrt_call_invoke`; `WRT_ERR_TYPE` when `stride` is less than `wrt_call_slots(call)`. The store's thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_call_invoke_many(
    call: Option<&wrt_call>,
    slots: *mut wrt_val,
    stride: usize,
    count: usize,
    done: Option<&mut MaybeUninit<usize>>,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        let mut finished = 0;
        let outcome = invoke_many(call, slots, stride, count, &mut finished);
        if let Some(done) = done {
            done.write(finished);
        }
        outcome
    })
}

/// Calls the function for each of `count` elements of the columns `params`, one for each parameter, and writes the results to
/// the columns `results`. A function of plain values is called from a loop in WebAssembly, which takes a few nanoseconds an
/// element; in stores whose calls may wait it is called for each. It ends at the first failure; `*done`, which may be NULL,
/// is the number of elements that succeeded, whose results are written, and is written also then. A timeout of the store
/// counts for all of them together; with fuel, the loop takes some, too.
///
/// Errors: as `wrt_call_invoke`; `WRT_ERR_TYPE` when there are not as many columns as parameters and results;
/// `WRT_ERR_UNSUPPORTED` for references. The store's thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_call_map(
    call: Option<&wrt_call>,
    params: *const wrt_column,
    nparams: usize,
    results: *const wrt_column,
    nresults: usize,
    count: usize,
    done: Option<&mut MaybeUninit<usize>>,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        let mut finished = 0;
        let outcome = (|| {
            let call = call.required("call")?;
            let params = boundary::slice(params, nparams, "params")?;
            let results = boundary::slice(results, nresults, "results")?;
            map::map(call, params, results, count, &mut finished)
        })();
        if let Some(done) = done {
            done.write(finished);
        }
        outcome
    })
}

/// Starts the call as a task, with the arguments in `slots`, which are copied; `nslots` is at least the number of
/// parameters. Nothing runs before `wrt_task_poll`. Until it is done the store belongs to the task, and answers
/// `WRT_ERR_BUSY` to others, but for the times when the task waits for the host. `wake`, which may be NULL, is called with
/// `env`, on any thread, when a task that was `WRT_TASK_PENDING` can go on, until the task is released. The task is released
/// with `wrt_release`, which gives the call up where it is not done.
///
/// Inside a suspending host function, that is, while another task of the store answers `WRT_TASK_HOST_CALL`, the new task
/// has to end before that one can be answered.
///
/// Errors: `WRT_ERR_TYPE` for too few slots; `WRT_ERR_BUSY` when a call is under way in the store and does not wait for
/// the host; `WRT_ERR_ARGUMENT`, `WRT_ERR_CLOSED`. What is wrong with a reference is found when the task is polled. The
/// store's thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_call_start(
    call: Option<&wrt_call>,
    slots: *const wrt_val,
    nslots: usize,
    wake: wrt_wake_fn,
    env: *mut c_void,
    out: Option<&mut MaybeUninit<*mut wrt_task>>,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        let call = call.required("call")?;
        let out = out.required("out")?;
        let ticket = task::ticket(wake, env);
        let start = call.begin(slots, nslots, ticket.clone())?;
        out.write(Task::start(&call.store, ticket, Some(call.signature.clone()), start)?.hand_over());
        Ok(())
    })
}

/// As `wrt_call_start`, on a thread of the library, which polls the task: WebAssembly runs while the caller does something
/// else. `wake`, which may be NULL, is called whenever `wrt_task_poll` has something new to tell, which is
/// `WRT_TASK_HOST_CALL` or `WRT_TASK_DONE`; until then it answers `WRT_TASK_PENDING`. Host functions that are not
/// suspending run on that thread.
///
/// Errors: as `wrt_call_start`; `WRT_ERR_OTHER` when the system has no thread. The store's thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_call_spawn(
    call: Option<&wrt_call>,
    slots: *const wrt_val,
    nslots: usize,
    wake: wrt_wake_fn,
    env: *mut c_void,
    out: Option<&mut MaybeUninit<*mut wrt_task>>,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        let call = call.required("call")?;
        let out = out.required("out")?;
        let ticket = Ticket::quiet();
        let start = call.begin(slots, nslots, ticket.clone())?;
        let task = Task::spawn(&call.store, ticket, Some(call.signature.clone()), start, wake, env)?;
        out.write(task.hand_over());
        Ok(())
    })
}

fn invoke_many(
    call: Option<&wrt_call>,
    slots: *mut wrt_val,
    stride: usize,
    count: usize,
    finished: &mut usize,
) -> Result<()> {
    let call = call.required("call")?;
    if stride < call.slots {
        return Err(call.too_few(stride, "stride"));
    }
    let len = (stride.checked_mul(count))
        .ok_or_else(|| Failure::argument(format_args!("stride * count is too large: {stride} * {count}")))?;
    let slots = boundary::slice_mut(slots, len, "slots")?;
    // Nobody else comes in between, and a host function that releases the call does not end it.
    let _held = call.store.hold()?;
    if stride == 0 {
        for _ in 0..count {
            call.invoke(&mut [])?;
            *finished += 1;
        }
        return Ok(());
    }
    for slots in slots.chunks_exact_mut(stride) {
        call.invoke(slots)?;
        *finished += 1;
    }
    Ok(())
}
