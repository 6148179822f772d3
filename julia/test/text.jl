@testset "text to binary and back" begin
    bytes = wat2wasm(ADD)
    @test bytes isa Vector{UInt8} && bytes[1:4] == b"\0asm"
    @test wat2wasm("(module)") == b"\0asm\1\0\0\0"
    @test occursin("i32.add", wasm2wat(bytes))
    @test wat2wasm(wasm2wat(bytes)) == bytes
    @test wat2wasm(";; a comment\n(module)") == wat2wasm("(module)")
    @test wat2wasm(SubString("x(module)", 2)) == wat2wasm("(module)")
end

@testset "literals" begin
    @test wat"(module)" == wat2wasm("(module)")
    bytes = wat"""
    (module
      (func $named (export "add") (param i32 i32) (result i32)
        (i32.add (local.get 0) (local.get 1))))
    """
    @test load("(module)").mod isa WasmModule && WasmModule(ENGINE, bytes) isa WasmModule
end

# Lengths go to the library in bytes, not in characters.
@testset "letters beyond ASCII" begin
    source = "(module (func (export \"größe_λ_関数_😀\") (result i32) (i32.const 7)) (func (export \"ö\")))"
    instance = load(source)
    @test collect(keys(instance.exports)) == ["größe_λ_関数_😀", "ö"]
    @test instance.exports["größe_λ_関数_😀"]() == 7
    @test instance.exports.ö() === nothing
    @test wat2wasm(wasm2wat(wat2wasm(source))) == wat2wasm(source)
end

@testset "mistakes say where" begin
    e = thrown(() -> wat2wasm("(module\n  (func (export \"add\")\n    i32.bad))"))
    @test e isa WasmCompileError && e.status === :parse
    @test occursin("line 3", e.message)
    @test !occursin('\0', e.message) && !occursin('\n', e.message)
    @test_throws WasmtimeError wat2wasm("(module (func")
    @test_throws WasmtimeError wasm2wat(UInt8[1, 2, 3])
end

@testset "what is text" begin
    @test W.iswat("(module)") && W.iswat("\n  (module)") && W.iswat(";; hello\n(module)")
    @test !W.iswat("module.wat") && !W.iswat("/tmp/(x).wasm") && !W.iswat("")
end
