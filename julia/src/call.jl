# Calls. A typed function has the types of the signature as parameters, so that the compiler lays out its slots on the stack. Other
# functions become typed when they are called often, see dynamic.jl.

"""
    TypedFunc{Tuple{A,B},R}(f)
    TypedFunc(f)
    get_typed_func(instance, name, [A, B], R)

A function with its types known to the Julia compiler: they are compared with the function's signature once, here, and a call then
allocates nothing. `R` is `Nothing` for no result, and a tuple type for several. `UInt32` and `UInt64` stand for integers too, and
`UInt128` for a vector. Arguments are converted to `A` and `B` with the checks of `convert`. Without types, those of the signature
are taken.

```julia
add = TypedFunc{Tuple{Int32,Int32},Int32}(instance.exports.add)
add(2, 3)
add.([1, 2, 3], 10)
```
"""
mutable struct TypedFunc{A<:Tuple,R} <: AbstractFunc
    ptr::Ptr{Cvoid}
    func::WasmFunc
    store::WasmStore

    function TypedFunc{A,R}(f::WasmFunc) where {A<:Tuple,R}
        full_speed()
        checktypes(f, A, R)
        out = Ref{Ptr{Cvoid}}(C_NULL)
        @check C.wrt_call_new(f, out)
        own(new{A,R}(out[], f, f.store))
    end
end

TypedFunc{A,R}(f::TypedFunc) where {A<:Tuple,R} = TypedFunc{A,R}(f.func)
TypedFunc(f::WasmFunc) = typed(f)
TypedFunc(f::TypedFunc) = f

above(f::TypedFunc) = f.func
handleof(f::TypedFunc) = f.func
functype(f::TypedFunc) = f.func.type
Base.show(io::IO, f::TypedFunc{A,R}) where {A,R} = print(io, "TypedFunc{", A, ",", R, "}(", state(f), ")")

function checktypes(f::WasmFunc, A, R)
    fits(types, declared) = length(types) == length(declared) && all(zip(types, declared)) do (T, ty)
        wanted = kind(juliatype(ty))
        wanted === nothing || kind(T) == wanted
    end
    results = resulttypes(R)
    fits(fieldtypes(A), f.type.params) && fits(fieldtypes(results), f.type.results) && return
    throw(WasmRuntimeError("the function has the type $(f.type.text), which takes $(Tuple(juliatype.(f.type.params))) and gives " *
                           "$(Tuple(juliatype.(f.type.results))), not $(fieldtypes(A)) and $(fieldtypes(results))", :type))
end

"The function with the types of its own signature."
function typed(f::WasmFunc)
    f.prepared isa TypedFunc && return f.prepared
    checkopen(f)
    results = juliatype.(f.type.results)
    R = isempty(results) ? Nothing : length(results) == 1 ? results[1] : Tuple{results...}
    f.prepared = TypedFunc{Tuple{juliatype.(f.type.params)...},R}(f)
end

@noinline wrong_count(f, n) =
    throw(WasmRuntimeError("$(functype(f).text) takes $(counted(length(functype(f).params), "argument")), not $n", :type))

"""
The parts of a call with parameters `A` and results `R`: the arguments converted (`passes` to `passed`) and in slots (`lowers` to
`given`), the ids of references among them dropped (`drops`), and the `value` of the slots in `out`. A call needs `n` slots.
"""
function parts(A, R)
    params, results = fieldtypes(A), fieldtypes(resulttypes(R))
    n = max(length(params), length(results), 1)
    passed = [Symbol(:x, i) for i in eachindex(params)]
    lowered = [Symbol(:y, i) for i in eachindex(params)]
    lowers = [:($(lowered[i]) = lower(store, $(params[i]), $(passed[i]))) for i in eachindex(params)]
    references = [i for i in eachindex(params) if isreference(params[i])]
    taken = [:(take(store, $(results[i]), out[$i])) for i in eachindex(results)]
    (n = n,
     passed = passed,
     passes = [:($(passed[i]) = pass($(params[i]), args[$i])) for i in eachindex(params)],
     lowers = length(references) > 1 ? [lowers[setdiff(eachindex(params), references)]; all_or_none(lowered, lowers, references)] : lowers,
     given = :(($(lowered...), $(fill(:EMPTY, n - length(params))...))),
     drops = [:(drop(store, given[$i].lo)) for i in references],
     value = R === Nothing ? :nothing : R <: Tuple && R !== V128 ? :(($(taken...),)) : taken[1])
