# Objects of WebAssembly's collector: structs and arrays are objects in Julia too, an i31 is an `Int32`.

"""
Supertype of [`WasmStruct`](@ref) and [`WasmArray`](@ref). `a == b` says whether they are one and the same object.

```jldoctest
julia> point = WasmStruct(store, "(struct (field i32) (field f64))", 1, 2.5);

julia> point isa WasmObject
true
```
"""
abstract type WasmObject <: WasmtimeResource end

"A field, or the elements of an array: the Julia type of its values, and whether it can be set."
struct Member
    type::Type
    mutable::Bool
    name::Union{Nothing,Symbol}
end

"A struct or array type: as text that the library reads, and its members; of an array the one for all elements."
struct Shape
    text::String
    word::String
    members::Vector{Member}
end

"""
    WasmStruct(store, type, fields...)

A struct of WebAssembly, made from its type as text. `s[i]` is field `i`, from 1, and `s[i] = x` sets one that is `mut`; `length`,
iteration and `Tuple(s)` work. Where the type names its fields, they are properties too, but for the names `ptr`, `store` and `shape`.

WebAssembly's structs arrive as such objects, whatever reference type the signature has, and are passed as such. An object lives
as long as Julia or WebAssembly can reach it.

```julia
point = WasmStruct(store, raw"(struct (field \$x (mut i32)) (field \$y f64))", 1, 2.5)
point[1] += 1
point.x                     # => 2
instance.exports.norm(point)
```
"""
mutable struct WasmStruct <: WasmObject
    "The id of the reference."
    ptr::Ptr{Cvoid}
    store::WasmStore
    shape::Union{Nothing,Shape}

    WasmStruct(id::UInt64, store::WasmStore, shape = nothing) = own_reference(new(Ptr{Cvoid}(id), store, shape))
end

"""
    WasmArray(store, type, elements)

An array of WebAssembly, made from its type as text. `a[i]`, from 1, `a[i] = x` where the elements are `mut`, `length(a)`, iteration,
`collect(a)`, `fill!`, `copyto!` from and to vectors. Elements of type `i8` are `UInt8`, those of type `i16` `UInt16`. Arrays arrive
and are passed as [`WasmStruct`](@ref)s are.

```julia
bytes = WasmArray(store, "(array (mut i8))", codeunits("hello"))
String(collect(bytes))
```
"""
mutable struct WasmArray <: WasmObject
    ptr::Ptr{Cvoid}
    store::WasmStore
    shape::Union{Nothing,Shape}

    WasmArray(id::UInt64, store::WasmStore, shape = nothing) = own_reference(new(Ptr{Cvoid}(id), store, shape))
end

above(x::WasmObject) = getfield(x, :store)
# The object lives on where something else reaches it.
Base.close(x::WasmObject) = close_reference(x)

Base.:(==)(a::WasmObject, b::WasmObject) = a === b || sameobject(a, b)
Base.hash(x::WasmObject, h::UInt) = hash(objectid(above(x)), hash(noun(x), h))

Base.show(io::IO, x::WasmObject) = show_object(io, x, getfield(x, :shape))
show_object(io, x, ::Nothing) = print(io, nameof(typeof(x)), "(", state(x), ")")
show_object(io, x, shape::Shape) = print(io, nameof(typeof(x)), "(", shape.text, ", ", state(x), ")")

# Types. The text of an object's type ends with a reference to its definition: `(type $t0 (struct (field i32))) (ref $t0)`.

"Calls `f` with a handle to the type that a text is."
function withtype(f, store::WasmStore, text::AbstractString)
    out = Ref{Ptr{Cvoid}}(C_NULL)
    @check C.wrt_type_parse(store.engine, text, sizeof(text), out)
    try
        f(out[])
    finally
        C.wrt_release(out[])
    end
end

