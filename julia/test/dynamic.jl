# A function is called without code for its signature at first, and with it later: nothing but the time may tell which it is.

const ECHOES = [
    ("i32", Int32[0, -1, typemin(Int32)]), ("i64", Int64[1, typemax(Int64)]), ("f32", Float32[-0.0, 1.5, Inf]), ("f64", [0.1, -Inf]),
    ("v128", [ntuple(i -> UInt8(i), 16)]), ("externref", [nothing, "text", 7, [1, 2]]), ("funcref", [nothing]), ("anyref", [nothing, Int32(-3)]),
    ("i31ref", [nothing, Int32(2)]), ("structref", [nothing]), ("exnref", [nothing]),
]

@testset "as typed functions do" begin
    source = join("(func (export \"$type\") (param $type) (result $type) (local.get 0))\n" *
                  "(func (export \"$type twice\") (param i32 $type) (result $type i32) (local.get 1) (local.get 0))" for (type, _) in ECHOES)
    store = WasmStore(ENGINE)
    for store in (store, WasmStore(ENGINE))
        store === store || WasmFunc(store, () -> nothing, Nothing, ())
        x = load("(module $source)"; store = store).exports
        for (type, values) in ECHOES, value in values
            @test W.DynamicFunc(x[type])(value) === TypedFunc(x[type])(value) === value
            @test W.DynamicFunc(x["$type twice"])(1, value) === TypedFunc(x["$type twice"])(1, value) === (value, Int32(1))
        end
        f = x["funcref"]
        @test W.DynamicFunc(f)(f) == TypedFunc(f)(f) == f
        GC.gc()
        @test references(store) == 0
    end
end

const DYNAMIC = """
(module
  (import "env" "f" (func \$f (param i32) (result i32)))
  (func (export "run") (param i32) (result i32) (call \$f (local.get 0)))
  (func (export "two") (param externref f32) (result externref) (unreachable))
  (func (export "none")))
"""

@testset "direct = $direct" for direct in (false, true)
    seen = Any[]
    instance = load(DYNAMIC; imports = (env = (f = x -> x < 0 ? error("negative") : (push!(seen, x); x + 1),),), direct = direct)
    x = instance.exports
    run, two = W.DynamicFunc(x.run), W.DynamicFunc(x.two)
    @test run(1) === run(0x01) === run(1.0) === run(WasmI64(1)) === Int32(2) && seen == [1, 1, 1, 1]
    @test W.DynamicFunc(x.none)() === nothing
    @test thrown(() -> run(-1)) == ErrorException("negative")
    @test thrown(() -> run(2^31)) isa InexactError && thrown(() -> run("1")) isa MethodError
    @test message(() -> run(1, 2)) == "(func (param i32) (result i32)) takes 1 argument, not 2"
    trap = thrown(() -> two("text", 1))
    @test trap isa WasmTrap && trap.code === :unreachable
    # The second argument is at fault: nothing is left of the first.
    @test thrown(() -> two("text", "1")) isa MethodError
    @test references(instance.store) == 0
    # A host function may call it again.
    again = load(DYNAMIC; imports = (env = (f = n -> n == 0 ? 0 : 1 + inner[](n - 1),),), direct = direct)
    inner = Ref{Any}(W.DynamicFunc(again.exports.run))
    @test inner[](10) === Int32(10)
    close(instance.store)
    @test message(() -> run(1)) == "the store is closed"
end

@testset "functions that are called often" begin
    f = load(ADD).exports.add
    @test f.prepared === nothing && f(1, 2) === Int32(3) && f.prepared isa W.DynamicFunc
    @test call(f, 1, 2) === Int32(3) && f.prepared isa W.DynamicFunc
    @test all(f(i, 1) === Int32(i + 1) for i in 1:W.OFTEN[])
    @test f.prepared isa TypedFunc && f(1, 2) === Int32(3)
    @test TypedFunc(f) === f.prepared
    g = load(ADD).exports.add
    @test g(1, 2) == 3 && get_typed_func(load(ADD), "add") isa TypedFunc
    @test TypedFunc(g) === g.prepared
end

# That it was not compiled shows in the time, beside one that is.
@testset "a new signature costs little" begin
    types = ("i32", "i64", "f32", "f64")
    signatures = vec([(a, b, c) for a in types, b in types, c in types])
    source = join("(func (export \"$(join(s))\") (param $(join(s, ' '))) (result $(s[1])) (local.get 0))" for s in signatures)
    fs = [load("(module $source)").exports[join(s)] for s in signatures]
    first(fs)(1, 2, 3)
    seconds = @elapsed foreach(f -> f(1, 2, 3), fs[2:end])
    compiled = @elapsed TypedFunc(last(fs))(1, 2, 3)
    @test seconds / length(fs) < compiled / 3
end
