# The library as an artifact of the package: where Julia's package manager has put what Artifacts.toml names. Read without that
# manager, which takes long to load; deps/build.jl reads it with this file, too.

const PACKAGE_UUID = "a6d3f585-9dab-40dc-a38e-1a8f32bb72bb"

"What a platform is called in Artifacts.toml: this one."
function platform()
    os = Sys.islinux() ? "linux" : Sys.isapple() ? "macos" : Sys.iswindows() ? "windows" : lowercase(String(Sys.KERNEL))
    keys = ["os" => os, "arch" => String(Sys.ARCH)]
    Sys.islinux() ? push!(keys, "libc" => occursin("musl", Sys.MACHINE) ? "musl" : "glibc") : keys
end

"The tables called `name` of a file of TOML, `\"\"` for what stands before all tables: their texts, by key."
function tables(path, name)
    found = Dict{String,String}[]
    inside = isempty(name)
    inside && push!(found, Dict{String,String}())
    for line in eachline(path)
        line = strip(line)
        if startswith(line, '[')
            inside = strip(first(split(line, '#')), ['[', ']', ' ']) == name
            inside && push!(found, Dict{String,String}())
        elseif inside
            pair = match(r"^\"?([\w-]+)\"?\s*=\s*[\"']([^\"']*)[\"']", line)
            pair === nothing || (last(found)[pair[1]] = pair[2])
        end
    end
    found
end

"The hash of the artifact `libwrt` for this platform, or `nothing`."
function artifact_hash(toml)
    isfile(toml) || return nothing
    fits(table) = all(pair -> get(table, first(pair), last(pair)) == last(pair), platform())
    i = findfirst(fits, tables(toml, "libwrt"))
    i === nothing ? nothing : get(tables(toml, "libwrt")[i], "git-tree-sha1", nothing)
end

"What the depots say shall be taken instead: a folder, or another hash."
function overridden(hash)
    for depot in DEPOT_PATH
        file = joinpath(depot, "artifacts", "Overrides.toml")
        isfile(file) || continue
        for (table, key) in ((PACKAGE_UUID, "libwrt"), ("", hash)), entries in tables(file, table)
            haskey(entries, key) && return entries[key]
        end
    end
    hash
end

"The library in the artifact of the package at `root`, whether it is there or not; `nothing` where the package has none."
function artifact(root)
    hash = artifact_hash(joinpath(root, "Artifacts.toml"))
    hash === nothing && return nothing
    chosen = overridden(hash)
    folders = isabspath(chosen) ? [chosen] : [joinpath(depot, "artifacts", chosen) for depot in DEPOT_PATH]
    isempty(folders) && return nothing
    paths = [joinpath(folder, Sys.iswindows() ? "bin" : "lib", FILENAME) for folder in folders]
    i = findfirst(isfile, paths)
    paths[something(i, 1)]
end
