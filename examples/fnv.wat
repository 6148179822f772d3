;; The FNV-1a hash of $len bytes at $at. It has the memory and the signature of the xxhash.wasm that npm's xxhash-wasm
;; package carries, and stands in for it in the demo where that cannot be fetched. The seed's 0 is the usual start.
(module
  (memory (export "mem") 1)
  (func (export "fnv1a64") (param $at i32) (param $len i32) (param $seed i64) (result i64)
    (local $end i32) (local $hash i64)
    (local.set $end (i32.add (local.get $at) (local.get $len)))
    (local.set $hash (i64.xor (local.get $seed) (i64.const 0xcbf29ce484222325)))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $at) (local.get $end)))
        (local.set $hash (i64.mul
          (i64.xor (local.get $hash) (i64.load8_u (local.get $at)))
          (i64.const 0x100000001b3)))
        (local.set $at (i32.add (local.get $at) (i32.const 1)))
        (br $next)))
    (local.get $hash)))
