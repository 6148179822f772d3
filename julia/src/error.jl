# Errors: a status and a sentence of the library become an exception that can be told apart by its type.

"""
    WasmtimeError <: Exception
    WasmtimeError(message)

What everything in this package throws, short of the errors of Base (`InexactError`, `BoundsError`, `KeyError`) where an
argument is at fault in the way Base knows. Every subtype has a field `message`. `WasmtimeError("...")` makes a plain one, a
[`WasmRuntimeError`](@ref).

Exceptions thrown by Julia functions that WebAssembly calls are not wrapped: the very object comes out of the call that
entered WebAssembly.

```julia
try
    instance.exports.run()
catch e
    e isa WasmtimeError || rethrow()
    @warn "the module failed" e.message
end
```
"""
abstract type WasmtimeError <: Exception end

"""
    WasmFrame

One WebAssembly function on the stack when a call failed, innermost first: `index` of the function in its module, `name` and
`mod` (the module's name, both `nothing` where unknown), `offset` in the module's bytes, and, where the module has debug
information, `file`, `line` and `column`. `inlined` says that the function was inlined into the next one.

```jldoctest
julia> trap = caught(() -> instance.exports.divide(1, 0));

julia> trap.frames[1]::WasmFrame
divide in tour at 0x9a
```
"""
struct WasmFrame
    index::Int
    name::Union{Nothing,String}
    mod::Union{Nothing,String}
    offset::Union{Nothing,Int}
    file::Union{Nothing,String}
    line::Int
    column::Int
    inlined::Bool
end

function Base.show(io::IO, frame::WasmFrame)
    frame.name === nothing ? print(io, "function ", frame.index) : print(io, frame.name)
    frame.inlined && print(io, " [inlined]")
    frame.mod === nothing || print(io, " in ", frame.mod)
    if frame.file !== nothing
        print(io, " at ", frame.file)
        frame.line > 0 && print(io, ":", frame.line)
    elseif frame.offset !== nothing
        print(io, " at 0x", string(frame.offset, base = 16))
    end
end

"""
    WasmRuntimeError <: WasmtimeError

An error without a type of its own; `status` says which kind: `:argument`, `:config`, `:type`, `:bounds`, `:not_found`,
`:store`, `:busy`, `:closed`, `:unsupported`, `:io` and so on.

```jldoctest
julia> (caught(() -> read_memory(instance.exports.memory, 1 << 30, 1))::WasmRuntimeError).status
:bounds
```
"""
struct WasmRuntimeError <: WasmtimeError
    message::String
    status::Symbol
end

WasmtimeError(message::AbstractString) = WasmRuntimeError(message, :other)

"""
    WasmTrap <: WasmtimeError

WebAssembly trapped. `code` is a `Symbol`: `:unreachable`, `:integer_division_by_zero`, `:integer_overflow`,
`:memory_out_of_bounds`, `:table_out_of_bounds`, `:indirect_call_to_null`, `:bad_signature`, `:stack_overflow` and so on;
`frames` is a vector of [`WasmFrame`](@ref), innermost first; `coredump` holds the bytes of a core dump when the engine was
made with `coredump_on_trap = true`.

```julia
try
    instance.exports.divide(1, 0)
catch e
    e isa WasmTrap && e.code === :integer_division_by_zero || rethrow()
    0
end
```
"""
struct WasmTrap <: WasmtimeError
    message::String
    code::Symbol
    frames::Vector{WasmFrame}
    coredump::Union{Nothing,Vector{UInt8}}
end

"""
    WasmExit <: WasmtimeError

The program inside asked to end with the exit code `status`.

```jldoctest
julia> (caught(() -> run(cat; args = ["cat", "/nowhere"], stderr = devnull))::WasmExit).status
1
```
"""
struct WasmExit <: WasmtimeError
    message::String
    status::Int
    frames::Vector{WasmFrame}
end

"""
    WasmCompileError <: WasmtimeError

Bytes or text are malformed, invalid or beyond the compiler, or a precompiled artifact does not fit; `status` is `:parse`,
`:validate`, `:compile` or `:incompatible`.

```jldoctest
julia> (caught(() -> WasmModule(engine, "(module (func (result i32)))"))::WasmCompileError).status
:validate
```
"""
struct WasmCompileError <: WasmtimeError
    message::String
    status::Symbol
