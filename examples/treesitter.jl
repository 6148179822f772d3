# Dynamic linking: two WebAssembly modules that others wrote and published become one program while it runs.
#
# - web-tree-sitter.wasm of npm's web-tree-sitter package builds syntax trees, of any language.
# - tree-sitter-json.wasm of npm's tree-sitter-json package is such a language: tables, and a function that finds tokens.
#
# Neither has a memory, a table or a stack. The host makes them, and tells each module where in them its own part begins;
# functions go from one module to the other through the table. Compilers of C make shared libraries of this kind:
# https://github.com/WebAssembly/tool-conventions/blob/main/DynamicLinking.md
#
#     julia --project=julia examples/treesitter.jl [folder with the node_modules of both [file.json]]
#
# Without a folder, two programs of our own are linked in the same way: scanner.wat and json.wat, beside this file.

using Printf
using WasmtimeRuntime

# The linker.

"Modules that are loaded one by one into one memory, one table and one stack."
struct Program
    store::WasmStore
    memory::WasmMemory
    table::WasmTable
    "What modules find by name: functions, addresses of data, and what all of them share."
    symbols::Dict{String,Any}
    "The global offset table: for each name whose address a module asked for, the global that holds it."
    offsets::Dict{String,WasmGlobal}
end

# A program without modules yet, and with a memory as its main module wants it: at the bottom nothing, since nothing may
# have the address 0; then the stack, the main module's data, and the heap.
function Program(store, main; bottom = 1024, stack = 64 << 10)
    type = only(item.type for (_, item) in imports(main) if item.type isa WasmMemoryType)
    program = Program(store, WasmMemory(store, type), WasmTable(store, 1), Dict(), Dict())
    program.symbols["memory"] = program.memory
    program.symbols["__indirect_function_table"] = program.table
    program.symbols["__stack_pointer"] = WasmGlobal(store, Int32(bottom + stack); mutable = true)
    offset!(program, "__stack_low")[] = bottom
    offset!(program, "__stack_high")[] = bottom + stack
    offset!(program, "__heap_base")[] = bottom + stack
    return program
end

offset!(program, name) = get!(() -> WasmGlobal(program.store, Int32(0); mutable = true), program.offsets, name)

# Data has its address in the memory, a function in the table.
address!(program, data::Integer) = data
address!(program, f::WasmFunc) = grow!(program.table, 1, f)

align(n, alignment) = cld(n, alignment) * alignment

# The main module's data goes where the heap would begin; whatever comes later asks the main module for room.
function allocate!(program, size, alignment)
    if haskey(program.symbols, "malloc")
        start = align(program.symbols["malloc"](size + alignment - 1), alignment)
        fill!(view(program.memory, start + 1:start + size), 0x00)
    else
        heap = program.offsets["__heap_base"]
        start = align(heap[], alignment)
        heap[] = align(start + size, 16)
    end
    return start
end

function grow_table!(program, size, alignment)
    start = align(length(program.table), alignment)
    grow!(program.table, start + size - length(program.table))
    return start
end

function leb128(io)
    byte = read(io, UInt8)
    return byte < 0x80 ? Int(byte) : Int(byte & 0x7f) | leb128(io) << 7
end

# The room that a module wants: bytes of memory and their alignment, elements of the table and theirs. It is one part of
# the section dylink.0; none of the others is needed here.
function room(mod)
    io = IOBuffer(get(Dict(custom_sections(mod)), "dylink.0", UInt8[]))
    while !eof(io)
        part, size = read(io, UInt8), leb128(io)
        part == 1 && return leb128(io), 1 << leb128(io), leb128(io), 1 << leb128(io)
        skip(io, size)
    end
    error("the module is not made for dynamic linking: it has no section dylink.0 that says how much room it wants")
end

"Loads a module into a program, the main one first, and returns its instance."
function load_module!(program, title, mod)
    size, alignment, elements, table_alignment = room(mod)
    memory_base = allocate!(program, size, alignment)
    table_base = grow_table!(program, elements, table_alignment)
    @printf("  %-21s %6d bytes of memory from %6d, %3d of the table from %3d\n",
            title, size, memory_base, elements, table_base)

    symbols = merge(program.symbols, Dict("__memory_base" => memory_base, "__table_base" => table_base))
    offsets = Dict(name => offset!(program, name) for (name, item) in imports(mod) if startswith(item.module_name, "GOT."))
    wanted = Dict("env" => symbols, "wasi_snapshot_preview1" => symbols, "GOT.mem" => offsets, "GOT.func" => offsets)
    # No function of ours waits. To say so makes the walk below some six times faster.
    instance = WasmInstance(program.store, mod; imports = wanted, direct = true)

    # Whoever has a name first keeps it. Data is exported as its distance from where the module's data begins.
    for (name, item) in instance.exports
        get!(program.symbols, name, item isa WasmGlobal ? memory_base + item[] : item)
    end
    for (name, offset) in offsets
        offset[] == 0 || continue
        offset[] = address!(program, get(() -> error("no module has ", name), program.symbols, name))
    end
    for name in ("__wasm_apply_data_relocs", "__wasm_call_ctors")
        haskey(instance, name) && call(instance, name)
    end
    return instance
