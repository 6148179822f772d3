use std::alloc::Layout;
use std::collections::BTreeSet;
use std::hash::{Hash, Hasher};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

use wasmtime::{Engine, Instance, Module, Store};

use super::compiler::COMPILER_ONLY;
use super::options::{Apply, Choice, Seen};
use super::value::Kind;
use super::*;
use crate::error::{WRT_ERR_CONFIG, WRT_ERR_UNSUPPORTED, WRT_OK};

/// Memory, table, data, loops, calls, division: what every engine must be able to run.
const PROGRAM: &str = r#"(module
    (memory (export "memory") 1 4) (table 2 funcref) (elem (i32.const 0) $twice)
    (data (i32.const 8) "\2a\00\00\00")
    (func $twice (param i32) (result i32) (i32.mul (local.get 0) (i32.const 2)))
    (func (export "run") (result i32)
        (local i32) (loop (br_if 0 (i32.lt_s (local.tee 0 (i32.add (local.get 0) (i32.const 1))) (i32.const 9))))
        (drop (memory.grow (i32.const 1)))
        (i32.store (i32.const 70000) (i32.load (i32.const 8)))
        (call_indirect (param i32) (result i32) (i32.div_s (i32.load (i32.const 70000)) (i32.const 1)) (i32.const 0))))"#;

fn config(settings: &[(&str, &str)]) -> Config {
    let config = Config::default();
    for (key, value) in settings {
        config.set(key, value).unwrap_or_else(|failure| panic!("{key} = {value}: {failure:?}"));
    }
    config
}

fn engine(settings: &[(&str, &str)]) -> Engine {
    Engine::new(&config(settings).build().unwrap()).unwrap()
}

fn run(engine: &Engine) -> wasmtime::Result<i32> {
    let module = Module::new(engine, PROGRAM)?;
    let mut store = Store::new(engine, ());
    if engine.get_consume_fuel() {
        store.set_fuel(1 << 40)?;
    }
    store.set_epoch_deadline(1 << 40);
    let instance = Instance::new(&mut store, &module, &[])?;
    instance.get_typed_func::<(), i32>(&mut store, "run")?.call(&mut store, ())
}

/// What decides whether artifacts fit.
fn fingerprint(engine: &Engine) -> u64 {
    let mut hasher = std::hash::DefaultHasher::new();
    engine.precompile_compatibility_hash().hash(&mut hasher);
    hasher.finish()
}

fn message(settings: &[(&str, &str)]) -> (i32, String) {
    let failure = config(settings).build().err().unwrap_or_else(|| panic!("{settings:?} should be refused"));
    (failure.status(), failure.report().message.clone())
}

