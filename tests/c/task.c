/* Tasks: calls that come back to the host when they want something of it, and how they end. */
#define _POSIX_C_SOURCE 200809L
#include <pthread.h>
#include <time.h>

#include "wasm.h"

static wrt_engine *engine;
static wrt_store *store;
static wrt_instance *instance;
static uint64_t drops;

static void count_drop(void *env) {
  (void)env;
  drops++;
}

/* `run` asks the host twice, and adds up the answers. */
static const char *const ASKING =
    "(module (import \"host\" \"ask\" (func $ask (param i32) (result i32))) (tag $tag (param i32))"
    "  (func (export \"throw\") (param i32) (result i32) (throw $tag (call $ask (local.get 0))))"
    "  (func $deep (export \"deep\") (param i32) (result i32) (i32.add (call $deep (local.get 0)) (i32.const 1)))"
    "  (func (export \"run\") (param i32) (result i32)"
    "    (i32.add (call $ask (local.get 0)) (call $ask (i32.add (local.get 0) (i32.const 1)))))"
    "  (func $div (export \"div\") (param i32) (result i32) (i32.div_u (i32.const 60) (call $ask (local.get 0))))"
    "  (func (export \"plain\") (param i32) (result i32) (local.get 0))"
    "  (func (export \"spin\") (param i32) (result i32)"
    "    (loop $on (br_if $on (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))) (local.get 0)))";

static wrt_task *start(const char *name, int32_t argument) {
  const wrt_val slot = i32(argument);
  return start_task(instance, name, &slot);
}

/* The store is as good as new: it computes, and holds no reference. */
static void check_usable(void) {
  wrt_task *task = start("run", 1);
  CHECK(poll_task(task) == WRT_TASK_HOST_CALL);
  reply_to(task, i32(20));
  CHECK(poll_task(task) == WRT_TASK_HOST_CALL);
  reply_to(task, i32(30));
  CHECK(poll_task(task) == WRT_TASK_DONE);
  CHECK(to_i32(result_of(task)) == 50);
  check_store(store, "\"running\":false");
  check_store(store, "\"references\":0");
}

/* ===== Questions and answers ===== */

static void tasks_ask_and_are_answered(void) {
  wrt_task *task = start("run", 4);
  wrt_host_request request;
  wrt_val results[2];
  wrt_val answer = i32(100);
  wrt_instance *made = NULL;
  CHECK(strcmp(wrt_handle_type(task), "task") == 0);
  CHECK(poll_task(task) == WRT_TASK_HOST_CALL);
  CHECK(poll_task(task) == WRT_TASK_HOST_CALL);
  request = request_of(task);
  CHECK(request.id == 7 && request.nslots == 1 && to_i32(request.slots[0]) == 4 && request.depth == 0);
  CHECK(request.store == store && wrt_caller_store(request.caller) == store);
  check_store(store, "\"running\":true");
  CHECK_FAILS(wrt_task_results(task, results, 1, &error), WRT_ERR_BUSY, "the task is not done");
  CHECK_OK(wrt_task_reply(task, &answer, 1, &error));
  /* The answer is copied, and there is no question until the task has run. */
  answer = i32(0);
  CHECK_FAILS(wrt_task_request(task, &request, &error), WRT_ERR_BUSY, "does not wait for the answer");
  CHECK_STATUS(wrt_task_reply(task, &answer, 1, &error), WRT_ERR_BUSY);
  CHECK_STATUS(wrt_task_results(task, results, 1, &error), WRT_ERR_BUSY);
  CHECK(poll_task(task) == WRT_TASK_HOST_CALL);
  request = request_of(task);
  CHECK(to_i32(request.slots[0]) == 5);
  reply_to(task, i32(11));
  CHECK(poll_task(task) == WRT_TASK_DONE && poll_task(task) == WRT_TASK_DONE);
  CHECK_STATUS(wrt_task_request(task, &request, &error), WRT_ERR_BUSY);
  CHECK_STATUS(wrt_task_reply(task, &answer, 1, &error), WRT_ERR_BUSY);
  CHECK_FAILS(wrt_task_results(task, results, 2, &error), WRT_ERR_TYPE, "has 1 result, nresults is 2");
  CHECK_STATUS(wrt_task_results(task, NULL, 1, &error), WRT_ERR_ARGUMENT);
  CHECK_FAILS(wrt_instance_of_task(task, &made, &error), WRT_ERR_ARGUMENT, "task is that of a call");
  CHECK_OK(wrt_task_results(task, results, 1, &error));
  CHECK(to_i32(results[0]) == 111);
  CHECK_FAILS(wrt_task_results(task, results, 1, &error), WRT_ERR_NOT_FOUND, "taken already");
  CHECK(poll_task(task) == WRT_TASK_DONE);
  wrt_release(task);
  check_usable();
}

static void tasks_are_checked_when_they_start(void) {
  wrt_func *run = export_of(instance, "run");
  wrt_call *call = new_call(run);
  wrt_task *task = NULL;
  wrt_task *other = NULL;
  wrt_val slots[2] = {{1, 0}, {2, 0}};
  CHECK_FAILS(wrt_call_start(call, slots, 0, NULL, NULL, &task, &error), WRT_ERR_TYPE,
              "takes 1 argument, nslots is 0");
  CHECK_FAILS(wrt_call_start(call, NULL, 1, NULL, NULL, &task, &error), WRT_ERR_ARGUMENT, "slots is NULL");
  CHECK_STATUS(wrt_call_start(call, slots, SIZE_MAX, NULL, NULL, &task, &error), WRT_ERR_ARGUMENT);
  CHECK(task == NULL);
  /* The arguments are copied, and nothing runs by itself. */
  CHECK_OK(wrt_call_start(call, slots, 2, NULL, NULL, &task, &error));
  slots[0] = i32(9);
  CHECK_FAILS(wrt_call_start(call, slots, 1, NULL, NULL, &other, &error), WRT_ERR_BUSY,
              "poll its task to the end first");
  CHECK_FAILS(wrt_func_call(run, slots, 1, slots, 1, &error), WRT_ERR_BUSY, "poll its task to the end first");
  CHECK(poll_task(task) == WRT_TASK_HOST_CALL);
  CHECK(to_i32(request_of(task).slots[0]) == 1);
  wrt_release(task);
  wrt_release(call);
  wrt_release(run);
  check_usable();
}

