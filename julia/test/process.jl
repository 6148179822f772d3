# Programs of WASI, run as Base runs commands. What they are given is in wasi.jl.

@testset "run" begin
    out, err = IOBuffer(), IOBuffer()
    process = run(program("mixed"); stdout = out, stderr = err)
    @test process isa WasmProcess && process.exitcode == 0 && success(process) && process_exited(process)
    @test String(take!(out)) == "out 1\nout 2\nout 3\n" && String(take!(err)) == "err 1\nerr 2\nerr 3\n"
    @test wait(process) === nothing && kill(process) === nothing && shown(process) == "WasmProcess(ended with status 0)"
    @test (process.in, process.out, process.err) == (nothing, nothing, nothing)
    # One stream for both keeps their order.
    run(program("mixed"); args = ["mixed", "100"], stdout = out, stderr = out)
    @test String(take!(out)) == join("out $i\nerr $i\n" for i in 1:100)
    # Without being told otherwise, they are those of Julia.
    path = tempname()
    open(io -> redirect_stdout(() -> redirect_stderr(() -> run(program("mixed")), io), io), path, "w")
    @test sort(readlines(path)) == sort(["out 1", "err 1", "out 2", "err 2", "out 3", "err 3"])
    rm(path)
end

@testset "read" begin
    mod = program("hello")
    @test read(mod, String) == "Hello, World!\n" && read(mod) == b"Hello, World!\n"
    @test read(mod, String; args = ["hello", "Bob"]) == "Hello, Bob!\n"
    @test length(read(program("flood"); args = ["flood", "3000000"])) == 3_000_000
    @test read(program("mixed"), String; stderr = devnull) == "out 1\nout 2\nout 3\n"
    e = thrown(() -> read(mod; stdout = IOBuffer()))
    @test e isa ArgumentError && occursin("stdout", e.msg)
    @test occursin("no keyword wait", thrown(() -> read(mod; wait = false)).msg)
end

@testset "statuses" begin
    mod = program("exit")
    status(args...; run = run) = (e = thrown(() -> run(mod; args = ["exit", args...], stdout = devnull)); e isa WasmExit && (e.status, e.message))
    for n in (1, 3, 125, 126, 200, 255, 256), how in ((), ("return",), ("raw",))
        @test status(how..., "$n") == (n, "the program ended with status $n")
    end
    for how in ((), ("return",), ("raw",))
        @test run(mod; args = ["exit", how..., "0"], stdout = devnull).exitcode == 0
        @test success(mod; args = ["exit", how..., "0"]) && !success(mod; args = ["exit", how..., "7"])
        @test read(mod, String; args = ["exit", how..., "0"]) == "leaving\n"
    end
    e = thrown(() -> read(mod; args = ["exit", "3"]))
    @test e isa WasmExit && e.status == 3
    @test_throws WasmTrap success(mod; args = ["exit", "abort"])
    process = run(mod; args = ["exit", "3"], wait = false)
    @test wait(process) === nothing && process.exitcode == 3 && !success(process)
    @test shown(process) == "WasmProcess(ended with status 3)" && read(process.out, String) == "leaving\n"
end

const COMPLAINS = """
(module
  (import "wasi_snapshot_preview1" "fd_write" (func \$write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 100) "first line\\n  the reason\\n")
  (func (export "_start")
    (i32.store (i32.const 0) (i32.const 100)) (i32.store (i32.const 4) (i32.const 24))
    (drop (call \$write (i32.const 2) (i32.const 0) (i32.const 1) (i32.const 8)))
    WHAT))
"""

@testset "what a program wrote last is in the message" begin
    @test message(() -> read(program("env"); args = ["env", "X"])) == "the program ended with status 1: X: not in the environment"
    @test message(() -> open(process -> nothing, program("env"); args = ["env", "X"])) ==
          "the program ended with status 1: X: not in the environment"
    trap = WasmModule(ENGINE, replace(COMPLAINS, "WHAT" => "unreachable"))
    wanted = "wasm trap: wasm `unreachable` instruction executed:\nfirst line\n  the reason"
    e = thrown(() -> read(trap))
    @test e isa WasmTrap && e.code === :unreachable && e.message == wanted && length(e.frames) == 1
    e = thrown(() -> open(process -> nothing, trap))
    @test e isa WasmTrap && e.message == wanted && length(e.frames) == 1
    spin = WasmModule(STOPPING, replace(COMPLAINS, "WHAT" => "(loop (br 0))"))
    e = thrown(() -> read(spin; timeout = 0.05))
    @test e isa WasmInterrupt && endswith(e.message, "the reason")
    # Not where it went elsewhere.
    err = IOBuffer()
    @test !occursin("reason", message(() -> read(trap; stderr = err))) && occursin("reason", String(take!(err)))
    # Of much, the end.
    long = read(program("cat"); args = ["cat", "-e"], stdin = "x"^100_000)
    @test isempty(long)
