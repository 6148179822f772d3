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

struct wrt_val
    lo::UInt64
    hi::UInt64
end
wrt_val() = wrt_val(0, 0)

# Several values on the stack: a `Ref` of a tuple passes where C takes a pointer to the first of them.
@inline Base.unsafe_convert(::Type{Ptr{T}}, slots::Base.RefValue{NTuple{N,T}}) where {N,T<:Union{wrt_error,wrt_frame,wrt_bytes,wrt_val}} =
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
]

# Each struct, its bytes in C, and where its fields begin.
const LAYOUT = (
    (wrt_error, 40, (0, 4, 8, 12, 16, 24, 32,)),
    (wrt_frame, 64, (0, 8, 12, 16, 24, 32, 40, 48, 56, 60,)),
    (wrt_bytes, 24, (0, 8, 16,)),
    (wrt_val, 16, (0, 8,)),
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
