# Julia functions that do what they like while WebAssembly waits, and the tasks around them.

@testset "many stores, whatever the order" begin
    naps = [0.05, 0.01, 0.03, 0.001]
    all_of_them = [waiting(x -> (sleep(naps[i]); x + i)) for i in eachindex(naps)]
    tasks = [@async(all_of_them[i].twice(10)) for i in eachindex(naps)]
    @test outcomes(tasks) == [2 * (10 + i) for i in eachindex(naps)]
end

@testset "fifty tasks with random sleeps" begin
    asleep, most = Ref(0), Ref(0)
    function nap(x)
        most[] = max(most[], asleep[] += 1)
        sleep(0.02 * rand())
        asleep[] -= 1
        x
    end
    x = [waiting(nap) for _ in 1:50]
    @test outcomes([@async(x[i].twice(i)) for i in 1:50]) == 2:2:100
    # They have slept at the same time.
    @test most[] > 10
end

@testset "traps and exceptions while others wait" begin
    x = [waiting(x -> (yield(); x % 3 == 0 ? error("three") : x % 4 == 0 ? 0 : x)) for _ in 1:8]
    for _ in 1:10
        found = outcomes([@async(x[i].div(i)) for i in 1:8])
        @test found[[1, 2, 5, 7]] == [10, 5, 2, 1]
        @test all(==(ErrorException("three")), found[[3, 6]])
        @test all(e -> e isa WasmTrap && e.code === :integer_division_by_zero, found[[4, 8]])
    end
end

@testset "a pipeline of two instances" begin
    channel = Channel{Int32}(2)
    source = """
    (module (import "env" "f" (func \$f (param i32) (result i32)))
      (func (export "all") (param i32) (result i32) (local i32)
        (loop
          (local.set 1 (i32.add (local.get 1) (call \$f (local.get 0))))
          (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
        (local.get 1)))"""
    producer = load(source; imports = (env = (f = x -> (put!(channel, x); x),),)).exports
    consumer = load(source; imports = (env = (f = _ -> take!(channel),),)).exports
    @test outcomes([@async(producer.all(100)), @async(consumer.all(100))]) == [5050, 5050]
end

@testset "a server and its client" begin
    port, server = Sockets.listenany(Sockets.localhost, 0)
    serving = @async while isopen(server)
        client = try Sockets.accept(server) catch; break end
        request = readline(client)
        while !isempty(readline(client)) end
        body = "you asked for " * split(request)[2]
        write(client, "HTTP/1.0 200 OK\r\nContent-Length: $(sizeof(body))\r\n\r\n$body")
        close(client)
    end
    source = """
    (module (import "env" "get" (func \$get (param i32 i32 i32) (result i32)))
      (memory (export "memory") 1)
      (data (i32.const 0) "/page")
      (func (export "run") (result i32) (call \$get (i32.const 0) (i32.const 5) (i32.const 100))))"""
    function get(caller::WasmCaller, at, n, answer)
        path = read_string(caller["memory"], at, n)
        connection = Sockets.connect(Sockets.localhost, port)
        write(connection, "GET $path HTTP/1.0\r\n\r\n")
        body = last(split(read(connection, String), "\r\n\r\n"))
        write_string!(caller["memory"], answer, body)
        sizeof(body)
    end
    instances = [load(source; imports = (env = (get = get,),)) for _ in 1:5]
    found = outcomes([@async(read_string(i.exports.memory, 100, i.exports.run())) for i in instances])
    @test all(==("you asked for /page"), found)
    close(server)
    outcomes([serving])
end

