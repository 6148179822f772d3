//! Traps: stable codes for Wasmtime's, and the way from its errors to ours.

use std::ffi::{CStr, c_char};
use std::fmt;
use std::sync::Arc;

use wasmtime::{AsContextMut, ExnRef, RootScope, Rooted, StoreContextMut, Trap, WasmBacktrace, WasmCoreDump};

use crate::boundary;
use crate::error::*;

/// The call stack is exhausted.
pub const WRT_TRAP_STACK_OVERFLOW: i32 = 0;
/// A memory access is out of bounds.
pub const WRT_TRAP_MEMORY_OUT_OF_BOUNDS: i32 = 1;
/// An atomic operation is not aligned.
pub const WRT_TRAP_HEAP_MISALIGNED: i32 = 2;
/// A table access is out of bounds.
pub const WRT_TRAP_TABLE_OUT_OF_BOUNDS: i32 = 3;
/// An indirect call hit an empty table element.
pub const WRT_TRAP_INDIRECT_CALL_TO_NULL: i32 = 4;
/// An indirect call hit a function of another type.
pub const WRT_TRAP_BAD_SIGNATURE: i32 = 5;
/// An integer operation overflowed.
pub const WRT_TRAP_INTEGER_OVERFLOW: i32 = 6;
/// An integer was divided by zero.
pub const WRT_TRAP_INTEGER_DIVISION_BY_ZERO: i32 = 7;
/// A float does not fit the integer it is converted to.
pub const WRT_TRAP_BAD_CONVERSION_TO_INTEGER: i32 = 8;
/// The instruction `unreachable` was executed.
pub const WRT_TRAP_UNREACHABLE: i32 = 9;
/// The call was interrupted; the status is `WRT_ERR_INTERRUPTED`.
pub const WRT_TRAP_INTERRUPT: i32 = 10;
/// The fuel is used up; the status is `WRT_ERR_FUEL`.
pub const WRT_TRAP_OUT_OF_FUEL: i32 = 11;
/// An atomic wait was made on memory that is not shared.
pub const WRT_TRAP_ATOMIC_WAIT_NON_SHARED_MEMORY: i32 = 12;
/// A null reference was used.
pub const WRT_TRAP_NULL_REFERENCE: i32 = 13;
/// A GC array access is out of bounds.
pub const WRT_TRAP_ARRAY_OUT_OF_BOUNDS: i32 = 14;
/// A GC object would be too large.
pub const WRT_TRAP_ALLOCATION_TOO_LARGE: i32 = 15;
/// A reference is not of the type it is cast to.
pub const WRT_TRAP_CAST_FAILURE: i32 = 16;
/// A component was entered against the reentrance rules.
pub const WRT_TRAP_CANNOT_ENTER_COMPONENT: i32 = 17;
/// An async export did not produce a result.
pub const WRT_TRAP_NO_ASYNC_RESULT: i32 = 18;
/// A suspension has no handler for its tag.
pub const WRT_TRAP_UNHANDLED_TAG: i32 = 19;
/// A continuation was resumed twice.
pub const WRT_TRAP_CONTINUATION_ALREADY_CONSUMED: i32 = 20;
/// A disabled Pulley opcode was executed.
pub const WRT_TRAP_DISABLED_OPCODE: i32 = 21;
/// The event loop of a component cannot make progress.
pub const WRT_TRAP_ASYNC_DEADLOCK: i32 = 22;
/// A component called out when it must not.
pub const WRT_TRAP_CANNOT_LEAVE_COMPONENT: i32 = 23;
/// A synchronous task would block.
pub const WRT_TRAP_CANNOT_BLOCK_SYNC_TASK: i32 = 24;
/// A component value is not a Unicode scalar value.
pub const WRT_TRAP_INVALID_CHAR: i32 = 25;
/// An adapter's own check of string encoding did not hold.
pub const WRT_TRAP_DEBUG_ASSERT_STRING_ENCODING_FINISHED: i32 = 26;
/// An adapter's own check of code units did not hold.
pub const WRT_TRAP_DEBUG_ASSERT_EQUAL_CODE_UNITS: i32 = 27;
/// An adapter's own check of alignment did not hold.
pub const WRT_TRAP_DEBUG_ASSERT_POINTER_ALIGNED: i32 = 28;
/// An adapter's own check of upper bits did not hold.
pub const WRT_TRAP_DEBUG_ASSERT_UPPER_BITS_UNSET: i32 = 29;
/// A component's string is out of bounds.
pub const WRT_TRAP_STRING_OUT_OF_BOUNDS: i32 = 30;
/// A component's list is out of bounds.
pub const WRT_TRAP_LIST_OUT_OF_BOUNDS: i32 = 31;
/// A component's variant has no such case.
pub const WRT_TRAP_INVALID_DISCRIMINANT: i32 = 32;
/// A component passed a pointer that is not aligned.
pub const WRT_TRAP_UNALIGNED_POINTER: i32 = 33;
/// `task.cancel` was called by a task that was not cancelled.
pub const WRT_TRAP_TASK_CANCEL_NOT_CANCELLED: i32 = 34;
/// `task.return` or `task.cancel` was called twice.
pub const WRT_TRAP_TASK_CANCEL_OR_RETURN_TWICE: i32 = 35;
/// `subtask.cancel` was called after the end.
pub const WRT_TRAP_SUBTASK_CANCEL_AFTER_TERMINAL: i32 = 36;
/// `task.return` was called with another signature.
pub const WRT_TRAP_TASK_RETURN_INVALID: i32 = 37;
/// A waitable set with waiters was dropped.
pub const WRT_TRAP_WAITABLE_SET_DROP_HAS_WAITERS: i32 = 38;
/// A subtask was dropped before its end.
pub const WRT_TRAP_SUBTASK_DROP_NOT_RESOLVED: i32 = 39;
/// A thread's start function has another type.
pub const WRT_TRAP_THREAD_NEW_INDIRECT_INVALID_TYPE: i32 = 40;
/// A thread's start function is missing.
pub const WRT_TRAP_THREAD_NEW_INDIRECT_UNINITIALIZED: i32 = 41;
/// The backpressure counter overflowed.
pub const WRT_TRAP_BACKPRESSURE_OVERFLOW: i32 = 42;
/// A callback answered an unknown code.
pub const WRT_TRAP_UNSUPPORTED_CALLBACK_CODE: i32 = 43;
/// A thread that is not suspended was resumed.
pub const WRT_TRAP_CANNOT_RESUME_THREAD: i32 = 44;
/// A future or stream already has an operation.
pub const WRT_TRAP_CONCURRENT_FUTURE_STREAM_OP: i32 = 45;
/// A reference count overflowed.
pub const WRT_TRAP_REFERENCE_COUNT_OVERFLOW: i32 = 46;
/// A stream operation is too big.
pub const WRT_TRAP_STREAM_OP_TOO_BIG: i32 = 47;
/// A waitable was used synchronously while in a set.
pub const WRT_TRAP_WAITABLE_SYNC_AND_ASYNC: i32 = 48;
/// A component let an exception escape.
pub const WRT_TRAP_UNCAUGHT_EXCEPTION: i32 = 49;

