# Stores: what belongs together and runs on one thread at a time.

"Values of Julia behind `externref`s, see reference.jl."
mutable struct Objects
    values::Vector{Any}
    "Where each is, by its `objectid`: an `IdDict` keeps what was deleted from it."
    places::Dict{UInt,Int}
    "How many references to each the library has."
    uses::Vector{Int}
    "Places without a value."
    vacant::Vector{Int}
    "How many there may be before the library is asked."
    most::Int
    "Types of objects of WebAssembly, by their text."
    shapes::Dict{String,Any}
    "While a host function waits, other threads may use the store."
    lock::Threads.SpinLock
end

Objects() = Objects(Any[], Dict{UInt,Int}(), Int[], Int[], 1000, Dict{String,Any}(), Threads.SpinLock())

"What a Julia function threw, on its way through WebAssembly to the call that entered it."
struct Thrown
    exception::Any
    backtrace::Any
end

"""
    WasmStore(engine; fuel, timeout, limits, wasi)
    WasmStore(f, engine; ...)

Where instances, memories, tables and globals live. Calls from several tasks wait for each other, until the first has returned from
WebAssembly; other uses of the store, and of what is in it, from a second thread are an error while the first one is in a call. With
`f`, as in a `do` block, the store is closed when `f` returns, and calls that wait in a Julia function are given up.

- `fuel`: how much work may be done, for engines with `consume_fuel = true`; see [`set_fuel!`](@ref)
- `timeout`: the most seconds each call may take, for engines with `epoch_interruption = true`
- `limits`: a named tuple of `memory` (bytes of a memory), `table_elements`, `instances`, `memories`, `tables`, and
  `trap_on_grow_failure`
- `wasi`: what programs of WASI are given, a [`WasiConfig`](@ref)

```julia
store = WasmStore(engine; limits = (memory = 16 << 20,))

WasmStore(engine) do store
    WasmInstance(store, mod).exports.run()
end
```
"""
mutable struct WasmStore <: AbstractStore
    ptr::Ptr{Cvoid}
    engine::WasmEngine
    "Whether Julia functions are called directly from here, so that only one task of a thread may come in."
    hosts::Bool
    "Whether calls may be suspended, by Julia functions or by WASI, so that each is a task of the library."
    tasks::Bool
    "Whether they may wait for something in the library, which WASI does."
    waits::Bool
    "The streams that stand for input and output of programs; whether WASI was given at all."
    stdio::Union{Nothing,Stdio}
    "Whose turn it is."
    turn::Turn
    "The task whose stack the library knows."
    visitor::WeakRef
    "What must live as long as the store: Julia functions that WebAssembly can call. These of one linker, and all others."
    linked::Any
    roots::Union{Nothing,IdDict{Any,Nothing}}
    objects::Union{Nothing,Objects}
    "What `set_limits!` was told."
    limits::Any
    "Nanoseconds that each call may take, 0 for as long as it likes."
    timeout::UInt64
    "The fuel that was ever put in."
    fueled::UInt64

    function WasmStore(engine::WasmEngine; fuel::Union{Nothing,Integer} = nothing, timeout::Union{Nothing,Real} = nothing,
                       limits::Union{Nothing,NamedTuple} = nothing, wasi::Union{Nothing,WasiConfig} = nothing)
        store = new(C_NULL, engine, false, false, false, nothing, Turn(), WeakRef(), nothing, nothing, nothing,
                    nothing, 0, 0)
        out = Ref{Ptr{Cvoid}}(C_NULL)
        # Host functions find their way back to this object by its address, which a running call keeps alive.
        @check C.wrt_store_new(engine, pointer_from_objref(store), C_NULL, out)
        store.ptr = out[]
        own(store)
        limits === nothing || set_limits!(store, limits)
        fuel === nothing || set_fuel!(store, fuel)
        timeout === nothing || set_timeout!(store, timeout)
        wasi === nothing || set_wasi!(store, wasi)
        store
    end
end

function WasmStore(f::Base.Callable, engine::WasmEngine; options...)
    store = WasmStore(engine; options...)
    try
        f(store)
    finally
        close(store)
    end
end

engineof(store::AbstractStore) = store.engine

# What the object itself knows: fuel and limits would have to wait for a call that runs.
function Base.show(io::IO, ::MIME"text/plain", store::WasmStore)
    show(io, store)
    settings = Tuple{String,String}[]
    store.timeout == 0 || push!(settings, ("timeout", string(store.timeout / 1e9, " s")))
    store.stdio === nothing || push!(settings, ("wasi", "given"))
    table(io, "settings", settings)
end

