# Types: what functions, memories, tables and globals look like, as plain Julia data. The library reads and writes them as
# WebAssembly text, and so do these.

"""
    WasmtimeType <: WasmtimeObject

Supertype of the types of WebAssembly items: [`WasmFuncType`](@ref), [`WasmMemoryType`](@ref), [`WasmTableType`](@ref),
[`WasmGlobalType`](@ref), [`WasmValType`](@ref). They are plain data: compare them with `==`, show them as WebAssembly text.

```jldoctest
julia> functype(instance.exports.add) isa WasmtimeType
true
```
"""
abstract type WasmtimeType <: WasmtimeObject end

"""
    WasmValType(T)

The type of a value, from a Julia type (`Int32`, `Int64`, `Float32`, `Float64`, `NTuple{16,UInt8}`, `Any` for externref,
`Union{Nothing,WasmFunc}` for funcref) or from its WebAssembly name (`:i32`, `"(ref null func)"`).

```jldoctest
julia> WasmValType(Int32)
WasmValType("i32")
```
"""
struct WasmValType <: WasmtimeType
    text::String
    kind::UInt8
end

# The names of the kinds. Binary kinds below WRT_V128 are references.
const KINDS = [
    "i32" => C.WRT_I32, "i64" => C.WRT_I64, "f32" => C.WRT_F32, "f64" => C.WRT_F64, "v128" => C.WRT_V128,
    "funcref" => C.WRT_FUNCREF, "externref" => C.WRT_EXTERNREF, "anyref" => C.WRT_ANYREF, "eqref" => C.WRT_EQREF,
    "i31ref" => C.WRT_I31REF, "structref" => C.WRT_STRUCTREF, "arrayref" => C.WRT_ARRAYREF, "exnref" => C.WRT_EXNREF,
    "nullref" => C.WRT_NONE, "nullfuncref" => C.WRT_NOFUNC, "nullexternref" => C.WRT_NOEXTERN, "nullexnref" => C.WRT_NOEXN,
]

@noinline function kindname(kind)
    for (name, known) in KINDS
        known == kind && return name
    end
    "(unknown $kind)"
end

"The kind of a value type written as text: exact for the short names, the kind of the heap type's family for `(ref ...)`."
function kindof(text::AbstractString)
    i = findfirst(pair -> first(pair) == text, KINDS)
    i === nothing || return last(KINDS[i])
    found = match(r"^\(ref\s+(?:null\s+)?(\w+)\)$", text)
    found === nothing && return nothing
    heap = found.captures[1]
    i = findfirst(pair -> first(pair) == heap * "ref", KINDS)
    i === nothing ? nothing : last(KINDS[i])
end

function WasmValType(text::AbstractString)
    kind = kindof(text)
    kind === nothing && throw(ArgumentError("\"$text\" is not a value type; the short ones are $(join(first.(KINDS), ", "))"))
    WasmValType(String(text), kind)
end
WasmValType(name::Symbol) = WasmValType(String(name))
function WasmValType(T::Type)
    found = kind(T)
    found === nothing && throw(ArgumentError("$T is no WebAssembly type: use Int32, Int64, Float32, Float64, " *
                                             "NTuple{16,UInt8}, Any for externref, Union{Nothing,WasmFunc} for funcref"))
    WasmValType(kindname(found), found)
end
WasmValType(ty::WasmValType) = ty

Base.:(==)(a::WasmValType, b::WasmValType) = a.text == b.text
Base.hash(ty::WasmValType, h::UInt) = hash(ty.text, hash(:WasmValType, h))
Base.show(io::IO, ty::WasmValType) = print(io, "WasmValType(", repr(ty.text), ")")
juliatype(ty::WasmValType) = juliatype(ty.kind)
juliatypes(types::AbstractVector{WasmValType}) = Type[juliatype(ty.kind) for ty in types]

"""
    WasmLimits(min, max = nothing)
    WasmLimits(min => max)

How large something must be and may become. `max` is `nothing` where there is no limit; in the constructors 0 says so too. Both are
`Int`s, but for what only a `UInt64` can hold.

```jldoctest
julia> WasmLimits(1 => 10).max
10
```
"""
struct WasmLimits <: WasmtimeType
    min::Union{Int,UInt64}
    max::Union{Nothing,Int,UInt64}

    function WasmLimits(min::Integer, max::Union{Nothing,Integer}, ::Val{:exact})
        min >= 0 || throw(ArgumentError("the minimum is $min, below zero"))
        max === nothing || max >= min || throw(ArgumentError("the maximum $max is below the minimum $min"))
        new(fitting(min), fitting(max))
    end
end

fitting(n) = n === nothing ? n : n > typemax(Int) ? UInt64(n) : Int(n)

WasmLimits(min::Integer = 0, max::Union{Nothing,Integer} = nothing) =
    WasmLimits(min, max == 0 ? nothing : max, Val(:exact))
