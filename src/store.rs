//! Stores: what one thread at a time may use, and how that is enforced.
//!
//! A store has an owner token and a [`Context`]. Every exported function that touches a store makes an [`Entry`]: it
//! takes the token (another thread gets `WRT_ERR_BUSY`) and takes the context out, so that there is never a second path
//! to the same `wasmtime::Store`. A host function puts its `Caller` in as the context for as long as it runs; a callback
//! that must not use the store finds none.

use std::cell::{Cell, RefCell, UnsafeCell};
use std::ffi::{CStr, c_void};
use std::mem::MaybeUninit;
use std::ptr::NonNull;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use parking_lot::Mutex;
use wasmtime::{AsContextMut, Caller, StoreContextMut, UpdateDeadline};
use wasmtime_wasi::p1::WasiP1Ctx;

use crate::boundary::{self, Registered, Required};
use crate::clock::{Wake, Watch, interruption};
use crate::engine::{Engine, wrt_engine};
use crate::error::{Failure, Result, WRT_ERR_BUSY, WRT_ERR_CONFIG, WRT_ERR_OTHER, WRT_ERR_STORE, WRT_OK};
use crate::exception::Passed;
use crate::fault::{wrt_drop_fn, wrt_error, wrt_error_clear};
use crate::fiber::{self, Fibers, Ticket};
use crate::handle::{self, Handle, Noun, Object, Opaque, wrt_bytes};
use crate::hooks;
use crate::limits::{Limits, wrt_grow_fn, wrt_limits};
use crate::reference::{self, References};
use crate::trap;
use crate::view::{Views, wrt_memory_header};
use crate::wasi::{self, Program, wrt_wasi};