/// Each trap at the index of its code, with the name that `wrt_trap_name` gives it.
const TRAPS: [(Trap, &CStr); 50] = [
    (Trap::StackOverflow, c"stack_overflow"),
    (Trap::MemoryOutOfBounds, c"memory_out_of_bounds"),
    (Trap::HeapMisaligned, c"heap_misaligned"),
    (Trap::TableOutOfBounds, c"table_out_of_bounds"),
    (Trap::IndirectCallToNull, c"indirect_call_to_null"),
    (Trap::BadSignature, c"bad_signature"),
    (Trap::IntegerOverflow, c"integer_overflow"),
    (Trap::IntegerDivisionByZero, c"integer_division_by_zero"),
    (Trap::BadConversionToInteger, c"bad_conversion_to_integer"),
    (Trap::UnreachableCodeReached, c"unreachable"),
    (Trap::Interrupt, c"interrupt"),
    (Trap::OutOfFuel, c"out_of_fuel"),
    (Trap::AtomicWaitNonSharedMemory, c"atomic_wait_non_shared_memory"),
    (Trap::NullReference, c"null_reference"),
    (Trap::ArrayOutOfBounds, c"array_out_of_bounds"),
    (Trap::AllocationTooLarge, c"allocation_too_large"),
    (Trap::CastFailure, c"cast_failure"),
    (Trap::CannotEnterComponent, c"cannot_enter_component"),
    (Trap::NoAsyncResult, c"no_async_result"),
    (Trap::UnhandledTag, c"unhandled_tag"),
    (Trap::ContinuationAlreadyConsumed, c"continuation_already_consumed"),
    (Trap::DisabledOpcode, c"disabled_opcode"),
    (Trap::AsyncDeadlock, c"async_deadlock"),
    (Trap::CannotLeaveComponent, c"cannot_leave_component"),
    (Trap::CannotBlockSyncTask, c"cannot_block_sync_task"),
    (Trap::InvalidChar, c"invalid_char"),
    (Trap::DebugAssertStringEncodingFinished, c"debug_assert_string_encoding_finished"),
    (Trap::DebugAssertEqualCodeUnits, c"debug_assert_equal_code_units"),
    (Trap::DebugAssertPointerAligned, c"debug_assert_pointer_aligned"),
    (Trap::DebugAssertUpperBitsUnset, c"debug_assert_upper_bits_unset"),
    (Trap::StringOutOfBounds, c"string_out_of_bounds"),
    (Trap::ListOutOfBounds, c"list_out_of_bounds"),
    (Trap::InvalidDiscriminant, c"invalid_discriminant"),
    (Trap::UnalignedPointer, c"unaligned_pointer"),
    (Trap::TaskCancelNotCancelled, c"task_cancel_not_cancelled"),
    (Trap::TaskCancelOrReturnTwice, c"task_cancel_or_return_twice"),
    (Trap::SubtaskCancelAfterTerminal, c"subtask_cancel_after_terminal"),
    (Trap::TaskReturnInvalid, c"task_return_invalid"),
    (Trap::WaitableSetDropHasWaiters, c"waitable_set_drop_has_waiters"),
    (Trap::SubtaskDropNotResolved, c"subtask_drop_not_resolved"),
    (Trap::ThreadNewIndirectInvalidType, c"thread_new_indirect_invalid_type"),
    (Trap::ThreadNewIndirectUninitialized, c"thread_new_indirect_uninitialized"),
    (Trap::BackpressureOverflow, c"backpressure_overflow"),
    (Trap::UnsupportedCallbackCode, c"unsupported_callback_code"),
    (Trap::CannotResumeThread, c"cannot_resume_thread"),
    (Trap::ConcurrentFutureStreamOp, c"concurrent_future_stream_op"),
    (Trap::ReferenceCountOverflow, c"reference_count_overflow"),
    (Trap::StreamOpTooBig, c"stream_op_too_big"),
    (Trap::WaitableSyncAndAsync, c"waitable_sync_and_async"),
    (Trap::UncaughtException, c"uncaught_exception"),
];

