# The C interface of libwrt, as include/wrt.h has it: constants, structs, and one function for each of C's.
# Generated from src/ by tests/header.rs: change the source, not this file.
#
# Handles and callbacks are `Ptr{Cvoid}`, `char *` and `uint8_t *` are `Ptr{UInt8}`; an output takes a `Ref`. The library
# is opened at the first call, by the function in `LOAD`.
module C

import Libdl

"Opens the library and calls `bind!`; set by library.jl."
const LOAD = Ref{Any}(nothing)

# The address of a function, opening the library where that has not happened.
@inline function address(slot::Base.RefValue{Ptr{Cvoid}})
    pointer = slot[]
    return pointer == C_NULL ? load(slot) : pointer
end

@noinline function load(slot::Base.RefValue{Ptr{Cvoid}})
    LOAD[]()
    slot[] == C_NULL && error("libwrt is not loaded")
    return slot[]
end

# # names: a handle is a `Ptr{Cvoid}`, whatever it leads to

const wrt_drop_fn = Ptr{Cvoid}
const wrt_wake_fn = Ptr{Cvoid}
const wrt_cache_get_fn = Ptr{Cvoid}
const wrt_cache_put_fn = Ptr{Cvoid}
const wrt_mem_new_fn = Ptr{Cvoid}
const wrt_mem_grow_fn = Ptr{Cvoid}
const wrt_enter_fn = Ptr{Cvoid}
const wrt_leave_fn = Ptr{Cvoid}
const wrt_log_fn = Ptr{Cvoid}
const wrt_read_fn = Ptr{Cvoid}
const wrt_write_fn = Ptr{Cvoid}
const wrt_grow_fn = Ptr{Cvoid}
const wrt_epoch_fn = Ptr{Cvoid}
const wrt_host_fn = Ptr{Cvoid}

struct wrt_error
    status::Int32
    trap::Int32
    exit_code::Int32
    frame_count::UInt32
    message::Ptr{UInt8}
    message_len::Csize_t
    fault::Ptr{Cvoid}
end
wrt_error() = wrt_error(0, 0, 0, 0, C_NULL, 0, C_NULL)

struct wrt_frame
    struct_size::Csize_t
    func_index::UInt32
    inline_depth::UInt32
    module_offset::UInt64
    func_offset::UInt64
    module_name::Ptr{UInt8}
    func_name::Ptr{UInt8}
    file::Ptr{UInt8}
    line::UInt32
    column::UInt32
end
wrt_frame() = wrt_frame(sizeof(wrt_frame), 0, 0, 0, 0, C_NULL, C_NULL, C_NULL, 0, 0)

struct wrt_bytes
    data::Ptr{UInt8}
    len::Csize_t
    owner::Ptr{Cvoid}
end
wrt_bytes() = wrt_bytes(C_NULL, 0, C_NULL)

struct wrt_shape
    struct_size::Csize_t
    min::UInt64
    max::UInt64
    is_64::UInt32
    is_shared::UInt32
    is_mutable::UInt32
    page_size_log2::UInt32
    content_kind::Int32
    nullable::Int32
end
wrt_shape() = wrt_shape(sizeof(wrt_shape), 0, 0, 0, 0, 0, 0, 0, 0)

struct wrt_val
    lo::UInt64
    hi::UInt64
end
wrt_val() = wrt_val(0, 0)

struct wrt_host_hooks
    struct_size::Csize_t
    enter_native::wrt_enter_fn
    leave_native::wrt_leave_fn
    enter_host::wrt_enter_fn
    leave_host::wrt_leave_fn
    signal_pending::Ptr{Int32}
end
wrt_host_hooks() = wrt_host_hooks(sizeof(wrt_host_hooks), 0, 0, 0, 0, C_NULL)

struct wrt_pipe_info
    struct_size::Csize_t
    capacity::Csize_t
    len::Csize_t
    is_wanted::UInt32
    is_ended::UInt32
    is_broken::UInt32
    reserved::UInt32
end
wrt_pipe_info() = wrt_pipe_info(sizeof(wrt_pipe_info), 0, 0, 0, 0, 0, 0)

struct wrt_limits
    struct_size::Csize_t
    memory_bytes::UInt64
    table_elements::UInt64
    instances::UInt64
    tables::UInt64
    memories::UInt64
    trap_on_grow_failure::UInt32
    reserved::UInt32
end
wrt_limits() = wrt_limits(sizeof(wrt_limits), 0, 0, 0, 0, 0, 0, 0)

struct wrt_item
    struct_size::Csize_t
    kind::Int32
    index::UInt32
    module_::Ptr{UInt8}
    module_len::Csize_t
    name::Ptr{UInt8}
    name_len::Csize_t
    type_::Ptr{Cvoid}
end
wrt_item() = wrt_item(sizeof(wrt_item), 0, 0, C_NULL, 0, C_NULL, 0, C_NULL)

struct wrt_memory_header
    base::Ptr{UInt8}
    len::Csize_t
end
wrt_memory_header() = wrt_memory_header(C_NULL, 0)

struct wrt_host_request
    struct_size::Csize_t
    id::UInt64
    slots::Ptr{wrt_val}
    nslots::Csize_t
    store::Ptr{Cvoid}
    caller::Ptr{Cvoid}
    depth::UInt64
end
wrt_host_request() = wrt_host_request(sizeof(wrt_host_request), 0, C_NULL, 0, C_NULL, C_NULL, 0)

struct wrt_column
    data::Ptr{UInt8}
    stride::Csize_t
end
wrt_column() = wrt_column(C_NULL, 0)

# Several values on the stack: a `Ref` of a tuple passes where C takes a pointer to the first of them.
@inline Base.unsafe_convert(::Type{Ptr{T}}, slots::Base.RefValue{NTuple{N,T}}) where {N,T<:Union{wrt_error,wrt_frame,wrt_bytes,wrt_shape,wrt_val,wrt_host_hooks,wrt_pipe_info,wrt_limits,wrt_item,wrt_memory_header,wrt_host_request,wrt_column}} =
    Ptr{T}(Base.unsafe_convert(Ptr{NTuple{N,T}}, slots))

# # error
const WRT_OK = Int32(0)
const WRT_PENDING = Int32(1)
const WRT_ERR_ARGUMENT = Int32(2)
const WRT_ERR_CONFIG = Int32(3)
const WRT_ERR_PARSE = Int32(4)
const WRT_ERR_VALIDATE = Int32(5)
const WRT_ERR_COMPILE = Int32(6)
const WRT_ERR_LINK = Int32(7)
const WRT_ERR_TYPE = Int32(8)
const WRT_ERR_TRAP = Int32(9)
const WRT_ERR_EXIT = Int32(10)
const WRT_ERR_EXCEPTION = Int32(11)
const WRT_ERR_HOST = Int32(12)
const WRT_ERR_INTERRUPTED = Int32(13)
const WRT_ERR_FUEL = Int32(14)
const WRT_ERR_LIMIT = Int32(15)
const WRT_ERR_BOUNDS = Int32(16)
const WRT_ERR_NOT_FOUND = Int32(17)
const WRT_ERR_STORE = Int32(18)
const WRT_ERR_BUSY = Int32(19)
const WRT_ERR_CLOSED = Int32(20)
const WRT_ERR_UNSUPPORTED = Int32(21)
const WRT_ERR_INCOMPATIBLE = Int32(22)
const WRT_ERR_IO = Int32(23)
const WRT_ERR_MEMORY = Int32(24)
const WRT_ERR_PANIC = Int32(25)
const WRT_ERR_ABI = Int32(26)
const WRT_ERR_OTHER = Int32(27)

# # version
const WRT_VERSION_MAJOR = UInt32(0)
const WRT_VERSION_MINOR = UInt32(1)
const WRT_VERSION_PATCH = UInt32(0)
const WRT_ABI_MAJOR = UInt32(1)
const WRT_ABI_MINOR = UInt32(0)

# uint32_t wrt_abi_version(void);
const PTR_wrt_abi_version = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_abi_version() =
    ccall(address(PTR_wrt_abi_version), UInt32, ())

# int32_t wrt_abi_check(uint32_t abi_major, uint32_t abi_minor, wrt_error *error);
const PTR_wrt_abi_check = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_abi_check(abi_major, abi_minor, error) =
    ccall(address(PTR_wrt_abi_check), Int32, (UInt32, UInt32, Ptr{wrt_error}), abi_major, abi_minor, error)

# const char *wrt_version(void);
const PTR_wrt_version = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_version() =
    ccall(address(PTR_wrt_version), Ptr{UInt8}, ())

# const char *wrt_wasmtime_version(void);
const PTR_wrt_wasmtime_version = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_wasmtime_version() =
    ccall(address(PTR_wrt_wasmtime_version), Ptr{UInt8}, ())

# const char *wrt_build_json(void);
const PTR_wrt_build_json = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_build_json() =
    ccall(address(PTR_wrt_build_json), Ptr{UInt8}, ())

# const char *wrt_api_json(void);
const PTR_wrt_api_json = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_api_json() =
    ccall(address(PTR_wrt_api_json), Ptr{UInt8}, ())

# # fault

# void wrt_error_clear(wrt_error *error);
const PTR_wrt_error_clear = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_error_clear(error) =
    ccall(address(PTR_wrt_error_clear), Cvoid, (Ptr{wrt_error},), error)

# int32_t wrt_error_frame(const wrt_error *error, size_t index, wrt_frame *out);
const PTR_wrt_error_frame = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_error_frame(error, index, out) =
    ccall(address(PTR_wrt_error_frame), Int32, (Ptr{wrt_error}, Csize_t, Ptr{wrt_frame}), error, index, out)

# int32_t wrt_error_json(const wrt_error *error, wrt_bytes *out);
const PTR_wrt_error_json = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_error_json(error, out) =
    ccall(address(PTR_wrt_error_json), Int32, (Ptr{wrt_error}, Ptr{wrt_bytes}), error, out)

# int32_t wrt_error_coredump(const wrt_error *error, wrt_bytes *out, wrt_error *failure);
const PTR_wrt_error_coredump = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_error_coredump(error, out, failure) =
    ccall(address(PTR_wrt_error_coredump), Int32, (Ptr{wrt_error}, Ptr{wrt_bytes}, Ptr{wrt_error}), error, out, failure)

# uint64_t wrt_error_payload(const wrt_error *error);
const PTR_wrt_error_payload = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_error_payload(error) =
    ccall(address(PTR_wrt_error_payload), UInt64, (Ptr{wrt_error},), error)

# int32_t wrt_error_set(wrt_error *error, int32_t status, const char *message, size_t message_len);
const PTR_wrt_error_set = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_error_set(error, status, message, message_len) =
    ccall(address(PTR_wrt_error_set), Int32, (Ptr{wrt_error}, Int32, Ptr{UInt8}, Csize_t), error, status, message, message_len)

# int32_t wrt_error_set_trap(wrt_error *error, int32_t trap);
const PTR_wrt_error_set_trap = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_error_set_trap(error, trap) =
    ccall(address(PTR_wrt_error_set_trap), Int32, (Ptr{wrt_error}, Int32), error, trap)

# int32_t wrt_error_set_exit(wrt_error *error, int32_t exit_code);
const PTR_wrt_error_set_exit = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_error_set_exit(error, exit_code) =
    ccall(address(PTR_wrt_error_set_exit), Int32, (Ptr{wrt_error}, Int32), error, exit_code)

# int32_t wrt_error_set_payload(wrt_error *error, uint64_t payload, wrt_drop_fn drop);
const PTR_wrt_error_set_payload = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_error_set_payload(error, payload, drop) =
    ccall(address(PTR_wrt_error_set_payload), Int32, (Ptr{wrt_error}, UInt64, wrt_drop_fn), error, payload, drop)

# const char *wrt_status_name(int32_t status);
const PTR_wrt_status_name = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_status_name(status) =
    ccall(address(PTR_wrt_status_name), Ptr{UInt8}, (Int32,), status)

# # handle

# void *wrt_retain(void *handle);
const PTR_wrt_retain = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_retain(handle) =
    ccall(address(PTR_wrt_retain), Ptr{Cvoid}, (Ptr{Cvoid},), handle)

# void wrt_release(void *handle);
const PTR_wrt_release = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_release(handle) =
    ccall(address(PTR_wrt_release), Cvoid, (Ptr{Cvoid},), handle)

# int32_t wrt_close(void *handle, wrt_error *error);
const PTR_wrt_close = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_close(handle, error) =
    ccall(address(PTR_wrt_close), Int32, (Ptr{Cvoid}, Ptr{wrt_error}), handle, error)

# const char *wrt_handle_type(const void *handle);
const PTR_wrt_handle_type = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_handle_type(handle) =
    ccall(address(PTR_wrt_handle_type), Ptr{UInt8}, (Ptr{Cvoid},), handle)

# uint64_t wrt_live_count(void);
const PTR_wrt_live_count = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_live_count() =
    ccall(address(PTR_wrt_live_count), UInt64, ())

# void wrt_bytes_free(wrt_bytes *bytes);
const PTR_wrt_bytes_free = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_bytes_free(bytes) =
    ccall(address(PTR_wrt_bytes_free), Cvoid, (Ptr{wrt_bytes},), bytes)

# int32_t wrt_bytes_copy(const uint8_t *data, size_t len, wrt_bytes *out, wrt_error *error);
const PTR_wrt_bytes_copy = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_bytes_copy(data, len, out, error) =
    ccall(address(PTR_wrt_bytes_copy), Int32, (Ptr{UInt8}, Csize_t, Ptr{wrt_bytes}, Ptr{wrt_error}), data, len, out, error)

