# Structs, arrays and i31 of WebAssembly.

const OBJECTS = raw"""
(module
  (type $point (struct (field $x (mut i32)) (field $y (mut f64))))
  (type $points (array (mut (ref null $point))))
  (type $bytes (array (mut i8)))
  (import "env" "f" (func $f (param anyref) (result anyref)))
  (global (export "g") (mut anyref) (ref.null any))
  (table (export "t") 3 anyref)
  (func (export "pass") (param anyref) (result anyref) (call $f (local.get 0)))
  (func (export "make") (param i32 f64) (result (ref $point)) (struct.new $point (local.get 0) (local.get 1)))
  (func (export "x") (param (ref $point)) (result i32) (struct.get $point 0 (local.get 0)))
  (func (export "two") (param (ref $point)) (result (ref $points))
    (array.new_fixed $points 2 (local.get 0) (ref.null $point)))
  (func (export "sum") (param (ref $bytes)) (result i32) (local i32 i32)
    (loop
      (local.set 1 (i32.add (local.get 1) (array.get_u $bytes (local.get 0) (local.get 2))))
      (br_if 0 (i32.lt_u (local.tee 2 (i32.add (local.get 2) (i32.const 1))) (array.len (local.get 0)))))
    (local.get 1))
  (func (export "eq") (param eqref eqref) (result i32) (ref.eq (local.get 0) (local.get 1)))
  (func (export "i31") (param i31ref) (result i31ref) (local.get 0))
  (func (export "struct") (param structref) (result structref) (local.get 0))
  (func (export "array") (param arrayref) (result arrayref) (local.get 0))
  (func (export "out") (param externref) (result externref) (extern.convert_any (any.convert_extern (local.get 0)))))
"""

objects(f = identity; options...) = load(OBJECTS; imports = (env = (f = f,),), options...)

@testset "structs" begin
    instance = objects()
    x, store = instance.exports, instance.store
    point = x.make(7, 2.5)
    @test point isa WasmStruct && isopen(point) && length(point) == 2 && Tuple(point) === (Int32(7), 2.5)
    point[1] += 1
    @test x.x(point) == 8 && point[end] == 2.5 && collect(point) == [8, 2.5] && eachindex(point) == 1:2
    @test thrown(() -> point[3]) isa BoundsError && thrown(() -> point[0]) isa BoundsError
    @test_throws InexactError point[1] = 2.5
    # The same object, however it comes.
    @test x.pass(point) == point && x.struct(point) == point && hash(x.pass(point)) == hash(point)
    @test x.make(8, 2.5) != point && x.eq(point, x.pass(point)) == 1 && x.eq(point, x.make(8, 2.5)) == 0
    @test x.out(point) == point
    x.g[] = point
    x.t[2] = point
    @test x.g[] == point && x.t[2] == point && x.t[1] === nothing && x.t[1:2] == [nothing, point]
    x.g[] = nothing
    @test x.g[] === nothing && x.struct(nothing) === nothing && x.array(nothing) === nothing
    @test thrown(() -> x.x(nothing)).status === :type
    @test thrown(() -> x.x(WasmStruct(store, "(struct (field i32))", 1))).status === :type
    @test_throws MethodError x.array(point)
    other = objects()
    @test thrown(() -> other.exports.x(point)).status === :not_found
    @test shown(point) == "WasmStruct($(W.shapeof(point).text), open)"
    close(point)
    close(point)
    @test !isopen(point) && shown(point)[end-7:end] == " closed)" && thrown(() -> point[1]).status === :closed
    @test x.t[2][1] == 8
    close(store)
    @test thrown(() -> x.t[2]).status === :closed
end

