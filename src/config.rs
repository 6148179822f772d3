//! Configuration of engines: options by name, as text. Any thread may use a configuration.
//!
//! What was set is kept as it is and reaches Wasmtime in one go, when an engine is made: so no order of calls matters,
//! and every conflict is found in one place.

use std::collections::BTreeMap;
use std::ffi::{CStr, c_char, c_void};
use std::mem::MaybeUninit;
use std::sync::Arc;

use parking_lot::Mutex;
#[cfg(feature = "compiler")]
use wasmtime::CacheStore;
use wasmtime::Engine;

#[cfg(not(feature = "compiler"))]
use crate::absent::{CacheStore, Compiler};
use crate::boundary::{self, Registered, Required};
use crate::error::{Failure, Result, WRT_ERR_CONFIG};
use crate::fault::{wrt_drop_fn, wrt_error};
use crate::handle::{Handle, Noun, Opaque, wrt_bytes};

mod cache;
mod compiler;
mod conflicts;
mod creator;
mod debugging;
mod execution;
mod families;
mod memory;
pub(crate) mod options;
mod pooling;
mod proposals;
#[cfg(test)]
mod tests;
pub(crate) mod value;

pub use cache::{wrt_cache_get_fn, wrt_cache_put_fn};
pub use creator::{wrt_mem_grow_fn, wrt_mem_new_fn};
use options::{Apply, Found, Seen};
use value::Value;

