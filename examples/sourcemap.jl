# Two WebAssembly modules that others wrote and published, driven from Julia:
#
# - mappings.wasm of npm's source-map package decodes source maps, the files that lead from compiled JavaScript back to
#   its source. It is given a text in its own memory, and reports each mapping by calling an imported function.
# - xxhash.wasm of npm's xxhash-wasm package hashes bytes; that package's own source maps are the input of the first.
#
#     julia --project=julia examples/sourcemap.jl [folder with the node_modules of both]
#
# Without a folder, two programs of our own with the same exports stand in: vlq.wat and fnv.wat, beside this file.

using Printf
using WasmtimeRuntime

struct Mapping
    line::Int32
    column::Int32
    source::Union{Nothing,Int32}
    original_line::Int32
    original_column::Int32
    name::Union{Nothing,Int32}
end

# What a module imports and exports, as tables.
function show_module(title, mod)
    print('\n', title, ": ")
    show(stdout, MIME("text/plain"), mod)
    println()
end

# The fields of a source map that we need. Its texts are JSON; a quote within one has a backslash before it, so none
# of these patterns matches inside the sources that a map may carry.
field(json, name) = match(Regex("\"$name\":\"([^\"\\\\]*)\""), json)[1]
list(json, name) = [m[1] for m in eachmatch(r"\"([^\"\\]*)\"", match(Regex("\"$name\":\\[([^\\]]*)\\]"), json)[1])]

# The shortest of `n` runs, in seconds.
best(f, n) = minimum([@elapsed(f()) for _ in 1:n])

function decode(store, mod, json)
    found = Mapping[]
    function mapping_callback(line, column, has_last, last, has_original, source, original_line, original_column, has_name, name)
        push!(found, Mapping(line, column, has_original == 0 ? nothing : source, original_line, original_column,
                             has_name == 0 ? nothing : name))
        return nothing
    end
    instance = WasmInstance(store, mod; imports = (env = (mapping_callback = mapping_callback,),))
    wasm = instance.exports

    text = field(json, "mappings")
    address = wasm.allocate_mappings(sizeof(text))
    write_memory!(wasm.memory, address, codeunits(text))
    handle = wasm.parse_mappings(address)
    handle == 0 && error("the mappings are malformed, code ", wasm.get_last_error())
    wasm.by_generated_location(handle)

    mappings = copy(found)
    report = get_typed_func(instance, "by_generated_location", [Int32], Nothing)
    per_callback = best(20) do
        empty!(found)
        report(handle)
    end / length(mappings)
    last_error = get_typed_func(instance, "get_last_error", DataType[], Int32)
    per_call = best(() -> for _ in 1:100_000 last_error() end, 5) / 100_000
    wasm.free_mappings(handle)
    return mappings, per_call, per_callback
end

function show_mappings(mappings, json)
    sources, names = list(json, "sources"), list(json, "names")
    @printf("  %9s  %-22s %9s  %s\n", "generated", "source", "original", "name")
    for m in mappings
        source = m.source === nothing ? "" : sources[m.source + 1]
        original = m.source === nothing ? "" : string(m.original_line + 1, ':', m.original_column)
        name = m.name === nothing ? "" : names[m.name + 1]
        @printf("  %9s  %-22s %9s  %s\n", string(m.line + 1, ':', m.column), source, original, name)
    end
end

function hash_bytes(instance, memory, hash, bytes)
    missing_pages = cld(length(bytes), 65536) - memory_size(memory)
    missing_pages > 0 && grow!(memory, missing_pages)
    write_memory!(memory, 0, bytes)
    digest() = hash(0, length(bytes), 0) % UInt64
    return digest(), best(digest, 3)
end

function main(folder)
    published = folder !== nothing
    here(name) = joinpath(@__DIR__, name)
    npm(name) = joinpath(folder, "node_modules", name)
    published || println("no published modules at hand: programs of our own stand in for them")
    store = WasmStore(WasmEngine())

    mod = WasmModule(store, published ? npm("source-map/lib/mappings.wasm") : here("vlq.wat"))
    json = read(published ? npm("xxhash-wasm/esm/xxhash-wasm.js.map") : here("gcd.js.map"), String)
    show_module(published ? "mappings.wasm (source-map 0.7.4)" : "vlq.wat", mod)
    mappings, per_call, per_callback = decode(store, mod, json)
    println("\n", length(mappings), " mappings in ", field(json, "file"), ".map")
    show_mappings(mappings[1:8], json)
    @printf("\n  %.0f ns a call, %.0f ns a callback\n", 1e9per_call, 1e9per_callback)

    mod = WasmModule(store, published ? npm("xxhash-wasm/workerd/xxhash.wasm") : here("fnv.wat"))
    show_module(published ? "xxhash.wasm (xxhash-wasm 1.1.0)" : "fnv.wat", mod)
    instance = WasmInstance(store, mod)
    name = published ? "xxh64" : "fnv1a64"
    hash = get_typed_func(instance, name, [Int32, Int32, Int64], Int64)
    bytes = [((i * 2654435761) >> 24) % UInt8 for i in 0:(64 << 20) - 1]
    # The digests that other programs give: the test vectors of both hashes, and for the large buffer `xxhsum -H1` and a
    # line of Julia.
    known = published ? [("\"abc\"", codeunits("abc"), 0x44bc2cf5ad770999), ("64 MiB", bytes, 0xfeb0fa2c01a80d1f)] :
            [("\"a\"", codeunits("a"), 0xaf63dc4c8601ec8c),
             ("64 MiB", bytes, foldl((h, b) -> (h ⊻ b) * 0x00000100000001b3, bytes; init = 0xcbf29ce484222325))]
    println()
    for (what, input, expected) in known
        digest, seconds = hash_bytes(instance, instance.exports.mem, hash, input)
        digest == expected || error(name, " of ", what, " is ", string(digest; base = 16), ", not ", string(expected; base = 16))
        @printf("  %s of %-6s = %016x, as known", name, what, digest)
        println(length(input) < 1000 ? "" : @sprintf(", at %.1f GB/s", length(input) / seconds / 1e9))
    end
end

main(isempty(ARGS) ? nothing : ARGS[1])
