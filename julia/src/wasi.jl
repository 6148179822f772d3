# WASI: what programs are given.

"A standard stream that the library keeps: at most `limit` bytes, or with `tail` the last ones."
struct Kept
    limit::UInt64
    tail::Bool
end

const INPUT = Union{IO,AbstractString,AbstractVector{UInt8}}
const OUTPUT = Union{IO,Kept}

"""
    WasiConfig(; args, env, inherit_env = false, stdin = devnull, stdout = devnull, stderr = devnull, dirs = [], writable = [],
               readonly = true, network = false, clock, random_seed)

What a program of WASI is given: nothing but what is named here. For [`run`](@ref) and its sisters, whose keywords these are as well, and
for `WasmStore(engine; wasi = WasiConfig(...))`.

- `args`: the arguments, the name of the program first
- `env`: the environment, a dictionary or pairs; `inherit_env = true` puts that of this process before it
- `stdin`: an `IO`, or text or bytes, which are the input itself; an `IO` is read when the program wants something
- `stdout`, `stderr`: an `IO`, the same one for both if you like
- `dirs`: folders, `"host" => "/guest"` each, or one of them; a text alone is the name on both sides. They are read-only, unless
  `readonly = false`
- `writable`: folders that can be written, in the same way
- `network`: `true`, or the addresses that may be used, `["10.0.0.0/8", "192.168.1.7:443"]`; only components can open sockets
- `clock`: seconds since 1970 where a clock begins that moves by a millisecond at each reading, instead of the real one
- `random_seed`: a number from which the same random numbers come each time, instead of real ones

An `IO` can also be a [`WasmPipe`](@ref).

```jldoctest
julia> WasiConfig(args = ["grep", "x"], dirs = ["data" => "/data"])
WasiConfig(args = ["grep", "x"], dirs = ["data" => "/data"])
```
"""
struct WasiConfig
    args::Vector{String}
    env::Vector{Pair{String,String}}
    inherit_env::Bool
    stdin::INPUT
    stdout::OUTPUT
    stderr::OUTPUT
    dirs::Vector{Pair{String,String}}
    writable::Vector{Pair{String,String}}
    network::Union{Bool,Vector{String}}
    clock::Union{Nothing,Float64}
    random_seed::Union{Nothing,UInt64}

    function WasiConfig(; args = String[], env = (), inherit_env::Bool = false, stdin::INPUT = devnull, stdout::OUTPUT = devnull,
                        stderr::OUTPUT = devnull, dirs = (), writable = (), readonly::Bool = true,
                        network::Union{Bool,AbstractVector{<:AbstractString}} = false, clock::Union{Nothing,Real} = nothing,
                        random_seed::Union{Nothing,Integer} = nothing, others...)
        check_keywords(others, SETTINGS)
        args isa AbstractString && throw(ArgumentError("args is a list: write args = [$(repr(args))]"))
        dirs, writable = folders(dirs), folders(writable)
        readonly || (writable = append!(dirs, writable); dirs = empty(dirs))
        # In nanoseconds it fits into 63 bits.
        clock === nothing || 0 <= clock < 9.2e9 || throw(ArgumentError("clock is $clock, not a time since 1970 in seconds"))
        new(String[arg for arg in args], variables(env), inherit_env, stdin, stdout, stderr, dirs, writable,
            network isa Bool ? network : String[address for address in network], clock,
            random_seed === nothing ? nothing : random_seed % UInt64)
    end
end

const SETTINGS = (:args, :env, :inherit_env, :stdin, :stdout, :stderr, :dirs, :writable, :readonly, :network, :clock, :random_seed)

# An error of Base would show the values, and so the environment.
function check_keywords(given, known)
    for name in keys(given)
        name in known || throw(ArgumentError("there is no keyword $name; there are $(join(known, ", "))"))
    end
end

folders(one::Union{AbstractString,Pair}) = folders((one,))
folders(all) = Pair{String,String}[one isa Pair ? String(first(one)) => String(last(one)) : String(one) => String(one) for one in all]

variables(one::Union{AbstractString,Pair}) = variables((one,))
variables(all) = Pair{String,String}[variable(one) for one in (all isa NamedTuple ? pairs(all) : all)]
variable(one::Pair) = string(first(one)) => string(last(one))
function variable(one::AbstractString)
    occursin('=', one) || throw(ArgumentError("$(repr(one)) is no variable: write \"NAME\" => \"value\""))
    name, value = split(one, '='; limit = 2)
    String(name) => String(value)
