//! Fibers: WebAssembly on a stack of its own, so that a host function can be answered later, and from anywhere.
//!
//! A store has at most one fiber at its root, and a pile of calls on it: each but the last waits in a suspending host
//! function that called into the store again. Whoever polls a call resumes the root, which comes back when the call has
//! ended or waits for something. A host function that waits takes commands: its answer, a call to make, or a piece of
//! work in the store. Such work must be done there, since from outside the collector does not see what lies on a fiber.

use std::any::Any;
use std::cell::UnsafeCell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::ptr::NonNull;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context as Polling, Poll, Waker};
use std::time::Instant;

use parking_lot::Mutex;
use smallvec::SmallVec;
use wasmtime::{AsContextMut, Caller, StoreContextMut};

use crate::boundary;
use crate::error::{Failure, Result, WRT_ERR_BUSY, WRT_ERR_INTERRUPTED, WRT_ERR_PANIC, WRT_ERR_UNSUPPORTED};
use crate::handle::Handle;
use crate::hooks;
use crate::reference::Owed;
use crate::store::{Context, Data, Entry, Home, Store};
use crate::value::wrt_val;
use crate::view::Views;
use crate::wake::{Bell, Waking};

/// Something that runs WebAssembly and may stop in the middle. It leaves its answer in a [`Ticket`].
pub(crate) type Job<'a> = Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

/// The beginning of a job, in a store or in a host function that waits.
pub(crate) trait Start: for<'a> FnOnce(StoreContextMut<'a, Data>) -> Job<'a> + Send + 'static {}
impl<F: for<'a> FnOnce(StoreContextMut<'a, Data>) -> Job<'a> + Send + 'static> Start for F {}

/// Tells the compiler that a closure is for all lifetimes, which it does not see by itself inside of an expression.
pub(crate) fn starting<F: for<'a> FnOnce(StoreContextMut<'a, Data>) -> Job<'a>>(start: F) -> F {
    start
}

/// The values of a call.
pub(crate) type Values = SmallVec<[wrt_val; 4]>;

/// What a job came to.
pub(crate) enum Answer {
    Values(Values),
    Made(Box<dyn Any + Send>),
}

/// How far a job is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum State {
    Done,
    /// A host function waits for its answer.
    HostCall,
    /// It can go on at once.
    Yielded,
    /// It can go on when the ticket is woken.
    Pending,
}

/// What the two sides of a job share: its answer, and the way to wake whoever waits for it.
pub(crate) struct Ticket {
    answer: Mutex<Option<Result<Answer>>>,
    /// Whether the answer is there, or was.
    done: AtomicBool,
    /// Rings when the job can go on.
    bell: Bell,
    /// Whether the host waits for that.
    waiting: AtomicBool,
    waking: Waking,
    /// Of the host call that the job waits in. They stay where they are until the next one.
    slots: Slots,
}

/// Written by the holder of the store's token alone.
#[derive(Default)]
struct Slots(UnsafeCell<Values>);
// SAFETY: between two host calls nobody writes, and the host reads what it was lent.
unsafe impl Sync for Slots {}

impl Ticket {
    pub fn new(waking: Waking) -> Arc<Ticket> {
        let (done, waiting) = (AtomicBool::new(false), AtomicBool::new(false));
        let (answer, bell, slots) = (Mutex::new(None), Bell::default(), Slots::default());
        Arc::new(Ticket { answer, done, bell, waiting, waking, slots })
    }

    /// A ticket of the library's own, by which nobody is woken.
    pub fn quiet() -> Arc<Ticket> {
        Ticket::new(Waking::new(None, std::ptr::null_mut()))
    }

    /// Ends that the host is woken.
    pub fn silence(&self) {
        self.waking.silence();
    }