end

# Syntax trees.

"A parser of JSON."
struct Parser
    memory::WasmMemory
    "What web-tree-sitter.wasm exports."
    wasm::AbstractDict
    language::Int32
    "Where the parser is, and where it wants the text, piece by piece."
    address::Int32
    buffer::Int32
    text::Base.RefValue{Vector{UInt16}}
end

# The functions of ours that web-tree-sitter.wasm calls. They compute, copy and grow the memory, but never wait.
function callbacks(memory, text)
    function read_text(buffer, start, row, column, count)
        n = clamp(length(text[]) - start, 0, 5119)
        copyto!(reinterpret(UInt16, memory), buffer ÷ 2 + 1, text[], start + 1, n)
        write_memory!(memory, count, Int32(n))
        return nothing
    end
    function grow_heap(size)
        grow!(memory, cld(size % UInt32 - length(memory), 65536))
        return true
    end
    not_there(arguments...) = 52 # what WASI answers where there are no files
    return Dict("tree_sitter_parse_callback" => read_text, "emscripten_resize_heap" => grow_heap,
                "tree_sitter_progress_callback" => (position, has_error) -> false,
                "tree_sitter_query_progress_callback" => position -> false,
                "tree_sitter_log_callback" => (is_lexing, message) -> nothing,
                "_abort_js" => () -> error("web-tree-sitter.wasm gives up"),
                "fd_write" => not_there, "fd_seek" => not_there, "fd_close" => not_there)
end

function Parser(store, folder)
    main = WasmModule(store, joinpath(folder, "web-tree-sitter/web-tree-sitter.wasm"))
    json = WasmModule(store, joinpath(folder, "tree-sitter-json/tree-sitter-json.wasm"))
    program, text = Program(store, main), Ref(UInt16[])
    merge!(program.symbols, callbacks(program.memory, text))
    wasm = load_module!(program, "web-tree-sitter.wasm", main).exports
    language = load_module!(program, "tree-sitter-json.wasm", json).exports.tree_sitter_json()

    # Results and arguments that are more than a number go through this place, here and below.
    transfer = wasm.ts_init()
    newest, oldest = read_memory(Int32, program.memory, transfer, 2)
    version = wasm.ts_language_abi_version(language)
    oldest <= version <= newest || error("the language has version ", version, ", the parser takes ", oldest, " to ", newest)
    wasm.ts_parser_new_wasm()
    address, buffer = read_memory(Int32, program.memory, transfer, 2)
    wasm.ts_parser_set_language(address, language)
    return Parser(program.memory, wasm, language, address, buffer, text)
end

function parse_text(p, text)
    p.text[] = transcode(UInt16, text)
    tree = p.wasm.ts_parser_parse_wasm(p.address, p.buffer, 0, 0, 0)
    return tree == 0 ? error("there is no tree") : tree
end

# Here one call leaves a node or a cursor where the next one takes it.

function with_root(f, p, tree)
    p.wasm.ts_tree_root_node_wasm(tree)
    return f(tree)
end

count_nodes(p, tree) = with_root(p.wasm.ts_node_descendant_count_wasm, p, tree)

function expression(p, tree)
    address = with_root(p.wasm.ts_node_to_string_wasm, p, tree)
    text = read_string(p.memory, address)
    p.wasm.free(address)
    return text
end

# Calls `f` with the kind of each node, parents first.
function walk(f, p, tree)
    cursor(name) = TypedFunc{Tuple{Int32},Int32}(p.wasm["ts_tree_cursor_" * name * "_wasm"])
    kind, first_child, next_sibling, parent =
        cursor.(("current_node_type_id", "goto_first_child", "goto_next_sibling", "goto_parent"))
    with_root(p.wasm.ts_tree_cursor_new_wasm, p, tree)
    while true
        f(kind(tree))
        first_child(tree) == 1 && continue
        while next_sibling(tree) == 0
            parent(tree) == 1 || return p.wasm.ts_tree_cursor_delete_wasm(tree)
        end
    end
