# Functions: WebAssembly's, and Julia's for WebAssembly to call.

"""
    WasmFunc(store, f; direct = false)
    WasmFunc(store, f, R, (A, B); direct = false)
    WasmFunc(store, f, WasmFuncType([A, B], [R]); direct = false)
    WasmFunc(f, store, (A, B), R; direct = false)

A function of WebAssembly, or a Julia function that WebAssembly can call. Exports of an instance arrive as `WasmFunc`s; call them
like any function.

The first form takes the types from the annotations of `f`, which must have one method: parameters without one are not allowed,
and a return type that is not declared is inferred. The others name them: `R` is a type, `Nothing`, or a tuple of types for
several results; the last form is for `do` blocks.

When the first parameter of `f` is declared as [`WasmCaller`](@ref), `f` gets the calling instance there. Arguments arrive as the
types of the signature, results are converted to them. What `f` throws comes out of the call that entered WebAssembly, as the
same object. `f` runs in the task that made this call, and may do what it likes: print, wait, call WebAssembly again.

`direct = true` is a promise that `f` does not wait for anything, nor yields to other tasks: then it is called on the stack of
WebAssembly, more than ten times faster. A yield is noticed, and is an error of the call. In a store that has functions which may
wait, a direct one is called as these are; a function that may wait cannot be added to a store which has direct ones.

```julia
log = WasmFunc(store, x -> println("wasm says ", x), Nothing, (Int32,))

add = WasmFunc(store, (Int32, Int32), Int32) do a, b
    a + b
end
add(2, 3)
```
"""
mutable struct WasmFunc <: AbstractFunc
    ptr::Ptr{Cvoid}
    store::WasmStore
    type::WasmFuncType
    "The prepared call, made at the first one: a `DynamicFunc`, and a `TypedFunc` once it was called often."
    prepared::Any

    WasmFunc(ptr::Ptr{Cvoid}, store::WasmStore, type::WasmFuncType) = own(new(ptr, store, type, nothing))
end

above(f::WasmFunc) = f.store
handleof(f::WasmFunc) = f

function WasmFunc(ptr::Ptr{Cvoid}, store::WasmStore)
    out = Ref{Ptr{Cvoid}}(C_NULL)
    @check C.wrt_extern_type(ptr, out)
    type = wasmtype(out[])
    C.wrt_release(out[])
    WasmFunc(ptr, store, type)
end

"""
    functype(f)::WasmFuncType

The signature of a function.

```jldoctest
julia> functype(instance.exports.add)
WasmFuncType("(func (param i32 i32) (result i32))")
```
"""
functype(f::WasmFunc) = f.type

Base.:(==)(a::WasmFunc, b::WasmFunc) = a === b || (isopen(a) && isopen(b) && C.wrt_extern_same(a, b) == 1)
Base.hash(f::WasmFunc, h::UInt) = hash(f.type, hash(objectid(f.store), h))

Base.show(io::IO, f::WasmFunc) = print(io, "WasmFunc(", repr(f.type.text), ", ", state(f), ")")

"""
    WasmCaller

The instance that called a Julia function: the first parameter of a host function that declares it. `caller["memory"]` is an
export of that instance, and `caller.store` the store. Valid until the function returns.

```julia
puts = WasmFunc(store, (Int32, Int32), Nothing) do caller::WasmCaller, at, n
    print(read_string(caller["memory"], at, n))
end
```
"""
mutable struct WasmCaller
    ptr::Ptr{Cvoid}
    store::WasmStore
end

noun(::WasmCaller) = "caller"
Base.show(io::IO, caller::WasmCaller) = print(io, "WasmCaller(", caller.ptr == C_NULL ? "returned" : "calling", ")")