/// The name of trap `trap`, "memory_out_of_bounds" for example, or "unknown". The text is static. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_trap_name(trap: i32) -> *const c_char {
    boundary::value(c"unknown".as_ptr(), || Some(name(trap)?.as_ptr()))
}

pub(crate) fn name(code: i32) -> Option<&'static CStr> {
    TRAPS.get(usize::try_from(code).ok()?).map(|(_, name)| *name)
}

/// The failure that a trap of this code is.
pub(crate) fn failure(code: i32) -> Option<Failure> {
    TRAPS.get(usize::try_from(code).ok()?).map(|(trap, _)| from_trap(*trap))
}

pub(crate) fn from_trap(trap: Trap) -> Failure {
    let status = match trap {
        Trap::Interrupt => WRT_ERR_INTERRUPTED,
        Trap::OutOfFuel => WRT_ERR_FUEL,
        _ => WRT_ERR_TRAP,
    };
    let code = TRAPS.iter().position(|(known, _)| *known == trap).map_or(-1, |index| index as i32);
    Failure::new(status, trap).with(|report| report.trap = code)
}

/// The failure of a call for which the stack of the host has too little room.
pub(crate) fn stack_overflow(message: String) -> Failure {
    from_trap(Trap::StackOverflow).with(|report| report.message = message)
}

/// A failure of the host on its way through WebAssembly and Wasmtime.
#[derive(Debug)]
pub(crate) struct HostError(pub Failure);

