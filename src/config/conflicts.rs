//! Settings that exclude each other, found before Wasmtime sees them: it would refuse them without their names, ignore
//! them, or panic.

use std::path::Path;
use std::sync::OnceLock;

use super::compiler::COMPILER_ONLY;
use super::memory::ADDRESSES;
use super::value::Value;
use super::{Settings, cache};
#[cfg(not(feature = "compiler"))]
use crate::absent::Compiler;
use crate::error::{Failure, Result, WRT_ERR_CONFIG, WRT_ERR_IO, WRT_ERR_UNSUPPORTED};
use crate::trap;

/// What host functions need of the stack that they share with WebAssembly in a suspendable call.
const HOST_ROOM: u64 = 128 << 10;

const NEEDS: &str = "the one needs the other";

/// With a smaller stack of its own the interpreter panics when it has no frame to report.
const INTERPRETER_STACK: u64 = 16 << 10;

/// Winch compiles none of these.
const NOT_WITH_WINCH: [(&str, &str); 12] = [
    ("wasm_gc", "true"),
    ("gc_support", "true"),
    ("wasm_function_references", "true"),
    ("wasm_relaxed_simd", "true"),
    ("wasm_tail_call", "true"),
    ("wasm_exceptions", "true"),
    ("signals_based_traps", "false"),
    ("table_lazy_init", "false"),
    ("debug_info", "true"),
    ("guest_debug", "true"),
    ("cranelift_wasmtime_debug_checks", "true"),
    ("enable_incremental_compilation", "true"),
];

/// The asynchronous parts of the component model.
const CONCURRENT: [&str; 5] = [
    "wasm_component_model_async",
    "wasm_component_model_more_async_builtins",
    "wasm_component_model_async_stackful",
    "wasm_component_model_threading",
    "wasm_component_model_error_context",
];

/// Pairs of options of memories and of the heap of the collector.
pub(super) const LAYOUT: [(&str, &str); 4] = [
    ("memory_reservation", "gc_heap_reservation"),
    ("memory_guard_size", "gc_heap_guard_size"),
    ("memory_reservation_for_growth", "gc_heap_reservation_for_growth"),
    ("memory_may_move", "gc_heap_may_move"),
];

/// What two settings say to each other.
fn clash(one: impl AsRef<str>, other: impl AsRef<str>, why: &str) -> Failure {
    Failure::new(WRT_ERR_CONFIG, format_args!("{} does not go with {}: {why}", one.as_ref(), other.as_ref()))
}

fn shown(key: &str, value: &Value) -> String {
    format!("{key} = {value}")
}

/// Fails for settings that exclude each other.
pub(super) fn check(settings: &Settings) -> Result<()> {
    compiler(settings)?;
    winch(settings)?;
    pulley(settings)?;
    stacks(settings)?;
    debugging(settings)?;
    proposals(settings)?;
    pool(settings)?;
    memories(settings)?;
    dependents(settings)?;
    emit_clif(settings)?;
    mach_ports(settings)
}

/// The first setting whose key begins with `prefix`.
fn first<'a>(settings: &'a Settings, prefix: &str) -> Option<(&'a str, &'a Value)> {
    settings.values.iter().find(|(key, _)| key.starts_with(prefix)).map(|(key, value)| (key.as_str(), value))
}

fn compiler(settings: &Settings) -> Result<()> {
    if settings.is("enable_compiler", "true") {
        return Ok(());
    }
    let why = "without a compiler it has no meaning";
    let plain = COMPILER_ONLY.iter().find_map(|key| Some((*key, settings.values.get(*key)?)));
    if let Some((key, value)) = plain.or_else(|| first(settings, "cranelift_flag.")) {
        return Err(clash(shown(key, value), "enable_compiler = false", why));
    }
    match settings.cache_store {
        Some(_) => Err(clash("a cache store", "enable_compiler = false", why)),
        None => Ok(()),
    }
}

fn winch(settings: &Settings) -> Result<()> {
    if !settings.is("strategy", "winch") {
        return Ok(());
    }
    let why = "winch does not support it";
    for (key, value) in NOT_WITH_WINCH {
        if settings.says(key, value) {
            return Err(clash(format!("{key} = {value}"), "strategy = winch", why));
        }
    }
    if settings.cache_store.is_some() && !settings.says("enable_incremental_compilation", "false") {
        return Err(clash("a cache store", "strategy = winch", why));
    }
    if let Some(path) = settings.values.get("emit_clif").filter(|path| !path.word().is_empty()) {
        return Err(clash(shown("emit_clif", path), "strategy = winch", why));
    }
    let target = settings.value("target");
    let arm = target.word().starts_with("aarch64") || (target.word() == "host" && cfg!(target_arch = "aarch64"));
    if arm && settings.says("wasm_threads", "true") {
        return Err(clash("wasm_threads = true", "strategy = winch", "on this machine winch does not support it"));
    }
    Ok(())
}

