# QuickJS, an engine of JavaScript, as a part of Julia: what quickjs.jl, beside this file, runs on. quickjs.wasm is a reactor of WASI that
# exports functions for values, and calls six of ours.
#
# Numbers, texts and the like are converted; everything else stays in JavaScript, as a `JSValue`.

using WasmtimeRuntime

"The engine. It knows values by handles, each of which is freed once; texts are passed in its memory."
Base.@kwdef mutable struct JavaScript
    wasm::AbstractDict
    memory::WasmMemory = wasm.memory
    "Functions and exceptions of Julia, by whose numbers JavaScript knows them; and modules to import."
    kept::Vector{Any} = []
    modules::Dict{String,String}
    "The handles of values in Julia, and how many there may be before the unused ones are freed."
    held::Vector{Tuple{WeakRef,Int32}} = []
    most::Int = 1000
    "How many tasks have an unsettled promise, what settles those that are over, and what wakes who waits for one."
    running::Int = 0
    over::Vector{Any} = []
    changed::Condition = Condition()
    "When JavaScript is to be stopped, in seconds since 1970."
    deadline::Float64 = Inf
    "The handle of `undefined`, and room for two numbers in the memory."
    undefined::Int32 = wasm.qjs_get_undefined()
    room::Int32 = wasm.wasm_malloc(8)
end

"A value that is in JavaScript; `this` is the object where it was found."
struct JSValue
    js::JavaScript
    handle::Base.RefValue{Int32}
    this::Union{Nothing,JSValue}
end

function JSValue(js::JavaScript, handle::Integer, this = nothing)
    if length(js.held) >= js.most
        filter!(js.held) do (value, unused)
            value.value === nothing && js.wasm.qjs_free_value(unused)
            return value.value !== nothing
        end
        js.most = 2length(js.held) + 1000
    end
    held = Ref{Int32}(handle)
    push!(js.held, (WeakRef(held), handle))
    return JSValue(js, held, this)
end

engine(x::JSValue) = getfield(x, :js)
handle(x::JSValue) = getfield(x, :handle)[]

"What JavaScript threw."
struct JSError <: Exception
    value::Any
    message::String
end
Base.showerror(io::IO, e::JSError) = print(io, "JavaScript: ", e.message)

# From Julia to JavaScript: `lower` returns a handle that the caller frees.

lower(js, ::Nothing) = js.wasm.qjs_get_undefined()
lower(js, x::Bool) = x ? js.wasm.qjs_get_true() : js.wasm.qjs_get_false()
lower(js, x::Real) = js.wasm.qjs_new_number(x)
lower(js, x::AbstractString) = with_text(js.wasm.qjs_new_string, js, x)
lower(js, x::JSValue) = js.wasm.qjs_dup_value(handle(x))
lower(js, x::Union{Tuple,AbstractVector}) = fill_object!(js, js.wasm.qjs_new_array(), enumerate(x))
lower(js, x::Union{NamedTuple,AbstractDict}) = fill_object!(js, js.wasm.qjs_new_object(), pairs(x))
lower(js, f) = with_text((at, n) -> js.wasm.qjs_new_host_function(at, n, 0), js, string(keep!(js, f)))
lower(js, e::JSError) = lower(js, e.value)
lower(js, e::Exception) =
    fill_object!(js, js.wasm.qjs_new_error(), (:name => string(nameof(typeof(e))), :julia => keep!(js, e),
                                                   :message => sprint(showerror, e)))

function lower(js, task::Task)
    promise = js.wasm.qjs_new_promise(js.room, js.room + 4)
    resolve, reject = [JSValue(js, h) for h in read_memory(Int32, js.memory, js.room, 2)]
    js.running += 1
    @async begin
        try wait(task) catch end
        push!(js.over, istaskfailed(task) ? () -> reject(task.exception) : () -> resolve(task.result))
        notify(js.changed)
    end
    return promise
end

keep!(js, x) = (push!(js.kept, x); length(js.kept))

function give_text(js, text)
    address = js.wasm.wasm_malloc(sizeof(text) + 1)
    write_string!(js.memory, address, text; nul = true)
    return address
end

with_text(f, js, text) = (at = give_text(js, text); h = f(at, sizeof(text)); js.wasm.wasm_free(at); h)

function set!(js, object, name, x)
    h = lower(js, x)
    status = name isa Integer ? js.wasm.qjs_set_prop_uint32(object, name - 1, h) :
             with_text((at, n) -> js.wasm.qjs_set_prop_string(object, at, h), js, String(name))
    js.wasm.qjs_free_value(h)
    status < 0 && throw(pending(js))
end

fill_object!(js, object, items) = (foreach(((name, x),) -> set!(js, object, name, x), items); object)

# From JavaScript to Julia: `raise` frees a handle, or keeps it in what it returns.

