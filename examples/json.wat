;; The language JSON for scanner.wat: a side module, which is loaded into a program that runs. It stands in for the
;; tree-sitter-json.wasm of npm's package. What it cannot know before it is loaded, its host tells it: where its data and
;; its functions go, and where the main module has what it wants of that.
(module
  (@dylink.0 (mem-info (memory 20 2) (table 1 0)))

  (import "env" "memory" (memory 1))
  (import "env" "__indirect_function_table" (table 1 funcref))
  (import "env" "__memory_base" (global $data i32))
  (import "env" "__table_base" (global $functions i32))
  (import "env" "isspace" (func $isspace (param i32) (result i32)))
  (import "GOT.func" "isspace" (global $isspace_place (mut i32)))
  (import "GOT.mem" "errno" (global $errno (mut i32)))

  (elem (global.get $functions) func $lex)
  (data (global.get $data) "json\00")

  ;; Behind the name: the language, three numbers that only the loaded module knows.
  (func (export "__wasm_apply_data_relocs")
    (i32.store offset=8 (global.get $data) (global.get $data))
    (i32.store offset=12 (global.get $data) (global.get $functions))
    (i32.store offset=16 (global.get $data) (global.get $isspace_place)))

  (func (export "json") (result i32)
    (i32.add (global.get $data) (i32.const 8)))

  ;; A string, a bracket, comma or colon, or whatever else stands together.
  (func $lex (param $place i32)
    (local $at i32) (local $end i32) (local $byte i32)
    (local.set $at (i32.load (local.get $place)))
    (local.set $end (i32.load offset=4 (local.get $place)))
    (local.set $byte (i32.load8_u (local.get $at)))
    (local.set $at (i32.add (local.get $at) (i32.const 1)))
    (block $done
      (br_if $done (call $ispunct (local.get $byte)))
      (if (i32.eq (local.get $byte) (i32.const 0x22))
        (then
          (loop $next
            (if (i32.ge_u (local.get $at) (local.get $end))
              (then
                (i32.store (global.get $errno) (i32.const 84)) ;; EILSEQ: the text ends within a string
                (local.set $at (local.get $end))
                (br $done)))
            (local.set $byte (i32.load8_u (local.get $at)))
            (local.set $at (i32.add (local.get $at) (i32.const 1)))
            (br_if $done (i32.eq (local.get $byte) (i32.const 0x22)))
            (if (i32.eq (local.get $byte) (i32.const 0x5c)) ;; what follows a backslash ends nothing
              (then (local.set $at (i32.add (local.get $at) (i32.const 1)))))
            (br $next))))
      (loop $next
        (br_if $done (i32.ge_u (local.get $at) (local.get $end)))
        (local.set $byte (i32.load8_u (local.get $at)))
        (br_if $done (i32.or (call $ispunct (local.get $byte)) (call $isspace (local.get $byte))))
        (local.set $at (i32.add (local.get $at) (i32.const 1)))
        (br $next)))
    (i32.store (local.get $place) (local.get $at)))

  (func $ispunct (param $byte i32) (result i32)
    (local $either i32)
    (local.set $either (i32.or (local.get $byte) (i32.const 0x20))) ;; square brackets become curly ones
    (i32.or
      (i32.or (i32.eq (local.get $either) (i32.const 0x7b)) (i32.eq (local.get $either) (i32.const 0x7d)))
      (i32.or (i32.eq (local.get $byte) (i32.const 0x2c)) (i32.eq (local.get $byte) (i32.const 0x3a))))))