impl fmt::Display for HostError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.report().message)
    }
}

impl std::error::Error for HostError {}

/// The error to return to Wasmtime from a host function that failed.
pub(crate) fn into_wasmtime(failure: Failure) -> wasmtime::Error {
    wasmtime::Error::new(HostError(failure))
}

/// What an error of Wasmtime means, when it was not running WebAssembly. `status` is for what says nothing of itself.
#[cold]
pub(crate) fn from_wasmtime(error: &wasmtime::Error, status: i32) -> Failure {
    let failure = if let Some(HostError(failure)) = error.downcast_ref() {
        failure.clone()
    } else if let Some(trap) = error.downcast_ref::<Trap>() {
        from_trap(*trap)
    } else if error.is::<wasmtime::ThrownException>() {
        Failure::new(WRT_ERR_EXCEPTION, "an exception was thrown and not caught")
    } else if error.is::<wasmtime::OutOfMemory>() {
        Failure::new(WRT_ERR_MEMORY, "out of memory")
    } else {
        Failure::new(plain_status(error, status), one_line(error))
    };
    with_frames(failure, error)
}

/// The failure with the frames of `error` after its own.
fn with_frames(failure: Failure, error: &wasmtime::Error) -> Failure {
    let Some(backtrace) = error.downcast_ref::<WasmBacktrace>() else { return failure };
    let mut frames: Vec<Frame> = failure.report().frames.to_vec();
    let around: Vec<Frame> = backtrace.frames().iter().flat_map(frames_of).collect();
    // A failure that crossed several calls has the frames of each, innermost first. The trace of a nested call goes on
    // into the calls around it in its own store: those are there already.
    let known = (0..=frames.len().min(around.len())).rev().find(|known| frames.ends_with(&around[..*known]));
    frames.extend(around.into_iter().skip(known.unwrap_or(0)));
    failure.with(|report| report.frames = frames.into())
}

/// The data of a store that can keep an exception.
pub(crate) trait Catch: Sized + 'static {
    /// The failure that an exception is which nothing caught.
    fn catch(context: StoreContextMut<'_, Self>, exception: Rooted<ExnRef>) -> Result<Failure>;
}

/// What an error means that ended WebAssembly in `context`; takes from the store what the error left there.
#[cold]
pub(crate) fn from_call<T: Catch>(
    mut context: impl AsContextMut<Data = T>,
    error: &wasmtime::Error,
    status: i32,
) -> Failure {
    let mut failure = from_wasmtime(error, status);
    if error.is::<wasmtime::ThrownException>() {
        let mut scope = RootScope::new(&mut context);
        if let Some(exception) = scope.as_context_mut().take_pending_exception() {
            let caught = T::catch(scope.as_context_mut(), exception).unwrap_or_else(|failure| failure);
            failure = with_frames(caught, error);
        }
    }
    match error.downcast_ref::<WasmCoreDump>() {
        Some(dump) if failure.report().coredump.is_none() => {
            let name = dump.modules().first().and_then(|module| module.name()).unwrap_or("wasm").to_owned();
            let dump: Arc<[u8]> = dump.serialize(context, &name).into();
            failure.with(|report| report.coredump = Some(dump))
        }
        _ => failure,
    }
}

/// The status of an error that is none of the known types. Wasmtime tells limits apart by text alone. What has a backtrace came
/// out of WebAssembly, from a host function of Wasmtime's own.
fn plain_status(error: &wasmtime::Error, status: i32) -> i32 {
    let status = if error.downcast_ref::<WasmBacktrace>().is_some() { WRT_ERR_OTHER } else { status };
    if error.is::<wasmtime::PoolConcurrencyLimitError>() || error.is::<wasmtime::GcHeapOutOfMemory<()>>() {
        return WRT_ERR_LIMIT;
    }
    let limit = error.chain().any(|cause| {
        let text = cause.to_string();
        text.starts_with("resource limit exceeded")
            || text.starts_with("forcing trap when growing")
            || text.contains("exceeds memory limits")
            || text.contains("exceeds table limits")
    });
    if limit { WRT_ERR_LIMIT } else { status }
}