fn pulley(settings: &Settings) -> Result<()> {
    let target = settings.value("target");
    if !target.word().starts_with("pulley") {
        return Ok(());
    }
    let target = shown("target", &target);
    if settings.is("strategy", "winch") {
        return Err(clash("strategy = winch", target, "winch makes code for processors only"));
    }
    if settings.says("wasm_threads", "true") {
        return Err(clash("wasm_threads = true", target, "the interpreter cannot share memories"));
    }
    if settings.says("signals_based_traps", "true") {
        return Err(clash("signals_based_traps = true", target, "no signal handler understands the interpreter"));
    }
    let stack = settings.value("max_wasm_stack");
    if stack.number() < INTERPRETER_STACK {
        let why = "the interpreter needs 16 KiB to begin with";
        return Err(clash(shown("max_wasm_stack", &stack), target, why));
    }
    Ok(())
}

fn stacks(settings: &Settings) -> Result<()> {
    let (wasm, whole) = (settings.value("max_wasm_stack"), settings.value("async_stack_size"));
    if wasm.number().saturating_add(HOST_ROOM) <= whole.number() {
        return Ok(());
    }
    let why = "a suspendable call needs 128 KiB beside what WebAssembly may use";
    Err(clash(shown("max_wasm_stack", &wasm), shown("async_stack_size", &whole), why))
}

fn debugging(settings: &Settings) -> Result<()> {
    if settings.is("guest_debug", "true") && settings.says("signals_based_traps", "true") {
        return Err(clash("guest_debug = true", "signals_based_traps = true", "debugged code traps without signals"));
    }
    if settings.is("debug_info", "true") && settings.is("debug_symbols", "false") {
        return Err(clash("debug_info = true", "debug_symbols = false", "native debuggers need the symbols"));
    }
    if let Some(frames) = settings.values.get("wasm_backtrace_max_frames") {
        let why = "one turns frames on, the other off";
        let asked = frames.number() > 0;
        if settings.says("wasm_backtrace", if asked { "false" } else { "true" }) {
            let other = shown("wasm_backtrace", &settings.value("wasm_backtrace"));
            return Err(clash(other, shown("wasm_backtrace_max_frames", frames), why));
        }
    }
    if settings.is("signals_based_traps", "false") {
        for key in ["enable_heap_access_spectre_mitigation", "enable_table_access_spectre_mitigation"] {
            let key = format!("cranelift_flag.{key}");
            if let Some(value) = settings.values.get(&key).filter(|value| value.word() != "false") {
                return Err(clash(shown(&key, value), "signals_based_traps = false", "the mitigation needs signals"));
            }
        }
    }
    Ok(())
}

fn proposals(settings: &Settings) -> Result<()> {
    // Winch has none of these unless they were asked for, and then they were refused already.
    let pairs = [("wasm_relaxed_simd", "wasm_simd"), ("wasm_exceptions", "gc_support")];
    for (key, other) in pairs.into_iter().filter(|_| !settings.is("strategy", "winch")) {
        if settings.is(key, "true") && settings.is(other, "false") {
            return Err(clash(format!("{key} = true"), format!("{other} = false"), NEEDS));
        }
    }
    for key in CONCURRENT {
        if settings.says(key, "true") && settings.is("concurrency_support", "false") {
            return Err(clash(format!("{key} = true"), "concurrency_support = false", NEEDS));
        }
    }
    Ok(())
}

fn pool(settings: &Settings) -> Result<()> {
    if settings.is("allocation_strategy", "on_demand") {
        return match first(settings, "pooling.") {
            Some((key, value)) => {
                Err(clash(shown(key, value), "allocation_strategy = on_demand", "only the pool has such a limit"))
            }
            None => Ok(()),
        };
    }
    let pooling = "allocation_strategy = pooling";
    if settings.creator.is_some() {
        return Err(clash("a memory creator", pooling, "the pool makes its memories itself"));
    }
    let (largest, reserved) = (settings.value("pooling.max_memory_size"), settings.value("memory_reservation"));
    if largest.number() > reserved.number() {
        let why = "the pool cannot hold memories larger than their reservation";
        return Err(clash(shown("pooling.max_memory_size", &largest), shown("memory_reservation", &reserved), why));
    }
    let (guard, slots) = (settings.value("memory_guard_size"), settings.value("pooling.total_memories"));
    if (reserved.number() + guard.number()).saturating_mul(slots.number()) > 2 * ADDRESSES {
        let (one, other) = (shown("pooling.total_memories", &slots), shown("memory_reservation", &reserved));
        return Err(clash(one, other, "a process has no address space for so much"));
    }
    if settings.is("gc_support", "true") && !settings.is("strategy", "winch") {
        let heap = settings.value("gc_heap_initial_size");
        if heap.number() > largest.number() {
            let why = "the heap of the collector is one of the pool's memories";
            return Err(clash(shown("gc_heap_initial_size", &heap), shown("pooling.max_memory_size", &largest), why));
        }
        if LAYOUT.iter().any(|(_, gc)| settings.values.contains_key(*gc)) {
            for (memory, gc) in LAYOUT {
                let (one, other) = (settings.value(memory), settings.value(gc));
                if one != other {
                    let why = "the pool lays out memories and heaps of the collector alike";
                    return Err(clash(shown(memory, &one), shown(gc, &other), why));
                }
            }
        }
    }
    if settings.says("pooling.pagemap_scan", "yes") && !wasmtime::PoolingAllocationConfig::is_pagemap_scan_available() {
        let message = "option pooling.pagemap_scan cannot be yes: the kernel of this machine has no PAGEMAP_SCAN";
        return Err(Failure::new(WRT_ERR_UNSUPPORTED, message));
    }
    Ok(())
}

