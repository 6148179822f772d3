# Modules: compiled code, shared by all stores of an engine.

import Serialization
import Serialization: serialize, deserialize

"""
    WasmModule(engine, source; cache = false)
    WasmModule(store, source; cache = false)

A compiled module. `source` is a vector of bytes (binary or text), the text of a module beginning with `(`, or the path of a file
with either. A module serves all threads and all stores of its engine.

With `cache = true` the compiled code is kept on disk, under the content and the settings of the engine, and the next time, in any
process, it is mapped into memory instead of compiled; `cache` may also be the path of a folder, to which nobody else can write. What
comes from there has no [`custom_sections`](@ref). The folder can be deleted at any time.

```julia
engine = WasmEngine()
mod = WasmModule(engine, "count.wasm")
mod = WasmModule(engine, "(module (func (export \\"f\\") (result i32) i32.const 42))")
```
"""
mutable struct WasmModule <: AbstractModule
    ptr::Ptr{Cvoid}
    engine::WasmEngine
    exports::Vector{Pair{String,WasmtimeType}}
    imports::Vector{WasmImportType}
    "Where each export is, by its name."
    places::Dict{String,Int}
    "The names of the exports as symbols, in order; empty where there are many, or one that is no symbol."
    symbols::Vector{Symbol}
    "The module with WASI linked, once it is run as a program."
    program::Any
    "Where it was compiled, once it is sent or received."
    origin::Union{Nothing,Tuple{String,Int}}

    function WasmModule(ptr::Ptr{Cvoid}, engine::WasmEngine)
        mod = own(new(ptr, engine))
        mod.program = mod.origin = nothing
        mod.exports = Pair{String,WasmtimeType}[exportat(mod, i) for i in 1:Int(C.wrt_module_export_count(mod))]
        n = Int(C.wrt_module_import_count(mod))
        mod.imports = n == 0 ? WasmImportType[] : apart(importsof, mod, n)::Vector{WasmImportType}
        mod.places, mod.symbols = Dict{String,Int}(), Symbol[]
        few = length(mod.exports) <= 64
        for i in 1:length(mod.exports)
            name = first(mod.exports[i])
            mod.places[name] = i
            few = few && issymbol(name)
            few && push!(mod.symbols, Symbol(name))
        end
        few || empty!(mod.symbols)
        mod
    end

    WasmModule(ptr::Ptr{Cvoid}, engine::WasmEngine, other::WasmModule) =
        own(new(ptr, engine, other.exports, other.imports, other.places, other.symbols, nothing, other.origin))
end

"Whether `name` can be a Julia symbol: any name of WebAssembly but one with a NUL in it."
issymbol(name) = !('\0' in name)

function WasmModule(engine, bytes::AbstractVector{UInt8}; cache::Union{Bool,AbstractString} = false)
    engine, bytes = engineof(engine), contiguous(bytes)
    cache === false ? compile_module(engine, bytes) : cached(engine, bytes, cache)
end

WasmModule(engine, source::AbstractString; options...) =
    WasmModule(engine, iswat(source) ? Vector{UInt8}(codeunits(source)) : read(source); options...)

function compile_module(engine, bytes)
    out = Ref{Ptr{Cvoid}}(C_NULL)
    @shielded C.wrt_module_new(engine, bytes, length(bytes), out)
    WasmModule(out[], engine)
end

named(item::C.wrt_item) = unsafe_string(item.name, item.name_len)

function exportat(mod, i)
    slot = Ref(C.wrt_item())
    @check C.wrt_module_export_at(mod, i - 1, slot)
    GC.@preserve mod Pair{String,WasmtimeType}(named(slot[]), wasmtype(slot[].type_)::WasmtimeType)
end

importsof(mod, n) = WasmImportType[importat(mod, i) for i in 1:n]

function importat(mod, i)
    slot = Ref(C.wrt_item())
    @check C.wrt_module_import_at(mod, i - 1, slot)
    item = slot[]
    GC.@preserve mod WasmImportType(unsafe_string(item.module_, item.module_len), named(item), wasmtype(item.type_))
end

"""
    imports(mod)::Vector{Tuple{String,WasmImportType}}

What a module wants, in its order: the name of each import and its [`WasmImportType`](@ref), which also knows the name of the
module it is to come from.

```jldoctest
julia> first(imports(count)[1])
"fd_fdstat_get"
```
"""
function imports(mod::WasmModule)
    checkopen(mod)
    Tuple{String,WasmImportType}[(item.import_name, item) for item in mod.imports]
end

"""
    exports(mod)
    exports(instance)

What a module exports, as a dictionary from names to types in the module's order; what an instance exports, as a dictionary from
names to functions, memories, globals and tables. Names are `String`s or `Symbol`s, or properties: `exports(instance).add`.

```jldoctest
julia> exports(mod)["add"]
WasmFuncType("(func (param i32 i32) (result i32))")

julia> exports(instance)["add"](2, 3)
5
```
"""
exports(mod::WasmModule) = (checkopen(mod); ExportTypes(mod.exports))

