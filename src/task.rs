//! Tasks: calls that run on a fiber, and come back to the host when they want something of it.

use std::ffi::{CStr, c_void};
use std::mem::MaybeUninit;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicUsize, Ordering};
use std::task::Waker;
use std::thread;
use std::time::{Duration, Instant};

use crate::boundary::{self, Required};
use crate::caller::wrt_caller;
use crate::clock;
use crate::error::{Failure, Result, WRT_ERR_BUSY, WRT_ERR_NOT_FOUND, WRT_ERR_TYPE, counted};
use crate::r#extern::Signature;
use crate::fault::wrt_error;
use crate::fiber::{self, Answer, Command, Request, Start, State, Ticket, Unwind};
use crate::handle::{Handle, Noun, Object, Opaque};
use crate::hooks;
use crate::reference::{self, Owed};
use crate::store::{Entry, Store, wrt_store};
use crate::types;
use crate::value::wrt_val;
use crate::wake::{Bell, Waking, wrt_wake_fn};

/// The task is done: `wrt_task_results` has the results or the error.
pub const WRT_TASK_DONE: i32 = 0;
/// WebAssembly called a suspending host function: `wrt_task_request`, then `wrt_task_reply` or `wrt_task_fail`.
pub const WRT_TASK_HOST_CALL: i32 = 1;
/// The task was interrupted to let others run: poll it again.
pub const WRT_TASK_YIELDED: i32 = 2;
/// The task waits for time, input or output, or for its own thread: poll it again after `wake` was called.
pub const WRT_TASK_PENDING: i32 = 3;

