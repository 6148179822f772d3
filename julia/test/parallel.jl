# Programs and pipes on several threads. Run by process.jl, with more than one.

@testset "on all threads" begin
    one(i) = text_of("cat"; stdin = IOBuffer("text $i")) == "text $i" && text_of("clock", "sleep", "1") == "slept\n" &&
             open(p -> (println(p.in, "hello $i"); readline(p.out)), program("upper"; engine = STOPPING)) == "HELLO $i"
    program("upper"; engine = STOPPING)
    @test all(fetch, [Threads.@spawn(all(one, 10i:10i+9)) for i in 1:10])
end

@testset "two programs on different threads" begin
    for capacity in (16, 1000, 65536)
        between = WasmPipe(capacity)
        writing = Threads.@spawn run(program("flood"); args = ["flood", "4000"], stdout = between)
        counting = Threads.@spawn text_of("count"; stdin = between)
        @test fetch(counting) == "2000 lines, 2000 words, 4000 bytes\n" && success(fetch(writing))
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
    started = Channel{Any}(1)
    elsewhere(() -> (process = start("spin"; timeout = 20); put!(started, process); wait(process)))
    process = take!(started)
    sleep(0.05)
    # Else it would have waited for the timeout.
    @test (@elapsed GC.gc()) < 20
    kill(process)
    @test ended(process).exitcode == -1
end

@testset "a pipe with threads on both sides" begin
    function transfer(capacity, n)
        pipe = WasmPipe(capacity)
        data = rand(UInt8, n)
        writer = Threads.@spawn (foreach(i -> write(pipe, view(data, i:min(i + 99, n))), 1:100:n); close(pipe))
        reader = Threads.@spawn read(pipe)
        fetch(writer)
        fetch(reader) == data
    end
    # Each time that one wakes the other takes a while, so they are not many.
    @test all(capacity -> transfer(capacity, min(300 * capacity, 50_000)), (1, 10, 1000, 65536))
    @test all(fetch, [Threads.@spawn(transfer(100, 3_000)) for _ in 1:10])
end

@testset "a pipe that another thread closes" begin
    for i in 1:200
        pipe = WasmPipe(4)
        reader = Threads.@spawn read(pipe, String)
        writer = Threads.@spawn try write(pipe, "12345678") catch e; e end
        closer = Threads.@spawn close(pipe)
        fetch(closer)
        @test occursin(fetch(reader), "12345678") && (fetch(writer) isa WasmRuntimeError || fetch(writer) == 8)
    end
end
