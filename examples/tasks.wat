;; The module of python/tasks.py and luajit/tasks.lua: it asks the host, and it sleeps.
(module
  (import "host" "ask" (func $ask (param i32) (result i32)))
  (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)

  (func $run (export "run") (param i32) (result i32)
    (i32.add (call $ask (local.get 0)) (i32.const 1)))

  ;; The clock 1, which never goes back, in 50 ms from now.
  (func $nap (export "nap") (result i32)
    (i32.store (i32.const 16) (i32.const 1))
    (i64.store (i32.const 24) (i64.const 50_000_000))
    (call $poll (i32.const 0) (i32.const 64) (i32.const 1) (i32.const 128))))
