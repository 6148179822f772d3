const COLUMNS = """(module
    (import "env" "f" (func \$f (param i32) (result i32)))
    (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
    (func (export "div") (param i64 i64) (result i64) (i64.div_s (local.get 0) (local.get 1)))
    (func (export "half") (param f32) (result f32) (f32.mul (local.get 0) (f32.const 0.5)))
    (func (export "mix") (param i32 i64 f32 f64) (result f64)
        (f64.add (f64.add (f64.convert_i32_s (local.get 0)) (f64.convert_i64_s (local.get 1)))
                 (f64.add (f64.promote_f32 (local.get 2)) (local.get 3))))
    (func (export "host") (param i32) (result i32) (call \$f (local.get 0)))
    (func (export "pair") (param i32) (result i32 i32) (local.get 0) (local.get 0))
    (func (export "spin") (param i32) (result i32) (loop (br 0)) (local.get 0))
    (func (export "nothing") (param i32)))"""

columns(f = identity; options...) =
    load(COLUMNS; imports = (env = (f = f,),), direct = true, options...).exports

@testset "over arrays of every type" begin
    found = columns()
    add, div, half, mix = (TypedFunc(found[name]) for name in ("add", "div", "half", "mix"))
    xs = rand(Int32(-1000):Int32(1000), 1300)
    @test add.(xs, xs) == 2xs && eltype(add.(xs, xs)) === Int32
    @test add.(xs, Int32(5)) == xs .+ 5 && add.(5, xs) == xs .+ 5
    @test div.(Int64.(xs), 3) == Base.div.(Int64.(xs), 3)
    @test half.(Float32.(xs)) == Float32.(xs) ./ 2
    @test mix.(xs, Int64.(xs), Float32.(xs), Float64.(xs)) == 4.0 .* xs
    @test mix.(xs, 1, 2, 3) == xs .+ 6.0
    # Other types of numbers are converted, views and ranges are arrays, and so are results of other broadcasts.
    @test add.(Int8.(1:100), big.(1:100)) == 2:2:200
    @test add.(view(xs, 1:2:99), 1:50) == xs[1:2:99] .+ (1:50)
    @test add.(xs .+ 1, abs.(xs)) == xs .+ 1 .+ abs.(xs)
    @test (add.(xs, 1) .+ 0.5) == xs .+ 1.5
    @test add.(1:3, (1:4)') == (1:3) .+ (1:4)' && size(add.(ones(Int32, 2, 3, 4), 1)) == (2, 3, 4)
    @test add.(Ref(Int32(2)), Int32[1, 2]) == [3, 4]
    @test isempty(add.(Int32[], 1)) && eltype(add.(Int32[], 1)) === Int32
    @test add.(1, 2) === Int32(3)
    @test_throws InexactError add.([1, 2^40], 1)
    @test_throws DimensionMismatch add.(1:3, 1:4)
    @test_throws WasmtimeError add.(1:3)
end

@testset "in place" begin
    add = TypedFunc(columns().add)
    xs = collect(Int32, 1:2000)
    out = similar(xs)
    @test (out .= add.(xs, 1)) === out && out == 2:2001
    @test (xs .= add.(xs, xs)) == 2:2:4000
    wide = zeros(2000)
    @test (wide .= add.(xs, 1)) == 3:2:4001
    # An element that was written is not read again.
    part = collect(Int32, 1:2000)
    view(part, 2:2000) .= add.(view(part, 1:1999), 1)
    @test part == [1; 2:2000]
    shared = reshape(part, 2000)
    @test (shared .= add.(part, 1)) == [2; 3:2001]
    @test_throws DimensionMismatch (zeros(Int32, 3) .= add.(1:4, 1))
end

@testset "what fails says where" begin
    found = columns(x -> x == 700 ? error("seven hundred") : x)
    divisors = ones(Int, 1000)
    divisors[600] = 0
    e = thrown(() -> TypedFunc(found.div).(1, divisors))
    @test e isa WasmTrap && e.code === :integer_division_by_zero && occursin("element 600", e.message)
    @test length(e.frames) == 1
    @test thrown(() -> TypedFunc(found.host).(1:1000)) == ErrorException("seven hundred")
    @test TypedFunc(found.host).(1:699) == 1:699
    engine = WasmEngine(epoch_interruption = true, consume_fuel = true)
    limited = columns(store = WasmStore(engine; fuel = 10^9, timeout = 0.1))
    @test thrown(() -> TypedFunc(limited.spin).(1:1000)) isa WasmInterrupt
    set_fuel!(limited.add.store, 1000)
    e = thrown(() -> TypedFunc(limited.add).(1:1000, 1))
    @test e isa WasmLimitError && e.status === :fuel
end

@testset "what is called for each" begin
    found = columns()
    @test TypedFunc(found.pair).(1:3) == [(1, 1), (2, 2), (3, 3)]
    @test TypedFunc(found.nothing).(1:3) == [nothing, nothing, nothing]
    # Julia functions that may wait, also for each other.
    waiting = load(COLUMNS; imports = (env = (f = x -> (yield(); x + 1),),)).exports
    @test TypedFunc(waiting.host).(1:300) == 2:301
    # By name, few elements are not worth a typed function, and many are.
    @test found.add.(1:3, 1) == 2:4 && !(found.add.prepared isa TypedFunc)
    @test found.add.(1:2000, 1) == 2:2001 && found.add.prepared isa TypedFunc
    @test thrown(() -> (close(found.add.store); found.add.(1:2000, 1))) isa WasmtimeError
end

# What the library works on must not be memory that Julia has taken back.
@testset "a direct function resizes the arrays of the broadcast" begin
    xs, out = Int32.(1:5000), zeros(Int32, 5000)
    mod = "(module (import \"env\" \"f\" (func \$f (param i32) (result i32))) (func (export \"g\") (param i32) (result i32) (call \$f (local.get 0))))"
    function take(x)
        if x == 1
            empty!(xs); sizehint!(xs, 0); empty!(out); sizehint!(out, 0)
            GC.gc(); fill(Int32(-1), 5000)
        end
        x
    end
    g = get_typed_func(load(mod; imports = (env = (f = take,),), direct = true), "g")
    @test g.(xs) == 1:5000 && isempty(xs)
    xs = Int32.(1:5000)
    @test_throws Exception out .= g.(xs)
    append!(empty!(xs), 1:5000)
    resize!(out, 5000)
    f = get_typed_func(load(mod; imports = (env = (f = x -> 2x,),), direct = true), "g")
    @test (out .= f.(xs)) === out && out == 2:2:10000
    @test (xs .= f.(xs)) == 2:2:10000
end

@testset "results of a map within a map" begin
    again = Ref{Any}(nothing)
    found = columns(x -> x == 3 ? sum(again[].(Int32[1, 2])) : x * Int32(10))
    again[] = TypedFunc(found.host)
    @test again[].(Int32[1, 2, 3, 4]) == [10, 20, 30, 40]
end
