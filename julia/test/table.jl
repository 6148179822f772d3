const TABLE = """
(module
  (table (export "t") 3 10 funcref)
  (elem (i32.const 0) \$one \$two)
  (func \$one (export "one") (result i32) (i32.const 1))
  (func \$two (result i32) (i32.const 2))
  (func (export "call") (param i32) (result i32) (call_indirect (result i32) (local.get 0))))
"""

@testset "functions by index" begin
    instance = load(TABLE)
    t = get_table(instance, "t")
    @test t isa AbstractTable && WasmTable === Table
    @test length(t) == 3 && size(t) == (3,) && eachindex(t) == 1:3 && lastindex(t) == 3 && firstindex(t) == 1
    @test t[1]() == 1 && t[2]() == 2 && t[3] === nothing && t[end] === nothing
    @test t[1] == instance.exports.one
    t[3] = t[1]
    @test instance.exports.call(2) == 1
    t[1] = nothing
    @test thrown(() -> instance.exports.call(0)).code === :indirect_call_to_null
    t[1] = WasmFunc(instance.store, () -> 42, Int32, ())
    @test instance.exports.call(0) == 42
    @test length(collect(t)) == 3 && t[2:3] == collect(t)[2:3] && length(t[:]) == 3
    @test [f === nothing ? 0 : f() for f in t] == [42, 2, 1]
    @test eltype(t) == Union{Nothing,AbstractFunc} && ndims(t) == 1
    @test WasmTableType(t) == WasmTableType(3 => 10)
    @test shown(t) == "WasmTable(\"funcref\", open)"
end

@testset "from 0" begin
    t = load(TABLE).exports.t
    @test get_table_element(t, 0)() == 1
    @test set_table_element!(t, 2, get_table_element(t, 1)) === t
    @test t[3]() == 2
    @test thrown(() -> get_table_element(t, 3)).status === :bounds
    @test thrown(() -> set_table_element!(t, 3, nothing)).status === :bounds
    @test_throws InexactError get_table_element(t, -1)
end

@testset "bounds and types" begin
    t = load(TABLE).exports.t
    for i in (0, -1, 4)
        @test_throws BoundsError t[i]
        @test_throws BoundsError t[i] = nothing
    end
    @test_throws MethodError t[1] = 5
    other = WasmFunc(WasmStore(ENGINE), () -> 1, Int32, ())
    @test_throws WasmtimeError t[1] = other
end

@testset "growth, filling, copying" begin
    instance = load(TABLE)
    t = instance.exports.t
    @test grow!(t, 2) == 3 && length(t) == 5 && t[5] === nothing
    @test grow!(t, 1, t[1]) == 5 && t[6]() == 1
    @test thrown(() -> grow!(t, 100)) isa WasmLimitError
    @test copyto!(t, 3, t, 1, 2) === t && t[4]() == 2
    @test fill!(t, t[2]) === t && all(f -> f() == 2, t)
    @test thrown(() -> copyto!(t, 3, t, 1, 10)).status === :bounds
end

@testset "Julia's own" begin
    store = WasmStore(ENGINE)
    t = WasmTable(store, WasmTableType(5 => 20))
    @test length(t) == 5 && all(isnothing, t)
    objects = WasmTable(store, 2; element = Any)
    objects[1] = "text"
    objects[2] = objects
    @test objects[1] == "text" && objects[2] === objects
    filled = WasmTable(store, WasmTableType(3; element = :externref), :x)
    @test collect(filled) == [:x, :x, :x]
    @test length(WasmTable(store)) == 0
end
