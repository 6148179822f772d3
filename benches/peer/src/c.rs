//! What a C program does: it calls through addresses that the dynamic loader gave it, and its callbacks are plain functions.

use std::ffi::{CStr, c_char, c_void};
use std::mem::MaybeUninit;
use std::ptr;
use std::time::Instant;

use wasmtime_c_api::{wasm_trap_t, wasmtime_val_t, wasmtime_val_union};

/// `wrt_val`.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Slot {
    lo: u64,
    hi: u64,
}

/// `wrt_error`.
#[repr(C)]
pub struct Fault {
    codes: [i32; 4],
    message: *const c_char,
    message_len: usize,
    fault: *mut c_void,
}

impl Fault {
    fn none() -> Fault {
        Fault { codes: [0; 4], message: ptr::null(), message_len: 0, fault: ptr::null_mut() }
    }

    #[cold]
    fn print(&self) {
        if !self.message.is_null() {
            // SAFETY: a message of libwrt is NUL-terminated.
            eprintln!("libwrt: {}", unsafe { CStr::from_ptr(self.message) }.to_string_lossy());
        }
    }
}

type Invoke = extern "C" fn(call: *mut c_void, slots: *mut Slot, nslots: usize, error: *mut Fault) -> i32;
type FuncCall = extern "C" fn(
    func: *mut c_void,
    args: *const Slot,
    nargs: usize,
    results: *mut Slot,
    nresults: usize,
    error: *mut Fault,
) -> i32;
type StoreNew = extern "C" fn(
    engine: *mut c_void,
    data: *mut c_void,
    drop: Option<extern "C" fn(*mut c_void)>,
    out: *mut *mut c_void,
    error: *mut Fault,
) -> i32;
type Instantiate =
    extern "C" fn(prelink: *mut c_void, store: *mut c_void, out: *mut *mut c_void, error: *mut Fault) -> i32;
type Release = extern "C" fn(handle: *mut c_void);
type OfficialCall = extern "C" fn(
    context: *mut c_void,
    func: *const c_void,
    args: *const wasmtime_val_t,
    nargs: usize,
    results: *mut MaybeUninit<wasmtime_val_t>,
    nresults: usize,
    trap: *mut *mut wasm_trap_t,
) -> *mut c_void;

const FAILED: u64 = u64::MAX;

fn slot(value: i32) -> Slot {
    Slot { lo: u64::from(value.cast_unsigned()), hi: 0 }
}

/// Nanoseconds for `n` times `body`, which says whether it went well.
#[inline(always)]
fn timed(n: i32, error: &mut Fault, mut body: impl FnMut(i32, &mut Fault) -> bool) -> u64 {
    let start = Instant::now();
    for i in 0..n {
        if !body(i, error) {
            error.print();
            return FAILED;
        }
    }
    start.elapsed().as_nanos() as u64
}

/// `n` calls by `invoke`, which is `wrt_call_invoke`.
#[unsafe(no_mangle)]
pub extern "C" fn peer_loop_invoke(invoke: Invoke, call: *mut c_void, n: i32) -> u64 {
    timed(n, &mut Fault::none(), |i, error| {
        let mut slots = [slot(i), slot(1)];
        invoke(call, slots.as_mut_ptr(), 2, error) == 0 && slots[0].lo as u32 == i.cast_unsigned() + 1
    })
}

/// The functions of libwrt that a task needs, in this order.
#[repr(C)]
pub struct TaskCalls {
    start: extern "C" fn(
        call: *mut c_void,
        slots: *const Slot,
        nslots: usize,
        wake: *mut c_void,
        env: *mut c_void,
        out: *mut *mut c_void,
        error: *mut Fault,
    ) -> i32,
    step: extern "C" fn(
        task: *mut c_void,
        results: *const Slot,
        nresults: usize,
        state: *mut i32,
        request: *mut Request,
        error: *mut Fault,
    ) -> i32,
    results: extern "C" fn(task: *mut c_void, results: *mut Slot, nresults: usize, error: *mut Fault) -> i32,
    release: Release,
}

/// `wrt_host_request`.
#[repr(C)]
pub struct Request {
    struct_size: usize,
    id: u64,
    slots: *mut Slot,
    nslots: usize,
    store: *mut c_void,
    caller: *mut c_void,
    depth: u64,
}

impl TaskCalls {
    /// One call as a task; what it asks of the host is answered with the sum of two numbers. True when it went well.
    fn run(&self, call: *mut c_void, slots: &mut [Slot; 2], error: &mut Fault) -> bool {
        let mut task = ptr::null_mut();
        let (wake, env) = (ptr::null_mut(), ptr::null_mut());
        if (self.start)(call, slots.as_ptr(), 2, wake, env, &mut task, error) != 0 {
            return false;
        }
        let went_well = self.drive(task, error) && (self.results)(task, slots.as_mut_ptr(), 1, error) == 0;
        (self.release)(task);
        went_well
    }

