/* Exceptions: thrown by WebAssembly or by the host, caught by either. */
#include "wasm.h"

static wrt_engine *engine;
static wrt_store *store;
/* Two tags of one type. */
static wrt_tag *tag;
static wrt_tag *other_tag;
static int drops;

static void count_drop(void *env) {
  (void)env;
  drops++;
}

static wrt_tag *new_tag(const wrt_store *home, const char *text) {
  wrt_tag *made = NULL;
  wrt_type *type = new_type(engine_of(home), text);
  CHECK_OK(wrt_tag_new(home, type, &made, &error));
  wrt_release(type);
  return made;
}

static uint64_t new_host(void) {
  uint64_t id = 0;
  CHECK_OK(wrt_ref_from_host(store, &drops, count_drop, &id, &error));
  return id;
}

/* An exception of `tag` with this number, and a reference to an object of the host. */
static uint64_t new_exception(int32_t number, uint64_t object) {
  wrt_val values[2];
  uint64_t id = 0;
  values[0] = i32(number);
  values[1] = reference(object);
  CHECK_OK(wrt_ref_new_exn(store, tag, values, 2, &id, &error));
  return id;
}

/* The reference is an exception of `tag` with this number. */
static void check_exception(uint64_t id, int32_t number) {
  wrt_tag *found = NULL;
  uint32_t len = 0;
  CHECK_OK(wrt_ref_exn_tag(store, id, &found, &error));
  CHECK(wrt_extern_same(found, tag) == 1 && wrt_extern_same(found, other_tag) == 0);
  CHECK_OK(wrt_ref_len(store, id, &len, &error));
  CHECK(len == 2 && to_i32(member_of(store, id, 0)) == number);
  wrt_release(found);
}

/* The exception that an error holds, which is left as it is. */
static uint64_t exception_in(const wrt_error *failure) {
  uint64_t id = 0;
  CHECK(wrt_error_exception(failure, &id) == WRT_OK && id != 0);
  return id;
}

/* Clears the error, which holds an exception of `tag` with this number, thrown by the function `thrower` of WebAssembly. */
static void check_thrown(wrt_error *failure, int32_t number, const char *thrower) {
  char text[96];
  wrt_frame frame;
  sprintf(text, "uncaught exception of type (tag (param i32 externref)): %ld, ", (long)number);
  check_message(__FILE__, __LINE__, failure, text);
  CHECK(failure->status == WRT_ERR_EXCEPTION && failure->trap == -1);
  check_exception(exception_in(failure), number);
  frame.struct_size = sizeof frame;
  CHECK(wrt_error_frame(failure, 0, &frame) == WRT_OK);
  CHECK_TEXT(frame.func_name, thrower);
  wrt_error_clear(failure);
}

/* ===== Exceptions as references ===== */

static void exceptions_hold_values(void) {
  wrt_tag *wide = new_tag(store, "(type $s (struct)) (tag (param i32 i64 f32 f64 v128 (ref $s) funcref))");
  wrt_tag *empty = new_tag(store, "(tag)");
  wrt_tag *found = NULL;
  wrt_val values[7];
  wrt_type *type = NULL;
  wrt_bytes text = {0};
  uint64_t id = 0;
  uint32_t len = 77;
  int32_t kind = 0;
  values[0] = i32(-1);
  values[1] = i64(INT64_MIN);
  values[2] = f32(0.5f);
  values[3] = f64(1e300);
  values[4].lo = 1;
  values[4].hi = 2;
  values[5] = reference(new_struct(store, "(struct)", NULL, 0));
  values[6] = reference(0);
  CHECK_OK(wrt_ref_new_exn(store, wide, values, 7, &id, &error));
  CHECK_OK(wrt_ref_kind(store, id, &kind, &error));
  CHECK(kind == WRT_EXNREF);
  CHECK_OK(wrt_ref_type(store, id, &type, &error));
  CHECK_OK(wrt_type_text(type, &text, &error));
  check_bytes(&text, "(ref exn)");
  CHECK_OK(wrt_ref_len(store, id, &len, &error));
  CHECK(len == 7);
  CHECK(to_i32(member_of(store, id, 0)) == -1 && to_i64(member_of(store, id, 1)) == INT64_MIN);
  CHECK(to_f32(member_of(store, id, 2)) == 0.5f && to_f64(member_of(store, id, 3)) == 1e300);
  CHECK(member_of(store, id, 4).lo == 1 && member_of(store, id, 4).hi == 2);
  CHECK_OK(wrt_ref_same(store, member_of(store, id, 5).lo, values[5].lo, &kind, &error));
  CHECK(kind == 1 && member_of(store, id, 6).lo == 0);
  CHECK_FAILS(wrt_ref_get(store, id, 7, values, &error), WRT_ERR_BOUNDS, "member 7 is outside of an object of 7 members");
  CHECK_FAILS(wrt_ref_set(store, id, 0, values, &error), WRT_ERR_TYPE, "member 0 is constant");
  CHECK_OK(wrt_ref_exn_tag(store, id, &found, &error));
  CHECK(wrt_extern_same(found, wide) == 1 && wrt_extern_store(found) == store);
  wrt_release(found);

  CHECK_OK(wrt_ref_new_exn(store, empty, NULL, 0, &id, &error));
  CHECK_OK(wrt_ref_len(store, id, &len, &error));
  CHECK(len == 0);
  wrt_release(type);
  wrt_release(empty);
  wrt_release(wide);
}