    /// Leaves the answer; the first one counts.
    pub fn finish(&self, answer: Result<Answer>) {
        let mut slot = self.answer.lock();
        if !self.done.load(Ordering::Relaxed) {
            *slot = Some(answer);
            self.done.store(true, Ordering::Release);
        }
    }

    /// The slots of the host call that the job waits in: the arguments, and room for the results.
    pub fn slots(&self) -> (*mut wrt_val, usize) {
        // SAFETY: called by the holder of the store's token.
        let slots = unsafe { &mut *self.slots.0.get() };
        (slots.as_mut_ptr(), slots.len())
    }

    /// Writes the results of the host call that the job waits in, which are as many as its signature says. They may stand in
    /// the slots already.
    pub fn put(&self, results: &[wrt_val]) {
        let (slots, nslots) = self.slots();
        assert!(results.len() <= nslots, "a host call has slots for its results");
        if results.as_ptr() != slots {
            // SAFETY: by the assertion there is room.
            unsafe { std::ptr::copy(results.as_ptr(), slots, results.len()) };
        }
    }

    pub fn is_done(&self) -> bool {
        self.done.load(Ordering::Acquire)
    }

    pub fn has_failed(&self) -> bool {
        matches!(&*self.answer.lock(), Some(Err(_)))
    }

    /// The answer, which can be had once; a failure as often as it is asked for.
    pub fn take(&self) -> Option<Result<Answer>> {
        let mut slot = self.answer.lock();
        match &*slot {
            Some(Err(failure)) => Some(Err(failure.clone())),
            _ => slot.take(),
        }
    }

    /// Says that the job can go on, or is over.
    pub fn rouse(&self) {
        self.bell.ring();
        if self.waiting.swap(false, Ordering::SeqCst) {
            self.waking.wake();
        }
    }

    /// Waits until the job can go on, or until `deadline`.
    pub fn sleep(&self, deadline: Option<Instant>) {
        self.bell.wait(deadline);
    }
}

impl std::task::Wake for Ticket {
    fn wake(self: Arc<Self>) {
        self.rouse();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.rouse();
    }
}

/// What one store has under way. Touched by the holder of the store's token alone, and never borrowed while WebAssembly
/// or the host runs.
#[derive(Default)]
pub(crate) struct Fibers {
    /// The job at the bottom; out of here while it runs.
    root: Option<Job<'static>>,
    levels: Vec<Level>,
    /// Whether the budget of a call runs since the root began.
    watched: bool,
}

/// A call under way, and the host function in which it waits.
struct Level {
    ticket: Arc<Ticket>,
    request: Option<Standing>,
    /// Set while the host function takes commands.
    caller: Option<Here>,
    command: Option<Command>,
    /// Whether the call is to be given up by the one below.
    abandoned: bool,
}

/// What the host is told of a suspending function of its own, when it is called.
pub(crate) struct Request {
    pub id: u64,
    /// For each result that is wanted, whether it is a reference.
    pub results: Vec<bool>,
}

/// The request of a host function that waits.
#[derive(Clone, Copy)]
struct Standing(NonNull<Request>);
// SAFETY: a request can be read from all threads.
unsafe impl Send for Standing {}

/// The caller of a host function that waits.
#[derive(Clone, Copy)]
struct Here(NonNull<Caller<'static, Data>>);
// SAFETY: followed by the holder of the store's token alone, while the host function waits.
unsafe impl Send for Here {}

/// What a host function that waits is told.
pub(crate) enum Command {
    /// The results are in the slots; the ids among them are owed.
    Reply(Owed),
    Fail(Failure),
    Visit(Visit),
    Start(Box<Starter>),
}

type Starter = dyn for<'a> FnOnce(StoreContextMut<'a, Data>) -> Job<'a> + Send;
type Work<'a> = dyn FnMut(StoreContextMut<'_, Data>) + 'a;

