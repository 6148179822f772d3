# Memories: bytes that Julia and WebAssembly share. A view reads the place of the memory anew at each access, so it is zero-copy
# and stays right when the memory grows, moves or is closed.

"""
    WasmMemory(store, min => max)
    WasmMemory(store, type::WasmMemoryType)

The bytes of a WebAssembly program, as a vector of `UInt8` with indices from 1. Its length follows growth. Sizes here count pages of
64 KiB; 0 for `max` means no limit.

`m[i]`, `m[1:4]`, `m[1:4] .= 0x41`, `view`, `copyto!`, `fill!`, `sum`, `write(io, m)` and whatever else vectors do work without a copy
where Base needs none. `reinterpret(Float32, m)` is a view of all of it as another type. [`read_memory`](@ref) and its sisters take
WebAssembly's addresses, which begin at 0.

```julia
m = WasmMemory(store, 1 => 10)
m[1:5] .= codeunits("hello")
String(m[1:5])                  # => "hello"
```
"""
mutable struct WasmMemory <: AbstractMemory
    ptr::Ptr{Cvoid}
    store::WasmStore
    "Where the library keeps the place of the memory."
    header::Ptr{C.wrt_memory_header}

    WasmMemory(ptr::Ptr{Cvoid}, store::WasmStore) = own(new(ptr, store, headerof(ptr)))
end

"""
    SharedMemory(engine, min => max)
    SharedMemory(engine, type::WasmMemoryType)

A memory that stores of all threads can import at the same time, with the interface of [`WasmMemory`](@ref). It belongs to an engine,
made with `shared_memory = true`; it has a maximum. Accesses from Julia are plain, not atomic; [`wait`](@ref) and [`notify`](@ref)
are WebAssembly's.

```jldoctest
julia> shared = SharedMemory(engine, 1 => 10);

julia> shared[1] = 0x2a
0x2a
```
"""
mutable struct SharedMemory <: AbstractMemory
    ptr::Ptr{Cvoid}
    engine::WasmEngine
    header::Ptr{C.wrt_memory_header}

    SharedMemory(ptr::Ptr{Cvoid}, engine::WasmEngine) = own(new(ptr, engine, headerof(ptr)))
end

const LinearMemory = Union{WasmMemory,SharedMemory}

above(m::WasmMemory) = m.store

function headerof(ptr::Ptr{Cvoid})
    out = Ref{Ptr{C.wrt_memory_header}}(C_NULL)
    @check C.wrt_memory_header_of(ptr, out)
    out[]
end

# What the place of a memory is once its handle is gone: `finalize` can come before the last view.
const GONE = Ref(C.wrt_memory_header(C_NULL, 0))

function (release::Release)(m::LinearMemory)
    m.header = Base.unsafe_convert(Ptr{C.wrt_memory_header}, GONE)
    invoke(release, Tuple{Any}, m)
end

function WasmMemory(store::WasmStore, type::WasmMemoryType)
    out = Ref{Ptr{Cvoid}}(C_NULL)
    withtype(handle -> (@check C.wrt_memory_new(store, handle, out)), store.engine, type)
    WasmMemory(out[], store)
end

WasmMemory(store::WasmStore, limits = WasmLimits()) = WasmMemory(store, WasmMemoryType(limits))

function SharedMemory(engine, type::WasmMemoryType)
    engine, out = engineof(engine), Ref{Ptr{Cvoid}}(C_NULL)
    withtype(handle -> (@check C.wrt_memory_new_shared(engine, handle, out)), engine, type)
    SharedMemory(out[], engine)
end

SharedMemory(engine, limits) = SharedMemory(engine, WasmMemoryType(limits; shared = true))

# Nothing here can be a safepoint between the two loads, so the collector cannot come between them either; `GC.@preserve` would say
# so too, but stands in the way of keeping the place in registers, and triples the cost of an access.
# NULL is what a memory has that was made while a package was precompiled.
@inline function header(m::LinearMemory)
    place = m.header
    place == C_NULL && closed(m)
    unsafe_load(place)