@testset "calls within the call" begin
    x, seen = Ref{Any}(), Int32[]
    x[] = waiting(n -> (push!(seen, n); yield(); n == 0 ? 0 : x[].run(n - 1) + 1))
    @test x[].run(30) == 30 && seen == 30:-1:0
    # One that fails, far in, and is caught on the way out.
    x[] = waiting(n -> n == 0 ? error("far") : n == 5 ? (try x[].run(n - 1) catch e; e.msg == "far" ? 100 : 0 end) : x[].run(n - 1) + 1)
    @test x[].run(10) == 105 && x[].run(3 + 2) == 100
    @test thrown(() -> x[].run(3)) == ErrorException("far")
    # Everything else that can be done in the store meanwhile.
    memory(c) = c["memory"]
    source = """
    (module (import "env" "f" (func \$f (param i32) (result i32)))
      (memory (export "memory") 1) (table (export "table") 2 externref) (global (export "g") (mut i32) (i32.const 1))
      (func (export "run") (param i32) (result i32) (i32.add (call \$f (local.get 0)) (i32.load8_u (i32.const 65536)))))"""
    function busy(caller::WasmCaller, n)
        grow!(caller["memory"], 1)
        caller["memory"][65537] = 9
        caller["table"][1] = "kept"
        grow!(caller["table"], 3)
        caller["g"][] += n
        gc!(caller.store)
        other = WasmInstance(caller.store, WasmModule(caller.store, ADD))
        other.exports.add(caller["g"][], caller["table"][1] == "kept" ? 100 : 0)
    end
    @test load(source; imports = (env = (f = busy,),)).exports.run(5) == 106 + 9
end

@testset "start functions may wait" begin
    source = """(module (import "env" "f" (func \$f)) (start \$f) (func (export "nop")))"""
    calls = Ref(0)
    f() = (yield(); calls[] += 1)
    mod = WasmModule(ENGINE, source)
    @test WasmInstance(WasmStore(ENGINE), mod; imports = (env = (f = f,),)).exports.nop() === nothing
    linker = WasmLinker(ENGINE)
    linker["env", "f"] = f
    @test instantiate(linker, WasmStore(ENGINE), mod).exports.nop() === nothing
    @test instantiate(prelink(linker, mod), WasmStore(ENGINE)).exports.nop() === nothing
    @test calls[] == 3
    @test thrown(() -> load(source; imports = (env = (f = () -> error("at the start"),),))) == ErrorException("at the start")
    @test W.C.wrt_live_count() > 0
end

@testset "the task that was interrupted gives its call up" begin
    x = waiting(x -> (x == 0 ? sleep(20) : nothing; x))
    for e in (InterruptException(), ErrorException("stop"))
        stuck = @async x.run(0)
        yield()
        schedule(stuck, e; error = true)
        @test outcomes([stuck]; seconds = 10) == [e]
        @test x.run(1) == 1
    end
    # While it waits for its turn.
    first_task = @async x.run(0)
    yield()
    second_task, third = @async(x.run(2)), @async(x.run(3))
    yield()
    schedule(second_task, InterruptException(); error = true)
    yield()
    schedule(first_task, ErrorException("enough"); error = true)
    @test outcomes([first_task, second_task, third]) == [ErrorException("enough"), InterruptException(), 3]
    @test x.run(4) == 4 && isempty(W.CONTENDED)
end

const LONG_ENGINE = WasmEngine(epoch_interruption = true, consume_fuel = true)

const LONG = """
(module
  (func (export "spin") (loop (br 0)))
  (func (export "count") (param i64) (result i64) (local i64)
    (loop
      (local.set 1 (i64.add (local.get 1) (i64.const 1)))
      (br_if 0 (i64.lt_u (local.get 1) (local.get 0))))
    (local.get 1)))
"""

longstore(; options...) = WasmStore(LONG_ENGINE; fuel = 10^15, options...)

