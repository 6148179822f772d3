# Configuration: every option of the library by its own name, with the names that Julia users know.

"""
How hard the compiler tries: [`None`](@ref), [`Speed`](@ref), [`SpeedAndSize`](@ref).

```jldoctest
julia> Speed isa OptimizationLevel
true
```
"""
@enum OptimizationLevel None Speed SpeedAndSize

@doc """
Compile fast, without optimizing. See [`WasmConfig`](@ref).

```jldoctest
julia> WasmConfig(optimization_level = None)[:opt_level]
"none"
```
""" None
@doc """
Optimize for speed: the default. See [`WasmConfig`](@ref).

```jldoctest
julia> WasmConfig(optimization_level = Speed)[:opt_level]
"speed"
```
""" Speed
@doc """
Optimize for speed and size. See [`WasmConfig`](@ref).

```jldoctest
julia> WasmConfig(optimization_level = SpeedAndSize)[:opt_level]
"speed_and_size"
```
""" SpeedAndSize

"""
Which native profiler learns about compiled code: [`NoProfilingStrategy`](@ref), [`JitdumpProfilingStrategy`](@ref),
[`VTuneProfilingStrategy`](@ref), [`PerfMapProfilingStrategy`](@ref).

```jldoctest
julia> VTuneProfilingStrategy isa ProfilingStrategy
true
```
"""
@enum ProfilingStrategy NoProfilingStrategy JitdumpProfilingStrategy VTuneProfilingStrategy PerfMapProfilingStrategy

@doc """
No profiler: the default. See [`WasmConfig`](@ref).

```jldoctest
julia> WasmConfig(profiling_strategy = NoProfilingStrategy)[:profiler]
"none"
```
""" NoProfilingStrategy
@doc """
Linux `perf`, through a jitdump file. See [`WasmConfig`](@ref).

```jldoctest
julia> WasmConfig(profiling_strategy = JitdumpProfilingStrategy)[:profiler]
"jit_dump"
```
""" JitdumpProfilingStrategy
@doc """
Intel VTune. See [`WasmConfig`](@ref).

```jldoctest
julia> WasmConfig(profiling_strategy = VTuneProfilingStrategy)[:profiler]
"vtune"
```
""" VTuneProfilingStrategy
@doc """
Linux `perf`, through a map file. See [`WasmConfig`](@ref).

```jldoctest
julia> WasmConfig(profiling_strategy = PerfMapProfilingStrategy)[:profiler]
"perf_map"
```
""" PerfMapProfilingStrategy

"""
    WasmConfig(; options...)

The options for a [`WasmEngine`](@ref). The most used ones:

- `debug_info`: let native debuggers see WebAssembly functions
- `optimization_level`: [`None`](@ref), [`Speed`](@ref) or [`SpeedAndSize`](@ref)
- `profiling_strategy`: see [`ProfilingStrategy`](@ref)
- `consume_fuel`: count the work done, for [`set_fuel!`](@ref)
- `epoch_interruption`: make calls interruptible, for Ctrl-C, timeouts, [`set_epoch_deadline!`](@ref) and [`interrupt!`](@ref).
  Loops then take half as long again; so it is on by itself only in an interactive session
- `max_wasm_stack`: bytes of stack that WebAssembly may use
- `cache`: keep compiled modules on disk; `true`, or the path of a directory
- `pooling`: take instances from a pool; `true`, or its settings: `pooling = (total_memories = 100,)`
- `wasm_memory64`, `wasm_threads`, `wasm_gc` and so on: the proposals

Every option of the library is a keyword, and `keys(config)` lists them. `config[:name]` reads an option, `config[:name] = value`
sets it. An unknown name or a bad value is an error that says what was meant or wanted.

```jldoctest
julia> config = WasmConfig(consume_fuel = true, optimization_level = SpeedAndSize);

julia> config[:opt_level]
"speed_and_size"
```
"""
mutable struct WasmConfig <: AbstractConfig
    ptr::Ptr{Cvoid}
    "What was set, in its order."
    settings::Vector{Pair{String,String}}

    function WasmConfig(settings::Vector{Pair{String,String}})
        out = Ref{Ptr{Cvoid}}(C_NULL)
        @check C.wrt_config_new(out)
        config = own(new(out[], Pair{String,String}[]))
        # The Mach ports that catch WebAssembly's traps are the ones that Julia's collector needs.
        Sys.isapple() && set!(config, "signals_based_traps", false)
        for (key, value) in settings
            set!(config, key, value)
        end
        config
    end
end

function WasmConfig(; options...)
    # Who sits before a prompt wants to get it back.
    config = WasmConfig(isinteractive() ? ["epoch_interruption" => "true"] : Pair{String,String}[])
    for (key, value) in options
        set!(config, String(key), value)
    end
    config
end

