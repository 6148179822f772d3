/*
 * libwrt 0.1.0: WebAssembly for any language with an FFI.
 *
 * Handles are reference-counted: wrt_retain, wrt_release. Fallible functions return a status, WRT_OK or one of
 * WRT_ERR_*, and describe a failure in their last argument, a wrt_error that may be NULL. Outputs are written on success
 * only. Text is UTF-8 with a length; the length (size_t)-1 says that a NUL ends it. NULL, a closed handle or a handle of
 * another kind is answered with a status, never with a crash. "The store's thread" is whichever thread uses the store: one at a
 * time, and a second one gets WRT_ERR_BUSY. docs/src/abi.md holds the rules in full; an archive has it in share/doc.
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
/** The type of a function, table, memory, global or tag, or of a value. Immutable; any thread. */
typedef struct wrt_type wrt_type;
/** Options for an engine. */
typedef struct wrt_config wrt_config;
/** An engine: a handle, shared by all threads. */
typedef struct wrt_engine wrt_engine;
/** A script: a handle, immutable, for all threads. No engine is needed, nothing is compiled or run. */
typedef struct wrt_script wrt_script;
/** A bounded buffer that one side writes and another reads, the host or programs: a handle, shared by all threads. */
typedef struct wrt_pipe wrt_pipe;
/** What programs are given, nothing at first: a handle, shared by all threads. */
typedef struct wrt_wasi wrt_wasi;
/** A compiled module: a handle, immutable, for all threads and all stores of its engine. */
typedef struct wrt_module wrt_module;
/** A store: a handle. One thread at a time may use it and what lives in it; a second one gets `WRT_ERR_BUSY`. */
typedef struct wrt_store wrt_store;
/** A running call, thread-safe to interrupt: a handle. */
typedef struct wrt_interrupt wrt_interrupt;
/** A call under way: a handle. It belongs to a store, which it keeps alive. Released before it is done, it is given up, and
 *  what runs of it is unwound.
 */
typedef struct wrt_task wrt_task;
/** A prepared call of one function: a handle. It belongs to the function's store, which it keeps alive. */
typedef struct wrt_call wrt_call;
/** Who called a host function. Borrowed, valid only until the host function returns; not a handle. */
typedef struct wrt_caller wrt_caller;
/** A function, memory, global, table or tag: a handle. It belongs to a store, which it keeps alive; a shared memory
 *  belongs to an engine. The kind is checked at run time, no casts are needed.
 */
typedef struct wrt_extern wrt_extern;
/** An instance: a handle. It belongs to a store, which it keeps alive. */
typedef struct wrt_instance wrt_instance;
/** A linker: a handle, shared by all threads. */
typedef struct wrt_linker wrt_linker;
/** A module with its imports resolved, for many instances: a handle, immutable, for all threads. */
typedef struct wrt_prelink wrt_prelink;
/** An extern of kind `WRT_FUNC`. */
typedef wrt_extern wrt_func;
/** An extern of kind `WRT_TABLE`. */
typedef wrt_extern wrt_table;
/** An extern of kind `WRT_MEMORY`. */
typedef wrt_extern wrt_memory;
/** An extern of kind `WRT_GLOBAL`. */
typedef wrt_extern wrt_global;
/** An extern of kind `WRT_TAG`. */
typedef wrt_extern wrt_tag;

typedef struct wrt_error wrt_error;
typedef struct wrt_frame wrt_frame;
typedef struct wrt_bytes wrt_bytes;
typedef struct wrt_shape wrt_shape;
typedef struct wrt_val wrt_val;
typedef struct wrt_host_hooks wrt_host_hooks;
typedef struct wrt_pipe_info wrt_pipe_info;
typedef struct wrt_limits wrt_limits;
typedef struct wrt_item wrt_item;
typedef struct wrt_memory_header wrt_memory_header;
typedef struct wrt_host_request wrt_host_request;
typedef struct wrt_column wrt_column;

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

/** Called once when the library needs `env` no more. It must not unwind, wait, or call into the store it belonged to.
 */
typedef void (*wrt_drop_fn)(void *env);

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
 *  Works in any order and on any thread, never runs WebAssembly, and never waits but for a wake function that another thread
 *  is in and that would still be called for a task or a pipe which is released. An object whose store is running is
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

/* # wake
 * Waking: how a thread of the library is told that it can go on, and how the host is.
 */

/** Called with the `env` it was given with, on any thread, when a task can go on, or when there is something new about a
 *  pipe. It must not wait, and may call nothing of the library but `wrt_release`; the answer is ignored. Whoever closes or
 *  releases the task or the pipe on another thread waits until it has returned. The type is that of `uv_async_send`.
 */
typedef int32_t (*wrt_wake_fn)(void *env);

/* # types
 * Types of functions, tables, memories, globals and tags. They are written and read as WAT, and never change.
 */

/** A function. */
#define WRT_FUNC 0
/** A table. */
#define WRT_TABLE 1
/** A linear memory. */
#define WRT_MEMORY 2
/** A global. */
#define WRT_GLOBAL 3
/** A tag, which names a kind of exception. */
#define WRT_TAG 4

/** The shape of a table, memory or global type. Set `struct_size` first. */
struct wrt_shape {
  /** `sizeof(wrt_shape)`. */
  size_t struct_size;
  /** The least number of pages of a memory, or of elements of a table; 0 for globals. */
  uint64_t min;
  /** The greatest number of them; `UINT64_MAX` when there is none. */
  uint64_t max;
  /** 1 when a memory or a table is indexed by i64, else 0. */
  uint32_t is_64;
  /** 1 for a shared memory, else 0. */
  uint32_t is_shared;
  /** 1 for a mutable global, and for all tables and memories; else 0. */
  uint32_t is_mutable;
  /** A page of a memory is 2 to the power of this many bytes: 16, or 0 with custom page sizes. 0 for others. */
  uint32_t page_size_log2;
  /** The kind of the elements of a table or of the value of a global, `WRT_I32` to `WRT_EXNREF`; 0 for memories. */
  int32_t content_kind;
  /** 1 when the content is a reference that may be null, else 0. */
  int32_t nullable;
};

/** Reads a type from WAT, such as `(func (param i32) (result f64))`, `(memory 1 10)`, `(table 10 funcref)`,
 *  `(global (mut i32))` or `(tag (param i32))`. Definitions that it needs stand before it:
 *  `(type $s (struct (field i32))) (func (param (ref $s)))`. In the same way the type of a value is read: `i32`, `funcref`,
 *  `(type $s (struct (field i32))) (ref null $s)`; a definition alone, `(struct (field i32))` or `(array (mut i8))`, is the
 *  type of references to it. `out` is given back with `wrt_release`.
 *
 *  Errors: `WRT_ERR_PARSE` with line and column of the text; `WRT_ERR_VALIDATE` for a type that is invalid or whose
 *  WebAssembly features the engine has not; `WRT_ERR_UNSUPPORTED` for definitions in an engine without a compiler.
 *  Any thread.
 */
int32_t wrt_type_parse(const wrt_engine *engine, const char *text, size_t len, wrt_type **out, wrt_error *error);

/** Makes a function type from the kinds of its parameters and results, `WRT_I32` for example. References are nullable.
 *  NULL is allowed where a length is 0. `out` is given back with `wrt_release`.
 *
 *  Errors: `WRT_ERR_ARGUMENT` for what is no kind of a value; `WRT_ERR_VALIDATE` for kinds whose WebAssembly features the
 *  engine has not. Any thread.
 */
int32_t wrt_type_func(
    const wrt_engine *engine,
    const uint8_t *params,
    size_t nparams,
    const uint8_t *results,
    size_t nresults,
    wrt_type **out,
    wrt_error *error);

/** Writes `type` as WAT that `wrt_type_parse` reads: definitions first, where there are any. `out` is freed with
 *  `wrt_bytes_free`.
 *
 *  The text of a type out of a module shows what can be reached from it. Of a recursion group it may lack members and
 *  their order; then it is read as a type that looks alike, and is another.
 *
 *  Errors: `WRT_ERR_ARGUMENT`, `WRT_ERR_CLOSED`. Any thread.
 */
int32_t wrt_type_text(const wrt_type *type, wrt_bytes *out, wrt_error *error);

/** What `type` is the type of: `WRT_FUNC`, `WRT_TABLE`, `WRT_MEMORY`, `WRT_GLOBAL` or `WRT_TAG`; -1 for the type of a
 *  value, NULL or a closed type. Any thread.
 */
int32_t wrt_type_extern_kind(const wrt_type *type);

/** Writes 1 to `out` when an item of type `type` can be given where `expected` is imported, or a value of one type where
 *  the other is expected; else 0. Limits count as they stand in the types; a memory or a table that has grown may match
 *  more.
 *
 *  Errors: `WRT_ERR_STORE` when the types belong to different engines; `WRT_ERR_ARGUMENT`, `WRT_ERR_CLOSED`. Any thread.
 */
int32_t wrt_type_matches(const wrt_type *type, const wrt_type *expected, int32_t *out, wrt_error *error);

/** Writes how many parameters and results a function type has. A tag type has parameters and no results.
 *
 *  Errors: `WRT_ERR_TYPE` for other types; `WRT_ERR_ARGUMENT`, `WRT_ERR_CLOSED`. Any thread.
 */
int32_t wrt_type_arity(const wrt_type *type, size_t *nparams, size_t *nresults, wrt_error *error);

/** Writes the kinds of the parameters and results of a function or tag type, `WRT_I32` for example, to `params` and
 *  `results`. `nparams` and `nresults` say how much room there is, `wrt_type_arity` how much is needed. A reference to a
 *  defined type has the kind of the abstract type above it; `wrt_type_text` tells it in full.
 *
 *  Errors: `WRT_ERR_ARGUMENT` when there is too little room; `WRT_ERR_TYPE` for other types; `WRT_ERR_CLOSED`. Any thread.
 */
int32_t wrt_type_kinds(
    const wrt_type *type,
    uint8_t *params,
    size_t nparams,
    uint8_t *results,
    size_t nresults,
    wrt_error *error);

/** Describes the type of a table, memory, global or value in `out`, whose `struct_size` is set before.
 *
 *  Errors: `WRT_ERR_TYPE` for function and tag types; `WRT_ERR_ARGUMENT`, `WRT_ERR_CLOSED`. Any thread.
 */
int32_t wrt_type_shape(const wrt_type *type, wrt_shape *out, wrt_error *error);

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
 *  of `lo` (what stands above them is unspecified: cast to 32 bits when reading), i64 and f64 use `lo`, v128 uses `lo` and `hi`, references use `lo` as a store-scoped id (0 is null). Frozen
 *  layout.
 */
struct wrt_val {
  /** The low 64 bits. */
  uint64_t lo;
  /** The high 64 bits of a v128. */
  uint64_t hi;
};

/* # config
 * Configuration of engines: options by name, as text. Any thread may use a configuration.
 */

/** Looks up `key_len` bytes at `key` in a store of the host. When they are there, the callback copies what belongs to
 *  them to `out` with `wrt_bytes_copy` and returns `WRT_OK`; anything else means that they are not, and leaves `out` alone.
 *
 *  Called from any thread, several at a time. It must not unwind.
 */
typedef int32_t (*wrt_cache_get_fn)(void *env, const uint8_t *key, size_t key_len, wrt_bytes *out);

/** Keeps `len` bytes at `data` under `key_len` bytes at `key` in a store of the host; both are borrowed for the call.
 *  Returns `WRT_OK`, or anything else when they were not kept, which is no error.
 *
 *  Called from any thread, several at a time. It must not unwind.
 */
typedef int32_t (*wrt_cache_put_fn)(void *env, const uint8_t *key, size_t key_len, const uint8_t *data, size_t len);

/** Makes a memory of `minimum` zeroed bytes, which may grow to `maximum` (`UINT64_MAX` for no limit but its address
 *  type), and writes what is to be handed to the other callbacks to `mem`, the first byte to `base`, and to `capacity`
 *  how many bytes the memory can have without moving. `base` is not NULL, not even for an empty memory, and a multiple
 *  of 4096; `capacity` is at least `minimum`, and at least `reserve` or `maximum`, whichever is less.
 *
 *  `reserve` is the option `memory_reservation` and `guard` the option `memory_guard_size`, both 0 unless they were set.
 *  Code relies on them: from `base` on, `reserve + guard` bytes must belong to the memory, and those outside of its
 *  present size must be inaccessible. With 0 any zeroed memory will do.
 *
 *  Returns `WRT_OK`, or another status after filling `error` with `wrt_error_set`. Called from any thread, several at a
 *  time. It must not unwind.
 */
typedef int32_t (*wrt_mem_new_fn)(
    void *env,
    uint64_t minimum,
    uint64_t maximum,
    uint64_t reserve,
    uint64_t guard,
    void **mem,
    uint8_t **base,
    size_t *capacity,
    wrt_error *error);

/** Grows the memory `mem` to `new_len` bytes, whose new part is zeroed. `base` and `capacity` hold the present values;
 *  up to `capacity` neither may change, beyond it the callback writes the new ones, by the rules of `wrt_mem_new_fn`, and
 *  the contents move along.
 *
 *  Returns `WRT_OK`, or another status when the memory stays as it is: `memory.grow` then answers -1. Called from any
 *  thread, for one memory by one at a time. It must not unwind.
 */
typedef int32_t (*wrt_mem_grow_fn)(
    void *env,
    void *mem,
    size_t new_len,
    uint8_t **base,
    size_t *capacity,
    wrt_error *error);

/** Makes a configuration in which every option has its default. `out` is a handle, given back with `wrt_release`; engines
 *  made from it are not changed by what is set later.
 *
 *  Errors: `WRT_ERR_ARGUMENT`. Any thread.
 */
int32_t wrt_config_new(wrt_config **out, wrt_error *error);

/** Sets the option `key` to `value`, both text; `wrt_config_options_json` lists all options. Case, and `-` for `_`, do
 *  not matter in keys and words. Values are `true` or `false` (also `1`, `0`, `on`, `off`, `yes`, `no`), integers
 *  (decimal or `0x`, with `_` between digits, sizes also with `KiB`, `MiB`, `GiB` or `TiB`), words, or text.
 *
 *  Errors: `WRT_ERR_CONFIG` for an unknown option (the message names the nearest) or a value that it does not take;
 *  `WRT_ERR_UNSUPPORTED` for one that this build or this platform cannot do; `WRT_ERR_ARGUMENT`, `WRT_ERR_CLOSED`.
 *  Settings that exclude each other are found by `wrt_engine_new`. Any thread.
 */
