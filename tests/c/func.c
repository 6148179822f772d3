/* Functions: WebAssembly calls the host, the host calls WebAssembly, and both fail. */
#include "wasm.h"

static wrt_engine *engine;
static wrt_store *store;

static int drops;

static void count_drop(void *env) {
  (void)env;
  drops++;
}

/* ===== Values ===== */

/* (i32, i64, f32, f64) -> (f64, f32, i64, i32), each one more than it was. */
static int32_t one_more(void *env, wrt_caller *caller, wrt_val *slots, size_t nslots, wrt_error *failure) {
  const wrt_val results[4] = {f64(to_f64(slots[3]) + 1), f32(to_f32(slots[2]) + 1), i64(to_i64(slots[1]) + 1),
                              i32(to_i32(slots[0]) + 1)};
  (void)env;
  (void)caller;
  (void)failure;
  CHECK(nslots == 4);
  memcpy(slots, results, sizeof results);
  return WRT_OK;
}

static void numbers_go_both_ways(void) {
  wrt_func *func = new_func(store, "(func (param i32 i64 f32 f64) (result f64 f32 i64 i32))", one_more, NULL);
  const wrt_val args[4] = {i32(-2), i64(INT64_MAX - 1), f32(0.5f), f64(-1.25)};
  wrt_val results[4] = {{0, 0}, {0, 0}, {0, 0}, {0, 0}};
  wrt_instance *instance;
  wrt_func *twice;
  CHECK_OK(wrt_func_call(func, args, 4, results, 4, &error));
  CHECK(to_f64(results[0]) == -0.25 && to_f32(results[1]) == 1.5f);
  CHECK(to_i64(results[2]) == INT64_MAX && to_i32(results[3]) == -1);

  /* The same through WebAssembly, which turns the results around and asks again. */
  instance = new_linked(store,
                          "(module"
                          "  (type $t (func (param i32 i64 f32 f64) (result f64 f32 i64 i32)))"
                          "  (import \"host\" \"one_more\" (func $one_more (type $t)))"
                          "  (func (export \"twice\") (type $t) (local $a i32) (local $b i64) (local $c f32) (local $d f64)"
                          "    (call $one_more (local.get 0) (local.get 1) (local.get 2) (local.get 3))"
                          "    local.set $a local.set $b local.set $c local.set $d"
                          "    (call $one_more (local.get $a) (local.get $b) (local.get $c) (local.get $d))))",
                          func);
  twice = export_of(instance, "twice");
  CHECK_OK(wrt_func_call(twice, args, 4, results, 4, &error));
  CHECK(to_f64(results[0]) == 0.75 && to_f32(results[1]) == 2.5f);
  CHECK(to_i64(results[2]) == INT64_MIN && to_i32(results[3]) == 0);
  wrt_release(twice);
  wrt_release(instance);
  wrt_release(func);
}

static int32_t swap_halves(void *env, wrt_caller *caller, wrt_val *slots, size_t nslots, wrt_error *failure) {
  const uint64_t lo = slots[0].lo;
  (void)env;
  (void)caller;
  (void)failure;
  CHECK(nslots == 1);
  slots[0].lo = slots[0].hi;
  slots[0].hi = lo;
  return WRT_OK;
}

static void vectors_have_two_halves(void) {
  wrt_func *swap = new_func(store, "(func (param v128) (result v128))", swap_halves, NULL);
  const wrt_val vector = {0x0102030405060708ULL, 0x1112131415161718ULL};
  wrt_val result;
  wrt_instance *instance;
  wrt_func *negated;
  instance = new_linked(store,
                          "(module (import \"host\" \"swap\" (func $swap (param v128) (result v128)))"
                          "  (func (export \"f\") (param v128) (result v128) (v128.not (call $swap (local.get 0)))))",
                          swap);
  negated = export_of(instance, "f");
  CHECK_OK(wrt_func_call(negated, &vector, 1, &result, 1, &error));
  CHECK(result.lo == ~vector.hi && result.hi == ~vector.lo);
  wrt_release(negated);
  wrt_release(instance);
  wrt_release(swap);
}

static int32_t sum(void *env, wrt_caller *caller, wrt_val *slots, size_t nslots, wrt_error *failure) {
  int32_t total = 0;
  size_t i;
  (void)caller;
  (void)failure;
  for (i = 0; i < nslots; i++) {
    total += to_i32(slots[i]);
  }
  *(size_t *)env = nslots;
  slots[0] = i32(total);
  return WRT_OK;
}

