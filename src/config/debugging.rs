//! Options of debugging and profiling.

use std::num::NonZeroUsize;

use wasmtime::{ProfilingStrategy, WasmBacktraceDetails};

use super::options::Choice;
use super::value::{Kind, Value};

pub(super) const OPTIONS: &[Choice] = &[
    Choice::flag(
        "debug_info",
        false,
        "Translates the DWARF of modules for native debuggers (gdb, lldb) attached to the process. Needs debug_symbols.",
    )
    .apply(|c, v| c.debug_info(v.on()))
    .seen(|e| Some(e.get_debug_info().into())),
    Choice::flag(
        "debug_symbols",
        true,
        "Whether code carries the names of functions for native tools. Modules are smaller without.",
    )
    .apply(|c, v| c.debug_symbols(v.on()))
    .seen(|e| Some(e.get_debug_symbols().into())),
    Choice::flag(
        "guest_debug",
        false,
        "Instruments code so that its locals and operand stack can be read at any point. Slower code, and traps without \
         signals.",
    )
    .apply(|c, v| c.guest_debug(v.on()))
    .seen(|e| Some(e.get_guest_debug().into())),
    Choice::flag(
        "debug_adapter_modules",
        false,
        "Adds assertions to the adapters between the modules of a component, to find bugs of Wasmtime.",
    )
    .apply(|c, v| c.debug_adapter_modules(v.on())),
    Choice::flag(
        "generate_address_map",
        true,
        "Whether modules keep the table from code to WebAssembly offsets, which frames need for their offsets and lines.",
    )
    .apply(|c, v| c.generate_address_map(v.on()))
    .seen(|e| Some(e.get_generate_address_map().into())),
    Choice::flag("coredump_on_trap", false, "Whether traps bring a core dump, for wrt_error_coredump.")
        .apply(|c, v| c.coredump_on_trap(v.on())),
    Choice::flag(
        "wasm_backtrace",
        true,
        "Whether errors carry frames: false is wasm_backtrace_max_frames = 0, true leaves that option as it is.",
    )
    .apply(|c, v| if v.on() { c } else { c.wasm_backtrace_max_frames(None) })
    .seen(|e| Some((e.get_wasm_backtrace_max_frames() > 0).into())),
    Choice::new(
        "wasm_backtrace_max_frames",
        Kind::Number { least: 0, most: u32::MAX as u64, unit: "frames" },
        "20",
        "How many frames an error carries at most; 0 is none.",
    )
    .apply(|c, v| c.wasm_backtrace_max_frames(NonZeroUsize::new(v.size())))
    .seen(|e| Some(e.get_wasm_backtrace_max_frames().into())),
    Choice::new(
        "wasm_backtrace_details",
        Kind::Word(&["disable|false", "enable|true", "environment"]),
        "enable",
        "Whether frames tell the file and line that the module's DWARF gives, which is kept for that. environment enables \
         it when the variable WASMTIME_BACKTRACE_DETAILS is 1.",
    )
    .apply(|c, v| c.wasm_backtrace_details(details(v))),
    Choice::new(
        "profiler",
        Kind::Word(&["none|false", "perf_map", "jit_dump", "vtune", "pulley"]),
        "none",
        "Which native profiler is told about compiled code: perf through /tmp/perf-PID.map, perf through ./jit-PID.dump, \
         VTune, or the interpreter's own.",
    )
    .aliases(&["profiling_strategy", "profiling"])
    .lacking(PROFILERS_LACKING, "it is not in this build, or not on this platform")
    .apply(|c, v| c.profiler(profiler(v))),
];

const PROFILERS_LACKING: &[&str] = if cfg!(not(target_os = "linux")) && cfg!(not(target_arch = "x86_64")) {
    &["pulley", "vtune", "jit_dump"]
} else if cfg!(not(target_os = "linux")) {
    &["pulley", "jit_dump"]
} else if cfg!(not(target_arch = "x86_64")) {
    &["pulley", "vtune"]
} else {
    &["pulley"]
};

fn details(value: &Value) -> WasmBacktraceDetails {
    match value.word() {
        "enable" => WasmBacktraceDetails::Enable,
        "disable" => WasmBacktraceDetails::Disable,
        _ => WasmBacktraceDetails::Environment,
    }
}

fn profiler(value: &Value) -> ProfilingStrategy {
    match value.word() {
        "perf_map" => ProfilingStrategy::PerfMap,
        "jit_dump" => ProfilingStrategy::JitDump,
        "vtune" => ProfilingStrategy::VTune,
        "pulley" => ProfilingStrategy::Pulley,
        _ => ProfilingStrategy::None,
    }
}
