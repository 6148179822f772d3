//! Engines: settings, compiled code and the epoch, shared by all threads.

use std::collections::HashMap;
use std::ffi::CStr;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::mem::MaybeUninit;
use std::time::Duration;

use parking_lot::Mutex;
use sha2::{Digest, Sha256};

#[cfg(not(feature = "compiler"))]
use crate::absent::{Compile, Precompile};
use crate::boundary::{self, Required};
use crate::clock::Clock;
use crate::config::{Config, wrt_config};
use crate::error::{Failure, Result, WRT_ERR_COMPILE, WRT_ERR_CONFIG};
use crate::fault::wrt_error;
use crate::handle::{Handle, Noun, Opaque, wrt_bytes};
use crate::hooks;
use crate::text;
use crate::trap;
use crate::types;
use crate::version::NO_COMPILER;

/// An engine: a handle, shared by all threads.
pub struct wrt_engine(#[allow(dead_code, reason = "opaque")] Opaque);

const SWITCHED_OFF: &str = "the engine compiles nothing, since its option enable_compiler is false; it loads precompiled \
                            artifacts";

/// The body of a `wrt_engine`.
pub(crate) struct Engine {
    engine: wasmtime::Engine,
    config: Handle<Config>,
    clock: Clock,
    types: types::Known,
    /// Modules that the library makes for itself, by their text; none where there is no compiler, or they cannot be.
    own_modules: Mutex<HashMap<String, Option<wasmtime::Module>>>,
}

impl Noun for Engine {
    type Face = wrt_engine;
    const NAME: &'static CStr = c"engine";
    const TAG: u32 = 3;

    /// Ends the ticker. What was made from the engine keeps working; nothing new can be made.
    fn close(&self) -> Result<()> {
        self.clock.stop();
        Ok(())
    }
}
boundary::faces!(wrt_engine => Engine);

impl Engine {
    pub fn new(config: Handle<Config>) -> Result<Engine> {
        let settings = config.build()?;
        let engine = wasmtime::Engine::new(&settings).map_err(|e| trap::from_wasmtime(&e, WRT_ERR_CONFIG))?;
        let clock = Clock::new(&engine);
        Ok(Engine { engine, config, clock, types: types::Known::default(), own_modules: Mutex::default() })
    }

    pub fn wasmtime(&self) -> Result<wasmtime::Engine> {
        Ok(self.engine.clone())
    }

    pub fn inner(&self) -> &wasmtime::Engine {
        &self.engine
    }

    pub fn types(&self) -> &types::Known {
        &self.types
    }

    /// A module of the library's own, compiled once.
    pub fn own_module(&self, text: String) -> Option<wasmtime::Module> {
        let mut known = self.own_modules.lock();
        known.entry(text).or_insert_with_key(|text| wasmtime::Module::new(&self.engine, text).ok()).clone()
    }

    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Fails unless calls can be stopped from outside.
    pub fn require_epochs(&self, what: &str) -> Result<()> {
        if self.engine.get_epoch_interruption() {
            return Ok(());
        }
        Err(Failure::new(
            WRT_ERR_CONFIG,
            format_args!("{what} needs an engine with the option epoch_interruption = true"),
        ))
    }
}

/// Makes an engine with the settings of `config`, which may be NULL for the default ones. Settings changed later do not
/// reach it. The engine is released with `wrt_release`.
///
/// Errors: `WRT_ERR_CONFIG` names the settings that exclude each other or that this machine cannot fulfil. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_engine_new(
    config: Option<&wrt_config>,
    out: Option<&mut MaybeUninit<*mut wrt_engine>>,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        let out = out.required("out")?;
        let config = match config {
            Some(config) => Handle::new(Some(config).required("config")?.snapshot()),
            None => Handle::new(Config::default()),
        };
        out.write(Handle::new(Engine::new(config)?).hand_over());
        Ok(())
    })
}

/// Writes the settings in force as JSON: `{"options": {key: value, ...}, "target", "pulley", "fingerprint"}`. `out` is
/// freed with `wrt_bytes_free`.
///
/// Errors: `WRT_ERR_ARGUMENT`, `WRT_ERR_CLOSED`. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_engine_json(
    engine: Option<&wrt_engine>,
    out: Option<&mut MaybeUninit<wrt_bytes>>,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        let engine = engine.required("engine")?;
        let json = serde_json::json!({
            "options": Config::effective_json(&engine.engine, &engine.config),
            "target": engine.engine.get_target().unwrap_or_else(|| env!("WRT_TARGET").to_owned()),
            "pulley": engine.engine.is_pulley(),
            "fingerprint": format!("{:016x}", fingerprint(&engine.engine)),
        });
        out.required("out")?.write(json.to_string().into());
        Ok(())
    })
}

/// Writes what the pooling allocator holds as JSON: counts of live instances, memories, tables and stacks, and resident
/// bytes; `null` for an engine without one. `out` is freed with `wrt_bytes_free`.
///
/// Errors: `WRT_ERR_ARGUMENT`, `WRT_ERR_CLOSED`. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_engine_metrics_json(
    engine: Option<&wrt_engine>,
    out: Option<&mut MaybeUninit<wrt_bytes>>,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        let metrics = engine.required("engine")?.engine.pooling_allocator_metrics();
        let json = metrics.map_or(serde_json::Value::Null, |metrics| {
            serde_json::json!({
                "core_instances": metrics.core_instances(),
                "component_instances": metrics.component_instances(),
                "memories": metrics.memories(),
                "tables": metrics.tables(),
                "stacks": metrics.stacks(),
                "gc_heaps": metrics.gc_heaps(),
                "unused_warm_memories": metrics.unused_warm_memories(),
                "unused_memory_bytes_resident": metrics.unused_memory_bytes_resident(),
                "unused_warm_tables": metrics.unused_warm_tables(),
                "unused_table_bytes_resident": metrics.unused_table_bytes_resident(),
                "unused_warm_stacks": metrics.unused_warm_stacks(),
                "unused_stack_bytes_resident": metrics.unused_stack_bytes_resident(),
            })
        });
        out.required("out")?.write(json.to_string().into());
        Ok(())
    })
}

