@testset "reading and setting" begin
    store = WasmStore(ENGINE)
    g = WasmGlobal(store, Int32(42); mutable = true)
    @test g isa AbstractGlobal && WasmGlobal === Global
    @test g[] === Int32(42)
    g[] = 43
    @test g[] === Int32(43)
    g[] += 1
    @test get_global(g) === Int32(44)
    @test set_global!(g, 5) === g && g[] == 5
    @test_throws InexactError g[] = 2^40
    @test_throws MethodError g[] = "text"
    @test eltype(g) == Int32
    @test shown(g) == "WasmGlobal(\"(global (mut i32))\", open)"
end

@testset "every type" begin
    store = WasmStore(ENGINE)
    for x in (Int32(-1), Int64(-2), 1.5f0, -0.0, ntuple(UInt8, 16))
        @test WasmGlobal(store, x)[] === x
    end
    lanes = WasmGlobal(store, WasmGlobalType(NTuple{16,UInt8}, true), (1.0, 2.0))
    lanes[] = UInt128(1)
    @test lanes[][1:2] == (0x01, 0x00)
    @test WasmGlobal(store, WasmGlobalType(WasmValType(Float64), false), WasmValue(3.5))[] === 3.5
end

# Mutable is mutable and constant is constant, in both directions.
@testset "integers that calls take, too" begin
    store = WasmStore(ENGINE)
    for (given, found) in (UInt32(3) => Int32(3), typemax(UInt32) => Int32(-1), true => Int32(1), UInt64(4) => Int64(4))
        @test WasmGlobal(store, given)[] === found
    end
end

@testset "mutability" begin
    store = WasmStore(ENGINE)
    constant, variable = WasmGlobal(store, Int32(1)), WasmGlobal(store, Int32(1); mutable = true)
    @test !WasmGlobalType(constant).mutable && WasmGlobalType(variable).mutable
    e = thrown(() -> constant[] = 2)
    @test e isa WasmtimeError && e.status === :type && constant[] == 1
    instance = load("""(module (global (export "c") i32 (i32.const 7)) (global (export "v") (mut i32) (i32.const 8)))""")
    @test !WasmGlobalType(instance.exports.c).mutable && WasmGlobalType(instance.exports.v).mutable
    @test_throws WasmtimeError set_global!(instance, "c", 1)
    set_global!(instance, "v", 9)
    @test get_global(instance, "v")[] == 9
end

@testset "shared with WebAssembly" begin
    source = """
    (module
      (import "env" "g" (global \$g (mut i64)))
      (func (export "bump") (global.set \$g (i64.add (global.get \$g) (i64.const 1)))))
    """
    store = WasmStore(ENGINE)
    g = WasmGlobal(store, 10; mutable = true)
    instance = load(source; store = store, imports = (env = (g = g,),))
    instance.exports.bump()
    @test g[] == 11
end

@testset "references" begin
    store = WasmStore(ENGINE)
    object = [1, 2]
    g = WasmGlobal(store, WasmGlobalType(Any, true), object)
    @test g[] === object
    g[] = nothing
    @test g[] === nothing
    f = WasmFunc(store, x -> x + 1, Int32, (Int32,))
    h = WasmGlobal(store, WasmGlobalType(:funcref, true), f)
    @test h[] == f && h[](1) == 2
    h[] = nothing
    @test h[] === nothing
end

@testset "reading allocates nothing" begin
    # Compiled as it is once anything was called.
    W.full_speed()
    g = WasmGlobal(WasmStore(ENGINE), 1.5; mutable = true)
    bump(g) = (g[] = g[] + 1.0; nothing)
    bump(g)
    @test (@allocated bump(g)) == 0
end
