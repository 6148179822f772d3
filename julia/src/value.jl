# Values: how Julia's become WebAssembly's 16 untagged bytes, and back.

"""
    WasmtimeValue <: WasmtimeObject

Supertype of the tagged values, [`WasmValue`](@ref).

```jldoctest
julia> WasmI32(7) isa WasmtimeValue
true
```
"""
abstract type WasmtimeValue <: WasmtimeObject end

"""
    WasmValue{T} <: WasmtimeValue
    WasmValue(x)

A value with its WebAssembly type written down: [`WasmI32`](@ref), [`WasmI64`](@ref), [`WasmF32`](@ref), [`WasmF64`](@ref),
[`WasmV128`](@ref), [`WasmFuncRef`](@ref), [`WasmExternRef`](@ref); `T` is the Julia type inside. `WasmValue(x)` chooses by the
type of `x`. Rarely needed: functions, globals and tables take plain Julia values and know their types.

```jldoctest
julia> WasmValue(42)
WasmI64(42)

julia> WasmI32(7) == 7
true
```
"""
abstract type WasmValue{T} <: WasmtimeValue end

"""
    WasmI32(x)

A 32-bit integer, `x.value::Int32`. See [`WasmValue`](@ref).

```jldoctest
julia> WasmI32(7).value
7
```
"""
struct WasmI32 <: WasmValue{Int32}
    value::Int32
end

"""
    WasmI64(x)

A 64-bit integer, `x.value::Int64`. See [`WasmValue`](@ref).

```jldoctest
julia> WasmI64(7).value
7
```
"""
struct WasmI64 <: WasmValue{Int64}
    value::Int64
end

"""
    WasmF32(x)

A 32-bit float, `x.value::Float32`. See [`WasmValue`](@ref).

```jldoctest
julia> WasmF32(1.5).value
1.5f0
```
"""
struct WasmF32 <: WasmValue{Float32}
    value::Float32
end

"""
    WasmF64(x)

A 64-bit float, `x.value::Float64`. See [`WasmValue`](@ref).

```jldoctest
julia> WasmF64(1.5).value
1.5
```
"""
struct WasmF64 <: WasmValue{Float64}
    value::Float64
end

const V128 = NTuple{16,UInt8}
const FuncRef = Union{AbstractFunc,Nothing}

"""
    WasmV128(bytes)

A 128-bit vector, `x.value::NTuple{16,UInt8}`. See [`WasmValue`](@ref).

```jldoctest
julia> lanes(UInt32, WasmV128(ntuple(i -> i == 1 ? 0x07 : 0x00, 16)).value)
(0x00000007, 0x00000000, 0x00000000, 0x00000000)
```
"""
struct WasmV128 <: WasmValue{V128}
    value::V128
end

"""
    WasmFuncRef(f)

A reference to a function, `x.func`, or `nothing`. See [`WasmValue`](@ref).

```jldoctest
julia> WasmFuncRef(nothing).func === nothing
true
```
"""
struct WasmFuncRef <: WasmValue{FuncRef}
    func::FuncRef
end

"""
    WasmExternRef(x)

A reference to any Julia value, `x.value`; `nothing` is the null reference. See [`WasmValue`](@ref).

```jldoctest
julia> WasmExternRef("anything").value
"anything"
```
"""
struct WasmExternRef <: WasmValue{Any}
    value::Any
end

WasmValue(x::Int32) = WasmI32(x)
WasmValue(x::Int64) = WasmI64(x)
WasmValue(x::Float32) = WasmF32(x)
WasmValue(x::Float64) = WasmF64(x)
WasmValue(x::V128) = WasmV128(x)
WasmValue(x::AbstractFunc) = WasmFuncRef(x)
WasmValue(x::WasmValue) = x
WasmValue(x) = WasmExternRef(x)

inside(x::WasmValue) = x.value
inside(x::WasmFuncRef) = x.func

