# References: functions and Julia values as ids that belong to a store. 0 is null.

"""
    @awaiting store C.wrt_function(arguments...)

As `@check`, but waits while another thread is in the store: values become references, and references values, as part of a call, which
waits for its turn and must not fail once it has that.
"""
macro awaiting(store, call)
    Meta.isexpr(call, :call) || throw(ArgumentError("@awaiting takes a call, not $call"))
    arguments = map(esc, call.args)
    quote
        slot = Ref{C.wrt_error}()
        while $(Expr(:call, arguments..., :slot)) != C.WRT_OK
            await_elsewhere($(esc(store)), slot[])
        end
        nothing
    end
end

drop(store, id::UInt64) = id == 0 || C.wrt_ref_drop(store, id)

"A slot with another id for what `id` stands for."
function another(store, id::UInt64)
    out = Ref{UInt64}(0)
    @awaiting store C.wrt_ref_clone(store, id, out)
    C.wrt_val(out[], 0)
end

"A slot with a new id, for the same as a reference of another kind."
function converted(store, id::UInt64, kind)
    out = Ref{UInt64}(0)
    @awaiting store C.wrt_ref_convert(store, id, kind, out)
    C.wrt_val(out[], 0)
end

function kindof(store, id::UInt64)
    out = Ref{Int32}(0)
    @awaiting store C.wrt_ref_kind(store, id, out)
    out[]
end

function samereference(store, a::UInt64, b::UInt64)
    out = Ref{Int32}(0)
    @awaiting store C.wrt_ref_same(store, a, b, out)
    out[] == 1
end

# Objects that are references have the id in their `ptr`.
idof(x) = (checkopen(x); UInt64(UInt(getfield(x, :ptr))))

sameobject(a, b) = above(a) === above(b) && isopen(a) && isopen(b) && samereference(above(a), idof(a), idof(b))

"Lets go of an object that is a reference; whoever else has it keeps it."
function close_reference(x)
    id, store = UInt64(UInt(getfield(x, :ptr))), above(x)
    setfield!(x, :ptr, C_NULL)
    isopen(store) && drop(store, id)
    nothing
end

"The slot with a new id for `f`. Whoever asked for it drops it."
function lower(store, ::Type{<:FuncRef}, f::AbstractFunc)
    f.store === store || throw(WasmRuntimeError("the function belongs to another store", :store))
    out = Ref{UInt64}(0)
    @awaiting store C.wrt_ref_from_func(handleof(f), out)
    C.wrt_val(out[], 0)
end
lower(store, ::Type{<:FuncRef}, ::Nothing) = EMPTY

# Values of Julia. The library carries a number, the place of the value in the store: nothing of Julia's is pinned. It keeps the
# numbers that nothing holds any more, and is asked for them when there are many places, or WebAssembly's garbage was collected.

"The place of `x`, which has one more use."
function settle!(objects::Objects, x)
    id = objectid(x)
    lock(objects.lock)
    place = get(objects.places, id, 0)
    # Different values that cannot change may have one id.
    if place == 0 || objects.values[place] !== x
        if isempty(objects.vacant)
            push!(objects.values, x)
            push!(objects.uses, 0)
            place = length(objects.values)
        else
            place = pop!(objects.vacant)
            objects.values[place] = x
        end
        objects.places[id] = place
    end
    objects.uses[place] += 1
    unlock(objects.lock)
    place
end

"Takes one use of a place away, and the value with the last."
function vacate!(objects::Objects, place::Int)
    lock(objects.lock)
    if (objects.uses[place] -= 1) == 0
        id = objectid(objects.values[place])
        get(objects.places, id, 0) == place && delete!(objects.places, id)
        objects.values[place] = nothing
        push!(objects.vacant, place)
    end
    unlock(objects.lock)
    nothing
end

function settled(objects::Objects, place::Int)
    lock(objects.lock)
    x = objects.values[place]
    unlock(objects.lock)
    x
end

"Forgets the values that nothing refers to any more."
function sweep!(store)
    dropped, count = Vector{Ptr{Cvoid}}(undef, 256), Ref{Csize_t}(256)
    while count[] == length(dropped)
        @awaiting store C.wrt_ref_take_dropped(store, dropped, length(dropped), count)
        foreach(i -> vacate!(objectsof(store), Int(dropped[i])), 1:Int(count[]))
    end
end

"Makes room where there are many values: some may be garbage on both sides."
@noinline function crowded(store)
    objects = objectsof(store)
    sweep!(store)
    if 2 * length(objects.vacant) < length(objects.values)
        C.wrt_store_gc(store, C_NULL) == C.WRT_OK && sweep!(store)
    end
    objects.most = max(1000, 2 * (length(objects.values) - length(objects.vacant)))
    nothing
end

function lower(store, ::Type{Any}, x)
    objects = objectsof(store)
    length(objects.places) < objects.most || crowded(store)
    place, out = settle!(objects, x), Ref{UInt64}(0)
    try
        @awaiting store C.wrt_ref_from_host_queued(store, Ptr{Cvoid}(place), out)
    catch
        vacate!(objects, place)
        rethrow()
    end
    C.wrt_val(out[], 0)
end
lower(store, ::Type{Any}, ::Nothing) = EMPTY

# What a slot refers to. The id stays.
function raise(store, ::Type{Any}, slot)
    slot.lo == 0 && return nothing
    out, error = Ref{Ptr{Cvoid}}(C_NULL), Ref{C.wrt_error}()
    while C.wrt_ref_to_host(store, slot.lo, out, error) != C.WRT_OK
        error[].status == C.WRT_ERR_TYPE && @goto object
        await_elsewhere(store, error[])
    end
    return settled(objectsof(store), Int(out[]))
    # An object of WebAssembly that has been outside.
    @label object
    C.wrt_error_clear(error)
    takereference(store, AnyRef, converted(store, slot.lo, C.WRT_ANYREF))
end

function raise(store, ::Type{T}, slot) where {T<:FuncRef}
    slot.lo == 0 && return convert(T, nothing)
    out = Ref{Ptr{Cvoid}}(C_NULL)
    @awaiting store C.wrt_ref_to_func(store, slot.lo, out)
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
