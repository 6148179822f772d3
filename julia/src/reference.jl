# References: functions and Julia values as ids that belong to a store. 0 is null.

drop(store, id::UInt64) = id == 0 || C.wrt_ref_drop(store, id)

"The slot with a new id for `f`. Whoever asked for it drops it."
function lower(store, ::Type{<:FuncRef}, f::AbstractFunc)
    out = Ref{UInt64}(0)
    @check C.wrt_ref_from_func(handleof(f), out)
    C.wrt_val(out[], 0)
end
lower(store, ::Type{<:FuncRef}, ::Nothing) = EMPTY

# The library carries a number, the place of the object in the store: nothing of Julia's is pinned or dropped from outside.
function lower(store, ::Type{Any}, x)
    place = get!(store.places, x) do
        push!(store.objects, x)
        length(store.objects)
    end
    out = Ref{UInt64}(0)
    @check C.wrt_ref_from_host(store, Ptr{Cvoid}(place), C_NULL, out)
    C.wrt_val(out[], 0)
end
lower(store, ::Type{Any}, ::Nothing) = EMPTY

# What a slot refers to. The id stays.
function raise(store, ::Type{Any}, slot)
    slot.lo == 0 && return nothing
    out = Ref{Ptr{Cvoid}}(C_NULL)
    @check C.wrt_ref_to_host(store, slot.lo, out)
    store.objects[Int(out[])]
end

function raise(store, ::Type{T}, slot) where {T<:FuncRef}
    slot.lo == 0 && return convert(T, nothing)
    out = Ref{Ptr{Cvoid}}(C_NULL)
    @check C.wrt_ref_to_func(store, slot.lo, out)
    convert(T, WasmFunc(out[], store))
end

"What a slot holds that the library handed over: an id in it is dropped."
@inline take(store, ::Type{T}, slot) where {T} = isreference(T) ? takereference(store, T, slot) : raise(store, T, slot)

function takereference(store, ::Type{T}, slot) where {T}
    try
        raise(store, T, slot)
    finally
        drop(store, slot.lo)
    end
end

"Calls `f` with a `Ref` of the slot for `x`, whose id is dropped afterwards."
function withslot(f, store, ::Type{T}, x) where {T}
    slot = lower(store, T, pass(T, x))
    try
        f(Ref(slot))
    finally
        isreference(T) && drop(store, slot.lo)
    end
end