end

"""
    WasmLinkError <: WasmtimeError

An import is missing or of the wrong type. The message names every missing import with its type.

```jldoctest
julia> needy = WasmModule(engine, \"\"\"(module (import "env" "log" (func (param i32))))\"\"\");

julia> (caught(() -> WasmInstance(store, needy))::WasmLinkError).message
"1 of 1 imports cannot be satisfied: missing: env.log (func (param i32))"
```
"""
struct WasmLinkError <: WasmtimeError
    message::String
end

"""
    WasmLimitError <: WasmtimeError

Something is used up: `status` is `:fuel` or `:limit` (memory, tables or instances of the store, the pool of the engine).

```jldoctest
julia> (caught(() -> grow!(instance.exports.memory, 100))::WasmLimitError).status
:limit
```
"""
struct WasmLimitError <: WasmtimeError
    message::String
    status::Symbol
    frames::Vector{WasmFrame}
end

"""
    WasmInterrupt <: WasmtimeError

A running call was stopped by a timeout, an epoch deadline or [`interrupt!`](@ref).

```jldoctest
julia> (caught(() -> call(instance.exports.spin; timeout = 0.01))::WasmInterrupt).message
"the call took longer than its timeout of 10ms"
```
"""
struct WasmInterrupt <: WasmtimeError
    message::String
    frames::Vector{WasmFrame}
end

"""
    WasmHostError <: WasmtimeError

A Julia function called by WebAssembly threw. The exception itself is what the outer call throws; this one stands below it on
the exception stack and shows where in Julia and where in WebAssembly it came from.

```jldoctest
julia> WasmHostError <: WasmtimeError
true
```
"""
struct WasmHostError <: WasmtimeError
    message::String
    frames::Vector{WasmFrame}
    exception::Any
    backtrace::Any
end

frames(::WasmtimeError) = WasmFrame[]
frames(e::Union{WasmTrap,WasmExit,WasmLimitError,WasmInterrupt,WasmHostError}) = e.frames

const MOST_FRAMES = 32

function Base.showerror(io::IO, e::WasmtimeError)
    print(io, nameof(typeof(e)), ": ", e.message)
    shown = frames(e)
    isempty(shown) && return
    print(io, "\nWebAssembly frames:")
    for (i, frame) in enumerate(shown)
        i > MOST_FRAMES && break
        print(io, "\n [", i, "] ", frame)
    end
    more = length(shown) - MOST_FRAMES
    more > 0 && print(io, "\n ... and ", more, " more")
    nothing
end

# Before a prompt an error that was caught reads as one that was not.
Base.show(io::IO, ::MIME"text/plain", e::WasmtimeError) = showerror(io, e)

# A sentence for each import.
function Base.showerror(io::IO, e::WasmLinkError)
    print(io, "WasmLinkError: ", replace(e.message, r"(?:: |; )(?=missing: )" => "\n  "))
end

function Base.showerror(io::IO, e::WasmHostError)
    invoke(showerror, Tuple{IO,WasmtimeError}, io, e)
    print(io, "\nthrown by the Julia function they called, here:")
    Base.show_backtrace(io, e.backtrace)
end

"A number of things, as a message has it."
counted(n, noun) = string(n, ' ', noun, n == 1 ? "" : "s")

"The library's name for a status, as a symbol: `:not_found`."
statusname(status) = Symbol(unsafe_string(C.wrt_status_name(status)))

text(p::Ptr{UInt8}) = p == C_NULL ? nothing : unsafe_string(p)

function frame(error::Ref{C.wrt_error}, i)
    slot = Ref(C.wrt_frame())
    C.wrt_error_frame(error, i - 1, slot)
    f = slot[]
    offset = f.module_offset == typemax(UInt64) ? nothing : Int(f.module_offset)
    WasmFrame(Int(f.func_index), text(f.func_name), text(f.module_name), offset, text(f.file), Int(f.line), Int(f.column),
              f.inline_depth > 0)
end

frames(error::Ref{C.wrt_error}) = WasmFrame[frame(error, i) for i in 1:error[].frame_count]

function coredump(error::Ref{C.wrt_error})
    out = Ref{C.wrt_bytes}()
    C.wrt_error_coredump(error, out, C_NULL) == C.WRT_OK ? take!(out) : nothing
