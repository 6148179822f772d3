//! Options of the compiler.

use std::path::Path;

use wasmtime::{Inlining, ModuleVersionStrategy, OptLevel, RegallocAlgorithm, Strategy};

use super::options::Choice;
use super::value::{Kind, Value};
#[cfg(not(feature = "compiler"))]
use crate::absent::Compiler;
use crate::version::NO_COMPILER;

pub(super) const OPTIONS: &[Choice] = &[
    Choice::new(
        "strategy",
        Kind::Word(&["auto", "cranelift", "winch"]),
        "auto",
        "Which compiler translates WebAssembly. cranelift makes fast code, winch compiles about ten times faster and lacks \
         some proposals; auto is cranelift.",
    )
    .apply(|c, v| c.strategy(strategy(v)))
    .seen(|e| {
        Some(Value::Word(match e.get_strategy()? {
            Strategy::Cranelift => "cranelift",
            Strategy::Winch => "winch",
            _ => "auto",
        }))
    }),
    Choice::new(
        "target",
        Kind::Text { accepts: "host or a target triple such as pulley64", check: is_target },
        "host",
        "The machine that code is made for. host is this machine with the features of its processor; a triple that names \
         it takes no features for granted; pulley64 is Wasmtime's portable interpreter, which needs no executable memory. \
         Code for another machine can be precompiled but not run.",
    )
    .seen(|e| e.get_target().map(Value::Text)),
    Choice {
        lacking: if cfg!(feature = "compiler") { None } else { Some((&["true"], NO_COMPILER)) },
        ..Choice::flag(
            "enable_compiler",
            cfg!(feature = "compiler"),
            "Whether modules can be compiled. Without it only precompiled artifacts can be loaded, and no option of the \
             compiler may be set.",
        )
    }
    .seen(|e| Some(e.get_strategy().is_some().into())),
    Choice::new(
        "opt_level",
        Kind::Word(&["none", "speed", "speed_and_size"]),
        "speed",
        "What the code is optimised for. none compiles fastest.",
    )
    .aliases(&["cranelift_opt_level", "optimization_level"])
    .apply(|c, v| c.cranelift_opt_level(opt_level(v)))
    .seen(|e| {
        Some(Value::Word(match e.get_cranelift_opt_level()? {
            OptLevel::None => "none",
            OptLevel::SpeedAndSize => "speed_and_size",
            _ => "speed",
        }))
    }),
    Choice::new(
        "cranelift_regalloc_algorithm",
        Kind::Word(&["backtracking", "single_pass"]),
        "backtracking",
        "How registers are assigned. single_pass compiles faster and makes slower code.",
    )
    .aliases(&["regalloc_algorithm"])
    .apply(|c, v| c.cranelift_regalloc_algorithm(regalloc(v)))
    .seen(|e| {
        Some(Value::Word(match e.get_cranelift_regalloc_algorithm()? {
            RegallocAlgorithm::SinglePass => "single_pass",
            _ => "backtracking",
        }))
    }),
    Choice::flag(
        "cranelift_debug_verifier",
        false,
        "Checks the compiler's intermediate code after each step. Slow; for finding bugs of the compiler.",
    )
    .aliases(&["debug_verifier"])
    .apply(|c, v| c.cranelift_debug_verifier(v.on()))
    .seen(|e| e.get_cranelift_debug_verifier().map(Value::Flag)),
    Choice::flag(
        "cranelift_wasmtime_debug_checks",
        false,
        "Adds checks to the code that find bugs of Wasmtime itself at run time.",
    )
    // Wasmtime turns the checks on whatever it is given.
    .apply(|c, v| if v.on() { c.cranelift_wasmtime_debug_checks(true) } else { c }),
    Choice::flag(
        "cranelift_nan_canonicalization",
        false,
        "Makes every operation that answers a NaN answer the same one, so that results do not depend on the processor. \
         Costs speed in floating point code.",
    )
    .aliases(&["nan_canonicalization"])
    .apply(|c, v| c.cranelift_nan_canonicalization(v.on()))
    .seen(|e| e.get_cranelift_nan_canonicalization().map(Value::Flag)),
    Choice::new(
        "compiler_inlining",
        Kind::Word(&["no|false", "yes|true", "intrinsics", "inter_module", "inter_module_and_intra_gc|gc"]),
        "no",
        "Which calls are inlined: none, all that pay, Wasmtime's intrinsics, calls between the modules of a component, or \
         those and calls within modules that use GC. Inlined frames are missing in backtraces. winch ignores it.",
    )
    .apply(|c, v| c.compiler_inlining(inlining(v)))
    .seen(|e| {
        Some(Value::Word(match e.get_compiler_inlining() {
            Inlining::Yes => "yes",
            Inlining::InterModuleAndIntraGc => "inter_module_and_intra_gc",
            Inlining::InterModule => "inter_module",
            Inlining::Intrinsics => "intrinsics",
            Inlining::No => "no",
        }))
    }),
    Choice::flag("parallel_compilation", true, "Whether a module is compiled by several threads at once.")
        .apply(|c, v| c.parallel_compilation(v.on()))
        .seen(|e| Some(e.get_parallel_compilation().into())),
    Choice::flag(
        "enable_incremental_compilation",
        false,
        "Whether compiled functions are kept, so that a module compiles faster when most of its functions were seen \
         before. They are kept in the store given with wrt_config_set_cache_store, which turns this option on, or else in \
         up to 256 MiB of memory that live as long as the engine.",
    )
    .aliases(&["incremental_compilation"]),
    Choice::new(
        "emit_clif",
        Kind::Text { accepts: "the path of a directory", check: |_| true },
        "",
        "An existing directory to which the compiler's intermediate code is written, one file a function.",
    )
    .apply(|c, v| if v.word().is_empty() { c } else { c.emit_clif(Path::new(v.word())) }),
    Choice::new(
        "module_version",
        Kind::Text { accepts: "wasmtime, none, or a text of at most 255 bytes", check: is_version },
        "wasmtime",
        "What precompiled artifacts are marked with and checked for: Wasmtime's version, a text of the host's own, or \
         nothing. With none an artifact of another version of Wasmtime is loaded too, which can crash the process.",
    )
    .apply(|c, v| set_version(c, v)),
    Choice::flag(
        "native_unwind_info",
        true,
        "Whether code carries the unwind tables of the platform, which native debuggers and profilers need. WebAssembly \
         backtraces do not. Loading many modules is faster without.",
    )
    .apply(|c, v| c.native_unwind_info(v.on()))
    .seen(|e| e.get_native_unwind_info().map(Value::Flag)),
    Choice::flag(
        "x86_float_abi_ok",
        false,
        "Vouches that floating point registers may be used where target is x86_64-unknown-none. Unsafe: a wrong promise \
         corrupts floating point values.",
    )
    // SAFETY: the documentation of the option hands the promise to the host.
    .apply(|c, v| unsafe { c.x86_float_abi_ok(v.on()) }),
    Choice::flag(
        "metadata_for_internal_asserts",
        false,
        "Whether code says more about a failed assertion of Wasmtime itself. Makes modules larger.",
    )
    .apply(|c, v| c.metadata_for_internal_asserts(v.on()))
    .seen(|e| Some(e.get_metadata_for_internal_asserts().into())),
    Choice::flag(
        "metadata_for_gc_heap_corruption",
        true,
        "Whether code says more when it finds a damaged GC heap. Makes modules that use GC larger.",
    )
    .apply(|c, v| c.metadata_for_gc_heap_corruption(v.on()))
    .seen(|e| Some(e.get_metadata_for_gc_heap_corruption().into())),
    Choice::flag("wmemcheck", false, "Checks the use of the heap by the WebAssembly program itself.")
        .lacking(&[], "this build has no wmemcheck")
        .apply(|c, v| c.wmemcheck(v.on())),
];