end

Base.show(io::IO, m::LinearMemory) =
    print(io, nameof(typeof(m)), "(", isopen(m) ? "$(header(m).len) bytes, " : "", state(m), ")")

"    WasmMemoryType(m)\n\nThe type of a memory, with its present size as the minimum."
WasmMemoryType(m::LinearMemory) = typeof_extern(m)::WasmMemoryType

"""
    memory_size(m)

The size of a memory in pages; `length(m)` counts bytes.

```jldoctest
julia> memory_size(instance.exports.memory)
1
```
"""
function memory_size(m::LinearMemory)
    out = Ref{UInt64}(0)
    @check C.wrt_memory_size(m, out)
    Int(out[])
end

"""
    grow!(m, n)

Adds `n` pages to a memory, or `n` elements to a table, and returns how many there were. A [`WasmLimitError`](@ref) says that the
maximum or a limit of the store is in the way. `grow!(table, n, x)` fills the new elements with `x`.

```jldoctest
julia> grow!(instance.exports.memory, 2)
1

julia> memory_size(instance.exports.memory)
3
```
"""
function grow!(m::LinearMemory, n::Integer)
    out = Ref{UInt64}(0)
    @check C.wrt_memory_grow(m, n, out)
    Int(out[])
end

"""
    memory_grow!(m, n)

As [`grow!`](@ref).

```jldoctest
julia> memory_grow!(instance.exports.memory, 2)
1
```
"""
memory_grow!(m::LinearMemory, n::Integer) = grow!(m, n)

# Views.

"""
    MemoryView{T} <: DenseVector{T}
    MemoryView{T}(m, offset[, n])

A part of a memory as a vector of `T`: what `view(m, range)` and `reinterpret(T, m)` return, or `n` elements from the address
`offset` on, which begins at 0. Each access finds the memory anew, so a view is good for as long as the memory is, whatever grows.

```jldoctest
julia> numbers = MemoryView{Float64}(instance.exports.memory, 64, 2);

julia> numbers .= [1, 2];

julia> sum(numbers)
3.0
```
"""
struct MemoryView{T,M<:LinearMemory} <: DenseVector{T}
    memory::M
    "Bytes before the first element."
    offset::Int
    "The number of elements, or `open_ended(T, offset)` for all that the memory has room for."
    count::Int
end

"More elements than any memory has, and few enough that the address of the last one can be computed."
open_ended(::Type{T}, offset::Int) where {T} = (typemax(Int) - offset) ÷ sizeof(T)

function MemoryView{T}(m::LinearMemory, offset::Integer = 0) where {T}
    isbitstype(T) && sizeof(T) > 0 || throw(ArgumentError("memory cannot be seen as $T, which is not plain bits"))
    MemoryView{T}(m, offset, open_ended(T, Int(addressed(offset))))
end

function MemoryView{T}(m::M, offset::Integer, count::Integer) where {T,M<:LinearMemory}
    isbitstype(T) && sizeof(T) > 0 || throw(ArgumentError("memory cannot be seen as $T, which is not plain bits"))
    offset = Int(addressed(offset))
    offset >= 0 && 0 <= count <= open_ended(T, offset) || throw(BoundsError(m, offset + 1))
    MemoryView{T,M}(m, offset, count)
end

# Without the checks of the constructors, since each access comes by here.
@inline bytes(m::M) where {M<:LinearMemory} = MemoryView{UInt8,M}(m, 0, open_ended(UInt8, 0))

"How many elements there are, in a memory of `len` bytes."
@inline function room(v::MemoryView{T}, len::UInt) where {T}
    fits = v.offset <= len % Int ? (len % Int - v.offset) ÷ sizeof(T) : 0
    min(fits, v.count)
end

function Base.length(v::MemoryView)
    n = room(v, UInt(header(v.memory).len))
    n == 0 && checkopen(v.memory)
    n
