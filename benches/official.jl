# The official C API of Wasmtime, from Julia and from C.

"`wasmtime_val_t`: a kind, then the value, in 32 bytes."
struct OfficialVal
    kind::UInt8
    lo::UInt64
    rest::NTuple{2,UInt64}
end
OfficialVal(x::Int32) = OfficialVal(0, reinterpret(UInt32, x), (0, 0))

ccall(peer(:peer_official_val_size), Csize_t, ()) == sizeof(OfficialVal) || error("wasmtime_val_t has another size here")

"`wasmtime_func_t`."
struct OfficialFunc
    store::UInt64
    index::Ptr{Cvoid}
end

"An instance with `run` calling `callback`, and its context."
struct Official
    context::Ptr{Cvoid}
    add::Base.RefValue{OfficialFunc}
    run::Base.RefValue{OfficialFunc}
end

none(failure) = failure == C_NULL || error("the official C API answered with an error")

function Official(callback::Ptr{Cvoid}, define::Symbol)
    engine = ccall(peer(:wasm_engine_new), Ptr{Cvoid}, ())
    store = ccall(peer(:wasmtime_store_new), Ptr{Cvoid}, (Ptr{Cvoid}, Ptr{Cvoid}, Ptr{Cvoid}), engine, C_NULL, C_NULL)
    context = ccall(peer(:wasmtime_store_context), Ptr{Cvoid}, (Ptr{Cvoid},), store)
    mod, trap = Ref{Ptr{Cvoid}}(C_NULL), Ref{Ptr{Cvoid}}(C_NULL)
    none(ccall(peer(:wasmtime_module_new), Ptr{Cvoid}, (Ptr{Cvoid}, Ptr{UInt8}, Csize_t, Ptr{Ptr{Cvoid}}),
               engine, WASM, length(WASM), mod))
    linker = ccall(peer(:wasmtime_linker_new), Ptr{Cvoid}, (Ptr{Cvoid},), engine)
    none(ccall(peer(define), Ptr{Cvoid},
               (Ptr{Cvoid}, Cstring, Csize_t, Cstring, Csize_t, Ptr{Cvoid}, Ptr{Cvoid}, Ptr{Cvoid}, Ptr{Cvoid}),
               linker, "env", 3, "add", 3, official_type(), callback, C_NULL, C_NULL))
    instance = Ref((UInt64(0), UInt64(0)))
    none(ccall(peer(:wasmtime_linker_instantiate), Ptr{Cvoid}, (Ptr{Cvoid}, Ptr{Cvoid}, Ptr{Cvoid}, Ptr{Cvoid}, Ptr{Ptr{Cvoid}}),
               linker, context, mod[], instance, trap))
    none(trap[])
    Official(context, official_export(context, instance, "add"), official_export(context, instance, "run"))
end

"`(func (param i32 i32) (result i32))`."
function official_type()
    i32() = ccall(peer(:wasm_valtype_new), Ptr{Cvoid}, (UInt8,), 0)
    function vector(n)
        out = Ref(Bytes(0, C_NULL))
        types = [i32() for _ in 1:n]
        ccall(peer(:wasm_valtype_vec_new), Cvoid, (Ptr{Bytes}, Csize_t, Ptr{Ptr{Cvoid}}), out, n, types)
        out
    end
    ccall(peer(:wasm_functype_new), Ptr{Cvoid}, (Ptr{Bytes}, Ptr{Bytes}), vector(2), vector(1))
end

function official_export(context, instance, name)
    item = zeros(UInt64, 8) # wasmtime_extern_t: the kind in the first word, the function in the two after it
    ccall(peer(:wasmtime_instance_export_get), Bool, (Ptr{Cvoid}, Ptr{Cvoid}, Cstring, Csize_t, Ptr{UInt64}),
          context, instance, name, sizeof(name), item) || error("no export $name")
    Ref(OfficialFunc(item[2], Ptr{Cvoid}(item[3])))
end

@noinline official_failure() = error("wasmtime_func_call answered with an error")

"`add(a, b)` as a binding that knows the types would call it: values on the stack, nothing allocated."
@inline function official_add(f::Ptr{Cvoid}, x::Official, a::Int32, b::Int32)
    args, result = Ref((OfficialVal(a), OfficialVal(b))), Ref(OfficialVal(Int32(0)))
    trap = Ref{Ptr{Cvoid}}(C_NULL)
    failure = ccall(f, Ptr{Cvoid},
                    (Ptr{Cvoid}, Ptr{OfficialFunc}, Ptr{Cvoid}, Csize_t, Ptr{OfficialVal}, Csize_t, Ptr{Ptr{Cvoid}}),
                    x.context, x.add, args, 2, result, 1, trap)
    failure == C_NULL && trap[] == C_NULL || official_failure()
    result[].lo % Int32
end

function official_adds(f::Ptr{Cvoid}, x::Official, n)
    sum = Int32(0)
    for i in 1:n
        sum += official_add(f, x, i % Int32, Int32(1))
    end
    sum
end

official_from_julia(x::Official, name) = Way(name, n -> timed(n -> official_adds(peer(:wasmtime_func_call), x, n), n))

official_from_c(x::Official, name) = Way(name, n -> nanoseconds(
    ccall(peer(:peer_loop_official_call), UInt64, (Ptr{Cvoid}, Ptr{Cvoid}, Ptr{OfficialFunc}, Int32),
          peer(:wasmtime_func_call), x.context, x.add, n)))

"One call of `run`, which calls the host `n` times."
official_host_calls(x::Official, name) = Way(name, n -> timed(n) do n
    args, result = Ref(OfficialVal(n % Int32)), Ref(OfficialVal(Int32(0)))
    trap = Ref{Ptr{Cvoid}}(C_NULL)
    none(ccall(peer(:wasmtime_func_call), Ptr{Cvoid},
               (Ptr{Cvoid}, Ptr{OfficialFunc}, Ptr{OfficialVal}, Csize_t, Ptr{OfficialVal}, Csize_t, Ptr{Ptr{Cvoid}}),
               x.context, x.run, args, 1, result, 1, trap))
    result[].lo % Int32 == n || error("the host was called $(result[].lo) times, not $n")
end)
