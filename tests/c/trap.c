/* Traps: each that core WebAssembly can run into has its code, its name and its sentence. */
#include "wasm.h"

static wrt_engine *engine;
static wrt_store *store;

typedef struct {
  int32_t code;
  const char *name;
  const char *message;
  /* The body of a function without results, and what the module needs for it. */
  const char *body;
  const char *more;
} trap;

static const trap TRAPS[] = {
    {WRT_TRAP_STACK_OVERFLOW, "stack_overflow", "call stack exhausted", "(call $run)", ""},
    {WRT_TRAP_MEMORY_OUT_OF_BOUNDS, "memory_out_of_bounds", "out of bounds memory access",
     "(drop (i32.load (i32.const 65533)))", "(memory 1)"},
    {WRT_TRAP_MEMORY_OUT_OF_BOUNDS, "memory_out_of_bounds", "out of bounds memory access",
     "(memory.fill (i32.const 1) (i32.const 0) (i32.const -1))", "(memory 1)"},
    {WRT_TRAP_HEAP_MISALIGNED, "heap_misaligned", "unaligned atomic", "(drop (i32.atomic.load (i32.const 2)))",
     "(memory 1)"},
    {WRT_TRAP_TABLE_OUT_OF_BOUNDS, "table_out_of_bounds", "out of bounds", "(drop (table.get (i32.const 1)))",
     "(table 1 funcref)"},
    {WRT_TRAP_INDIRECT_CALL_TO_NULL, "indirect_call_to_null", "uninitialized element",
     "(call_indirect (type $t) (i32.const 0))", "(table 1 funcref)"},
    {WRT_TRAP_BAD_SIGNATURE, "bad_signature", "indirect call type mismatch",
     "(drop (call_indirect (param) (result i64) (i32.const 0)))", "(table 1 funcref) (elem (i32.const 0) $run)"},
    {WRT_TRAP_INTEGER_OVERFLOW, "integer_overflow", "integer overflow",
     "(drop (i32.div_s (i32.const 0x80000000) (i32.const -1)))", ""},
    {WRT_TRAP_INTEGER_OVERFLOW, "integer_overflow", "integer overflow", "(drop (i32.trunc_f64_s (f64.const 1e300)))",
     ""},
    {WRT_TRAP_INTEGER_DIVISION_BY_ZERO, "integer_division_by_zero", "integer divide by zero",
     "(drop (i64.rem_u (i64.const 1) (i64.const 0)))", ""},
    {WRT_TRAP_BAD_CONVERSION_TO_INTEGER, "bad_conversion_to_integer", "invalid conversion to integer",
     "(drop (i32.trunc_f32_s (f32.const nan)))", ""},
    {WRT_TRAP_UNREACHABLE, "unreachable", "unreachable", "unreachable", ""},
    {WRT_TRAP_ATOMIC_WAIT_NON_SHARED_MEMORY, "atomic_wait_non_shared_memory", "non-shared memory",
     "(drop (memory.atomic.wait32 (i32.const 0) (i32.const 0) (i64.const 0)))", "(memory 1)"},
    {WRT_TRAP_NULL_REFERENCE, "null_reference", "null reference", "(call_ref $t (ref.null $t))", ""},
    {WRT_TRAP_NULL_REFERENCE, "null_reference", "null reference", "(drop (struct.get $s 0 (ref.null $s)))",
     "(type $s (struct (field i32)))"},
    {WRT_TRAP_ARRAY_OUT_OF_BOUNDS, "array_out_of_bounds", "out of bounds array access",
     "(drop (array.get $a (array.new_default $a (i32.const 2)) (i32.const 2)))", "(type $a (array i64))"},
    {WRT_TRAP_ALLOCATION_TOO_LARGE, "allocation_too_large", "allocation size too large",
     "(drop (array.new_default $a (i32.const -1)))", "(type $a (array i64))"},
    {WRT_TRAP_CAST_FAILURE, "cast_failure", "cast failure", "(drop (ref.cast (ref i31) (struct.new $s (i32.const 1))))",
     "(type $s (struct (field i32)))"},
};

