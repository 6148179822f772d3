//! WASI: what a program is given. A `wrt_wasi` holds the settings; each store that gets it makes a program's side of its
//! own from them, so that one serves many stores.

use std::ffi::{CStr, c_char, c_void};
use std::mem::MaybeUninit;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use parking_lot::Mutex;

use crate::boundary::{self, Registered, Required};
use crate::error::{Failure, Result, WRT_ERR_NOT_FOUND};
use crate::fault::{wrt_drop_fn, wrt_error};
use crate::handle::{Handle, Noun, Object, Opaque};
use crate::pipe::{Shared, wrt_pipe};

mod address;
mod options;
mod program;
mod stream;

pub(crate) use program::{Program, runtime};

use address::Rule;
use stream::{Reading, Writing};

/// What programs are given, nothing at first: a handle, shared by all threads.
pub struct wrt_wasi(#[allow(dead_code, reason = "opaque")] Opaque);

/// A preopened folder can be read.
pub const WRT_PERM_READ: u32 = 1;
/// A preopened folder can be read and written.
pub const WRT_PERM_READ_WRITE: u32 = 3;

/// Gives input: writes at most `len` bytes to `data`, and their number, not 0, to `read`; 0 is the end. Another status than
/// `WRT_OK` ends the program with that failure. It runs in the call of the program, on its stack, and must not use its store.
pub type wrt_read_fn =
    Option<extern "C" fn(env: *mut c_void, data: *mut u8, len: usize, read: *mut usize, error: *mut wrt_error) -> i32>;

/// Takes output, all of the `len` bytes at `data`. Another status than `WRT_OK` ends the program with that failure. It runs
/// in the call of the program, on its stack, and must not use its store.
pub type wrt_write_fn =
    Option<extern "C" fn(env: *mut c_void, data: *const u8, len: usize, error: *mut wrt_error) -> i32>;

type ReadCall = extern "C" fn(*mut c_void, *mut u8, usize, *mut usize, *mut wrt_error) -> i32;
type WriteCall = extern "C" fn(*mut c_void, *const u8, usize, *mut wrt_error) -> i32;

/// The body of a `wrt_wasi`.
pub(crate) struct Wasi(Mutex<Settings>);

/// What was set.
#[derive(Clone, Default)]
pub(crate) struct Settings {
    values: options::Values,
    args: Vec<String>,
    env: Vec<(String, String)>,
    folders: Vec<Folder>,
    stdin: In,
    outputs: [Out; 2],
    rules: Vec<Rule>,
}

/// A preopened folder.
#[derive(Clone)]
struct Folder {
    host: PathBuf,
    guest: String,
    writable: bool,
}

#[derive(Clone, Default)]
enum In {
    #[default]
    Null,
    Inherit,
    Bytes(Bytes),
    File(PathBuf),
    Callback(Arc<Reading>),
    Pipe(Arc<Shared>),
}

#[derive(Clone, Default)]
enum Out {
    #[default]
    Null,
    Inherit,
    File {
        path: PathBuf,
        append: bool,
    },
    Callback(Arc<Writing>),
    Kept {
        limit: usize,
        tail: bool,
    },
    Pipe(Arc<Shared>),
}

impl Noun for Wasi {
    type Face = wrt_wasi;
    const NAME: &'static CStr = c"wasi";
    const TAG: u32 = 16;

    fn close(&self) -> Result<()> {
        let settings = std::mem::take(&mut *self.0.lock());
        drop(settings);
        Ok(())
    }
}
boundary::faces!(wrt_wasi => Wasi);

impl Wasi {
    /// A program's side for a store.
    pub fn program(&self) -> Result<Program> {
        let settings = self.0.lock().clone();
        Program::new(&settings)
    }

    /// Changes the settings. What the change replaces may have a drop function: it is returned, and dropped without the lock.
    fn change<R>(&self, change: impl FnOnce(&mut Settings) -> R) -> R {
        change(&mut self.0.lock())
    }

    fn set_input(&self, input: In) {
        drop(self.change(|settings| std::mem::replace(&mut settings.stdin, input)));
    }

    fn set_output(&self, fd: i32, output: Out) -> Result<()> {
        let index = output_index(fd)?;
        drop(self.change(|settings| std::mem::replace(&mut settings.outputs[index], output)));
        Ok(())
    }
}

/// Which of the outputs `fd` is.
fn output_index(fd: i32) -> Result<usize> {
    match fd {
        1 => Ok(0),
        2 => Ok(1),
        _ => Err(Failure::argument(format_args!("fd is {fd}, not 1 (stdout) or 2 (stderr)"))),
    }
}

/// The settings that can be changed.
fn open(wasi: Option<&wrt_wasi>) -> Result<&Wasi> {
    let wasi: &Object<Wasi> = wasi.required("wasi")?;
    wasi.open()
}

/// Text for programs, which end it with a NUL.
fn program_text<'a>(data: *const c_char, len: usize, name: &str) -> Result<&'a str> {
    let text = boundary::text(data, len, name)?;
    match text.contains('\0') {
        true => Err(Failure::argument(format_args!("{name} holds a NUL byte, where the program would see its end"))),
        false => Ok(text),
    }
}

/// Makes settings that give nothing to a program: no arguments, no environment, no folders, no network, empty input, output
/// that is dropped; the clocks and random numbers are real. They are given to stores with `wrt_store_set_wasi`, and released
/// with `wrt_release`.
///
/// Errors: `WRT_ERR_ARGUMENT`. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_wasi_new(
    out: Option<&mut MaybeUninit<*mut wrt_wasi>>,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        out.required("out")?.write(Handle::new(Wasi(Mutex::default())).hand_over());
        Ok(())
    })
}