end

@testset "what is no program" begin
    refused(source) = message(() -> run(WasmModule(ENGINE, source)))
    @test occursin("exports a function _start", refused("(module)"))
    @test occursin("exports a function _start", refused("(module (global (export \"_start\") i32 (i32.const 1)))"))
    for use in (run, read, success, mod -> read(mod, String), open, mod -> open(identity, mod), mod -> run(mod; wait = false))
        e = thrown(() -> use(program("reactor")))
        @test e isa WasmRuntimeError && occursin("it is a reactor: make a WasmInstance", e.message)
    end
    @test occursin("takes 1 argument", refused("(module (func (export \"_start\") (param i32)))"))
    mod = WasmModule(ENGINE, joinpath(GUESTS, "hello.wasm"))
    close(mod)
    @test occursin("closed", message(() -> run(mod)))
end

@testset "functions besides those of WASI" begin
    ask(f; options...) = read(program("calls"), String; imports = (env = (ask = f,),), options...)
    @test ask((at, n) -> n) == "the answer: 10\n"
    @test ask((at, n) -> (sleep(0.001); yield(); n); args = ["calls", "a", "bcd"]) == "a: 1\nbcd: 3\n"
    named(caller::WasmCaller, at, n) = read_string(caller["memory"], at, n) == "the answer" ? 42 : 0
    @test ask(named) == "the answer: 42\n"
    @test read(program("calls"), String; imports = Dict("env" => Dict("ask" => named))) == "the answer: 42\n"
    # Two programs call each other's function, which runs programs.
    @test ask((at, n) -> length(ask((at, n) -> length(text_of("hello"))))) == "the answer: 15\n"
    mine = ErrorException("mine")
    @test thrown(() -> ask((_, _) -> throw(mine))) === mine
    @test thrown(() -> run(program("calls"); imports = (env = (ask = (_, _) -> (yield(); throw(mine)),),), stdout = devnull)) === mine
    process = run(program("calls"); imports = (env = (ask = (_, _) -> throw(mine),),), wait = false)
    @test thrown(() -> wait(process)) === mine && process.exitcode == -1 && process_exited(process)
    @test thrown(() -> success(process)) === mine && shown(process) == "WasmProcess(failed)"
    @test thrown(() -> ask((_, _) -> "text")) isa MethodError
    e = thrown(() -> run(program("calls")))
    @test e isa WasmLinkError && occursin("1 of", e.message) && occursin("env.ask (func (param i32 i32) (result i32))", e.message)
end

# Input.

struct Minimal <: IO
    io::IOBuffer
end
Base.eof(x::Minimal) = eof(x.io)
Base.read(x::Minimal, ::Type{UInt8}) = read(x.io, UInt8)

struct Failing <: IO
    exception::Any
end
Base.eof(::Failing) = false
Base.readavailable(x::Failing) = throw(x.exception)
Base.unsafe_write(x::Failing, ::Ptr{UInt8}, ::UInt) = throw(x.exception)

struct Writing <: IO
    f::Any
end
Base.unsafe_write(x::Writing, ::Ptr{UInt8}, n::UInt) = (x.f(); Int(n))

