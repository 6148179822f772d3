# What a first program needs, inferred when the package is installed: without this, the first instance and the first call take seconds.

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
    precompile(resolve, (WasmStore, WasmModule, NamedTuple{(),Tuple{}}, Bool))
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
        precompile(WasmFunc, Tuple(T for _ in 1:n))
    end
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