/// Sets the option `key` to `value`; `wrt_wasi_options_json` lists them.
///
/// Errors: `WRT_ERR_CONFIG` names an unknown option and the nearest, or a value that it does not take; `WRT_ERR_ARGUMENT`,
/// `WRT_ERR_CLOSED`. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_wasi_set(
    wasi: Option<&wrt_wasi>,
    key: *const c_char,
    key_len: usize,
    value: *const c_char,
    value_len: usize,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        let wasi = open(wasi)?;
        let (key, value) = (boundary::text(key, key_len, "key")?, boundary::text(value, value_len, "value")?);
        let (key, inherit) = wasi.change(|settings| {
            let key = settings.values.set(key, value)?;
            Ok((key, settings.values.is(key, "inherit")))
        })?;
        match key {
            "stdin" => wasi.set_input(if inherit { In::Inherit } else { In::Null }),
            "stdout" => wasi.set_output(1, if inherit { Out::Inherit } else { Out::Null })?,
            "stderr" => wasi.set_output(2, if inherit { Out::Inherit } else { Out::Null })?,
            _ => {}
        }
        Ok(())
    })
}

/// All options as JSON: `[{"key", "type", "default", "values", "doc", "unit"}]`. The text is static. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_wasi_options_json() -> *const c_char {
    boundary::value(c"[]".as_ptr(), || Some(options::JSON.as_ptr()))
}

/// Adds an argument. The first one is the name of the program.
///
/// Errors: `WRT_ERR_ARGUMENT`, also for a NUL byte in it; `WRT_ERR_CLOSED`. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_wasi_arg(
    wasi: Option<&wrt_wasi>,
    arg: *const c_char,
    len: usize,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        let wasi = open(wasi)?;
        let arg = program_text(arg, len, "arg")?.to_owned();
        wasi.change(|settings| settings.args.push(arg));
        Ok(())
    })
}

/// Sets an environment variable, in place of one of the same name.
///
/// Errors: `WRT_ERR_ARGUMENT`, also for an empty name, `=` in it, or a NUL byte; `WRT_ERR_CLOSED`. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_wasi_env(
    wasi: Option<&wrt_wasi>,
    name: *const c_char,
    name_len: usize,
    value: *const c_char,
    value_len: usize,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        let wasi = open(wasi)?;
        let name = program_text(name, name_len, "name")?.to_owned();
        let value = program_text(value, value_len, "value")?.to_owned();
        if name.is_empty() || name.contains('=') {
            return Err(Failure::argument(format_args!("{name:?} cannot be the name of an environment variable")));
        }
        wasi.change(|settings| {
            settings.env.retain(|(other, _)| *other != name);
            settings.env.push((name, value));
        });
        Ok(())
    })
}