/// A call under way: a handle. It belongs to a store, which it keeps alive. Released before it is done, it is given up, and
/// what runs of it is unwound.
pub struct wrt_task(#[allow(dead_code, reason = "opaque")] Opaque);

/// A host call that waits for its answer. Set `struct_size` first.
#[repr(C)]
pub struct wrt_host_request {
    /// `sizeof(wrt_host_request)`.
    pub struct_size: usize,
    /// As given when the function was defined.
    pub id: u64,
    /// The arguments, valid until the answer, or the release of the task; the results may be written in their place. Ids among
    /// the arguments belong to the call, which drops them afterwards.
    pub slots: *mut wrt_val,
    /// The larger of the numbers of arguments and results.
    pub nslots: usize,
    /// The store, borrowed. Every function that takes it, or something in it, works while the request is open.
    pub store: *mut wrt_store,
    /// The calling instance, valid until the answer.
    pub caller: *mut wrt_caller,
    /// How many tasks of the store wait for this one, 0 for none.
    pub depth: u64,
}

/// The body of a `wrt_task`.
pub(crate) struct Task {
    store: Handle<Store>,
    ticket: Arc<Ticket>,
    /// The ticket's.
    waker: Waker,
    /// The signature of a call; none where an instance is made.
    signature: Option<Arc<Signature>>,
    /// The thread of the library that polls it; none where the host does.
    runner: Option<Arc<Runner>>,
    /// How many threads poll it at this moment.
    users: AtomicUsize,
}

/// What a task shares with the thread of the library that polls it.
struct Runner {
    /// How far it is, a `WRT_TASK_*`: waits for the host, is done and has left the store, or neither.
    state: AtomicI32,
    cancelled: AtomicBool,
    /// Rings when there is something new to tell.
    news: Bell,
    waking: Waking,
}

impl Noun for Task {
    type Face = wrt_task;
    const NAME: &'static CStr = c"task";
    const TAG: u32 = 13;

    fn close(&self) -> Result<()> {
        self.give_up();
        Ok(())
    }

    fn release(handle: Handle<Task>) {
        // Whoever polls it has references too, and the host is not to be woken once this returns.
        if handle.references() <= 1 + handle.users.load(Ordering::SeqCst) {
            handle.give_up();
        }
    }
}
boundary::faces!(wrt_task => Task);

/// A reference to a task of which host code that it runs may release the last one.
struct Used(Handle<Task>);

impl Used {
    fn new(task: &Object<Task>) -> Used {
        task.users.fetch_add(1, Ordering::SeqCst);
        Used(task.share())
    }
}

impl Drop for Used {
    fn drop(&mut self) {
        self.0.users.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Drop for Task {
    fn drop(&mut self) {
        self.give_up();
        // Results that nobody took.
        if let (Some(Ok(Answer::Values(values))), Some(signature)) = (self.ticket.take(), &self.signature) {
            let ids = values.iter().zip(&signature.results).filter(|(_, ty)| ty.is_ref());
            ids.for_each(|(value, _)| reference::drop_id(&self.store, value.lo));
        }
    }
}

/// A ticket that wakes the host.
pub(crate) fn ticket(wake: wrt_wake_fn, env: *mut c_void) -> Arc<Ticket> {
    Ticket::new(Waking::new(wake, env))
}

impl Task {
    /// A task for `start`, whose answer comes through `ticket`; with a signature that of a call.
    pub fn start(
        store: &Object<Store>,
        ticket: Arc<Ticket>,
        signature: Option<Arc<Signature>>,
        start: impl Start,
    ) -> Result<Handle<Task>> {
        store.enter()?.begin(&ticket, start)?;
        Ok(Task::new(store, ticket, signature, None))
    }

    fn new(
        store: &Object<Store>,
        ticket: Arc<Ticket>,
        signature: Option<Arc<Signature>>,
        runner: Option<Arc<Runner>>,
    ) -> Handle<Task> {
        let (waker, users) = (Waker::from(ticket.clone()), AtomicUsize::new(0));
        Handle::new(Task { store: store.share(), ticket, waker, signature, runner, users })
    }

    /// As `start`, polled by a thread of the library.
    pub fn spawn(
        store: &Object<Store>,
        ticket: Arc<Ticket>,
        signature: Option<Arc<Signature>>,
        start: impl Start,
        wake: wrt_wake_fn,
        env: *mut c_void,
    ) -> Result<Handle<Task>> {
        let runner = Arc::new(Runner {
            state: AtomicI32::new(WRT_TASK_PENDING),
            cancelled: AtomicBool::new(false),
            news: Bell::default(),
            waking: Waking::new(wake, env),
        });
        store.enter()?.begin(&ticket, start)?;
        let task = Task::new(store, ticket.clone(), signature, Some(runner.clone()));
        let store = store.share();
        clock::spawn("wrt-call", clock::For::WebAssembly, move || runner.run(store, ticket))?;
        Ok(task)
    }

    fn is_done(&self) -> bool {
        match &self.runner {
            // Given up while it waits for the host, it is done before its thread knows.
            Some(runner) => match runner.state.load(Ordering::SeqCst) {
                WRT_TASK_DONE => true,
                WRT_TASK_HOST_CALL => self.ticket.is_done(),
                _ => false,
            },
            None => self.ticket.is_done(),
        }
    }

    /// The answer, once.
    pub fn take(&self) -> Result<Answer> {
        if !self.is_done() {
            return Err(Failure::new(WRT_ERR_BUSY, "the task is not done: poll it until it is"));
        }
        let answer = self.ticket.take();
        answer.unwrap_or_else(|| Err(Failure::new(WRT_ERR_NOT_FOUND, "the results of the task were taken already")))
    }

    /// The signature of the call that the task is.
    pub fn signature(&self) -> Option<&Signature> {
        self.signature.as_deref()
    }

    fn poll(&self) -> Result<State> {
        if self.is_done() {
            return Ok(State::Done);
        }
        match &self.runner {
            None => self.store.enter_at_rest()?.advance(&self.ticket, &self.waker, true),
            Some(runner) if runner.state.load(Ordering::SeqCst) == WRT_TASK_PENDING => Ok(State::Pending),
            // The thread waits, and leaves the store alone.
            Some(_) => Ok(self.store.enter_at_rest()?.look(&self.ticket)?.unwrap_or(State::Pending)),
        }
    }

    fn wait(&self, timeout: u64) -> Result<State> {
        let deadline = Instant::now().checked_add(Duration::from_nanos(timeout));
        loop {
            let state = self.poll()?;
            match state {
                State::Done | State::HostCall => return Ok(state),
                _ if deadline.is_some_and(|deadline| Instant::now() >= deadline) => return Ok(state),
                State::Yielded => {}
                State::Pending => hooks::native(|| match &self.runner {
                    Some(runner) => runner.news.wait(deadline),
                    None => self.ticket.sleep(deadline),
                }),
            }
        }
    }

    /// Answers the host call that the task waits in with what `make` makes of it.
    fn answer(&self, make: impl FnOnce(&Request) -> Result<Command>) -> Result<()> {
        let mut entry = self.store.enter_at_rest()?;
        let command = make(entry.request(&self.ticket)?)?;
        entry.answer(command);
        drop(entry);
        self.rouse();
        Ok(())
    }

    /// The results of a host call, which are in its slots from now on.
    fn reply(&self, request: &Request, results: &[wrt_val]) -> Result<Command> {
        let (id, wanted) = (request.id, &request.results);
        if wanted.len() != results.len() {
            let message =
                format_args!("host function {id} has {}, not {}", counted(wanted.len(), "result"), results.len());
            return Err(Failure::new(WRT_ERR_TYPE, message));
        }
        let ids = results.iter().zip(wanted).filter(|(slot, is_reference)| **is_reference && slot.lo != 0);
        let owed = Owed::new(&self.store, ids.map(|(slot, _)| slot.lo).collect());
        self.ticket.put(results);
        Ok(Command::Reply(owed))
    }

    /// Lets the thread of the library that polls the task, if there is one, go on after an answer.
    fn rouse(&self) {
        if let Some(runner) = &self.runner {
            // It may have been given up meanwhile, and be done.
            let waits = (WRT_TASK_HOST_CALL, WRT_TASK_PENDING);
            let _ = runner.state.compare_exchange(waits.0, waits.1, Ordering::SeqCst, Ordering::SeqCst);
            self.ticket.rouse();
        }
    }

    /// The host call that the task waits in, for C.
    fn describe(&self, entry: &Entry<'_>, request: &Request) -> wrt_host_request {
        let (slots, nslots) = self.ticket.slots();
        let store = self.store.lend();
        let depth = entry.depth(&self.ticket) as u64;
        wrt_host_request { struct_size: 0, id: request.id, slots, nslots, store, caller: store.cast(), depth }
    }

    /// Answers the host call that the task waits in, where there are results for it, and polls the task.
    fn step(&self, results: Option<&[wrt_val]>) -> Result<(State, Option<wrt_host_request>)> {
        if self.runner.is_some() {
            if let Some(results) = results {
                self.answer(|request| self.reply(request, results))?;
            }
            return match self.poll()? {
                State::HostCall => self.with_request(&self.store.enter_at_rest()?, State::HostCall),
                state => Ok((state, None)),
            };
        }
        if self.is_done() && results.is_none() {
            return Ok((State::Done, None));
        }
        let mut entry = self.store.enter_at_rest()?;
        let mut state = entry.look(&self.ticket)?;
        if let Some(results) = results {
            if state != Some(State::HostCall) {
                return Err(fiber::unasked());
            }
            let command = self.reply(entry.open_request()?, results)?;
            entry.tell(command);
            state = None;
        }
        let state = state.unwrap_or_else(|| entry.go_on(&self.ticket, &self.waker, true));
        self.with_request(&entry, state)
    }

    fn with_request(&self, entry: &Entry<'_>, state: State) -> Result<(State, Option<wrt_host_request>)> {
        let request = match state {
            State::HostCall => Some(self.describe(entry, entry.open_request()?)),
            _ => None,
        };
        Ok((state, request))
    }

    /// Cancels the task, and ends that the host is woken.
    fn give_up(&self) {
        self.ticket.silence();
        if let Some(runner) = &self.runner {
            runner.waking.silence();
        }
        self.cancel();
    }

    fn cancel(&self) {
        if self.ticket.is_done() {
            return;
        }
        let mut unwind = Some(Unwind(self.store.clone(), self.ticket.clone()));
        if let Some(runner) = &self.runner {
            // Its thread sleeps while it waits for the host. Woken first, it would be in the store, in everybody's way.
            if runner.state.load(Ordering::SeqCst) == WRT_TASK_HOST_CALL {
                unwind.take();
            }
            runner.cancelled.store(true, Ordering::SeqCst);
            self.store.watch().nudge();
            self.ticket.rouse();
        }
        drop(unwind);
    }
}

impl Runner {
    /// Polls the task until it is done.
    fn run(&self, store: Handle<Store>, ticket: Arc<Ticket>) {
        let waker = Waker::from(ticket.clone());
        while !ticket.is_done() && !self.cancelled.load(Ordering::SeqCst) {
            let state = store.enter_at_rest().and_then(|mut entry| entry.advance(&ticket, &waker, false));
            match state {
                Ok(State::Done) => break,
                Ok(State::Yielded) => {}
                Ok(State::Pending) => ticket.sleep(None),
                Ok(State::HostCall) => {
                    self.tell(WRT_TASK_HOST_CALL);
                    ticket.sleep(None);
                }
                // The host looks at something in the store.
                Err(failure) if failure.status() == WRT_ERR_BUSY => thread::sleep(Duration::from_micros(20)),
                Err(failure) => ticket.finish(Err(failure)),
            }
        }
        // What the answer holds is the task's alone before the host hears of it.
        drop(waker);
        drop(Unwind(store, ticket));
        self.tell(WRT_TASK_DONE);
    }

    fn tell(&self, state: i32) {
        self.state.store(state, Ordering::SeqCst);
        self.news.ring();
        self.waking.wake();
    }
}

fn code(state: State) -> i32 {
    match state {
        State::Done => WRT_TASK_DONE,
        State::HostCall => WRT_TASK_HOST_CALL,
        State::Yielded => WRT_TASK_YIELDED,
        State::Pending => WRT_TASK_PENDING,
    }
}

/// Lets `task` run until it is done or wants something, and writes which, one of `WRT_TASK_*`, to `state`. Different
/// threads may poll in turn. Of the tasks of one store only the latest can be polled.
///
/// Errors: `WRT_ERR_BUSY` when a later task of the store is not done, or another thread uses the store;
/// `WRT_ERR_ARGUMENT`, `WRT_ERR_CLOSED`. What ends the call is no error here, but the result of the task. Any thread, one
/// at a time.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_task_poll(
    task: Option<&wrt_task>,
    state: Option<&mut MaybeUninit<i32>>,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        let task = Used::new(task.required("task")?);
        let state = state.required("state")?;
        state.write(code(task.0.poll()?));
        Ok(())
    })
}

