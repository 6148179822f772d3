const IMPORTING = """
(module
  (import "env" "log" (func \$log (param i32)))
  (import "env" "memory" (memory 1))
  (import "env" "base" (global \$base i32))
  (import "math" "pi" (global \$pi f64))
  (func (export "run") (param i32) (result i32)
    (call \$log (local.get 0))
    (i32.add (local.get 0) (global.get \$base)))
  (func (export "pi") (result f64) (global.get \$pi)))
"""

@testset "imports" begin
    store = WasmStore(ENGINE)
    mem, logged = WasmMemory(store, 1 => 10), Int32[]
    log = x -> push!(logged, x)
    for imports in ((env = (log = log, memory = mem, base = 3), math = (pi = pi,)),
                    Dict("env" => Dict("log" => log, "memory" => mem, "base" => 3), "math" => Dict("pi" => pi)),
                    Dict(:env => (log = log, memory = mem, base = 3), :math => Dict(:pi => Float64(pi))),
                    (env = Dict("log" => log, "memory" => mem, "base" => WasmI32(3)), math = (pi = WasmGlobal(store, Float64(pi)),)))
        instance = load(IMPORTING; store = store, imports = imports)
        @test instance.exports.run(4) == 7
        @test instance.exports.pi() == Float64(pi)
    end
    @test logged == fill(4, 4)
    @test instantiate(store, WasmModule(ENGINE, ADD)).exports.add(1, 2) == 3
    @test WasmInstance(store, ADD).exports.add(1, 2) == 3
    source = wat"""(module (import "m" "x" (global i32)) (export "x" (global 0)))"""
    @test WasmInstance(store, source; imports = (m = (x = 7,),)).exports.x[] == 7
    @test thrown(() -> WasmInstance(store, "(module")) isa WasmCompileError
end

@testset "missing imports are all named, with their types" begin
    e = thrown(() -> load(IMPORTING))
    @test e isa WasmLinkError
    for part in ("4 of 4", "env.log (func (param i32))", "env.memory (memory 1)", "env.base (global i32)", "math.pi (global f64)")
        @test occursin(part, e.message)
    end
    e = thrown(() -> load(IMPORTING; imports = (env = (log = x -> x, base = 1), math = (pi = 3,))))
    @test e isa WasmLinkError && occursin("env.memory", e.message) && !occursin("env.base", e.message)
end

@testset "imports that do not fit" begin
    wrong(import_text, value) = thrown(() -> load("(module (import \"m\" \"x\" $import_text))"; imports = (m = (x = value,),)))
    for (type, value) in ("(func)" => 5, "(memory 1)" => x -> x, "(table 1 funcref)" => [1], "(func)" => "text", "(memory 1)" => 5)
        e = wrong(type, value)
        @test e isa WasmLinkError && occursin("m.x $type", e.message)
    end
    store = WasmStore(ENGINE)
    small = WasmMemory(store, 1)
    e = thrown(() -> load("(module (import \"m\" \"x\" (memory 2)))"; store = store, imports = (m = (x = small,),)))
    @test e isa WasmLinkError && occursin("m", e.message)
    f = WasmFunc(store, x -> x, Int32, (Int32,))
    @test thrown(() -> load("(module (import \"m\" \"x\" (func (param i64))))"; store = store, imports = (m = (x = f,),))) isa WasmLinkError
    @test_throws ArgumentError load("(module (import \"m\" \"x\" (func)))"; imports = (m = 5,))
    @test_throws InexactError load("(module (import \"m\" \"x\" (global i32)))"; imports = (m = (x = 2^40,),))
end

@testset "exports" begin
    instance = load("""
    (module (memory (export "memory") 1) (func (export "zz") (result i32) (i32.const 1)) (func (export "b-c") (result i32) (i32.const 2))
      (global (export "G") i32 (i32.const 3)))
    """)
    x = instance.exports
    @test x === exports(instance) && x isa AbstractDict
    @test collect(keys(x)) == ["memory", "zz", "b-c", "G"] && length(x) == 4
    @test x.zz === x["zz"] === x[:zz] === instance["zz"] === instance[:zz]
    @test x["b-c"]() == 2 && getproperty(x, Symbol("b-c"))() == 2
    @test haskey(x, "zz") && haskey(x, :zz) && !haskey(x, :nothing) && hasproperty(x, :zz) && haskey(instance, :zz)
    @test propertynames(x) == [:memory, :zz, Symbol("b-c"), :G]
    @test get(x, "nothing", 5) == 5
    @test_throws KeyError x["nothing"]
    @test_throws KeyError x.nothing
    @test Dict(pairs(x))["G"][] == 3
    @test [first(pair) for pair in x] == collect(keys(x))
    @test length(values(x)) == 4
end