# # trap
const WRT_TRAP_STACK_OVERFLOW = Int32(0)
const WRT_TRAP_MEMORY_OUT_OF_BOUNDS = Int32(1)
const WRT_TRAP_HEAP_MISALIGNED = Int32(2)
const WRT_TRAP_TABLE_OUT_OF_BOUNDS = Int32(3)
const WRT_TRAP_INDIRECT_CALL_TO_NULL = Int32(4)
const WRT_TRAP_BAD_SIGNATURE = Int32(5)
const WRT_TRAP_INTEGER_OVERFLOW = Int32(6)
const WRT_TRAP_INTEGER_DIVISION_BY_ZERO = Int32(7)
const WRT_TRAP_BAD_CONVERSION_TO_INTEGER = Int32(8)
const WRT_TRAP_UNREACHABLE = Int32(9)
const WRT_TRAP_INTERRUPT = Int32(10)
const WRT_TRAP_OUT_OF_FUEL = Int32(11)
const WRT_TRAP_ATOMIC_WAIT_NON_SHARED_MEMORY = Int32(12)
const WRT_TRAP_NULL_REFERENCE = Int32(13)
const WRT_TRAP_ARRAY_OUT_OF_BOUNDS = Int32(14)
const WRT_TRAP_ALLOCATION_TOO_LARGE = Int32(15)
const WRT_TRAP_CAST_FAILURE = Int32(16)
const WRT_TRAP_CANNOT_ENTER_COMPONENT = Int32(17)
const WRT_TRAP_NO_ASYNC_RESULT = Int32(18)
const WRT_TRAP_UNHANDLED_TAG = Int32(19)
const WRT_TRAP_CONTINUATION_ALREADY_CONSUMED = Int32(20)
const WRT_TRAP_DISABLED_OPCODE = Int32(21)
const WRT_TRAP_ASYNC_DEADLOCK = Int32(22)
const WRT_TRAP_CANNOT_LEAVE_COMPONENT = Int32(23)
const WRT_TRAP_CANNOT_BLOCK_SYNC_TASK = Int32(24)
const WRT_TRAP_INVALID_CHAR = Int32(25)
const WRT_TRAP_DEBUG_ASSERT_STRING_ENCODING_FINISHED = Int32(26)
const WRT_TRAP_DEBUG_ASSERT_EQUAL_CODE_UNITS = Int32(27)
const WRT_TRAP_DEBUG_ASSERT_POINTER_ALIGNED = Int32(28)
const WRT_TRAP_DEBUG_ASSERT_UPPER_BITS_UNSET = Int32(29)
const WRT_TRAP_STRING_OUT_OF_BOUNDS = Int32(30)
const WRT_TRAP_LIST_OUT_OF_BOUNDS = Int32(31)
const WRT_TRAP_INVALID_DISCRIMINANT = Int32(32)
const WRT_TRAP_UNALIGNED_POINTER = Int32(33)
const WRT_TRAP_TASK_CANCEL_NOT_CANCELLED = Int32(34)
const WRT_TRAP_TASK_CANCEL_OR_RETURN_TWICE = Int32(35)
const WRT_TRAP_SUBTASK_CANCEL_AFTER_TERMINAL = Int32(36)
const WRT_TRAP_TASK_RETURN_INVALID = Int32(37)
const WRT_TRAP_WAITABLE_SET_DROP_HAS_WAITERS = Int32(38)
const WRT_TRAP_SUBTASK_DROP_NOT_RESOLVED = Int32(39)
const WRT_TRAP_THREAD_NEW_INDIRECT_INVALID_TYPE = Int32(40)
const WRT_TRAP_THREAD_NEW_INDIRECT_UNINITIALIZED = Int32(41)
const WRT_TRAP_BACKPRESSURE_OVERFLOW = Int32(42)
const WRT_TRAP_UNSUPPORTED_CALLBACK_CODE = Int32(43)
const WRT_TRAP_CANNOT_RESUME_THREAD = Int32(44)
const WRT_TRAP_CONCURRENT_FUTURE_STREAM_OP = Int32(45)
const WRT_TRAP_REFERENCE_COUNT_OVERFLOW = Int32(46)
const WRT_TRAP_STREAM_OP_TOO_BIG = Int32(47)
const WRT_TRAP_WAITABLE_SYNC_AND_ASYNC = Int32(48)
const WRT_TRAP_UNCAUGHT_EXCEPTION = Int32(49)

# const char *wrt_trap_name(int32_t trap);
const PTR_wrt_trap_name = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_trap_name(trap) =
    ccall(address(PTR_wrt_trap_name), Ptr{UInt8}, (Int32,), trap)

# # types
const WRT_FUNC = Int32(0)
const WRT_TABLE = Int32(1)
const WRT_MEMORY = Int32(2)
const WRT_GLOBAL = Int32(3)
const WRT_TAG = Int32(4)

# int32_t wrt_type_parse(const wrt_engine *engine, const char *text, size_t len, wrt_type **out, wrt_error *error);
const PTR_wrt_type_parse = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_type_parse(engine, text, len, out, error) =
    ccall(address(PTR_wrt_type_parse), Int32, (Ptr{Cvoid}, Ptr{UInt8}, Csize_t, Ptr{Ptr{Cvoid}}, Ptr{wrt_error}), engine, text, len, out, error)

# int32_t wrt_type_func(const wrt_engine *engine, const uint8_t *params, size_t nparams, const uint8_t *results, size_t nresults, wrt_type **out, wrt_error *error);
const PTR_wrt_type_func = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_type_func(engine, params, nparams, results, nresults, out, error) =
    ccall(address(PTR_wrt_type_func), Int32, (Ptr{Cvoid}, Ptr{UInt8}, Csize_t, Ptr{UInt8}, Csize_t, Ptr{Ptr{Cvoid}}, Ptr{wrt_error}), engine, params, nparams, results, nresults, out, error)

# int32_t wrt_type_text(const wrt_type *type, wrt_bytes *out, wrt_error *error);
const PTR_wrt_type_text = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_type_text(type_, out, error) =
    ccall(address(PTR_wrt_type_text), Int32, (Ptr{Cvoid}, Ptr{wrt_bytes}, Ptr{wrt_error}), type_, out, error)

# int32_t wrt_type_extern_kind(const wrt_type *type);
const PTR_wrt_type_extern_kind = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_type_extern_kind(type_) =
    ccall(address(PTR_wrt_type_extern_kind), Int32, (Ptr{Cvoid},), type_)

# int32_t wrt_type_matches(const wrt_type *type, const wrt_type *expected, int32_t *out, wrt_error *error);
const PTR_wrt_type_matches = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_type_matches(type_, expected, out, error) =
    ccall(address(PTR_wrt_type_matches), Int32, (Ptr{Cvoid}, Ptr{Cvoid}, Ptr{Int32}, Ptr{wrt_error}), type_, expected, out, error)

# int32_t wrt_type_arity(const wrt_type *type, size_t *nparams, size_t *nresults, wrt_error *error);
const PTR_wrt_type_arity = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_type_arity(type_, nparams, nresults, error) =
    ccall(address(PTR_wrt_type_arity), Int32, (Ptr{Cvoid}, Ptr{Csize_t}, Ptr{Csize_t}, Ptr{wrt_error}), type_, nparams, nresults, error)

# int32_t wrt_type_kinds(const wrt_type *type, uint8_t *params, size_t nparams, uint8_t *results, size_t nresults, wrt_error *error);
const PTR_wrt_type_kinds = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_type_kinds(type_, params, nparams, results, nresults, error) =
    ccall(address(PTR_wrt_type_kinds), Int32, (Ptr{Cvoid}, Ptr{UInt8}, Csize_t, Ptr{UInt8}, Csize_t, Ptr{wrt_error}), type_, params, nparams, results, nresults, error)

# int32_t wrt_type_shape(const wrt_type *type, wrt_shape *out, wrt_error *error);
const PTR_wrt_type_shape = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_type_shape(type_, out, error) =
    ccall(address(PTR_wrt_type_shape), Int32, (Ptr{Cvoid}, Ptr{wrt_shape}, Ptr{wrt_error}), type_, out, error)

# # value
const WRT_I32 = Int32(127)
const WRT_I64 = Int32(126)
const WRT_F32 = Int32(125)
const WRT_F64 = Int32(124)
const WRT_V128 = Int32(123)
const WRT_I8 = Int32(120)
const WRT_I16 = Int32(119)
const WRT_NOEXN = Int32(116)
const WRT_NOFUNC = Int32(115)
const WRT_NOEXTERN = Int32(114)
const WRT_NONE = Int32(113)
const WRT_FUNCREF = Int32(112)
const WRT_EXTERNREF = Int32(111)
const WRT_ANYREF = Int32(110)
const WRT_EQREF = Int32(109)
const WRT_I31REF = Int32(108)
const WRT_STRUCTREF = Int32(107)
const WRT_ARRAYREF = Int32(106)
const WRT_EXNREF = Int32(105)
const WRT_CONTREF = Int32(104)
const WRT_NOCONT = Int32(117)

# # config

# int32_t wrt_config_new(wrt_config **out, wrt_error *error);
const PTR_wrt_config_new = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_config_new(out, error) =
    ccall(address(PTR_wrt_config_new), Int32, (Ptr{Ptr{Cvoid}}, Ptr{wrt_error}), out, error)

# int32_t wrt_config_set(const wrt_config *config, const char *key, size_t key_len, const char *value, size_t value_len, wrt_error *error);
const PTR_wrt_config_set = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_config_set(config, key, key_len, value, value_len, error) =
    ccall(address(PTR_wrt_config_set), Int32, (Ptr{Cvoid}, Ptr{UInt8}, Csize_t, Ptr{UInt8}, Csize_t, Ptr{wrt_error}), config, key, key_len, value, value_len, error)

# int32_t wrt_config_get(const wrt_config *config, const char *key, size_t key_len, wrt_bytes *value, wrt_error *error);
const PTR_wrt_config_get = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_config_get(config, key, key_len, value, error) =
    ccall(address(PTR_wrt_config_get), Int32, (Ptr{Cvoid}, Ptr{UInt8}, Csize_t, Ptr{wrt_bytes}, Ptr{wrt_error}), config, key, key_len, value, error)

# int32_t wrt_config_set_json(const wrt_config *config, const char *json, size_t json_len, wrt_error *error);
const PTR_wrt_config_set_json = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_config_set_json(config, json, json_len, error) =
    ccall(address(PTR_wrt_config_set_json), Int32, (Ptr{Cvoid}, Ptr{UInt8}, Csize_t, Ptr{wrt_error}), config, json, json_len, error)

# const char *wrt_config_options_json(void);
const PTR_wrt_config_options_json = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_config_options_json() =
    ccall(address(PTR_wrt_config_options_json), Ptr{UInt8}, ())

# int32_t wrt_config_set_memory_creator(const wrt_config *config, wrt_mem_new_fn make, wrt_mem_grow_fn grow, wrt_drop_fn free_mem, void *env, wrt_drop_fn drop, wrt_error *error);
const PTR_wrt_config_set_memory_creator = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_config_set_memory_creator(config, make, grow, free_mem, env, drop, error) =
    ccall(address(PTR_wrt_config_set_memory_creator), Int32, (Ptr{Cvoid}, wrt_mem_new_fn, wrt_mem_grow_fn, wrt_drop_fn, Ptr{Cvoid}, wrt_drop_fn, Ptr{wrt_error}), config, make, grow, free_mem, env, drop, error)

# int32_t wrt_config_set_cache_store(const wrt_config *config, wrt_cache_get_fn get, wrt_cache_put_fn put, void *env, wrt_drop_fn drop, wrt_error *error);
const PTR_wrt_config_set_cache_store = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_config_set_cache_store(config, get, put, env, drop, error) =
    ccall(address(PTR_wrt_config_set_cache_store), Int32, (Ptr{Cvoid}, wrt_cache_get_fn, wrt_cache_put_fn, Ptr{Cvoid}, wrt_drop_fn, Ptr{wrt_error}), config, get, put, env, drop, error)

# # engine

# int32_t wrt_engine_new(const wrt_config *config, wrt_engine **out, wrt_error *error);
const PTR_wrt_engine_new = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_engine_new(config, out, error) =
    ccall(address(PTR_wrt_engine_new), Int32, (Ptr{Cvoid}, Ptr{Ptr{Cvoid}}, Ptr{wrt_error}), config, out, error)

# int32_t wrt_engine_json(const wrt_engine *engine, wrt_bytes *out, wrt_error *error);
const PTR_wrt_engine_json = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_engine_json(engine, out, error) =
    ccall(address(PTR_wrt_engine_json), Int32, (Ptr{Cvoid}, Ptr{wrt_bytes}, Ptr{wrt_error}), engine, out, error)

# int32_t wrt_engine_metrics_json(const wrt_engine *engine, wrt_bytes *out, wrt_error *error);
const PTR_wrt_engine_metrics_json = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_engine_metrics_json(engine, out, error) =
    ccall(address(PTR_wrt_engine_metrics_json), Int32, (Ptr{Cvoid}, Ptr{wrt_bytes}, Ptr{wrt_error}), engine, out, error)

# uint64_t wrt_engine_fingerprint(const wrt_engine *engine);
const PTR_wrt_engine_fingerprint = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_engine_fingerprint(engine) =
    ccall(address(PTR_wrt_engine_fingerprint), UInt64, (Ptr{Cvoid},), engine)

# int32_t wrt_engine_module_key(const wrt_engine *engine, const uint8_t *wasm, size_t len, wrt_bytes *key, wrt_error *error);
const PTR_wrt_engine_module_key = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_engine_module_key(engine, wasm, len, key, error) =
    ccall(address(PTR_wrt_engine_module_key), Int32, (Ptr{Cvoid}, Ptr{UInt8}, Csize_t, Ptr{wrt_bytes}, Ptr{wrt_error}), engine, wasm, len, key, error)

# void wrt_engine_increment_epoch(const wrt_engine *engine);
const PTR_wrt_engine_increment_epoch = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_engine_increment_epoch(engine) =
    ccall(address(PTR_wrt_engine_increment_epoch), Cvoid, (Ptr{Cvoid},), engine)

# int32_t wrt_engine_start_ticker(const wrt_engine *engine, uint64_t period_ns, wrt_error *error);
const PTR_wrt_engine_start_ticker = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_engine_start_ticker(engine, period_ns, error) =
    ccall(address(PTR_wrt_engine_start_ticker), Int32, (Ptr{Cvoid}, UInt64, Ptr{wrt_error}), engine, period_ns, error)

# void wrt_engine_stop_ticker(const wrt_engine *engine);
const PTR_wrt_engine_stop_ticker = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_engine_stop_ticker(engine) =
    ccall(address(PTR_wrt_engine_stop_ticker), Cvoid, (Ptr{Cvoid},), engine)

# int32_t wrt_engine_validate(const wrt_engine *engine, const uint8_t *wasm, size_t len, wrt_error *error);
const PTR_wrt_engine_validate = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_engine_validate(engine, wasm, len, error) =
    ccall(address(PTR_wrt_engine_validate), Int32, (Ptr{Cvoid}, Ptr{UInt8}, Csize_t, Ptr{wrt_error}), engine, wasm, len, error)

# int32_t wrt_engine_precompile(const wrt_engine *engine, const uint8_t *wasm, size_t len, wrt_bytes *out, wrt_error *error);
const PTR_wrt_engine_precompile = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_engine_precompile(engine, wasm, len, out, error) =
    ccall(address(PTR_wrt_engine_precompile), Int32, (Ptr{Cvoid}, Ptr{UInt8}, Csize_t, Ptr{wrt_bytes}, Ptr{wrt_error}), engine, wasm, len, out, error)

# # hooks

# int32_t wrt_set_host_hooks(const wrt_host_hooks *hooks, wrt_error *error);
const PTR_wrt_set_host_hooks = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_set_host_hooks(hooks, error) =
    ccall(address(PTR_wrt_set_host_hooks), Int32, (Ptr{wrt_host_hooks}, Ptr{wrt_error}), hooks, error)

# int32_t wrt_set_log(int32_t level, wrt_log_fn log, void *env, wrt_error *error);
const PTR_wrt_set_log = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_set_log(level, log, env, error) =
    ccall(address(PTR_wrt_set_log), Int32, (Int32, wrt_log_fn, Ptr{Cvoid}, Ptr{wrt_error}), level, log, env, error)

# int32_t wrt_thread_init(wrt_error *error);
const PTR_wrt_thread_init = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_thread_init(error) =
    ccall(address(PTR_wrt_thread_init), Int32, (Ptr{wrt_error},), error)

# # text
const WRT_ARTIFACT_NONE = Int32(0)
const WRT_ARTIFACT_MODULE = Int32(1)
const WRT_ARTIFACT_COMPONENT = Int32(2)

# int32_t wrt_wat_to_wasm(const char *wat, size_t len, wrt_bytes *out, wrt_error *error);
const PTR_wrt_wat_to_wasm = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_wat_to_wasm(wat, len, out, error) =
    ccall(address(PTR_wrt_wat_to_wasm), Int32, (Ptr{UInt8}, Csize_t, Ptr{wrt_bytes}, Ptr{wrt_error}), wat, len, out, error)

