//! Errors as C sees them: one struct, in both directions. A host callback fails by filling the same struct.

use std::ffi::{CStr, CString, c_char, c_void};
use std::mem::MaybeUninit;
use std::sync::Arc;

use crate::boundary::{self, Required};
use crate::error::{
    Failure, Frame, Payload, Report, Result, STATUS_NAMES, WRT_ERR_EXIT, WRT_ERR_HOST, WRT_ERR_NOT_FOUND, WRT_OK,
    c_string,
};
use crate::handle::{Handle, Noun, Opaque, wrt_bytes};

/// Called once when the library needs `env` no more. It must not unwind, wait, or call into the store it belonged to.
pub type wrt_drop_fn = Option<extern "C" fn(env: *mut c_void)>;

/// Everything behind a `wrt_error`: a handle, so it may be retained.
pub struct wrt_fault(#[allow(dead_code, reason = "opaque")] Opaque);

/// The out-param error. Frozen layout. Zero-initialise it once, and release what it holds with `wrt_error_clear` before
/// it is used again: a failure overwrites the struct without reading it, success writes only the status.
#[repr(C)]
pub struct wrt_error {
    /// The same value as the return code.
    pub status: i32,
    /// A trap code, `WRT_TRAP_*`, or -1.
    pub trap: i32,
    /// The exit code when the status is `WRT_ERR_EXIT`.
    pub exit_code: i32,
    /// The number of WebAssembly frames, inlined ones included.
    pub frame_count: u32,
    /// UTF-8, one line, NUL-terminated, owned by `fault`.
    pub message: *const c_char,
    /// The length of the message in bytes.
    pub message_len: usize,
    /// Everything else; NULL when the status is `WRT_OK`.
    pub fault: *mut wrt_fault,
}

/// One WebAssembly frame. Set `struct_size` first. The strings are borrowed from the error; NULL where unknown.
#[repr(C)]
pub struct wrt_frame {
    /// `sizeof(wrt_frame)`.
    pub struct_size: usize,
    /// The index of the function in its module, imports counted.
    pub func_index: u32,
    /// 0 for the function that was called, 1 and more for what was inlined into it.
    pub inline_depth: u32,
    /// Bytes from the beginning of the module; `UINT64_MAX` when unknown.
    pub module_offset: u64,
    /// Bytes from the beginning of the function; `UINT64_MAX` when unknown.
    pub func_offset: u64,
    /// The name of the module.
    pub module_name: *const c_char,
    /// The name of the function, demangled.
    pub func_name: *const c_char,
    /// The source file, where the module carries DWARF.
    pub file: *const c_char,
    /// The line, from 1; 0 when unknown.
    pub line: u32,
    /// The column, from 1; 0 when unknown.
    pub column: u32,
}

/// The body of a `wrt_fault`.
pub(crate) struct Fault {
    report: Report,
    message: CString,
}

impl Noun for Fault {
    type Face = wrt_fault;
    const NAME: &'static CStr = c"fault";
    const TAG: u32 = 1;
}
boundary::faces!(wrt_fault => Fault);

impl boundary::Face for wrt_error {
    type Seen = wrt_error;
    fn see<'a>(&'a self, _: &str) -> Result<&'a wrt_error> {
        Ok(self)
    }
}

impl wrt_error {
    pub(crate) const EMPTY: wrt_error = wrt_error {
        status: WRT_OK,
        trap: -1,
        exit_code: 0,
        frame_count: 0,
        message: std::ptr::null(),
        message_len: 0,
        fault: std::ptr::null_mut(),
    };

    fn new(failure: Failure) -> wrt_error {
        let report = failure.report();
        let message = c_string(&report.message);
        let fault = Fault { report: report.clone(), message };
        wrt_error {
            status: report.status,
            trap: report.trap,
            exit_code: report.exit_code,
            frame_count: u32::try_from(report.frames.len()).unwrap_or(u32::MAX),
            message: fault.message.as_ptr(),
            message_len: fault.message.as_bytes().len(),
            fault: Handle::new(fault).hand_over(),
        }
    }

    fn fault(&self) -> Option<&Fault> {
        // SAFETY: NULL or a fault that this struct owns.
        let face = unsafe { self.fault.as_ref() }?;
        Some(boundary::object::<Fault>(face, "fault").ok()?)
    }

    /// The failure that the struct holds, if it does.
    pub(crate) fn failure(&self) -> Option<Failure> {
        self.fault().map(|fault| Failure::from_report(fault.report.clone()))
    }

    /// Takes the failure out of a struct that a host callback may have filled before it returned `status`.
    pub(crate) fn take(mut self, status: i32) -> Failure {
        let failure = match self.fault() {
            Some(fault) => Failure::from_report(fault.report.clone()),
            None => {
                Failure::new(known(status), format_args!("the host function answered status {status} and no message"))
            }
        };
        wrt_error_clear(Some(&mut self));
        failure
    }

