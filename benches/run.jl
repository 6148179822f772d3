# Prints one table of ratios, and writes it as JSON to the path in WRT_BENCH_JSON. `benches/run` sets the environment. The arguments are
# names of groups; without any, all are measured.

include("measure.jl")
include("native.jl")
include("official.jl")
include("package.jl")
include("python.jl")
include("calls.jl")
include("arrays.jl")
include("instances.jl")
include("modules.jl")
include("kernels.jl")
include("threads.jl")
include("start.jl")
include("facts.jl")

const ROUNDS = parse(Int, get(ENV, "WRT_BENCH_ROUNDS", "31"))

"What can be measured, in the order of the table."
const GROUPS = [
    "calls" => call_rows, "host" => host_rows, "tasks" => task_rows, "broadcasts" => broadcast_rows, "memory" => memory_rows,
    "copies" => copy_rows, "programs" => program_rows, "instances" => instance_rows, "modules" => module_rows, "kernels" => kernel_rows,
    "epochs" => epoch_rows, "fuel" => fuel_rows, "threads" => thread_rows, "start" => start_rows, "sizes" => size_rows]

function selected(names)
    isempty(names) && return GROUPS
    unknown = setdiff(names, first.(GROUPS))
    isempty(unknown) || error("there is no group $(join(unknown, ", ")); there are $(join(first.(GROUPS), ", "))")
    filter(group -> first(group) in names, GROUPS)
end

function main(names)
    rows, facts = Row[], Fact[]
    row(found::Row) = last(push!(rows, found))
    row(found::Fact) = last(push!(facts, found))
    row(group, way, base; options...) = row(compare(group, way, base; rounds = ROUNDS, options...))
    native, engine = Native(), WasmEngine()
    for (name, measure) in selected(names)
        println(stderr, "measuring ", name)
        flush(stderr)
        measure(row, native, engine)
    end
    isempty(rows) || print_table(stdout, rows)
    print_facts(stdout, facts)
    haskey(ENV, "WRT_BENCH_JSON") && write_json(ENV["WRT_BENCH_JSON"], [about(); "rows" => rows; "facts" => facts])
end

about() = Pair{String,Any}["library" => string(WasmtimeRuntime.versions().library),
                           "wasmtime" => string(WasmtimeRuntime.versions().wasmtime), "julia" => string(VERSION),
                           "processors" => Sys.CPU_THREADS, "threads" => Threads.nthreads(), "rounds" => ROUNDS]

main(ARGS)