/// The source of Wasmtime that this library is built from.
fn wasmtime_source() -> PathBuf {
    let metadata = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--offline", "--manifest-path"])
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"))
        .output()
        .unwrap();
    let metadata: serde_json::Value = serde_json::from_slice(&metadata.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    let wasmtime = packages.iter().find(|package| package["name"] == "wasmtime").unwrap();
    PathBuf::from(wasmtime["manifest_path"].as_str().unwrap()).with_file_name("src")
}

/// The public methods with a receiver in all blocks that begin with `header`.
fn methods(source: &str, header: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for block in source.split(&format!("\n{header} {{\n")).skip(1) {
        let block = block.split("\n}\n").next().unwrap();
        for line in block.lines() {
            let Some(rest) = line.strip_prefix("    pub ") else { continue };
            let Some(rest) = rest.trim_start_matches("unsafe ").strip_prefix("fn ") else { continue };
            found.insert(rest.split(['(', '<']).next().unwrap().to_owned());
        }
    }
    found
}

#[test]
fn every_knob_of_wasmtime_is_an_option() {
    let source = std::fs::read_to_string(wasmtime_source().join("config.rs")).unwrap();
    let known = |name: &str, prefix: &str| {
        options::all().any(|choice| {
            let alias = choice.aliases.iter().any(|alias| *alias == name);
            alias || choice.key.strip_prefix(prefix) == Some(name)
        })
    };
    let elsewhere = [
        ("new", "makes one"),
        ("with_host_memory", "wrt_config_set_memory_creator"),
        ("with_host_stack", "a callback on every suspendable call, with no use outside of embedded systems"),
        ("with_custom_code_memory", "a callback for systems without virtual memory"),
        ("detect_host_feature", "a callback for systems that Wasmtime cannot ask for their processor"),
        ("wasm_features", "the family wasm_features.*, and an option for each proposal"),
        ("operator_cost", "the family operator_cost.*"),
        ("cranelift_flag_enable", "the family cranelift_flag.*"),
        ("cranelift_flag_set", "the family cranelift_flag.*"),
    ];
    let found = methods(&source, "impl Config");
    assert!(found.len() > 90, "{found:?}");
    for name in &found {
        let excused = elsewhere.iter().any(|(known, _)| known == name);
        assert!(known(name, "") != excused, "Config::{name} is no option, or is one and is excused");
    }
    for (name, why) in elsewhere {
        assert!(found.contains(name), "Config::{name} ({why}) is gone");
    }

    let found = methods(&source, "impl PoolingAllocationConfig");
    assert!(found.len() > 40, "{found:?}");
    for name in found.iter().filter(|name| !name.starts_with("get_") && *name != "new") {
        let excused = name == "are_memory_protection_keys_available";
        assert!(known(name, "pooling.") != excused, "PoolingAllocationConfig::{name} is no option");
    }
    // And the other way round: no option without a knob.
    let all = &methods(&source, "impl Config") | &found;
    for choice in options::all().filter(|choice| !choice.key.starts_with("cache.")) {
        let name = choice.key.trim_start_matches("pooling.");
        let named = std::iter::once(name).chain(choice.aliases.iter().copied()).any(|name| all.contains(name));
        assert!(named, "Wasmtime has nothing that is called {}", choice.key);
    }
}

#[test]
fn defaults_are_those_of_wasmtime() {
    let engine = Engine::new(&Config::default().build().unwrap()).unwrap();
    // The one default of ours: an error that can tell file and line does.
    let untouched = wasmtime::Config::new().wasm_backtrace_details(wasmtime::WasmBacktraceDetails::Enable).clone();
    let untouched = Engine::new(&untouched).unwrap();
    assert_eq!(fingerprint(&engine), fingerprint(&untouched));
    let pool = wasmtime::PoolingAllocationConfig::new();
    let mut proven = 0;
    for choice in options::all() {
        let seen = match choice.seen {
            Seen::Engine(seen) => seen(&engine),
            Seen::Pool(seen) => Some(seen(&pool)),
            Seen::Feature(feature) => Some(engine.get_wasm_features().contains(feature).into()),
            Seen::Setting => continue,
        };
        // What these name by a word, Wasmtime names by what it found.
        let default = match choice.key {
            "strategy" => Value::Word("cranelift"),
            "target" => untouched.get_target().map(Value::Text).unwrap(),
            _ => choice.default(),
        };
        assert_eq!(seen, Some(default), "{}", choice.key);
        proven += 1;
    }
    assert!(proven > 90, "{proven}");
    for name in (families::ALL.iter().find(|family| family.prefix == "wasm_features.").unwrap().names)().unwrap() {
        let set = engine.get_wasm_features().contains(families::feature_flag(&name).unwrap());
        assert_eq!(config(&[]).get(&format!("wasm_features.{name}")).unwrap(), set.to_string(), "{name}");
    }
}

/// Values worth trying: every word, both ends of every range, and a size that is no multiple of anything.
fn values_of(choice: &Choice) -> Vec<String> {
    match choice.kind {
        Kind::Flag => vec!["true".to_owned(), "false".to_owned()],
        Kind::Number { least, most, .. } | Kind::Bytes { least, most } => {
            vec![least.to_string(), most.to_string(), 65_537.clamp(least, most).to_string()]
        }
        Kind::Word(_) => choice.kind.words().unwrap().into_iter().map(str::to_owned).collect(),
        Kind::Text { .. } => match choice.key {
            "target" => {
                ["host", "pulley64", "pulley32", "x86_64-unknown-linux-gnu", "aarch64-apple-darwin", "avr-none"]
                    .map(str::to_owned)
                    .to_vec()
            }
            "module_version" => vec!["none".to_owned(), "x".repeat(255)],
            // Paths have tests of their own.
            _ => vec![choice.default.to_owned()],
        },
    }
}

/// Makes an engine and runs a program in it. What may not happen is a panic, and no test survives an abort.
fn try_out(settings: &[(&str, &str)]) {
    let tried = catch_unwind(AssertUnwindSafe(|| -> Result<()> {
        let config = Config::default();
        for (key, value) in settings {
            config.set(key, value)?;
        }
        let Ok(engine) = Engine::new(&config.build()?) else { return Ok(()) };
        let shown = Config::effective_json(&engine, &config);
        assert!(options::all().all(|choice| shown.get(choice.key).is_some()));
        if let Ok(answer) = run(&engine) {
            assert_eq!(answer, 84);
        }
        Ok(())
    }));
    match tried {
        Ok(Ok(())) => {}
        Ok(Err(failure)) => {
            let (status, message) = (failure.status(), &failure.report().message);
            assert!(status == WRT_ERR_CONFIG || status == WRT_ERR_UNSUPPORTED, "{settings:?}: {failure:?}");
            assert!(message.contains(settings.last().unwrap().0), "{settings:?}: {message}");
        }
        Err(panic) => panic!("{settings:?}: {}", boundary::panicked(panic).report().message),
    }
}

/// Tries every value of every option whose key begins with `prefix`, beside the settings that it needs.
fn try_all(needs: &[(&str, &str)], wanted: impl Fn(&Choice) -> bool) {
    for choice in options::all().filter(|choice| wanted(choice)) {
        for value in values_of(choice) {
            try_out(&[needs, &[(choice.key, &value)]].concat());
        }
    }
}

#[test]
fn no_value_of_any_option_panics() {
    let apart = |key: &str| key.starts_with("pooling.") || key.starts_with("cache.") || key == "profiler";
    try_all(&[], |choice| !apart(choice.key));
}

#[test]
fn no_value_of_the_pool_panics() {
    try_all(&[("pooling", "true")], |choice| choice.key.starts_with("pooling."));
}

#[test]
fn no_value_of_the_cache_panics() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_str().unwrap();
    try_all(&[("cache", path)], |choice| choice.key.starts_with("cache.") && choice.key != "cache.directory");
}