end

const NOTHING_GIVEN = WasiConfig()

function Base.show(io::IO, config::WasiConfig)
    shown = String[]
    for name in fieldnames(WasiConfig)
        value = getfield(config, name)
        value == getfield(NOTHING_GIVEN, name) && continue
        # Values of the environment may be secrets, and input long.
        text = name === :env ? "[$(join(repr.(first.(value)), ", "))]" : value isa Union{IO,Kept} ? string(nameof(typeof(value))) :
               name === :stdin ? "$(sizeof(value)) bytes" : repr(value)
        push!(shown, "$name = $text")
    end
    print(io, "WasiConfig(", join(shown, ", "), ")")
end

"The settings in the library."
mutable struct WasiSettings <: WasmtimeResource
    ptr::Ptr{Cvoid}
end

"What the library needs for the programs of one store, and the streams of Julia to be looked after."
function settings(config::WasiConfig)
    out = Ref{Ptr{Cvoid}}(C_NULL)
    @check C.wrt_wasi_new(out)
    wasi = own(WasiSettings(out[]))
    for arg in config.args
        @check C.wrt_wasi_arg(wasi, arg, sizeof(arg))
    end
    config.inherit_env && set!(wasi, "inherit_env", true)
    for (name, value) in config.env
        @check C.wrt_wasi_env(wasi, name, sizeof(name), value, sizeof(value))
    end
    for (folders, perms) in ((config.dirs, C.WRT_PERM_READ), (config.writable, C.WRT_PERM_READ_WRITE)), (host, guest) in folders
        @check C.wrt_wasi_preopen(wasi, host, sizeof(host), guest, sizeof(guest), perms)
    end
    config.network === false || apart(set_network!, wasi, config.network)
    if config.clock !== nothing
        apart(set!, wasi, "clock", "steps")
        apart(set!, wasi, "clock_start", round(UInt64, config.clock * 1e9))
    end
    if config.random_seed !== nothing
        apart(set!, wasi, "random", "seeded")
        apart(set!, wasi, "random_seed", config.random_seed)
    end
    any(io -> io isa Base.TTY, (config.stdin, config.stdout, config.stderr)) && set!(wasi, "terminal", true)
    stdio = Stdio(set_input!(wasi, config.stdin))
    made = set_output!(wasi, stdio, 1, config.stdout, nothing)
    set_output!(wasi, stdio, 2, config.stderr, config.stderr === config.stdout ? made : nothing)
    wasi, stdio
end

function set_network!(wasi, network)
    foreach(key -> set!(wasi, key, true), ("tcp", "udp", "name_lookup"))
    for address in (network === true ? ["0.0.0.0/0", "::/0"] : network)
        @check C.wrt_wasi_allow_address(wasi, address, sizeof(address))
    end
end

function set!(wasi::WasiSettings, key, value)
    value = optiontext(value)
    @check C.wrt_wasi_set(wasi, key, sizeof(key), value, sizeof(value))
end

"Says where input comes from; returns the pipe and the stream from which it is fed, if it is."
set_input!(wasi, io::IO) = (pipe = WasmPipe(); set_input!(wasi, pipe); (pipe, io))
set_input!(wasi, ::typeof(devnull)) = nothing
set_input!(wasi, pipe::WasmPipe) = (@check C.wrt_wasi_pipe(wasi, 0, pipe.handle); pipe.is_input = true; nothing)
set_input!(wasi, text::AbstractString) = set_input!(wasi, codeunits(String(text)))
function set_input!(wasi, bytes::AbstractVector{UInt8})
    bytes = contiguous(bytes)
    @check C.wrt_wasi_stdin_bytes(wasi, bytes, length(bytes))
end

"Says where output goes; returns the pipe that leads to a stream, which is `made` if that leads there already."
function set_output!(wasi, stdio, fd, io::IO, made)
    io === devnull && return
    pipe = io isa WasmPipe ? io : something(made, Some(nothing))
    if pipe === nothing
        pipe = WasmPipe()
        push!(stdio.outputs, (pipe, io))
    end
    @check C.wrt_wasi_pipe(wasi, fd, pipe.handle)
    pipe
end
set_output!(wasi, stdio, fd, kept::Kept, made) =
    (@check C.wrt_wasi_output_capture(wasi, fd, kept.limit, kept.tail); nothing)
