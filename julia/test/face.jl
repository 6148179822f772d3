# The face of the package as it is promised: names, forms and what they mean, each as a user would write it.

const FACE = """
(module
  (import "env" "log" (func \$log (param i32)))
  (import "env" "memory" (memory 1))
  (import "env" "base" (global \$base i32))
  (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
  (func (export "run") (call \$log (global.get \$base)))
  (func (export "spin") (loop (br 0)))
  (func (export "noargs") (result i32) (i32.const 7))
  (export "memory" (memory 0))
  (global (export "g") (mut i32) (i32.const 1))
  (table (export "t") 3 funcref))
"""

@testset "the tree of types" begin
    for T in (AbstractEngine, AbstractStore, AbstractModule, AbstractInstance, AbstractFunc, AbstractMemory, AbstractGlobal, AbstractTable)
        @test T <: WasmtimeResource <: WasmtimeObject
    end
    @test AbstractConfig <: WasmtimeObject && WasmtimeValue <: WasmtimeObject && WasmtimeType <: WasmtimeObject
    for (T, S) in (WasmEngine => AbstractEngine, WasmStore => AbstractStore, WasmModule => AbstractModule, WasmInstance => AbstractInstance,
                   WasmFunc => AbstractFunc, WasmMemory => AbstractMemory, WasmGlobal => AbstractGlobal, WasmTable => AbstractTable,
                   WasmConfig => AbstractConfig)
        @test T <: S && :ptr in fieldnames(T)
        @test T isa UnionAll || T.mutable
    end
    for T in (WasmI32, WasmI64, WasmF32, WasmF64, WasmV128, WasmFuncRef, WasmExternRef)
        @test T <: WasmValue <: WasmtimeValue
    end
    for T in (WasmValType, WasmFuncType, WasmMemoryType, WasmTableType, WasmGlobalType, WasmLimits)
        @test T <: WasmtimeType
    end
    for T in (WasmTrap, WasmExit, WasmCompileError, WasmLinkError, WasmLimitError, WasmInterrupt)
        @test T <: WasmtimeError <: Exception
    end
    @test (Engine, Store, Instance, Func, Global, Table, Config) ==
          (WasmEngine, WasmStore, WasmInstance, WasmFunc, WasmGlobal, WasmTable, WasmConfig)
end

@testset "engine, store, module, instance" begin
    config = WasmConfig(; debug_info = false, optimization_level = Speed, profiling_strategy = NoProfilingStrategy, consume_fuel = true,
                        epoch_interruption = true, max_wasm_stack = 1 << 19)
    @test [None, Speed, SpeedAndSize] isa Vector{OptimizationLevel}
    @test [NoProfilingStrategy, JitdumpProfilingStrategy, VTuneProfilingStrategy, PerfMapProfilingStrategy] isa Vector{ProfilingStrategy}
    @test debug_info!(config, true) === config && optimization_level!(config, Speed) === config
    engine = WasmEngine(config)
    @test WasmEngine() isa WasmEngine && WasmEngine(; consume_fuel = true) isa WasmEngine
    store = WasmStore(engine; fuel = 10^9, timeout = 60, limits = (memory = 16<<20, table_elements = 100))
    @test WasmStore(s -> isopen(s), engine)
    @test (add_fuel!(store, 10); fuel_consumed(store) == 0 && fuel(store) == 10^9 + 10)
    set_fuel!(store, 10^9); set_epoch_deadline!(store, 10^6); increment_epoch!(engine); gc!(store)
    bytes = wat2wasm(FACE)
    @test validate(engine, bytes)::Bool
    @test wat"(module)" isa Vector{UInt8} && occursin("module", wasm2wat(bytes))
    mod = WasmModule(engine, bytes)
    @test WasmModule(store, FACE) isa WasmModule && WasmModule(engine, codeunits(FACE)) isa WasmModule
    mktempdir(dir -> (path = joinpath(dir, "x.wasm"); write(path, bytes); @test WasmModule(engine, path) isa WasmModule))
    @test deserialize(engine, serialize(mod); trusted = true) isa WasmModule
    @test isempty(filter(s -> first(s) != "name", custom_sections(mod))) && name(mod) == ""
    @test first(keys(exports(mod))) == "add"
    @test imports(mod)::Vector{Tuple{String,WasmImportType}} |> length == 3

    mem = WasmMemory(store, 1 => 10)
    output = Ref("")
    instance = WasmInstance(store, mod; imports = (env = (log = x -> (output[] = string(x)), memory = mem, base = 3),))
    instance.exports.run()
    @test output[] == "3"
    @test instantiate(store, mod; imports = Dict("env" => Dict("log" => x -> nothing, "memory" => mem, "base" => 3))) isa WasmInstance

    linker = WasmLinker(engine)
    f = x -> nothing
    linker["env","log"] = f
    linker["env","memory"] = mem
    linker["env","base"] = WasmGlobal(store, Int32(3))
    @test instantiate(linker, store, mod) isa WasmInstance && instantiate(prelink(linker, mod), store) isa WasmInstance
    define!(linker, "env", instance)
    e = thrown(() -> WasmInstance(store, mod))
    @test e isa WasmLinkError && all(part -> occursin(part, e.message), ("env.log (func (param i32))", "env.memory (memory 1)", "env.base (global i32)"))
