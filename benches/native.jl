# The libraries by their C symbols: the peer, the official C API in it, and libwrt as a C program sees it.

import Libdl

# `Fault` is `wrt_error`, `Slot` is `wrt_val`.
struct Slot
    lo::UInt64
    hi::UInt64
end

struct Fault
    status::Int32
    trap::Int32
    exit_code::Int32
    frame_count::UInt32
    message::Ptr{UInt8}
    message_len::Csize_t
    fault::Ptr{Cvoid}
end

const PEER = Libdl.dlopen(ENV["WRT_BENCH_PEER"])

# Julia's package gives its hooks to the library, and they cost time on every call. A C program gives none: it is stood for by a
# second copy of the library, which the loader takes for another one because it is another file.
const BARE = let folder = mktempdir()
    Libdl.dlopen(cp(ENV["WASMTIME_RUNTIME_LIB"], joinpath(folder, "libwrt-bare.so")))
end

wrt(name) = Libdl.dlsym(BARE, name)
peer(name) = Libdl.dlsym(PEER, name)

function check(status, slot)
    status == 0 && return
    error(slot[].message == C_NULL ? "status $status" : unsafe_string(slot[].message, slot[].message_len))
end

"The handle that the function `name` of libwrt makes from `arguments`."
macro made(name, types, arguments...)
    quote
        out, slot = Ref{Ptr{Cvoid}}(C_NULL), Ref(Fault(0, 0, 0, 0, C_NULL, 0, C_NULL))
        check(ccall(wrt($(esc(name))), Int32, ($(map(esc, types.args)...), Ptr{Ptr{Cvoid}}, Ptr{Fault}),
                    $(map(esc, arguments)...), out, slot), slot)
        out[]
    end
end

timed(f, n) = (start = time_ns(); f(n); Int(time_ns() - start))

"The nanoseconds of a loop in the peer, which says what went wrong by itself."
nanoseconds(ns::UInt64) = ns == typemax(UInt64) ? error("a loop of the peer failed") : Int(ns)

# Rust.

const RUST = ccall(peer(:peer_new), Ptr{Cvoid}, ())
RUST == C_NULL && error("the peer could not be made")

rust(name, loop) = Way(name, n -> nanoseconds(ccall(peer(:peer_loop), UInt64, (Ptr{Cvoid}, Cstring, Int32), RUST, loop, n)))

"A loop in another process, which answers the line `loop n` with the nanoseconds of n turns, for as long as this one asks."
function answered(process, name, loop)
    Way(name, function (n)
        println(process, loop, " ", n)
        parse(Int, readline(process))
    end)
end

const EXECUTABLE = open(`$(ENV["WRT_BENCH_EXECUTABLE"])`, "r+")
executable(name, loop) = answered(EXECUTABLE, name, loop)

# libwrt from C.

const WAT = read(joinpath(@__DIR__, "module.wat"), String)

struct Bytes
    len::Csize_t
    data::Ptr{UInt8}
end

"The module, made binary by the official C API."
const WASM = let out = Ref(Bytes(0, C_NULL))
    failure = ccall(peer(:wasmtime_wat2wasm), Ptr{Cvoid}, (Ptr{UInt8}, Csize_t, Ref{Bytes}), WAT, sizeof(WAT), out)
    failure == C_NULL || error("module.wat does not parse")
    copy(unsafe_wrap(Array, out[].data, out[].len))
end

struct Native
    engine::Ptr{Cvoid}
    store::Ptr{Cvoid}
    prelink::Ptr{Cvoid}
    add::Ptr{Cvoid}
    add_call::Ptr{Cvoid}
    run_call::Ptr{Cvoid}
end

function Native(engine)
    mod = @made :wrt_module_new (Ptr{Cvoid}, Ptr{UInt8}, Csize_t) engine WASM length(WASM)
    linker = @made :wrt_linker_new (Ptr{Cvoid},) engine
    i32 = UInt8[0x7f, 0x7f]
    type = @made :wrt_type_func (Ptr{Cvoid}, Ptr{UInt8}, Csize_t, Ptr{UInt8}, Csize_t) engine i32 2 i32 1
    slot = Ref(Fault(0, 0, 0, 0, C_NULL, 0, C_NULL))
    check(ccall(wrt(:wrt_linker_define_func), Int32,
                (Ptr{Cvoid}, Cstring, Csize_t, Cstring, Csize_t, Ptr{Cvoid}, Ptr{Cvoid}, Ptr{Cvoid}, Ptr{Cvoid}, Ptr{Fault}),
                linker, "env", 3, "add", 3, type, peer(:peer_wrt_add), C_NULL, C_NULL, slot), slot)
    prelink = @made :wrt_linker_prelink (Ptr{Cvoid}, Ptr{Cvoid}) linker mod
    store = @made :wrt_store_new (Ptr{Cvoid}, Ptr{Cvoid}, Ptr{Cvoid}) engine C_NULL C_NULL
    instance = @made :wrt_prelink_instantiate (Ptr{Cvoid}, Ptr{Cvoid}) prelink store
    add = @made :wrt_instance_export (Ptr{Cvoid}, Cstring, Csize_t) instance "add" 3
    run = @made :wrt_instance_export (Ptr{Cvoid}, Cstring, Csize_t) instance "run" 3
    add_call = @made :wrt_call_new (Ptr{Cvoid},) add
    run_call = @made :wrt_call_new (Ptr{Cvoid},) run
    Native(engine, store, prelink, add, add_call, run_call)