end

"Makes the slots of references; those that were made before one that cannot be are dropped."
function all_or_none(lowered, lowers, references)
    empty = [:($(lowered[i]) = EMPTY) for i in references]
    drops = [:(drop(store, $(lowered[i]).lo)) for i in references]
    [empty; :(try $(lowers[references]...) catch; $(drops...); rethrow() end)]
end

# The error goes to `failed_call` by value, the slots never leave this frame, so nothing is allocated.
@generated function (f::TypedFunc{A,R})(args...) where {A,R}
    length(args) == fieldcount(A) || return :(wrong_count(f, $(length(args))))
    call = parts(A, R)
    quote
        $(Expr(:meta, :inline))
        store, handle = f.store, f.ptr
        store.ptr == C_NULL && closed(store)
        f.func.ptr == C_NULL && closed(f.func)
        handle == C_NULL && closed(f)
        store.tasks && return call_task(f, args)
        $(call.passes...)
        $(call.lowers...)
        given = $(call.given)
        slots = Ref{NTuple{$(call.n),C.wrt_val}}(given)
        slot = Ref{C.wrt_error}()
        tell_stack(store)
        hosts = store.hosts
        Base.sigatomic_begin()
        sticky = hosts && enter_gate()
        status = GC.@preserve f C.wrt_call_invoke(handle, slots, $(call.n), slot)
        hosts && leave_gate(sticky)
        $(call.drops...)
        if status != C.WRT_OK
            failed_call(store, slot[])
            return call_again(f, args)
        end
        out = slots[]
        value = $(call.value)
        Base.sigatomic_end()
        value
    end
end

@generated pass_all(::TypedFunc{A,R}, args...) where {A,R} = (call = parts(A, R); :($(call.passes...); ($(call.passed...),)))
@generated lower_all(::TypedFunc{A,R}, store, args...) where {A,R} =
    (call = parts(A, R); :(($(call.passed...),) = args; $(call.lowers...); $(call.given)))
@generated drop_all(::TypedFunc{A,R}, store, given) where {A,R} = (call = parts(A, R); :($(call.drops...); nothing))
@generated take_all(::TypedFunc{A,R}, store, out) where {A,R} = parts(A, R).value

# The store was in use, and no longer is.
@noinline call_again(f, args::Tuple) = f(args...)

"Makes the call as a task of the library, which Julia functions can suspend, and which lets other tasks run from time to time."
@noinline call_task(f::TypedFunc, args::Tuple) = call_passed(f, pass_all(f, args...))

function call_passed(f, passed)
    store, out = f.store, Ref{Ptr{Cvoid}}(C_NULL)
    enter_turn(store)
    try
        call_in_turn(f, store, out, passed)
    finally
        C.wrt_release(out[])
        exit_turn(store)
    end
end

function call_in_turn(f::TypedFunc{A,R}, store, out, passed) where {A,R}
    given = lower_all(f, store, passed...)
    any_reference(A) || return run_lowered(f, store, out, given)
    try
        run_lowered(f, store, out, given)
    finally
        drop_all(f, store, given)
    end
end

function run_lowered(f::TypedFunc{A,R}, store, out, given) where {A,R}
    slots = Ref(given)
    GC.@preserve slots run_call(store, out, f.ptr, Base.unsafe_convert(Ptr{C.wrt_val}, slots), length(given), count_results(R))
    take_all(f, store, slots[])