int32_t wrt_config_set(
    const wrt_config *config,
    const char *key,
    size_t key_len,
    const char *value,
    size_t value_len,
    wrt_error *error);

/** Writes the value of the option `key`, as it was set or else its default, as text to `value`, which is freed with
 *  `wrt_bytes_free`. What is in force in an engine stands in `wrt_engine_json`.
 *
 *  Errors: `WRT_ERR_CONFIG` for an unknown option; `WRT_ERR_ARGUMENT`, `WRT_ERR_CLOSED`. Any thread.
 */
int32_t wrt_config_get(const wrt_config *config, const char *key, size_t key_len, wrt_bytes *value, wrt_error *error);

/** Sets every option of the JSON object `json`, whose values are text, numbers, `true` or `false`; when one of them is
 *  refused, none is set.
 *
 *  Errors: as `wrt_config_set`; `WRT_ERR_ARGUMENT` for what is not a JSON object. Any thread.
 */
int32_t wrt_config_set_json(const wrt_config *config, const char *json, size_t json_len, wrt_error *error);

/** All options as a JSON array of `{"key", "type", "default", "values", "doc", "group", "aliases", "unit", "available"}`;
 *  `type` is `bool`, `integer`, `bytes`, `enum` or `string`, `values` the words of an enum, and an option that is not
 *  available has only its default in this build. A key that ends in `<name>` stands for a family, whose members `names`
 *  lists where they are known. The text is static. Any thread.
 */
const char *wrt_config_options_json(void);

/** Lets the host allocate the memories that modules define, and the heaps of the collector, in engines made from
 *  `config`: `make` makes one, `grow` grows it, and `free_mem`, which may be NULL, is called with what `make` wrote to
 *  `mem` when it is gone. `grow` may be NULL: memories then grow up to their capacity, which is accessible from the
 *  beginning. `drop`, which may be NULL, is called with `env` once no engine, no memory and no configuration needs it;
 *  when this function fails it is not called. What was registered before is given up.
 *
 *  Memories then have no reservation and no guard unless `memory_reservation` and `memory_guard_size` are set; see
 *  `wrt_mem_new_fn`. Memories that the host makes itself, and the pool, stay Wasmtime's.
 *
 *  Errors: `WRT_ERR_ARGUMENT` where `make` is NULL; `WRT_ERR_CLOSED`. The callbacks run on any thread.
 */
int32_t wrt_config_set_memory_creator(
    const wrt_config *config,
    wrt_mem_new_fn make,
    wrt_mem_grow_fn grow,
    wrt_drop_fn free_mem,
    void *env,
    wrt_drop_fn drop,
    wrt_error *error);

/** Gives the host the compiled functions to keep, for engines made from `config`, which turns on
 *  `enable_incremental_compilation`: `get` looks one up, `put` keeps one. Their bytes are trusted as code: a store that
 *  others can write to lets them run anything. `drop`, which may be NULL, is called with `env` once no engine and no
 *  configuration needs it; when this function fails it is not called. What was registered before is given up.
 *
 *  Errors: `WRT_ERR_ARGUMENT` where `get` or `put` is NULL; `WRT_ERR_CLOSED`. The callbacks run on any thread.
 */
int32_t wrt_config_set_cache_store(
    const wrt_config *config,
    wrt_cache_get_fn get,
    wrt_cache_put_fn put,
    void *env,
    wrt_drop_fn drop,
    wrt_error *error);

/* # engine
 * Engines: settings, compiled code and the epoch, shared by all threads.
 */

/** Makes an engine with the settings of `config`, which may be NULL for the default ones. Settings changed later do not
 *  reach it. The engine is released with `wrt_release`.
 *
 *  Errors: `WRT_ERR_CONFIG` names the settings that exclude each other or that this machine cannot fulfil. Any thread.
 */
int32_t wrt_engine_new(const wrt_config *config, wrt_engine **out, wrt_error *error);

/** Writes the settings in force as JSON: `{"options": {key: value, ...}, "target", "pulley", "fingerprint"}`. `out` is
 *  freed with `wrt_bytes_free`.
 *
 *  Errors: `WRT_ERR_ARGUMENT`, `WRT_ERR_CLOSED`. Any thread.
 */
int32_t wrt_engine_json(const wrt_engine *engine, wrt_bytes *out, wrt_error *error);

/** Writes what the pooling allocator holds as JSON: counts of live instances, memories, tables and stacks, and resident
 *  bytes; `null` for an engine without one. `out` is freed with `wrt_bytes_free`.
 *
 *  Errors: `WRT_ERR_ARGUMENT`, `WRT_ERR_CLOSED`. Any thread.
 */
int32_t wrt_engine_metrics_json(const wrt_engine *engine, wrt_bytes *out, wrt_error *error);

/** A number that is equal for engines which can load each other's precompiled artifacts; 0 for NULL, for a closed engine, and in
 *  a build without a compiler, which knows only once it has tried. Any thread.
 */
uint64_t wrt_engine_fingerprint(const wrt_engine *engine);

/** The name under which to keep what `engine` compiles from `wasm`: the SHA-256 of the `len` bytes as they are, a dash, and the
 *  engine's fingerprint, in hexadecimal digits. What an engine has compiled fits every engine that gives the same key. An engine with
 *  `enable_compiler = false` gives another one, so a process that only loads has to be told the key.
 *  `*key` is freed with `wrt_bytes_free`.
 *
 *  Errors: `WRT_ERR_UNSUPPORTED` in a build without a compiler; `WRT_ERR_ARGUMENT`, `WRT_ERR_CLOSED`. Any thread.
 */
int32_t wrt_engine_module_key(
    const wrt_engine *engine,
    const uint8_t *wasm,
    size_t len,
    wrt_bytes *key,
    wrt_error *error);

/** Moves the epoch of `engine` by one tick. NULL is ignored. Any thread. */
void wrt_engine_increment_epoch(const wrt_engine *engine);

/** Starts a thread that moves the epoch each `period_ns` nanoseconds, or changes the period of the one that runs. It ends
 *  with `wrt_engine_stop_ticker`, or with the engine.
 *
 *  Errors: `WRT_ERR_CONFIG` for an engine without `epoch_interruption`; `WRT_ERR_ARGUMENT` for a period below 10 000 ns;
 *  `WRT_ERR_CLOSED`. Any thread.
 */
int32_t wrt_engine_start_ticker(const wrt_engine *engine, uint64_t period_ns, wrt_error *error);

/** Ends the ticker of `engine`, if it runs. NULL is ignored. Any thread; does not wait. */
void wrt_engine_stop_ticker(const wrt_engine *engine);

/** Checks that `len` bytes at `wasm` are a module this engine could compile. WAT is accepted too.
 *
 *  Errors: `WRT_ERR_PARSE` or `WRT_ERR_VALIDATE` say where and why. Any thread.
 */
int32_t wrt_engine_validate(const wrt_engine *engine, const uint8_t *wasm, size_t len, wrt_error *error);

/** Compiles `len` bytes at `wasm`, binary or WAT, to an artifact for `wrt_module_deserialize`. `out` is freed with
 *  `wrt_bytes_free`.
 *
 *  Errors: `WRT_ERR_PARSE`, `WRT_ERR_VALIDATE`, `WRT_ERR_COMPILE`; `WRT_ERR_UNSUPPORTED` without a compiler. Any thread.
 */
int32_t wrt_engine_precompile(
    const wrt_engine *engine,
    const uint8_t *wasm,
    size_t len,
    wrt_bytes *out,
    wrt_error *error);

/* # hooks
 * What the host wants done around WebAssembly, set once for the process: garbage collector transitions, a signal flag,
 * a log.
 */

/** Begins a transition of the host, and returns a state for the function that ends it. */
typedef int8_t (*wrt_enter_fn)(void);

/** Ends a transition of the host. */
typedef void (*wrt_leave_fn)(int8_t state);

/** Receives a line of the log: `level` is 1 (error) to 5 (trace); both texts are NUL-terminated and borrowed. May be
 *  called on any thread, and must not call into the library.
 */
typedef void (*wrt_log_fn)(void *env, int32_t level, const char *target, const char *message);

/** What a garbage-collected host wants to know. Set `struct_size` first; members may be NULL. The functions must not
 *  unwind or wait for WebAssembly; each `leave_*` receives what its `enter_*` returned.
 */
struct wrt_host_hooks {
  /** `sizeof(wrt_host_hooks)`. */
  size_t struct_size;
  /** Called before WebAssembly may run long. */
  wrt_enter_fn enter_native;
  /** Called when it has returned. */
  wrt_leave_fn leave_native;
  /** Called before a host function. */
  wrt_enter_fn enter_host;
  /** Called when it has returned. */
  wrt_leave_fn leave_host;
  /** Where this is nonzero, running calls end with `WRT_ERR_INTERRUPTED` at the next epoch tick. It must stay valid. */
  const int32_t *signal_pending;
};

/** Sets the hooks of the process, once and before the first call into WebAssembly. They are copied.
 *
 *  Errors: `WRT_ERR_ARGUMENT` for NULL, for a bad `struct_size`, and when hooks are set already. Any thread.
 */
int32_t wrt_set_host_hooks(const wrt_host_hooks *hooks, wrt_error *error);

/** Sends the log of the engine to `log`: `level` is 0 for none, 1 (errors) to 5 (everything). A NULL `log` ends it. `env`
 *  must stay valid until the log is ended or sent elsewhere.
 *
 *  Errors: `WRT_ERR_ARGUMENT` for another level. Any thread.
 */
int32_t wrt_set_log(int32_t level, wrt_log_fn log, void *env, wrt_error *error);

/** Prepares the calling thread for WebAssembly now, instead of at its first call. Never required.
 *
 *  Errors: none but `WRT_ERR_PANIC`, when there is no memory for the thread's signal stack. Any thread.
 */
int32_t wrt_thread_init(wrt_error *error);

/* # text
 * Modules and components as text and as bytes, without an engine: translation, printing, inspection.
 */

/** No artifact of Wasmtime. */
#define WRT_ARTIFACT_NONE 0
/** A compiled module. */
#define WRT_ARTIFACT_MODULE 1
/** A compiled component. */
#define WRT_ARTIFACT_COMPONENT 2

/** Translates the text of a module or a component to its binary. The result may still be invalid: only syntax and names
 *  are checked. `out` is freed with `wrt_bytes_free`.
 *
 *  Errors: `WRT_ERR_PARSE` with line and column; `WRT_ERR_ARGUMENT` for NULL and bad UTF-8. Any thread.
 */
int32_t wrt_wat_to_wasm(const char *wat, size_t len, wrt_bytes *out, wrt_error *error);

/** Prints a binary module or component as text that `wrt_wat_to_wasm` reads, with the names that its name section gives.
 *  `out` is freed with `wrt_bytes_free`.
 *
 *  Errors: `WRT_ERR_PARSE` with the offset in `wasm`; `WRT_ERR_LIMIT` when the text would be more than 128 times as long
 *  as `wasm`, and longer than 16 MiB. Any thread.
 */
int32_t wrt_wasm_to_wat(const uint8_t *wasm, size_t len, wrt_bytes *out, wrt_error *error);

/** Describes a binary module or component as JSON, whatever features it uses, without compiling it:
 *  `{"kind": "module", "name", "size", "types": [...], "imports": [{"module", "name", "kind", "type"}], "exports":
 *  [{"name", "kind", "index", "type"}], "functions": [{"index", "name", "type", "size", "imported"}], "tables",
 *  "memories", "globals", "tags": [{"index", "name", "type", "imported"}], "start", "data_segments", "elem_segments",
 *  "custom_sections": [{"name", "offset", "size"}], "producers": {...}, "features": [...]}`.
 *
 *  Types are WAT. `types` holds the definitions that others name `$t0`, `$t1` and so on, where there are any. `size` is
 *  in bytes, `offset` counts from the beginning of `wasm`. What is unknown is null. `features` are those that the
 *  compiler recorded. A component has `"kind": "component"`, `name`, `size`, `imports` and `exports` with `name` and
 *  `kind`, the numbers of its own `modules` and `components`, `custom_sections` and `producers`.
 *
 *  `out` is freed with `wrt_bytes_free`. Errors: `WRT_ERR_PARSE` with the offset; `WRT_ERR_LIMIT` when the text would be
 *  more than 128 times as long as `wasm`, and longer than 16 MiB. Any thread.
 */
int32_t wrt_wasm_inspect_json(const uint8_t *wasm, size_t len, wrt_bytes *out, wrt_error *error);

/** Finds the custom section `name` of a binary module or component; `nth` counts, from 0, those of the same name. Writes
 *  where its contents begin in `wasm`, and how long they are.
 *
 *  Errors: `WRT_ERR_NOT_FOUND`; `WRT_ERR_PARSE` with the offset; `WRT_ERR_ARGUMENT`. Any thread.
 */
int32_t wrt_wasm_custom_section(
    const uint8_t *wasm,
    size_t len,
    const char *name,
    size_t name_len,
    size_t nth,
    size_t *offset,
    size_t *size,
    wrt_error *error);

/** Writes to `kind` what `data` is: `WRT_ARTIFACT_MODULE` or `WRT_ARTIFACT_COMPONENT` for what Wasmtime has compiled,
 *  `WRT_ARTIFACT_NONE` for anything else. Only the header is looked at. Any thread.
 *
 *  Errors: `WRT_ERR_ARGUMENT`.
 */
int32_t wrt_artifact_kind(const uint8_t *data, size_t len, int32_t *kind, wrt_error *error);

/* # script
 * Test scripts of WebAssembly (`.wast`) as data: what to do as JSON, and the modules to do it with.
 */

/** Reads the script `text`. `name`, "linking.wast" for example, stands in messages and in the JSON, and without its
 *  extension before the names of the modules' files; where it is empty, "script" does. Modules that are not quoted become
 *  binaries. The script is released with `wrt_release`.
 *
 *  Errors: `WRT_ERR_PARSE` with line and column; `WRT_ERR_ARGUMENT` for NULL and bad UTF-8. Any thread.
 */
int32_t wrt_script_new(
    const char *text,
    size_t text_len,
    const char *name,
    size_t name_len,
    wrt_script **out,
    wrt_error *error);

/** The commands of `script` as JSON, borrowed from it: `{"source_filename", "commands": [{"type", "line", ...}]}`, in the
 *  format that `wast2json` and `wasm-tools json-from-wast` write.
 *
 *  A command names a module by `filename`, whose bytes `wrt_script_module` has; `module_type` is "binary" or "text". Text
 *  that can be translated has `binary_filename` too. A constant is `{"type", "value"}`, with numbers as decimal text:
 *  integers signed, floats their bits, or "nan:canonical" and "nan:arithmetic"; `{"type": "v128", "lane_type", "value":
 *  [...]}`; `{"type": "either", "values": [...]}`. A reference has the value "null", a number of the host's, or none,
 *  which stands for any that is not null; `refnull`, `nullref` and its sisters are always null.
 *
 *  Errors: `WRT_ERR_ARGUMENT`, `WRT_ERR_CLOSED`. Any thread.
 */
