# Instances: a module with its imports, in a store; and what it exports.

"""
    WasmInstance(store, mod; imports = NamedTuple(), direct = false)
    instantiate(store, mod; imports = NamedTuple(), direct = false)

A running module. `imports` is a nested named tuple or dictionary, by module name and import name; an instance can stand for a module
name. Plain Julia functions take the signature of their import, numbers become globals of the import's type. An import that is
missing or does not fit is a [`WasmLinkError`](@ref) that names all of them. `direct` is said of all plain functions among them, see
[`WasmFunc`](@ref). What is no module yet, text, bytes or a path, is compiled. In a store that was given WASI, its functions need not be
named, and the `_initialize` of a reactor is called.

`instance.exports` holds what the module exports, and so does [`exports`](@ref).

```julia
instance = WasmInstance(store, mod; imports = (env = (log = x -> println(x), base = 3),))
instance.exports.add(2, 3)
```
"""
mutable struct WasmInstance <: AbstractInstance
    ptr::Ptr{Cvoid}
    store::WasmStore
    mod::WasmModule
    exports::AbstractDict{String,Any}

    function WasmInstance(ptr::Ptr{Cvoid}, store::WasmStore, mod::WasmModule)
        instance = own(new(ptr, store, mod))
        instance.exports = Exports(instance)
        instance
    end
end

above(instance::WasmInstance) = instance.store

function WasmInstance(store::WasmStore, mod::WasmModule; imports = NamedTuple(), direct::Bool = false)
    checkopen(store)
    checkopen(mod)
    initialized(store, link(store, mod, resolve(store, mod, imports, direct)))
end

WasmInstance(store::WasmStore, source::Union{AbstractString,AbstractVector{UInt8}}; options...) =
    WasmInstance(store, WasmModule(store, source); options...)

function link(store, mod, items)
    handles = Ptr{Cvoid}[Base.unsafe_convert(Ptr{Cvoid}, handleof(item)) for item in items]
    s, m, n = store.ptr, mod.ptr, length(handles)
    GC.@preserve store mod items make_instance(
        (out, slot) -> C.wrt_instance_new(s, m, handles, n, out, slot),
        (out, wake, env, slot) -> C.wrt_instance_new_start(s, m, handles, n, wake, env, out, slot), store, mod)
end

"""
    instantiate(store, mod; imports, direct)
    instantiate(linker, store, mod)
    instantiate(prelinked, store)


A running module: [`WasmInstance`](@ref), or what a [`WasmLinker`](@ref) or [`prelink`](@ref) makes.

```jldoctest
julia> instantiate(store, mod).exports.add(2, 3)
5
```
"""
instantiate(store::WasmStore, mod::WasmModule; options...) = WasmInstance(store, mod; options...)

Base.show(io::IO, instance::WasmInstance) =
    print(io, "WasmInstance(", state(instance), ", ", length(instance.mod.exports), " exports)")

function Base.show(io::IO, ::MIME"text/plain", instance::WasmInstance)
    show(io, instance)
    table(io, "exports", [(first(item), wat(last(item))) for item in instance.mod.exports])
end

"Calls `_initialize` of a reactor, where WASI is in the store; a command is started by its caller."
function initialized(store, instance)
    store.waits || store.stdio !== nothing ? apart(initialize, instance)::WasmInstance : instance
end

function initialize(instance)
    there(name) = get(ExportTypes(instance.mod.exports), name, nothing) isa WasmFuncType
    there("_initialize") && !there("_start") && instance.exports["_initialize"]()
    instance
end

# Imports.

"What `imports` holds for an import, or `Absent()`."
function given(@nospecialize(imports), item::WasmImportType)
    group = entry(imports, item.module_name)
    group isa Absent ? group : entry(group, item.import_name)
end

entry(@nospecialize(group::NamedTuple), name) =
    issymbol(name) && isdefined(group, Symbol(name)) ? getfield(group, Symbol(name)) : Absent()
entry(group::AbstractInstance, name) = get(group.exports, name, Absent())
function entry(group::AbstractDict, name)
    found = get(group, name, Absent())
    found isa Absent && issymbol(name) ? get(group, Symbol(name), Absent()) : found
end
entry(group, name) =
    throw(ArgumentError("imports are a nested NamedTuple or dictionary, not $(typeof(group)) where $(repr(name)) should be"))

"The items for all imports of a module, in order. Where the store was given WASI, its functions need not be named."
resolve(store, mod, @nospecialize(imports), direct) =
    isempty(mod.imports) ? Any[] : apart(resolve_all, store, mod, imports, direct)::Vector{Any}