end

"""
Calls `f`, compiled apart from the caller. Julia compiles a function together with all that it is seen to call, failures too, which would
be most of this package at the first call of anything; what is called by way of this is compiled when it is first needed.
"""
@noinline apart(@nospecialize(f), @nospecialize(args...)) = Base.inferencebarrier(f)(args...)

"The exception for what `slot` holds, which is released."
function exception(slot::C.wrt_error)
    error = Ref(slot)
    status = slot.status
    message = unsafe_string(slot.message, slot.message_len)
    try
        if status == C.WRT_ERR_TRAP
            code = Symbol(unsafe_string(C.wrt_trap_name(slot.trap)))
            WasmTrap(message, code, frames(error), coredump(error))
        elseif status == C.WRT_ERR_EXIT
            WasmExit(message, slot.exit_code, frames(error))
        elseif status in (C.WRT_ERR_PARSE, C.WRT_ERR_VALIDATE, C.WRT_ERR_COMPILE, C.WRT_ERR_INCOMPATIBLE)
            WasmCompileError(message, statusname(status))
        elseif status == C.WRT_ERR_LINK
            WasmLinkError(message)
        elseif status in (C.WRT_ERR_FUEL, C.WRT_ERR_LIMIT)
            WasmLimitError(message, statusname(status), frames(error))
        elseif status == C.WRT_ERR_INTERRUPTED
            WasmInterrupt(message, frames(error))
        else
            WasmRuntimeError(message, statusname(status))
        end
    finally
        C.wrt_error_clear(error)
    end
end

# The texts by which the library says why a store is busy.
const ELSEWHERE = "in use by another thread"
const SUSPENDED = "in the middle of a call"

is_elsewhere(e) = e isa WasmRuntimeError && e.status === :busy && occursin(ELSEWHERE, e.message)

"How often it is tried again, at once, while another thread is in a store."
const TRIES = 100

"""
Returns where a use of the library, tried `tries` times, is to be tried again, and else throws what `slot` holds. A finalizer on another
thread may be in a store for a moment, which is no reason to fail.
"""
@noinline fail_again(slot::C.wrt_error, tries) = (apart(consider, slot, tries); nothing)

function consider(slot, tries)
    e = exception(slot)
    tries < TRIES && is_elsewhere(e) || throw(e)
    GC.safepoint()
end

"The status that `ask` answers with, asked again in the same way."
function insist(ask)
    status = ask()
    for _ in 1:TRIES
        status == C.WRT_ERR_BUSY || break
        GC.safepoint()
        status = ask()
    end
    status
end

"Throws what `slot` holds. Takes the struct by value, so that a call that succeeds allocates nothing."
@noinline fail(slot::C.wrt_error) = throw(apart(exception, slot))

"""
    @check C.wrt_function(arguments...)

Calls the function with an error slot as its last argument, and throws what the slot then holds.
"""
macro check(call)
    Meta.isexpr(call, :call) || throw(ArgumentError("@check takes a call, not $call"))
    arguments = map(esc, call.args)
    quote
        slot, tries = Ref{C.wrt_error}(), 0
        while $(Expr(:call, arguments..., :slot)) != C.WRT_OK
            fail_again(slot[], tries += 1)
        end
        nothing
    end
end

"""
    @shielded C.wrt_function(arguments...)

As `@check`, for functions that may run or compile WebAssembly: Ctrl-C waits until the library has returned, since an
exception must not pass through its frames.
"""
macro shielded(call)
    Meta.isexpr(call, :call) || throw(ArgumentError("@shielded takes a call, not $call"))
    arguments = map(esc, call.args)
    quote
        slot, tries = Ref{C.wrt_error}(), 0
        while true
            Base.sigatomic_begin()
            status = $(Expr(:call, arguments..., :slot))
            Base.sigatomic_end()
            status == C.WRT_OK && break
            fail_again(slot[], tries += 1)
        end
        nothing
    end
end

"The bytes that the library handed out, as a vector; its own copy is freed."
function Base.take!(slot::Ref{C.wrt_bytes})
    found = slot[]
    bytes = Vector{UInt8}(undef, found.len)
    GC.@preserve bytes unsafe_copyto!(pointer(bytes), found.data, found.len)
    C.wrt_bytes_free(slot)
    bytes
end