static void any_number_of_parameters(void) {
  size_t seen = 0;
  char text[256] = "(func (param";
  wrt_val args[20];
  wrt_val result;
  wrt_func *func;
  int i;
  for (i = 0; i < 20; i++) {
    strcat(text, " i32");
    args[i] = i32(i);
  }
  strcat(text, ") (result i32))");
  func = new_func(store, text, sum, &seen);
  check_type(func, text);
  CHECK_OK(wrt_func_call(func, args, 20, &result, 1, &error));
  CHECK(to_i32(result) == 190 && seen == 20);
  wrt_release(func);
}

static int32_t count_call(void *env, wrt_caller *caller, wrt_val *slots, size_t nslots, wrt_error *failure) {
  (void)caller;
  (void)slots;
  (void)failure;
  CHECK(nslots == 0);
  ++*(int *)env;
  return WRT_OK;
}

static void no_parameters_and_no_results(void) {
  int called = 0;
  wrt_func *func = new_func(store, "(func)", count_call, &called);
  wrt_val nothing;
  CHECK_OK(wrt_func_call(func, NULL, 0, NULL, 0, &error));
  CHECK_OK(wrt_func_call(func, &nothing, 0, &nothing, 0, &error));
  CHECK(called == 2);
  wrt_release(func);
}

static void the_number_of_values_is_checked(void) {
  wrt_func *func = new_func(store, "(func (param i32 i64 f32 f64) (result f64 f32 i64 i32))", one_more, NULL);
  wrt_val slots[5];
  memset(slots, 0, sizeof slots);
  CHECK_FAILS(wrt_func_call(func, slots, 3, slots, 4, &error), WRT_ERR_TYPE, "has 4 arguments, not 3");
  CHECK_FAILS(wrt_func_call(func, slots, 5, slots, 4, &error), WRT_ERR_TYPE, "has 4 arguments, not 5");
  CHECK_FAILS(wrt_func_call(func, slots, 4, slots, 1, &error), WRT_ERR_TYPE, "has 4 results, not 1");
  CHECK_MESSAGE("(func (param i32 i64 f32 f64) (result f64 f32 i64 i32))");
  CHECK_FAILS(wrt_func_call(func, NULL, 4, slots, 4, &error), WRT_ERR_ARGUMENT, "args is NULL");
  CHECK_FAILS(wrt_func_call(func, slots, 4, NULL, 4, &error), WRT_ERR_ARGUMENT, "results is NULL");
  wrt_release(func);
}

/* ===== What a function is registered with ===== */

static void env_is_dropped_once(void) {
  wrt_store *other = new_store(engine);
  wrt_type *type = new_type(engine, "(func)");
  wrt_type *memory = new_type(engine, "(memory 1)");
  wrt_func *func = NULL;
  drops = 0;
  /* Not when the function cannot be made. */
  CHECK_FAILS(wrt_func_new(other, memory, count_call, NULL, count_drop, &func, &error), WRT_ERR_TYPE,
              "type is a memory type");
  CHECK_FAILS(wrt_func_new(other, type, NULL, NULL, count_drop, &func, &error), WRT_ERR_ARGUMENT, "call is NULL");
  CHECK_FAILS(wrt_func_new(other, type, count_call, NULL, count_drop, NULL, &error), WRT_ERR_ARGUMENT, "out is NULL");
  CHECK(func == NULL && drops == 0);

  /* Not when its handle is released: the store keeps it. */
  CHECK_OK(wrt_func_new(other, type, count_call, NULL, count_drop, &func, &error));
  wrt_release(func);
  CHECK(drops == 0);
  wrt_release(other);
  CHECK(drops == 1);
  wrt_release(memory);
  wrt_release(type);
}

static void types_of_other_engines_are_refused(void) {
  wrt_engine *foreign = new_engine();
  wrt_type *type = new_type(foreign, "(func)");
  wrt_func *func = NULL;
  drops = 0;
  CHECK_FAILS(wrt_func_new(store, type, count_call, NULL, count_drop, &func, &error), WRT_ERR_STORE,
              "type belongs to another engine");
  CHECK(drops == 0);
  wrt_release(type);
  wrt_release(foreign);
}

static void value_types_are_refused(void) {
  wrt_type *type = new_type(engine, "anyref");
  wrt_func *func = NULL;
  CHECK_FAILS(wrt_func_new(store, type, count_call, NULL, NULL, &func, &error), WRT_ERR_TYPE,
              "type is a value type, not a function type");
  wrt_release(type);
}

/* ===== Failures of the host ===== */

typedef struct {
  int32_t status;
  const char *message;
  int32_t trap;
  int32_t exit_code;
  uint64_t payload;
} plan;