int32_t wrt_script_json(const wrt_script *script, const char **json, size_t *len, wrt_error *error);

/** The module that the JSON of `script` names `name`, binary or text, borrowed from the script. It may be malformed: that
 *  is what some commands test.
 *
 *  Errors: `WRT_ERR_NOT_FOUND`; `WRT_ERR_ARGUMENT`, `WRT_ERR_CLOSED`. Any thread.
 */
int32_t wrt_script_module(
    const wrt_script *script,
    const char *name,
    size_t name_len,
    const uint8_t **data,
    size_t *len,
    wrt_error *error);

/* # pipe
 * Pipes: bounded buffers between the host and programs, or between two programs. Nobody waits in here: a program that
 * has to is suspended, and the host is woken.
 */

/** The side of a pipe on which something is read. */
#define WRT_PIPE_READ 0
/** The side of a pipe on which something is written. */
#define WRT_PIPE_WRITE 1

/** How a pipe stands. Set `struct_size` first. */
struct wrt_pipe_info {
  /** `sizeof(wrt_pipe_info)`. */
  size_t struct_size;
  /** The most bytes that it holds. */
  size_t capacity;
  /** The bytes that it holds. */
  size_t len;
  /** 1 when a program waits for something to read. */
  uint32_t is_wanted;
  /** 1 when nothing more will be written. */
  uint32_t is_ended;
  /** 1 when nobody will read. */
  uint32_t is_broken;
  /** 0. */
  uint32_t reserved;
};

/** Makes an empty pipe for at most `capacity` bytes. It is attached to programs with `wrt_wasi_pipe`. The host may write and
 *  read, too, until it closes or releases the pipe: what is in it can still be read by programs, and programs that are
 *  connected by it go on. Those who read find the end when nothing is left and nobody writes: when the last program that
 *  wrote is over, or the host has finished, closed or released the pipe and no program writes. It is released with
 *  `wrt_release`.
 *
 *  Errors: `WRT_ERR_ARGUMENT` when `capacity` is 0. Any thread.
 */
int32_t wrt_pipe_new(size_t capacity, wrt_pipe **out, wrt_error *error);

/** Calls `wake`, which may be NULL, with `env` from now on, on `WRT_PIPE_READ` whenever there begins to be something to read,
 *  or the end; on `WRT_PIPE_WRITE` whenever there begins to be room, a program begins to wait for something to read, or
 *  nobody is left who will. NULL ends it, and so do closing and releasing the pipe: once they have returned, the function is not called. What was
 *  there before is not told: look at the pipe afterwards.
 *
 *  Errors: `WRT_ERR_ARGUMENT`, `WRT_ERR_CLOSED`. Any thread.
 */
int32_t wrt_pipe_set_wake(const wrt_pipe *pipe, uint32_t side, wrt_wake_fn wake, void *env, wrt_error *error);

/** Writes as many of the `len` bytes at `data` as there is room for, and writes to `written` how many these are: 0 when the
 *  pipe is full. Never waits.
 *
 *  Errors: `WRT_ERR_IO` when nobody will read, or after `wrt_pipe_finish`; `WRT_ERR_ARGUMENT`, `WRT_ERR_CLOSED`. Any thread.
 */
int32_t wrt_pipe_write(const wrt_pipe *pipe, const uint8_t *data, size_t len, size_t *written, wrt_error *error);

/** Reads at most `len` bytes to `data`, and writes their number to `read`: 0 when the pipe is empty, or `len` is. `ended`,
 *  which may be NULL, is 1 when the pipe is empty and nothing more will come, else 0. Never waits.
 *
 *  Errors: `WRT_ERR_ARGUMENT`, `WRT_ERR_CLOSED`. Any thread.
 */
int32_t wrt_pipe_read(const wrt_pipe *pipe, uint8_t *data, size_t len, size_t *read, int32_t *ended, wrt_error *error);

/** Says that the host writes nothing more: where no program writes, those who read find the end once the pipe is empty. Twice is
 *  fine.
 *
 *  Errors: `WRT_ERR_ARGUMENT`, `WRT_ERR_CLOSED`. Any thread.
 */
int32_t wrt_pipe_finish(const wrt_pipe *pipe, wrt_error *error);

/** Describes how `pipe` stands in `out`, whose `struct_size` is set before.
 *
 *  Errors: `WRT_ERR_ARGUMENT`, `WRT_ERR_CLOSED`. Any thread.
 */
int32_t wrt_pipe_state(const wrt_pipe *pipe, wrt_pipe_info *out, wrt_error *error);

/* # wasi
 * WASI: what a program is given. A `wrt_wasi` holds the settings; each store that gets it makes a program's side of its
 * own from them, so that one serves many stores.
 */

/** A preopened folder can be read. */
#define WRT_PERM_READ 1
/** A preopened folder can be read and written. */
#define WRT_PERM_READ_WRITE 3

/** Gives input: writes at most `len` bytes to `data`, and their number, not 0, to `read`; 0 is the end. Another status than
 *  `WRT_OK` ends the program with that failure. It runs in the call of the program, on its stack, and must not use its store.
 */
typedef int32_t (*wrt_read_fn)(void *env, uint8_t *data, size_t len, size_t *read, wrt_error *error);

/** Takes output, all of the `len` bytes at `data`. Another status than `WRT_OK` ends the program with that failure. It runs
 *  in the call of the program, on its stack, and must not use its store.
 */
typedef int32_t (*wrt_write_fn)(void *env, const uint8_t *data, size_t len, wrt_error *error);

/** Makes settings that give nothing to a program: no arguments, no environment, no folders, no network, empty input, output
 *  that is dropped; the clocks and random numbers are real. They are given to stores with `wrt_store_set_wasi`, and released
 *  with `wrt_release`.
 *
 *  Errors: `WRT_ERR_ARGUMENT`. Any thread.
 */
int32_t wrt_wasi_new(wrt_wasi **out, wrt_error *error);

/** Sets the option `key` to `value`; `wrt_wasi_options_json` lists them.
 *
 *  Errors: `WRT_ERR_CONFIG` names an unknown option and the nearest, or a value that it does not take; `WRT_ERR_ARGUMENT`,
 *  `WRT_ERR_CLOSED`. Any thread.
 */
int32_t wrt_wasi_set(
    const wrt_wasi *wasi,
    const char *key,
    size_t key_len,
    const char *value,
    size_t value_len,
    wrt_error *error);

/** All options as JSON: `[{"key", "type", "default", "values", "doc", "unit"}]`. The text is static. Any thread. */
const char *wrt_wasi_options_json(void);

/** Adds an argument. The first one is the name of the program.
 *
 *  Errors: `WRT_ERR_ARGUMENT`, also for a NUL byte in it; `WRT_ERR_CLOSED`. Any thread.
 */
int32_t wrt_wasi_arg(const wrt_wasi *wasi, const char *arg, size_t len, wrt_error *error);

/** Sets an environment variable, in place of one of the same name.
 *
 *  Errors: `WRT_ERR_ARGUMENT`, also for an empty name, `=` in it, or a NUL byte; `WRT_ERR_CLOSED`. Any thread.
 */
int32_t wrt_wasi_env(
    const wrt_wasi *wasi,
    const char *name,
    size_t name_len,
    const char *value,
    size_t value_len,
    wrt_error *error);

/** Gives the folder `host` to programs as `guest`, an absolute path usually, and nothing outside of it. `perms` is
 *  `WRT_PERM_READ` or `WRT_PERM_READ_WRITE`. It is opened when a store gets the settings.
 *
 *  Errors: `WRT_ERR_NOT_FOUND` when there is no such folder; `WRT_ERR_ARGUMENT` when it is no folder, or `guest` is given
 *  already; `WRT_ERR_CLOSED`. Any thread.
 */
int32_t wrt_wasi_preopen(
    const wrt_wasi *wasi,
    const char *host,
    size_t host_len,
    const char *guest,
    size_t guest_len,
    uint32_t perms,
    wrt_error *error);

/** Lets programs read the `len` bytes at `data`, which are copied, as their input.
 *
 *  Errors: `WRT_ERR_ARGUMENT`, `WRT_ERR_CLOSED`. Any thread.
 */
int32_t wrt_wasi_stdin_bytes(const wrt_wasi *wasi, const uint8_t *data, size_t len, wrt_error *error);

/** Lets programs read the file at `path` as their input. It is opened when a store gets the settings.
 *
 *  Errors: `WRT_ERR_NOT_FOUND`; `WRT_ERR_IO` when it cannot be read; `WRT_ERR_ARGUMENT` for a folder or a named pipe, which
 *  would block; `WRT_ERR_CLOSED`. Any thread.
 */
int32_t wrt_wasi_stdin_file(const wrt_wasi *wasi, const char *path, size_t len, wrt_error *error);

/** Lets programs read what `read` gives as their input. `drop`, which may be NULL, is called with `env` when nobody can call
 *  `read` any more, not when this function fails.
 *
 *  Errors: `WRT_ERR_ARGUMENT`, `WRT_ERR_CLOSED`. Any thread.
 */
int32_t wrt_wasi_stdin_callback(const wrt_wasi *wasi, wrt_read_fn read, void *env, wrt_drop_fn drop, wrt_error *error);

/** Writes the output of programs to the file at `path`, at its end when `append` is 1; otherwise it is emptied whenever a
 *  store gets the settings. `fd` is 1 for stdout, 2 for stderr.
 *
 *  Errors: `WRT_ERR_ARGUMENT` for another `fd`, a folder, or a named pipe, which would block; `WRT_ERR_CLOSED`. What else is
 *  wrong with the file is found by `wrt_store_set_wasi`. Any thread.
 */
int32_t wrt_wasi_output_file(
    const wrt_wasi *wasi,
    int32_t fd,
    const char *path,
    size_t len,
    int32_t append,
    wrt_error *error);

/** Gives the output of programs to `write`. `fd` is 1 for stdout, 2 for stderr. `drop`, which may be NULL, is called with
 *  `env` when nobody can call `write` any more, not when this function fails.
 *
 *  Errors: `WRT_ERR_ARGUMENT`, `WRT_ERR_CLOSED`. Any thread.
 */
int32_t wrt_wasi_output_callback(
    const wrt_wasi *wasi,
    int32_t fd,
    wrt_write_fn write,
    void *env,
    wrt_drop_fn drop,
    wrt_error *error);

/** Keeps the output of programs for `wrt_store_take_output`, at most `limit` bytes in each store. `fd` is 1 for stdout, 2 for
 *  stderr. When a program writes more it ends with `WRT_ERR_LIMIT`, or, with `tail` 1, the last `limit` bytes are kept.
 *
 *  Errors: `WRT_ERR_ARGUMENT`, `WRT_ERR_CLOSED`. Any thread.
 */
int32_t wrt_wasi_output_capture(const wrt_wasi *wasi, int32_t fd, size_t limit, int32_t tail, wrt_error *error);

/** Connects programs with `pipe`: `fd` 0 lets them read from it, 1 (stdout) and 2 (stderr) write to it; stdout and stderr may
 *  be the same pipe. A program that finds it empty, or full, waits: its task is `WRT_TASK_PENDING`. What a program writes
 *  ends when its store is closed, or gets other settings.
 *
 *  Errors: `WRT_ERR_ARGUMENT`, `WRT_ERR_CLOSED`. Any thread.
 */
int32_t wrt_wasi_pipe(const wrt_wasi *wasi, int32_t fd, const wrt_pipe *pipe, wrt_error *error);

/** Allows network connections with `address`: an address or a network, perhaps with a port, `10.0.0.0/8`,
 *  `192.168.1.7:443`, `[2001:db8::]/32`, `[::1]:80`. The options `tcp` and `udp` allow them at all. Only programs of WASI
 *  preview 2 can open sockets.
 *
 *  Errors: `WRT_ERR_ARGUMENT`, `WRT_ERR_CLOSED`. Any thread.
 */
int32_t wrt_wasi_allow_address(const wrt_wasi *wasi, const char *address, size_t len, wrt_error *error);

/* # limits
 * Limits of a store: static ones, and the host's own say.
 */

/** Says whether a memory (`kind` is `WRT_MEMORY`, sizes are bytes) or a table (`WRT_TABLE`, elements) may grow from
 *  `current` to `desired`; it is being made where `current` is 0. `maximum` is that of its type, `UINT64_MAX` for none.
 *  `WRT_OK` allows it, `WRT_ERR_LIMIT` refuses, another status ends the call with that failure. The store must not be
 *  used meanwhile.
 */
typedef int32_t (*wrt_grow_fn)(
    void *env,
    int32_t kind,
    uint64_t current,
    uint64_t desired,
    uint64_t maximum,
    wrt_error *error);

/** Static limits of a store; `UINT64_MAX` means none, and 0 that there may be nothing. Set `struct_size` first. */
struct wrt_limits {
  /** `sizeof(wrt_limits)`. */
  size_t struct_size;
  /** The most bytes a single memory may have. */
  uint64_t memory_bytes;
  /** The most elements a single table may have. */
  uint64_t table_elements;
  /** The most instances, those that failed to start and those made before included. */
  uint64_t instances;
  /** The most tables in these instances. */
  uint64_t tables;
  /** The most memories in these instances. */
  uint64_t memories;
  /** 1: growth beyond a limit ends the call with `WRT_ERR_LIMIT`; 0: `memory.grow` and `table.grow` answer -1. */
  uint32_t trap_on_grow_failure;
  /** 0. */
  uint32_t reserved;
};

/* # module
 * Modules: compiled code, shared by all threads and stores of an engine.
 */

/** A flag of the `*_deserialize*` functions: the caller vouches for the native code in the artifact. */
#define WRT_TRUSTED 1

/** An import or export. Set `struct_size` first. The texts and the type are borrowed from the module. */
struct wrt_item {
  /** `sizeof(wrt_item)`. */
  size_t struct_size;
  /** `WRT_FUNC` to `WRT_TAG`. */
  int32_t kind;
  /** The position among the imports or exports. */
  uint32_t index;
  /** The module name of an import, NUL-terminated; NULL for exports. */
  const char *module;
  /** The length of the module name in bytes. */
  size_t module_len;
  /** The name, NUL-terminated. */
  const char *name;
  /** The length of the name in bytes. */
  size_t name_len;
  /** The type. */
  const wrt_type *type;
};

