# Julia functions called by WebAssembly.

const CALLBACK = """
(module
  (import "env" "f" (func \$f (param i32) (result i32)))
  (func (export "run") (param i32) (result i32) (call \$f (local.get 0)))
  (func (export "loop") (param i32) (result i32) (local i32)
    (loop
      (local.set 1 (call \$f (local.get 1)))
      (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
    (local.get 1))
  (func (export "div") (param i32) (result i32) (i32.div_s (i32.const 1) (local.get 0))))
"""

with(f; source = CALLBACK) = load(source; imports = (env = (f = f,),)).exports

@testset "plain functions take the signature of the import" begin
    @test with(x -> x + 1).run(41) == 42
    @test with(x -> (@assert x isa Int32; x)).run(7) == 7
    @test with(x -> 2.0).run(7) == 2
    @test with(x -> 0xffffffff).run(7) == -1
    @test with(x -> x + 1).loop(1000) == 1000
end

@testset "every type in and out" begin
    source = """
    (module
      (import "env" "f" (func \$f (param i32 i64 f32 f64 v128) (result v128 f64 f32 i64 i32)))
      (func (export "run") (param i32 i64 f32 f64 v128) (result v128 f64 f32 i64 i32)
        (call \$f (local.get 0) (local.get 1) (local.get 2) (local.get 3) (local.get 4))))
    """
    lanes = ntuple(UInt8, 16)
    @test with((a...) -> reverse(a); source = source).run(1, 2, 3, 4, lanes) === (lanes, 4.0, 3.0f0, Int64(2), Int32(1))
end

@testset "results that do not fit are errors of the call" begin
    @test_throws InexactError with(x -> 2^40).run(1)
    @test_throws MethodError with(x -> "text").run(1)
    @test_throws MethodError with((x, y) -> x).run(1)
    source = """(module (import "env" "f" (func \$f (result i32 i32))) (func (export "run") (result i32 i32) (call \$f)))"""
    @test with(() -> (1, 2); source = source).run() === (Int32(1), Int32(2))
    @test occursin("2 results", message(() -> with(() -> 1; source = source).run()))
    @test occursin("2 results", message(() -> with(() -> (1, 2, 3); source = source).run()))
    none = """(module (import "env" "f" (func \$f)) (func (export "run") (call \$f)))"""
    @test with(() -> "ignored"; source = none).run() === nothing
end

struct Oops <: Exception
    detail::Any
end

@testset "exceptions are the very object" begin
    e = Oops([1, 2, 3])
    x = with(n -> n == 0 ? throw(e) : n)
    @test thrown(() -> x.run(0)) === e
    @test x.run(5) == 5
    @test_throws KeyError with(n -> Dict()[n]).run(1)
    @test thrown(() -> with(n -> throw("a string")).run(1)) == "a string"
    @test thrown(() -> with(n -> throw(nothing)).run(1)) === nothing
    @test_throws StackOverflowError with(n -> (f(x) = f(x + 1) + 1; f(n))).run(1)
end

@noinline thrower(n) = throw(Oops(n))

@testset "the backtrace shows where it was thrown" begin
    x = with(thrower)
    stack = try
        x.run(1)
    catch
        isdefined(Base, :current_exceptions) ? Base.current_exceptions() : Base.catch_stack()
    end
    exceptions = [e isa Tuple ? e[1] : e.exception for e in stack]
    @test exceptions[end] === Oops(Int32(1))
    cause = exceptions[end-1]
    @test cause isa WasmHostError && cause.exception === Oops(Int32(1))
    @test length(cause.frames) == 1
    text = sprint(showerror, cause)
    @test occursin("thrower", text) && occursin("WebAssembly frames", text)
end

struct Silent <: Exception end
Base.showerror(::IO, ::Silent) = error("showerror fails")

@testset "an exception that cannot be shown" begin
    @test thrown(() -> with(n -> throw(Silent())).run(1)) isa Silent
end

@testset "calls within calls" begin
    inner = with(x -> x == 3 ? throw(Oops(:inner)) : x + 1)
    outer = with(x -> inner.run(x) * 10)
    @test outer.run(1) == 20
    @test thrown(() -> outer.run(3)) == Oops(:inner)
    # A failure that the host function gets over leaves nothing behind.
    careful = with(x -> try inner.run(x) catch e; e isa Oops ? -1 : rethrow() end)
    @test careful.run(3) == -1 && careful.run(1) == 2
    trapping = with(x -> inner.div(x))
    e = thrown(() -> trapping.run(0))
    @test e isa WasmTrap && e.code === :integer_division_by_zero
    # Into the same store, and deeper each time.
    exports = Ref{Any}()
    exports[] = with(x -> x == 0 ? 0 : exports[].run(x - 1) + 1)
    @test exports[].run(50) == 50
end

@testset "state" begin
    calls = Int[]
    x = with(n -> (push!(calls, n); length(calls)))
    @test [x.run(i) for i in 5:7] == [1, 2, 3] && calls == [5, 6, 7]
end

@testset "the caller" begin
    source = """
    (module
      (import "env" "f" (func \$f (param i32 i32) (result i32)))
      (memory (export "memory") 1)
      (global (export "g") (mut i32) (i32.const 5))
      (data (i32.const 16) "hëllo")
      (func (export "run") (result i32) (call \$f (i32.const 16) (i32.const 6))))
    """
    kept = Ref{Any}()
    function f(caller::WasmCaller, at, n)
        kept[] = caller
        @test caller.store isa WasmStore && shown(caller) == "WasmCaller(calling)"
        @test haskey(caller, "memory") && !haskey(caller, "nothing")
        @test_throws KeyError caller["nothing"]
        @test read_string(caller["memory"], at, n) == "hëllo"
        @test get_memory(caller) isa WasmMemory && get_global(caller, "g")[] == 5
        write_memory!(caller["memory"], at, "H")
        caller["g"][] += 1
    end
    instance = load(source; imports = (env = (f = f,),))
    @test instance.exports.run() == 6
    @test read_string(instance.exports.memory, 16, 6) == "Hëllo"
    @test occursin("closed", message(() -> kept[]["memory"]))
    @test shown(kept[]) == "WasmCaller(returned)"
end

@testset "growth inside of a host function is seen by both" begin
    source = """
    (module
      (import "env" "f" (func \$f (param i32) (result i32)))
      (memory (export "memory") 1)
      (func (export "run") (param i32) (result i32)
        (drop (call \$f (i32.const 1)))
        (i32.load8_u (local.get 0))))
    """
    f(caller::WasmCaller, n) = (m = caller["memory"]; grow!(m, n); m[65536+10] = 7; length(m))
    instance = load(source; imports = (env = (f = f,),))
    m = instance.exports.memory
    before = view(m, 1:16)
    @test instance.exports.run(65536 + 9) == 7
    @test length(m) == 2 * 65536 && length(before) == 16
end

@testset "printing and yielding in a host function" begin
    x = with(n -> (yield(); sleep(0.001); sprint(print, n); n))
    @test x.run(3) == 3
end

@testset "functions redefined later are seen" begin
    @eval later(x) = x + 1
    x = with(n -> Base.invokelatest(later, n))
    @test x.run(1) == 2
    @eval later(x) = x + 2
    @test x.run(1) == 3
end

@testset "Ctrl-C inside of a host function" begin
    @test_throws InterruptException with(n -> throw(InterruptException())).run(1)
end
