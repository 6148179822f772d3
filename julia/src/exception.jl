# Exceptions of WebAssembly, thrown and caught on either side.

"""
    WasmTag(store, types...)

What exceptions are told apart by, and the types of what they carry. A tag can be imported by modules; those that an instance exports
arrive as such objects.

```julia
tag = WasmTag(store, Int32, Float64)
instance = WasmInstance(store, mod; imports = (env = (problem = tag,),))
```
"""
mutable struct WasmTag <: WasmtimeResource
    ptr::Ptr{Cvoid}
    store::WasmStore
    type::WasmTagType

    WasmTag(ptr::Ptr{Cvoid}, store::WasmStore, type::WasmTagType) = own(new(ptr, store, type))
end

function WasmTag(store::WasmStore, types...)
    params, out = valtypes(types), Ref{Ptr{Cvoid}}(C_NULL)
    type = WasmTagType(params, "(tag" * group(" (param", params) * ")")
    withtype(handle -> (@check C.wrt_tag_new(store, handle, out)), store.engine, type)
    WasmTag(out[], store, type)
end

above(tag::WasmTag) = tag.store
Base.:(==)(a::WasmTag, b::WasmTag) = a === b || (isopen(a) && isopen(b) && C.wrt_extern_same(a, b) == 1)
Base.hash(tag::WasmTag, h::UInt) = hash(tag.type, hash(objectid(tag.store), h))
Base.show(io::IO, tag::WasmTag) = print(io, "WasmTag(", repr(tag.type.text), ", ", state(tag), ")")

"An exception as an object of the store: who holds it can throw it again."
mutable struct ExceptionReference <: WasmtimeResource
    ptr::Ptr{Cvoid}
    store::WasmStore

    ExceptionReference(id::UInt64, store::WasmStore) = own_reference(new(Ptr{Cvoid}(id), store))
end

above(x::ExceptionReference) = x.store
Base.close(x::ExceptionReference) = close_reference(x)

"""
    WasmException <: WasmtimeError
    WasmException(tag, values...)

An exception of WebAssembly: `tag`, the [`WasmTag`](@ref) it was thrown with, and `payload`, a tuple of what it carries. One that
nothing catches is thrown by the call; `frames` says where it came from. A Julia function may throw one, and WebAssembly can catch
it; other exceptions of Julia it cannot catch.

```julia
check(x) = x < 0 ? throw(WasmException(tag, x)) : x

try
    instance.exports.run()
catch e
    e isa WasmException && e.tag == tag || rethrow()
    e.payload[1]
end
```
"""
struct WasmException <: WasmtimeError
    message::String
    tag::WasmTag
    payload::Tuple
    frames::Vector{WasmFrame}
    reference::ExceptionReference
end

Base.show(io::IO, e::WasmException) = print(io, "WasmException(", repr(e.tag.type.text), ", ", join(map(repr, e.payload), ", "), ")")

function WasmException(tag::WasmTag, values...)
    store, out = tag.store, Ref{UInt64}(0)
    types = [juliatype(ty) for ty in tag.type.params]
    length(values) == length(types) ||
        throw(WasmRuntimeError("$(tag.type.text) has $(counted(length(types), "value")), not $(length(values))", :type))
    values = map(pass, Tuple(types), values)
    withslots(store, types, values) do slots
        @awaiting store C.wrt_ref_new_exn(store, tag, slots, length(slots), out)
    end
    shown = isempty(values) ? "" : ": " * join(repr.(values), ", ")
    message = "exception of type $(tag.type.text)$shown"
    WasmException(message, tag, values, WasmFrame[], ExceptionReference(out[], store))
end

frames(e::WasmException) = e.frames
Base.:(==)(a::WasmException, b::WasmException) = a === b || sameobject(a.reference, b.reference)
Base.hash(e::WasmException, h::UInt) = hash(e.tag, hash(:WasmException, h))

"The exception behind an id, which is used up."
function wasmexception(store, id::UInt64, message = "exception of WebAssembly", frames = WasmFrame[])
    reference, out = ExceptionReference(id, store), Ref{Ptr{Cvoid}}(C_NULL)
    @awaiting store C.wrt_ref_exn_tag(store, id, out)
    tag = WasmTag(out[], store, externtype(out[]))
    payload = map(Tuple(eachindex(tag.type.params))) do i
        slot = Ref(EMPTY)
        @awaiting store C.wrt_ref_get(store, id, i - 1, slot)
        take(store, juliatype(tag.type.params[i]), slot[])
    end
    WasmException(message, tag, payload, frames, reference)
end

"""
The exception in an error that a call ended with, which is then released; the very object that Julia threw, where it is that. `nothing`
where the error holds none.
"""
function uncaught(store, thrown, slot::C.wrt_error)
    error, id = Ref(slot), Ref{UInt64}(0)
    C.wrt_error_exception(error, id) == C.WRT_OK || return nothing
    try
        own = thrown === nothing ? nothing : thrown.exception
        own isa WasmException && own.reference.store === store && samereference(store, idof(own.reference), id[]) && return own
        wasmexception(store, another(store, id[]).lo, unsafe_string(slot.message, slot.message_len), frames(error))
    finally
        C.wrt_error_clear(error)
    end
end

const ExnRef = Union{WasmException,Nothing}

const ExceptionType = Union{Type{ExnRef},Type{WasmException}}

kind(::Type{ExnRef}) = C.WRT_EXNREF
kind(::Type{WasmException}) = C.WRT_EXNREF
lower(store, ::ExceptionType, x::WasmException) = another(store, idof(x.reference))
lower(store, ::ExceptionType, ::Nothing) = EMPTY
raise(store, ::ExceptionType, slot) = slot.lo == 0 ? nothing : wasmexception(store, another(store, slot.lo).lo)