static void values_must_fit(void) {
  wrt_tag *total = new_tag(store, "(type $s (struct (field i32))) (tag (param (ref $s)))");
  wrt_store *other = new_store(engine);
  wrt_tag *foreign = new_tag(other, "(tag)");
  wrt_instance *instance = new_instance(store, "(module (func (export \"f\")))");
  wrt_func *func = export_of(instance, "f");
  wrt_val values[2] = {{1, 0}, {0, 0}};
  wrt_val value = reference(0);
  uint64_t id = 77;
  CHECK_FAILS(wrt_ref_new_exn(store, tag, values, 1, &id, &error), WRT_ERR_TYPE,
              "(tag (param i32 externref)) has 2 values, not 1");
  CHECK_FAILS(wrt_ref_new_exn(store, tag, NULL, 0, &id, &error), WRT_ERR_TYPE, "has 2 values, not 0");
  CHECK_FAILS(wrt_ref_new_exn(store, tag, NULL, 2, &id, &error), WRT_ERR_ARGUMENT, "fields is NULL");
  CHECK_FAILS(wrt_ref_new_exn(store, total, &value, 1, &id, &error), WRT_ERR_TYPE, "field 0 is null");
  value = reference(new_struct(store, "(struct)", NULL, 0));
  CHECK_FAILS(wrt_ref_new_exn(store, total, &value, 1, &id, &error), WRT_ERR_TYPE,
              "field 0 is an object of type (struct), expected (type $t0 (struct (field i32))) (ref $t0)");
  values[1] = reference(0x77);
  CHECK_FAILS(wrt_ref_new_exn(store, tag, values, 2, &id, &error), WRT_ERR_NOT_FOUND, "field 1 is reference 0x77");
  CHECK_FAILS(wrt_ref_new_exn(store, foreign, NULL, 0, &id, &error), WRT_ERR_STORE, "tag belongs to another store");
  CHECK_FAILS(wrt_ref_new_exn(store, func, NULL, 0, &id, &error), WRT_ERR_ARGUMENT, "tag is a function, not a tag");
  CHECK_FAILS(wrt_ref_new_exn(store, NULL, NULL, 0, &id, &error), WRT_ERR_ARGUMENT, "tag is NULL");
  CHECK_OK(wrt_close(other, &error));
  CHECK_STATUS(wrt_ref_new_exn(other, foreign, NULL, 0, &id, &error), WRT_ERR_CLOSED);
  CHECK(id == 77);
  wrt_release(func);
  wrt_release(instance);
  wrt_release(foreign);
  wrt_release(other);
  wrt_release(total);
}

