//! What can go wrong, as one value: a status, a sentence, and whatever else is known.
//!
//! Inside the library a failure is a [`Failure`]; `fault.rs` writes it into the `wrt_error` of the caller.

use std::any::Any;
use std::ffi::{CString, c_void};
use std::fmt::{Debug, Display, Formatter};
use std::sync::Arc;

/// Success.
pub const WRT_OK: i32 = 0;
/// The task has not finished; not an error.
pub const WRT_PENDING: i32 = 1;
/// An argument is unusable: NULL, bad UTF-8, a bad length, the wrong kind of handle.
pub const WRT_ERR_ARGUMENT: i32 = 2;
/// Unknown option, bad value, or settings that exclude each other.
pub const WRT_ERR_CONFIG: i32 = 3;
/// Malformed WebAssembly, binary or text.
pub const WRT_ERR_PARSE: i32 = 4;
/// Well-formed but invalid WebAssembly.
pub const WRT_ERR_VALIDATE: i32 = 5;
/// The compiler refused a valid module.
pub const WRT_ERR_COMPILE: i32 = 6;
/// An import is unknown or incompatible, or a name is defined twice.
pub const WRT_ERR_LINK: i32 = 7;
/// A value, a function or an item has the wrong type, or the number of values is wrong.
pub const WRT_ERR_TYPE: i32 = 8;
/// WebAssembly trapped; `wrt_error.trap` says how.
pub const WRT_ERR_TRAP: i32 = 9;
/// The program asked to end; `wrt_error.exit_code` holds its code.
pub const WRT_ERR_EXIT: i32 = 10;
/// A WebAssembly exception was not caught.
pub const WRT_ERR_EXCEPTION: i32 = 11;
/// A host function failed.
pub const WRT_ERR_HOST: i32 = 12;
/// Stopped by a timeout, an epoch deadline, or `wrt_interrupt_fire`.
pub const WRT_ERR_INTERRUPTED: i32 = 13;
/// The store ran out of fuel.
pub const WRT_ERR_FUEL: i32 = 14;
/// A limit of the store, of the pooling allocator or of the collector was reached.
pub const WRT_ERR_LIMIT: i32 = 15;
/// The host reached outside of a memory or a table.
pub const WRT_ERR_BOUNDS: i32 = 16;
/// There is no such export, import, section or item.
pub const WRT_ERR_NOT_FOUND: i32 = 17;
/// The object belongs to another store or another engine.
pub const WRT_ERR_STORE: i32 = 18;
/// The store is in use: by another thread, or by a callback that may not use it.
pub const WRT_ERR_BUSY: i32 = 19;
/// The object, or the store it lives in, was closed.
pub const WRT_ERR_CLOSED: i32 = 20;
/// This build or this platform cannot do it.
pub const WRT_ERR_UNSUPPORTED: i32 = 21;
/// A precompiled artifact does not fit this engine.
pub const WRT_ERR_INCOMPATIBLE: i32 = 22;
/// The operating system refused to read or write.
pub const WRT_ERR_IO: i32 = 23;
/// The host is out of memory.
pub const WRT_ERR_MEMORY: i32 = 24;
/// A bug in this library, contained.
pub const WRT_ERR_PANIC: i32 = 25;
/// Header and library disagree.
pub const WRT_ERR_ABI: i32 = 26;
/// Anything else; the message says what.
pub const WRT_ERR_OTHER: i32 = 27;

/// The name of each status, at its own index.
pub(crate) const STATUS_NAMES: [&std::ffi::CStr; 28] = [
    c"ok",
    c"pending",
    c"argument",
    c"config",
    c"parse",
    c"validate",
    c"compile",
    c"link",
    c"type",
    c"trap",
    c"exit",
    c"exception",
    c"host",
    c"interrupted",
    c"fuel",
    c"limit",
    c"bounds",
    c"not_found",
    c"store",
    c"busy",
    c"closed",
    c"unsupported",
    c"incompatible",
    c"io",
    c"memory",
    c"panic",
    c"abi",
    c"other",
];

