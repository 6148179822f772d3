//! Waking: how a thread of the library is told that it can go on, and how the host is.

use std::cell::Cell;
use std::ffi::c_void;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use parking_lot::{Condvar, Mutex, ReentrantMutex};

use crate::boundary::Env;

/// Called with the `env` it was given with, on any thread, when a task can go on, or when there is something new about a
/// pipe. It must not wait, and may call nothing of the library but `wrt_release`; the answer is ignored. Whoever closes or
/// releases the task or the pipe on another thread waits until it has returned. The type is that of `uv_async_send`.
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

/// The host's function that wakes it, until it is silenced. While it runs the lock is held, by a thread that may come again: a
/// collector of the host, which may run anywhere, releases what is garbage.
#[derive(Default)]
pub(crate) struct Waking(ReentrantMutex<Cell<Option<(WakeCall, Env)>>>);

type WakeCall = extern "C" fn(*mut c_void) -> i32;

impl Waking {
    pub fn new(wake: wrt_wake_fn, env: *mut c_void) -> Waking {
        Waking(ReentrantMutex::new(Cell::new(wake.map(|wake| (wake, Env(env))))))
    }

    pub fn wake(&self) {
        let lock = self.0.lock();
        if let Some((wake, env)) = lock.get() {
            wake(env.0);
        }
    }

    /// Once this returns, the host is not woken any more, but by a call that the caller itself is in.
    pub fn silence(&self) {
        self.0.lock().set(None);
    }

    /// Wakes in this way from now on. The one before is silenced.
    pub fn set(&self, wake: wrt_wake_fn, env: *mut c_void) {
        self.0.lock().set(wake.map(|wake| (wake, Env(env))));
    }
}
