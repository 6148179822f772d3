/* Prepared calls: the signature is compared once, then arguments and results share the slots of the caller. */
#include "wasm.h"

static wrt_engine *engine;
static wrt_store *store;

static const char *const ARITHMETIC =
    "(module"
    "  (func (export \"div\") (param i32 i32) (result i32) (i32.div_u (local.get 0) (local.get 1)))"
    "  (func (export \"split\") (param i64) (result i32 i32 i32)"
    "    (i32.wrap_i64 (local.get 0)) (i32.wrap_i64 (i64.shr_u (local.get 0) (i64.const 32))) (i32.const 7))"
    "  (global $calls (mut i32) (i32.const 0))"
    "  (func (export \"count\") (global.set $calls (i32.add (global.get $calls) (i32.const 1))))"
    "  (func (export \"calls\") (result i32) (global.get $calls))"
    "  (func (export \"same\") (param externref) (result externref) (local.get 0)))";

static void results_replace_arguments(void) {
  wrt_instance *instance = new_instance(store, ARITHMETIC);
  wrt_func *div = export_of(instance, "div");
  wrt_func *split = export_of(instance, "split");
  wrt_call *quotient = new_call(div);
  wrt_call *halves = new_call(split);
  wrt_val slots[4] = {{42, 0}, {5, 0}, {99, 99}, {98, 98}};
  CHECK(wrt_call_slots(quotient) == 2 && wrt_call_slots(halves) == 3);
  CHECK_OK(wrt_call_invoke(quotient, slots, 2, &error));
  CHECK(to_i32(slots[0]) == 8);
  /* More slots than needed are left alone. */
  CHECK(slots[2].lo == 99 && slots[3].lo == 98);
  slots[0] = i64(0x100000002LL);
  CHECK_OK(wrt_call_invoke(halves, slots, 4, &error));
  CHECK(to_i32(slots[0]) == 2 && to_i32(slots[1]) == 1 && to_i32(slots[2]) == 7 && slots[3].lo == 98);
  wrt_release(halves);
  wrt_release(quotient);
  wrt_release(split);
  wrt_release(div);
  wrt_release(instance);
}

static void slots_are_checked(void) {
  wrt_instance *instance = new_instance(store, ARITHMETIC);
  wrt_func *split = export_of(instance, "split");
  wrt_memory *memory = NULL;
  wrt_type *type = new_type(engine, "(memory 1)");
  wrt_call *call = new_call(split);
  wrt_val slots[3] = {{1, 0}, {0, 0}, {0, 0}};
  size_t done = 9;
  CHECK_FAILS(wrt_call_invoke(call, slots, 2, &error), WRT_ERR_TYPE,
              "(func (param i64) (result i32 i32 i32)) needs 3 slots, nslots is 2");
  CHECK_FAILS(wrt_call_invoke(call, NULL, 3, &error), WRT_ERR_ARGUMENT, "slots is NULL");
  CHECK_STATUS(wrt_call_invoke(call, NULL, 0, &error), WRT_ERR_TYPE);
  CHECK_STATUS(wrt_call_invoke(call, slots, SIZE_MAX, &error), WRT_ERR_ARGUMENT);
  CHECK_FAILS(wrt_call_invoke_many(call, slots, 2, 1, &done, &error), WRT_ERR_TYPE, "stride is 2");
  CHECK(done == 0);
  CHECK_STATUS(wrt_call_invoke_many(call, slots, SIZE_MAX, 2, &done, &error), WRT_ERR_ARGUMENT);
  CHECK_STATUS(wrt_call_invoke_many(call, NULL, 3, 1, &done, &error), WRT_ERR_ARGUMENT);
  CHECK_OK(wrt_memory_new(store, type, &memory, &error));
  wrt_release(call);
  call = NULL;
  CHECK_FAILS(wrt_call_new(memory, &call, &error), WRT_ERR_ARGUMENT, "func is a memory, not a function");
  CHECK(call == NULL && wrt_call_slots(NULL) == 0);
  wrt_release(type);
  wrt_release(memory);
  wrt_release(split);
  wrt_release(instance);
}

static void calls_without_values_need_no_slots(void) {
  wrt_instance *instance = new_instance(store, ARITHMETIC);
  wrt_func *count = export_of(instance, "count");
  wrt_func *calls = export_of(instance, "calls");
  wrt_call *call = new_call(count);
  wrt_val found;
  size_t done = 0;
  CHECK(wrt_call_slots(call) == 0);
  CHECK_OK(wrt_call_invoke(call, NULL, 0, &error));
  CHECK_OK(wrt_call_invoke_many(call, NULL, 0, 10, &done, &error));
  CHECK(done == 10);
  CHECK_OK(wrt_func_call(calls, NULL, 0, &found, 1, &error));
  CHECK(to_i32(found) == 11);
  wrt_release(call);
  wrt_release(calls);
  wrt_release(count);
  wrt_release(instance);
}

