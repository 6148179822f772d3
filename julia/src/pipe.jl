# Pipes: bounded buffers between Julia and programs, or between two programs, as streams of Julia. Whoever has to wait for a program
# waits as a Julia task.

"What a pipe has in the library."
mutable struct PipeHandle <: WasmtimeResource
    ptr::Ptr{Cvoid}
end

noun(::PipeHandle) = "pipe"

"""
    WasmPipe(capacity = 65536)

A stream between Julia and programs of WASI, or from one program to another: a buffer of `capacity` bytes. Given to [`run`](@ref) and
its sisters as `stdin`, `stdout` or `stderr`, it is what the program reads or writes; a program waits while it is empty, or full,
and so does a Julia task, while others go on. `close` says that Julia has written all, and wakes whoever waits; what is in the pipe
can still be read. A reader finds the end when nothing is left and neither Julia nor a program will write.

```julia
between = WasmPipe()
first = run(upper; stdin = "hello\\n", stdout = between, wait = false)
read(count, String; stdin = between)      # => "1 lines, 1 words, 6 bytes\\n"
```
"""
mutable struct WasmPipe <: IO
    handle::PipeHandle
    "One task reads at a time, and one writes."
    reading::ReentrantLock
    writing::ReentrantLock
    "What was read of the library and not yet asked for."
    buffer::Vector{UInt8}
    position::Int
    "What was in the library when the pipe was closed."
    rest::Vector{UInt8}
    "Whether a program reads it."
    is_input::Bool
    "The bells of those who wait, one for each side."
    bells::Vector{Union{Nothing,Base.AsyncCondition}}
    "Held, never for long, where something is taken out of the library, or it is closed."
    taking::ReentrantLock

    function WasmPipe(capacity::Integer = 65536)
        out = Ref{Ptr{Cvoid}}(C_NULL)
        @check C.wrt_pipe_new(capacity, out)
        new(own(PipeHandle(out[])), ReentrantLock(), ReentrantLock(), UInt8[], 0, UInt8[], false, [nothing, nothing],
            ReentrantLock())
    end
end

function info(pipe::WasmPipe)
    slot = Ref(C.wrt_pipe_info(sizeof(C.wrt_pipe_info), 0, 0, 0, 0, 0, 0))
    @check C.wrt_pipe_state(pipe.handle, slot)
    slot[]
end

# Waiting, with the lock of the side.

"Waits until `ready(pipe)`, or until the pipe is closed."
function await_pipe(ready, pipe, side)
    ready(pipe) && return
    bell = pipe.bells[side+1] = take_bell()
    try
        @check C.wrt_pipe_set_wake(pipe.handle, side, ring_function(), bell.handle)
        while isopen(pipe.handle) && !ready(pipe)
            wait(bell)
        end
    finally
        # After this nobody rings for the pipe; a closed one is silent.
        isopen(pipe.handle) && C.wrt_pipe_set_wake(pipe.handle, side, C_NULL, C_NULL, C_NULL)
        pipe.bells[side+1] = nothing
        give_bell(bell)
    end
    nothing
end

is_readable(pipe) = (state = info(pipe); state.len > 0 || state.is_ended == 1)
is_writable(pipe) = (state = info(pipe); state.len < state.capacity || state.is_broken == 1)

# Reading.

buffered(pipe) = length(pipe.buffer) - pipe.position

"Takes what is in the library, without waiting, and says whether that is the end."
refill!(pipe) = lock(() -> isopen(pipe.handle) ? take_available!(pipe) : take_rest!(pipe), pipe.taking)

function take_available!(pipe)
    buffer, count, ended = pipe.buffer, Ref{Csize_t}(0), Ref{Int32}(0)
    resize!(buffer, clamp(info(pipe).len, 1, 65536))
    pipe.position = length(buffer)
    @check C.wrt_pipe_read(pipe.handle, buffer, length(buffer), count, ended)
    resize!(buffer, count[])
    pipe.position = 0
    ended[] == 1
end

function take_rest!(pipe)
    pipe.buffer, pipe.position, pipe.rest = pipe.rest, 0, UInt8[]
    true
end

"Waits until something is buffered, and says whether something is."
function await_bytes(pipe)
    while buffered(pipe) == 0
        refill!(pipe) && return buffered(pipe) > 0
        buffered(pipe) == 0 && await_pipe(is_readable, pipe, C.WRT_PIPE_READ)
    end
    true
end

Base.isreadable(pipe::WasmPipe) = true
Base.iswritable(pipe::WasmPipe) = isopen(pipe)
Base.isopen(pipe::WasmPipe) = isopen(pipe.handle)
Base.bytesavailable(pipe::WasmPipe) = buffered(pipe) + (isopen(pipe) ? Int(info(pipe).len) : length(pipe.rest))

Base.eof(pipe::WasmPipe) = lock(() -> !await_bytes(pipe), pipe.reading)

function Base.read(pipe::WasmPipe, ::Type{UInt8})
    lock(pipe.reading)
    try
        await_bytes(pipe) || throw(EOFError())
        @inbounds pipe.buffer[pipe.position += 1]
    finally
        unlock(pipe.reading)
    end
end

# Characters beyond ASCII are read with it.
function Base.peek(pipe::WasmPipe, ::Type{UInt8})
    lock(pipe.reading) do
        await_bytes(pipe) || throw(EOFError())
        pipe.buffer[pipe.position+1]
    end
end