/** Compiles `len` bytes at `wasm`, binary or WAT. The module is released with `wrt_release`.
 *
 *  Errors: `WRT_ERR_PARSE` and `WRT_ERR_VALIDATE` say where and why; `WRT_ERR_COMPILE`; `WRT_ERR_CLOSED`. Any thread.
 */
int32_t wrt_module_new(const wrt_engine *engine, const uint8_t *wasm, size_t len, wrt_module **out, wrt_error *error);

/** Compiles the file at `path`, binary or WAT. The module is released with `wrt_release`.
 *
 *  Errors: `WRT_ERR_IO`; else as `wrt_module_new`. Any thread.
 */
int32_t wrt_module_from_file(
    const wrt_engine *engine,
    const char *path,
    size_t path_len,
    wrt_module **out,
    wrt_error *error);

/** Compiles `len` bytes at `wasm` with the DWARF package `dwp`, for file names and lines in backtraces of modules whose
 *  debugging information was split off. The module is released with `wrt_release`.
 *
 *  Errors: as `wrt_module_new`. Any thread.
 */
int32_t wrt_module_new_with_dwarf(
    const wrt_engine *engine,
    const uint8_t *wasm,
    size_t len,
    const uint8_t *dwp,
    size_t dwp_len,
    wrt_module **out,
    wrt_error *error);

/** Writes `module` as an artifact that engines of the same fingerprint load with `wrt_module_deserialize`, without
 *  compiling. Custom sections are not kept. `out` is freed with `wrt_bytes_free`.
 *
 *  Errors: `WRT_ERR_ARGUMENT`, `WRT_ERR_CLOSED`. Any thread.
 */
int32_t wrt_module_serialize(const wrt_module *module, wrt_bytes *out, wrt_error *error);

/** Loads an artifact of `wrt_module_serialize` or `wrt_engine_precompile` from `len` bytes at `data`. It is native code
 *  and runs as it is: `flags` must be `WRT_TRUSTED`, by which the caller vouches that the bytes are unchanged since this
 *  library wrote them. The module is released with `wrt_release`.
 *
 *  Errors: `WRT_ERR_ARGUMENT` without the flag, or when the bytes are no artifact; `WRT_ERR_INCOMPATIBLE` when it does not
 *  fit the engine. Any thread.
 */
int32_t wrt_module_deserialize(
    const wrt_engine *engine,
    const uint8_t *data,
    size_t len,
    uint32_t flags,
    wrt_module **out,
    wrt_error *error);

/** As `wrt_module_deserialize`, from the file at `path`, which is mapped into memory and must not change while the module
 *  lives.
 *
 *  Errors: `WRT_ERR_IO`; else as `wrt_module_deserialize`. Any thread.
 */
int32_t wrt_module_deserialize_file(
    const wrt_engine *engine,
    const char *path,
    size_t path_len,
    uint32_t flags,
    wrt_module **out,
    wrt_error *error);

/** The name of `module` from its name section, borrowed, or NULL when it has none, for NULL and a closed module. Any
 *  thread.
 */
const char *wrt_module_name(const wrt_module *module);

/** The number of imports; 0 for NULL or a closed module. Any thread. */
size_t wrt_module_import_count(const wrt_module *module);

/** Describes import `index` in `out`, whose `struct_size` is set before.
 *
 *  Errors: `WRT_ERR_NOT_FOUND` past the last one; `WRT_ERR_ARGUMENT`, `WRT_ERR_CLOSED`. Any thread.
 */
int32_t wrt_module_import_at(const wrt_module *module, size_t index, wrt_item *out, wrt_error *error);

/** The number of exports; 0 for NULL or a closed module. Any thread. */
size_t wrt_module_export_count(const wrt_module *module);

/** Describes export `index` in `out`, whose `struct_size` is set before.
 *
 *  Errors: `WRT_ERR_NOT_FOUND` past the last one; `WRT_ERR_ARGUMENT`, `WRT_ERR_CLOSED`. Any thread.
 */
int32_t wrt_module_export_at(const wrt_module *module, size_t index, wrt_item *out, wrt_error *error);

/** Describes the export `name` in `out`, whose `struct_size` is set before.
 *
 *  Errors: `WRT_ERR_NOT_FOUND`; `WRT_ERR_ARGUMENT`, `WRT_ERR_CLOSED`. Any thread.
 */
int32_t wrt_module_export_find(
    const wrt_module *module,
    const char *name,
    size_t name_len,
    wrt_item *out,
    wrt_error *error);

/** The contents of the custom section `name`, the `nth` of that name from 0, borrowed from the module. `out` is whole
 *  bytes, without the name.
 *
 *  Errors: `WRT_ERR_NOT_FOUND`; `WRT_ERR_UNSUPPORTED` for a module from an artifact, which keeps none;
 *  `WRT_ERR_ARGUMENT`, `WRT_ERR_CLOSED`. Any thread.
 */
int32_t wrt_module_custom_section(
    const wrt_module *module,
    const char *name,
    size_t name_len,
    size_t nth,
    const uint8_t **data,
    size_t *len,
    wrt_error *error);

/** Describes `module` as JSON: `{"name", "imports": [{"module", "name", "kind", "type"}], "exports": [...],
 *  "custom_sections": [{"name", "size"}] or null}`. `out` is freed with `wrt_bytes_free`.
 *
 *  Errors: `WRT_ERR_ARGUMENT`, `WRT_ERR_CLOSED`. Any thread.
 */
int32_t wrt_module_json(const wrt_module *module, wrt_bytes *out, wrt_error *error);

/** The machine code of `module`, borrowed, for disassembly.
 *
 *  Errors: `WRT_ERR_ARGUMENT`, `WRT_ERR_CLOSED`. Any thread.
 */
int32_t wrt_module_code(const wrt_module *module, const uint8_t **text, size_t *len, wrt_error *error);

/** Prepares the memory image of `module` now, which the first instance would do otherwise.
 *
 *  Errors: `WRT_ERR_ARGUMENT`, `WRT_ERR_CLOSED`, `WRT_ERR_OTHER` when the system refuses. Any thread.
 */
int32_t wrt_module_preload(const wrt_module *module, wrt_error *error);

/* # store
 * Stores: what one thread at a time may use, and how that is enforced.
 */

/** Called when the epoch deadline of a store is reached. `*extend_by` is 1; set the number of ticks until the next time.
 *  In a task `*yields` is 1: the task comes back as `WRT_TASK_YIELDED`, unless it is set to 0. Another answer than
 *  `WRT_OK` ends the call with that failure. The store may be used; WebAssembly called from here is not stopped by the
 *  epoch, but in a task none can be called (`WRT_ERR_BUSY`).
 */
typedef int32_t (*wrt_epoch_fn)(void *env, wrt_store *store, uint64_t *extend_by, uint32_t *yields, wrt_error *error);

/** Makes a store in `engine`. `data` is the host's own and comes back from `wrt_store_data`; `drop`, which may be NULL,
 *  is called with it when the store is freed, not when this function fails. The store is released with `wrt_release`.
 *
 *  Errors: `WRT_ERR_ARGUMENT`, `WRT_ERR_CLOSED`, `WRT_ERR_LIMIT` when a pooling engine is full. Any thread.
 */
int32_t wrt_store_new(const wrt_engine *engine, void *data, wrt_drop_fn drop, wrt_store **out, wrt_error *error);

/** The engine of `store`, a new reference: release it with `wrt_release`.
 *
 *  Errors: `WRT_ERR_ARGUMENT`, `WRT_ERR_CLOSED`. Any thread.
 */
int32_t wrt_store_engine(const wrt_store *store, wrt_engine **out, wrt_error *error);

/** The `data` of `wrt_store_new`, or NULL for NULL or a closed store. Any thread. */
void *wrt_store_data(const wrt_store *store);

/** Limits what may be created and grown in `store` from now on. A NULL `limits` lifts them.
 *
 *  Errors: `WRT_ERR_BUSY`, also inside a host function, since some limits are read between calls only;
 *  `WRT_ERR_ARGUMENT`, `WRT_ERR_CLOSED`. The store's thread.
 */
int32_t wrt_store_set_limits(const wrt_store *store, const wrt_limits *limits, wrt_error *error);

/** Asks `allow` whenever a memory or a table of `store` is about to be made or to grow, within the limits that are set. A
 *  NULL `allow` ends that. `drop`, which may be NULL, is called with `env` when it is no longer needed, not when this
 *  function fails.
 *
 *  Errors: `WRT_ERR_ARGUMENT`, `WRT_ERR_CLOSED`, `WRT_ERR_BUSY`. The store's thread.
 */
int32_t wrt_store_set_limiter(const wrt_store *store, wrt_grow_fn allow, void *env, wrt_drop_fn drop, wrt_error *error);

/** Sets the fuel that WebAssembly in `store` may use from now on; most instructions cost 1. A new store has none.
 *
 *  Errors: `WRT_ERR_CONFIG` for an engine without the option `consume_fuel`; `WRT_ERR_CLOSED`, `WRT_ERR_BUSY`. The
 *  store's thread.
 */
int32_t wrt_store_set_fuel(const wrt_store *store, uint64_t fuel, wrt_error *error);

/** Reads the fuel that is left in `store`.
 *
 *  Errors: as `wrt_store_set_fuel`. The store's thread.
 */
int32_t wrt_store_fuel(const wrt_store *store, uint64_t *out, wrt_error *error);

/** Stops calls in `store` with `WRT_ERR_INTERRUPTED` once the epoch has moved `ticks` times from now, or calls the
 *  epoch callback then. `UINT64_MAX` means never, and is the default.
 *
 *  Errors: `WRT_ERR_CONFIG` for an engine without `epoch_interruption`; `WRT_ERR_CLOSED`, `WRT_ERR_BUSY`. The store's
 *  thread.
 */
int32_t wrt_store_set_epoch_deadline(const wrt_store *store, uint64_t ticks, wrt_error *error);

/** Calls `call` when the epoch deadline of `store` is reached, instead of stopping the call. A NULL `call` ends that.
 *  `drop`, which may be NULL, is called with `env` when it is no longer needed, not when this function fails.
 *
 *  Errors: as `wrt_store_set_epoch_deadline`. The store's thread.
 */
int32_t wrt_store_set_epoch_callback(
    const wrt_store *store,
    wrt_epoch_fn call,
    void *env,
    wrt_drop_fn drop,
    wrt_error *error);

/** Gives each outermost call in `store` a budget of `timeout_ns` nanoseconds of wall time; when it is used up, the call
 *  ends with `WRT_ERR_INTERRUPTED`. 0 means none. `wrt_call_invoke_many` is one call. Host functions are not cut short,
 *  but what follows them is; the calls that they make share the budget of the outermost one.
 *
 *  Errors: as `wrt_store_set_epoch_deadline`. The store's thread.
 */
int32_t wrt_store_set_timeout(const wrt_store *store, uint64_t timeout_ns, wrt_error *error);

/** Makes a handle that can stop the running call of `store` from any thread, with `wrt_interrupt_fire`. It does not keep
 *  the store alive, and is released with `wrt_release`.
 *
 *  Errors: `WRT_ERR_CONFIG` for an engine without `epoch_interruption`; `WRT_ERR_CLOSED`. Any thread.
 */
int32_t wrt_store_interrupt(const wrt_store *store, wrt_interrupt **out, wrt_error *error);

/** Stops the call that runs in the store with `WRT_ERR_INTERRUPTED`, soon. When none runs, nothing happens: later calls
 *  are not stopped. NULL is ignored. Any thread.
 */
void wrt_interrupt_fire(const wrt_interrupt *interrupt);

/** Tells where the stack ends on which `store` will be used; `low` may be NULL for a stack that is large. On a short one, as
 *  that of a coroutine, WebAssembly then runs on a stack of its own instead of beyond the end. `reserve` bytes above `low` are
 *  left to the host, for what its functions need. Said again wherever the store comes to another stack. Calls fail with
 *  `WRT_TRAP_STACK_OVERFLOW` where less than 64 KiB are left, and in stores with direct host functions and no suspending one
 *  where less than the option `max_wasm_stack` and 256 KiB are.
 *
 *  Errors: `WRT_ERR_CLOSED`, `WRT_ERR_BUSY`. The store's thread.
 */
int32_t wrt_store_set_stack_low(const wrt_store *store, const void *low, size_t reserve, wrt_error *error);

/** Lets calls in `store` yield after each `interval` units of fuel, or never with 0: they then have to be started as
 *  tasks.
 *
 *  Errors: `WRT_ERR_CONFIG` for an engine without the option `consume_fuel`; `WRT_ERR_CLOSED`; `WRT_ERR_BUSY`, also
 *  inside of a host function. The store's thread.
 */
int32_t wrt_store_set_fuel_yield(const wrt_store *store, uint64_t interval, wrt_error *error);

/** Collects garbage in `store`: references that nothing reaches any more are dropped.
 *
 *  Errors: `WRT_ERR_CLOSED`, `WRT_ERR_BUSY`. The store's thread.
 */
int32_t wrt_store_gc(const wrt_store *store, wrt_error *error);

/** Gives the programs of `store` what `wasi` says at this moment: arguments, environment, folders, input and output. Without
 *  this they have nothing. Later changes of `wasi` do not reach the store; given again, programs begin anew with closed
 *  files, and output that was kept is dropped.
 *
 *  Errors: `WRT_ERR_IO` names a folder or file that cannot be opened, and the store is as before; `WRT_ERR_BUSY` while
 *  WebAssembly runs in it; `WRT_ERR_ARGUMENT`, `WRT_ERR_CLOSED`. The store's thread.
 */
int32_t wrt_store_set_wasi(const wrt_store *store, const wrt_wasi *wasi, wrt_error *error);

/** Takes what the programs of `store` wrote to `fd`, 1 for stdout and 2 for stderr, since the last time, where
 *  `wrt_wasi_output_capture` keeps it. `out` is freed with `wrt_bytes_free`.
 *
 *  Errors: `WRT_ERR_NOT_FOUND` when that output is not kept; `WRT_ERR_ARGUMENT`, `WRT_ERR_CLOSED`, `WRT_ERR_BUSY`. The store's
 *  thread; also while a task of the store waits.
 */
int32_t wrt_store_take_output(const wrt_store *store, int32_t fd, wrt_bytes *out, wrt_error *error);

/** Describes `store` as JSON: `{"fuel", "epoch_interruption", "running", "references", "memory_views"}`. `out` is freed
 *  with `wrt_bytes_free`.
 *
 *  Errors: `WRT_ERR_CLOSED`, `WRT_ERR_BUSY`. The store's thread.
 */