static void other_references_have_no_tag(void) {
  static const char *const found[] = {"reference is null", "reference is an i31, not an exception",
                                      "reference is an object of the host, not an exception",
                                      "reference is an object of type (struct), not an exception"};
  uint64_t ids[4] = {0};
  wrt_error reason = {0};
  wrt_tag *none = NULL;
  int i;
  ids[1] = new_i31(store, 1);
  ids[2] = new_host();
  ids[3] = new_struct(store, "(struct)", NULL, 0);
  for (i = 0; i < 4; i++) {
    CHECK_FAILS(wrt_ref_exn_tag(store, ids[i], &none, &error), WRT_ERR_TYPE, found[i]);
    CHECK(wrt_error_set_exception(&reason, store, ids[i]) == WRT_ERR_TYPE);
  }
  CHECK_STATUS(wrt_ref_exn_tag(store, 0x77, &none, &error), WRT_ERR_NOT_FOUND);
  CHECK(wrt_error_set_exception(&reason, store, 0x77) == WRT_ERR_NOT_FOUND);
  CHECK(wrt_error_set_exception(&reason, NULL, ids[1]) == WRT_ERR_ARGUMENT);
  CHECK(wrt_error_set_exception(NULL, store, ids[1]) == WRT_ERR_ARGUMENT);
  /* Nothing of this has touched the struct. */
  CHECK(reason.status == WRT_OK && reason.message == NULL && none == NULL);
}

/* ===== Thrown by the host ===== */

static const char *const CATCHING =
    "(module $m (import \"e\" \"t\" (tag $t (param i32 externref)))"
    "  (import \"e\" \"u\" (tag $u (param i32 externref)))"
    "  (import \"e\" \"f\" (func $f (param i32)))"
    "  (func $run (export \"run\") (param i32) (result i32) (call $f (local.get 0)) (i32.const -1))"
    "  (func (export \"by_tag\") (param i32) (result i32)"
    "    (block $h (result i32 externref)"
    "      (try_table (catch $t $h) (call $f (local.get 0))) (return (i32.const -1)))"
    "    (drop))"
    "  (func $by_other_tag (export \"by_other_tag\") (param i32) (result i32)"
    "    (block $h (result i32 externref)"
    "      (try_table (catch $u $h) (call $f (local.get 0))) (return (i32.const -1)))"
    "    (drop))"
    "  (func (export \"by_all\") (param i32) (result i32)"
    "    (block $h (try_table (catch_all $h) (call $f (local.get 0))) (return (i32.const -1)))"
    "    (i32.const -2))"
    "  (func (export \"by_ref\") (param i32) (result exnref) (local $e exnref)"
    "    (block $h (result i32 externref exnref)"
    "      (try_table (catch_ref $t $h) (call $f (local.get 0))) (return (ref.null exn)))"
    "    (local.set $e) (drop) (drop) (local.get $e))"
    "  (func (export \"all_by_ref\") (param i32) (result exnref)"
    "    (block $h (result exnref)"
    "      (try_table (catch_all_ref $h) (call $f (local.get 0))) (return (ref.null exn))))"
    "  (func $again (export \"again\") (param i32) (result i32)"
    "    (block $h (result exnref)"
    "      (try_table (catch_all_ref $h) (call $f (local.get 0))) (return (i32.const -1)))"
    "    (throw_ref))"
    "  (func $throw (export \"throw\") (param i32) (throw $t (local.get 0) (ref.null extern)))"
    "  (func $deeper (export \"deeper\") (param i32) (call $throw (local.get 0)))"
    "  (func (export \"keep\") (param exnref) (result i32)"
    "    (block $h (result i32 externref) (try_table (catch $t $h) (throw_ref (local.get 0))) unreachable)"
    "    (drop)))";

/* An instance of CATCHING that calls this function. */
static wrt_instance *new_catching(const wrt_func *func) {
  const wrt_extern *imports[3];
  wrt_module *module = new_module(engine, CATCHING);
  wrt_instance *instance = NULL;
  imports[0] = tag;
  imports[1] = other_tag;
  imports[2] = func;
  CHECK_OK(wrt_instance_new(store, module, imports, 3, &instance, &error));
  wrt_release(module);
  return instance;
}

/* Throws its argument, and an object of the host; but not 0. */
static int32_t throw_it(void *env, wrt_caller *caller, wrt_val *slots, size_t nslots, wrt_error *failure) {
  uint64_t object;
  uint64_t id;
  (void)env;
  CHECK(nslots == 1 && wrt_caller_store(caller) == store);
  if (to_i32(slots[0]) == 0) {
    return WRT_OK;
  }
  object = new_host();
  id = new_exception(to_i32(slots[0]), object);
  CHECK(wrt_error_set_exception(failure, store, id) == WRT_OK);
  CHECK(failure->status == WRT_ERR_EXCEPTION && wrt_error_set_exception(failure, store, id) == WRT_OK);
  wrt_ref_drop(store, id);
  wrt_ref_drop(store, object);
  return WRT_ERR_EXCEPTION;
}