/// As `wrt_task_poll`, again and again until `task` is done, waits for the host, or `timeout_ns` nanoseconds have passed;
/// `UINT64_MAX` is for ever.
///
/// Errors: as `wrt_task_poll`. Any thread, one at a time.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_task_wait(
    task: Option<&wrt_task>,
    timeout_ns: u64,
    state: Option<&mut MaybeUninit<i32>>,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        let task = Used::new(task.required("task")?);
        let state = state.required("state")?;
        state.write(code(task.0.wait(timeout_ns)?));
        Ok(())
    })
}

/// Describes the host call that `task` waits in, in `out`, whose `struct_size` is set before.
///
/// Errors: `WRT_ERR_BUSY` when the task does not wait for an answer, or a later task of the store is not done;
/// `WRT_ERR_ARGUMENT`, `WRT_ERR_CLOSED`. The thread that polls the task.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_task_request(
    task: Option<&wrt_task>,
    out: Option<&mut MaybeUninit<wrt_host_request>>,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        let task = task.required("task")?;
        let entry = task.store.enter_at_rest()?;
        let request = entry.request(&task.ticket)?;
        boundary::fill_sized(out, "out", task.describe(&entry, request))
    })
}

/// Answers the host call that `task` waits in with its results, which are copied. The task goes on when it is polled. Ids
/// among the results belong to the call from now on.
///
/// Errors: `WRT_ERR_TYPE` when their number does not fit the function; as `wrt_task_request`. The thread that polls the
/// task.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_task_reply(
    task: Option<&wrt_task>,
    results: *const wrt_val,
    nresults: usize,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        let task = task.required("task")?;
        let results = boundary::slice(results, nresults, "results")?;
        task.answer(|request| task.reply(request, results))
    })
}

