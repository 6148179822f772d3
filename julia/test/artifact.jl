const HASHES = [repeat(string(i), 40) for i in 1:4]

"What `f` finds of the artifact with these tables of Artifacts.toml, in a depot of its own; `f` gets the depot."
function with_artifacts(f, toml)
    mktempdir() do folder
        write(joinpath(folder, "Artifacts.toml"), toml)
        depots = copy(DEPOT_PATH)
        try
            append!(empty!(DEPOT_PATH), [joinpath(folder, "first"), joinpath(folder, "second")])
            f(folder)
        finally
            append!(empty!(DEPOT_PATH), depots)
        end
    end
end

keys_of(pairs) = join(("$key = \"$value\"\n" for (key, value) in pairs))
here() = keys_of(W.platform())
elsewhere() = replace(here(), string(Sys.ARCH) => "pdp11")

@testset "the artifact of this platform" begin
    toml = """
    # Made by tools/artifacts.jl.
    [[other]]
    $(here())git-tree-sha1 = "$(HASHES[1])"

    [[libwrt]]
    $(elsewhere())git-tree-sha1 = "$(HASHES[2])"

        [[libwrt.download]]
        sha256 = "$(HASHES[1])"
        url = "https://example.org/elsewhere.tar.gz"

    [[libwrt]] # ours
    $(here())git-tree-sha1 = "$(HASHES[3])"

        [[libwrt.download]]
        url = "https://example.org/here.tar.gz"
    """
    with_artifacts(toml) do folder
        @test W.artifact_hash(joinpath(folder, "Artifacts.toml")) == HASHES[3]
        @test W.artifact(folder) == joinpath(folder, "first", "artifacts", HASHES[3], Sys.iswindows() ? "bin" : "lib", W.FILENAME)
    end
    with_artifacts(first(split(toml, "[[libwrt]] #"))) do folder
        @test W.artifact(folder) === nothing
    end
    @test W.artifact("/nowhere") === nothing
end

@testset "the depot that has it" begin
    with_artifacts("[libwrt]\ngit-tree-sha1 = \"$(HASHES[1])\"\n") do folder
        path = W.artifact(folder)
        @test startswith(path, joinpath(folder, "first"))
        path = replace(path, joinpath(folder, "first") => joinpath(folder, "second"))
        mkpath(dirname(path))
        touch(path)
        @test W.artifact(folder) == path
    end
end

@testset "overrides" begin
    with_artifacts("[libwrt]\ngit-tree-sha1 = \"$(HASHES[1])\"\n") do folder
        overrides(depot, text) = write(joinpath(mkpath(joinpath(folder, depot, "artifacts")), "Overrides.toml"), text)
        home() = basename(dirname(dirname(W.artifact(folder))))
        overrides("second", "$(HASHES[1]) = \"$(HASHES[2])\"\n")
        @test home() == HASHES[2]
        overrides("first", "$(HASHES[3]) = \"$(HASHES[4])\"\n\n[$(W.PACKAGE_UUID)]\nlibwrt = \"$(folder)\"\n")
        @test dirname(dirname(W.artifact(folder))) == folder
    end
end

# In the order of places, what was built or put there goes first.
@testset "an artifact is a place of the library" begin
    program = """
    empty!(DEPOT_PATH)
    push!(DEPOT_PATH, "/depot")
    using WasmtimeRuntime
    delete!(ENV, "WASMTIME_RUNTIME_LIB")
    print(join(first.(WasmtimeRuntime.places()), ", "), ": ", last(last(WasmtimeRuntime.places())))
    """
    mktempdir() do folder
        cp(joinpath(PACKAGE, "src"), joinpath(folder, "src"))
        cp(joinpath(PACKAGE, "Project.toml"), joinpath(folder, "Project.toml"))
        write(joinpath(folder, "Artifacts.toml"), "[libwrt]\ngit-tree-sha1 = \"$(HASHES[1])\"\n")
        julia = `$(Base.julia_cmd()) --startup-file=no --compiled-modules=no --project=$folder -e $program`
        names = "deps/lib of the package, release build of the checkout, debug build of the checkout, artifact of the package"
        @test startswith(read(julia, String), "$names: $(joinpath("/depot", "artifacts", HASHES[1]))")
    end
end
