# Prints one table of ratios, and writes it as JSON to the path in WRT_BENCH_JSON. `benches/run` sets the environment.

include("measure.jl")
include("native.jl")
include("official.jl")
include("package.jl")

const ROUNDS = parse(Int, get(ENV, "WRT_BENCH_ROUNDS", "31"))


"How many times Rust's own call a prepared call may cost."
const TARGET = 1.6

function call_rows(row, native, engine)
    group = "Calls of WebAssembly: (i32, i32) -> i32"
    package = Package(engine)
    plain, hosted = Add(package.plain.exports.add), Add(package.hosted.exports.add)
    untyped = package.plain.exports.add
    official = Official(peer(:peer_official_add), :wasmtime_linker_define_func)

    typed = rust("Rust TypedFunc::call", "typed_call")
    row(group, package_calls(plain, "Julia, TypedFunc"), typed; target = TARGET, bytes = bytes_per_call(plain))
    row(group, package_calls(hosted, "Julia, TypedFunc beside direct functions"), typed; bytes = bytes_per_call(hosted))
    row(group, package_calls(untyped, "Julia, WasmFunc"), typed; bytes = bytes_per_call(untyped))
    row(group, package_calls(lookup(package.plain), "Julia, instance.exports.add(a, b)"), typed)
    row(group, official_from_julia(official, "Julia, official wasmtime_func_call"), typed)
    row(group, prepared_call(native, "C, wrt_call_invoke"), typed; target = TARGET)
    row(group, hooked_calls(plain, "C, wrt_call_invoke with Julia's hooks"), typed)
    row(group, dynamic_call(native, "C, wrt_func_call"), typed)
    row(group, official_from_c(official, "C, official wasmtime_func_call"), typed)
    row(group, rust("Rust Func::call_unchecked", "unchecked_call"), typed)
    row(group, rust("Rust Func::call", "dynamic_call"), typed)
    row(group, executable("Rust TypedFunc::call, in an executable", "typed_call"), typed)

    official_julia_call = official_from_julia(official, "Julia, official wasmtime_func_call")
    row(group, package_calls(plain, "Julia, TypedFunc"), official_julia_call)
    row(group, prepared_call(native, "C, wrt_call_invoke"), official_from_c(official, "C, official wasmtime_func_call"))
end

function host_rows(row, native, engine)
    group = "Calls of the host: (i32, i32) -> i32"
    official = Official(peer(:peer_official_add), :wasmtime_linker_define_func)
    unchecked = Official(peer(:peer_official_add_unchecked), :wasmtime_linker_define_func_unchecked)

    wrapped = rust("Rust Func::wrap", "host_wrapped")
    row(group, package_host_calls(Package(engine).hosted, "Julia function, direct"), wrapped)
    row(group, official_host_calls(official_julia(), "Julia function, official"), wrapped)
    row(group, host_calls(native, "C function"), wrapped)
    row(group, official_host_calls(official, "C function, official"), wrapped)
    row(group, official_host_calls(unchecked, "C function, official unchecked"), wrapped)
    row(group, rust("Rust Func::new_unchecked", "host_unchecked"), wrapped)
end

function task_rows(row, native, engine)
    group = "Calls that may wait: (i32, i32) -> i32"
    package = Package(engine)
    waiting = Add(package.waiting.exports.add)
    interruptible = Add(Package(WasmEngine(epoch_interruption = true)).plain.exports.add)
    typed, dynamic = rust("Rust TypedFunc::call_async", "async_call"), rust("Rust Func::call_async", "dynamic_async_call")
    row(group, task_calls(native, "C, wrt_call_start to wrt_release"), typed)
    row(group, package_calls(waiting, "Julia, TypedFunc beside functions that wait"), typed; bytes = bytes_per_call(waiting))
    row(group, package_calls(cooperative(interruptible), "Julia, cooperative call"), typed)
    row(group, dynamic, typed)
    row(group, rust("Rust TypedFunc::call", "typed_call"), typed)

    group = "Calls of a host that suspends: (i32, i32) -> i32"
    suspending = rust("Rust func_wrap_async, suspended once", "host_suspending")
    row(group, task_host_calls(native.engine, "C, request and reply"), suspending)
    row(group, package_host_calls(package.waiting, "Julia function that may wait"), suspending)
    row(group, package_host_calls(package.hosted, "Julia function, direct"), suspending)
    row(group, rust("Rust Func::wrap", "host_wrapped"), suspending)
