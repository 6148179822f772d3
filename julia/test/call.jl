const CALLS = """
(module
  (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
  (func (export "nop"))
  (func (export "answer") (result i32) (i32.const 42))
  (func (export "swap") (param i64 f64) (result f64 i64) (local.get 1) (local.get 0))
  (func (export "f32") (param f32) (result f32) (local.get 0))
  (func (export "many") (param i32 i64 f32 f64 i32 i64 f32 f64) (result f64)
    (f64.add (local.get 3) (local.get 7)))
  (func (export "splat") (param i32) (result v128) (i32x4.splat (local.get 0)))
  (func (export "lane") (param v128) (result i64) (i64x2.extract_lane 1 (local.get 0)))
  (func (export "three") (result i32 i32 i32) (i32.const 1) (i32.const 2) (i32.const 3)))
"""

@testset "ways to call" begin
    instance = load(CALLS)
    @test instance.exports.add(2, 3) === Int32(5)
    @test exports(instance)[:add](2, 3) === Int32(5)
    @test exports(instance)["add"](2, 3) === Int32(5)
    @test call(instance, "add", [2, 3]) === Int32(5)
    @test call(instance, "add", (2, 3)) === Int32(5)
    @test call(instance, :add, 2, 3) === Int32(5)
    @test call(instance.exports.add, 2, 3) === Int32(5)
    @test call(instance.exports.add, [WasmI32(2), WasmI32(3)]) === Int32(5)
    @test call(get_typed_func(instance, "add"), 2, 3) === Int32(5)
end

@testset "results" begin
    x = load(CALLS).exports
    @test x.nop() === nothing
    @test x.answer() === Int32(42)
    @test x.swap(7, 1.5) === (1.5, Int64(7))
    @test x.three() === (Int32(1), Int32(2), Int32(3))
    @test x.many(1, 2, 3, 4, 5, 6, 7, 8) === 12.0
end

@testset "arguments are converted with checks" begin
    x = load(CALLS).exports
    @test x.add(0x02, 3.0) === Int32(5)
    @test x.add(true, WasmI64(1)) === Int32(2)
    @test x.add(0xffffffff, 1) === Int32(0)
    @test x.f32(1) === 1.0f0 && x.f32(0.1) === 0.1f0
    @test_throws InexactError x.add(2^31, 1)
    @test_throws InexactError x.add(1.5, 1)
    @test_throws MethodError x.add("1", 1)
    e = thrown(() -> x.add(1))
    @test e isa WasmtimeError && e.message == "(func (param i32 i32) (result i32)) takes 2 arguments, not 1"
    @test_throws WasmtimeError x.add(1, 2, 3)
    @test_throws WasmtimeError x.answer(1)
    @test_throws WasmtimeError call(x.add, [1])
end

@testset "vectors" begin
    x = load(CALLS).exports
    @test x.splat(1) === (0x01, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00)
    @test x.lane((Int64(1), Int64(2))) === 2
    @test call(x.lane, (Int64(1), Int64(2))) === 2
    @test x.lane(UInt128(5) << 64) === 5
    @test TypedFunc{Tuple{Int32},UInt128}(x.splat)(1) == 0x00000001000000010000000100000001
    @test TypedFunc{Tuple{UInt128},Int64}(x.lane)(UInt128(9) << 64) === 9
end

@testset "typed functions" begin
    instance = load(CALLS)
    add = get_typed_func(instance, "add", [Int32, Int32], Int32)
    @test add isa TypedFunc{Tuple{Int32,Int32},Int32} && add(2, 3) === Int32(5)
    @test get_typed_func(instance, "add", Tuple{Int32,Int32}, Int32)(2, 3) === Int32(5)
    @test get_typed_func(instance, "add") isa TypedFunc{Tuple{Int32,Int32},Int32}
    @test get_typed_func(instance, "nop", [])() === nothing
    @test get_typed_func(instance, "swap", [Int64, Float64], [Float64, Int64])(1, 2) === (2.0, 1)
    @test TypedFunc(instance.exports.add) isa TypedFunc{Tuple{Int32,Int32},Int32}
    @test TypedFunc{Tuple{UInt32,UInt32},UInt32}(instance.exports.add)(typemax(UInt32), 0) === typemax(UInt32)
    @test TypedFunc{Tuple{},Tuple{Int32}}(instance.exports.answer)() === (Int32(42),)
    @test functype(add) == functype(instance.exports.add)
    @test shown(add) == "TypedFunc{Tuple{Int32,Int32},Int32}(open)" || startswith(shown(add), "TypedFunc{Tuple{Int32, Int32}")
    e = thrown(() -> TypedFunc{Tuple{Int64,Int32},Int32}(instance.exports.add))
    @test e isa WasmtimeError && e.status === :type && occursin("(func (param i32 i32) (result i32))", e.message)
    @test_throws WasmtimeError TypedFunc{Tuple{Int32},Int32}(instance.exports.add)
    @test_throws WasmtimeError TypedFunc{Tuple{Int32,Int32},Nothing}(instance.exports.add)
    @test_throws WasmtimeError add(1)
    @test_throws InexactError add(2^40, 1)
