;; Decodes the `mappings` text of a source map: base64 digits, five bits each, the sixth saying that more follow.
;; It has the exports of the `mappings.wasm` that npm's source-map package carries, as far as the demo uses them, and
;; stands in for it where that cannot be fetched.
(module
  ;; Generated line and column; whether a last column is known, and it; whether there is an original place, and its
  ;; source, line and column; whether there is a name, and it. Everything counts from 0.
  (import "env" "mapping_callback" (func $report (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32)))

  (memory (export "memory") 1)
  (global $free (mut i32) (i32.const 16)) ;; where the next text goes
  (global $error (mut i32) (i32.const 0)) ;; 3: the text ends within a number, 4: not a base64 digit
  (global $at (mut i32) (i32.const 0))    ;; the next byte to read
  (global $end (mut i32) (i32.const 0))   ;; behind the last one

  (func (export "get_last_error") (result i32) (global.get $error))

  ;; Room for a text of $len bytes. The four bytes before it hold its length.
  (func (export "allocate_mappings") (param $len i32) (result i32)
    (local $start i32)
    (local.set $start (i32.add (global.get $free) (i32.const 4)))
    (global.set $free (i32.and (i32.add (i32.add (local.get $start) (local.get $len)) (i32.const 7)) (i32.const -8)))
    (block $fits
      (br_if $fits (i32.le_u (global.get $free) (i32.shl (memory.size) (i32.const 16))))
      (br_if $fits (i32.ne (i32.const -1) (memory.grow (i32.sub
        (i32.shr_u (i32.add (global.get $free) (i32.const 0xffff)) (i32.const 16)) (memory.size)))))
      unreachable)
    (i32.store (i32.sub (local.get $start) (i32.const 4)) (local.get $len))
    (local.get $start))

  ;; Frees a text, and whatever was allocated after it.
  (func (export "free_mappings") (param $start i32)
    (global.set $free (i32.sub (local.get $start) (i32.const 4))))

  ;; Reads the text through; 0 says that it is malformed.
  (func (export "parse_mappings") (param $start i32) (result i32)
    (call $walk (local.get $start) (i32.const 0))
    (select (i32.const 0) (local.get $start) (global.get $error)))

  ;; Reports every mapping, in the order of the generated text.
  (func (export "by_generated_location") (param $start i32)
    (call $walk (local.get $start) (i32.const 1)))

  (func $walk (param $start i32) (param $tell i32)
    (local $byte i32) (local $line i32) (local $column i32) (local $source i32) (local $original_line i32)
    (local $original_column i32) (local $name i32) (local $has_original i32) (local $has_name i32)
    (global.set $error (i32.const 0))
    (global.set $at (local.get $start))
    (global.set $end (i32.add (local.get $start) (i32.load (i32.sub (local.get $start) (i32.const 4)))))
    (loop $next
      (if (i32.or (global.get $error) (i32.ge_u (global.get $at) (global.get $end))) (then (return)))
      (local.set $byte (i32.load8_u (global.get $at)))
      (if (i32.eq (local.get $byte) (i32.const 0x3b)) ;; a semicolon ends a line
        (then
          (local.set $line (i32.add (local.get $line) (i32.const 1)))
          (local.set $column (i32.const 0))))
      (if (call $separates (local.get $byte))
        (then
          (global.set $at (i32.add (global.get $at) (i32.const 1)))
          (br $next)))
      ;; All numbers are differences to the one before.
      (local.set $column (i32.add (local.get $column) (call $number)))
      (local.set $has_original (i32.eqz (call $ends)))
      (if (local.get $has_original)
        (then
          (local.set $source (i32.add (local.get $source) (call $number)))
          (local.set $original_line (i32.add (local.get $original_line) (call $number)))
          (local.set $original_column (i32.add (local.get $original_column) (call $number)))))
      (local.set $has_name (i32.eqz (call $ends)))
      (if (local.get $has_name)
        (then (local.set $name (i32.add (local.get $name) (call $number)))))
      (if (i32.and (local.get $tell) (i32.eqz (global.get $error)))
        (then (call $report
          (local.get $line) (local.get $column) (i32.const 0) (i32.const 0)
          (local.get $has_original) (local.get $source) (local.get $original_line) (local.get $original_column)
          (local.get $has_name) (local.get $name))))
      (br $next)))

  (func $separates (param $byte i32) (result i32)
    (i32.or (i32.eq (local.get $byte) (i32.const 0x2c)) (i32.eq (local.get $byte) (i32.const 0x3b))))

  ;; Whether the mapping at hand has no further number.
  (func $ends (result i32)
    (if (i32.ge_u (global.get $at) (global.get $end)) (then (return (i32.const 1))))
    (call $separates (i32.load8_u (global.get $at))))

  ;; One number: its lowest bit is the sign.
  (func $number (result i32)
    (local $value i32) (local $shift i32) (local $digit i32)
    (loop $more
      (if (i32.ge_u (global.get $at) (global.get $end))
        (then (global.set $error (i32.const 3)) (return (i32.const 0))))
      (local.set $digit (call $digit (i32.load8_u (global.get $at))))
      (if (i32.lt_s (local.get $digit) (i32.const 0))
        (then (global.set $error (i32.const 4)) (return (i32.const 0))))
      (global.set $at (i32.add (global.get $at) (i32.const 1)))
      (local.set $value (i32.or (local.get $value)
        (i32.shl (i32.and (local.get $digit) (i32.const 31)) (local.get $shift))))
      (local.set $shift (i32.add (local.get $shift) (i32.const 5)))
      (br_if $more (i32.and (local.get $digit) (i32.const 32))))
    (local.set $shift (i32.shr_u (local.get $value) (i32.const 1)))
    (select (i32.sub (i32.const 0) (local.get $shift)) (local.get $shift) (i32.and (local.get $value) (i32.const 1))))

  (func $digit (param $byte i32) (result i32)
    (if (call $within (local.get $byte) (i32.const 0x41) (i32.const 26)) ;; A to Z
      (then (return (i32.sub (local.get $byte) (i32.const 0x41)))))
    (if (call $within (local.get $byte) (i32.const 0x61) (i32.const 26)) ;; a to z
      (then (return (i32.sub (local.get $byte) (i32.const 0x47)))))
    (if (call $within (local.get $byte) (i32.const 0x30) (i32.const 10)) ;; 0 to 9
      (then (return (i32.add (local.get $byte) (i32.const 4)))))
    (if (i32.eq (local.get $byte) (i32.const 0x2b)) (then (return (i32.const 62))))
    (if (i32.eq (local.get $byte) (i32.const 0x2f)) (then (return (i32.const 63))))
    (i32.const -1))

  (func $within (param $byte i32) (param $first i32) (param $count i32) (result i32)
    (i32.lt_u (i32.sub (local.get $byte) (local.get $first)) (local.get $count))))