int32_t wrt_store_json(const wrt_store *store, wrt_bytes *out, wrt_error *error);

/** Reserves `store` for the calling thread until `wrt_store_unlock`, as often as it was locked: other threads get
 *  `WRT_ERR_BUSY` meanwhile.
 *
 *  Errors: `WRT_ERR_BUSY` when another thread has it, `WRT_ERR_CLOSED`. The thread that will use the store.
 */
int32_t wrt_store_lock(const wrt_store *store, wrt_error *error);

/** Undoes one `wrt_store_lock` of the calling thread.
 *
 *  Errors: `WRT_ERR_BUSY` when the thread has not locked the store. The thread that locked it.
 */
int32_t wrt_store_unlock(const wrt_store *store, wrt_error *error);

/* # view
 * The live place of each memory that the host looks at: two words in memory of the library, brought up to date after
 * each run of WebAssembly and each growth, zeroed on close.
 */

/** The live place of a linear memory: re-read it at each access; `{NULL, 0}` after close. Frozen layout. */
struct wrt_memory_header {
  /** The first byte. */
  uint8_t *base;
  /** The size in bytes. */
  size_t len;
};

/* # task
 * Tasks: calls that run on a fiber, and come back to the host when they want something of it.
 */

/** The task is done: `wrt_task_results` has the results or the error. */
#define WRT_TASK_DONE 0
/** WebAssembly called a suspending host function: `wrt_task_request`, then `wrt_task_reply` or `wrt_task_fail`. */
#define WRT_TASK_HOST_CALL 1
/** The task was interrupted to let others run: poll it again. */
#define WRT_TASK_YIELDED 2
/** The task waits for time, input or output, or for its own thread: poll it again after `wake` was called. */
#define WRT_TASK_PENDING 3

/** A host call that waits for its answer. Set `struct_size` first. */
struct wrt_host_request {
  /** `sizeof(wrt_host_request)`. */
  size_t struct_size;
  /** As given when the function was defined. */
  uint64_t id;
  /** The arguments, valid until the answer, or the release of the task; the results may be written in their place. Ids among
   *  the arguments belong to the call, which drops them afterwards.
   */
  wrt_val *slots;
  /** The larger of the numbers of arguments and results. */
  size_t nslots;
  /** The store, borrowed. Every function that takes it, or something in it, works while the request is open. */
  wrt_store *store;
  /** The calling instance, valid until the answer. */
  wrt_caller *caller;
  /** How many tasks of the store wait for this one, 0 for none. */
  uint64_t depth;
};

/** Lets `task` run until it is done or wants something, and writes which, one of `WRT_TASK_*`, to `state`. Different
 *  threads may poll in turn. Of the tasks of one store only the latest can be polled.
 *
 *  Errors: `WRT_ERR_BUSY` when a later task of the store is not done, or another thread uses the store;
 *  `WRT_ERR_ARGUMENT`, `WRT_ERR_CLOSED`. What ends the call is no error here, but the result of the task. Any thread, one
 *  at a time.
 */
int32_t wrt_task_poll(const wrt_task *task, int32_t *state, wrt_error *error);

/** As `wrt_task_poll`, again and again until `task` is done, waits for the host, or `timeout_ns` nanoseconds have passed;
 *  `UINT64_MAX` is for ever.
 *
 *  Errors: as `wrt_task_poll`. Any thread, one at a time.
 */
int32_t wrt_task_wait(const wrt_task *task, uint64_t timeout_ns, int32_t *state, wrt_error *error);

/** Describes the host call that `task` waits in, in `out`, whose `struct_size` is set before.
 *
 *  Errors: `WRT_ERR_BUSY` when the task does not wait for an answer, or a later task of the store is not done;
 *  `WRT_ERR_ARGUMENT`, `WRT_ERR_CLOSED`. The thread that polls the task.
 */
int32_t wrt_task_request(const wrt_task *task, wrt_host_request *out, wrt_error *error);

/** Answers the host call that `task` waits in with its results, which are copied. The task goes on when it is polled. Ids
 *  among the results belong to the call from now on.
 *
 *  Errors: `WRT_ERR_TYPE` when their number does not fit the function; as `wrt_task_request`. The thread that polls the
 *  task.
 */
int32_t wrt_task_reply(const wrt_task *task, const wrt_val *results, size_t nresults, wrt_error *error);

/** In one call: answers the host call that `task` waits in with its results, as `wrt_task_reply`; lets the task run, as
 *  `wrt_task_poll`; and describes the host call that it then waits in, if it does, in `request`, as `wrt_task_request`, with
 *  `struct_size` set before. `results`, which may be NULL for no answer, may be the slots of the last request.
 *
 *  Errors: as these, and the task is as it was. Any thread, one at a time.
 */
int32_t wrt_task_step(
    const wrt_task *task,
    const wrt_val *results,
    size_t nresults,
    int32_t *state,
    wrt_host_request *request,
    wrt_error *error);

/** Answers the host call that `task` waits in with a failure, made with `wrt_error_set` and its sisters: it ends the call
 *  of WebAssembly when the task is polled. `reason` stays the caller's.
 *
 *  Errors: `WRT_ERR_ARGUMENT` for NULL, or a `reason` that holds no failure; as `wrt_task_request`. The thread that polls
 *  the task.
 */
int32_t wrt_task_fail(const wrt_task *task, const wrt_error *reason, wrt_error *error);

/** Writes the results of `task`, which is done, and can be had once. Ids among them belong to the caller, who drops them
 *  with `wrt_ref_drop`.
 *
 *  Errors: whatever ended the call, as `wrt_func_call`, as often as it is asked for; `WRT_ERR_INTERRUPTED` after
 *  `wrt_task_cancel`; `WRT_ERR_BUSY` when the task is not done; `WRT_ERR_TYPE` when the number does not fit the function;
 *  `WRT_ERR_NOT_FOUND` the second time; `WRT_ERR_ARGUMENT` for a task that makes an instance. The thread that polls the
 *  task.
 */
int32_t wrt_task_results(const wrt_task *task, wrt_val *results, size_t nresults, wrt_error *error);

/** Gives up `task` and what was started inside of it: what runs of them is unwound, they are done, and their results are
 *  `WRT_ERR_INTERRUPTED`. Where another thread is in the store, this happens when it leaves. A task on a thread of the
 *  library that is running ends at the next epoch tick. A task that is done stays as it is.
 *
 *  Errors: `WRT_ERR_ARGUMENT`, `WRT_ERR_CLOSED`. Any thread.
 */
int32_t wrt_task_cancel(const wrt_task *task, wrt_error *error);

/* # call
 * Prepared calls: the signature is compared once, then values go to WebAssembly in the slots of the caller.
 */

/** A column of plain values: element `i` is at `data + i * stride` and has the size of its type, 4 bytes for i32 and f32, 8 for
 *  i64 and f64, 16 for v128. Frozen layout.
 */
struct wrt_column {
  /** The first element. Nothing is written to the columns of parameters. */
  uint8_t *data;
  /** Bytes from one element to the next; 0 for a value that is the same for all. */
  size_t stride;
};

/** Prepares calls of `func`. The handle is released with `wrt_release`.
 *
 *  Errors: `WRT_ERR_UNSUPPORTED` when continuations are among its values; `WRT_ERR_ARGUMENT`, `WRT_ERR_CLOSED`. Any
 *  thread.
 */
int32_t wrt_call_new(const wrt_func *func, wrt_call **out, wrt_error *error);

/** How many slots `call` needs: the larger of the counts of its parameters and results. 0 for NULL or a closed handle.
 *  Any thread.
 */
size_t wrt_call_slots(const wrt_call *call);

/** Calls the function with the arguments in `slots`; the results replace them, from the first slot on. `nslots` is at
 *  least `wrt_call_slots(call)`. After a failure the slots hold no results. Ids among the results belong to the caller;
 *  ids among the arguments stay valid, although a result may have taken their slot.
 *
 *  Errors: as `wrt_func_call`; `WRT_ERR_TYPE` for too few slots. The store's thread.
 */
int32_t wrt_call_invoke(const wrt_call *call, wrt_val *slots, size_t nslots, wrt_error *error);

/** Calls the function `count` times: the slots of call `i` begin at `slots + i * stride`. It ends at the first failure;
 *  `*done`, which may be NULL, is the number of calls that succeeded, and is written also then.
 *
 *  Errors: as `wrt_call_invoke`; `WRT_ERR_TYPE` when `stride` is less than `wrt_call_slots(call)`. The store's thread.
 */
int32_t wrt_call_invoke_many(
    const wrt_call *call,
    wrt_val *slots,
    size_t stride,
    size_t count,
    size_t *done,
    wrt_error *error);

/** Calls the function for each of `count` elements of the columns `params`, one for each parameter, and writes the results to
 *  the columns `results`. A function of plain values is called from a loop in WebAssembly, which takes a few nanoseconds an
 *  element; in stores whose calls may wait it is called for each. It ends at the first failure; `*done`, which may be NULL,
 *  is the number of elements that succeeded, whose results are written, and is written also then. A timeout of the store
 *  counts for all of them together; with fuel, the loop takes some, too.
 *
 *  Errors: as `wrt_call_invoke`; `WRT_ERR_TYPE` when there are not as many columns as parameters and results;
 *  `WRT_ERR_UNSUPPORTED` for references. The store's thread.
 */
int32_t wrt_call_map(
    const wrt_call *call,
    const wrt_column *params,
    size_t nparams,
    const wrt_column *results,
    size_t nresults,
    size_t count,
    size_t *done,
    wrt_error *error);

/** Starts the call as a task, with the arguments in `slots`, which are copied; `nslots` is at least the number of
 *  parameters. Nothing runs before `wrt_task_poll`. Until it is done the store belongs to the task, and answers
 *  `WRT_ERR_BUSY` to others, but for the times when the task waits for the host. `wake`, which may be NULL, is called with
 *  `env`, on any thread, when a task that was `WRT_TASK_PENDING` can go on, until the task is released. The task is released
 *  with `wrt_release`, which gives the call up where it is not done.
 *
 *  Inside a suspending host function, that is, while another task of the store answers `WRT_TASK_HOST_CALL`, the new task
 *  has to end before that one can be answered.
 *
 *  Errors: `WRT_ERR_TYPE` for too few slots; `WRT_ERR_BUSY` when a call is under way in the store and does not wait for
 *  the host; `WRT_ERR_ARGUMENT`, `WRT_ERR_CLOSED`. What is wrong with a reference is found when the task is polled. The
 *  store's thread.
 */
int32_t wrt_call_start(
    const wrt_call *call,
    const wrt_val *slots,
    size_t nslots,
    wrt_wake_fn wake,
    void *env,
    wrt_task **out,
    wrt_error *error);

/** As `wrt_call_start`, on a thread of the library, which polls the task: WebAssembly runs while the caller does something
 *  else. `wake`, which may be NULL, is called whenever `wrt_task_poll` has something new to tell, which is
 *  `WRT_TASK_HOST_CALL` or `WRT_TASK_DONE`; until then it answers `WRT_TASK_PENDING`. Host functions that are not
 *  suspending run on that thread.
 *
 *  Errors: as `wrt_call_start`; `WRT_ERR_OTHER` when the system has no thread. The store's thread.
 */
int32_t wrt_call_spawn(
    const wrt_call *call,
    const wrt_val *slots,
    size_t nslots,
    wrt_wake_fn wake,
    void *env,
    wrt_task **out,
    wrt_error *error);

/* # caller
 * The instance that called a host function.
 */

/** The store of `caller`, borrowed: valid until the host function returns. NULL for NULL. The store's thread. */
wrt_store *wrt_caller_store(const wrt_caller *caller);

/** The export `name` of the instance that called, a new handle: release it with `wrt_release`.
 *
 *  Errors: `WRT_ERR_NOT_FOUND` when there is none, or the caller is no instance; `WRT_ERR_BUSY`. Inside the host function, on its thread.
 */
int32_t wrt_caller_export(
    const wrt_caller *caller,
    const char *name,
    size_t name_len,
    wrt_extern **out,
    wrt_error *error);

/** The place of the memory that the caller exports as "memory", borrowed: valid until WebAssembly runs again or the
 *  memory grows.
 *
 *  Errors: `WRT_ERR_NOT_FOUND` when there is none; `WRT_ERR_BUSY`. Inside the host function, on its thread.
 */
int32_t wrt_caller_memory(const wrt_caller *caller, uint8_t **base, size_t *len, wrt_error *error);

/* # exception
 * Exceptions: thrown by WebAssembly or by the host, caught by either.
 */

/** Makes an exception of `tag` with the values `fields`, and an id for it, dropped with `wrt_ref_drop`. Ids among the fields
 *  stay the caller's. `wrt_error_set_exception` throws it from a host function.
 *
 *  Errors: `WRT_ERR_TYPE` when `fields` do not fit the tag; `WRT_ERR_STORE` when that belongs to another store;
 *  `WRT_ERR_LIMIT` when the collector's heap is full; `WRT_ERR_NOT_FOUND` for a stale or foreign id; `WRT_ERR_CLOSED`,
 *  `WRT_ERR_BUSY`. The store's thread.
 */
int32_t wrt_ref_new_exn(
    const wrt_store *store,
    const wrt_tag *tag,
    const wrt_val *fields,
    size_t nfields,
    uint64_t *out,
    wrt_error *error);

/** Makes a handle of the tag of the exception `reference`. It is released with `wrt_release`.
 *
 *  Errors: `WRT_ERR_TYPE` when the reference is null or no exception; `WRT_ERR_NOT_FOUND` for a stale or foreign id;
 *  `WRT_ERR_CLOSED`, `WRT_ERR_BUSY`. The store's thread.
 */
int32_t wrt_ref_exn_tag(const wrt_store *store, uint64_t reference, wrt_tag **out, wrt_error *error);

/** Writes the id of the exception in `error`, whose status is `WRT_ERR_EXCEPTION`, to `reference`. It is borrowed, valid
 *  until the error is cleared: `wrt_ref_clone` makes one that lasts. It belongs to the store of the call.
 *
 *  Returns `WRT_ERR_NOT_FOUND` when the error holds none, `WRT_ERR_ARGUMENT` for NULL. Any thread that owns the error.
 */
int32_t wrt_error_exception(const wrt_error *error, uint64_t *reference);

/** Fills `error` from a host callback, which then returns `WRT_ERR_EXCEPTION`: the exception `reference` of `store` is thrown,
 *  and WebAssembly can catch it. The id stays the caller's.
 *
 *  Returns `WRT_OK`; `WRT_ERR_TYPE` when the reference is null or no exception, `WRT_ERR_NOT_FOUND` for a stale or foreign id,
 *  `WRT_ERR_ARGUMENT` for NULL, `WRT_ERR_CLOSED`, `WRT_ERR_BUSY`. The store's thread.
 */