/// Options for an engine.
pub struct wrt_config(#[allow(dead_code, reason = "opaque")] Opaque);

/// The body of a `wrt_config`.
#[derive(Default)]
pub(crate) struct Config(Mutex<Settings>);

/// What was set.
#[derive(Clone, Default)]
pub(crate) struct Settings {
    /// By the option's own name; what is not there has its default.
    values: BTreeMap<String, Value>,
    creator: Option<Arc<creator::Creator>>,
    cache_store: Option<Arc<cache::HostStore>>,
}

impl Noun for Config {
    type Face = wrt_config;
    const NAME: &'static CStr = c"config";
    const TAG: u32 = 2;

    fn close(&self) -> Result<()> {
        // The host's drop functions may run here, so the lock is given back first.
        let settings = std::mem::take(&mut *self.0.lock());
        drop(settings);
        Ok(())
    }
}
boundary::faces!(wrt_config => Config);

impl Settings {
    /// The value of an option, set or not.
    fn value(&self, key: &str) -> Value {
        let set = self.values.get(key).cloned();
        set.or_else(|| Some(options::find(key).ok()?.default())).unwrap_or(Value::Flag(false))
    }

    /// Whether the option has this value, by itself or because it was set.
    fn is(&self, key: &str, value: &str) -> bool {
        self.value(key).to_string() == value
    }

    /// Whether the option was set to this value.
    fn says(&self, key: &str, value: &str) -> bool {
        self.values.get(key).is_some_and(|set| set.to_string() == value)
    }
}

impl Config {
    pub fn set(&self, key: &str, value: &str) -> Result<()> {
        let option = options::find(key)?;
        let value = option.parse(value)?;
        self.0.lock().values.insert(option.key(), value);
        Ok(())
    }

    /// The value of an option as text: what was set, or the default.
    pub fn get(&self, key: &str) -> Result<String> {
        let key = options::find(key)?.key();
        Ok(self.0.lock().value(&key).to_string())
    }

    /// Sets all options of a JSON object, or none.
    pub fn set_json(&self, json: &str) -> Result<()> {
        let json: serde_json::Value =
            serde_json::from_str(json).map_err(|error| Failure::argument(format_args!("json is not JSON: {error}")))?;
        let serde_json::Value::Object(object) = json else {
            return Err(Failure::argument("json is not an object of options"));
        };
        let mut values = Vec::new();
        for (key, value) in object {
            let option = options::find(&key)?;
            let text = match value {
                serde_json::Value::String(text) => text,
                value @ (serde_json::Value::Bool(_) | serde_json::Value::Number(_)) => value.to_string(),
                other => {
                    let message =
                        format_args!("option {key} cannot be {other}: it takes a text, a number, true or false");
                    return Err(Failure::new(WRT_ERR_CONFIG, message));
                }
            };
            values.push((option.key(), option.parse(&text)?));
        }
        self.0.lock().values.extend(values);
        Ok(())
    }

    /// The configuration for Wasmtime, checked for conflicts.
    pub fn build(&self) -> Result<wasmtime::Config> {
        let settings = self.0.lock().clone();
        conflicts::check(&settings)?;
        conflicts::check_code_generator(&settings)?;
        let mut config = wasmtime::Config::new();
        // The setters of the compiler panic where there is none: conflicts.rs has made sure that none is called.
        config.enable_compiler(settings.is("enable_compiler", "true"));
        // A default that is not Wasmtime's: an error that can tell file and line does. So are some of the pool.
        config.wasm_backtrace_details(wasmtime::WasmBacktraceDetails::Enable);
        apply_target(&mut config, settings.value("target").word()).map_err(|error| refused(&error))?;
        let mut pool = pooling::standard();
        let (mut cache_settings, mut costs) = (Vec::new(), Vec::new());
        for (key, value) in &settings.values {
            match options::find(key)? {
                Found::Choice(choice) => match choice.apply {
                    Apply::Engine(apply) => _ = apply(&mut config, value),
                    Apply::Pool(apply) => _ = apply(&mut pool, value),
                    Apply::Cache(apply) => cache_settings.push((apply, value)),
                    Apply::Feature(feature) => _ = config.wasm_features(feature, value.on()),
                    Apply::Build => {}
                },
                Found::Member(family, name) => match family.prefix {
                    "cranelift_flag." => apply_flag(&mut config, &name, value),
                    "operator_cost." => costs.push((name, value.number())),
                    _ => {
                        if let Some(feature) = families::feature_flag(&name) {
                            config.wasm_features(feature, value.on());
                        }
                    }
                },
            }
        }
        if !costs.is_empty() {
            config.operator_cost(families::operator_costs(&costs)?);
        }
        if settings.is("allocation_strategy", "pooling") {
            config.allocation_strategy(pool);
        }
        if let Some(store) = incremental_store(&settings) {
            config.enable_incremental_compilation(store).map_err(|error| refused(&error))?;
        }
        if let Some(creator) = &settings.creator {
            apply_creator(&mut config, &settings, creator);
        }
        let cache = settings.value("cache");
        if cache::wanted(cache.word()) {
            let own_directory = !settings.is("cache.directory", "default");
            config.cache(Some(cache::open(cache.word(), &cache_settings, own_directory)?));
        }
        Ok(config)
    }

    /// The configuration as it is now, which later changes leave alone.
    pub fn snapshot(&self) -> Config {
        Config(Mutex::new(self.0.lock().clone()))
    }

    /// Every option with the value in force in `engine`, which was made from `config`, as a JSON object.
    pub fn effective_json(engine: &Engine, config: &Config) -> serde_json::Value {
        let settings = config.0.lock().clone();
        let pool = engine.get_pooling_config();
        let mut object = serde_json::Map::new();
        for choice in options::all() {
            let seen = match choice.seen {
                Seen::Engine(seen) => seen(engine),
                Seen::Pool(seen) => pool.map(seen),
                Seen::Feature(feature) => Some(engine.get_wasm_features().contains(feature).into()),
                Seen::Setting => None,
            };
            let value = seen.unwrap_or_else(|| match choice.key {
                "enable_incremental_compilation" => incremental_store(&settings).is_some().into(),
                key => settings.value(key),
            });
            object.insert(choice.key.to_owned(), value.json());
        }
        for (key, value) in settings.values {
            object.entry(key).or_insert_with(|| value.json());
        }
        object.into()
    }
}

fn refused(error: &wasmtime::Error) -> Failure {
    Failure::new(WRT_ERR_CONFIG, crate::trap::one_line(error))
}

fn apply_target(config: &mut wasmtime::Config, target: &str) -> wasmtime::Result<()> {
    if target == "host" { Ok(()) } else { config.target(target).map(|_| ()) }
}

fn apply_flag(config: &mut wasmtime::Config, name: &str, value: &Value) {
    // SAFETY: the documentation of the option hands the choice of flags to the host.
    unsafe {
        match value.word() {
            "enable" => config.cranelift_flag_enable(name),
            value => config.cranelift_flag_set(name, value),
        };
    }
}

/// The store of compiled functions, where there is to be one.
fn incremental_store(settings: &Settings) -> Option<Arc<dyn CacheStore>> {
    match &settings.cache_store {
        Some(store) => Some(store.clone()),
        None if settings.is("enable_incremental_compilation", "true") => Some(Arc::new(cache::MemoryStore::default())),
        None => None,
    }
}

/// Registers the host's creator of memories. Code relies on reservation and guard, so both are 0 unless the host asked
/// for them: then any memory will do.
fn apply_creator(config: &mut wasmtime::Config, settings: &Settings, creator: &Arc<creator::Creator>) {
    config.with_host_memory(Arc::new(creator::Memories(creator.clone())));
    // Wasmtime maps initial contents over its own memories only, and panics at those of a creator.
    config.memory_init_cow(false);
    let unset = |key: &str| !settings.values.contains_key(key);
    let own_heap = conflicts::LAYOUT.iter().any(|(_, gc)| !unset(gc));
    if unset("memory_reservation") {
        config.memory_reservation(0);
    }
    if unset("memory_guard_size") {
        config.memory_guard_size(0);
    }
    // The heap of the collector follows memories, unless one of its options was set.
    if own_heap && unset("gc_heap_reservation") {
        config.gc_heap_reservation(0);
    }
    if own_heap && unset("gc_heap_guard_size") {
        config.gc_heap_guard_size(0);
    }
}

/// Makes a configuration in which every option has its default. `out` is a handle, given back with `wrt_release`; engines
/// made from it are not changed by what is set later.
///
/// Errors: `WRT_ERR_ARGUMENT`. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_config_new(
    out: Option<&mut MaybeUninit<*mut wrt_config>>,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        out.required("out")?.write(Handle::new(Config::default()).hand_over());
        Ok(())
    })
}