#[test]
fn compiler_options_are_those_that_need_a_compiler() {
    for choice in options::all() {
        let Apply::Engine(apply) = choice.apply else { continue };
        let values = if choice.key == "emit_clif" { vec!["somewhere".to_owned()] } else { values_of(choice) };
        let panics = values.iter().filter_map(|value| choice.kind.parse(value)).any(|value| {
            let mut config = wasmtime::Config::new();
            config.enable_compiler(false);
            catch_unwind(AssertUnwindSafe(|| _ = apply(&mut config, &value))).is_err()
        });
        assert_eq!(panics, COMPILER_ONLY.contains(&choice.key), "{}", choice.key);
    }
    for key in COMPILER_ONLY.iter().filter(|key| **key != "wmemcheck") {
        let Ok(Found::Choice(choice)) = options::find(key) else { panic!("{key} is no option") };
        let value = if *key == "emit_clif" { "somewhere".to_owned() } else { values_of(choice).remove(0) };
        let (status, message) = message(&[(key, &value), ("enable_compiler", "false")]);
        assert_eq!(status, WRT_ERR_CONFIG);
        assert!(message.contains(key) && message.contains("enable_compiler"), "{message}");
    }
}

#[test]
fn settings_that_exclude_each_other_are_named() {
    let conflicts: &[&[(&str, &str)]] = &[
        &[("max_wasm_stack", "2MiB")],
        &[("async_stack_size", "1")],
        &[("guest_debug", "1"), ("signals_based_traps", "1")],
        &[("debug_info", "1"), ("debug_symbols", "0")],
        &[("wasm_backtrace", "0"), ("wasm_backtrace_max_frames", "3")],
        &[("wasm_backtrace", "1"), ("wasm_backtrace_max_frames", "0")],
        &[("strategy", "winch"), ("wasm_gc", "1")],
        &[("strategy", "winch"), ("wasm_tail_call", "1")],
        &[("strategy", "winch"), ("wasm_exceptions", "1")],
        &[("strategy", "winch"), ("signals_based_traps", "0")],
        &[("strategy", "winch"), ("table_lazy_init", "0")],
        &[("strategy", "winch"), ("debug_info", "1")],
        &[("strategy", "winch"), ("guest_debug", "1")],
        &[("strategy", "winch"), ("enable_incremental_compilation", "1")],
        &[("strategy", "winch"), ("emit_clif", "/")],
        &[("strategy", "winch"), ("target", "pulley64")],
        &[("target", "pulley64"), ("wasm_threads", "1")],
        &[("target", "pulley64"), ("signals_based_traps", "1")],
        &[("target", "pulley64"), ("max_wasm_stack", "4096")],
        &[("enable_compiler", "0"), ("cranelift_flag.enable_pinned_reg", "1")],
        &[("pooling.total_memories", "5")],
        &[("pooling", "1"), ("memory_reservation", "1MiB")],
        &[("pooling", "1"), ("pooling.max_memory_size", "1MiB"), ("gc_heap_initial_size", "2MiB")],
        &[("pooling", "1"), ("gc_heap_guard_size", "0")],
        &[("pooling", "1"), ("pooling.total_memories", "100_000")],
        &[("operator_cost.i32.add", "3")],
        &[("cache.cleanup_interval", "5")],
        &[("cache", "/x"), ("cache.baseline_compression_level", "21")],
        &[("wasm_simd", "0")],
        &[("gc_support", "0")],
        &[("concurrency_support", "0"), ("wasm_component_model_async", "1")],
        &[("signals_based_traps", "0"), ("cranelift_flag.enable_heap_access_spectre_mitigation", "true")],
    ];
    for settings in conflicts {
        let (status, message) = message(settings);
        assert_eq!(status, WRT_ERR_CONFIG, "{message}");
        assert!(message.contains(" does not go with ") && !message.contains('\n'), "{message}");
        for (key, _) in *settings {
            let Ok(found) = options::find(key) else { panic!("{key}") };
            let key = found.key();
            assert!(
                message.contains(&key) || key == "allocation_strategy" || key == "cache",
                "{settings:?}: {message}"
            );
        }
    }
    assert_eq!(
        message(&[("max_wasm_stack", "2MiB")]).1,
        "max_wasm_stack = 2097152 does not go with async_stack_size = 2097152: a suspendable call needs 128 KiB beside \
         what WebAssembly may use"
    );
}