/// A store: a handle. One thread at a time may use it and what lives in it; a second one gets `WRT_ERR_BUSY`.
pub struct wrt_store(#[allow(dead_code, reason = "opaque")] Opaque);

/// A running call, thread-safe to interrupt: a handle.
pub struct wrt_interrupt(#[allow(dead_code, reason = "opaque")] Opaque);

/// Called when the epoch deadline of a store is reached. `*extend_by` is 1; set the number of ticks until the next time.
/// In a task `*yields` is 1: the task comes back as `WRT_TASK_YIELDED`, unless it is set to 0. Another answer than
/// `WRT_OK` ends the call with that failure. The store may be used; WebAssembly called from here is not stopped by the
/// epoch, but in a task none can be called (`WRT_ERR_BUSY`).
pub type wrt_epoch_fn = Option<
    extern "C" fn(
        env: *mut c_void,
        store: *mut wrt_store,
        extend_by: *mut u64,
        yields: *mut u32,
        error: *mut wrt_error,
    ) -> i32,
>;

/// The body of a `wrt_store`. Each call writes to it, so it shares no line of the processors' caches with anything else (they come
/// in pairs).
#[repr(align(128))]
pub(crate) struct Store {
    /// Who uses the store: 0 for nobody, else the token of a thread.
    owner: AtomicUsize,
    /// How many entries and locks the owner holds.
    depth: Cell<u32>,
    /// How many of these are locks.
    locks: Cell<u32>,
    context: Cell<Context>,
    /// Whether WebAssembly can run on fibers only: for good, or while one runs.
    apart: Cell<bool>,
    /// Whether it has a host function that suspends, or anything else by which Wasmtime wants fibers for good.
    asynchronous: Cell<bool>,
    /// Whether a task waits that the watch may wake.
    asleep: Cell<bool>,
    /// What WASI waits on, where WASI is in the store.
    runtime: Cell<Option<&'static tokio::runtime::Handle>>,
    /// Whether a fiber runs.
    polling: Cell<bool>,
    /// Whether it has a host function that is called on the stack of WebAssembly.
    direct: Cell<bool>,
    /// The low end of the stack on which it is used, 0 where that is not known, and how much of it a call may need.
    stack_low: Cell<usize>,
    /// How much of it is the host's alone.
    stack_reserve: Cell<usize>,
    stack_need: usize,
    /// Calls under way. Before the cell, on which they stand.
    fibers: RefCell<Fibers>,
    cell: UnsafeCell<Option<wasmtime::Store<Data>>>,
    engine: Handle<Engine>,
    watch: Arc<Watch>,
    /// Whether the engine checks epochs, so that calls need to be watched.
    watched: bool,
    /// Whether a `Held` watches in their stead.
    held: Cell<bool>,
    epoch: Mutex<Option<Arc<EpochCallback>>>,
    user: Registered,
    /// Handles released while the store was in use.
    aside: Mutex<Vec<Box<dyn Send>>>,
    any_aside: AtomicBool,
    /// Whether later releases look here.
    listed: AtomicBool,
}

// SAFETY: the fields that are not `Sync` are touched by the holder of the owner token alone.
unsafe impl Send for Store {}
// SAFETY: as above.
unsafe impl Sync for Store {}

/// The way to the `wasmtime::Store` at this moment.
#[derive(Clone, Copy)]
pub(crate) enum Context {
    /// The store is idle.
    Idle,
    /// An entry uses it, or a callback runs that must not.
    Taken,
    /// A host function runs.
    Caller(NonNull<Caller<'static, Data>>),
    /// An epoch callback runs.
    Running(NonNull<StoreContextMut<'static, Data>>),
    /// A suspending host function waits for the host.
    Parked,
    /// A task is under way and can be polled.
    Yielded,
    Closed,
}

/// The way back from what a store owns to the store.
#[derive(Clone, Copy)]
pub(crate) struct Home(NonNull<Object<Store>>);

// SAFETY: the store may be looked at from all threads.
unsafe impl Send for Home {}
// SAFETY: as above.
unsafe impl Sync for Home {}

impl Home {
    pub fn store(&self) -> &Object<Store> {
        // SAFETY: what holds a `Home` is owned by that store.
        unsafe { self.0.as_ref() }
    }

    pub fn face<T>(&self) -> *mut T {
        self.0.as_ptr().cast()
    }
}

/// What Wasmtime keeps for us in its store.
pub(crate) struct Data {
    pub home: Home,
    pub limits: Limits,
    pub references: References,
    pub views: Views,
    /// The exception that a host function threw last.
    pub passed: Option<Box<Passed>>,
    /// What WASI has for the program.
    pub program: Option<Box<Program>>,
}

impl Data {
    /// What WASI has for the program, nothing where it was not given any.
    fn program(&mut self) -> &mut Program {
        self.program.get_or_insert_with(|| Box::new(Program::of_nothing()))
    }

    /// What WASI's functions work on.
    pub fn wasi(&mut self) -> &mut WasiP1Ctx {
        &mut self.program().context
    }
}

struct EpochCallback {
    call: extern "C" fn(*mut c_void, *mut wrt_store, *mut u64, *mut u32, *mut wrt_error) -> i32,
    registered: Registered,
}

impl Noun for Store {
    type Face = wrt_store;
    const NAME: &'static CStr = c"store";
    const TAG: u32 = 6;

    fn close(&self) -> Result<()> {
        let mut entry = match self.enter_at_rest() {
            Err(failure) if failure.status() == crate::error::WRT_ERR_CLOSED => return Ok(()),
            entry => entry?,
        };
        entry.cancel_all();
        if !entry.is_outermost() {
            return Err(Failure::new(
                WRT_ERR_BUSY,
                "the store is running, and cannot be closed before the call returns",
            ));
        }
        entry.context().data_mut().views.close();
        entry.saved = Context::Closed;
        // SAFETY: this entry holds the only way to the cell.
        let store = unsafe { (*self.cell.get()).take() };
        drop(store);
        self.epoch.lock().take();
        Ok(())
    }

    fn release(handle: Handle<Store>) {
        match handle.is_entered() {
            true => handle.clone().set_aside(Box::new(handle)),
            false => drop(handle),
        }
    }
}
boundary::faces!(wrt_store => Store);

/// Stack for the frames of the host and of Wasmtime around WebAssembly.
const HOST_STACK: usize = 256 << 10;

/// Stack for the library alone, where WebAssembly has a stack of its own.
const LIBRARY_STACK: usize = 64 << 10;

/// A number, not 0, that differs for each running thread.
#[inline(always)]
fn thread_token() -> usize {
    // The thread pointer is one: a single load, where a thread-local variable of a shared library costs a call.
    #[cfg(all(target_arch = "x86_64", target_os = "linux"))]
    {
        let pointer: usize;
        // SAFETY: the ABI of x86-64 keeps the address of the thread control block in its own first word, at fs:0.
        unsafe {
            std::arch::asm!("mov {}, fs:0", out(reg) pointer, options(pure, readonly, nostack, preserves_flags));
        }
        pointer
    }
    #[cfg(not(all(target_arch = "x86_64", target_os = "linux")))]
    {
        thread_local!(static TOKEN: u8 = const { 0 });
        TOKEN.with(|token| std::ptr::from_ref(token).addr())
    }
}

#[cold]
fn busy() -> Failure {
    Failure::new(WRT_ERR_BUSY, "the store is in use by another thread")
}

/// The right to use a store, from the entry into an exported function until it returns.
pub(crate) struct Entry<'s> {
    pub(crate) store: &'s Store,
    /// The context as it will be when the entry ends.
    pub(crate) saved: Context,
}

impl Entry<'_> {
    /// The way into Wasmtime.
    #[inline(always)]
    pub fn context(&mut self) -> StoreContextMut<'_, Data> {
        if self.is_outermost() { self.lasting_context() } else { self.lent_context() }
    }

    /// The way into Wasmtime that a fiber takes, which the entry does not outlive.
    #[inline(always)]
    pub fn lasting_context(&mut self) -> StoreContextMut<'static, Data> {
        // SAFETY: this entry took the context out of the store, so that no other path leads to the cell; a fiber that has
        // one runs only while an entry lets it. The cell is emptied after the last fiber is gone.
        match unsafe { &mut *self.store.cell.get() } {
            Some(store) => store.as_context_mut(),
            None => unreachable!("a store that is not closed has its cell"),
        }
    }

    /// As `context`, inside a callback of the host.
    fn lent_context(&mut self) -> StoreContextMut<'_, Data> {
        match self.saved {
            // SAFETY: the host function that put the caller in has not returned, and only this entry uses it.
            Context::Caller(mut caller) => unsafe { caller.as_mut() }.as_context_mut(),
            // SAFETY: as above, for the epoch callback.
            Context::Running(mut context) => unsafe { context.as_mut() }.as_context_mut(),
            // What reads and writes the store alone does not mind that a fiber is suspended. For the rest there is `visit`.
            Context::Idle | Context::Parked | Context::Yielded => self.lasting_context(),
            Context::Taken | Context::Closed => unreachable!("entries are made with a context"),
        }
    }

    /// The host function that runs, or waits for the host, if one does.
    pub fn caller(&mut self) -> Option<&mut Caller<'static, Data>> {
        match self.saved {
            // SAFETY: as in `context`.
            Context::Caller(mut caller) => Some(unsafe { caller.as_mut() }),
            // SAFETY: as in `context`: the host function waits for as long as this entry lasts.
            Context::Parked => self.store.fibers.borrow().caller().map(|mut caller| unsafe { caller.as_mut() }),
            _ => None,
        }
    }

    /// Whether what runs WebAssembly must be begun as a job, see `Entry::finish`.
    #[inline(always)]
    pub fn is_apart(&self) -> bool {
        self.store.apart.get() || self.store.is_cramped()
    }

    /// Fails where a job that cannot be suspended must not be begun.
    pub fn check_apart(&self) -> Result<()> {
        match self.store.apart.get() || !self.store.direct.get() {
            true => self.check_stack(),
            false => Err(self.store.cramped(self.store.stack_need)),
        }
    }

    /// Fails where the stack has no room for what the library does on it.
    pub fn check_stack(&self) -> Result<()> {
        match self.store.stack_left() < LIBRARY_STACK {
            true => Err(self.store.cramped(LIBRARY_STACK)),
            false => Ok(()),
        }
    }

    /// Says that the store will have a host function that suspends, or something else that needs fibers.
    pub fn make_asynchronous(&mut self) -> Result<()> {
        if self.store.asynchronous.get() {
            return Ok(());
        }
        if !matches!(self.saved, Context::Idle | Context::Parked) {
            let message =
                "the store is running: what suspends is added between calls, or when its task waits for the host";
            return Err(Failure::new(WRT_ERR_BUSY, message));
        }
        self.store.asynchronous.set(true);
        self.store.apart.set(true);
        Ok(())
    }

    /// As `make_asynchronous`, for the functions of WASI.
    pub fn make_wasi(&mut self) -> Result<()> {
        self.make_asynchronous()?;
        self.store.runtime.set(Some(wasi::runtime()?));
        Ok(())
    }

    /// Wasmtime asks for the counts of instances, tables and memories only when it is given the limiter.
    fn set_limits(&mut self, limits: wrt_limits) -> Result<()> {
        if !self.is_outermost() {
            return Err(Failure::new(WRT_ERR_BUSY, "the store is running: its limits are set between calls"));
        }
        self.context().data_mut().limits.set(limits);
        self.renew_limits();
        Ok(())
    }

    fn renew_limits(&mut self) {
        // SAFETY: this entry, which is the outermost, holds the only way to the cell.
        if let Some(store) = unsafe { &mut *self.store.cell.get() } {
            store.limiter(|data| &mut data.limits);
        }
    }

    /// Makes an instance that the library needs for itself, with one memory, which is not the user's to pay. The entry is the
    /// outermost.
    pub fn exempt<R>(
        &mut self,
        make: impl FnOnce(StoreContextMut<'_, Data>) -> wasmtime::Result<R>,
    ) -> wasmtime::Result<R> {
        self.context().data_mut().limits.lift();
        self.renew_limits();
        let made = make(self.context());
        self.context().data_mut().limits.hold(made.is_ok());
        self.renew_limits();
        made
    }

    /// Whether this entry begins and ends the budget of a call.
    #[inline(always)]
    pub fn is_watched(&self) -> bool {
        self.store.watched && self.is_outermost() && !self.store.held.get()
    }

    pub fn is_outermost(&self) -> bool {
        matches!(self.saved, Context::Idle)
    }

    /// Runs WebAssembly: the budget of the call begins, the host is told, memory views are brought up to date after it.
    /// `status` is for errors that say nothing of themselves.
    #[inline(always)]
    pub fn run<R>(
        &mut self,
        status: i32,
        body: impl FnOnce(StoreContextMut<'_, Data>) -> wasmtime::Result<R>,
    ) -> Result<R> {
        let watched = self.is_watched();
        if watched {
            self.store.watch.begin();
        }
        let outcome = hooks::native(|| body(self.context()));
        if watched {
            self.store.watch.end();
        }
        Views::refresh(self.context());
        outcome.map_err(|error| trap::from_call(self.context(), &error, status))
    }

    /// Does something with references: the temporary roots that `body` makes end with it.
    pub fn scoped<R>(&mut self, body: impl FnOnce(&mut StoreContextMut<'_, Data>) -> Result<R>) -> Result<R> {
        self.visit(|context| reference::scoped(context.as_context_mut(), body))
    }

    /// As `run`, for a body that converts references: its temporary roots end with it.
    pub fn run_scoped<R>(&mut self, body: impl FnOnce(&mut StoreContextMut<'_, Data>) -> Result<R>) -> Result<R> {
        let watched = self.is_watched();
        if watched {
            self.store.watch.begin();
        }
        let outcome = reference::scoped(self.context(), |context| hooks::native(|| body(context)));
        if watched {
            self.store.watch.end();
        }
        Views::refresh(self.context());
        outcome
    }
}

impl Drop for Entry<'_> {
    #[inline(always)]
    fn drop(&mut self) {
        self.store.context.set(self.saved);
        self.store.leave();
    }
}

/// Puts a context into a store for as long as a callback of the host runs.
pub(crate) struct Lent<'s> {
    store: &'s Store,
    before: Context,
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        self.store.context.set(self.before);
    }
}