/* Calls an export with this argument, which ends with an exception. */
static wrt_error fail(const wrt_instance *instance, const char *name, int32_t number) {
  const wrt_val slot = i32(number);
  wrt_error failure = {0};
  wrt_val result;
  wrt_func *func = export_of(instance, name);
  CHECK(wrt_func_call(func, &slot, 1, &result, 1, &failure) == WRT_ERR_EXCEPTION);
  wrt_release(func);
  return failure;
}

static void webassembly_catches_what_the_host_throws(void) {
  wrt_func *func = new_func(store, "(func (param i32))", throw_it, NULL);
  wrt_instance *instance = new_catching(func);
  wrt_error failure;
  wrt_val slot = i32(0);
  void *data = NULL;
  wrt_val found;
  CHECK(to_i32(apply(instance, "by_tag", &slot, 1)) == -1 && apply(instance, "by_ref", &slot, 1).lo == 0);
  slot = i32(7);
  CHECK(to_i32(apply(instance, "by_tag", &slot, 1)) == 7 && to_i32(apply(instance, "by_all", &slot, 1)) == -2);
  check_store(store, "\"references\":0");

  /* Caught as a reference, with all that is in it. */
  found = apply(instance, "by_ref", &slot, 1);
  CHECK_OK(wrt_store_gc(store, &error));
  check_exception(found.lo, 7);
  CHECK_OK(wrt_ref_to_host(store, member_of(store, found.lo, 1).lo, &data, &error));
  CHECK(data == &drops);
  CHECK(to_i32(apply(instance, "keep", &found, 1)) == 7);
  check_exception(apply(instance, "all_by_ref", &slot, 1).lo, 7);

  /* Not caught. */
  failure = fail(instance, "run", 7);
  check_thrown(&failure, 7, "run");
  failure = fail(instance, "by_other_tag", 8);
  check_thrown(&failure, 8, "by_other_tag");
  failure = fail(instance, "again", 9);
  check_thrown(&failure, 9, "again");
  wrt_release(instance);
  wrt_release(func);
}

/* ===== Not caught ===== */

static void errors_hold_exceptions(void) {
  wrt_func *func = new_func(store, "(func (param i32))", throw_it, NULL);
  wrt_instance *instance = new_catching(func);
  wrt_func *deeper = export_of(instance, "deeper");
  const wrt_val slot = i32(-5);
  wrt_error first = {0};
  wrt_error second = {0};
  wrt_bytes json = {0};
  uint64_t id = 77;
  uint64_t copy = 0;
  int32_t kind = 0;
  CHECK(wrt_func_call(deeper, &slot, 1, NULL, 0, &first) == WRT_ERR_EXCEPTION);
  CHECK_TEXT(first.message, "uncaught exception of type (tag (param i32 externref)): -5, null");
  CHECK(first.frame_count == 2);
  CHECK(wrt_error_json(&first, &json) == WRT_OK);
  check_json(&json, "\"status_name\":\"exception\"");
  CHECK(wrt_func_call(deeper, &slot, 1, NULL, 0, &second) == WRT_ERR_EXCEPTION);
  CHECK(exception_in(&first) == exception_in(&first) && exception_in(&first) != exception_in(&second));
  check_store(store, "\"references\":2");
  CHECK_OK(wrt_store_gc(store, &error));
  id = exception_in(&first);
  check_exception(id, -5);
  CHECK_OK(wrt_ref_clone(store, id, &copy, &error));

  /* The id is borrowed: it goes with the error. */
  wrt_error_clear(&first);
  CHECK_STATUS(wrt_ref_kind(store, id, &kind, &error), WRT_ERR_NOT_FOUND);
  check_exception(copy, -5);
  wrt_ref_drop(store, copy);
  check_thrown(&second, -5, "throw");
  check_store(store, "\"references\":0");

  /* Nobody wants to know. */
  CHECK(wrt_func_call(deeper, &slot, 1, NULL, 0, NULL) == WRT_ERR_EXCEPTION);
  check_store(store, "\"references\":0");
  CHECK(wrt_error_exception(&first, &id) == WRT_ERR_NOT_FOUND);
  CHECK_STATUS(wrt_func_call(deeper, NULL, 0, NULL, 0, &error), WRT_ERR_TYPE);
  CHECK(wrt_error_exception(&error, &id) == WRT_ERR_NOT_FOUND);
  CHECK(wrt_error_exception(&error, NULL) == WRT_ERR_ARGUMENT && wrt_error_exception(NULL, &id) == WRT_ERR_ARGUMENT);
  wrt_release(deeper);
  wrt_release(instance);
  wrt_release(func);
}

