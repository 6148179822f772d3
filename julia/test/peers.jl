# What is known to go wrong in other bindings, and must not here.

@testset "functions without arguments can be called" begin
    instance = load("""(module (func (export "f") (result i32) (i32.const 7)) (func (export "g")))""")
    @test instance.exports.f() == 7 && instance.exports.g() === nothing
    @test call(instance, "f") == 7 && call(instance, "f", []) == 7 && call(instance, "f", ()) == 7
end

@testset "a trap is not ignored" begin
    instance = load("""(module (func (export "f") (result i32) unreachable))""")
    @test_throws WasmTrap instance.exports.f()
    @test_throws WasmTrap call(instance, "f")
    @test_throws WasmTrap get_typed_func(instance, "f", [], Int32)()
end

@testset "the text of a trap ends where it ends" begin
    e = thrown(() -> load("(module (func (export \"f\") unreachable))").exports.f())
    @test !occursin('\0', e.message) && !occursin('\n', e.message)
    @test endswith(e.message, "instruction executed")
end

@testset "text beyond ASCII is measured in bytes" begin
    source = "(module (func (export \"$("ä"^100)\") (result i32) (i32.const 1)) (func (export \"end\") (result i32) (i32.const 2)))"
    instance = load(source)
    @test instance.exports["ä"^100]() == 1 && instance.exports.end() == 2
    memory = load("(module (memory (export \"memory\") 1))").exports.memory
    @test write_string!(memory, 0, "日本語") == 9 && read_string(memory, 0, 9) == "日本語"
end

@testset "mutability is not inverted" begin
    instance = load("""(module (global (export "c") i32 (i32.const 1)) (global (export "m") (mut i32) (i32.const 1)))""")
    @test_throws WasmtimeError instance.exports.c[] = 2
    instance.exports.m[] = 2
    @test instance.exports.m[] == 2
    types = exports(instance.mod)
    @test !types["c"].mutable && types["m"].mutable
end

@testset "limits of memories are kept" begin
    m = load("(module (memory (export \"memory\") 1 3))").exports.memory
    @test grow!(m, 2) == 1
    @test_throws WasmLimitError grow!(m, 1)
    unlimited = load("(module (memory (export \"memory\") 1))").exports.memory
    @test grow!(unlimited, 100) == 1
    made = WasmMemory(WasmStore(ENGINE), 1 => 2)
    @test grow!(made, 1) == 1
    @test_throws WasmLimitError grow!(made, 1)
end

@testset "a type can be used twice" begin
    store, type = WasmStore(ENGINE), WasmFuncType([Int32], [Int32])
    fs = [WasmFunc(store, x -> x + i, type) for i in 1:5]
    type = nothing
    GC.gc()
    @test [f(1) for f in fs] == 2:6
    memory_type = WasmMemoryType(1 => 2)
    @test all(_ -> length(WasmMemory(store, memory_type)) == 65536, 1:3)
end

@testset "names of imports stay while they are used" begin
    mod = WasmModule(ENGINE, "(module " * join("(import \"module$i\" \"name$i\" (func))" for i in 1:50) * ")")
    found = imports(mod)
    close(mod)
    mod = nothing
    GC.gc()
    @test all(i -> found[i][1] == "name$i" && found[i][2].module_name == "module$i", 1:50)
end

@testset "calls do not leak" begin
    instance = load("""(module (func (export "f") (param i32) (result i32) (local.get 0)))""")
    f = instance.exports.f
    foreach(f, 1:W.OFTEN[] + 1)
    GC.gc()
    before = W.C.wrt_live_count()
    foreach(f, 1:10_000)
    @test W.C.wrt_live_count() == before
end

@testset "no option aborts the process" begin
    @test_throws WasmtimeError WasmConfig(max_wasm_stack = 0)
    for strategy in instances(ProfilingStrategy)
        # What the platform lacks is an error; jitdump writes its file into the folder at hand.
        mktempdir(dir -> cd(dir) do
            outcome = try WasmEngine(profiling_strategy = strategy) catch e; e end
            @test outcome isa Union{WasmEngine,WasmtimeError}
        end)
    end
end

@testset "use after finalize(store)" begin
    instance = load(ADD)
    add, typed = instance.exports.add, get_typed_func(instance, "add")
    finalize(instance.store)
    for use in (() -> add(1, 2), () -> typed(1, 2), () -> WasmMemory(instance.store, 1))
        @test occursin("closed", message(use))
    end
end

struct Unshowable <: Exception end
Base.showerror(::IO, ::Unshowable) = throw(Unshowable())
Base.show(::IO, ::Unshowable) = throw(Unshowable())

@testset "a showerror that throws, in a host function" begin
    instance = load("""(module (import "env" "f" (func \$f)) (func (export "run") (call \$f)))"""; imports = (env = (f = () -> throw(Unshowable()),),))
    @test thrown(() -> instance.exports.run()) isa Unshowable
end

@testset "an export named like a field" begin
    names = ["wasm_instance", "ptr", "store", "exports", "instance", "length", "keys"]
    instance = load("(module " * join("(func (export \"$name\") (result i32) (i32.const $i))" for (i, name) in enumerate(names)) * ")")
    @test [instance.exports[name]() for name in names] == eachindex(names)
    @test [getproperty(instance.exports, Symbol(name))() for name in names] == eachindex(names)
    @test call(instance, "exports") == 4
end

@testset "v128 and GC types do not end an enumeration" begin
    mod = WasmModule(ENGINE, """
    (module (type \$s (struct (field i32)))
      (func (export "v") (param v128) (result v128) (local.get 0))
      (func (export "gc") (param (ref null \$s)) (result anyref) (ref.null any))
      (global (export "g") v128 (v128.const i64x2 1 2))
      (func (export "last")))""")
    @test collect(keys(exports(mod))) == ["v", "gc", "g", "last"]
    x = WasmInstance(WasmStore(ENGINE), mod).exports
    @test length(collect(x)) == 4 && x.last() === nothing && x.g[][9] == 0x02
end
