# Prints one table of ratios, and writes it as JSON to the path in WRT_BENCH_JSON. `benches/run` sets the environment.

include("measure.jl")
include("native.jl")
include("official.jl")

const ROUNDS = parse(Int, get(ENV, "WRT_BENCH_ROUNDS", "31"))

function main()
    rows = Row[]
    row(group, way, base; options...) = push!(rows, compare(group, way, base; rounds = ROUNDS, options...))

    native = Native()
    official = Official(peer(:peer_official_add), :wasmtime_linker_define_func)
    unchecked = Official(peer(:peer_official_add_unchecked), :wasmtime_linker_define_func_unchecked)

    typed = rust("Rust TypedFunc::call", "typed_call")
    calls = "Calls of WebAssembly: (i32, i32) -> i32"
    row(calls, prepared_call(native, "C, wrt_call_invoke"), typed; target = 1.6)
    row(calls, dynamic_call(native, "C, wrt_func_call"), typed)
    row(calls, official_from_c(official, "C, official wasmtime_func_call"), typed)
    row(calls, official_from_julia(official, "Julia, official wasmtime_func_call"), typed)
    row(calls, rust("Rust Func::call_unchecked", "unchecked_call"), typed)
    row(calls, rust("Rust Func::call", "dynamic_call"), typed)
    row(calls, executable("Rust TypedFunc::call, executable", "typed_call"), typed)

    wrapped = rust("Rust Func::wrap", "host_wrapped")
    hosts = "Calls of the host: (i32, i32) -> i32"
    row(hosts, host_calls(native, "C function, wrt"), wrapped)
    row(hosts, official_host_calls(official, "C function, official"), wrapped)
    row(hosts, official_host_calls(unchecked, "C function, official unchecked"), wrapped)
    row(hosts, rust("Rust new_unchecked", "host_unchecked"), wrapped)

    instances = "A store and a prelinked instance, made and freed"
    row(instances, instantiation(native, "C, on demand"), rust("Rust, on demand", "instantiate"))

    print_table(stdout, rows)
end

main()