@testset "structs made in Julia" begin
    instance = objects()
    x, store = instance.exports, instance.store
    point = WasmStruct(store, raw"(struct (field $x (mut i32)) (field $y (mut f64)))", 1, 2)
    @test x.x(point) == 1 && point.x == 1 && point.y === 2.0 && propertynames(point) == (:x, :y)
    point.x = 5
    @test x.x(point) == 5 && thrown(() -> point.z).status === :not_found && occursin("named z", message(() -> point.z = 1))
    # Those of WebAssembly have the names that Julia gave.
    @test x.make(3, 4.0).y == 4.0
    # The first names count, and names of the object's own fields are those of its index.
    WasmStruct(store, raw"(struct (field $y (mut i32)) (field $x (mut f64)))", 1, 2)
    @test x.make(3, 4.0).y == 4.0
    odd = WasmStruct(store, raw"(struct (field $ptr (mut i32)) (field $store i32))", 1, 2)
    odd.ptr = 7
    @test isopen(odd) && odd[1] == 7 && odd.store === store
    every = WasmStruct(store, "(struct (field i8 (mut i16)) (field i64 f32 v128) (field externref funcref (ref null i31) exnref))",
                       255, 65535, -1, 1.5, ntuple(UInt8, 16), :any, x.make, -3, nothing)
    @test Tuple(every) == (255, 65535, -1, 1.5f0, ntuple(UInt8, 16), :any, x.make, -3, nothing)
    every[2] = 7
    @test every[2] === UInt16(7) && thrown(() -> every[1] = 1).status === :type
    @test_throws InexactError every[2] = 65536
    @test length(WasmStruct(store, "(struct)")) == 0
    @test occursin("has 1 field, not 2", message(() -> WasmStruct(store, "(struct (field i32))", 1, 2)))
    @test thrown(() -> WasmStruct(store, "(array i8)", 1)).status === :type
    @test occursin("is not the type of a struct", message(() -> WasmStruct(store, "i32", 1)))
    @test thrown(() -> WasmStruct(store, "(struct (field i33))", 1)) isa WasmCompileError
    list = raw"(type $list (struct (field i32) (field (ref null $list)))) (ref $list)"
    tail = WasmStruct(store, list, 2, nothing)
    @test WasmStruct(store, list, 1, tail)[2] == tail
    @test thrown(() -> WasmStruct(store, list, 1, point)).status === :type
end

@testset "arrays" begin
    instance = objects()
    x, store = instance.exports, instance.store
    bytes = WasmArray(store, "(array (mut i8))", codeunits("hello"))
    @test x.sum(bytes) == sum(codeunits("hello")) && length(bytes) == 5 && eltype(bytes) === UInt8 && size(bytes) == (5,)
    @test String(collect(bytes)) == "hello" && bytes[1] === UInt8('h') && bytes[end] === UInt8('o') && sum(bytes) == x.sum(bytes)
    bytes[1] = 'j' % UInt8
    @test String(collect(bytes)) == "jello" && String(copyto!(zeros(UInt8, 5), bytes)) == "jello"
    @test String(collect(copyto!(bytes, codeunits("HE")))) == "HEllo" && all(==(0x07), fill!(bytes, 7))
    @test thrown(() -> copyto!(bytes, zeros(UInt8, 6))) isa BoundsError && thrown(() -> bytes[6]) isa BoundsError
    @test_throws InexactError bytes[1] = 256
    for (T, name) in (UInt16 => "i16", Int32 => "i32", Int64 => "i64", Float32 => "f32", Float64 => "f64")
        a = WasmArray(store, "(array (mut $name))", 1:10)
        @test collect(a) isa Vector{T} && collect(a) == 1:10 && a[3] === T(3) && collect(a .+ 1) == 2:11
        @test collect(copyto!(a, 11:20)) == 11:20
    end
    @test collect(WasmArray(store, "(array v128)", [ntuple(UInt8, 16)])) == [ntuple(UInt8, 16)]
    constant = WasmArray(store, "(array i32)", [1, 2])
    @test thrown(() -> constant[1] = 5).status === :type && thrown(() -> copyto!(constant, [5])).status === :type
    point = x.make(1, 1.0)
    pair = x.two(point)
    @test pair isa WasmArray && pair[1] == point && pair[2] === nothing && x.array(pair) == pair
    pair[2] = point
    @test collect(pair) == [point, point] && eltype(WasmArray(store, "(array externref)", Any["a", 2])) === Any
    @test collect(WasmArray(store, "(array (mut externref))", Any["a", nothing])) == ["a", nothing]
    @test collect(fill!(WasmArray(store, "(array (mut anyref))", [1, 2]), 5)) == [5, 5]
    @test isempty(WasmArray(store, "(array f64)", [])) && thrown(() -> WasmArray(store, "(struct)", [])).status === :type