function shapeof(x::WasmObject)
    shape = getfield(x, :shape)
    shape === nothing || return shape
    store, out = above(x), Ref{Ptr{Cvoid}}(C_NULL)
    @check C.wrt_ref_type(store, idof(x), out)
    text = try
        typetext(out[])
    finally
        C.wrt_release(out[])
    end
    found = known_shape(store, text)
    setfield!(x, :shape, found === nothing ? remember!(store, text, Shape(text, members(text)...)) : found)
end

"The shape that a text in somebody's own words is, which is that of a `word`."
function shapeof(store::WasmStore, text::AbstractString, word)
    shape = known_shape(store, text)
    if shape === nothing
        written = withtype(typetext, store, text)
        shape = remember!(store, text, Shape(written, members(text)...))
        # Objects that come from WebAssembly have the names of their fields from here.
        hasnames(shape) && remember!(store, written, shape)
    end
    shape.word == word || throw(WasmRuntimeError("$text is the type of a $(shape.word), not of a $word", :type))
    shape
end

hasnames(shape) = any(member -> member.name !== nothing, shape.members)

function known_shape(store, text)
    objects = objectsof(store)
    lock(objects.lock)
    found = get(objects.shapes, text, nothing)
    unlock(objects.lock)
    found
end

"Keeps a shape for a text that has none yet, or one without names, and returns the one that it has."
function remember!(store, text, shape)
    objects = objectsof(store)
    lock(objects.lock)
    found = get!(objects.shapes, text, shape)
    hasnames(found) || (found = objects.shapes[text] = shape)
    unlock(objects.lock)
    found
end

"What the last definition in a text defines, \"struct\" or \"array\", and its members."
function members(text)
    all = forms(text)
    definition = isempty(all) ? "" : last(all)
    if definition isa Vector && definition[1] == "ref"
        groups = (form[1] == "rec" ? form[2:end] : [form] for form in all)
        definitions = [form for group in groups for form in group if length(form) > 2 && form[2] == last(definition)]
        definition = isempty(definitions) ? "" : last(definitions[1])
    end
    definition isa Vector && definition[1] == "sub" && (definition = last(definition))
    if definition isa Vector && definition[1] == "array"
        "array", [member(definition[end], nothing)]
    elseif definition isa Vector && definition[1] == "struct"
        "struct", Member[member for field in definition[2:end] for member in fieldmembers(field)]
    else
        throw(WasmRuntimeError("$(repr(text)) is not the type of a struct or an array: (struct (field i32)) and (array i8) are", :type))
    end
end

function fieldmembers(field)
    named = length(field) == 3 && field[2] isa String && startswith(field[2], '$')
    named ? [member(field[3], Symbol(field[2][2:end]))] : [member(form, nothing) for form in field[2:end]]
end

function member(form, name)
    mutable = form isa Vector && form[1] == "mut"
    Member(membertype(spelled(mutable ? form[2] : form)), mutable, name)
end

# A reference to a defined type may be one to anything.
function membertype(text)
    text == "i8" && return UInt8
    text == "i16" && return UInt16
    found = kindof(text)
    found === nothing ? AnyRef : juliatype(found)
end

# Making.

"Calls `f` with the slots for some values. Their ids are dropped afterwards."
function withslots(f, store, types, values)
    slots = C.wrt_val[]
    try
        for (T, x) in zip(types, values)
            push!(slots, lower(store, T, pass(T, x)))
        end
        f(slots)
    finally
        foreach((T, slot) -> isreference(T) && drop(store, slot.lo), types, slots)
    end
end

function WasmStruct(store::WasmStore, type::AbstractString, fields...)
    shape, out = shapeof(store, type, "struct"), Ref{UInt64}(0)
    types = [member.type for member in shape.members]
    length(fields) == length(types) ||
        throw(WasmRuntimeError("$type has $(counted(length(types), "field")), not $(length(fields))", :type))
    withtype(store, shape.text) do handle
        withslots(store, types, fields) do slots
            @check C.wrt_ref_new_struct(store, handle, slots, length(slots), out)
        end
    end
    WasmStruct(out[], store, shape)
end

