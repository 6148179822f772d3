/*
 * libwrt 0.1.0: WebAssembly for any language with an FFI.
 *
 * Handles are reference-counted: wrt_retain, wrt_release. Fallible functions return a status, WRT_OK or one of
 * WRT_ERR_*, and describe a failure in their last argument, a wrt_error that may be NULL. Outputs are written on success
 * only. Text is UTF-8 with a length; the length (size_t)-1 says that a NUL ends it. NULL, a closed handle or a handle of
 * another kind is answered with a status, never with a crash. docs/abi.md holds the rules in full.
 *
 * Generated from src/ by tests/header.rs: change the source, not this file.
 */
#ifndef WRT_H
#define WRT_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* # names: every handle and struct; what they are for stands with their functions */

/** Everything behind a `wrt_error`: a handle, so it may be retained. */
typedef struct wrt_fault wrt_fault;

typedef struct wrt_error wrt_error;
typedef struct wrt_frame wrt_frame;
typedef struct wrt_bytes wrt_bytes;
typedef struct wrt_val wrt_val;

/* # error
 * What can go wrong, as one value: a status, a sentence, and whatever else is known.
 */

/** Success. */
#define WRT_OK 0
/** The task has not finished; not an error. */
#define WRT_PENDING 1
/** An argument is unusable: NULL, bad UTF-8, a bad length, the wrong kind of handle. */
#define WRT_ERR_ARGUMENT 2
/** Unknown option, bad value, or settings that exclude each other. */
#define WRT_ERR_CONFIG 3
/** Malformed WebAssembly, binary or text. */
#define WRT_ERR_PARSE 4
/** Well-formed but invalid WebAssembly. */
#define WRT_ERR_VALIDATE 5
/** The compiler refused a valid module. */
#define WRT_ERR_COMPILE 6
/** An import is unknown or incompatible, or a name is defined twice. */
#define WRT_ERR_LINK 7
/** A value, a function or an item has the wrong type, or the number of values is wrong. */
#define WRT_ERR_TYPE 8
/** WebAssembly trapped; `wrt_error.trap` says how. */
#define WRT_ERR_TRAP 9
/** The program asked to end; `wrt_error.exit_code` holds its code. */
#define WRT_ERR_EXIT 10
/** A WebAssembly exception was not caught. */
#define WRT_ERR_EXCEPTION 11
/** A host function failed. */
#define WRT_ERR_HOST 12
/** Stopped by a timeout, an epoch deadline, or `wrt_interrupt_fire`. */
#define WRT_ERR_INTERRUPTED 13
/** The store ran out of fuel. */
#define WRT_ERR_FUEL 14
/** A limit of the store, of the pooling allocator or of the collector was reached. */
#define WRT_ERR_LIMIT 15
/** The host reached outside of a memory or a table. */
#define WRT_ERR_BOUNDS 16
/** There is no such export, import, section or item. */
#define WRT_ERR_NOT_FOUND 17
/** The object belongs to another store or another engine. */
#define WRT_ERR_STORE 18
/** The store is in use: by another thread, or by a callback that may not use it. */
#define WRT_ERR_BUSY 19
/** The object, or the store it lives in, was closed. */
#define WRT_ERR_CLOSED 20
/** This build or this platform cannot do it. */
#define WRT_ERR_UNSUPPORTED 21
/** A precompiled artifact does not fit this engine. */
#define WRT_ERR_INCOMPATIBLE 22
/** The operating system refused to read or write. */
#define WRT_ERR_IO 23
/** The host is out of memory. */
#define WRT_ERR_MEMORY 24
/** A bug in this library, contained. */
#define WRT_ERR_PANIC 25
/** Header and library disagree. */
#define WRT_ERR_ABI 26
/** Anything else; the message says what. */
#define WRT_ERR_OTHER 27

/* # version
 * What this library is: versions, build and the log.
 */

/** The major version of this library. */
#define WRT_VERSION_MAJOR 0
/** The minor version of this library. */
#define WRT_VERSION_MINOR 1
/** The patch version of this library. */
#define WRT_VERSION_PATCH 0
/** The major version of the ABI; also in the SONAME. Libraries of another major version do not fit this header. */
#define WRT_ABI_MAJOR 1
/** The minor version of the ABI. A library of a higher minor version still fits this header. */
#define WRT_ABI_MINOR 0