/// Work in the store, on the stack of whoever waits for it to be done.
pub(crate) struct Visit(*mut Work<'static>);
// SAFETY: it is done before the one who gave it goes on, and on the same thread.
unsafe impl Send for Visit {}

impl Fibers {
    pub fn is_empty(&self) -> bool {
        self.levels.is_empty()
    }

    fn position(&self, ticket: &Arc<Ticket>) -> Option<usize> {
        self.levels.iter().position(|level| Arc::ptr_eq(&level.ticket, ticket))
    }

    /// The last call, where its host function waits for the host and has not been answered.
    fn open(&self) -> Option<&Level> {
        self.levels.last().filter(|level| level.caller.is_some() && level.command.is_none())
    }

    /// The caller of the host function that waits.
    pub fn caller(&self) -> Option<NonNull<Caller<'static, Data>>> {
        Some(self.open()?.caller?.0)
    }
}

/// The request of a host function, open until it is dropped.
struct Open {
    home: Home,
    index: usize,
}

impl Open {
    /// The next command. Until it comes, others may use the caller.
    fn poll(&self, caller: &mut Caller<'_, Data>) -> Poll<Command> {
        let mut fibers = self.home.store().fibers().borrow_mut();
        let Some(level) = fibers.levels.get_mut(self.index) else { return Poll::Pending };
        match level.command.take() {
            Some(command) => {
                level.caller = None;
                Poll::Ready(command)
            }
            None => {
                level.caller = Some(Here(NonNull::from(caller).cast()));
                Poll::Pending
            }
        }
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        if let Some(level) = self.home.store().fibers().borrow_mut().levels.get_mut(self.index) {
            (level.request, level.caller, level.command) = (None, None, None);
        }
    }
}

/// A call of a suspending host function: waits for the host's answer, and does meanwhile what the host wants done. `write`
/// puts the arguments into the slots, which are empty, and `read` takes the results from there.
pub(crate) async fn attend(
    caller: &mut Caller<'_, Data>,
    request: &Request,
    write: impl FnOnce(&mut Values),
    read: impl FnOnce(&[wrt_val], Owed),
) -> Result<()> {
    let home = caller.data().home;
    let index = {
        let mut fibers = home.store().fibers().borrow_mut();
        let index = fibers.levels.len().wrapping_sub(1);
        let level =
            fibers.levels.last_mut().ok_or_else(|| Failure::new(WRT_ERR_PANIC, "a host call without a task"))?;
        level.request = Some(Standing(NonNull::from(request)));
        // SAFETY: whoever runs the job holds the store's token, and the host has answered the call before.
        let slots = unsafe { &mut *level.ticket.slots.0.get() };
        slots.clear();
        write(slots);
        index
    };
    let open = Open { home, index };
    loop {
        Views::refresh(caller.as_context_mut());
        match std::future::poll_fn(|_| open.poll(caller)).await {
            Command::Reply(owed) => {
                let (slots, nslots) = home.store().fibers().borrow().levels[index].ticket.slots();
                // SAFETY: the slots stay where they are until the next host call of the job.
                read(unsafe { std::slice::from_raw_parts(slots, nslots) }, owed);
                return Ok(());
            }
            Command::Fail(failure) => return Err(failure),
            // SAFETY: whoever gave the work waits for its end.
            Command::Visit(Visit(work)) => unsafe { (*work)(caller.as_context_mut()) },
            Command::Start(start) => {
                let mut job = start(caller.as_context_mut());
                let abandoned =
                    || home.store().fibers().borrow().levels.get(index + 1).is_none_or(|level| level.abandoned);
                std::future::poll_fn(|polling| match abandoned() {
                    true => Poll::Ready(()),
                    false => job.as_mut().poll(polling),
                })
                .await;
                drop(job);
                home.store().fibers().borrow_mut().levels.truncate(index + 1);
            }
        }
    }
}

#[cold]
pub(crate) fn unasked() -> Failure {
    Failure::new(WRT_ERR_BUSY, "the task does not wait for the answer of a host function")
}

