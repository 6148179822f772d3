//! Time and interruption: the epoch of an engine, its ticker, and the deadlines of stores.
//!
//! Wasmtime's epoch wakes the running calls of an engine; it is moved by ticks of the user, by timeouts and by
//! interrupts alike. Each store then decides for itself what the wake-up means (`Watch::check`), so that a deadline in
//! ticks counts the user's ticks only.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, Weak};
use std::task::Waker;
use std::thread;
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};
use wasmtime::Engine;

use crate::error::{Failure, Result, WRT_ERR_INTERRUPTED, WRT_ERR_OTHER};
use crate::hooks;
use crate::trap;

/// No deadline.
const NEVER: u64 = u64::MAX;

/// The epoch of one engine.
pub(crate) struct Clock {
    engine: Engine,
    ticks: Arc<AtomicU64>,
    ticker: Mutex<Option<Arc<Ticker>>>,
}

struct Ticker {
    stopped: Mutex<bool>,
    wake: Condvar,
}

impl Clock {
    pub fn new(engine: &Engine) -> Clock {
        Clock { engine: engine.clone(), ticks: Arc::default(), ticker: Mutex::new(None) }
    }

    pub fn tick(&self) {
        self.ticks.fetch_add(1, Ordering::Relaxed);
        self.engine.increment_epoch();
    }

    /// Starts a thread that ticks each `period`, or changes the period of the one that runs.
    pub fn start(&self, period: Duration) -> Result<()> {
        let ticker = Arc::new(Ticker { stopped: Mutex::new(false), wake: Condvar::new() });
        let (engine, ticks, own) = (self.engine.weak(), self.ticks.clone(), ticker.clone());
        spawn("wrt-ticker", For::Time, move || {
            let mut stopped = own.stopped.lock();
            let mut next = Instant::now() + period;
            while !*stopped {
                if own.wake.wait_until(&mut stopped, next).timed_out() {
                    let Some(engine) = engine.upgrade() else { return };
                    ticks.fetch_add(1, Ordering::Relaxed);
                    engine.increment_epoch();
                    next = (next + period).max(Instant::now());
                }
            }
        })?;
        if let Some(earlier) = self.ticker.lock().replace(ticker) {
            earlier.stop();
        }
        Ok(())
    }

    pub fn stop(&self) {
        if let Some(ticker) = self.ticker.lock().take() {
            ticker.stop();
        }
    }
}

impl Drop for Clock {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Ticker {
    fn stop(&self) {
        *self.stopped.lock() = true;
        self.wake.notify_one();
    }
}

/// What a thread of the library is for.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum For {
    /// Keeping time.
    Time,
    /// Running WebAssembly, which may call functions of the host there, and whose traps are signals.
    WebAssembly,
}

/// Starts a thread of the library: named, and with all signals blocked that belong to the host.
pub(crate) fn spawn(name: &str, purpose: For, body: impl FnOnce() + Send + 'static) -> Result<()> {
    let blocked = BlockedSignals::new(purpose);
    let stack = if purpose == For::Time { 256 << 10 } else { 8 << 20 };
    let started = thread::Builder::new().name(name.to_owned()).stack_size(stack).spawn(body);
    drop(blocked);
    started.map(drop).map_err(|e| Failure::new(WRT_ERR_OTHER, format_args!("no thread for {name}: {e}")))
}

/// Runs `body` with all signals of the host blocked, for threads that it starts.
pub(crate) fn quietly<R>(body: impl FnOnce() -> R) -> R {
    let _blocked = BlockedSignals::new(For::Time);
    body()
}

/// Blocks the signals of the host in this thread, which is the library's, for good.
pub(crate) fn block_signals() {
    std::mem::forget(BlockedSignals::new(For::Time));
}

/// Blocks all signals of this thread until dropped; a thread started meanwhile inherits the mask.
struct BlockedSignals {
    #[cfg(unix)]
    before: libc::sigset_t,
}

impl BlockedSignals {
    #[cfg(unix)]
    fn new(purpose: For) -> BlockedSignals {
        // SAFETY: both sets are valid for writing, and the calls have no other preconditions.
        unsafe {
            let (mut all, mut before) = (std::mem::zeroed(), std::mem::zeroed());
            libc::sigfillset(&mut all);
            if purpose == For::WebAssembly {
                for signal in [libc::SIGSEGV, libc::SIGBUS, libc::SIGILL, libc::SIGFPE, libc::SIGTRAP, libc::SIGABRT] {
                    libc::sigdelset(&mut all, signal);
                }
            }
            libc::pthread_sigmask(libc::SIG_SETMASK, &all, &mut before);
            BlockedSignals { before }
        }
    }

    #[cfg(not(unix))]
    fn new(_: For) -> BlockedSignals {
        BlockedSignals {}
    }
}

impl Drop for BlockedSignals {
    fn drop(&mut self) {
        #[cfg(unix)]
        // SAFETY: the set was filled by `new`.
        unsafe {
            libc::pthread_sigmask(libc::SIG_SETMASK, &self.before, std::ptr::null_mut());
        }
    }
}