@testset "a cooperative call lets others run" begin
    x = load(LONG; store = longstore()).exports
    beats = Ref(0)
    timer = Timer(_ -> beats[] += 1, 0; interval = 0.01)
    e = thrown(() -> call(x.spin; cooperative = true, timeout = 0.5))
    close(timer)
    @test e isa WasmInterrupt && occursin("timeout", e.message) && beats[] >= 10
    @test call(x.count, 1000; cooperative = true) == 1000 && x.count(1000) == 1000
    @test call(x.count, [7]; cooperative = true) == 7
    @test thrown(() -> call(x.count; cooperative = true)).status === :type
    # Two at once, and a third into the store of the first, which waits.
    y = load(LONG; store = longstore()).exports
    order = Symbol[]
    n = 10^8
    tasks = [@async((call(x.count, n; cooperative = true); push!(order, :first))),
             @async((call(y.count, n ÷ 10; cooperative = true); push!(order, :second))),
             @async((x.count(1); push!(order, :third)))]
    outcomes(tasks)
    @test order == [:second, :first, :third]
    # What ends it.
    @test thrown(() -> call(x.spin; cooperative = true, fuel = 10^6)) isa WasmLimitError
    spinning = @async call(x.spin; cooperative = true)
    sleep(0.05)
    interrupt!(x.spin.store)
    @test outcomes([spinning])[1] isa WasmInterrupt
    spinning = @async call(x.spin; cooperative = true)
    sleep(0.05)
    schedule(spinning, ErrorException("mine"); error = true)
    @test outcomes([spinning]) == [ErrorException("mine")] && x.count(3) == 3
    # And what it needs.
    @test thrown(() -> call(load(ADD).exports.add, 1, 2; cooperative = true)).status === :config
    store = longstore()
    WasmFunc(store, () -> nothing; direct = true)
    @test thrown(() -> call(load(LONG; store = store).exports.count, 1; cooperative = true)).status === :unsupported
end

@testset "time, fuel and interruption with functions that wait" begin
    x = waiting(x -> (sleep(0.01); x); store = longstore())
    @test thrown(() -> call(x.spin, 1; timeout = 0.1)) isa WasmInterrupt
    @test thrown(() -> call(x.spin, 1; fuel = 10^6)) isa WasmLimitError
    spinning = @async x.spin(1)
    sleep(0.1)
    interrupt!(x.spin.store)
    @test outcomes([spinning])[1] isa WasmInterrupt && x.run(3) == 3
    # The time that the host function takes counts, though it is not cut short.
    slow = waiting(x -> (sleep(0.1); x); store = longstore())
    @test thrown(() -> call(slow.spin, 1; timeout = 0.05)) isa WasmInterrupt
end

const SIGNALED = joinpath(@__DIR__, "interrupted.jl")

# In a process of its own, which gets real signals.
@testset "Ctrl-C, forty times" begin
    julia = `$(Base.julia_cmd()) --startup-file=no --project=$PACKAGE $SIGNALED`
    @test read(pipeline(julia; stderr = stderr), String) == "40 interrupts, every store usable\n"
end

@testset "exit in a host function" begin
    source = """
    using WasmtimeRuntime
    for direct in (false, true)
        atexit(() -> println("bye"))
        mod = WasmModule(WasmEngine(), \"\"\"(module (import "env" "f" (func \\\$f)) (func (export "run") (call \\\$f)))\"\"\")
        store = WasmStore(mod.engine)
        WasmInstance(store, mod; imports = (env = (f = () -> ARGS[1] == string(direct) ? exit(3) : nothing,),), direct = direct).exports.run()
    end
    """
    for direct in ("false", "true")
        julia = `$(Base.julia_cmd()) --startup-file=no --project=$PACKAGE -e $source $direct`
        out = IOBuffer()
        process = run(pipeline(ignorestatus(julia); stdout = out, stderr = stderr))
        @test process.exitcode == 3 && process.termsignal == 0 && occursin("bye", String(take!(out)))
    end
end

@testset "functions that cannot be found again do no harm" begin
    # The store keeps its functions, though nobody else does.
    x = waiting(let n = Ref(0); _ -> n[] += 1 end)
    for i in 1:20
        GC.gc()
        @test x.run(0) == i
    end
end
