//! What a program reads and writes: pipes, callbacks of the host, and output that is kept. One adapter makes streams of
//! WASI of them all.

use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker, ready};

use bytes::Bytes;
use parking_lot::Mutex;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use wasmtime_wasi::async_trait;
use wasmtime_wasi::cli::{IsTerminal, StdinStream, StdoutStream};
use wasmtime_wasi::p2::{InputStream, OutputStream, Pollable, StreamError, StreamResult};

use super::{ReadCall, WriteCall};
use crate::boundary::Registered;
use crate::error::{Failure, WRT_ERR_LIMIT, WRT_OK};
use crate::fault::{wrt_error, wrt_error_clear};
use crate::hooks;
use crate::pipe::End;
use crate::trap;

/// The most bytes that are moved at once.
const CHUNK: usize = 64 << 10;

/// Waits until `poll` is ready; given up, it lets `forget` know with which waker it waited.
struct Ready<P, F: FnMut(&Waker)> {
    poll: P,
    forget: F,
    waker: Option<Waker>,
}

impl<P, F: FnMut(&Waker)> Ready<P, F> {
    fn new(poll: P, forget: F) -> Ready<P, F> {
        Ready { poll, forget, waker: None }
    }
}

impl<P: FnMut(&mut Context<'_>) -> Poll<()> + Unpin, F: FnMut(&Waker) + Unpin> Future for Ready<P, F> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, polling: &mut Context<'_>) -> Poll<()> {
        let polled = (self.poll)(polling);
        self.waker = polled.is_pending().then(|| polling.waker().clone());
        polled
    }
}

impl<P, F: FnMut(&Waker)> Drop for Ready<P, F> {
    fn drop(&mut self) {
        if let Some(waker) = self.waker.take() {
            (self.forget)(&waker);
        }
    }
}

/// Where input comes from.
pub(crate) trait Source: Send + Sync + 'static {
    /// Ready when `read` has something, or the end.
    fn poll_ready(&self, polling: &mut Context<'_>) -> Poll<()>;
    /// Says that nobody waits any more with this waker.
    fn forget(&self, _: &Waker) {}
    /// At most `most` bytes, none where there are none yet.
    fn read(&self, most: usize) -> StreamResult<Bytes>;
}

/// Where output goes.
pub(crate) trait Sink: Send + Sync + 'static {
    /// Ready when `write` takes something, or fails.
    fn poll_ready(&self, polling: &mut Context<'_>) -> Poll<()>;
    /// Says that nobody waits any more with this waker.
    fn forget(&self, _: &Waker) {}
    /// How many bytes `write` takes.
    fn room(&self) -> StreamResult<usize>;
    /// Takes as much as there is room for, and says how much; with `all`, everything.
    fn write(&self, data: &[u8], all: bool) -> StreamResult<usize>;
}

/// The stream of a source or a sink. `terminal` is what programs are told that it is.
pub(crate) struct Stream<S> {
    inner: Arc<S>,
    terminal: bool,
}

impl<S> Stream<S> {
    pub fn new(inner: Arc<S>, terminal: bool) -> Stream<S> {
        Stream { inner, terminal }
    }

    fn share(&self) -> Stream<S> {
        Stream::new(self.inner.clone(), self.terminal)
    }
}

/// A stream for programs that read.
pub(crate) struct Input<S>(pub Stream<S>);

impl<S: Source> IsTerminal for Input<S> {
    fn is_terminal(&self) -> bool {
        self.0.terminal
    }
}

impl<S: Source> StdinStream for Input<S> {
    fn async_stream(&self) -> Box<dyn AsyncRead + Send + Sync> {
        Box::new(Input(self.0.share()))
    }

    fn p2_stream(&self) -> Box<dyn InputStream> {
        Box::new(Input(self.0.share()))
    }
}

