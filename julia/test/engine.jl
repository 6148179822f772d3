@testset "making one" begin
    @test isopen(WasmEngine()) && Engine === WasmEngine
    @test isopen(WasmEngine(WasmConfig()))
    @test shown(WasmEngine()) == "WasmEngine(open)"
    @test WasmEngine(consume_fuel = true) isa AbstractEngine
end

@testset "conflicting options are an error" begin
    @test_throws WasmtimeError WasmEngine(strategy = "winch", wasm_tail_call = true)
    @test_throws WasmtimeError WasmEngine(optimisation = "speed")
end

@testset "validation" begin
    @test validate(ENGINE, wat2wasm(ADD)) === true
    @test validate(ENGINE, codeunits(ADD)) && validate(ENGINE, ADD)
    @test validate(ENGINE, UInt8[]) === false
    @test validate(ENGINE, UInt8[0x00]) === false
    @test validate(ENGINE, "(module (func (result i32)))") === false
    @test validate(ENGINE, view(wat2wasm(ADD), :)) && validate(WasmStore(ENGINE), wat2wasm(ADD))
    memory64 = "(module (memory i64 1))"
    @test validate(WasmEngine(wasm_memory64 = true), memory64)
    @test !validate(WasmEngine(wasm_memory64 = false), memory64)
end

@testset "settings reach the engine when it is made" begin
    config = WasmConfig(consume_fuel = true)
    engine = WasmEngine(config)
    consume_fuel!(config, false)
    @test fuel(WasmStore(engine; fuel = 10)) == 10
end

@testset "pooling" begin
    engine = WasmEngine(pooling = (total_core_instances = 2,))
    kept = [load(ADD; engine = engine), load(ADD; engine = engine)]
    e = thrown(() -> load(ADD; engine = engine))
    @test e isa WasmLimitError && e.status === :limit
    close(kept[1].store)
    @test load(ADD; engine = engine).exports.add(1, 2) == 3
end

@testset "show" begin
    @test shown(ENGINE) == "WasmEngine(open)"
    @test occursin("\n  consume_fuel  true", plain(WasmEngine(consume_fuel = true)))
    @test !occursin("consume_fuel", plain(ENGINE)) && startswith(plain(ENGINE), "WasmEngine(open)\noptions:\n  strategy ")
end
