//! Options that turn proposals of WebAssembly and of the component model on and off.

use wasmtime::WasmFeatures;

use super::options::{Apply, Choice, Seen};

const fn proposal(key: &'static str, default: bool, feature: WasmFeatures, doc: &'static str) -> Choice {
    Choice { apply: Apply::Feature(feature), seen: Seen::Feature(feature), ..Choice::flag(key, default, doc) }
}

pub(super) const OPTIONS: &[Choice] = &[
    proposal("wasm_bulk_memory", true, WasmFeatures::BULK_MEMORY, "memory.copy, memory.fill and their kin."),
    Choice::flag("wasm_branch_hinting", false, "Uses the hints of modules about which branches are likely.")
        .apply(|c, v| c.wasm_branch_hinting(v.on()))
        .seen(|e| Some(e.get_wasm_branch_hinting().into())),
    proposal(
        "wasm_custom_page_sizes",
        false,
        WasmFeatures::CUSTOM_PAGE_SIZES,
        "Memories with pages of 1 byte instead of 64 KiB.",
    ),
    proposal(
        "wasm_exceptions",
        true,
        WasmFeatures::EXCEPTIONS,
        "Exceptions: tags, throw and try_table. Needs gc_support. Not with winch.",
    ),
    proposal(
        "wasm_extended_const",
        true,
        WasmFeatures::EXTENDED_CONST,
        "Integer arithmetic in the initial values of globals and offsets of segments.",
    ),
    proposal(
        "wasm_function_references",
        true,
        WasmFeatures::FUNCTION_REFERENCES,
        "Typed references to functions. Not with winch.",
    ),
    proposal(
        "wasm_gc",
        true,
        WasmFeatures::GC,
        "Structs, arrays and i31 in a garbage-collected heap. Needs gc_support. Not with winch.",
    ),
    proposal(
        "wasm_legacy_exceptions",
        false,
        WasmFeatures::LEGACY_EXCEPTIONS,
        "The first form of the exceptions proposal, with try and catch.",
    )
    .lacking(&[], "Wasmtime does not run legacy exceptions"),
    proposal("wasm_memory64", true, WasmFeatures::MEMORY64, "Memories and tables with 64-bit addresses."),
    proposal("wasm_multi_memory", true, WasmFeatures::MULTI_MEMORY, "Several memories in a module."),
    proposal("wasm_multi_value", true, WasmFeatures::MULTI_VALUE, "Functions and blocks with several results."),
    proposal(
        "wasm_reference_types",
        true,
        WasmFeatures::REFERENCE_TYPES,
        "externref, and references in tables, globals and calls.",
    ),
    proposal(
        "wasm_relaxed_simd",
        true,
        WasmFeatures::RELAXED_SIMD,
        "Vector instructions whose results depend on the processor. Needs wasm_simd. Not with winch.",
    ),
    Choice::flag(
        "relaxed_simd_deterministic",
        false,
        "Gives the instructions of wasm_relaxed_simd the same results on every processor, at a cost.",
    )
    .apply(|c, v| c.relaxed_simd_deterministic(v.on()))
    .seen(|e| Some(e.get_relaxed_simd_deterministic().into())),
    proposal(
        "wasm_shared_everything_threads",
        false,
        WasmFeatures::SHARED_EVERYTHING_THREADS,
        "Shared functions, globals and tables. Unfinished in Wasmtime.",
    ),
    proposal(
        "wasm_simd",
        true,
        WasmFeatures::SIMD,
        "Vectors of 128 bits and their instructions. Without it wasm_relaxed_simd must be off.",
    ),
    proposal("wasm_stack_switching", false, WasmFeatures::STACK_SWITCHING, "Continuations that can be resumed.")
        .lacking(&[], "this build has no stack switching, which is not sound yet"),
    proposal(
        "wasm_tail_call",
        true,
        WasmFeatures::TAIL_CALL,
        "Calls that take the place of their caller. Not with winch.",
    ),
    proposal(
        "wasm_threads",
        true,
        WasmFeatures::THREADS,
        "Atomic instructions and the type of shared memories; making one needs shared_memory too. Not with pulley64.",
    ),
    proposal("wasm_wide_arithmetic", false, WasmFeatures::WIDE_ARITHMETIC, "128-bit addition and multiplication."),
];

pub(super) const COMPONENT_OPTIONS: &[Choice] = &[
    proposal(
        "wasm_component_model",
        true,
        WasmFeatures::COMPONENT_MODEL,
        "Components: modules joined by typed interfaces.",
    ),
    proposal(
        "wasm_component_model_async",
        true,
        WasmFeatures::CM_ASYNC,
        "Asynchronous calls, streams and futures of components. Needs concurrency_support, and follows it while unset.",
    ),
    proposal(
        "wasm_component_model_more_async_builtins",
        false,
        WasmFeatures::CM_MORE_ASYNC_BUILTINS,
        "The newer built-in functions of asynchronous components. Needs concurrency_support.",
    ),
    proposal(
        "wasm_component_model_async_stackful",
        false,
        WasmFeatures::CM_ASYNC_STACKFUL,
        "Asynchronous functions that keep their stack while they wait. Needs concurrency_support.",
    ),
    proposal(
        "wasm_component_model_threading",
        false,
        WasmFeatures::CM_THREADING,
        "Cooperative threads in components. Needs concurrency_support.",
    ),
    proposal(
        "wasm_component_model_error_context",
        false,
        WasmFeatures::CM_ERROR_CONTEXT,
        "The type error-context of components. Needs concurrency_support.",
    ),
    proposal(
        "wasm_component_model_gc",
        false,
        WasmFeatures::CM_GC,
        "GC types at the borders of components. Unfinished.",
    ),
    proposal("wasm_component_model_map", false, WasmFeatures::CM_MAP, "The type map of components."),
    proposal("wasm_component_model_memory64", false, WasmFeatures::CM64, "64-bit memories inside components."),
    proposal(
        "wasm_component_model_fixed_length_lists",
        false,
        WasmFeatures::CM_FIXED_LENGTH_LISTS,
        "Lists of components with a length in their type.",
    ),
    proposal(
        "wasm_component_model_implements",
        false,
        WasmFeatures::CM_IMPLEMENTS,
        "The directive implements in the names of imports and exports of components.",
    ),
];
