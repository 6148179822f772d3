@testset "from annotations" begin
    add(x::Int32, y::Int32)::Int32 = x + y
    store = WasmStore(ENGINE)
    f = WasmFunc(store, add)
    @test f isa AbstractFunc && Func === WasmFunc
    @test functype(f) == WasmFuncType([Int32, Int32], [Int32])
    @test f(2, 3) === Int32(5) && f(2, 3) == WasmValue(Int32(5))
    wide(x::Int, y::Int)::Int = x + y
    @test WasmFunc(store, wide)(3, 4) === 7
    @test WasmFunc(store, wide)(3, 4) == WasmValue(7)
    none() = nothing
    @test WasmFunc(store, none)() === nothing
    two(x::Float64)::Tuple{Float64,Int32} = (x, 1)
    @test WasmFunc(store, two)(1.5) === (1.5, Int32(1))
    inferred(x::Float64) = 2x
    @test functype(WasmFunc(store, inferred)).results == [WasmValType(Float64)]
    called(caller::WasmCaller, x::Int32)::Int32 = x
    @test functype(WasmFunc(store, called)).params == [WasmValType(Int32)]
    always(x::Int32) = error("thrown")
    @test isempty(functype(WasmFunc(store, always)).results)
    yes(x::Int32)::Bool = x > 0
    @test WasmFunc(store, yes)(7) == 1
end

@testset "annotations that do not do" begin
    store = WasmStore(ENGINE)
    bare(x) = x
    @test_throws ArgumentError WasmFunc(store, bare)
    text(x::Int32) = "text"
    @test_throws ArgumentError WasmFunc(store, text)
    many(x::Int32) = 1
    many(x::Int64) = 2
    @test_throws ArgumentError WasmFunc(store, many)
    rest(x::Int32...) = Int32(1)
    @test_throws ArgumentError WasmFunc(store, rest)
    generic(x::T) where {T<:Integer} = x
    @test_throws ArgumentError WasmFunc(store, generic)
end

@testset "with types" begin
    store = WasmStore(ENGINE)
    @test WasmFunc(store, (a, b) -> a * b, Float64, (Float64, Int32))(1.5, 2) === 3.0
    @test WasmFunc((a, b) -> a - b, store, (Int64, Int64), Int64)(1, 2) === -1
    @test WasmFunc(store, x -> x, WasmFuncType([Int32], [Int32]))(7) === Int32(7)
    @test WasmFunc(store, x -> x, WasmFuncType([Int32], [Int32]); direct = true)(7) === Int32(7)
    @test WasmFunc(store, (Int32,)) do x
        x
    end(7) === nothing
    @test WasmFunc(store, () -> (1, 2.5), (Int32, Float64), ())() === (Int32(1), 2.5)
    @test WasmFunc(store, () -> (1, 2.5), Tuple{Int32,Float64}, ())() === (Int32(1), 2.5)
    @test WasmFunc(store, x -> x, UInt32, (UInt32,))(typemax(UInt32)) === Int32(-1)
    @test WasmFunc(store, iseven, Bool, (Int64,))(4) === Int32(1)
    struct_callable = Base.Fix2(+, 10)
    @test WasmFunc(store, struct_callable, Int64, (Int64,))(1) === 11
    @test_throws ArgumentError WasmFunc(store, identity, String, (Int32,))
end

@testset "exports are functions" begin
    f = load(ADD).exports.add
    @test f isa WasmFunc && functype(f) == WasmFuncType([Int32, Int32], [Int32])
    @test shown(f) == "WasmFunc(\"(func (param i32 i32) (result i32))\", open)"
end

@testset "the same function is equal" begin
    instance = load("""(module (func \$f) (export "a" (func \$f)) (export "b" (func \$f)) (func (export "c")))""")
    a, b, c = instance.exports.a, instance.exports.b, instance.exports.c
    @test a == b && a != c && hash(a) == hash(b)
    close(a)
    @test a != b && a == a
end
