const LOGGING = """
(module
  (import "env" "log" (func \$log (param i32) (result i32)))
  (func (export "run") (param i32) (result i32) (call \$log (local.get 0))))
"""

@testset "Julia functions serve all stores" begin
    linker, calls = WasmLinker(ENGINE), Int[]
    linker["env", "log"] = x -> (push!(calls, x); 2x)
    mod = WasmModule(ENGINE, LOGGING)
    for i in 1:3
        @test instantiate(linker, WasmStore(ENGINE), mod).exports.run(i) == 2i
    end
    store = WasmStore(ENGINE)
    @test WasmInstance(store, mod, linker).exports.run(4) == 8
    @test instantiate(store, mod, linker).exports.run(5) == 10
    @test calls == [1, 2, 3, 4, 5]
    # The same definition for a module that asks for another signature.
    wide = WasmModule(ENGINE, replace(LOGGING, "i32" => "i64"))
    @test instantiate(linker, store, wide).exports.run(2^40) === 2^41
    @test instantiate(linker, store, mod).exports.run(6) === Int32(12)
end

@testset "definitions" begin
    linker = WasmLinker(ENGINE)
    @test define!(linker, "env", "log", x -> 1) === linker
    @test haskey(linker, "env", "log") && !haskey(linker, :env, :other)
    @test keys(linker) == [("env", "log")]
    mod, store = WasmModule(ENGINE, LOGGING), WasmStore(ENGINE)
    @test instantiate(linker, store, mod).exports.run(0) == 1
    linker[:env, :log] = x -> 2
    @test instantiate(linker, store, mod).exports.run(0) == 2
    linker["env", "log"] = WasmFunc(store, x -> 3, Int32, (Int32,))
    @test instantiate(linker, store, mod).exports.run(0) == 3
    linker["env", "log"] = x -> 4
    @test instantiate(linker, store, mod).exports.run(0) == 4
    @test get_export(linker, store, "env", "log") isa WasmFunc
    @test_throws WasmtimeError get_export(linker, store, "env", "nothing")
end

@testset "values become globals, each store's own" begin
    linker = WasmLinker(ENGINE)
    linker["env", "base"] = 5
    linker["env", "log"] = x -> x
    mod = WasmModule(ENGINE, """
    (module (import "env" "base" (global \$b (mut i32))) (import "env" "log" (func \$log (param i32) (result i32)))
      (func (export "bump") (result i32) (global.set \$b (i32.add (global.get \$b) (i32.const 1))) (call \$log (global.get \$b))))""")
    one, other = instantiate(linker, WasmStore(ENGINE), mod), instantiate(linker, WasmStore(ENGINE), mod)
    @test one.exports.bump() == 6 && one.exports.bump() == 7 && other.exports.bump() == 6
    @test occursin("store", message(() -> prelink(linker, mod)))
end

@testset "instances" begin
    store, linker = WasmStore(ENGINE), WasmLinker(ENGINE)
    math = load("""(module (func (export "twice") (param i32) (result i32) (i32.mul (local.get 0) (i32.const 2))))"""; store = store)
    @test define!(linker, "math", math) === linker
    user = WasmModule(ENGINE, """(module (import "math" "twice" (func \$t (param i32) (result i32))) (export "t" (func \$t)))""")
    @test instantiate(linker, store, user).exports.t(21) == 42
    @test_throws WasmtimeError instantiate(linker, WasmStore(ENGINE), user)
end

@testset "missing and misfitting" begin
    linker = WasmLinker(ENGINE)
    linker["env", "log"] = x -> x
    mod = WasmModule(ENGINE, """(module (import "env" "log" (func)) (import "a" "b" (func (param i32))) (import "a" "m" (memory 1)))""")
    e = thrown(() -> instantiate(linker, WasmStore(ENGINE), mod))
    @test e isa WasmLinkError && occursin("2 of 3", e.message)
    @test occursin("a.b (func (param i32))", e.message) && occursin("a.m (memory 1)", e.message)
    @test_throws WasmLinkError prelink(linker, mod)
    linker["a", "b"] = 7
    linker["a", "m"] = WasmMemory(WasmStore(ENGINE), 1)
    e = thrown(() -> instantiate(linker, WasmStore(ENGINE), mod))
    @test e isa WasmLinkError && occursin("a.b", e.message)
