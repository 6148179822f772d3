using Serialization

bytes_of(x) = (io = IOBuffer(); serialize(io, x); take!(io))
from_bytes(bytes) = deserialize(IOBuffer(bytes))

"What another Julia prints, which reads `x` as `x`."
function elsewhere(x, program; flags = ``)
    julia = `$(Base.julia_cmd()) --startup-file=no $flags --project=$PACKAGE -e "using WasmtimeRuntime, Serialization; x = deserialize(stdin); $program"`
    mktemp() do path, io
        write(io, bytes_of(x))
        close(io)
        read(pipeline(julia; stdin = path), String)
    end
end

added(mod) = WasmInstance(WasmStore(mod.engine), mod).exports.add(2, 3)

"Forgets what was sent, as if this were another process."
function elsewhere_again()
    foreach(sent -> W.C.wrt_release(sent.handle), values(W.SENT))
    empty!(W.SENT)
end

@testset "in another process" begin
    engine = WasmEngine(consume_fuel = true)
    mod = WasmModule(engine, ADD)
    program = "store = WasmStore(x.engine); set_fuel!(store, 1000); " *
              "print(WasmInstance(store, x).exports.add(2, 3), ' ', 1000 - fuel(store), ' ', collect(keys(exports(x))))"
    @test elsewhere(mod, program) == "5 4 [\"add\"]"
    # Before a prompt, too, where engines have an option more.
    @test elsewhere(WasmModule(WasmEngine(), ADD), "print(WasmInstance(WasmStore(x.engine), x).exports.add(2, 3)); exit()"; flags = `-i`) == "5"
    @test elsewhere(WasmConfig(max_wasm_stack = 1 << 16), "print(x[:max_wasm_stack])") == "65536"
    @test elsewhere((mod, [mod], engine), "print(x[1] === x[2][1], ' ', x[1].engine === x[3])") == "true true"
end

@testset "one here, however often it comes" begin
    engine = WasmEngine(epoch_interruption = true)
    mod = WasmModule(engine, ADD)
    bytes = bytes_of(mod)
    again = from_bytes(bytes)
    @test again.ptr == mod.ptr && again.engine.ptr == engine.ptr
    @test again.engine.interruptible
    # A store of the engine takes either.
    @test WasmInstance(WasmStore(engine), again).exports.add(2, 3) == 5
    @test exports(again)["add"] == exports(mod)["add"]
    # What was closed is loaded anew; so is what comes with another engine.
    close(again)
    @test_throws WasmtimeError exports(again)
    @test added(from_bytes(bytes)) == 5
    elsewhere_again()
    first, second = from_bytes(bytes), from_bytes(bytes)
    @test first.ptr == second.ptr && first.ptr != mod.ptr
    close(first.engine)
    third = from_bytes(bytes)
    @test third.ptr != first.ptr && added(third) == 5
    # It goes on under its own name.
    @test bytes_of(third) == bytes
end

@testset "what nobody has any more is let go" begin
    bytes = bytes_of(WasmModule(ENGINE, ADD))
    function come_and_go()
        for _ in 1:3
            added(from_bytes(bytes))
        end
    end
    come_and_go()
    GC.gc()
    GC.gc()
    W.forget()
    live = Int(W.C.wrt_live_count())
    come_and_go()
    come_and_go()
    GC.gc()
    GC.gc()
    W.forget()
    @test W.C.wrt_live_count() <= live
end

@testset "many tasks receive one module" begin
    bytes = bytes_of(WasmModule(ENGINE, ADD))
    elsewhere_again()
    mods = fetch.([Threads.@spawn(from_bytes(bytes)) for _ in 1:20])
    @test length(Set(mod.ptr for mod in mods)) == 1
    @test all(mod -> added(mod) == 5, mods)
end

@testset "what cannot be sent says so" begin
    store = WasmStore(ENGINE)
    instance = load(ADD; store = store)
    for x in (store, instance, instance.exports.add, WasmLinker(ENGINE), get_typed_func(instance, "add", [Int32, Int32], Int32))
        text = message(() -> bytes_of(x))
        @test occursin(string(nameof(typeof(x))), text) && occursin("is not sent", text)
    end
    mod = WasmModule(WasmEngine(), ADD)
    close(mod)
    @test message(() -> bytes_of(mod)) == "the module is closed"
    mod = WasmModule(WasmEngine(), ADD)
    close(mod.engine)
    @test message(() -> bytes_of(mod)) == "the engine is closed"
    @test message(() -> bytes_of(mod.engine)) == "the engine is closed"
    config = WasmConfig()
    close(config)
    @test message(() -> bytes_of(config)) == "the config is closed"
end

@testset "an artifact that does not fit" begin
    mod = WasmModule(WasmEngine(), ADD)
    push!(mod.engine.settings, "consume_fuel" => "true")
    bytes = bytes_of(mod)
    elsewhere_again()
    e = thrown(() -> from_bytes(bytes))
    @test e isa WasmCompileError && e.status === :incompatible
    @test occursin("compile it here", e.message)
end