@testset "input of every kind" begin
    cat(input) = text_of("cat"; stdin = input)
    for input in ("text", SubString("a text", 3), b"text", view(b"-text", 2:5), IOBuffer("text"), Minimal(IOBuffer("text")),
                  IOContext(IOBuffer("text")), [0x74, 0x65, 0x78, 0x74])
        @test cat(input) == "text"
    end
    @test cat(devnull) == cat("") == cat(UInt8[]) == cat(IOBuffer()) == ""
    data = rand(UInt8, 10^6)
    @test read(program("cat"); stdin = data) == read(program("cat"); stdin = IOBuffer(data)) == data
    # Without an end, too.
    @test thrown(() -> open(zero -> text_of("count"; stdin = zero, timeout = 0.1), "/dev/zero")) isa WasmInterrupt
    mktemp() do path, io
        write(io, data)
        close(io)
        @test open(file -> read(program("cat"); stdin = file), path) == data
        # Its stdout can be a file, too.
        open(file -> run(program("cat"); stdin = "text", stdout = file), path, "w")
        @test read(path, String) == "text"
    end
    buffer = Base.BufferStream()
    reading = @async cat(buffer)
    write(buffer, "te")
    sleep(0.01)
    write(buffer, "xt")
    close(buffer)
    @test outcomes([reading]) == ["text"]
    pipe = Pipe()
    Base.link_pipe!(pipe; reader_supports_async = true, writer_supports_async = true)
    for input in (pipe, pipe.out)
        reading = @async text_of("poll", "stdin", "20000"; stdin = input)
        sleep(0.01)
        write(pipe.in, "text")
        @test outcomes([reading]) == ["stdin: 1\n  2 read: ok\n"]
    end
    close(pipe.in)
    # What was asked for, and not read after all, is lost with the program.
    @test occursin(cat(pipe), "texttext")
    port, server = Sockets.listenany(Sockets.localhost, 0)
    serving = @async (connection = Sockets.accept(server); run(program("upper"); stdin = connection, stdout = connection); close(connection))
    connection = Sockets.connect(Sockets.localhost, port)
    found = [(println(connection, "line $i"); readline(connection)) for i in 1:20]
    @test found == ["LINE $i" for i in 1:20]
    close(connection)
    outcomes([serving])
    close(server)
    # From one command to the next.
    @test open(command -> cat(command), `echo text`) == "text\n"
    @test_throws TypeError cat(nothing)
end

@testset "nothing is taken from input that the program does not read" begin
    input = IOBuffer("text")
    @test text_of("hello"; stdin = input) == "Hello, World!\n" && position(input) == 0
    run(program("hello"); stdin = input, stdout = devnull)
    success(program("exit"); args = ["exit", "3"], stdin = input)
    ended(start("hello"; stdin = input))
    @test position(input) == 0
    # What comes once a program that waits for it was stopped stays there, too.
    buffer = Base.BufferStream()
    process = start("cat"; stdin = buffer)
    sleep(0.02)
    kill(process)
    ended(process)
    @test thrown(() -> text_of("cat"; stdin = buffer, timeout = 0.05)) isa WasmInterrupt
    write(buffer, "later")
    sleep(0.02)
    @test String(readavailable(buffer)) == "later"
end

@testset "streams that fail" begin
    mine = ErrorException("mine")
    @test thrown(() -> text_of("cat"; stdin = Failing(mine))) === mine
    @test thrown(() -> run(program("hello"); stdout = Failing(mine))) === mine
    @test thrown(() -> run(program("mixed"); stdout = devnull, stderr = Failing(mine))) === mine
    @test thrown(() -> text_of("flood", "1000000"; stdin = Failing(mine)) |> length |> error) == ErrorException("1000000")
    for options in ((stdin = Failing(mine),), (stdout = Failing(mine),))
        process = start("cat"; stdin = "text", options...)
        @test thrown(() -> wait(process)) === mine && process.exitcode == -1
    end
    full = IOBuffer("read only")
    @test thrown(() -> run(program("hello"); stdout = full)) isa ArgumentError
    # Writing may come back to the store whose program has written.
    x = Ref{Any}()
    counts = Int[]
    store = WasmStore(ENGINE; wasi = WasiConfig(stdout = Writing(() -> push!(counts, x[].counter()))))
    x[] = WasmInstance(store, program("reactor")).exports
    @test x[].greet(0, 0) == 9 && counts == [100] && x[].counter() == 101
    # A store lives on.
    store = WasmStore(ENGINE; wasi = WasiConfig(stdin = Failing(mine)))
    x = WasmInstance(store, program("reactor")).exports
    @test thrown(x.read_stdin_byte) === mine && x.read_stdin_byte() == -1 && x.counter() == 100
end

# Processes.