/** The ABI version of the library at hand: the major version in the upper 16 bits, the minor one in the lower. Any thread.
 */
uint32_t wrt_abi_version(void);

/** Checks that this library serves a program built with ABI `abi_major.abi_minor`; pass `WRT_ABI_MAJOR` and
 *  `WRT_ABI_MINOR`.
 *
 *  Errors: `WRT_ERR_ABI`. Any thread.
 */
int32_t wrt_abi_check(uint32_t abi_major, uint32_t abi_minor, wrt_error *error);

/** The version of this library, "0.1.0" for example. The text is static. Any thread. */
const char *wrt_version(void);

/** The version of Wasmtime inside, "48.0.8" for example. The text is static. Any thread. */
const char *wrt_wasmtime_version(void);

/** What this library was built as, in JSON: `{"version", "abi", "wasmtime", "target", "profile", "features": [...]}`.
 *  The text is static. Any thread.
 */
const char *wrt_build_json(void);

/** This interface as data, in JSON: constants, structs with their layout, callbacks, and functions with what each
 *  parameter holds and whether it may be NULL; the file `wrt.api.json` beside the header is the same. The text is static.
 *  Any thread.
 */
const char *wrt_api_json(void);

/* # fault
 * Errors as C sees them: one struct, in both directions. A host callback fails by filling the same struct.
 */

/** The out-param error. Frozen layout. Zero-initialise it once, and release what it holds with `wrt_error_clear` before
 *  it is used again: a failure overwrites the struct without reading it, success writes only the status.
 */
struct wrt_error {
  /** The same value as the return code. */
  int32_t status;
  /** A trap code, `WRT_TRAP_*`, or -1. */
  int32_t trap;
  /** The exit code when the status is `WRT_ERR_EXIT`. */
  int32_t exit_code;
  /** The number of WebAssembly frames, inlined ones included. */
  uint32_t frame_count;
  /** UTF-8, one line, NUL-terminated, owned by `fault`. */
  const char *message;
  /** The length of the message in bytes. */
  size_t message_len;
  /** Everything else; NULL when the status is `WRT_OK`. */
  wrt_fault *fault;
};

/** One WebAssembly frame. Set `struct_size` first. The strings are borrowed from the error; NULL where unknown. */
struct wrt_frame {
  /** `sizeof(wrt_frame)`. */
  size_t struct_size;
  /** The index of the function in its module, imports counted. */
  uint32_t func_index;
  /** 0 for the function that was called, 1 and more for what was inlined into it. */
  uint32_t inline_depth;
  /** Bytes from the beginning of the module; `UINT64_MAX` when unknown. */
  uint64_t module_offset;
  /** Bytes from the beginning of the function; `UINT64_MAX` when unknown. */
  uint64_t func_offset;
  /** The name of the module. */
  const char *module_name;
  /** The name of the function, demangled. */
  const char *func_name;
  /** The source file, where the module carries DWARF. */
  const char *file;
  /** The line, from 1; 0 when unknown. */
  uint32_t line;
  /** The column, from 1; 0 when unknown. */
  uint32_t column;
};

/** Called once when the library needs `env` no more. It must not unwind, wait, or call into the store it belonged to.
 */
typedef void (*wrt_drop_fn)(void *env);

/** Releases what `error` holds and zeroes it, ready for the next call. NULL and a zeroed struct are allowed.
 *
 *  The struct must have been zeroed or written by this library. Any thread.
 */
void wrt_error_clear(wrt_error *error);

/** Describes frame `index` of `error`, innermost first, in `out`, whose `struct_size` is set before.
 *
 *  Returns `WRT_ERR_NOT_FOUND` past the last frame. Any thread that owns the error.
 */
int32_t wrt_error_frame(const wrt_error *error, size_t index, wrt_frame *out);

/** Writes everything known about `error` as JSON: `{"status", "status_name", "message", "trap", "trap_name",
 *  "exit_code", "frames": [...]}`. `out` is freed with `wrt_bytes_free`.
 *
 *  Returns `WRT_ERR_ARGUMENT` for NULL. Any thread that owns the error.
 */
int32_t wrt_error_json(const wrt_error *error, wrt_bytes *out);