end

@testset "broadcast" begin
    add = load(CALLS).exports.add
    xs = [1, 2, 3]
    @test add.(xs, 10) == [11, 12, 13]
    @test add.(xs, xs') == xs .+ xs'
    @test TypedFunc(add).(xs, 10) == Int32[11, 12, 13]
    @test isempty(TypedFunc(add).(Int[], 10))
    @test map(add, xs, xs) == 2xs
end

@testset "a typed call allocates nothing" begin
    instance = load(CALLS)
    add = get_typed_func(instance, "add", [Int32, Int32], Int32)
    @test allocated(add, Int32(1), Int32(2)) == 0
    @test allocated(add, 1, 2) == 0
    @test allocated(get_typed_func(instance, "nop", [])) == 0
    @test allocated(get_typed_func(instance, "many"), Int32(1), 2, 3.0f0, 4.0, Int32(5), 6, 7.0f0, 8.0) == 0
    @test allocated(get_typed_func(instance, "three")) == 0
    @test allocated(get_typed_func(instance, "swap"), 1, 2.0) == 0
    @test @inferred(add(1, 2)) === Int32(3)
    function total(add, n)
        s = Int32(0)
        for i in 1:n
            s = add(s, i)
        end
        s
    end
    @test allocated(total, add, 1000) == 0
    # The same where host functions may be called directly, which takes the gate.
    store = WasmStore(ENGINE)
    WasmFunc(store, x -> x, Int32, (Int32,); direct = true)
    hosting = get_typed_func(load(CALLS; store = store), "add", [Int32, Int32], Int32)
    @test store.hosts && allocated(hosting, 1, 2) == 0
    # By name and type only at the end: at most a box for the result, once it was called often.
    foreach(i -> instance.exports.add(i, 1), 1:W.OFTEN[])
    @test allocated(instance.exports.add, 1, 2) <= 64
end

@testset "for one call: timeout and fuel" begin
    spin = """(module (func (export "spin") (loop (br 0))) (func (export "id") (param i32) (result i32) (local.get 0)))"""
    engine = WasmEngine(epoch_interruption = true, consume_fuel = true)
    instance = load(spin; store = WasmStore(engine; fuel = typemax(Int64)))
    store = instance.store
    @test thrown(() -> call(instance.exports.spin; timeout = 0.05)) isa WasmInterrupt
    @test store.timeout == 0
    left, used = fuel(store), fuel_consumed(store)
    e = thrown(() -> call(instance, "spin"; fuel = 10^6))
    @test e isa WasmLimitError && e.status === :fuel
    @test fuel(store) == left && fuel_consumed(store) >= used + 10^6 - 10
    @test call(instance, "id", 5; timeout = 1.0, fuel = 10^6) == 5
    set_timeout!(store, 0.05)
    @test call(instance, "id", 5; timeout = 10.0) == 5
    @test store.timeout == 50_000_000
    @test thrown(instance.exports.spin) isa WasmInterrupt
    @test occursin("epoch_interruption", message(() -> call(load(spin).exports.spin; timeout = 1)))
end

# Julia says at which level it compiles a package: -1 is the level it was started with.
@testset "typed calls and host functions are compiled as well as Julia can, $what" for what in (
        "get_typed_func(instance, \"f\")", "WasmFunc(store, x -> nothing, Nothing, (Int32,))",
        "WasmFunc(store, x -> nothing, Nothing, (Int32,); direct = true)",
        "prelink((linker = WasmLinker(engine); linker[\"env\", \"f\"] = () -> nothing; linker), WasmModule(engine, IMPORTING))")
    program = """
    using WasmtimeRuntime
    const IMPORTING = "(module (import \\"env\\" \\"f\\" (func)))"
    level() = ccall(:jl_get_module_optlevel, Cint, (Any,), WasmtimeRuntime)
    engine = WasmEngine()
    store = WasmStore(engine)
    mod = WasmModule(engine, "(module (func (export \\"f\\")))")
    instance = WasmInstance(store, mod)
    instance.exports.f()
    before = level()
    $what
    print(before, " ", level())
    """
    julia = `$(Base.julia_cmd()) --startup-file=no --project=$PACKAGE -e $program`
    @test read(julia, String) == (VERSION < v"1.9" ? "1 -1" : "-1 -1")
end
