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

"What two threads can do at all on this machine: a loop that touches nothing."
@noinline function roots(n)
    x = 1.0
    for i in 1:n
        x = sqrt(x + i)
    end
    x
end

function thread_rows(row, native, engine)
    Threads.nthreads() > 1 || return println("only one thread here: stores on two threads are not measured")
    mod = WasmModule(engine, WAT)
    adders = [Add(WasmInstance(WasmStore(engine), mod; imports = (env = (add = plus,),), direct = true).exports.add) for _ in 1:2]
    kernel = first(filter(k -> k.name == "sha256", kernels()))
    hashers = [instance_of(kernel, engine) for _ in 1:2]
    function pair(name, f; options...)
        row("Two threads with a store each, one call", on_threads(f, 2, "$name, two threads"), on_threads(f, 1, "$name, one thread");
            alike = true, options...)
    end
    pair("add", (i, n) -> adds(adders[i], n); target = 1 / 1.9)
    pair("sha256", (i, n) -> repeated(hashers[i], kernel, n); target = 1 / 1.9)
    pair("a loop of Julia's", (i, n) -> roots(n) > 0 || error("a root is not positive"))
end