/* What is in an exception is in the message, but for references. */
static void messages_tell_the_values(void) {
  static const struct {
    const char *params;
    const char *values;
    const char *message;
  } tests[] = {
      {"", "", "uncaught exception of type (tag)"},
      {"(param i32)", "(i32.const -1)", "uncaught exception of type (tag (param i32)): -1"},
      {"(param i64 f32 f64)", "(i64.const 5) (f32.const 0.1) (f64.const -inf)",
       "uncaught exception of type (tag (param i64 f32 f64)): 5, 0.1, -inf"},
      {"(param v128)", "(v128.const i64x2 10 1)",
       "uncaught exception of type (tag (param v128)): 0x0000000000000001000000000000000a"},
      {"(param funcref i31ref)", "(ref.null func) (ref.i31 (i32.const 1))",
       "uncaught exception of type (tag (param funcref i31ref)): null, a reference"},
  };
  size_t i;
  for (i = 0; i < sizeof tests / sizeof *tests; i++) {
    char wat[256];
    wrt_instance *instance;
    wrt_func *run;
    sprintf(wat, "(module (tag $t %s) (func (export \"run\") (throw $t %s)))", tests[i].params, tests[i].values);
    instance = new_instance(store, wat);
    run = export_of(instance, "run");
    CHECK_STATUS(wrt_func_call(run, NULL, 0, NULL, 0, &error), WRT_ERR_EXCEPTION);
    CHECK_TEXT(error.message, tests[i].message);
    wrt_release(run);
    wrt_release(instance);
  }
}

static void start_functions_throw(void) {
  wrt_module *module = new_module(engine, "(module (import \"e\" \"t\" (tag $t (param i32 externref)))"
                                          "  (func $go (throw $t (i32.const 9) (ref.null extern))) (start $go))");
  const wrt_extern *import = tag;
  wrt_instance *instance = NULL;
  wrt_linker *linker = NULL;
  wrt_task *task = NULL;
  wrt_error failure = {0};
  CHECK(wrt_instance_new(store, module, &import, 1, &instance, &failure) == WRT_ERR_EXCEPTION);
  check_thrown(&failure, 9, "go");
  CHECK_OK(wrt_linker_new(engine, &linker, &error));
  CHECK_OK(wrt_linker_define(linker, TEXT("e"), TEXT("t"), tag, &error));
  CHECK(wrt_linker_instantiate(linker, store, module, &instance, &failure) == WRT_ERR_EXCEPTION);
  check_thrown(&failure, 9, "go");
  CHECK_OK(wrt_linker_instantiate_start(linker, store, module, NULL, NULL, &task, &error));
  CHECK(poll_task(task) == WRT_TASK_DONE);
  CHECK(wrt_instance_of_task(task, &instance, &failure) == WRT_ERR_EXCEPTION);
  check_thrown(&failure, 9, "go");
  CHECK(instance == NULL);
  wrt_release(task);
  wrt_release(linker);
  wrt_release(module);
}

/* ===== Calls inside of calls ===== */

/* Calls the caller's export "throw", and passes on what comes of it. */
static int32_t pass_on(void *env, wrt_caller *caller, wrt_val *slots, size_t nslots, wrt_error *failure) {
  wrt_func *throw = NULL;
  int32_t status;
  (void)env;
  CHECK(nslots == 1);
  CHECK(wrt_caller_export(caller, TEXT("throw"), &throw, failure) == WRT_OK);
  status = wrt_func_call(throw, slots, 1, NULL, 0, failure);
  CHECK(status == WRT_ERR_EXCEPTION);
  check_exception(exception_in(failure), to_i32(slots[0]));
  wrt_release(throw);
  return status;
}

static void exceptions_cross_the_host(void) {
  wrt_func *func = new_func(store, "(func (param i32))", pass_on, NULL);
  wrt_instance *instance = new_catching(func);
  const wrt_val slot = i32(31);
  wrt_error failure;
  CHECK(to_i32(apply(instance, "by_tag", &slot, 1)) == 31 && to_i32(apply(instance, "by_all", &slot, 1)) == -2);
  check_exception(apply(instance, "by_ref", &slot, 1).lo, 31);
  failure = fail(instance, "by_other_tag", 31);
  check_exception(exception_in(&failure), 31);
  wrt_error_clear(&failure);
  wrt_release(instance);
  wrt_release(func);
}