# int32_t wrt_wasm_to_wat(const uint8_t *wasm, size_t len, wrt_bytes *out, wrt_error *error);
const PTR_wrt_wasm_to_wat = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_wasm_to_wat(wasm, len, out, error) =
    ccall(address(PTR_wrt_wasm_to_wat), Int32, (Ptr{UInt8}, Csize_t, Ptr{wrt_bytes}, Ptr{wrt_error}), wasm, len, out, error)

# int32_t wrt_wasm_inspect_json(const uint8_t *wasm, size_t len, wrt_bytes *out, wrt_error *error);
const PTR_wrt_wasm_inspect_json = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_wasm_inspect_json(wasm, len, out, error) =
    ccall(address(PTR_wrt_wasm_inspect_json), Int32, (Ptr{UInt8}, Csize_t, Ptr{wrt_bytes}, Ptr{wrt_error}), wasm, len, out, error)

# int32_t wrt_wasm_custom_section(const uint8_t *wasm, size_t len, const char *name, size_t name_len, size_t nth, size_t *offset, size_t *size, wrt_error *error);
const PTR_wrt_wasm_custom_section = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_wasm_custom_section(wasm, len, name, name_len, nth, offset, size, error) =
    ccall(address(PTR_wrt_wasm_custom_section), Int32, (Ptr{UInt8}, Csize_t, Ptr{UInt8}, Csize_t, Csize_t, Ptr{Csize_t}, Ptr{Csize_t}, Ptr{wrt_error}), wasm, len, name, name_len, nth, offset, size, error)

# int32_t wrt_artifact_kind(const uint8_t *data, size_t len, int32_t *kind, wrt_error *error);
const PTR_wrt_artifact_kind = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_artifact_kind(data, len, kind, error) =
    ccall(address(PTR_wrt_artifact_kind), Int32, (Ptr{UInt8}, Csize_t, Ptr{Int32}, Ptr{wrt_error}), data, len, kind, error)

# # script

# int32_t wrt_script_new(const char *text, size_t text_len, const char *name, size_t name_len, wrt_script **out, wrt_error *error);
const PTR_wrt_script_new = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_script_new(text, text_len, name, name_len, out, error) =
    ccall(address(PTR_wrt_script_new), Int32, (Ptr{UInt8}, Csize_t, Ptr{UInt8}, Csize_t, Ptr{Ptr{Cvoid}}, Ptr{wrt_error}), text, text_len, name, name_len, out, error)

# int32_t wrt_script_json(const wrt_script *script, const char **json, size_t *len, wrt_error *error);
const PTR_wrt_script_json = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_script_json(script, json, len, error) =
    ccall(address(PTR_wrt_script_json), Int32, (Ptr{Cvoid}, Ptr{Ptr{UInt8}}, Ptr{Csize_t}, Ptr{wrt_error}), script, json, len, error)

# int32_t wrt_script_module(const wrt_script *script, const char *name, size_t name_len, const uint8_t **data, size_t *len, wrt_error *error);
const PTR_wrt_script_module = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_script_module(script, name, name_len, data, len, error) =
    ccall(address(PTR_wrt_script_module), Int32, (Ptr{Cvoid}, Ptr{UInt8}, Csize_t, Ptr{Ptr{UInt8}}, Ptr{Csize_t}, Ptr{wrt_error}), script, name, name_len, data, len, error)

# # pipe
const WRT_PIPE_READ = UInt32(0)
const WRT_PIPE_WRITE = UInt32(1)

# int32_t wrt_pipe_new(size_t capacity, wrt_pipe **out, wrt_error *error);
const PTR_wrt_pipe_new = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_pipe_new(capacity, out, error) =
    ccall(address(PTR_wrt_pipe_new), Int32, (Csize_t, Ptr{Ptr{Cvoid}}, Ptr{wrt_error}), capacity, out, error)

# int32_t wrt_pipe_set_wake(const wrt_pipe *pipe, uint32_t side, wrt_wake_fn wake, void *env, wrt_error *error);
const PTR_wrt_pipe_set_wake = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_pipe_set_wake(pipe, side, wake, env, error) =
    ccall(address(PTR_wrt_pipe_set_wake), Int32, (Ptr{Cvoid}, UInt32, wrt_wake_fn, Ptr{Cvoid}, Ptr{wrt_error}), pipe, side, wake, env, error)

# int32_t wrt_pipe_write(const wrt_pipe *pipe, const uint8_t *data, size_t len, size_t *written, wrt_error *error);
const PTR_wrt_pipe_write = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_pipe_write(pipe, data, len, written, error) =
    ccall(address(PTR_wrt_pipe_write), Int32, (Ptr{Cvoid}, Ptr{UInt8}, Csize_t, Ptr{Csize_t}, Ptr{wrt_error}), pipe, data, len, written, error)

# int32_t wrt_pipe_read(const wrt_pipe *pipe, uint8_t *data, size_t len, size_t *read, int32_t *ended, wrt_error *error);
const PTR_wrt_pipe_read = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_pipe_read(pipe, data, len, read, ended, error) =
    ccall(address(PTR_wrt_pipe_read), Int32, (Ptr{Cvoid}, Ptr{UInt8}, Csize_t, Ptr{Csize_t}, Ptr{Int32}, Ptr{wrt_error}), pipe, data, len, read, ended, error)

# int32_t wrt_pipe_finish(const wrt_pipe *pipe, wrt_error *error);
const PTR_wrt_pipe_finish = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_pipe_finish(pipe, error) =
    ccall(address(PTR_wrt_pipe_finish), Int32, (Ptr{Cvoid}, Ptr{wrt_error}), pipe, error)

# int32_t wrt_pipe_state(const wrt_pipe *pipe, wrt_pipe_info *out, wrt_error *error);
const PTR_wrt_pipe_state = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_pipe_state(pipe, out, error) =
    ccall(address(PTR_wrt_pipe_state), Int32, (Ptr{Cvoid}, Ptr{wrt_pipe_info}, Ptr{wrt_error}), pipe, out, error)

# # wasi
const WRT_PERM_READ = UInt32(1)
const WRT_PERM_READ_WRITE = UInt32(3)

# int32_t wrt_wasi_new(wrt_wasi **out, wrt_error *error);
const PTR_wrt_wasi_new = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_wasi_new(out, error) =
    ccall(address(PTR_wrt_wasi_new), Int32, (Ptr{Ptr{Cvoid}}, Ptr{wrt_error}), out, error)

# int32_t wrt_wasi_set(const wrt_wasi *wasi, const char *key, size_t key_len, const char *value, size_t value_len, wrt_error *error);
const PTR_wrt_wasi_set = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_wasi_set(wasi, key, key_len, value, value_len, error) =
    ccall(address(PTR_wrt_wasi_set), Int32, (Ptr{Cvoid}, Ptr{UInt8}, Csize_t, Ptr{UInt8}, Csize_t, Ptr{wrt_error}), wasi, key, key_len, value, value_len, error)

# const char *wrt_wasi_options_json(void);
const PTR_wrt_wasi_options_json = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_wasi_options_json() =
    ccall(address(PTR_wrt_wasi_options_json), Ptr{UInt8}, ())

# int32_t wrt_wasi_arg(const wrt_wasi *wasi, const char *arg, size_t len, wrt_error *error);
const PTR_wrt_wasi_arg = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_wasi_arg(wasi, arg, len, error) =
    ccall(address(PTR_wrt_wasi_arg), Int32, (Ptr{Cvoid}, Ptr{UInt8}, Csize_t, Ptr{wrt_error}), wasi, arg, len, error)

# int32_t wrt_wasi_env(const wrt_wasi *wasi, const char *name, size_t name_len, const char *value, size_t value_len, wrt_error *error);
const PTR_wrt_wasi_env = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_wasi_env(wasi, name, name_len, value, value_len, error) =
    ccall(address(PTR_wrt_wasi_env), Int32, (Ptr{Cvoid}, Ptr{UInt8}, Csize_t, Ptr{UInt8}, Csize_t, Ptr{wrt_error}), wasi, name, name_len, value, value_len, error)

# int32_t wrt_wasi_preopen(const wrt_wasi *wasi, const char *host, size_t host_len, const char *guest, size_t guest_len, uint32_t perms, wrt_error *error);
const PTR_wrt_wasi_preopen = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_wasi_preopen(wasi, host, host_len, guest, guest_len, perms, error) =
    ccall(address(PTR_wrt_wasi_preopen), Int32, (Ptr{Cvoid}, Ptr{UInt8}, Csize_t, Ptr{UInt8}, Csize_t, UInt32, Ptr{wrt_error}), wasi, host, host_len, guest, guest_len, perms, error)

# int32_t wrt_wasi_stdin_bytes(const wrt_wasi *wasi, const uint8_t *data, size_t len, wrt_error *error);
const PTR_wrt_wasi_stdin_bytes = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_wasi_stdin_bytes(wasi, data, len, error) =
    ccall(address(PTR_wrt_wasi_stdin_bytes), Int32, (Ptr{Cvoid}, Ptr{UInt8}, Csize_t, Ptr{wrt_error}), wasi, data, len, error)

# int32_t wrt_wasi_stdin_file(const wrt_wasi *wasi, const char *path, size_t len, wrt_error *error);
const PTR_wrt_wasi_stdin_file = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_wasi_stdin_file(wasi, path, len, error) =
    ccall(address(PTR_wrt_wasi_stdin_file), Int32, (Ptr{Cvoid}, Ptr{UInt8}, Csize_t, Ptr{wrt_error}), wasi, path, len, error)

# int32_t wrt_wasi_stdin_callback(const wrt_wasi *wasi, wrt_read_fn read, void *env, wrt_drop_fn drop, wrt_error *error);
const PTR_wrt_wasi_stdin_callback = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_wasi_stdin_callback(wasi, read, env, drop, error) =
    ccall(address(PTR_wrt_wasi_stdin_callback), Int32, (Ptr{Cvoid}, wrt_read_fn, Ptr{Cvoid}, wrt_drop_fn, Ptr{wrt_error}), wasi, read, env, drop, error)

# int32_t wrt_wasi_output_file(const wrt_wasi *wasi, int32_t fd, const char *path, size_t len, int32_t append, wrt_error *error);
const PTR_wrt_wasi_output_file = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_wasi_output_file(wasi, fd, path, len, append, error) =
    ccall(address(PTR_wrt_wasi_output_file), Int32, (Ptr{Cvoid}, Int32, Ptr{UInt8}, Csize_t, Int32, Ptr{wrt_error}), wasi, fd, path, len, append, error)

# int32_t wrt_wasi_output_callback(const wrt_wasi *wasi, int32_t fd, wrt_write_fn write, void *env, wrt_drop_fn drop, wrt_error *error);
const PTR_wrt_wasi_output_callback = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_wasi_output_callback(wasi, fd, write, env, drop, error) =
    ccall(address(PTR_wrt_wasi_output_callback), Int32, (Ptr{Cvoid}, Int32, wrt_write_fn, Ptr{Cvoid}, wrt_drop_fn, Ptr{wrt_error}), wasi, fd, write, env, drop, error)

# int32_t wrt_wasi_output_capture(const wrt_wasi *wasi, int32_t fd, size_t limit, int32_t tail, wrt_error *error);
const PTR_wrt_wasi_output_capture = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_wasi_output_capture(wasi, fd, limit, tail, error) =
    ccall(address(PTR_wrt_wasi_output_capture), Int32, (Ptr{Cvoid}, Int32, Csize_t, Int32, Ptr{wrt_error}), wasi, fd, limit, tail, error)

# int32_t wrt_wasi_pipe(const wrt_wasi *wasi, int32_t fd, const wrt_pipe *pipe, wrt_error *error);
const PTR_wrt_wasi_pipe = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_wasi_pipe(wasi, fd, pipe, error) =
    ccall(address(PTR_wrt_wasi_pipe), Int32, (Ptr{Cvoid}, Int32, Ptr{Cvoid}, Ptr{wrt_error}), wasi, fd, pipe, error)

# int32_t wrt_wasi_allow_address(const wrt_wasi *wasi, const char *address, size_t len, wrt_error *error);
const PTR_wrt_wasi_allow_address = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_wasi_allow_address(wasi, address_, len, error) =
    ccall(address(PTR_wrt_wasi_allow_address), Int32, (Ptr{Cvoid}, Ptr{UInt8}, Csize_t, Ptr{wrt_error}), wasi, address_, len, error)

# # module
const WRT_TRUSTED = UInt32(1)

# int32_t wrt_module_new(const wrt_engine *engine, const uint8_t *wasm, size_t len, wrt_module **out, wrt_error *error);
const PTR_wrt_module_new = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_module_new(engine, wasm, len, out, error) =
    ccall(address(PTR_wrt_module_new), Int32, (Ptr{Cvoid}, Ptr{UInt8}, Csize_t, Ptr{Ptr{Cvoid}}, Ptr{wrt_error}), engine, wasm, len, out, error)

# int32_t wrt_module_from_file(const wrt_engine *engine, const char *path, size_t path_len, wrt_module **out, wrt_error *error);
const PTR_wrt_module_from_file = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_module_from_file(engine, path, path_len, out, error) =
    ccall(address(PTR_wrt_module_from_file), Int32, (Ptr{Cvoid}, Ptr{UInt8}, Csize_t, Ptr{Ptr{Cvoid}}, Ptr{wrt_error}), engine, path, path_len, out, error)

# int32_t wrt_module_new_with_dwarf(const wrt_engine *engine, const uint8_t *wasm, size_t len, const uint8_t *dwp, size_t dwp_len, wrt_module **out, wrt_error *error);
const PTR_wrt_module_new_with_dwarf = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_module_new_with_dwarf(engine, wasm, len, dwp, dwp_len, out, error) =
    ccall(address(PTR_wrt_module_new_with_dwarf), Int32, (Ptr{Cvoid}, Ptr{UInt8}, Csize_t, Ptr{UInt8}, Csize_t, Ptr{Ptr{Cvoid}}, Ptr{wrt_error}), engine, wasm, len, dwp, dwp_len, out, error)

# int32_t wrt_module_serialize(const wrt_module *module, wrt_bytes *out, wrt_error *error);
const PTR_wrt_module_serialize = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_module_serialize(module_, out, error) =
    ccall(address(PTR_wrt_module_serialize), Int32, (Ptr{Cvoid}, Ptr{wrt_bytes}, Ptr{wrt_error}), module_, out, error)

# int32_t wrt_module_deserialize(const wrt_engine *engine, const uint8_t *data, size_t len, uint32_t flags, wrt_module **out, wrt_error *error);
const PTR_wrt_module_deserialize = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_module_deserialize(engine, data, len, flags, out, error) =
    ccall(address(PTR_wrt_module_deserialize), Int32, (Ptr{Cvoid}, Ptr{UInt8}, Csize_t, UInt32, Ptr{Ptr{Cvoid}}, Ptr{wrt_error}), engine, data, len, flags, out, error)

# int32_t wrt_module_deserialize_file(const wrt_engine *engine, const char *path, size_t path_len, uint32_t flags, wrt_module **out, wrt_error *error);
const PTR_wrt_module_deserialize_file = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_module_deserialize_file(engine, path, path_len, flags, out, error) =
    ccall(address(PTR_wrt_module_deserialize_file), Int32, (Ptr{Cvoid}, Ptr{UInt8}, Csize_t, UInt32, Ptr{Ptr{Cvoid}}, Ptr{wrt_error}), engine, path, path_len, flags, out, error)

