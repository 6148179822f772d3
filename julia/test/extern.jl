@testset "each kind of export is its type" begin
    instance = load("""
    (module
      (func (export "f")) (memory (export "m") 1) (global (export "g") i32 (i32.const 1))
      (table (export "t") 1 funcref) (tag (export "e") (param i32)))
    """)
    x = instance.exports
    @test x.f isa WasmFunc && x.m isa WasmMemory && x.g isa WasmGlobal{Int32} && x.t isa WasmTable && x.e isa WasmTag
    @test all(item -> isopen(item) && item.ptr != C_NULL, values(x))
end

@testset "what one instance exports another imports" begin
    store = WasmStore(ENGINE)
    source = load("""
    (module
      (func (export "f") (result i32) (i32.load (i32.const 0)))
      (memory (export "m") 1) (global (export "g") (mut i32) (i32.const 1))
      (table (export "t") 1 funcref) (tag (export "e") (param i32)))
    """; store = store)
    importer = """
    (module
      (import "a" "f" (func \$f (result i32))) (import "a" "m" (memory 1)) (import "a" "g" (global (mut i32)))
      (import "a" "t" (table 1 funcref)) (import "a" "e" (tag (param i32)))
      (func (export "run") (result i32) (i32.store (i32.const 0) (i32.const 9)) (call \$f)))
    """
    @test load(importer; store = store, imports = (a = source,)).exports.run() == 9
    @test load(importer; store = store, imports = (a = source.exports,)).exports.run() == 9
    @test load(importer; store = store, imports = Dict("a" => Dict(pairs(source.exports)))).exports.run() == 9
end