#[cold]
fn cancelled() -> Failure {
    Failure::new(WRT_ERR_INTERRUPTED, "the task was cancelled")
}

impl Entry<'_> {
    /// Puts a job on the pile. It runs when its ticket is advanced.
    pub fn begin(&mut self, ticket: &Arc<Ticket>, start: impl Start) -> Result<()> {
        self.check_stack()?;
        let fibers = self.store.fibers();
        let level = Level { ticket: ticket.clone(), request: None, caller: None, command: None, abandoned: false };
        match self.saved {
            Context::Idle => {
                let watched = self.is_watched();
                if watched {
                    self.store.watch().begin();
                }
                let root = start(self.lasting_context());
                let mut fibers = fibers.borrow_mut();
                fibers.root = Some(root);
                fibers.levels.push(level);
                fibers.watched = watched;
            }
            Context::Parked => {
                self.command(Command::Start(Box::new(start)));
                fibers.borrow_mut().levels.push(level);
            }
            Context::Yielded => return Err(yielded()),
            _ => {
                let message = "WebAssembly cannot be called from a direct host function or an epoch callback that runs \
                               in a task: make the function suspending";
                return Err(Failure::new(WRT_ERR_BUSY, message));
            }
        }
        self.settle();
        Ok(())
    }

    #[inline]
    fn command(&self, command: Command) {
        if let Some(level) = self.store.fibers().borrow_mut().levels.last_mut() {
            level.command = Some(command);
        }
    }

    /// Lets the root run until it waits for something or has ended. `native` says whether the thread is the host's, so
    /// that the host is told.
    fn resume(&mut self, waker: &Waker, native: bool) {
        let Some(mut root) = self.store.fibers().borrow_mut().root.take() else { return };
        let outcome = self.store.apart(|| {
            let mut poll = || root.as_mut().poll(&mut Polling::from_waker(waker));
            catch_unwind(AssertUnwindSafe(|| if native { hooks::native(poll) } else { poll() }))
        });
        match outcome {
            Ok(Poll::Pending) => self.store.fibers().borrow_mut().root = Some(root),
            Ok(Poll::Ready(())) => self.clear(|_| cancelled()),
            Err(panic) => {
                let failure = boundary::panicked(panic);
                self.end(root, |_| failure.clone());
            }
        }
        self.settle();
    }

    /// Drops the root, which unwinds what still runs on it, and with it all calls.
    fn end(&mut self, root: Job<'static>, reason: impl Fn(&Arc<Ticket>) -> Failure) {
        // A panic on the way has nobody left to hear of it.
        let _ = self.store.apart(|| catch_unwind(AssertUnwindSafe(|| drop(root))));
        self.clear(reason);
    }

    /// Ends all calls; `reason` is for those that have no answer.
    fn clear(&mut self, reason: impl Fn(&Arc<Ticket>) -> Failure) {
        let mut fibers = self.store.fibers().borrow_mut();
        for level in fibers.levels.drain(..).filter(|level| !level.ticket.is_done()) {
            level.ticket.finish(Err(reason(&level.ticket)));
            level.ticket.rouse();
        }
        if std::mem::take(&mut fibers.watched) {
            self.store.watch().end();
        }
    }

    /// Notes what state the store is in, and brings memory views up to date.
    fn settle(&mut self) {
        self.saved = {
            let fibers = self.store.fibers().borrow();
            match fibers.open() {
                Some(_) => Context::Parked,
                None if fibers.is_empty() => Context::Idle,
                None => Context::Yielded,
            }
        };
        Views::refresh(self.context());
    }

    /// How far the job is, without running it; `None` when it has to run for that.
    pub fn look(&self, ticket: &Arc<Ticket>) -> Result<Option<State>> {
        if ticket.is_done() {
            return Ok(Some(State::Done));
        }
        let fibers = self.store.fibers().borrow();
        let Some(position) = fibers.position(ticket) else { return Err(cancelled()) };
        if position + 1 < fibers.levels.len() {
            let message = "a later call is under way in the store, and has to end first";
            return Err(Failure::new(WRT_ERR_BUSY, message));
        }
        if fibers.root.is_none() {
            return Err(Failure::new(WRT_ERR_BUSY, "the task is running: this callback is part of it"));
        }
        Ok(fibers.open().map(|_| State::HostCall))
    }

    /// Lets the job run until it has ended, or waits for something; `waker` is that of its ticket.
    pub fn advance(&mut self, ticket: &Arc<Ticket>, waker: &Waker, native: bool) -> Result<State> {
        match self.look(ticket)? {
            Some(state) => Ok(state),
            None => Ok(self.go_on(ticket, waker, native)),
        }
    }

    /// As `advance`, where the job can go on.
    pub fn go_on(&mut self, ticket: &Arc<Ticket>, waker: &Waker, native: bool) -> State {
        if let Err(failure) = self.store.check_watch() {
            self.give_up(ticket, failure);
            return State::Done;
        }
        // What rings from now on comes after what the job is about to find.
        ticket.waiting.store(false, Ordering::Release);
        ticket.bell.hush();
        self.resume(waker, native);
        if ticket.is_done() {
            State::Done
        } else if let Context::Parked = self.saved {
            State::HostCall
        } else {
            ticket.waiting.store(true, Ordering::SeqCst);
            // It may have rung while it ran.
            let waits = !ticket.bell.has_rung() && self.store.watch_over(ticket);
            if waits { State::Pending } else { State::Yielded }
        }
    }

    /// Runs a job to its end, for callers that cannot be suspended.
    pub fn finish(&mut self, ticket: &Arc<Ticket>, start: impl Start) -> Result<Answer> {
        self.begin(ticket, start)?;
        let waker = Waker::from(ticket.clone());
        loop {
            match self.advance(ticket, &waker, true)? {
                State::Done => return ticket.take().unwrap_or_else(|| Err(cancelled())),
                State::Yielded => {}
                State::Pending => hooks::native(|| ticket.sleep(None)),
                State::HostCall => {
                    let id = self.request(ticket)?.id;
                    self.answer(Command::Fail(unanswered(id)));
                }
            }
        }
    }

    /// The host call that the job waits in.
    pub fn request(&self, ticket: &Arc<Ticket>) -> Result<&Request> {
        match self.look(ticket)? {
            Some(State::HostCall) => self.open_request(),
            _ => Err(unasked()),
        }
    }

    /// The host call that the last job waits in, which it does.
    pub fn open_request(&self) -> Result<&Request> {
        let fibers = self.store.fibers().borrow();
        let request = fibers.open().and_then(|level| level.request);
        // SAFETY: the level has it until `attend` ends, which goes on when this entry lets it.
        request
            .map(|request| unsafe { request.0.as_ref() })
            .ok_or_else(|| Failure::new(WRT_ERR_PANIC, "a host call without a request"))
    }

    /// How many calls of the store wait below the one of `ticket`.
    pub fn depth(&self, ticket: &Arc<Ticket>) -> usize {
        self.store.fibers().borrow().position(ticket).unwrap_or_default()
    }

    /// Answers the host call that the last job waits in, which it does; the job goes on when it is advanced.
    pub fn answer(&mut self, command: Command) {
        self.tell(command);
        self.settle();
    }

    /// As `answer`, where the job is advanced at once.
    pub fn tell(&mut self, command: Command) {
        if let Command::Reply(owed) = &command {
            let mut context = self.context();
            owed.ids().iter().for_each(|id| context.data_mut().references.leave_scope(*id));
        }
        self.command(command);
    }

    /// Gives up a job and those that were begun in it, and unwinds what runs of them.
    pub fn cancel(&mut self, ticket: &Arc<Ticket>) {
        self.give_up(ticket, cancelled());
    }

    /// As `cancel`; `reason` is what the job then fails with.
    fn give_up(&mut self, ticket: &Arc<Ticket>, reason: Failure) {
        let position = self.store.fibers().borrow().position(ticket);
        let reason = |of: &Arc<Ticket>| if Arc::ptr_eq(of, ticket) { reason.clone() } else { cancelled() };
        match position {
            None => {}
            Some(0) => {
                let root = self.store.fibers().borrow_mut().root.take();
                if let Some(root) = root {
                    self.end(root, reason);
                }
            }
            Some(position) => {
                let dropped = {
                    let mut fibers = self.store.fibers().borrow_mut();
                    let dropped: Vec<_> =
                        fibers.levels.iter().skip(position).map(|level| level.ticket.clone()).collect();
                    fibers.levels[position].abandoned = true;
                    // Where it was never begun, the host function below still has the command.
                    let below = &mut fibers.levels[position - 1];
                    if below.caller.is_some() {
                        below.command = None;
                        fibers.levels.truncate(position);
                    }
                    dropped
                };
                if self.store.fibers().borrow().levels.len() > position {
                    self.resume(Waker::noop(), false);
                }
                for ticket in dropped {
                    ticket.finish(Err(reason(&ticket)));
                    ticket.rouse();
                }
            }
        }
        ticket.finish(Err(reason(ticket)));
        self.settle();
    }

    /// Gives up all jobs of the store.
    pub fn cancel_all(&mut self) {
        let bottom = self.store.fibers().borrow().levels.first().map(|level| level.ticket.clone());
        if let Some(bottom) = bottom {
            self.cancel(&bottom);
        }
    }

    /// Does what may collect garbage, or make memories grow: where a host function waits, on its fiber.
    pub fn visit<R>(&mut self, body: impl FnOnce(&mut StoreContextMut<'_, Data>) -> R) -> R {
        if !matches!(self.saved, Context::Parked) {
            return body(&mut self.context());
        }
        let (mut body, mut result) = (Some(body), None);
        let mut work = |mut context: StoreContextMut<'_, Data>| {
            if let Some(body) = body.take() {
                result = Some(catch_unwind(AssertUnwindSafe(|| body(&mut context))));
            }
        };
        let work: *mut Work<'_> = &mut work;
        // SAFETY: only the lifetime changes, and the host function is done with it before `resume` returns.
        let work = unsafe { std::mem::transmute::<*mut Work<'_>, *mut Work<'static>>(work) };
        self.command(Command::Visit(Visit(work)));
        self.resume(Waker::noop(), false);
        match result {
            Some(Ok(result)) => result,
            Some(Err(panic)) => resume_unwind(panic),
            None => unreachable!("a host function that waits takes commands"),
        }
    }
}

#[cold]
pub(crate) fn yielded() -> Failure {
    Failure::new(
        WRT_ERR_BUSY,
        "the store is in the middle of a call that was suspended: poll its task to the end first",
    )
}

#[cold]
fn unanswered(id: u64) -> Failure {
    let message = "cannot be answered in this call, which must be started as a task (wrt_call_start and its sisters)";
    Failure::new(WRT_ERR_UNSUPPORTED, format_args!("suspending host function {id} {message}"))
}

/// Gives up a job when it is dropped, or as soon as the store is free.
pub(crate) struct Unwind(pub Handle<Store>, pub Arc<Ticket>);

impl Drop for Unwind {
    fn drop(&mut self) {
        if self.1.is_done() {
            return;
        }
        match self.0.enter_at_rest() {
            Ok(mut entry) => entry.cancel(&self.1),
            Err(failure) if failure.status() == WRT_ERR_BUSY => {
                self.0.set_aside(Box::new(Unwind(self.0.clone(), self.1.clone())));
            }
            // With the store the job is gone.
            Err(_) => {}
        }
    }
}
