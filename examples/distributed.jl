# julia --project=julia examples/distributed.jl
#
# One module, compiled once, at work in several processes: each throws darts at a square, and counts those in the circle.

using Distributed
addprocs(2; exeflags = "--project=$(Base.active_project())")
@everywhere using WasmtimeRuntime

const SOURCE = wat"""
(module
  (global $state (mut i64) (i64.const 0))
  (func $random (result f64)  ;; from 0 to 1
    (global.set $state (i64.add (i64.mul (global.get $state) (i64.const 6364136223846793005)) (i64.const 1442695040888963407)))
    (f64.mul (f64.convert_i64_u (i64.shr_u (global.get $state) (i64.const 11))) (f64.const 0x1p-53)))
  (func (export "throw") (param $seed i64) (param $n i32) (result i32)
    (local $x f64) (local $y f64) (local $hits i32)
    (global.set $state (local.get $seed))
    (loop $again
      (local.set $x (call $random))
      (local.set $y (call $random))
      (local.set $hits (i32.add (local.get $hits)
        (f64.lt (f64.add (f64.mul (local.get $x) (local.get $x)) (f64.mul (local.get $y) (local.get $y))) (f64.const 1))))
      (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $hits)))"""

engine = WasmEngine(consume_fuel = true)
darts = WasmModule(engine, SOURCE)

# `darts` goes to each process once, compiled. What a call needs, an instance in a store, is made where it runs, and costs little.
pool = CachingPool(workers())
results = pmap(pool, 1:100) do seed
    store = WasmStore(darts.engine)
    set_fuel!(store, 10_000_000)
    hits = WasmInstance(store, darts).exports.throw(seed, 100_000)
    (hits = Int(hits), process = myid(), module_ = darts.ptr)
end

hits = sum(result.hits for result in results)
println("pi is about ", 4 * hits / 10_000_000, ": ", hits, " of 10000000 darts hit")
println("processes at work: ", length(unique(result.process for result in results)))
println("modules in each: ", join(unique(length(unique(r.module_ for r in results if r.process == id)) for id in workers()), ", "))

# What fails there is thrown here.
try
    remotecall_fetch(() -> WasmInstance(WasmStore(darts.engine), darts).exports.throw(1, 1), first(workers()))
catch e
    println("without fuel: ", e isa RemoteException && e.captured.ex isa WasmLimitError)
end
