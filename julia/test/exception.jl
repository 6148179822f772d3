# Exceptions of WebAssembly, thrown and caught on either side.

const EXCEPTIONS = raw"""
(module
  (tag $t (export "t") (param i32 externref))
  (tag $empty (export "empty"))
  (import "env" "f" (func $f (param i32)))
  (func $throw (export "throw") (param i32 externref) (throw $t (local.get 0) (local.get 1)))
  (func (export "throw_empty") (throw $empty))
  (func (export "call") (param i32) (call $f (local.get 0)))
  (func (export "catch") (param i32) (result i32 externref)
    (block $h (result i32 externref)
      (try_table (catch $t $h) (call $f (local.get 0)))
      (i32.const -1) (ref.null extern)))
  (func (export "catch_all") (param i32) (result i32)
    (block $h (try_table (catch_all $h) (call $f (local.get 0))) (return (i32.const 0)))
    (i32.const 1))
  (func (export "catch_ref") (param i32) (result exnref)
    (block $h (result exnref) (try_table (catch_all_ref $h) (call $f (local.get 0))) (ref.null exn)))
  (func (export "throw_ref") (param exnref) (throw_ref (local.get 0))))
"""

"The exports, where the Julia function is `f(exports, x)`."
function throwing(f; options...)
    x = Ref{Any}()
    x[] = load(EXCEPTIONS; imports = (env = (f = n -> (f(x[], n); nothing),),), options...).exports
end

@testset "what nothing catches" begin
    x = throwing((x, n) -> nothing)
    e = thrown(() -> x.throw(7, :payload))
    @test e isa WasmException && e isa WasmtimeError && e.tag == x.t && e.payload === (Int32(7), :payload)
    @test e.message == "uncaught exception of type (tag (param i32 externref)): 7, a reference"
    @test e.frames[1].name == "throw" && occursin("WebAssembly frames:\n [1] throw", sprint(showerror, e))
    @test shown(e) == "WasmException(\"(tag (param i32 externref))\", 7, :payload)" && plain(e) == sprint(showerror, e)
    empty_one = thrown(x.throw_empty)
    @test empty_one.tag == x.empty && empty_one.tag != x.t && empty_one.payload === ()
    # It can be thrown again, and is the same.
    again = thrown(() -> x.throw_ref(e))
    @test again == e && hash(again) == hash(e) && again != thrown(() -> x.throw(7, :payload))
    @test thrown(() -> x.throw_ref(nothing)) isa WasmTrap
    started = """(module (tag \$t (param i32)) (func \$f (throw \$t (i32.const 3))) (start \$f))"""
    @test thrown(() -> load(started)).payload == (3,)
end

@testset "thrown by Julia, caught by WebAssembly" begin
    for direct in (false, true)
        x = throwing((x, n) -> n > 0 && throw(WasmException(n > 1 ? x.t : x.empty, (n > 1 ? (n, "text") : ())...)); direct = direct)
        @test x.catch(5) == (5, "text") && x.catch(0) == (-1, nothing) && x.catch_all(1) == 1 && x.catch_all(0) == 0
        @test thrown(() -> x.catch(1)).tag == x.empty
        caught = x.catch_ref(9)
        @test caught isa WasmException && caught.tag == x.t && caught.payload == (9, "text") && x.catch_ref(0) === nothing
        @test thrown(() -> x.throw_ref(caught)) == caught
        # The very object comes out where nothing catches it.
        own = Ref{Any}()
        y = throwing((y, n) -> throw(own[]); direct = direct)
        own[] = WasmException(y.t, 1, nothing)
        @test thrown(() -> y.call(1)) === own[] && y.catch(1) == (1, nothing) && y.catch_all(1) == 1
        # Other exceptions are not WebAssembly's.
        z = throwing((z, n) -> error("Julia's"); direct = direct)
        @test thrown(() -> z.catch_all(1)) == ErrorException("Julia's")
    end
end

@testset "through several calls" begin
    for direct in (false, true)
        # WebAssembly throws, Julia passes it on, and WebAssembly around it catches it.
        x = throwing((x, n) -> x.throw(n, "deep"); direct = direct)
        @test x.catch(4) == (4, "deep")
        @test thrown(() -> x.call(4)).payload == (4, "deep")
        # Julia catches it.
        seen = Any[]
        y = throwing((y, n) -> try y.throw(n, nothing) catch e; push!(seen, e) end; direct = direct)
        @test y.catch(6) == (-1, nothing) && seen[1].payload == (6, nothing)
        # One of another store is an exception like any other there.
        z = throwing((z, n) -> x.throw(n, "foreign"); direct = direct)
        @test thrown(() -> z.catch(1)).payload == (1, "foreign")
    end
end

@testset "tags and exceptions made in Julia" begin
    store = WasmStore(ENGINE)
    tag = WasmTag(store, Int32, Float64)
    @test tag.type.text == "(tag (param i32 f64))" && tag == tag && tag != WasmTag(store, Int32, Float64)
    @test shown(tag) == "WasmTag(\"(tag (param i32 f64))\", open)"
    instance = WasmInstance(store, WasmModule(ENGINE, """
        (module (import "env" "problem" (tag \$t (param i32 f64)))
          (export "again" (tag \$t))
          (func (export "throw") (throw \$t (i32.const 1) (f64.const 2.5))))"""); imports = (env = (problem = tag,),))
    e = thrown(instance.exports.throw)
    @test e.tag == tag && instance.exports.again == tag && e.payload == (1, 2.5)
    made = WasmException(tag, 1, 2)
    @test made.payload === (Int32(1), 2.0) && made.message == "exception of type (tag (param i32 f64)): 1, 2.0"
    @test occursin("has 2 values, not 1", message(() -> WasmException(tag, 1)))
    @test_throws InexactError WasmException(tag, 1.5, 2)
    close(store)
    @test thrown(() -> WasmException(tag, 1, 2)).status === :closed
end

@testset "exceptions let go of what they carry" begin
    x = throwing((x, n) -> throw(WasmException(x.t, n, "text")))
    for i in 1:300
        @test thrown(() -> x.throw(i, [i])).payload[1] == i
        @test x.catch(i) == (i, "text") && x.catch_ref(i).payload[1] == i
    end
    GC.gc(); GC.gc()
    gc!(x.throw.store)
    @test references(x.throw.store) < 20
end