static void answers_are_checked(void) {
  wrt_task *task = start("run", 1);
  wrt_host_request request;
  const wrt_error empty = {0};
  const wrt_val answers[2] = {{5, 0}, {6, 0}};
  request.struct_size = sizeof request;
  CHECK_FAILS(wrt_task_request(task, &request, &error), WRT_ERR_BUSY, "does not wait for the answer");
  CHECK_STATUS(wrt_task_reply(task, answers, 1, &error), WRT_ERR_BUSY);
  CHECK(poll_task(task) == WRT_TASK_HOST_CALL);
  CHECK_FAILS(wrt_task_reply(task, answers, 0, &error), WRT_ERR_TYPE, "host function 7 has 1 result, not 0");
  CHECK_FAILS(wrt_task_reply(task, answers, 2, &error), WRT_ERR_TYPE, "host function 7 has 1 result, not 2");
  CHECK_FAILS(wrt_task_reply(task, NULL, 1, &error), WRT_ERR_ARGUMENT, "results is NULL");
  CHECK_FAILS(wrt_task_fail(task, NULL, &error), WRT_ERR_ARGUMENT, "reason is NULL");
  CHECK_FAILS(wrt_task_fail(task, &empty, &error), WRT_ERR_ARGUMENT, "reason holds no failure");
  CHECK_FAILS(wrt_task_request(task, NULL, &error), WRT_ERR_ARGUMENT, "out is NULL");
  request.struct_size = 1;
  CHECK_FAILS(wrt_task_request(task, &request, &error), WRT_ERR_ARGUMENT, "struct_size");
  /* None of this was an answer. */
  CHECK(poll_task(task) == WRT_TASK_HOST_CALL);
  reply_to(task, answers[0]);
  CHECK(poll_task(task) == WRT_TASK_HOST_CALL);
  wrt_release(task);
  check_usable();
}

static void tasks_wait(void) {
  wrt_task *task = start("run", 1);
  int32_t state = -1;
  int questions;
  for (questions = 0; questions < 2; questions++) {
    CHECK(wait_task(task) == WRT_TASK_HOST_CALL);
    /* Nobody else answers. */
    CHECK(wait_task(task) == WRT_TASK_HOST_CALL);
    reply_to(task, i32(3));
  }
  CHECK_OK(wrt_task_wait(task, 0, &state, &error));
  CHECK(state == WRT_TASK_DONE);
  CHECK(to_i32(result_of(task)) == 6);
}

/* ===== What ends a call ===== */

static void traps_end_tasks(void) {
  wrt_task *task = start("div", 1);
  wrt_frame frame;
  wrt_val result;
  CHECK(poll_task(task) == WRT_TASK_HOST_CALL);
  reply_to(task, i32(0));
  CHECK(poll_task(task) == WRT_TASK_DONE);
  /* A failure is told as often as it is asked for, and before a wrong count. */
  CHECK_STATUS(wrt_task_results(task, NULL, 0, &error), WRT_ERR_TRAP);
  CHECK_STATUS(wrt_task_results(task, &result, 1, &error), WRT_ERR_TRAP);
  CHECK(error.trap == WRT_TRAP_INTEGER_DIVISION_BY_ZERO && error.frame_count == 1);
  frame.struct_size = sizeof frame;
  CHECK(wrt_error_frame(&error, 0, &frame) == WRT_OK);
  CHECK_TEXT(frame.func_name, "div");
  wrt_release(task);
  check_usable();
}

static void exceptions_and_recursion_end_tasks(void) {
  wrt_task *task = start("throw", 1);
  wrt_val result;
  CHECK(poll_task(task) == WRT_TASK_HOST_CALL);
  reply_to(task, i32(0));
  CHECK(poll_task(task) == WRT_TASK_DONE);
  CHECK_STATUS(wrt_task_results(task, &result, 1, &error), WRT_ERR_EXCEPTION);
  wrt_release(task);
  task = start("deep", 1);
  CHECK(wait_task(task) == WRT_TASK_DONE);
  CHECK_STATUS(wrt_task_results(task, &result, 1, &error), WRT_ERR_TRAP);
  CHECK(error.trap == WRT_TRAP_STACK_OVERFLOW);
  wrt_release(task);
  check_usable();
}

/* What `reason` does to the task: it ends with it, in `error`, and the frames are those of the question. */
static void fail_task(wrt_error *reason, int32_t status) {
  wrt_task *task = start("div", 1);
  wrt_val result;
  CHECK(poll_task(task) == WRT_TASK_HOST_CALL);
  CHECK_OK(wrt_task_fail(task, reason, &error));
  CHECK_STATUS(wrt_task_fail(task, reason, &error), WRT_ERR_BUSY);
  wrt_error_clear(reason);
  CHECK(poll_task(task) == WRT_TASK_DONE);
  CHECK_STATUS(wrt_task_results(task, &result, 1, &error), status);
  wrt_release(task);
}

