using WasmtimeRuntime

store = WasmStore(WasmEngine())
mod = WasmModule(store, wat"""
    (module
      (import "env" "log" (func $log (param i32)))
      (memory (export "memory") 1)
      (data (i32.const 0) "hello")
      (func (export "add") (param i32 i32) (result i32)
        (call $log (local.get 0))
        (i32.add (local.get 0) (local.get 1))))""")
instance = WasmInstance(store, mod; imports = (env = (log = x -> println("wasm logs ", x),),))
println("2 + 3 = ", instance.exports.add(2, 3))
println(String(instance.exports.memory[1:5]))