static void many_calls_stop_at_the_first_failure(void) {
  wrt_instance *instance = new_instance(store, ARITHMETIC);
  wrt_func *div = export_of(instance, "div");
  wrt_call *call = new_call(div);
  wrt_val slots[5][3];
  size_t done = 0;
  int i;
  for (i = 0; i < 5; i++) {
    slots[i][0] = i32(60);
    slots[i][1] = i32(i + 1);
    slots[i][2] = i32(-1);
  }
  CHECK_OK(wrt_call_invoke_many(call, slots[0], 3, 5, &done, &error));
  CHECK(done == 5);
  for (i = 0; i < 5; i++) {
    CHECK(to_i32(slots[i][0]) == 60 / (i + 1) && to_i32(slots[i][2]) == -1);
  }

  for (i = 0; i < 5; i++) {
    slots[i][0] = i32(60);
    slots[i][1] = i32(3 - i);
  }
  CHECK_STATUS(wrt_call_invoke_many(call, slots[0], 3, 5, &done, &error), WRT_ERR_TRAP);
  CHECK(error.trap == WRT_TRAP_INTEGER_DIVISION_BY_ZERO && done == 3);
  CHECK(to_i32(slots[2][0]) == 60 && to_i32(slots[4][0]) == 60);

  CHECK_OK(wrt_call_invoke_many(call, slots[0], 3, 0, &done, &error));
  CHECK(done == 0);
  CHECK_OK(wrt_call_invoke_many(call, slots[0], 3, 1, NULL, &error));
  wrt_release(call);
  wrt_release(div);
  wrt_release(instance);
}

static void references_need_the_slower_way(void) {
  wrt_instance *instance = new_instance(store, ARITHMETIC);
  wrt_func *same = export_of(instance, "same");
  wrt_call *call = new_call(same);
  wrt_val slot;
  void *data = NULL;
  uint64_t id = 0;
  int thing;
  CHECK_OK(wrt_ref_from_host(store, &thing, NULL, &id, &error));
  slot = reference(id);
  CHECK_OK(wrt_call_invoke(call, &slot, 1, &error));
  /* The result has an id of its own. */
  CHECK(slot.lo != 0 && slot.lo != id);
  CHECK_OK(wrt_ref_to_host(store, slot.lo, &data, &error));
  CHECK(data == &thing);
  wrt_ref_drop(store, slot.lo);
  wrt_ref_drop(store, id);
  slot = reference(id);
  CHECK_FAILS(wrt_call_invoke(call, &slot, 1, &error), WRT_ERR_NOT_FOUND, "argument is reference");
  slot = reference(0);
  CHECK_OK(wrt_call_invoke(call, &slot, 1, &error));
  CHECK(slot.lo == 0);
  wrt_release(call);
  wrt_release(same);
  wrt_release(instance);
}

/* A prepared call keeps what it needs. */
static void calls_outlive_their_function(void) {
  wrt_store *own = new_store(engine);
  wrt_instance *instance = new_instance(own, ARITHMETIC);
  wrt_func *div = export_of(instance, "div");
  wrt_call *call = new_call(div);
  wrt_val slots[2] = {{9, 0}, {3, 0}};
  wrt_release(own);
  wrt_release(instance);
  wrt_release(div);
  CHECK_OK(wrt_call_invoke(call, slots, 2, &error));
  CHECK(to_i32(slots[0]) == 3);
  CHECK_OK(wrt_close(call, &error));
  CHECK_FAILS(wrt_call_invoke(call, slots, 2, &error), WRT_ERR_CLOSED, "the call is closed");
  CHECK(wrt_call_slots(call) == 0);
  wrt_release(call);
}

static const char *const COLUMNS =
    "(module"
    "  (func (export \"div\") (param i32 i32) (result i32) (i32.div_s (local.get 0) (local.get 1)))"
    "  (func (export \"mix\") (param i32 i64 f32 f64) (result f64 i64)"
    "    (f64.add (f64.add (f64.convert_i32_s (local.get 0)) (f64.promote_f32 (local.get 2))) (local.get 3))"
    "    (i64.mul (local.get 1) (i64.const 2)))"
    "  (func (export \"wide\") (param v128) (result v128) (i64x2.add (local.get 0) (local.get 0)))"
    "  (global $calls (mut i32) (i32.const 0))"
    "  (func (export \"count\") (global.set $calls (i32.add (global.get $calls) (i32.const 1))))"
    "  (func (export \"calls\") (result i32) (global.get $calls))"
    "  (func (export \"same\") (param externref) (result externref) (local.get 0)))";

#define MANY 1300 /* more than passes at once, and no multiple of it */