end

@generated count_results(::Type{R}) where {R} = fieldcount(resulttypes(R))
@generated any_reference(::Type{A}) where {A} = any(isreference, fieldtypes(A))

"""
Makes an instance of `mod` in `store`: at once with `now(out, slot)`, or as a task with `start(out, wake, env, slot)`; both answer with
a status of the library.
"""
function make_instance(now::F, start::S, store::WasmStore, mod::WasmModule, tries = 0) where {F,S}
    store.tasks && return apart(run_start, store, mod, start)::WasmInstance
    out, slot = Ref{Ptr{Cvoid}}(C_NULL), Ref{C.wrt_error}()
    tell_stack(store)
    hosts = store.hosts
    Base.sigatomic_begin()
    sticky = hosts && apart(enter_gate)::Bool
    status = now(out, slot)
    hosts && apart(leave_gate, sticky)
    if status != C.WRT_OK
        apart(full, tries, slot)::Bool || failed_call(store, slot[])
        return make_instance(now, start, store, mod, tries + 1)
    end
    # Ctrl-C may come here, so the handle has its owner before.
    instance = WasmInstance(out[], store, mod)
    Base.sigatomic_end()
    instance
end

"""
Whether an instance may have found no place because those of stores that nobody holds any more are still there: then they are collected,
and it is worth trying once more. The collector itself does not see how much a store holds outside of Julia.
"""
function full(tries, slot)
    message = unsafe_string(slot[].message, slot[].message_len)
    tries == 0 && any(text -> occursin(text, message), NO_PLACE) || return false
    Base.sigatomic_end()
    C.wrt_error_clear(slot)
    GC.gc()
    true
end

# How Wasmtime says that a pool is full, and the system that it has no more mappings.
const NO_PLACE = ["maximum concurrent", "Cannot allocate memory"]

"""
Throws what a call ended with. Ctrl-C, held back since the call began, comes first. Returns where the store was in use elsewhere, once
it no longer is.
"""
@noinline failed_call(store::WasmStore, slot::C.wrt_error) = (apart(await_or_throw, store, slot); nothing)

function await_or_throw(store, slot)
    e = failure(store, take_thrown(), slot)
    Base.sigatomic_end()
    if e isa WasmRuntimeError && e.status === :busy && store.turn.owner !== current_task()
        # The call of another task, which has its turn.
        (store.turn.owner !== nothing || occursin(SUSPENDED, e.message)) && return in_turn(() -> nothing, store)
        is_elsewhere(e) && return await_store(store)
    end
    throw_failure(e)
end

function take_thrown()
    gate = own_gate()
    gate === nothing && return nothing
    thrown, gate.thrown = gate.thrown, nothing
    thrown
end

throw_failure(e) = e isa WasmHostError ? rethrow_host(e) : throw(e)

"""
Returns when a use of the library is worth trying again, which found the store in use by another thread; throws what else it failed
with.
"""
@noinline function await_elsewhere(store::WasmStore, slot::C.wrt_error)
    e = apart(exception, slot)
    is_elsewhere(e) ? apart(await_store, store) : throw(e)
end

"Waits until no other thread is in a store: it cannot say when, so this looks again, less often with time."
function await_store(store::WasmStore)
    slot, pause = Ref{C.wrt_error}(), 0.0
    while C.wrt_store_lock(store, slot) != C.WRT_OK
        e = exception(slot[])
        e isa WasmRuntimeError && e.status === :busy || throw(e)
        pause > 0.001 ? sleep(pause) : yield()
        pause = min(pause + 0.0001, 0.02)
    end
    C.wrt_store_unlock(store, slot) == C.WRT_OK || fail(slot[])
    nothing
end

