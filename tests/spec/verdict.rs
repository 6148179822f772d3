//! What a script says of a failure, and whether ours is that one.

use wrt::*;

use crate::handle::Failed;

/// The traps that the reference interpreter means by `text`; where it was less precise once, there are several.
fn traps(text: &str) -> &'static [i32] {
    // The number of the element.
    match text.trim_end_matches(|c: char| c.is_ascii_digit() || c == ' ') {
        "unreachable" => &[WRT_TRAP_UNREACHABLE],
        "integer divide by zero" => &[WRT_TRAP_INTEGER_DIVISION_BY_ZERO],
        "integer overflow" => &[WRT_TRAP_INTEGER_OVERFLOW],
        "invalid conversion to integer" => &[WRT_TRAP_BAD_CONVERSION_TO_INTEGER],
        "call stack exhausted" => &[WRT_TRAP_STACK_OVERFLOW],
        "out of bounds memory access" => &[WRT_TRAP_MEMORY_OUT_OF_BOUNDS],
        "out of bounds table access" | "undefined element" | "undefined" => &[WRT_TRAP_TABLE_OUT_OF_BOUNDS],
        "out of bounds" => &[WRT_TRAP_MEMORY_OUT_OF_BOUNDS, WRT_TRAP_TABLE_OUT_OF_BOUNDS],
        "out of bounds array access" => &[WRT_TRAP_ARRAY_OUT_OF_BOUNDS],
        "uninitialized element" | "uninitialized" => &[WRT_TRAP_INDIRECT_CALL_TO_NULL],
        "indirect call type mismatch" | "indirect call" => &[WRT_TRAP_BAD_SIGNATURE],
        "null reference"
        | "null function reference"
        | "null structure reference"
        | "null array reference"
        | "null i31 reference"
        | "null exception reference" => &[WRT_TRAP_NULL_REFERENCE],
        "cast failure" => &[WRT_TRAP_CAST_FAILURE],
        "unaligned atomic" => &[WRT_TRAP_HEAP_MISALIGNED],
        "expected shared memory" => &[WRT_TRAP_ATOMIC_WAIT_NON_SHARED_MEMORY],
        _ => &[],
    }
}

pub fn is_trap(failed: &Failed, text: &str) -> bool {
    failed.status == WRT_ERR_TRAP && traps(text).contains(&failed.trap)
}

pub fn is_exception(failed: &Failed, _: &str) -> bool {
    failed.status == WRT_ERR_EXCEPTION && failed.exception
}

pub fn is_suspension(failed: &Failed, _: &str) -> bool {
    failed.status == WRT_ERR_TRAP && failed.trap == WRT_TRAP_UNHANDLED_TAG
}

/// Whether the module was refused for what it says. Wasmtime reads and validates in one pass, so some of what the
/// specification calls malformed is invalid to it, and the other way round.
pub fn is_refusal(failed: &Failed, _: &str) -> bool {
    matches!(failed.status, WRT_ERR_PARSE | WRT_ERR_VALIDATE)
}

pub fn is_unlinkable(failed: &Failed, _: &str) -> bool {
    failed.status == WRT_ERR_LINK
}
