//! Options of the pool from which instances are taken where `allocation_strategy` is `pooling`.

use wasmtime::{Enabled, PoolingAllocationConfig};

use super::memory::ADDRESSES;
use super::options::{Apply, Choice, Seen};
use super::value::{Kind, Value};

/// The engine keeps a record of each slot, so their number is limited to what memory can hold.
const SLOTS: u64 = 1 << 20;

type Set = for<'a> fn(&'a mut PoolingAllocationConfig, &Value) -> &'a mut PoolingAllocationConfig;
type Get = fn(&PoolingAllocationConfig) -> Value;

const fn pool(choice: Choice, set: Set, get: Get) -> Choice {
    Choice { apply: Apply::Pool(set), seen: Seen::Pool(get), ..choice }
}

const fn slots(key: &'static str, doc: &'static str) -> Choice {
    Choice::new(key, Kind::Number { least: 0, most: SLOTS, unit: "" }, "1000", doc)
}

const fn count(key: &'static str, default: &'static str, doc: &'static str) -> Choice {
    Choice::new(key, Kind::Number { least: 0, most: u32::MAX as u64, unit: "" }, default, doc)
}

const fn size(key: &'static str, default: &'static str, doc: &'static str) -> Choice {
    Choice::new(key, Kind::Bytes { least: 0, most: ADDRESSES }, default, doc)
}