#[test]
fn bad_values_say_what_is_accepted() {
    let refuse = |key: &str, value: &str| {
        let failure = Config::default().set(key, value).err().unwrap_or_else(|| panic!("{key} = {value}"));
        (failure.status(), failure.report().message.clone())
    };
    let cases = [
        ("max_wasm_stack", "0", "option max_wasm_stack cannot be \"0\": it takes a size from 1 byte to 1 GiB"),
        ("opt_level", "fast", "option opt_level cannot be \"fast\": it takes one of none, speed, speed_and_size"),
        ("consume_fuel", "maybe", "option consume_fuel cannot be \"maybe\": it takes true or false"),
        ("wasm_backtrace_max_frames", "-1", "it takes an integer from 0 to 4294967295"),
        ("memory_reservation", "128TiB", "it takes a size from 0 bytes to 64 TiB"),
        ("pooling.decommit_batch_size", "0", "it takes an integer from 1 to 1048576"),
        ("target", "nonsense", "it takes host or a target triple such as pulley64"),
        ("operator_cost.Nop", "256", "option operator_cost.Nop cannot be \"256\": it takes an integer from 0 to 255"),
        ("cranelift_flag.opt_level", "none", "cranelift_flag.opt_level is the option opt_level"),
        ("cranelift_flag.", "none", "cranelift_flag. does not name a flag"),
        ("wasm_features.simd", "1", "wasm_features.simd is the option wasm_simd"),
        ("wasm_features.float", "1", "the nearest is wasm_features.floats"),
    ];
    for (key, value, text) in cases {
        let (status, message) = refuse(key, value);
        assert_eq!(status, WRT_ERR_CONFIG, "{message}");
        assert!(message.contains(text), "{message}");
    }
    assert!(refuse("module_version", &"x".repeat(256)).1.ends_with("or a text of at most 255 bytes"));
    let unsupported = [
        ("rr", "recording"),
        ("wmemcheck", "true"),
        ("wasm_stack_switching", "true"),
        ("wasm_legacy_exceptions", "true"),
        ("profiler", "pulley"),
        ("pooling.memory_protection_keys", "auto"),
        ("gc_zeal_alloc_counter", "1"),
        ("wasm_features.memory_control", "true"),
    ];
    for (key, value) in unsupported {
        let (status, message) = refuse(key, value);
        assert_eq!(status, WRT_ERR_UNSUPPORTED, "{message}");
        assert!(message.starts_with(&format!("option {key} cannot be {value}: ")), "{message}");
        let default = Config::default().get(key).unwrap();
        Config::default().set(key, &default).unwrap();
    }
    for (settings, text) in [
        ([("target", "aarch64-apple-darwin")], "option target cannot be \"aarch64-apple-darwin\""),
        ([("cranelift_flag.no_such_flag", "true")], "option cranelift_flag.no_such_flag cannot be \"true\""),
        ([("cranelift_flag.enable_pinned_reg", "7")], "option cranelift_flag.enable_pinned_reg cannot be \"7\""),
        ([("cache", "/proc/no/such/folder")], "option cache cannot be \"/proc/no/such/folder\""),
        ([("emit_clif", "/no/such/folder")], "option emit_clif cannot be \"/no/such/folder\""),
    ] {
        let (_, message) = message(&settings);
        assert!(message.starts_with(text), "{message}");
    }
}