end

@testset "prelinked" begin
    linker = WasmLinker(ENGINE)
    linker["env", "log"] = x -> x + 1
    ready = prelink(linker, WasmModule(ENGINE, LOGGING))
    @test ready isa WasmPrelink
    @test [instantiate(ready, WasmStore(ENGINE)).exports.run(i) for i in 1:3] == 2:4
    @test instantiate(WasmStore(ENGINE), ready).exports.run(1) == 2
    boom = ErrorException("boom")
    linker["env", "log"] = x -> throw(boom)
    @test thrown(() -> instantiate(linker, WasmStore(ENGINE), WasmModule(ENGINE, LOGGING)).exports.run(1)) === boom
    @test instantiate(ready, WasmStore(ENGINE)).exports.run(1) == 2
end

@testset "copies are apart" begin
    linker = WasmLinker(ENGINE)
    linker["env", "log"] = x -> 1
    other = copy(linker)
    other["env", "log"] = x -> 2
    mod = WasmModule(ENGINE, LOGGING)
    @test instantiate(linker, WasmStore(ENGINE), mod).exports.run(0) == 1
    @test instantiate(other, WasmStore(ENGINE), mod).exports.run(0) == 2
    @test shown(linker) == "WasmLinker(open)"
end

@testset "a prelink keeps the functions it was made with" begin
    mod = WasmModule(ENGINE, SLEEPER)
    for direct in (false, true)
        linker = WasmLinker(ENGINE; direct = direct)
        linker["env", "f"] = let n = Ref(40); x -> x + n[] end
        ready = prelink(linker, mod)
        linker["env", "f"] = x -> -x
        @test instantiate(linker, WasmStore(ENGINE), mod).exports.run(2) == -2
        foreach(_ -> GC.gc(), 1:3)
        @test instantiate(ready, WasmStore(ENGINE)).exports.run(2) == 42
    end
end

@testset "what a module does not import does not change the store" begin
    linker = WasmLinker(ENGINE)
    linker["env", "f"] = x -> x
    linker["env", "base"] = 3
    calling = WasmModule(ENGINE, SLEEPER)
    counting = WasmModule(ENGINE, """(module (global (export "g") (import "env" "base") i32))""")
    instantiate(linker, WasmStore(ENGINE), calling)
    store = WasmStore(ENGINE)
    @test instantiate(linker, store, counting).exports.g[] == 3 && !store.tasks && !store.hosts
    hosts = WasmStore(ENGINE)
    WasmInstance(hosts, calling; imports = (env = (f = x -> x,),), direct = true)
    @test instantiate(linker, hosts, counting).exports.g[] == 3 && !hosts.tasks
    # A function that may wait cannot be there, and asking for it does not make it.
    @test thrown(() -> get_export(linker, hosts, "env", "f")).status === :unsupported && !hosts.tasks
    @test thrown(() -> instantiate(linker, hosts, calling)).status === :unsupported
    quick = WasmLinker(ENGINE; direct = true)
    quick["env", "f"] = x -> x
    instantiate(quick, WasmStore(ENGINE), calling)
    @test get_export(quick, hosts, "env", "f")(Int32(4)) == 4
    waits = WasmStore(ENGINE)
    instantiate(linker, waits, calling)
    @test thrown(() -> get_export(quick, waits, "env", "f")).status === :unsupported
end

@testset "show" begin
    linker = WasmLinker(ENGINE)
    @test shown(linker) == plain(linker) == "WasmLinker(open)"
    linker["env", "log"] = println
    linker["env", "base"] = 3
    @test plain(linker) == "WasmLinker(open)\ndefinitions:\n  env  base\n  env  log"
end
