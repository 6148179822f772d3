//! A program's side of WASI in one store: what it was given, made from the settings.

use std::fs::{File, OpenOptions};
use std::future::Future;
use std::path::Path;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use chacha20::ChaCha12Rng;
use chacha20::rand_core::SeedableRng;
use wasmtime_wasi::cli::{InputFile, OutputFile};
use wasmtime_wasi::p1::WasiP1Ctx;
use wasmtime_wasi::p2::pipe::MemoryInputPipe;
use wasmtime_wasi::{FsPerms, HostMonotonicClock, HostWallClock, WasiCtxBuilder};

use super::stream::{Input, Kept, Output, Stream};
use super::{In, Out, Settings};
use crate::clock;
use crate::error::{Failure, Result, WRT_ERR_IO, WRT_ERR_NOT_FOUND, WRT_ERR_OTHER};
use crate::pipe::End;

/// What a store has for the program in it.
pub(crate) struct Program {
    pub context: WasiP1Ctx,
    /// What stdout and stderr kept.
    kept: [Option<Arc<Kept>>; 2],
    /// How much is copied for it at once.
    pub transfer_limit: usize,
}

impl Program {
    /// The side of a program that is given nothing.
    pub fn of_nothing() -> Program {
        Program { context: WasiCtxBuilder::new().build_p1(), kept: [None, None], transfer_limit: 128 << 20 }
    }

    pub fn new(settings: &Settings) -> Result<Program> {
        let values = &settings.values;
        // What can fail comes first: a pipe is used once it has had a program.
        let input = match &settings.stdin {
            In::File(path) => Some(InputFile::new(File::open(path).map_err(|e| cannot_open(path, &e))?)),
            _ => None,
        };
        let [out, error] = &settings.outputs;
        let files = (open_output(out)?, open_output(error)?);
        let mut builder = WasiCtxBuilder::new();
        if values.on("inherit_args") {
            std::env::args_os().for_each(|arg| _ = builder.arg(arg.to_string_lossy()));
        }
        builder.args(&settings.args);
        if values.on("inherit_env") {
            for (name, value) in std::env::vars_os() {
                if let (Ok(name), Ok(value)) = (name.into_string(), value.into_string())
                    && !settings.env.iter().any(|(given, _)| *given == name)
                {
                    builder.env(name, value);
                }
            }
        }
        builder.envs(&settings.env);
        builder.allow_blocking_current_thread(!values.on("file_threads"));
        for folder in &settings.folders {
            let perms = if folder.writable { FsPerms::ReadWrite } else { FsPerms::ReadOnly };
            let opened = builder.preopened_dir(&folder.host, &folder.guest, perms);
            opened.map_err(|e| cannot_open(&folder.host, &e))?;
        }
        if values.is("clock", "steps") {
            let time = Arc::new(AtomicU64::new(0));
            let steps = |start| Steps { time: time.clone(), start, step: values.number("clock_step") };
            builder.wall_clock(steps(values.number("clock_start")));
            builder.monotonic_clock(steps(0));
        }
        if values.is("random", "seeded") {
            let seed = values.number("random_seed");
            let stream = |number| {
                let mut random = ChaCha12Rng::seed_from_u64(seed);
                random.set_stream(number);
                random
            };
            builder.secure_random(stream(0)).insecure_random(stream(1)).insecure_random_seed(seed.into());
        }
        let rules = settings.rules.clone();
        builder.allow_tcp(values.on("tcp")).allow_udp(values.on("udp")).allow_ip_name_lookup(values.on("name_lookup"));
        builder.socket_addr_check(move |address, _| allowed(rules.iter().any(|rule| rule.allows(&address))));
        let terminal = values.on("terminal");
        add_input(&mut builder, &settings.stdin, input, terminal);
        let kept = [
            add_output(out, files.0, terminal, Standard::Out(&mut builder)),
            add_output(error, files.1, terminal, Standard::Error(&mut builder)),
        ];
        let transfer_limit = usize::try_from(values.number("transfer_limit")).unwrap_or(usize::MAX);
        Ok(Program { context: builder.build_p1(), kept, transfer_limit })
    }

    /// What was written to `fd` since the last time, if it is kept.
    pub fn take_output(&self, fd: i32) -> Result<Vec<u8>> {
        let kept = super::output_index(fd).map(|index| &self.kept[index])?;
        let message = "is not kept: use wrt_wasi_output_capture before the store is given its WASI";
        let kept =
            kept.as_ref().ok_or_else(|| Failure::new(WRT_ERR_NOT_FOUND, format_args!("output {fd} {message}")))?;
        Ok(kept.take())
    }
}

fn allowed(allowed: bool) -> Pin<Box<dyn Future<Output = bool> + Send + Sync>> {
    Box::pin(std::future::ready(allowed))
}