function resolve_all(store, mod, @nospecialize(imports), direct)
    found = Any[given(imports, item) for item in mod.imports]
    store.stdio === nothing || apart(add_wasi!, found, store, mod)
    for i in 1:length(found)
        can_be(found[i], mod.imports[i]) || apart(unsatisfied, store, mod, found)
    end
    for i in 1:length(found)
        found[i] = import_item(store, found[i], mod.imports[i].type, direct)
    end
    found
end

can_be(@nospecialize(value), item) = !(value isa Absent) && fits(value, item.type)

"Adds the functions of WASI that `mod` wants to the items that were found."
function add_wasi!(found, store, mod)
    lacking = [i for (i, item) in enumerate(mod.imports) if found[i] isa Absent && is_wasi(item)]
    isempty(lacking) || enter_wasi!(store)
    for i in lacking
        found[i] = wasi_item(store, mod.imports[i])
    end
end

function unsatisfied(store, mod, found)
    wrong, unknown = String[], false
    for (value, item) in zip(found, mod.imports)
        unknown |= value isa Absent && is_wasi(item)
        value isa Absent ? push!(wrong, "missing: $(label(item))") :
        fits(value, item.type) || push!(wrong, "$(label(item)) cannot be $(described(value))")
    end
    hint = unknown && store.stdio === nothing ? ". Give the store WASI: WasmStore(engine; wasi = WasiConfig())" : ""
    throw(WasmLinkError("$(length(wrong)) of $(length(found)) imports cannot be satisfied: $(join(wrong, "; "))$hint"))
end

label(item::WasmImportType) = "$(item.module_name).$(item.import_name) $(wat(item.type))"

described(value) = value isa Item ? "a $(nameof(typeof(value)))" : "the $(typeof(value)) $(repr(value; context = :limit => true))"

# What can stand for an import of a type. Exact types of items are compared by the library.
fits(@nospecialize(value), ::WasmFuncType) = value isa AbstractFunc || !(value isa Union{Item,Number,AbstractString,Nothing})
fits(@nospecialize(value), ::WasmMemoryType) = value isa LinearMemory
fits(@nospecialize(value), ::WasmTableType) = value isa WasmTable
fits(@nospecialize(value), ::WasmTagType) = value isa WasmTag
fits(@nospecialize(value), ::WasmGlobalType) = value isa WasmGlobal || !(value isa Union{LinearMemory,WasmTable,WasmTag})

import_item(store, @nospecialize(value), type, direct) = value
import_item(store, @nospecialize(value), type::WasmGlobalType, direct) =
    value isa WasmGlobal ? value : apart(WasmGlobal, store, type, value)
import_item(store, @nospecialize(value), type::WasmFuncType, direct) =
    value isa AbstractFunc ? value : define(store, hostfunc(value, type), type, direct)

# Exports.

"The exports of an instance: made when first asked for, and kept."
struct Exports <: AbstractDict{String,Any}
    instance::WasmInstance
    "Those that were asked for."
    items::Vector{Any}

    Exports(instance::WasmInstance) = new(instance, Vector{Any}(undef, length(instance.mod.exports)))
end

exports(instance::WasmInstance) = (checkopen(instance); instance.exports)

function exportat(exports::Exports, i::Int)
    items = getfield(exports, :items)
    isassigned(items, i) ? items[i] : make_export(exports, i)
end

@noinline function make_export(exports::Exports, i::Int)
    instance, out = getfield(exports, :instance), Ref{Ptr{Cvoid}}(C_NULL)
    @check C.wrt_instance_export_at(instance, i - 1, out)
    type = last(instance.mod.exports[i])
    item = type isa WasmFuncType ? WasmFunc(out[], instance.store, type) : apart(extern, instance.store, out[], type)
    getfield(exports, :items)[i] = item
end

place(exports::Exports, name) = get(getfield(exports, :instance).mod.places, String(name), 0)

# A few symbols are compared faster than a text is made and looked up.
function place(exports::Exports, name::Symbol)
    symbols = getfield(exports, :instance).mod.symbols
    isempty(symbols) && return place(exports, String(name))
    for i in 1:length(symbols)
        @inbounds symbols[i] === name && return i
    end
    0
end

names(exports::Exports) = first.(getfield(exports, :instance).mod.exports)

Base.length(exports::Exports) = length(getfield(exports, :items))
Base.haskey(exports::Exports, name::Union{AbstractString,Symbol}) = place(exports, name) > 0
Base.get(exports::Exports, name::Union{AbstractString,Symbol}, default) =
    (i = place(exports, name); i == 0 ? default : exportat(exports, i))
Base.getindex(exports::Exports, name::Union{AbstractString,Symbol}) =
    (i = place(exports, name); i == 0 ? throw(KeyError(name)) : exportat(exports, i))