int32_t wrt_error_set_exception(wrt_error *error, const wrt_store *store, uint64_t reference);

/* # extern
 * What a module imports and exports: functions, memories, globals, tables and tags, in one kind of handle.
 */

/** The kind of `item`, `WRT_FUNC` to `WRT_TAG`; -1 for NULL or a closed handle. Any thread. */
int32_t wrt_extern_kind(const wrt_extern *item);

/** The type of `item` as it is now: a memory or table that has grown has its present size as its least. The type is
 *  released with `wrt_release`.
 *
 *  Errors: `WRT_ERR_ARGUMENT`, `WRT_ERR_CLOSED`, `WRT_ERR_BUSY`. The store's thread.
 */
int32_t wrt_extern_type(const wrt_extern *item, wrt_type **out, wrt_error *error);

/** 1 when `a` and `b` are the same function, memory, global, table or tag, be it through different handles; else 0, also
 *  for NULL, closed handles, and while another thread uses the store. A function that an instance imports and exports
 *  again counts as another one. The store's thread.
 */
int32_t wrt_extern_same(const wrt_extern *a, const wrt_extern *b);

/** The store of `item`, borrowed: valid as long as `item` is. NULL for NULL, a closed handle or a shared memory. Any
 *  thread.
 */
wrt_store *wrt_extern_store(const wrt_extern *item);

/* # func
 * Functions: those of the host, and the dynamic call.
 */

/** A function of the host. The arguments are in `slots`, and the results replace them, from the first slot on; `nslots`
 *  is the larger of both counts. Ids in slots, arguments and results alike, belong to the call, which drops them
 *  afterwards. `WRT_OK` is success; another status, with `error` filled by `wrt_error_set` or its sisters, ends the call
 *  of WebAssembly with that failure. The function may use the store, and must not unwind, switch stacks, or return on
 *  another thread. `caller` and `slots` are valid until it returns.
 */
typedef int32_t (*wrt_host_fn)(void *env, wrt_caller *caller, wrt_val *slots, size_t nslots, wrt_error *error);

/** Makes a function of type `type` that calls `call` with `env`. `drop`, which may be NULL, is called with `env` when the
 *  store is freed, not when this function fails. The function is released with `wrt_release`.
 *
 *  Errors: `WRT_ERR_TYPE` when `type` is no function type; `WRT_ERR_UNSUPPORTED` for continuations in it;
 *  `WRT_ERR_STORE` when it belongs to another engine; `WRT_ERR_CLOSED`, `WRT_ERR_BUSY`. The store's thread.
 */
int32_t wrt_func_new(
    const wrt_store *store,
    const wrt_type *type,
    wrt_host_fn call,
    void *env,
    wrt_drop_fn drop,
    wrt_func **out,
    wrt_error *error);

/** Makes a function of type `type` that suspends the call: its task answers `WRT_TASK_HOST_CALL`, and `wrt_task_request`
 *  tells `id`. From now on every call in the store is to be started as a task; `wrt_func_call`, `wrt_call_invoke` and
 *  instantiation still work as long as they come to no suspending function. The function is released with `wrt_release`.
 *
 *  Errors: as `wrt_func_new`; `WRT_ERR_BUSY` also inside a direct host function. The store's thread.
 */
int32_t wrt_func_new_suspending(
    const wrt_store *store,
    const wrt_type *type,
    uint64_t id,
    wrt_func **out,
    wrt_error *error);

/** Calls `func` with `nargs` arguments and writes its `nresults` results. Ids in `results` belong to the caller, who
 *  drops them with `wrt_ref_drop`.
 *
 *  Errors: `WRT_ERR_TYPE` when a count does not fit the signature; `WRT_ERR_TRAP`, `WRT_ERR_HOST` and whatever else ends
 *  a call; `WRT_ERR_STORE` or `WRT_ERR_NOT_FOUND` for a bad reference; `WRT_ERR_UNSUPPORTED` for continuations;
 *  `WRT_ERR_CLOSED`, `WRT_ERR_BUSY`. The store's thread.
 */
int32_t wrt_func_call(
    const wrt_func *func,
    const wrt_val *args,
    size_t nargs,
    wrt_val *results,
    size_t nresults,
    wrt_error *error);

/* # global
 * Globals.
 */

/** Makes a global of type `type` in `store`, with the value `init`. It is released with `wrt_release`.
 *
 *  Errors: `WRT_ERR_TYPE` when `type` is no global type or `init` does not fit it; `WRT_ERR_STORE` when it belongs to
 *  another engine; `WRT_ERR_NOT_FOUND` for a stale reference; `WRT_ERR_UNSUPPORTED` for continuations;
 *  `WRT_ERR_CLOSED`, `WRT_ERR_BUSY`. The store's thread.
 */
int32_t wrt_global_new(
    const wrt_store *store,
    const wrt_type *type,
    const wrt_val *init,
    wrt_global **out,
    wrt_error *error);

/** Reads the value of `global`. An id belongs to the caller, who drops it with `wrt_ref_drop`.
 *
 *  Errors: `WRT_ERR_UNSUPPORTED` for continuations; `WRT_ERR_ARGUMENT`, `WRT_ERR_CLOSED`, `WRT_ERR_BUSY`. The store's
 *  thread.
 */
int32_t wrt_global_get(const wrt_global *global, wrt_val *out, wrt_error *error);

/** Changes the value of `global`.
 *
 *  Errors: `WRT_ERR_TYPE` when it is constant or the value does not fit; `WRT_ERR_NOT_FOUND` for a stale reference;
 *  `WRT_ERR_UNSUPPORTED` for continuations; `WRT_ERR_CLOSED`, `WRT_ERR_BUSY`. The store's thread.
 */
int32_t wrt_global_set(const wrt_global *global, const wrt_val *value, wrt_error *error);

/* # memory
 * Memories, of a store or shared: bytes by address, from 0.
 */

/** The thread that waited was woken by a notification. */
#define WRT_WAIT_OK 0
/** The value in memory was not the expected one. */
#define WRT_WAIT_MISMATCH 1
/** Nobody woke the thread in time. */
#define WRT_WAIT_TIMED_OUT 2

/** Makes a memory of type `type` in `store`, filled with zeros. It is released with `wrt_release`.
 *
 *  Errors: `WRT_ERR_TYPE` when `type` is no memory type, or a shared one; `WRT_ERR_STORE` when it belongs to another
 *  engine; `WRT_ERR_LIMIT`; `WRT_ERR_CLOSED`, `WRT_ERR_BUSY`. The store's thread.
 */
int32_t wrt_memory_new(const wrt_store *store, const wrt_type *type, wrt_memory **out, wrt_error *error);

/** Makes a shared memory of type `type`, for all stores of `engine` on all threads. It is released with `wrt_release`.
 *  Limits of stores do not concern it.
 *
 *  Errors: `WRT_ERR_CONFIG` for an engine without the option `shared_memory`; `WRT_ERR_TYPE` when `type` is not that of a
 *  shared memory; `WRT_ERR_STORE` when it belongs to another engine; `WRT_ERR_LIMIT`. Any thread.
 */
int32_t wrt_memory_new_shared(const wrt_engine *engine, const wrt_type *type, wrt_memory **out, wrt_error *error);

/** Reads the place of `memory`: its first byte, its size in bytes, and its generation, a number that changes with either;
 *  each out-parameter may be NULL. The place is borrowed: valid until WebAssembly runs again or the memory grows.
 *
 *  Errors: `WRT_ERR_ARGUMENT`, `WRT_ERR_CLOSED`, `WRT_ERR_BUSY`. The store's thread.
 */
int32_t wrt_memory_view(const wrt_memory *memory, uint8_t **base, size_t *len, uint64_t *generation, wrt_error *error);

/** The live place of `memory`: two words that the library keeps up to date whenever WebAssembly has run or the memory has
 *  grown, and zeroes when the store or the handle is closed. Borrowed: valid as long as `memory` is not released. A shared
 *  memory never moves; where it grows otherwise than through this handle, `wrt_memory_view` brings its size up to date.
 *
 *  Errors: `WRT_ERR_ARGUMENT`, `WRT_ERR_CLOSED`, `WRT_ERR_BUSY`. The store's thread, also for reading the words; any
 *  thread for a shared memory.
 */
int32_t wrt_memory_header_of(const wrt_memory *memory, const wrt_memory_header **out, wrt_error *error);

/** The generation of `memory`, as `wrt_memory_view` reads it; 0 for NULL, a closed handle or store, and while another
 *  thread uses the store. The store's thread.
 */
uint64_t wrt_memory_generation(const wrt_memory *memory);

/** 1 when the first byte of `memory` stays where it is for good, however the memory grows; else 0, also for NULL, a closed
 *  handle or store, and while another thread uses the store. The store's thread.
 */
int32_t wrt_memory_is_stable(const wrt_memory *memory);

/** Reads the size of `memory` in pages, of 65536 bytes unless its type says otherwise.
 *
 *  Errors: `WRT_ERR_ARGUMENT`, `WRT_ERR_CLOSED`, `WRT_ERR_BUSY`. The store's thread; any thread for a shared memory.
 */
int32_t wrt_memory_size(const wrt_memory *memory, uint64_t *pages, wrt_error *error);

/** Adds `delta` pages to `memory` and writes its size in pages before to `previous`, which may be NULL.
 *
 *  Errors: `WRT_ERR_LIMIT` when the memory's maximum or a limit of the store forbids it; `WRT_ERR_CLOSED`,
 *  `WRT_ERR_BUSY`. The store's thread; any thread for a shared memory.
 */
int32_t wrt_memory_grow(const wrt_memory *memory, uint64_t delta, uint64_t *previous, wrt_error *error);

/** Copies `len` bytes of `memory` from `offset` on to `dst`.
 *
 *  Errors: `WRT_ERR_BOUNDS`, nothing is copied then; `WRT_ERR_ARGUMENT`, `WRT_ERR_CLOSED`, `WRT_ERR_BUSY`. The store's
 *  thread; any thread for a shared memory.
 */
int32_t wrt_memory_read(const wrt_memory *memory, uint64_t offset, uint8_t *dst, size_t len, wrt_error *error);

/** Copies `len` bytes at `src` to `memory` from `offset` on.
 *
 *  Errors: as `wrt_memory_read`. The store's thread; any thread for a shared memory.
 */
int32_t wrt_memory_write(const wrt_memory *memory, uint64_t offset, const uint8_t *src, size_t len, wrt_error *error);

/** Sets `len` bytes of `memory` from `offset` on to `byte`.
 *
 *  Errors: as `wrt_memory_read`. The store's thread; any thread for a shared memory.
 */
int32_t wrt_memory_fill(const wrt_memory *memory, uint64_t offset, uint8_t byte, size_t len, wrt_error *error);

/** Copies `len` bytes of `src` from `src_offset` on to `dst` from `dst_offset` on; the ranges may overlap, and the
 *  memories may belong to different stores.
 *
 *  Errors: as `wrt_memory_read`. The thread of both stores.
 */
int32_t wrt_memory_copy(
    const wrt_memory *dst,
    uint64_t dst_offset,
    const wrt_memory *src,
    uint64_t src_offset,
    uint64_t len,
    wrt_error *error);

/** Wakes at most `count` threads that wait at `offset` of the shared memory `memory`, in WebAssembly or in the host, and writes
 *  how many these were to `woken`, which may be NULL.
 *
 *  Errors: `WRT_ERR_TYPE` when the memory is not shared; `WRT_ERR_ARGUMENT`, also when `offset` is not a multiple of 4;
 *  `WRT_ERR_BOUNDS`, `WRT_ERR_CLOSED`. Any thread.
 */
int32_t wrt_memory_notify(const wrt_memory *memory, uint64_t offset, uint32_t count, uint32_t *woken, wrt_error *error);

/** Waits until another thread notifies `offset` of the shared memory `memory`, for `timeout_ns` nanoseconds at most
 *  (`UINT64_MAX`: for ever), as `memory.atomic.wait32` does: not at all where the 32 bits there are not `expected`. `outcome` is
 *  one of `WRT_WAIT_*`.
 *
 *  Errors: `WRT_ERR_TYPE` when the memory is not shared; `WRT_ERR_ARGUMENT`, also when `offset` is not a multiple of 4;
 *  `WRT_ERR_BOUNDS`, `WRT_ERR_CLOSED`. Any thread.
 */
int32_t wrt_memory_wait32(
    const wrt_memory *memory,
    uint64_t offset,
    uint32_t expected,
    uint64_t timeout_ns,
    int32_t *outcome,
    wrt_error *error);

/** As `wrt_memory_wait32`, with 64 bits; `offset` is a multiple of 8. Any thread.
 *
 *  Errors: as `wrt_memory_wait32`.
 */
int32_t wrt_memory_wait64(
    const wrt_memory *memory,
    uint64_t offset,
    uint64_t expected,
    uint64_t timeout_ns,
    int32_t *outcome,
    wrt_error *error);

/* # object
 * Objects of the collector: structs, arrays and i31.
 */

/** Makes an i31 of `value`, and an id for it, dropped with `wrt_ref_drop`.
 *
 *  Errors: `WRT_ERR_TYPE` when `value` needs more than 31 bits; `WRT_ERR_CLOSED`, `WRT_ERR_BUSY`. The store's thread.
 */
int32_t wrt_ref_from_i31(const wrt_store *store, int32_t value, uint64_t *out, wrt_error *error);

/** Reads the integer in an i31, with its sign.
 *
 *  Errors: `WRT_ERR_TYPE` when the reference is null or no i31; `WRT_ERR_NOT_FOUND` for a stale or foreign id;
 *  `WRT_ERR_CLOSED`, `WRT_ERR_BUSY`. The store's thread.
 */
int32_t wrt_ref_to_i31(const wrt_store *store, uint64_t reference, int32_t *out, wrt_error *error);

/** Makes a struct of type `type` with the values `fields`, and an id for it, dropped with `wrt_ref_drop`. Ids among the
 *  fields stay the caller's. Of an i8 or i16 field the low bits count.
 *
 *  Errors: `WRT_ERR_TYPE` when `type` is not that of a struct, or `fields` do not fit it; `WRT_ERR_STORE` when it belongs to
 *  another engine; `WRT_ERR_LIMIT` when the collector's heap is full; `WRT_ERR_NOT_FOUND` for a stale or foreign id;
 *  `WRT_ERR_CLOSED`, `WRT_ERR_BUSY`. The store's thread.
 */
