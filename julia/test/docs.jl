# The examples of the docstrings and of the pages, run as they stand. `# => x` after an expression is its value.

"A block of a page: what `tests/docs/page.rs` says of them holds here, too."
struct PageBlock
    text::String
    line::Int
    hidden::Bool
    prints::String
end

"The blocks in Julia of a page."
function page_blocks(path)
    blocks, lines = PageBlock[], readlines(path)
    open_at, opening, between = 0, "", false
    for (i, line) in enumerate(lines)
        if open_at == 0
            if startswith(line, "```") || line == "<!-- julia"
                open_at, opening = i, line
            elseif !startswith(line, "-->") && !isempty(line)
                between = true
            end
        elseif line == (startswith(opening, "```") ? "```" : "-->")
            text = join(lines[open_at+1:i-1] .* '\n')
            hidden = startswith(opening, "<!--")
            if opening == "```julia" || hidden
                push!(blocks, PageBlock(text, open_at + 1, hidden, ""))
            elseif opening == "```text" && !between && !isempty(blocks)
                n = findlast(b -> !b.hidden, blocks)
                n === nothing || (blocks[n] = PageBlock(blocks[n].text, blocks[n].line, false, text))
            end
            hidden || (between = opening != "```julia")
            open_at = 0
        end
    end
    blocks
end

"Runs a block of a page. The values that it names, as pairs of what was found and what it says."
function run_block(sandbox, block, path)
    values, at = Pair{String,String}[], 1
    # The line of an error is that of the page.
    text = block.text
    while true
        ex, next = Meta.parse(text, at)
        ex === nothing && break
        value = Core.eval(sandbox, Expr(:toplevel, LineNumberNode(block.line + count(==('\n'), text[1:prevind(text, at)]), path), ex))
        # Whether the comment behind it belongs to an expression, versions of Julia do not agree upon.
        rest = match(r"^[ ]*# => .*", SubString(text, next))
        rest === nothing || (next += ncodeunits(rest.match))
        said = match(r"# => (.*)\s*$", SubString(text, at, prevind(text, next)))
        if said !== nothing
            push!(values, sprint(show, value; context = :module => sandbox) => said.captures[1])
        end
        next > lastindex(text) && break
        at = next
    end
    values
end

function printed_by(f)
    path, io = mktemp()
    redirect_stdout(f, io)
    close(io)
    read(path, String)
end

# The docstrings. Each exported name has an example. `docs_prelude.jl` is what they find there; those with prompts are compared with what follows the prompts, others
# with the values that they name, as the examples of the pages are.

const EXAMPLES_PRELUDE = read(joinpath(@__DIR__, "docs_prelude.jl"), String)

"The examples of a name."
function examples(binding)
    texts = [join(doc.text) for (_, doc) in Base.Docs.meta(WasmtimeRuntime)[binding].docs]
    [(m.captures[1], m.captures[2]) for text in texts for m in eachmatch(r"```(jldoctest|julia)\n(.*?)```"s, text)]
end

"The prompts of an example with what follows them: pairs of input and output."
function prompts(block)
    pairs = Pair{String,String}[]
    for chunk in split(block, "julia> ")[2:end]
        lines = split(rstrip(chunk), '\n')
        n = findfirst(i -> Meta.parse(join(lines[1:i], '\n'); raise = false) |> complete, 1:length(lines))
        push!(pairs, join(lines[1:n], '\n') => strip(join(lines[n+1:end], '\n')))
    end
    pairs
end

complete(ex) = !(ex isa Expr && ex.head in (:incomplete, :error))

"What the REPL would print for an input."
function evaluate(sandbox, input)
    path, io = mktemp()
    value = redirect_stdout(() -> Base.include_string(sandbox, input), io)
    close(io)
    value === nothing || endswith(input, ';') ? strip(read(path, String)) :
        strip(sprint((io, x) -> show(IOContext(io, :module => sandbox), MIME("text/plain"), x), value))
end

# How Base names an array type is its own business.
plain_arrays(text) = replace(text, r"Array\{UInt8,\s?1\}" => "Vector{UInt8}")

"Runs an example: what was found and what it says, in pairs."
function run_example(kind, text)
    sandbox = Module(:Example)
    Base.include_string(sandbox, EXAMPLES_PRELUDE)
    kind == "jldoctest" && return [evaluate(sandbox, input) => output for (input, output) in prompts(text)]
    values = Pair{String,String}[]
    printed_by(() -> append!(values, run_block(sandbox, PageBlock(text, 1, false, ""), "example")))
    # A value that was not looked at counts as a wrong one.
    push!(values, string(length(values)) => string(length(collect(eachmatch(r"# => ", text)))))
end

@testset "examples of $(binding.var)" for binding in sort(collect(keys(Base.Docs.meta(WasmtimeRuntime))); by = b -> string(b.var))
    found = examples(binding)
    if binding.mod === WasmtimeRuntime && Base.isexported(WasmtimeRuntime, binding.var)
        name = replace(string(binding.var), "@wat_str" => "wat\"")
        @test any(text -> occursin(name, text), last.(found))
    end
    for (kind, text) in found
        results = Base.CoreLogging.with_logger(() -> cd(() -> run_example(kind, text), GUESTS), Base.CoreLogging.NullLogger())
        for (printed, output) in results
            @test plain_arrays(printed) == plain_arrays(output)
        end
    end
end

# The pages, each in a module of its own, its blocks in order.

const DOCS = joinpath(dirname(PACKAGE), "docs", "src")

function run_page(path)
    sandbox = Module(:Page)
    Core.eval(sandbox, :(using WasmtimeRuntime))
    for block in page_blocks(path)
        place = string(relpath(path, DOCS), ":", block.line)
        values = Pair{String,String}[]
        printed = printed_by() do
            cd(() -> append!(values, run_block(sandbox, block, path)), dirname(PACKAGE))
        end
        for (found, expected) in values
            @test (place, found) == (place, expected)
        end
        # One within an expression is not seen.
        @test (place, length(values)) == (place, length(collect(eachmatch(r"# => ", block.text))))
        @test (place, printed) == (place, block.prints)
    end
end

include(joinpath(dirname(DOCS), "pages.jl"))

@testset "the list of pages has all of them" begin
    listed = [first(pages()); reduce(vcat, last.(pages()[2:end]))]
    there = [relpath(joinpath(folder, file), DOCS) for (folder, _, files) in walkdir(DOCS) for file in files if endswith(file, ".md")]
    @test sort(listed) == sort(there)
end

@testset "values in pages" begin
    block = PageBlock("x = 1   # => 1\nif x == 1\n    2\nend # => 3\n# a comment\nstring(\"α\")   # => \"β\"\nx; 5 # => 5", 1, false, "")
    @test run_block(Module(), block, "page") == ["1" => "1", "2" => "3", "\"α\"" => "\"β\"", "5" => "5"]
end

@testset "$page" for page in [joinpath(folder, file) for (folder, _, files) in walkdir(DOCS) for file in files if endswith(file, ".md")]
    run_page(page)
end
