# Use after close, after `finalize`, and with the pointer taken away: an error that says so, for every kind of object.

const EVERYTHING = """
(module
  (memory (export "m") 1)
  (global (export "g") (mut i32) (i32.const 1))
  (table (export "t") 2 externref)
  (tag (export "e") (param i32))
  (func (export "f") (param i32) (result i32) (local.get 0)))
"""

"One of each, and what can be done with it."
function zoo()
    engine = WasmEngine(epoch_interruption = true, consume_fuel = true)
    store = WasmStore(engine; fuel = 10^9)
    mod = WasmModule(engine, EVERYTHING)
    instance = WasmInstance(store, mod)
    x = instance.exports
    linker = WasmLinker(engine)
    config = WasmConfig()
    shared = SharedMemory(WasmEngine(wasm_threads = true, shared_memory = true), 1 => 2)
    ready = prelink(linker, mod)
    typed = get_typed_func(instance, "f")
    m, g, t, f = x.m, x.g, x.t, x.f
    part, floats = view(m, 1:4), reinterpret(Float32, m)
    (config = config => [() -> config[:opt_level], () -> consume_fuel!(config, true), () -> WasmEngine(config)],
     engine = engine => [() -> WasmStore(engine), () -> WasmModule(engine, "(module)"), () -> increment_epoch!(engine),
                         () -> validate(engine, "(module)"), () -> WasmLinker(engine)],
     mod = mod => [() -> WasmInstance(store, mod), () -> exports(mod), () -> imports(mod), () -> name(mod), () -> serialize(mod),
                   () -> custom_sections(mod), () -> prelink(linker, mod)],
     linker = linker => [() -> (linker["a", "b"] = 1), () -> instantiate(linker, store, mod), () -> prelink(linker, mod),
                         () -> define!(linker, "a", instance), () -> keys(linker), () -> copy(linker)],
     ready = ready => [() -> instantiate(ready, store)],
     shared = shared => [() -> shared[1], () -> (shared[1] = 1), () -> length(shared), () -> grow!(shared, 1)],
     typed = typed => [() -> typed(1), () -> call(typed, 1)],
     func = f => [() -> f(1), () -> call(f, 1), () -> TypedFunc{Tuple{Int32},Int32}(f)],
     memory = m => [() -> m[1], () -> (m[1] = 1), () -> length(m), () -> part[1], () -> (part[1] = 1), () -> floats[1],
                    () -> length(floats), () -> Vector(m), () -> fill!(m, 0), () -> m[1:2], () -> (m[1:2] .= 1), () -> sum(m),
                    () -> sum(part), () -> read_memory(m, 0, 1), () -> write_memory!(m, 0, 0x01), () -> read_string(m, 0),
                    () -> memory_size(m), () -> grow!(m, 1), () -> WasmMemoryType(m), () -> copyto!(part, UInt8[1])],
     glob = g => [() -> g[], () -> (g[] = 1), () -> get_global(g)],
     table = t => [() -> t[1], () -> (t[1] = 1), () -> length(t), () -> grow!(t, 1), () -> fill!(t, 1), () -> collect(t)],
     tag = x.e => [() -> WasmInstance(store, WasmModule(engine, "(module (import \"m\" \"e\" (tag (param i32))))"); imports = (m = (e = x.e,),))],
     instance = instance => [() -> exports(instance), () -> instance["f"], () -> call(instance, "f", 1), () -> get_memory(instance, "m")],
     store = store => [() -> WasmInstance(store, mod), () -> fuel(store), () -> set_fuel!(store, 1), () -> set_timeout!(store, 1),
                       () -> set_epoch_deadline!(store, 1), () -> interrupt!(store), () -> gc!(store), () -> WasmMemory(store, 1),
                       () -> WasmGlobal(store, Int32(1)), () -> WasmTable(store, 1), () -> WasmFunc(store, x -> x, Int32, (Int32,)),
                       () -> instantiate(ready, store), () -> set_limits!(store, (memory = 1,)), () -> f(1), () -> typed(1),
                       () -> m[1], () -> part[1], () -> length(m), () -> g[], () -> (g[] = 1), () -> t[1], () -> length(t),
                       () -> exports(instance), () -> call(instance, "f", 1), () -> grow!(m, 1), () -> memory_size(m)])
