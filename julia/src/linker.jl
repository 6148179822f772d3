# Linkers: imports by name, defined once and used for many modules and stores.

"""
    WasmLinker(engine; direct = false)

Imports by name. `linker[mod, name] = x` defines one: a function, memory, global or table, a Julia function, or a number;
[`define!`](@ref) takes a whole instance. Julia functions and numbers take the type that the instantiated module asks for, so they
serve modules that differ in it. Defining a name again replaces it. `direct` is said of all its Julia functions, see
[`WasmFunc`](@ref).

```julia
linker = WasmLinker(engine)
linker["env", "log"] = x -> println(x)
define!(linker, "other", instance)
instance = instantiate(linker, store, mod)
```
"""
mutable struct WasmLinker <: WasmtimeResource
    ptr::Ptr{Cvoid}
    engine::WasmEngine
    "Definitions that take their type from the import: functions, numbers and other values of Julia."
    loose::Dict{Tuple{String,String},Any}
    "Host functions made from them, by name and signature, and whatever else must live as long as the linker."
    made::Dict{Tuple{String,String,String},HostFunc}
    "Whether its Julia functions are direct, in stores where they can be."
    direct::Bool
    "Whether it has WASI."
    wasi::Bool
    lock::ReentrantLock

    function WasmLinker(ptr::Ptr{Cvoid}, engine::WasmEngine, loose, made, direct, wasi)
        own(new(ptr, engine, loose, made, direct, wasi, ReentrantLock()))
    end
end

function WasmLinker(engine; direct::Bool = false)
    engine, out = engineof(engine), Ref{Ptr{Cvoid}}(C_NULL)
    @check C.wrt_linker_new(engine, out)
    linker = WasmLinker(out[], engine, Dict{Tuple{String,String},Any}(), Dict{Tuple{String,String,String},HostFunc}(), direct,
                        false)
    @check C.wrt_linker_allow(linker, 1, 0)
    linker
end

engineof(linker::WasmLinker) = linker.engine

"A linker with the same definitions; later ones are its own."
function Base.copy(linker::WasmLinker)
    out = Ref{Ptr{Cvoid}}(C_NULL)
    lock(linker.lock) do
        @check C.wrt_linker_clone(linker, out)
        WasmLinker(out[], linker.engine, copy(linker.loose), copy(linker.made), linker.direct, linker.wasi)
    end
end

function Base.setindex!(linker::WasmLinker, value, mod::Union{AbstractString,Symbol}, name::Union{AbstractString,Symbol})
    checkopen(linker)
    mod, name = String(mod), String(name)
    lock(linker.lock) do
        if value isa Item
            define_item(linker, mod, name, value)
            delete!(linker.loose, (mod, name))
        else
            linker.loose[(mod, name)] = value
        end
    end
    linker
end

function define_item(linker, mod, name, item)
    @check C.wrt_linker_define(linker, mod, sizeof(mod), name, sizeof(name), handleof(item))
end

"""
    define!(linker, mod, instance)
    define!(linker, mod, name, x)

Defines all exports of `instance` under the module name `mod`; or one import, as `linker[mod, name] = x`. Returns `linker`.

```jldoctest
julia> define!(linker, "tour", instance);

julia> haskey(linker, "tour", "add")
true
```
"""
function define!(linker::WasmLinker, mod::Union{AbstractString,Symbol}, instance::WasmInstance)
    mod = String(mod)
    @check C.wrt_linker_define_instance(linker, mod, sizeof(mod), instance)
    lock(linker.lock) do
        filter!(pair -> pair.first[1] != mod || !haskey(instance, pair.first[2]), linker.loose)
    end
    linker
end

define!(linker::WasmLinker, mod::Union{AbstractString,Symbol}, name::Union{AbstractString,Symbol}, x) =
    setindex!(linker, x, mod, name)

function Base.haskey(linker::WasmLinker, mod::Union{AbstractString,Symbol}, name::Union{AbstractString,Symbol})
    (String(mod), String(name)) in keys(linker)
end

function Base.show(io::IO, ::MIME"text/plain", linker::WasmLinker)
    show(io, linker)
    isopen(linker) && table(io, "definitions", [(mod, name) for (mod, name) in keys(linker)])
end

"The names that are defined, as pairs of module name and name."
function Base.keys(linker::WasmLinker)
    out = Ref{C.wrt_bytes}()
    @check C.wrt_linker_json(linker, out)
    listed = [(item["module"], item["name"]) for item in parsejson(String(take!(out)))]
    lock(() -> sort!(union!(listed, keys(linker.loose))), linker.lock)
end