# const char *wrt_module_name(const wrt_module *module);
const PTR_wrt_module_name = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_module_name(module_) =
    ccall(address(PTR_wrt_module_name), Ptr{UInt8}, (Ptr{Cvoid},), module_)

# size_t wrt_module_import_count(const wrt_module *module);
const PTR_wrt_module_import_count = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_module_import_count(module_) =
    ccall(address(PTR_wrt_module_import_count), Csize_t, (Ptr{Cvoid},), module_)

# int32_t wrt_module_import_at(const wrt_module *module, size_t index, wrt_item *out, wrt_error *error);
const PTR_wrt_module_import_at = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_module_import_at(module_, index, out, error) =
    ccall(address(PTR_wrt_module_import_at), Int32, (Ptr{Cvoid}, Csize_t, Ptr{wrt_item}, Ptr{wrt_error}), module_, index, out, error)

# size_t wrt_module_export_count(const wrt_module *module);
const PTR_wrt_module_export_count = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_module_export_count(module_) =
    ccall(address(PTR_wrt_module_export_count), Csize_t, (Ptr{Cvoid},), module_)

# int32_t wrt_module_export_at(const wrt_module *module, size_t index, wrt_item *out, wrt_error *error);
const PTR_wrt_module_export_at = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_module_export_at(module_, index, out, error) =
    ccall(address(PTR_wrt_module_export_at), Int32, (Ptr{Cvoid}, Csize_t, Ptr{wrt_item}, Ptr{wrt_error}), module_, index, out, error)

# int32_t wrt_module_export_find(const wrt_module *module, const char *name, size_t name_len, wrt_item *out, wrt_error *error);
const PTR_wrt_module_export_find = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_module_export_find(module_, name, name_len, out, error) =
    ccall(address(PTR_wrt_module_export_find), Int32, (Ptr{Cvoid}, Ptr{UInt8}, Csize_t, Ptr{wrt_item}, Ptr{wrt_error}), module_, name, name_len, out, error)

# int32_t wrt_module_custom_section(const wrt_module *module, const char *name, size_t name_len, size_t nth, const uint8_t **data, size_t *len, wrt_error *error);
const PTR_wrt_module_custom_section = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_module_custom_section(module_, name, name_len, nth, data, len, error) =
    ccall(address(PTR_wrt_module_custom_section), Int32, (Ptr{Cvoid}, Ptr{UInt8}, Csize_t, Csize_t, Ptr{Ptr{UInt8}}, Ptr{Csize_t}, Ptr{wrt_error}), module_, name, name_len, nth, data, len, error)

# int32_t wrt_module_json(const wrt_module *module, wrt_bytes *out, wrt_error *error);
const PTR_wrt_module_json = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_module_json(module_, out, error) =
    ccall(address(PTR_wrt_module_json), Int32, (Ptr{Cvoid}, Ptr{wrt_bytes}, Ptr{wrt_error}), module_, out, error)

# int32_t wrt_module_code(const wrt_module *module, const uint8_t **text, size_t *len, wrt_error *error);
const PTR_wrt_module_code = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_module_code(module_, text, len, error) =
    ccall(address(PTR_wrt_module_code), Int32, (Ptr{Cvoid}, Ptr{Ptr{UInt8}}, Ptr{Csize_t}, Ptr{wrt_error}), module_, text, len, error)

# int32_t wrt_module_preload(const wrt_module *module, wrt_error *error);
const PTR_wrt_module_preload = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_module_preload(module_, error) =
    ccall(address(PTR_wrt_module_preload), Int32, (Ptr{Cvoid}, Ptr{wrt_error}), module_, error)

# # store

# int32_t wrt_store_new(const wrt_engine *engine, void *data, wrt_drop_fn drop, wrt_store **out, wrt_error *error);
const PTR_wrt_store_new = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_store_new(engine, data, drop, out, error) =
    ccall(address(PTR_wrt_store_new), Int32, (Ptr{Cvoid}, Ptr{Cvoid}, wrt_drop_fn, Ptr{Ptr{Cvoid}}, Ptr{wrt_error}), engine, data, drop, out, error)

# int32_t wrt_store_engine(const wrt_store *store, wrt_engine **out, wrt_error *error);
const PTR_wrt_store_engine = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_store_engine(store, out, error) =
    ccall(address(PTR_wrt_store_engine), Int32, (Ptr{Cvoid}, Ptr{Ptr{Cvoid}}, Ptr{wrt_error}), store, out, error)

# void *wrt_store_data(const wrt_store *store);
const PTR_wrt_store_data = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_store_data(store) =
    ccall(address(PTR_wrt_store_data), Ptr{Cvoid}, (Ptr{Cvoid},), store)

# int32_t wrt_store_set_limits(const wrt_store *store, const wrt_limits *limits, wrt_error *error);
const PTR_wrt_store_set_limits = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_store_set_limits(store, limits, error) =
    ccall(address(PTR_wrt_store_set_limits), Int32, (Ptr{Cvoid}, Ptr{wrt_limits}, Ptr{wrt_error}), store, limits, error)

# int32_t wrt_store_set_limiter(const wrt_store *store, wrt_grow_fn allow, void *env, wrt_drop_fn drop, wrt_error *error);
const PTR_wrt_store_set_limiter = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_store_set_limiter(store, allow, env, drop, error) =
    ccall(address(PTR_wrt_store_set_limiter), Int32, (Ptr{Cvoid}, wrt_grow_fn, Ptr{Cvoid}, wrt_drop_fn, Ptr{wrt_error}), store, allow, env, drop, error)

# int32_t wrt_store_set_fuel(const wrt_store *store, uint64_t fuel, wrt_error *error);
const PTR_wrt_store_set_fuel = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_store_set_fuel(store, fuel, error) =
    ccall(address(PTR_wrt_store_set_fuel), Int32, (Ptr{Cvoid}, UInt64, Ptr{wrt_error}), store, fuel, error)

# int32_t wrt_store_fuel(const wrt_store *store, uint64_t *out, wrt_error *error);
const PTR_wrt_store_fuel = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_store_fuel(store, out, error) =
    ccall(address(PTR_wrt_store_fuel), Int32, (Ptr{Cvoid}, Ptr{UInt64}, Ptr{wrt_error}), store, out, error)

# int32_t wrt_store_set_epoch_deadline(const wrt_store *store, uint64_t ticks, wrt_error *error);
const PTR_wrt_store_set_epoch_deadline = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_store_set_epoch_deadline(store, ticks, error) =
    ccall(address(PTR_wrt_store_set_epoch_deadline), Int32, (Ptr{Cvoid}, UInt64, Ptr{wrt_error}), store, ticks, error)

# int32_t wrt_store_set_epoch_callback(const wrt_store *store, wrt_epoch_fn call, void *env, wrt_drop_fn drop, wrt_error *error);
const PTR_wrt_store_set_epoch_callback = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_store_set_epoch_callback(store, call, env, drop, error) =
    ccall(address(PTR_wrt_store_set_epoch_callback), Int32, (Ptr{Cvoid}, wrt_epoch_fn, Ptr{Cvoid}, wrt_drop_fn, Ptr{wrt_error}), store, call, env, drop, error)

# int32_t wrt_store_set_timeout(const wrt_store *store, uint64_t timeout_ns, wrt_error *error);
const PTR_wrt_store_set_timeout = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_store_set_timeout(store, timeout_ns, error) =
    ccall(address(PTR_wrt_store_set_timeout), Int32, (Ptr{Cvoid}, UInt64, Ptr{wrt_error}), store, timeout_ns, error)

# int32_t wrt_store_interrupt(const wrt_store *store, wrt_interrupt **out, wrt_error *error);
const PTR_wrt_store_interrupt = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_store_interrupt(store, out, error) =
    ccall(address(PTR_wrt_store_interrupt), Int32, (Ptr{Cvoid}, Ptr{Ptr{Cvoid}}, Ptr{wrt_error}), store, out, error)

# void wrt_interrupt_fire(const wrt_interrupt *interrupt);
const PTR_wrt_interrupt_fire = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_interrupt_fire(interrupt) =
    ccall(address(PTR_wrt_interrupt_fire), Cvoid, (Ptr{Cvoid},), interrupt)

# int32_t wrt_store_set_stack_low(const wrt_store *store, const void *low, size_t reserve, wrt_error *error);
const PTR_wrt_store_set_stack_low = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_store_set_stack_low(store, low, reserve, error) =
    ccall(address(PTR_wrt_store_set_stack_low), Int32, (Ptr{Cvoid}, Ptr{Cvoid}, Csize_t, Ptr{wrt_error}), store, low, reserve, error)

# int32_t wrt_store_set_fuel_yield(const wrt_store *store, uint64_t interval, wrt_error *error);
const PTR_wrt_store_set_fuel_yield = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_store_set_fuel_yield(store, interval, error) =
    ccall(address(PTR_wrt_store_set_fuel_yield), Int32, (Ptr{Cvoid}, UInt64, Ptr{wrt_error}), store, interval, error)

# int32_t wrt_store_gc(const wrt_store *store, wrt_error *error);
const PTR_wrt_store_gc = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_store_gc(store, error) =
    ccall(address(PTR_wrt_store_gc), Int32, (Ptr{Cvoid}, Ptr{wrt_error}), store, error)

# int32_t wrt_store_set_wasi(const wrt_store *store, const wrt_wasi *wasi, wrt_error *error);
const PTR_wrt_store_set_wasi = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_store_set_wasi(store, wasi, error) =
    ccall(address(PTR_wrt_store_set_wasi), Int32, (Ptr{Cvoid}, Ptr{Cvoid}, Ptr{wrt_error}), store, wasi, error)

# int32_t wrt_store_take_output(const wrt_store *store, int32_t fd, wrt_bytes *out, wrt_error *error);
const PTR_wrt_store_take_output = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_store_take_output(store, fd, out, error) =
    ccall(address(PTR_wrt_store_take_output), Int32, (Ptr{Cvoid}, Int32, Ptr{wrt_bytes}, Ptr{wrt_error}), store, fd, out, error)

# int32_t wrt_store_json(const wrt_store *store, wrt_bytes *out, wrt_error *error);
const PTR_wrt_store_json = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_store_json(store, out, error) =
    ccall(address(PTR_wrt_store_json), Int32, (Ptr{Cvoid}, Ptr{wrt_bytes}, Ptr{wrt_error}), store, out, error)

# int32_t wrt_store_lock(const wrt_store *store, wrt_error *error);
const PTR_wrt_store_lock = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_store_lock(store, error) =
    ccall(address(PTR_wrt_store_lock), Int32, (Ptr{Cvoid}, Ptr{wrt_error}), store, error)

# int32_t wrt_store_unlock(const wrt_store *store, wrt_error *error);
const PTR_wrt_store_unlock = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_store_unlock(store, error) =
    ccall(address(PTR_wrt_store_unlock), Int32, (Ptr{Cvoid}, Ptr{wrt_error}), store, error)

# # task
const WRT_TASK_DONE = Int32(0)
const WRT_TASK_HOST_CALL = Int32(1)
const WRT_TASK_YIELDED = Int32(2)
const WRT_TASK_PENDING = Int32(3)

# int32_t wrt_task_poll(const wrt_task *task, int32_t *state, wrt_error *error);
const PTR_wrt_task_poll = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_task_poll(task, state, error) =
    ccall(address(PTR_wrt_task_poll), Int32, (Ptr{Cvoid}, Ptr{Int32}, Ptr{wrt_error}), task, state, error)

# int32_t wrt_task_wait(const wrt_task *task, uint64_t timeout_ns, int32_t *state, wrt_error *error);
const PTR_wrt_task_wait = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_task_wait(task, timeout_ns, state, error) =
    ccall(address(PTR_wrt_task_wait), Int32, (Ptr{Cvoid}, UInt64, Ptr{Int32}, Ptr{wrt_error}), task, timeout_ns, state, error)

# int32_t wrt_task_request(const wrt_task *task, wrt_host_request *out, wrt_error *error);
const PTR_wrt_task_request = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_task_request(task, out, error) =
    ccall(address(PTR_wrt_task_request), Int32, (Ptr{Cvoid}, Ptr{wrt_host_request}, Ptr{wrt_error}), task, out, error)

# int32_t wrt_task_reply(const wrt_task *task, const wrt_val *results, size_t nresults, wrt_error *error);
const PTR_wrt_task_reply = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_task_reply(task, results, nresults, error) =
    ccall(address(PTR_wrt_task_reply), Int32, (Ptr{Cvoid}, Ptr{wrt_val}, Csize_t, Ptr{wrt_error}), task, results, nresults, error)

# int32_t wrt_task_step(const wrt_task *task, const wrt_val *results, size_t nresults, int32_t *state, wrt_host_request *request, wrt_error *error);
const PTR_wrt_task_step = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_task_step(task, results, nresults, state, request, error) =
    ccall(address(PTR_wrt_task_step), Int32, (Ptr{Cvoid}, Ptr{wrt_val}, Csize_t, Ptr{Int32}, Ptr{wrt_host_request}, Ptr{wrt_error}), task, results, nresults, state, request, error)

# int32_t wrt_task_fail(const wrt_task *task, const wrt_error *reason, wrt_error *error);
const PTR_wrt_task_fail = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_task_fail(task, reason, error) =
    ccall(address(PTR_wrt_task_fail), Int32, (Ptr{Cvoid}, Ptr{wrt_error}, Ptr{wrt_error}), task, reason, error)

# int32_t wrt_task_results(const wrt_task *task, wrt_val *results, size_t nresults, wrt_error *error);
const PTR_wrt_task_results = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_task_results(task, results, nresults, error) =
    ccall(address(PTR_wrt_task_results), Int32, (Ptr{Cvoid}, Ptr{wrt_val}, Csize_t, Ptr{wrt_error}), task, results, nresults, error)

# int32_t wrt_task_cancel(const wrt_task *task, wrt_error *error);
const PTR_wrt_task_cancel = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_task_cancel(task, error) =
    ccall(address(PTR_wrt_task_cancel), Int32, (Ptr{Cvoid}, Ptr{wrt_error}), task, error)

# # call

# int32_t wrt_call_new(const wrt_func *func, wrt_call **out, wrt_error *error);
const PTR_wrt_call_new = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_call_new(func, out, error) =
    ccall(address(PTR_wrt_call_new), Int32, (Ptr{Cvoid}, Ptr{Ptr{Cvoid}}, Ptr{wrt_error}), func, out, error)

# size_t wrt_call_slots(const wrt_call *call);
const PTR_wrt_call_slots = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_call_slots(call) =
    ccall(address(PTR_wrt_call_slots), Csize_t, (Ptr{Cvoid},), call)

# int32_t wrt_call_invoke(const wrt_call *call, wrt_val *slots, size_t nslots, wrt_error *error);
const PTR_wrt_call_invoke = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_call_invoke(call, slots, nslots, error) =
    ccall(address(PTR_wrt_call_invoke), Int32, (Ptr{Cvoid}, Ptr{wrt_val}, Csize_t, Ptr{wrt_error}), call, slots, nslots, error)

