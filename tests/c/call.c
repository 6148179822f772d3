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

int main(void) {
  engine = new_engine();
  store = new_store(engine);
  results_replace_arguments();
  slots_are_checked();
  calls_without_values_need_no_slots();
  many_calls_stop_at_the_first_failure();
  references_need_the_slower_way();
  calls_outlive_their_function();
  wrt_release(store);
  wrt_release(engine);
  return check_done();
}
