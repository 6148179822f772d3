# A hundred thousand traps of all kinds, on all threads, with collections in between. Every one must be told apart, and leave the
# store as it was.

const TRAPPING = """
(module
  (memory 1)
  (table 2 funcref)
  (elem (i32.const 0) \$nothing)
  (type \$t (func (result i32)))
  (func \$nothing)
  (func (export "unreachable") unreachable)
  (func (export "memory_out_of_bounds") (drop (i32.load (i32.const 65536))))
  (func (export "integer_division_by_zero") (drop (i32.div_u (i32.const 1) (i32.const 0))))
  (func (export "integer_overflow") (drop (i32.div_s (i32.const 0x80000000) (i32.const -1))))
  (func (export "bad_conversion_to_integer") (drop (i32.trunc_f32_s (f32.const nan))))
  (func (export "indirect_call_to_null") (drop (call_indirect (type \$t) (i32.const 1))))
  (func (export "bad_signature") (drop (call_indirect (type \$t) (i32.const 0))))
  (func (export "table_out_of_bounds") (drop (call_indirect (type \$t) (i32.const 2))))
  (func (export "ok")))
"""

const OVERFLOWING = """(module (func \$deep (export "stack_overflow") (call \$deep)) (func (export "ok")))"""

const TRAPS = 100_000

function trap_and_collect(thread, threads)
    store = WasmStore(ENGINE)
    instance, deep = load(TRAPPING; store = store), load(OVERFLOWING; store = store)
    fs = [(Symbol(name), TypedFunc(f)) for (name, f) in instance.exports if name != "ok"]
    overflow, ok = TypedFunc(deep.exports.stack_overflow), TypedFunc(instance.exports.ok)
    right = 0
    for i in 1:TRAPS÷threads
        name, f = i % 200 == 0 ? (:stack_overflow, overflow) : fs[i%length(fs)+1]
        try
            f()
        catch e
            right += e isa WasmTrap && e.code === name
        end
        ok()
        i % 2_000 == 0 && GC.gc(false)
        i % 20_000 == 0 && GC.gc()
    end
    right
end

@testset "traps on $(Threads.nthreads()) threads" begin
    n = Threads.nthreads()
    right = zeros(Int, n)
    Threads.@threads for thread in 1:n
        right[thread] = trap_and_collect(thread, n)
    end
    @test sum(right) == n * (TRAPS ÷ n)
end

@testset "traps in tasks" begin
    @test fetch(@async trap_and_collect(1, 100)) == 1_000
end