/// A share of the owner token, and one budget for all calls that are made meanwhile.
pub(crate) struct Held<'s> {
    store: &'s Store,
    watched: bool,
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        if self.watched {
            self.store.watch.end();
            self.store.held.set(false);
        }
        self.store.leave();
    }
}

impl Store {
    /// A store and the handle to it.
    pub fn new(engine: Handle<Engine>, user: Registered) -> Result<Handle<Store>> {
        let watch = Watch::new(engine.clock());
        let wasmtime_engine = engine.inner().clone();
        let handle = Handle::new(Store {
            owner: AtomicUsize::new(0),
            depth: Cell::new(0),
            locks: Cell::new(0),
            context: Cell::new(Context::Closed),
            apart: Cell::new(false),
            asynchronous: Cell::new(false),
            asleep: Cell::new(false),
            runtime: Cell::new(None),
            polling: Cell::new(false),
            direct: Cell::new(false),
            stack_low: Cell::new(0),
            stack_reserve: Cell::new(0),
            stack_need: wasmtime_engine.get_max_wasm_stack() + HOST_STACK,
            fibers: RefCell::default(),
            cell: UnsafeCell::new(None),
            watched: wasmtime_engine.get_epoch_interruption(),
            held: Cell::new(false),
            engine,
            watch: watch.clone(),
            epoch: Mutex::new(None),
            user,
            aside: Mutex::new(Vec::new()),
            any_aside: AtomicBool::new(false),
            listed: AtomicBool::new(false),
        });
        let home = Home(NonNull::from(&*handle));
        let (limits, references, views) = (Limits::new(home), References::default(), Views::default());
        let data = Data { home, limits, references, views, passed: None, program: None };
        let mut store =
            wasmtime::Store::try_new(&wasmtime_engine, data).map_err(|e| trap::from_wasmtime(&e, WRT_ERR_OTHER))?;
        store.limiter(|data| &mut data.limits);
        if handle.watched {
            store.set_epoch_deadline(1);
            store.epoch_deadline_callback(move |context| home.store().epoch_reached(context));
        }
        // SAFETY: nobody else has the store yet.
        unsafe { *handle.cell.get() = Some(store) };
        handle.user.arm();
        handle.context.set(Context::Idle);
        Ok(handle)
    }