#[test]
fn what_is_set_is_in_force() {
    let settings = [
        ("max_wasm_stack", "1MiB"),
        ("async_stack_size", "4MiB"),
        ("optimization_level", "SpeedAndSize"),
        ("wasm_backtrace_max_frames", "7"),
        ("consume_fuel", "on"),
        ("operator_cost.i32.add", "9"),
        ("wasm_features.floats", "off"),
        ("wasm_multi_memory", "false"),
        ("cranelift_flag.enable_pinned_reg", "false"),
        ("collector", "drc"),
        ("coredump_on_trap", "yes"),
    ];
    let config = config(&settings);
    let engine = Engine::new(&config.build().unwrap()).unwrap();
    let shown = Config::effective_json(&engine, &config);
    let expected = serde_json::json!({
        "max_wasm_stack": 1 << 20,
        "async_stack_size": 4 << 20,
        "opt_level": "speed_and_size",
        "wasm_backtrace_max_frames": 7,
        "wasm_backtrace": true,
        "consume_fuel": true,
        "operator_cost.I32Add": 9,
        "wasm_features.floats": false,
        "wasm_multi_memory": false,
        "wasm_simd": true,
        "cranelift_flag.enable_pinned_reg": "false",
        "collector": "deferred_reference_counting",
        "strategy": "cranelift",
        "coredump_on_trap": true,
        "enable_incremental_compilation": false,
        "pooling.total_memories": 1000,
    });
    for (key, value) in expected.as_object().unwrap() {
        assert_eq!(&shown[key], value, "{key}");
    }
    assert_eq!(shown["target"], engine.get_target().unwrap());
    assert!(Module::new(&engine, "(module (func (result f32) f32.const 1))").is_err(), "there are no floats");
    assert!(Module::new(&engine, "(module (memory 1) (memory 1))").is_err(), "there is one memory");
    assert_eq!(run(&engine).unwrap(), 84);

    let costs = |settings: &[(&str, &str)]| {
        let engine = self::engine(&[&[("consume_fuel", "true")], settings].concat());
        let module =
            Module::new(&engine, "(module (func (export \"f\") (drop (i32.add (i32.const 1) (i32.const 2)))))");
        let mut store = Store::new(&engine, ());
        store.set_fuel(1000).unwrap();
        let instance = Instance::new(&mut store, &module.unwrap(), &[]).unwrap();
        instance.get_typed_func::<(), ()>(&mut store, "f").unwrap().call(&mut store, ()).unwrap();
        1000 - store.get_fuel().unwrap()
    };
    assert_eq!(costs(&[("operator_cost.I32Add", "100"), ("operator_cost.i32_const", "0")]) - costs(&[]), 97);
}

