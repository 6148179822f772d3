/* A host call answered, and the next one fetched, in one call of the library. */
#include "wasm.h"

static wrt_engine *engine;
static wrt_store *store;
static wrt_instance *instance;

static const char *const ASKING =
    "(module (import \"host\" \"ask\" (func $ask (param i32) (result i32)))"
    "  (import \"host\" \"split\" (func $split (param f64 externref) (result externref f64 i64)))"
    "  (import \"host\" \"tell\" (func $tell))"
    "  (func (export \"sum\") (param i32) (result i32) (local $sum i32)"
    "    (loop $on"
    "      (local.set $sum (i32.add (local.get $sum) (call $ask (local.get 0))))"
    "      (br_if $on (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))"
    "    (local.get $sum))"
    "  (func (export \"split\") (param externref) (result externref f64 i64)"
    "    (call $split (f64.const 2.5) (local.get 0)))"
    "  (func (export \"tell\") (call $tell) (call $tell)))";

enum { ASK = 5, SPLIT, TELL };

/* Steps, and tells how far the task is. */
static int32_t step(const wrt_task *task, const wrt_val *results, size_t nresults, wrt_host_request *request) {
  int32_t state = -1;
  request->struct_size = sizeof *request;
  CHECK_OK(wrt_task_step(task, results, nresults, &state, request, &error));
  return state;
}

static void calls_are_answered_one_after_the_other(void) {
  const wrt_val count = i32(1000);
  wrt_task *task = start_task(instance, "sum", &count);
  wrt_host_request request = {0};
  wrt_val result;
  int32_t i;
  CHECK(step(task, NULL, 0, &request) == WRT_TASK_HOST_CALL);
  for (i = 1000; i > 0; i--) {
    CHECK(request.id == ASK && request.nslots == 1 && request.depth == 0 && request.store == store);
    CHECK(request.slots == request_of(task).slots && to_i32(request.slots[0]) == i);
    if (i % 2 == 0) {
      /* In the place of the argument, or not. */
      request.slots[0] = i32(i);
      CHECK(step(task, request.slots, 1, &request) == WRT_TASK_HOST_CALL);
    } else {
      result = i32(i);
      CHECK(step(task, &result, 1, &request) == (i == 1 ? WRT_TASK_DONE : WRT_TASK_HOST_CALL));
    }
  }
  CHECK(step(task, NULL, 0, &request) == WRT_TASK_DONE);
  CHECK(to_i32(result_of(task)) == 500500);
}

static void there_may_be_no_results(void) {
  wrt_task *task = start_task(instance, "tell", NULL);
  wrt_host_request request = {0};
  CHECK(step(task, NULL, 0, &request) == WRT_TASK_HOST_CALL && request.id == TELL && request.nslots == 0);
  /* Without an answer it stays. */
  CHECK(step(task, NULL, 0, &request) == WRT_TASK_HOST_CALL && request.slots != NULL);
  CHECK(step(task, request.slots, 0, &request) == WRT_TASK_HOST_CALL && request.id == TELL);
  CHECK(step(task, request.slots, 0, &request) == WRT_TASK_DONE);
  wrt_release(task);
}

/* More results than arguments, and references among both, which the call drops. */
static void references_are_the_calls(void) {
  int object = 0;
  void *found = NULL;
  uint64_t scope = 0;
  wrt_val values[3], argument;
  wrt_host_request request = {0};
  wrt_task *task;
  CHECK_OK(wrt_ref_scope_begin(store, &scope, &error));
  argument.lo = 0;
  argument.hi = 0;
  CHECK_OK(wrt_ref_from_host(store, &object, NULL, &argument.lo, &error));
  task = start_task(instance, "split", &argument);
  CHECK(step(task, NULL, 0, &request) == WRT_TASK_HOST_CALL && request.id == SPLIT && request.nslots == 3);
  CHECK(to_f64(request.slots[0]) == 2.5 && request.slots[1].lo != 0);
  CHECK_OK(wrt_ref_clone(store, argument.lo, &values[0].lo, &error));
  values[0].hi = 0;
  values[1] = f64(-1.5);
  values[2] = i64(INT64_MIN);
  memcpy(request.slots, values, sizeof values);
  CHECK(step(task, request.slots, 3, &request) == WRT_TASK_DONE);
  CHECK_STATUS(wrt_ref_to_host(store, values[0].lo, &found, &error), WRT_ERR_NOT_FOUND);
  CHECK_OK(wrt_task_results(task, values, 3, &error));
  CHECK(to_f64(values[1]) == -1.5 && to_i64(values[2]) == INT64_MIN);
  CHECK_OK(wrt_ref_to_host(store, values[0].lo, &found, &error));
  CHECK(found == &object);
  wrt_ref_drop(store, values[0].lo);
  CHECK_OK(wrt_ref_scope_end(store, scope, &error));
  wrt_release(task);
  check_store(store, "\"references\":0");
}