static void hosts_fail(void) {
  wrt_error reason = {0};
  drops = 0;
  CHECK(wrt_error_set(&reason, WRT_ERR_HOST, TEXT("no such luck")) == WRT_OK);
  CHECK(wrt_error_set_payload(&reason, 42, count_drop) == WRT_OK);
  fail_task(&reason, WRT_ERR_HOST);
  CHECK_MESSAGE("no such luck");
  CHECK(wrt_error_payload(&error) == 42 && error.frame_count == 1 && drops == 0);
  wrt_error_clear(&error);
  CHECK(drops == 1);
  CHECK(wrt_error_set_trap(&reason, WRT_TRAP_UNREACHABLE) == WRT_OK);
  fail_task(&reason, WRT_ERR_TRAP);
  CHECK(error.trap == WRT_TRAP_UNREACHABLE);
  CHECK(wrt_error_set_exit(&reason, 3) == WRT_OK);
  fail_task(&reason, WRT_ERR_EXIT);
  CHECK(error.exit_code == 3);
  check_usable();
}

/* ===== Values ===== */

#define EVERYTHING "(param i32 i64 f32 f64 v128 funcref externref) (result i32 i64 f32 f64 v128 funcref externref)"

static wrt_instance *new_echo(void) {
  return new_asking(store,
                    "(module (import \"host\" \"ask\" (func $ask " EVERYTHING "))"
                    "  (func (export \"echo\") " EVERYTHING
                    "    (call $ask (local.get 0) (local.get 1) (local.get 2) (local.get 3) (local.get 4)"
                    "      (local.get 5) (local.get 6))))",
                    "(func " EVERYTHING ")");
}

static wrt_task *start_echo(const wrt_instance *echo, const wrt_val slots[7]) {
  wrt_func *func = export_of(echo, "echo");
  wrt_call *call = new_call(func);
  wrt_task *task = NULL;
  CHECK_OK(wrt_call_start(call, slots, 7, NULL, NULL, &task, &error));
  wrt_release(call);
  wrt_release(func);
  return task;
}

/* A value of each type, with an id for each reference. */
static void fill(wrt_val slots[7], const wrt_func *func) {
  slots[0] = i32(-1);
  slots[1] = i64(-2);
  slots[2] = f32(0.5f);
  slots[3] = f64(0.25);
  slots[4].lo = 0x0123456789abcdefULL;
  slots[4].hi = 0xfedcba9876543210ULL;
  CHECK_OK(wrt_ref_from_func(func, &slots[5].lo, &error));
  CHECK_OK(wrt_ref_from_host(store, &drops, count_drop, &slots[6].lo, &error));
}

static void check_filled(const wrt_val slots[7], const wrt_func *func) {
  wrt_func *found = NULL;
  void *data = NULL;
  CHECK(to_i32(slots[0]) == -1 && to_i64(slots[1]) == -2 && to_f32(slots[2]) == 0.5f && to_f64(slots[3]) == 0.25);
  CHECK(slots[4].lo == 0x0123456789abcdefULL && slots[4].hi == 0xfedcba9876543210ULL);
  CHECK_OK(wrt_ref_to_func(store, slots[5].lo, &found, &error));
  CHECK(wrt_extern_same(found, func) == 1);
  wrt_release(found);
  CHECK_OK(wrt_ref_to_host(store, slots[6].lo, &data, &error));
  CHECK(data == &drops);
}

static void drop_ids(const wrt_val slots[7]) {
  wrt_ref_drop(store, slots[5].lo);
  wrt_ref_drop(store, slots[6].lo);
}

static void values_of_all_types_cross(void) {
  wrt_instance *echo = new_echo();
  wrt_func *func = export_of(instance, "plain");
  wrt_host_request request;
  wrt_val slots[7];
  wrt_val results[7];
  wrt_task *task;
  drops = 0;
  fill(slots, func);
  task = start_echo(echo, slots);
  CHECK(poll_task(task) == WRT_TASK_HOST_CALL);
  request = request_of(task);
  CHECK(request.nslots == 7);
  check_filled(request.slots, func);
  check_store(store, "\"references\":4");
  drop_ids(slots);
  /* The ids of the question go with the answer, and so do those of the answer. */
  fill(slots, func);
  CHECK_OK(wrt_task_reply(task, slots, 7, &error));
  CHECK(poll_task(task) == WRT_TASK_DONE);
  CHECK_OK(wrt_task_results(task, results, 7, &error));
  check_filled(results, func);
  check_store(store, "\"references\":2");
  drop_ids(results);
  wrt_release(task);
  CHECK_OK(wrt_store_gc(store, &error));
  CHECK(drops == 2);
  wrt_release(func);
  wrt_release(echo);
  check_usable();
}

/* Wherever a task with references is given up, no id remains. */
static void ids_go_with_the_task(void) {
  wrt_instance *echo = new_echo();
  wrt_func *func = export_of(instance, "plain");
  wrt_val slots[7];
  wrt_val answer[7];
  int polls;
  drops = 0;
  for (polls = 0; polls < 4; polls++) {
    wrt_task *task;
    fill(slots, func);
    task = start_echo(echo, slots);
    if (polls > 0) {
      CHECK(poll_task(task) == WRT_TASK_HOST_CALL);
      drop_ids(slots);
    }
    if (polls > 1) {
      fill(answer, func);
      CHECK_OK(wrt_task_reply(task, answer, 7, &error));
    }
    if (polls > 2) {
      CHECK(poll_task(task) == WRT_TASK_DONE);
    }
    wrt_release(task);
    if (polls == 0) {
      drop_ids(slots);
    }
    check_store(store, "\"references\":0");
  }
  CHECK_OK(wrt_store_gc(store, &error));
  CHECK(drops == 6);
  wrt_release(func);
  wrt_release(echo);
}

