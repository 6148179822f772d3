# Broadcasting: `f.(xs, 10)` over arrays is one call of the library where the function takes and gives plain numbers.

"Numbers of WebAssembly, which lie in arrays as they do in columns."
const Columnar = Union{Int32,UInt32,Int64,UInt64,Float32,Float64}

is_plain(::Type{A}, ::Type{R}) where {A<:Tuple,R} = R <: Columnar && fieldcount(A) > 0 && all(T -> T <: Columnar, fieldtypes(A))

const Bulk{F} = Broadcast.Broadcasted{<:Broadcast.AbstractArrayStyle,<:Any,F}

function Base.copy(bc::Bulk{<:TypedFunc{A,R}}) where {A,R}
    maps(bc) || return invoke(copy, Tuple{Broadcast.Broadcasted}, bc)
    map_columns!(similar(Array{R}, axes(bc)), bc.f, columns(bc, A))
end

function Base.copyto!(dest::Array{R}, bc::Bulk{<:TypedFunc{A,R}}) where {A,R}
    maps(bc) || return invoke(copyto!, Tuple{AbstractArray,Broadcast.Broadcasted}, dest, bc)
    axes(dest) == axes(bc) || Broadcast.throwdm(axes(dest), axes(bc))
    # A direct Julia function could take its memory away from `dest`.
    bc.f.store.hosts && return copyto!(dest, copy(bc))
    given = columns(bc, A)
    # The results of a call must not become the arguments of a later one.
    map_columns!(dest, bc.f, map(x -> x isa Array && x !== dest && Base.mightalias(dest, x) ? copy(x) : x, given))
end

# A function becomes typed where it is called often, which is here at once.
Base.copy(bc::Bulk{WasmFunc}) = often(bc) ? copy(retyped(bc)) : invoke(copy, Tuple{Broadcast.Broadcasted}, bc)
Base.copyto!(dest::Array, bc::Bulk{WasmFunc}) =
    often(bc) ? copyto!(dest, retyped(bc)) : invoke(copyto!, Tuple{AbstractArray,Broadcast.Broadcasted}, dest, bc)
often(bc) = bc.f.prepared isa TypedFunc || length(bc) >= OFTEN[]
retyped(bc::Broadcast.Broadcasted{S}) where {S} = Broadcast.Broadcasted{S}(typed(bc.f), bc.args, bc.axes)

# Values alone are no array.
const Values{F} = Broadcast.Broadcasted{<:Broadcast.AbstractArrayStyle{0},<:Any,F}
Base.copy(bc::Values{<:TypedFunc}) = bc[CartesianIndex()]
Base.copy(bc::Values{WasmFunc}) = bc[CartesianIndex()]

"Whether the library can do it: in stores whose calls may wait, a function is called for each element."
function maps(bc::Bulk{<:TypedFunc{A,R}}) where {A,R}
    is_plain(A, R) && length(bc.args) == fieldcount(A) && !bc.f.store.tasks && length(bc) > 1
end

"The arguments, each as one value or as an array of the parameter's type and the result's shape, which no Julia function can reach."
function columns(bc, ::Type{A}) where {A}
    shape, types = axes(bc), fieldtypes(A)
    given = ntuple(i -> column(bc.args[i], types[i], shape), length(types))
    bc.f.store.hosts ? map(x -> x isa Array ? copy(x) : x, given) : given
end

column(x::Number, ::Type{T}, shape) where {T} = convert(T, x)
column(x::Ref, ::Type{T}, shape) where {T} = convert(T, x[])
column(x::Array{T}, ::Type{T}, shape) where {T} = axes(x) == shape ? x : spread(x, T, shape)
column(x, ::Type{T}, shape) where {T} = spread(x, T, shape)
column(x::Broadcast.Broadcasted, ::Type{T}, shape) where {T} = column(Broadcast.materialize(x), T, shape)

"An array of the result's shape from one that is not, or of another type."
spread(x, ::Type{T}, shape) where {T} = (out = similar(Array{T}, shape); out .= x; out)

function map_columns!(dest::Array{R}, f::TypedFunc{A,R}, given) where {A,R}
    store, count, done = f.store, length(dest), Ref{Csize_t}(0)
    values = map(x -> x isa Array ? x : Ref(x), given)
    checkopen(f)
    tell_stack(store)
    params = C.wrt_column[C.wrt_column(address(x), x isa Array ? sizeof(eltype(x)) : 0) for x in values]
    results, slot = Ref(C.wrt_column(address(dest), sizeof(R))), Ref{C.wrt_error}()
    hosts = store.hosts
    Base.sigatomic_begin()
    sticky = hosts && enter_gate()
    status = GC.@preserve dest values f C.wrt_call_map(f, params, length(params), results, 1, count, done, slot)
    hosts && leave_gate(sticky)
    if status != C.WRT_OK
        failed_map(store, slot[], Int(done[]))
        return map_columns!(dest, f, given)
    end
    Base.sigatomic_end()
    dest
end

address(x::Array) = Ptr{UInt8}(pointer(x))
address(x::Ref) = Ptr{UInt8}(Base.unsafe_convert(Ptr{eltype(x)}, x))

"As `failed_call`; traps say at which element."
@noinline function failed_map(store, slot, done)
    try
        failed_call(store, slot)
    catch e
        e isa WasmTrap || rethrow()
        throw(WasmTrap("$(e.message) (at element $(done + 1) of a broadcast)", e.code, e.frames, e.coredump))
    end
end