"The exception of a call: the library's, or what a Julia function threw with the WebAssembly frames it came through."
function failure(store, thrown, slot::C.wrt_error)
    error = Ref(slot)
    if slot.status == C.WRT_ERR_EXCEPTION
        found = uncaught(store, thrown, slot)
        found === nothing || return found
    end
    if slot.status != C.WRT_ERR_HOST || thrown === nothing || C.wrt_error_payload(error) != MARK
        return exception(slot)
    end
    found, message = frames(error), unsafe_string(slot.message, slot.message_len)
    C.wrt_error_clear(error)
    WasmHostError(message, found, thrown.exception, thrown.backtrace)
end

# The object itself is thrown; where it came from stands below it on the exception stack.
function rethrow_host(cause::WasmHostError)
    try
        throw(cause)
    catch
        throw(cause.exception)
    end
end

"""
    call(f, args...; timeout, fuel, cooperative = false)
    call(instance, name, args...; timeout, fuel, cooperative = false)
    call(instance, name, [args...])

Calls a function, given itself or by the name of the export; arguments may come as one vector or tuple. `timeout` is the most
seconds that this call may take (engine option `epoch_interruption`), `fuel` the most work it may do (engine option
`consume_fuel`); what the store had of both is as before afterwards. A call made by a host function shares the time of the outermost
call. With `cooperative = true` other tasks of the thread go on during a long call, a hundredth of a second each time (engine option
`epoch_interruption`); in a store with Julia functions that may wait, every call does that.

```julia
call(instance, "add", 2, 3)
call(instance.exports.add, 2, 3; timeout = 1.0)
```
"""
function call(f::AbstractFunc, args...; timeout::Union{Nothing,Real} = nothing, fuel::Union{Nothing,Integer} = nothing,
              cooperative::Bool = false)
    args = spread(f, args)
    timeout === nothing && fuel === nothing && !cooperative && return f(args...)
    checkopen(f)
    store = f.store
    cooperative && check_cooperative(store)
    cooperative || store.tasks ? during_turn(() -> call_within(f, args, timeout, fuel, cooperative), store) :
    call_within(f, args, timeout, fuel, false)
end

function call_within(f, args, timeout, fuel, cooperative)
    store = f.store
    if timeout !== nothing
        store.turn.owner === current_task() && store.turn.depth > 1 && throw(nested())
        before = store.timeout
        set_timeout!(store, timeout)
        try
            return call_within(f, args, nothing, fuel, cooperative)
        finally
            isopen(store) && set_timeout!(store, before == 0 ? Inf : before / 1e9)
        end
    elseif fuel !== nothing
        left = WasmtimeRuntime.fuel(store)
        set_fuel!(store, fuel)
        try
            return call_within(f, args, nothing, nothing, cooperative)
        finally
            isopen(store) && set_fuel!(store, left)
        end
    end
    f isa WasmFunc && (f = prepared(f))
    length(args) == length(functype(f).params) || wrong_count(f, length(args))
    cooperative ? call_task(f, Tuple(args)) : f(args...)
end

@noinline nested() =
    WasmRuntimeError("a call made by a function that WebAssembly called has the time of the outermost call: it takes no timeout of " *
                     "its own", :unsupported)

function check_cooperative(store)
    store.engine.interruptible ||
        throw(WasmRuntimeError("a cooperative call needs an engine with epoch_interruption = true", :config))
    store.hosts && throw(WasmRuntimeError("the store has functions with direct = true, which cannot be called in a cooperative call: " *
                                          "define them without", :unsupported))
    nothing
end

"One vector or tuple stands for the arguments, unless it is an argument: of a reference, or the lanes of a vector."
function spread(f, args)
    length(args) == 1 && args[1] isa Union{AbstractVector,Tuple} || return args
    params = functype(f).params
    if length(params) == 1
        params[1].kind == C.WRT_EXTERNREF && return args
        params[1].kind == C.WRT_V128 && args[1] isa Tuple && length(args[1]) > 1 && return args
    end
    Tuple(args[1])
end