/* Bad references are found when they are needed. */
static void stale_ids_end_tasks(void) {
  wrt_instance *echo = new_echo();
  wrt_func *func = export_of(instance, "plain");
  wrt_val slots[7];
  wrt_task *task;
  fill(slots, func);
  drop_ids(slots);
  task = start_echo(echo, slots);
  CHECK(poll_task(task) == WRT_TASK_DONE);
  CHECK_FAILS(wrt_task_results(task, slots, 7, &error), WRT_ERR_NOT_FOUND, "argument is reference");
  wrt_release(task);
  fill(slots, func);
  task = start_echo(echo, slots);
  CHECK(poll_task(task) == WRT_TASK_HOST_CALL);
  drop_ids(slots);
  CHECK_OK(wrt_task_reply(task, slots, 7, &error));
  CHECK(poll_task(task) == WRT_TASK_DONE);
  CHECK_FAILS(wrt_task_results(task, slots, 7, &error), WRT_ERR_NOT_FOUND, "result is reference");
  wrt_release(task);
  wrt_release(func);
  wrt_release(echo);
  check_usable();
}

/* ===== Giving up ===== */

/* How far a task can be. */
enum { NEW, WAITING, ANSWERED, FAILED, YIELDED, DONE, STATES };

/* A task that is this far. */
static wrt_task *bring(int how_far) {
  wrt_task *task = start(how_far == YIELDED ? "spin" : how_far == DONE ? "plain" : "run", 100000);
  if (how_far == YIELDED) {
    CHECK(poll_task(task) == WRT_TASK_YIELDED);
  } else if (how_far == DONE) {
    CHECK(poll_task(task) == WRT_TASK_DONE);
  } else if (how_far != NEW) {
    CHECK(poll_task(task) == WRT_TASK_HOST_CALL);
  }
  if (how_far == ANSWERED) {
    reply_to(task, i32(1));
  } else if (how_far == FAILED) {
    wrt_error reason = {0};
    CHECK(wrt_error_set(&reason, WRT_ERR_HOST, TEXT("never told")) == WRT_OK);
    CHECK_OK(wrt_task_fail(task, &reason, &error));
    wrt_error_clear(&reason);
  }
  return task;
}

static void tasks_are_released(void) {
  int how_far;
  for (how_far = NEW; how_far < STATES; how_far++) {
    const uint64_t before = wrt_live_count();
    wrt_release(bring(how_far));
    CHECK(wrt_live_count() == before);
    check_usable();
  }
}

static void tasks_are_cancelled(void) {
  int how_far;
  CHECK_FAILS(wrt_task_cancel(NULL, &error), WRT_ERR_ARGUMENT, "task is NULL");
  for (how_far = NEW; how_far < STATES; how_far++) {
    wrt_task *task = bring(how_far);
    wrt_host_request request;
    wrt_val result = i32(0);
    request.struct_size = sizeof request;
    CHECK_OK(wrt_task_cancel(task, &error));
    CHECK_OK(wrt_task_cancel(task, &error));
    check_usable();
    CHECK(poll_task(task) == WRT_TASK_DONE);
    CHECK_STATUS(wrt_task_request(task, &request, &error), WRT_ERR_BUSY);
    CHECK_STATUS(wrt_task_reply(task, &result, 1, &error), WRT_ERR_BUSY);
    if (how_far == DONE) {
      CHECK_OK(wrt_task_results(task, &result, 1, &error));
      CHECK(to_i32(result) == 100000);
    } else {
      CHECK_FAILS(wrt_task_results(task, &result, 1, &error), WRT_ERR_INTERRUPTED, "the task was cancelled");
    }
    wrt_release(task);
  }
}

static void tasks_are_closed(void) {
  int how_far;
  for (how_far = NEW; how_far < STATES; how_far++) {
    wrt_task *task = bring(how_far);
    int32_t state = -1;
    wrt_val result;
    CHECK_OK(wrt_close(task, &error));
    CHECK_OK(wrt_close(task, &error));
    check_usable();
    CHECK_FAILS(wrt_task_poll(task, &state, &error), WRT_ERR_CLOSED, "the task is closed");
    CHECK_STATUS(wrt_task_wait(task, 0, &state, &error), WRT_ERR_CLOSED);
    CHECK_STATUS(wrt_task_results(task, &result, 1, &error), WRT_ERR_CLOSED);
    CHECK_STATUS(wrt_task_cancel(task, &error), WRT_ERR_CLOSED);
    wrt_release(task);
  }
}

/* A store and what `ASKING` needs; like the one above, but to be ended. */
static wrt_store *new_home(void) {
  wrt_store *home = new_store(engine);
  CHECK_OK(wrt_store_set_fuel(home, UINT64_MAX, &error));
  CHECK_OK(wrt_store_set_fuel_yield(home, 10000, &error));
  return home;
}

/* Closing a store gives its task up. */
static void stores_are_closed(void) {
  wrt_store *const own_store = store;
  wrt_instance *const own_instance = instance;
  int how_far;
  for (how_far = NEW; how_far < STATES; how_far++) {
    wrt_host_request request;
    wrt_val result = i32(0);
    wrt_task *task;
    request.struct_size = sizeof request;
    store = new_home();
    instance = new_asking(store, ASKING, "(func (param i32) (result i32))");
    task = bring(how_far);
    CHECK_OK(wrt_close(store, &error));
    CHECK(poll_task(task) == WRT_TASK_DONE);
    CHECK_STATUS(wrt_task_request(task, &request, &error), WRT_ERR_CLOSED);
    CHECK_STATUS(wrt_task_reply(task, &result, 1, &error), WRT_ERR_CLOSED);
    if (how_far == DONE) {
      CHECK_OK(wrt_task_results(task, &result, 1, &error));
    } else {
      CHECK_FAILS(wrt_task_results(task, &result, 1, &error), WRT_ERR_INTERRUPTED, "the task was cancelled");
    }
    wrt_release(store);
    wrt_release(instance);
    wrt_release(task);
  }
  store = own_store;
  instance = own_instance;
}