function Base.get(caller::WasmCaller, name::Union{AbstractString,Symbol}, default)
    caller.ptr == C_NULL && throw(WasmRuntimeError("the host function has returned, and its caller is closed", :closed))
    name, out, slot = String(name), Ref{Ptr{Cvoid}}(C_NULL), Ref{C.wrt_error}()
    status = C.wrt_caller_export(caller.ptr, name, sizeof(name), out, slot)
    status == C.WRT_OK && return extern(caller.store, out[])
    e = exception(slot[])
    status == C.WRT_ERR_NOT_FOUND ? default : throw(e)
end

struct Absent end
Base.haskey(caller::WasmCaller, name::Union{AbstractString,Symbol}) = !(get(caller, name, Absent()) isa Absent)

function Base.getindex(caller::WasmCaller, name::Union{AbstractString,Symbol})
    found = get(caller, name, Absent())
    found isa Absent ? throw(KeyError(name)) : found
end

# A Julia function as the library calls it: an object with the types of the signature, and one compiled entry for them.

"The types of results as a tuple type: none for `Nothing`, one for a type, those of a tuple."
resulttypes(::Type{Nothing}) = Tuple{}
resulttypes(::Type{T}) where {T} = T <: Tuple && T !== V128 ? T : Tuple{T}

"`f` with parameters of types `A` and results of types `R`; `K` says whether it wants its caller."
mutable struct HostFunc{F,A<:Tuple,R<:Tuple,K}
    f::F
end

@generated function arguments(host::HostFunc{F,A,R,K}, store, slots) where {F,A,R,K}
    Expr(:tuple, Any[:(raise(store, $(fieldtype(A, i)), unsafe_load(slots, $i))) for i in 1:fieldcount(A)]...)
end

apply(host::HostFunc{F,A,R,true}, caller, given) where {F,A,R} = host.f(caller, given...)
apply(host::HostFunc{F,A,R,false}, caller, given) where {F,A,R} = host.f(given...)

"The code that answers with `n` results."
function answers(R, n)
    # All are converted before the first becomes a reference, and that before the first is written.
    passed = Any[:(pass($(fieldtype(R, i)), result[$i])) for i in 1:n]
    values = Any[:(lower(store, $(fieldtype(R, i)), passed[$i])) for i in 1:n]
    writes = Any[:(unsafe_store!(slots, values[$i], $i)) for i in 1:n]
    :(passed = ($(passed...),); values = ($(values...),); $(writes...); nothing)
end

@generated function answer(store, ::Type{R}, slots, result) where {R}
    n = fieldcount(R)
    n == 0 && return nothing
    n == 1 && !(result <: Tuple{Any}) && return :(unsafe_store!(slots, lowered(store, $(fieldtype(R, 1)), result), 1); nothing)
    result <: NTuple{n,Any} ? apart(answers, R, n) : :(miscounted($n, result))
end

@inline lowered(store, ::Type{T}, x) where {T} = lower(store, T, pass(T, x))

@noinline miscounted(n, result) =
    throw(WasmRuntimeError("the host function returned $(typeof(result)), but its type has $n results", :type))

"Fills an error of the library that stands for an exception of Julia. WebAssembly can catch its own in `store`."
function describe(error, e, store)
    own = e isa WasmException && e.reference.store === store && isopen(e.reference)
    own && insist(() -> C.wrt_error_set_exception(error, store, idof(e.reference))) == C.WRT_OK && return
    message = "a Julia function threw $(typeof(e))"
    C.wrt_error_set(error, C.WRT_ERR_HOST, message, sizeof(message))
    C.wrt_error_set_payload(error, MARK, C_NULL)
end

"Whether a method of `f` declares its first parameter as a `WasmCaller`."
wantscaller(@nospecialize(f)) = any(methods(f)) do method
    parameters = Base.unwrap_unionall(method.sig).parameters
    length(parameters) > 1 && parameters[2] === WasmCaller
end

"`f` as a host function of a signature given by Julia types."
function hostfunc(@nospecialize(f), @nospecialize(params::Type), @nospecialize(results::Type))
    full_speed()
    HostFunc{Core.Typeof(f),params,results,wantscaller(f)}(f)