/* The address and the stride of a column. */
static wrt_column column(void *data, size_t stride) {
  wrt_column made;
  made.data = data;
  made.stride = stride;
  return made;
}

static wrt_call *prepared(wrt_instance *instance, const char *name) {
  wrt_func *func = export_of(instance, name);
  wrt_call *call = new_call(func);
  wrt_release(func);
  return call;
}

static void columns_are_mapped(void) {
  static int32_t a[MANY];
  static int64_t b[MANY];
  static struct { float f; char other[12]; } c[MANY];
  static double sums[MANY];
  static struct { int64_t twice, other; } twice[MANY];
  static uint64_t pairs[2 * MANY];
  double d = 0.5;
  size_t done = 0;
  wrt_instance *instance = new_instance(store, COLUMNS);
  wrt_call *mix = prepared(instance, "mix"), *wide = prepared(instance, "wide"), *count = prepared(instance, "count");
  wrt_call *calls = prepared(instance, "calls");
  wrt_column params[4], results[2], vectors;
  wrt_val calls_made;
  int i;
  for (i = 0; i < MANY; i++) {
    a[i] = -i;
    b[i] = (int64_t)i << 33;
    c[i].f = 0.25f;
    twice[i].other = i;
    pairs[2 * i] = (uint64_t)i;
    pairs[2 * i + 1] = UINT64_MAX;
  }
  params[0] = column(a, sizeof a[0]);
  params[1] = column(b, sizeof b[0]);
  params[2] = column(&c[0].f, sizeof c[0]);
  params[3] = column(&d, 0);
  results[0] = column(sums, sizeof sums[0]);
  results[1] = column(&twice[0].twice, sizeof twice[0]);
  CHECK_OK(wrt_call_map(mix, params, 4, results, 2, MANY, &done, &error));
  CHECK(done == MANY);
  for (i = 0; i < MANY; i++) {
    CHECK(sums[i] == 0.75 - i && twice[i].twice == (int64_t)i << 34 && twice[i].other == i);
  }
  /* A column may be its own result. */
  vectors = column(pairs, 16);
  CHECK_OK(wrt_call_map(wide, &vectors, 1, &vectors, 1, MANY, NULL, &error));
  CHECK(pairs[2 * 1299] == 2598 && pairs[2 * 1299 + 1] == UINT64_MAX - 1);
  /* Without columns, calls are counted all the same; one and none are no special cases. */
  CHECK_OK(wrt_call_map(count, NULL, 0, NULL, 0, MANY, &done, &error));
  CHECK_OK(wrt_call_map(count, NULL, 0, NULL, 0, 1, &done, &error));
  CHECK_OK(wrt_call_map(count, NULL, 0, NULL, 0, 0, &done, &error));
  CHECK_OK(wrt_call_invoke(calls, &calls_made, 1, &error));
  CHECK(done == 0 && to_i32(calls_made) == MANY + 1);
  wrt_release(calls);
  wrt_release(count);
  wrt_release(wide);
  wrt_release(mix);
  wrt_release(instance);
}

static void a_map_stops_at_the_first_failure(void) {
  static int32_t divisors[MANY], quotients[MANY];
  int32_t dividend = 100;
  size_t done = 0;
  wrt_instance *instance = new_instance(store, COLUMNS);
  wrt_call *div = prepared(instance, "div"), *same = prepared(instance, "same");
  wrt_column params[2], result = column(quotients, 4);
  wrt_frame frame = {sizeof frame, 0, 0, 0, 0, NULL, NULL, NULL, 0, 0};
  int i;
  for (i = 0; i < MANY; i++) {
    divisors[i] = i < 900 ? 10 : i - 900;
    quotients[i] = -1;
  }
  params[0] = column(&dividend, 0);
  params[1] = column(divisors, 4);
  CHECK_STATUS(wrt_call_map(div, params, 2, &result, 1, MANY, &done, &error), WRT_ERR_TRAP);
  CHECK(done == 900 && quotients[0] == 10 && quotients[899] == 10 && quotients[900] == -1);
  /* The loop is the library's, and nobody's frame. */
  wrt_error_clear(&error);
  CHECK(wrt_call_map(div, params, 2, &result, 1, MANY, NULL, &error) == WRT_ERR_TRAP);
  CHECK(error.frame_count == 1 && wrt_error_frame(&error, 0, &frame) == WRT_OK && frame.func_index == 0);
  wrt_error_clear(&error);
  /* One element takes the other way, and fails alike. */
  params[1] = column(divisors + 900, 4);
  CHECK_STATUS(wrt_call_map(div, params, 2, &result, 1, 1, &done, &error), WRT_ERR_TRAP);
  CHECK(done == 0);
  CHECK_FAILS(wrt_call_map(div, params, 1, &result, 1, MANY, &done, &error), WRT_ERR_TYPE,
              "(func (param i32 i32) (result i32)) cannot be mapped over 1 columns to 1");
  params[1].data = NULL;
  CHECK_FAILS(wrt_call_map(div, params, 2, &result, 1, 5, &done, &error), WRT_ERR_ARGUMENT, "params[1].data is NULL");
  CHECK_OK(wrt_call_map(div, params, 2, &result, 1, 0, &done, &error));
  params[1] = column(divisors, SIZE_MAX / 2);
  CHECK_FAILS(wrt_call_map(div, params, 2, &result, 1, 5, &done, &error), WRT_ERR_ARGUMENT, "params[1] is too long");
  CHECK_FAILS(wrt_call_map(same, params, 1, &result, 1, 5, &done, &error), WRT_ERR_UNSUPPORTED, "references are not mapped");
  wrt_release(same);
  wrt_release(div);
  wrt_release(instance);
}