    pub fn engine(&self) -> &Handle<Engine> {
        &self.engine
    }

    pub fn is_entered(&self) -> bool {
        self.owner.load(Ordering::Relaxed) != 0
    }

    #[inline(always)]
    pub fn enter(&self) -> Result<Entry<'_>> {
        self.take()?;
        let saved = self.context.get();
        if let Context::Taken | Context::Yielded | Context::Closed = saved {
            return Err(self.refused());
        }
        self.context.set(Context::Taken);
        Ok(Entry { store: self, saved })
    }

    /// As `enter`, for what concerns the tasks of the store or no WebAssembly at all: not inside of a callback, but also
    /// where a task is in the middle of something.
    pub fn enter_at_rest(&self) -> Result<Entry<'_>> {
        self.take()?;
        let saved = self.context.get();
        match saved {
            Context::Idle | Context::Parked | Context::Yielded => {
                self.context.set(Context::Taken);
                Ok(Entry { store: self, saved })
            }
            Context::Closed => Err(self.refused()),
            Context::Taken | Context::Caller(_) | Context::Running(_) => {
                self.leave();
                Err(Failure::new(WRT_ERR_BUSY, "the store is running: this callback is part of its call"))
            }
        }
    }

    /// As `enter`, for what runs nothing: also where a task is in the middle of something.
    pub fn enter_quietly(&self) -> Result<Entry<'_>> {
        self.enter().or_else(|failure| match failure.status() {
            WRT_ERR_BUSY => self.enter_at_rest(),
            _ => Err(failure),
        })
    }

    pub fn fibers(&self) -> &RefCell<Fibers> {
        &self.fibers
    }

    pub fn watch(&self) -> &Arc<Watch> {
        &self.watch
    }

    /// Lets the watch wake a task that waits for something outside of WebAssembly; `false` when there is a reason already to
    /// stop it.
    pub fn watch_over(&self, ticket: &Arc<Ticket>) -> bool {
        self.asleep.set(self.watched);
        !self.watched || self.watch.watch_over(ticket.clone().into())
    }

    /// Fails when a task that waited has a reason to stop.
    pub fn check_watch(&self) -> Result<()> {
        if self.asleep.replace(false) {
            self.watch.watch_over_none();
            self.watch.check()?;
        }
        Ok(())
    }

    /// Runs `body`, which polls a fiber or drops one.
    pub fn apart<R>(&self, body: impl FnOnce() -> R) -> R {
        self.apart.set(true);
        self.polling.set(true);
        let _runtime = self.runtime.get().map(tokio::runtime::Handle::enter);
        let result = if self.watched { self.watch.slice(body) } else { body() };
        self.polling.set(false);
        self.apart.set(self.asynchronous.get());
        result
    }

    /// Says that the store has a host function which is called on the stack of WebAssembly.
    pub fn note_direct(&self) {
        self.direct.set(true);
    }

    /// How many bytes are left of the stack, as far as that is known; very many on another one, as that of a fiber.
    #[inline(always)]
    fn stack_left(&self) -> usize {
        let here = 0u8;
        (&raw const here).addr().wrapping_sub(self.stack_low.get()).saturating_sub(self.stack_reserve.get())
    }

    #[cold]
    fn cramped(&self, need: usize) -> Failure {
        let (left, need) = (self.stack_left() >> 10, need >> 10);
        trap::stack_overflow(format!(
            "{left} KiB are left of this stack, and the call may need {need} (option max_wasm_stack)"
        ))
    }

    /// Whether a call may run into the end of this stack, where nobody expects it.
    #[inline(always)]
    fn is_cramped(&self) -> bool {
        self.stack_left() < self.stack_need
    }

    #[cold]
    fn refused(&self) -> Failure {
        let context = self.context.get();
        self.leave();
        match context {
            Context::Closed => Failure::closed("store"),
            Context::Yielded => fiber::yielded(),
            _ => Failure::new(WRT_ERR_BUSY, "the store is in use: this callback must not call into it"),
        }
    }

    /// Takes the owner token, or one more share of it.
    #[inline(always)]
    fn take(&self) -> Result<()> {
        let me = thread_token();
        match self.owner.compare_exchange(0, me, Ordering::Acquire, Ordering::Relaxed) {
            Err(owner) if owner != me => Err(busy()),
            _ => {
                self.depth.set(self.depth.get() + 1);
                Ok(())
            }
        }
    }

    #[inline(always)]
    fn leave(&self) {
        let depth = self.depth.get() - 1;
        self.depth.set(depth);
        if depth == 0 {
            if self.any_aside.load(Ordering::Relaxed) {
                return self.leave_and_clear();
            }
            self.owner.store(0, Ordering::Release);
        }
    }

    /// Lets go of the store, then of the handles that were put aside: the last of them may free the store itself.
    #[cold]
    fn leave_and_clear(&self) {
        let aside = {
            let mut aside = self.aside.lock();
            self.any_aside.store(false, Ordering::Relaxed);
            std::mem::take(&mut *aside)
        };
        self.owner.store(0, Ordering::Release);
        drop(aside);
    }

    /// Keeps the store for this thread, and the handles set aside alive, until the result is dropped.
    pub fn hold(&self) -> Result<Held<'_>> {
        self.take()?;
        let watched = self.watched && matches!(self.context.get(), Context::Idle) && !self.held.replace(true);
        if watched {
            self.watch.begin();
        }
        Ok(Held { store: self, watched })
    }

    fn lock(&self) -> Result<()> {
        self.take()?;
        if matches!(self.context.get(), Context::Closed) {
            self.leave();
            return Err(Failure::closed("store"));
        }
        self.locks.set(self.locks.get() + 1);
        Ok(())
    }

    fn unlock(&self) -> Result<()> {
        if self.owner.load(Ordering::Relaxed) != thread_token() || self.locks.get() == 0 {
            return Err(Failure::new(WRT_ERR_BUSY, "the store is not locked by this thread"));
        }
        self.locks.set(self.locks.get() - 1);
        self.leave();
        Ok(())
    }

    /// Lets go of the handles that were put aside, if nobody uses the store, and says whether none are left.
    fn clear_if_idle(&self) -> bool {
        if self.any_aside.load(Ordering::Acquire)
            && self.owner.compare_exchange(0, thread_token(), Ordering::Acquire, Ordering::Relaxed).is_ok()
        {
            self.depth.set(1);
            self.leave();
            return true;
        }
        !self.any_aside.load(Ordering::Acquire)
    }

    /// Lets the host use the store through `context` until the result is dropped.
    #[inline(always)]
    pub fn lend(&self, context: Context) -> Lent<'_> {
        Lent { store: self, before: self.context.replace(context) }
    }

    /// Called by running WebAssembly when the epoch has moved.
    fn epoch_reached(&self, mut context: StoreContextMut<'_, Data>) -> wasmtime::Result<UpdateDeadline> {
        let mut yields = self.polling.get();
        match self.watch.check() {
            Ok(Wake::Idle) => {}
            Ok(Wake::Ticks) => yields &= self.tick_deadline_reached(&mut context).map_err(trap::into_wasmtime)?,
            Err(failure) => return Err(trap::into_wasmtime(failure)),
        }
        if !yields {
            return Ok(UpdateDeadline::Continue(1));
        }
        Views::refresh(context.as_context_mut());
        Ok(UpdateDeadline::Yield(1))
    }

    /// Asks the host what to do about it, and whether a task shall yield.
    fn tick_deadline_reached(&self, context: &mut StoreContextMut<'_, Data>) -> Result<bool> {
        let Some(callback) = self.epoch.lock().clone() else {
            return Err(interruption("the epoch deadline is reached"));
        };
        Views::refresh(context.as_context_mut());
        // Wasmtime has no callback while this one runs, and would stop whatever WebAssembly it calls.
        context.set_epoch_deadline(u64::MAX >> 1);
        let (mut extend_by, mut yields, mut error) = (1, u32::from(self.polling.get()), wrt_error::EMPTY);
        let status = {
            // The lifetimes end with `_lent`, before `context` does.
            let _lent = self.lend(Context::Running(NonNull::from(&mut *context).cast()));
            let face = context.data().home.face();
            hooks::host(|| (callback.call)(callback.registered.env.0, face, &mut extend_by, &mut yields, &mut error))
        };
        if status != WRT_OK {
            // The deadline is still reached, for later calls too.
            context.set_epoch_deadline(0);
            return Err(error.take(status));
        }
        // What a nested call reported and the callback got over.
        wrt_error_clear(Some(&mut error));
        self.watch.set_tick_deadline(extend_by);
        // Wasmtime does the same once a task that yields goes on; it may be given up instead.
        context.set_epoch_deadline(1);
        Ok(yields != 0)
    }

    /// Fails unless `other` is this very store.
    pub fn check_same(&self, other: &Store, name: &str) -> Result<()> {
        if std::ptr::eq(self, other) {
            return Ok(());
        }
        Err(Failure::new(WRT_ERR_STORE, format_args!("{name} belongs to another store")))
    }

    /// Fails unless what belongs to `engine` may be used in this store.
    pub fn check_engine(&self, engine: &wasmtime::Engine, name: &str) -> Result<()> {
        if wasmtime::Engine::same(self.engine.inner(), engine) {
            return Ok(());
        }
        Err(Failure::new(WRT_ERR_STORE, format_args!("{name} belongs to another engine than the store")))
    }
}