end

"`f` as a host function of a signature given as WebAssembly's."
hostfunc(@nospecialize(f), type::WasmFuncType) = hostfunc(f, Tuple{juliatypes(type.params)...}, Tuple{juliatypes(type.results)...})

function define(store::WasmStore, @nospecialize(host::HostFunc), type::WasmFuncType, direct::Bool)
    direct = admit(store, direct)
    out, address, called = Ref{Ptr{Cvoid}}(C_NULL), pointer_from_objref(host), direct ? entry(host)::Ptr{Cvoid} : C_NULL
    withtype(store.engine, type) do handle
        if direct
            @check C.wrt_func_new(store, handle, called, address, C_NULL, out)
        else
            @check C.wrt_func_new_suspending(store, handle, UInt64(UInt(address)), out)
        end
    end
    rootsof(store)[host] = nothing
    direct ? (store.hosts = true) : (store.tasks = true)
    WasmFunc(out[], store, type)
end

"Whether a function that could be direct is that in `store`; fails where it may wait and others there are direct."
function admit(store, direct)
    checkopen(store)
    !direct && store.hosts && throw(mixed())
    direct && !store.tasks
end

@noinline mixed() =
    WasmRuntimeError("the store has functions with direct = true, which cannot be on the stack of a call that waits: " *
                     "define this one with direct = true as well, or those without", :unsupported)

WasmFunc(store::WasmStore, f, type::WasmFuncType; direct::Bool = false) = define(store, hostfunc(f, type), type, direct)

function WasmFunc(store::WasmStore, f, results::Type, params::Tuple; direct::Bool = false)
    results = resulttypes(results)
    define(store, hostfunc(f, Tuple{params...}, results), WasmFuncType(params, Tuple(fieldtypes(results))), direct)
end

WasmFunc(store::WasmStore, f, results::Tuple, params::Tuple; direct::Bool = false) =
    WasmFunc(store, f, Tuple{results...}, params; direct = direct)
WasmFunc(f::Base.Callable, store::WasmStore, params::Tuple, results = Nothing; direct::Bool = false) =
    WasmFunc(store, f, results, params; direct = direct)
WasmFunc(f::Base.Callable, store::WasmStore, type::WasmFuncType; direct::Bool = false) = WasmFunc(store, f, type; direct = direct)

function WasmFunc(store::WasmStore, f; direct::Bool = false)
    params, results = annotated(f)
    WasmFunc(store, f, results, params; direct = direct)
end

"The signature that the annotations of `f` declare: a tuple of parameter types, and a result type."
function annotated(f)
    found = collect(methods(f))
    length(found) == 1 || throw(ArgumentError("$f has $(length(found)) methods: $NAME_THEM"))
    declared = collect(Any, Base.unwrap_unionall(found[1].sig).parameters)[2:end]
    params = !isempty(declared) && declared[1] === WasmCaller ? declared[2:end] : declared
    for (i, T) in enumerate(params)
        isdeclared(T) || throw(ArgumentError("parameter $i of $f is declared as $T: annotate it, or $NAME_THEM"))
    end
    returned = Base.return_types(f, Tuple{declared...})
    R = length(returned) == 1 ? returned[1] : Any
    # A function that always throws has no results either.
    (R === Nothing || R === Union{}) && return Tuple(params), Nothing
    types = resulttypes(R)
    types isa DataType && all(isdeclared, fieldtypes(types)) ||
        throw(ArgumentError("$f returns $R: declare the type of its result, or $NAME_THEM"))
    Tuple(params), R
end

const NAME_THEM = "name the types, as in WasmFunc(store, f, Int32, (Int32, Int32))"

"Whether a type says exactly one type of WebAssembly: not `Any`, which is what is not declared at all."
isdeclared(T) = T isa Type && T !== Any && kind(T) !== nothing
