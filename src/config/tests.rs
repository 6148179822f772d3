//! Every knob of Wasmtime is here, with its default, and no value of it does harm.

use std::collections::BTreeSet;
use std::hash::{Hash, Hasher};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::process::Command;

use wasmtime::{Engine, Instance, Module, Store};

use super::options::{Choice, Seen};
use super::value::Kind;
use super::*;
use crate::error::{WRT_ERR_CONFIG, WRT_ERR_UNSUPPORTED};

mod force;
mod host;
mod refusals;

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
        // What other platforms need was not downloaded for this build.
        .args([
            "metadata",
            "--format-version",
            "1",
            "--offline",
            "--filter-platform",
            env!("WRT_TARGET"),
            "--manifest-path",
        ])
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
            let alias = choice.aliases.contains(&name);
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
    // A default of ours: an error that can tell file and line does.
    let untouched = wasmtime::Config::new().wasm_backtrace_details(wasmtime::WasmBacktraceDetails::Enable).clone();
    let untouched = Engine::new(&untouched).unwrap();
    assert_eq!(fingerprint(&engine), fingerprint(&untouched));
    let pool = wasmtime::PoolingAllocationConfig::new();
    let ours = ["pooling.linear_memory_keep_resident", "pooling.table_keep_resident", "pooling.pagemap_scan"];
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
        assert_eq!(seen == Some(default), !ours.contains(&choice.key), "{}", choice.key);
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
