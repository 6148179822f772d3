# What programs of WASI are given, and that it is nothing else.

output(name, args...; options...) = read(program(name), String; args = [name, args...], options...)
lines(name, args...; options...) = split(output(name, args...; options...), '\n'; keepempty = false)

"Runs `f(outer, inner)` with a folder of that name in another one, a file `text` inside and a file `secret` outside."
function in_folder(f)
    mktempdir() do outer
        inner = mkdir(joinpath(outer, "inner"))
        write(joinpath(inner, "text"), "some text")
        write(joinpath(outer, "secret"), "a secret")
        f(outer, inner)
    end
end

message_of(f) = (e = thrown(f); e isa ArgumentError || error("$(repr(e)) is no ArgumentError"); e.msg)

@testset "arguments" begin
    @test output("args") == "1\nargs\n"
    @test output("args", "a b", "", "ü\n") == "4\nargs\na b\n\nü\\x0a\n"
    @test read(program("args"), String; args = ()) == "0\n"
    @test read(program("args"), String; args = SubString{String}["x", "y"]) == "2\nx\ny\n"
    # The module's name, else a word.
    @test read(program("args"), String) in ("1\nargs.wasm\n", "1\nprogram\n")
    @test lines("args", string.(1:1000)...)[end] == "1000"
    @test message_of(() -> WasiConfig(args = "one")) == "args is a list: write args = [\"one\"]"
    @test occursin("NUL", message(() -> output("args", "a\0b")))
end

@testset "the environment" begin
    for env in (Dict("A" => "1", "B" => "x y"), ["A" => 1, "B" => "x y"], ("A" => "1", "B" => "x y"), (A = 1, B = "x y"),
                ["A=1", "B=x y"], Dict(:A => 1, :B => Symbol("x y")))
        @test sort(lines("env"; env = env)) == ["A=1", "B=x y"]
    end
    @test output("env"; env = "A" => "b") == output("env"; env = "A=b") == "A=b\n"
    @test output("env", "A"; env = ["A=b=c=ü"]) == "A=b=c=ü\n" && output("env"; env = "A=") == "A=\n"
    # The last of one name.
    @test output("env"; env = ["A" => 1, "A" => 2]) == "A=2\n"
    for env in (["A=B" => "x"], ["" => "x"], ["=x"])
        @test occursin("cannot be the name", message(() -> output("env"; env = env)))
    end
    @test occursin("NUL", message(() -> output("env"; env = "A" => "\0")))
    @test occursin("write \"NAME\" => \"value\"", message_of(() -> WasiConfig(env = ["A"])))
    withenv("WRT_TEST_A" => "outer", "WRT_TEST_B" => "outer") do
        @test output("env") == ""
        found = lines("env"; inherit_env = true, env = ["WRT_TEST_A" => "mine"])
        @test "WRT_TEST_A=mine" in found && "WRT_TEST_B=outer" in found
        @test output("env", "WRT_TEST_A"; env = ENV) == "WRT_TEST_A=outer\n"
    end
end

@testset "nothing is given that was not asked for" begin
    found = in_folder() do outer, inner
        cd(() -> lines("sandbox", "text", ".", inner, "/etc/passwd"), inner)
    end
    @test all(endswith("EBADF"), found) && length(found) == 16
    @test output("cat") == "" && output("env") == ""
    @test all(line -> endswith(line, "ENOTSOCK") || endswith(line, "EBADF"), lines("sock"; network = true))
    # Three descriptors, and nothing behind them that tells where it leads.
    @test output("poll", "stdin", "1000") == "stdin: 1\n  2 read: ok\n"
end