    fn drive(&self, task: *mut c_void, error: &mut Fault) -> bool {
        const DONE: i32 = 0;
        const HOST_CALL: i32 = 1;
        // SAFETY: integers and pointers, for which zero is a value.
        let mut request: Request = unsafe { std::mem::zeroed() };
        request.struct_size = size_of::<Request>();
        let (mut state, mut results, mut nresults) = (HOST_CALL, ptr::null(), 0);
        while (self.step)(task, results, nresults, &mut state, &mut request, error) == 0 {
            (results, nresults) = (ptr::null(), 0);
            match state {
                DONE => return true,
                HOST_CALL => {
                    // SAFETY: the function has two arguments, which the result replaces.
                    let [a, b] = unsafe { &mut *request.slots.cast::<[Slot; 2]>() };
                    *a = slot((a.lo as i32).wrapping_add(b.lo as i32));
                    (results, nresults) = (request.slots.cast_const(), 1);
                }
                _ => {}
            }
        }
        false
    }
}

/// `n` calls, each a task.
#[unsafe(no_mangle)]
pub extern "C" fn peer_loop_tasks(calls: &TaskCalls, call: *mut c_void, n: i32) -> u64 {
    timed(n, &mut Fault::none(), |i, error| {
        let mut slots = [slot(i), slot(1)];
        calls.run(call, &mut slots, error) && slots[0].lo as u32 == i.cast_unsigned() + 1
    })
}

/// One task that calls the host `n` times.
#[unsafe(no_mangle)]
pub extern "C" fn peer_loop_task_host(calls: &TaskCalls, call: *mut c_void, n: i32) -> u64 {
    timed(1, &mut Fault::none(), |_, error| {
        let mut slots = [slot(n), slot(0)];
        calls.run(call, &mut slots, error) && slots[0].lo as u32 == n.cast_unsigned()
    })
}

/// `n` calls by `func_call`, which is `wrt_func_call`.
#[unsafe(no_mangle)]
pub extern "C" fn peer_loop_func_call(func_call: FuncCall, func: *mut c_void, n: i32) -> u64 {
    timed(n, &mut Fault::none(), |i, error| {
        let (args, mut results) = ([slot(i), slot(1)], [slot(0)]);
        func_call(func, args.as_ptr(), 2, results.as_mut_ptr(), 1, error) == 0
            && results[0].lo as u32 == i.cast_unsigned() + 1
    })
}

/// `n` calls by `call`, which is the official `wasmtime_func_call`.
#[unsafe(no_mangle)]
pub extern "C" fn peer_loop_official_call(
    call: OfficialCall,
    context: *mut c_void,
    func: *const c_void,
    n: i32,
) -> u64 {
    const I32: u8 = 0;
    let mut trap = ptr::null_mut();
    timed(n, &mut Fault::none(), |i, _| {
        let value = |i32| wasmtime_val_t { kind: I32, of: wasmtime_val_union { i32 } };
        let (args, mut results) = ([value(i), value(1)], [MaybeUninit::uninit()]);
        call(context, func, args.as_ptr(), 2, results.as_mut_ptr(), 1, &mut trap).is_null() && trap.is_null()
    })
}

/// `n` times a store and an instance in it, made by the functions of libwrt and released.
#[unsafe(no_mangle)]
pub extern "C" fn peer_loop_instantiate(
    store_new: StoreNew,
    instantiate: Instantiate,
    release: Release,
    engine: *mut c_void,
    prelink: *mut c_void,
    n: i32,
) -> u64 {
    timed(n, &mut Fault::none(), |_, error| {
        let (mut store, mut instance) = (ptr::null_mut(), ptr::null_mut());
        let done = store_new(engine, ptr::null_mut(), None, &mut store, error) == 0
            && instantiate(prelink, store, &mut instance, error) == 0;
        release(instance);
        release(store);
        done
    })
}

/// A `wrt_host_fn`.
#[unsafe(no_mangle)]
pub extern "C" fn peer_wrt_add(_: *mut c_void, _: *mut c_void, slots: &mut [Slot; 2], _: usize, _: *mut Fault) -> i32 {
    slots[0] = slot((slots[0].lo as i32).wrapping_add(slots[1].lo as i32));
    0
}

/// A `wasmtime_func_callback_t`.
#[unsafe(no_mangle)]
pub extern "C" fn peer_official_add(
    _: *mut c_void,
    _: *mut c_void,
    args: &[wasmtime_val_t; 2],
    _: usize,
    result: &mut wasmtime_val_t,
    _: usize,
) -> *mut wasm_trap_t {
    // SAFETY: the type of the function says that both are i32.
    let (a, b) = unsafe { (args[0].of.i32, args[1].of.i32) };
    result.kind = args[0].kind;
    result.of.i32 = a.wrapping_add(b);
    ptr::null_mut()
}

/// A `wasmtime_func_unchecked_callback_t`.
#[unsafe(no_mangle)]
pub extern "C" fn peer_official_add_unchecked(
    _: *mut c_void,
    _: *mut c_void,
    slots: &mut [Slot; 2],
    _: usize,
) -> *mut wasm_trap_t {
    slots[0] = slot((slots[0].lo as i32).wrapping_add(slots[1].lo as i32));
    ptr::null_mut()
}

/// `sizeof(wasmtime_val_t)`, for those who write the struct in another language.
#[unsafe(no_mangle)]
pub extern "C" fn peer_official_val_size() -> usize {
    size_of::<wasmtime_val_t>()
}
