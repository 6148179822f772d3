//! Pipes: bounded buffers between the host and programs, or between two programs. Nobody waits in here: a program that
//! has to is suspended, and the host is woken.

use std::collections::VecDeque;
use std::ffi::{CStr, c_void};
use std::mem::MaybeUninit;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use parking_lot::Mutex;

use crate::boundary::{self, Required};
use crate::error::{Failure, Result, WRT_ERR_IO};
use crate::fault::wrt_error;
use crate::handle::{Handle, Noun, Opaque};
use crate::wake::{Waking, wrt_wake_fn};

/// A bounded buffer that one side writes and another reads, the host or programs: a handle, shared by all threads.
pub struct wrt_pipe(#[allow(dead_code, reason = "opaque")] Opaque);

/// The side of a pipe on which something is read.
pub const WRT_PIPE_READ: u32 = 0;
/// The side of a pipe on which something is written.
pub const WRT_PIPE_WRITE: u32 = 1;

/// How a pipe stands. Set `struct_size` first.
#[repr(C)]
pub struct wrt_pipe_info {
    /// `sizeof(wrt_pipe_info)`.
    pub struct_size: usize,
    /// The most bytes that it holds.
    pub capacity: usize,
    /// The bytes that it holds.
    pub len: usize,
    /// 1 when a program waits for something to read.
    pub is_wanted: u32,
    /// 1 when nothing more will be written.
    pub is_ended: u32,
    /// 1 when nobody will read.
    pub is_broken: u32,
    /// 0.
    pub reserved: u32,
}

/// The body of a `wrt_pipe`: the host's share in it.
pub(crate) struct Pipe(Arc<Shared>);

impl Noun for Pipe {
    type Face = wrt_pipe;
    const NAME: &'static CStr = c"pipe";
    const TAG: u32 = 15;

    fn close(&self) -> Result<()> {
        self.0.leave();
        Ok(())
    }
}
boundary::faces!(wrt_pipe => Pipe);

impl Drop for Pipe {
    fn drop(&mut self) {
        self.0.leave();
    }
}

impl Pipe {
    pub fn shared(&self) -> Arc<Shared> {
        self.0.clone()
    }
}

/// What all that use a pipe share.
pub(crate) struct Shared {
    capacity: usize,
    state: Mutex<State>,
    /// How the host is woken that reads, and the host that writes.
    waking: [Waking; 2],
}

#[derive(Default)]
struct State {
    bytes: VecDeque<u8>,
    readers: Side,
    writers: Side,
    /// Whether the host said that it writes nothing more, and whether it neither reads nor writes.
    finished: bool,
    host_gone: bool,
}

/// The programs on one side.
#[derive(Default)]
struct Side {
    programs: usize,
    /// Whether there ever was one.
    used: bool,
    waiting: Vec<Waker>,
}

impl Side {
    /// Whether no program is left, nor will come.
    fn is_over(&self, host_gone: bool) -> bool {
        self.programs == 0 && (self.used || host_gone)
    }

    fn wait(&mut self, waker: &Waker) {
        if !self.waiting.iter().any(|waiting| waiting.will_wake(waker)) {
            self.waiting.push(waker.clone());
        }
    }

    fn forget(&mut self, waker: &Waker) {
        self.waiting.retain(|waiting| !waiting.will_wake(waker));
    }
}

/// What those who wait look at.
struct Look {
    readable: bool,
    writable: bool,
    wanted: bool,
    broken: bool,
}

impl State {
    fn is_ended(&self) -> bool {
        self.writers.is_over(self.finished || self.host_gone)
    }

    fn is_broken(&self) -> bool {
        self.readers.is_over(self.host_gone)
    }

    fn look(&self, capacity: usize) -> Look {
        Look {
            readable: !self.bytes.is_empty() || self.is_ended(),
            writable: self.bytes.len() < capacity || self.is_broken(),
            wanted: !self.readers.waiting.is_empty(),
            broken: self.is_broken(),
        }
    }
}

impl Shared {
    /// Changes something, and wakes whoever waits for it.
    fn change<R>(&self, body: impl FnOnce(&mut State) -> R) -> R {
        let mut state = self.state.lock();
        let before = state.look(self.capacity);
        let result = body(&mut state);
        let after = state.look(self.capacity);
        let mut woken = Vec::new();
        if after.readable {
            woken.append(&mut state.readers.waiting);
        }
        if after.writable {
            woken.append(&mut state.writers.waiting);
        }
        drop(state);
        woken.into_iter().for_each(Waker::wake);
        if after.readable && !before.readable {
            self.waking[WRT_PIPE_READ as usize].wake();
        }
        if (after.writable && !before.writable) || (after.wanted && !before.wanted) || (after.broken && !before.broken)
        {
            self.waking[WRT_PIPE_WRITE as usize].wake();
        }
        result
    }

    /// Ends the host's share.
    fn leave(&self) {
        self.change(|state| state.host_gone = true);
        self.waking.iter().for_each(Waking::silence);
    }

    /// Moves out at most `most` bytes, none where there are none yet; `None` at the end.
    fn take(&self, most: usize) -> Option<Vec<u8>> {
        self.change(|state| match state.bytes.len().min(most) {
            0 if state.bytes.is_empty() && state.is_ended() => None,
            count => Some(state.bytes.drain(..count).collect()),
        })
    }

    /// Copies in as much of `data` as there is room for, with at least `least` bytes; `None` where nobody will read.
    fn put(&self, data: &[u8], least: usize) -> Option<usize> {
        self.change(|state| {
            if state.is_broken() {
                return None;
            }
            let count = self.capacity.saturating_sub(state.bytes.len()).max(least).min(data.len());
            state.bytes.extend(&data[..count]);
            Some(count)
        })
    }
}

/// The share that a program has in a pipe, on one side.
pub(crate) struct End {
    shared: Arc<Shared>,
    side: fn(&mut State) -> &mut Side,
}

impl End {
    /// For a program that reads.
    pub fn reader(shared: Arc<Shared>) -> End {
        End::new(shared, |state| &mut state.readers)
    }

    /// For a program that writes.
    pub fn writer(shared: Arc<Shared>) -> End {
        End::new(shared, |state| &mut state.writers)
    }

    fn new(shared: Arc<Shared>, side: fn(&mut State) -> &mut Side) -> End {
        shared.change(|state| {
            side(state).programs += 1;
            side(state).used = true;
        });
        End { shared, side }
    }

    /// At most `most` bytes, none where there are none yet; `None` at the end.
    pub fn read(&self, most: usize) -> Option<Vec<u8>> {
        self.shared.take(most)
    }

    /// Waits for something to read, or the end.
    pub fn poll_readable(&self, polling: &mut Context<'_>) -> Poll<()> {
        self.shared.change(|state| {
            if state.look(self.shared.capacity).readable {
                return Poll::Ready(());
            }
            state.readers.wait(polling.waker());
            Poll::Pending
        })
    }

    /// Says that nobody waits any more with this waker.
    pub fn forget(&self, waker: &Waker) {
        self.shared.change(|state| (self.side)(state).forget(waker));
    }

    /// Writes what there is room for, and says how much; with `all`, everything, for what was promised. `None` where nobody
    /// will read.
    pub fn write(&self, data: &[u8], all: bool) -> Option<usize> {
        self.shared.put(data, if all { data.len() } else { 0 })
    }

    /// How much can be written now; `None` where nobody will read.
    pub fn room(&self) -> Option<usize> {
        let state = self.shared.state.lock();
        (!state.is_broken()).then(|| self.shared.capacity.saturating_sub(state.bytes.len()))
    }

    /// Waits for room, or that nobody will read.
    pub fn poll_writable(&self, polling: &mut Context<'_>) -> Poll<()> {
        let mut state = self.shared.state.lock();
        if state.look(self.shared.capacity).writable {
            return Poll::Ready(());
        }
        state.writers.wait(polling.waker());
        Poll::Pending
    }
}

impl Drop for End {
    fn drop(&mut self) {
        self.shared.change(|state| (self.side)(state).programs -= 1);
    }
}

/// Makes an empty pipe for at most `capacity` bytes. It is attached to programs with `wrt_wasi_pipe`. The host may write and
/// read, too, until it closes or releases the pipe: what is in it can still be read by programs, and programs that are
/// connected by it go on. Those who read find the end when nothing is left and nobody writes: when the last program that
/// wrote is over, or the host has finished, closed or released the pipe and no program writes. It is released with
/// `wrt_release`.
///
/// Errors: `WRT_ERR_ARGUMENT` when `capacity` is 0. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_pipe_new(
    capacity: usize,
    out: Option<&mut MaybeUninit<*mut wrt_pipe>>,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        let out = out.required("out")?;
        if capacity == 0 {
            return Err(Failure::argument("capacity is 0, and nothing could pass through the pipe"));
        }
        let shared = Shared { capacity, state: Mutex::default(), waking: Default::default() };
        out.write(Handle::new(Pipe(Arc::new(shared))).hand_over());
        Ok(())
    })
}