@testset "folders" begin
    in_folder() do outer, inner
        reads(dirs; options...) = lines("sandbox", "text"; dirs = dirs, options...)
        @test reads(inner) == reads(inner => "/data") == reads([inner => "/"]) == reads(Dict(inner => "data")) ==
              ["read text: ok", "list text: ENOTDIR", "stat text: ok", "make text: EPERM"]
        @test last(reads(inner; readonly = false)) == "make text: ok"
        @test last(lines("sandbox", "text"; writable = inner)) == "make text: ok"
        # One of each, with the names that they have inside.
        @test lines("sandbox", "text", "4:new"; dirs = inner => "/data", writable = outer => "/more")[[4, 8]] ==
              ["make text: EPERM", "make 4:new: ok"]
        @test isfile(joinpath(outer, "new"))
        found = lines("fds"; writable = [inner => "/data", outer => "/more"])
        @test "prestat of 3: /data" in found && "prestat of 4: /more" in found && "prestat of 5: EBADF" in found
        @test output("sandbox", "open-twice", "text"; dirs = inner) ==
              "first: ok\nsecond: ok\nok some text\nclose: ok\nok some text\nclose: ok\n"
        @test output("sandbox", "huge-read", "text"; dirs = inner) == "open: ok\nread 1 GiB: ENOMEM\nread 1 MiB: 9\n"
        @test output("sandbox", "open-many", "text", "200"; dirs = inner) == "200 opened: ok\n"

        # They are folders, they are there, and each has one name.
        none, file = joinpath(inner, "none"), joinpath(inner, "text")
        e = thrown(() -> output("hello"; dirs = none => "/data"))
        @test e isa WasmRuntimeError && e.status === :not_found && occursin(none, e.message)
        @test occursin("is not a folder", message(() -> output("hello"; dirs = file)))
        @test occursin("\"/data\" already", message(() -> output("hello"; dirs = inner => "/data", writable = outer => "/data")))
    end
end

@testset "ways out of a folder" begin
    in_folder() do outer, inner
        symlink("../secret", joinpath(inner, "link"))
        symlink("/etc", joinpath(inner, "absolute"))
        symlink("text", joinpath(inner, "fine"))
        for options in ((dirs = inner,), (writable = inner,))
            out = ("../secret", "..", "/etc/passwd", joinpath(outer, "secret"), "link", "absolute/passwd", "./../secret", "fine/../../secret")
            found = lines("sandbox", out...; options...)
            @test length(found) == 4 * length(out)
            @test all(line -> !endswith(line, "ok") || line == "stat link: ok", found)
            # Links from one folder into another, hard and soft, and files that move out.
            for way in (["link", "text", "../out"], ["link", "../secret", "in"], ["rename", "text", "../out"], ["rename", "../secret", "in"],
                        ["symlink", "/", "in"], ["link", "link", "../in"])
                @test !endswith(output("sandbox", way...; options...), "ok\n")
            end
            @test first(lines("sandbox", "fine"; options...)) == "read fine: ok"
        end
        @test sort(readdir(outer)) == ["inner", "secret"] && sort(readdir(inner)) == ["absolute", "fine", "link", "text"]
        @test read(joinpath(outer, "secret"), String) == "a secret"
        # A link made inside that leads out is of no use.
        @test output("sandbox", "symlink", "../secret", "made"; writable = inner) == "symlink: ok\n"
        @test first(lines("sandbox", "made"; writable = inner)) == "read made: EPERM"
        # From one folder to another: both must be writable.
        other = mkdir(joinpath(outer, "other"))
        move(; options...) = output("sandbox", "rename", "text", "4:text"; options...)
        @test move(dirs = [inner => "/a", other => "/b"]) == move(writable = inner => "/a", dirs = other => "/b") == "rename: EPERM\n"
        @test move(writable = [inner => "/a", other => "/b"]) == "rename: ok\n" && readdir(other) == ["text"]
    end
end

@testset "read-only is read-only" begin
    in_folder() do outer, inner
        mkdir(joinpath(inner, "sub"))
        state() = [(path, stat(path).mtime, isfile(path) ? read(path) : readdir(path)) for path in [inner; joinpath.(inner, readdir(inner))]]
        before = state()
        for (name, way) in ("files" => ["/data"], "dirs" => ["/data/sub"], "unstable" => ["new"], "fds" => [],
                            "sandbox" => ["rename", "text", "new"], "sandbox" => ["link", "text", "new"], "sandbox" => ["text", "new", "sub"])
            success(program(name); args = [name, way...], dirs = inner => "/data")
            @test state() == before
        end
    end