Base.:(==)(a::WasmValue, b::WasmValue) = typeof(a) === typeof(b) && inside(a) == inside(b)
Base.:(==)(a::WasmValue, b::Number) = inside(a) == b
Base.:(==)(a::Number, b::WasmValue) = a == inside(b)
Base.hash(x::WasmValue, h::UInt) = hash(inside(x), h)
Base.convert(::Type{T}, x::WasmValue) where {T<:Number} = convert(T, inside(x))
Base.show(io::IO, x::WasmValue) = print(io, nameof(typeof(x)), "(", repr(inside(x)), ")")

# Between a Julia type and the kind of a slot. A type that has no kind cannot stand in a signature.
kind(::Type{Int32}) = C.WRT_I32
kind(::Type{UInt32}) = C.WRT_I32
kind(::Type{Bool}) = C.WRT_I32
kind(::Type{Int64}) = C.WRT_I64
kind(::Type{UInt64}) = C.WRT_I64
kind(::Type{Float32}) = C.WRT_F32
kind(::Type{Float64}) = C.WRT_F64
kind(::Type{V128}) = C.WRT_V128
kind(::Type{UInt128}) = C.WRT_V128
kind(::Type{Any}) = C.WRT_EXTERNREF
kind(::Type{<:FuncRef}) = C.WRT_FUNCREF
kind(::Type{Union{}}) = nothing
kind(::Type{<:WasmValue{T}}) where {T} = kind(T)
kind(::Type) = nothing

"Stands for the references that nobody can hold yet: a signature with them can be read, not called."
struct Opaque end

"The Julia type that values of a kind arrive as."
function juliatype(kind::Integer)
    kind == C.WRT_I32 ? Int32 :
    kind == C.WRT_I64 ? Int64 :
    kind == C.WRT_F32 ? Float32 :
    kind == C.WRT_F64 ? Float64 :
    kind == C.WRT_V128 ? V128 :
    kind == C.WRT_EXTERNREF || kind == C.WRT_NOEXTERN ? Any :
    kind == C.WRT_FUNCREF || kind == C.WRT_NOFUNC ? FuncRef :
    kind == C.WRT_STRUCTREF ? StructRef :
    kind == C.WRT_ARRAYREF ? ArrayRef :
    kind == C.WRT_I31REF ? I31Ref :
    kind == C.WRT_EQREF ? EqRef :
    kind == C.WRT_ANYREF || kind == C.WRT_NONE ? AnyRef :
    kind == C.WRT_EXNREF || kind == C.WRT_NOEXN ? ExnRef : Opaque
end

# The kinds of references are the smallest numbers.
isreference(kind::Integer) = kind <= C.WRT_NOCONT
isreference(::Type{T}) where {T} = (k = kind(T); k !== nothing && isreference(k))

# What a caller passes, as the type of the slot: `convert` with its checks, and three liberties. WebAssembly's integers have no
# sign, so an unsigned one passes bit by bit; a tagged value is taken out of its tag; any 16 bytes of lanes are a v128.
@inline pass(::Type{T}, x) where {T} = convert(T, x)
@inline pass(::Type{T}, x::WasmValue) where {T} = pass(T, inside(x))
@inline pass(::Type{Any}, x::WasmValue) = inside(x)
@inline pass(::Type{Int32}, x::UInt32) = reinterpret(Int32, x)
@inline pass(::Type{Int64}, x::UInt64) = reinterpret(Int64, x)
@inline pass(::Type{UInt32}, x::Int32) = reinterpret(UInt32, x)
@inline pass(::Type{UInt64}, x::Int64) = reinterpret(UInt64, x)
@inline pass(::Type{V128}, x::V128) = x
@inline pass(::Type{V128}, x::UInt128) = lanes(x)
@inline pass(::Type{UInt128}, x::V128) = bits(x)
@inline pass(::Type{V128}, x::Tuple{T,Vararg{T}}) where {T<:Union{Integer,AbstractFloat}} = lanes(bits(x))
@inline pass(::Type{UInt128}, x::Tuple{T,Vararg{T}}) where {T<:Union{Integer,AbstractFloat}} = bits(x)