end

Base.size(v::MemoryView) = (length(v),)
Base.IndexStyle(::Type{<:MemoryView}) = IndexLinear()
Base.elsize(::Type{<:MemoryView{T}}) where {T} = sizeof(T)
Base.strides(::MemoryView) = (1,)

"The address of elements `i` to `i + n - 1`, when they are there."
@inline function place(v::MemoryView{T}, i::Int, n::Int) where {T}
    h = header(v.memory)
    last = room(v, UInt(h.len))
    (i >= 1) & (n <= last) & (i <= last - n + 1) || outside(v, n == 1 ? i : (i:i+n-1))
    Ptr{T}(h.base) + (v.offset + (i - 1) * sizeof(T))
end

"The address of element `i`, when it is there: what `place(v, i, 1)` says, with two comparisons, which cannot overflow."
@inline function place(v::MemoryView{T}, i::Int) where {T}
    h = header(v.memory)
    (i - 1) % UInt < v.count % UInt || outside(v, i)
    (v.offset + i * sizeof(T)) % UInt <= h.len || outside(v, i)
    Ptr{T}(h.base) + (v.offset + (i - 1) * sizeof(T))
end

@noinline function outside(v::MemoryView, i)
    checkopen(v.memory)
    throw(BoundsError(v, i))
end

# The check stays under @inbounds: it is what makes a view safe after the memory was closed.
@inline Base.getindex(v::MemoryView, i::Int) = unsafe_load(place(v, i))

@inline function Base.setindex!(v::MemoryView{T}, x, i::Int) where {T}
    x = convert(T, x)
    unsafe_store!(place(v, i), x)
    v
end

Base.pointer(v::MemoryView) = (checkopen(v.memory); place(v, 1, 0))
Base.unsafe_convert(::Type{Ptr{T}}, m::LinearMemory) where {T<:Number} = Ptr{T}(pointer(bytes(m)))
Base.unsafe_convert(::Type{Ptr{T}}, v::MemoryView{T}) where {T} = pointer(v)

function Base.view(v::MemoryView{T,M}, range::AbstractUnitRange{<:Integer}) where {T,M}
    checkbounds(v, range)
    MemoryView{T,M}(v.memory, v.offset + (Int(first(range)) - 1) * sizeof(T), length(range))
end
Base.view(v::MemoryView, ::Colon) = v

Base.reinterpret(::Type{T}, m::LinearMemory) where {T} = MemoryView{T}(m)

function Base.reinterpret(::Type{T}, v::MemoryView{S}) where {T,S}
    v.count == open_ended(S, v.offset) && return MemoryView{T}(v.memory, v.offset)
    nbytes = v.count * sizeof(S)
    isbitstype(T) && sizeof(T) > 0 && nbytes % sizeof(T) != 0 &&
        throw(ArgumentError("$nbytes bytes are no whole number of $T, which has $(sizeof(T))"))
    MemoryView{T}(v.memory, v.offset, nbytes ÷ max(sizeof(T), 1))
end

# In bulk: one check, then what Base does with plain memory.

const Plain{T} = Union{Vector{T},MemoryView{T},Base.CodeUnits{T},SubArray{T,1,Vector{T},Tuple{UnitRange{Int}},true}}

start(v::MemoryView, i::Int, n::Int) = place(v, i, n)
start(a, i::Int, n::Int) = (n == 0 || checkbounds(a, i:i+n-1); pointer(a, i))

function bulk!(dest, at::Integer, src, from::Integer, n::Integer)
    n < 0 && throw(ArgumentError("cannot copy $n elements"))
    GC.@preserve dest src unsafe_copyto!(start(dest, Int(at), Int(n)), start(src, Int(from), Int(n)), n)
    dest
end