/// Gives the folder `host` to programs as `guest`, an absolute path usually, and nothing outside of it. `perms` is
/// `WRT_PERM_READ` or `WRT_PERM_READ_WRITE`. It is opened when a store gets the settings.
///
/// Errors: `WRT_ERR_NOT_FOUND` when there is no such folder; `WRT_ERR_ARGUMENT` when it is no folder, or `guest` is given
/// already; `WRT_ERR_CLOSED`. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_wasi_preopen(
    wasi: Option<&wrt_wasi>,
    host: *const c_char,
    host_len: usize,
    guest: *const c_char,
    guest_len: usize,
    perms: u32,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        let wasi = open(wasi)?;
        let host = PathBuf::from(program_text(host, host_len, "host")?);
        let guest = program_text(guest, guest_len, "guest")?.to_owned();
        let writable = match perms {
            WRT_PERM_READ => false,
            WRT_PERM_READ_WRITE => true,
            _ => return Err(Failure::argument(format_args!("perms is {perms}, not a WRT_PERM_*"))),
        };
        if !metadata(&host)?.is_dir() {
            return Err(Failure::argument(format_args!("{} is not a folder", host.display())));
        }
        wasi.change(|settings| {
            if settings.folders.iter().any(|folder| folder.guest == guest) {
                return Err(Failure::argument(format_args!("there is a folder {guest:?} already")));
            }
            settings.folders.push(Folder { host, guest, writable });
            Ok(())
        })
    })
}

fn metadata(path: &Path) -> Result<std::fs::Metadata> {
    std::fs::metadata(path).map_err(|e| match e.kind() {
        std::io::ErrorKind::NotFound => Failure::new(WRT_ERR_NOT_FOUND, format_args!("{}: {e}", path.display())),
        _ => program::cannot_open(path, &e),
    })
}

/// Lets programs read the `len` bytes at `data`, which are copied, as their input.
///
/// Errors: `WRT_ERR_ARGUMENT`, `WRT_ERR_CLOSED`. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_wasi_stdin_bytes(
    wasi: Option<&wrt_wasi>,
    data: *const u8,
    len: usize,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        let wasi = open(wasi)?;
        let bytes = Bytes::copy_from_slice(boundary::bytes(data, len, "data")?);
        wasi.set_input(In::Bytes(bytes));
        Ok(())
    })
}

/// Lets programs read the file at `path` as their input. It is opened when a store gets the settings.
///
/// Errors: `WRT_ERR_NOT_FOUND`; `WRT_ERR_IO` when it cannot be read; `WRT_ERR_ARGUMENT` for a folder or a named pipe, which
/// would block; `WRT_ERR_CLOSED`. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_wasi_stdin_file(
    wasi: Option<&wrt_wasi>,
    path: *const c_char,
    len: usize,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        let wasi = open(wasi)?;
        let path = PathBuf::from(program_text(path, len, "path")?);
        check_file(&path, &metadata(&path)?)?;
        std::fs::File::open(&path).map_err(|e| program::cannot_open(&path, &e))?;
        wasi.set_input(In::File(path));
        Ok(())
    })
}

/// Fails for what would block.
fn check_file(path: &Path, metadata: &std::fs::Metadata) -> Result<()> {
    #[cfg(unix)]
    let blocks = std::os::unix::fs::FileTypeExt::is_fifo(&metadata.file_type());
    #[cfg(not(unix))]
    let blocks = false;
    if metadata.is_dir() || blocks {
        let noun = if blocks { "a named pipe, which would block: use wrt_wasi_pipe" } else { "a folder" };
        return Err(Failure::argument(format_args!("{} is {noun}", path.display())));
    }
    Ok(())
}

/// Lets programs read what `read` gives as their input. `drop`, which may be NULL, is called with `env` when nobody can call
/// `read` any more, not when this function fails.
///
/// Errors: `WRT_ERR_ARGUMENT`, `WRT_ERR_CLOSED`. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_wasi_stdin_callback(
    wasi: Option<&wrt_wasi>,
    read: wrt_read_fn,
    env: *mut c_void,
    drop: wrt_drop_fn,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        let wasi = open(wasi)?;
        let call = read.ok_or_else(|| Failure::null("read"))?;
        let registered = Registered::new(env, drop);
        registered.arm();
        wasi.set_input(In::Callback(Arc::new(Reading { call, registered })));
        Ok(())
    })
}

