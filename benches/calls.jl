# Calls of WebAssembly, of the host, and those that may wait.

"How many times Rust's own call a prepared call may cost."
const TARGET = 1.6

function call_rows(row, native, engine)
    group = "Calls of WebAssembly: (i32, i32) -> i32"
    package = Package(engine)
    plain, hosted = Add(package.plain.exports.add), Add(package.hosted.exports.add)
    untyped = package.plain.exports.add
    scripted, scripted_allocates = scripted_calls(package.plain), allocated_per_turn(n -> script(package.plain, n))
    official = Official(peer(:peer_official_add), :wasmtime_linker_define_func)

    typed = rust("Rust TypedFunc::call", "typed_call")
    row(group, package_calls(plain, "Julia, TypedFunc"), typed; target = TARGET, allocated = allocated_per_call(plain))
    row(group, package_calls(hosted, "Julia, TypedFunc beside direct functions"), typed; allocated = allocated_per_call(hosted))
    row(group, package_calls(untyped, "Julia, WasmFunc"), typed; allocated = allocated_per_call(untyped))
    row(group, scripted, typed; allocated = scripted_allocates)
    row(group, official_from_julia(official, "Julia, official wasmtime_func_call"), typed)
    row(group, prepared_call(native, "C, wrt_call_invoke"), typed; target = TARGET)
    row(group, hooked_calls(plain, "C, wrt_call_invoke with Julia's hooks"), typed)
    row(group, dynamic_call(native, "C, wrt_func_call"), typed)
    row(group, official_from_c(official, "C, official wasmtime_func_call"), typed)
    row(group, rust("Rust Func::call_unchecked", "unchecked_call"), typed)
    row(group, rust("Rust Func::call", "dynamic_call"), typed)
    row(group, executable("Rust TypedFunc::call, in an executable", "typed_call"), typed)

    official_julia_call = official_from_julia(official, "Julia, official wasmtime_func_call")
    row(group, package_calls(plain, "Julia, TypedFunc"), official_julia_call; target = 1 / 8)
    row(group, prepared_call(native, "C, wrt_call_invoke"), official_from_c(official, "C, official wasmtime_func_call"))

    with_python("calls are") || return
    row(group, scripted, python("wasmtime-py, instance.exports(store)[\"add\"]", "add");
        target = 1 / 20, allocated = scripted_allocates, target_allocations = 2)
    row(group, package_calls(untyped, "Julia, WasmFunc"), python("wasmtime-py, a function that is kept", "add_kept"))
end

function host_rows(row, native, engine)
    group = "Calls of the host: (i32, i32) -> i32"
    official = Official(peer(:peer_official_add), :wasmtime_linker_define_func)
    unchecked = Official(peer(:peer_official_add_unchecked), :wasmtime_linker_define_func_unchecked)

    wrapped = rust("Rust Func::wrap", "host_wrapped")
    row(group, package_host_calls(Package(engine).hosted, "Julia function, direct"), wrapped; target_ns = 20)
    row(group, official_host_calls(official_julia(), "Julia function, official"), wrapped)
    row(group, host_calls(native, "C function"), wrapped)
    row(group, official_host_calls(official, "C function, official"), wrapped)
    row(group, official_host_calls(unchecked, "C function, official unchecked"), wrapped)
    row(group, rust("Rust Func::new_unchecked", "host_unchecked"), wrapped)
end

function task_rows(row, native, engine)
    group = "Calls that may wait: (i32, i32) -> i32"
    package = Package(engine)
    waiting = Add(package.waiting.exports.add)
    interruptible = Add(Package(WasmEngine(epoch_interruption = true)).plain.exports.add)
    typed, dynamic = rust("Rust TypedFunc::call_async", "async_call"), rust("Rust Func::call_async", "dynamic_async_call")
    row(group, task_calls(native, "C, wrt_call_start to wrt_release"), typed)
    row(group, package_calls(waiting, "Julia, TypedFunc beside functions that wait"), typed; allocated = allocated_per_call(waiting))
    row(group, package_calls(cooperative(interruptible), "Julia, cooperative call"), typed)
    row(group, dynamic, typed)
    row(group, rust("Rust TypedFunc::call", "typed_call"), typed)

    group = "Calls of a host that suspends: (i32, i32) -> i32"
    suspending = rust("Rust func_wrap_async, suspended once", "host_suspending")
    row(group, rust("Rust func_new_async, suspended once", "host_suspending_dynamic"), suspending)
    row(group, task_host_calls(native.engine, "C, wrt_task_step"), suspending)
    row(group, package_host_calls(package.waiting, "Julia function that may wait"), suspending; target = 2.0)
    row(group, package_host_calls(package.hosted, "Julia function, direct"), suspending)
    row(group, rust("Rust Func::wrap", "host_wrapped"), suspending)
end
