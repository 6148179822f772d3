# wasmtime-py, in a process of its own: the official binding of Python, as its users call it.

const HELLO = joinpath(@__DIR__, "..", "tests", "wasi", "hello.wasm")

const PEER_LOOPS = joinpath(@__DIR__, "peer.py")

const PYTHON = haskey(ENV, "WRT_BENCH_PYTHON") ? open(`$(ENV["WRT_BENCH_PYTHON"]) $PEER_LOOPS $HELLO`, "r+") : nothing

python(name, loop) = answered(PYTHON, name, loop)

"Whether there is a wasmtime-py; says what is left out where there is none."
with_python(what) = PYTHON !== nothing || (println("no wasmtime-py here, $what not compared with it"); false)