/** Copies the core dump of the trap in `error` to `out`, in the format of the WebAssembly tool conventions. Engines
 *  make core dumps where the option `coredump_on_trap` is set. `out` is freed with `wrt_bytes_free`.
 *
 *  Errors: `WRT_ERR_NOT_FOUND` when there is none; `WRT_ERR_ARGUMENT`. `failure` may be NULL and must not be `error`.
 *  Any thread that owns the error.
 */
int32_t wrt_error_coredump(const wrt_error *error, wrt_bytes *out, wrt_error *failure);

/** The number that a host function attached with `wrt_error_set_payload`, or 0. Any thread that owns the error. */
uint64_t wrt_error_payload(const wrt_error *error);

/** Fills `error` from a host callback, which then returns `status`. `message` is copied.
 *
 *  Returns `WRT_OK`, or `WRT_ERR_ARGUMENT` for NULL or bad UTF-8. For use inside the callback that received `error`.
 */
int32_t wrt_error_set(wrt_error *error, int32_t status, const char *message, size_t message_len);

/** Fills `error` from a host callback, which then returns `WRT_ERR_TRAP`: the call ends with trap `trap`, one of
 *  `WRT_TRAP_*`, as if WebAssembly had trapped.
 *
 *  Returns `WRT_OK`, or `WRT_ERR_ARGUMENT` for NULL or an unknown trap. For use inside the callback that received `error`.
 */
int32_t wrt_error_set_trap(wrt_error *error, int32_t trap);

/** Fills `error` from a host callback, which then returns `WRT_ERR_EXIT`: the program ends with `exit_code`.
 *
 *  Returns `WRT_OK`, or `WRT_ERR_ARGUMENT` for NULL. For use inside the callback that received `error`.
 */
int32_t wrt_error_set_exit(wrt_error *error, int32_t exit_code);

/** Attaches `payload` to `error` from a host callback: whoever made the call reads it with `wrt_error_payload`. `drop`,
 *  which may be NULL, is called with the payload as its argument once no error holds it any more, on any thread.
 *
 *  Returns `WRT_OK`, or `WRT_ERR_ARGUMENT` for NULL (`drop` is then not called).
 */
int32_t wrt_error_set_payload(wrt_error *error, uint64_t payload, wrt_drop_fn drop);

/** The name of a status, "bounds" for example, or "unknown". The text is static. Any thread. */
const char *wrt_status_name(int32_t status);

/* # handle
 * Handles: how an object becomes a pointer for C, and a pointer an object again.
 */

/** Bytes owned by the library: valid until `wrt_bytes_free`, which every buffer needs once. Frozen layout. */
struct wrt_bytes {
  /** The first byte; a NUL byte follows the last one. */
  const uint8_t *data;
  /** The number of bytes, without the NUL. */
  size_t len;
  /** For the library. */
  void *owner;
};

/** Takes one more reference to `handle`, of any kind, and returns it. NULL is returned as NULL.
 *
 *  Each reference is given back with `wrt_release`. Any thread.
 */
void *wrt_retain(void *handle);

/** Gives back one reference to `handle`, of any kind; the last one frees the object. NULL is allowed.
 *
 *  Works in any order and on any thread, never waits and never runs WebAssembly. An object whose store is running is
 *  freed when the call returns.
 */
void wrt_release(void *handle);

/** Frees what `handle` holds now, although references to it remain: later use of it, and of what lives in it, answers
 *  `WRT_ERR_CLOSED`. Closing twice is fine. The reference itself is still given back with `wrt_release`.
 *
 *  Errors: `WRT_ERR_ARGUMENT` for NULL; `WRT_ERR_BUSY` while a store runs. Any thread.
 */
int32_t wrt_close(void *handle, wrt_error *error);

/** The noun of `handle`, "store" for example, or NULL for NULL. The text is static. Any thread. */
const char *wrt_handle_type(const void *handle);

/** How many objects and buffers the library has handed out or holds at this moment, in the whole process. A program
 *  that has released everything reads 0. Any thread.
 */
uint64_t wrt_live_count(void);

/** Frees the bytes and clears the struct, so that freeing twice is harmless. NULL and an empty struct are allowed.
 *  Any thread.
 */
void wrt_bytes_free(wrt_bytes *bytes);

/** Copies `len` bytes at `data` into a buffer of the library, for callbacks that return bytes. `out` is freed with
 *  `wrt_bytes_free` unless it is handed to the library.
 *
 *  Errors: `WRT_ERR_ARGUMENT`. Any thread.
 */