"Moves at most `n` buffered bytes to `to`, and returns how many."
function take_buffered!(pipe, to::Ptr{UInt8}, n)
    n = min(n, buffered(pipe))
    GC.@preserve pipe unsafe_copyto!(to, pointer(pipe.buffer, pipe.position + 1), n)
    pipe.position += n
    n
end

function Base.unsafe_read(pipe::WasmPipe, to::Ptr{UInt8}, n::UInt)
    lock(pipe.reading) do
        while n > 0
            await_bytes(pipe) || throw(EOFError())
            moved = take_buffered!(pipe, to, Int(n))
            to += moved
            n -= moved
        end
    end
    nothing
end

function Base.readavailable(pipe::WasmPipe)
    lock(pipe.reading) do
        await_bytes(pipe) || return UInt8[]
        bytes = pipe.buffer[pipe.position+1:end]
        pipe.position = length(pipe.buffer)
        bytes
    end
end

function Base.readbytes!(pipe::WasmPipe, bytes::Vector{UInt8}, n::Integer = length(bytes); all::Bool = true)
    found = 0
    lock(pipe.reading) do
        while found < n && await_bytes(pipe)
            length(bytes) < found + buffered(pipe) && resize!(bytes, min(n, max(2 * length(bytes), found + buffered(pipe))))
            found += GC.@preserve bytes take_buffered!(pipe, pointer(bytes) + found, min(n, length(bytes)) - found)
            all || break
        end
    end
    found
end

function Base.read(pipe::WasmPipe, n::Integer = typemax(Int); all::Bool = true)
    bytes = UInt8[]
    resize!(bytes, readbytes!(pipe, bytes, n; all = all))
end

# Writing.

function Base.unsafe_write(pipe::WasmPipe, from::Ptr{UInt8}, n::UInt)
    left, count = n, Ref{Csize_t}(0)
    lock(pipe.writing) do
        while left > 0
            @check C.wrt_pipe_write(pipe.handle, from, left, count)
            from += count[]
            left -= count[]
            left > 0 && count[] == 0 && await_pipe(is_writable, pipe, C.WRT_PIPE_WRITE)
        end
    end
    Int(n)
end

Base.write(pipe::WasmPipe, byte::UInt8) = write(pipe, Ref(byte))
Base.flush(::WasmPipe) = nothing

# What Julia has not yet read is read now, unless it is for a program: afterwards the library has nothing for Julia.
function Base.close(pipe::WasmPipe)
    lock(pipe.taking) do
        isopen(pipe) || return
        pipe.is_input || keep_rest!(pipe)
        close(pipe.handle)
    end
    # The library tells those who wait only what programs do. The guard, so that bells taken before are seen here.
    bells = lock(() -> filter(!isnothing, pipe.bells), BELLS_GUARD)
    foreach(ring, bells)
end

function keep_rest!(pipe)
    rest, count = Vector{UInt8}(undef, info(pipe).len), Ref{Csize_t}(0)
    @check C.wrt_pipe_read(pipe.handle, rest, length(rest), count, C_NULL)
    pipe.rest = resize!(rest, count[])
end

function Base.show(io::IO, pipe::WasmPipe)
    print(io, "WasmPipe(", isopen(pipe) ? "open, $(bytesavailable(pipe)) bytes" : "closed", ")")
end

# Streams of Julia that stand for the input and output of programs in a store. Output is moved when the library comes back, by the task
# that made the call, so that it is there when the call has returned; input is read by a task of its own when a program wants some.

mutable struct Stdio
    input::Union{Nothing,Tuple{WasmPipe,IO}}
    outputs::Vector{Tuple{WasmPipe,IO}}
    "The task that reads input for the program at this moment."
    feeder::Union{Nothing,Task}
    "What it threw."
    failure::Any
end

Stdio(input) = Stdio(input, Tuple{WasmPipe,IO}[], nothing, nothing)

"Moves what programs wrote, and begins to read what they want. May wait."
function attend(stdio::Stdio)
    for (pipe, io) in stdio.outputs
        while bytesavailable(pipe) > 0
            write(io, readavailable(pipe))
        end
    end
    wants_input(stdio) && (stdio.feeder = @async feed(stdio, stdio.input...))
    nothing
end

"Whether a program waits for input that nobody reads yet."
function wants_input(stdio)
    (stdio.input === nothing || stdio.feeder !== nothing) && return false
    pipe, _ = stdio.input
    isopen(pipe) && info(pipe).is_wanted == 1
end

"Whether there is something for `attend` to do."
asks(stdio::Stdio) = any(((pipe, _),) -> bytesavailable(pipe) > 0, stdio.outputs) || wants_input(stdio)

"Reads once, for a program that waits: it takes nothing that no program has asked for."
function feed(stdio, pipe, io)
    try
        if eof(io)
            close(pipe)
        elseif is_wanted(pipe)
            write(pipe, available(io))
        end
    catch e
        # Where the program is over, nobody is left to be told. Another one is woken, by the end, and told instead of it.
        if is_wanted(pipe)
            stdio.failure = e
            close(pipe)
        end
    finally
        stdio.feeder = nothing
    end
end

"Whether there still is a program that could read."
is_wanted(pipe) = isopen(pipe) && info(pipe).is_broken == 0

"What a stream has that is not at its end. Not all streams can tell."
function available(io)
    bytes = applicable(readavailable, io) ? readavailable(io) : UInt8[]
    isempty(bytes) ? UInt8[read(io, UInt8)] : bytes
end

"Throws what reading input threw, if it did."
function check_input(stdio::Stdio)
    e = stdio.failure
    e === nothing && return
    stdio.failure = nothing
    throw(e)
end
