# Direct host functions: called by the library, on the stack of WebAssembly, which other tasks must not be let into.

# A task that was left and entered again has `nothing` for its result; this stands there while a direct function runs.
struct Stayed end
const STAYED = Stayed()

@noinline function left()
    throw(WasmRuntimeError("a host function with direct = true has yielded to another task: it waited for something, or printed. " *
                           "Define it without direct = true", :yield))
end

# Called by the library. An exception must not pass through its frames, so all of it is caught here; Ctrl-C is held back while the
# library is on the stack, and let through while the Julia function runs.
function invoke_host(host::HostFunc{F,A,R,K}, caller::Ptr{Cvoid}, slots::Ptr{C.wrt_val}, nslots::Csize_t,
                     error::Ptr{C.wrt_error})::Int32 where {F,A,R,K}
    task = current_task()
    before = task.result
    try
        setfield!(task, :result, STAYED)
        Base.sigatomic_end()
        if K
            store = storeof(caller)
            seen = WasmCaller(caller, store)
            try
                answer(store, R, slots, apply(host, seen, arguments(host, store, slots)))
            finally
                seen.ptr = C_NULL
            end
        elseif needs_store(A, R)
            store = storeof(caller)
            answer(store, R, slots, apply(host, nothing, arguments(host, store, slots)))
        else
            answer(nothing, R, slots, apply(host, nothing, arguments(host, nothing, slots)))
        end
        Base.sigatomic_begin()
        task.result === STAYED || left()
        setfield!(task, :result, before)
        return C.WRT_OK
    catch e
        setfield!(task, :result, before)
        keep(caller, error, e, catch_backtrace())
        return C.WRT_ERR_HOST
    end
end

@generated needs_store(::Type{A}, ::Type{R}) where {A,R} = any(isreference, fieldtypes(A)) || any(isreference, fieldtypes(R))

function storeof(caller::Ptr{Cvoid})
    data = C.wrt_store_data(C.wrt_caller_store(caller))
    data == C_NULL && throw(WasmRuntimeError("the store is closed", :closed))
    unsafe_pointer_to_objref(data)::WasmStore
end

# Marks an error as one whose exception waits at the gate of the thread.
const MARK = UInt64(0x6a756c6961)

@noinline function keep(caller, error, e, backtrace)
    gate = own_gate()
    gate === nothing || (gate.thrown = Thrown(e, backtrace))
    store = try
        storeof(caller)
    catch
        nothing
    end
    describe(error, e, store)
    nothing
end

entry(::HostFunc{F,A,R,K}) where {F,A,R,K} =
    @cfunction(invoke_host, Int32, (Ref{HostFunc{F,A,R,K}}, Ptr{Cvoid}, Ptr{C.wrt_val}, Csize_t, Ptr{C.wrt_error}))

# What a host function that was called from WebAssembly may meet: another task of the same thread that wants to run WebAssembly
# too. The library keeps one stack of calls for each thread, which must end in the reverse order of their beginning; tasks need
# not. So on each thread only one task at a time is inside of WebAssembly that can call Julia directly; others wait at the gate.
# A gate is used by tasks of its thread only, and nothing between two looks at it can switch tasks: it needs no atomics.
mutable struct Gate
    owner::Union{Nothing,Task}
    depth::Int
    waiting::Vector{Task}
    "What a direct function threw, on its way to the call that is on the same thread."
    thrown::Union{Nothing,Thrown}
    "No two gates share a line of the processors' caches, which each call writes to."
    apart::NTuple{16,UInt64}
    Gate() = new(nothing, 0, Task[], nothing)
end

const GATES = Gate[]

thread_count() = @static isdefined(Threads, :maxthreadid) ? Threads.maxthreadid() : Threads.nthreads()

function make_gates()
    empty!(GATES)
    for _ in 1:thread_count()
        push!(GATES, Gate())
    end
end

"The gate of this thread; nothing where it has none."
own_gate() = (id = Threads.threadid(); id <= length(GATES) ? GATES[id] : nothing)

"Enters the gate of this thread, and keeps the task on the thread; returns whether it was kept there before."
@inline function enter_gate()
    task = current_task()
    sticky = task.sticky
    task.sticky = true
    id = Threads.threadid()
    id <= length(GATES) || apart(no_gate, id)
    gate = @inbounds GATES[id]
    owner = gate.owner
    owner === nothing || owner === task || apart(await_gate, gate, task, sticky)
    setfield!(gate, :owner, task)
    gate.depth += 1
    sticky
end

@noinline no_gate(id) = throw(WasmRuntimeError("Julia thread $id began after this package was loaded and cannot run " *
                                               "WebAssembly that calls Julia functions", :unsupported))

@noinline function await_gate(gate, task, sticky)
    while !(gate.owner === nothing || gate.owner === task)
        push!(gate.waiting, task)
        try
            Base.sigatomic_end()
            wait()
            Base.sigatomic_begin()
        catch
            # Whoever was to wake this task next must not wait for ever.
            filter!(!=(task), gate.waiting)
            gate.owner === nothing && !isempty(gate.waiting) && wake(gate)
            task.sticky = sticky
            rethrow()
        end
    end
end

@noinline wake(gate::Gate) = schedule(popfirst!(gate.waiting))

"Leaves the gate, and lets the next task in."
@inline function leave_gate(sticky::Bool)
    gate = @inbounds GATES[Threads.threadid()]
    gate.depth -= 1
    if gate.depth == 0
        setfield!(gate, :owner, nothing)
        isempty(gate.waiting) || wake(gate)
    end
    current_task().sticky = sticky
    nothing
end
