//! Options of linear memories, tables and the heap of the collector.

use wasmtime::{Collector, WasmFeatures};

use super::options::{Apply, Choice, Seen};
use super::value::{Kind, Value};

/// Half of the addresses that a process has: no sum of two sizes overflows, and the system refuses what does not fit.
pub(super) const ADDRESSES: u64 = 1 << 46;

const fn size(key: &'static str, default: &'static str, doc: &'static str) -> Choice {
    Choice::new(key, Kind::Bytes { least: 0, most: ADDRESSES }, default, doc)
}

pub(super) const OPTIONS: &[Choice] = &[
    Choice::new(
        "allocation_strategy",
        Kind::Word(&["on_demand|false", "pooling|true"]),
        "on_demand",
        "Where instances live: each allocated when it is made, or taken from a pool that the engine reserves at once and \
         that the options pooling.* shape. Instantiation from the pool is several times faster.",
    )
    .aliases(&["pooling"])
    .seen(|e| Some(if e.get_pooling_config().is_some() { "pooling" } else { "on_demand" }.into())),
    size(
        "memory_reservation",
        "4294967296",
        "The address space reserved for a memory. With 4 GiB a 32-bit memory needs almost no bounds checks and never \
         moves; less saves address space and costs speed.",
    )
    .apply(|c, v| c.memory_reservation(v.number()))
    .seen(|e| Some(e.get_memory_reservation().into())),
    size(
        "memory_guard_size",
        "33554432",
        "The inaccessible space after a memory, which saves bounds checks of accesses with a constant offset. 0 for the \
         target pulley64.",
    )
    .apply(|c, v| c.memory_guard_size(v.number()))
    .seen(|e| Some(e.get_memory_guard_size().into())),
    size(
        "memory_reservation_for_growth",
        "2147483648",
        "The extra address space reserved when a memory moves because it outgrew its reservation.",
    )
    .apply(|c, v| c.memory_reservation_for_growth(v.number()))
    .seen(|e| Some(e.get_memory_reservation_for_growth().into())),
    Choice::flag(
        "memory_may_move",
        true,
        "Whether a memory that outgrows its reservation may move. Without it, such growth fails.",
    )
    .apply(|c, v| c.memory_may_move(v.on()))
    .seen(|e| Some(e.get_memory_may_move().into())),
    Choice::flag(
        "guard_before_linear_memory",
        true,
        "Whether there is inaccessible space before a memory too, against bugs of the compiler.",
    )
    .apply(|c, v| c.guard_before_linear_memory(v.on()))
    .seen(|e| Some(e.get_guard_before_linear_memory().into())),
    Choice::flag(
        "memory_init_cow",
        true,
        "Whether the initial contents of memories are mapped copy-on-write instead of copied. Off where memories come \
         from wrt_config_set_memory_creator.",
    )
    .apply(|c, v| c.memory_init_cow(v.on()))
    .seen(|e| Some(e.get_memory_init_cow().into())),
    Choice::flag(
        "force_memory_init_memfd",
        false,
        "On Linux: whether copy-on-write contents are kept in memory, even where the artifact's file could serve.",
    )
    .apply(|c, v| c.force_memory_init_memfd(v.on())),
    size(
        "memory_guaranteed_dense_image_size",
        "16777216",
        "Up to this size the initial contents of a memory are always mapped copy-on-write, even if most of them are zero.",
    )
    .apply(|c, v| c.memory_guaranteed_dense_image_size(v.number()))
    .seen(|e| Some(e.get_memory_guaranteed_dense_image_size().into())),
    Choice::flag(
        "table_lazy_init",
        true,
        "Whether tables of functions are filled when they are read. Instantiation is faster with it, indirect calls a \
         little slower.",
    )
    .apply(|c, v| c.table_lazy_init(v.on()))
    .seen(|e| Some(e.get_table_lazy_init().into())),
    Choice::flag("shared_memory", false, "Whether shared memories can be made. Programs need wasm_threads too.")
        .apply(|c, v| c.shared_memory(v.on()))
        .seen(|e| Some(e.get_shared_memory().into())),
];

pub(super) const GC_OPTIONS: &[Choice] = &[
    Choice {
        apply: Apply::Feature(WasmFeatures::GC_TYPES),
        seen: Seen::Feature(WasmFeatures::GC_TYPES),
        ..Choice::flag(
            "gc_support",
            true,
            "Whether there is a garbage collector. Without it externref and all types of the GC proposal are refused, and \
             wasm_exceptions must be off.",
        )
    },
    Choice::new(
        "collector",
        Kind::Word(&["auto", "deferred_reference_counting|drc", "null", "copying"]),
        "auto",
        "Which garbage collector stores have: copying, deferred reference counting (no cycles), or null, which never \
         frees. auto is copying.",
    )
    .apply(|c, v| c.collector(collector(v)))
    .seen(|e| {
        Some(Value::Word(match e.get_collector()? {
            Collector::DeferredReferenceCounting => "deferred_reference_counting",
            Collector::Null => "null",
            Collector::Copying => "copying",
            _ => "auto",
        }))
    }),
    Choice::new(
        "gc_heap_initial_size",
        Kind::Bytes { least: 0, most: 1 << 32 },
        "0",
        "The size with which the heap of the collector begins. Rounded up to pages of 64 KiB.",
    )
    .apply(|c, v| c.gc_heap_initial_size(v.number()))
    .seen(|e| Some(e.get_gc_heap_initial_size().into())),
    size(
        "gc_heap_reservation",
        "4294967296",
        "As memory_reservation, for the heap of the collector. While no option gc_heap_* of this layout is set, all four \
         are those of memories.",
    )
    .apply(|c, v| c.gc_heap_reservation(v.number()))
    .seen(|e| Some(e.get_gc_heap_reservation().into())),
    size("gc_heap_guard_size", "33554432", "As memory_guard_size, for the heap of the collector.")
        .apply(|c, v| c.gc_heap_guard_size(v.number()))
        .seen(|e| Some(e.get_gc_heap_guard_size().into())),
    size(
        "gc_heap_reservation_for_growth",
        "2147483648",
        "As memory_reservation_for_growth, for the heap of the collector.",
    )
    .apply(|c, v| c.gc_heap_reservation_for_growth(v.number()))
    .seen(|e| Some(e.get_gc_heap_reservation_for_growth().into())),
    Choice::flag("gc_heap_may_move", true, "As memory_may_move, for the heap of the collector.")
        .apply(|c, v| c.gc_heap_may_move(v.on()))
        .seen(|e| Some(e.get_gc_heap_may_move().into())),
];

fn collector(value: &Value) -> Collector {
    match value.word() {
        "deferred_reference_counting" => Collector::DeferredReferenceCounting,
        "null" => Collector::Null,
        "copying" => Collector::Copying,
        _ => Collector::Auto,
    }
}