# int32_t wrt_call_invoke_many(const wrt_call *call, wrt_val *slots, size_t stride, size_t count, size_t *done, wrt_error *error);
const PTR_wrt_call_invoke_many = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_call_invoke_many(call, slots, stride, count, done, error) =
    ccall(address(PTR_wrt_call_invoke_many), Int32, (Ptr{Cvoid}, Ptr{wrt_val}, Csize_t, Csize_t, Ptr{Csize_t}, Ptr{wrt_error}), call, slots, stride, count, done, error)

# int32_t wrt_call_map(const wrt_call *call, const wrt_column *params, size_t nparams, const wrt_column *results, size_t nresults, size_t count, size_t *done, wrt_error *error);
const PTR_wrt_call_map = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_call_map(call, params, nparams, results, nresults, count, done, error) =
    ccall(address(PTR_wrt_call_map), Int32, (Ptr{Cvoid}, Ptr{wrt_column}, Csize_t, Ptr{wrt_column}, Csize_t, Csize_t, Ptr{Csize_t}, Ptr{wrt_error}), call, params, nparams, results, nresults, count, done, error)

# int32_t wrt_call_start(const wrt_call *call, const wrt_val *slots, size_t nslots, wrt_wake_fn wake, void *env, wrt_task **out, wrt_error *error);
const PTR_wrt_call_start = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_call_start(call, slots, nslots, wake, env, out, error) =
    ccall(address(PTR_wrt_call_start), Int32, (Ptr{Cvoid}, Ptr{wrt_val}, Csize_t, wrt_wake_fn, Ptr{Cvoid}, Ptr{Ptr{Cvoid}}, Ptr{wrt_error}), call, slots, nslots, wake, env, out, error)

# int32_t wrt_call_spawn(const wrt_call *call, const wrt_val *slots, size_t nslots, wrt_wake_fn wake, void *env, wrt_task **out, wrt_error *error);
const PTR_wrt_call_spawn = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_call_spawn(call, slots, nslots, wake, env, out, error) =
    ccall(address(PTR_wrt_call_spawn), Int32, (Ptr{Cvoid}, Ptr{wrt_val}, Csize_t, wrt_wake_fn, Ptr{Cvoid}, Ptr{Ptr{Cvoid}}, Ptr{wrt_error}), call, slots, nslots, wake, env, out, error)

# # caller

# wrt_store *wrt_caller_store(const wrt_caller *caller);
const PTR_wrt_caller_store = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_caller_store(caller) =
    ccall(address(PTR_wrt_caller_store), Ptr{Cvoid}, (Ptr{Cvoid},), caller)

# int32_t wrt_caller_export(const wrt_caller *caller, const char *name, size_t name_len, wrt_extern **out, wrt_error *error);
const PTR_wrt_caller_export = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_caller_export(caller, name, name_len, out, error) =
    ccall(address(PTR_wrt_caller_export), Int32, (Ptr{Cvoid}, Ptr{UInt8}, Csize_t, Ptr{Ptr{Cvoid}}, Ptr{wrt_error}), caller, name, name_len, out, error)

# int32_t wrt_caller_memory(const wrt_caller *caller, uint8_t **base, size_t *len, wrt_error *error);
const PTR_wrt_caller_memory = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_caller_memory(caller, base, len, error) =
    ccall(address(PTR_wrt_caller_memory), Int32, (Ptr{Cvoid}, Ptr{Ptr{UInt8}}, Ptr{Csize_t}, Ptr{wrt_error}), caller, base, len, error)

# # exception

# int32_t wrt_ref_new_exn(const wrt_store *store, const wrt_tag *tag, const wrt_val *fields, size_t nfields, uint64_t *out, wrt_error *error);
const PTR_wrt_ref_new_exn = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_ref_new_exn(store, tag, fields, nfields, out, error) =
    ccall(address(PTR_wrt_ref_new_exn), Int32, (Ptr{Cvoid}, Ptr{Cvoid}, Ptr{wrt_val}, Csize_t, Ptr{UInt64}, Ptr{wrt_error}), store, tag, fields, nfields, out, error)

# int32_t wrt_ref_exn_tag(const wrt_store *store, uint64_t reference, wrt_tag **out, wrt_error *error);
const PTR_wrt_ref_exn_tag = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_ref_exn_tag(store, reference, out, error) =
    ccall(address(PTR_wrt_ref_exn_tag), Int32, (Ptr{Cvoid}, UInt64, Ptr{Ptr{Cvoid}}, Ptr{wrt_error}), store, reference, out, error)

# int32_t wrt_error_exception(const wrt_error *error, uint64_t *reference);
const PTR_wrt_error_exception = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_error_exception(error, reference) =
    ccall(address(PTR_wrt_error_exception), Int32, (Ptr{wrt_error}, Ptr{UInt64}), error, reference)

# int32_t wrt_error_set_exception(wrt_error *error, const wrt_store *store, uint64_t reference);
const PTR_wrt_error_set_exception = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_error_set_exception(error, store, reference) =
    ccall(address(PTR_wrt_error_set_exception), Int32, (Ptr{wrt_error}, Ptr{Cvoid}, UInt64), error, store, reference)

# # extern

# int32_t wrt_extern_kind(const wrt_extern *item);
const PTR_wrt_extern_kind = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_extern_kind(item) =
    ccall(address(PTR_wrt_extern_kind), Int32, (Ptr{Cvoid},), item)

# int32_t wrt_extern_type(const wrt_extern *item, wrt_type **out, wrt_error *error);
const PTR_wrt_extern_type = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_extern_type(item, out, error) =
    ccall(address(PTR_wrt_extern_type), Int32, (Ptr{Cvoid}, Ptr{Ptr{Cvoid}}, Ptr{wrt_error}), item, out, error)

# int32_t wrt_extern_same(const wrt_extern *a, const wrt_extern *b);
const PTR_wrt_extern_same = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_extern_same(a, b) =
    ccall(address(PTR_wrt_extern_same), Int32, (Ptr{Cvoid}, Ptr{Cvoid}), a, b)

# wrt_store *wrt_extern_store(const wrt_extern *item);
const PTR_wrt_extern_store = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_extern_store(item) =
    ccall(address(PTR_wrt_extern_store), Ptr{Cvoid}, (Ptr{Cvoid},), item)

# # func

# int32_t wrt_func_new(const wrt_store *store, const wrt_type *type, wrt_host_fn call, void *env, wrt_drop_fn drop, wrt_func **out, wrt_error *error);
const PTR_wrt_func_new = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_func_new(store, type_, call, env, drop, out, error) =
    ccall(address(PTR_wrt_func_new), Int32, (Ptr{Cvoid}, Ptr{Cvoid}, wrt_host_fn, Ptr{Cvoid}, wrt_drop_fn, Ptr{Ptr{Cvoid}}, Ptr{wrt_error}), store, type_, call, env, drop, out, error)

# int32_t wrt_func_new_suspending(const wrt_store *store, const wrt_type *type, uint64_t id, wrt_func **out, wrt_error *error);
const PTR_wrt_func_new_suspending = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_func_new_suspending(store, type_, id, out, error) =
    ccall(address(PTR_wrt_func_new_suspending), Int32, (Ptr{Cvoid}, Ptr{Cvoid}, UInt64, Ptr{Ptr{Cvoid}}, Ptr{wrt_error}), store, type_, id, out, error)

# int32_t wrt_func_call(const wrt_func *func, const wrt_val *args, size_t nargs, wrt_val *results, size_t nresults, wrt_error *error);
const PTR_wrt_func_call = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_func_call(func, args, nargs, results, nresults, error) =
    ccall(address(PTR_wrt_func_call), Int32, (Ptr{Cvoid}, Ptr{wrt_val}, Csize_t, Ptr{wrt_val}, Csize_t, Ptr{wrt_error}), func, args, nargs, results, nresults, error)

# # global

# int32_t wrt_global_new(const wrt_store *store, const wrt_type *type, const wrt_val *init, wrt_global **out, wrt_error *error);
const PTR_wrt_global_new = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_global_new(store, type_, init, out, error) =
    ccall(address(PTR_wrt_global_new), Int32, (Ptr{Cvoid}, Ptr{Cvoid}, Ptr{wrt_val}, Ptr{Ptr{Cvoid}}, Ptr{wrt_error}), store, type_, init, out, error)

# int32_t wrt_global_get(const wrt_global *global, wrt_val *out, wrt_error *error);
const PTR_wrt_global_get = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_global_get(global_, out, error) =
    ccall(address(PTR_wrt_global_get), Int32, (Ptr{Cvoid}, Ptr{wrt_val}, Ptr{wrt_error}), global_, out, error)

# int32_t wrt_global_set(const wrt_global *global, const wrt_val *value, wrt_error *error);
const PTR_wrt_global_set = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_global_set(global_, value, error) =
    ccall(address(PTR_wrt_global_set), Int32, (Ptr{Cvoid}, Ptr{wrt_val}, Ptr{wrt_error}), global_, value, error)

# # memory
const WRT_WAIT_OK = Int32(0)
const WRT_WAIT_MISMATCH = Int32(1)
const WRT_WAIT_TIMED_OUT = Int32(2)

# int32_t wrt_memory_new(const wrt_store *store, const wrt_type *type, wrt_memory **out, wrt_error *error);
const PTR_wrt_memory_new = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_memory_new(store, type_, out, error) =
    ccall(address(PTR_wrt_memory_new), Int32, (Ptr{Cvoid}, Ptr{Cvoid}, Ptr{Ptr{Cvoid}}, Ptr{wrt_error}), store, type_, out, error)

# int32_t wrt_memory_new_shared(const wrt_engine *engine, const wrt_type *type, wrt_memory **out, wrt_error *error);
const PTR_wrt_memory_new_shared = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_memory_new_shared(engine, type_, out, error) =
    ccall(address(PTR_wrt_memory_new_shared), Int32, (Ptr{Cvoid}, Ptr{Cvoid}, Ptr{Ptr{Cvoid}}, Ptr{wrt_error}), engine, type_, out, error)

# int32_t wrt_memory_view(const wrt_memory *memory, uint8_t **base, size_t *len, uint64_t *generation, wrt_error *error);
const PTR_wrt_memory_view = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_memory_view(memory, base, len, generation, error) =
    ccall(address(PTR_wrt_memory_view), Int32, (Ptr{Cvoid}, Ptr{Ptr{UInt8}}, Ptr{Csize_t}, Ptr{UInt64}, Ptr{wrt_error}), memory, base, len, generation, error)

# int32_t wrt_memory_header_of(const wrt_memory *memory, const wrt_memory_header **out, wrt_error *error);
const PTR_wrt_memory_header_of = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_memory_header_of(memory, out, error) =
    ccall(address(PTR_wrt_memory_header_of), Int32, (Ptr{Cvoid}, Ptr{Ptr{wrt_memory_header}}, Ptr{wrt_error}), memory, out, error)

# uint64_t wrt_memory_generation(const wrt_memory *memory);
const PTR_wrt_memory_generation = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_memory_generation(memory) =
    ccall(address(PTR_wrt_memory_generation), UInt64, (Ptr{Cvoid},), memory)

# int32_t wrt_memory_is_stable(const wrt_memory *memory);
const PTR_wrt_memory_is_stable = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_memory_is_stable(memory) =
    ccall(address(PTR_wrt_memory_is_stable), Int32, (Ptr{Cvoid},), memory)

# int32_t wrt_memory_size(const wrt_memory *memory, uint64_t *pages, wrt_error *error);
const PTR_wrt_memory_size = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_memory_size(memory, pages, error) =
    ccall(address(PTR_wrt_memory_size), Int32, (Ptr{Cvoid}, Ptr{UInt64}, Ptr{wrt_error}), memory, pages, error)

# int32_t wrt_memory_grow(const wrt_memory *memory, uint64_t delta, uint64_t *previous, wrt_error *error);
const PTR_wrt_memory_grow = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_memory_grow(memory, delta, previous, error) =
    ccall(address(PTR_wrt_memory_grow), Int32, (Ptr{Cvoid}, UInt64, Ptr{UInt64}, Ptr{wrt_error}), memory, delta, previous, error)

# int32_t wrt_memory_read(const wrt_memory *memory, uint64_t offset, uint8_t *dst, size_t len, wrt_error *error);
const PTR_wrt_memory_read = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_memory_read(memory, offset, dst, len, error) =
    ccall(address(PTR_wrt_memory_read), Int32, (Ptr{Cvoid}, UInt64, Ptr{UInt8}, Csize_t, Ptr{wrt_error}), memory, offset, dst, len, error)

# int32_t wrt_memory_write(const wrt_memory *memory, uint64_t offset, const uint8_t *src, size_t len, wrt_error *error);
const PTR_wrt_memory_write = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_memory_write(memory, offset, src, len, error) =
    ccall(address(PTR_wrt_memory_write), Int32, (Ptr{Cvoid}, UInt64, Ptr{UInt8}, Csize_t, Ptr{wrt_error}), memory, offset, src, len, error)

# int32_t wrt_memory_fill(const wrt_memory *memory, uint64_t offset, uint8_t byte, size_t len, wrt_error *error);
const PTR_wrt_memory_fill = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_memory_fill(memory, offset, byte, len, error) =
    ccall(address(PTR_wrt_memory_fill), Int32, (Ptr{Cvoid}, UInt64, UInt8, Csize_t, Ptr{wrt_error}), memory, offset, byte, len, error)

# int32_t wrt_memory_copy(const wrt_memory *dst, uint64_t dst_offset, const wrt_memory *src, uint64_t src_offset, uint64_t len, wrt_error *error);
const PTR_wrt_memory_copy = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_memory_copy(dst, dst_offset, src, src_offset, len, error) =
    ccall(address(PTR_wrt_memory_copy), Int32, (Ptr{Cvoid}, UInt64, Ptr{Cvoid}, UInt64, UInt64, Ptr{wrt_error}), dst, dst_offset, src, src_offset, len, error)

# int32_t wrt_memory_notify(const wrt_memory *memory, uint64_t offset, uint32_t count, uint32_t *woken, wrt_error *error);
const PTR_wrt_memory_notify = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_memory_notify(memory, offset, count, woken, error) =
    ccall(address(PTR_wrt_memory_notify), Int32, (Ptr{Cvoid}, UInt64, UInt32, Ptr{UInt32}, Ptr{wrt_error}), memory, offset, count, woken, error)

# int32_t wrt_memory_wait32(const wrt_memory *memory, uint64_t offset, uint32_t expected, uint64_t timeout_ns, int32_t *outcome, wrt_error *error);
const PTR_wrt_memory_wait32 = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_memory_wait32(memory, offset, expected, timeout_ns, outcome, error) =
    ccall(address(PTR_wrt_memory_wait32), Int32, (Ptr{Cvoid}, UInt64, UInt32, UInt64, Ptr{Int32}, Ptr{wrt_error}), memory, offset, expected, timeout_ns, outcome, error)

# int32_t wrt_memory_wait64(const wrt_memory *memory, uint64_t offset, uint64_t expected, uint64_t timeout_ns, int32_t *outcome, wrt_error *error);
const PTR_wrt_memory_wait64 = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_memory_wait64(memory, offset, expected, timeout_ns, outcome, error) =
    ccall(address(PTR_wrt_memory_wait64), Int32, (Ptr{Cvoid}, UInt64, UInt64, UInt64, Ptr{Int32}, Ptr{wrt_error}), memory, offset, expected, timeout_ns, outcome, error)

# # object

