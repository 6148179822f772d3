# Pipes as streams of Julia; with programs at their ends in process.jl.

filled(text; capacity = 65536) = (pipe = WasmPipe(capacity); write(pipe, text); pipe)

"A pipe from which everything that was written can be read, and then the end."
closed_with(text) = (pipe = filled(text); close(pipe); pipe)

@testset "what is written is read, in all the ways" begin
    @test String(read(filled("hello"), 5)) == "hello"
    @test String(read(filled("hello"), 3)) == "hel" && read(closed_with("hello"), 10) == b"hello"
    @test read(closed_with("hello"), String) == "hello" && read(closed_with("hello")) == b"hello"
    @test readavailable(filled("hello")) == b"hello" && isempty(readavailable(closed_with("")))
    @test readline(filled("one\ntwo\n")) == "one" && readline(filled("one\r\ntwo"); keep = true) == "one\r\n"
    @test collect(eachline(closed_with("one\ntwo\n\nthree"))) == ["one", "two", "", "three"]
    @test readlines(closed_with("a\nb")) == ["a", "b"] && readuntil(filled("key=value"), '=') == "key"
    @test read(filled("hé"), Char) == 'h' && read(closed_with("é"), Char) == 'é'
    @test read(filled(reinterpret(UInt8, [1.5, 2.5])), Float64) == 1.5
    @test read(filled("ab"), UInt8) == 0x61
    @test read!(filled("abcd"), zeros(UInt8, 4)) == b"abcd"
    pipe = filled("abc")
    @test !eof(pipe) && Base.peek(pipe) == 0x61 && bytesavailable(pipe) == 3 && String(read(pipe, 3)) == "abc"
end

@testset "what can be written" begin
    pipe = WasmPipe()
    @test write(pipe, "text") == 4 && write(pipe, 0x21) == 1 && write(pipe, [0x01, 0x02]) == 2 && write(pipe, "") == 0
    @test print(pipe, 'é', 1.5) === nothing && println(pipe, "end") === nothing && flush(pipe) === nothing
    @test write(pipe, view([0x61, 0x62, 0x63], 1:2:3)) == 2 && write(pipe, IOBuffer("copied")) == 6
    close(pipe)
    @test read(pipe, String) == "text!\x01\x02é1.5end\naccopied"
end

@testset "bytes into vectors" begin
    bytes = zeros(UInt8, 2)
    pipe = filled("hello world")
    @test readbytes!(pipe, bytes) == 2 && bytes == b"he"
    @test readbytes!(pipe, bytes, 5) == 5 && bytes[1:5] == b"llo w"
    @test readbytes!(pipe, bytes, 100; all = false) == 4 && bytes[1:4] == b"orld"
    @test readbytes!(pipe, bytes, 0) == 0
    close(pipe)
    @test readbytes!(pipe, bytes, 5) == 0 && isempty(read(pipe, 5)) && isempty(read(pipe))
    @test String(read(filled("abc"), 100; all = false)) == "abc"
    @test length(read(closed_with(rand(UInt8, 50_000)), 10^9)) == 50_000
end

@testset "the end" begin
    pipe = closed_with("a")
    @test !isopen(pipe) && !iswritable(pipe) && isreadable(pipe) && !eof(pipe) && bytesavailable(pipe) == 1
    @test read(pipe, UInt8) == 0x61 && eof(pipe) && bytesavailable(pipe) == 0
    @test thrown(() -> read(pipe, UInt8)) isa EOFError && thrown(() -> read(pipe, Int32)) isa EOFError
    @test thrown(() -> read!(closed_with("abc"), zeros(UInt8, 4))) isa EOFError
    @test readline(pipe) == "" && read(pipe, String) == "" && isempty(readavailable(pipe))
    @test close(pipe) === nothing && eof(pipe)
    e = thrown(() -> write(pipe, "x"))
    @test e isa WasmRuntimeError && e.status === :closed && e.message == "the pipe is closed"
    # What was read in advance, and what was not, comes before the end.
    pipe = filled("one\ntwo\n")
    @test readline(pipe) == "one"
    write(pipe, "three\n")
    close(pipe)
    @test bytesavailable(pipe) == 10 && readlines(pipe) == ["two", "three"] && eof(pipe)
end

@testset "show" begin
    pipe = filled("abc")
    @test shown(pipe) == "WasmPipe(open, 3 bytes)" == plain(pipe)
    read(pipe, UInt8)
    @test shown(pipe) == "WasmPipe(open, 2 bytes)"
    close(pipe)
    @test shown(pipe) == "WasmPipe(closed)"
end