fn memories(settings: &Settings) -> Result<()> {
    if settings.creator.is_some() && settings.says("memory_init_cow", "true") {
        return Err(clash("memory_init_cow = true", "a memory creator", "only Wasmtime's memories can be mapped"));
    }
    Ok(())
}

/// Options that shape what another option turns on.
fn dependents(settings: &Settings) -> Result<()> {
    if settings.is("consume_fuel", "false")
        && let Some((key, value)) = first(settings, "operator_cost.")
    {
        return Err(clash(shown(key, value), "consume_fuel = false", "without fuel nothing has a cost"));
    }
    if !cache::wanted(settings.value("cache").word())
        && let Some((key, value)) = first(settings, "cache.")
    {
        return Err(clash(shown(key, value), "cache = false", "there is no cache to shape"));
    }
    if settings.cache_store.is_some() && settings.says("enable_incremental_compilation", "false") {
        let why = "the store would never be asked";
        return Err(clash("a cache store", "enable_incremental_compilation = false", why));
    }
    let (plain, heavy) =
        (settings.value("cache.baseline_compression_level"), settings.value("cache.optimized_compression_level"));
    if plain.number() > heavy.number() {
        let why = "rewriting must not compress less";
        let (one, other) = ("cache.baseline_compression_level", "cache.optimized_compression_level");
        return Err(clash(shown(one, &plain), shown(other, &heavy), why));
    }
    Ok(())
}

/// The compiler panics where it cannot write.
fn emit_clif(settings: &Settings) -> Result<()> {
    let Some(path) = settings.values.get("emit_clif").map(Value::word).filter(|path| !path.is_empty()) else {
        return Ok(());
    };
    let probe = Path::new(path).join(format!(".wrt-{}", std::process::id()));
    match std::fs::write(&probe, "").and_then(|()| std::fs::remove_file(&probe)) {
        Ok(()) => Ok(()),
        Err(error) => Err(Failure::new(
            WRT_ERR_IO,
            format_args!("option emit_clif cannot be {path:?}: no file can be made there: {error}"),
        )),
    }
}

/// On macOS all engines of a process catch traps in one way; Wasmtime panics at the second.
fn mach_ports(settings: &Settings) -> Result<()> {
    static FIRST: OnceLock<bool> = OnceLock::new();
    let wanted = settings.is("macos_use_mach_ports", "true");
    if cfg!(not(target_os = "macos")) || *FIRST.get_or_init(|| wanted) == wanted {
        return Ok(());
    }
    let message =
        format_args!("option macos_use_mach_ports cannot be {wanted}: this process has an engine where it is not");
    Err(Failure::new(WRT_ERR_CONFIG, message))
}

/// Fails for a target or a setting of the code generator that this build does not know, by trying each alone.
pub(super) fn check_code_generator(settings: &Settings) -> Result<()> {
    let target = settings.value("target");
    let try_out = |change: &dyn Fn(&mut wasmtime::Config)| {
        let mut probe = wasmtime::Config::new();
        super::apply_target(&mut probe, target.word())?;
        if settings.is("strategy", "winch") {
            probe.strategy(wasmtime::Strategy::Winch);
        }
        change(&mut probe);
        wasmtime::Engine::new(&probe)
    };
    let refuse = |status, key: &str, value: &Value, error: &wasmtime::Error| {
        let (value, why) = (value.word(), trap::one_line(error));
        Failure::new(status, format_args!("option {key} cannot be {value:?}: {why}"))
    };
    if settings.is("enable_compiler", "true") && target.word() != "host" {
        try_out(&|_| {}).map_err(|error| refuse(WRT_ERR_UNSUPPORTED, "target", &target, &error))?;
    }
    for (key, value) in &settings.values {
        if let Some(name) = key.strip_prefix("cranelift_flag.") {
            let tried = try_out(&|probe| super::apply_flag(probe, name, value));
            tried.map_err(|error| refuse(WRT_ERR_CONFIG, key, value, &error))?;
        }
    }
    Ok(())
}