@testset "lines back and forth" begin
    process = run(program("upper"); wait = false)
    @test process_running(process) && !process_exited(process) && shown(process) == "WasmProcess(running)"
    @test process.in isa WasmPipe && process.out isa WasmPipe && process.err === nothing && process.exitcode < 0
    for i in 1:100
        println(process.in, "line $i")
        @test readline(process.out) == "LINE $i"
    end
    write(process.in, "no newline")
    close(process.in)
    @test read(process.out, String) == "NO NEWLINE" && wait(process) === nothing && process.exitcode == 0
    e = thrown(() -> println(process.in, "more"))
    @test e isa WasmRuntimeError && e.status === :closed
    # Who writes to a program that is over is told.
    process = ended(start("hello"))
    e = thrown(() -> println(process.in, "more"))
    @test e isa WasmRuntimeError && e.status === :io && occursin("nobody reads", e.message) && readline(process.out) == "Hello, World!"
    process = start("mixed"; stderr = WasmPipe())
    @test readline(process.err) == "err 1" && read(process.err, String) == "err 2\nerr 3\n"
end

@testset "open" begin
    @test open(process -> (println(process.in, "hello"); readline(process.out)), program("upper")) == "HELLO"
    # What is left is dropped, however much.
    @test open(process -> readline(process.out), program("flood"); args = ["flood", "1000000"]) == "y"
    @test open(process -> 7, program("cat")) == 7
    process = open(program("hello"))
    @test process isa WasmProcess && read(process.out, String) == "Hello, World!\n" && success(process)
    e = thrown(() -> open(process -> 1, program("exit"); args = ["exit", "3"]))
    @test e isa WasmExit && e.status == 3
    # What the function throws ends the program.
    found = Ref{Any}()
    @test thrown(() -> open(p -> (found[] = p; error("mine")), program("spin"); args = ["spin", "sleep"])) == ErrorException("mine")
    @test process_exited(ended(found[]))
    # Pipes that were given are left alone.
    given, taken = WasmPipe(), WasmPipe()
    println(given, "one\ntwo")
    other = open(program("upper"); stdin = given, stdout = taken)
    @test (other.in, other.out) == (given, taken) && readline(taken) == "ONE"
    @test open(process -> process.out === taken, program("hello"); stdout = taken) && isopen(given) && isopen(taken)
    close(given)
    @test readline(taken) == "TWO" && readline(taken) == "Hello, World!" && success(other)
end

@testset "ends" begin
    # Sleeping, waiting for input, in all ways, and for somebody who reads.
    for (name, args, options) in (("spin", ("sleep",), NamedTuple()), ("cat", (), NamedTuple()), ("cat", (), (stdin = Base.BufferStream(),)),
                                  ("poll", ("stdin", "1000000"), NamedTuple()), ("flood", ("1000000",), NamedTuple()),
                                  ("flood", ("1000000",), (stdout = WasmPipe(1),)))
        for pause in (false, true)
            process = start(name, args...; options...)
            pause && sleep(0.02)
            @test process_running(process)
            kill(process)
            ended(process)
            @test process.exitcode == -1 && !success(process) && shown(process) == "WasmProcess(killed)"
            @test kill(process) === nothing && wait(process) === nothing
        end
    end
    # In a function of Julia.
    process = run(program("calls"); imports = (env = (ask = (_, _) -> (sleep(0.05); 1),),), wait = false)
    sleep(0.02)
    kill(process)
    @test ended(process).exitcode == -1
    # It may do it itself, in a function of Julia.
    itself = Ref{Any}()
    itself[] = run(program("calls"); imports = (env = (ask = (_, _) -> (kill(itself[]); 1),),), wait = false)
    @test shown(ended(itself[])) == "WasmProcess(killed)"
    # Those that wait for its output find the end.
    process = start("cat")
    reader = @async read(process.out, String)
    println(process.in, "text")
    sleep(0.02)
    kill(process)
    @test outcomes([reader]) == ["text\n"]
    # The store that is closed under it.
    process = start("spin", "sleep")
    sleep(0.01)
    close(process.store)
    @test outcomes([@async(wait(process))])[1].status === :closed && process.exitcode == -1
end