end

@testset "integers and other values" begin
    x = objects().exports
    @test x.pass(5) === Int32(5) && x.i31(-2^30) === Int32(-2^30) && x.i31(nothing) === nothing && x.eq(3, 3) == 1 && x.eq(3, 4) == 0
    @test_throws InexactError x.i31(2^30)
    @test_throws InexactError x.pass(2^40)
    @test_throws MethodError x.i31("text")
    thing = Ref(1)
    @test x.pass(thing) === thing && x.pass("text") == "text" && x.out(thing) === thing
    @test thrown(() -> x.pass(x.make)).status === :type
    @test TypedFunc{Tuple{WasmStruct},Int32}(x.x)(x.make(4, 1.0)) == 4
end

@testset "in functions that may wait, and in direct ones" begin
    for direct in (false, true)
        seen = Any[]
        instance = objects(direct = direct) do p
            push!(seen, p)
            p isa WasmStruct ? WasmStruct(instance.store, raw"(struct (field (mut i32)) (field (mut f64)))", p[1] + 1, 0) : p
        end
        x = instance.exports
        for i in 1:100
            found = x.pass(x.make(i, 0.0))
            i % 10 == 0 && (gc!(instance.store); GC.gc(false))
            @test found[1] == i + 1
        end
        @test all(i -> seen[i][1] == i, 1:100) && instance.store.turn.owner === nothing
    end
end

@testset "objects live as long as somebody has them" begin
    instance = objects()
    x, store = instance.exports, instance.store
    first_of_them = WasmStruct(store, "(struct (field (mut anyref)))", nothing)
    last_of_them = first_of_them
    for i in 1:1000
        last_of_them[1] = WasmStruct(store, "(struct (field (mut anyref)))", i)
        last_of_them = last_of_them[1]
        i % 100 == 0 && (gc!(store); GC.gc())
    end
    n, next = 0, first_of_them
    while next isa WasmStruct
        n, next = n + 1, next[1]
    end
    @test n == 1001 && next == 1000
    first_of_them = last_of_them = next = nothing
    GC.gc(); GC.gc()
    gc!(store)
    @test references(store) < 20
    # On small heaps as well.
    for collector in ("drc", "copying")
        small = objects(; engine = WasmEngine(collector = collector))
        for i in 1:20_000
            small.exports.make(i, 1.0)
        end
        @test small.exports.make(1, 2.0)[2] == 2.0
    end
end

"A value that only a struct has, and a way to see whether it is still there."
@noinline function inside_struct(set, store)
    thing = Ref(1)
    set(WasmStruct(store, "(struct (field (mut externref)))", thing))
    WeakRef(thing)
end

# Not read where it would be kept.
@noinline alive(weak) = weak.value !== nothing

# First the object has to go in Julia, then in WebAssembly, and then what it held in Julia again.
function all_collected(store)
    for _ in 1:3
        GC.gc(); GC.gc()
        gc!(store)
    end
    GC.gc()
end

@testset "what an object holds goes with it" begin
    instance = objects()
    x, store = instance.exports, instance.store
    weak = inside_struct(s -> (x.t[3] = s), store)
    all_collected(store)
    @test alive(weak)
    x.t[3] = nothing
    all_collected(store)
    @test !alive(weak)
    # One that Julia alone has.
    kept = Ref{Any}()
    weak = inside_struct(s -> (kept[] = s), store)
    all_collected(store)
    @test alive(weak)
    kept[] = nothing
    all_collected(store)
    @test !alive(weak) && references(store) == 0
end