/* Wherever the fuel ends, what is said to be done is done, and the rest as it was. */
static void a_map_that_is_stopped_says_where(void) {
  static int32_t in[MANY], out[MANY];
  wrt_engine *counting = new_engine_with("consume_fuel");
  wrt_store *own = new_store(counting);
  wrt_instance *instance;
  wrt_call *twice;
  wrt_column from = column(in, 4), to = column(out, 4);
  uint64_t fuel;
  size_t done = 0;
  int i;
  CHECK_OK(wrt_store_set_fuel(own, 1000, &error));
  instance = new_instance(own, "(module (func (export \"twice\") (param i32) (result i32)"
                               "  (i32.add (local.get 0) (local.get 0))))");
  twice = prepared(instance, "twice");
  for (i = 0; i < MANY; i++) {
    in[i] = i + 1;
  }
  for (fuel = 1; done < MANY; fuel += done < 500 ? 501 : 1) {
    for (i = 0; i < MANY; i++) {
      out[i] = -1;
    }
    CHECK_OK(wrt_store_set_fuel(own, fuel, &error));
    if (wrt_call_map(twice, &from, 1, &to, 1, MANY, &done, &error) != WRT_OK) {
      CHECK(error.status == WRT_ERR_FUEL && done < MANY);
    }
    for (i = 0; i < MANY; i++) {
      CHECK(out[i] == ((size_t)i < done ? 2 * in[i] : -1));
    }
    if (done > 520 && done < 1000) {
      fuel += 4000;
    }
  }
  wrt_release(twice);
  wrt_release(instance);
  wrt_release(own);
  wrt_release(counting);
}

/* The host function of the next test, which maps the call that called it. */
static wrt_call *twice_mapped;
static int deep;

static int32_t maps_again(void *env, wrt_caller *caller, wrt_val *slots, size_t nslots, wrt_error *failed) {
  int32_t inner[3] = {1, 2, 3};
  wrt_column in = column(inner, 4);
  (void)env;
  (void)caller;
  (void)nslots;
  if (deep++ == 0) {
    CHECK_OK(wrt_call_map(twice_mapped, &in, 1, &in, 1, 3, NULL, failed));
    CHECK(inner[0] == 2 && inner[1] == 4 && inner[2] == 6);
  }
  slots[0].lo *= 2;
  return WRT_OK;
}

static void a_map_within_a_map(void) {
  int32_t values[4] = {10, 20, 30, 40};
  wrt_column in = column(values, 4);
  wrt_type *type = new_type(engine, "(func (param i32) (result i32))");
  wrt_func *host = NULL;
  wrt_limits limits = {sizeof limits, UINT64_MAX, UINT64_MAX, 1, UINT64_MAX, UINT64_MAX, 0, 0};
  wrt_store *own = new_store(engine);
  wrt_instance *instance;
  CHECK_OK(wrt_func_new(own, type, maps_again, NULL, NULL, &host, &error));
  twice_mapped = new_call(host);
  /* What the library makes for itself does not count. */
  CHECK_OK(wrt_store_set_limits(own, &limits, &error));
  CHECK_OK(wrt_call_map(twice_mapped, &in, 1, &in, 1, 4, NULL, &error));
  CHECK(values[0] == 20 && values[3] == 80 && deep == 7);
  instance = new_instance(own, ARITHMETIC);
  wrt_release(instance);
  wrt_release(twice_mapped);
  wrt_release(host);
  wrt_release(type);
  wrt_release(own);
}

int main(void) {
  engine = new_engine();
  store = new_store(engine);
  results_replace_arguments();
  slots_are_checked();
  calls_without_values_need_no_slots();
  many_calls_stop_at_the_first_failure();
  references_need_the_slower_way();
  calls_outlive_their_function();
  columns_are_mapped();
  a_map_stops_at_the_first_failure();
  a_map_that_is_stopped_says_where();
  a_map_within_a_map();
  wrt_release(store);
  wrt_release(engine);
  return check_done();
}