@testset "time, fuel and memory" begin
    for (name, args, options) in (("spin", (), NamedTuple()), ("spin", ("sleep",), NamedTuple()), ("spin", ("print",), NamedTuple()),
                                  ("cat", (), (stdin = WasmPipe(),)), ("cat", (), (stdin = Base.BufferStream(),)))
        e = thrown(() -> text_of(name, args...; timeout = 0.1, options...))
        @test e isa WasmInterrupt && occursin("timeout", e.message)
    end
    e = thrown(() -> run(program("flood"; engine = STOPPING); args = ["flood", "1000000"], stdout = WasmPipe(), timeout = 0.1))
    @test e isa WasmInterrupt
    process = start("spin", "sleep"; timeout = 0.05)
    @test thrown(() -> wait(process)) isa WasmInterrupt && process.exitcode == -1 && shown(process) == "WasmProcess(failed)"
    @test text_of("hello"; timeout = 100) == "Hello, World!\n"
    fueled = WasmEngine(consume_fuel = true)
    @test read(program("hello"; engine = fueled), String; fuel = 10^7) == "Hello, World!\n"
    e = thrown(() -> read(program("spin"; engine = fueled); args = ["spin"], fuel = 10^6))
    @test e isa WasmLimitError && e.status === :fuel
    @test occursin("epoch_interruption = true", message(() -> read(program("hello"); timeout = 1)))
    @test occursin("consume_fuel = true", message(() -> read(program("hello"); fuel = 1)))
    memory(n; limits...) = read(program("memory"), String; args = ["memory", "$n"], limits = values(limits))
    @test memory(20; memory = 80 << 20) == "ok\n"
    @test message(() -> memory(100; memory = 80 << 20)) == "the program ended with status 1: 100: out of memory"
    @test thrown(() -> memory(100; memory = 80 << 20, trap_on_grow_failure = true)) isa WasmtimeError
    @test thrown(() -> memory(1; memory = 10)) isa WasmLimitError
    @test occursin("there is no limit", thrown(() -> memory(1; bytes = 10)).msg)
end

# Many at once.

@testset "programs that compute let others run" begin
    spinning = start("spin")
    @test text_of("hello") == "Hello, World!\n" && process_running(spinning)
    kill(spinning)
    @test ended(spinning).exitcode == -1
    printing = start("spin", "print")
    @test [readline(printing.out) for _ in 1:3] == ["line 0", "line 1", "line 2"]
    kill(printing)
    ended(printing)
end

@testset "a program without WASI lets others run, too" begin
    mod = WasmModule(WasmEngine(epoch_interruption = true), "(module (func (export \"_start\") (loop (br 0))))")
    process = run(mod; wait = false)
    sleep(0.01)
    kill(process)
    wait(process)
    @test !process_running(process)
end

@testset "two hundred sleep at once" begin
    ends = Int[]
    seconds = @elapsed outcomes([@async((text_of("clock", "sleep", "$(200 - i % 2 * 100)"); push!(ends, i))) for i in 1:200])
    # One after the other they would take half a minute.
    @test seconds < 30 && sort(ends) == 1:200
    # With folders, too, where files are used on this thread.
    seconds = @elapsed outcomes([@async(text_of("clock", "sleep", "100"; dirs = ".")) for _ in 1:100])
    @test seconds < 100 * 0.1
    # All sleep while one of them works.
    sleeping = [start("spin", "sleep") for _ in 1:50]
    @test text_of("work", "1000") == "168 primes up to 1000\n" && all(process_running, sleeping)
    foreach(kill, sleeping)
    foreach(ended, sleeping)
    @test all(process -> process.exitcode == -1, sleeping)
end

@testset "programs connected by pipes" begin
    # A chain, with room for little.
    a, b = WasmPipe(7), WasmPipe(1000)
    first_one = start("flood", "100000"; stdout = a)
    second_one = start("upper"; stdin = a, stdout = b)
    @test text_of("count"; stdin = b) == "50000 lines, 50000 words, 100000 bytes\n"
    @test success(first_one) && success(second_one)
    # The other way round: the reader is there first, and the last one is stopped.
    a = WasmPipe()
    counting = start("count"; stdin = a)
    sleep(0.01)
    printing = start("spin", "print"; stdout = a)
    sleep(0.05)
    kill(printing)
    @test occursin(" lines, ", read(counting.out, String)) && success(counting)
    # In a circle, both ways at once.
    there, back = WasmPipe(), WasmPipe()
    one, two = start("cat"; stdin = there, stdout = back), start("cat"; stdin = back, stdout = there)
    println(there, "round and round")
    sleep(0.05)
    @test process_running(one) && process_running(two)
    foreach(kill, (one, two))
    foreach(ended, (one, two))
    # To itself, for as long as it likes.
    a = WasmPipe()
    write(a, "x")
    @test thrown(() -> run(program("cat"; engine = STOPPING); stdin = a, stdout = a, timeout = 0.1)) isa WasmInterrupt
    # Nobody reads any more: the writer is told, as by a broken pipe.
    a = WasmPipe(10)
    writing = start("flood", "1000000"; stdout = a)
    readline(a)
    close(a)
    @test !success(ended(writing)) && writing.exitcode == 1 && occursin("write: E", writing.words)
    # Julia in the middle.
    upper = start("upper")
    between = @async (write(upper.in, read(start("hello").out)); close(upper.in))
    @test read(upper.out, String) == "HELLO, WORLD!\n"
    outcomes([between])