#[test]
fn all_or_nothing_from_json() {
    let config = Config::default();
    config.set_json(r#"{"opt_level": "none", "consume_fuel": true, "max_wasm_stack": 65536, "cache": "off"}"#).unwrap();
    assert_eq!(config.get("opt_level").unwrap(), "none");
    assert_eq!(config.get("max-wasm-stack").unwrap(), "65536");
    assert_eq!(config.get("Consume_Fuel").unwrap(), "true");
    let refused = [
        (r#"{"opt_level": "speed", "max_wasm_stack": 0}"#, "option max_wasm_stack cannot be \"0\""),
        (r#"{"opt_level": "speed", "max_wasm_stac": 1}"#, "the nearest is max_wasm_stack"),
        (r#"{"opt_level": "speed", "cache": null}"#, "option cache cannot be null"),
        (r#"{"opt_level": "speed", "max_wasm_stack": 1.5}"#, "option max_wasm_stack cannot be \"1.5\""),
        (r#"["opt_level"]"#, "json is not an object"),
        (r#"{"opt_level": "#, "json is not JSON"),
    ];
    for (json, text) in refused {
        let message = config.set_json(json).unwrap_err().report().message.clone();
        assert!(message.contains(text), "{message}");
        assert_eq!(config.get("opt_level").unwrap(), "none", "{json}");
    }
    let copy = config.snapshot();
    config.set("opt_level", "speed").unwrap();
    assert_eq!(copy.get("opt_level").unwrap(), "none");
}

#[test]
fn files_are_written_where_they_are_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("clif");
    std::fs::create_dir(&path).unwrap();
    run(&engine(&[("emit_clif", path.to_str().unwrap())])).unwrap();
    assert!(path.read_dir().unwrap().count() >= 2, "one file a function");

    // A directory is made, and used by the next engine.
    let path = folder.path().join("cache");
    let settings = [("cache", path.to_str().unwrap()), ("cache.baseline_compression_level", "1")];
    run(&engine(&settings)).unwrap();
    assert!(path.join("modules").read_dir().unwrap().count() > 0);
    let file = folder.path().join("cache.toml");
    std::fs::write(&file, format!("[cache]\ndirectory = {:?}\n", folder.path().join("other"))).unwrap();
    run(&engine(&[("cache", file.to_str().unwrap())])).unwrap();
    assert!(folder.path().join("other/modules").read_dir().unwrap().count() > 0);
    std::fs::write(&file, "[cache]\nfile-count-soft-limit = \"10000P\"\n").unwrap();
    assert!(message(&[("cache", file.to_str().unwrap())]).1.ends_with("its limits are absurdly large"));

    // perf reads the one from /tmp, the other from where the process is.
    let perf = PathBuf::from(format!("/tmp/perf-{}.map", std::process::id()));
    let dump = PathBuf::from(format!("jit-{}.dump", std::process::id()));
    for (profiler, file) in [("perf_map", Some(&perf)), ("JitDump", Some(&dump)), ("vtune", None)] {
        assert_eq!(run(&engine(&[("profiler", profiler)])).unwrap(), 84);
        if let Some(file) = file {
            assert!(std::fs::metadata(file).unwrap().len() > 0, "{}", file.display());
            std::fs::remove_file(file).unwrap();
        }
    }
}

/// What the callbacks of a test count, and how the creator misbehaves.
#[derive(Default)]
struct Host {
    mode: &'static str,
    made: AtomicUsize,
    grown: AtomicUsize,
    freed: AtomicUsize,
    dropped: AtomicUsize,
    functions: Mutex<std::collections::HashMap<Vec<u8>, Vec<u8>>>,
    hits: AtomicUsize,
    garbage: bool,
}

extern "C" fn dropped(env: *mut c_void) {
    host(env).dropped.fetch_add(1, Ordering::Relaxed);
}

fn host<'a>(env: *mut c_void) -> &'a Host {
    // SAFETY: every env of these tests is a host that outlives the engine.
    unsafe { &*env.cast::<Host>() }
}

/// A block of the host: where it lies and how large it is.
struct Block {
    base: *mut u8,
    layout: Layout,
    host: *mut c_void,
}

impl Block {
    fn new(size: usize, host: *mut c_void) -> Block {
        let layout = Layout::from_size_align(size.max(1).next_multiple_of(4096), 4096).unwrap();
        // SAFETY: the size is not 0.
        Block { base: unsafe { std::alloc::alloc_zeroed(layout) }, layout, host }
    }
}

impl Drop for Block {
    fn drop(&mut self) {
        // SAFETY: allocated in `new` with this layout.
        unsafe { std::alloc::dealloc(self.base, self.layout) };
    }
}

extern "C" fn make(
    env: *mut c_void,
    minimum: u64,
    maximum: u64,
    reserve: u64,
    guard: u64,
    mem: *mut *mut c_void,
    base: *mut *mut u8,
    capacity: *mut usize,
    error: *mut wrt_error,
) -> i32 {
    assert!(minimum <= maximum && reserve == 0 && guard == 0);
    let host = host(env);
    if host.mode == "refuse" {
        let message = "no more memory today";
        // SAFETY: the library passes an error to fill.
        let error = unsafe { error.as_mut() };
        crate::fault::wrt_error_set(error, crate::error::WRT_ERR_MEMORY, message.as_ptr().cast(), message.len());
        return crate::error::WRT_ERR_MEMORY;
    }
    host.made.fetch_add(1, Ordering::Relaxed);
    let block = Box::new(Block::new(minimum as usize, env));
    let (place, size) = match host.mode {
        "null" => (std::ptr::null_mut(), block.layout.size()),
        "crooked" => (block.base.wrapping_add(8), block.layout.size()),
        "small" => (block.base, minimum as usize - 1),
        "endless" => (block.base, usize::MAX),
        _ => (block.base, block.layout.size()),
    };
    // SAFETY: the library passes places to write to.
    unsafe {
        mem.write(Box::into_raw(block).cast());
        base.write(place);
        capacity.write(size);
    }
    WRT_OK
}

extern "C" fn grow(
    env: *mut c_void,
    mem: *mut c_void,
    new_len: usize,
    base: *mut *mut u8,
    capacity: *mut usize,
    _: *mut wrt_error,
) -> i32 {
    let host = host(env);
    host.grown.fetch_add(1, Ordering::Relaxed);
    if host.mode == "fixed" {
        return crate::error::WRT_ERR_LIMIT;
    }
    // SAFETY: `mem` comes from `make`, the places from the library.
    unsafe {
        let block = &mut *mem.cast::<Block>();
        assert_eq!((*base, *capacity), (block.base, block.layout.size()));
        let larger = Block::new(new_len, env);
        std::ptr::copy_nonoverlapping(block.base, larger.base, block.layout.size().min(new_len));
        *block = larger;
        base.write(block.base);
        capacity.write(block.layout.size());
    }
    WRT_OK
}

extern "C" fn free(mem: *mut c_void) {
    // SAFETY: `mem` comes from `make` and is given back once.
    let block = unsafe { Box::from_raw(mem.cast::<Block>()) };
    host(block.host).freed.fetch_add(1, Ordering::Relaxed);
}

fn with_creator(host: &Host, grow: wrt_mem_grow_fn, settings: &[(&str, &str)]) -> Engine {
    let face = Handle::new(config(settings));
    // SAFETY: the pointer is the handle's own.
    let config = unsafe { face.lend().as_ref() };
    let env = (&raw const *host).cast_mut().cast();
    assert_eq!(wrt_config_set_memory_creator(config, Some(make), grow, Some(free), env, Some(dropped), None), WRT_OK);
    Engine::new(&face.build().unwrap()).unwrap()
}

#[test]
fn the_host_makes_memories() {
    let collected = r#"(module (type $a (array i64)) (memory 1) (data (i32.const 0) "*") (func (export "run") (result i32)
        (drop (array.new $a (i64.const 1) (i32.const 30000))) (i32.add (i32.load (i32.const 0)) (i32.const 42))))"#;
    for (settings, text) in
        [(&[][..], PROGRAM), (&[("memory_may_move", "0")], PROGRAM), (&[("collector", "drc")], collected)]
    {
        let host = Host::default();
        let engine = with_creator(&host, Some(grow), settings);
        assert!(!engine.get_memory_init_cow() && engine.get_gc_heap_reservation() == 0);
        let module = Module::new(&engine, text).unwrap();
        let mut store = Store::new(&engine, ());
        let instance = Instance::new(&mut store, &module, &[]).unwrap();
        let run = instance.get_typed_func::<(), i32>(&mut store, "run").unwrap();
        // The error itself would keep the engine alive, by its frames.
        let answer = run.call(&mut store, ()).map_err(|error| error.to_string());
        if settings == [("memory_may_move", "0")] {
            assert!(answer.is_err(), "the program needs a page that it did not get");
        } else {
            assert_eq!(answer.unwrap(), 84);
            assert!(host.grown.load(Ordering::Relaxed) > 0);
        }
        let made = host.made.load(Ordering::Relaxed);
        assert_eq!(made, if text == collected { 2 } else { 1 });
        drop((store, module));
        assert_eq!((host.freed.load(Ordering::Relaxed), host.dropped.load(Ordering::Relaxed)), (made, 0));
        drop(engine);
        assert_eq!(host.dropped.load(Ordering::Relaxed), 1, "{settings:?}");
    }
}

#[test]
fn a_creator_that_misbehaves_is_refused() {
    let cases = [
        ("refuse", "no more memory today"),
        ("null", "the memory creator answered the base NULL"),
        ("crooked", "the memory creator answered a base that is no multiple of 4096"),
        ("small", "the memory creator answered the capacity 65535, which is less than 65536"),
        ("endless", "the memory creator answered the impossible capacity 18446744073709551615"),
    ];
    for (mode, text) in cases {
        let host = Host { mode, ..Host::default() };
        let engine = with_creator(&host, Some(grow), &[]);
        let error = run(&engine).unwrap_err();
        assert!(crate::trap::one_line(&error).contains(text), "{error:?}");
        drop(engine);
        let counts = [&host.made, &host.freed, &host.dropped].map(|count| count.load(Ordering::Relaxed));
        assert_eq!(counts, if mode == "refuse" { [0, 0, 1] } else { [1, 1, 1] });
    }
    // A memory that cannot grow answers -1, and the program goes on until it needs the page.
    let fixed = Host { mode: "fixed", ..Host::default() };
    for grow in [Some(grow as _), None] {
        let error = run(&with_creator(&fixed, grow, &[])).unwrap_err();
        assert_eq!(error.downcast_ref(), Some(&wasmtime::Trap::MemoryOutOfBounds));
    }
    assert_eq!(fixed.grown.load(Ordering::Relaxed), 1);

    let host = Host::default();
    let face = Handle::new(config(&[("pooling", "1")]));
    // SAFETY: the pointer is the handle's own.
    let config = unsafe { face.lend().as_ref() };
    let env = (&raw const host).cast_mut().cast();
    for _ in 0..2 {
        wrt_config_set_memory_creator(config, Some(make), None, None, env, Some(dropped), None);
    }
    let message = face.build().unwrap_err().report().message.clone();
    assert!(message.starts_with("a memory creator does not go with allocation_strategy = pooling"), "{message}");
    face.set("pooling", "0").unwrap();
    face.set("memory_init_cow", "1").unwrap();
    assert!(face.build().unwrap_err().report().message.starts_with("memory_init_cow = true does not go with"));
    assert_eq!(host.dropped.load(Ordering::Relaxed), 1, "the first of two is given up");
    drop(face);
    assert_eq!(host.dropped.load(Ordering::Relaxed), 2);
}

extern "C" fn look_up(env: *mut c_void, key: *const u8, key_len: usize, out: *mut wrt_bytes) -> i32 {
    let host = host(env);
    let key = boundary::bytes(key, key_len, "key").unwrap();
    let functions = host.functions.lock();
    let Some(found) = functions.get(key) else { return crate::error::WRT_ERR_NOT_FOUND };
    host.hits.fetch_add(1, Ordering::Relaxed);
    let found = if host.garbage { &found[..found.len() / 2] } else { found };
    // SAFETY: the library passes a place to write to.
    unsafe { out.write(wrt_bytes::new(found.to_vec())) };
    WRT_OK
}

extern "C" fn keep(env: *mut c_void, key: *const u8, key_len: usize, data: *const u8, len: usize) -> i32 {
    let (key, data) = (boundary::bytes(key, key_len, "key").unwrap(), boundary::bytes(data, len, "data").unwrap());
    host(env).functions.lock().insert(key.to_vec(), data.to_vec());
    WRT_OK
}

#[test]
fn the_host_keeps_compiled_functions() {
    for garbage in [false, true] {
        let host = Host { garbage, ..Host::default() };
        let face = Handle::new(Config::default());
        // SAFETY: the pointer is the handle's own.
        let config = unsafe { face.lend().as_ref() };
        let env = (&raw const host).cast_mut().cast();
        assert_eq!(wrt_config_set_cache_store(config, Some(look_up), Some(keep), env, Some(dropped), None), WRT_OK);
        for round in 0..2 {
            let engine = Engine::new(&face.build().unwrap()).unwrap();
            assert_eq!(run(&engine).unwrap(), 84);
            assert_eq!(host.hits.load(Ordering::Relaxed) >= 2, round == 1, "garbage: {garbage}");
            assert_eq!(Config::effective_json(&engine, &face)["enable_incremental_compilation"], true);
        }
        assert!(host.functions.lock().len() >= 2);
        face.set("enable_incremental_compilation", "false").unwrap();
        assert!(face.build().unwrap_err().report().message.starts_with("a cache store does not go with"));
        face.set("enable_compiler", "false").unwrap();
        assert!(face.build().unwrap_err().report().message.contains("enable_compiler = false"));
        assert_eq!(host.dropped.load(Ordering::Relaxed), 0);
        crate::handle::wrt_close(face.lend().cast(), None);
        assert_eq!(host.dropped.load(Ordering::Relaxed), 1);
    }
    let store = cache::MemoryStore::default();
    assert!(store.insert(b"key", b"function".to_vec()) && store.get(b"other").is_none());
    assert_eq!(store.get(b"key").as_deref(), Some(&b"function"[..]));
    assert!(!store.insert(b"large", vec![0; 256 << 20]), "there is a limit");
}