# int32_t wrt_ref_from_i31(const wrt_store *store, int32_t value, uint64_t *out, wrt_error *error);
const PTR_wrt_ref_from_i31 = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_ref_from_i31(store, value, out, error) =
    ccall(address(PTR_wrt_ref_from_i31), Int32, (Ptr{Cvoid}, Int32, Ptr{UInt64}, Ptr{wrt_error}), store, value, out, error)

# int32_t wrt_ref_to_i31(const wrt_store *store, uint64_t reference, int32_t *out, wrt_error *error);
const PTR_wrt_ref_to_i31 = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_ref_to_i31(store, reference, out, error) =
    ccall(address(PTR_wrt_ref_to_i31), Int32, (Ptr{Cvoid}, UInt64, Ptr{Int32}, Ptr{wrt_error}), store, reference, out, error)

# int32_t wrt_ref_new_struct(const wrt_store *store, const wrt_type *type, const wrt_val *fields, size_t nfields, uint64_t *out, wrt_error *error);
const PTR_wrt_ref_new_struct = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_ref_new_struct(store, type_, fields, nfields, out, error) =
    ccall(address(PTR_wrt_ref_new_struct), Int32, (Ptr{Cvoid}, Ptr{Cvoid}, Ptr{wrt_val}, Csize_t, Ptr{UInt64}, Ptr{wrt_error}), store, type_, fields, nfields, out, error)

# int32_t wrt_ref_new_array(const wrt_store *store, const wrt_type *type, const wrt_val *elems, size_t nelems, uint64_t *out, wrt_error *error);
const PTR_wrt_ref_new_array = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_ref_new_array(store, type_, elems, nelems, out, error) =
    ccall(address(PTR_wrt_ref_new_array), Int32, (Ptr{Cvoid}, Ptr{Cvoid}, Ptr{wrt_val}, Csize_t, Ptr{UInt64}, Ptr{wrt_error}), store, type_, elems, nelems, out, error)

# int32_t wrt_ref_new_array_filled(const wrt_store *store, const wrt_type *type, const wrt_val *elem, uint32_t len, uint64_t *out, wrt_error *error);
const PTR_wrt_ref_new_array_filled = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_ref_new_array_filled(store, type_, elem, len, out, error) =
    ccall(address(PTR_wrt_ref_new_array_filled), Int32, (Ptr{Cvoid}, Ptr{Cvoid}, Ptr{wrt_val}, UInt32, Ptr{UInt64}, Ptr{wrt_error}), store, type_, elem, len, out, error)

# int32_t wrt_ref_new_array_bytes(const wrt_store *store, const wrt_type *type, const uint8_t *data, size_t len, uint64_t *out, wrt_error *error);
const PTR_wrt_ref_new_array_bytes = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_ref_new_array_bytes(store, type_, data, len, out, error) =
    ccall(address(PTR_wrt_ref_new_array_bytes), Int32, (Ptr{Cvoid}, Ptr{Cvoid}, Ptr{UInt8}, Csize_t, Ptr{UInt64}, Ptr{wrt_error}), store, type_, data, len, out, error)

# int32_t wrt_ref_len(const wrt_store *store, uint64_t reference, uint32_t *out, wrt_error *error);
const PTR_wrt_ref_len = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_ref_len(store, reference, out, error) =
    ccall(address(PTR_wrt_ref_len), Int32, (Ptr{Cvoid}, UInt64, Ptr{UInt32}, Ptr{wrt_error}), store, reference, out, error)

# int32_t wrt_ref_get(const wrt_store *store, uint64_t reference, uint32_t index, wrt_val *out, wrt_error *error);
const PTR_wrt_ref_get = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_ref_get(store, reference, index, out, error) =
    ccall(address(PTR_wrt_ref_get), Int32, (Ptr{Cvoid}, UInt64, UInt32, Ptr{wrt_val}, Ptr{wrt_error}), store, reference, index, out, error)

# int32_t wrt_ref_set(const wrt_store *store, uint64_t reference, uint32_t index, const wrt_val *value, wrt_error *error);
const PTR_wrt_ref_set = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_ref_set(store, reference, index, value, error) =
    ccall(address(PTR_wrt_ref_set), Int32, (Ptr{Cvoid}, UInt64, UInt32, Ptr{wrt_val}, Ptr{wrt_error}), store, reference, index, value, error)

# int32_t wrt_ref_read_bytes(const wrt_store *store, uint64_t reference, size_t offset, uint8_t *dst, size_t len, wrt_error *error);
const PTR_wrt_ref_read_bytes = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_ref_read_bytes(store, reference, offset, dst, len, error) =
    ccall(address(PTR_wrt_ref_read_bytes), Int32, (Ptr{Cvoid}, UInt64, Csize_t, Ptr{UInt8}, Csize_t, Ptr{wrt_error}), store, reference, offset, dst, len, error)

# int32_t wrt_ref_write_bytes(const wrt_store *store, uint64_t reference, size_t offset, const uint8_t *src, size_t len, wrt_error *error);
const PTR_wrt_ref_write_bytes = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_ref_write_bytes(store, reference, offset, src, len, error) =
    ccall(address(PTR_wrt_ref_write_bytes), Int32, (Ptr{Cvoid}, UInt64, Csize_t, Ptr{UInt8}, Csize_t, Ptr{wrt_error}), store, reference, offset, src, len, error)

# # reference

# int32_t wrt_ref_kind(const wrt_store *store, uint64_t reference, int32_t *out, wrt_error *error);
const PTR_wrt_ref_kind = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_ref_kind(store, reference, out, error) =
    ccall(address(PTR_wrt_ref_kind), Int32, (Ptr{Cvoid}, UInt64, Ptr{Int32}, Ptr{wrt_error}), store, reference, out, error)

# int32_t wrt_ref_type(const wrt_store *store, uint64_t reference, wrt_type **out, wrt_error *error);
const PTR_wrt_ref_type = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_ref_type(store, reference, out, error) =
    ccall(address(PTR_wrt_ref_type), Int32, (Ptr{Cvoid}, UInt64, Ptr{Ptr{Cvoid}}, Ptr{wrt_error}), store, reference, out, error)

# int32_t wrt_ref_matches(const wrt_store *store, uint64_t reference, const wrt_type *type, int32_t *out, wrt_error *error);
const PTR_wrt_ref_matches = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_ref_matches(store, reference, type_, out, error) =
    ccall(address(PTR_wrt_ref_matches), Int32, (Ptr{Cvoid}, UInt64, Ptr{Cvoid}, Ptr{Int32}, Ptr{wrt_error}), store, reference, type_, out, error)

# int32_t wrt_ref_same(const wrt_store *store, uint64_t a, uint64_t b, int32_t *out, wrt_error *error);
const PTR_wrt_ref_same = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_ref_same(store, a, b, out, error) =
    ccall(address(PTR_wrt_ref_same), Int32, (Ptr{Cvoid}, UInt64, UInt64, Ptr{Int32}, Ptr{wrt_error}), store, a, b, out, error)

# int32_t wrt_ref_clone(const wrt_store *store, uint64_t reference, uint64_t *out, wrt_error *error);
const PTR_wrt_ref_clone = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_ref_clone(store, reference, out, error) =
    ccall(address(PTR_wrt_ref_clone), Int32, (Ptr{Cvoid}, UInt64, Ptr{UInt64}, Ptr{wrt_error}), store, reference, out, error)

# void wrt_ref_drop(const wrt_store *store, uint64_t reference);
const PTR_wrt_ref_drop = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_ref_drop(store, reference) =
    ccall(address(PTR_wrt_ref_drop), Cvoid, (Ptr{Cvoid}, UInt64), store, reference)

# int32_t wrt_ref_scope_begin(const wrt_store *store, uint64_t *scope, wrt_error *error);
const PTR_wrt_ref_scope_begin = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_ref_scope_begin(store, scope, error) =
    ccall(address(PTR_wrt_ref_scope_begin), Int32, (Ptr{Cvoid}, Ptr{UInt64}, Ptr{wrt_error}), store, scope, error)

# int32_t wrt_ref_scope_end(const wrt_store *store, uint64_t scope, wrt_error *error);
const PTR_wrt_ref_scope_end = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_ref_scope_end(store, scope, error) =
    ccall(address(PTR_wrt_ref_scope_end), Int32, (Ptr{Cvoid}, UInt64, Ptr{wrt_error}), store, scope, error)

# int32_t wrt_ref_from_func(const wrt_func *func, uint64_t *out, wrt_error *error);
const PTR_wrt_ref_from_func = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_ref_from_func(func, out, error) =
    ccall(address(PTR_wrt_ref_from_func), Int32, (Ptr{Cvoid}, Ptr{UInt64}, Ptr{wrt_error}), func, out, error)

# int32_t wrt_ref_to_func(const wrt_store *store, uint64_t reference, wrt_func **out, wrt_error *error);
const PTR_wrt_ref_to_func = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_ref_to_func(store, reference, out, error) =
    ccall(address(PTR_wrt_ref_to_func), Int32, (Ptr{Cvoid}, UInt64, Ptr{Ptr{Cvoid}}, Ptr{wrt_error}), store, reference, out, error)

# int32_t wrt_ref_from_host(const wrt_store *store, void *data, wrt_drop_fn drop, uint64_t *out, wrt_error *error);
const PTR_wrt_ref_from_host = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_ref_from_host(store, data, drop, out, error) =
    ccall(address(PTR_wrt_ref_from_host), Int32, (Ptr{Cvoid}, Ptr{Cvoid}, wrt_drop_fn, Ptr{UInt64}, Ptr{wrt_error}), store, data, drop, out, error)

# int32_t wrt_ref_from_host_queued(const wrt_store *store, void *data, uint64_t *out, wrt_error *error);
const PTR_wrt_ref_from_host_queued = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_ref_from_host_queued(store, data, out, error) =
    ccall(address(PTR_wrt_ref_from_host_queued), Int32, (Ptr{Cvoid}, Ptr{Cvoid}, Ptr{UInt64}, Ptr{wrt_error}), store, data, out, error)

# int32_t wrt_ref_take_dropped(const wrt_store *store, void **dropped, size_t ndropped, size_t *count, wrt_error *error);
const PTR_wrt_ref_take_dropped = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_ref_take_dropped(store, dropped, ndropped, count, error) =
    ccall(address(PTR_wrt_ref_take_dropped), Int32, (Ptr{Cvoid}, Ptr{Ptr{Cvoid}}, Csize_t, Ptr{Csize_t}, Ptr{wrt_error}), store, dropped, ndropped, count, error)

# int32_t wrt_ref_to_host(const wrt_store *store, uint64_t reference, void **data, wrt_error *error);
const PTR_wrt_ref_to_host = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_ref_to_host(store, reference, data, error) =
    ccall(address(PTR_wrt_ref_to_host), Int32, (Ptr{Cvoid}, UInt64, Ptr{Ptr{Cvoid}}, Ptr{wrt_error}), store, reference, data, error)

# int32_t wrt_ref_convert(const wrt_store *store, uint64_t reference, int32_t kind, uint64_t *out, wrt_error *error);
const PTR_wrt_ref_convert = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_ref_convert(store, reference, kind, out, error) =
    ccall(address(PTR_wrt_ref_convert), Int32, (Ptr{Cvoid}, UInt64, Int32, Ptr{UInt64}, Ptr{wrt_error}), store, reference, kind, out, error)

# # table

# int32_t wrt_table_new(const wrt_store *store, const wrt_type *type, const wrt_val *init, wrt_table **out, wrt_error *error);
const PTR_wrt_table_new = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_table_new(store, type_, init, out, error) =
    ccall(address(PTR_wrt_table_new), Int32, (Ptr{Cvoid}, Ptr{Cvoid}, Ptr{wrt_val}, Ptr{Ptr{Cvoid}}, Ptr{wrt_error}), store, type_, init, out, error)

# int32_t wrt_table_size(const wrt_table *table, uint64_t *out, wrt_error *error);
const PTR_wrt_table_size = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_table_size(table, out, error) =
    ccall(address(PTR_wrt_table_size), Int32, (Ptr{Cvoid}, Ptr{UInt64}, Ptr{wrt_error}), table, out, error)

# int32_t wrt_table_get(const wrt_table *table, uint64_t index, wrt_val *out, wrt_error *error);
const PTR_wrt_table_get = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_table_get(table, index, out, error) =
    ccall(address(PTR_wrt_table_get), Int32, (Ptr{Cvoid}, UInt64, Ptr{wrt_val}, Ptr{wrt_error}), table, index, out, error)

# int32_t wrt_table_set(const wrt_table *table, uint64_t index, const wrt_val *value, wrt_error *error);
const PTR_wrt_table_set = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_table_set(table, index, value, error) =
    ccall(address(PTR_wrt_table_set), Int32, (Ptr{Cvoid}, UInt64, Ptr{wrt_val}, Ptr{wrt_error}), table, index, value, error)

# int32_t wrt_table_grow(const wrt_table *table, uint64_t delta, const wrt_val *init, uint64_t *previous, wrt_error *error);
const PTR_wrt_table_grow = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_table_grow(table, delta, init, previous, error) =
    ccall(address(PTR_wrt_table_grow), Int32, (Ptr{Cvoid}, UInt64, Ptr{wrt_val}, Ptr{UInt64}, Ptr{wrt_error}), table, delta, init, previous, error)

# int32_t wrt_table_fill(const wrt_table *table, uint64_t offset, const wrt_val *value, uint64_t len, wrt_error *error);
const PTR_wrt_table_fill = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_table_fill(table, offset, value, len, error) =
    ccall(address(PTR_wrt_table_fill), Int32, (Ptr{Cvoid}, UInt64, Ptr{wrt_val}, UInt64, Ptr{wrt_error}), table, offset, value, len, error)

# int32_t wrt_table_copy(const wrt_table *dst, uint64_t dst_offset, const wrt_table *src, uint64_t src_offset, uint64_t len, wrt_error *error);
const PTR_wrt_table_copy = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_table_copy(dst, dst_offset, src, src_offset, len, error) =
    ccall(address(PTR_wrt_table_copy), Int32, (Ptr{Cvoid}, UInt64, Ptr{Cvoid}, UInt64, UInt64, Ptr{wrt_error}), dst, dst_offset, src, src_offset, len, error)

# # tag

# int32_t wrt_tag_new(const wrt_store *store, const wrt_type *type, wrt_tag **out, wrt_error *error);
const PTR_wrt_tag_new = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_tag_new(store, type_, out, error) =
    ccall(address(PTR_wrt_tag_new), Int32, (Ptr{Cvoid}, Ptr{Cvoid}, Ptr{Ptr{Cvoid}}, Ptr{wrt_error}), store, type_, out, error)

# # instance

# int32_t wrt_instance_new(const wrt_store *store, const wrt_module *module, const wrt_extern *const *imports, size_t nimports, wrt_instance **out, wrt_error *error);
const PTR_wrt_instance_new = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_instance_new(store, module_, imports, nimports, out, error) =
    ccall(address(PTR_wrt_instance_new), Int32, (Ptr{Cvoid}, Ptr{Cvoid}, Ptr{Ptr{Cvoid}}, Csize_t, Ptr{Ptr{Cvoid}}, Ptr{wrt_error}), store, module_, imports, nimports, out, error)

# int32_t wrt_instance_module(const wrt_instance *instance, wrt_module **out, wrt_error *error);
const PTR_wrt_instance_module = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_instance_module(instance, out, error) =
    ccall(address(PTR_wrt_instance_module), Int32, (Ptr{Cvoid}, Ptr{Ptr{Cvoid}}, Ptr{wrt_error}), instance, out, error)