/* After each failure the task is as it was. */
static void mistakes_change_nothing(void) {
  const wrt_val count = i32(1), results[2] = {{7, 0}, {8, 0}};
  wrt_task *task = start_task(instance, "sum", &count);
  wrt_host_request request = {0};
  int32_t state = -1;
  request.struct_size = sizeof request;
  CHECK_FAILS(wrt_task_step(task, results, 1, &state, &request, &error), WRT_ERR_BUSY, "does not wait for the answer");
  CHECK_FAILS(wrt_task_step(task, NULL, 0, &state, NULL, &error), WRT_ERR_ARGUMENT, "request is NULL");
  request.struct_size = 0;
  CHECK_FAILS(wrt_task_step(task, NULL, 0, &state, &request, &error), WRT_ERR_ARGUMENT, "request.struct_size is 0");
  CHECK(state == -1);
  CHECK(step(task, NULL, 0, &request) == WRT_TASK_HOST_CALL && to_i32(request.slots[0]) == 1);
  request.id = 0;
  CHECK_FAILS(wrt_task_step(task, results, 0, &state, &request, &error), WRT_ERR_TYPE, "has 1 result, not 0");
  CHECK_FAILS(wrt_task_step(task, results, 2, &state, &request, &error), WRT_ERR_TYPE, "has 1 result, not 2");
  CHECK_STATUS(wrt_task_step(task, NULL, 1, &state, &request, &error), WRT_ERR_ARGUMENT);
  CHECK(state == -1 && request.id == 0 && to_i32(request_of(task).slots[0]) == 1);
  CHECK(step(task, results, 1, &request) == WRT_TASK_DONE);
  CHECK_STATUS(wrt_task_step(task, results, 1, &state, &request, &error), WRT_ERR_BUSY);
  CHECK(to_i32(result_of(task)) == 7);
}

/* Only the latest task can go on; the one below waits as before. */
static void the_order_is_kept(void) {
  const wrt_val one = i32(1);
  wrt_task *outer = start_task(instance, "sum", &one);
  wrt_task *inner;
  wrt_host_request request = {0};
  int32_t state = -1;
  CHECK(step(outer, NULL, 0, &request) == WRT_TASK_HOST_CALL);
  inner = start_task(instance, "sum", &one);
  CHECK_STATUS(wrt_task_step(outer, &one, 1, &state, &request, &error), WRT_ERR_BUSY);
  CHECK(step(inner, NULL, 0, &request) == WRT_TASK_HOST_CALL && request.depth == 1);
  CHECK_STATUS(wrt_task_step(outer, &one, 1, &state, &request, &error), WRT_ERR_BUSY);
  CHECK(step(inner, &one, 1, &request) == WRT_TASK_DONE);
  CHECK(step(outer, &one, 1, &request) == WRT_TASK_DONE);
  CHECK(to_i32(result_of(inner)) == 1 && to_i32(result_of(outer)) == 1);
}

static void tasks_are_given_up(void) {
  const wrt_val one = i32(1);
  wrt_task *task = start_task(instance, "sum", &one);
  wrt_host_request request = {0};
  int32_t state = -1;
  CHECK(step(task, NULL, 0, &request) == WRT_TASK_HOST_CALL);
  CHECK_OK(wrt_task_cancel(task, &error));
  CHECK(step(task, NULL, 0, &request) == WRT_TASK_DONE);
  CHECK_STATUS(wrt_task_step(task, &one, 1, &state, &request, &error), WRT_ERR_BUSY);
  CHECK_STATUS(wrt_task_results(task, NULL, 0, &error), WRT_ERR_INTERRUPTED);
  wrt_release(task);
}

/* A task that a thread of the library polls. */
static void spawned_tasks_step(void) {
  const wrt_val count = i32(100);
  wrt_func *func = export_of(instance, "sum");
  wrt_call *call = new_call(func);
  wrt_task *task = NULL;
  wrt_host_request request = {0};
  const wrt_val *results = NULL;
  int32_t state, asked = 0;
  CHECK_OK(wrt_call_spawn(call, &count, 1, NULL, NULL, &task, &error));
  while ((state = step(task, results, results != NULL, &request)) != WRT_TASK_DONE) {
    results = NULL;
    if (state == WRT_TASK_HOST_CALL) {
      results = request.slots;
      asked++;
    } else {
      CHECK(state == WRT_TASK_PENDING && wait_task(task) != WRT_TASK_PENDING);
    }
  }
  CHECK(asked == 100 && to_i32(result_of(task)) == 5050);
  wrt_release(call);
  wrt_release(func);
}

int main(void) {
  wrt_module *module;
  wrt_extern *imports[3];
  int i;
  engine = new_engine();
  store = new_store(engine);
  module = new_module(engine, ASKING);
  imports[0] = (wrt_extern *)new_suspending(store, "(func (param i32) (result i32))", ASK);
  imports[1] = (wrt_extern *)new_suspending(store, "(func (param f64 externref) (result externref f64 i64))", SPLIT);
  imports[2] = (wrt_extern *)new_suspending(store, "(func)", TELL);
  CHECK_OK(wrt_instance_new(store, module, (const wrt_extern *const *)imports, 3, &instance, &error));
  calls_are_answered_one_after_the_other();
  there_may_be_no_results();
  references_are_the_calls();
  mistakes_change_nothing();
  the_order_is_kept();
  tasks_are_given_up();
  spawned_tasks_step();
  for (i = 0; i < 3; i++) {
    wrt_release(imports[i]);
  }
  wrt_release(instance);
  wrt_release(module);
  wrt_release(store);
  wrt_release(engine);
  return check_done();
}