pub(crate) fn cannot_open(path: &Path, cause: &dyn std::fmt::Display) -> Failure {
    Failure::new(WRT_ERR_IO, format_args!("{}: {cause}", path.display()))
}

/// The file of an output, if it goes to one.
fn open_output(output: &Out) -> Result<Option<OutputFile>> {
    let Out::File { path, append } = output else { return Ok(None) };
    let mut options = OpenOptions::new();
    options.create(true).write(true).append(*append).truncate(!*append);
    Ok(Some(OutputFile::new(options.open(path).map_err(|e| cannot_open(path, &e))?)))
}

fn add_input(builder: &mut WasiCtxBuilder, input: &In, file: Option<InputFile>, terminal: bool) {
    match input {
        In::Null => {}
        In::Inherit => _ = builder.inherit_stdin(),
        In::Bytes(bytes) => _ = builder.stdin(MemoryInputPipe::new(bytes.clone())),
        In::File(_) => _ = file.map(|file| builder.stdin(file)),
        In::Callback(reading) => _ = builder.stdin(Input(Stream::new(reading.clone(), terminal))),
        In::Pipe(pipe) => _ = builder.stdin(Input(Stream::new(Arc::new(End::reader(pipe.clone())), terminal))),
    }
}

/// Where output goes in the builder.
enum Standard<'b> {
    Out(&'b mut WasiCtxBuilder),
    Error(&'b mut WasiCtxBuilder),
}

impl Standard<'_> {
    fn set(self, stream: impl wasmtime_wasi::cli::StdoutStream + 'static) {
        match self {
            Standard::Out(builder) => _ = builder.stdout(stream),
            Standard::Error(builder) => _ = builder.stderr(stream),
        }
    }
}

fn add_output(output: &Out, file: Option<OutputFile>, terminal: bool, standard: Standard<'_>) -> Option<Arc<Kept>> {
    match output {
        Out::Null => {}
        Out::Inherit => match standard {
            Standard::Out(builder) => _ = builder.inherit_stdout(),
            Standard::Error(builder) => _ = builder.inherit_stderr(),
        },
        Out::File { .. } => _ = file.map(|file| standard.set(file)),
        Out::Callback(writing) => standard.set(Output(Stream::new(writing.clone(), terminal))),
        Out::Pipe(pipe) => standard.set(Output(Stream::new(Arc::new(End::writer(pipe.clone())), terminal))),
        Out::Kept { limit, tail } => {
            let name = if matches!(standard, Standard::Out(_)) { "stdout" } else { "stderr" };
            let kept = Arc::new(Kept::new(name, *limit, *tail));
            standard.set(Output(Stream::new(kept.clone(), false)));
            return Some(kept);
        }
    }
    None
}

/// A clock that moves when it is read.
struct Steps {
    time: Arc<AtomicU64>,
    start: u64,
    step: u64,
}

impl Steps {
    fn read(&self) -> u64 {
        self.start.saturating_add(self.time.fetch_add(self.step, Ordering::Relaxed))
    }
}

impl HostWallClock for Steps {
    fn resolution(&self) -> Duration {
        Duration::from_nanos(self.step)
    }

    fn now(&self) -> Duration {
        Duration::from_nanos(self.read())
    }
}

impl HostMonotonicClock for Steps {
    fn resolution(&self) -> u64 {
        self.step
    }

    fn now(&self) -> u64 {
        self.read()
    }
}

/// What programs wait on: time, files, and sockets. One thread, and more while files are used on threads.
static RUNTIME: LazyLock<std::result::Result<tokio::runtime::Runtime, String>> = LazyLock::new(|| {
    // Threads begin with the signals that the one has that starts them, so they are blocked there.
    clock::quietly(|| {
        let mut builder = tokio::runtime::Builder::new_multi_thread();
        builder.worker_threads(1).thread_name("wrt-io").on_thread_start(clock::block_signals).enable_all();
        builder.build().map_err(|e| e.to_string())
    })
});

/// The runtime, which begins when it is first asked for.
pub(crate) fn runtime() -> Result<&'static tokio::runtime::Handle> {
    match &*RUNTIME {
        Ok(runtime) => Ok(runtime.handle()),
        Err(error) => Err(Failure::new(WRT_ERR_OTHER, format_args!("no threads for input and output: {error}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_of_steps_moves_when_it_is_read() {
        let time = Arc::new(AtomicU64::new(0));
        let wall = Steps { time: time.clone(), start: 1000, step: 5 };
        let monotonic = Steps { time, start: 0, step: 5 };
        assert_eq!(HostWallClock::now(&wall), Duration::from_nanos(1000));
        assert_eq!(HostMonotonicClock::now(&monotonic), 5);
        assert_eq!(HostWallClock::now(&wall), Duration::from_nanos(1010));
    }
}
