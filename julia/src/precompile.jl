# What a first program needs, inferred when the package is installed: without this, the first instance and the first call take seconds.

"As `precompile`, for calls of objects of type `F`."
precompile_call(F, types...) = ccall(:jl_compile_hint, Int32, (Any,), Tuple{F,types...})

function infer_first_steps()
    precompile(load, ())
    precompile(WasmConfig, ())
    precompile(WasmEngine, ())
    precompile(WasmEngine, (WasmConfig,))
    precompile(WasmStore, (WasmEngine,))
    for source in (String, Vector{UInt8}), from in (WasmEngine, WasmStore)
        precompile(WasmModule, (from, source))
    end
    precompile(WasmModule, (Ptr{Cvoid}, WasmEngine))
    precompile(wat2wasm, (String,))
    precompile(WasmInstance, (WasmStore, WasmModule))
    precompile(resolve, (WasmStore, WasmModule, Any, Bool))
    precompile(resolve_all, (WasmStore, WasmModule, Any, Bool))
    precompile(importsof, (WasmModule, Int))
    precompile(datatype, (Int32, Ptr{Cvoid}))
    precompile(hostfunc, (Any, WasmFuncType))
    precompile(hostfunc, (Any, Type, Type))
    precompile(define, (WasmStore, HostFunc, WasmFuncType, Bool))
    precompile(run_start, (WasmStore, WasmModule, Function))
    precompile(call_task, (DynamicFunc, Tuple))
    precompile(add_wasi!, (Vector{Any}, WasmStore, WasmModule))
    precompile(link, (WasmStore, WasmModule, Vector{Any}))
    precompile(initialized, (WasmStore, WasmInstance))
    precompile(getproperty, (Exports, Symbol))
    precompile(getindex, (Exports, String))
    precompile(exportat, (Exports, Int))
    for type in (WasmFuncType, WasmMemoryType, WasmTableType, WasmGlobalType)
        precompile(extern, (WasmStore, Ptr{Cvoid}, type))
    end
    precompile(DynamicFunc, (WasmFunc,))
    for n in 0:4, T in (Int, Float64)
        precompile_call(WasmFunc, Tuple(T for _ in 1:n)...)
    end
    precompile_call(DynamicFunc, Any, Vararg{Any})
    for T in (Int32, Int64, Float32, Float64)
        precompile(pass, (Type{T}, T <: Integer ? Int : Float64))
        precompile(lower, (WasmStore, Type{T}, T))
        precompile(take, (WasmStore, Type{T}, C.wrt_val))
    end
    precompile(call_dynamic, (DynamicFunc, Tuple))
    precompile(drive, (Function, WasmStore, Base.RefValue{Ptr{Cvoid}}))
    precompile(getindex, (WasmMemory, UnitRange{Int}))
    precompile(call_passed, (DynamicFunc, Vector{Any}))
    precompile(run_call, (WasmStore, Base.RefValue{Ptr{Cvoid}}, Ptr{Cvoid}, Ptr{C.wrt_val}, Int, Int))
    precompile(exception, (C.wrt_error,))
    precompile(failed_call, (WasmStore, C.wrt_error))
    precompile(showerror, (IOContext{Base.TTY}, WasmTrap))
    for call in (read, run, success)
        precompile(call, (WasmModule,))
    end
    precompile(read, (WasmModule, Type{String}))
    precompile(execute, (WasmStore, WasmModule, Execution))
    precompile(settings, (WasiConfig,))
    precompile(String, (MemoryView{UInt8},))
    nothing
end

ccall(:jl_generating_output, Cint, ()) == 1 && infer_first_steps()