Base.copyto!(dest::MemoryView{T}, at::Integer, src::Plain{T}, from::Integer, n::Integer) where {T} = bulk!(dest, at, src, from, n)
Base.copyto!(dest::Vector{T}, at::Integer, src::MemoryView{T}, from::Integer, n::Integer) where {T} = bulk!(dest, at, src, from, n)
Base.copyto!(dest::MemoryView{T}, src::Plain{T}) where {T} = bulk!(dest, 1, src, 1, length(src))
Base.copyto!(dest::Vector{T}, src::MemoryView{T}) where {T} = bulk!(dest, 1, src, 1, length(src))

function Base.getindex(v::MemoryView{T}, range::AbstractUnitRange{<:Integer}) where {T}
    checkbounds(v, range)
    bulk!(Vector{T}(undef, length(range)), 1, v, first(range), length(range))
end
Base.getindex(v::MemoryView, ::Colon) = copy(v)
Base.copy(v::MemoryView{T}) where {T} = copyto!(Vector{T}(undef, length(v)), v)

function Base.setindex!(v::MemoryView{T}, x::Plain{T}, range::AbstractUnitRange{<:Integer}) where {T}
    length(x) == length(range) || throw(DimensionMismatch("$(length(x)) values for $(length(range)) elements"))
    bulk!(v, first(range), x, 1, length(range))
end

function Base.fill!(v::MemoryView{T}, x) where {T}
    x, n = convert(T, x), length(v)
    GC.@preserve v begin
        p = place(v, 1, n)
        for i in 1:n
            unsafe_store!(p, x, i)
        end
    end
    v
end

"Calls `f` with the elements as an `Array` in place. Only for an `f` of Base that runs neither Julia code of users nor tasks."
inplace(f, v::MemoryView) = (n = length(v); GC.@preserve v f(unsafe_wrap(Array, place(v, 1, n), n)))

for f in (:sum, :maximum, :minimum, :extrema)
    @eval Base.$f(v::MemoryView{<:Union{Base.BitInteger,Base.IEEEFloat}}) = inplace($f, v)
end

Base.:(==)(v::MemoryView{T}, w::Vector{T}) where {T<:Base.BitInteger} = length(v) == length(w) && inplace(==(w), v)
Base.:(==)(w::Vector{T}, v::MemoryView{T}) where {T<:Base.BitInteger} = v == w

# Streams may switch tasks, and memory may move meanwhile: they get a copy.
Base.write(io::IO, v::MemoryView) = write(io, copy(v))
Base.read!(io::IO, v::MemoryView{T}) where {T} = copyto!(v, read!(io, Vector{T}(undef, length(v))))

# A memory is not a subtype of AbstractVector, but it does what one does, through its view.

for f in (:length, :size, :axes, :eachindex, :firstindex, :lastindex, :keys, :copy, :sum, :maximum, :minimum, :isempty, :first, :last)
    @eval Base.$f(m::LinearMemory) = $f(bytes(m))
end

Base.eltype(::Type{<:LinearMemory}) = UInt8
Base.ndims(::Type{<:LinearMemory}) = 1
Base.ndims(::LinearMemory) = 1
Base.sizeof(m::LinearMemory) = length(m)
Base.iterate(m::LinearMemory, state...) = iterate(bytes(m), state...)
Base.broadcastable(m::LinearMemory) = bytes(m)
Base.getindex(m::LinearMemory, i...) = getindex(bytes(m), i...)
Base.setindex!(m::LinearMemory, x, i...) = (setindex!(bytes(m), x, i...); m)
Base.view(m::LinearMemory, i...) = view(bytes(m), i...)
Base.dotview(m::LinearMemory, i...) = view(bytes(m), i...)
Base.fill!(m::LinearMemory, x) = (fill!(bytes(m), x); m)
Base.copyto!(m::LinearMemory, src...) = (copyto!(bytes(m), src...); m)
Base.copyto!(dest::AbstractArray, m::LinearMemory) = copyto!(dest, bytes(m))
Base.copyto!(dest::AbstractArray, at::Integer, m::LinearMemory, from::Integer, n::Integer) = copyto!(dest, at, bytes(m), from, n)
Base.Vector(m::LinearMemory) = copy(bytes(m))
Base.Vector{UInt8}(m::LinearMemory) = copy(bytes(m))
Base.collect(m::LinearMemory) = copy(bytes(m))
Base.write(io::IO, m::LinearMemory) = write(io, bytes(m))
Base.read!(io::IO, m::LinearMemory) = (read!(io, bytes(m)); m)
Base.findfirst(f::Function, m::LinearMemory) = findfirst(f, bytes(m))
Base.findnext(f::Function, m::LinearMemory, i::Integer) = findnext(f, bytes(m), i)