/// In one call: answers the host call that `task` waits in with its results, as `wrt_task_reply`; lets the task run, as
/// `wrt_task_poll`; and describes the host call that it then waits in, if it does, in `request`, as `wrt_task_request`, with
/// `struct_size` set before. `results`, which may be NULL for no answer, may be the slots of the last request.
///
/// Errors: as these, and the task is as it was. Any thread, one at a time.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_task_step(
    task: Option<&wrt_task>,
    results: *const wrt_val,
    nresults: usize,
    state: Option<&mut MaybeUninit<i32>>,
    request: Option<&mut MaybeUninit<wrt_host_request>>,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        let task = Used::new(task.required("task")?);
        let results = match results.is_null() && nresults == 0 {
            true => None,
            false => Some(boundary::slice(results, nresults, "results")?),
        };
        let state = state.required("state")?;
        boundary::check_sized(request.as_deref(), "request")?;
        let (found, described) = task.0.step(results)?;
        state.write(code(found));
        match described {
            Some(described) => boundary::fill_sized(request, "request", described),
            None => Ok(()),
        }
    })
}

/// Answers the host call that `task` waits in with a failure, made with `wrt_error_set` and its sisters: it ends the call
/// of WebAssembly when the task is polled. `reason` stays the caller's.
///
/// Errors: `WRT_ERR_ARGUMENT` for NULL, or a `reason` that holds no failure; as `wrt_task_request`. The thread that polls
/// the task.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_task_fail(
    task: Option<&wrt_task>,
    reason: Option<&wrt_error>,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        let task = task.required("task")?;
        let failure = reason.required("reason")?.failure();
        let failure =
            failure.ok_or_else(|| Failure::argument("reason holds no failure: fill it with wrt_error_set"))?;
        task.answer(|_| Ok(Command::Fail(failure)))
    })
}