    /// Holds `failure` from now on.
    pub(crate) fn fill(&mut self, failure: Failure) {
        wrt_error_clear(Some(self));
        *self = wrt_error::new(failure);
    }

    /// Changes the report of a struct that a host fills, making one where there is none.
    fn amend(&mut self, status: i32, change: impl FnOnce(&mut Report)) {
        let report = match self.fault() {
            Some(fault) => fault.report.clone(),
            None => Failure::new(status, "the host function gave no message").report().clone(),
        };
        self.fill(Failure::from_report(report).with(change));
    }
}

/// The status a host callback may answer with; what is none of ours is a host failure.
fn known(status: i32) -> i32 {
    if (2..STATUS_NAMES.len() as i32).contains(&status) { status } else { WRT_ERR_HOST }
}

/// Hands `failure` to the caller and returns its status.
#[cold]
pub(crate) fn write(error: Option<&mut MaybeUninit<wrt_error>>, failure: Failure) -> i32 {
    let status = failure.status();
    if let Some(error) = error {
        error.write(wrt_error::new(failure));
    }
    status
}

/// Releases what `error` holds and zeroes it, ready for the next call. NULL and a zeroed struct are allowed.
///
/// The struct must have been zeroed or written by this library. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_error_clear(error: Option<&mut wrt_error>) {
    boundary::value((), || {
        let error = error?;
        let fault = std::mem::replace(error, wrt_error { trap: 0, ..wrt_error::EMPTY }).fault;
        crate::handle::wrt_release(fault.cast());
        Some(())
    })
}

/// Describes frame `index` of `error`, innermost first, in `out`, whose `struct_size` is set before.
///
/// Returns `WRT_ERR_NOT_FOUND` past the last frame. Any thread that owns the error.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_error_frame(
    error: Option<&wrt_error>,
    index: usize,
    out: Option<&mut MaybeUninit<wrt_frame>>,
) -> i32 {
    boundary::call(None, || {
        let error = error.required("error")?;
        let out = boundary::out(out, "out")?;
        let frame = (error.fault())
            .and_then(|fault| fault.report.frames.get(index))
            .ok_or_else(|| Failure::new(WRT_ERR_NOT_FOUND, format_args!("there is no frame {index}")))?;
        let text = |text: &Option<CString>| text.as_ref().map_or(std::ptr::null(), |text| text.as_ptr());
        boundary::fill_sized(
            Some(out),
            "out",
            wrt_frame {
                struct_size: 0,
                func_index: frame.func_index,
                inline_depth: frame.inline_depth,
                module_offset: frame.module_offset.unwrap_or(u64::MAX),
                func_offset: frame.func_offset.unwrap_or(u64::MAX),
                module_name: text(&frame.module_name),
                func_name: text(&frame.func_name),
                file: text(&frame.file),
                line: frame.line,
                column: frame.column,
            },
        )
    })
}

/// Writes everything known about `error` as JSON: `{"status", "status_name", "message", "trap", "trap_name",
/// "exit_code", "frames": [...]}`. `out` is freed with `wrt_bytes_free`.
///
/// Returns `WRT_ERR_ARGUMENT` for NULL. Any thread that owns the error.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_error_json(error: Option<&wrt_error>, out: Option<&mut MaybeUninit<wrt_bytes>>) -> i32 {
    boundary::call(None, || {
        let error = error.required("error")?;
        let report = error.fault().map(|fault| &fault.report);
        let status = report.map_or(WRT_OK, |report| report.status);
        let json = serde_json::json!({
            "status": status,
            "status_name": STATUS_NAMES.get(status as usize).map(|name| name.to_string_lossy()),
            "message": report.map_or("", |report| &report.message),
            "trap": report.map(|report| report.trap).filter(|trap| *trap >= 0),
            "trap_name": report.and_then(|report| crate::trap::name(report.trap)).map(CStr::to_string_lossy),
            "exit_code": report.filter(|report| report.status == WRT_ERR_EXIT).map(|report| report.exit_code),
            "frames": report.map_or(Vec::new(), |report| report.frames.iter().map(frame_json).collect()),
        });
        boundary::out(out, "out")?.write(json.to_string().into());
        Ok(())
    })
}

fn frame_json(frame: &Frame) -> serde_json::Value {
    let text = |text: &Option<CString>| text.as_ref().map(|text| text.to_string_lossy().into_owned());
    serde_json::json!({
        "func_index": frame.func_index,
        "func_name": text(&frame.func_name),
        "module_name": text(&frame.module_name),
        "module_offset": frame.module_offset,
        "func_offset": frame.func_offset,
        "inline_depth": frame.inline_depth,
        "file": text(&frame.file),
        "line": (frame.line > 0).then_some(frame.line),
        "column": (frame.column > 0).then_some(frame.column),
    })
}