end

function count_kinds(p, tree)
    counts = Dict{Int32,Int}()
    walk(kind -> counts[kind] = get(counts, kind, 0) + 1, p, tree)
    named = [kind for kind in keys(counts) if p.wasm.ts_language_type_is_named_wasm(p.language, kind) == 1]
    title(kind) = read_string(p.memory, p.wasm.ts_language_symbol_name(p.language, kind))
    return sort([counts[kind] => title(kind) for kind in named]; rev = true)
end

const EXPECTED = [
    "{\"a\": [1, true], \"b\": null}" =>
        "(document (object (pair key: (string (string_content)) value: (array (number) (true))) " *
        "(pair key: (string (string_content)) value: (null))))",
    "[\"\\n\", {}]" => "(document (array (string (escape_sequence)) (object)))",
    "[1, }" => "(document (ERROR (number)))",
    "{\"a\": 1" =>
        "(document (object (pair key: (string (string_content)) value: (number)) (MISSING \"}\")))",
]

# The shortest of `n` runs, in seconds.
best(f, n) = minimum(f() for _ in 1:n)

function trees(store, folder, path)
    p = Parser(store, folder)
    println()
    for (text, expected) in EXPECTED
        tree = parse_text(p, text)
        found = expression(p, tree)
        found == expected || error("the tree of ", text, " is ", found, ", not ", expected)
        println("  ", text, " is ", found, ", as expected")
        p.wasm.ts_tree_delete(tree)
    end

    text = read(path, String)
    tree = parse_text(p, text)
    println("\n", basename(path), ": ", sizeof(text), " bytes, ", count_nodes(p, tree), " nodes, among them ",
            join(("$n $kind" for (n, kind) in count_kinds(p, tree)), ", "))
    found = expression(p, tree)
    println("  ", first(found, 300), length(found) > 300 ? " ..." : "")
    p.wasm.ts_tree_delete(tree)

    copies = cld(1 << 20, sizeof(text))
    text = "[" * join(fill(text, copies), ",") * "]"
    parsing = best(5) do
        seconds = @elapsed tree = parse_text(p, text)
        p.wasm.ts_tree_delete(tree)
        seconds
    end
    tree = parse_text(p, text)
    nodes = count_nodes(p, tree)
    walking = best(() -> @elapsed(walk(identity, p, tree)), 5)
    @printf("  %d times in an array: %d bytes, %d nodes, %.1f MB/s to parse, %.0f ns a node to walk\n", copies, sizeof(text),
            nodes, sizeof(text) / 1e6parsing, 1e9walking / nodes)
end

# Tokens, where the published modules are not at hand.

function tokens(store)
    main, json = [WasmModule(store, joinpath(@__DIR__, name)) for name in ("scanner.wat", "json.wat")]
    program, found = Program(store, main), String[]
    program.symbols["token_callback"] = (at, size) -> (push!(found, read_string(program.memory, at, size)); nothing)
    wasm = load_module!(program, "scanner.wat", main).exports
    language = load_module!(program, "json.wat", json).exports.json()
    title = read_string(program.memory, read_memory(Int32, program.memory, language))
    println()
    for (text, expected, expected_errno) in [
        ("{\"a\": [1, true], \"b\\\"\": null}", split("{ \"a\" : [ 1 , true ] , \"b\\\"\" : null }"), 0),
        (" [1, \"]", ["[", "1", ",", "\"]"], 84),
    ]
        empty!(found)
        address = wasm.malloc(sizeof(text))
        write_string!(program.memory, address, text)
        count = wasm.scan(language, address, sizeof(text))
        errno = read_memory(Int32, program.memory, program.symbols["errno"])
        found == expected && count == length(expected) && errno == expected_errno ||
            error("the tokens of ", text, " are ", join(found, ' '), ", errno ", errno)
        println("  ", text, " in ", title, " is ", join(found, ' '), ", errno ", errno, ", as expected")
    end
end

function main(folder = nothing, file = nothing)
    store = WasmStore(WasmEngine())
    folder === nothing && println("no published modules at hand: programs of our own stand in for them")
    println("one program:")
    if folder === nothing
        tokens(store)
    else
        modules = joinpath(folder, "node_modules")
        trees(store, modules, something(file, joinpath(modules, "tree-sitter-json/src/grammar.json")))
    end
end

main(ARGS...)
