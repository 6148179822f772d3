# The commands of a test script, which the library reads: they run through the same functions that everybody uses.

"A script, as the library has read it."
mutable struct WasmScript <: WasmtimeResource
    ptr::Ptr{Cvoid}

    function WasmScript(source, name)
        source, name, out = String(source), String(name), Ref{Ptr{Cvoid}}(C_NULL)
        @check C.wrt_script_new(source, sizeof(source), name, sizeof(name), out)
        own(new(out[]))
    end
end

function commands(script::WasmScript)
    json, len = Ref{Ptr{UInt8}}(C_NULL), Ref{Csize_t}(0)
    @check C.wrt_script_json(script, json, len)
    GC.@preserve script parsejson(unsafe_string(json[], len[]))["commands"]
end

function modulebytes(script::WasmScript, name)
    data, len = Ref{Ptr{UInt8}}(C_NULL), Ref{Csize_t}(0)
    @check C.wrt_script_module(script, name, sizeof(name), data, len)
    bytes = Vector{UInt8}(undef, len[])
    GC.@preserve script bytes unsafe_copyto!(pointer(bytes), data[], len[])
    bytes
end

"Numbers, and what went wrong by line."
mutable struct Tally
    passed::Int
    skipped::Int
    failed::Vector{Pair{Int,String}}
    Tally() = new(0, 0, [])
end

"A store, and what a script has made in it by name; the name of the last one is `nothing`."
struct ScriptRun
    engine::WasmEngine
    spectest::Vector{WasmModule}
    script::WasmScript
    store::WasmStore
    linker::WasmLinker
    modules::Vector{WasmModule}
    definitions::Dict{Union{Nothing,String},WasmModule}
    instances::Dict{Union{Nothing,String},WasmInstance}
    "What a thread has of another one's instance."
    shared::Dict{String,Vector{Pair{String,SharedMemory}}}
    threads::Dict{String,Task}
end

function ScriptRun(engine, spectest, script)
    store, linker = WasmStore(engine), WasmLinker(engine)
    foreach(mod -> define!(linker, "spectest", instantiate(store, mod)), spectest)
    ScriptRun(engine, spectest, script, store, linker, [], Dict(), Dict(), Dict(), Dict())
end

Base.close(run::ScriptRun) = foreach(close, (run.store, run.linker, run.modules...))

# The module `spectest` that the scripts of the official suite import from, as an engine can have it. What is printed nobody reads.
const SPECTEST = [
    """
    (module
      (func (export "print"))
      (func (export "print_i32") (param i32))
      (func (export "print_i64") (param i64))
      (func (export "print_f32") (param f32))
      (func (export "print_f64") (param f64))
      (func (export "print_i32_f32") (param i32 f32))
      (func (export "print_f64_f64") (param f64 f64))
      (global (export "global_i32") i32 (i32.const 666))
      (global (export "global_i64") i64 (i64.const 666))
      (global (export "global_f32") f32 (f32.const 666.6))
      (global (export "global_f64") f64 (f64.const 666.6))
      (table (export "table") 10 20 funcref)
      (memory (export "memory") 1 2))
    """,
    """(module (table (export "table64") i64 10 20 funcref))""",
    """(module (memory (export "shared_memory") 1 2 shared))""",
]

"The parts of `spectest` that an engine can have."
function spectest_modules(engine)
    WasmStore(engine) do store
        found = WasmModule[]
        for source in SPECTEST
            try
                mod = WasmModule(engine, source)
                instantiate(store, mod)
                push!(found, mod)
            catch e
                e isa WasmtimeError || rethrow()
            end
        end
        found
    end
end

isassertion(command) = startswith(command["type"], "assert_")

function run_commands(run, commands, skip, tally = Tally())
    for command in commands
        if skip isa Colon || command["line"] in skip
            tally.skipped += isassertion(command)
            continue
        end
        try
            run_command(run, command, tally)
            tally.passed += isassertion(command)
        catch e
            e isa InterruptException && rethrow()
            push!(tally.failed, command["line"] => string(command["type"], ": ", said(e)))
        end
    end
    tally
end

said(e::Unexpected) = e.message
said(e::WasmTrap) = "WasmTrap ($(e.code)): $(e.message)"
said(e::WasmtimeError) = "$(nameof(typeof(e))): $(e.message)"
said(e) = first(split(sprint(showerror, e), '\n'))

