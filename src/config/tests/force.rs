//! What was set is what the engine does.

use std::path::PathBuf;

use wasmtime::{Engine, Instance, Module, Store};

use super::{Config, config, engine, message, run};

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