# Values of Julia that only WebAssembly could reach are out of reach once the store is closed.
function Base.close(store::WasmStore)
    invoke(close, Tuple{Owner}, store)
    store.linked = store.roots = store.objects = nothing
    nothing
end

# Many stores need neither of these.
rootsof(store) = (found = store.roots; found === nothing ? (store.roots = IdDict{Any,Nothing}()) : found)
objectsof(store) = (found = store.objects; found === nothing ? make_objects(store) : found)

const MAKING = Threads.SpinLock()

# While a host function waits, other threads may use the store.
@noinline function make_objects(store)
    lock(MAKING)
    found = store.objects
    found === nothing && (found = store.objects = Objects())
    unlock(MAKING)
    found
end

not_below_zero(what, x) = x < 0 ? throw(ArgumentError("$what is $x, below zero")) : x

const LIMITS = (memory = :memory_bytes, table_elements = :table_elements, instances = :instances, tables = :tables,
                memories = :memories, trap_on_grow_failure = :trap_on_grow_failure)

"""
    set_limits!(store, limits::NamedTuple)

Limits what may be made and grown in `store` from now on; the names are those of [`WasmStore`](@ref). What is not named stays as it
is, and `nothing` lifts a limit. Returns `store`.

```jldoctest
julia> set_limits!(store, (memory = 2 << 16,));

julia> caught(() -> grow!(instance.exports.memory, 5)).status
:limit
```
"""
function set_limits!(store::WasmStore, limits::NamedTuple)
    for name in keys(limits)
        haskey(LIMITS, name) || throw(ArgumentError("there is no limit $name; there are $(join(keys(LIMITS), ", "))"))
    end
    all = store.limits === nothing ? limits : merge(store.limits::NamedTuple, limits)
    given(name) = get(all, name, nothing)
    number(name) = (x = given(name); x === nothing ? typemax(UInt64) : UInt64(not_below_zero("the limit $name", x)))
    slot = Ref(C.wrt_limits(sizeof(C.wrt_limits), number(:memory), number(:table_elements), number(:instances),
                            number(:tables), number(:memories), given(:trap_on_grow_failure) === true ? 1 : 0, 0))
    @check C.wrt_store_set_limits(store, slot)
    store.limits = all
    store
end

"""
    set_wasi!(store, config::WasiConfig)

Gives programs in `store` what `config` says, in place of what they were given before. Returns `store`.

```jldoctest
julia> set_wasi!(store, WasiConfig(args = ["tool"])) === store
true
```
"""
function set_wasi!(store::WasmStore, config::WasiConfig)
    wasi, stdio = settings(config)
    @check C.wrt_store_set_wasi(store, wasi)
    store.stdio = stdio
    store
end

"What programs wrote to `fd` since the last time, where it is kept."
function take_output(store::WasmStore, fd)
    out = Ref{C.wrt_bytes}()
    @check C.wrt_store_take_output(store, fd, out)
    take!(out)
end

"""
    fuel(store)::UInt64

The fuel that is left; see [`set_fuel!`](@ref).

```jldoctest
julia> store = WasmStore(WasmEngine(consume_fuel = true); fuel = 1000);

julia> Int(fuel(store))
1000
```
"""
function fuel(store::WasmStore)
    out = Ref{UInt64}(0)
    @check C.wrt_store_fuel(store, out)
    out[]
end

"""
    set_fuel!(store, n)

Lets WebAssembly in `store` do `n` more units of work, about one an instruction, instead of what was left; then it is stopped
with a [`WasmLimitError`](@ref). For engines with `consume_fuel = true`. Returns `store`.

```jldoctest
julia> store = WasmStore(WasmEngine(consume_fuel = true));

julia> set_fuel!(store, 1000);

julia> Int(fuel(store))
1000
```
"""
function set_fuel!(store::WasmStore, n::Integer)
    used = fuel_consumed(store)
    @check C.wrt_store_set_fuel(store, not_below_zero("the fuel", n))
    store.fueled = used + UInt64(n)
    store
end

"""
    add_fuel!(store, n)::UInt64

Adds `n` to the fuel, and returns how much there is now. See [`set_fuel!`](@ref).

```jldoctest
julia> store = WasmStore(WasmEngine(consume_fuel = true); fuel = 1000);

julia> Int(add_fuel!(store, 500))
1500
```
"""
function add_fuel!(store::WasmStore, n::Integer)
    set_fuel!(store, fuel(store) + UInt64(n))
    fuel(store)
end

"""
    fuel_consumed(store)::UInt64

The fuel used so far. See [`set_fuel!`](@ref).

```jldoctest
julia> engine = WasmEngine(consume_fuel = true);

julia> store = WasmStore(engine; fuel = 1000);

julia> f = WasmInstance(store, WasmModule(engine, \"\"\"(module (func (export "f")))\"\"\")).exports.f;

julia> f()

julia> Int(fuel_consumed(store))
1
```
"""
fuel_consumed(store::WasmStore) = (left = fuel(store); store.fueled - min(left, store.fueled))