#[async_trait]
impl<S: Source> Pollable for Input<S> {
    async fn ready(&mut self) {
        let inner = &self.0.inner;
        Ready::new(|polling: &mut Context<'_>| inner.poll_ready(polling), |waker| inner.forget(waker)).await;
    }
}

#[async_trait]
impl<S: Source> InputStream for Input<S> {
    fn read(&mut self, most: usize) -> StreamResult<Bytes> {
        self.0.inner.read(most.min(CHUNK))
    }

    // Another reader may have been faster.
    async fn blocking_read(&mut self, most: usize) -> StreamResult<Bytes> {
        loop {
            self.ready().await;
            let data = self.read(most)?;
            if !data.is_empty() || most == 0 {
                return Ok(data);
            }
        }
    }
}

impl<S: Source> AsyncRead for Input<S> {
    fn poll_read(self: Pin<&mut Self>, polling: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let source = &self.0.inner;
        while buffer.remaining() > 0 {
            ready!(source.poll_ready(polling));
            match source.read(buffer.remaining().min(CHUNK)) {
                Ok(data) if data.is_empty() => continue,
                Ok(data) => buffer.put_slice(&data),
                Err(StreamError::Closed) => {}
                Err(error) => return Poll::Ready(Err(io::Error::other(error))),
            }
            break;
        }
        Poll::Ready(Ok(()))
    }
}

/// A stream for programs that write.
pub(crate) struct Output<S>(pub Stream<S>);

impl<S: Sink> IsTerminal for Output<S> {
    fn is_terminal(&self) -> bool {
        self.0.terminal
    }
}

impl<S: Sink> StdoutStream for Output<S> {
    fn async_stream(&self) -> Box<dyn AsyncWrite + Send + Sync> {
        Box::new(Output(self.0.share()))
    }

    fn p2_stream(&self) -> Box<dyn OutputStream> {
        Box::new(Output(self.0.share()))
    }
}

#[async_trait]
impl<S: Sink> Pollable for Output<S> {
    async fn ready(&mut self) {
        let inner = &self.0.inner;
        Ready::new(|polling: &mut Context<'_>| inner.poll_ready(polling), |waker| inner.forget(waker)).await;
    }
}

#[async_trait]
impl<S: Sink> OutputStream for Output<S> {
    fn write(&mut self, data: Bytes) -> StreamResult<()> {
        self.0.inner.write(&data, true).map(drop)
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        Ok(self.0.inner.room()?.min(CHUNK))
    }

    // Another writer may have been faster.
    async fn write_ready(&mut self) -> StreamResult<usize> {
        loop {
            self.ready().await;
            let room = self.check_write()?;
            if room > 0 {
                return Ok(room);
            }
        }
    }

    async fn blocking_write_and_flush(&mut self, data: Bytes) -> StreamResult<()> {
        let mut rest = &data[..];
        while !rest.is_empty() {
            self.ready().await;
            rest = &rest[self.0.inner.write(rest, false)?..];
        }
        Ok(())
    }
}

impl<S: Sink> AsyncWrite for Output<S> {
    fn poll_write(self: Pin<&mut Self>, polling: &mut Context<'_>, data: &[u8]) -> Poll<io::Result<usize>> {
        let sink = &self.0.inner;
        loop {
            ready!(sink.poll_ready(polling));
            match sink.write(data, false) {
                Ok(0) if !data.is_empty() => {}
                Ok(count) => return Poll::Ready(Ok(count)),
                Err(StreamError::Closed) => return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into())),
                Err(error) => return Poll::Ready(Err(io::Error::other(error))),
            }
        }
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

impl Source for End {
    fn poll_ready(&self, polling: &mut Context<'_>) -> Poll<()> {
        self.poll_readable(polling)
    }

    fn forget(&self, waker: &Waker) {
        self.forget(waker);
    }

    fn read(&self, most: usize) -> StreamResult<Bytes> {
        self.read(most).map(Bytes::from).ok_or(StreamError::Closed)
    }
}

impl Sink for End {
    fn poll_ready(&self, polling: &mut Context<'_>) -> Poll<()> {
        self.poll_writable(polling)
    }