int32_t wrt_bytes_copy(const uint8_t *data, size_t len, wrt_bytes *out, wrt_error *error);

/* # trap
 * Traps: stable codes for Wasmtime's, and the way from its errors to ours.
 */

/** The call stack is exhausted. */
#define WRT_TRAP_STACK_OVERFLOW 0
/** A memory access is out of bounds. */
#define WRT_TRAP_MEMORY_OUT_OF_BOUNDS 1
/** An atomic operation is not aligned. */
#define WRT_TRAP_HEAP_MISALIGNED 2
/** A table access is out of bounds. */
#define WRT_TRAP_TABLE_OUT_OF_BOUNDS 3
/** An indirect call hit an empty table element. */
#define WRT_TRAP_INDIRECT_CALL_TO_NULL 4
/** An indirect call hit a function of another type. */
#define WRT_TRAP_BAD_SIGNATURE 5
/** An integer operation overflowed. */
#define WRT_TRAP_INTEGER_OVERFLOW 6
/** An integer was divided by zero. */
#define WRT_TRAP_INTEGER_DIVISION_BY_ZERO 7
/** A float does not fit the integer it is converted to. */
#define WRT_TRAP_BAD_CONVERSION_TO_INTEGER 8
/** The instruction `unreachable` was executed. */
#define WRT_TRAP_UNREACHABLE 9
/** The call was interrupted; the status is `WRT_ERR_INTERRUPTED`. */
#define WRT_TRAP_INTERRUPT 10
/** The fuel is used up; the status is `WRT_ERR_FUEL`. */
#define WRT_TRAP_OUT_OF_FUEL 11
/** An atomic wait was made on memory that is not shared. */
#define WRT_TRAP_ATOMIC_WAIT_NON_SHARED_MEMORY 12
/** A null reference was used. */
#define WRT_TRAP_NULL_REFERENCE 13
/** A GC array access is out of bounds. */
#define WRT_TRAP_ARRAY_OUT_OF_BOUNDS 14
/** A GC object would be too large. */
#define WRT_TRAP_ALLOCATION_TOO_LARGE 15
/** A reference is not of the type it is cast to. */
#define WRT_TRAP_CAST_FAILURE 16
/** A component was entered against the reentrance rules. */
#define WRT_TRAP_CANNOT_ENTER_COMPONENT 17
/** An async export did not produce a result. */
#define WRT_TRAP_NO_ASYNC_RESULT 18
/** A suspension has no handler for its tag. */
#define WRT_TRAP_UNHANDLED_TAG 19
/** A continuation was resumed twice. */
#define WRT_TRAP_CONTINUATION_ALREADY_CONSUMED 20
/** A disabled Pulley opcode was executed. */
#define WRT_TRAP_DISABLED_OPCODE 21
/** The event loop of a component cannot make progress. */
#define WRT_TRAP_ASYNC_DEADLOCK 22
/** A component called out when it must not. */
#define WRT_TRAP_CANNOT_LEAVE_COMPONENT 23
/** A synchronous task would block. */
#define WRT_TRAP_CANNOT_BLOCK_SYNC_TASK 24
/** A component value is not a Unicode scalar value. */
#define WRT_TRAP_INVALID_CHAR 25
/** An adapter's own check of string encoding did not hold. */
#define WRT_TRAP_DEBUG_ASSERT_STRING_ENCODING_FINISHED 26
/** An adapter's own check of code units did not hold. */
#define WRT_TRAP_DEBUG_ASSERT_EQUAL_CODE_UNITS 27
/** An adapter's own check of alignment did not hold. */
#define WRT_TRAP_DEBUG_ASSERT_POINTER_ALIGNED 28
/** An adapter's own check of upper bits did not hold. */
#define WRT_TRAP_DEBUG_ASSERT_UPPER_BITS_UNSET 29
/** A component's string is out of bounds. */
#define WRT_TRAP_STRING_OUT_OF_BOUNDS 30
/** A component's list is out of bounds. */
#define WRT_TRAP_LIST_OUT_OF_BOUNDS 31
/** A component's variant has no such case. */
#define WRT_TRAP_INVALID_DISCRIMINANT 32
/** A component passed a pointer that is not aligned. */
#define WRT_TRAP_UNALIGNED_POINTER 33
/** `task.cancel` was called by a task that was not cancelled. */
#define WRT_TRAP_TASK_CANCEL_NOT_CANCELLED 34
/** `task.return` or `task.cancel` was called twice. */
#define WRT_TRAP_TASK_CANCEL_OR_RETURN_TWICE 35
/** `subtask.cancel` was called after the end. */
#define WRT_TRAP_SUBTASK_CANCEL_AFTER_TERMINAL 36
/** `task.return` was called with another signature. */
#define WRT_TRAP_TASK_RETURN_INVALID 37
/** A waitable set with waiters was dropped. */
#define WRT_TRAP_WAITABLE_SET_DROP_HAS_WAITERS 38
/** A subtask was dropped before its end. */
#define WRT_TRAP_SUBTASK_DROP_NOT_RESOLVED 39
/** A thread's start function has another type. */
#define WRT_TRAP_THREAD_NEW_INDIRECT_INVALID_TYPE 40
/** A thread's start function is missing. */
#define WRT_TRAP_THREAD_NEW_INDIRECT_UNINITIALIZED 41
/** The backpressure counter overflowed. */
#define WRT_TRAP_BACKPRESSURE_OVERFLOW 42
/** A callback answered an unknown code. */
#define WRT_TRAP_UNSUPPORTED_CALLBACK_CODE 43
/** A thread that is not suspended was resumed. */
#define WRT_TRAP_CANNOT_RESUME_THREAD 44
/** A future or stream already has an operation. */
#define WRT_TRAP_CONCURRENT_FUTURE_STREAM_OP 45
/** A reference count overflowed. */
#define WRT_TRAP_REFERENCE_COUNT_OVERFLOW 46
/** A stream operation is too big. */
#define WRT_TRAP_STREAM_OP_TOO_BIG 47
/** A waitable was used synchronously while in a set. */
#define WRT_TRAP_WAITABLE_SYNC_AND_ASYNC 48
/** A component let an exception escape. */
#define WRT_TRAP_UNCAUGHT_EXCEPTION 49

