# Programs of WASI, run as Base runs commands: the five things that people do with them.
using WasmtimeRuntime

engine = WasmEngine(epoch_interruption = true)
program(name) = WasmModule(engine, joinpath(@__DIR__, "..", "tests", "wasi", "$name.wasm"))

# Text goes through a tool.
print("count: ", read(program("count"), String; stdin = "one two\nthree\n"))

# A tool gets a folder, which it can read, and nothing outside of it.
mktempdir() do folder
    write(joinpath(folder, "hello.txt"), "hello from a file\n")
    cat = program("cat")
    print("cat: ", read(cat, String; args = ["cat", "/data/hello.txt"], dirs = folder => "/data"))
    println("outside: ", success(cat; args = ["cat", "/data/../secret"], dirs = folder => "/data"))
end

# A tool that fails says why.
try
    read(program("cat"); args = ["cat", "/nowhere"])
catch e
    println("error: ", e.message)
end

# A conversation.
open(program("upper")) do process
    for word in ("hello", "world")
        println(process.in, word)
        println("upper: ", readline(process.out))
    end
end

# Limits: time and memory. Programs that wait leave the thread to others.
for (name, options) in ("spin" => (timeout = 0.1,), "memory" => (args = ["memory", "100"], limits = (memory = 32 << 20,)))
    try
        read(program(name); options...)
    catch e
        println(name, ": ", e.message)
    end
end
sleepers = [@async read(program("clock"), String; args = ["clock", "sleep", "300"]) for _ in 1:100]
seconds = @elapsed foreach(wait, sleepers)
println("100 programs slept for 0.3 s each, at the same time: ", seconds < 100 * 0.3)