pub(super) const OPTIONS: &[Choice] = &[
    pool(
        slots("pooling.total_core_instances", "How many instances of modules can live at the same time."),
        |p, v| p.total_core_instances(v.count()),
        |p| p.get_total_core_instances().into(),
    ),
    pool(
        slots("pooling.total_component_instances", "How many instances of components can live at the same time."),
        |p, v| p.total_component_instances(v.count()),
        |p| p.get_total_component_instances().into(),
    ),
    pool(
        slots(
            "pooling.total_memories",
            "How many memories and heaps of the collector can live at the same time. Each takes memory_reservation and \
             memory_guard_size of address space.",
        ),
        |p, v| p.total_memories(v.count()),
        |p| p.get_total_memories().into(),
    ),
    pool(
        slots("pooling.total_tables", "How many tables can live at the same time."),
        |p, v| p.total_tables(v.count()),
        |p| p.get_total_tables().into(),
    ),
    pool(
        slots("pooling.total_stacks", "How many suspendable calls can run at the same time."),
        |p, v| p.total_stacks(v.count()),
        |p| p.get_total_stacks().into(),
    ),
    pool(
        slots("pooling.total_gc_heaps", "How many stores can have a heap of the collector at the same time."),
        |p, v| p.total_gc_heaps(v.count()),
        |p| p.get_total_gc_heaps().into(),
    ),
    pool(
        size("pooling.max_memory_size", "4294967296", "How large a memory can grow. At most memory_reservation."),
        |p, v| p.max_memory_size(v.size()),
        |p| p.get_max_memory_size().into(),
    ),
    pool(
        Choice::new(
            "pooling.table_elements",
            Kind::Number { least: 0, most: 1 << 40, unit: "elements" },
            "20000",
            "How many elements a table can have.",
        ),
        |p, v| p.table_elements(v.size()),
        |p| p.get_table_elements().into(),
    ),
    pool(
        size("pooling.max_core_instance_size", "1048576", "How much an instance of a module may need for itself."),
        |p, v| p.max_core_instance_size(v.size()),
        |p| p.get_max_core_instance_size().into(),
    ),
    pool(
        size(
            "pooling.max_component_instance_size",
            "1048576",
            "How much an instance of a component may need for itself.",
        ),
        |p, v| p.max_component_instance_size(v.size()),
        |p| p.get_max_component_instance_size().into(),
    ),
    pool(
        count("pooling.max_memories_per_module", "1", "How many memories a module can define."),
        |p, v| p.max_memories_per_module(v.count()),
        |p| p.get_max_memories_per_module().into(),
    ),
    pool(
        count("pooling.max_tables_per_module", "1", "How many tables a module can define."),
        |p, v| p.max_tables_per_module(v.count()),
        |p| p.get_max_tables_per_module().into(),
    ),
    pool(
        count(
            "pooling.max_core_instances_per_component",
            "4294967295",
            "How many instances of modules a component can have, those of components inside it included.",
        ),
        |p, v| p.max_core_instances_per_component(v.count()),
        |p| p.get_max_core_instances_per_component().into(),
    ),
    pool(
        count("pooling.max_memories_per_component", "4294967295", "How many memories a component can have in all."),
        |p, v| p.max_memories_per_component(v.count()),
        |p| p.get_max_memories_per_component().into(),
    ),
    pool(
        count("pooling.max_tables_per_component", "4294967295", "How many tables a component can have in all."),
        |p, v| p.max_tables_per_component(v.count()),
        |p| p.get_max_tables_per_component().into(),
    ),
    pool(
        count(
            "pooling.max_unused_warm_slots",
            "100",
            "How many unused slots are kept for the module they served last, which then starts faster.",
        ),
        |p, v| p.max_unused_warm_slots(v.count()),
        |p| p.get_max_unused_warm_slots().into(),
    ),
    pool(
        Choice::new(
            "pooling.decommit_batch_size",
            Kind::Number { least: 1, most: SLOTS, unit: "slots" },
            "1",
            "How many freed slots are gathered before their pages go back to the system in one call.",
        ),
        |p, v| p.decommit_batch_size(v.size()),
        |p| p.get_decommit_batch_size().into(),
    ),
    pool(
        size(
            "pooling.linear_memory_keep_resident",
            "65536",
            "How much of a freed memory is zeroed and kept instead of given back to the system. Linux only.",
        ),
        |p, v| p.linear_memory_keep_resident(v.size()),
        |p| p.get_memory_keep_resident().into(),
    ),
    pool(
        size(
            "pooling.table_keep_resident",
            "16384",
            "How much of a freed table is zeroed and kept instead of given back to the system. Linux only.",
        ),
        |p, v| p.table_keep_resident(v.size()),
        |p| p.get_table_keep_resident().into(),
    ),
    pool(
        size(
            "pooling.async_stack_keep_resident",
            "0",
            "How much of a freed stack is zeroed and kept, where async_stack_zeroing is on. Linux only.",
        ),
        |p, v| p.async_stack_keep_resident(v.size()),
        |p| p.get_async_stack_keep_resident().into(),
    ),
    pool(
        Choice::new(
            "pooling.pagemap_scan",
            Kind::Word(&["no|false", "yes|true", "auto"]),
            "auto",
            "Whether the kernel is asked which pages of a freed slot were written, so that only those are reset. Linux 6.7 \
             and later; auto uses it where it is there.",
        ),
        |p, v| p.pagemap_scan(enabled(v)),
        |p| word(p.get_pagemap_scan()),
    ),
    Choice {
        seen: Seen::Pool(|p| word(p.get_memory_protection_keys())),
        ..Choice::new(
            "pooling.memory_protection_keys",
            Kind::Word(&["no|false", "yes|true", "auto"]),
            "no",
            "Whether protection keys of the processor take the place of some guard space, so that more memories fit.",
        )
        .lacking(&[], "this build does not use protection keys, which cost time on every call")
    },
    Choice {
        seen: Seen::Pool(|p| p.get_max_memory_protection_keys().into()),
        ..Choice::new(
            "pooling.max_memory_protection_keys",
            Kind::Number { least: 0, most: 16, unit: "keys" },
            "16",
            "How many protection keys are used at most.",
        )
        .lacking(&[], "this build does not use protection keys, which cost time on every call")
    },
];

/// A pool with the defaults. Where Wasmtime keeps nothing of what is freed, ours keeps a little: a short program then runs in half
/// the time, most of which were page faults (`docs/src/performance.md`).
pub(super) fn standard() -> PoolingAllocationConfig {
    let mut pool = PoolingAllocationConfig::new();
    for choice in OPTIONS {
        if let Apply::Pool(apply) = choice.apply {
            apply(&mut pool, &choice.default());
        }
    }
    pool
}

fn enabled(value: &Value) -> Enabled {
    match value.word() {
        "yes" => Enabled::Yes,
        "auto" => Enabled::Auto,
        _ => Enabled::No,
    }
}

fn word(enabled: Enabled) -> Value {
    Value::Word(match enabled {
        Enabled::Yes => "yes",
        Enabled::Auto => "auto",
        Enabled::No => "no",
    })
}
