const LOOP = """
(module
  (func (export "spin") (loop (br 0)))
  (func (export "count") (param i32) (result i32)
    (loop (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
    (local.get 0)))
"""

@testset "making one" begin
    store = WasmStore(ENGINE)
    @test store isa AbstractStore && Store === WasmStore
    @test isvalid(store) && store.ptr != C_NULL && store.engine === ENGINE
    @test shown(store) == "WasmStore(open)"
    @test_throws WasmtimeError WasmStore(ENGINE; limits = (memory = 1,), timeout = 1)
    closed = WasmEngine()
    close(closed)
    @test occursin("closed", message(() -> WasmStore(closed)))
end

@testset "do blocks close" begin
    kept = Ref{Any}()
    result = WasmStore(ENGINE) do store
        kept[] = store
        load(ADD; store = store).exports.add(2, 3)
    end
    @test result == 5 && !isopen(kept[])
    @test_throws KeyError WasmStore(s -> (kept[] = s; throw(KeyError(:none))), ENGINE)
    @test !isopen(kept[])
end

@testset "fuel" begin
    engine = WasmEngine(consume_fuel = true)
    instance = load(LOOP; store = WasmStore(engine; fuel = 10_000))
    store = instance.store
    before = fuel(store)
    @test before isa UInt64 && before <= 10_000
    instance.exports.count(10)
    @test 0 < fuel_consumed(store) < 200 && fuel(store) + fuel_consumed(store) == 10_000
    @test add_fuel!(store, 5_000) === fuel(store)
    @test fuel(store) + fuel_consumed(store) == 15_000
    e = thrown(instance.exports.spin)
    @test e isa WasmLimitError && e.status === :fuel
    @test set_fuel!(store, 1_000) === store
    @test fuel(store) == 1_000 && instance.exports.count(10) == 0
    @test occursin("consume_fuel", message(() -> fuel(WasmStore(ENGINE))))
    @test_throws WasmtimeError add_fuel!(WasmStore(ENGINE), 1)
    @test_throws WasmtimeError fuel_consumed(WasmStore(ENGINE))
end

const INTERRUPTIBLE = WasmEngine(epoch_interruption = true)

@testset "timeouts" begin
    instance = load(LOOP; store = WasmStore(INTERRUPTIBLE; timeout = 0.05))
    seconds = @elapsed e = thrown(instance.exports.spin)
    @test e isa WasmInterrupt && seconds > 0.04
    @test instance.exports.count(3) == 0
    @test set_timeout!(instance.store, Inf) === instance.store
    @test instance.store.timeout == 0
    @test occursin("epoch_interruption", message(() -> set_timeout!(WasmStore(ENGINE), 1)))
end

@testset "epochs" begin
    instance = load(LOOP; engine = INTERRUPTIBLE)
    store = instance.store
    @test set_epoch_deadline!(store, 2) === store
    @test instance.exports.count(3) == 0
    @test increment_epoch!(INTERRUPTIBLE) === INTERRUPTIBLE
    @test increment_epoch!(store) === store
    @test thrown(instance.exports.spin) isa WasmInterrupt
    @test_throws WasmtimeError set_epoch_deadline!(WasmStore(ENGINE), 1)
    interrupt!(store)
    set_epoch_deadline!(store, 1000)
    @test instance.exports.count(3) == 0
end

@testset "limits" begin
    grower = """(module (memory (export "memory") 1) (table (export "table") 1 funcref)
      (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0))))"""
    store = WasmStore(ENGINE; limits = (memory = 2 * 65536, instances = 2))
    instance = load(grower; store = store)
    @test instance.exports.grow(1) == 1
    @test instance.exports.grow(1) == -1
    @test thrown(() -> grow!(instance.exports.memory, 1)) isa WasmLimitError
    @test load(ADD; store = store).exports.add(1, 2) == 3
    @test thrown(() -> load(ADD; store = store)) isa WasmLimitError
    @test set_limits!(store, (memory = 4 * 65536, instances = 9)) === store
    @test instance.exports.grow(1) == 2
    strict = load(grower; store = WasmStore(ENGINE; limits = (memory = 65536, trap_on_grow_failure = true)))
    @test thrown(() -> strict.exports.grow(1)) isa WasmLimitError
    @test_throws ArgumentError WasmStore(ENGINE; limits = (memroy = 1,))
    # What is not named stays.
    store = WasmStore(ENGINE; limits = (memory = 2 * 65536, instances = 1))
    set_limits!(store, (memory = 65536,))
    @test load("(module)"; store = store) isa WasmInstance && thrown(() -> load("(module)"; store = store)) isa WasmLimitError
    set_limits!(store, (instances = nothing,))
    @test load("(module)"; store = store) isa WasmInstance && thrown(() -> WasmMemory(store, 2)) isa WasmLimitError
    for (what, make) in ("the limit memory is -1" => () -> WasmStore(ENGINE; limits = (memory = -1,)),
                         "the timeout is -1" => () -> WasmStore(WasmEngine(epoch_interruption = true); timeout = -1),
                         "the fuel is -1" => () -> WasmStore(WasmEngine(consume_fuel = true); fuel = -1))
        @test thrown(make) isa ArgumentError && occursin(what, thrown(make).msg)
    end
    @test thrown(() -> load(grower; store = WasmStore(ENGINE; limits = (table_elements = 0,)))) isa WasmLimitError
end

@testset "collecting garbage" begin
    store = WasmStore(ENGINE)
    @test gc!(store) === store
end

@testset "stores do not mix" begin
    one, other = load(ADD), WasmStore(ENGINE)
    importer = WasmModule(ENGINE, """(module (import "m" "add" (func (param i32 i32) (result i32))))""")
    e = thrown(() -> WasmInstance(other, importer; imports = (m = one,)))
    @test e isa WasmtimeError && e.status === :store
    foreign = WasmModule(WasmEngine(), ADD)
    @test thrown(() -> WasmInstance(other, foreign)).status === :store
end

@testset "show" begin
    @test shown(WasmStore(ENGINE)) == plain(WasmStore(ENGINE)) == "WasmStore(open)"
    store = WasmStore(WasmEngine(epoch_interruption = true); timeout = 1.5, wasi = WasiConfig())
    @test plain(store) == "WasmStore(open)\nsettings:\n  timeout  1.5 s\n  wasi     given"
    close(store)
    @test startswith(plain(store), "WasmStore(closed)")
end
