"""
WebAssembly in Julia, on Wasmtime: compile, link, sandbox and call modules as if they were Julia code.

```julia
using WasmtimeRuntime

engine = WasmEngine()
store = WasmStore(engine)
mod = WasmModule(engine, \"\"\"
    (module (func (export "add") (param i32 i32) (result i32)
        (i32.add (local.get 0) (local.get 1))))\"\"\")
instance = WasmInstance(store, mod)
instance.exports.add(2, 3)
```
"""
module WasmtimeRuntime

export
    # errors
    WasmtimeError, WasmRuntimeError, WasmTrap, WasmExit, WasmCompileError, WasmLinkError, WasmLimitError, WasmInterrupt,
    WasmHostError, WasmException, WasmFrame,
    # the tree of types
    WasmtimeObject, WasmtimeResource, WasmtimeValue, WasmtimeType,
    AbstractEngine, AbstractStore, AbstractModule, AbstractInstance, AbstractFunc, AbstractMemory, AbstractGlobal, AbstractTable,
    AbstractConfig,
    # values and types
    WasmValue, WasmI32, WasmI64, WasmF32, WasmF64, WasmV128, WasmFuncRef, WasmExternRef, lanes,
    WasmValType, WasmFuncType, WasmMemoryType, WasmTableType, WasmGlobalType, WasmTagType, WasmLimits, WasmImportType,
    # configuration and engine
    WasmConfig, WasmEngine, OptimizationLevel, None, Speed, SpeedAndSize,
    ProfilingStrategy, NoProfilingStrategy, JitdumpProfilingStrategy, VTuneProfilingStrategy, PerfMapProfilingStrategy,
    debug_info!, optimization_level!, profiler!, profiling_strategy!, consume_fuel!, epoch_interruption!, max_wasm_stack!,
    increment_epoch!, validate,
    # text and modules
    wat2wasm, wasm2wat, @wat_str, WasmModule, exports, imports, name, custom_sections, serialize, deserialize,
    # stores
    WasmStore, fuel, set_fuel!, add_fuel!, fuel_consumed, set_limits!, set_timeout!, set_epoch_deadline!, interrupt!, gc!,
    # functions and calls
    WasmFunc, TypedFunc, WasmCaller, functype, call,
    # objects of WebAssembly's collector
    WasmObject, WasmStruct, WasmArray,
    # memories, globals, tables
    WasmMemory, SharedMemory, MemoryView, memory_size, grow!, memory_grow!, read_memory, write_memory!, read_string, write_string!,
    WasmGlobal, get_global, set_global!, WasmTable, get_table_element, set_table_element!, WasmTag,
    # instances and linkers
    WasmInstance, instantiate, get_export, get_func, get_memory, get_table, get_typed_func,
    WasmLinker, define!, WasmPrelink, prelink,
    # programs of WASI
    WasiConfig, WasmPipe, WasmProcess, set_wasi!, define_wasi!,
    # test scripts
    run_wast, WastResult, WastFailure,
    # short names
    Config, Engine, Store, Instance, Func, Global, Table

# Before 1.9 Julia keeps no native code of packages, and compiles what it runs anew in each process. What only sets a program up is
# compiled quickly, therefore, and what is called often as well as Julia can: whoever makes a typed call or a host function says so
# before.
@static if VERSION < v"1.9"
    Base.Experimental.@optlevel 1
end

"What is compiled from now on is to run fast."
full_speed() = @static VERSION < v"1.9" ? ccall(:jl_set_module_optlevel, Cvoid, (Any, Cint), @__MODULE__, -1) : nothing

# In the order of the floors: a file uses those above it.
include("lib.jl")
include("artifact.jl")
include("library.jl")
include("json.jl")
include("error.jl")
include("resource.jl")
include("value.jl")
include("types.jl")
include("config.jl")
include("engine.jl")
include("text.jl")
include("module.jl")
include("serialization.jl")
include("cache.jl")
include("bell.jl")
include("pipe.jl")
include("wasi.jl")
include("turn.jl")
include("store.jl")
include("reference.jl")
include("object.jl")
include("exception.jl")
include("func.jl")
include("direct.jl")
include("task.jl")
include("call.jl")
include("dynamic.jl")
include("broadcast.jl")
include("memory.jl")
include("global.jl")
include("table.jl")
include("extern.jl")
include("instance.jl")
include("linker.jl")
include("process.jl")
include("constant.jl")
include("command.jl")
include("script.jl")

"""
Short name of [`WasmConfig`](@ref).

```jldoctest
julia> Config === WasmConfig
true
```
"""
const Config = WasmConfig
"""
Short name of [`WasmEngine`](@ref).

```jldoctest
julia> Engine === WasmEngine
true
```
"""
const Engine = WasmEngine
"""
Short name of [`WasmStore`](@ref).

```jldoctest
julia> Store === WasmStore
true
```
"""
const Store = WasmStore
"""
Short name of [`WasmInstance`](@ref).

```jldoctest
julia> Instance === WasmInstance
true
```
"""
const Instance = WasmInstance
"""
Short name of [`WasmFunc`](@ref).

```jldoctest
julia> Func === WasmFunc
true
```
"""
const Func = WasmFunc
"""
Short name of [`WasmGlobal`](@ref).

```jldoctest
julia> Global === WasmGlobal
true
```
"""
const Global = WasmGlobal
"""
Short name of [`WasmTable`](@ref).

```jldoctest
julia> Table === WasmTable
true
```
"""
const Table = WasmTable

include("precompile.jl")

function __init__()
    C.LOAD[] = load
    make_gates()
end

end