/// Options that say nothing where nothing is compiled. Wasmtime panics when they are set all the same.
pub(super) const COMPILER_ONLY: [&str; 9] = [
    "strategy",
    "opt_level",
    "cranelift_regalloc_algorithm",
    "cranelift_debug_verifier",
    "cranelift_wasmtime_debug_checks",
    "cranelift_nan_canonicalization",
    "enable_incremental_compilation",
    "emit_clif",
    "wmemcheck",
];

fn strategy(value: &Value) -> Strategy {
    match value.word() {
        "cranelift" => Strategy::Cranelift,
        "winch" => Strategy::Winch,
        _ => Strategy::Auto,
    }
}

fn opt_level(value: &Value) -> OptLevel {
    match value.word() {
        "none" => OptLevel::None,
        "speed_and_size" => OptLevel::SpeedAndSize,
        _ => OptLevel::Speed,
    }
}

fn regalloc(value: &Value) -> RegallocAlgorithm {
    if value.word() == "single_pass" { RegallocAlgorithm::SinglePass } else { RegallocAlgorithm::Backtracking }
}

fn inlining(value: &Value) -> Inlining {
    match value.word() {
        "yes" => Inlining::Yes,
        "intrinsics" => Inlining::Intrinsics,
        "inter_module" => Inlining::InterModule,
        "inter_module_and_intra_gc" => Inlining::InterModuleAndIntraGc,
        _ => Inlining::No,
    }
}

fn is_target(text: &str) -> bool {
    text == "host" || wasmtime::Config::new().target(text).is_ok()
}

fn version(text: &str) -> ModuleVersionStrategy {
    match text {
        "wasmtime" => ModuleVersionStrategy::WasmtimeVersion,
        "none" => ModuleVersionStrategy::None,
        other => ModuleVersionStrategy::Custom(other.to_owned()),
    }
}

fn is_version(text: &str) -> bool {
    !text.is_empty() && wasmtime::Config::new().module_version(version(text)).is_ok()
}

fn set_version<'a>(config: &'a mut wasmtime::Config, value: &Value) -> &'a mut wasmtime::Config {
    // The version was found good when it was set.
    let _ = config.module_version(version(value.word()));
    config
}