/* As `pass_on`, but gets over it. */
static int32_t forgive(void *env, wrt_caller *caller, wrt_val *slots, size_t nslots, wrt_error *failure) {
  CHECK(pass_on(env, caller, slots, nslots, failure) == WRT_ERR_EXCEPTION);
  return WRT_OK;
}

/* As `pass_on`, but says something else about it. */
static int32_t reword(void *env, wrt_caller *caller, wrt_val *slots, size_t nslots, wrt_error *failure) {
  CHECK(pass_on(env, caller, slots, nslots, failure) == WRT_ERR_EXCEPTION);
  CHECK(wrt_error_set(failure, WRT_ERR_HOST, TEXT("in other words")) == WRT_OK);
  return WRT_ERR_HOST;
}

/* Says that it throws, and has nothing to throw. */
static int32_t pretend(void *env, wrt_caller *caller, wrt_val *slots, size_t nslots, wrt_error *failure) {
  (void)env;
  (void)caller;
  (void)slots;
  (void)nslots;
  (void)failure;
  return WRT_ERR_EXCEPTION;
}

static void other_failures_are_not_caught(void) {
  static const wrt_host_fn functions[] = {reword, pretend};
  static const int32_t statuses[] = {WRT_ERR_HOST, WRT_ERR_EXCEPTION};
  wrt_func *func = new_func(store, "(func (param i32))", forgive, NULL);
  wrt_instance *instance = new_catching(func);
  const wrt_val slot = i32(32);
  int i;
  CHECK(to_i32(apply(instance, "by_all", &slot, 1)) == -1);
  check_store(store, "\"references\":0");
  for (i = 0; i < 2; i++) {
    wrt_func *catch;
    wrt_val result;
    wrt_release(instance);
    wrt_release(func);
    func = new_func(store, "(func (param i32))", functions[i], NULL);
    instance = new_catching(func);
    catch = export_of(instance, "by_all");
    CHECK_FAILS(wrt_func_call(catch, &slot, 1, &result, 1, &error), statuses[i], i == 0 ? "in other words" : "no message");
    wrt_release(catch);
  }
  wrt_release(instance);
  wrt_release(func);
}

/* ===== Stores ===== */

typedef struct {
  wrt_store *store;
  uint64_t id;
} foreign;

static int32_t throw_foreign(void *env, wrt_caller *caller, wrt_val *slots, size_t nslots, wrt_error *failure) {
  const foreign *from = env;
  (void)caller;
  (void)slots;
  (void)nslots;
  CHECK(wrt_error_set_exception(failure, wrt_caller_store(caller), from->id) == WRT_ERR_NOT_FOUND);
  CHECK(wrt_error_set_exception(failure, from->store, from->id) == WRT_OK);
  return WRT_ERR_EXCEPTION;
}

/* What was thrown in one store is not caught in another. */
static void stores_do_not_mix(void) {
  foreign from;
  wrt_tag *there;
  wrt_func *func = new_func(store, "(func (param i32))", throw_foreign, &from);
  wrt_instance *instance = new_catching(func);
  wrt_func *catch = export_of(instance, "by_all");
  const wrt_val slot = i32(1);
  wrt_val result;
  int32_t same = 0;
  from.store = new_store(engine);
  there = new_tag(from.store, "(tag (param i32))");
  CHECK_OK(wrt_ref_new_exn(from.store, there, &slot, 1, &from.id, &error));
  CHECK_FAILS(wrt_func_call(catch, &slot, 1, &result, 1, &error), WRT_ERR_EXCEPTION, "(tag (param i32)): 1");
  /* Only the other store knows the id. */
  CHECK(wrt_ref_same(from.store, exception_in(&error), from.id, &same, NULL) == WRT_OK && same == 1);
  CHECK(wrt_ref_kind(store, exception_in(&error), &same, NULL) == WRT_ERR_NOT_FOUND);
  wrt_error_clear(&error);
  wrt_release(there);
  wrt_release(from.store);
  wrt_release(catch);
  wrt_release(instance);
  wrt_release(func);
}

