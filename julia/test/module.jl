@testset "sources" begin
    bytes = wat2wasm(ADD)
    @test WasmModule(ENGINE, bytes) isa WasmModule
    @test WasmModule(WasmStore(ENGINE), bytes) isa AbstractModule
    @test WasmModule(ENGINE, ADD) isa WasmModule
    @test WasmModule(ENGINE, codeunits(ADD)) isa WasmModule
    @test WasmModule(ENGINE, view(bytes, :)) isa WasmModule
    mktempdir() do dir
        for (file, data) in ("add.wasm" => bytes, "add.wat" => ADD)
            path = joinpath(dir, file)
            write(path, data)
            @test keys(exports(WasmModule(ENGINE, path))) == Set(["add"])
        end
        garbage = joinpath(dir, "garbage.wasm")
        write(garbage, "not wasm")
        @test_throws WasmtimeError WasmModule(ENGINE, garbage)
    end
    @test_throws SystemError WasmModule(ENGINE, "no_such_file.wasm")
    @test_throws WasmtimeError WasmModule(ENGINE, UInt8[])
    @test_throws WasmtimeError WasmModule(ENGINE, UInt8[0, 0, 0, 0])
end

const MIXED = """
(module \$mixed
  (import "env" "log" (func (param i32)))
  (import "env" "memory" (memory 1))
  (import "math" "pi" (global f64))
  (func (export "zz") (result i32) (i32.const 1))
  (func (export "aa"))
  (global (export "mm") i32 (i32.const 1)))
"""

@testset "exports" begin
    mod = WasmModule(ENGINE, MIXED)
    types = exports(mod)
    @test types isa AbstractDict && length(types) == 3
    @test collect(keys(types)) == ["zz", "aa", "mm"]
    @test first.(collect(types)) == ["zz", "aa", "mm"]
    @test types["zz"] == WasmFuncType([], [Int32]) == types[:zz]
    @test haskey(types, "aa") && haskey(types, :aa) && !haskey(types, "bb")
    @test get(types, "bb", 1) == 1
    @test_throws KeyError types["bb"]
    @test isempty(exports(WasmModule(ENGINE, "(module)")))
end

@testset "imports" begin
    found = imports(WasmModule(ENGINE, MIXED))
    @test found isa Vector{Tuple{String,WasmImportType}}
    @test first.(found) == ["log", "memory", "pi"]
    @test [ty.module_name for (_, ty) in found] == ["env", "env", "math"]
    @test [ty.type for (_, ty) in found] == [WasmFuncType([Int32], []), WasmMemoryType(1), WasmGlobalType(Float64)]
    @test name(found[1][2]) == "log"
    @test shown(found[3][2]) == "WasmImportType(\"math\", \"pi\", (global f64))"
    @test isempty(imports(WasmModule(ENGINE, "(module)")))
end

@testset "names" begin
    @test name(WasmModule(ENGINE, MIXED)) == "mixed"
    @test name(WasmModule(ENGINE, "(module)")) == ""
end

@testset "custom sections" begin
    mod = WasmModule(ENGINE, """(module (@custom "one" "first") (@custom "two" "\\00\\ff") (@custom "one" "second"))""")
    @test custom_sections(mod) == ["one" => b"first", "two" => UInt8[0, 0xff], "one" => b"second"]
    @test isempty(custom_sections(WasmModule(ENGINE, "(module)")))
end

@testset "artifacts" begin
    mod = WasmModule(ENGINE, ADD)
    artifact = serialize(mod)
    @test artifact isa Vector{UInt8}
    again = deserialize(ENGINE, artifact; trusted = true)
    @test WasmInstance(WasmStore(ENGINE), again).exports.add(2, 3) == 5
    @test occursin("trusted", message(() -> deserialize(ENGINE, artifact)))
    mktempdir() do dir
        path = joinpath(dir, "add.cwasm")
        write(path, artifact)
        mapped = deserialize(ENGINE, path; trusted = true)
        @test WasmInstance(WasmStore(ENGINE), mapped).exports.add(2, 3) == 5
        close(mapped)
    end
    other = WasmEngine(consume_fuel = true)
    @test thrown(() -> deserialize(other, artifact; trusted = true)) isa WasmCompileError
    @test_throws WasmtimeError deserialize(ENGINE, wat2wasm(ADD); trusted = true)
    @test_throws WasmtimeError deserialize(ENGINE, UInt8[]; trusted = true)
end

@testset "show" begin
    mod = WasmModule(ENGINE, MIXED)
    @test shown(mod) == "WasmModule(open, 3 imports, 3 exports)"
    @test plain(mod) == """
    WasmModule(open, 3 imports, 3 exports)
    imports:
      env.log     (func (param i32))
      env.memory  (memory 1)
      math.pi     (global f64)
    exports:
      zz  (func (result i32))
      aa  (func)
      mm  (global i32)"""
    many = "(module (func \$f) " * join("(export \"f$i\" (func \$f))" for i in 1:100) * ")"
    @test occursin("... and 60 more", plain(WasmModule(ENGINE, many)))
end

@testset "one module, many stores" begin
    mod = WasmModule(ENGINE, ADD)
    @test all(i -> WasmInstance(WasmStore(ENGINE), mod).exports.add(i, 1) == i + 1, 1:10)
end
