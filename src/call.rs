//! Prepared calls: the signature is compared once, then values go to WebAssembly in the slots of the caller.

use std::ffi::CStr;
use std::mem::MaybeUninit;
use std::sync::Arc;

use crate::boundary::{self, Required};
use crate::error::{Failure, Result, WRT_ERR_TYPE};
use crate::r#extern::{Signature, wrt_func};
use crate::fault::wrt_error;
use crate::func;
use crate::handle::{Handle, Noun, Opaque};
use crate::store::Store;
use crate::types;
use crate::value::wrt_val;

/// A prepared call of one function: a handle. It belongs to the function's store, which it keeps alive.
pub struct wrt_call(#[allow(dead_code, reason = "opaque")] Opaque);

/// The body of a `wrt_call`.
pub(crate) struct Call {
    store: Handle<Store>,
    func: wasmtime::Func,
    slots: usize,
    plain: bool,
    signature: Arc<Signature>,
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
        if self.plain { func::call_plain(&self.store, self.func, slots) } else { self.invoke_checked(slots) }
    }

    fn invoke_checked(&self, slots: &mut [wrt_val]) -> Result<()> {
        let mut results = vec![wrt_val::default(); self.signature.results.len()];
        let args = &slots[..self.signature.params.len()];
        func::call_checked(&self.store, self.func, &self.signature, args, &mut results)?;
        slots[..results.len()].copy_from_slice(&results);
        Ok(())
    }

    #[cold]
    fn too_few(&self, nslots: usize, name: &str) -> Failure {
        let text = types::func_text(&self.signature.ty);
        Failure::new(WRT_ERR_TYPE, format_args!("{text} needs {} slots, {name} is {nslots}", self.slots))
    }
}

/// Prepares calls of `func`. The handle is released with `wrt_release`.
///
/// Errors: `WRT_ERR_UNSUPPORTED` when GC references are among its values; `WRT_ERR_ARGUMENT`, `WRT_ERR_CLOSED`. Any
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
