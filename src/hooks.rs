//! What the host wants done around WebAssembly, set once for the process: garbage collector transitions, a signal flag,
//! a log.

use std::ffi::{CString, c_char, c_void};
use std::mem::MaybeUninit;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicI32, Ordering};

use parking_lot::RwLock;

use crate::boundary::{self, Env};
use crate::error::{Failure, Result, c_string};
use crate::fault::wrt_error;

/// Begins a transition of the host, and returns a state for the function that ends it.
pub type wrt_enter_fn = Option<extern "C" fn() -> i8>;

/// Ends a transition of the host.
pub type wrt_leave_fn = Option<extern "C" fn(state: i8)>;

/// What a garbage-collected host wants to know. Set `struct_size` first; members may be NULL. The functions must not
/// unwind or wait for WebAssembly; each `leave_*` receives what its `enter_*` returned.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct wrt_host_hooks {
    /// `sizeof(wrt_host_hooks)`.
    pub struct_size: usize,
    /// Called before WebAssembly may run long.
    pub enter_native: wrt_enter_fn,
    /// Called when it has returned.
    pub leave_native: wrt_leave_fn,
    /// Called before a host function.
    pub enter_host: wrt_enter_fn,
    /// Called when it has returned.
    pub leave_host: wrt_leave_fn,
    /// Where this is nonzero, running calls end with `WRT_ERR_INTERRUPTED` at the next epoch tick. It must stay valid.
    pub signal_pending: *const i32,
}

/// Receives a line of the log: `level` is 1 (error) to 5 (trace); both texts are NUL-terminated and borrowed. May be
/// called on any thread, and must not call into the library.
pub type wrt_log_fn =
    Option<extern "C" fn(env: *mut c_void, level: i32, target: *const c_char, message: *const c_char)>;

impl wrt_host_hooks {
    const NONE: wrt_host_hooks = wrt_host_hooks {
        struct_size: 0,
        enter_native: None,
        leave_native: None,
        enter_host: None,
        leave_host: None,
        signal_pending: std::ptr::null(),
    };
}

struct Hooks(wrt_host_hooks);
// SAFETY: function pointers and the address of a flag that the host keeps valid for all threads.
unsafe impl Send for Hooks {}
// SAFETY: as above.
unsafe impl Sync for Hooks {}

static HOOKS: OnceLock<Hooks> = OnceLock::new();

/// Sets the hooks of the process, once and before the first call into WebAssembly. They are copied.
///
/// Errors: `WRT_ERR_ARGUMENT` for NULL, for a bad `struct_size`, and when hooks are set already. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_set_host_hooks(hooks: *const wrt_host_hooks, error: Option<&mut MaybeUninit<wrt_error>>) -> i32 {
    boundary::call(error, || {
        let hooks = boundary::read_sized(hooks, "hooks", wrt_host_hooks::NONE)?;
        if hooks.enter_native.is_some() != hooks.leave_native.is_some()
            || hooks.enter_host.is_some() != hooks.leave_host.is_some()
        {
            return Err(Failure::argument("hooks hold an enter function without its leave function, or the reverse"));
        }
        HOOKS.set(Hooks(hooks)).map_err(|_| Failure::argument("hooks are set already, and can be set only once"))
    })
}

/// Runs `body`, WebAssembly or what takes as long, with the host told before and after.
#[inline(always)]
pub(crate) fn native<R>(body: impl FnOnce() -> R) -> R {
    match HOOKS.get() {
        None => body(),
        Some(Hooks(hooks)) => around(hooks.enter_native, hooks.leave_native, body),
    }
}

/// Runs `body`, a function of the host, with the host told before and after.
#[inline(always)]
pub(crate) fn host<R>(body: impl FnOnce() -> R) -> R {
    match HOOKS.get() {
        None => body(),
        Some(Hooks(hooks)) => around(hooks.enter_host, hooks.leave_host, body),
    }
}

fn around<R>(enter: wrt_enter_fn, leave: wrt_leave_fn, body: impl FnOnce() -> R) -> R {
    let (Some(enter), Some(leave)) = (enter, leave) else { return body() };
    /// Leaves also when a panic passes by.
    struct Leave(extern "C" fn(i8), i8);
    impl Drop for Leave {
        fn drop(&mut self) {
            (self.0)(self.1);
        }
    }
    let _leave = Leave(leave, enter());
    body()
}

/// Whether the host has a signal flag.
pub(crate) fn has_signal_flag() -> bool {
    HOOKS.get().is_some_and(|Hooks(hooks)| !hooks.signal_pending.is_null())
}

/// Whether the host's signal flag is up.
pub(crate) fn signal_pending() -> bool {
    let Some(Hooks(hooks)) = HOOKS.get() else { return false };
    if hooks.signal_pending.is_null() {
        return false;
    }
    // SAFETY: the host vouches for the flag; an atomic read is fit for one that a signal handler sets.
    unsafe { AtomicI32::from_ptr(hooks.signal_pending.cast_mut()) }.load(Ordering::Relaxed) != 0
}

type LogCall = extern "C" fn(*mut c_void, i32, *const c_char, *const c_char);

struct Log {
    sink: RwLock<Option<(LogCall, Env)>>,
}

static LOG: Log = Log { sink: RwLock::new(None) };

impl log::Log for Log {
    fn enabled(&self, _: &log::Metadata) -> bool {
        self.sink.read().is_some()
    }

    fn log(&self, record: &log::Record) {
        let Some((sink, env)) = *self.sink.read() else { return };
        let target: CString = c_string(record.target());
        let message = c_string(&record.args().to_string());
        sink(env.0, record.level() as i32, target.as_ptr(), message.as_ptr());
    }

    fn flush(&self) {}
}

/// Sends the log of the engine to `log`: `level` is 0 for none, 1 (errors) to 5 (everything). A NULL `log` ends it. `env`
/// must stay valid until the log is ended or sent elsewhere.
///
/// Errors: `WRT_ERR_ARGUMENT` for another level. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_set_log(
    level: i32,
    log: wrt_log_fn,
    env: *mut c_void,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        let filter = level_filter(level)?;
        *LOG.sink.write() = log.map(|log| (log, Env(env)));
        // Fails only when the log is installed already, by an earlier call.
        let _ = log::set_logger(&LOG);
        log::set_max_level(if log.is_some() { filter } else { log::LevelFilter::Off });
        Ok(())
    })
}

fn level_filter(level: i32) -> Result<log::LevelFilter> {
    use log::LevelFilter::*;
    let levels = [Off, Error, Warn, Info, Debug, Trace];
    (usize::try_from(level).ok().and_then(|index| levels.get(index).copied()))
        .ok_or_else(|| Failure::argument(format_args!("level is {level}, not 0 to 5")))
}

/// Prepares the calling thread for WebAssembly now, instead of at its first call. Never required.
///
/// Errors: none but `WRT_ERR_PANIC`, when there is no memory for the thread's signal stack. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_thread_init(error: Option<&mut MaybeUninit<wrt_error>>) -> i32 {
    boundary::call(error, || {
        wasmtime::Engine::tls_eager_initialize();
        Ok(())
    })
}