int32_t wrt_ref_new_struct(
    const wrt_store *store,
    const wrt_type *type,
    const wrt_val *fields,
    size_t nfields,
    uint64_t *out,
    wrt_error *error);

/** Makes an array of type `type` with the elements `elems`, and an id for it, dropped with `wrt_ref_drop`. Ids among the
 *  elements stay the caller's.
 *
 *  Errors: `WRT_ERR_TYPE` when `type` is not that of an array, or an element does not fit it; else as
 *  `wrt_ref_new_struct`. The store's thread.
 */
int32_t wrt_ref_new_array(
    const wrt_store *store,
    const wrt_type *type,
    const wrt_val *elems,
    size_t nelems,
    uint64_t *out,
    wrt_error *error);

/** Makes an array of type `type` with `len` elements that are all `elem`, and an id for it, dropped with `wrt_ref_drop`.
 *
 *  Errors: as `wrt_ref_new_array`. The store's thread.
 */
int32_t wrt_ref_new_array_filled(
    const wrt_store *store,
    const wrt_type *type,
    const wrt_val *elem,
    uint32_t len,
    uint64_t *out,
    wrt_error *error);

/** Makes an array of type `type`, whose elements are numbers, from their `len` bytes, little-endian, and an id for it, dropped with
 *  `wrt_ref_drop`.
 *
 *  Errors: `WRT_ERR_ARGUMENT` when the bytes are no whole elements; as `wrt_ref_new_array`. The store's thread.
 */
int32_t wrt_ref_new_array_bytes(
    const wrt_store *store,
    const wrt_type *type,
    const uint8_t *data,
    size_t len,
    uint64_t *out,
    wrt_error *error);

/** Reads how many members `reference` has: fields of a struct, elements of an array, values of an exception.
 *
 *  Errors: `WRT_ERR_TYPE` when it is null or none of these; `WRT_ERR_NOT_FOUND` for a stale or foreign id;
 *  `WRT_ERR_CLOSED`, `WRT_ERR_BUSY`. The store's thread.
 */
int32_t wrt_ref_len(const wrt_store *store, uint64_t reference, uint32_t *out, wrt_error *error);

/** Reads member `index` of `reference`, from 0: a field of a struct, an element of an array, a value of an exception. An i8
 *  or i16 is extended without sign. An id belongs to the caller, who drops it with `wrt_ref_drop`.
 *
 *  Errors: `WRT_ERR_BOUNDS`; as `wrt_ref_len`. The store's thread.
 */
int32_t wrt_ref_get(const wrt_store *store, uint64_t reference, uint32_t index, wrt_val *out, wrt_error *error);

/** Changes member `index` of `reference`, from 0: a field of a struct or an element of an array. An id stays the caller's.
 *
 *  Errors: `WRT_ERR_BOUNDS`; `WRT_ERR_TYPE` when the member is constant or the value does not fit; as `wrt_ref_len`. The
 *  store's thread.
 */
int32_t wrt_ref_set(const wrt_store *store, uint64_t reference, uint32_t index, const wrt_val *value, wrt_error *error);

/** Copies `len` bytes of an array of numbers from byte `offset` on to `dst`, little-endian, in whole elements.
 *
 *  Errors: `WRT_ERR_BOUNDS`; `WRT_ERR_ARGUMENT` for parts of elements; `WRT_ERR_TYPE` when `reference` is no array of numbers;
 *  as `wrt_ref_len`. The store's thread.
 */
int32_t wrt_ref_read_bytes(
    const wrt_store *store,
    uint64_t reference,
    size_t offset,
    uint8_t *dst,
    size_t len,
    wrt_error *error);

/** Copies `len` bytes at `src`, little-endian, to an array of numbers from byte `offset` on, in whole elements.
 *
 *  Errors: `WRT_ERR_TYPE` also when the elements are constant; else as `wrt_ref_read_bytes`. The store's thread.
 */
int32_t wrt_ref_write_bytes(
    const wrt_store *store,
    uint64_t reference,
    size_t offset,
    const uint8_t *src,
    size_t len,
    wrt_error *error);

/* # reference
 * References: ids that belong to a store. 0 is null, and a stale or foreign id is an error.
 */

/** The kind of what `reference` stands for: `WRT_FUNCREF`, `WRT_EXTERNREF`, `WRT_I31REF`, `WRT_STRUCTREF`,
 *  `WRT_ARRAYREF`, `WRT_EXNREF`, or `WRT_ANYREF` for an object of the host that was converted; -1 for null.
 *
 *  Errors: `WRT_ERR_NOT_FOUND` for a stale or foreign id; `WRT_ERR_CLOSED`, `WRT_ERR_BUSY`. The store's thread.
 */
int32_t wrt_ref_kind(const wrt_store *store, uint64_t reference, int32_t *out, wrt_error *error);

/** The type of what `reference` stands for, as exactly as it is known: `(type $t0 (struct (field i32))) (ref $t0)`. For
 *  null it is that of null references, `nullref`. It is released with `wrt_release`.
 *
 *  Errors: as `wrt_ref_kind`. The store's thread.
 */
int32_t wrt_ref_type(const wrt_store *store, uint64_t reference, wrt_type **out, wrt_error *error);

/** Writes 1 to `out` when `reference` can stand where a value of `type` is expected, else 0.
 *
 *  Errors: `WRT_ERR_TYPE` when `type` is not that of a reference; `WRT_ERR_STORE` when it belongs to another engine; as
 *  `wrt_ref_kind`. The store's thread.
 */
int32_t wrt_ref_matches(
    const wrt_store *store,
    uint64_t reference,
    const wrt_type *type,
    int32_t *out,
    wrt_error *error);

/** Writes 1 to `out` when `a` and `b` stand for the same function or the same object, or are both null; else 0. A function
 *  that an instance imports and exports again counts as another one.
 *
 *  Errors: as `wrt_ref_kind`. The store's thread.
 */
int32_t wrt_ref_same(const wrt_store *store, uint64_t a, uint64_t b, int32_t *out, wrt_error *error);

/** Makes another id for what `reference` stands for; null stays null. Each id is dropped with `wrt_ref_drop`; this one
 *  outlasts all scopes.
 *
 *  Errors: as `wrt_ref_kind`. The store's thread.
 */
int32_t wrt_ref_clone(const wrt_store *store, uint64_t reference, uint64_t *out, wrt_error *error);

/** Drops the id `reference`; the object behind it lives on where WebAssembly or another id holds it. Null and ids that
 *  are gone are ignored. Any thread: where the store is in use elsewhere, the id is dropped when it no longer is.
 */
void wrt_ref_drop(const wrt_store *store, uint64_t reference);

/** Begins a scope: the ids of `store` that are made from now on are dropped when `wrt_ref_scope_end` is called with the
 *  number in `scope`, but for those of `wrt_ref_clone`. Scopes may be nested.
 *
 *  Errors: `WRT_ERR_ARGUMENT`, `WRT_ERR_CLOSED`, `WRT_ERR_BUSY`. The store's thread.
 */
int32_t wrt_ref_scope_begin(const wrt_store *store, uint64_t *scope, wrt_error *error);

/** Ends a scope, and those that were begun inside of it: the ids made in them are dropped.
 *
 *  Errors: `WRT_ERR_NOT_FOUND` when `scope` is not open; `WRT_ERR_ARGUMENT`, `WRT_ERR_CLOSED`, `WRT_ERR_BUSY`. The
 *  store's thread.
 */
int32_t wrt_ref_scope_end(const wrt_store *store, uint64_t scope, wrt_error *error);

/** Makes an id for `func` in its store. It is dropped with `wrt_ref_drop`.
 *
 *  Errors: `WRT_ERR_ARGUMENT`, `WRT_ERR_CLOSED`, `WRT_ERR_BUSY`. The store's thread.
 */
int32_t wrt_ref_from_func(const wrt_func *func, uint64_t *out, wrt_error *error);

/** Makes a function handle from the id of a function, or NULL from null. It is released with `wrt_release`; the id stays.
 *
 *  Errors: `WRT_ERR_TYPE` when it is no function; as `wrt_ref_kind`. The store's thread.
 */
int32_t wrt_ref_to_func(const wrt_store *store, uint64_t reference, wrt_func **out, wrt_error *error);

/** Makes an `externref` that carries `data`, and an id for it, dropped with `wrt_ref_drop`. `drop`, which may be NULL, is
 *  called with `data` when neither an id nor WebAssembly holds the object any more, during a collection or when the store
 *  is freed; not when this function fails. It must not call into the store.
 *
 *  Errors: `WRT_ERR_LIMIT` when the collector's heap is full; `WRT_ERR_CLOSED`, `WRT_ERR_BUSY`; `WRT_ERR_OTHER` for an
 *  engine without a collector. The store's thread.
 */
int32_t wrt_ref_from_host(const wrt_store *store, void *data, wrt_drop_fn drop, uint64_t *out, wrt_error *error);

/** As `wrt_ref_from_host`, for hosts whose code cannot run during a collection: when nothing holds the object any more,
 *  `data` is kept until `wrt_ref_take_dropped` asks for it.
 *
 *  Errors: as `wrt_ref_from_host`. The store's thread.
 */
int32_t wrt_ref_from_host_queued(const wrt_store *store, void *data, uint64_t *out, wrt_error *error);

/** Moves the `data` of objects of `wrt_ref_from_host_queued` that nothing holds any more to `dropped`, which has room for
 *  `ndropped` of them, and writes how many these are to `count`. Where that is all the room, there may be more. Of a closed
 *  store all of them are gone, which is not told.
 *
 *  Errors: `WRT_ERR_ARGUMENT`, `WRT_ERR_CLOSED`, `WRT_ERR_BUSY`. The store's thread.
 */
int32_t wrt_ref_take_dropped(const wrt_store *store, void **dropped, size_t ndropped, size_t *count, wrt_error *error);

/** Reads the `data` that an object of the host carries; NULL for null.
 *
 *  Errors: `WRT_ERR_TYPE` when the reference is none of `wrt_ref_from_host`; as `wrt_ref_kind`. The store's thread.
 */
int32_t wrt_ref_to_host(const wrt_store *store, uint64_t reference, void **data, wrt_error *error);

/** Converts between references of the host and those of WebAssembly: to `WRT_ANYREF` from an `externref`, to
 *  `WRT_EXTERNREF` from any GC reference; the object stays the same. To other kinds it is a checked cast. Null stays null.
 *  `out` is a new id, dropped with `wrt_ref_drop`.
 *
 *  Errors: `WRT_ERR_TYPE` when the reference is not of that kind; `WRT_ERR_ARGUMENT` when `kind` is not that of a reference;
 *  as `wrt_ref_kind`. The store's thread.
 */
int32_t wrt_ref_convert(const wrt_store *store, uint64_t reference, int32_t kind, uint64_t *out, wrt_error *error);

/* # table
 * Tables: functions and references by index, from 0.
 */

/** Makes a table of type `type` in `store`, each element `init`; a NULL `init` is the null reference. It is released with
 *  `wrt_release`.
 *
 *  Errors: `WRT_ERR_TYPE` when `type` is no table type or `init` does not fit it; `WRT_ERR_STORE` when it belongs to
 *  another engine; `WRT_ERR_LIMIT`; `WRT_ERR_NOT_FOUND` for a stale reference; `WRT_ERR_UNSUPPORTED` for continuations;
 *  `WRT_ERR_CLOSED`, `WRT_ERR_BUSY`. The store's thread.
 */
int32_t wrt_table_new(
    const wrt_store *store,
    const wrt_type *type,
    const wrt_val *init,
    wrt_table **out,
    wrt_error *error);

/** Reads the number of elements of `table`.
 *
 *  Errors: `WRT_ERR_ARGUMENT`, `WRT_ERR_CLOSED`, `WRT_ERR_BUSY`. The store's thread.
 */
int32_t wrt_table_size(const wrt_table *table, uint64_t *out, wrt_error *error);

/** Reads element `index` of `table`. An id belongs to the caller, who drops it with `wrt_ref_drop`.
 *
 *  Errors: `WRT_ERR_BOUNDS`; `WRT_ERR_UNSUPPORTED` for continuations; `WRT_ERR_CLOSED`, `WRT_ERR_BUSY`. The store's
 *  thread.
 */
int32_t wrt_table_get(const wrt_table *table, uint64_t index, wrt_val *out, wrt_error *error);

/** Changes element `index` of `table`; a NULL `value` is the null reference.
 *
 *  Errors: `WRT_ERR_BOUNDS`; `WRT_ERR_TYPE` when the value does not fit; `WRT_ERR_NOT_FOUND` for a stale reference;
 *  `WRT_ERR_UNSUPPORTED` for continuations; `WRT_ERR_CLOSED`, `WRT_ERR_BUSY`. The store's thread.
 */
int32_t wrt_table_set(const wrt_table *table, uint64_t index, const wrt_val *value, wrt_error *error);

/** Adds `delta` elements to `table`, each `init`; a NULL `init` is the null reference. `*previous`, which may be NULL, is
 *  the size before.
 *
 *  Errors: `WRT_ERR_LIMIT` when the table's maximum or a limit of the store forbids it; else as `wrt_table_set`. The
 *  store's thread.
 */
int32_t wrt_table_grow(
    const wrt_table *table,
    uint64_t delta,
    const wrt_val *init,
    uint64_t *previous,
    wrt_error *error);

/** Sets `len` elements of `table` from `offset` on to `value`; a NULL `value` is the null reference.
 *
 *  Errors: as `wrt_table_set`; nothing is changed then. The store's thread.
 */
int32_t wrt_table_fill(const wrt_table *table, uint64_t offset, const wrt_val *value, uint64_t len, wrt_error *error);

/** Copies `len` elements of `src` from `src_offset` on to `dst` from `dst_offset` on; the ranges may overlap. Both tables
 *  belong to one store.
 *
 *  Errors: `WRT_ERR_STORE`; `WRT_ERR_BOUNDS`; `WRT_ERR_TYPE` when the element types differ; `WRT_ERR_CLOSED`,
 *  `WRT_ERR_BUSY`. Nothing is changed then. The store's thread.
 */
int32_t wrt_table_copy(
    const wrt_table *dst,
    uint64_t dst_offset,
    const wrt_table *src,
    uint64_t src_offset,
    uint64_t len,
    wrt_error *error);

/* # tag
 * Tags: what exceptions are told apart by.
 */

/** Makes a tag of type `type` in `store`. It is released with `wrt_release`.
 *
 *  Errors: `WRT_ERR_TYPE` when `type` is no tag type; `WRT_ERR_STORE` when it belongs to another engine;
 *  `WRT_ERR_CLOSED`, `WRT_ERR_BUSY`. The store's thread.
 */