/// Sets the option `key` to `value`, both text; `wrt_config_options_json` lists all options. Case, and `-` for `_`, do
/// not matter in keys and words. Values are `true` or `false` (also `1`, `0`, `on`, `off`, `yes`, `no`), integers
/// (decimal or `0x`, with `_` between digits, sizes also with `KiB`, `MiB`, `GiB` or `TiB`), words, or text.
///
/// Errors: `WRT_ERR_CONFIG` for an unknown option (the message names the nearest) or a value that it does not take;
/// `WRT_ERR_UNSUPPORTED` for one that this build or this platform cannot do; `WRT_ERR_ARGUMENT`, `WRT_ERR_CLOSED`.
/// Settings that exclude each other are found by `wrt_engine_new`. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_config_set(
    config: Option<&wrt_config>,
    key: *const c_char,
    key_len: usize,
    value: *const c_char,
    value_len: usize,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        let config = config.required("config")?.open()?;
        config.set(boundary::text(key, key_len, "key")?, boundary::text(value, value_len, "value")?)
    })
}

/// Writes the value of the option `key`, as it was set or else its default, as text to `value`, which is freed with
/// `wrt_bytes_free`. What is in force in an engine stands in `wrt_engine_json`.
///
/// Errors: `WRT_ERR_CONFIG` for an unknown option; `WRT_ERR_ARGUMENT`, `WRT_ERR_CLOSED`. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_config_get(
    config: Option<&wrt_config>,
    key: *const c_char,
    key_len: usize,
    value: Option<&mut MaybeUninit<wrt_bytes>>,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        let found = config.required("config")?.open()?.get(boundary::text(key, key_len, "key")?)?;
        value.required("value")?.write(found.into());
        Ok(())
    })
}