/* A task keeps its store; with the last handle both go. */
static void tasks_keep_the_store(void) {
  wrt_store *const own_store = store;
  wrt_instance *const own_instance = instance;
  wrt_task *task;
  int how_far;
  for (how_far = NEW; how_far < STATES; how_far++) {
    drops = 0;
    CHECK_OK(wrt_store_new(engine, NULL, count_drop, &store, &error));
    CHECK_OK(wrt_store_set_fuel(store, UINT64_MAX, &error));
    CHECK_OK(wrt_store_set_fuel_yield(store, 10000, &error));
    instance = new_asking(store, ASKING, "(func (param i32) (result i32))");
    task = bring(how_far);
    wrt_release(store);
    wrt_release(instance);
    CHECK(drops == 0);
    wrt_release(task);
    CHECK(drops == 1);
  }
  store = new_home();
  instance = new_asking(store, ASKING, "(func (param i32) (result i32))");
  task = bring(WAITING);
  wrt_release(store);
  wrt_release(instance);
  reply_to(task, i32(1));
  CHECK(poll_task(task) == WRT_TASK_HOST_CALL);
  reply_to(task, i32(2));
  CHECK(poll_task(task) == WRT_TASK_DONE);
  CHECK(to_i32(result_of(task)) == 3);
  store = own_store;
  instance = own_instance;
}

/* ===== Calls that cannot be suspended ===== */

static void calls_work_until_they_ask(void) {
  wrt_func *plain = export_of(instance, "plain");
  wrt_func *run = export_of(instance, "run");
  wrt_call *call = new_call(plain);
  wrt_call *asking = new_call(run);
  wrt_val slots[2] = {{5, 0}, {6, 0}};
  size_t done = 9;
  CHECK_OK(wrt_func_call(plain, slots, 1, &slots[1], 1, &error));
  CHECK(to_i32(slots[1]) == 5);
  CHECK_OK(wrt_call_invoke_many(call, slots, 1, 2, &done, &error));
  CHECK(done == 2 && to_i32(slots[0]) == 5 && to_i32(slots[1]) == 5);
  CHECK_FAILS(wrt_func_call(run, slots, 1, &slots[1], 1, &error), WRT_ERR_UNSUPPORTED,
              "suspending host function 7 cannot be answered in this call");
  CHECK_MESSAGE("wrt_call_start");
  CHECK_STATUS(wrt_call_invoke(asking, slots, 1, &error), WRT_ERR_UNSUPPORTED);
  CHECK_STATUS(wrt_call_invoke_many(asking, slots, 1, 2, &done, &error), WRT_ERR_UNSUPPORTED);
  CHECK(done == 0 && to_i32(slots[0]) == 5);
  wrt_release(asking);
  wrt_release(call);
  wrt_release(run);
  wrt_release(plain);
  check_usable();
}

/* The start function asks the host. */
static const char *const STARTING =
    "(module (import \"host\" \"ask\" (func $ask (param i32) (result i32))) (global $answer (mut i32) (i32.const 0))"
    "  (func $start (global.set $answer (i32.div_u (i32.const 60) (call $ask (i32.const 8))))) (start $start)"
    "  (func (export \"answer\") (result i32) (global.get $answer)))";

static void instantiation_works_until_it_asks(void) {
  wrt_func *ask = new_suspending(store, "(func (param i32) (result i32))", 7);
  wrt_module *starting = new_module(engine, STARTING);
  wrt_module *asking = new_module(engine, ASKING);
  wrt_type *type = new_type(engine, "(func (param i32) (result i32))");
  const wrt_extern *imports[1];
  wrt_linker *linker = NULL;
  wrt_prelink *prelink = NULL;
  wrt_instance *made = NULL;
  imports[0] = ask;
  CHECK_OK(wrt_linker_new(engine, &linker, &error));
  CHECK_OK(wrt_linker_define_suspending_func(linker, TEXT("host"), TEXT("ask"), type, 9, &error));
  CHECK_STATUS(wrt_linker_define_suspending_func(linker, TEXT("host"), TEXT("ask"), type, 9, &error), WRT_ERR_LINK);
  CHECK_OK(wrt_linker_instantiate(linker, store, asking, &made, &error));
  wrt_release(made);
  CHECK_OK(wrt_linker_prelink(linker, starting, &prelink, &error));
  CHECK_STATUS(wrt_instance_new(store, starting, imports, 1, &made, &error), WRT_ERR_UNSUPPORTED);
  CHECK_STATUS(wrt_prelink_instantiate(prelink, store, &made, &error), WRT_ERR_UNSUPPORTED);
  CHECK_FAILS(wrt_linker_instantiate(linker, store, starting, &made, &error), WRT_ERR_UNSUPPORTED,
              "suspending host function 9 cannot be answered");
  wrt_release(prelink);
  wrt_release(linker);
  wrt_release(type);
  wrt_release(asking);
  wrt_release(starting);
  wrt_release(ask);
  check_usable();
}

/* ===== Start functions ===== */

/* The three ways to an instance. */
static wrt_task *start_instance(int way, const wrt_linker *linker, const wrt_module *module) {
  wrt_task *task = NULL;
  if (way == 0) {
    wrt_func *ask = new_suspending(store, "(func (param i32) (result i32))", 9);
    const wrt_extern *imports[1];
    imports[0] = ask;
    CHECK_OK(wrt_instance_new_start(store, module, imports, 1, NULL, NULL, &task, &error));
    wrt_release(ask);
  } else if (way == 1) {
    CHECK_OK(wrt_linker_instantiate_start(linker, store, module, NULL, NULL, &task, &error));
  } else {
    wrt_prelink *prelink = NULL;
    CHECK_OK(wrt_linker_prelink(linker, module, &prelink, &error));
    CHECK_OK(wrt_prelink_instantiate_start(prelink, store, NULL, NULL, &task, &error));
    wrt_release(prelink);
  }
  return task;
}