/* An error with an exception keeps the store, until it is cleared. */
static void errors_outlive_handles(void) {
  wrt_store *own = new_store(engine);
  wrt_tag *there = new_tag(own, "(tag (param externref))");
  wrt_error kept[2] = {{0}, {0}};
  wrt_val object = {0, 0};
  uint64_t id = 0;
  int i;
  drops = 0;
  for (i = 0; i < 2; i++) {
    CHECK_OK(wrt_ref_from_host(own, &drops, count_drop, &object.lo, &error));
    CHECK_OK(wrt_ref_new_exn(own, there, &object, 1, &id, &error));
    CHECK(wrt_error_set_exception(&kept[i], own, id) == WRT_OK);
    wrt_ref_drop(own, object.lo);
    wrt_ref_drop(own, id);
  }
  check_store(own, "\"references\":2");
  CHECK_OK(wrt_store_gc(own, &error));
  wrt_error_clear(&kept[0]);
  CHECK_OK(wrt_store_gc(own, &error));
  CHECK(drops == 1);
  wrt_release(there);
  wrt_release(own);
  CHECK(drops == 1);
  CHECK_TEXT(kept[1].message, "uncaught exception of type (tag (param externref)): a reference");
  id = exception_in(&kept[1]);
  wrt_error_clear(&kept[1]);
  CHECK(drops == 2);

  /* The same with a store that was closed. */
  own = new_store(engine);
  there = new_tag(own, "(tag)");
  CHECK_OK(wrt_ref_new_exn(own, there, NULL, 0, &id, &error));
  CHECK(wrt_error_set_exception(&kept[0], own, id) == WRT_OK);
  CHECK_OK(wrt_close(own, &error));
  CHECK(wrt_error_set_exception(&kept[1], own, id) == WRT_ERR_CLOSED);
  CHECK_STATUS(wrt_ref_exn_tag(own, exception_in(&kept[0]), &there, &error), WRT_ERR_CLOSED);
  wrt_error_clear(&error);
  wrt_error_clear(&kept[0]);
  wrt_release(there);
  wrt_release(own);
}

static void many_throws_leave_nothing(void) {
  wrt_func *func = new_func(store, "(func (param i32))", throw_it, NULL);
  wrt_instance *instance = new_catching(func);
  wrt_func *catch = export_of(instance, "by_tag");
  wrt_func *run = export_of(instance, "run");
  int i;
  CHECK_OK(wrt_store_gc(store, &error));
  drops = 0;
  for (i = 1; i <= 5000; i++) {
    const wrt_val slot = i32(i);
    wrt_val result;
    CHECK_OK(wrt_func_call(catch, &slot, 1, &result, 1, &error));
    CHECK(to_i32(result) == i);
    CHECK_STATUS(wrt_func_call(run, &slot, 1, &result, 1, &error), WRT_ERR_EXCEPTION);
  }
  wrt_error_clear(&error);
  check_store(store, "\"references\":0");
  CHECK_OK(wrt_store_gc(store, &error));
  CHECK(drops == 10000);
  wrt_release(run);
  wrt_release(catch);
  wrt_release(instance);
  wrt_release(func);
}

/* ===== What comes along ===== */

static void nested_frames_are_kept(void) {
  wrt_func *func = new_func(store, "(func (param i32))", pass_on, NULL);
  wrt_instance *instance = new_catching(func);
  wrt_error failure = fail(instance, "run", 33);
  CHECK(failure.frame_count == 2);
  check_thrown(&failure, 33, "throw");
  wrt_release(instance);
  wrt_release(func);
}

static int32_t throw_with_payload(void *env, wrt_caller *caller, wrt_val *slots, size_t nslots, wrt_error *failure) {
  CHECK(throw_it(env, caller, slots, nslots, failure) == WRT_ERR_EXCEPTION);
  CHECK(wrt_error_set_payload(failure, 4711, NULL) == WRT_OK);
  return WRT_ERR_EXCEPTION;
}

static void payloads_are_kept(void) {
  wrt_func *func = new_func(store, "(func (param i32))", throw_with_payload, NULL);
  wrt_instance *instance = new_catching(func);
  wrt_error failure = fail(instance, "run", 34);
  CHECK(wrt_error_payload(&failure) == 4711);
  check_thrown(&failure, 34, "run");
  wrt_release(instance);
  wrt_release(func);
}

/* ===== Tasks ===== */