end

function face_instance()
    engine = WasmEngine(epoch_interruption = true, consume_fuel = true)
    store = WasmStore(engine; fuel = 10^12)
    load(FACE; store = store, imports = (env = (log = x -> nothing, memory = WasmMemory(store, 1 => 10), base = 3),))
end

@testset "calling" begin
    instance = face_instance()
    @test instance.exports.add(2, 3) == 5
    @test exports(instance)[:add](2, 3) == 5
    @test call(instance, "add", [2, 3]) == 5
    @test call(instance, "add", 2, 3) == 5
    f = instance.exports.add
    @test call(f, 2, 3) == 5
    add = get_typed_func(instance, "add", [Int32, Int32], Int32)
    @test add(2, 3) == 5
    @test TypedFunc{Tuple{Int32,Int32},Int32}(f)(2, 3) == 5
    xs = 1:100
    @test add.(xs, 10) == xs .+ 10
    @test call(f, 2, 3; timeout = 1.0, fuel = 10^6) == 5
    @test thrown(() -> call(instance.exports.spin; timeout = 0.05)) isa WasmInterrupt
    @test thrown(() -> call(instance.exports.spin; fuel = 10^6)) isa WasmLimitError
    @test_throws InexactError add(2^40, 1)
    @test occursin("(func (param i32 i32) (result i32))", message(() -> f(1)))
    @test instance.exports.run() === nothing && instance.exports.noargs() == 7
    @test haskey(exports(instance), "add") && :add in propertynames(instance.exports) && "add" in keys(instance.exports)
end

@testset "host functions" begin
    store = face_instance().store
    f(x::Int32, y::Int32)::Int32 = x + y
    A = B = R = Int32
    @test WasmFunc(store, f)(2, 3) == 5
    @test WasmFunc(store, f, R, (A, B))(2, 3) == 5
    @test WasmFunc(f, store, (A, B), R)(2, 3) == 5
    add = WasmFunc(store, (A, B), R) do a, b
        a + b
    end
    @test add(2, 3) == 5
    @test WasmFunc(store, x -> x, WasmFuncType([A], [R]); direct = true)(7) == 7
end

@testset "memory, globals, tables" begin
    i = face_instance()
    m = get_memory(i, "memory")
    @test get_global(i, "g") isa WasmGlobal && get_table(i, "t") isa WasmTable && get_func(i, "add") isa WasmFunc && get_export(i, "add") isa WasmFunc
    m[1:4] .= 0x41
    @test String(m[1:4]) == "AAAA" && sum(view(m, 1:4)) == 4 * 0x41
    fill!(m, 0); copyto!(m, b"hello"); @test String(m[1:5]) == "hello"
    io = IOBuffer()
    write(io, m)
    @test position(io) == length(m) == 65536
    floats = reinterpret(Float32, m)
    @test length(floats) == 16384 && (grow!(m, 1); length(floats) == 32768)
    offset, n = 8, 4
    @test read_memory(m, offset, n)::Vector{UInt8} == zeros(4)
    @test read_memory(Int32, m, offset) === Int32(0) && read_memory(Int32, m, offset, n) == zeros(Int32, 4)
    write_memory!(m, offset, UInt8[1, 2]); write_string!(m, 100, "text")
    @test read_string(m, 100, 4) == "text"
    @test memory_size(m) == 2 && memory_grow!(m, 1) == 2
    g = i.exports.g
    g[] = 5
    @test g[] == 5 && get_global(g) == 5 && set_global!(g, 6) === g
    t, f = i.exports.t, i.exports.add
    t[1] = f
    @test t[1] == f && length(t) == 3 && grow!(t, 2) == 3
    set_table_element!(t, 1, f)
    @test get_table_element(t, 1) == f
    store = i.store
    @test WasmMemory(store, 1 => 10) isa WasmMemory
    @test WasmGlobal(store, Int32(42); mutable = true)[] == 42
    @test WasmTable(store, WasmTableType(1 => 2)) isa WasmTable
    @test SharedMemory(WasmEngine(shared_memory = true, wasm_threads = true), 1 => 2) isa AbstractMemory
end

@testset "errors" begin
    e = thrown(() -> load("(module (func (export \"d\") (drop (i32.div_s (i32.const 1) (i32.const 0)))))").exports.d())
    @test e isa WasmTrap && e.message == "wasm trap: integer divide by zero" && e.frames isa Vector{WasmFrame}
    @test WasmtimeError("msg").message == "msg"
end