/* Fails as planned. */
static int32_t fail(void *env, wrt_caller *caller, wrt_val *slots, size_t nslots, wrt_error *failure) {
  const plan *way = env;
  (void)caller;
  (void)slots;
  (void)nslots;
  if (way->trap >= 0) {
    CHECK(wrt_error_set_trap(failure, way->trap) == WRT_OK);
  }
  if (way->exit_code >= 0) {
    CHECK(wrt_error_set_exit(failure, way->exit_code) == WRT_OK);
  }
  if (way->message != NULL) {
    CHECK(wrt_error_set(failure, way->status, TEXT(way->message)) == WRT_OK);
  }
  if (way->payload != 0) {
    CHECK(wrt_error_set_payload(failure, way->payload, count_drop) == WRT_OK);
  }
  return way->status;
}

static void hosts_fail_in_every_way(void) {
  plan way = {WRT_OK, NULL, -1, -1, 0};
  wrt_func *func = new_func(store, "(func)", fail, &way);
  wrt_instance *instance;
  wrt_func *run;
  instance = new_linked(store, "(module (import \"host\" \"fail\" (func $f)) (func $run (export \"run\") (call $f)))",
                          func);
  run = export_of(instance, "run");

  way.status = WRT_ERR_IO;
  CHECK_FAILS(wrt_func_call(run, NULL, 0, NULL, 0, &error), WRT_ERR_IO, "answered status 23 and no message");
  CHECK(error.trap == -1 && error.frame_count == 1);
  way.status = -77;
  CHECK_FAILS(wrt_func_call(run, NULL, 0, NULL, 0, &error), WRT_ERR_HOST, "answered status -77 and no message");

  way.status = WRT_ERR_HOST;
  way.message = "na\xc3\xafve";
  CHECK_STATUS(wrt_func_call(run, NULL, 0, NULL, 0, &error), WRT_ERR_HOST);
  CHECK_TEXT(error.message, "na\xc3\xafve");
  way.message = NULL;

  way.status = WRT_ERR_TRAP;
  way.trap = WRT_TRAP_INTEGER_OVERFLOW;
  CHECK_STATUS(wrt_func_call(run, NULL, 0, NULL, 0, &error), WRT_ERR_TRAP);
  CHECK(error.trap == WRT_TRAP_INTEGER_OVERFLOW && error.frame_count == 1);
  way.trap = -1;

  way.status = WRT_ERR_EXIT;
  way.exit_code = 3;
  CHECK_FAILS(wrt_func_call(run, NULL, 0, NULL, 0, &error), WRT_ERR_EXIT, "exit with code 3");
  CHECK(error.exit_code == 3);
  way.exit_code = -1;

  /* What was written to the error does not matter once the function succeeds. */
  way.status = WRT_OK;
  way.message = "never mind";
  CHECK_OK(wrt_func_call(run, NULL, 0, NULL, 0, &error));

  /* Called from the host, without WebAssembly: the same, and no frames. */
  way.status = WRT_ERR_LIMIT;
  CHECK_FAILS(wrt_func_call(func, NULL, 0, NULL, 0, &error), WRT_ERR_LIMIT, "never mind");
  CHECK(error.frame_count == 0);
  wrt_release(run);
  wrt_release(instance);
  wrt_release(func);
}

static void the_payload_comes_back(void) {
  plan way = {WRT_ERR_HOST, "with an object", -1, -1, 0xfeedULL};
  wrt_func *func = new_func(store, "(func)", fail, &way);
  drops = 0;
  CHECK_STATUS(wrt_func_call(func, NULL, 0, NULL, 0, &error), WRT_ERR_HOST);
  CHECK(wrt_error_payload(&error) == 0xfeedULL && drops == 0);
  wrt_error_clear(&error);
  CHECK(drops == 1);
  /* Nobody asked: it is dropped all the same. */
  CHECK(wrt_func_call(func, NULL, 0, NULL, 0, NULL) == WRT_ERR_HOST);
  CHECK(drops == 2);
  wrt_release(func);
}

int main(void) {
  engine = new_engine();
  store = new_store(engine);
  numbers_go_both_ways();
  vectors_have_two_halves();
  any_number_of_parameters();
  no_parameters_and_no_results();
  the_number_of_values_is_checked();
  env_is_dropped_once();
  types_of_other_engines_are_refused();
  value_types_are_refused();
  hosts_fail_in_every_way();
  the_payload_comes_back();
  wrt_release(store);
  wrt_release(engine);
  return check_done();
}
