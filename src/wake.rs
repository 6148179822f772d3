//! Waking: how a thread of the library is told that it can go on, and how the host is.

use std::ffi::c_void;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use parking_lot::{Condvar, Mutex};

use crate::boundary::Env;

/// Called with the `env` it was given with, on any thread, when a task can go on, or when there is something new about a
/// pipe. It must not call into the library; the answer is ignored. The type is that of `uv_async_send`.
pub type wrt_wake_fn = Option<extern "C" fn(env: *mut c_void) -> i32>;

/// A bell that one side rings and the other waits for.
#[derive(Default)]
pub(crate) struct Bell {
    rung: AtomicBool,
    lock: Mutex<()>,
    heard: Condvar,
}

impl Bell {
    pub fn ring(&self) {
        self.rung.store(true, Ordering::SeqCst);
        drop(self.lock.lock());
        self.heard.notify_all();
    }

    /// Forgets that it has rung.
    pub fn hush(&self) {
        self.rung.store(false, Ordering::Release);
    }

    pub fn has_rung(&self) -> bool {
        self.rung.load(Ordering::SeqCst)
    }

    /// Waits until it rings, or until `deadline`; what has rung before counts.
    pub fn wait(&self, deadline: Option<Instant>) {
        let mut lock = self.lock.lock();
        while !self.rung.swap(false, Ordering::SeqCst) {
            match deadline {
                None => self.heard.wait(&mut lock),
                Some(deadline) if self.heard.wait_until(&mut lock, deadline).timed_out() => return,
                Some(_) => {}
            }
        }
    }
}

/// The host's function that wakes it, until it is silenced.
#[derive(Default)]
pub(crate) struct Waking(Mutex<Option<(WakeCall, Env)>>);

type WakeCall = extern "C" fn(*mut c_void) -> i32;

impl Waking {
    pub fn new(wake: wrt_wake_fn, env: *mut c_void) -> Waking {
        Waking(Mutex::new(wake.map(|wake| (wake, Env(env)))))
    }

    pub fn wake(&self) {
        // With the lock: whoever silences it waits until the host has returned.
        if let Some((wake, env)) = &*self.0.lock() {
            wake(env.0);
        }
    }

    pub fn silence(&self) {
        self.0.lock().take();
    }

    /// Wakes in this way from now on. The one before is silenced.
    pub fn set(&self, wake: wrt_wake_fn, env: *mut c_void) {
        *self.0.lock() = wake.map(|wake| (wake, Env(env)));
    }
}
