# How threads of the library wake tasks.

nap(ms) = read(program("clock"), String; args = ["clock", "sleep", string(ms)])

@testset "bells are used again" begin
    nap(1)
    before = length(W.BELLS)
    @test all(_ -> nap(1) == "slept\n", 1:50)
    # Those of other test files may be in use.
    @test length(W.BELLS) == before && length(W.IDLE_BELLS) <= length(W.BELLS)
    # At once there are as many as tasks that wait, and they are kept.
    many = [@async(nap(100)) for _ in 1:before+20]
    outcomes(many)
    found = length(W.BELLS)
    @test before < found <= 2 * before + 21
    outcomes([@async(nap(10)) for _ in 1:before+20])
    @test length(W.BELLS) == found && allunique(W.IDLE_BELLS)
end

@testset "a bell that rings late, or twice, does no harm" begin
    # Whoever gets it next is woken too early, looks, and waits again.
    bell = W.take_bell()
    W.ring(bell)
    W.give_bell(bell)
    @test W.take_bell() === bell
    W.give_bell(bell)
    @test nap(50) == "slept\n"
    pipe = WasmPipe()
    reader = @async readline(pipe)
    yield()
    for _ in 1:5
        foreach(W.ring, W.BELLS)
        sleep(0.001)
    end
    @test !istaskdone(reader)
    write(pipe, "line\n")
    @test outcomes([reader]) == ["line"]
    sleeping = @async nap(200)
    while !istaskdone(sleeping)
        foreach(W.ring, W.BELLS)
        sleep(0.001)
    end
    @test fetch(sleeping) == "slept\n"
end

@testset "a task that is stopped while it waits gives its bell back" begin
    pipe = WasmPipe()
    outcomes([@async(nap(1))])
    idle = length(W.IDLE_BELLS)
    for stop in (InterruptException(), ErrorException("stop"))
        sleeping, reading = @async(nap(10^6)), @async(read(pipe, UInt8))
        sleep(0.02)
        foreach(task -> schedule(task, stop; error = true), (sleeping, reading))
        @test outcomes([sleeping, reading]) == [stop, stop]
        @test length(W.IDLE_BELLS) >= idle
    end
    write(pipe, "x")
    @test read(pipe, Char) == 'x'
end