"""
    set_timeout!(store, seconds)

Gives each call into `store` so many seconds, `Inf` for no end; then it is stopped with a [`WasmInterrupt`](@ref). For engines
with `epoch_interruption = true`. Returns `store`.

```jldoctest
julia> set_timeout!(store, 0.01);

julia> caught(instance.exports.spin).message
"the call took longer than its timeout of 10ms"
```
"""
function set_timeout!(store::WasmStore, seconds::Real)
    nanoseconds = seconds == Inf ? UInt64(0) : max(UInt64(1), round(UInt64, not_below_zero("the timeout", seconds) * 1e9))
    @check C.wrt_store_set_timeout(store, nanoseconds)
    store.timeout = nanoseconds
    store
end

"""
    set_epoch_deadline!(store, ticks)

Stops calls in `store` with a [`WasmInterrupt`](@ref) once the epoch of its engine has moved `ticks` times from now; see
[`increment_epoch!`](@ref). For engines with `epoch_interruption = true`. Returns `store`.

```jldoctest
julia> set_epoch_deadline!(store, 1);

julia> increment_epoch!(engine);

julia> caught(instance.exports.spin) isa WasmInterrupt
true
```
"""
function set_epoch_deadline!(store::WasmStore, ticks::Integer)
    @check C.wrt_store_set_epoch_deadline(store, ticks)
    store
end

increment_epoch!(store::WasmStore) = (increment_epoch!(store.engine); store)

"""
    interrupt!(store)

Stops the call that runs in `store`, from any thread, with a [`WasmInterrupt`](@ref). Where none runs, nothing happens. For
engines with `epoch_interruption = true`.

```jldoctest
julia> interrupter = @async interrupt!(store);

julia> caught(() -> call(instance.exports.spin; cooperative = true)) isa WasmInterrupt
true
```
"""
function interrupt!(store::WasmStore)
    out = Ref{Ptr{Cvoid}}(C_NULL)
    @check C.wrt_store_interrupt(store, out)
    C.wrt_interrupt_fire(out[])
    C.wrt_release(out[])
    nothing
end

"""
    gc!(store)

Collects WebAssembly's garbage in `store`: references that nothing reaches. Returns `store`.

```jldoctest
julia> instance.exports.id("passed through") |> length
14

julia> gc!(store) === store
true
```
"""
function gc!(store::WasmStore)
    @shielded C.wrt_store_gc(store)
    sweep!(store)
    store
end

validate(store::WasmStore, bytes::AbstractVector{UInt8}) = (checkopen(store); validate(store.engine, bytes))

# Most stacks are large enough for WebAssembly; on the others the library gives it a stack of its own. A store is told when another
# task comes to it than the last time.

"Tells the library on which stack this is, if it does not know."
@inline tell_stack(store::WasmStore) = (knows_stack(store) || tell_new_stack(store); nothing)

@inline knows_stack(store) = store.visitor.value === current_task()

@noinline function tell_new_stack(store::WasmStore)
    task = current_task()
    low, size = stack_of(task)
    # A store that is closed says so to whoever uses it.
    reserve = min(size ÷ 8, JULIA_STACK)
    told = insist(() -> C.wrt_store_set_stack_low(store.ptr, low, reserve, C_NULL))
    told == C.WRT_OK && (store.visitor = WeakRef(task))
    nothing
end

"The most of a stack that Julia keeps for itself: it compiles what it runs into on the same stack."
const JULIA_STACK = 512 << 10

"The low end of the stack of a task that runs, and its size; NULL and 0 where Julia does not tell."
function stack_of(task::Task)
    @static if VERSION >= v"1.9"
        low, high, total_low, total_high = ntuple(_ -> Ref{Ptr{Cvoid}}(C_NULL), 4)
        ccall(:jl_active_task_stack, Cvoid, (Any, Ptr{Ptr{Cvoid}}, Ptr{Ptr{Cvoid}}, Ptr{Ptr{Cvoid}}, Ptr{Ptr{Cvoid}}),
              task, low, high, total_low, total_high)
        total_low[], UInt(total_high[]) - UInt(total_low[])
    else
        size, thread = Ref{Csize_t}(0), Ref{Cint}(0)
        low = ccall(:jl_task_stack_buffer, Ptr{Cvoid}, (Any, Ptr{Csize_t}, Ptr{Cint}), task, size, thread)
        low, low == C_NULL ? UInt(0) : UInt(size[])
    end
end