function raise(js, h, this = nothing)
    tag = js.wasm.qjs_typeof(h)
    tag in (-1, -8, -9, 7) && return JSValue(js, h, this) # objects, symbols, large integers
    x = tag in (2, 3) ? nothing : tag == 1 ? js.wasm.qjs_get_bool(h) == 1 : tag in (-6, -7) ? text(js, h) : js.wasm.qjs_get_float64(h)
    js.wasm.qjs_free_value(h)
    tag == 6 && throw(pending(js))
    return x isa Float64 && isinteger(x) && abs(x) < 2^53 ? Int(x) : x
end

function text(js, h)
    address = js.wasm.qjs_get_string_len(h, js.room)
    address == 0 && throw(pending(js))
    text = read_string(js.memory, address, read_memory(Int32, js.memory, js.room))
    js.wasm.qjs_free_cstring(address)
    return text
end

"What JavaScript throws; an exception of Julia's is the same object as before."
pending(js) = thrown(js, raise(js, js.wasm.qjs_get_exception()))
thrown(js, x) = x isa JSValue && x.julia !== nothing ? js.kept[x.julia] : JSError(x, string(x))

# Values of JavaScript in Julia.

function (f::JSValue)(args...)
    js, this = engine(f), getfield(f, :this)
    handles = Int32[lower(js, arg) for arg in args]
    address = js.wasm.wasm_malloc(sizeof(handles))
    write_memory!(js.memory, address, handles)
    result = GC.@preserve f js.wasm.qjs_call(handle(f), this === nothing ? js.undefined : handle(this), length(handles), address)
    js.wasm.wasm_free(address)
    foreach(js.wasm.qjs_free_value, handles)
    return raise(js, result)
end

property(js, x, name) = raise(js, with_text((at, n) -> js.wasm.qjs_get_prop_string(handle(x), at), js, String(name)), x)
Base.getproperty(x::JSValue, name::Symbol) = property(engine(x), x, name)
Base.setproperty!(x::JSValue, name::Symbol, y) = GC.@preserve x set!(engine(x), handle(x), name, y)
Base.getindex(x::JSValue, i::Integer) = raise(engine(x), engine(x).wasm.qjs_get_prop_uint32(handle(x), i - 1), x)
Base.length(x::JSValue) = x.length
Base.iterate(x::JSValue, i = 1) = i > length(x) ? nothing : (x[i], i + 1)
Base.show(io::IO, x::JSValue) = print(io, text(engine(x), handle(x)))

function Base.fetch(promise::JSValue)
    js = engine(promise)
    while (state = js.wasm.qjs_promise_state(handle(promise))) == 0
        if js.wasm.qjs_is_job_pending() == 1
            js.wasm.qjs_execute_pending_job() < 0 && throw(pending(js))
        elseif !isempty(js.over)
            js.running -= 1
            popfirst!(js.over)()
            notify(js.changed)
        else
            js.running > 0 ? wait(js.changed) : error("nothing is left that could settle this promise")
        end
    end
    result = raise(js, js.wasm.qjs_promise_result(handle(promise)))
    return state == 1 ? result : throw(thrown(js, result))
end

"Calls `f`, but stops JavaScript after so many seconds."
function within(f, x::JSValue, seconds)
    js = engine(x)
    before, js.deadline = js.deadline, time() + seconds
    try f() finally js.deadline = before end
end

"The global object of a new engine, which may have so many bytes of memory, and import modules, sources by their names."
function javascript(mod; memory = 64 << 20, modules = Dict{String,String}())
    store = WasmStore(mod.engine; wasi = WasiConfig(), limits = (memory = memory,))
    local js
    "A handle of 0 says that something was thrown."
    guarded(f) = try f() catch e; h = lower(js, e); js.wasm.qjs_throw(h); js.wasm.qjs_free_value(h); 0 end
    host_call(name, size, this, argc, argv) = guarded() do
        args = [raise(js, js.wasm.qjs_dup_value(h)) for h in read_memory(Int32, js.memory, argv, argc)]
        lower(js, js.kept[parse(Int, read_string(js.memory, name, size))](args...))
    end
    host_module_load(name, size) = guarded() do
        source = js.modules[read_string(js.memory, name)]
        write_memory!(js.memory, size, Int32(sizeof(source)))
        give_text(js, source)
    end
    callbacks = (host_call = host_call, host_module_load = host_module_load,
                 host_module_normalize = (base, name) -> give_text(js, read_string(js.memory, name)),
                 # Other tasks run while JavaScript computes.
                 host_interrupt = () -> (yield(); time() > js.deadline),
                 host_promise_rejection = (promise, reason, handled) -> foreach(js.wasm.qjs_free_value, (promise, reason)),
                 host_get_timezone_offset = (high, low) -> 0)
    wasm = WasmInstance(store, mod; imports = (env = callbacks,)).exports
    wasm.qjs_init() == 0 || error("JavaScript does not begin")
    wasm.qjs_set_max_stack_size(128 << 10)
    wasm.qjs_set_interrupt_handler(1)
    wasm.qjs_set_module_loader(1)
    js = JavaScript(wasm = wasm, modules = modules)
    return raise(js, wasm.qjs_get_global())
end