/* A task that makes an instance, and has its answer. */
static wrt_task *answer_instance(int way, const wrt_linker *linker, const wrt_module *module, int32_t answer) {
  wrt_task *task = start_instance(way, linker, module);
  wrt_host_request request;
  wrt_instance *made = NULL;
  CHECK(poll_task(task) == WRT_TASK_HOST_CALL);
  request = request_of(task);
  CHECK(request.id == 9 && to_i32(request.slots[0]) == 8);
  CHECK_FAILS(wrt_instance_of_task(task, &made, &error), WRT_ERR_BUSY, "the task is not done");
  reply_to(task, i32(answer));
  CHECK(poll_task(task) == WRT_TASK_DONE);
  return task;
}

static void start_functions_ask(void) {
  wrt_module *module = new_module(engine, STARTING);
  wrt_type *type = new_type(engine, "(func (param i32) (result i32))");
  wrt_linker *linker = NULL;
  int way;
  CHECK_OK(wrt_linker_new(engine, &linker, &error));
  CHECK_OK(wrt_linker_define_suspending_func(linker, TEXT("host"), TEXT("ask"), type, 9, &error));
  for (way = 0; way < 3; way++) {
    const uint64_t before = wrt_live_count();
    wrt_task *task = answer_instance(way, linker, module, 5);
    wrt_instance *made = NULL;
    wrt_func *answer;
    wrt_val result;
    CHECK_FAILS(wrt_task_results(task, &result, 1, &error), WRT_ERR_ARGUMENT, "makes an instance");
    CHECK_OK(wrt_instance_of_task(task, &made, &error));
    CHECK_FAILS(wrt_instance_of_task(task, &made, &error), WRT_ERR_NOT_FOUND, "taken already");
    wrt_release(task);
    answer = export_of(made, "answer");
    CHECK_OK(wrt_func_call(answer, NULL, 0, &result, 1, &error));
    CHECK(to_i32(result) == 12);
    wrt_release(answer);
    wrt_release(made);
    /* An instance that nobody takes. */
    wrt_release(answer_instance(way, linker, module, 5));
    /* A start function that traps. */
    task = answer_instance(way, linker, module, 0);
    CHECK_STATUS(wrt_instance_of_task(task, &made, &error), WRT_ERR_TRAP);
    CHECK_STATUS(wrt_instance_of_task(task, &made, &error), WRT_ERR_TRAP);
    CHECK(error.trap == WRT_TRAP_INTEGER_DIVISION_BY_ZERO);
    wrt_release(task);
    /* One that is given up. */
    task = start_instance(way, linker, module);
    CHECK(poll_task(task) == WRT_TASK_HOST_CALL);
    CHECK_OK(wrt_task_cancel(task, &error));
    CHECK_STATUS(wrt_instance_of_task(task, &made, &error), WRT_ERR_INTERRUPTED);
    wrt_release(task);
    wrt_error_clear(&error);
    CHECK(wrt_live_count() == before);
  }
  wrt_release(linker);
  wrt_release(type);
  wrt_release(module);
  check_usable();
}

/* What can be said before anything runs is no matter of the task. */
static void imports_are_checked_before(void) {
  wrt_module *module = new_module(engine, STARTING);
  wrt_linker *linker = NULL;
  wrt_task *task = NULL;
  CHECK_OK(wrt_linker_new(engine, &linker, &error));
  CHECK_FAILS(wrt_linker_instantiate_start(linker, store, module, NULL, NULL, &task, &error), WRT_ERR_LINK, "host.ask");
  CHECK_FAILS(wrt_instance_new_start(store, module, NULL, 0, NULL, NULL, &task, &error), WRT_ERR_LINK, "has 1 import (host.ask), not 0");
  CHECK(task == NULL);
  wrt_release(linker);
  wrt_release(module);
  check_usable();
}

/* ===== Yielding ===== */

static void fuel_yields(void) {
  wrt_store *other = NULL;
  wrt_func *spin = export_of(instance, "spin");
  wrt_task *task = start("spin", 100000);
  wrt_val slot = i32(100000);
  wrt_engine *plain = new_engine();
  int yields = 0;
  CHECK(poll_task(task) == WRT_TASK_YIELDED);
  CHECK_FAILS(wrt_store_set_fuel_yield(store, 0, &error), WRT_ERR_BUSY, "poll its task to the end first");
  while (poll_task(task) == WRT_TASK_YIELDED) {
    yields++;
  }
  CHECK(yields > 10);
  CHECK(to_i32(result_of(task)) == 0);
  /* To wait is to go on. */
  task = start("spin", 100000);
  CHECK(wait_task(task) == WRT_TASK_DONE);
  CHECK(to_i32(result_of(task)) == 0);
  CHECK_OK(wrt_func_call(spin, &slot, 1, &slot, 1, &error));
  CHECK_OK(wrt_store_set_fuel_yield(store, 0, &error));
  task = start("spin", 100000);
  CHECK(poll_task(task) == WRT_TASK_DONE);
  wrt_release(task);
  /* The fuel itself is another matter. */
  CHECK_OK(wrt_store_set_fuel_yield(store, 10000, &error));
  CHECK_OK(wrt_store_set_fuel(store, 15000, &error));
  task = start("spin", 100000);
  CHECK(poll_task(task) == WRT_TASK_YIELDED);
  CHECK(poll_task(task) == WRT_TASK_DONE);
  CHECK_STATUS(wrt_task_results(task, &slot, 1, &error), WRT_ERR_FUEL);
  wrt_release(task);
  CHECK_OK(wrt_store_set_fuel(store, UINT64_MAX, &error));
  other = new_store(plain);
  CHECK_FAILS(wrt_store_set_fuel_yield(other, 1, &error), WRT_ERR_CONFIG, "consume_fuel");
  wrt_release(other);
  wrt_release(plain);
  wrt_release(spin);
}

typedef struct {
  wrt_func *plain;
  wrt_task *task;
  int32_t calls;
  uint32_t yields;
} epochs;

