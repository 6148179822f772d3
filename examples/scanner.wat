;; Cuts a text into the tokens of a language that another module brings: the main module of a program which is linked
;; while it runs. Its host makes memory, table and stack, and tells it where in them its own part begins. It stands in
;; for the web-tree-sitter.wasm of npm's package, which wants the same, where that cannot be fetched.
(module
  (@dylink.0 (mem-info (memory 8 2))) ;; eight bytes of data, at a multiple of 1 << 2

  (import "env" "memory" (memory 2))
  (import "env" "__indirect_function_table" (table 1 funcref))
  (import "env" "__stack_pointer" (global $stack (mut i32)))
  (import "env" "__memory_base" (global $data i32))
  (import "GOT.mem" "__heap_base" (global $heap_base (mut i32)))
  (import "env" "token_callback" (func $report (param $at i32) (param $size i32)))

  ;; A language is the address of three numbers: the address of its name, and the places in the table of two functions.
  (type $lex (func (param $place i32)))                     ;; moves on by a token; gets the address of a place and an end
  (type $separates (func (param $byte i32) (result i32)))   ;; whether a byte stands between tokens

  ;; What is wrong with the text, 0 for nothing. Data is exported as its distance from where a module's data begins.
  (global (export "errno") i32 (i32.const 0))

  ;; After errno: where the next allocation goes.
  (func (export "__wasm_call_ctors")
    (i32.store offset=4 (global.get $data) (global.get $heap_base)))

  (func (export "malloc") (param $size i32) (result i32)
    (local $start i32)
    (local.set $start (i32.load offset=4 (global.get $data)))
    (i32.store offset=4 (global.get $data)
      (i32.and (i32.add (i32.add (local.get $start) (local.get $size)) (i32.const 7)) (i32.const -8)))
    (local.get $start))

  (func (export "isspace") (param $byte i32) (result i32)
    (i32.or (i32.eq (local.get $byte) (i32.const 0x20))
            (i32.lt_u (i32.sub (local.get $byte) (i32.const 9)) (i32.const 5))))

  ;; Reports each token of a text, and returns how many there are.
  (func (export "scan") (param $language i32) (param $text i32) (param $size i32) (result i32)
    (local $place i32) (local $at i32) (local $end i32) (local $count i32)
    (local.set $end (i32.add (local.get $text) (local.get $size)))
    (local.set $place (i32.sub (global.get $stack) (i32.const 16)))
    (global.set $stack (local.get $place))
    (i32.store (local.get $place) (local.get $text))
    (i32.store offset=4 (local.get $place) (local.get $end))
    (i32.store (global.get $data) (i32.const 0))
    (block $done
      (loop $next
        (local.set $at (i32.load (local.get $place)))
        (br_if $done (i32.ge_u (local.get $at) (local.get $end)))
        (if (call_indirect (type $separates) (i32.load8_u (local.get $at)) (i32.load offset=8 (local.get $language)))
          (then
            (i32.store (local.get $place) (i32.add (local.get $at) (i32.const 1)))
            (br $next)))
        (call_indirect (type $lex) (local.get $place) (i32.load offset=4 (local.get $language)))
        (call $report (local.get $at) (i32.sub (i32.load (local.get $place)) (local.get $at)))
        (local.set $count (i32.add (local.get $count) (i32.const 1)))
        (br $next)))
    (global.set $stack (i32.add (local.get $place) (i32.const 16)))
    (local.get $count)))
