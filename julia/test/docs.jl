# The examples of the docstrings, run as they stand.

function docstrings()
    found = String[]
    for (binding, multi) in Base.Docs.meta(WasmtimeRuntime), (_, doc) in multi.docs
        push!(found, join(doc.text))
    end
    found
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

function run_example(block)
    sandbox = Module(:Example)
    Core.eval(sandbox, :(using WasmtimeRuntime))
    map(prompts(block)) do (input, output)
        printed = Base.CoreLogging.with_logger(() -> evaluate(sandbox, input), Base.CoreLogging.NullLogger())
        (input, printed, output)
    end
end

"What the REPL would print for an input."
function evaluate(sandbox, input)
    path, io = mktemp()
    value = redirect_stdout(() -> Base.include_string(sandbox, input), io)
    close(io)
    value === nothing || endswith(input, ';') ? strip(read(path, String)) :
        strip(sprint((io, x) -> show(IOContext(io, :module => sandbox), MIME("text/plain"), x), value))
end

@testset "examples" begin
    blocks = [m.captures[1] for text in docstrings() for m in eachmatch(r"```jldoctest\n(.*?)```"s, text)]
    @test length(blocks) >= 5
    for block in blocks, (input, printed, output) in run_example(block)
        # How Base names an array type is its own business.
        @test replace(printed, r"Array\{UInt8,\s?1\}" => "Vector{UInt8}") == replace(output, r"Array\{UInt8,\s?1\}" => "Vector{UInt8}")
    end
end