static int32_t on_epoch(void *env, wrt_store *at, uint64_t *extend_by, uint32_t *yields, wrt_error *failure) {
  epochs *seen = env;
  wrt_val slot = i32(1);
  int32_t state = -1;
  (void)failure;
  CHECK(*extend_by == 1 && *yields == 1);
  check_store(at, "\"running\":true");
  CHECK_FAILS(wrt_func_call(seen->plain, &slot, 1, &slot, 1, &error), WRT_ERR_BUSY, "make the function suspending");
  CHECK_STATUS(wrt_task_poll(seen->task, &state, &error), WRT_ERR_BUSY);
  seen->calls++;
  *yields = seen->yields;
  return WRT_OK;
}

/* Runs for ever, and says that it has begun. */
static const char *const ENDLESS =
    "(module (import \"host\" \"ask\" (func $ask (param i32) (result i32)))"
    "  (func (export \"run\") (param i32) (result i32)"
    "    (drop (call $ask (local.get 0))) (loop $on (br $on)) unreachable)"
    "  (func (export \"plain\") (param i32) (result i32) (local.get 0)))";

/* A task that is about to run for ever, in a store of its own. */
static wrt_task *start_endless(const wrt_engine *ticking, wrt_store **home) {
  const wrt_val slot = i32(1);
  wrt_instance *endless;
  wrt_task *task;
  *home = new_store(ticking);
  endless = new_asking(*home, ENDLESS, "(func (param i32) (result i32))");
  task = start_task(endless, "run", &slot);
  CHECK(wait_task(task) == WRT_TASK_HOST_CALL);
  reply_to(task, i32(0));
  wrt_release(endless);
  return task;
}

static void nap(void) {
  const struct timespec moment = {0, 20000000};
  nanosleep(&moment, NULL);
}

static void *tick(void *ticking) {
  nap();
  wrt_engine_increment_epoch(ticking);
  return NULL;
}

/* Ticks make tasks yield: those that come while they run, and what came before. */
static void epochs_yield(void) {
  wrt_engine *ticking = new_engine_with("epoch_interruption");
  wrt_store *home = NULL;
  wrt_task *task = start_endless(ticking, &home);
  wrt_val result;
  int32_t state = -1;
  int round;
  for (round = 0; round < 3; round++) {
    pthread_t thread;
    CHECK(pthread_create(&thread, NULL, tick, ticking) == 0);
    CHECK(poll_task(task) == WRT_TASK_YIELDED);
    CHECK(pthread_join(thread, NULL) == 0);
    wrt_engine_increment_epoch(ticking);
    CHECK(poll_task(task) == WRT_TASK_YIELDED);
  }
  /* Nobody ticks, but a task does not run for ever. */
  CHECK(poll_task(task) == WRT_TASK_YIELDED);
  CHECK_OK(wrt_task_wait(task, 1000000, &state, &error));
  CHECK(state == WRT_TASK_YIELDED);
  CHECK_OK(wrt_task_cancel(task, &error));
  CHECK_STATUS(wrt_task_results(task, &result, 1, &error), WRT_ERR_INTERRUPTED);
  wrt_release(task);
  wrt_release(home);
  wrt_release(ticking);
}

/* An epoch callback decides whether the task yields. It runs on the fiber: WebAssembly cannot be called from there. */
static void epoch_callbacks_yield(void) {
  wrt_engine *ticking = new_engine_with("epoch_interruption");
  wrt_store *home = new_store(ticking);
  wrt_instance *endless = new_asking(home, ENDLESS, "(func (param i32) (result i32))");
  const wrt_val slot = i32(1);
  epochs seen = {NULL, NULL, 0, 1};
  seen.plain = export_of(endless, "plain");
  CHECK_OK(wrt_store_set_epoch_callback(home, on_epoch, &seen, NULL, &error));
  CHECK_OK(wrt_store_set_epoch_deadline(home, 1, &error));
  seen.task = start_task(endless, "run", &slot);
  CHECK(wait_task(seen.task) == WRT_TASK_HOST_CALL);
  reply_to(seen.task, i32(0));
  wrt_engine_increment_epoch(ticking);
  CHECK(poll_task(seen.task) == WRT_TASK_YIELDED);
  CHECK(seen.calls == 1);
  wrt_release(seen.task);
  /* Where it does not, the call goes on, here to its end. */
  seen.yields = 0;
  CHECK_OK(wrt_store_set_epoch_deadline(home, 1, &error));
  wrt_engine_increment_epoch(ticking);
  seen.task = start_task(endless, "plain", &slot);
  CHECK(wait_task(seen.task) == WRT_TASK_DONE);
  CHECK(seen.calls == 2);
  CHECK(to_i32(result_of(seen.task)) == 1);
  wrt_release(seen.plain);
  wrt_release(endless);
  wrt_release(home);
  wrt_release(ticking);
}

/* The task ends with `WRT_ERR_INTERRUPTED`, for the reason that `text` says. It is released. */
static void check_interrupted(wrt_task *task, const char *text) {
  wrt_val result;
  CHECK(wait_task(task) == WRT_TASK_DONE);
  CHECK_FAILS(wrt_task_results(task, &result, 1, &error), WRT_ERR_INTERRUPTED, text);
  CHECK(error.trap == WRT_TRAP_INTERRUPT && error.frame_count == 1);
  wrt_release(task);
}

static void *fire(void *interrupt) {
  nap();
  wrt_interrupt_fire(interrupt);
  return NULL;
}

