# What the examples of docstrings find there. They run in the folder of the programs of `tests/wasi`.

using WasmtimeRuntime

engine = WasmEngine(epoch_interruption = true, shared_memory = true)
store = WasmStore(engine)
mod = WasmModule(engine, raw"""
    (module $tour
      (type $point (struct (field $x (mut i32)) (field $y f64)))
      (memory (export "memory") 1 10)
      (table (export "table") 2 10 funcref)
      (global (export "counter") (mut i32) (i32.const 0))
      (data (i32.const 0) "hello")
      (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
      (func $divide (export "divide") (param i32 i32) (result i32) (i32.div_s (local.get 0) (local.get 1)))
      (func (export "id") (param externref) (result externref) (local.get 0))
      (func (export "norm") (param (ref $point)) (result f64) (struct.get $point $y (local.get 0)))
      (func (export "run"))
      (func (export "spin") (loop (br 0))))""")
instance = WasmInstance(store, mod)
linker = WasmLinker(engine)
tag = WasmTag(store, Int32)
count, cat, upper = (WasmModule(engine, "$name.wasm") for name in ("count", "cat", "upper"))
caught(f) = try f() catch e; e end