# int32_t wrt_instance_export(const wrt_instance *instance, const char *name, size_t name_len, wrt_extern **out, wrt_error *error);
const PTR_wrt_instance_export = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_instance_export(instance, name, name_len, out, error) =
    ccall(address(PTR_wrt_instance_export), Int32, (Ptr{Cvoid}, Ptr{UInt8}, Csize_t, Ptr{Ptr{Cvoid}}, Ptr{wrt_error}), instance, name, name_len, out, error)

# int32_t wrt_instance_export_at(const wrt_instance *instance, size_t index, wrt_extern **out, wrt_error *error);
const PTR_wrt_instance_export_at = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_instance_export_at(instance, index, out, error) =
    ccall(address(PTR_wrt_instance_export_at), Int32, (Ptr{Cvoid}, Csize_t, Ptr{Ptr{Cvoid}}, Ptr{wrt_error}), instance, index, out, error)

# int32_t wrt_instance_run(const wrt_instance *instance, wrt_error *error);
const PTR_wrt_instance_run = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_instance_run(instance, error) =
    ccall(address(PTR_wrt_instance_run), Int32, (Ptr{Cvoid}, Ptr{wrt_error}), instance, error)

# int32_t wrt_instance_new_start(const wrt_store *store, const wrt_module *module, const wrt_extern *const *imports, size_t nimports, wrt_wake_fn wake, void *env, wrt_task **out, wrt_error *error);
const PTR_wrt_instance_new_start = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_instance_new_start(store, module_, imports, nimports, wake, env, out, error) =
    ccall(address(PTR_wrt_instance_new_start), Int32, (Ptr{Cvoid}, Ptr{Cvoid}, Ptr{Ptr{Cvoid}}, Csize_t, wrt_wake_fn, Ptr{Cvoid}, Ptr{Ptr{Cvoid}}, Ptr{wrt_error}), store, module_, imports, nimports, wake, env, out, error)

# int32_t wrt_instance_of_task(const wrt_task *task, wrt_instance **out, wrt_error *error);
const PTR_wrt_instance_of_task = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_instance_of_task(task, out, error) =
    ccall(address(PTR_wrt_instance_of_task), Int32, (Ptr{Cvoid}, Ptr{Ptr{Cvoid}}, Ptr{wrt_error}), task, out, error)

# # linker
const WRT_WASI_P1 = UInt32(1)
const WRT_WASI_P2 = UInt32(2)
const WRT_WASI_P3 = UInt32(4)
const WRT_WASI_HTTP = UInt32(8)

# int32_t wrt_linker_new(const wrt_engine *engine, wrt_linker **out, wrt_error *error);
const PTR_wrt_linker_new = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_linker_new(engine, out, error) =
    ccall(address(PTR_wrt_linker_new), Int32, (Ptr{Cvoid}, Ptr{Ptr{Cvoid}}, Ptr{wrt_error}), engine, out, error)

# int32_t wrt_linker_clone(const wrt_linker *linker, wrt_linker **out, wrt_error *error);
const PTR_wrt_linker_clone = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_linker_clone(linker, out, error) =
    ccall(address(PTR_wrt_linker_clone), Int32, (Ptr{Cvoid}, Ptr{Ptr{Cvoid}}, Ptr{wrt_error}), linker, out, error)

# int32_t wrt_linker_allow(const wrt_linker *linker, int32_t shadowing, int32_t unknown_exports, wrt_error *error);
const PTR_wrt_linker_allow = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_linker_allow(linker, shadowing, unknown_exports, error) =
    ccall(address(PTR_wrt_linker_allow), Int32, (Ptr{Cvoid}, Int32, Int32, Ptr{wrt_error}), linker, shadowing, unknown_exports, error)

# int32_t wrt_linker_define(const wrt_linker *linker, const char *module, size_t module_len, const char *name, size_t name_len, const wrt_extern *item, wrt_error *error);
const PTR_wrt_linker_define = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_linker_define(linker, module_, module_len, name, name_len, item, error) =
    ccall(address(PTR_wrt_linker_define), Int32, (Ptr{Cvoid}, Ptr{UInt8}, Csize_t, Ptr{UInt8}, Csize_t, Ptr{Cvoid}, Ptr{wrt_error}), linker, module_, module_len, name, name_len, item, error)

# int32_t wrt_linker_define_func(const wrt_linker *linker, const char *module, size_t module_len, const char *name, size_t name_len, const wrt_type *type, wrt_host_fn call, void *env, wrt_drop_fn drop, wrt_error *error);
const PTR_wrt_linker_define_func = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_linker_define_func(linker, module_, module_len, name, name_len, type_, call, env, drop, error) =
    ccall(address(PTR_wrt_linker_define_func), Int32, (Ptr{Cvoid}, Ptr{UInt8}, Csize_t, Ptr{UInt8}, Csize_t, Ptr{Cvoid}, wrt_host_fn, Ptr{Cvoid}, wrt_drop_fn, Ptr{wrt_error}), linker, module_, module_len, name, name_len, type_, call, env, drop, error)

# int32_t wrt_linker_define_suspending_func(const wrt_linker *linker, const char *module, size_t module_len, const char *name, size_t name_len, const wrt_type *type, uint64_t id, wrt_error *error);
const PTR_wrt_linker_define_suspending_func = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_linker_define_suspending_func(linker, module_, module_len, name, name_len, type_, id, error) =
    ccall(address(PTR_wrt_linker_define_suspending_func), Int32, (Ptr{Cvoid}, Ptr{UInt8}, Csize_t, Ptr{UInt8}, Csize_t, Ptr{Cvoid}, UInt64, Ptr{wrt_error}), linker, module_, module_len, name, name_len, type_, id, error)

# int32_t wrt_linker_define_instance(const wrt_linker *linker, const char *name, size_t name_len, const wrt_instance *instance, wrt_error *error);
const PTR_wrt_linker_define_instance = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_linker_define_instance(linker, name, name_len, instance, error) =
    ccall(address(PTR_wrt_linker_define_instance), Int32, (Ptr{Cvoid}, Ptr{UInt8}, Csize_t, Ptr{Cvoid}, Ptr{wrt_error}), linker, name, name_len, instance, error)

# int32_t wrt_linker_define_module(const wrt_linker *linker, const wrt_store *store, const char *name, size_t name_len, const wrt_module *module, wrt_error *error);
const PTR_wrt_linker_define_module = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_linker_define_module(linker, store, name, name_len, module_, error) =
    ccall(address(PTR_wrt_linker_define_module), Int32, (Ptr{Cvoid}, Ptr{Cvoid}, Ptr{UInt8}, Csize_t, Ptr{Cvoid}, Ptr{wrt_error}), linker, store, name, name_len, module_, error)

# int32_t wrt_linker_define_wasi(const wrt_linker *linker, uint32_t which, wrt_error *error);
const PTR_wrt_linker_define_wasi = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_linker_define_wasi(linker, which, error) =
    ccall(address(PTR_wrt_linker_define_wasi), Int32, (Ptr{Cvoid}, UInt32, Ptr{wrt_error}), linker, which, error)

# int32_t wrt_linker_define_unknown_as_traps(const wrt_linker *linker, const wrt_module *module, wrt_error *error);
const PTR_wrt_linker_define_unknown_as_traps = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_linker_define_unknown_as_traps(linker, module_, error) =
    ccall(address(PTR_wrt_linker_define_unknown_as_traps), Int32, (Ptr{Cvoid}, Ptr{Cvoid}, Ptr{wrt_error}), linker, module_, error)

# int32_t wrt_linker_define_unknown_as_defaults(const wrt_linker *linker, const wrt_store *store, const wrt_module *module, wrt_error *error);
const PTR_wrt_linker_define_unknown_as_defaults = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_linker_define_unknown_as_defaults(linker, store, module_, error) =
    ccall(address(PTR_wrt_linker_define_unknown_as_defaults), Int32, (Ptr{Cvoid}, Ptr{Cvoid}, Ptr{Cvoid}, Ptr{wrt_error}), linker, store, module_, error)

# int32_t wrt_linker_alias(const wrt_linker *linker, const char *module, size_t module_len, const char *name, size_t name_len, const char *as_module, size_t as_module_len, const char *as_name, size_t as_name_len, wrt_error *error);
const PTR_wrt_linker_alias = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_linker_alias(linker, module_, module_len, name, name_len, as_module, as_module_len, as_name, as_name_len, error) =
    ccall(address(PTR_wrt_linker_alias), Int32, (Ptr{Cvoid}, Ptr{UInt8}, Csize_t, Ptr{UInt8}, Csize_t, Ptr{UInt8}, Csize_t, Ptr{UInt8}, Csize_t, Ptr{wrt_error}), linker, module_, module_len, name, name_len, as_module, as_module_len, as_name, as_name_len, error)

# int32_t wrt_linker_get(const wrt_linker *linker, const wrt_store *store, const char *module, size_t module_len, const char *name, size_t name_len, wrt_extern **out, wrt_error *error);
const PTR_wrt_linker_get = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_linker_get(linker, store, module_, module_len, name, name_len, out, error) =
    ccall(address(PTR_wrt_linker_get), Int32, (Ptr{Cvoid}, Ptr{Cvoid}, Ptr{UInt8}, Csize_t, Ptr{UInt8}, Csize_t, Ptr{Ptr{Cvoid}}, Ptr{wrt_error}), linker, store, module_, module_len, name, name_len, out, error)

# int32_t wrt_linker_json(const wrt_linker *linker, wrt_bytes *out, wrt_error *error);
const PTR_wrt_linker_json = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_linker_json(linker, out, error) =
    ccall(address(PTR_wrt_linker_json), Int32, (Ptr{Cvoid}, Ptr{wrt_bytes}, Ptr{wrt_error}), linker, out, error)

# int32_t wrt_linker_instantiate(const wrt_linker *linker, const wrt_store *store, const wrt_module *module, wrt_instance **out, wrt_error *error);
const PTR_wrt_linker_instantiate = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_linker_instantiate(linker, store, module_, out, error) =
    ccall(address(PTR_wrt_linker_instantiate), Int32, (Ptr{Cvoid}, Ptr{Cvoid}, Ptr{Cvoid}, Ptr{Ptr{Cvoid}}, Ptr{wrt_error}), linker, store, module_, out, error)

# int32_t wrt_linker_instantiate_start(const wrt_linker *linker, const wrt_store *store, const wrt_module *module, wrt_wake_fn wake, void *env, wrt_task **out, wrt_error *error);
const PTR_wrt_linker_instantiate_start = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_linker_instantiate_start(linker, store, module_, wake, env, out, error) =
    ccall(address(PTR_wrt_linker_instantiate_start), Int32, (Ptr{Cvoid}, Ptr{Cvoid}, Ptr{Cvoid}, wrt_wake_fn, Ptr{Cvoid}, Ptr{Ptr{Cvoid}}, Ptr{wrt_error}), linker, store, module_, wake, env, out, error)

# int32_t wrt_linker_prelink(const wrt_linker *linker, const wrt_module *module, wrt_prelink **out, wrt_error *error);
const PTR_wrt_linker_prelink = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_linker_prelink(linker, module_, out, error) =
    ccall(address(PTR_wrt_linker_prelink), Int32, (Ptr{Cvoid}, Ptr{Cvoid}, Ptr{Ptr{Cvoid}}, Ptr{wrt_error}), linker, module_, out, error)

# int32_t wrt_prelink_instantiate(const wrt_prelink *prelink, const wrt_store *store, wrt_instance **out, wrt_error *error);
const PTR_wrt_prelink_instantiate = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_prelink_instantiate(prelink, store, out, error) =
    ccall(address(PTR_wrt_prelink_instantiate), Int32, (Ptr{Cvoid}, Ptr{Cvoid}, Ptr{Ptr{Cvoid}}, Ptr{wrt_error}), prelink, store, out, error)

# int32_t wrt_prelink_instantiate_start(const wrt_prelink *prelink, const wrt_store *store, wrt_wake_fn wake, void *env, wrt_task **out, wrt_error *error);
const PTR_wrt_prelink_instantiate_start = Ref{Ptr{Cvoid}}(C_NULL)
@inline wrt_prelink_instantiate_start(prelink, store, wake, env, out, error) =
    ccall(address(PTR_wrt_prelink_instantiate_start), Int32, (Ptr{Cvoid}, Ptr{Cvoid}, wrt_wake_fn, Ptr{Cvoid}, Ptr{Ptr{Cvoid}}, Ptr{wrt_error}), prelink, store, wake, env, out, error)

# # all of them