/// Calls `wake`, which may be NULL, with `env` from now on, on `WRT_PIPE_READ` whenever there begins to be something to read,
/// or the end; on `WRT_PIPE_WRITE` whenever there begins to be room, a program begins to wait for something to read, or
/// nobody is left who will. NULL ends it, and so do closing and releasing the pipe: once they have returned, the function is not called. What was
/// there before is not told: look at the pipe afterwards.
///
/// Errors: `WRT_ERR_ARGUMENT`, `WRT_ERR_CLOSED`. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_pipe_set_wake(
    pipe: Option<&wrt_pipe>,
    side: u32,
    wake: wrt_wake_fn,
    env: *mut c_void,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        let pipe = pipe.required("pipe")?.open()?;
        let waking = pipe.0.waking.get(side as usize);
        let message = || Failure::argument(format_args!("side is {side}, not WRT_PIPE_READ or WRT_PIPE_WRITE"));
        waking.ok_or_else(message)?.set(wake, env);
        Ok(())
    })
}

/// Writes as many of the `len` bytes at `data` as there is room for, and writes to `written` how many these are: 0 when the
/// pipe is full. Never waits.
///
/// Errors: `WRT_ERR_IO` when nobody will read, or after `wrt_pipe_finish`; `WRT_ERR_ARGUMENT`, `WRT_ERR_CLOSED`. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_pipe_write(
    pipe: Option<&wrt_pipe>,
    data: *const u8,
    len: usize,
    written: Option<&mut MaybeUninit<usize>>,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        let pipe = pipe.required("pipe")?.open()?;
        let data = boundary::bytes(data, len, "data")?;
        let written = written.required("written")?;
        if pipe.0.state.lock().finished {
            return Err(Failure::new(WRT_ERR_IO, "the pipe was finished, and takes nothing more"));
        }
        let count = pipe.0.put(data, 0);
        written.write(count.ok_or_else(|| Failure::new(WRT_ERR_IO, "nobody reads from the pipe any more"))?);
        Ok(())
    })
}

