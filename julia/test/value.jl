@testset "tagged values" begin
    @test WasmI32 <: WasmValue{Int32} && WasmI64 <: WasmValue{Int64}
    @test WasmF32 <: WasmValue{Float32} && WasmF64 <: WasmValue{Float64}
    @test WasmV128 <: WasmValue{NTuple{16,UInt8}}
    @test WasmFuncRef <: WasmValue{Union{AbstractFunc,Nothing}} && WasmExternRef <: WasmValue{Any}
    @test WasmI32(42).value === Int32(42)
    @test WasmF32(1).value === 1.0f0
    @test WasmFuncRef(nothing).func === nothing
    @test WasmExternRef("text").value == "text"
    @test_throws InexactError WasmI32(2^31)
end

@testset "the tag is chosen by the type" begin
    @test WasmValue(42) === WasmI64(42)
    @test WasmValue(Int32(42)) === WasmI32(42)
    @test WasmValue(3.5) === WasmF64(3.5)
    @test WasmValue(3.5f0) === WasmF32(3.5f0)
    @test WasmValue(ntuple(UInt8, 16)) === WasmV128(ntuple(UInt8, 16))
    @test WasmValue("text") == WasmExternRef("text")
    @test WasmValue(WasmI32(1)) === WasmI32(1)
end

@testset "equality" begin
    @test WasmI32(1) == 1 && 1 == WasmI32(1) && 1.0 == WasmF64(1)
    @test WasmI32(1) != WasmI64(1)
    @test hash(WasmI64(5)) == hash(5)
    @test convert(Int, WasmI32(7)) === 7 && convert(Float64, WasmI32(7)) === 7.0
    @test shown(WasmI32(7)) == "WasmI32(7)" && shown(WasmExternRef("x")) == "WasmExternRef(\"x\")"
end

roundtrip(T, x) = W.raise(nothing, T, W.lower(nothing, T, x))

@testset "slots" begin
    for (T, values) in [Int32 => (0, -1, typemin(Int32), typemax(Int32)), UInt32 => (0, typemax(UInt32)),
                        Int64 => (0, -1, typemin(Int64)), UInt64 => (typemax(UInt64),),
                        Float32 => (0.0, -0.0, 1.5, Inf32), Float64 => (-0.0, pi, -Inf), Bool => (true, false),
                        UInt128 => (typemax(UInt128), UInt128(1) << 64), NTuple{16,UInt8} => (ntuple(UInt8, 16),)]
        for x in values
            @test roundtrip(T, convert(T, x)) === convert(T, x)
        end
    end
    @test W.lower(nothing, Int32, Int32(-1)) === W.C.wrt_val(0xffffffff, 0)
    payload = reinterpret(Float32, 0x7fa00001)
    @test reinterpret(UInt32, roundtrip(Float32, payload)) == 0x7fa00001
end

@testset "passing" begin
    @test W.pass(Int32, 7) === Int32(7)
    @test W.pass(Int32, 0xffffffff) === Int32(-1)
    @test W.pass(Int64, typemax(UInt64)) === -1
    @test W.pass(Int32, WasmI64(7)) === Int32(7)
    @test W.pass(Float32, 1) === 1.0f0
    @test_throws InexactError W.pass(Int32, 2^31)
    @test_throws InexactError W.pass(Int32, 0.5)
    @test_throws MethodError W.pass(Int32, "7")
end

@testset "vectors of 128 bits" begin
    V128 = NTuple{16,UInt8}
    @test W.pass(V128, (1.0f0, 2.0f0, 3.0f0, 4.0f0))[1:4] == (0x00, 0x00, 0x80, 0x3f)
    @test W.pass(V128, (Int64(1), Int64(2))) == (0x01, ntuple(_ -> 0x00, 7)..., 0x02, ntuple(_ -> 0x00, 7)...)
    @test W.pass(UInt128, ntuple(UInt8, 16)) == 0x100f0e0d0c0b0a090807060504030201
    @test_throws ArgumentError W.pass(V128, (Int32(1), Int32(2)))
end

@testset "which types stand in signatures" begin
    @test W.kind(Int32) == W.kind(UInt32) == W.C.WRT_I32
    @test W.kind(Any) == W.C.WRT_EXTERNREF
    @test W.kind(WasmFunc) == W.kind(Union{Nothing,WasmFunc}) == W.C.WRT_FUNCREF
    @test W.kind(WasmF64) == W.C.WRT_F64
    @test W.kind(String) === nothing && W.kind(Int8) === nothing
    @test W.isreference(Any) && W.isreference(Union{Nothing,AbstractFunc}) && !W.isreference(Int32)
end

@testset "lanes" begin
    for T in (Int8, UInt8, Int16, UInt16, Int32, UInt32, Int64, UInt64, Float32, Float64)
        values = ntuple(i -> T(i), 16 ÷ sizeof(T))
        @test lanes(T, W.pass(W.V128, values)) === values && lanes(T, W.pass(UInt128, values)) === values
    end
    @test_throws ArgumentError lanes(Int128, ntuple(UInt8, 16))
    @test_throws ArgumentError lanes(BigInt, ntuple(UInt8, 16))
    x = load("""(module (func (export "add") (param v128 v128) (result v128) (f32x4.add (local.get 0) (local.get 1))))""").exports
    @test lanes(Float32, x.add((1f0, 2f0, 3f0, 4f0), (10f0, 20f0, 30f0, 40f0))) === (11f0, 22f0, 33f0, 44f0)
end
