//! Limits of a store: static ones, and the host's own say.

use std::ffi::c_void;

use crate::boundary::Registered;
use crate::error::{WRT_ERR_LIMIT, WRT_OK};
use crate::fault::{wrt_error, wrt_error_clear};
use crate::hooks;
use crate::store::{Context, Home};
use crate::trap;
use crate::types::{WRT_MEMORY, WRT_TABLE};

/// Static limits of a store; `UINT64_MAX` means none, and 0 that there may be nothing. Set `struct_size` first.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct wrt_limits {
    /// `sizeof(wrt_limits)`.
    pub struct_size: usize,
    /// The most bytes a single memory may have.
    pub memory_bytes: u64,
    /// The most elements a single table may have.
    pub table_elements: u64,
    /// The most instances, those that failed to start and those made before included.
    pub instances: u64,
    /// The most tables in these instances.
    pub tables: u64,
    /// The most memories in these instances.
    pub memories: u64,
    /// 1: growth beyond a limit ends the call with `WRT_ERR_LIMIT`; 0: `memory.grow` and `table.grow` answer -1.
    pub trap_on_grow_failure: u32,
    /// 0.
    pub reserved: u32,
}

impl wrt_limits {
    pub(crate) const NONE: wrt_limits = wrt_limits {
        struct_size: 0,
        memory_bytes: u64::MAX,
        table_elements: u64::MAX,
        instances: u64::MAX,
        tables: u64::MAX,
        memories: u64::MAX,
        trap_on_grow_failure: 0,
        reserved: 0,
    };
}

/// Says whether a memory (`kind` is `WRT_MEMORY`, sizes are bytes) or a table (`WRT_TABLE`, elements) may grow from
/// `current` to `desired`; it is being made where `current` is 0. `maximum` is that of its type, `UINT64_MAX` for none.
/// `WRT_OK` allows it, `WRT_ERR_LIMIT` refuses, another status ends the call with that failure. The store must not be
/// used meanwhile.
pub type wrt_grow_fn = Option<
    extern "C" fn(env: *mut c_void, kind: i32, current: u64, desired: u64, maximum: u64, error: *mut wrt_error) -> i32,
>;

type Allow = extern "C" fn(*mut c_void, i32, u64, u64, u64, *mut wrt_error) -> i32;

/// The limiter that Wasmtime asks.
pub(crate) struct Limits {
    home: Home,
    limits: wrt_limits,
    callback: Option<(Allow, Registered)>,
    /// Whether the library makes something for itself, and how often it has: an instance with a memory each time.
    lifted: bool,
    exempt: usize,
}

impl Limits {
    pub fn new(home: Home) -> Limits {
        Limits { home, limits: wrt_limits::NONE, callback: None, lifted: false, exempt: 0 }
    }

    pub fn set(&mut self, limits: wrt_limits) {
        self.limits = limits;
    }

    pub fn set_callback(&mut self, callback: Option<(Allow, Registered)>) {
        self.callback = callback;
    }

    /// Lifts all limits, for what the library makes for itself.
    pub fn lift(&mut self) {
        self.lifted = true;
    }

    /// Lets them hold again. What was made, if something was, an instance with a memory, does not count.
    pub fn hold(&mut self, made: bool) {
        self.lifted = false;
        self.exempt += usize::from(made);
    }

    fn count(&self, limit: u64) -> usize {
        let limit = if self.lifted { usize::MAX } else { usize::try_from(limit).unwrap_or(usize::MAX) };
        limit.saturating_add(self.exempt)
    }

    fn growing(
        &self,
        kind: i32,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
        limit: u64,
    ) -> wasmtime::Result<bool> {
        if self.lifted {
            return Ok(true);
        }
        if desired as u64 > limit {
            let (noun, unit) = if kind == WRT_MEMORY { ("memory", "bytes") } else { ("table", "elements") };
            return self.refuse(format_args!("a {noun} of {desired} {unit} exceeds the store's limit of {limit}"));
        }
        let Some((allow, registered)) = &self.callback else { return Ok(true) };
        let mut error = wrt_error::EMPTY;
        let maximum = maximum.map_or(u64::MAX, |maximum| maximum as u64);
        let status = {
            let _lent = self.home.store().lend(Context::Taken);
            hooks::host(|| allow(registered.env.0, kind, current as u64, desired as u64, maximum, &mut error))
        };
        match status {
            WRT_OK => {
                // What another call reported and the callback got over.
                wrt_error_clear(Some(&mut error));
                Ok(true)
            }
            WRT_ERR_LIMIT if error.fault.is_null() => self.refuse("the store's limiter refused growth"),
            WRT_ERR_LIMIT => self.refuse(&error.take(status).report().message),
            _ => Err(trap::into_wasmtime(error.take(status))),
        }
    }

    fn refuse(&self, message: impl std::fmt::Display) -> wasmtime::Result<bool> {
        if self.limits.trap_on_grow_failure == 0 {
            return Ok(false);
        }
        Err(trap::into_wasmtime(crate::error::Failure::new(WRT_ERR_LIMIT, message)))
    }
}

impl wasmtime::ResourceLimiter for Limits {
    fn memory_growing(&mut self, current: usize, desired: usize, maximum: Option<usize>) -> wasmtime::Result<bool> {
        self.growing(WRT_MEMORY, current, desired, maximum, self.limits.memory_bytes)
    }

    fn table_growing(&mut self, current: usize, desired: usize, maximum: Option<usize>) -> wasmtime::Result<bool> {
        // Wasmtime tells the greatest size of all 32-bit tables where the type has no maximum.
        let maximum = maximum.filter(|maximum| *maximum != u32::MAX as usize);
        self.growing(WRT_TABLE, current, desired, maximum, self.limits.table_elements)
    }

    fn memory_grow_failed(&mut self, error: wasmtime::Error) -> wasmtime::Result<()> {
        self.grow_failed(error)
    }

    fn table_grow_failed(&mut self, error: wasmtime::Error) -> wasmtime::Result<()> {
        self.grow_failed(error)
    }

    fn instances(&self) -> usize {
        self.count(self.limits.instances)
    }

    fn tables(&self) -> usize {
        self.count(self.limits.tables)
    }

    fn memories(&self) -> usize {
        self.count(self.limits.memories)
    }
}

impl Limits {
    fn grow_failed(&self, error: wasmtime::Error) -> wasmtime::Result<()> {
        if self.limits.trap_on_grow_failure == 0 {
            return Ok(());
        }
        let failure = trap::from_wasmtime(&error, WRT_ERR_LIMIT);
        Err(trap::into_wasmtime(failure))
    }
}