/// Reads at most `len` bytes to `data`, and writes their number to `read`: 0 when the pipe is empty, or `len` is. `ended`,
/// which may be NULL, is 1 when the pipe is empty and nothing more will come, else 0. Never waits.
///
/// Errors: `WRT_ERR_ARGUMENT`, `WRT_ERR_CLOSED`. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_pipe_read(
    pipe: Option<&wrt_pipe>,
    data: *mut u8,
    len: usize,
    read: Option<&mut MaybeUninit<usize>>,
    ended: Option<&mut MaybeUninit<i32>>,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        let pipe = pipe.required("pipe")?.open()?;
        let data = boundary::slice_mut(data, len, "data")?;
        let read = read.required("read")?;
        let (count, over) = pipe.0.change(|state| {
            let count = state.bytes.len().min(len);
            for (to, from) in data.iter_mut().zip(state.bytes.drain(..count)) {
                *to = from;
            }
            (count, state.bytes.is_empty() && state.is_ended())
        });
        read.write(count);
        if let Some(ended) = ended {
            ended.write(i32::from(over));
        }
        Ok(())
    })
}

/// Says that the host writes nothing more: where no program writes, those who read find the end once the pipe is empty. Twice is
/// fine.
///
/// Errors: `WRT_ERR_ARGUMENT`, `WRT_ERR_CLOSED`. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_pipe_finish(pipe: Option<&wrt_pipe>, error: Option<&mut MaybeUninit<wrt_error>>) -> i32 {
    boundary::call(error, || {
        pipe.required("pipe")?.open()?.0.change(|state| state.finished = true);
        Ok(())
    })
}

/// Describes how `pipe` stands in `out`, whose `struct_size` is set before.
///
/// Errors: `WRT_ERR_ARGUMENT`, `WRT_ERR_CLOSED`. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_pipe_state(
    pipe: Option<&wrt_pipe>,
    out: Option<&mut MaybeUninit<wrt_pipe_info>>,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        let shared = &pipe.required("pipe")?.open()?.0;
        let info = {
            let state = shared.state.lock();
            wrt_pipe_info {
                struct_size: 0,
                capacity: shared.capacity,
                len: state.bytes.len(),
                is_wanted: (!state.readers.waiting.is_empty()).into(),
                is_ended: state.is_ended().into(),
                is_broken: state.is_broken().into(),
                reserved: 0,
            }
        };
        boundary::fill_sized(out, "out", info)
    })
}