"Numbers, which cross as the bytes of a vector."
const Bits = Union{UInt8,UInt16,Int32,Int64,Float32,Float64,V128}

function WasmArray(store::WasmStore, type::AbstractString, elements)
    shape, out = shapeof(store, type, "array"), Ref{UInt64}(0)
    T = shape.members[1].type
    withtype(store, shape.text) do handle
        if T <: Bits
            values = T[pass(T, x) for x in elements]
            @check C.wrt_ref_new_array_bytes(store, handle, asbytes(values), sizeof(values), out)
        else
            withslots(store, fill(T, length(elements)), elements) do slots
                @check C.wrt_ref_new_array(store, handle, slots, length(slots), out)
            end
        end
    end
    WasmArray(out[], store, shape)
end

asbytes(values) = collect(reinterpret(UInt8, values))

# Members.

function Base.length(x::WasmObject)
    out = Ref{UInt32}(0)
    @check C.wrt_ref_len(above(x), idof(x), out)
    Int(out[])
end

Base.firstindex(::WasmObject) = 1
Base.lastindex(x::WasmObject) = length(x)
Base.eachindex(x::WasmObject) = Base.OneTo(length(x))
Base.keys(x::WasmObject) = eachindex(x)
Base.iterate(x::WasmObject, i = 1) = i > length(x) ? nothing : (x[i], i + 1)
Base.size(x::WasmArray) = (length(x),)
Base.eltype(x::WasmArray) = held(memberof(x, 1).type)
Base.broadcastable(x::WasmArray) = collect(x)

memberof(x::WasmStruct, i) = shapeof(x).members[i]
memberof(x::WasmArray, i) = shapeof(x).members[1]

function Base.getindex(x::WasmObject, i::Integer)
    1 <= i <= length(x) || throw(BoundsError(x, i))
    T, out = memberof(x, i).type, Ref(EMPTY)
    @check C.wrt_ref_get(above(x), idof(x), i - 1, out)
    take(above(x), T, out[])
end

function Base.setindex!(x::WasmObject, value, i::Integer)
    1 <= i <= length(x) || throw(BoundsError(x, i))
    withslot(slot -> (@check C.wrt_ref_set(above(x), idof(x), i - 1, slot)), above(x), memberof(x, i).type, value)
    x
end

Base.Tuple(x::WasmStruct) = Tuple(x[i] for i in eachindex(x))

named(x::WasmStruct, name) = findfirst(member -> member.name === name, shapeof(x).members)

function Base.getproperty(x::WasmStruct, name::Symbol)
    name in fieldnames(WasmStruct) && return getfield(x, name)
    i = named(x, name)
    i === nothing ? throw(WasmRuntimeError("the struct has no field named $name: $(shapeof(x).text)", :not_found)) : x[i]
end

function Base.setproperty!(x::WasmStruct, name::Symbol, value)
    i = named(x, name)
    i === nothing && throw(WasmRuntimeError("the struct has no field named $name: $(shapeof(x).text)", :not_found))
    x[i] = value
    value
end

Base.propertynames(x::WasmStruct, private::Bool = false) =
    Tuple(member.name for member in shapeof(x).members if member.name !== nothing)

function Base.collect(x::WasmArray)
    T, n = memberof(x, 1).type, length(x)
    T <: Bits || return held(T)[x[i] for i in 1:n]
    values = Vector{T}(undef, n)
    GC.@preserve values begin
        @check C.wrt_ref_read_bytes(above(x), idof(x), 0, convert(Ptr{UInt8}, pointer(values)), sizeof(values))
    end
    values
end

Base.copyto!(to::AbstractVector, x::WasmArray) = copyto!(to, collect(x))

function Base.copyto!(x::WasmArray, from::AbstractVector)
    T, n = memberof(x, 1).type, length(from)
    n <= length(x) || throw(BoundsError(x, n))
    if T <: Bits
        bytes = asbytes(T[pass(T, value) for value in from])
        @check C.wrt_ref_write_bytes(above(x), idof(x), 0, bytes, length(bytes))
    else
        foreach((i, value) -> x[i] = value, 1:n, from)
    end
    x