"An ordered dictionary from the names of exports to their types."
struct ExportTypes <: AbstractDict{String,WasmtimeType}
    items::Vector{Pair{String,WasmtimeType}}
end

Base.length(types::ExportTypes) = length(types.items)
Base.iterate(types::ExportTypes, state = 1) = iterate(types.items, state)
Base.haskey(types::ExportTypes, name::Union{AbstractString,Symbol}) = any(item -> first(item) == String(name), types.items)
Base.getindex(types::ExportTypes, name::Symbol) = types[String(name)]

function Base.get(types::ExportTypes, name::Union{AbstractString,Symbol}, default)
    i = findfirst(item -> first(item) == String(name), types.items)
    i === nothing ? default : last(types.items[i])
end

"""
    name(mod)::String

The name that a module gives itself, or `""`.

```jldoctest
julia> name(mod)
"tour"
```
"""
function name(mod::WasmModule)
    checkopen(mod)
    found = C.wrt_module_name(mod)
    GC.@preserve mod found == C_NULL ? "" : unsafe_string(found)
end
name(ty::WasmImportType) = ty.import_name

function describe(mod::WasmModule)
    out = Ref{C.wrt_bytes}()
    @check C.wrt_module_json(mod, out)
    parsejson(String(take!(out)))
end

"""
    custom_sections(mod)::Vector{Pair{String,Vector{UInt8}}}

The custom sections of a module, in their order: each name with its bytes. A deserialized module has none.

```jldoctest
julia> first(custom_sections(mod)[1])
"name"
```
"""
function custom_sections(mod::WasmModule)
    found, seen = Pair{String,Vector{UInt8}}[], Dict{String,Int}()
    for section in something(describe(mod)["custom_sections"], [])
        section = section["name"]
        nth = get!(seen, section, 0)
        seen[section] += 1
        data, len = Ref{Ptr{UInt8}}(C_NULL), Ref{Csize_t}(0)
        @check C.wrt_module_custom_section(mod, section, sizeof(section), nth, data, len)
        bytes = Vector{UInt8}(undef, len[])
        GC.@preserve mod bytes unsafe_copyto!(pointer(bytes), data[], len[])
        push!(found, section => bytes)
    end
    found
end

"""
    serialize(mod)::Vector{UInt8}

The compiled module as bytes, which [`deserialize`](@ref) takes back without compiling, in an engine with the same settings on a
machine of the same kind.

```jldoctest
julia> artifact = serialize(mod);

julia> name(deserialize(engine, artifact; trusted = true))
"tour"
```
"""
function Serialization.serialize(mod::WasmModule)
    out = Ref{C.wrt_bytes}()
    @check C.wrt_module_serialize(mod, out)
    take!(out)
end

"""
    deserialize(engine, artifact; trusted = false)::WasmModule

A module from what [`serialize`](@ref) made: bytes, or the path of a file that holds them, which is then mapped into memory. The
bytes are native code and run unchecked. Say `trusted = true` when they come from where nobody else can write; without it they
are refused.

```jldoctest
julia> artifact = serialize(mod);

julia> name(deserialize(engine, artifact; trusted = true))
"tour"
```
"""
function Serialization.deserialize(engine::Union{AbstractEngine,AbstractStore}, artifact::AbstractVector{UInt8};
                                   trusted::Bool = false)
    engine, bytes, out = engineof(engine), contiguous(artifact), Ref{Ptr{Cvoid}}(C_NULL)
    @shielded C.wrt_module_deserialize(engine, bytes, length(bytes), trust(trusted), out)
    WasmModule(out[], engine)
end

function Serialization.deserialize(engine::Union{AbstractEngine,AbstractStore}, path::AbstractString; trusted::Bool = false)
    engine, path, out = engineof(engine), String(path), Ref{Ptr{Cvoid}}(C_NULL)
    @shielded C.wrt_module_deserialize_file(engine, path, sizeof(path), trust(trusted), out)
    WasmModule(out[], engine)
end

function trust(trusted)
    trusted || throw(WasmRuntimeError("an artifact is native code: say trusted = true if nobody else could have written it",
                                      :argument))
    C.WRT_TRUSTED
end

function Base.show(io::IO, mod::WasmModule)
    print(io, "WasmModule(", state(mod), ", ", length(mod.imports), " imports, ", length(mod.exports), " exports)")
end

function Base.show(io::IO, ::MIME"text/plain", mod::WasmModule)
    show(io, mod)
    table(io, "imports", [(string(item.module_name, ".", item.import_name), wat(item.type)) for item in mod.imports])
    table(io, "exports", [(first(item), wat(last(item))) for item in mod.exports])
end