pub(crate) type Result<T, E = Failure> = std::result::Result<T, E>;

/// A number of things, as a message has it: "1 result", "2 results".
pub(crate) fn counted(n: usize, noun: &str) -> String {
    format!("{n} {noun}{}", if n == 1 { "" } else { "s" })
}

/// One failure on its way out. A pointer in size, so that a successful call carries no weight of it.
#[derive(Clone, Debug)]
pub(crate) struct Failure(Box<Report>);

/// Everything known about a failure.
#[derive(Clone, Debug)]
pub(crate) struct Report {
    pub status: i32,
    /// A trap code (`trap.rs`), or -1.
    pub trap: i32,
    pub exit_code: i32,
    pub message: String,
    /// Innermost first, inlined functions included.
    pub frames: Arc<[Frame]>,
    /// The core dump, when the engine makes one.
    pub coredump: Option<Arc<[u8]>>,
    pub payload: Option<Arc<Payload>>,
    /// The WebAssembly exception that nothing caught.
    pub exception: Option<Thrown>,
}

/// A WebAssembly exception: the id of a reference, and what keeps it.
#[derive(Clone)]
pub(crate) struct Thrown {
    pub id: u64,
    #[allow(dead_code, reason = "dropped with the last failure that has it")]
    keep: Arc<dyn Any + Send + Sync>,
}

impl Thrown {
    pub fn new(id: u64, keep: Arc<dyn Any + Send + Sync>) -> Thrown {
        Thrown { id, keep }
    }
}

impl Debug for Thrown {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Thrown").field("id", &self.id).finish_non_exhaustive()
    }
}

/// One WebAssembly frame, its strings ready for C.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Frame {
    pub func_index: u32,
    /// How many inlined callers this frame stands below, within one machine frame.
    pub inline_depth: u32,
    pub module_offset: Option<u64>,
    pub func_offset: Option<u64>,
    pub module_name: Option<CString>,
    pub func_name: Option<CString>,
    pub file: Option<CString>,
    pub line: u32,
    pub column: u32,
}

/// A number the host attached to an error, and what is to be called when nobody can ask for it any more.
#[derive(Debug)]
pub(crate) struct Payload {
    pub value: u64,
    pub drop: Option<extern "C" fn(*mut c_void)>,
}

impl Drop for Payload {
    fn drop(&mut self) {
        if let Some(drop) = self.drop {
            drop(self.value as usize as *mut c_void);
        }
    }
}

impl Failure {
    #[cold]
    #[inline(never)]
    pub fn new(status: i32, message: impl Display) -> Failure {
        Failure(Box::new(Report {
            status,
            trap: -1,
            exit_code: 0,
            message: message.to_string(),
            frames: Arc::default(),
            coredump: None,
            payload: None,
            exception: None,
        }))
    }

    pub fn argument(message: impl Display) -> Failure {
        Failure::new(WRT_ERR_ARGUMENT, message)
    }

    pub fn null(name: &str) -> Failure {
        Failure::argument(format_args!("{name} is NULL"))
    }

    pub fn closed(noun: &str) -> Failure {
        Failure::new(WRT_ERR_CLOSED, format_args!("the {noun} is closed"))
    }

    pub fn unsupported(message: impl Display) -> Failure {
        Failure::new(WRT_ERR_UNSUPPORTED, message)
    }

    pub fn report(&self) -> &Report {
        &self.0
    }

    pub fn status(&self) -> i32 {
        self.0.status
    }

    /// The same failure with its report changed by `change`.
    pub fn with(mut self, change: impl FnOnce(&mut Report)) -> Failure {
        change(&mut self.0);
        self
    }

    pub fn from_report(report: Report) -> Failure {
        Failure(Box::new(report))
    }
}

/// Text for C: whatever stands after a NUL byte would be lost, so NULs become U+FFFD.
pub(crate) fn c_string(text: &str) -> CString {
    match CString::new(text) {
        Ok(text) => text,
        Err(_) => CString::new(text.replace('\0', "\u{fffd}")).unwrap_or_default(),
    }
}
