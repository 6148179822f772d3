;; What every row calls: a small function, a loop that calls the host, a memory.
(module
  (import "env" "add" (func $host (param i32 i32) (result i32)))
  (memory (export "memory") 16)
  (data (i32.const 8) "ratios")
  (func (export "add") (param i32 i32) (result i32)
    (i32.add (local.get 0) (local.get 1)))
  (func (export "run") (param $n i32) (result i32) (local $sum i32)
    (loop $again
      (local.set $sum (call $host (local.get $sum) (i32.const 1)))
      (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $sum)))
