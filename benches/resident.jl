# How much memory idle stores and instances keep resident: lines of bytes and a name.

using WasmtimeRuntime

const N = 10_000

resident() = 1024 * parse(Int, match(r"VmRSS:\s*(\d+) kB", read("/proc/self/status", String)).captures[1])

"Everything that is measured stays until the end, so that nothing is made of memory that was given back."
const KEPT = Any[]

"Resident bytes of each of `N` things that `make` makes."
function each(make)
    # What comes with the first one is not the cost of one more.
    push!(KEPT, make())
    GC.gc()
    before = resident()
    push!(KEPT, [make() for _ in 1:N])
    GC.gc()
    (resident() - before) / N
end

"A store with an instance in it; closing it closes both."
function with_instance(engine, mod)
    store = WasmStore(engine)
    WasmInstance(store, mod)
    store
end

const SMALL = """(module (memory (export "memory") 1) (data (i32.const 8) "small")
  (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1))))"""

function main()
    engine = WasmEngine()
    pooling = WasmEngine(pooling = (total_core_instances = N + 1, total_memories = N + 1, total_tables = N + 1))
    small, pooled = WasmModule(engine, SMALL), WasmModule(pooling, SMALL)
    println(each(() -> WasmStore(engine)), " resident, an idle store")
    println(each(() -> with_instance(engine, small)), " resident, a store with an instance of a small module, on demand")
    println(each(() -> with_instance(pooling, pooled)), " resident, a store with an instance of a small module, pooling")
end

main()
