const KEEP = """
(module
  (table (export "t") 10 externref)
  (global (export "g") (mut externref) (ref.null extern))
  (func (export "id") (param externref) (result externref) (local.get 0))
  (func (export "set") (param i32 externref) (table.set (local.get 0) (local.get 1)))
  (func (export "get") (param i32) (result externref) (table.get (local.get 0)))
  (func (export "null") (param externref) (result i32) (ref.is_null (local.get 0)))
  (func (export "fid") (param funcref) (result funcref) (local.get 0))
  (func (export "both") (param externref funcref i32) (result i32 funcref externref)
    (local.get 2) (local.get 1) (local.get 0)))
"""

mutable struct Thing
    x::Int
end

@testset "any value, by identity" begin
    x = load(KEEP).exports
    thing = Thing(1)
    for value in (thing, "text", :symbol, 42, 3.5, [1, 2], Dict(), Thing, (1, 2), missing, load)
        @test x.id(value) === value
    end
    @test x.id(nothing) === nothing && x.id(WasmExternRef(7)) === 7
    @test x.null(nothing) == 1 && x.null(thing) == 0
    x.set(3, thing)
    @test x.get(3) === thing && x.t[4] === thing && x.get(0) === nothing
    x.g[] = thing
    @test x.g[] === thing
    x.g[].x = 5
    @test thing.x == 5
    @test call(x.id, [1, 2]) == [1, 2]
    @test TypedFunc{Tuple{Any},Any}(x.id)(thing) === thing
end

@testset "values live as long as WebAssembly holds them" begin
    x = load(KEEP).exports
    keep(i) = (x.set(i, Thing(i)); nothing)
    foreach(keep, 0:9)
    GC.gc()
    @test [x.get(i).x for i in 0:9] == 0:9
end

@testset "functions" begin
    instance = load(KEEP)
    x = instance.exports
    f = WasmFunc(instance.store, n -> n + 1, Int32, (Int32,))
    @test x.fid(f) == f && x.fid(f)(1) == 2
    @test x.fid(x.id) == x.id && x.fid(TypedFunc(x.null)) == x.null
    @test x.fid(nothing) === nothing && x.fid(WasmFuncRef(nothing)) === nothing
    @test_throws MethodError x.fid(n -> n)
    @test x.both("a", f, 7) == (7, f, "a")
    foreign = WasmFunc(WasmStore(ENGINE), n -> n, Int32, (Int32,))
    for fid in (x.fid, TypedFunc(x.fid))
        e = thrown(() -> fid(foreign))
        @test e isa WasmRuntimeError && e.status === :store && e.message == "the function belongs to another store"
    end
    # Nothing stays behind, neither there nor here.
    gone = WasmFunc(instance.store, n -> n, Int32, (Int32,))
    close(gone)
    for both in (x.both, TypedFunc(x.both)), f in (foreign, gone)
        @test thrown(() -> both("a", f, 7)) isa WasmtimeError
    end
    @test references(instance.store) == references(foreign.store) == 0
end

@testset "in host functions" begin
    source = """
    (module
      (import "env" "f" (func \$f (param externref funcref) (result externref funcref)))
      (func (export "run") (param externref funcref) (result externref funcref) (call \$f (local.get 0) (local.get 1))))
    """
    seen = Ref{Any}()
    instance = load(source; imports = (env = (f = (a, b) -> (seen[] = (a, b); (b, b)),),))
    f = WasmFunc(instance.store, () -> 42, Int32, ())
    a, b = instance.exports.run("text", f)
    @test seen[][1] == "text" && seen[][2] == f
    @test a == f && b() == 42
    @test instance.exports.run(nothing, nothing) === (nothing, nothing)
    swapped = load(source; imports = (env = (f = (a, b) -> (b, a),),))
    @test_throws MethodError swapped.exports.run("text", nothing)
end