end

@testset "files and folders" begin
    mktempdir() do dir
        @test last(lines("files", "/data"; writable = dir => "/data")) == "close again: EBADF"
        @test lines("dirs", "/data"; writable = dir => "/data")[[1, end]] == ["mkdir a: ok", "names in .: . .."]
        @test isempty(readdir(dir))
        # The WASI before preview 1.
        out = IOBuffer()
        e = thrown(() -> run(program("unstable"); args = ["unstable", "new"], writable = dir, stdout = out))
        @test e isa WasmExit && e.status == 7
        @test startswith(String(take!(out)), "unstable\nnew\nthe time is known\nwritten 5\ntwo back 3\n")
    end
end

@testset "time" begin
    found = parse.(Int, last.(split.(lines("clock"), ": ")))
    @test abs(found[1] / 1e9 - time()) < 60 && all(>(0), found)
    steps() = lines("clock"; clock = 1_700_000_000)
    @test steps() == steps() == ["realtime: 1700000000000000000", "realtime resolution: 1000000", "monotonic: 1000000",
                                 "monotonic resolution: 1000000"]
    @test first(lines("clock"; clock = 0)) == "realtime: 0" && first(lines("clock"; clock = 1.5)) == "realtime: 1500000000"
    for clock in (-1, NaN, Inf, 1e10)
        @test occursin("clock is", message_of(() -> WasiConfig(clock = clock)))
    end
    # Sleeping takes as long as ever.
    @test (@elapsed output("clock", "sleep", "100"; clock = 0)) > 0.09
end

@testset "random numbers" begin
    random(; options...) = output("random", "32"; options...)
    @test random() != random() && length(random()) == 65
    @test random(random_seed = 7) == random(random_seed = 7) != random(random_seed = 8)
    @test random(random_seed = -1) == random(random_seed = typemax(UInt64)) == random(random_seed = big(2)^64 - 1)
    @test output("random", "big"; random_seed = 7) == output("random", "big"; random_seed = 7)
    # The same config gives the same numbers to each store.
    config = WasiConfig(args = ["random"], random_seed = 3)
    outs = map(1:2) do _
        read(program("random"), String; args = config.args, random_seed = config.random_seed)
    end
    @test outs[1] == outs[2]
end

@testset "addresses" begin
    for network in (true, ["10.0.0.0/8", "192.168.1.7:443"], ["[::1]:80"], String[])
        @test output("hello"; network = network) == "Hello, World!\n"
    end
    @test occursin("\"localhost\" is not an address: write 10.0.0.0/8", message(() -> output("hello"; network = ["localhost"])))
end

@testset "what is shown of a configuration" begin
    @test shown(WasiConfig()) == "WasiConfig()"
    config = WasiConfig(args = ["a"], env = ["TOKEN" => "hidden"], stdin = "also hidden", stdout = IOBuffer(), dirs = "." => "/data",
                        network = true, clock = 3, random_seed = 255, inherit_env = true)
    @test shown(config) == "WasiConfig(args = [\"a\"], env = [\"TOKEN\"], inherit_env = true, stdin = 11 bytes, stdout = " *
                           "$(nameof(IOBuffer)), dirs = [\".\" => \"/data\"], network = true, " *
                           "clock = 3.0, random_seed = 0x00000000000000ff)"
    # Nor does a slip of the pen show it.
    e = thrown(() -> WasiConfig(env = ["TOKEN" => "hidden"], arg = ["x"]))
    @test e isa ArgumentError && occursin("no keyword arg; there are args, env", e.msg) && !occursin("hidden", sprint(showerror, e))
    e = thrown(() -> run(program("hello"); env = ["TOKEN" => "hidden"], timout = 3))
    @test e isa ArgumentError && occursin("no keyword timout", e.msg) && occursin("timeout", e.msg) && !occursin("hidden", e.msg)
end

# Stores with WASI, and instances that are no programs.

function reactor(; options...)
    store = WasmStore(ENGINE; wasi = WasiConfig(; options...))
    WasmInstance(store, program("reactor")).exports
end