impl Object<Store> {
    /// Keeps `handle` until the store is no longer in use.
    pub fn set_aside(&self, handle: Box<dyn Send>) {
        // Clearing may free the store.
        let store = self.share();
        {
            let mut aside = store.aside.lock();
            aside.push(handle);
            store.any_aside.store(true, Ordering::Release);
        }
        if store.owner.load(Ordering::Relaxed) == thread_token() || store.clear_if_idle() {
            return;
        }
        // Another thread uses the store. It looks for such handles when it leaves, but may have looked already and be about
        // to let go: without a slower way out of every call only later releases can tell.
        if !store.listed.swap(true, Ordering::AcqRel) {
            let store = store.downgrade();
            handle::retry_later(Box::new(move || {
                let Some(store) = store.upgrade() else { return true };
                if !store.clear_if_idle() {
                    return false;
                }
                // A thread that put something aside in between has found the store listed.
                store.listed.swap(false, Ordering::AcqRel);
                !store.any_aside.load(Ordering::Acquire) || store.listed.swap(true, Ordering::AcqRel)
            }));
        }
    }
}

/// The body of a `wrt_interrupt`.
pub(crate) struct Interrupt(Arc<Watch>);

impl Noun for Interrupt {
    type Face = wrt_interrupt;
    const NAME: &'static CStr = c"interrupt";
    const TAG: u32 = 7;
}
boundary::faces!(wrt_interrupt => Interrupt);