/// Writes the output of programs to the file at `path`, at its end when `append` is 1; otherwise it is emptied whenever a
/// store gets the settings. `fd` is 1 for stdout, 2 for stderr.
///
/// Errors: `WRT_ERR_ARGUMENT` for another `fd`, a folder, or a named pipe, which would block; `WRT_ERR_CLOSED`. What else is
/// wrong with the file is found by `wrt_store_set_wasi`. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_wasi_output_file(
    wasi: Option<&wrt_wasi>,
    fd: i32,
    path: *const c_char,
    len: usize,
    append: i32,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        let wasi = open(wasi)?;
        let path = PathBuf::from(program_text(path, len, "path")?);
        if let Ok(metadata) = std::fs::metadata(&path) {
            check_file(&path, &metadata)?;
        }
        wasi.set_output(fd, Out::File { path, append: append != 0 })
    })
}

/// Gives the output of programs to `write`. `fd` is 1 for stdout, 2 for stderr. `drop`, which may be NULL, is called with
/// `env` when nobody can call `write` any more, not when this function fails.
///
/// Errors: `WRT_ERR_ARGUMENT`, `WRT_ERR_CLOSED`. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_wasi_output_callback(
    wasi: Option<&wrt_wasi>,
    fd: i32,
    write: wrt_write_fn,
    env: *mut c_void,
    drop: wrt_drop_fn,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        let wasi = open(wasi)?;
        let call = write.ok_or_else(|| Failure::null("write"))?;
        output_index(fd)?;
        let registered = Registered::new(env, drop);
        registered.arm();
        wasi.set_output(fd, Out::Callback(Arc::new(Writing { call, registered })))
    })
}

/// Keeps the output of programs for `wrt_store_take_output`, at most `limit` bytes in each store. `fd` is 1 for stdout, 2 for
/// stderr. When a program writes more it ends with `WRT_ERR_LIMIT`, or, with `tail` 1, the last `limit` bytes are kept.
///
/// Errors: `WRT_ERR_ARGUMENT`, `WRT_ERR_CLOSED`. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_wasi_output_capture(
    wasi: Option<&wrt_wasi>,
    fd: i32,
    limit: usize,
    tail: i32,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || open(wasi)?.set_output(fd, Out::Kept { limit, tail: tail != 0 }))
}

/// Connects programs with `pipe`: `fd` 0 lets them read from it, 1 (stdout) and 2 (stderr) write to it; stdout and stderr may
/// be the same pipe. A program that finds it empty, or full, waits: its task is `WRT_TASK_PENDING`. What a program writes
/// ends when its store is closed, or gets other settings.
///
/// Errors: `WRT_ERR_ARGUMENT`, `WRT_ERR_CLOSED`. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_wasi_pipe(
    wasi: Option<&wrt_wasi>,
    fd: i32,
    pipe: Option<&wrt_pipe>,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        let wasi = open(wasi)?;
        let pipe = pipe.required("pipe")?.open()?.shared();
        match fd {
            0 => wasi.set_input(In::Pipe(pipe)),
            1 | 2 => wasi.set_output(fd, Out::Pipe(pipe))?,
            _ => return Err(Failure::argument(format_args!("fd is {fd}, not 0, 1 or 2"))),
        }
        Ok(())
    })
}

/// Allows network connections with `address`: an address or a network, perhaps with a port, `10.0.0.0/8`,
/// `192.168.1.7:443`, `[2001:db8::]/32`, `[::1]:80`. The options `tcp` and `udp` allow them at all. Only programs of WASI
/// preview 2 can open sockets.
///
/// Errors: `WRT_ERR_ARGUMENT`, `WRT_ERR_CLOSED`. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_wasi_allow_address(
    wasi: Option<&wrt_wasi>,
    address: *const c_char,
    len: usize,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        let wasi = open(wasi)?;
        let rule = Rule::parse(boundary::text(address, len, "address")?)?;
        wasi.change(|settings| settings.rules.push(rule));
        Ok(())
    })
}
