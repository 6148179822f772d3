const CACHED = "(module (func (export \"f\") (result i32) (i32.const 42)) (@custom \"note\" \"kept\"))"

files(folder) = isdir(folder) ? sort(readdir(folder)) : String[]

@testset "compiled once for each content and each kind of engine" begin
    mktempdir() do folder
        folder = joinpath(folder, "not there yet")
        first_one = WasmModule(ENGINE, CACHED; cache = folder)
        @test length(files(folder)) == 1 && stat(folder).mode & 0o777 == 0o700
        @test first(custom_sections(first_one)) == ("note" => UInt8.(collect("kept")))
        before = stat(joinpath(folder, only(files(folder))))
        again = WasmModule(WasmEngine(), Vector{UInt8}(CACHED); cache = folder)
        # It comes from the file, which stays as it is.
        @test isempty(custom_sections(again)) && stat(joinpath(folder, only(files(folder)))).mtime == before.mtime
        @test WasmInstance(WasmStore(again.engine), again).exports.f() == 42
        WasmModule(WasmEngine(consume_fuel = true), CACHED; cache = folder)
        WasmModule(ENGINE, replace(CACHED, "42" => "43"); cache = folder)
        @test length(files(folder)) == 3 && !any(endswith(".tmp"), files(folder))
        WasmModule(ENGINE, CACHED)
        @test length(files(folder)) == 3
        # A store stands for its engine, as does text for a file.
        path = joinpath(folder, "source.wat")
        write(path, CACHED)
        @test isempty(custom_sections(WasmModule(WasmStore(ENGINE), path; cache = folder)))
    end
end

@testset "what does not fit is compiled again" begin
    mktempdir() do folder
        chmod(folder, 0o700)
        WasmModule(ENGINE, CACHED; cache = folder)
        path = joinpath(folder, only(files(folder)))
        good = read(path)
        write(path, "no artifact")
        @test WasmInstance(WasmStore(ENGINE), WasmModule(ENGINE, CACHED; cache = folder)).exports.f() == 42
        @test length(read(path)) == length(good)
    end
end

@testset "folders that are no good" begin
    Sys.isunix() && mktempdir() do folder
        chmod(folder, 0o777)
        @test occursin("can write to the folder", message(() -> WasmModule(ENGINE, CACHED; cache = folder)))
        @test isempty(files(folder))
        file = joinpath(folder, "file")
        write(file, "")
        found = @test_logs (:warn, r"cannot be kept") WasmModule(ENGINE, CACHED; cache = joinpath(file, "below"))
        @test length(found.exports) == 1
    end
    engine = WasmEngine()
    close(engine)
    @test thrown(() -> WasmModule(engine, CACHED; cache = true)).status === :closed
    @test thrown(() -> WasmModule(ENGINE, "(module"; cache = true)) isa WasmCompileError
    @test_throws TypeError WasmModule(ENGINE, CACHED; cache = 1)
end

@testset "the folder of the user" begin
    before = copy(DEPOT_PATH)
    mktempdir() do depot
        try
            pushfirst!(DEPOT_PATH, depot)
            WasmModule(ENGINE, CACHED; cache = true)
            @test startswith(W.cache_folder(), depot) && length(files(W.cache_folder())) == 1
        finally
            copyto!(resize!(DEPOT_PATH, length(before)), before)
        end
    end
end
