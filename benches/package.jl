# The Julia package, as its users call it.

using WasmtimeRuntime

plus(a, b) = a + b

const Add = TypedFunc{Tuple{Int32,Int32},Int32}

"""
The module of all rows, three times: where the imported function is WebAssembly, so that no Julia function can be called from the
store; where it is Julia's and called directly; and where it is Julia's and may wait.
"""
struct Package
    plain::WasmInstance
    hosted::WasmInstance
    waiting::WasmInstance
end

# A store calls Julia as soon as one Julia function is linked in it, so each instance has a store of its own.
function Package(engine)
    mod = WasmModule(engine, WAT)
    store = WasmStore(engine)
    inner = WasmInstance(store, WasmModule(engine, """
        (module (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1))))"""))
    plain = WasmInstance(store, mod; imports = (env = (add = inner.exports.add,),))
    hosted = WasmInstance(WasmStore(engine), mod; imports = (env = (add = plus,),), direct = true)
    waiting = WasmInstance(WasmStore(engine), mod; imports = (env = (add = plus,),))
    Package(plain, hosted, waiting)
end

@noinline function adds(f, n)
    sum = Int32(0)
    for i in 1:n
        sum += f(i % Int32, Int32(1))
    end
    sum
end

"The function found anew for each call, as in a script."
lookup(instance) = (a, b) -> instance.exports.add(a, b)

"Bytes allocated by each of a thousand calls of `f`."
function bytes_per_call(f)
    adds(f, 1)
    measured(f) = @allocated adds(f, 1000)
    measured(f)
    cld(measured(f), 1000)
end

package_calls(f, name) = Way(name, n -> timed(n -> adds(f, n), n))

"The function in cooperative calls."
cooperative(f) = (a, b) -> call(f, a, b; cooperative = true)

"The package's library, with its hooks, called from C."
function hooked_calls(f::Add, name)
    invoke = Libdl.dlsym(Libdl.dlopen(WasmtimeRuntime.library_path()), :wrt_call_invoke)
    Way(name, n -> nanoseconds(ccall(peer(:peer_loop_invoke), UInt64, (Ptr{Cvoid}, Ptr{Cvoid}, Int32), invoke, f.ptr, n)))
end

function package_host_calls(instance, name)
    run = TypedFunc{Tuple{Int32},Int32}(instance.exports.run)
    Way(name, n -> timed(n -> run(n) == n || error("the host was called $(run(n)) times, not $n"), n))
end

"A Julia function behind the official C API."
function official_callback(env::Ptr{Cvoid}, caller::Ptr{Cvoid}, args::Ptr{OfficialVal}, nargs::Csize_t,
                           results::Ptr{OfficialVal}, nresults::Csize_t)::Ptr{Cvoid}
    unsafe_store!(results, OfficialVal((unsafe_load(args, 1).lo + unsafe_load(args, 2).lo) % Int32))
    C_NULL
end
official_julia() = Official(@cfunction(official_callback, Ptr{Cvoid}, (Ptr{Cvoid}, Ptr{Cvoid}, Ptr{OfficialVal}, Csize_t,
                                                                      Ptr{OfficialVal}, Csize_t)), :wasmtime_linker_define_func)

"Elements of memory, read one after the other with bounds checks."
@noinline function summed(v)
    total = zero(eltype(v))
    for i in eachindex(v)
        total += v[i]
    end
    total
end

"`f` of a whole vector, for each of its elements."
function elements(f, v, name)
    f(v)
    Way(name, n -> timed(turns -> (for _ in 1:turns; f(v); end), cld(n, length(v))) * n ÷ (cld(n, length(v)) * length(v)))
end

"A store and an instance in it, closed at once: the memory is given back then, not when the collector comes."
function package_instances(engine, name; prelinked)
    mod = WasmModule(engine, WAT)
    linker = WasmLinker(engine; direct = true)
    linker["env", "add"] = plus
    ready = prelink(linker, mod)
    imports = (env = (add = plus,),)
    one = prelinked ? store -> instantiate(ready, store) : store -> WasmInstance(store, mod; imports = imports, direct = true)
    Way(name, n -> timed(n -> (for _ in 1:n; WasmStore(one, engine); end), n))
end

"Functions of one to four arguments, each with arrays for them, and a name."
function column_cases(engine; n = 10^6)
    exports = WasmInstance(WasmStore(engine), WasmModule(engine, """(module
        (func (export "inc") (param i32) (result i32) (i32.add (local.get 0) (i32.const 1)))
        (func (export "add32") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
        (func (export "add64") (param i64 i64) (result i64) (i64.add (local.get 0) (local.get 1)))
        (func (export "mulf32") (param f32 f32) (result f32) (f32.mul (local.get 0) (local.get 1)))
        (func (export "fma") (param f64 f64 f64) (result f64)
            (f64.add (f64.mul (local.get 0) (local.get 1)) (local.get 2)))
        (func (export "mixed") (param i32 i64 f32 f64) (result f64)
            (f64.add (f64.add (f64.convert_i32_s (local.get 0)) (f64.convert_i64_s (local.get 1)))
                     (f64.add (f64.promote_f32 (local.get 2)) (local.get 3)))))""")).exports
    i32, i64, f32, f64 = (rand(T, n) for T in (Int32, Int64, Float32, Float64))
    [(name, TypedFunc(exports[export_name]), args) for (name, export_name, args) in (
        ("Julia, f.(xs), i32", "inc", (i32,)), ("Julia, f.(xs, ys), i32", "add32", (i32, i32)),
        ("Julia, f.(xs, ys), i64", "add64", (i64, i64)), ("Julia, f.(xs, ys), f32", "mulf32", (f32, f32)),
        ("Julia, f.(xs, ys, z), f64", "fma", (f64, f64, 0.5)), ("Julia, f.(a, b, c, d), mixed", "mixed", (i32, i64, f32, f64)))]
end

results_of(::TypedFunc{A,R}, n) where {A,R} = Vector{R}(undef, n)

"Nanoseconds of `n` elements when `pass` does `length` of them."
per_element(pass, length) = n -> timed(turns -> (for _ in 1:turns; pass(); end), cld(n, length)) * n ÷ (cld(n, length) * length)

function broadcast(f, args, name)
    out = results_of(f, length(first(args)))
    pass() = (out .= f.(args...))
    Way(name, per_element(pass, length(out)))
end

broadcast_anew(f, args, name) = Way(name, per_element(() -> f.(args...), length(first(args))))

const PROGRAMS = joinpath(@__DIR__, "programs.py")
const HELLO = joinpath(@__DIR__, "..", "tests", "wasi", "hello.wasm")

function programs(engine, name)
    mod = WasmModule(engine, HELLO)
    Way(name, n -> timed(n -> (for _ in 1:n; read(mod, String; args = ["hello"]); end), n))
end

"wasmtime-py, in a process that answers for as long as this one asks."
function Python()
    answers = open(`$(ENV["WRT_BENCH_PYTHON"]) $PROGRAMS $HELLO`, "r+")
    Way("wasmtime-py", n -> (println(answers, n); parse(Int, readline(answers))))
end