/// Makes a store in `engine`. `data` is the host's own and comes back from `wrt_store_data`; `drop`, which may be NULL,
/// is called with it when the store is freed, not when this function fails. The store is released with `wrt_release`.
///
/// Errors: `WRT_ERR_ARGUMENT`, `WRT_ERR_CLOSED`, `WRT_ERR_LIMIT` when a pooling engine is full. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_store_new(
    engine: Option<&wrt_engine>,
    data: *mut c_void,
    drop: wrt_drop_fn,
    out: Option<&mut MaybeUninit<*mut wrt_store>>,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        let engine = engine.required("engine")?.share();
        let out = out.required("out")?;
        out.write(Store::new(engine, Registered::new(data, drop))?.hand_over());
        Ok(())
    })
}

/// The engine of `store`, a new reference: release it with `wrt_release`.
///
/// Errors: `WRT_ERR_ARGUMENT`, `WRT_ERR_CLOSED`. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_store_engine(
    store: Option<&wrt_store>,
    out: Option<&mut MaybeUninit<*mut wrt_engine>>,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        let engine = store.required("store")?.engine.clone();
        out.required("out")?.write(engine.hand_over());
        Ok(())
    })
}

/// The `data` of `wrt_store_new`, or NULL for NULL or a closed store. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_store_data(store: Option<&wrt_store>) -> *mut c_void {
    boundary::value(std::ptr::null_mut(), || Some(store.required("store").ok()?.user.env.0))
}

/// Limits what may be created and grown in `store` from now on. A NULL `limits` lifts them.
///
/// Errors: `WRT_ERR_BUSY`, also inside a host function, since some limits are read between calls only;
/// `WRT_ERR_ARGUMENT`, `WRT_ERR_CLOSED`. The store's thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_store_set_limits(
    store: Option<&wrt_store>,
    limits: *const wrt_limits,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        let mut entry = store.required("store")?.enter()?;
        let limits = match limits.is_null() {
            true => wrt_limits::NONE,
            false => boundary::read_sized(limits, "limits", wrt_limits::NONE)?,
        };
        entry.set_limits(limits)
    })
}

/// Asks `allow` whenever a memory or a table of `store` is about to be made or to grow, within the limits that are set. A
/// NULL `allow` ends that. `drop`, which may be NULL, is called with `env` when it is no longer needed, not when this
/// function fails.
///
/// Errors: `WRT_ERR_ARGUMENT`, `WRT_ERR_CLOSED`, `WRT_ERR_BUSY`. The store's thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_store_set_limiter(
    store: Option<&wrt_store>,
    allow: wrt_grow_fn,
    env: *mut c_void,
    drop: wrt_drop_fn,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        let mut entry = store.required("store")?.enter()?;
        let limiter = allow.map(|allow| (allow, Registered::new(env, drop)));
        limiter.iter().for_each(|(_, registered)| registered.arm());
        entry.context().data_mut().limits.set_callback(limiter);
        Ok(())
    })
}