const TABLE = Tuple{Symbol,Base.RefValue{Ptr{Cvoid}}}[
    (:wrt_abi_version, PTR_wrt_abi_version),
    (:wrt_abi_check, PTR_wrt_abi_check),
    (:wrt_version, PTR_wrt_version),
    (:wrt_wasmtime_version, PTR_wrt_wasmtime_version),
    (:wrt_build_json, PTR_wrt_build_json),
    (:wrt_api_json, PTR_wrt_api_json),
    (:wrt_error_clear, PTR_wrt_error_clear),
    (:wrt_error_frame, PTR_wrt_error_frame),
    (:wrt_error_json, PTR_wrt_error_json),
    (:wrt_error_coredump, PTR_wrt_error_coredump),
    (:wrt_error_payload, PTR_wrt_error_payload),
    (:wrt_error_set, PTR_wrt_error_set),
    (:wrt_error_set_trap, PTR_wrt_error_set_trap),
    (:wrt_error_set_exit, PTR_wrt_error_set_exit),
    (:wrt_error_set_payload, PTR_wrt_error_set_payload),
    (:wrt_status_name, PTR_wrt_status_name),
    (:wrt_retain, PTR_wrt_retain),
    (:wrt_release, PTR_wrt_release),
    (:wrt_close, PTR_wrt_close),
    (:wrt_handle_type, PTR_wrt_handle_type),
    (:wrt_live_count, PTR_wrt_live_count),
    (:wrt_bytes_free, PTR_wrt_bytes_free),
    (:wrt_bytes_copy, PTR_wrt_bytes_copy),
    (:wrt_trap_name, PTR_wrt_trap_name),
    (:wrt_type_parse, PTR_wrt_type_parse),
    (:wrt_type_func, PTR_wrt_type_func),
    (:wrt_type_text, PTR_wrt_type_text),
    (:wrt_type_extern_kind, PTR_wrt_type_extern_kind),
    (:wrt_type_matches, PTR_wrt_type_matches),
    (:wrt_type_arity, PTR_wrt_type_arity),
    (:wrt_type_kinds, PTR_wrt_type_kinds),
    (:wrt_type_shape, PTR_wrt_type_shape),
    (:wrt_config_new, PTR_wrt_config_new),
    (:wrt_config_set, PTR_wrt_config_set),
    (:wrt_config_get, PTR_wrt_config_get),
    (:wrt_config_set_json, PTR_wrt_config_set_json),
    (:wrt_config_options_json, PTR_wrt_config_options_json),
    (:wrt_config_set_memory_creator, PTR_wrt_config_set_memory_creator),
    (:wrt_config_set_cache_store, PTR_wrt_config_set_cache_store),
    (:wrt_engine_new, PTR_wrt_engine_new),
    (:wrt_engine_json, PTR_wrt_engine_json),
    (:wrt_engine_metrics_json, PTR_wrt_engine_metrics_json),
    (:wrt_engine_fingerprint, PTR_wrt_engine_fingerprint),
    (:wrt_engine_module_key, PTR_wrt_engine_module_key),
    (:wrt_engine_increment_epoch, PTR_wrt_engine_increment_epoch),
    (:wrt_engine_start_ticker, PTR_wrt_engine_start_ticker),
    (:wrt_engine_stop_ticker, PTR_wrt_engine_stop_ticker),
    (:wrt_engine_validate, PTR_wrt_engine_validate),
    (:wrt_engine_precompile, PTR_wrt_engine_precompile),
    (:wrt_set_host_hooks, PTR_wrt_set_host_hooks),
    (:wrt_set_log, PTR_wrt_set_log),
    (:wrt_thread_init, PTR_wrt_thread_init),
    (:wrt_wat_to_wasm, PTR_wrt_wat_to_wasm),
    (:wrt_wasm_to_wat, PTR_wrt_wasm_to_wat),
    (:wrt_wasm_inspect_json, PTR_wrt_wasm_inspect_json),
    (:wrt_wasm_custom_section, PTR_wrt_wasm_custom_section),
    (:wrt_artifact_kind, PTR_wrt_artifact_kind),
    (:wrt_script_new, PTR_wrt_script_new),
    (:wrt_script_json, PTR_wrt_script_json),
    (:wrt_script_module, PTR_wrt_script_module),
    (:wrt_pipe_new, PTR_wrt_pipe_new),
    (:wrt_pipe_set_wake, PTR_wrt_pipe_set_wake),
    (:wrt_pipe_write, PTR_wrt_pipe_write),
    (:wrt_pipe_read, PTR_wrt_pipe_read),
    (:wrt_pipe_finish, PTR_wrt_pipe_finish),
    (:wrt_pipe_state, PTR_wrt_pipe_state),
    (:wrt_wasi_new, PTR_wrt_wasi_new),
    (:wrt_wasi_set, PTR_wrt_wasi_set),
    (:wrt_wasi_options_json, PTR_wrt_wasi_options_json),
    (:wrt_wasi_arg, PTR_wrt_wasi_arg),
    (:wrt_wasi_env, PTR_wrt_wasi_env),
    (:wrt_wasi_preopen, PTR_wrt_wasi_preopen),
    (:wrt_wasi_stdin_bytes, PTR_wrt_wasi_stdin_bytes),
    (:wrt_wasi_stdin_file, PTR_wrt_wasi_stdin_file),
    (:wrt_wasi_stdin_callback, PTR_wrt_wasi_stdin_callback),
    (:wrt_wasi_output_file, PTR_wrt_wasi_output_file),
    (:wrt_wasi_output_callback, PTR_wrt_wasi_output_callback),
    (:wrt_wasi_output_capture, PTR_wrt_wasi_output_capture),
    (:wrt_wasi_pipe, PTR_wrt_wasi_pipe),
    (:wrt_wasi_allow_address, PTR_wrt_wasi_allow_address),
    (:wrt_module_new, PTR_wrt_module_new),
    (:wrt_module_from_file, PTR_wrt_module_from_file),
    (:wrt_module_new_with_dwarf, PTR_wrt_module_new_with_dwarf),
    (:wrt_module_serialize, PTR_wrt_module_serialize),
    (:wrt_module_deserialize, PTR_wrt_module_deserialize),
    (:wrt_module_deserialize_file, PTR_wrt_module_deserialize_file),
    (:wrt_module_name, PTR_wrt_module_name),
    (:wrt_module_import_count, PTR_wrt_module_import_count),
    (:wrt_module_import_at, PTR_wrt_module_import_at),
    (:wrt_module_export_count, PTR_wrt_module_export_count),
    (:wrt_module_export_at, PTR_wrt_module_export_at),
    (:wrt_module_export_find, PTR_wrt_module_export_find),
    (:wrt_module_custom_section, PTR_wrt_module_custom_section),
    (:wrt_module_json, PTR_wrt_module_json),
    (:wrt_module_code, PTR_wrt_module_code),
    (:wrt_module_preload, PTR_wrt_module_preload),
    (:wrt_store_new, PTR_wrt_store_new),
    (:wrt_store_engine, PTR_wrt_store_engine),
    (:wrt_store_data, PTR_wrt_store_data),
    (:wrt_store_set_limits, PTR_wrt_store_set_limits),
    (:wrt_store_set_limiter, PTR_wrt_store_set_limiter),
    (:wrt_store_set_fuel, PTR_wrt_store_set_fuel),
    (:wrt_store_fuel, PTR_wrt_store_fuel),
    (:wrt_store_set_epoch_deadline, PTR_wrt_store_set_epoch_deadline),
    (:wrt_store_set_epoch_callback, PTR_wrt_store_set_epoch_callback),
    (:wrt_store_set_timeout, PTR_wrt_store_set_timeout),
    (:wrt_store_interrupt, PTR_wrt_store_interrupt),
    (:wrt_interrupt_fire, PTR_wrt_interrupt_fire),
    (:wrt_store_set_stack_low, PTR_wrt_store_set_stack_low),
    (:wrt_store_set_fuel_yield, PTR_wrt_store_set_fuel_yield),
    (:wrt_store_gc, PTR_wrt_store_gc),
    (:wrt_store_set_wasi, PTR_wrt_store_set_wasi),
    (:wrt_store_take_output, PTR_wrt_store_take_output),
    (:wrt_store_json, PTR_wrt_store_json),
    (:wrt_store_lock, PTR_wrt_store_lock),
    (:wrt_store_unlock, PTR_wrt_store_unlock),
    (:wrt_task_poll, PTR_wrt_task_poll),
    (:wrt_task_wait, PTR_wrt_task_wait),
    (:wrt_task_request, PTR_wrt_task_request),
    (:wrt_task_reply, PTR_wrt_task_reply),
    (:wrt_task_step, PTR_wrt_task_step),
    (:wrt_task_fail, PTR_wrt_task_fail),
    (:wrt_task_results, PTR_wrt_task_results),
    (:wrt_task_cancel, PTR_wrt_task_cancel),
    (:wrt_call_new, PTR_wrt_call_new),
    (:wrt_call_slots, PTR_wrt_call_slots),
    (:wrt_call_invoke, PTR_wrt_call_invoke),
    (:wrt_call_invoke_many, PTR_wrt_call_invoke_many),
    (:wrt_call_map, PTR_wrt_call_map),
    (:wrt_call_start, PTR_wrt_call_start),
    (:wrt_call_spawn, PTR_wrt_call_spawn),
    (:wrt_caller_store, PTR_wrt_caller_store),
    (:wrt_caller_export, PTR_wrt_caller_export),
    (:wrt_caller_memory, PTR_wrt_caller_memory),
    (:wrt_ref_new_exn, PTR_wrt_ref_new_exn),
    (:wrt_ref_exn_tag, PTR_wrt_ref_exn_tag),
    (:wrt_error_exception, PTR_wrt_error_exception),
    (:wrt_error_set_exception, PTR_wrt_error_set_exception),
    (:wrt_extern_kind, PTR_wrt_extern_kind),
    (:wrt_extern_type, PTR_wrt_extern_type),
    (:wrt_extern_same, PTR_wrt_extern_same),
    (:wrt_extern_store, PTR_wrt_extern_store),
    (:wrt_func_new, PTR_wrt_func_new),
    (:wrt_func_new_suspending, PTR_wrt_func_new_suspending),
    (:wrt_func_call, PTR_wrt_func_call),
    (:wrt_global_new, PTR_wrt_global_new),
    (:wrt_global_get, PTR_wrt_global_get),
    (:wrt_global_set, PTR_wrt_global_set),
    (:wrt_memory_new, PTR_wrt_memory_new),
    (:wrt_memory_new_shared, PTR_wrt_memory_new_shared),
    (:wrt_memory_view, PTR_wrt_memory_view),
    (:wrt_memory_header_of, PTR_wrt_memory_header_of),
    (:wrt_memory_generation, PTR_wrt_memory_generation),
    (:wrt_memory_is_stable, PTR_wrt_memory_is_stable),
    (:wrt_memory_size, PTR_wrt_memory_size),
    (:wrt_memory_grow, PTR_wrt_memory_grow),
    (:wrt_memory_read, PTR_wrt_memory_read),
    (:wrt_memory_write, PTR_wrt_memory_write),
    (:wrt_memory_fill, PTR_wrt_memory_fill),
    (:wrt_memory_copy, PTR_wrt_memory_copy),
    (:wrt_memory_notify, PTR_wrt_memory_notify),
    (:wrt_memory_wait32, PTR_wrt_memory_wait32),
    (:wrt_memory_wait64, PTR_wrt_memory_wait64),
    (:wrt_ref_from_i31, PTR_wrt_ref_from_i31),
    (:wrt_ref_to_i31, PTR_wrt_ref_to_i31),
    (:wrt_ref_new_struct, PTR_wrt_ref_new_struct),
    (:wrt_ref_new_array, PTR_wrt_ref_new_array),
    (:wrt_ref_new_array_filled, PTR_wrt_ref_new_array_filled),
    (:wrt_ref_new_array_bytes, PTR_wrt_ref_new_array_bytes),
    (:wrt_ref_len, PTR_wrt_ref_len),
    (:wrt_ref_get, PTR_wrt_ref_get),
    (:wrt_ref_set, PTR_wrt_ref_set),
    (:wrt_ref_read_bytes, PTR_wrt_ref_read_bytes),
    (:wrt_ref_write_bytes, PTR_wrt_ref_write_bytes),
    (:wrt_ref_kind, PTR_wrt_ref_kind),
    (:wrt_ref_type, PTR_wrt_ref_type),
    (:wrt_ref_matches, PTR_wrt_ref_matches),
    (:wrt_ref_same, PTR_wrt_ref_same),
    (:wrt_ref_clone, PTR_wrt_ref_clone),
    (:wrt_ref_drop, PTR_wrt_ref_drop),
    (:wrt_ref_scope_begin, PTR_wrt_ref_scope_begin),
    (:wrt_ref_scope_end, PTR_wrt_ref_scope_end),
    (:wrt_ref_from_func, PTR_wrt_ref_from_func),
    (:wrt_ref_to_func, PTR_wrt_ref_to_func),
    (:wrt_ref_from_host, PTR_wrt_ref_from_host),
    (:wrt_ref_from_host_queued, PTR_wrt_ref_from_host_queued),
    (:wrt_ref_take_dropped, PTR_wrt_ref_take_dropped),
    (:wrt_ref_to_host, PTR_wrt_ref_to_host),
    (:wrt_ref_convert, PTR_wrt_ref_convert),
    (:wrt_table_new, PTR_wrt_table_new),
    (:wrt_table_size, PTR_wrt_table_size),
    (:wrt_table_get, PTR_wrt_table_get),
    (:wrt_table_set, PTR_wrt_table_set),
    (:wrt_table_grow, PTR_wrt_table_grow),
    (:wrt_table_fill, PTR_wrt_table_fill),
    (:wrt_table_copy, PTR_wrt_table_copy),
    (:wrt_tag_new, PTR_wrt_tag_new),
    (:wrt_instance_new, PTR_wrt_instance_new),
    (:wrt_instance_module, PTR_wrt_instance_module),
    (:wrt_instance_export, PTR_wrt_instance_export),
    (:wrt_instance_export_at, PTR_wrt_instance_export_at),
    (:wrt_instance_run, PTR_wrt_instance_run),
    (:wrt_instance_new_start, PTR_wrt_instance_new_start),
    (:wrt_instance_of_task, PTR_wrt_instance_of_task),
    (:wrt_linker_new, PTR_wrt_linker_new),
    (:wrt_linker_clone, PTR_wrt_linker_clone),
    (:wrt_linker_allow, PTR_wrt_linker_allow),
    (:wrt_linker_define, PTR_wrt_linker_define),
    (:wrt_linker_define_func, PTR_wrt_linker_define_func),
    (:wrt_linker_define_suspending_func, PTR_wrt_linker_define_suspending_func),
    (:wrt_linker_define_instance, PTR_wrt_linker_define_instance),
    (:wrt_linker_define_module, PTR_wrt_linker_define_module),
    (:wrt_linker_define_wasi, PTR_wrt_linker_define_wasi),
    (:wrt_linker_define_unknown_as_traps, PTR_wrt_linker_define_unknown_as_traps),
    (:wrt_linker_define_unknown_as_defaults, PTR_wrt_linker_define_unknown_as_defaults),
    (:wrt_linker_alias, PTR_wrt_linker_alias),
    (:wrt_linker_get, PTR_wrt_linker_get),
    (:wrt_linker_json, PTR_wrt_linker_json),
    (:wrt_linker_instantiate, PTR_wrt_linker_instantiate),
    (:wrt_linker_instantiate_start, PTR_wrt_linker_instantiate_start),
    (:wrt_linker_prelink, PTR_wrt_linker_prelink),
    (:wrt_prelink_instantiate, PTR_wrt_prelink_instantiate),
    (:wrt_prelink_instantiate_start, PTR_wrt_prelink_instantiate_start),
]

# Each struct, its bytes in C, and where its fields begin.
const LAYOUT = (
    (wrt_error, 40, (0, 4, 8, 12, 16, 24, 32,)),
    (wrt_frame, 64, (0, 8, 12, 16, 24, 32, 40, 48, 56, 60,)),
    (wrt_bytes, 24, (0, 8, 16,)),
    (wrt_shape, 48, (0, 8, 16, 24, 28, 32, 36, 40, 44,)),
    (wrt_val, 16, (0, 8,)),
    (wrt_host_hooks, 48, (0, 8, 16, 24, 32, 40,)),
    (wrt_pipe_info, 40, (0, 8, 16, 24, 28, 32, 36,)),
    (wrt_limits, 56, (0, 8, 16, 24, 32, 40, 48, 52,)),
    (wrt_item, 56, (0, 8, 12, 16, 24, 32, 40, 48,)),
    (wrt_memory_header, 16, (0, 8,)),
    (wrt_host_request, 56, (0, 8, 16, 24, 32, 40, 48,)),
    (wrt_column, 16, (0, 8,)),
)

"The names of all functions of the library."
const SYMBOLS = Tuple(first.(TABLE))

"""
    bind!(handle) -> Vector{Symbol}

Takes the address of each function from the library at `handle`, and returns the names of those that it lacks.
"""
function bind!(handle::Ptr{Cvoid})
    missing_names = Symbol[]
    for (name, slot) in TABLE
        pointer = Libdl.dlsym(handle, name; throw_error = false)
        if pointer === nothing || pointer == C_NULL
            push!(missing_names, name)
        else
            slot[] = pointer
        end
    end
    return missing_names
end

"""
    check_layout() -> Vector{String}

Compares each struct with its layout in C: one sentence for each difference, so empty where all is well.
"""
function check_layout()
    wrong = String[]
    for (T, size, offsets) in LAYOUT
        sizeof(T) == size || push!(wrong, "$T has $(sizeof(T)) bytes, in C it has $size")
        fieldcount(T) == length(offsets) || push!(wrong, "$T has $(fieldcount(T)) fields, in C it has $(length(offsets))")
        for i in 1:min(fieldcount(T), length(offsets))
            fieldoffset(T, i) == offsets[i] ||
                push!(wrong, "$T.$(fieldname(T, i)) is at $(fieldoffset(T, i)), in C at $(offsets[i])")
        end
    end
    return wrong
end

end