/// The whole chain of causes in one line.
pub(crate) fn one_line(error: &wasmtime::Error) -> String {
    let mut line = String::new();
    for cause in error.chain() {
        // The backtrace and the core dump travel as causes too; their text is in the frames.
        let text = cause.to_string();
        let text = text.trim();
        if text.is_empty() || text.starts_with("error while executing at wasm backtrace") || line.ends_with(text) {
            continue;
        }
        if !line.is_empty() {
            line.push_str(": ");
        }
        line.push_str(&text.split_whitespace().collect::<Vec<_>>().join(" "));
    }
    line
}

/// The frames of one machine frame: the function and whatever was inlined into it, innermost first.
fn frames_of(frame: &wasmtime::FrameInfo) -> Vec<Frame> {
    let text = |text: Option<&str>| text.map(c_string);
    let name = || frame.func_name().map(|name| c_string(&demangled(name)));
    let plain = Frame {
        func_index: frame.func_index(),
        inline_depth: 0,
        module_offset: frame.module_offset().map(|offset| offset as u64),
        func_offset: frame.func_offset().map(|offset| offset as u64),
        module_name: text(frame.module().name()),
        func_name: name(),
        file: None,
        line: 0,
        column: 0,
    };
    let symbols = frame.symbols();
    if symbols.is_empty() {
        return vec![plain];
    }
    let outermost = symbols.len() - 1;
    let describe = |(index, symbol): (usize, &wasmtime::FrameSymbol)| Frame {
        inline_depth: (outermost - index) as u32,
        func_name: symbol
            .name()
            .map(|name| c_string(&demangled(name)))
            .or_else(|| if index == outermost { name() } else { None }),
        file: text(symbol.file()),
        line: symbol.line().unwrap_or(0),
        column: symbol.column().unwrap_or(0),
        ..plain.clone()
    };
    symbols.iter().enumerate().map(describe).collect()
}

/// The name as it was written in C++ or Rust.
fn demangled(name: &str) -> String {
    // A plain name may read as a mangled type: "f" would be "float".
    if !["_Z", "__Z", "_R", "__R"].iter().any(|prefix| name.starts_with(prefix)) {
        return name.to_owned();
    }
    if let Ok(rust) = rustc_demangle::try_demangle(name) {
        // Without the hash at its end.
        return format!("{rust:#}");
    }
    // Without its prefix a short name would be read as a type of C++: "f" is a float there.
    let symbol = name.starts_with("_Z").then(|| cpp_demangle::Symbol::new(name).ok()).flatten();
    symbol.and_then(|symbol| symbol.demangle().ok()).unwrap_or_else(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_trap_of_wasmtime_has_a_code() {
        let known = (0u8..=255).map_while(Trap::from_u8).collect::<Vec<_>>();
        assert_eq!(known.len(), TRAPS.len(), "Wasmtime has other traps than trap.rs");
        for trap in known {
            let code = from_trap(trap).report().trap;
            assert!(code >= 0, "{trap:?} has no code");
            assert_eq!(failure(code).map(|failure| failure.report().message.clone()), Some(trap.to_string()));
        }
        assert!(failure(-1).is_none() && failure(TRAPS.len() as i32).is_none());
    }

    #[test]
    fn names_are_demangled_where_they_are_mangled() {
        let pairs = [
            ("_ZN3foo3barEi", "foo::bar(int)"),
            ("_ZN4core3fmt9Formatter3pad17h0123456789abcdefE", "core::fmt::Formatter::pad"),
            ("f", "f"),
            ("main", "main"),
            ("_Z", "_Z"),
            ("caf\u{e9}", "caf\u{e9}"),
        ];
        for (name, wanted) in pairs {
            assert_eq!(demangled(name), wanted);
        }
    }

    #[test]
    fn names_are_those_of_the_source() {
        let names = [("f", "f"), ("_ZN4math3addE", "math::add"), ("_Z3addii", "add(int, int)"), ("größe", "größe")];
        for (mangled, name) in names {
            assert_eq!(demangled(mangled), name);
        }
    }

    #[test]
    fn causes_become_one_line() {
        let error = wasmtime::Error::msg("the cause\n  of it").context("what was done");
        assert_eq!(one_line(&error), "what was done: the cause of it");
    }
}
