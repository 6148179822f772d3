# Dynamic calls. To compile a call for its signature takes as long as a hundred thousand calls; so the first calls of a function look
# at the signature as they go, slot by slot, in code that serves all signatures. A function that is called often is worth its own.

"After so many calls a function gets code for its signature."
const OFTEN = Ref(1000)

"The prepared call of a function whose types the Julia compiler does not know."
mutable struct DynamicFunc <: WasmtimeResource
    ptr::Ptr{Cvoid}
    func::WasmFunc
    store::WasmStore
    params::Vector{Type}
    results::Vector{Type}
    "Which parameters are references."
    references::Vector{Int}
    calls::Int

    function DynamicFunc(f::WasmFunc)
        checkopen(f)
        out, references = Ref{Ptr{Cvoid}}(C_NULL), Int[]
        for i in 1:length(f.type.params)
            isreference(f.type.params[i].kind) && push!(references, i)
        end
        @check C.wrt_call_new(f, out)
        own(new(out[], f, f.store, juliatypes(f.type.params), juliatypes(f.type.results), references, 0))
    end
end

above(f::DynamicFunc) = f.func
functype(f::DynamicFunc) = f.func.type

(f::WasmFunc)(args...) = prepared(f)(args...)

prepared(f::WasmFunc) = (found = f.prepared; found === nothing ? (f.prepared = apart(DynamicFunc, f)) : found)

(f::DynamicFunc)(@nospecialize(args...)) = call_dynamic(f, args)

function call_dynamic(f::DynamicFunc, @nospecialize(args::Tuple))
    store = f.store
    store.ptr == C_NULL && closed(store)
    f.func.ptr == C_NULL && closed(f.func)
    length(args) == length(f.params) || apart(wrong_count, f, length(args))
    (f.calls += 1) > OFTEN[] && return apart(typed, f.func)(args...)
    store.tasks && return apart(call_task, f, args)
    given = lower_all(f, store, pass_all(f, args))
    slots, slot = copy(given), Ref{C.wrt_error}()
    tell_stack(store)
    hosts = store.hosts
    Base.sigatomic_begin()
    sticky = hosts && apart(enter_gate)::Bool
    status = GC.@preserve f C.wrt_call_invoke(f.ptr, slots, length(slots), slot)
    hosts && apart(leave_gate, sticky)
    drop_all(f, store, given)
    if status != C.WRT_OK
        failed_call(store, slot[])
        return call_again(f, args)
    end
    try
        take_all(f, store, slots)
    finally
        Base.sigatomic_end()
    end
end

call_task(f::DynamicFunc, @nospecialize(args::Tuple)) = call_passed(f, pass_all(f, args))

function call_in_turn(f::DynamicFunc, store, out, passed)
    given = lower_all(f, store, passed)
    try
        slots = copy(given)
        GC.@preserve slots run_call(store, out, f.ptr, pointer(slots), length(slots), length(f.results))
        take_all(f, store, slots)
    finally
        drop_all(f, store, given)
    end
end

function pass_all(f::DynamicFunc, @nospecialize(args::Tuple))
    Any[pass(f.params[i], args[i]) for i in 1:length(f.params)]
end

function lower_all(f::DynamicFunc, store, passed)
    given = fill(EMPTY, max(length(f.params), length(f.results), 1))
    try
        for i in 1:length(f.params)
            given[i] = lower(store, f.params[i], passed[i])::C.wrt_val
        end
    catch
        drop_all(f, store, given)
        rethrow()
    end
    given
end

function drop_all(f::DynamicFunc, store, given)
    for i in f.references
        drop(store, given[i].lo)
    end
end

function take_all(f::DynamicFunc, store, slots)
    n = length(f.results)
    n == 1 && return take(store, f.results[1], slots[1])
    n == 0 ? nothing : (Any[take(store, f.results[i], slots[i]) for i in 1:n]...,)
end
