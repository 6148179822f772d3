//! Caches of compiled code: Wasmtime's directory of modules, and the host's store of functions.

use std::borrow::Cow;
use std::collections::HashMap;
use std::ffi::c_void;
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use parking_lot::Mutex;
#[cfg(feature = "compiler")]
use wasmtime::{Cache, CacheConfig, CacheStore};

use super::options::{Apply, Choice};
use super::value::{Kind, Value};
#[cfg(not(feature = "compiler"))]
use crate::absent::{Cache, CacheConfig, CacheStore};
use crate::boundary::{self, Registered};
use crate::error::{Failure, Result, WRT_ERR_CONFIG, WRT_OK};
use crate::handle::{wrt_bytes, wrt_bytes_free};
use crate::trap;

/// Looks up `key_len` bytes at `key` in a store of the host. When they are there, the callback copies what belongs to
/// them to `out` with `wrt_bytes_copy` and returns `WRT_OK`; anything else means that they are not, and leaves `out` alone.
///
/// Called from any thread, several at a time. It must not unwind.
pub type wrt_cache_get_fn =
    Option<extern "C" fn(env: *mut c_void, key: *const u8, key_len: usize, out: *mut wrt_bytes) -> i32>;

/// Keeps `len` bytes at `data` under `key_len` bytes at `key` in a store of the host; both are borrowed for the call.
/// Returns `WRT_OK`, or anything else when they were not kept, which is no error.
///
/// Called from any thread, several at a time. It must not unwind.
pub type wrt_cache_put_fn =
    Option<extern "C" fn(env: *mut c_void, key: *const u8, key_len: usize, data: *const u8, len: usize) -> i32>;

type Set = for<'a> fn(&'a mut CacheConfig, &Value) -> &'a mut CacheConfig;

const fn setting(choice: Choice, set: Set) -> Choice {
    Choice { apply: Apply::Cache(set), ..choice }
}

const fn number(key: &'static str, most: u64, unit: &'static str, default: &'static str, doc: &'static str) -> Choice {
    Choice::new(key, Kind::Number { least: 0, most, unit }, default, doc)
}

/// Wasmtime takes percentages of these limits, and the thread that looks after the cache panics when that overflows.
const MOST_FILES: u64 = 1 << 40;
const MOST_BYTES: u64 = 1 << 50;

/// A hundred years; Wasmtime adds the times to the clock.
const SECONDS: u64 = 100 * 366 * 24 * 3600;

pub(super) const OPTIONS: &[Choice] = &[
    Choice::new(
        "cache",
        Kind::Text {
            accepts: "true, false, the path of a directory, or the path of a file in TOML",
            check: |text| !text.is_empty(),
        },
        "false",
        "Whether compiled modules are kept on disk for the next process. true takes the settings and the directory of the \
         user's Wasmtime; a directory is made where it is missing; a path that ends in .toml is a file in the format of \
         Wasmtime's configuration.",
    ),
    setting(
        Choice::new(
            "cache.directory",
            Kind::Text { accepts: "the path of a directory", check: |text| !text.is_empty() },
            "default",
            "Where the cache lives, instead of the directory that belongs to the user.",
        ),
        |c, v| if v.word() == "default" { c } else { c.with_directory(absolute(v.word())) },
    ),
    setting(
        number(
            "cache.worker_event_queue_size",
            1 << 20,
            "events",
            "16",
            "How many events can wait for the thread that looks after the cache; what comes on top is forgotten.",
        ),
        |c, v| c.with_worker_event_queue_size(v.number()),
    ),
    setting(
        number("cache.baseline_compression_level", 21, "", "3", "The zstd level with which a module is first written."),
        |c, v| c.with_baseline_compression_level(level(v)),
    ),
    setting(
        number(
            "cache.optimized_compression_level",
            21,
            "",
            "20",
            "The zstd level with which a module in frequent use is written again.",
        ),
        |c, v| c.with_optimized_compression_level(level(v)),
    ),
    setting(
        number(
            "cache.optimized_compression_usage_counter_threshold",
            u64::MAX,
            "uses",
            "256",
            "After how many uses a module is written again.",
        ),
        |c, v| c.with_optimized_compression_usage_counter_threshold(v.number()),
    ),
    setting(
        number(
            "cache.cleanup_interval",
            SECONDS,
            "seconds",
            "3600",
            "How long the cache waits from one cleanup to the next.",
        ),
        |c, v| c.with_cleanup_interval(Duration::from_secs(v.number())),
    ),
    setting(
        number(
            "cache.optimizing_compression_task_timeout",
            SECONDS,
            "seconds",
            "1800",
            "After what time another process may take over the rewriting of a module.",
        ),
        |c, v| c.with_optimizing_compression_task_timeout(Duration::from_secs(v.number())),
    ),
    setting(
        number(
            "cache.allowed_clock_drift_for_files_from_future",
            SECONDS,
            "seconds",
            "86400",
            "How far ahead the clock of another machine may be before its files count as damaged.",
        ),
        |c, v| c.with_allowed_clock_drift_for_files_from_future(Duration::from_secs(v.number())),
    ),
    setting(
        number("cache.file_count_soft_limit", MOST_FILES, "files", "65536", "With how many modules a cleanup begins."),
        |c, v| c.with_file_count_soft_limit(v.number()),
    ),
    setting(
        Choice::new(
            "cache.files_total_size_soft_limit",
            Kind::Bytes { least: 0, most: MOST_BYTES },
            "536870912",
            "With what size of all modules a cleanup begins.",
        ),
        |c, v| c.with_files_total_size_soft_limit(v.number()),
    ),
    setting(
        number(
            "cache.file_count_limit_percent_if_deleting",
            100,
            "percent",
            "70",
            "How many of the modules that cache.file_count_soft_limit allows a cleanup leaves.",
        ),
        |c, v| c.with_file_count_limit_percent_if_deleting(percent(v)),
    ),
    setting(
        number(
            "cache.files_total_size_limit_percent_if_deleting",
            100,
            "percent",
            "70",
            "How much of the size that cache.files_total_size_soft_limit allows a cleanup leaves.",
        ),
        |c, v| c.with_files_total_size_limit_percent_if_deleting(percent(v)),
    ),
];