/// Nanoseconds since the process first asked.
fn now() -> u64 {
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    u64::try_from(START.elapsed().as_nanos()).unwrap_or(NEVER)
}

/// What may stop the calls of one store.
pub(crate) struct Watch {
    engine: Engine,
    ticks: Arc<AtomicU64>,
    interrupted: AtomicBool,
    /// The value of `ticks` at which calls stop.
    tick_deadline: AtomicU64,
    /// The budget of each call, in nanoseconds; 0 for none.
    timeout: AtomicU64,
    /// When the running call has used its budget, by `now()`.
    deadline: AtomicU64,
    /// Whether a signal of the host may stop calls, and whether one runs.
    signals: bool,
    running: AtomicBool,
    /// Whether a task runs, which is to come back from time to time.
    sliced: AtomicBool,
    /// Whether the watchdog knows of this.
    known: AtomicBool,
    /// Wakes the task that waits for something outside of WebAssembly, where epochs do not reach it.
    sleeper: Mutex<Option<Waker>>,
}

/// Why a store was woken.
pub(crate) enum Wake {
    /// For nothing that concerns it.
    Idle,
    /// The deadline in ticks is reached.
    Ticks,
}

impl Watch {
    pub fn new(clock: &Clock) -> Arc<Watch> {
        Arc::new(Watch {
            engine: clock.engine.clone(),
            ticks: clock.ticks.clone(),
            interrupted: AtomicBool::new(false),
            tick_deadline: AtomicU64::new(NEVER),
            timeout: AtomicU64::new(0),
            deadline: AtomicU64::new(NEVER),
            signals: hooks::has_signal_flag(),
            running: AtomicBool::new(false),
            sliced: AtomicBool::new(false),
            known: AtomicBool::new(false),
            sleeper: Mutex::new(None),
        })
    }

    pub fn set_tick_deadline(&self, beyond_current: u64) {
        self.tick_deadline.store(self.ticks.load(Ordering::Relaxed).saturating_add(beyond_current), Ordering::Relaxed);
    }

    pub fn set_timeout(self: &Arc<Self>, nanoseconds: u64) -> Result<()> {
        if nanoseconds > 0 {
            self.make_known()?;
        }
        self.timeout.store(nanoseconds, Ordering::Relaxed);
        if nanoseconds == 0 {
            // A running call has begun with a budget, and would leave its deadline behind.
            self.deadline.store(NEVER, Ordering::Relaxed);
        }
        Ok(())
    }

    fn make_known(self: &Arc<Self>) -> Result<()> {
        if !self.known.swap(true, Ordering::Relaxed) {
            WATCHDOG.add(self).inspect_err(|_| self.known.store(false, Ordering::Relaxed))?;
        }
        Ok(())
    }

    /// Says that a call or a task begins to run, so that the watchdog looks after it.
    #[inline(always)]
    fn attract(self: &Arc<Self>) {
        // The tests are cheap, and nothing is lost when the watchdog comes a slice late.
        if !self.known.load(Ordering::Relaxed) || WATCHDOG.idle.load(Ordering::Relaxed) {
            self.call_watchdog();
        }
    }

    #[cold]
    fn call_watchdog(self: &Arc<Self>) {
        // Without a thread calls run on, only nothing stops them.
        if self.make_known().is_ok() && WATCHDOG.idle.swap(false, Ordering::Relaxed) {
            WATCHDOG.wake_up();
        }
    }

    /// Runs `body`, a piece of a task: it is made to yield after a while.
    pub fn slice<R>(self: &Arc<Self>, body: impl FnOnce() -> R) -> R {
        self.sliced.store(true, Ordering::Relaxed);
        self.attract();
        let result = body();
        self.sliced.store(false, Ordering::Relaxed);
        result
    }

    /// Begins a call: an interrupt that came too late for the last one is forgotten, and the budget starts.
    #[inline(always)]
    pub fn begin(self: &Arc<Self>) {
        self.interrupted.store(false, Ordering::Relaxed);
        if self.signals {
            self.running.store(true, Ordering::Relaxed);
            self.attract();
        }
        let timeout = self.timeout.load(Ordering::Relaxed);
        if timeout != 0 {
            let deadline = now().saturating_add(timeout);
            self.deadline.store(deadline, Ordering::SeqCst);
            WATCHDOG.expect(deadline);
        }
    }

    #[inline(always)]
    pub fn end(&self) {
        if self.signals {
            self.running.store(false, Ordering::Relaxed);
        }
        if self.timeout.load(Ordering::Relaxed) != 0 {
            self.deadline.store(NEVER, Ordering::Relaxed);
        }
    }

    /// Stops the running call, from any thread.
    pub fn interrupt(&self) {
        self.interrupted.store(true, Ordering::SeqCst);
        self.rouse();
    }

    /// Makes whatever runs or waits look at what may stop it.
    fn rouse(&self) {
        self.engine.increment_epoch();
        let sleeper = self.sleeper.lock().take();
        if let Some(sleeper) = sleeper {
            sleeper.wake();
        }
    }