end

Native() = Native(@made :wrt_engine_new (Ptr{Cvoid},) C_NULL)

"An engine of libwrt with options."
function engine_with(options::Pair...)
    config = @made :wrt_config_new ()
    slot = Ref(Fault(0, 0, 0, 0, C_NULL, 0, C_NULL))
    for (key, value) in options
        check(ccall(wrt(:wrt_config_set), Int32, (Ptr{Cvoid}, Cstring, Csize_t, Cstring, Csize_t, Ptr{Fault}),
                    config, key, sizeof(key), value, sizeof(value), slot), slot)
    end
    @made :wrt_engine_new (Ptr{Cvoid},) config
end

prepared_call(x::Native, name) = Way(name, n -> nanoseconds(
    ccall(peer(:peer_loop_invoke), UInt64, (Ptr{Cvoid}, Ptr{Cvoid}, Int32), wrt(:wrt_call_invoke), x.add_call, n)))

dynamic_call(x::Native, name) = Way(name, n -> nanoseconds(
    ccall(peer(:peer_loop_func_call), UInt64, (Ptr{Cvoid}, Ptr{Cvoid}, Int32), wrt(:wrt_func_call), x.add, n)))

instantiation(x::Native, name) = Way(name, n -> nanoseconds(
    ccall(peer(:peer_loop_instantiate), UInt64, (Ptr{Cvoid}, Ptr{Cvoid}, Ptr{Cvoid}, Ptr{Cvoid}, Ptr{Cvoid}, Int32),
          wrt(:wrt_store_new), wrt(:wrt_prelink_instantiate), wrt(:wrt_release), x.engine, x.prelink, n)))

"One call of `run`, which calls the host `n` times."
host_calls(x::Native, name) = Way(name, n -> timed(n) do n
    slots, slot = Ref(Slot(n, 0)), Ref(Fault(0, 0, 0, 0, C_NULL, 0, C_NULL))
    check(ccall(wrt(:wrt_call_invoke), Int32, (Ptr{Cvoid}, Ptr{Slot}, Csize_t, Ptr{Fault}), x.run_call, slots, 1, slot), slot)
    slots[].lo == n || error("the host was called $(slots[].lo) times, not $n")
end)

# Tasks from C.

struct TaskCalls
    start::Ptr{Cvoid}
    step::Ptr{Cvoid}
    results::Ptr{Cvoid}
    release::Ptr{Cvoid}
end

const TASK_CALLS = Ref(TaskCalls(wrt(:wrt_call_start), wrt(:wrt_task_step), wrt(:wrt_task_results), wrt(:wrt_release)))

"`run` of an instance whose host function suspends."
function suspending_run(engine)
    mod = @made :wrt_module_new (Ptr{Cvoid}, Ptr{UInt8}, Csize_t) engine WASM length(WASM)
    linker = @made :wrt_linker_new (Ptr{Cvoid},) engine
    i32 = UInt8[0x7f, 0x7f]
    type = @made :wrt_type_func (Ptr{Cvoid}, Ptr{UInt8}, Csize_t, Ptr{UInt8}, Csize_t) engine i32 2 i32 1
    slot = Ref(Fault(0, 0, 0, 0, C_NULL, 0, C_NULL))
    check(ccall(wrt(:wrt_linker_define_suspending_func), Int32,
                (Ptr{Cvoid}, Cstring, Csize_t, Cstring, Csize_t, Ptr{Cvoid}, UInt64, Ptr{Fault}),
                linker, "env", 3, "add", 3, type, 1, slot), slot)
    store = @made :wrt_store_new (Ptr{Cvoid}, Ptr{Cvoid}, Ptr{Cvoid}) engine C_NULL C_NULL
    instance = @made :wrt_linker_instantiate (Ptr{Cvoid}, Ptr{Cvoid}, Ptr{Cvoid}) linker store mod
    run = @made :wrt_instance_export (Ptr{Cvoid}, Cstring, Csize_t) instance "run" 3
    @made :wrt_call_new (Ptr{Cvoid},) run
end

"Calls, each started as a task, polled to its end and released."
task_calls(x::Native, name) = Way(name, n -> nanoseconds(
    ccall(peer(:peer_loop_tasks), UInt64, (Ref{TaskCalls}, Ptr{Cvoid}, Int32), TASK_CALLS, x.add_call, n)))

"One task that asks the host `n` times."
function task_host_calls(engine, name)
    run = suspending_run(engine)
    Way(name, n -> nanoseconds(ccall(peer(:peer_loop_task_host), UInt64, (Ref{TaskCalls}, Ptr{Cvoid}, Int32), TASK_CALLS, run, n)))
end
