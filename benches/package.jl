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

"As in a script: the function found anew for each call, and numbers as they are written."
@noinline function script(instance, n)
    for _ in 1:n
        instance.exports.add(2, 3) == 5 || error("2 + 3 is not 5")
    end
end

"What each of a thousand turns of `run(n)` allocates."
function allocated_per_turn(run)
    run(1)
    function measured()
        before = Base.gc_num()
        run(1000)
        Base.GC_Diff(Base.gc_num(), before)
    end
    measured()
    found = measured()
    (bytes = cld(found.allocd, 1000), count = cld(Base.gc_alloc_count(found), 1000))
end

allocated_per_call(f) = allocated_per_turn(n -> adds(f, n))

package_calls(f, name) = Way(name, n -> timed(n -> adds(f, n), n))
scripted_calls(instance) = Way("Julia, instance.exports.add(2, 3)", n -> timed(n -> script(instance, n), n))

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