static void budgets_end_tasks(void) {
  wrt_engine *ticking = new_engine_with("epoch_interruption");
  wrt_store *home = NULL;
  wrt_interrupt *interrupt = NULL;
  pthread_t thread;
  wrt_task *task = start_endless(ticking, &home);
  wrt_val slot = i32(1);
  wrt_instance *endless;
  CHECK_OK(wrt_store_interrupt(home, &interrupt, &error));
  CHECK(pthread_create(&thread, NULL, fire, interrupt) == 0);
  check_interrupted(task, "interrupted by the host");
  CHECK(pthread_join(thread, NULL) == 0);
  /* One that waits for the host is told when it goes on. */
  endless = new_asking(home, ENDLESS, "(func (param i32) (result i32))");
  task = start_task(endless, "run", &slot);
  CHECK(wait_task(task) == WRT_TASK_HOST_CALL);
  wrt_interrupt_fire(interrupt);
  CHECK(poll_task(task) == WRT_TASK_HOST_CALL);
  reply_to(task, i32(0));
  check_interrupted(task, "interrupted by the host");
  wrt_release(interrupt);
  /* The next task is another call. */
  task = start_task(endless, "plain", &slot);
  CHECK(wait_task(task) == WRT_TASK_DONE);
  wrt_release(task);
  CHECK_OK(wrt_store_set_timeout(home, 20000000, &error));
  task = start_task(endless, "run", &slot);
  CHECK(wait_task(task) == WRT_TASK_HOST_CALL);
  reply_to(task, i32(0));
  check_interrupted(task, "the call took longer than its timeout of 20ms");
  /* Time that the host takes for its answer counts. */
  task = start_task(endless, "run", &slot);
  CHECK(wait_task(task) == WRT_TASK_HOST_CALL);
  nap();
  reply_to(task, i32(0));
  check_interrupted(task, "the call took longer than its timeout of 20ms");
  CHECK_OK(wrt_store_set_timeout(home, 0, &error));
  CHECK_OK(wrt_store_set_epoch_deadline(home, 1, &error));
  task = start_task(endless, "run", &slot);
  CHECK(wait_task(task) == WRT_TASK_HOST_CALL);
  reply_to(task, i32(0));
  wrt_engine_increment_epoch(ticking);
  check_interrupted(task, "the epoch deadline is reached");
  wrt_release(endless);
  wrt_release(home);
  wrt_release(ticking);
}

/* ===== Short stacks ===== */

static int32_t nothing(void *env, wrt_caller *caller, wrt_val *slots, size_t nslots, wrt_error *failure) {
  (void)env;
  (void)caller;
  (void)slots;
  (void)nslots;
  (void)failure;
  return WRT_OK;
}

/* Where the stack is short, calls run on one of their own, unless they may come to a direct host function. */
static void short_stacks_are_noticed(void) {
  wrt_store *home = new_store(engine);
  wrt_instance *own;
  wrt_func *plain;
  wrt_func *direct;
  wrt_task *task;
  wrt_val slot = i32(3);
  const uintptr_t here = (uintptr_t)&slot;
  CHECK_OK(wrt_store_set_fuel(home, UINT64_MAX, &error));
  own = new_instance(home, "(module (func (export \"plain\") (param i32) (result i32) (local.get 0)))");
  plain = export_of(own, "plain");
  /* Some of it the host needs anyhow. */
  CHECK_OK(wrt_store_set_stack_low(home, (const void *)(here - (16 << 10)), 0, &error));
  CHECK_STATUS(wrt_func_call(plain, &slot, 1, &slot, 1, &error), WRT_ERR_TRAP);
  CHECK(error.trap == WRT_TRAP_STACK_OVERFLOW);
  CHECK_OK(wrt_store_set_stack_low(home, (const void *)(here - (256 << 10)), 240 << 10, &error));
  CHECK_STATUS(wrt_func_call(plain, &slot, 1, &slot, 1, &error), WRT_ERR_TRAP);
  CHECK(error.trap == WRT_TRAP_STACK_OVERFLOW);
  CHECK_OK(wrt_store_set_stack_low(home, (const void *)(here - (256 << 10)), 0, &error));
  CHECK_OK(wrt_func_call(plain, &slot, 1, &slot, 1, &error));
  CHECK(to_i32(slot) == 3);
  direct = new_func(home, "(func)", nothing, NULL);
  CHECK_STATUS(wrt_func_call(plain, &slot, 1, &slot, 1, &error), WRT_ERR_TRAP);
  CHECK(error.trap == WRT_TRAP_STACK_OVERFLOW);
  CHECK_MESSAGE("KiB are left of this stack");
  /* Who starts a task wants a fiber. */
  task = start_task(own, "plain", &slot);
  CHECK(wait_task(task) == WRT_TASK_DONE);
  CHECK(to_i32(result_of(task)) == 3);
  CHECK_OK(wrt_store_set_stack_low(home, NULL, 0, &error));
  CHECK_OK(wrt_func_call(plain, &slot, 1, &slot, 1, &error));
  wrt_release(direct);
  wrt_release(plain);
  wrt_release(own);
  wrt_release(home);
}

int main(void) {
  engine = new_engine_with("consume_fuel");
  store = new_home();
  instance = new_asking(store, ASKING, "(func (param i32) (result i32))");
  tasks_ask_and_are_answered();
  tasks_are_checked_when_they_start();
  answers_are_checked();
  tasks_wait();
  traps_end_tasks();
  exceptions_and_recursion_end_tasks();
  hosts_fail();
  values_of_all_types_cross();
  ids_go_with_the_task();
  stale_ids_end_tasks();
  tasks_are_released();
  tasks_are_cancelled();
  tasks_are_closed();
  stores_are_closed();
  tasks_keep_the_store();
  calls_work_until_they_ask();
  instantiation_works_until_it_asks();
  start_functions_ask();
  imports_are_checked_before();
  fuel_yields();
  epochs_yield();
  epoch_callbacks_yield();
  budgets_end_tasks();
  short_stacks_are_noticed();
  wrt_release(instance);
  wrt_release(store);
  wrt_release(engine);
  return check_done();
}