# How a value is written.
optiontext(x::Bool) = x ? "true" : "false"
optiontext(x::Integer) = string(x)
optiontext(x::Union{AbstractString,Symbol}) = String(x)
optiontext(x::OptimizationLevel) = x === None ? "none" : x === Speed ? "speed" : "speed_and_size"
optiontext(x::ProfilingStrategy) =
    x === NoProfilingStrategy ? "none" : x === JitdumpProfilingStrategy ? "jit_dump" :
    x === VTuneProfilingStrategy ? "vtune" : "perf_map"
optiontext(x) = throw(ArgumentError("an option is a Bool, a number or a text, not $(repr(x))"))

function set!(config::WasmConfig, key::String, value)
    value = optiontext(value)
    @check C.wrt_config_set(config, key, sizeof(key), value, sizeof(value))
    push!(config.settings, key => value)
    config
end

# A family of options as one keyword: pooling = (total_memories = 100,) sets pooling and pooling.total_memories.
function set!(config::WasmConfig, key::String, values::NamedTuple)
    set!(config, key, true)
    for (name, value) in pairs(values)
        set!(config, "$key.$name", value)
    end
    config
end

Base.setindex!(config::WasmConfig, value, key::Union{AbstractString,Symbol}) = set!(config, String(key), value)

function Base.getindex(config::WasmConfig, key::Union{AbstractString,Symbol})
    key, out = String(key), Ref{C.wrt_bytes}()
    @check C.wrt_config_get(config, key, sizeof(key), out)
    String(take!(out))
end

# Families, as `operator_cost.<name>`, are not among them: each of their members is a key of its own.
Base.keys(::WasmConfig) = String[option["key"] for option in options() if !occursin('<', option["key"])]

"What can be set: one dictionary for each option, with its key, type, default and meaning."
options() = parsejson(unsafe_string(C.wrt_config_options_json()))

"The settings that are not the defaults, in pairs of key and value; `setting` reads one."
function changed(setting)
    found = Tuple{String,String}[]
    for option in options()
        # `operator_cost.<name>` stands for many.
        occursin('<', option["key"]) && continue
        value, default = setting(option["key"]), option["default"]
        value in (nothing, "", default === nothing ? "" : string(default)) || push!(found, (option["key"], value))
    end
    found
end

function Base.show(io::IO, ::MIME"text/plain", config::WasmConfig)
    show(io, config)
    isopen(config) && table(io, "options", changed(key -> config[key]))
end

"""
    debug_info!(config, on)

Lets native debuggers see WebAssembly functions. Returns `config`.

```jldoctest
julia> debug_info!(WasmConfig(), true)[:debug_info]
"true"
```
"""
debug_info!(config::WasmConfig, on::Bool) = set!(config, "debug_info", on)

"""
    optimization_level!(config, level)

Sets the [`OptimizationLevel`](@ref). Returns `config`.

```jldoctest
julia> optimization_level!(WasmConfig(), SpeedAndSize)[:opt_level]
"speed_and_size"
```
"""
optimization_level!(config::WasmConfig, level::OptimizationLevel) = set!(config, "optimization_level", level)

"""
    profiler!(config, strategy)

Sets the [`ProfilingStrategy`](@ref). Returns `config`.

```jldoctest
julia> profiler!(WasmConfig(), PerfMapProfilingStrategy)[:profiler]
"perf_map"
```
"""
profiler!(config::WasmConfig, strategy::ProfilingStrategy) = set!(config, "profiling_strategy", strategy)

"""
    profiling_strategy!(config, strategy)

As [`profiler!`](@ref).

```jldoctest
julia> profiling_strategy!(WasmConfig(), PerfMapProfilingStrategy)[:profiler]
"perf_map"
```
"""
profiling_strategy!(config::WasmConfig, strategy::ProfilingStrategy) = profiler!(config, strategy)

"""
    consume_fuel!(config, on)

Counts the work done, for [`set_fuel!`](@ref). Returns `config`.

```jldoctest
julia> consume_fuel!(WasmConfig(), true)[:consume_fuel]
"true"
```
"""
consume_fuel!(config::WasmConfig, on::Bool) = set!(config, "consume_fuel", on)

"""
    epoch_interruption!(config, on)

Makes calls interruptible, for timeouts and deadlines. Returns `config`.

```jldoctest
julia> epoch_interruption!(WasmConfig(), true)[:epoch_interruption]
"true"
```
"""
epoch_interruption!(config::WasmConfig, on::Bool) = set!(config, "epoch_interruption", on)

"""
    max_wasm_stack!(config, bytes)

Sets how much stack WebAssembly may use. Returns `config`.

```jldoctest
julia> max_wasm_stack!(WasmConfig(), 1 << 20)[:max_wasm_stack]
"1048576"
```
"""
max_wasm_stack!(config::WasmConfig, bytes::Integer) = set!(config, "max_wasm_stack", bytes)
