//! Options of running code: interruption, stacks, traps.

use super::options::Choice;
use super::value::Kind;

/// Larger stacks are a mistake: nothing could hold them.
const STACK: u64 = 1 << 30;

pub(super) const OPTIONS: &[Choice] = &[
    Choice::flag(
        "consume_fuel",
        false,
        "Counts the work of WebAssembly against the fuel of its store, and stops it when the fuel is used up. Exact and \
         repeatable; costs speed.",
    )
    .apply(|c, v| c.consume_fuel(v.on()))
    .seen(|e| Some(e.get_consume_fuel().into())),
    Choice::flag(
        "epoch_interruption",
        false,
        "Lets running WebAssembly be stopped by a timeout, a deadline or wrt_interrupt_fire. Cheaper than fuel, not \
         repeatable.",
    )
    .apply(|c, v| c.epoch_interruption(v.on()))
    .seen(|e| Some(e.get_epoch_interruption().into())),
    Choice::new(
        "max_wasm_stack",
        Kind::Bytes { least: 1, most: STACK },
        "524288",
        "How much stack a call into WebAssembly may use, host functions in between included, before it traps. The thread \
         must have so much left. At least 128 KiB less than async_stack_size.",
    )
    .apply(|c, v| c.max_wasm_stack(v.size()))
    .seen(|e| Some(e.get_max_wasm_stack().into())),
    Choice::new(
        "async_stack_size",
        Kind::Bytes { least: 1, most: STACK },
        "2097152",
        "The size of the stacks on which suspendable calls run, host functions included. Rounded up to whole pages.",
    )
    .apply(|c, v| c.async_stack_size(v.size()))
    .seen(|e| Some(e.get_async_stack_size().into())),
    Choice::flag(
        "async_stack_zeroing",
        false,
        "Whether the stacks of suspendable calls are zeroed before they are used again. A second line of defence; slow.",
    )
    .apply(|c, v| c.async_stack_zeroing(v.on()))
    .seen(|e| Some(e.get_async_stack_zeroing().into())),
    Choice::flag(
        "signals_based_traps",
        true,
        "Whether traps are found by signal handlers of the process. Without them every access is checked by code of its \
         own, which is slower, and the process keeps its handlers. guest_debug and the target pulley64 turn it off.",
    )
    .apply(|c, v| c.signals_based_traps(v.on()))
    .seen(|e| Some(e.get_signals_based_traps().into())),
    Choice::flag(
        "macos_use_mach_ports",
        true,
        "On macOS: whether traps are found through Mach ports instead of Unix signals. All engines of a process must \
         agree. Nothing elsewhere.",
    )
    .apply(|c, v| c.macos_use_mach_ports(v.on())),
    Choice::flag(
        "concurrency_support",
        true,
        "Whether stores are ready for the concurrency of the component model. Stores are a little cheaper without.",
    )
    .apply(|c, v| c.concurrency_support(v.on()))
    .seen(|e| Some(e.get_concurrency_support().into())),
    Choice::flag(
        "async_support",
        true,
        "Whether calls can be suspended. Wasmtime keeps the name, but suspending is always there.",
    )
    .lacking(&[], "calls can always be suspended"),
    Choice::new(
        "rr",
        Kind::Word(&["none", "recording", "replaying"]),
        "none",
        "Whether what happens in stores is recorded, or replayed from a record.",
    )
    .lacking(&[], "this build cannot record or replay")
    .apply(|c, _| c.rr(wasmtime::RRConfig::None)),
    Choice::new(
        "gc_zeal_alloc_counter",
        Kind::Number { least: 0, most: u32::MAX as u64, unit: "allocations" },
        "0",
        "Collects garbage after so many allocations, to find bugs of the collector; 0 is never.",
    )
    .lacking(&[], "this build has no gc_zeal")
    .seen(|e| Some(e.get_gc_zeal_alloc_counter().map_or(0, |count| count.get()).into())),
];