/* The next poll of the task, which waits for the host, throws in WebAssembly. */
static void throw_into(const wrt_task *task, int32_t number) {
  const uint64_t object = new_host();
  const uint64_t id = new_exception(number, object);
  wrt_error reason = {0};
  CHECK(wrt_error_set_exception(&reason, store, id) == WRT_OK);
  wrt_ref_drop(store, id);
  wrt_ref_drop(store, object);
  CHECK_OK(wrt_store_gc(store, &error));
  CHECK_OK(wrt_task_fail(task, &reason, &error));
  wrt_error_clear(&reason);
}

static wrt_task *ask(const wrt_instance *instance, const char *name, int32_t number) {
  const wrt_val slot = i32(number);
  wrt_task *task = start_task(instance, name, &slot);
  CHECK(poll_task(task) == WRT_TASK_HOST_CALL && to_i32(request_of(task).slots[0]) == number);
  return task;
}

static void tasks_throw(void) {
  wrt_func *func = new_suspending(store, "(func (param i32))", 7);
  wrt_instance *instance = new_catching(func);
  wrt_task *task = ask(instance, "by_tag", 1);
  wrt_func *deeper;
  wrt_call *call;
  wrt_error failure = {0};
  wrt_val result = i32(4);
  int i;
  throw_into(task, 21);
  CHECK(poll_task(task) == WRT_TASK_DONE);
  CHECK(to_i32(result_of(task)) == 21);
  check_store(store, "\"references\":0");
  task = ask(instance, "by_ref", 2);
  throw_into(task, 22);
  CHECK(poll_task(task) == WRT_TASK_DONE);
  check_exception(result_of(task).lo, 22);

  /* Not caught: the error of the task, as often as asked for. */
  task = ask(instance, "run", 3);
  throw_into(task, 23);
  CHECK(poll_task(task) == WRT_TASK_DONE);
  for (i = 0; i < 2; i++) {
    CHECK(wrt_task_results(task, &result, 1, &failure) == WRT_ERR_EXCEPTION);
    check_thrown(&failure, 23, "run");
  }
  /* An error keeps the exception longer than the task does. */
  CHECK(wrt_task_results(task, &result, 1, &failure) == WRT_ERR_EXCEPTION);
  wrt_release(task);
  check_thrown(&failure, 23, "run");

  /* Thrown by WebAssembly in a task, on this thread and on another one. */
  deeper = export_of(instance, "deeper");
  call = new_call(deeper);
  for (i = 0; i < 2; i++) {
    if (i == 0) {
      CHECK_OK(wrt_call_start(call, &result, 1, NULL, NULL, &task, &error));
    } else {
      CHECK_OK(wrt_call_spawn(call, &result, 1, NULL, NULL, &task, &error));
    }
    CHECK(wait_task(task) == WRT_TASK_DONE);
    CHECK(wrt_task_results(task, NULL, 0, &failure) == WRT_ERR_EXCEPTION && failure.frame_count == 2);
    check_thrown(&failure, 4, "throw");
    wrt_release(task);
  }
  wrt_release(call);
  wrt_release(deeper);
  wrt_release(instance);
  wrt_release(func);
}

static void (*const TESTS[])(void) = {
    exceptions_hold_values,
    values_must_fit,
    other_references_have_no_tag,
    webassembly_catches_what_the_host_throws,
    errors_hold_exceptions,
    messages_tell_the_values,
    start_functions_throw,
    exceptions_cross_the_host,
    other_failures_are_not_caught,
    stores_do_not_mix,
    errors_outlive_handles,
    many_throws_leave_nothing,
    nested_frames_are_kept,
    payloads_are_kept,
    /* From here on the store is asynchronous. */
    tasks_throw,
};

int main(void) {
  static const char *const collectors[] = {"copying", "drc"};
  int which;
  for (which = 0; which < 2; which++) {
    size_t i;
    engine = new_collecting(collectors[which]);
    store = new_store(engine);
    tag = new_tag(store, "(tag (param i32 externref))");
    other_tag = new_tag(store, "(tag (param i32 externref))");
    for (i = 0; i < sizeof TESTS / sizeof *TESTS; i++) {
      run_scoped(store, TESTS[i]);
    }
    wrt_release(other_tag);
    wrt_release(tag);
    wrt_release(store);
    wrt_release(engine);
  }
  return check_done();
}
