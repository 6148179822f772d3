const SOURCE = joinpath(dirname(@__DIR__), "src")
const FILES_OF_SOURCE = filter(endswith(".jl"), readdir(SOURCE))

lines_with(pattern, file) = [line for line in eachline(joinpath(SOURCE, file)) if occursin(pattern, first(split(line, "#"; limit = 2)))]

@testset "no ambiguous methods" begin
    @test isempty(detect_ambiguities(WasmtimeRuntime))
    @test isempty(detect_unbound_args(WasmtimeRuntime))
end

@testset "every exported name exists and is documented" begin
    missing_docs = filter(names(WasmtimeRuntime)) do name
        binding = Base.Docs.Binding(WasmtimeRuntime, name)
        !haskey(Base.Docs.meta(WasmtimeRuntime), binding)
    end
    @test isempty(missing_docs)
    @test all(name -> isdefined(WasmtimeRuntime, name), names(WasmtimeRuntime))
    # `Memory` belongs to Base.
    @test !(:Memory in names(WasmtimeRuntime))
end

@testset "ccall is in lib.jl, finalizer in resource.jl" begin
    for file in FILES_OF_SOURCE
        # Julia's own runtime is not the library.
        file == "lib.jl" || @test isempty(lines_with(r"\bccall\b(?!\(:(jl|uv)_)|@ccall", file))
        file == "resource.jl" || @test isempty(lines_with(r"\bfinalizer\(", file))
    end
    @test length(lines_with(r"\bfinalizer\(", "resource.jl")) == 2
end

@testset "one file for each noun, here and there" begin
    nouns = setdiff(FILES_OF_SOURCE, ["WasmtimeRuntime.jl", "lib.jl", "resource.jl", "precompile.jl"])
    @test isempty(setdiff(nouns, readdir(@__DIR__)))
    @test isempty(setdiff(FILES .* ".jl", readdir(@__DIR__)))
    included = [m.captures[1] for m in eachmatch(r"include\(\"(.*)\"\)", read(joinpath(SOURCE, "WasmtimeRuntime.jl"), String))]
    @test sort([included; "WasmtimeRuntime.jl"]) == sort(FILES_OF_SOURCE)
end

@testset "lines are short and clean" begin
    for file in FILES_OF_SOURCE
        file == "lib.jl" && continue
        @test isempty([line for line in eachline(joinpath(SOURCE, file)) if length(line) > 140 || endswith(line, ' ') || occursin('\t', line)])
    end
end

# Syntax that Julia 1.5 does not have is proved by running there; what newer versions took away is not used either.
@testset "nothing that newer versions removed" begin
    for file in FILES_OF_SOURCE
        @test isempty(lines_with(r"\b@pure\b|Base\.catch_stack|\bthreadid\(\)\]", file)) || file == "direct.jl"
    end
end

@testset "structs are as in C" begin
    @test isempty(W.C.check_layout())
    @test isbitstype(W.C.wrt_error) && isbitstype(W.C.wrt_val) && sizeof(W.C.wrt_val) == 16
end
