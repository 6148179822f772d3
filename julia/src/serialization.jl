# Configurations, engines and modules in other processes: how Julia's Serialization writes them, and so how Distributed sends them.

import Serialization: AbstractSerializer, deserialize_cycle, serialize_cycle_header

"Where an engine or a module was made: the process, and its number among those that this process has sent."
const Origin = Tuple{String,Int}

const Settings = Vector{Pair{String,String}}

"""
An engine or a module that was sent or has come, so that it is one here, however often it comes. What the library has is kept until
the Julia object is gone that had it last: that one alone could be past its finalizer.
"""
struct Sent
    handle::Ptr{Cvoid}
    engine::Ptr{Cvoid}
    last::WeakRef
end

const SENT = Dict{Origin,Sent}()
const SENDING = ReentrantLock()
const PROCESS = Ref("")
const NUMBER = Ref(0)

"The name of this process among all others, also of later ones."
this_process() = (isempty(PROCESS[]) && (PROCESS[] = string(gethostname(), ' ', getpid(), ' ', time())); PROCESS[])

"Gives `x` an origin, if it has none."
function originof(x, engine = x)::Origin
    lock(SENDING) do
        x.origin === nothing && remember(x, engine, (this_process(), NUMBER[] += 1))
        x.origin
    end
end

function remember(x, engine, origin)
    forget()
    C.wrt_retain(x)
    haskey(SENT, origin) && C.wrt_release(SENT[origin].handle)
    SENT[origin] = Sent(x.ptr, engine.ptr, WeakRef(x))
    x.origin = origin
    x
end

"Lets go what nobody has any more, or what was closed."
function forget()
    for (origin, sent) in collect(SENT)
        last = sent.last.value
        last === nothing || last.ptr == C_NULL || continue
        delete!(SENT, origin)
        C.wrt_release(sent.handle)
    end
end

"Which object had the one of this origin last, and what the library has of it; `nothing` where it is not here."
function known(origin, engine = nothing)
    haskey(SENT, origin) || return nothing
    sent = SENT[origin]
    last = sent.last.value
    last !== nothing && (engine === nothing || engine.ptr == sent.engine) && lives(last, sent.handle) ? (last, sent.handle) : nothing
end

lives(::WasmEngine, handle) = C.wrt_engine_fingerprint(handle) != 0
lives(::WasmModule, handle) = C.wrt_module_export_at(handle, typemax(UInt), Ref(C.wrt_item()), C_NULL) != C.WRT_ERR_CLOSED

# All else that has something behind it in the library.
Serialization.serialize(::AbstractSerializer, x::Owner) =
    throw(WasmRuntimeError("a value of type $(nameof(typeof(x))) lives in its process, and is not sent to another; " *
                           "a WasmConfig, WasmEngine or WasmModule is", :unsupported))

function Serialization.serialize(s::AbstractSerializer, config::WasmConfig)
    checkopen(config)
    serialize_cycle_header(s, config) || serialize(s, config.settings)
    nothing
end

function Serialization.deserialize(s::AbstractSerializer, ::Type{WasmConfig})
    config = WasmConfig(deserialize(s)::Settings)
    deserialize_cycle(s, config)
    config
end

function Serialization.serialize(s::AbstractSerializer, engine::WasmEngine)
    checkopen(engine)
    serialize_cycle_header(s, engine) && return
    serialize(s, originof(engine))
    serialize(s, engine.settings)
    nothing
end

function Serialization.deserialize(s::AbstractSerializer, ::Type{WasmEngine})
    origin, settings = deserialize(s)::Origin, deserialize(s)::Settings
    engine = lock(SENDING) do
        found = known(origin)
        engine = found === nothing ? WasmEngine(WasmConfig(settings)) : WasmEngine(C.wrt_retain(found[2]), found[1])
        remember(engine, engine, origin)
    end
    deserialize_cycle(s, engine)
    engine
end

function Serialization.serialize(s::AbstractSerializer, mod::WasmModule)
    checkopen(mod)
    checkopen(mod.engine)
    serialize_cycle_header(s, mod) && return
    serialize(s, originof(mod, mod.engine))
    serialize(s, mod.engine)
    serialize(s, serialize(mod))
    nothing
end

# Whoever writes a stream of Serialization can have any code run where it is read: the artifact in it needs no vouching of its own.
function Serialization.deserialize(s::AbstractSerializer, ::Type{WasmModule})
    origin, engine, artifact = deserialize(s)::Origin, deserialize(s)::WasmEngine, deserialize(s)::Vector{UInt8}
    mod = lock(SENDING) do
        found = known(origin, engine)
        mod = found === nothing ? received(engine, artifact) : WasmModule(C.wrt_retain(found[2]), engine, found[1])
        remember(mod, engine, origin)
    end
    deserialize_cycle(s, mod)
    mod
end

function received(engine, artifact)
    try
        deserialize(engine, artifact; trusted = true)
    catch e
        e isa WasmCompileError && e.status === :incompatible || rethrow()
        throw(WasmCompileError("the module that was sent does not fit this process, compile it here: $(e.message)", :incompatible))
    end
end
