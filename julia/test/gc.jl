# Who frees what and when: in any order, at any time, also in the middle of a call.

live() = W.C.wrt_live_count()

function collected(f, count = live())
    f()
    for _ in 1:20
        GC.gc()
        live() <= count && return true
    end
    false
end

const HOSTED = """
(module
  (import "env" "f" (func \$f (param i32) (result i32)))
  (memory (export "memory") 1) (table (export "t") 4 externref) (global (export "g") (mut externref) (ref.null extern))
  (func (export "run") (param i32) (result i32) (call \$f (local.get 0)))
  (func (export "keep") (param externref) (table.set (i32.const 0) (local.get 0)))
  (func (export "div") (param i32) (result i32) (i32.div_s (i32.const 1) (local.get 0))))
"""

@noinline function use_everything()
    engine = WasmEngine()
    store = WasmStore(engine)
    mod = WasmModule(engine, HOSTED)
    instance = WasmInstance(store, mod; imports = (env = (f = x -> x + 1,),))
    x = instance.exports
    x.run(1)
    x.keep([1, 2, 3])
    x.g[] = "text"
    x.t[2] = x.run
    collect(x)
    x.memory[1:3] .= 1
    grow!(x.memory, 1)
    for bad in (() -> x.div(0), () -> x.run(), () -> WasmModule(engine, "(module"), () -> x["nothing"])
        try bad() catch end
    end
    linker = WasmLinker(engine)
    linker["env", "f"] = x -> x
    instantiate(prelink(linker, mod), WasmStore(engine)).exports.run(1)
    serialize(mod)
    nothing
end

@testset "nothing is left behind" begin
    use_everything()
    foreach(_ -> GC.gc(), 1:3)
    @test collected(() -> foreach(_ -> use_everything(), 1:5))
end

@testset "every order of finalizers" begin
    function family()
        engine = WasmEngine()
        store = WasmStore(engine)
        mod = WasmModule(engine, HOSTED)
        instance = WasmInstance(store, mod; imports = (env = (f = x -> x,),))
        x = instance.exports
        Any[engine, store, mod, instance, x.run, TypedFunc(x.run), x.memory, x.t, x.g]
    end
    n = length(family())
    foreach(_ -> GC.gc(), 1:3)
    count = live()
    for i in 1:n, j in 1:n
        members = family()
        # Two of them first, the others in either order.
        first_two = members[[i, j]]
        foreach(finalize, first_two)
        foreach(finalize, isodd(i + j) ? members : reverse(members))
        @test all(m -> m.ptr == C_NULL, members)
    end
    @test collected(() -> nothing, count)
end

@testset "an item keeps what it needs" begin
    f, m, g = (() -> (x = load(HOSTED; imports = (env = (f = x -> x + 1,),)).exports; x.g[] = [1]; (x.run, x.memory, x.g)))()
    part = view(m, 1:4)
    m = nothing
    for _ in 1:3
        GC.gc()
        @test f(1) == 2
        part[1] += 1
    end
    @test part[1] == 3 && g[] == [1]
end

@testset "collecting in the middle of a call" begin
    instance = load(HOSTED; imports = (env = (f = x -> (GC.gc(x % 10 == 0); [x]; x + 1),),))
    for i in 1:50
        @test instance.exports.run(i) == i + 1
    end
end

@testset "objects let go inside of a host function" begin
    kept = Any[]
    f = x -> (empty!(kept); GC.gc(); x)
    instance = load(HOSTED; imports = (env = (f = f,),))
    for _ in 1:5
        append!(kept, (load(HOSTED; imports = (env = (f = x -> x,),)), WasmMemory(instance.store, 1), instance.exports.t[1],
                       WasmFunc(instance.store, x -> x, Int32, (Int32,))))
        @test instance.exports.run(7) == 7
    end
end

@testset "host functions live as long as they can be called" begin
    make(i) = WasmFunc(store, x -> x + i, Int32, (Int32,))
    store = WasmStore(ENGINE)
    t = WasmTable(store, 10)
    foreach(i -> (t[i] = make(i)), 1:10)
    GC.gc()
    @test [t[i](1) for i in 1:10] == 2:11
    linker = WasmLinker(ENGINE)
    (() -> linker["env", "f"] = x -> x + length([x]))()
    instance = instantiate(linker, WasmStore(ENGINE), WasmModule(ENGINE, HOSTED))
    linker = nothing
    GC.gc()
    @test instance.exports.run(1) == 2
end

@testset "many calls leave no memory behind" begin
    instance = load(HOSTED; imports = (env = (f = x -> x + 1,),))
    f, div = instance.exports.run, instance.exports.div
    churn(n) = foreach(i -> (f(i); try div(0) catch end), 1:n)
    churn(100)
    GC.gc()
    count = live()
    churn(2000)
    @test collected(() -> nothing, count)
end