fn level(value: &Value) -> i32 {
    i32::try_from(value.number()).unwrap_or(i32::MAX)
}

fn percent(value: &Value) -> u8 {
    u8::try_from(value.number()).unwrap_or(u8::MAX)
}

/// Wasmtime wants absolute paths; a relative one starts where the process is.
fn absolute(path: &str) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| PathBuf::from(path))
}

/// Whether the option `cache` asks for a cache.
pub(super) fn wanted(cache: &str) -> bool {
    Kind::Flag.parse(cache) != Some(Value::Flag(false))
}

/// Opens the cache that the option `cache` and the settings `cache.*` describe, which is made where it is missing.
pub(super) fn open(cache: &str, settings: &[(Set, &Value)], own_directory: bool) -> Result<Cache> {
    let refuse = |error: &wasmtime::Error| {
        Failure::new(WRT_ERR_CONFIG, format_args!("option cache cannot be {cache:?}: {}", trap::one_line(error)))
    };
    let mut config = if Kind::Flag.parse(cache) != Some(Value::Flag(true)) {
        let path = absolute(cache);
        if path.extension().is_some_and(|end| end.eq_ignore_ascii_case("toml")) || path.is_file() {
            CacheConfig::from_file(Some(&path)).map_err(|error| refuse(&error))?
        } else {
            let mut config = CacheConfig::new();
            config.with_directory(path);
            config
        }
    } else if own_directory {
        CacheConfig::new()
    } else {
        CacheConfig::from_file(None::<&Path>).map_err(|error| refuse(&error))?
    };
    for (set, value) in settings {
        set(&mut config, value);
    }
    // A file can say what the options cannot.
    if config.file_count_soft_limit() > MOST_FILES || config.files_total_size_soft_limit() > MOST_BYTES {
        return Err(refuse(&wasmtime::Error::msg("its limits are absurdly large")));
    }
    Cache::new(config).map_err(|error| refuse(&error))
}

/// The host's store of compiled functions.
pub(crate) struct HostStore {
    pub get: extern "C" fn(*mut c_void, *const u8, usize, *mut wrt_bytes) -> i32,
    pub put: extern "C" fn(*mut c_void, *const u8, usize, *const u8, usize) -> i32,
    pub host: Registered,
}

impl fmt::Debug for HostStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HostStore")
    }
}

impl CacheStore for HostStore {
    fn get(&self, key: &[u8]) -> Option<Cow<'_, [u8]>> {
        let mut out = wrt_bytes { data: std::ptr::null(), len: 0, owner: std::ptr::null_mut() };
        if (self.get)(self.host.env.0, key.as_ptr(), key.len(), &raw mut out) != WRT_OK {
            return None;
        }
        let found = boundary::bytes(out.data, out.len, "out").ok().map(<[u8]>::to_vec);
        wrt_bytes_free(Some(&mut out));
        // Empty is what a callback leaves that wrote nothing.
        found.filter(|data| !data.is_empty()).map(Cow::Owned)
    }

    fn insert(&self, key: &[u8], value: Vec<u8>) -> bool {
        (self.put)(self.host.env.0, key.as_ptr(), key.len(), value.as_ptr(), value.len()) == WRT_OK
    }
}

/// Compiled functions in memory, for as long as the engine lives.
#[derive(Debug, Default)]
pub(crate) struct MemoryStore(Mutex<Functions>);

#[derive(Debug, Default)]
struct Functions {
    by_key: HashMap<Vec<u8>, Vec<u8>>,
    bytes: usize,
}

/// How many bytes a `MemoryStore` keeps.
const KEPT: usize = 256 << 20;

impl CacheStore for MemoryStore {
    fn get(&self, key: &[u8]) -> Option<Cow<'_, [u8]>> {
        self.0.lock().by_key.get(key).cloned().map(Cow::Owned)
    }

    fn insert(&self, key: &[u8], value: Vec<u8>) -> bool {
        let mut functions = self.0.lock();
        let bytes = functions.bytes.saturating_add(key.len()).saturating_add(value.len());
        if bytes > KEPT {
            return false;
        }
        functions.bytes = bytes;
        functions.by_key.insert(key.to_vec(), value);
        true
    }
}
