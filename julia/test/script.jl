const HOLDS = "(module (func (export \"one\") (result i32) (i32.const 1)))\n(assert_return (invoke \"one\") (i32.const 1))\n"
const FAILS = HOLDS * "(assert_return (invoke \"one\") (i32.const 2))\n(invoke \"none\")\n"

numbers(result) = (result.passed, result.failed, result.skipped)

@testset "a text" begin
    @test numbers(run_wast(HOLDS)) == (1, 0, 0)
    @test numbers(run_wast(SubString(HOLDS, 1))) == (1, 0, 0)
    @test numbers(run_wast(";; a comment\n" * HOLDS)) == (1, 0, 0)
    result = run_wast(FAILS)
    @test numbers(result) == (1, 2, 0)
    @test [(failure.file, failure.line) for failure in result.failures] == [("script", 3), ("script", 4)]
    @test result.failures[1].message == "assert_return: expected i32 2, found i32 1"
    @test startswith(result.failures[2].message, "action: WasmRuntimeError: there is no export \"none\"")
    @test result.files == [(file = "script", passed = 1, failed = 2, skipped = 0)]
end

@testset "what is skipped" begin
    @test numbers(run_wast(FAILS; skip = 3)) == (1, 1, 1)
    # What is no assertion does not count.
    @test numbers(run_wast(FAILS; skip = [3, 4])) == (1, 0, 1)
    @test numbers(run_wast(FAILS; skip = :)) == (0, 0, 2)
end

@testset "files and folders" begin
    mktempdir() do folder
        mkdir(joinpath(folder, "more"))
        write(joinpath(folder, "b.wast"), FAILS)
        write(joinpath(folder, "more", "a.wast"), HOLDS)
        write(joinpath(folder, "none.txt"), "(")
        file = joinpath(folder, "b.wast")
        @test numbers(run_wast(SubString(file, 1))) == numbers(run_wast(file)) == (1, 2, 0)
        @test run_wast(file).failures[1].file == file
        result = run_wast(folder)
        @test numbers(result) == (2, 2, 0)
        @test [row.file for row in result.files] == ["b.wast", "more/a.wast"]
        @test result.failures[1].file == "b.wast"
        @test numbers(run_wast(folder; skip = Dict("b.wast" => [3, 4], "more/a.wast" => :))) == (1, 0, 2)
        @test_throws ArgumentError run_wast(folder; skip = [3])
        @test numbers(run_wast(joinpath(folder, "more"))) == (1, 0, 0)
        @test numbers(mktempdir(run_wast)) == (0, 0, 0)
        @test_throws SystemError run_wast(joinpath(folder, "none.wast"))
    end
end

@testset "an engine" begin
    # Wide arithmetic is not on by default.
    source = "(module (func (param i64 i64) (result i64 i64) (i64.mul_wide_s (local.get 0) (local.get 1))))"
    @test numbers(run_wast(source)) == (0, 0, 0)
    @test numbers(run_wast(source; engine = ENGINE)) == (0, 1, 0)
    run_wast(HOLDS; engine = ENGINE)
    @test isopen(ENGINE)
end

@testset "no script" begin
    result = run_wast("(module")
    @test numbers(result) == (0, 1, 0) && result.failures[1].line == 0
    @test startswith(result.failures[1].message, "WasmCompileError: script:1:8")
    @test numbers(run_wast("(nonsense)")) == (0, 1, 0)
end

@testset "how results look" begin
    result = run_wast(FAILS)
    @test shown(result) == "WastResult(1 passed, 2 failed, 0 skipped)"
    @test startswith(plain(result), "WastResult(1 passed, 2 failed, 0 skipped)\nfiles:\n  script  1 passed, 2 failed, 0 skipped\nfailures:\n" *
                                    "  script:3  assert_return: expected i32 2, found i32 1\n  script:4  ")
    @test shown(result.failures[1]) == "script:3: assert_return: expected i32 2, found i32 1"
    @test plain(run_wast(HOLDS)) == "WastResult(1 passed, 0 failed, 0 skipped)\nfiles:\n  script  1 passed, 0 failed, 0 skipped"
end

@testset "a script that fails leaves nothing behind" begin
    count = W.C.wrt_live_count()
    run_wast(FAILS * "(module \$m (memory (export \"m\") 1 1 shared)) (thread \$t (shared (module \$m))) (module")
    run_wast(FAILS * "(thread \$t (module (func))) (wait \$t)")
    foreach(_ -> GC.gc(), 1:3)
    @test W.C.wrt_live_count() <= count
end