end

Base.fill!(x::WasmArray, value) = copyto!(x, fill(value, length(x)))

# As values. A signature, a table or a global holds one of these types.

"Stands for what `anyref` can hold: structs, arrays, integers, and other values of Julia, which are told apart when they come."
struct AnyRef end

const StructRef = Union{WasmStruct,Nothing}
const ArrayRef = Union{WasmArray,Nothing}
const I31Ref = Union{Int32,Nothing}
const EqRef = Union{WasmStruct,WasmArray,Int32,Nothing}

kind(::Type{AnyRef}) = C.WRT_ANYREF
kind(::Type{EqRef}) = C.WRT_EQREF
kind(::Type{I31Ref}) = C.WRT_I31REF
kind(::Type{StructRef}) = C.WRT_STRUCTREF
kind(::Type{WasmStruct}) = C.WRT_STRUCTREF
kind(::Type{ArrayRef}) = C.WRT_ARRAYREF
kind(::Type{WasmArray}) = C.WRT_ARRAYREF

"The Julia type of values that arrive as `T`."
held(::Type{T}) where {T} = T
held(::Type{AnyRef}) = Any

pass(::Type{AnyRef}, x) = x
pass(::Type{AnyRef}, x::WasmValue) = inside(x)
pass(::Type{I31Ref}, x::Integer) = i31(x)
pass(::Type{EqRef}, x::Integer) = i31(x)

i31(x::Integer) = -2^30 <= x < 2^30 ? Int32(x) : throw(InexactError(:convert, Int32, x))

const ObjectType = Union{Type{StructRef},Type{WasmStruct},Type{ArrayRef},Type{WasmArray},Type{I31Ref},Type{EqRef}}

lower(store, ::ObjectType, x) = lower(store, AnyRef, x)
lower(store, ::Type{AnyRef}, ::Nothing) = EMPTY
lower(store, ::Type{AnyRef}, x::WasmObject) = another(store, idof(x))
lower(store, ::Type{AnyRef}, x::AbstractFunc) = lower(store, FuncRef, x)

function lower(store, ::Type{AnyRef}, x::Integer)
    out = Ref{UInt64}(0)
    @awaiting store C.wrt_ref_from_i31(store, i31(x), out)
    C.wrt_val(out[], 0)
end

function lower(store, ::Type{AnyRef}, x)
    slot = lower(store, Any, x)
    try
        converted(store, slot.lo, C.WRT_ANYREF)
    finally
        drop(store, slot.lo)
    end
end

# An object of WebAssembly is one from outside as well.
lower(store, ::Type{Any}, x::WasmObject) = converted(store, idof(x), C.WRT_EXTERNREF)

raise(store, ::ObjectType, slot) = raise(store, AnyRef, slot)
raise(store, ::Type{AnyRef}, slot) = slot.lo == 0 ? nothing : arrived(store, another(store, slot.lo).lo)
takereference(store, ::ObjectType, slot) = takereference(store, AnyRef, slot)
takereference(store, ::Type{AnyRef}, slot) = slot.lo == 0 ? nothing : arrived(store, slot.lo)

"What a reference is in Julia, by what it turns out to be. The id is used up."
function arrived(store, id::UInt64)
    found, value = kindof(store, id), Ref{Int32}(0)
    found == C.WRT_STRUCTREF && return WasmStruct(id, store)
    found == C.WRT_ARRAYREF && return WasmArray(id, store)
    try
        if found == C.WRT_I31REF
            @awaiting store C.wrt_ref_to_i31(store, id, value)
            value[]
        elseif found == C.WRT_FUNCREF
            raise(store, FuncRef, C.wrt_val(id, 0))
        elseif found == C.WRT_EXNREF
            raise(store, ExnRef, C.wrt_val(id, 0))
        else
            raise(store, Any, C.wrt_val(id, 0))
        end
    finally
        drop(store, id)
    end
end