/// Sets the fuel that WebAssembly in `store` may use from now on; most instructions cost 1. A new store has none.
///
/// Errors: `WRT_ERR_CONFIG` for an engine without the option `consume_fuel`; `WRT_ERR_CLOSED`, `WRT_ERR_BUSY`. The
/// store's thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_store_set_fuel(
    store: Option<&wrt_store>,
    fuel: u64,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        let mut entry = store.required("store")?.enter()?;
        entry.context().set_fuel(fuel).map_err(|_| no_fuel())
    })
}

/// Reads the fuel that is left in `store`.
///
/// Errors: as `wrt_store_set_fuel`. The store's thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_store_fuel(
    store: Option<&wrt_store>,
    out: Option<&mut MaybeUninit<u64>>,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        let mut entry = store.required("store")?.enter()?;
        let fuel = entry.context().get_fuel().map_err(|_| no_fuel())?;
        out.required("out")?.write(fuel);
        Ok(())
    })
}

fn no_fuel() -> Failure {
    Failure::new(WRT_ERR_CONFIG, "fuel needs an engine with the option consume_fuel = true")
}

/// Stops calls in `store` with `WRT_ERR_INTERRUPTED` once the epoch has moved `ticks` times from now, or calls the
/// epoch callback then. `UINT64_MAX` means never, and is the default.
///
/// Errors: `WRT_ERR_CONFIG` for an engine without `epoch_interruption`; `WRT_ERR_CLOSED`, `WRT_ERR_BUSY`. The store's
/// thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_store_set_epoch_deadline(
    store: Option<&wrt_store>,
    ticks: u64,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        let store = store.required("store")?;
        let mut entry = store.enter()?;
        store.engine.require_epochs("an epoch deadline")?;
        store.watch.set_tick_deadline(ticks);
        // A deadline of 0 is reached although the epoch does not move.
        if ticks == 0 {
            entry.context().set_epoch_deadline(0);
        }
        Ok(())
    })
}

/// Calls `call` when the epoch deadline of `store` is reached, instead of stopping the call. A NULL `call` ends that.
/// `drop`, which may be NULL, is called with `env` when it is no longer needed, not when this function fails.
///
/// Errors: as `wrt_store_set_epoch_deadline`. The store's thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_store_set_epoch_callback(
    store: Option<&wrt_store>,
    call: wrt_epoch_fn,
    env: *mut c_void,
    drop: wrt_drop_fn,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        let store = store.required("store")?;
        let _entry = store.enter()?;
        store.engine.require_epochs("an epoch callback")?;
        let callback = call.map(|call| Arc::new(EpochCallback { call, registered: Registered::new(env, drop) }));
        callback.iter().for_each(|callback| callback.registered.arm());
        let before = std::mem::replace(&mut *store.epoch.lock(), callback);
        std::mem::drop(before);
        Ok(())
    })
}

/// Gives each outermost call in `store` a budget of `timeout_ns` nanoseconds of wall time; when it is used up, the call
/// ends with `WRT_ERR_INTERRUPTED`. 0 means none. `wrt_call_invoke_many` is one call. Host functions are not cut short,
/// but what follows them is; the calls that they make share the budget of the outermost one.
///
/// Errors: as `wrt_store_set_epoch_deadline`. The store's thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_store_set_timeout(
    store: Option<&wrt_store>,
    timeout_ns: u64,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        let store = store.required("store")?;
        let _entry = store.enter()?;
        store.engine.require_epochs("a timeout")?;
        store.watch.set_timeout(timeout_ns)
    })
}

/// Makes a handle that can stop the running call of `store` from any thread, with `wrt_interrupt_fire`. It does not keep
/// the store alive, and is released with `wrt_release`.
///
/// Errors: `WRT_ERR_CONFIG` for an engine without `epoch_interruption`; `WRT_ERR_CLOSED`. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_store_interrupt(
    store: Option<&wrt_store>,
    out: Option<&mut MaybeUninit<*mut wrt_interrupt>>,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        let store = store.required("store")?;
        store.engine.require_epochs("an interrupt")?;
        out.required("out")?.write(Handle::new(Interrupt(store.watch.clone())).hand_over());
        Ok(())
    })
}

/// Stops the call that runs in the store with `WRT_ERR_INTERRUPTED`, soon. When none runs, nothing happens: later calls
/// are not stopped. NULL is ignored. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_interrupt_fire(interrupt: Option<&wrt_interrupt>) {
    boundary::value((), || {
        interrupt.required("interrupt").ok()?.0.interrupt();
        Some(())
    })
}

/// Tells where the stack ends on which `store` will be used; `low` may be NULL for a stack that is large. On a short one, as
/// that of a coroutine, WebAssembly then runs on a stack of its own instead of beyond the end. `reserve` bytes above `low` are
/// left to the host, for what its functions need. Said again wherever the store comes to another stack. Calls fail with
/// `WRT_TRAP_STACK_OVERFLOW` where less than 64 KiB are left, and in stores with direct host functions and no suspending one
/// where less than the option `max_wasm_stack` and 256 KiB are.
///
/// Errors: `WRT_ERR_CLOSED`, `WRT_ERR_BUSY`. The store's thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_store_set_stack_low(
    store: Option<&wrt_store>,
    low: *const c_void,
    reserve: usize,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        let entry = store.required("store")?.enter()?;
        entry.store.stack_low.set(low.addr());
        entry.store.stack_reserve.set(reserve);
        Ok(())
    })
}