/** The name of trap `trap`, "memory_out_of_bounds" for example, or "unknown". The text is static. Any thread. */
const char *wrt_trap_name(int32_t trap);

/* # value
 * Values as they cross the boundary, and the numbers of their kinds.
 */

/** 32-bit integer. */
#define WRT_I32 127
/** 64-bit integer. */
#define WRT_I64 126
/** 32-bit float. */
#define WRT_F32 125
/** 64-bit float. */
#define WRT_F64 124
/** 128-bit vector. */
#define WRT_V128 123
/** 8-bit integer, in GC structs and arrays only. */
#define WRT_I8 120
/** 16-bit integer, in GC structs and arrays only. */
#define WRT_I16 119
/** The null exception reference. */
#define WRT_NOEXN 116
/** The null function reference. */
#define WRT_NOFUNC 115
/** The null external reference. */
#define WRT_NOEXTERN 114
/** The null GC reference. */
#define WRT_NONE 113
/** Function reference, of any function type. */
#define WRT_FUNCREF 112
/** Reference to an object of the host. */
#define WRT_EXTERNREF 111
/** Any GC reference. */
#define WRT_ANYREF 110
/** GC reference that can be compared. */
#define WRT_EQREF 109
/** 31-bit integer in a reference. */
#define WRT_I31REF 108
/** Reference to a GC struct, of any struct type. */
#define WRT_STRUCTREF 107
/** Reference to a GC array, of any array type. */
#define WRT_ARRAYREF 106
/** Exception reference. */
#define WRT_EXNREF 105
/** Reference to a continuation. */
#define WRT_CONTREF 104
/** The null continuation reference. */
#define WRT_NOCONT 117

/** A WebAssembly value: 16 untagged bytes, little-endian; its kind comes from the type. i32 and f32 use the low 32 bits
 *  of `lo`, i64 and f64 use `lo`, v128 uses `lo` and `hi`, references use `lo` as a store-scoped id (0 is null). Frozen
 *  layout.
 */
struct wrt_val {
  /** The low 64 bits. */
  uint64_t lo;
  /** The high 64 bits of a v128. */
  uint64_t hi;
};

#ifdef __cplusplus
} /* extern "C" */
#endif

#endif /* WRT_H */
