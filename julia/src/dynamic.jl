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
        out, params, results = Ref{Ptr{Cvoid}}(C_NULL), Type[], Type[]
        foreach(ty -> push!(params, juliatype(ty)), f.type.params)
        foreach(ty -> push!(results, juliatype(ty)), f.type.results)
        @check C.wrt_call_new(f, out)
        own(new(out[], f, f.store, params, results, findall(isreference, params), 0))
    end
end

above(f::DynamicFunc) = f.func
functype(f::DynamicFunc) = f.func.type

(f::WasmFunc)(args...) = prepared(f)(args...)

prepared(f::WasmFunc) = (found = f.prepared; found === nothing ? (f.prepared = DynamicFunc(f)) : found)

function (f::DynamicFunc)(@nospecialize(args...))
    store = f.store
    store.ptr == C_NULL && closed(store)
    f.func.ptr == C_NULL && closed(f.func)
    length(args) == length(f.params) || wrong_count(f, length(args))
    (f.calls += 1) > OFTEN[] && return typed(f.func)(args...)
    store.tasks && return call_task(f, args)
    given = lower_all(f, store, pass_all(f, args))
    slots, slot = copy(given), Ref{C.wrt_error}()
    tell_stack(store)
    hosts = store.hosts
    Base.sigatomic_begin()
    sticky = hosts && enter_gate()
    status = GC.@preserve f C.wrt_call_invoke(f.ptr, slots, length(slots), slot)
    hosts && leave_gate(sticky)
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
    passed = Any[]
    for (i, T) in enumerate(f.params)
        push!(passed, pass(T, args[i]))
    end
    passed
end

function lower_all(f::DynamicFunc, store, passed)
    given = fill(EMPTY, max(length(f.params), length(f.results), 1))
    try
        for (i, T) in enumerate(f.params)
            given[i] = lower(store, T, passed[i])
        end
    catch
        drop_all(f, store, given)
        rethrow()
    end
    given
end

drop_all(f::DynamicFunc, store, given) = foreach(i -> drop(store, given[i].lo), f.references)

function take_all(f::DynamicFunc, store, slots)
    length(f.results) == 1 && return take(store, f.results[1], slots[1])
    values = Any[]
    for (i, T) in enumerate(f.results)
        push!(values, take(store, T, slots[i]))
    end
    isempty(values) ? nothing : Tuple(values)
end
