# Stores and instances, and programs of WASI from start to end.

"A store and an instance in it, closed at once: the memory is given back then, not when the collector comes."
function package_instances(engine, name; prelinked)
    mod = WasmModule(engine, WAT)
    linker = WasmLinker(engine; direct = true)
    linker["env", "add"] = plus
    ready = prelink(linker, mod)
    imports = (env = (add = plus,),)
    one = prelinked ? store -> instantiate(ready, store) : store -> WasmInstance(store, mod; imports = imports, direct = true)
    Way(name, n -> timed(n -> (for _ in 1:n; WasmStore(one, engine); end), n))
end

function instance_rows(row, native, engine)
    group = "A store and an instance, made and freed"
    on_demand = rust("Rust InstancePre, on demand", "instantiate")
    row(group, instantiation(native, "C, wrt_prelink_instantiate"), on_demand)
    row(group, package_instances(engine, "Julia, prelinked"; prelinked = true), on_demand)
    row(group, package_instances(engine, "Julia, WasmInstance(store, mod)"; prelinked = false), on_demand)
    pooling = rust("Rust InstancePre, pooling", "instantiate_pooling")
    row(group, instantiation(Native(engine_with("pooling" => "true")), "C, wrt_prelink_instantiate"), pooling)
    row(group, package_instances(WasmEngine(pooling = true), "Julia, prelinked"; prelinked = true), pooling; target = 1.3)
end

function programs(engine, name)
    mod = WasmModule(engine, HELLO)
    Way(name, n -> timed(n -> (for _ in 1:n; read(mod, String; args = ["hello"]); end), n))
end

function program_rows(row, native, engine)
    group = "A program of WASI from start to end"
    on_demand = programs(engine, "Julia, read(mod, String)")
    pooling = programs(WasmEngine(pooling = (total_memories = 100,)), "Julia, read(mod, String), pooling")
    row(group, on_demand, rust("Rust, p1::add_to_linker_sync", "program"))
    row(group, pooling, rust("Rust, p1::add_to_linker_sync, pooling", "program_pooling"))
    with_python("programs of WASI are") || return
    peer = python("wasmtime-py", "program")
    row(group, rust("Rust, p1::add_to_linker_sync", "program"), peer)
    row(group, on_demand, peer; target = 1 / 3)
    row(group, pooling, peer; target = 1 / 3)
end