function Base.iterate(exports::Exports, i = 1)
    i > length(exports) && return nothing
    name, _ = getfield(exports, :instance).mod.exports[i]
    Pair{String,Any}(name, exportat(exports, i)), i + 1
end

# Properties are exports and nothing else: no export is hidden by a field.
Base.getproperty(exports::Exports, name::Symbol) = exports[name]
Base.propertynames(exports::Exports, private::Bool = false) = Symbol.(filter(issymbol, names(exports)))
Base.hasproperty(exports::Exports, name::Symbol) = haskey(exports, name)

Base.show(io::IO, exports::Exports) = print(io, "exports(", join(names(exports), ", "), ")")

function Base.show(io::IO, ::MIME"text/plain", exports::Exports)
    print(io, length(exports), isempty(exports) ? " exports" : " exports:")
    table(io, "", [(first(item), wat(last(item))) for item in getfield(exports, :instance).mod.exports])
end

Base.getindex(instance::WasmInstance, name::Union{AbstractString,Symbol}) = exports(instance)[name]
Base.haskey(instance::WasmInstance, name::Union{AbstractString,Symbol}) = haskey(instance.exports, name)

"""
    get_export(instance, name)
    get_export(caller, name)

The export `name`, whatever it is. An instance without it is an error that lists what there is.

```jldoctest
julia> get_export(instance, "add")(2, 3)
5
```
"""
function get_export(instance::WasmInstance, name::Union{AbstractString,Symbol})
    found = get(exports(instance), name, Absent())
    found isa Absent || return found
    there = names(instance.exports)
    list = isempty(there) ? "nothing" : join(there[1:min(end, 20)], ", ") * (length(there) > 20 ? ", ..." : "")
    throw(WasmRuntimeError("there is no export $(repr(String(name))); the instance exports $list", :not_found))
end
get_export(caller::WasmCaller, name::Union{AbstractString,Symbol}) = caller[name]

const Exporter = Union{WasmInstance,WasmCaller}

function get_export(from::Exporter, name, ::Type{T}, word) where {T}
    found = get_export(from, name)
    found isa T || throw(WasmRuntimeError("the export $(repr(String(name))) is a $(nameof(typeof(found))), not a $word", :type))
    found
end

"""
    get_func(instance, name)::WasmFunc

The exported function `name`.

```jldoctest
julia> get_func(instance, "add")(2, 3)
5
```
"""
get_func(from::Exporter, name::Union{AbstractString,Symbol}) = get_export(from, name, WasmFunc, "function")

"""
    get_memory(instance, name = "memory")::WasmMemory

The exported memory `name`.

```jldoctest
julia> length(get_memory(instance))
65536
```
"""
get_memory(from::Exporter, name::Union{AbstractString,Symbol} = "memory") = get_export(from, name, LinearMemory, "memory")

"""
    get_table(instance, name)::WasmTable

The exported table `name`.

```jldoctest
julia> length(get_table(instance, "table"))
2
```
"""
get_table(from::Exporter, name::Union{AbstractString,Symbol}) = get_export(from, name, WasmTable, "table")

"""
    get_global(instance, name)::WasmGlobal
    get_global(g)

The exported global `name`; the value of a global, as `g[]`.

```jldoctest
julia> get_global(instance, "counter")[]
0
```
"""
get_global(from::Exporter, name::Union{AbstractString,Symbol}) = get_export(from, name, WasmGlobal, "global")
get_global(g::WasmGlobal) = g[]

set_global!(from::Exporter, name::Union{AbstractString,Symbol}, x) = set_global!(get_global(from, name), x)

"""
    get_typed_func(instance, name, [A, B], R)
    get_typed_func(instance, name, Tuple{A,B}, R)
    get_typed_func(instance, name)

The exported function `name` as a [`TypedFunc`](@ref). `R` is `Nothing` or left out for no result; without types, those of the
signature are taken.

```julia
add = get_typed_func(instance, "add", [Int32, Int32], Int32)
add(2, 3)
```
"""
get_typed_func(from::Exporter, name::Union{AbstractString,Symbol}) = typed(get_func(from, name))
get_typed_func(from::Exporter, name::Union{AbstractString,Symbol}, ::Type{A}, ::Type{R} = Nothing) where {A<:Tuple,R} =
    TypedFunc{A,R}(get_func(from, name))
get_typed_func(from::Exporter, name::Union{AbstractString,Symbol}, params::AbstractVector, R = Nothing) =
    TypedFunc{Tuple{params...},R isa AbstractVector ? Tuple{R...} : R}(get_func(from, name))

call(instance::WasmInstance, name::Union{AbstractString,Symbol}, args...; options...) =
    call(get_func(instance, name), args...; options...)