function greet(x, name)
    at = x.alloc(sizeof(name))
    write_string!(x.memory, at, name)
    x.greet(at, sizeof(name))
end

@testset "a reactor" begin
    out = IOBuffer()
    x = reactor(stdout = out, stdin = "ab")
    # It was initialized, once.
    @test x.counter() == 100 && x.counter() == 101
    # Output is there when the call has returned, and in order with that of Julia.
    @test greet(x, "Bob") == 12 && String(take!(out)) == "Hello, Bob!\n"
    for i in 1:3
        print(out, i, ' ')
        greet(x, "$i")
    end
    @test String(take!(out)) == "1 Hello, 1!\n2 Hello, 2!\n3 Hello, 3!\n"
    @test [x.read_stdin_byte() for _ in 1:4] == [0x61, 0x62, -1, -1]
    @test (@elapsed x.sleep_ms(50)) > 0.04
    e = thrown(() -> x.bye(3))
    @test e isa WasmExit && e.status == 3 && e.message == "the program ended with status 3"
    @test x.bye(0) === nothing && x.counter() == 102
    @test thrown(x._initialize) isa WasmTrap
    # By linker and prelink, too.
    linker = define_wasi!(WasmLinker(ENGINE))
    mod = program("reactor")
    for make in (store -> instantiate(linker, store, mod), store -> instantiate(prelink(linker, mod), store))
        store = WasmStore(ENGINE)
        x = make(store).exports
        # Without WASI of its own the store gives nothing.
        @test x.counter() == 100 && greet(x, "Bob") == 12 && x.read_stdin_byte() == -1
        @test set_wasi!(store, WasiConfig(stdout = out)) === store
        @test greet(x, "Eve") == 12 && String(take!(out)) == "Hello, Eve!\n"
    end
end

@testset "input of a reactor is taken when it wants some" begin
    input = IOBuffer("ab")
    x = reactor(stdin = input)
    x.counter()
    @test position(input) == 0
    @test x.read_stdin_byte() == UInt8('a') && x.read_stdin_byte() == UInt8('b') && x.read_stdin_byte() == -1
    pipe = WasmPipe()
    x = reactor(stdin = pipe)
    counter = x.counter
    reading = @async [x.read_stdin_byte() for _ in 1:3]
    yield()
    @test !istaskdone(reading)
    # Other calls into the store wait for their turn; all else is not for now.
    counting = @async counter()
    e = thrown(() -> x.memory)
    @test e isa WasmRuntimeError && e.status === :busy && occursin("in the middle of a call", e.message)
    write(pipe, "ab")
    close(pipe)
    @test outcomes([reading, counting]) == [[0x61, 0x62, -1], 100]
end

@testset "what set_wasi! replaces" begin
    out, other = IOBuffer(), IOBuffer()
    x = reactor(stdout = out, stdin = "a")
    store = x.counter.store
    greet(x, "one")
    set_wasi!(store, WasiConfig(stdout = other, stdin = "b"))
    greet(x, "two")
    @test String(take!(out)) == "Hello, one!\n" && String(take!(other)) == "Hello, two!\n" && x.read_stdin_byte() == UInt8('b')
    # Not in the middle of a call.
    found = Ref{Any}()
    ask(_, _) = (found[] = thrown(() -> set_wasi!(store, WasiConfig())); 1)
    calls = WasmInstance(store, program("calls"); imports = (env = (ask = ask,),))
    calls.exports._start()
    @test found[] isa WasmRuntimeError && occursin("between calls", found[].message)
    # What is wrong changes nothing.
    @test_throws WasmtimeError set_wasi!(store, WasiConfig(dirs = "/there/is/none"))
    greet(x, "three")
    @test occursin("three", String(take!(other)))
end

