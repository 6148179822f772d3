@testset "the library in use" begin
    @test isfile(W.library_path())
    @test W.versions().wasmtime >= v"48.0.8"
    @test W.versions().library == v"0.1.0"
    @test isempty(W.C.check_layout())
end

@testset "the places, best first" begin
    withenv("WASMTIME_RUNTIME_LIB" => "/nowhere/libwrt.so") do
        @test W.places() == ["environment variable WASMTIME_RUNTIME_LIB" => "/nowhere/libwrt.so"]
        text = message(W.locate)
        @test occursin("/nowhere/libwrt.so", text)
        @test occursin("WASMTIME_RUNTIME_LIB", text)
    end
    withenv("WASMTIME_RUNTIME_LIB" => nothing) do
        names = first.(W.places())
        @test names == ["deps/lib of the package", "release build of the checkout", "debug build of the checkout"]
        @test all(isabspath, last.(W.places()))
    end
    @test W.prefix_of("/opt/a b/share/julia/WasmtimeRuntime") == "/opt/a b"
    @test W.prefix_of("/share/julia/WasmtimeRuntime") == "/"
    @test W.prefix_of("/home/me/share/WasmtimeRuntime") === W.prefix_of("/julia") === W.prefix_of("/") === nothing
end

# The library is opened by the first call that needs it, so a wrong place is an error of that call, not of `using`.
@testset "opening it lazily" begin
    program = """
    using WasmtimeRuntime
    print("loaded; ")
    try
        WasmEngine()
    catch e
        print(e isa WasmtimeError && e.status === :not_found, " ", count(==('\\n'), sprint(showerror, e)) >= 2)
    end
    """
    julia = `$(Base.julia_cmd()) --startup-file=no --project=$PACKAGE -e $program`
    @test read(setenv(julia, merge(ENV, Dict("WASMTIME_RUNTIME_LIB" => "/nowhere/libwrt.so"))), String) == "loaded; true true"
end
