# The official test suite of WebAssembly. The test of the Rust side leaves it beside the folder of the library, and writes how it went,
# and what is not tried, to a page of the documentation: that page says what is to be found here.

const SUITE = joinpath(dirname(dirname(W.library_path())), "spec")
const PAGE = joinpath(dirname(PACKAGE), "docs", "src", "spec.md")

"The numbers of each folder: scripts, passed, failed, skipped."
wanted(page) = Dict(m.captures[1] => parse.(Int, m.captures[2:5]) for m in eachmatch(r"^\| ([\w-]+) \| (\d+) \| (\d+) \| (\d+) \| (\d+) \|$"m, page))

"What is not tried in a folder: lines by file, `:` for all of them."
function unwanted(page, folder)
    found = Dict{String,Any}()
    for m in eachmatch(r"^\| (\S+)/(\S+\.wast) \| ([\d, ]+|all) \| .* \|$"m, page)
        m.captures[1] == folder || continue
        file, lines = m.captures[2], m.captures[3]
        found[file] = lines == "all" ? (:) : append!(get(found, file, Int[]), parse.(Int, split(lines, ", ")))
    end
    found
end

"The store of a script that has run, where nothing was cleaned up yet, and what failed."
function store_after(engine, path, skip)
    spectest, script = W.spectest_modules(engine), W.WasmScript(read(path, String), basename(path))
    run = W.ScriptRun(engine, spectest, script)
    tally = W.run_commands(run, W.commands(script), skip)
    run.store, tally.failed
end

if isdir(SUITE) && isfile(PAGE)
    @testset "all folders, as the page says" begin
        page, count = read(PAGE, String), W.C.wrt_live_count()
        rows = wanted(page)
        @test length(rows) > 20 && issubset(keys(rows), readdir(SUITE))
        for (folder, row) in sort!(collect(rows))
            result = run_wast(joinpath(SUITE, folder); skip = unwanted(page, folder))
            @test isempty(result.failures)
            @test [length(result.files), result.passed, result.failed, result.skipped] == row
        end
        for _ in 1:10
            W.C.wrt_live_count() <= count || GC.gc()
        end
        @test W.C.wrt_live_count() <= count
    end

    # The other way to call, which is compiled.
    @testset "often = $often" for often in (0, W.OFTEN[])
        before, W.OFTEN[] = W.OFTEN[], often
        for folder in ("exceptions", "gc", "reference-types"), file in readdir(joinpath(SUITE, folder))
            store, failed = store_after(ENGINE, joinpath(SUITE, folder, file), get(unwanted(read(PAGE, String), folder), file, ()))
            @test isempty(failed)
            references(store) == 0 || GC.gc()
            @test references(store) == 0
        end
        W.OFTEN[] = before
    end
else
    @info "the official test suite is not here: `cargo test --release --test spec` writes it to $SUITE"
    @test run_wast("""
        (module (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1))))
        (assert_return (invoke "add" (i32.const 1) (i32.const 2)) (i32.const 3))""").passed == 1
end