    /// Says that a task waits, to be woken by `waker` when there is a reason to stop it; `false` when there is one already.
    pub fn watch_over(&self, waker: Waker) -> bool {
        *self.sleeper.lock() = Some(waker);
        self.check().is_ok()
    }

    pub fn watch_over_none(&self) {
        self.sleeper.lock().take();
    }

    /// Makes the task that runs come back soon.
    pub fn nudge(&self) {
        self.engine.increment_epoch();
    }

    /// Called by running WebAssembly after the epoch has moved: an error stops it.
    pub fn check(&self) -> Result<Wake> {
        if self.interrupted.load(Ordering::Relaxed) {
            return Err(interruption("interrupted by the host"));
        }
        if hooks::signal_pending() {
            return Err(interruption("interrupted by a signal"));
        }
        if now() >= self.deadline.load(Ordering::Relaxed) {
            let budget = Duration::from_nanos(self.timeout.load(Ordering::Relaxed));
            return Err(interruption(&format!("the call took longer than its timeout of {budget:?}")));
        }
        let reached = self.ticks.load(Ordering::Relaxed) >= self.tick_deadline.load(Ordering::Relaxed);
        Ok(if reached { Wake::Ticks } else { Wake::Idle })
    }
}

pub(crate) fn interruption(message: &str) -> Failure {
    Failure::new(WRT_ERR_INTERRUPTED, message).with(|report| report.trap = trap::WRT_TRAP_INTERRUPT)
}

/// The one thread that moves epochs: when the budget of a call is used up, when a signal of the host is to stop calls, and
/// to make tasks yield. It sleeps until the next deadline, or a slice long while something runs that it has to look after,
/// and is woken by what cannot wait for that.
struct Watchdog {
    watches: Mutex<HashMap<usize, Weak<Watch>>>,
    wake: Condvar,
    /// When the thread wakes by itself, by `now()`.
    next: AtomicU64,
    /// Whether the thread believes that nothing runs.
    idle: AtomicBool,
}

/// How long a task runs until it yields, and how late a signal is noticed, in nanoseconds.
const SLICE: u64 = 10_000_000;

static WATCHDOG: LazyLock<Watchdog> = LazyLock::new(|| Watchdog {
    watches: Mutex::new(HashMap::new()),
    wake: Condvar::new(),
    next: AtomicU64::new(NEVER),
    idle: AtomicBool::new(true),
});

impl Watchdog {
    fn add(&'static self, watch: &Arc<Watch>) -> Result<()> {
        let mut watches = self.watches.lock();
        if watches.is_empty() {
            spawn("wrt-watchdog", For::Time, move || self.run())?;
        }
        watches.insert(Arc::as_ptr(watch).addr(), Arc::downgrade(watch));
        Ok(())
    }

    /// Sees to it that the thread is awake at `deadline`.
    #[inline]
    fn expect(&self, deadline: u64) {
        if deadline < self.next.load(Ordering::SeqCst) {
            self.wake_up();
        }
    }

    #[cold]
    fn wake_up(&self) {
        // With the lock, the thread is either waiting or has yet to look at the deadlines.
        drop(self.watches.lock());
        self.wake.notify_one();
    }

    /// Runs until no store is left that wants it.
    fn run(&self) {
        let mut watches = self.watches.lock();
        // When the slice ends that began with the first task after a rest.
        let (mut resting, mut slice_end) = (true, 0);
        loop {
            self.next.store(NEVER, Ordering::SeqCst);
            let (now, mut next) = (now(), NEVER);
            let (signal, mut idle) = (hooks::signal_pending(), true);
            let ended = !resting && now >= slice_end;
            if resting || ended {
                slice_end = now.saturating_add(SLICE);
            }
            watches.retain(|_, watch| {
                let Some(watch) = watch.upgrade() else { return false };
                let sliced = watch.sliced.load(Ordering::Relaxed);
                if sliced || watch.running.load(Ordering::Relaxed) {
                    idle = false;
                    if signal {
                        watch.rouse();
                    } else if sliced && ended {
                        watch.engine.increment_epoch();
                    }
                }
                let deadline = watch.deadline.load(Ordering::SeqCst);
                if deadline <= now {
                    watch.rouse();
                    // The call may be in a host function now: look again soon, until it has ended.
                    next = next.min(now.saturating_add(1_000_000));
                } else {
                    next = next.min(deadline);
                }
                true
            });
            if watches.is_empty() {
                self.idle.store(true, Ordering::Relaxed);
                return;
            }
            // Called by something that has ended since, it stays awake for a slice: what comes next need not call again.
            let still = resting && self.idle.load(Ordering::Relaxed);
            resting = idle && (still || ended);
            // What began just before it said that it rests may not have seen that, nor been seen: it looks once more.
            if !(idle && still) {
                next = next.min(slice_end);
            }
            self.idle.store(resting, Ordering::Relaxed);
            self.next.store(next, Ordering::SeqCst);
            let longest = Duration::from_secs(60);
            self.wake.wait_for(&mut watches, Duration::from_nanos(next.saturating_sub(now)).min(longest));
        }
    }
}