@testset "ids are dropped" begin
    instance = load(KEEP)
    x, thing = instance.exports, Thing(1)
    f = WasmFunc(instance.store, () -> nothing)
    x.id(thing); x.fid(f); x.both(thing, f, 1); x.set(0, thing); x.get(0); x.g[] = thing; x.g[]; x.t[1]; x.t[1] = thing
    before = references(instance.store)
    for _ in 1:100
        x.id(thing); x.fid(f); x.both(thing, f, 1); x.set(0, thing); x.get(0); x.g[] = thing; x.g[]; x.t[1]; x.t[1] = thing
        fill!(x.t, thing)
        @test_throws WasmtimeError x.id()
        @test_throws WasmtimeError x.set(100, thing)
    end
    @test references(instance.store) == before == 0
end

"A value that only WebAssembly has, and a way to see whether it is still there."
@noinline function hidden(set)
    thing = Thing(1)
    set(thing)
    WeakRef(thing)
end

"A number in the value that WebAssembly has, which is not kept here."
@noinline look(x) = x.get(3).x

"Whether the value is gone once both collectors have run."
function collected(store, weak)
    gc!(store)
    GC.gc(); GC.gc()
    weak.value === nothing
end

@testset "values go when neither side has them" begin
    instance = load(KEEP)
    x, store = instance.exports, instance.store
    weak = hidden(thing -> x.set(3, thing))
    @test !collected(store, weak) && look(x) == 1
    x.set(3, nothing)
    @test collected(store, weak) && isempty(W.objectsof(store).places)
    # What Julia has stays, and has one place however often it was passed.
    thing = Thing(2)
    foreach(i -> x.set(i % 10, thing), 1:100)
    gc!(store)
    @test length(W.objectsof(store).places) == 1 && W.objectsof(store).uses[W.objectsof(store).places[objectid(thing)]] >= 10
    foreach(i -> x.set(i, nothing), 0:9)
    gc!(store)
    @test isempty(W.objectsof(store).places) && x.id(thing) === thing
end

@testset "a million round trips leave nothing" begin
    instance = load(KEEP)
    id, store = TypedFunc{Tuple{Any},Any}(instance.exports.id), instance.store
    for i in 1:1_000_000
        id(i) === i || error("another value came back")
    end
    # The places are used again: nobody has called a collector.
    @test references(store) == 0 && length(W.objectsof(store).values) < 100_000
    gc!(store)
    @test isempty(W.objectsof(store).places)
end

@testset "a closed store lets go" begin
    instance = load(KEEP)
    instance.exports.set(0, Thing(1))
    close(instance.store)
    @test isempty(W.objectsof(instance.store).places) && instance.store.roots === nothing && instance.store.linked === nothing
end

@testset "many values in a direct function" begin
    source = """
    (module
      (import "env" "f" (func \$f (param i32) (result externref)))
      (table \$t 5000 externref)
      (func (export "fill") (local i32)
        (loop
          (table.set \$t (local.get 0) (call \$f (local.get 0)))
          (br_if 0 (i32.lt_u (local.tee 0 (i32.add (local.get 0) (i32.const 1))) (i32.const 5000)))))
      (func (export "get") (param i32) (result externref) (table.get \$t (local.get 0))))
    """
    for direct in (false, true)
        x = load(source; imports = (env = (f = i -> Thing(i),),), direct = direct).exports
        foreach(_ -> x.fill(), 1:3)
        @test all(i -> x.get(i).x == i, 0:4999) && length(W.objectsof(x.get.store).places) < 16_000
        gc!(x.get.store)
        @test length(W.objectsof(x.get.store).places) == 5000
    end
end

@testset "results that cannot be converted leave nothing behind" begin
    source = """(module (import "env" "f" (func \$f (result externref i32)))
      (func (export "run") (result externref i32) (call \$f)))"""
    for direct in (false, true)
        x = load(source; imports = (env = (f = () -> (Thing(1), "no number"),),), direct = direct).exports
        for _ in 1:100
            @test_throws MethodError x.run()
        end
        @test references(x.run.store) == 0 && isempty(W.objectsof(x.run.store).places)
    end
end
