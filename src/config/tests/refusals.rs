//! What is refused, and in which words.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::super::compiler::COMPILER_ONLY;
use super::super::options::{self, Apply, Found};
use super::{Config, message, values_of};
use crate::error::{WRT_ERR_CONFIG, WRT_ERR_UNSUPPORTED};

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
