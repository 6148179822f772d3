# What holds something of the library: how it is kept, closed and let go. The only finalizer of the package is here.

"""
    WasmtimeObject

The root of all types of this package but the errors.

```jldoctest
julia> WasmStore <: WasmtimeObject
true
```
"""
abstract type WasmtimeObject end

"""
    WasmtimeResource <: WasmtimeObject

An object with something behind it in the library: engine, store, module, instance, function, memory, global, table. `close(x)`
frees it now, and may be called twice; without it the garbage collector does. `isopen(x)` and `isvalid(x)` say whether it can be
used; any use after `close` throws a [`WasmtimeError`](@ref) that says so.

```jldoctest
julia> store isa WasmtimeResource
true

julia> isopen(store)
true
```
"""
abstract type WasmtimeResource <: WasmtimeObject end

"""
Supertype of [`WasmEngine`](@ref).

```jldoctest
julia> engine isa AbstractEngine
true
```
"""
abstract type AbstractEngine <: WasmtimeResource end
"""
Supertype of [`WasmStore`](@ref).

```jldoctest
julia> store isa AbstractStore
true
```
"""
abstract type AbstractStore <: WasmtimeResource end
"""
Supertype of [`WasmModule`](@ref).

```jldoctest
julia> mod isa AbstractModule
true
```
"""
abstract type AbstractModule <: WasmtimeResource end
"""
Supertype of [`WasmInstance`](@ref).

```jldoctest
julia> instance isa AbstractInstance
true
```
"""
abstract type AbstractInstance <: WasmtimeResource end
"""
Supertype of [`WasmFunc`](@ref) and [`TypedFunc`](@ref).

```jldoctest
julia> TypedFunc(instance.exports.add) isa AbstractFunc
true
```
"""
abstract type AbstractFunc <: WasmtimeResource end
"""
Supertype of [`WasmMemory`](@ref) and [`SharedMemory`](@ref).

```jldoctest
julia> instance.exports.memory isa AbstractMemory
true
```
"""
abstract type AbstractMemory <: WasmtimeResource end
"""
Supertype of [`WasmGlobal`](@ref).

```jldoctest
julia> instance.exports.counter isa AbstractGlobal
true
```
"""
abstract type AbstractGlobal <: WasmtimeResource end
"""
Supertype of [`WasmTable`](@ref).

```jldoctest
julia> instance.exports.table isa AbstractTable
true
```
"""
abstract type AbstractTable <: WasmtimeResource end
"""
Supertype of [`WasmConfig`](@ref).

```jldoctest
julia> WasmConfig() isa AbstractConfig
true
```
"""
abstract type AbstractConfig <: WasmtimeObject end

const Owner = Union{WasmtimeResource,AbstractConfig}

"Gives a handle back. It runs in the garbage collector, so it is one call that can neither wait nor fail."
struct Release
    handle::Ptr{Cvoid}
end

function (release::Release)(@nospecialize(x))
    setfield!(x, :ptr, C_NULL)
    C.wrt_release(release.handle)
    nothing
end

"Makes `x` the owner of the handle in `x.ptr`, and returns it."
own(x) = finalizer(Release(x.ptr), x)

"""
Drops a reference and then the store that it was kept for. As `Release`, neither call can wait or fail: what another thread uses is
dropped when it no longer does.
"""
struct Drop
    store::Ptr{Cvoid}
    id::UInt64
end

function (dropping::Drop)(x)
    setfield!(x, :ptr, C_NULL)
    C.wrt_ref_drop(dropping.store, dropping.id)
    C.wrt_release(dropping.store)
    nothing
end

"Makes `x` the owner of the reference whose id is in its `ptr`, and returns it."
function own_reference(x)
    store = above(x).ptr
    C.wrt_retain(store)
    finalizer(Drop(store, UInt64(UInt(getfield(x, :ptr)))), x)
end

"What `x` cannot live without; `nothing` where it stands alone."
above(::Owner) = nothing

"The word for `x` in messages: \"store\"."
noun(x::Owner) = lowercase(replace(String(nameof(typeof(x))), "Wasm" => ""))

function Base.isopen(x::Owner)
    x.ptr == C_NULL && return false
    home = above(x)
    home === nothing || isopen(home)
end

Base.isvalid(x::Owner) = isopen(x)

@noinline closed(@nospecialize(x)) = throw(WasmRuntimeError("the $(noun(x)) is closed", :closed))

"Throws when `x`, or what it lives in, is closed."
function checkopen(x::Owner)
    x.ptr == C_NULL && closed(x)
    home = above(x)
    home === nothing || checkopen(home)
    nothing
end

@inline function Base.unsafe_convert(::Type{Ptr{T}}, x::Owner) where {T<:Cvoid}
    x.ptr == C_NULL && closed(x)
    convert(Ptr{T}, x.ptr)
end

# A second object for the same handle would outlive it.
Base.deepcopy_internal(x::Owner, ::IdDict) =
    throw(ArgumentError("a $(noun(x)) is behind a handle of the library, which deepcopy cannot copy; take what it holds: memory[:]"))

# The handle itself stays until the finalizer, so that a thread in the middle of a call meets a closed object, not a freed one.
function Base.close(x::Owner)
    x.ptr == C_NULL && return
    @check C.wrt_close(x)
    x.ptr = C_NULL
    nothing
end

state(x::Owner) = isopen(x) ? "open" : "closed"

Base.show(io::IO, x::Owner) = print(io, nameof(typeof(x)), "(", state(x), ")")

const MOST_ROWS = 40

"Prints names and types as two columns under a heading."
function table(io, heading, rows)
    isempty(rows) && return
    isempty(heading) || print(io, "\n", heading, ":")
    width = min(maximum(textwidth(first(row)) for row in rows), 40)
    for (i, (left, right)) in enumerate(rows)
        if i > MOST_ROWS
            print(io, "\n  ... and ", length(rows) - MOST_ROWS, " more")
            break
        end
        print(io, "\n  ", rpad(left, width), "  ", right)
    end
end

Base.broadcastable(x::Owner) = Ref(x)
