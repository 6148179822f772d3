# The pages as Documenter wants them, from pages.txt.

function pages(file = joinpath(@__DIR__, "pages.txt"))
    found = Any["index.md"]
    for line in eachline(file)
        (isempty(line) || startswith(line, "#")) && continue
        endswith(line, ":") ? push!(found, chop(line) => String[]) : push!(last(found).second, line * ".md")
    end
    found
end