WasmLimits(limits::Pair) = WasmLimits(first(limits), last(limits))
WasmLimits(limits::WasmLimits) = limits

Base.show(io::IO, limits::WasmLimits) =
    print(io, "WasmLimits(", limits.min, limits.max === nothing ? "" : ", $(limits.max)", ")")
numbers(limits::WasmLimits) = limits.max === nothing ? "$(limits.min)" : "$(limits.min) $(limits.max)"

"A list that stays as it is: the type of a function says how it is called."
struct Fixed{T} <: AbstractVector{T}
    items::Vector{T}
end

Base.size(list::Fixed) = size(list.items)
Base.getindex(list::Fixed, i::Int) = list.items[i]
Base.convert(::Type{Fixed{T}}, items::Vector{T}) where {T} = Fixed{T}(items)

"""
    WasmFuncType(parameters, results)

The type of a function, from two vectors of what [`WasmValType`](@ref) takes.

```jldoctest
julia> WasmFuncType([Int32, Int32], [Int32])
WasmFuncType("(func (param i32 i32) (result i32))")
```
"""
struct WasmFuncType <: WasmtimeType
    params::Fixed{WasmValType}
    results::Fixed{WasmValType}
    text::String
end

valtypes(types) = WasmValType[WasmValType(ty) for ty in types]

function WasmFuncType(params::Union{AbstractVector,Tuple}, results::Union{AbstractVector,Tuple})
    params, results = valtypes(params), valtypes(results)
    WasmFuncType(params, results, "(func" * group(" (param", params) * group(" (result", results) * ")")
end

group(head, types) = isempty(types) ? "" : head * join(" " * ty.text for ty in types) * ")"

"""
    WasmMemoryType(min => max; is64 = false, shared = false)

The type of a memory; the limits, anything [`WasmLimits`](@ref) takes, count pages of 64 KiB. `page_size` is the number of
bytes of a page.

```jldoctest
julia> WasmMemoryType(1 => 10)
WasmMemoryType("(memory 1 10)")
```
"""
struct WasmMemoryType <: WasmtimeType
    limits::WasmLimits
    is64::Bool
    shared::Bool
    page_size::Int
end

WasmMemoryType(limits = WasmLimits(); is64::Bool = false, shared::Bool = false, page_size::Integer = 65536) =
    WasmMemoryType(WasmLimits(limits), is64, shared, page_size)

"""
    WasmTableType(min => max; element = :funcref, is64 = false)

The type of a table; the limits, anything [`WasmLimits`](@ref) takes, count elements.

```jldoctest
julia> WasmTableType(1 => 10; element = :externref)
WasmTableType("(table 1 10 externref)")
```
"""
struct WasmTableType <: WasmtimeType
    limits::WasmLimits
    element::WasmValType
    is64::Bool
end

WasmTableType(limits = WasmLimits(); element = :funcref, is64::Bool = false) =
    WasmTableType(WasmLimits(limits), WasmValType(element), is64)

"""
    WasmGlobalType(T, mutable = false)

The type of a global: what [`WasmValType`](@ref) takes, and whether it can be set.

```jldoctest
julia> WasmGlobalType(Int32, true)
WasmGlobalType("(global (mut i32))")
```
"""
struct WasmGlobalType <: WasmtimeType
    content::WasmValType
    mutable::Bool

    WasmGlobalType(content, mutable::Bool = false) = new(WasmValType(content), mutable)
end

"""
    WasmTagType

The type of an exception tag: the types of what it carries.

```jldoctest
julia> tag.type
WasmTagType("(tag (param i32))")
```
"""
struct WasmTagType <: WasmtimeType
    params::Fixed{WasmValType}
    text::String
end

"""
    WasmImportType(mod, name, type)

What a module wants: `module_name`, `import_name` and `type`. [`imports`](@ref) lists them.

```jldoctest
julia> imports(count)[1]
("fd_fdstat_get", WasmImportType("wasi_snapshot_preview1", "fd_fdstat_get", (func (param i32 i32) (result i32))))
```
"""
struct WasmImportType <: WasmtimeType
    module_name::String
    import_name::String
    type::WasmtimeType
end

Base.show(io::IO, ty::WasmImportType) =
    print(io, "WasmImportType(", repr(ty.module_name), ", ", repr(ty.import_name), ", ", wat(ty.type), ")")

"The type as WebAssembly text."
wat(ty::WasmFuncType) = ty.text
wat(ty::WasmTagType) = ty.text
wat(ty::WasmValType) = ty.text
wat(ty::WasmMemoryType) =
    string("(memory ", ty.is64 ? "i64 " : "", numbers(ty.limits), ty.shared ? " shared" : "",
           ty.page_size == 65536 ? "" : " (pagesize $(ty.page_size))", ")")
