@testset "options" begin
    config = WasmConfig(debug_info = true, optimization_level = SpeedAndSize, profiling_strategy = NoProfilingStrategy,
                        consume_fuel = true, epoch_interruption = false, max_wasm_stack = 4096 * 64)
    @test config isa WasmConfig && config isa AbstractConfig && Config === WasmConfig
    @test isvalid(config) && isopen(config) && config.ptr != C_NULL
    @test config[:debug_info] == "true"
    @test config["optimization_level"] == config[:opt_level] == "speed_and_size"
    @test config[:max_wasm_stack] == "262144"
    config[:max_wasm_stack] = 1 << 19
    @test config[:max_wasm_stack] == "524288"
end

@testset "calls can be stopped by Ctrl-C in an interactive session" begin
    julia = `$(Base.julia_cmd()) --startup-file=no --project=$PACKAGE`
    source = """using WasmtimeRuntime
        print(WasmConfig()[:epoch_interruption], ' ', WasmConfig(epoch_interruption = false)[:epoch_interruption]); exit()"""
    @test read(`$julia -e $source`, String) == "false false"
    @test read(pipeline(`$julia -i -q -e $source`; stdin = devnull), String) == "true false"
end

@testset "setters return the configuration" begin
    config = Config()
    @test debug_info!(config, true) === config
    @test optimization_level!(config, Speed) === config
    @test profiler!(config, JitdumpProfilingStrategy) === config
    @test profiling_strategy!(config, NoProfilingStrategy) === config
    @test consume_fuel!(config, true) === config
    @test epoch_interruption!(config, true) === config
    @test max_wasm_stack!(config, 1 << 18) === config
    @test [config[k] for k in (:debug_info, :opt_level, :profiler, :consume_fuel)] == ["true", "speed", "none", "true"]
    optimization_level!(config, None)
    @test config[:opt_level] == "none"
end

@testset "every option of the library is a keyword" begin
    listed = W.options()
    @test length(listed) > 80
    for option in listed
        @test all(k -> haskey(option, k), ("key", "type", "default", "doc"))
    end
    @test "wasm_memory64" in keys(WasmConfig()) && "opt_level" in keys(WasmConfig())
    config = WasmConfig()
    @test all(key -> config[key] isa String, keys(config))
    plain = [o["key"] for o in listed if o["type"] == "bool" && o["available"] && !occursin('.', o["key"])]
    for key in plain
        config = WasmConfig(; Symbol(key) => true)
        @test config[key] == "true"
    end
end

@testset "what is wrong is said" begin
    e = thrown(() -> WasmConfig(consume_fule = true))
    @test e isa WasmtimeError && e.status === :config
    @test occursin("consume_fule", e.message) && occursin("consume_fuel", e.message)
    @test occursin("max_wasm_stack", message(() -> WasmConfig(max_wasm_stack = 0)))
    @test occursin("opt_level", message(() -> WasmConfig(opt_level = "fastest")))
    @test_throws ArgumentError WasmConfig(opt_level = 1.5)
    @test_throws WasmtimeError WasmConfig()[:nonsense]
end

@testset "families of options as one keyword" begin
    config = WasmConfig(pooling = (total_memories = 10,))
    @test config["allocation_strategy"] == "pooling" && config["pooling.total_memories"] == "10"
end

@testset "cache on disk" begin
    mktempdir() do dir
        engine = WasmEngine(cache = dir)
        @test load(ADD; engine = engine).exports.add(2, 3) == 5
    end
end

@testset "a closed configuration" begin
    config = Config()
    config.ptr = C_NULL
    @test !isvalid(config)
    for use in (() -> debug_info!(config, true), () -> optimization_level!(config, Speed), () -> consume_fuel!(config, true),
                () -> WasmEngine(config), () -> config[:opt_level])
        @test occursin("closed", message(use))
    end
    other = Config()
    finalize(other)
    @test other.ptr == C_NULL && !isvalid(other)
end

@testset "show" begin
    @test shown(Config()) == plain(Config()) == "WasmConfig(open)"
    @test plain(Config(consume_fuel = true, opt_level = "none")) == "WasmConfig(open)\noptions:\n  opt_level     none\n  consume_fuel  true"
end
