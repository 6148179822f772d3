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
    "What the ratio should not exceed."
    target::Union{Nothing,Float64}
    "What the difference should not exceed, in nanoseconds."
    target_ns::Union{Nothing,Float64}
    "What Julia allocates each time."
    bytes::Union{Nothing,Int}
    allocations::Union{Nothing,Int}
    "What the allocations should not exceed."
    target_allocations::Union{Nothing,Int}
end

"Something that has no other side: a number with its unit."
struct Fact
    name::String
    value::Float64
    unit::String
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

"The least time of each way in one round, who begins changes, from round to round as well."
function one_round(way, n, base, base_n, batches, round)
    least, base_least = Inf, Inf
    for batch in 1:batches
        isodd(batch + round) && (least = min(least, way.run(n) / n))
        base_least = min(base_least, base.run(base_n) / base_n)
        iseven(batch + round) && (least = min(least, way.run(n) / n))
    end
    least, base_least
end

"The most rounds of what takes seconds."
const LONG_ROUNDS = 3

"""
Measures one row. Two ways that are `alike` do the same number in a batch. What takes seconds is `long`: it is done once a turn, in few
rounds, and whoever made it has seen to it that Julia has compiled it.
"""
function compare(group::String, way::Way, base::Way; rounds::Int, alike = false, long = false, target = nothing, target_ns = nothing,
                 allocated = (bytes = nothing, count = nothing), target_allocations = nothing)
    batches = long ? 1 : BATCHES
    base_n = long ? 1 : batch_size(base)
    n = long || alike ? base_n : batch_size(way)
    # What is alike was not run yet.
    alike && way.run(1)
    found = [one_round(way, n, base, base_n, batches, round) for round in 1:(long ? min(rounds, LONG_ROUNDS) : rounds)]
    times, base_times = first.(found), last.(found)
    ratios = times ./ base_times
    Row(group, way.name, base.name, median(times), median(base_times), median(ratios), minimum(ratios), maximum(ratios),
        target, target_ns, allocated.bytes, allocated.count, target_allocations)
end

mean_of_logs(x) = exp(sum(log, x) / length(x))

"The geometric means of some rows, as a row."
function geometric_mean(rows; target = nothing)
    mean(field) = mean_of_logs(getfield.(rows, field))
    # Their names are `what: way`.
    way = last(split(rows[1].name, ": "))
    Row(rows[1].group, "geometric mean: $way", rows[1].base, mean(:ns), mean(:base_ns), mean(:ratio), mean(:low), mean(:high),
        target, nothing, nothing, nothing, nothing)
end

above(x, target) = target !== nothing && x > target
missed(r::Row) = above(r.ratio, r.target) || above(r.ns - r.base_ns, r.target_ns) || above(r.allocations, r.target_allocations)

const UNITS = (1e9 => "s", 1e6 => "ms", 1e3 => "µs", 1.0 => "ns")

"A time in the unit that fits."
function shown(ns)
    size, unit = UNITS[something(findfirst(u -> abs(ns) >= first(u), UNITS), length(UNITS))]
    x = ns / size
    string(abs(x) < 10 ? @sprintf("%.2f", x) : abs(x) < 100 ? @sprintf("%.1f", x) : @sprintf("%.0f", x), " ", unit)
end

shown_ratio(x) = x < 0.1 ? @sprintf("%.4f", x) : x < 1 ? @sprintf("%.3f", x) : @sprintf("%.2f", x)

wanted(r::Row) = r.target_ns !== nothing ? string("+", shown(r.target_ns)) : r.target !== nothing ? shown_ratio(r.target) : ""
function allocated(r::Row)
    r.bytes === nothing && return ""
    most = r.target_allocations === nothing ? "" : " (target $(r.target_allocations))"
    r.bytes == 0 ? "0$most" : "$(r.bytes) B in $(r.allocations)$most"
end

spread(r::Row) = string(shown_ratio(r.low), " to ", shown_ratio(r.high))
difference(r::Row) = r.target_ns === nothing ? "" : shown(r.ns - r.base_ns)

found(r::Row) = join(filter(!isempty, [shown_ratio(r.ratio), difference(r), allocated(r)]), ", ")

cells(r::Row) = [r.name, shown(r.ns), r.base, shown(r.base_ns), shown_ratio(r.ratio), spread(r), wanted(r), difference(r), allocated(r)]

const HEADINGS = ["way", "time", "against", "time", "ratio", "min to max", "target", "difference", "allocates"]
const PADS = [rpad, lpad, rpad, lpad, lpad, rpad, rpad, lpad, lpad]

function print_table(io::IO, rows)
    table = cells.(rows)
    widths = [maximum(length, [HEADINGS[i]; getindex.(table, i)]) for i in eachindex(HEADINGS)]
    line(cells) = println(io, rstrip(join((pad(cell, width) for (pad, cell, width) in zip(PADS, cells, widths)), "  ")))
    group = ""
    for (r, row_cells) in zip(rows, table)
        if r.group != group
            group = r.group
            println(io, "\n", group)
            line(HEADINGS)
        end
        line(row_cells)
    end
    over = filter(missed, rows)
    println(io)
    isempty(over) || println(io, "Above their targets:")
    foreach(r -> println(io, "  ", r.group, ": ", r.name, " against ", r.base, ": ", found(r)), over)
end

shown(fact::Fact) = string(fact.value >= 100 ? @sprintf("%.0f", fact.value) : @sprintf("%.2f", fact.value), " ", fact.unit)

function print_facts(io::IO, facts)
    isempty(facts) || println(io, "\nFacts")
    foreach(fact -> println(io, "  ", fact.name, ": ", shown(fact)), facts)
end

json(x::AbstractString) = string('"', escape_string(x), '"')
json(x::Nothing) = "null"
json(x::Real) = string(x)
json(x::Union{Row,Fact}) =
    string("{", join((string(json(string(f)), ": ", json(getfield(x, f))) for f in fieldnames(typeof(x))), ", "), "}")
json(xs::Vector) = isempty(xs) ? "[]" : string("[\n    ", join(json.(xs), ",\n    "), "\n  ]")

write_json(path, pairs) = open(path, "w") do io
    println(io, "{\n", join((string("  ", json(key), ": ", json(value)) for (key, value) in pairs), ",\n"), "\n}")
end
