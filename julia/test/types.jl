@testset "value types" begin
    @test WasmValType(Int32).text == "i32"
    @test WasmValType(:f64) == WasmValType(Float64)
    @test WasmValType("(ref null func)").kind == W.C.WRT_FUNCREF
    @test WasmValType(Any).text == "externref"
    @test shown(WasmValType(Int32)) == "WasmValType(\"i32\")"
    @test_throws ArgumentError WasmValType(String)
    @test_throws ArgumentError WasmValType("i33")
    @test hash(WasmValType(:i32)) == hash(WasmValType(Int32))
end

@testset "limits" begin
    @test WasmLimits(5, 50).max == 50
    @test WasmLimits(5).max === nothing
    @test WasmLimits(5 => 0) == WasmLimits(5)
    @test_throws ArgumentError WasmLimits(10, 5)
    @test_throws ArgumentError WasmLimits(-1)
    @test WasmLimits(5).min === 5 && WasmLimits(typemax(UInt64)).min === typemax(UInt64)
    @test WasmLimits(UInt8(1), big(2)) == WasmLimits(1, 2)
    @test shown(WasmLimits(1, 2)) == "WasmLimits(1, 2)" && shown(WasmLimits(1)) == "WasmLimits(1)"
end

@testset "function types" begin
    ty = WasmFuncType([Int32, Float64], [Int64])
    @test ty.text == "(func (param i32 f64) (result i64))"
    @test WasmFuncType([], []).text == "(func)"
    @test ty == WasmFuncType([:i32, :f64], [:i64]) && ty != WasmFuncType([:i32], [:i64])
    @test length(unique([ty, WasmFuncType((Int32, Float64), (Int64,))])) == 1
    @test shown(ty) == "WasmFuncType(\"(func (param i32 f64) (result i64))\")"
end

# What a program does to them must not reach the calls.
@testset "types stay as they are" begin
    add = load(ADD).exports.add
    type = functype(add)
    @test length(type.params) == 2 && type.params[1] == WasmValType(Int32) && collect(type.results) == [WasmValType(Int32)]
    for change in (() -> push!(type.params, WasmValType(Int32)), () -> type.results[1] = WasmValType(Int64), () -> empty!(type.params))
        @test thrown(change) isa Union{MethodError,ErrorException}
    end
    @test add(1, 2) == 3
end

@testset "memory, table and global types" begin
    @test W.wat(WasmMemoryType(1 => 10)) == "(memory 1 10)"
    @test W.wat(WasmMemoryType(1 => 10; shared = true, is64 = true)) == "(memory i64 1 10 shared)"
    @test W.wat(WasmMemoryType()) == "(memory 0)"
    @test W.wat(WasmTableType(5 => 20)) == "(table 5 20 funcref)"
    @test W.wat(WasmTableType(WasmLimits(5); element = Any)) == "(table 5 externref)"
    @test W.wat(WasmGlobalType(WasmValType(Int32), true)) == "(global (mut i32))"
    @test W.wat(WasmGlobalType(Float64)) == "(global f64)"
end

# What the library says about types of modules, as Julia data.
@testset "types of modules" begin
    mod = WasmModule(WasmEngine(wasm_custom_page_sizes = true), """
    (module
      (func (export "f") (param i32 i64 f32 f64 v128 funcref externref) (result externref i32) unreachable)
      (memory (export "unbounded") 1)
      (memory (export "bounded") 0 0)
      (memory (export "wide") i64 2 4)
      (memory (export "bytes") i64 0xffff_ffff_ffff_ffff (pagesize 1))
      (table (export "t") 3 7 externref)
      (global (export "const") i64 (i64.const 1))
      (global (export "var") (mut funcref) (ref.null func))
      (tag (export "tag") (param i32)))
    """)
    types = exports(mod)
    @test types["f"].text == "(func (param i32 i64 f32 f64 v128 funcref externref) (result externref i32))"
    @test [ty.text for ty in types["f"].params] == ["i32", "i64", "f32", "f64", "v128", "funcref", "externref"]
    @test [W.juliatype(ty) for ty in types["f"].results] == [Any, Int32]
    @test types["unbounded"] == WasmMemoryType(1)
    @test types["unbounded"].limits.max === nothing
    @test types["bounded"].limits.max === 0
    @test types["wide"] == WasmMemoryType(2 => 4; is64 = true)
    @test W.wat(types["bytes"]) == "(memory i64 18446744073709551615 (pagesize 1))"
    @test types["t"] == WasmTableType(3 => 7; element = :externref)
    @test types["const"] == WasmGlobalType(Int64) && !types["const"].mutable
    @test types["var"] == WasmGlobalType(:funcref, true) && types["var"].mutable
    @test types["tag"] isa WasmTagType && types["tag"].params == [WasmValType(Int32)]
end

@testset "types with definitions of their own" begin
    mod = WasmModule(ENGINE, """
    (module
      (type \$pair (struct (field i32) (field (mut f64))))
      (type \$callback (func (param i32)))
      (func (export "make") (param (ref \$callback)) (result (ref null \$pair)) unreachable)
      (func (export "any") (param anyref i31ref) unreachable))
    """)
    types = exports(mod)
    @test length(types["make"].params) == 1 && types["make"].params[1].kind == W.C.WRT_FUNCREF
    @test types["make"].results[1].kind == W.C.WRT_STRUCTREF
    @test [ty.kind for ty in types["any"].params] == [W.C.WRT_ANYREF, W.C.WRT_I31REF]
end