wat(ty::WasmTableType) = string("(table ", ty.is64 ? "i64 " : "", numbers(ty.limits), " ", ty.element.text, ")")
wat(ty::WasmGlobalType) = string("(global ", ty.mutable ? "(mut $(ty.content.text))" : ty.content.text, ")")

const ItemType = Union{WasmFuncType,WasmMemoryType,WasmTableType,WasmGlobalType,WasmTagType}

Base.:(==)(a::T, b::T) where {T<:ItemType} = wat(a) == wat(b)
Base.hash(ty::ItemType, h::UInt) = hash(wat(ty), hash(:WasmtimeType, h))
Base.show(io::IO, ty::ItemType) = print(io, nameof(typeof(ty)), "(", repr(wat(ty)), ")")

"The word for what has this type."
itemword(::WasmFuncType) = "func"
itemword(::WasmMemoryType) = "memory"
itemword(::WasmTableType) = "table"
itemword(::WasmGlobalType) = "global"
itemword(::WasmTagType) = "tag"

# From the library: a handle to a type becomes data, and data a handle for as long as a call needs it.

"Calls `f` with a handle to the type, made for `engine`."
function withtype(f, engine, ty::ItemType)
    out = Ref{Ptr{Cvoid}}(C_NULL)
    source = wat(ty)
    @check C.wrt_type_parse(engine, source, sizeof(source), out)
    try
        f(out[])
    finally
        C.wrt_release(out[])
    end
end

function typetext(handle::Ptr{Cvoid})
    out = Ref{C.wrt_bytes}()
    @check C.wrt_type_text(handle, out)
    String(take!(out))
end

function arity(handle::Ptr{Cvoid})
    nparams, nresults = Ref{Csize_t}(0), Ref{Csize_t}(0)
    @check C.wrt_type_arity(handle, nparams, nresults)
    params, results = zeros(UInt8, nparams[]), zeros(UInt8, nresults[])
    @check C.wrt_type_kinds(handle, params, length(params), results, length(results))
    params, results
end

function shape(handle::Ptr{Cvoid})
    out = Ref(C.wrt_shape())
    @check C.wrt_type_shape(handle, out)
    out[]
end

limitsof(s) = WasmLimits(s.min, s.max == typemax(UInt64) ? nothing : s.max, Val(:exact))

"The Julia type for a handle to a type, which stays the caller's."
function wasmtype(handle::Ptr{Cvoid})
    item = C.wrt_type_extern_kind(handle)
    item == C.WRT_FUNC ? signature(handle) : apart(datatype, item, handle)
end

function signature(handle::Ptr{Cvoid})
    source, (params, results) = typetext(handle), arity(handle)
    WasmFuncType(named(params, source, "param"), named(results, source, "result"), source)
end

"The type of what is no function."
function datatype(item, handle::Ptr{Cvoid})
    source = typetext(handle)
    if item == C.WRT_TAG
        params, = arity(handle)
        return WasmTagType(named(params, source, "param"), source)
    end
    s = shape(handle)
    item == C.WRT_MEMORY && return WasmMemoryType(limitsof(s), s.is_64 != 0, s.is_shared != 0, 1 << s.page_size_log2)
    inside = apart(content, s, source)::WasmValType
    item == C.WRT_TABLE ? WasmTableType(limitsof(s), inside, s.is_64 != 0) : WasmGlobalType(inside, s.is_mutable != 0)
end

"Value types for kinds: with the exact text where the type spells it out, else with the name of the kind."
function named(kinds::Vector{UInt8}, source, head)
    for kind in kinds
        isreference(kind) && return apart(spelled_types, kinds, source, head)::Vector{WasmValType}
    end
    WasmValType[WasmValType(kindname(kind), kind) for kind in kinds]
end

function spelled_types(kinds, source, head)
    texts = Any[]
    for form in last(forms(source))[2:end]
        form isa Vector && !isempty(form) && form[1] == head && append!(texts, form[2:end])
    end
    length(texts) == length(kinds) || (texts = kindname.(kinds))
    WasmValType[WasmValType(spelled(text), kind) for (text, kind) in zip(texts, kinds)]
end

"The value type of a table or a global, which stands last in its text."
function content(s, source)
    form = last(last(forms(source)))
    form isa Vector && form[1] == "mut" && (form = form[2])
    WasmValType(spelled(form), s.content_kind)
end

"The parenthesised forms of a text, as nested vectors of words."
function forms(source)
    stack = Vector{Any}[Any[]]
    for token in eachmatch(r"[()]|[^\s()]+", source)
        if token.match == "("
            push!(stack, Any[])
        elseif token.match == ")"
            done = pop!(stack)
            push!(last(stack), done)
        else
            push!(last(stack), String(token.match))
        end
    end
    only(stack)
end

spelled(word) = String(word)
spelled(form::Vector) = string("(", join(spelled.(form), " "), ")")
