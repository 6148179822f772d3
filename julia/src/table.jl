# Tables.

"""
    WasmTable(store, type::WasmTableType)
    WasmTable(store, min => max; element = :funcref)

References by index, as WebAssembly's indirect calls use them: a vector, from 1, of functions or Julia values, `nothing` where an
element is null. `t[i]`, `t[i] = f`, `length(t)`, `fill!`, iteration, [`grow!`](@ref). WebAssembly counts from 0, and so do
[`get_table_element`](@ref) and [`set_table_element!`](@ref).

```julia
t = WasmTable(store, WasmTableType(2 => 10))
t[1] = instance.exports.add
t[1](2, 3)
```
"""
mutable struct WasmTable{T} <: AbstractTable
    ptr::Ptr{Cvoid}
    store::WasmStore
    element::WasmValType

    WasmTable{T}(ptr::Ptr{Cvoid}, store::WasmStore, element::WasmValType) where {T} = own(new{T}(ptr, store, element))
end

WasmTable(ptr::Ptr{Cvoid}, store::WasmStore, type::WasmTableType) =
    WasmTable{juliatype(type.element)}(ptr, store, type.element)

function WasmTable(store::WasmStore, type::WasmTableType, x = nothing)
    out = Ref{Ptr{Cvoid}}(C_NULL)
    withtype(store.engine, type) do handle
        withslot(store, juliatype(type.element), x) do slot
            @check C.wrt_table_new(store, handle, slot, out)
        end
    end
    WasmTable(out[], store, type)
end

WasmTable(store::WasmStore, limits = WasmLimits(); element = :funcref) =
    WasmTable(store, WasmTableType(limits; element = element))

above(t::WasmTable) = t.store
Base.show(io::IO, t::WasmTable) = print(io, "WasmTable(", repr(t.element.text), ", ", state(t), ")")

"    WasmTableType(t)\n\nThe type of a table, with its present size as the minimum."
WasmTableType(t::WasmTable) = typeof_extern(t)::WasmTableType

function Base.length(t::WasmTable)
    out = Ref{UInt64}(0)
    @check C.wrt_table_size(t, out)
    Int(out[])
end

Base.size(t::WasmTable) = (length(t),)
Base.axes(t::WasmTable) = (Base.OneTo(length(t)),)
Base.eltype(::Type{WasmTable{T}}) where {T} = held(T)
Base.ndims(::Type{<:WasmTable}) = 1
Base.ndims(::WasmTable) = 1
Base.firstindex(::WasmTable) = 1
Base.lastindex(t::WasmTable) = length(t)
Base.eachindex(t::WasmTable) = Base.OneTo(length(t))
Base.keys(t::WasmTable) = eachindex(t)
Base.iterate(t::WasmTable, i = 1) = i > length(t) ? nothing : (t[i], i + 1)
Base.broadcastable(t::WasmTable) = collect(t)

function Base.getindex(t::WasmTable, i::Integer)
    1 <= i <= length(t) || throw(BoundsError(t, i))
    get_table_element(t, i - 1)
end

function Base.setindex!(t::WasmTable, x, i::Integer)
    1 <= i <= length(t) || throw(BoundsError(t, i))
    set_table_element!(t, i - 1, x)
end

Base.getindex(t::WasmTable{T}, range::AbstractUnitRange{<:Integer}) where {T} = held(T)[t[i] for i in range]
Base.getindex(t::WasmTable, ::Colon) = collect(t)

"""
    get_table_element(t, i)

The element of a table at WebAssembly's index `i`, from 0.

```jldoctest
julia> get_table_element(instance.exports.table, 0) === nothing
true
```
"""
function get_table_element(t::WasmTable{T}, i::Integer) where {T}
    out = Ref(EMPTY)
    @check C.wrt_table_get(t, i, out)
    take(t.store, T, out[])
end

"""
    set_table_element!(t, i, x)

Sets the element of a table at WebAssembly's index `i`, from 0. Returns the table.

```jldoctest
julia> set_table_element!(instance.exports.table, 0, instance.exports.add);

julia> get_table_element(instance.exports.table, 0)(2, 3)
5
```
"""
function set_table_element!(t::WasmTable{T}, i::Integer, x) where {T}
    withslot(slot -> (@check C.wrt_table_set(t, i, slot)), t.store, T, x)
    t
end

function Base.fill!(t::WasmTable{T}, x) where {T}
    n = length(t)
    withslot(slot -> (@check C.wrt_table_fill(t, 0, slot, n)), t.store, T, x)
    t
end

function Base.copyto!(dest::WasmTable, at::Integer, src::WasmTable, from::Integer, n::Integer)
    @check C.wrt_table_copy(dest, at - 1, src, from - 1, n)
    dest
end

function grow!(t::WasmTable{T}, n::Integer, x = nothing) where {T}
    before = Ref{UInt64}(0)
    withslot(slot -> (@check C.wrt_table_grow(t, n, slot, before)), t.store, T, x)
    Int(before[])
end
