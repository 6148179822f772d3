# How two ways of doing the same are compared: in turns, in one process, so that both see the same machine.

using Printf

"One way of doing something: `run(n)` does it `n` times and returns the nanoseconds."
struct Way
    name::String
    run::Function
end

"What was measured of one row: nanoseconds of both ways, and their ratio: median, least and largest of all rounds."
struct Row
    group::String
    name::String
    base::String
    ns::Float64
    base_ns::Float64
    ratio::Float64
    low::Float64
    high::Float64
    target::Union{Nothing,Float64}
    bytes::Union{Nothing,Int}
end

median(x) = (s = sort(x); n = length(s); isodd(n) ? s[(n+1)÷2] : (s[n÷2] + s[n÷2+1]) / 2)

# A disturbance only ever adds time: the least of a few short batches is the cost, the median over the rounds the estimate.
const BATCHES = 5
const BATCH_NS = 1_000_000

"How many times fill one batch."
function batch_size(way::Way)
    # The first time Julia compiles it.
    way.run(1)
    n = 1
    while (ns = way.run(n)) < BATCH_NS÷4 && n < 10_000_000
        n *= 4
    end
    max(1, min(10_000_000, round(Int, n * BATCH_NS / ns)))
end

function compare(group::String, way::Way, base::Way; rounds::Int, target = nothing, bytes = nothing)
    n, base_n = batch_size(way), batch_size(base)
    times, base_times = Float64[], Float64[]
    for round in 1:rounds
        least, base_least = Inf, Inf
        for batch in 1:BATCHES
            if isodd(batch)
                least = min(least, way.run(n) / n)
                base_least = min(base_least, base.run(base_n) / base_n)
            else
                base_least = min(base_least, base.run(base_n) / base_n)
                least = min(least, way.run(n) / n)
            end
        end
        push!(times, least)
        push!(base_times, base_least)
    end
    ratios = times ./ base_times
    Row(group, way.name, base.name, median(times), median(base_times), median(ratios), minimum(ratios), maximum(ratios),
        target, bytes)
end

shown(ns) = ns < 10 ? @sprintf("%.2f", ns) : ns < 1000 ? @sprintf("%.1f", ns) : @sprintf("%.0f", ns)

function print_table(io::IO, rows)
    widths = (maximum(length(r.name) for r in rows), maximum(length(r.base) for r in rows))
    line(cells...) = println(io, rstrip(string(rpad(cells[1], widths[1]), "  ", lpad(cells[2], 8), "  ", rpad(cells[3], widths[2]), "  ",
                                               lpad(cells[4], 8), "  ", lpad(cells[5], 6), "  ", rpad(cells[6], 13), "  ",
                                               rpad(cells[7], 6), "  ", lpad(cells[8], 5))))
    group = ""
    for r in rows
        if r.group != group
            group = r.group
            println(io, "\n", group)
            line("way", "ns", "against", "ns", "ratio", "min to max", "target", "bytes")
        end
        line(r.name, shown(r.ns), r.base, shown(r.base_ns), @sprintf("%.2f", r.ratio), @sprintf("%.2f to %.2f", r.low, r.high),
             r.target === nothing ? "" : @sprintf("%.2f", r.target), r.bytes === nothing ? "" : string(r.bytes))
    end
end

json(x::AbstractString) = string('"', escape_string(x), '"')
json(x::Nothing) = "null"
json(x::Real) = string(x)
json(r::Row) = string("{", join((string(json(string(f)), ": ", json(getfield(r, f))) for f in fieldnames(Row)), ", "), "}")

function write_json(path, rows, facts)
    open(path, "w") do io
        println(io, "{")
        for (key, value) in facts
            println(io, "  ", json(key), ": ", json(value), ",")
        end
        println(io, "  \"rows\": [\n    ", join(json.(rows), ",\n    "), "\n  ]\n}")
    end
end