# By address, from 0.

@noinline function beyond(m, offset, n)
    checkopen(m)
    throw(WasmRuntimeError("$n bytes at address $offset are outside of the memory, which has $(header(m).len)", :bounds))
end

# WebAssembly gives addresses as `Int32`, and means them without sign.
addressed(offset::Integer) = offset
addressed(offset::Int32) = offset % UInt32

"The pointer to `n` bytes at `offset`, when they are there."
function address(m::LinearMemory, offset::Integer, n::Integer)
    h, offset = header(m), addressed(offset)
    0 <= offset && 0 <= n <= h.len && offset <= h.len - n || beyond(m, offset, n)
    h.len == 0 && checkopen(m)
    Ptr{UInt8}(h.base) + Int(offset)
end

function checkbits(T)
    isbitstype(T) && sizeof(T) > 0 || throw(ArgumentError("memory cannot hold $T, which is not plain bits"))
end

"""
    read_memory(m, offset, n)::Vector{UInt8}
    read_memory(T, m, offset)::T
    read_memory(T, m, offset, n)::Vector{T}

Copies out of a memory, from the address `offset`, which begins at 0: `n` bytes, one value of the bits type `T`, or `n` of them.

```jldoctest
julia> String(read_memory(instance.exports.memory, 0, 5))
"hello"

julia> Int(read_memory(UInt16, instance.exports.memory, 0))
25960
```
"""
read_memory(m::LinearMemory, offset::Integer, n::Integer) = read_memory(UInt8, m, offset, n)

function read_memory(::Type{T}, m::LinearMemory, offset::Integer) where {T}
    checkbits(T)
    GC.@preserve m unsafe_load(Ptr{T}(address(m, offset, sizeof(T))))
end

function read_memory(::Type{T}, m::LinearMemory, offset::Integer, n::Integer) where {T}
    checkbits(T)
    0 <= n <= typemax(Int) ÷ sizeof(T) || beyond(m, offset, big(n) * sizeof(T))
    source = address(m, offset, n * sizeof(T))
    values = Vector{T}(undef, n)
    GC.@preserve m values unsafe_copyto!(Ptr{UInt8}(pointer(values)), source, n * sizeof(T))
    values
end

"""
    write_memory!(m, offset, data)

Copies into a memory, to the address `offset`, which begins at 0: bytes, an array of a bits type, the bytes of a string, or one value
of a bits type. An `Int32`, as WebAssembly gives addresses, counts without sign. Returns `m`.

```jldoctest
julia> write_memory!(instance.exports.memory, 256, Int32[7, 8]);

julia> read_memory(Int32, instance.exports.memory, 260)
8
```
"""
function write_memory!(m::LinearMemory, offset::Integer, data::Array{T}) where {T}
    checkbits(T)
    target = address(m, offset, sizeof(data))
    GC.@preserve m data unsafe_copyto!(target, Ptr{UInt8}(pointer(data)), sizeof(data))
    m
end

write_memory!(m::LinearMemory, offset::Integer, data::AbstractArray) = write_memory!(m, offset, Array(data))
write_memory!(m::LinearMemory, offset::Integer, data::LinearMemory) = write_memory!(m, offset, Vector(data))

function write_memory!(m::LinearMemory, offset::Integer, data::AbstractString)
    text = String(data)
    target = address(m, offset, sizeof(text))
    GC.@preserve m text unsafe_copyto!(target, pointer(text), sizeof(text))
    m