end

function broadcast_rows(row, engine)
    group = "Broadcasts over 10^6 elements, one element"
    cases = column_cases(engine)
    typed = rust("Rust TypedFunc::call, in a loop", "typed_call")
    for (name, f, args) in cases
        row(group, broadcast(f, args, name), typed; target = 0.25)
    end
    name, f, args = cases[1]
    row(group, broadcast_anew(f, args, "$name, into a new array"), typed)
end

function program_rows(row, engine)
    group = "A program of WASI from start to end"
    haskey(ENV, "WRT_BENCH_PYTHON") || return println("no wasmtime-py here: programs of WASI are not compared")
    python = Python()
    row(group, programs(engine, "Julia, read(mod, String)"), python; target = 1 / 3)
    row(group, programs(WasmEngine(pooling = (total_memories = 100,)), "Julia, read(mod, String), pooling"), python; target = 1 / 3)
end

function memory_rows(row, engine)
    group = "Memory of 1 MiB from Julia, one element"
    memory = Package(engine).plain.exports.memory
    bytes, floats = view(memory, 1:length(memory)), reinterpret(Float64, memory)
    array, float_array = Vector(memory), collect(floats)
    row(group, elements(summed, bytes, "view, loop"), elements(summed, array, "Vector{UInt8}, loop"))
    row(group, elements(summed, memory, "memory, loop"), elements(summed, array, "Vector{UInt8}, loop"))
    row(group, elements(sum, bytes, "view, sum"), elements(sum, array, "Vector{UInt8}, sum"))
    row(group, elements(summed, floats, "Float64 view, loop"), elements(summed, float_array, "Vector{Float64}, loop"))
    row(group, elements(sum, floats, "Float64 view, sum"), elements(sum, float_array, "Vector{Float64}, sum"))
    to, other = similar(array), similar(array)
    row(group, elements(x -> copyto!(to, x), bytes, "view, copyto!"), elements(x -> copyto!(other, x), array, "Vector{UInt8}, copyto!");
        target = 1.05)
end

function instance_rows(row, native, engine)
    group = "A store and an instance, made and freed"
    on_demand = rust("Rust InstancePre, on demand", "instantiate")
    row(group, instantiation(native, "C, wrt_prelink_instantiate"), on_demand)
    row(group, package_instances(engine, "Julia, prelinked"; prelinked = true), on_demand)
    row(group, package_instances(engine, "Julia, WasmInstance(store, mod)"; prelinked = false), on_demand)
    pooling = rust("Rust InstancePre, pooling", "instantiate_pooling")
    row(group, instantiation(Native(engine_with("pooling" => "true")), "C, wrt_prelink_instantiate"), pooling)
    row(group, package_instances(WasmEngine(pooling = true), "Julia, prelinked"; prelinked = true), pooling)
end

function main()
    rows = Row[]
    row(group, way, base; options...) = push!(rows, compare(group, way, base; rounds = ROUNDS, options...))
    native, engine = Native(), WasmEngine()
    call_rows(row, native, engine)
    host_rows(row, native, engine)
    task_rows(row, native, engine)
    broadcast_rows(row, engine)
    memory_rows(row, engine)
    program_rows(row, engine)
    instance_rows(row, native, engine)
    print_table(stdout, rows)
    haskey(ENV, "WRT_BENCH_JSON") && write_json(ENV["WRT_BENCH_JSON"], rows, facts())
end

facts() = ["library" => string(WasmtimeRuntime.versions().library), "wasmtime" => string(WasmtimeRuntime.versions().wasmtime),
           "julia" => string(VERSION), "threads" => Sys.CPU_THREADS, "rounds" => ROUNDS]

main()