/// Writes the results of `task`, which is done, and can be had once. Ids among them belong to the caller, who drops them
/// with `wrt_ref_drop`.
///
/// Errors: whatever ended the call, as `wrt_func_call`, as often as it is asked for; `WRT_ERR_INTERRUPTED` after
/// `wrt_task_cancel`; `WRT_ERR_BUSY` when the task is not done; `WRT_ERR_TYPE` when the number does not fit the function;
/// `WRT_ERR_NOT_FOUND` the second time; `WRT_ERR_ARGUMENT` for a task that makes an instance. The thread that polls the
/// task.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_task_results(
    task: Option<&wrt_task>,
    results: *mut wrt_val,
    nresults: usize,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        let task = task.required("task")?;
        let results = boundary::slice_mut(results, nresults, "results")?;
        let message = "task is not that of a call, but makes an instance: wrt_instance_of_task has it";
        let signature = task.signature().ok_or_else(|| Failure::argument(message))?;
        // A failure is told before the caller's own mistake.
        if !task.ticket.has_failed() && signature.results.len() != nresults {
            let (text, count) = (types::func_text(&signature.ty), signature.results.len());
            return Err(Failure::new(
                WRT_ERR_TYPE,
                format_args!("{text} has {}, nresults is {nresults}", counted(count, "result")),
            ));
        }
        match task.take()? {
            Answer::Values(values) => results.copy_from_slice(&values),
            Answer::Made(_) => return Err(Failure::argument(message)),
        }
        Ok(())
    })
}

/// Gives up `task` and what was started inside of it: what runs of them is unwound, they are done, and their results are
/// `WRT_ERR_INTERRUPTED`. Where another thread is in the store, this happens when it leaves. A task on a thread of the
/// library that is running ends at the next epoch tick. A task that is done stays as it is.
///
/// Errors: `WRT_ERR_ARGUMENT`, `WRT_ERR_CLOSED`. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_task_cancel(task: Option<&wrt_task>, error: Option<&mut MaybeUninit<wrt_error>>) -> i32 {
    boundary::call(error, || {
        task.required("task")?.cancel();
        Ok(())
    })
}