@testset "functions of Julia among those of WASI" begin
    out = IOBuffer()
    store = WasmStore(ENGINE; wasi = WasiConfig(stdout = out, args = ["calls", "one", "two"]))
    ask(caller::WasmCaller, at, n) = (print(out, "<", read_string(caller["memory"], at, n), ">"); yield(); n)
    WasmInstance(store, program("calls"); imports = (env = (ask = ask,),)).exports._start()
    @test String(take!(out)) == "<one>one: 3\n<two>two: 3\n"
    # One of theirs in place of WASI's.
    written = UInt8[]
    function fd_write(caller::WasmCaller, fd, parts, n, count)
        m, before = caller["memory"], length(written)
        foreach(i -> append!(written, read_memory(m, read_memory(UInt32, m, parts + 8i), read_memory(UInt32, m, parts + 8i + 4))), 0:n-1)
        write_memory!(m, count, UInt32[length(written) - before])
        0
    end
    linker = define_wasi!(WasmLinker(ENGINE))
    linker["wasi_snapshot_preview1", "fd_write"] = fd_write
    mod = program("reactor")
    for x in (instantiate(linker, WasmStore(ENGINE), mod), instantiate(prelink(linker, mod), WasmStore(ENGINE)),
              WasmInstance(WasmStore(ENGINE; wasi = WasiConfig()), mod; imports = (wasi_snapshot_preview1 = (fd_write = fd_write,),)))
        @test greet(x.exports, "Bob") == 12 && String(splice!(written, eachindex(written))) == "Hello, Bob!\n"
    end
    # Defined again, it is WASI's.
    define_wasi!(linker)
    @test greet(instantiate(linker, WasmStore(ENGINE), mod).exports, "Bob") == 12 && isempty(written)
    @test count(name -> first(name) == "wasi_unstable", keys(linker)) > 40
end

@testset "who lacks WASI is told how to give it" begin
    mod = program("hello")
    e = thrown(() -> WasmInstance(WasmStore(ENGINE), mod))
    @test e isa WasmLinkError && occursin("fd_write (func", e.message) && endswith(e.message, "WasmStore(engine; wasi = WasiConfig())")
    for make in (linker -> instantiate(linker, WasmStore(ENGINE), mod), linker -> prelink(linker, mod))
        e = thrown(() -> make(WasmLinker(ENGINE)))
        @test e isa WasmLinkError && endswith(e.message, "define_wasi!(linker)")
    end
    # What lacks something else is not.
    e = thrown(() -> WasmInstance(WasmStore(ENGINE; wasi = WasiConfig()), program("calls")))
    @test e isa WasmLinkError && endswith(e.message, "missing: env.ask (func (param i32 i32) (result i32))")
    source = """(module (import "wasi_snapshot_preview1" "no_such" (func)))"""
    @test occursin("no_such", message(() -> load(source; store = WasmStore(ENGINE; wasi = WasiConfig()))))
end

@testset "direct functions and WASI" begin
    direct_store() = (store = WasmStore(ENGINE; wasi = WasiConfig()); WasmFunc(store, () -> nothing; direct = true); store)
    linker, mod = define_wasi!(WasmLinker(ENGINE)), program("reactor")
    for make in (store -> WasmInstance(store, mod), store -> instantiate(linker, store, mod), store -> instantiate(prelink(linker, mod), store))
        e = thrown(() -> make(direct_store()))
        @test e isa WasmRuntimeError && e.status === :unsupported && occursin("define them without", e.message)
    end
    # Asked for in a store with WASI, they are not direct.
    store = WasmStore(ENGINE; wasi = WasiConfig())
    x = WasmInstance(store, program("calls"); imports = (env = (ask = (_, _) -> (sleep(0.001); 1),),), direct = true)
    @test x.exports._start() === nothing
end

@testset "a program of wrong calls does no harm" begin
    in_folder() do outer, inner
        wrong(call) = output("sandbox", "wrong", call; dirs = inner, stdin = "some")
        for call in ("clock", "whence", "advice", "lookup", "oflags", "rights", "fdflags", "fstflags", "write", "read", "buffers", "result",
                     "odd-result", "random", "args")
            @test thrown(() -> wrong(call)) isa WasmtimeError
        end
        @test wrong("name") == "name: EILSEQ\n" && wrong("write-nothing") == "write-nothing: ok\n"
        @test count(endswith("EBADF"), lines("sandbox", "closed"; dirs = inner)) >= 10
    end
end
