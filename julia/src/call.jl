# Calls. A typed function has the types of the signature as parameters, so that the compiler lays out its slots on the stack; the
# dynamic call finds the typed function of the signature and calls it.

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
typed(f::WasmFunc) = (found = f.typed; found === nothing ? prepare(f) : found)

@noinline function prepare(f::WasmFunc)
    checkopen(f)
    results = juliatype.(f.type.results)
    R = isempty(results) ? Nothing : length(results) == 1 ? results[1] : Tuple{results...}
    f.typed = TypedFunc{Tuple{juliatype.(f.type.params)...},R}(f)
end

@noinline wrong_count(f, n) =
    throw(WasmRuntimeError("$(functype(f).text) takes $(length(functype(f).params)) arguments, $n were given", :type))

# The error goes to `fail` by value, the slots never leave this frame, so nothing is allocated.
@generated function (f::TypedFunc{A,R})(args...) where {A,R}
    params, results = fieldtypes(A), fieldtypes(resulttypes(R))
    length(args) == length(params) || return :(wrong_count(f, $(length(args))))
    n = max(length(params), length(results), 1)
    passed = [Symbol(:x, i) for i in eachindex(params)]
    passes = [:($(passed[i]) = pass($(params[i]), args[$i])) for i in eachindex(params)]
    filled = Any[:(lower(store, $(params[i]), $(passed[i]))) for i in eachindex(params)]
    append!(filled, fill(:EMPTY, n - length(params)))
    # The ids of references among the arguments end with the call.
    drops = [:(drop(store, given[$i].lo)) for i in eachindex(params) if isreference(params[i])]
    taken = [:(take(store, $(results[i]), out[$i])) for i in eachindex(results)]
    value = R === Nothing ? :nothing : R <: Tuple && R !== V128 ? :(($(taken...),)) : taken[1]
    quote
        $(Expr(:meta, :inline))
        store, handle = f.store, f.ptr
        store.ptr == C_NULL && closed(store)
        f.func.ptr == C_NULL && closed(f.func)
        handle == C_NULL && closed(f)
        $(passes...)
        given = ($(filled...),)
        slots = Ref{NTuple{$n,C.wrt_val}}(given)
        slot = Ref{C.wrt_error}()
        hosts = store.hosts
        Base.sigatomic_begin()
        sticky = hosts && enter_gate()
        status = GC.@preserve f C.wrt_call_invoke(handle, slots, $n, slot)
        hosts && leave_gate(sticky)
        $(drops...)
        status == C.WRT_OK || failed_call(store, slot[])
        Base.sigatomic_end()
        out = slots[]
        $value
    end
end

(f::WasmFunc)(args...) = typed(f)(args...)

"""
    @running store C.wrt_function(arguments...)

As `@shielded`, for functions other than calls that run WebAssembly in `store`. The arguments are handles, already checked: nothing
may throw between the gate's two sides.
"""
macro running(store, call)
    Meta.isexpr(call, :call) || throw(ArgumentError("@running takes a call, not $call"))
    arguments = map(esc, call.args)
    quote
        store, slot = $(esc(store)), Ref{C.wrt_error}()
        hosts = store.hosts
        Base.sigatomic_begin()
        sticky = hosts && enter_gate()
        status = $(Expr(:call, arguments..., :slot))
        hosts && leave_gate(sticky)
        status == C.WRT_OK || failed_call(store, slot[])
        Base.sigatomic_end()
        nothing
    end
end

"Throws what a call ended with. Ctrl-C, held back since the call began, comes first."
@noinline function failed_call(store::WasmStore, slot::C.wrt_error)
    e = failure(store, slot)
    Base.sigatomic_end()
    e isa WasmHostError ? rethrow_host(e) : throw(e)
end

"The exception of a call: the library's, or what a Julia function threw with the WebAssembly frames it came through."
function failure(store::WasmStore, slot::C.wrt_error)
    thrown, error = store.thrown, Ref(slot)
    if slot.status != C.WRT_ERR_HOST || thrown === nothing || C.wrt_error_payload(error) != MARK
        return exception(slot)
    end
    store.thrown = nothing
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
    call(f, args...; timeout, fuel)
    call(instance, name, args...; timeout, fuel)
    call(instance, name, [args...])

Calls a function, given itself or by the name of the export; arguments may come as one vector or tuple. `timeout` is the most
seconds that this call may take (engine option `epoch_interruption`), `fuel` the most work it may do (engine option
`consume_fuel`); what the store had of both is as before afterwards.

```julia
call(instance, "add", 2, 3)
call(instance.exports.spin; timeout = 1.0)
```
"""
function call(f::AbstractFunc, args...; timeout::Union{Nothing,Real} = nothing, fuel::Union{Nothing,Integer} = nothing)
    args = spread(f, args)
    timeout === nothing && fuel === nothing && return f(args...)
    store = f.store
    if timeout !== nothing
        before = store.timeout
        set_timeout!(store, timeout)
        try
            return call(f, args...; fuel = fuel)
        finally
            isopen(store) && set_timeout!(store, before == 0 ? Inf : before / 1e9)
        end
    end
    left = WasmtimeRuntime.fuel(store)
    set_fuel!(store, fuel)
    try
        f(args...)
    finally
        isopen(store) && set_fuel!(store, left)
    end
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