    fn forget(&self, waker: &Waker) {
        self.forget(waker);
    }

    fn room(&self) -> StreamResult<usize> {
        self.room().ok_or(StreamError::Closed)
    }

    fn write(&self, data: &[u8], all: bool) -> StreamResult<usize> {
        self.write(data, all).ok_or(StreamError::Closed)
    }
}

/// A function of the host that gives input.
pub(crate) struct Reading {
    pub call: ReadCall,
    pub registered: Registered,
}

impl Source for Reading {
    fn poll_ready(&self, _: &mut Context<'_>) -> Poll<()> {
        Poll::Ready(())
    }

    fn read(&self, most: usize) -> StreamResult<Bytes> {
        if most == 0 {
            return Ok(Bytes::new());
        }
        let (mut data, mut count, mut error) = (vec![0; most], 0, wrt_error::EMPTY);
        let status =
            hooks::host(|| (self.call)(self.registered.env.0, data.as_mut_ptr(), most, &mut count, &mut error));
        checked(status, error)?;
        if count > most {
            let message = format!("the host's read function says that it read {count} bytes into {most}");
            return Err(StreamError::Trap(trap::into_wasmtime(Failure::argument(message))));
        }
        data.truncate(count);
        if data.is_empty() { Err(StreamError::Closed) } else { Ok(data.into()) }
    }
}

/// A function of the host that takes output.
pub(crate) struct Writing {
    pub call: WriteCall,
    pub registered: Registered,
}

impl Sink for Writing {
    fn poll_ready(&self, _: &mut Context<'_>) -> Poll<()> {
        Poll::Ready(())
    }

    fn room(&self) -> StreamResult<usize> {
        Ok(CHUNK)
    }

    fn write(&self, data: &[u8], _: bool) -> StreamResult<usize> {
        let mut error = wrt_error::EMPTY;
        let status = hooks::host(|| (self.call)(self.registered.env.0, data.as_ptr(), data.len(), &mut error));
        checked(status, error)?;
        Ok(data.len())
    }
}

/// What a function of the host answered; a failure ends the program.
fn checked(status: i32, mut error: wrt_error) -> StreamResult<()> {
    if status != WRT_OK {
        return Err(StreamError::Trap(trap::into_wasmtime(error.take(status))));
    }
    // What another call reported and the callback got over.
    wrt_error_clear(Some(&mut error));
    Ok(())
}

/// Output that is kept until the host takes it.
pub(crate) struct Kept {
    name: &'static str,
    limit: usize,
    /// Whether the beginning is dropped when there is more, instead of ending the program.
    tail: bool,
    bytes: Mutex<VecDeque<u8>>,
}

impl Kept {
    pub fn new(name: &'static str, limit: usize, tail: bool) -> Kept {
        Kept { name, limit, tail, bytes: Mutex::default() }
    }

    pub fn take(&self) -> Vec<u8> {
        std::mem::take(&mut *self.bytes.lock()).into()
    }
}

impl Sink for Kept {
    fn poll_ready(&self, _: &mut Context<'_>) -> Poll<()> {
        Poll::Ready(())
    }

    fn room(&self) -> StreamResult<usize> {
        Ok(CHUNK)
    }

    fn write(&self, data: &[u8], _: bool) -> StreamResult<usize> {
        let mut bytes = self.bytes.lock();
        if self.tail {
            let last = &data[data.len().saturating_sub(self.limit)..];
            let surplus = (bytes.len() + last.len()).saturating_sub(self.limit);
            bytes.drain(..surplus);
            bytes.extend(last);
        } else if data.len() <= self.limit - bytes.len() {
            bytes.extend(data);
        } else {
            let message =
                format!("the program wrote more than the {} bytes to {} that are kept", self.limit, self.name);
            return Err(StreamError::Trap(trap::into_wasmtime(Failure::new(WRT_ERR_LIMIT, message))));
        }
        Ok(data.len())
    }
}
