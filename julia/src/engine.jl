# Engines: compiled code and its settings, shared by all threads.

"""
    WasmEngine([config])
    WasmEngine(; options...)

Compiles WebAssembly. One engine serves all threads and any number of stores and modules. The options are those of
[`WasmConfig`](@ref).

```julia
engine = WasmEngine()
engine = WasmEngine(consume_fuel = true, epoch_interruption = true)
```
"""
mutable struct WasmEngine <: AbstractEngine
    ptr::Ptr{Cvoid}
    "Whether running calls can be stopped, and made to yield."
    interruptible::Bool
    "The linker with WASI, once it is needed."
    wasi::Any
    "What was set in its configuration."
    settings::Vector{Pair{String,String}}
    "Where it was made first, once it is sent or received."
    origin::Union{Nothing,Tuple{String,Int}}

    function WasmEngine(config::WasmConfig)
        out = Ref{Ptr{Cvoid}}(C_NULL)
        @shielded C.wrt_engine_new(config, out)
        own(new(out[], config["epoch_interruption"] == "true", nothing, copy(config.settings), nothing))
    end

    WasmEngine(ptr::Ptr{Cvoid}, other::WasmEngine) = own(new(ptr, other.interruptible, nothing, other.settings, other.origin))
end

WasmEngine(; options...) = WasmEngine(WasmConfig(; options...))

engineof(engine::WasmEngine) = engine

"The settings in force."
function settings(engine::WasmEngine)
    out = Ref{C.wrt_bytes}()
    @check C.wrt_engine_json(engine, out)
    parsejson(String(take!(out)))["options"]
end

function Base.show(io::IO, ::MIME"text/plain", engine::WasmEngine)
    show(io, engine)
    isopen(engine) || return
    inforce = settings(engine)
    table(io, "options", changed(key -> (value = get(inforce, key, nothing); value === nothing ? value : string(value))))
end

"""
    increment_epoch!(engine)

Moves the epoch of `engine` by one tick, which stores with a deadline count. See [`set_epoch_deadline!`](@ref). Works from any
thread, also while WebAssembly runs.

```jldoctest
julia> set_epoch_deadline!(store, 2);

julia> increment_epoch!(engine);

julia> instance.exports.add(2, 3)
5
```
"""
function increment_epoch!(engine::WasmEngine)
    checkopen(engine)
    C.wrt_engine_increment_epoch(engine)
    engine
end

"""
    validate(engine, bytes)::Bool

Whether `bytes` are a valid module, binary or text, for `engine`; a store stands for its engine.

```jldoctest
julia> validate(WasmEngine(), wat2wasm("(module)"))
true

julia> validate(WasmEngine(), UInt8[0x00])
false
```
"""
function validate(engine, bytes::AbstractVector{UInt8})::Bool
    engine, bytes, slot = engineof(engine), contiguous(bytes), Ref{C.wrt_error}()
    C.wrt_engine_validate(engine, bytes, length(bytes), slot) == C.WRT_OK && return true
    e = exception(slot[])
    e isa WasmCompileError ? false : throw(e)
end
validate(engine, text::AbstractString) = validate(engine, codeunits(text))

"The bytes as a vector whose elements follow each other in memory."
contiguous(bytes::Vector{UInt8}) = bytes
contiguous(bytes::AbstractVector{UInt8}) = Vector{UInt8}(bytes)
