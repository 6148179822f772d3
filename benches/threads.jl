# Two threads of Julia, each with a store, beside one.

"""
`n` turns of `f(i, n)`, shared by as many threads of Julia. The time runs from when all are there, so that waking them does not count, to
when the last is done.
"""
function on_threads(f, threads, name)
    function run(n)
        there, starts, ends = Threads.Atomic{Int}(0), zeros(UInt64, threads), zeros(UInt64, threads)
        Threads.@threads for i in 1:threads
            Threads.atomic_add!(there, 1)
            while there[] < threads
                GC.safepoint()
            end
            starts[i] = time_ns()
            f(i, cld(n, threads))
            ends[i] = time_ns()
        end
        Int(maximum(ends) - minimum(starts)) * n ÷ (cld(n, threads) * threads)
    end
    Way(name, run)
end

"Long enough that both run side by side most of the time."
const THREADS_NS = 20_000_000

function thread_rows(row, native, engine)
    Threads.nthreads() > 1 || return println("only one thread here: stores on two threads are not measured")
    group = "Two threads with a store each, one call"
    add_module = WasmModule(engine, WAT)
    adders = [Add(WasmInstance(WasmStore(engine), add_module; imports = (env = (add = plus,),), direct = true).exports.add) for _ in 1:2]
    kernel = first(filter(k -> k.name == "sha256", kernels()))
    hashers = [instance_of(kernel, engine) for _ in 1:2]
    for (name, f) in ("add" => (i, n) -> adds(adders[i], n), "sha256" => (i, n) -> repeated(hashers[i], kernel, n))
        row(group, on_threads(f, 2, "$name, two threads"), on_threads(f, 1, "$name, one thread"); alike = true,
            batch_ns = THREADS_NS, target = 1 / 1.9)
    end
end
