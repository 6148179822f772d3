@testset "plain errors" begin
    e = WasmtimeError("something is wrong")
    @test e isa WasmtimeError && e isa Exception
    @test e.message == "something is wrong"
    @test sprint(showerror, e) == "WasmRuntimeError: something is wrong"
    @test !isabstracttype(typeof(e))
end

concrete(T) = isabstracttype(T) ? reduce(vcat, map(concrete, subtypes(T)); init = []) : [T]

using InteractiveUtils: subtypes

@testset "every subtype has a message" begin
    types = concrete(WasmtimeError)
    @test length(types) >= 8
    @test all(T -> :message in fieldnames(T), types)
end

const DEEP = """
(module \$shop
  (func \$inner (param i32) (result i32)
    (i32.div_s (i32.const 1) (local.get 0)))
  (func \$outer (export "outer") (param i32) (result i32)
    (call \$inner (local.get 0))))
"""

@testset "a trap" begin
    instance = load(DEEP)
    e = thrown(() -> instance.exports.outer(0))
    @test e isa WasmTrap
    @test e.code === :integer_division_by_zero
    @test e.message == "wasm trap: integer divide by zero"
    @test length(e.frames) == 2
    @test [f.name for f in e.frames] == ["inner", "outer"]
    @test [f.index for f in e.frames] == [0, 1]
    @test all(f -> f.mod == "shop" && f.offset > 0 && !f.inlined, e.frames)
    text = sprint(showerror, e)
    @test startswith(text, "WasmTrap: wasm trap: integer divide by zero")
    @test occursin("[1] inner in shop", text) && occursin("[2] outer in shop", text)
    @test instance.exports.outer(1) == 1
end

@testset "each kind of trap has its code" begin
    instance = load("""
    (module
      (memory 1)
      (table 2 funcref)
      (elem (i32.const 0) \$nothing)
      (type \$t (func (result i32)))
      (func \$nothing)
      (func (export "unreachable") unreachable)
      (func (export "memory_out_of_bounds") (drop (i32.load (i32.const 65536))))
      (func (export "integer_division_by_zero") (drop (i32.div_u (i32.const 1) (i32.const 0))))
      (func (export "integer_overflow") (drop (i32.div_s (i32.const 0x80000000) (i32.const -1))))
      (func (export "bad_conversion_to_integer") (drop (i32.trunc_f32_s (f32.const nan))))
      (func (export "indirect_call_to_null") (drop (call_indirect (type \$t) (i32.const 1))))
      (func (export "bad_signature") (drop (call_indirect (type \$t) (i32.const 0))))
      (func (export "table_out_of_bounds") (drop (call_indirect (type \$t) (i32.const 2))))
      (func \$deep (export "stack_overflow") (call \$deep)))
    """)
    for (name, f) in instance.exports
        e = thrown(f)
        @test e isa WasmTrap && e.code === Symbol(name)
    end
end

@testset "a core dump, where the engine makes one" begin
    instance = load(DEEP; engine = WasmEngine(coredump_on_trap = true))
    e = thrown(() -> instance.exports.outer(0))
    @test e.coredump[1:4] == b"\0asm"
    @test thrown(() -> load(DEEP).exports.outer(0)).coredump === nothing
end

@testset "many frames are not all printed" begin
    frames = [WasmFrame(i, "f$i", nothing, i, nothing, 0, 0, false) for i in 1:40]
    text = sprint(showerror, WasmTrap("wasm trap: x", :x, frames, nothing))
    @test occursin("[32] f32", text) && !occursin("f33", text)
    @test endswith(text, "and 8 more")
end

@testset "frames as text" begin
    @test shown(WasmFrame(7, nothing, nothing, nothing, nothing, 0, 0, false)) == "function 7"
    @test shown(WasmFrame(7, "f", "m", 255, "f.c", 3, 1, true)) == "f [inlined] in m at f.c:3"
    @test shown(WasmFrame(7, "f", nothing, 255, nothing, 0, 0, false)) == "f at 0xff"
end

@testset "what is called apart is called as it is" begin
    @test W.apart(+, 1, 2) === 3 && W.apart(() -> nothing) === nothing
    @test thrown(() -> W.apart(throw, DivideError())) === DivideError()
    @test Base.return_types(() -> W.apart(+, 1, 2)) == [Any]
end

@testset "what is wrong with a module" begin
    @test thrown(() -> wat2wasm("(module (func")).status === :parse
    invalid = thrown(() -> WasmModule(ENGINE, "(module (func (result i32)))"))
    @test invalid isa WasmCompileError && invalid.status === :validate
    @test thrown(() -> WasmModule(ENGINE, UInt8[1, 2, 3])) isa WasmCompileError
end

@testset "before a prompt" begin
    e = thrown(() -> load("""(module (import "a" "f" (func)) (import "b" "g" (func (param i32))))"""))
    @test plain(e) == "WasmLinkError: 2 of 2 imports cannot be satisfied\n  missing: a.f (func)\n  missing: b.g (func (param i32))"
    @test plain(WasmtimeError("something is wrong")) == "WasmRuntimeError: something is wrong"
end