function run_command(run, command, tally)
    type = command["type"]
    if type == "module"
        # What fails must not leave the one before in its place.
        delete!(run.instances, nothing)
        keep!(run.instances, get(command, "name", nothing), instantiated(run, command))
    elseif type == "module_definition"
        keep!(run.definitions, get(command, "name", nothing), compiled(run, command))
    elseif type == "module_instance"
        instance = instantiate(run.linker, run.store, lookup(run.definitions, get(command, "module", nothing)))
        keep!(run.instances, get(command, "instance", nothing), instance)
    elseif type == "register"
        register(run, get(command, "name", nothing), command["as"])
    elseif type == "action"
        act(run, command)
    elseif type == "assert_return"
        compare(act(run, command), command["expected"])
    elseif type in ("assert_trap", "assert_exhaustion")
        fails(() -> act(run, command), istrap, command)
    elseif type == "assert_exception"
        fails(() -> act(run, command), isexception, command)
    elseif type == "assert_suspension"
        fails(() -> act(run, command), issuspension, command)
    elseif type in ("assert_malformed", "assert_invalid")
        fails(() -> compiled(run, command), isrefusal, command)
    elseif type == "assert_unlinkable"
        fails(() -> instantiated(run, command), isunlinkable, command)
    elseif type == "assert_uninstantiable"
        fails(() -> instantiated(run, command), istrap, command)
    elseif type == "thread"
        start_thread(run, command)
    elseif type == "wait"
        haskey(run.threads, command["thread"]) || throw(Unexpected("there is no thread $(command["thread"])"))
        went = fetch(pop!(run.threads, command["thread"]))
        tally.passed += went.passed
        append!(tally.failed, went.failed)
    else
        throw(Unexpected("the command is not known"))
    end
    nothing
end

keep!(objects, name, object) = (objects[nothing] = object; name === nothing || (objects[name] = object))
lookup(objects, name) = get(() -> throw(Unexpected("there is no module $(something(name, "before"))")), objects, name)

function compiled(run, command)
    mod = WasmModule(run.engine, modulebytes(run.script, command["filename"]))
    push!(run.modules, mod)
    mod
end

instantiated(run, command) = instantiate(run.linker, run.store, compiled(run, command))

function register(run, name, as)
    haskey(run.shared, name) || return define!(run.linker, as, lookup(run.instances, name))
    foreach(item -> define!(run.linker, as, item...), run.shared[name])
end

"Starts a task with a store of its own, and the shared memories of one instance."
function start_thread(run, command)
    child, name = ScriptRun(run.engine, run.spectest, run.script), get(command, "shared_module", nothing)
    name === nothing || (child.shared[name] = [item for item in lookup(run.instances, name).exports if item.second isa SharedMemory])
    run.threads[command["name"]] = Threads.@spawn try
        run_commands(child, command["commands"], ())
    finally
        close(child)
    end
end

"What an export returns, or holds, each value with its type."
function act(run, command)
    action = command["action"]
    instance = lookup(run.instances, get(action, "module", nothing))
    if action["type"] == "get"
        g = get_global(instance, action["field"])
        return [(g[], WasmGlobalType(g).content)]
    end
    f = get_func(instance, action["field"])
    results, found = functype(f).results, f(map(constant, action["args"])...)
    length(results) == 1 ? [(found, results[1])] : collect(zip(something(found, ()), results))
end

function fails(f, verdict, command)
    expected = get(command, "text", "an exception")
    try
        f()
    catch e
        e isa InterruptException && rethrow()
        verdict(e, expected) && return
        throw(Unexpected("expected $expected, found $(said(e))"))
    end
    throw(Unexpected("expected $expected, but nothing failed"))
end

"The traps that a text means; where scripts were less precise once, there are several."
const TRAPS = Dict(
    "unreachable" => [:unreachable],
    "integer divide by zero" => [:integer_division_by_zero],
    "integer overflow" => [:integer_overflow],
    "invalid conversion to integer" => [:bad_conversion_to_integer],
    "call stack exhausted" => [:stack_overflow],
    "out of bounds memory access" => [:memory_out_of_bounds],
    "out of bounds table access" => [:table_out_of_bounds],
    "undefined element" => [:table_out_of_bounds],
    "undefined" => [:table_out_of_bounds],
    "out of bounds" => [:memory_out_of_bounds, :table_out_of_bounds],
    "out of bounds array access" => [:array_out_of_bounds],
    "uninitialized element" => [:indirect_call_to_null],
    "uninitialized" => [:indirect_call_to_null],
    "indirect call type mismatch" => [:bad_signature],
    "indirect call" => [:bad_signature],
    "null reference" => [:null_reference],
    "null function reference" => [:null_reference],
    "null structure reference" => [:null_reference],
    "null array reference" => [:null_reference],
    "null i31 reference" => [:null_reference],
    "null exception reference" => [:null_reference],
    "cast failure" => [:cast_failure],
    "unaligned atomic" => [:heap_misaligned],
    "expected shared memory" => [:atomic_wait_non_shared_memory],
)

# Some texts end with the number of the element.
istrap(e, text) = e isa WasmTrap && e.code in get(TRAPS, rstrip(c -> isdigit(c) || c == ' ', text), [])
isexception(e, _) = e isa WasmException
issuspension(e, _) = e isa WasmTrap && e.code === :unhandled_tag
# Wasmtime reads and validates in one pass, so some of what is malformed is invalid to it, and the other way round.
isrefusal(e, _) = e isa WasmCompileError && e.status in (:parse, :validate)
isunlinkable(e, _) = e isa WasmLinkError