"""
    get_export(linker, store, mod, name)

What is defined under a name, for use in `store`.

```jldoctest
julia> linker["env", "base"] = WasmGlobal(store, Int32(3));

julia> get_export(linker, store, "env", "base")[]
3
```
"""
function get_export(linker::WasmLinker, store::WasmStore, mod::Union{AbstractString,Symbol}, name::Union{AbstractString,Symbol})
    mod, name, out = String(mod), String(name), Ref{Ptr{Cvoid}}(C_NULL)
    foreach(checkopen, (linker, store))
    hosts = lock(() -> [host for (key, host) in linker.made if key[1] == mod && key[2] == name], linker.lock)
    linker.wasi && mod in WASI_MODULES && enter_wasi!(store)
    isempty(hosts) || check_direct(store, linker)
    @check C.wrt_linker_get(linker, store, mod, sizeof(mod), name, sizeof(name), out)
    adopt!(store, hosts, linker.direct)
    extern(store, out[])
end

const WASI_MODULES = ("wasi_snapshot_preview1", "wasi_unstable")

is_wasi(item::WasmImportType) = item.module_name in WASI_MODULES && item.type isa WasmFuncType

"""
    define_wasi!(linker)

Defines the functions of WASI preview 1 and its predecessor, for modules that import them. What they do in a store is said by its
`wasi`, see [`WasmStore`](@ref); without it programs are given nothing. Returns `linker`.

```julia
linker = define_wasi!(WasmLinker(engine))
store = WasmStore(engine; wasi = WasiConfig(stdout = stdout))
instance = instantiate(linker, store, mod)
```
"""
function define_wasi!(linker::WasmLinker)
    lock(linker.lock) do
        @check C.wrt_linker_define_wasi(linker, C.WRT_WASI_P1)
        linker.wasi = true
        filter!(pair -> !(pair.first[1] in WASI_MODULES), linker.loose)
    end
    linker
end

"Says that functions of WASI will be in the store."
function enter_wasi!(store)
    checkopen(store)
    store.hosts && throw(WasmRuntimeError("the store has functions with direct = true, which cannot be on the stack of a program " *
                                          "of WASI, since it may wait: define them without", :unsupported))
    full_speed()
    store.tasks = store.waits = true
    nothing
end

"A linker with WASI alone, the same for all stores of an engine, and the names in it."
function wasi_linker(engine::WasmEngine)
    if engine.wasi === nothing
        linker = define_wasi!(WasmLinker(engine))
        engine.wasi = (linker, Set{Tuple{String,String}}(keys(linker)))
    end
    engine.wasi::Tuple{WasmLinker,Set{Tuple{String,String}}}
end

"The function of WASI that an import names, or `Absent()`."
function wasi_item(store, item)
    linker, names = wasi_linker(store.engine)
    (item.module_name, item.import_name) in names || return Absent()
    get_export(linker, store, item.module_name, item.import_name)
end

"Fails where the functions of `linker`, as they are, cannot be in `store`."
function check_direct(store, linker)
    admit(store, linker.direct) == linker.direct && return
    throw(WasmRuntimeError("the linker's functions are direct, but the store has functions that may wait: " *
                           "use a linker without direct = true", :unsupported))
end

"""
The linker with a definition for each import of `mod` that a loose one stands for, its functions direct or not, and these functions.
They serve every store; values become globals of `store`. What is for this module or store alone is in a copy.
"""
function fitted(linker::WasmLinker, mod::WasmModule, store)
    lock(linker.lock) do
        wanted = filter(item -> haskey(linker.loose, (item.module_name, item.import_name)), mod.imports)
        isempty(wanted) ? (linker, HostFunc[], linker.direct) : apart(fit, linker, mod, store, wanted)
    end::Tuple{WasmLinker,Vector{HostFunc},Bool}
end

function fit(linker, mod, store, wanted)
    calls = any(item -> item.type isa WasmFuncType, wanted)
    direct = calls && store !== nothing ? admit(store, linker.direct) : linker.direct
    use = all(item -> item.type isa WasmFuncType, wanted) && direct == linker.direct ? linker : copy(linker)
    hosts = HostFunc[]
    for item in wanted
        value = linker.loose[(item.module_name, item.import_name)]
        fits(value, item.type) || throw(WasmLinkError("$(label(item)) cannot be $(described(value))"))
        if item.type isa WasmFuncType
            push!(hosts, define_host(use, item, value, direct))
        elseif store === nothing
            throw(WasmLinkError("$(label(item)) is defined as a value, which needs a store: " *
                                "define a WasmGlobal, or instantiate without prelink"))
        else
            define_item(use, item.module_name, item.import_name, import_item(store, value, item.type, direct))
        end
    end
    use, hosts, direct
end