@testset "the capacity" begin
    e = thrown(() -> WasmPipe(0))
    @test e isa WasmRuntimeError && e.status === :argument && occursin("capacity is 0", e.message)
    @test_throws InexactError WasmPipe(-1)
    # All of it fits, and one more does not.
    pipe = WasmPipe(8)
    write(pipe, "12345678")
    more = @async write(pipe, "9")
    yield()
    @test !istaskdone(more) && bytesavailable(pipe) == 8
    @test read(pipe, UInt8) == UInt8('1') && outcomes([more]) == [1]
end

@testset "two tasks and a pipe of $capacity" for capacity in (1, 2, 3, 7, 64)
    pipe, data = WasmPipe(capacity), rand(UInt8, 1000)
    progress = Ref(0)
    writer = @async (foreach(part -> (write(pipe, part); progress[] += length(part)), (view(data, i:i+9) for i in 1:10:991)); close(pipe))
    sleep(0.01)
    # It waits: what nobody has read is bounded.
    @test progress[] <= capacity
    reader = @async read(pipe)
    @test outcomes([reader, writer])[1] == data
end

@testset "lines back and forth" begin
    there, back = WasmPipe(3), WasmPipe(3)
    echo = @async (foreach(line -> println(back, uppercase(line)), eachline(there)); close(back))
    asking = @async [(println(there, "line $i"); readline(back)) for i in 1:50]
    @test outcomes([asking])[1] == ["LINE $i" for i in 1:50]
    close(there)
    outcomes([echo])
    @test eof(back)
end

@testset "several tasks on one side" begin
    pipe = WasmPipe(4)
    readers = [@async(read(pipe, 10)) for _ in 1:5]
    writers = [@async(write(pipe, fill(UInt8(i), 10))) for i in 1:5]
    found = outcomes(readers)
    # What one writes or reads is in one piece.
    @test sort(found) == [fill(UInt8(i), 10) for i in 1:5] && outcomes(writers) == fill(10, 5)
    # Those that wait at the end all find it.
    readers = [@async(eof(pipe)) for _ in 1:5]
    yield()
    close(pipe)
    @test outcomes(readers) == trues(5)
end

@testset "closed while somebody waits" begin
    pipe = WasmPipe(4)
    waiting_for_it = [@async(read(pipe, UInt8)), @async(read(pipe, String)), @async(eof(pipe))]
    sleep(0.01)
    close(pipe)
    found = outcomes(waiting_for_it)
    @test found[1] isa EOFError && found[2] == "" && found[3] === true
    pipe = WasmPipe(4)
    stuck = @async write(pipe, "12345678")
    sleep(0.01)
    close(pipe)
    @test occursin("closed", outcomes([stuck])[1].message) && read(pipe, String) == "1234"
    # What comes just before the end is not lost to one that waits already.
    pipe = WasmPipe()
    reader = @async read(pipe, String)
    sleep(0.01)
    write(pipe, "last")
    close(pipe)
    @test outcomes([reader]) == ["last"]
end

@testset "a program at the other end does not keep those who wait from waking when the pipe is closed" begin
    for (side, use) in ((:stdout, pipe -> read(pipe, UInt8)), (:stdin, pipe -> write(pipe, "x"^100)))
        pipe = WasmPipe(10)
        process = run(program("spin"); args = ["spin", "sleep"], wait = false, side => pipe)
        stuck = @async use(pipe)
        sleep(0.02)
        @test !istaskdone(stuck)
        close(pipe)
        @test outcomes([stuck])[1] isa (side === :stdout ? EOFError : WasmRuntimeError)
        @test process_running(process)
        kill(process)
        wait(process)
    end
end

@testset "a task that is stopped while it waits" begin
    pipe = WasmPipe(2)
    for stop in (InterruptException(), ErrorException("stop"))
        reader = @async read(pipe, 5)
        yield()
        schedule(reader, stop; error = true)
        @test outcomes([reader]) == [stop]
    end
    writer = @async write(pipe, "12345")
    yield()
    schedule(writer, ErrorException("stop"); error = true)
    @test outcomes([writer]) == [ErrorException("stop")]
    @test String(read(pipe, 2)) == "12"
    write(pipe, "ab")
    @test String(read(pipe, 2)) == "ab"
end

@testset "pipes are let go" begin
    make() = foreach(_ -> (pipe = filled("x"^1000); readline(@async(read(pipe, 10)) |> fetch |> IOBuffer)), 1:50)
    make()
    foreach(_ -> GC.gc(), 1:3)
    count = W.C.wrt_live_count()
    make()
    @test soon(() -> (GC.gc(); W.C.wrt_live_count() <= count))
end
