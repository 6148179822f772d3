# What the test files share. Each file stands alone otherwise.

const W = WasmtimeRuntime
const PACKAGE = dirname(@__DIR__)
const ENGINE = WasmEngine()

"An instance of a module in the text format, in a store of its own."
load(source::AbstractString; engine = ENGINE, store = WasmStore(engine), imports = NamedTuple()) =
    WasmInstance(store, WasmModule(store, source); imports = imports)

"What `f` throws; a test that expects an exception fails where there is none."
function thrown(f)
    try
        f()
    catch e
        return e
    end
    error("nothing was thrown")
end

"The message of the WasmtimeError that `f` throws."
message(f) = (e = thrown(f); e isa WasmtimeError || error("$(repr(e)) is no WasmtimeError"); e.message)

shown(x; kwargs...) = repr(x; kwargs...)
plain(x) = repr("text/plain", x)

"Bytes that a call of `f` allocates, compiled for its arguments; what it returns does not count."
function allocated(f::F, args::Vararg{Any,N}) where {F,N}
    run() = (f(args...); nothing)
    run()
    @allocated run()
end

const ADD = """
(module
  (func (export "add") (param i32 i32) (result i32)
    local.get 0
    local.get 1
    i32.add))
"""