function define_host(linker, item, f, direct)
    key = (item.module_name, item.import_name, wat(item.type))
    host = get(linker.made, key, nothing)
    host !== nothing && host.f === f || (host = linker.made[key] = hostfunc(f, item.type))
    mod, name, address = item.module_name, item.import_name, pointer_from_objref(host)
    withtype(linker.engine, item.type) do type
        if direct
            @check C.wrt_linker_define_func(linker, mod, sizeof(mod), name, sizeof(name), type, entry(host), address, C_NULL)
        else
            @check C.wrt_linker_define_suspending_func(linker, mod, sizeof(mod), name, sizeof(name), type, UInt64(UInt(address)))
        end
    end
    host
end

"From now on the store may call these Julia functions, and keeps them."
function adopt!(store, hosts, direct)
    isempty(hosts) && return
    if store.linked === nothing
        store.linked = hosts
    elseif store.linked !== hosts
        foreach(host -> rootsof(store)[host] = nothing, hosts)
    end
    direct ? (store.hosts = true) : (store.tasks = true)
    nothing
end

function missing_imports(linker, mod)
    there = Set(keys(linker))
    lacking = filter(item -> !((item.module_name, item.import_name) in there), mod.imports)
    isempty(lacking) || apart(fail_missing, linker, mod, lacking)
end

function fail_missing(linker, mod, lacking)
    hint = !linker.wasi && any(is_wasi, lacking) ? ". Give the linker WASI: define_wasi!(linker)" : ""
    throw(WasmLinkError("$(length(lacking)) of $(length(mod.imports)) imports are missing: $(join(map(label, lacking), "; "))$hint"))
end

function instantiate(linker::WasmLinker, store::WasmStore, mod::WasmModule)
    foreach(checkopen, (linker, store, mod))
    missing_imports(linker, mod)
    linker.wasi && any(is_wasi, mod.imports) && enter_wasi!(store)
    use, hosts, direct = fitted(linker, mod, store)
    adopt!(store, hosts, direct)
    l, s, m = use.ptr, store.ptr, mod.ptr
    instance = GC.@preserve use store mod make_instance(
        (out, slot) -> C.wrt_linker_instantiate(l, s, m, out, slot),
        (out, wake, env, slot) -> C.wrt_linker_instantiate_start(l, s, m, wake, env, out, slot), store, mod)
    initialized(store, instance)
end

instantiate(store::WasmStore, mod::WasmModule, linker::WasmLinker) = instantiate(linker, store, mod)
WasmInstance(store::WasmStore, mod::WasmModule, linker::WasmLinker) = instantiate(linker, store, mod)

"""
A module with its imports looked up: what [`prelink`](@ref) makes.

```jldoctest
julia> prelink(linker, mod) isa WasmPrelink
true
```
"""
mutable struct WasmPrelink <: WasmtimeResource
    ptr::Ptr{Cvoid}
    linker::WasmLinker
    mod::WasmModule
    "The Julia functions that it was made with: the linker may have others by now."
    hosts::Vector{HostFunc}

    WasmPrelink(ptr::Ptr{Cvoid}, linker::WasmLinker, mod::WasmModule, hosts) = own(new(ptr, linker, mod, hosts))
end

"""
    prelink(linker, mod)

Looks up the imports of `mod` once, for many instances: `instantiate(prelinked, store)`. What is defined must be Julia functions, or
belong to the store.

```julia
ready = prelink(linker, mod)
instances = [instantiate(ready, WasmStore(engine)) for _ in 1:100]
```
"""
function prelink(linker::WasmLinker, mod::WasmModule)
    foreach(checkopen, (linker, mod))
    missing_imports(linker, mod)
    (use, hosts, _), out = fitted(linker, mod, nothing), Ref{Ptr{Cvoid}}(C_NULL)
    @check C.wrt_linker_prelink(use, mod, out)
    WasmPrelink(out[], use, mod, hosts)
end

function instantiate(prelinked::WasmPrelink, store::WasmStore)
    checkopen(prelinked)
    checkopen(store)
    prelinked.linker.wasi && any(is_wasi, prelinked.mod.imports) && enter_wasi!(store)
    isempty(prelinked.hosts) || check_direct(store, prelinked.linker)
    adopt!(store, prelinked.hosts, prelinked.linker.direct)
    p, s = prelinked.ptr, store.ptr
    instance = GC.@preserve prelinked store make_instance(
        (out, slot) -> C.wrt_prelink_instantiate(p, s, out, slot),
        (out, wake, env, slot) -> C.wrt_prelink_instantiate_start(p, s, wake, env, out, slot), store, prelinked.mod)
    initialized(store, instance)
end

instantiate(store::WasmStore, prelinked::WasmPrelink) = instantiate(prelinked, store)