/// Copies the core dump of the trap in `error` to `out`, in the format of the WebAssembly tool conventions. Engines
/// make core dumps where the option `coredump_on_trap` is set. `out` is freed with `wrt_bytes_free`.
///
/// Errors: `WRT_ERR_NOT_FOUND` when there is none; `WRT_ERR_ARGUMENT`. `failure` may be NULL and must not be `error`.
/// Any thread that owns the error.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_error_coredump(
    error: Option<&wrt_error>,
    out: Option<&mut MaybeUninit<wrt_bytes>>,
    failure: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(failure, || {
        let error = error.required("error")?;
        let out = boundary::out(out, "out")?;
        let dump = error.fault().and_then(|fault| fault.report.coredump.as_ref()).ok_or_else(|| {
            Failure::new(WRT_ERR_NOT_FOUND, "the error carries no core dump (option coredump_on_trap)")
        })?;
        out.write(wrt_bytes::new(dump.to_vec()));
        Ok(())
    })
}

/// The number that a host function attached with `wrt_error_set_payload`, or 0. Any thread that owns the error.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_error_payload(error: Option<&wrt_error>) -> u64 {
    boundary::value(0, || Some(error?.fault()?.report.payload.as_ref()?.value))
}

/// Fills `error` from a host callback, which then returns `status`. `message` is copied.
///
/// Returns `WRT_OK`, or `WRT_ERR_ARGUMENT` for NULL or bad UTF-8. For use inside the callback that received `error`.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_error_set(
    error: Option<&mut wrt_error>,
    status: i32,
    message: *const c_char,
    message_len: usize,
) -> i32 {
    boundary::call(None, || {
        let error = error.ok_or_else(|| Failure::null("error"))?;
        let message = boundary::text(message, message_len, "message")?.to_owned();
        error.amend(known(status), |report| {
            report.status = known(status);
            report.message = message;
        });
        Ok(())
    })
}

/// Fills `error` from a host callback, which then returns `WRT_ERR_TRAP`: the call ends with trap `trap`, one of
/// `WRT_TRAP_*`, as if WebAssembly had trapped.
///
/// Returns `WRT_OK`, or `WRT_ERR_ARGUMENT` for NULL or an unknown trap. For use inside the callback that received `error`.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_error_set_trap(error: Option<&mut wrt_error>, trap: i32) -> i32 {
    boundary::call(None, || {
        let error = error.ok_or_else(|| Failure::null("error"))?;
        let failure = crate::trap::failure(trap)
            .ok_or_else(|| Failure::argument(format_args!("there is no trap with code {trap}")))?;
        error.amend(failure.status(), |report| {
            report.status = failure.status();
            report.trap = trap;
            report.message.clone_from(&failure.report().message);
        });
        Ok(())
    })
}

/// Fills `error` from a host callback, which then returns `WRT_ERR_EXIT`: the program ends with `exit_code`.
///
/// Returns `WRT_OK`, or `WRT_ERR_ARGUMENT` for NULL. For use inside the callback that received `error`.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_error_set_exit(error: Option<&mut wrt_error>, exit_code: i32) -> i32 {
    boundary::call(None, || {
        error.ok_or_else(|| Failure::null("error"))?.amend(WRT_ERR_EXIT, |report| {
            report.status = WRT_ERR_EXIT;
            report.exit_code = exit_code;
            report.message = format!("exit with code {exit_code}");
        });
        Ok(())
    })
}

/// Attaches `payload` to `error` from a host callback: whoever made the call reads it with `wrt_error_payload`. `drop`,
/// which may be NULL, is called with the payload as its argument once no error holds it any more, on any thread.
///
/// Returns `WRT_OK`, or `WRT_ERR_ARGUMENT` for NULL (`drop` is then not called).
#[unsafe(no_mangle)]
pub extern "C" fn wrt_error_set_payload(error: Option<&mut wrt_error>, payload: u64, drop: wrt_drop_fn) -> i32 {
    boundary::call(None, || {
        error.ok_or_else(|| Failure::null("error"))?.amend(WRT_ERR_HOST, |report| {
            report.payload = Some(Arc::new(Payload { value: payload, drop }));
        });
        Ok(())
    })
}

/// The name of a status, "bounds" for example, or "unknown". The text is static. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_status_name(status: i32) -> *const c_char {
    boundary::value(c"unknown".as_ptr(), || Some(STATUS_NAMES.get(usize::try_from(status).ok()?)?.as_ptr()))
}