/// Lets calls in `store` yield after each `interval` units of fuel, or never with 0: they then have to be started as
/// tasks.
///
/// Errors: `WRT_ERR_CONFIG` for an engine without the option `consume_fuel`; `WRT_ERR_CLOSED`; `WRT_ERR_BUSY`, also
/// inside of a host function. The store's thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_store_set_fuel_yield(
    store: Option<&wrt_store>,
    interval: u64,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        let mut entry = store.required("store")?.enter()?;
        if !entry.is_outermost() {
            return Err(Failure::new(WRT_ERR_BUSY, "the store is running: its fuel interval is set between calls"));
        }
        entry.context().get_fuel().map_err(|_| no_fuel())?;
        entry.make_asynchronous()?;
        let interval = Some(interval).filter(|interval| *interval != 0);
        entry.context().fuel_async_yield_interval(interval).map_err(|_| no_fuel())
    })
}

/// Collects garbage in `store`: references that nothing reaches any more are dropped.
///
/// Errors: `WRT_ERR_CLOSED`, `WRT_ERR_BUSY`. The store's thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_store_gc(store: Option<&wrt_store>, error: Option<&mut MaybeUninit<wrt_error>>) -> i32 {
    boundary::call(error, || {
        let mut entry = store.required("store")?.enter()?;
        entry.visit(|context| {
            context.data_mut().passed = None;
            context.gc(None).map_err(|e| trap::from_wasmtime(&e, WRT_ERR_OTHER))
        })
    })
}

/// Gives the programs of `store` what `wasi` says at this moment: arguments, environment, folders, input and output. Without
/// this they have nothing. Later changes of `wasi` do not reach the store; given again, programs begin anew with closed
/// files, and output that was kept is dropped.
///
/// Errors: `WRT_ERR_IO` names a folder or file that cannot be opened, and the store is as before; `WRT_ERR_BUSY` while
/// WebAssembly runs in it; `WRT_ERR_ARGUMENT`, `WRT_ERR_CLOSED`. The store's thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_store_set_wasi(
    store: Option<&wrt_store>,
    wasi: Option<&wrt_wasi>,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        let store = store.required("store")?;
        let wasi = wasi.required("wasi")?.open()?;
        let mut entry = store.enter()?;
        if !entry.is_outermost() {
            return Err(Failure::new(WRT_ERR_BUSY, "the store is running: it is given its WASI between calls"));
        }
        let program = wasi.program()?;
        // SAFETY: this entry holds the only way to the cell.
        if let Some(store) = unsafe { &mut *store.cell.get() } {
            store.set_hostcall_fuel(program.transfer_limit);
        }
        let before = entry.context().data_mut().program.replace(Box::new(program));
        // The drop functions of the host may use the store.
        drop(entry);
        drop(before);
        Ok(())
    })
}

/// Takes what the programs of `store` wrote to `fd`, 1 for stdout and 2 for stderr, since the last time, where
/// `wrt_wasi_output_capture` keeps it. `out` is freed with `wrt_bytes_free`.
///
/// Errors: `WRT_ERR_NOT_FOUND` when that output is not kept; `WRT_ERR_ARGUMENT`, `WRT_ERR_CLOSED`, `WRT_ERR_BUSY`. The store's
/// thread; also while a task of the store waits.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_store_take_output(
    store: Option<&wrt_store>,
    fd: i32,
    out: Option<&mut MaybeUninit<wrt_bytes>>,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        let store = store.required("store")?;
        let out = out.required("out")?;
        let mut entry = store.enter_quietly()?;
        let output = entry.context().data_mut().program().take_output(fd)?;
        out.write(wrt_bytes::new(output));
        Ok(())
    })
}

/// Describes `store` as JSON: `{"fuel", "epoch_interruption", "running", "references", "memory_views"}`. `out` is freed
/// with `wrt_bytes_free`.
///
/// Errors: `WRT_ERR_CLOSED`, `WRT_ERR_BUSY`. The store's thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_store_json(
    store: Option<&wrt_store>,
    out: Option<&mut MaybeUninit<wrt_bytes>>,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        let store = store.required("store")?;
        let mut entry = store.enter()?;
        let running = !entry.is_outermost();
        let mut context = entry.context();
        let json = serde_json::json!({
            "fuel": context.get_fuel().ok(),
            "epoch_interruption": store.watched,
            "running": running,
            "references": context.data().references.len(),
            "memory_views": context.data_mut().views.len(),
        });
        out.required("out")?.write(json.to_string().into());
        Ok(())
    })
}

/// Reserves `store` for the calling thread until `wrt_store_unlock`, as often as it was locked: other threads get
/// `WRT_ERR_BUSY` meanwhile.
///
/// Errors: `WRT_ERR_BUSY` when another thread has it, `WRT_ERR_CLOSED`. The thread that will use the store.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_store_lock(store: Option<&wrt_store>, error: Option<&mut MaybeUninit<wrt_error>>) -> i32 {
    boundary::call(error, || store.required("store")?.lock())
}

/// Undoes one `wrt_store_lock` of the calling thread.
///
/// Errors: `WRT_ERR_BUSY` when the thread has not locked the store. The thread that locked it.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_store_unlock(store: Option<&wrt_store>, error: Option<&mut MaybeUninit<wrt_error>>) -> i32 {
    boundary::call(error, || store.required("store")?.unlock())
}

// The layout of views is C's.
const _: () = assert!(size_of::<wrt_memory_header>() == 2 * size_of::<usize>());
