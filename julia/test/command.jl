"The lines that fail."
lines(result) = [failure.line for failure in result.failures]

@testset "modules by name" begin
    result = run_wast("""
        (module \$a (func (export "f") (result i32) (i32.const 1)) (global (export "g") i64 (i64.const 2)))
        (module \$b (func (export "f") (result i32) (i32.const 3)))
        (assert_return (invoke "f") (i32.const 3))
        (assert_return (invoke \$a "f") (i32.const 1))
        (assert_return (get \$a "g") (i64.const 2))
        (register "a" \$a)
        (module (func (import "a" "f") (result i32)) (export "again" (func 0)))
        (assert_return (invoke "again") (i32.const 1))
        (module definition \$d (global (mut i32) (i32.const 0))
          (func (export "count") (result i32) (global.set 0 (i32.add (global.get 0) (i32.const 1))) (global.get 0)))
        (module instance \$x \$d)
        (module instance \$y \$d)
        (invoke \$x "count")
        (assert_return (invoke \$x "count") (i32.const 2))
        (assert_return (invoke \$y "count") (i32.const 1))""")
    @test (result.passed, result.failed) == (6, 0)
end

@testset "failures that hold" begin
    result = run_wast("""
        (module
          (func (export "unreachable") (unreachable))
          (func (export "divide") (result i32) (i32.div_s (i32.const 1) (i32.const 0)))
          (func \$recurse (export "recurse") (call \$recurse))
          (table 1 funcref)
          (func (export "call") (param i32) (call_indirect (local.get 0)))
          (tag \$t)
          (func (export "throw") (throw \$t)))
        (assert_trap (invoke "unreachable") "unreachable")
        (assert_trap (invoke "divide") "integer divide by zero")
        (assert_trap (invoke "call" (i32.const 0)) "uninitialized element 0")
        (assert_trap (invoke "call" (i32.const 1)) "undefined element")
        (assert_trap (module (func \$f unreachable) (start \$f)) "unreachable")
        (assert_exhaustion (invoke "recurse") "call stack exhausted")
        (assert_exception (invoke "throw"))
        (assert_malformed (module quote "(func") "unexpected token")
        (assert_malformed (module binary "\\00asm") "unexpected end")
        (assert_invalid (module (func (result i32))) "type mismatch")
        (assert_unlinkable (module (import "none" "none" (func))) "unknown import")
        (assert_unlinkable (module (import "spectest" "print" (func (param i32)))) "incompatible import type")""")
    @test (result.passed, result.failed) == (12, 0)
end

@testset "what others print, hold and share" begin
    result = run_wast("""
        (module
          (import "spectest" "print" (func \$print)) (import "spectest" "print_i32" (func (param i32)))
          (import "spectest" "print_i64" (func (param i64))) (import "spectest" "print_f32" (func (param f32)))
          (import "spectest" "print_f64" (func (param f64))) (import "spectest" "print_i32_f32" (func (param i32 f32)))
          (import "spectest" "print_f64_f64" (func (param f64 f64)))
          (import "spectest" "global_i32" (global i32)) (import "spectest" "global_i64" (global i64))
          (import "spectest" "global_f32" (global f32)) (import "spectest" "global_f64" (global f64))
          (import "spectest" "table" (table 10 20 funcref)) (import "spectest" "table64" (table i64 10 20 funcref))
          (import "spectest" "memory" (memory 1 2)) (import "spectest" "shared_memory" (memory 1 2 shared))
          (func (export "f") (result i32 i64 f32 f64)
            (call \$print) (global.get 0) (global.get 1) (global.get 2) (global.get 3)))
        (assert_return (invoke "f") (i32.const 666) (i64.const 666) (f32.const 666.6) (f64.const 666.6))""")
    @test (result.passed, result.failed) == (1, 0)
    # An engine that cannot have all of it has the rest.
    source = "(module (import \"spectest\" \"memory\" (memory 1 2))) (module (import \"spectest\" \"table64\" (table i64 10 20 funcref)))"
    @test lines(run_wast(source)) == [] && lines(run_wast(source; engine = WasmEngine(wasm_memory64 = false))) == [1]
end

# The scripts of the Rust test: nothing in one of them holds, and everything in the other.
const SCRIPTS = joinpath(dirname(PACKAGE), "tests", "spec")

if isdir(SCRIPTS)
    @testset "nothing that does not hold passes" begin
        path = joinpath(SCRIPTS, "wrong.wast")
        script = W.WasmScript(read(path, String), "wrong.wast")
        result = run_wast(path)
        @test (result.passed, result.skipped) == (0, 0)
        @test lines(result) == [command["line"] for command in W.commands(script)[2:end]]
        @test all(failure -> !occursin('\n', failure.message) && !occursin("MethodError", failure.message), result.failures)
    end

    @testset "threads share a memory" begin
        result = run_wast(joinpath(SCRIPTS, "thread.wast"))
        @test (result.passed, result.failed, result.skipped) == (3, 0, 0)
    end
end

@testset "threads" begin
    result = run_wast("""
        (module \$m (memory (export "shared") 1 1 shared) (func (export "f")))
        (thread \$t (shared (module \$m))
          (register "mem" \$m)
          (module (memory (import "mem" "shared") 1 1 shared)
            (func (export "store") (i32.atomic.store (i32.const 0) (i32.const 42))))
          (invoke "store")
          (assert_trap (invoke "store") "unreachable"))
        (wait \$t)
        (wait \$t)
        (register "mem" \$m)
        (module (memory (import "mem" "shared") 1 1 shared) (func (export "load") (result i32) (i32.atomic.load (i32.const 0))))
        (assert_return (invoke "load") (i32.const 42))""")
    @test result.passed == 1 && lines(result) == [7, 9]
end

@testset "a module that fails is not replaced by the one before" begin
    result = run_wast("""
        (module (func (export "f")))
        (module (import "none" "none" (func)))
        (assert_return (invoke "f"))""")
    @test result.passed == 0 && lines(result) == [2, 3]
    @test occursin("no module before", result.failures[2].message)
end
