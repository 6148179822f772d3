# Globals.

"""
    WasmGlobal(store, value; mutable = false)
    WasmGlobal(store, type::WasmGlobalType, value)

A global: `g[]` is its value, `g[] = x` sets it. The type comes from `value` (`Int32`, `Int64`, `Float32`, `Float64`,
`NTuple{16,UInt8}`, a function, a [`WasmValue`](@ref)) or is given.

```jldoctest
julia> counter = WasmGlobal(WasmStore(WasmEngine()), Int32(42); mutable = true);

julia> counter[] += 1
43
```
"""
mutable struct WasmGlobal{T} <: AbstractGlobal
    ptr::Ptr{Cvoid}
    store::WasmStore
    type::WasmGlobalType

    WasmGlobal{T}(ptr::Ptr{Cvoid}, store::WasmStore, type::WasmGlobalType) where {T} = own(new{T}(ptr, store, type))
end

WasmGlobal(ptr::Ptr{Cvoid}, store::WasmStore, type::WasmGlobalType) = WasmGlobal{juliatype(type.content)}(ptr, store, type)

function WasmGlobal(store::WasmStore, type::WasmGlobalType, value)
    out = Ref{Ptr{Cvoid}}(C_NULL)
    withtype(store.engine, type) do handle
        withslot(store, juliatype(type.content), value) do slot
            @check C.wrt_global_new(store, handle, slot, out)
        end
    end
    WasmGlobal(out[], store, type)
end

WasmGlobal(store::WasmStore, value; mutable::Bool = false) = WasmGlobal(store, WasmValue(value); mutable = mutable)
# Integers that calls take, too.
WasmGlobal(store::WasmStore, value::Union{Bool,UInt32,UInt64,UInt128}; mutable::Bool = false) =
    WasmGlobal(store, pass(juliatype(kind(typeof(value))), value); mutable = mutable)
WasmGlobal(store::WasmStore, value::WasmValue{T}; mutable::Bool = false) where {T} =
    WasmGlobal(store, WasmGlobalType(T, mutable), value)

above(g::WasmGlobal) = g.store
Base.eltype(::Type{WasmGlobal{T}}) where {T} = held(T)
Base.show(io::IO, g::WasmGlobal) = print(io, "WasmGlobal(", repr(wat(g.type)), ", ", state(g), ")")

"    WasmGlobalType(g)\n\nThe type of a global."
WasmGlobalType(g::WasmGlobal) = g.type

function Base.getindex(g::WasmGlobal{T}) where {T}
    out = Ref(EMPTY)
    @check C.wrt_global_get(g, out)
    take(g.store, T, out[])
end

function Base.setindex!(g::WasmGlobal{T}, x) where {T}
    if isreference(T)
        withslot(slot -> (@check C.wrt_global_set(g, slot)), g.store, T, x)
    else
        @check C.wrt_global_set(g, Ref(lower(nothing, T, pass(T, x))))
    end
    g
end

"""
    set_global!(g, x)
    set_global!(instance, name, x)

As `g[] = x`. Returns the global.

```jldoctest
julia> set_global!(instance, "counter", 7);

julia> get_global(instance, "counter")[]
7
```
"""
set_global!(g::WasmGlobal, x) = setindex!(g, x)