int32_t wrt_tag_new(const wrt_store *store, const wrt_type *type, wrt_tag **out, wrt_error *error);

/* # instance
 * Instances: a module with its imports, in a store.
 */

/** Instantiates `module` in `store` with `imports`, one for each import of the module, in order, and runs its start
 *  function. The instance is released with `wrt_release`.
 *
 *  Errors: `WRT_ERR_LINK` when the number or a type does not fit; `WRT_ERR_STORE` when an import belongs to another store
 *  or the module to another engine; `WRT_ERR_LIMIT`; whatever ends the start function; `WRT_ERR_CLOSED`,
 *  `WRT_ERR_BUSY`. The store's thread.
 */
int32_t wrt_instance_new(
    const wrt_store *store,
    const wrt_module *module,
    const wrt_extern *const *imports,
    size_t nimports,
    wrt_instance **out,
    wrt_error *error);

/** The module of `instance`, a new reference: release it with `wrt_release`.
 *
 *  Errors: `WRT_ERR_ARGUMENT`, `WRT_ERR_CLOSED`. Any thread.
 */
int32_t wrt_instance_module(const wrt_instance *instance, wrt_module **out, wrt_error *error);

/** The export `name` of `instance`, a new handle: release it with `wrt_release`.
 *
 *  Errors: `WRT_ERR_NOT_FOUND`; `WRT_ERR_ARGUMENT`, `WRT_ERR_CLOSED`, `WRT_ERR_BUSY`. The store's thread.
 */
int32_t wrt_instance_export(
    const wrt_instance *instance,
    const char *name,
    size_t name_len,
    wrt_extern **out,
    wrt_error *error);

/** Export `index` of `instance`, in the order of its module, a new handle: release it with `wrt_release`.
 *
 *  Errors: `WRT_ERR_NOT_FOUND` past the last one; `WRT_ERR_ARGUMENT`, `WRT_ERR_CLOSED`, `WRT_ERR_BUSY`. The store's thread.
 */
int32_t wrt_instance_export_at(const wrt_instance *instance, size_t index, wrt_extern **out, wrt_error *error);

/** Runs `instance` as a program: calls its export "_start", or "_initialize" where it has that one, without arguments.
 *
 *  Errors: `WRT_ERR_NOT_FOUND` when it has neither; `WRT_ERR_TYPE` when it takes or gives values; whatever ends the call;
 *  `WRT_ERR_CLOSED`, `WRT_ERR_BUSY`. The store's thread.
 */
int32_t wrt_instance_run(const wrt_instance *instance, wrt_error *error);

/** As `wrt_instance_new`, as a task, so that the start function may call suspending functions. When the task is done,
 *  `wrt_instance_of_task` has the instance. `wake`, which may be NULL, is called as for `wrt_call_start`. The task is
 *  released with `wrt_release`.
 *
 *  Errors: those of `wrt_instance_new` that come before anything runs; the others are the task's. The store's thread.
 */
int32_t wrt_instance_new_start(
    const wrt_store *store,
    const wrt_module *module,
    const wrt_extern *const *imports,
    size_t nimports,
    wrt_wake_fn wake,
    void *env,
    wrt_task **out,
    wrt_error *error);

/** The instance that `task`, which is done, has made, a new handle: release it with `wrt_release`. It can be had once.
 *
 *  Errors: what the task failed with; `WRT_ERR_BUSY` when it is not done; `WRT_ERR_NOT_FOUND` the second time;
 *  `WRT_ERR_ARGUMENT` for the task of a call. The thread that polls the task.
 */
int32_t wrt_instance_of_task(const wrt_task *task, wrt_instance **out, wrt_error *error);

/* # linker
 * Linkers: named items for imports. Definitions are kept here, in the order they were made, and become Wasmtime's only
 * when a module needs them; no lock is held while WebAssembly or the host runs.
 */

/** WASI preview 1 (`wasi_snapshot_preview1`) and its predecessor (`wasi_unstable`). */
#define WRT_WASI_P1 1
/** WASI preview 2, for components. */
#define WRT_WASI_P2 2
/** WASI preview 3, for components. */
#define WRT_WASI_P3 4
/** HTTP, for components. */
#define WRT_WASI_HTTP 8

/** Makes an empty linker. It is released with `wrt_release`.
 *
 *  Errors: `WRT_ERR_ARGUMENT`, `WRT_ERR_CLOSED`. Any thread.
 */
int32_t wrt_linker_new(const wrt_engine *engine, wrt_linker **out, wrt_error *error);

/** Makes a linker with the definitions that `linker` has now. It is released with `wrt_release`.
 *
 *  Errors: `WRT_ERR_ARGUMENT`, `WRT_ERR_CLOSED`. Any thread.
 */
int32_t wrt_linker_clone(const wrt_linker *linker, wrt_linker **out, wrt_error *error);

/** Says what `linker` permits, each 0 or 1: `shadowing`, that a name is defined again; `unknown_exports`, that
 *  `wrt_linker_define_module` takes a command with more exports than a command has. Both are 0 at first.
 *
 *  Errors: `WRT_ERR_ARGUMENT`, `WRT_ERR_CLOSED`. Any thread.
 */
int32_t wrt_linker_allow(const wrt_linker *linker, int32_t shadowing, int32_t unknown_exports, wrt_error *error);

/** Defines `module.name` as `item`, for instances in the item's store.
 *
 *  Errors: `WRT_ERR_LINK` when the name is defined already; `WRT_ERR_STORE` when the item belongs to another engine;
 *  `WRT_ERR_ARGUMENT`, `WRT_ERR_CLOSED`. Any thread.
 */
int32_t wrt_linker_define(
    const wrt_linker *linker,
    const char *module,
    size_t module_len,
    const char *name,
    size_t name_len,
    const wrt_extern *item,
    wrt_error *error);

/** Defines `module.name` as a function of type `type` that calls `call` with `env`, in any store. `drop`, which may be
 *  NULL, is called with `env` when neither the linker nor a store needs the function any more, on any thread; not when
 *  this function fails.
 *
 *  Errors: `WRT_ERR_LINK` when the name is defined already; `WRT_ERR_TYPE` when `type` is no function type;
 *  `WRT_ERR_UNSUPPORTED` for continuations in it; `WRT_ERR_STORE` when it belongs to another engine; `WRT_ERR_ARGUMENT`,
 *  `WRT_ERR_CLOSED`. Any thread.
 */
int32_t wrt_linker_define_func(
    const wrt_linker *linker,
    const char *module,
    size_t module_len,
    const char *name,
    size_t name_len,
    const wrt_type *type,
    wrt_host_fn call,
    void *env,
    wrt_drop_fn drop,
    wrt_error *error);

/** Defines `module.name` as a function of type `type` that suspends the call, in any store: its task answers
 *  `WRT_TASK_HOST_CALL`, and `wrt_task_request` tells `id`. See `wrt_func_new_suspending`.
 *
 *  Errors: as `wrt_linker_define_func`. Any thread.
 */
int32_t wrt_linker_define_suspending_func(
    const wrt_linker *linker,
    const char *module,
    size_t module_len,
    const char *name,
    size_t name_len,
    const wrt_type *type,
    uint64_t id,
    wrt_error *error);

/** Defines all exports of `instance` under the module name `name`.
 *
 *  Errors: `WRT_ERR_LINK` when one of them is defined already, none is defined then; `WRT_ERR_STORE` when the instance
 *  belongs to another engine; `WRT_ERR_ARGUMENT`, `WRT_ERR_CLOSED`, `WRT_ERR_BUSY`. The store's thread.
 */
int32_t wrt_linker_define_instance(
    const wrt_linker *linker,
    const char *name,
    size_t name_len,
    const wrt_instance *instance,
    wrt_error *error);

/** Defines the exports of `module` under the module name `name`, in `store`: a reactor, or a module that is neither, is
 *  instantiated once and its "_initialize" called; a command, one with an export "_start", anew for each call.
 *
 *  Errors: `WRT_ERR_LINK` when an import of the module is missing or a name is defined already; `WRT_ERR_STORE`;
 *  whatever ends the start function; `WRT_ERR_ARGUMENT`, `WRT_ERR_CLOSED`, `WRT_ERR_BUSY`. The store's thread.
 */
int32_t wrt_linker_define_module(
    const wrt_linker *linker,
    const wrt_store *store,
    const char *name,
    size_t name_len,
    const wrt_module *module,
    wrt_error *error);

/** Defines the functions of WASI: `which` is `WRT_WASI_P1`. What they do for the programs of a store is said by
 *  `wrt_store_set_wasi`, nothing where it is not; functions that have to wait suspend the call, as host functions do that
 *  are suspending. A program that ends itself with status 0 has succeeded, with another its call fails with `WRT_ERR_EXIT`.
 *
 *  Errors: `WRT_ERR_LINK` when one of the names is defined already, none is defined then; `WRT_ERR_UNSUPPORTED` for what this
 *  library does not have; `WRT_ERR_ARGUMENT`, `WRT_ERR_CLOSED`. Any thread.
 */
int32_t wrt_linker_define_wasi(const wrt_linker *linker, uint32_t which, wrt_error *error);

/** Defines each function import of `module` that is missing as one that fails when called.
 *
 *  Errors: `WRT_ERR_STORE` when the module belongs to another engine; `WRT_ERR_ARGUMENT`, `WRT_ERR_CLOSED`. Any thread.
 */
int32_t wrt_linker_define_unknown_as_traps(const wrt_linker *linker, const wrt_module *module, wrt_error *error);

/** Defines each import of `module` that is missing with a default, in `store`: functions that return zeros and nulls,
 *  globals of zero or null, tables and memories of the least size.
 *
 *  Errors: `WRT_ERR_LINK` for an import whose type has no default; `WRT_ERR_STORE`, `WRT_ERR_LIMIT`, `WRT_ERR_ARGUMENT`,
 *  `WRT_ERR_CLOSED`, `WRT_ERR_BUSY`. The store's thread.
 */
int32_t wrt_linker_define_unknown_as_defaults(
    const wrt_linker *linker,
    const wrt_store *store,
    const wrt_module *module,
    wrt_error *error);

/** Defines `as_module.as_name` as what `module.name` is now.
 *
 *  Errors: `WRT_ERR_NOT_FOUND` when that is not defined; `WRT_ERR_LINK` when the new name is; `WRT_ERR_ARGUMENT`,
 *  `WRT_ERR_CLOSED`. Any thread.
 */
int32_t wrt_linker_alias(
    const wrt_linker *linker,
    const char *module,
    size_t module_len,
    const char *name,
    size_t name_len,
    const char *as_module,
    size_t as_module_len,
    const char *as_name,
    size_t as_name_len,
    wrt_error *error);

/** What `module.name` is in `store`, a new handle: release it with `wrt_release`.
 *
 *  Errors: `WRT_ERR_NOT_FOUND`; `WRT_ERR_STORE` when it belongs to another store; `WRT_ERR_ARGUMENT`, `WRT_ERR_CLOSED`,
 *  `WRT_ERR_BUSY`. The store's thread.
 */
int32_t wrt_linker_get(
    const wrt_linker *linker,
    const wrt_store *store,
    const char *module,
    size_t module_len,
    const char *name,
    size_t name_len,
    wrt_extern **out,
    wrt_error *error);

/** Lists the definitions as JSON, in the order they were made: `[{"module", "name", "kind", "type"}]`; kind and type of
 *  what lives in a store that is closed or in use elsewhere are null. `out` is freed with `wrt_bytes_free`.
 *
 *  Errors: `WRT_ERR_ARGUMENT`, `WRT_ERR_CLOSED`. Any thread.
 */
int32_t wrt_linker_json(const wrt_linker *linker, wrt_bytes *out, wrt_error *error);

/** Instantiates `module` in `store` with the definitions of `linker`, and runs its start function. The instance is
 *  released with `wrt_release`.
 *
 *  Errors: `WRT_ERR_LINK` names all imports that are missing, or the one that does not fit; `WRT_ERR_STORE`;
 *  `WRT_ERR_LIMIT`; whatever ends the start function; `WRT_ERR_CLOSED`, `WRT_ERR_BUSY`. The store's thread.
 */
int32_t wrt_linker_instantiate(
    const wrt_linker *linker,
    const wrt_store *store,
    const wrt_module *module,
    wrt_instance **out,
    wrt_error *error);

/** As `wrt_linker_instantiate`, as a task, so that the start function may call suspending functions. When the task is
 *  done, `wrt_instance_of_task` has the instance. `wake`, which may be NULL, is called as for `wrt_call_start`. The task is
 *  released with `wrt_release`.
 *
 *  Errors: those of `wrt_linker_instantiate` that come before anything runs; the others are the task's. The store's
 *  thread.
 */
int32_t wrt_linker_instantiate_start(
    const wrt_linker *linker,
    const wrt_store *store,
    const wrt_module *module,
    wrt_wake_fn wake,
    void *env,
    wrt_task **out,
    wrt_error *error);

/** Resolves and checks the imports of `module` once, for `wrt_prelink_instantiate`. Later definitions do not reach it. It
 *  is released with `wrt_release`.
 *
 *  Errors: as `wrt_linker_instantiate`, but for what happens in a store; `WRT_ERR_BUSY` when the store of an import is in
 *  use. Any thread.
 */
int32_t wrt_linker_prelink(const wrt_linker *linker, const wrt_module *module, wrt_prelink **out, wrt_error *error);

/** Makes an instance in `store` from `prelink`: the fast way to many instances. It is released with `wrt_release`.
 *
 *  Errors: `WRT_ERR_STORE` when `store` is not that of the imports, or of another engine; `WRT_ERR_LIMIT`; whatever ends
 *  the start function; `WRT_ERR_CLOSED`, `WRT_ERR_BUSY`. The store's thread.
 */
int32_t wrt_prelink_instantiate(
    const wrt_prelink *prelink,
    const wrt_store *store,
    wrt_instance **out,
    wrt_error *error);

/** As `wrt_prelink_instantiate`, as a task, so that the start function may call suspending functions. When the task is
 *  done, `wrt_instance_of_task` has the instance. `wake`, which may be NULL, is called as for `wrt_call_start`. The task is
 *  released with `wrt_release`.
 *
 *  Errors: those of `wrt_prelink_instantiate` that come before anything runs; the others are the task's. The store's
 *  thread.
 */
int32_t wrt_prelink_instantiate_start(
    const wrt_prelink *prelink,
    const wrt_store *store,
    wrt_wake_fn wake,
    void *env,
    wrt_task **out,
    wrt_error *error);

#ifdef __cplusplus
} /* extern "C" */
#endif

#endif /* WRT_H */
