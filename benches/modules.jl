# Compiling a module of some megabytes, and loading it once it was compiled.

"An engine of Rust that makes the same machine code as one of the Julia package."
function rust_engine(engine)
    same = ccall(peer(:peer_engine_new), Ptr{Cvoid}, (Int32,), engine.interruptible)
    same == C_NULL && error("the peer has no engine")
    fingerprint = ccall(peer(:peer_engine_fingerprint), UInt64, (Ptr{Cvoid},), same)
    fingerprint == WasmtimeRuntime.C.wrt_engine_fingerprint(engine) || error("the peer's engine has other settings")
    same
end

"Nanoseconds of `n` times `make()`, a module; that it is closed is not counted."
function made_and_closed(make, n)
    ns = 0
    for _ in 1:n
        start = time_ns()
        mod = make()
        ns += Int(time_ns() - start)
        close(mod)
    end
    ns
end

modules(make, name) = Way(name, n -> made_and_closed(make, n))

rust_modules(engine, bytes, name) = Way(name, n -> nanoseconds(
    ccall(peer(:peer_loop_compile), UInt64, (Ptr{Cvoid}, Ptr{UInt8}, Csize_t, Int32), engine, bytes, length(bytes), n)))

"Time of all processors of this process, in nanoseconds."
processor_ns() = 1000 * Int(ccall(:clock, Clong, ()))

"How many processors are busy while `f` runs."
function processors(f)
    before, start = processor_ns(), time_ns()
    f()
    (processor_ns() - before) / Int(time_ns() - start)
end

"Ways to load `bytes` once they were compiled, most of them from files in `folder`."
function loads(engine, bytes, folder)
    # Compiles and keeps it, so that the ways only load.
    kept = joinpath(folder, "kept")
    close(WasmModule(engine, bytes; cache = kept))
    cached = WasmEngine(cache = joinpath(folder, "cache"))
    artifact = let mod = WasmModule(cached, bytes)
        serialize(mod)
    end
    path = joinpath(folder, "artifact")
    write(path, artifact)
    [modules(() -> WasmModule(engine, bytes; cache = kept), "Julia, WasmModule(engine, bytes; cache = true)"),
     modules(() -> WasmModule(cached, bytes), "Julia, WasmModule, WasmEngine(cache = true)"),
     modules(() -> deserialize(engine, path; trusted = true), "Julia, deserialize, a file"),
     modules(() -> deserialize(engine, artifact; trusted = true), "Julia, deserialize, bytes")]
end

function module_rows(row, native, engine)
    haskey(ENV, "WRT_BENCH_MODULE") || return println("no published module here: compiling is not measured")
    bytes = read(ENV["WRT_BENCH_MODULE"])
    group = "A module of $(round(length(bytes) / 1e6; digits = 1)) MB"
    compiling = modules(() -> WasmModule(engine, bytes), "Julia, WasmModule")
    # Compiles what is compiled of Julia.
    made_and_closed(() -> WasmModule(engine, HELLO), 1)
    # The most of some, as others may want them too.
    busy = maximum(processors(() -> compiling.run(1)) for _ in 1:LONG_ROUNDS)
    row(Fact("processors busy while it is compiled", busy, "of $(Sys.CPU_THREADS)"))
    row(group, compiling, rust_modules(rust_engine(engine), bytes, "Rust Module::new"); long = true, target = 1.02)
    mktempdir() do folder
        for way in loads(engine, bytes, folder)
            way.run(1)
            row(group, way, compiling; long = true, target = 0.01)
        end
    end
end