end

says_closed(use) = (e = thrown(use); e isa WasmtimeError && occursin("closed", e.message))

ends = [close => "close", finalize => "finalize", (x -> x.ptr = C_NULL) => "ptr = C_NULL"]

for (finish, how) in ends, kind in keys(zoo())
    @testset "$kind: $how" begin
        x, uses = zoo()[kind]
        @test isopen(x) && isvalid(x)
        finish(x)
        @test !isopen(x) && !isvalid(x) && x.ptr == C_NULL
        # A memory whose pointer the user took away is still there, and so are its bytes: only what asks the library knows.
        # It is not freed under the views, which is what counts.
        for (i, use) in enumerate(uses)
            how == "ptr = C_NULL" && kind in (:memory, :shared, :store) && continue
            how == "finalize" && kind === :store && i > 15 && continue
            @test says_closed(use)
        end
        @test close(x) === nothing && close(x) === nothing
        @test occursin("closed", shown(x)) && occursin("closed", plain(x))
    end
end

# A copy of the object would not be known to the library, and outlive what it stands for.
@testset "nothing is copied deeply" begin
    store = WasmStore(ENGINE)
    memory = WasmMemory(store, 1)
    for x in (ENGINE, store, memory, view(memory, 1:4), load(ADD; store = store), load(ADD; store = store).exports.add, (a = [memory],))
        @test thrown(() -> deepcopy(x)) isa ArgumentError
    end
end

# As one is that was made while a package was precompiled: Julia keeps no pointers in what it writes to disk.
@testset "a memory without its place" begin
    memory = WasmMemory(WasmStore(ENGINE), 1)
    words, place = reinterpret(Int32, memory), memory.header
    memory.header = C_NULL
    try
        for use in (() -> memory[1], () -> (memory[1] = 1), () -> length(memory), () -> words[1], () -> sum(words), () -> memory[1:4])
            @test thrown(use) isa WasmRuntimeError && thrown(use).status === :closed
        end
    finally
        memory.header = place
    end
    @test memory[1] == 0
end

@testset "what lives in a closed store is closed" begin
    instance = load(EVERYTHING)
    items = collect(values(instance.exports))
    @test all(isopen, items) && isopen(instance)
    close(instance.store)
    @test !any(isopen, items) && !isopen(instance)
    @test all(item -> occursin("closed", shown(item)), items)
    @test isopen(instance.mod) && isopen(instance.store.engine)
end

@testset "what was made from an engine outlives it" begin
    engine = WasmEngine()
    instance = load(ADD; engine = engine)
    close(engine)
    @test instance.exports.add(2, 3) == 5
    close(instance.mod)
    @test instance.exports.add(2, 3) == 5
end

@testset "a running store cannot be closed, one that waits for Julia ends its calls" begin
    source = """(module (import "env" "f" (func \$f)) (func (export "run") (call \$f)))"""
    instance = Ref{Any}()
    instance[] = WasmInstance(WasmStore(ENGINE), WasmModule(ENGINE, source);
                              imports = (env = (f = () -> close(instance[].store),),), direct = true)
    e = thrown(() -> instance[].exports.run())
    @test e isa WasmtimeError && e.status === :busy && isopen(instance[].store)
    instance[] = load(source; imports = (env = (f = () -> close(instance[].store),),))
    e = thrown(() -> instance[].exports.run())
    @test e isa WasmtimeError && e.status === :closed && !isopen(instance[].store)
    # From another task, which needs no turn for that.
    instance[] = load(source; imports = (env = (f = () -> sleep(0.1),),))
    call = @async thrown(instance[].exports.run)
    yield()
    close(instance[].store)
    @test fetch(call).status === :closed
end

@testset "a running store can be finalized, and ends with its call" begin
    source = """(module (import "env" "f" (func \$f (result i32))) (func (export "run") (result i32) (call \$f)))"""
    instance = Ref{Any}()
    finish() = (finalize(instance[].store); finalize(instance[].exports.run); GC.gc(); 7)
    instance[] = load(source; imports = (env = (f = finish,),))
    run = instance[].exports.run
    @test run() == 7
    @test says_closed(run)
end
