;; The module of the jobs in c/, cpp/, rust/ and so on: it calls the host, has text in its memory, and divides.
(module
  (import "host" "twice" (func $twice (param i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 16) "hello from WebAssembly")

  (func $sum (export "sum") (param i32 i32) (result i32)
    (i32.add (call $twice (local.get 0)) (local.get 1)))

  (func $divide (param i32 i32) (result i32)
    (i32.div_s (local.get 0) (local.get 1)))

  (func $average (export "average") (param $total i32) (param $count i32) (result i32)
    (call $divide (local.get $total) (local.get $count))))