/// Sets every option of the JSON object `json`, whose values are text, numbers, `true` or `false`; when one of them is
/// refused, none is set.
///
/// Errors: as `wrt_config_set`; `WRT_ERR_ARGUMENT` for what is not a JSON object. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_config_set_json(
    config: Option<&wrt_config>,
    json: *const c_char,
    json_len: usize,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || config.required("config")?.open()?.set_json(boundary::text(json, json_len, "json")?))
}

/// All options as a JSON array of `{"key", "type", "default", "values", "doc", "group", "aliases", "unit", "available"}`;
/// `type` is `bool`, `integer`, `bytes`, `enum` or `string`, `values` the words of an enum, and an option that is not
/// available has only its default in this build. A key that ends in `<name>` stands for a family, whose members `names`
/// lists where they are known. The text is static. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_config_options_json() -> *const c_char {
    boundary::value(c"[]".as_ptr(), || Some(options::JSON.as_ptr()))
}

/// Lets the host allocate the memories that modules define, and the heaps of the collector, in engines made from
/// `config`: `make` makes one, `grow` grows it, and `free_mem`, which may be NULL, is called with what `make` wrote to
/// `mem` when it is gone. `grow` may be NULL: memories then grow up to their capacity, which is accessible from the
/// beginning. `drop`, which may be NULL, is called with `env` once no engine, no memory and no configuration needs it;
/// when this function fails it is not called. What was registered before is given up.
///
/// Memories then have no reservation and no guard unless `memory_reservation` and `memory_guard_size` are set; see
/// `wrt_mem_new_fn`. Memories that the host makes itself, and the pool, stay Wasmtime's.
///
/// Errors: `WRT_ERR_ARGUMENT` where `make` is NULL; `WRT_ERR_CLOSED`. The callbacks run on any thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_config_set_memory_creator(
    config: Option<&wrt_config>,
    make: wrt_mem_new_fn,
    grow: wrt_mem_grow_fn,
    free_mem: wrt_drop_fn,
    env: *mut c_void,
    drop: wrt_drop_fn,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        let config = config.required("config")?.open()?;
        let make = make.ok_or_else(|| Failure::null("make"))?;
        let creator = creator::Creator { make, grow, free: free_mem, host: Registered::new(env, drop) };
        creator.host.arm();
        let old = config.0.lock().creator.replace(Arc::new(creator));
        std::mem::drop(old);
        Ok(())
    })
}

/// Gives the host the compiled functions to keep, for engines made from `config`, which turns on
/// `enable_incremental_compilation`: `get` looks one up, `put` keeps one. Their bytes are trusted as code: a store that
/// others can write to lets them run anything. `drop`, which may be NULL, is called with `env` once no engine and no
/// configuration needs it; when this function fails it is not called. What was registered before is given up.
///
/// Errors: `WRT_ERR_ARGUMENT` where `get` or `put` is NULL; `WRT_ERR_CLOSED`. The callbacks run on any thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_config_set_cache_store(
    config: Option<&wrt_config>,
    get: wrt_cache_get_fn,
    put: wrt_cache_put_fn,
    env: *mut c_void,
    drop: wrt_drop_fn,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        let config = config.required("config")?.open()?;
        let get = get.ok_or_else(|| Failure::null("get"))?;
        let put = put.ok_or_else(|| Failure::null("put"))?;
        let store = cache::HostStore { get, put, host: Registered::new(env, drop) };
        store.host.arm();
        let old = config.0.lock().cache_store.replace(Arc::new(store));
        std::mem::drop(old);
        Ok(())
    })
}
