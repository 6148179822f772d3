# Programs on several threads. Run by process.jl, with more than one.

    @testset "on all threads" begin
        one(i) = text_of("cat"; stdin = IOBuffer("text $i")) == "text $i" && text_of("clock", "sleep", "1") == "slept\n" &&
                 open(p -> (println(p.in, "hello $i"); readline(p.out)), program("upper"; engine = STOPPING)) == "HELLO $i"
        program("upper"; engine = STOPPING)
        @test all(fetch, [Threads.@spawn(all(one, 10i:10i+9)) for i in 1:20])
    end

    @testset "two programs on different threads" begin
        for capacity in (1, 100, 65536)
            between = WasmPipe(capacity)
            writing = Threads.@spawn run(program("flood"); args = ["flood", "20000"], stdout = between)
            counting = Threads.@spawn text_of("count"; stdin = between)
            @test fetch(counting) == "10000 lines, 10000 words, 20000 bytes\n" && success(fetch(writing))
        end
    end

    @testset "killed from another thread" begin
        for (name, args) in ("spin" => (), "spin" => ("sleep",), "spin" => ("print",), "cat" => (), "flood" => ("1000000",)), i in 1:10
            started = Channel{Any}(1)
            tasks = elsewhere(() -> (p = start(name, args...; stdout = WasmPipe()); put!(started, p); wait(p)))
            process = take!(started)
            sleep(0.002 * i)
            kill(process)
            @test ended(process).exitcode == -1
        end
    end

    @testset "garbage is collected while programs run" begin
        tasks = elsewhere(() -> thrown(() -> text_of("spin"; timeout = 3)))
        sleep(0.05)
        @test (@elapsed foreach(_ -> GC.gc(), 1:3)) < 2.5
        foreach(wait, tasks)
    end