end

function write_memory!(m::LinearMemory, offset::Integer, x::T) where {T}
    checkbits(T)
    GC.@preserve m unsafe_store!(Ptr{T}(address(m, offset, sizeof(T))), x)
    m
end

"""
    read_string(m, offset, n)::String
    read_string(m, offset)::String

The `n` bytes at the address `offset` as a string; without `n`, those before the next NUL.

```jldoctest
julia> read_string(instance.exports.memory, 0, 5)
"hello"
```
"""
read_string(m::LinearMemory, offset::Integer, n::Integer) = GC.@preserve m unsafe_string(address(m, offset, n), n)

function read_string(m::LinearMemory, offset::Integer)
    offset = addressed(offset)
    address(m, offset, 1)
    stop = findnext(iszero, bytes(m), Int(offset) + 1)
    stop === nothing && throw(WasmRuntimeError("no NUL ends the string at address $offset", :bounds))
    read_string(m, offset, stop - 1 - offset)
end

"""
    write_string!(m, offset, text; nul = false)

Writes the UTF-8 bytes of `text` to the address `offset`, with a NUL after them if `nul`. Returns the number of bytes written.

```jldoctest
julia> write_string!(instance.exports.memory, 256, "text"; nul = true);

julia> read_string(instance.exports.memory, 256)
"text"
```
"""
function write_string!(m::LinearMemory, offset::Integer, text::AbstractString; nul::Bool = false)
    text = nul ? text * '\0' : text
    write_memory!(m, offset, text)
    sizeof(text)
end

# Waiting and waking, as WebAssembly's atomic instructions do it.

"""
    notify(m::SharedMemory, offset; all = true)

Wakes what waits at the address `offset`, in WebAssembly or in Julia; only one of them where `all` is false. Returns how many woke.
"""
function Base.notify(m::SharedMemory, offset::Integer; all::Bool = true)
    woken = Ref{UInt32}(0)
    @check C.wrt_memory_notify(m, addressed(offset), all ? typemax(UInt32) : 1, woken)
    Int(woken[])
end

"""
    wait(m::SharedMemory, offset, expected; timeout = Inf)

Waits until the address `offset` is notified, by WebAssembly or with [`notify`](@ref), for `timeout` seconds at most, and returns `:ok`
or `:timed_out`. Where the value there, an `Int32` or `Int64` as `expected` is, is another one, it returns `:mismatch` at once.

Other tasks of the thread run meanwhile: it looks again after each hundredth of a second, and takes a value that has changed by then
for a notification. So whoever notifies changes the value first, as is usual: a notification that comes between two looks and leaves
the value as it was is not seen.
"""
function Base.wait(m::SharedMemory, offset::Integer, expected::Union{Int32,UInt32,Int64,UInt64}; timeout::Real = Inf)
    began, first_look = time(), true
    while true
        left = timeout - (time() - began)
        outcome = wait_once(m, addressed(offset), expected, round(UInt64, 1e9 * clamp(left, 0, WAIT_SECONDS)))
        outcome == C.WRT_WAIT_OK && return :ok
        outcome == C.WRT_WAIT_MISMATCH && return first_look ? :mismatch : :ok
        left <= WAIT_SECONDS && return :timed_out
        first_look = false
        yield()
    end
end

const WAIT_SECONDS = 0.01

function wait_once(m, offset, expected::Union{Int32,UInt32}, nanoseconds)
    outcome = Ref{Int32}(0)
    @shielded C.wrt_memory_wait32(m, offset, expected % UInt32, nanoseconds, outcome)
    outcome[]
end

function wait_once(m, offset, expected::Union{Int64,UInt64}, nanoseconds)
    outcome = Ref{Int32}(0)
    @shielded C.wrt_memory_wait64(m, offset, expected % UInt64, nanoseconds, outcome)
    outcome[]
end