function bits(x::T) where {T<:Tuple}
    isbitstype(T) && sizeof(T) == 16 || throw(ArgumentError("a v128 is 16 bytes of lanes, not a $T"))
    slot = Ref(x)
    GC.@preserve slot unsafe_load(convert(Ptr{UInt128}, Base.unsafe_convert(Ptr{T}, slot)))
end

lanes(x::UInt128) = ntuple(i -> (x >> (8 * (i - 1))) % UInt8, Val(16))

"""
    lanes(T, v)

The lanes of a v128, which arrives as 16 bytes or as `UInt128`, as a tuple of `T`: `Int8` to `Int64`, `UInt8` to `UInt64`, `Float32` or
`Float64`. Where a v128 is wanted such a tuple can be passed as it is.

```jldoctest
julia> lanes(Float32, ntuple(i -> i > 12 ? UInt8[0, 0, 0x80, 0x3f][i-12] : 0x00, 16))
(0.0f0, 0.0f0, 0.0f0, 1.0f0)
```
"""
lanes(::Type{T}, v::V128) where {T<:Union{Integer,AbstractFloat}} = lanes(T, bits(v))

function lanes(::Type{T}, v::UInt128) where {T<:Union{Integer,AbstractFloat}}
    isbitstype(T) && sizeof(T) in (1, 2, 4, 8) || throw(ArgumentError("a v128 has no lanes of $T"))
    slot = Ref(v)
    GC.@preserve slot unsafe_load(convert(Ptr{NTuple{16 ÷ sizeof(T),T}}, Base.unsafe_convert(Ptr{UInt128}, slot)))
end

# Between a Julia value and its slot. `store` is where references live.
const EMPTY = C.wrt_val(0, 0)

@inline lower(store, ::Type{Int32}, x::Int32) = C.wrt_val(x % UInt32, 0)
@inline lower(store, ::Type{UInt32}, x::UInt32) = C.wrt_val(x, 0)
@inline lower(store, ::Type{Bool}, x::Bool) = C.wrt_val(x, 0)
@inline lower(store, ::Type{Int64}, x::Int64) = C.wrt_val(x % UInt64, 0)
@inline lower(store, ::Type{UInt64}, x::UInt64) = C.wrt_val(x, 0)
@inline lower(store, ::Type{Float32}, x::Float32) = C.wrt_val(reinterpret(UInt32, x), 0)
@inline lower(store, ::Type{Float64}, x::Float64) = C.wrt_val(reinterpret(UInt64, x), 0)
@inline lower(store, ::Type{UInt128}, x::UInt128) = C.wrt_val(x % UInt64, (x >> 64) % UInt64)
@inline lower(store, ::Type{V128}, x::V128) = lower(store, UInt128, bits(x))
@inline lower(store, ::Type{T}, x) where {V,T<:WasmValue{V}} = lower(store, V, inside(x))

# What stands in structs and arrays only.
lower(store, ::Type{T}, x::T) where {T<:Union{UInt8,UInt16}} = C.wrt_val(x, 0)
raise(store, ::Type{T}, slot) where {T<:Union{UInt8,UInt16}} = slot.lo % T

@inline raise(store, ::Type{Int32}, slot) = slot.lo % Int32
@inline raise(store, ::Type{UInt32}, slot) = slot.lo % UInt32
@inline raise(store, ::Type{Bool}, slot) = slot.lo % UInt32 != 0
@inline raise(store, ::Type{Int64}, slot) = slot.lo % Int64
@inline raise(store, ::Type{UInt64}, slot) = slot.lo
@inline raise(store, ::Type{Float32}, slot) = reinterpret(Float32, slot.lo % UInt32)
@inline raise(store, ::Type{Float64}, slot) = reinterpret(Float64, slot.lo)
@inline raise(store, ::Type{UInt128}, slot) = (UInt128(slot.hi) << 64) | slot.lo
@inline raise(store, ::Type{V128}, slot) = lanes(raise(store, UInt128, slot))
@inline raise(store, ::Type{T}, slot) where {V,T<:WasmValue{V}} = T(raise(store, V, slot))