/// A number that is equal for engines which can load each other's precompiled artifacts; 0 for NULL, for a closed engine, and in
/// a build without a compiler, which knows only once it has tried. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_engine_fingerprint(engine: Option<&wrt_engine>) -> u64 {
    boundary::value(0, || {
        let engine = engine.required("engine").ok()?;
        cfg!(feature = "compiler").then(|| fingerprint(&engine.engine))
    })
}

/// The name under which to keep what `engine` compiles from `wasm`: the SHA-256 of the `len` bytes as they are, a dash, and the
/// engine's fingerprint, in hexadecimal digits. What an engine has compiled fits every engine that gives the same key. An engine with
/// `enable_compiler = false` gives another one, so a process that only loads has to be told the key.
/// `*key` is freed with `wrt_bytes_free`.
///
/// Errors: `WRT_ERR_UNSUPPORTED` in a build without a compiler; `WRT_ERR_ARGUMENT`, `WRT_ERR_CLOSED`. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_engine_module_key(
    engine: Option<&wrt_engine>,
    wasm: *const u8,
    len: usize,
    key: Option<&mut MaybeUninit<wrt_bytes>>,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        let engine = engine.required("engine")?;
        let wasm = boundary::bytes(wasm, len, "wasm")?;
        let key = key.required("key")?;
        if cfg!(not(feature = "compiler")) {
            return Err(Failure::unsupported(NO_COMPILER));
        }
        let content = hooks::native(|| Sha256::digest(wasm));
        key.write(format!("{content:x}-{:016x}", fingerprint(&engine.engine)).into());
        Ok(())
    })
}

fn fingerprint(engine: &wasmtime::Engine) -> u64 {
    let mut hasher = DefaultHasher::new();
    engine.precompile_compatibility_hash().hash(&mut hasher);
    hasher.finish()
}

/// Moves the epoch of `engine` by one tick. NULL is ignored. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_engine_increment_epoch(engine: Option<&wrt_engine>) {
    boundary::value((), || {
        engine.required("engine").ok()?.clock.tick();
        Some(())
    })
}

/// Starts a thread that moves the epoch each `period_ns` nanoseconds, or changes the period of the one that runs. It ends
/// with `wrt_engine_stop_ticker`, or with the engine.
///
/// Errors: `WRT_ERR_CONFIG` for an engine without `epoch_interruption`; `WRT_ERR_ARGUMENT` for a period below 10 000 ns;
/// `WRT_ERR_CLOSED`. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_engine_start_ticker(
    engine: Option<&wrt_engine>,
    period_ns: u64,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        let engine = engine.required("engine")?;
        engine.require_epochs("a ticker")?;
        if !(10_000..=u64::MAX / 4).contains(&period_ns) {
            return Err(Failure::argument(format_args!("period_ns is {period_ns}, the least is 10000")));
        }
        engine.clock.start(Duration::from_nanos(period_ns))
    })
}

/// Ends the ticker of `engine`, if it runs. NULL is ignored. Any thread; does not wait.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_engine_stop_ticker(engine: Option<&wrt_engine>) {
    boundary::value((), || {
        engine.required("engine").ok()?.clock.stop();
        Some(())
    })
}

/// Checks that `len` bytes at `wasm` are a module this engine could compile. WAT is accepted too.
///
/// Errors: `WRT_ERR_PARSE` or `WRT_ERR_VALIDATE` say where and why. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_engine_validate(
    engine: Option<&wrt_engine>,
    wasm: *const u8,
    len: usize,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        let engine = engine.required("engine")?;
        let wasm = text::to_binary(boundary::bytes(wasm, len, "wasm")?, None)?;
        let checked = hooks::native(|| wasmtime::Module::validate(&engine.engine, &wasm));
        checked.map_err(|e| engine.rejected(&wasm, &e))
    })
}

impl Engine {
    /// Why Wasmtime did not take `wasm`: malformed, invalid, or refused by the compiler, or by its absence.
    pub fn rejected(&self, wasm: &[u8], error: &wasmtime::Error) -> Failure {
        let compiles = self.engine.get_strategy().is_some();
        text::classify(wasm, self.engine.get_wasm_features()).unwrap_or_else(|| match compiles {
            false if cfg!(feature = "compiler") => Failure::unsupported(SWITCHED_OFF),
            _ => trap::from_wasmtime(error, WRT_ERR_COMPILE),
        })
    }
}

/// Compiles `len` bytes at `wasm`, binary or WAT, to an artifact for `wrt_module_deserialize`. `out` is freed with
/// `wrt_bytes_free`.
///
/// Errors: `WRT_ERR_PARSE`, `WRT_ERR_VALIDATE`, `WRT_ERR_COMPILE`; `WRT_ERR_UNSUPPORTED` without a compiler. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_engine_precompile(
    engine: Option<&wrt_engine>,
    wasm: *const u8,
    len: usize,
    out: Option<&mut MaybeUninit<wrt_bytes>>,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        let engine = engine.required("engine")?;
        let out = out.required("out")?;
        let wasm = text::to_binary(boundary::bytes(wasm, len, "wasm")?, None)?;
        let artifact = hooks::native(|| engine.engine.precompile_module(&wasm));
        let artifact = artifact.map_err(|e| engine.rejected(&wasm, &e))?;
        out.write(wrt_bytes::new(artifact));
        Ok(())
    })
}