static void every_trap_has_a_code(void) {
  wrt_engine *for_nulls = new_engine_for_nulls();
  wrt_store *nulls = new_store(for_nulls);
  char wat[512];
  size_t i;
  for (i = 0; i < sizeof TRAPS / sizeof *TRAPS; i++) {
    const trap *at = &TRAPS[i];
    wrt_instance *instance;
    wrt_func *run;
    wrt_frame frame;
    wrt_bytes json = {0};
    sprintf(wat, "(module $traps (type $t (func)) %s (func $run (export \"run\") %s))", at->more, at->body);
    instance = new_instance(
        at->code == WRT_TRAP_NULL_REFERENCE || at->code == WRT_TRAP_INDIRECT_CALL_TO_NULL ? nulls : store, wat);
    run = export_of(instance, "run");
    CHECK_STATUS(wrt_func_call(run, NULL, 0, NULL, 0, &error), WRT_ERR_TRAP);
    if (error.trap != at->code || strstr(error.message, at->message) == NULL) {
      check_failed(__FILE__, __LINE__, at->body, error.message);
    }
    CHECK_TEXT(wrt_trap_name(error.trap), at->name);
    CHECK(error.exit_code == 0 && error.frame_count >= 1);
    frame.struct_size = sizeof frame;
    CHECK(wrt_error_frame(&error, 0, &frame) == WRT_OK);
    CHECK_TEXT(frame.func_name, "run");
    CHECK_TEXT(frame.module_name, "traps");
    /* The stack is looked at before the first instruction. */
    CHECK((frame.module_offset == UINT64_MAX) == (at->code == WRT_TRAP_STACK_OVERFLOW));
    CHECK((frame.func_offset == UINT64_MAX) == (at->code == WRT_TRAP_STACK_OVERFLOW));
    CHECK(frame.line == 0 && frame.column == 0 && frame.file == NULL);
    CHECK(wrt_error_json(&error, &json) == WRT_OK);
    check_json(&json, at->name);
    wrt_release(run);
    wrt_release(instance);
  }
  wrt_release(nulls);
  wrt_release(for_nulls);
}

/* A trap ends the call and nothing else. */
static void the_store_goes_on(void) {
  wrt_instance *instance =
      new_instance(store, "(module (global $n (mut i32) (i32.const 0))"
                          "  (func (export \"run\") (param i32) (result i32)"
                          "    (global.set $n (i32.add (global.get $n) (i32.const 1)))"
                          "    (i32.div_u (global.get $n) (local.get 0))))");
  wrt_func *run = export_of(instance, "run");
  wrt_val slot;
  int i;
  for (i = 0; i < 1000; i++) {
    slot = i32(0);
    CHECK(wrt_func_call(run, &slot, 1, &slot, 1, NULL) == WRT_ERR_TRAP);
  }
  slot = i32(1);
  CHECK_OK(wrt_func_call(run, &slot, 1, &slot, 1, &error));
  CHECK(to_i32(slot) == 1001);
  wrt_release(run);
  wrt_release(instance);
}

/* Without signal handlers the same traps are found by checks in the code. */
static void signals_are_a_choice(void) {
  wrt_config *config = NULL;
  wrt_engine *own = NULL;
  wrt_store *other;
  wrt_instance *instance;
  wrt_func *run;
  CHECK_OK(wrt_config_new(&config, &error));
  CHECK_OK(wrt_config_set(config, TEXT("signals_based_traps"), TEXT("false"), &error));
  CHECK_OK(wrt_engine_new(config, &own, &error));
  other = new_store(own);
  instance = new_instance(other, "(module (memory 1)"
                                 "  (func (export \"load\") (drop (i32.load (i32.const 65536))))"
                                 "  (func (export \"div\") (drop (i32.div_s (i32.const 1) (i32.const 0)))))");
  run = export_of(instance, "load");
  CHECK_STATUS(wrt_func_call(run, NULL, 0, NULL, 0, &error), WRT_ERR_TRAP);
  CHECK(error.trap == WRT_TRAP_MEMORY_OUT_OF_BOUNDS);
  wrt_release(run);
  run = export_of(instance, "div");
  CHECK_STATUS(wrt_func_call(run, NULL, 0, NULL, 0, &error), WRT_ERR_TRAP);
  CHECK(error.trap == WRT_TRAP_INTEGER_DIVISION_BY_ZERO);
  wrt_release(run);
  wrt_release(instance);
  wrt_release(other);
  wrt_release(own);
  wrt_release(config);
}

static void core_dumps_are_made_on_request(void) {
  wrt_engine *own = new_engine_with("coredump_on_trap");
  wrt_store *other = new_store(own);
  wrt_instance *instance = new_instance(other, "(module $m (memory 1) (data (i32.const 99) \"needle\")"
                                               "  (func (export \"run\") unreachable))");
  wrt_func *run = export_of(instance, "run");
  wrt_error failure = {0};
  wrt_bytes dump = {0};
  size_t at = 0;
  CHECK(wrt_func_call(run, NULL, 0, NULL, 0, &failure) == WRT_ERR_TRAP);
  CHECK_OK(wrt_error_coredump(&failure, &dump, &error));
  CHECK(dump.len > 8 && memcmp(dump.data, "\0asm", 4) == 0);
  /* The memory is in it. */
  while (at + 6 <= dump.len && memcmp(dump.data + at, "needle", 6) != 0) {
    at++;
  }
  CHECK(at + 6 <= dump.len);
  wrt_bytes_free(&dump);
  CHECK(strstr(failure.message, "unreachable") != NULL && strchr(failure.message, '\n') == NULL);
  wrt_error_clear(&failure);
  wrt_release(run);
  wrt_release(instance);
  wrt_release(other);
  wrt_release(own);
}

int main(void) {
  engine = new_engine();
  store = new_store(engine);
  every_trap_has_a_code();
  the_store_goes_on();
  signals_are_a_choice();
  core_dumps_are_made_on_request();
  wrt_release(store);
  wrt_release(engine);
  return check_done();
}