@testset "by name and kind" begin
    instance = load("""(module (memory (export "memory") 1) (func (export "f")) (global (export "g") i32 (i32.const 3)) (table (export "t") 1 funcref))""")
    @test get_func(instance, "f") === get_export(instance, :f) === instance.exports.f
    @test get_memory(instance) === get_memory(instance, "memory")
    @test get_global(instance, "g")[] == 3 && length(get_table(instance, :t)) == 1
    e = thrown(() -> get_func(instance, "nothing"))
    @test e isa WasmtimeError && e.status === :not_found && occursin("memory, f, g, t", e.message)
    @test occursin("WasmMemory, not a function", message(() -> get_func(instance, "memory")))
    @test_throws WasmtimeError get_memory(instance, "f")
    @test_throws WasmtimeError call(instance, "memory")
end

# No field of Julia's stands in the way of an export's name.
@testset "names like fields" begin
    names = ["instance", "exports", "items", "places", "ptr", "store", "mod", "wasm_instance", "getproperty", "", "é"]
    source = "(module " * join("(func (export \"$name\") (result i32) (i32.const $i))" for (i, name) in enumerate(names)) * ")"
    instance = load(source)
    for (i, name) in enumerate(names)
        @test instance.exports[name]() == i
        @test getproperty(instance.exports, Symbol(name))() == i
    end
    @test instance.exports.items() == 3 && instance.exports.instance() == 1
end

# A name of WebAssembly may have any character, also the one that no symbol of Julia's has.
@testset "names that are no symbols" begin
    name, answer = "a\0b", load("""(module (func (export "a\\00b") (result i32) (i32.const 7)) (func (export "c")))""")
    @test answer.exports[name]() == 7 && answer.exports.c() === nothing
    @test haskey(answer.exports, name) && !haskey(answer.exports, :a)
    @test propertynames(answer.exports) == [:c]
    @test Set(keys(answer.exports)) == Set([name, "c"])

    source = """(module (import "m\\00" "a\\00b" (func \$f (result i32))) (export "f" (func \$f)))"""
    func = answer.exports[name]
    for imports in (Dict("m\0" => Dict(name => func)), Dict("m\0" => (a = func,)), (m = answer,), Dict(:m => 1))
        named = imports isa Dict{String,Dict{String,WasmFunc}}
        @test named ? load(source; store = answer.store, imports = imports).exports.f() == 7 :
            thrown(() -> load(source; store = answer.store, imports = imports)) isa WasmLinkError
    end
    source = """(module (import "m" "a\\00b" (func \$f (result i32))) (export "f" (func \$f)))"""
    @test load(source; store = answer.store, imports = (m = answer,)).exports.f() == 7
    linker = WasmLinker(answer.store.engine)
    define!(linker, "m", name, func)
    @test instantiate(linker, answer.store, WasmModule(answer.store, source)).exports.f() == 7
end

@testset "many exports" begin
    source = "(module " * join("(func (export \"f$i\") (result i32) (i32.const $i))" for i in 1:100) * ")"
    instance = load(source)
    @test all(i -> instance.exports[Symbol("f", i)]() == i == instance.exports["f$i"](), 1:100)
    @test !haskey(instance.exports, :f101)
end

@testset "the start function" begin
    ran = Ref(0)
    source = """(module (import "env" "f" (func \$f)) (start \$f))"""
    load(source; imports = (env = (f = () -> ran[] += 1,),))
    @test ran[] == 1
    boom = ErrorException("boom")
    @test thrown(() -> load(source; imports = (env = (f = () -> throw(boom),),))) === boom
    @test thrown(() -> load("(module (func \$f unreachable) (start \$f))")).code === :unreachable
end

# Stores that nobody holds any more take no place from others, whether the collector has seen them or not.
@testset "a pool that is full of what is gone" begin
    engine = WasmEngine(pooling = (total_core_instances = 3, total_memories = 3, total_tables = 3))
    mod = WasmModule(engine, "(module (memory 1))")
    @test all(_ -> WasmInstance(WasmStore(engine), mod) isa WasmInstance, 1:20)
    held = Any[]
    e = thrown(() -> (for _ in 1:10; push!(held, WasmInstance(WasmStore(engine), mod)); end))
    @test e isa WasmtimeError && occursin("maximum concurrent", e.message) && length(held) == 3
end

@testset "many instances are apart" begin
    mod = WasmModule(ENGINE, """(module (global (export "g") (mut i32) (i32.const 0)))""")
    store = WasmStore(ENGINE)
    a, b = WasmInstance(store, mod), WasmInstance(store, mod)
    a.exports.g[] = 5
    @test b.exports.g[] == 0 && Instance === WasmInstance && a isa AbstractInstance
end

@testset "show" begin
    instance = load(ADD)
    @test shown(instance) == "WasmInstance(open, 1 exports)"
    @test plain(instance) == "WasmInstance(open, 1 exports)\nexports:\n  add  (func (param i32 i32) (result i32))"
    @test shown(instance.exports) == "exports(add)"
    @test plain(instance.exports) == "1 exports:\n  add  (func (param i32 i32) (result i32))"
end
