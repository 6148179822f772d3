;; What the official suite does not have: threads. Everything here holds.

(module $Mem (memory (export "shared") 1 1 shared) (func (export "other")))

(module definition $Waiter
  (memory (import "mem" "shared") 1 1 shared)
  (func (export "wait") (result i32)
    (memory.atomic.wait32 (i32.const 0) (i32.const 0) (i64.const 10_000_000_000)))
  (func (export "load") (result i32) (i32.atomic.load (i32.const 4))))

(thread $T1 (shared (module $Mem))
  (register "mem" $Mem)
  (module (memory (import "mem" "shared") 1 1 shared)
    (func (export "wait") (result i32)
      (memory.atomic.wait32 (i32.const 0) (i32.const 0) (i64.const 10_000_000_000)))
    (func (export "store") (i32.atomic.store (i32.const 4) (i32.const 42))))
  ;; 1 where the other thread was first.
  (assert_return (invoke "wait") (either (i32.const 0) (i32.const 1)))
  (invoke "store"))

(register "mem" $Mem)
(module instance $I $Waiter)
(module
  (memory (import "mem" "shared") 1 1 shared)
  (func (export "wake")
    (i32.atomic.store (i32.const 0) (i32.const 1))
    (drop (memory.atomic.notify (i32.const 0) (i32.const 1)))))
(invoke "wake")
(wait $T1)

(assert_return (invoke $I "load") (i32.const 42))
(assert_return (invoke $I "wait") (i32.const 1))