end

# What is left.

handles() = W.C.wrt_live_count()
files() = Sys.islinux() ? length(readdir("/proc/self/fd")) : 0

@testset "two thousand programs leave nothing behind" begin
    dir = mktempdir()
    function some(n)
        for i in 1:n
            text_of("hello"; stdin = IOBuffer("text"), dirs = dir, stderr = IOBuffer())
            i % 10 == 0 && success(program("exit"; engine = STOPPING); args = ["exit", "3"])
            i % 20 == 0 && wait(start("hello"))
            i % 50 == 0 && (process = start("cat"); yield(); kill(process); wait(process))
            i % 50 == 1 && thrown(() -> text_of("exit", "abort"))
        end
    end
    some(100)
    foreach(_ -> GC.gc(), 1:3)
    before = handles(), files(), length(W.BELLS)
    some(2000)
    @test soon(() -> (GC.gc(); handles() <= before[1]))
    @test files() <= before[2] && length(W.BELLS) <= before[3] + 2
end

@testset "processes that nobody waits for" begin
    # They go on while somebody could hear of them, and are let go with their pipes when they are over.
    make() = foreach(_ -> start("mixed"), 1:20)
    make()
    sleep(0.2)
    foreach(_ -> GC.gc(), 1:3)
    before = handles()
    make()
    GC.gc()
    @test soon(() -> (GC.gc(); sleep(0.01); handles() <= before))
    out = IOBuffer()
    (() -> (start("mixed"; stdout = out); nothing))()
    foreach(_ -> GC.gc(), 1:3)
    @test soon(() -> out.size == 18)
end

@testset "Ctrl-C" begin
    source = """
    using WasmtimeRuntime
    ccall(:jl_exit_on_sigint, Cvoid, (Cint,), 0)
    engine = WasmEngine(epoch_interruption = true)
    program(name) = WasmModule(engine, joinpath(ARGS[1], name * ".wasm"))
    spin, cat, hello, clock = program("spin"), program("cat"), program("hello"), program("clock")
    read(hello); read(cat; stdin = IOBuffer("x")); read(cat; stdin = "x"); read(clock; args = ["clock", "sleep", "1"])
    ways = [() -> run(spin), () -> run(spin; args = ["spin", "sleep"]), () -> run(cat; stdin = WasmPipe()),
            () -> run(cat; stdin = Base.BufferStream()), () -> run(spin; args = ["spin", "print"], stdout = devnull),
            () -> run(spin; args = ["spin", "print"], stdout = IOBuffer(maxsize = 1000))]
    count = 0
    for way in [ways; ways[2:4]]
        sender = run(`sh -c "sleep 0.1; while kill -INT \$(getpid()); do sleep 1; done"`; wait = false)
        try
            way()
            println("nothing was thrown")
        catch e
            e isa InterruptException || println("threw ", sprint(showerror, e))
            global count += e isa InterruptException
        finally
            kill(sender)
            wait(sender)
        end
        read(hello, String) == "Hello, World!\\n" || println("not usable")
    end
    println(count, " interrupts")
    """
    julia = `$(Base.julia_cmd()) --startup-file=no --project=$PACKAGE -e $source $GUESTS`
    @test read(pipeline(julia; stderr = stderr), String) == "9 interrupts\n"
end

if Threads.nthreads() == 1
    @testset "on $threads threads" for threads in (2, 8)
        julia = `$(Base.julia_cmd()) --startup-file=no --project=$PACKAGE $(joinpath(PACKAGE, "test", "runtests.jl")) parallel`
        environment = merge(ENV, Dict("JULIA_NUM_THREADS" => string(threads)))
        @test success(pipeline(setenv(julia, environment); stdout = stdout, stderr = stderr))
    end
end
