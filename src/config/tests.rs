use std::collections::BTreeSet;
use std::hash::{Hash, Hasher};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::process::Command;

use wasmtime::{Engine, Instance, Module, Store};

use super::compiler::COMPILER_ONLY;
use super::options::{Apply, Choice, Seen};
use super::value::Kind;
use super::*;
use crate::error::{WRT_ERR_CONFIG, WRT_ERR_UNSUPPORTED};

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
    let untouched = Engine::new(&wasmtime::Config::new()).unwrap();
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
