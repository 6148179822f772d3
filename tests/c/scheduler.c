/* Tasks as a scheduler uses them: many at a time, answered in any order, on any thread, or on one of the library. */
#include "gate.h"

#include <time.h>

#include "wasm.h"

static wrt_engine *engine;
/* The number of live objects where there is only the engine. */
static uint64_t alone;

/* Adds up the answers to `n`, `n - 1` and so on to 1. */
static const char *const ASKING =
    "(module (import \"host\" \"ask\" (func $ask (param i32) (result i32)))"
    "  (memory (export \"memory\") 1)"
    "  (func (export \"sum\") (param $n i32) (result i32) (local $sum i32)"
    "    (loop $on"
    "      (local.set $sum (i32.add (local.get $sum) (call $ask (local.get $n))))"
    "      (br_if $on (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))"
    "    (local.get $sum))"
    "  (func $div (export \"div\") (param i32) (result i32) (i32.div_u (i32.const 60) (call $ask (local.get 0))))"
    "  (func (export \"plain\") (param i32) (result i32) (local.get 0))"
    "  (func (export \"endless\") (param i32) (result i32) (loop $on (br $on)) unreachable))";

#define ASK "(func (param i32) (result i32))"

/* A store of its own with `ASKING` in it. */
static wrt_instance *new_place(const wrt_engine *in, wrt_store **store) {
  *store = new_store(in);
  return new_asking(*store, ASKING, ASK);
}

static wrt_task *start(const wrt_instance *instance, const char *name, int32_t argument) {
  const wrt_val slot = i32(argument);
  return start_task(instance, name, &slot);
}

/* Answers a question: the answer is twice the argument. */
static void serve(const wrt_task *task) {
  reply_to(task, i32(2 * to_i32(request_of(task).slots[0])));
}

/* How often something is done, fewer times where each takes long. */
static int32_t times(int32_t count) {
  return getenv("WRT_TEST_VALGRIND") != NULL ? count / 20 : count;
}

static void nap(void) {
  const struct timespec moment = {0, 1000000};
  nanosleep(&moment, NULL);
}

/* ===== Turns on one thread ===== */

/* Round robin: whoever is not done runs until it asks, and is answered after the others have run. */
static void tasks_take_turns(void) {
  const int32_t rounds = times(50000);
  wrt_store *stores[2];
  wrt_instance *instances[2];
  wrt_task *tasks[2];
  int32_t switches = 0;
  int32_t done = 0;
  int i;
  for (i = 0; i < 2; i++) {
    instances[i] = new_place(engine, &stores[i]);
    tasks[i] = start(instances[i], "sum", rounds);
  }
  while (done < 2) {
    done = 0;
    for (i = 0; i < 2; i++) {
      done += poll_task(tasks[i]) == WRT_TASK_DONE;
      switches++;
    }
    /* The first that asked is answered last, and every other round the other way about. */
    for (i = 0; i < 2 && done == 0; i++) {
      serve(tasks[(i + switches / 2) % 2]);
    }
  }
  CHECK(switches == 2 * (rounds + 1));
  for (i = 0; i < 2; i++) {
    const uint32_t n = (uint32_t)rounds;
    CHECK((uint32_t)to_i32(result_of(tasks[i])) == n * (n + 1));
    wrt_release(instances[i]);
    wrt_release(stores[i]);
  }
}

/* The task that began first traps while the later one is in the middle, and the other way about. */
static void traps_hurt_nobody_else(void) {
  int first;
  for (first = 0; first < 2; first++) {
    wrt_store *stores[2];
    wrt_instance *instances[2];
    wrt_task *tasks[2];
    wrt_val result;
    int i;
    for (i = 0; i < 2; i++) {
      instances[i] = new_place(engine, &stores[i]);
      tasks[i] = start(instances[i], "div", 3);
      CHECK(poll_task(tasks[i]) == WRT_TASK_HOST_CALL);
    }
    reply_to(tasks[first], i32(0));
    CHECK(poll_task(tasks[first]) == WRT_TASK_DONE);
    CHECK_STATUS(wrt_task_results(tasks[first], &result, 1, &error), WRT_ERR_TRAP);
    CHECK(error.trap == WRT_TRAP_INTEGER_DIVISION_BY_ZERO && error.frame_count == 1);
    serve(tasks[1 - first]);
    CHECK(poll_task(tasks[1 - first]) == WRT_TASK_DONE);
    CHECK(to_i32(result_of(tasks[1 - first])) == 10);
    wrt_release(tasks[first]);
    for (i = 0; i < 2; i++) {
      wrt_release(instances[i]);
      wrt_release(stores[i]);
    }
  }
}

/* ===== Turns of threads ===== */

typedef struct {
  wrt_task *task;
  pthread_mutex_t lock;
  pthread_cond_t changed;
  int32_t turn;
  int32_t turns[2];
  int32_t state;
} relay;

/* Polls the task, and answers it. */
static void step(relay *at) {
  wrt_error failed = {0};
  wrt_host_request request;
  wrt_val answer;
  CHECK(wrt_task_poll(at->task, &at->state, &failed) == WRT_OK);
  if (at->state == WRT_TASK_HOST_CALL) {
    request.struct_size = sizeof request;
    CHECK(wrt_task_request(at->task, &request, &failed) == WRT_OK);
    answer = i32(2 * to_i32(request.slots[0]));
    CHECK(wrt_task_reply(at->task, &answer, 1, &failed) == WRT_OK);
  }
}

static void take_turns(relay *at, int32_t me) {
  CHECK(pthread_mutex_lock(&at->lock) == 0);
  while (at->state != WRT_TASK_DONE) {
    if (at->turn == me) {
      step(at);
      at->turns[me]++;
      at->turn = 1 - me;
      CHECK(pthread_cond_broadcast(&at->changed) == 0);
    } else {
      CHECK(pthread_cond_wait(&at->changed, &at->lock) == 0);
    }
  }
  CHECK(pthread_mutex_unlock(&at->lock) == 0);
}

static void *second(void *env) {
  take_turns(env, 1);
  return NULL;
}

static void *one_step(void *env) {
  step(env);
  return NULL;
}

static void two_threads_take_turns(void) {
  const int32_t rounds = times(2000);
  wrt_store *store = NULL;
  wrt_instance *instance = new_place(engine, &store);
  relay at = {NULL, PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0, {0, 0}, -1};
  pthread_t thread;
  at.task = start(instance, "sum", rounds);
  CHECK(pthread_create(&thread, NULL, second, &at) == 0);
  take_turns(&at, 0);
  CHECK(pthread_join(thread, NULL) == 0);
  CHECK(at.turns[0] + at.turns[1] == rounds + 1 && at.turns[1] >= rounds / 2);
  CHECK(to_i32(result_of(at.task)) == rounds * (rounds + 1));
  wrt_release(instance);
  wrt_release(store);
}

static void every_turn_has_its_thread(void) {
  const int32_t rounds = times(1000);
  wrt_store *store = NULL;
  wrt_instance *instance = new_place(engine, &store);
  relay at = {NULL, PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0, {0, 0}, -1};
  at.task = start(instance, "sum", rounds);
  while (at.state != WRT_TASK_DONE) {
    pthread_t thread;
    CHECK(pthread_create(&thread, NULL, one_step, &at) == 0);
    CHECK(pthread_join(thread, NULL) == 0);
  }
  CHECK(to_i32(result_of(at.task)) == rounds * (rounds + 1));
  wrt_release(instance);
  wrt_release(store);
}

/* ===== Direct host functions in tasks ===== */

#define CALLING \
  "(module (import \"host\" \"f\" (func $f (param i32) (result i32))) (memory (export \"memory\") 1)" \
  "  (func (export \"plain\") (param i32) (result i32) (local.get 0))" \
  "  (func (export \"run\") (param i32) (result i32) (call $f (local.get 0))))"

/* Looks at its caller, and leaves a mark in its memory. */
static int32_t mark(void *env, wrt_caller *caller, wrt_val *slots, size_t nslots, wrt_error *failure) {
  uint8_t *base = NULL;
  size_t len = 0;
  (void)env;
  CHECK(nslots == 1 && wrt_caller_memory(caller, &base, &len, failure) == WRT_OK);
  base[0]++;
  slots[0] = i32(base[0] + to_i32(slots[0]));
  return WRT_OK;
}

static void direct_functions_run_in_tasks(void) {
  wrt_store *store = new_store(engine);
  wrt_func *func = new_func(store, ASK, mark, NULL);
  wrt_instance *instance = new_linked(store, CALLING, func);
  int i;
  for (i = 1; i < 4; i++) {
    wrt_task *task = start(instance, "run", 40);
    CHECK(poll_task(task) == WRT_TASK_DONE);
    CHECK(to_i32(result_of(task)) == 40 + i);
  }
  wrt_release(instance);
  wrt_release(func);
  wrt_release(store);
}

typedef struct {
  wrt_instance *instance;
  wrt_task *task;
  int32_t called;
} desk;

/* A direct function on a fiber may use the store, but neither run WebAssembly nor answer its own task. */
static int32_t meddle(void *env, wrt_caller *caller, wrt_val *slots, size_t nslots, wrt_error *failure) {
  desk *at = env;
  wrt_store *store = wrt_caller_store(caller);
  wrt_func *plain = NULL;
  wrt_call *call = NULL;
  wrt_task *task = NULL;
  wrt_module *module = new_module(engine, "(module (func $f) (start $f))");
  wrt_instance *made = NULL;
  wrt_val slot = i32(1);
  int32_t state = -1;
  (void)slots;
  (void)nslots;
  (void)failure;
  at->called++;
  CHECK_OK(wrt_caller_export(caller, TEXT("plain"), &plain, &error));
  call = new_call(plain);
  CHECK_FAILS(wrt_func_call(plain, &slot, 1, &slot, 1, &error), WRT_ERR_BUSY, "make the function suspending");
  CHECK_STATUS(wrt_call_invoke(call, &slot, 1, &error), WRT_ERR_BUSY);
  CHECK_STATUS(wrt_call_start(call, &slot, 1, NULL, NULL, &task, &error), WRT_ERR_BUSY);
  CHECK_FAILS(wrt_instance_new(store, module, NULL, 0, &made, &error), WRT_ERR_BUSY, "make the function suspending");
  CHECK_FAILS(wrt_task_poll(at->task, &state, &error), WRT_ERR_BUSY, "this callback is part of its call");
  CHECK_STATUS(wrt_task_wait(at->task, UINT64_MAX, &state, &error), WRT_ERR_BUSY);
  CHECK_STATUS(wrt_task_reply(at->task, &slot, 1, &error), WRT_ERR_BUSY);
  CHECK_STATUS(wrt_task_results(at->task, &slot, 1, &error), WRT_ERR_BUSY);
  CHECK_STATUS(wrt_close(store, &error), WRT_ERR_BUSY);
  wrt_release(module);
  wrt_release(call);
  wrt_release(plain);
  return WRT_OK;
}

static void direct_functions_do_not_call_from_tasks(void) {
  wrt_store *store = new_store(engine);
  desk at = {NULL, NULL, 0};
  wrt_func *func = new_func(store, ASK, meddle, &at);
  at.instance = new_linked(store, CALLING, func);
  at.task = start(at.instance, "run", 8);
  CHECK(poll_task(at.task) == WRT_TASK_DONE);
  CHECK(to_i32(result_of(at.task)) == 8 && at.called == 1);
  wrt_release(at.instance);
  wrt_release(func);
  wrt_release(store);
}

static int32_t give_up(void *env, wrt_caller *caller, wrt_val *slots, size_t nslots, wrt_error *failure) {
  desk *at = env;
  (void)caller;
  (void)slots;
  (void)nslots;
  (void)failure;
  at->called++;
  CHECK_OK(wrt_task_cancel(at->task, &error));
  return WRT_OK;
}

static int32_t let_go(void *env, wrt_caller *caller, wrt_val *slots, size_t nslots, wrt_error *failure) {
  desk *at = env;
  (void)caller;
  (void)slots;
  (void)nslots;
  (void)failure;
  at->called++;
  wrt_release(at->task);
  return WRT_OK;
}

/* A task may be given up by what it calls; it goes on to the next place where it comes back, here its end. */
static void tasks_give_themselves_up(void) {
  wrt_store *store = new_store(engine);
  desk at = {NULL, NULL, 0};
  wrt_func *cancelling = new_func(store, ASK, give_up, &at);
  wrt_func *releasing = new_func(store, ASK, let_go, &at);
  at.instance = new_linked(store, CALLING, cancelling);
  at.task = start(at.instance, "run", 8);
  CHECK(poll_task(at.task) == WRT_TASK_DONE);
  CHECK(to_i32(result_of(at.task)) == 8 && at.called == 1);
  wrt_release(at.instance);
  at.instance = new_linked(store, CALLING, releasing);
  at.task = start(at.instance, "run", 9);
  CHECK(poll_task(at.task) == WRT_TASK_DONE && at.called == 2);
  wrt_release(at.instance);
  wrt_release(releasing);
  wrt_release(cancelling);
  wrt_release(store);
}

/* Whoever waits for a task may be the last to hold it: what it calls has let go of it. */
static void tasks_are_released_while_they_are_waited_for(void) {
  wrt_engine *ticking = new_engine_with("epoch_interruption");
  wrt_store *store = new_store(ticking);
  desk at = {NULL, NULL, 0};
  wrt_func *releasing = new_func(store, ASK, let_go, &at);
  int32_t state = -1;
  at.instance = new_linked(store,
                           "(module (import \"host\" \"ask\" (func $ask (param i32) (result i32)))"
                           "  (func (export \"run\") (param i32) (result i32)"
                           "    (drop (call $ask (local.get 0))) (loop $on (br $on)) unreachable))",
                           releasing);
  at.task = start(at.instance, "run", 1);
  CHECK_OK(wrt_task_wait(at.task, UINT64_MAX, &state, &error));
  CHECK(state == WRT_TASK_DONE && at.called == 1);
  wrt_release(at.instance);
  wrt_release(releasing);
  wrt_release(store);
  wrt_release(ticking);
}

/* ===== Two threads want the same ===== */

static int32_t wait_inside(void *env, wrt_caller *caller, wrt_val *slots, size_t nslots, wrt_error *failure) {
  gate *at = env;
  (void)caller;
  (void)slots;
  (void)nslots;
  (void)failure;
  gate_set(at, &at->inside);
  gate_wait(at, &at->go_on);
  return WRT_OK;
}

static void *poll_once(void *task) {
  wrt_error failed = {0};
  int32_t state = -1;
  CHECK(wrt_task_poll(task, &state, &failed) == WRT_OK && state == WRT_TASK_DONE);
  return NULL;
}

static void the_second_thread_is_refused(void) {
  gate at;
  pthread_t thread;
  wrt_store *store = new_store(engine);
  wrt_func *func = new_func(store, ASK, wait_inside, &at);
  wrt_instance *instance = new_linked(store, CALLING, func);
  wrt_func *plain = export_of(instance, "plain");
  wrt_call *call = new_call(plain);
  wrt_task *task = start(instance, "run", 5);
  wrt_task *other = NULL;
  wrt_host_request request;
  wrt_val slot = i32(1);
  int32_t state = -1;
  request.struct_size = sizeof request;
  gate_init(&at);
  CHECK(pthread_create(&thread, NULL, poll_once, task) == 0);
  gate_wait(&at, &at.inside);
  CHECK_FAILS(wrt_task_poll(task, &state, &error), WRT_ERR_BUSY, "in use by another thread");
  CHECK_STATUS(wrt_task_wait(task, UINT64_MAX, &state, &error), WRT_ERR_BUSY);
  CHECK_STATUS(wrt_task_request(task, &request, &error), WRT_ERR_BUSY);
  CHECK_STATUS(wrt_task_reply(task, &slot, 1, &error), WRT_ERR_BUSY);
  CHECK_STATUS(wrt_task_results(task, &slot, 1, &error), WRT_ERR_BUSY);
  CHECK_STATUS(wrt_call_start(call, &slot, 1, NULL, NULL, &other, &error), WRT_ERR_BUSY);
  CHECK_STATUS(wrt_call_spawn(call, &slot, 1, NULL, NULL, &other, &error), WRT_ERR_BUSY);
  CHECK_STATUS(wrt_close(store, &error), WRT_ERR_BUSY);
  gate_set(&at, &at.go_on);
  CHECK(pthread_join(thread, NULL) == 0);
  CHECK(to_i32(result_of(task)) == 5);
  wrt_release(call);
  wrt_release(plain);
  wrt_release(instance);
  wrt_release(func);
  wrt_release(store);
}

static void *wait_for_end(void *task) {
  wrt_error failed = {0};
  int32_t state = -1;
  CHECK(wrt_task_wait(task, UINT64_MAX, &state, &failed) == WRT_OK && state == WRT_TASK_DONE);
  return NULL;
}

/* What another thread gives up ends when it comes back. */
static void the_second_thread_gives_up(void) {
  wrt_engine *ticking = new_engine_with("epoch_interruption");
  wrt_store *store = NULL;
  wrt_instance *instance = new_place(ticking, &store);
  wrt_task *task = start(instance, "endless", 0);
  pthread_t thread;
  wrt_val result;
  CHECK(pthread_create(&thread, NULL, wait_for_end, task) == 0);
  nap();
  CHECK_OK(wrt_task_cancel(task, &error));
  CHECK(pthread_join(thread, NULL) == 0);
  CHECK_FAILS(wrt_task_results(task, &result, 1, &error), WRT_ERR_INTERRUPTED, "the task was cancelled");
  wrt_release(task);
  wrt_release(instance);
  wrt_release(store);
  wrt_release(ticking);
}

/* ===== Threads of the library ===== */

/* Waits until only the engine is left: a thread of the library lets go of the store when the host has its results. */
static void wait_for_threads(void) {
  int i;
  wrt_error_clear(&error);
  for (i = 0; i < 10000 && wrt_live_count() != alone; i++) {
    nap();
  }
  CHECK(wrt_live_count() == alone);
}

/* A bell for the main thread. */
typedef struct {
  pthread_mutex_t lock;
  pthread_cond_t changed;
  int32_t rung;
} bell;

static int32_t ring(void *env) {
  bell *at = env;
  CHECK(pthread_mutex_lock(&at->lock) == 0);
  at->rung++;
  CHECK(pthread_cond_signal(&at->changed) == 0 && pthread_mutex_unlock(&at->lock) == 0);
  return 0;
}

static void hear(bell *at) {
  CHECK(pthread_mutex_lock(&at->lock) == 0);
  while (at->rung == 0) {
    CHECK(pthread_cond_wait(&at->changed, &at->lock) == 0);
  }
  at->rung = 0;
  CHECK(pthread_mutex_unlock(&at->lock) == 0);
}

static wrt_task *spawn(const wrt_instance *instance, const char *name, int32_t argument, bell *wake) {
  const wrt_val slot = i32(argument);
  wrt_func *func = export_of(instance, name);
  wrt_call *call = new_call(func);
  wrt_task *task = NULL;
  CHECK_OK(wrt_call_spawn(call, &slot, 1, wake == NULL ? NULL : ring, wake, &task, &error));
  wrt_release(call);
  wrt_release(func);
  return task;
}

static void spawned_tasks_are_waited_for(void) {
  const int32_t rounds = times(1000);
  wrt_store *store = NULL;
  wrt_instance *instance = new_place(engine, &store);
  wrt_task *task = spawn(instance, "sum", rounds, NULL);
  wrt_val result;
  int32_t questions = 0;
  while (wait_task(task) == WRT_TASK_HOST_CALL) {
    serve(task);
    questions++;
  }
  CHECK(questions == rounds && poll_task(task) == WRT_TASK_DONE);
  CHECK_FAILS(wrt_task_results(task, &result, 0, &error), WRT_ERR_TYPE, "nresults is 0");
  CHECK(to_i32(result_of(task)) == rounds * (rounds + 1));
  task = spawn(instance, "div", 1, NULL);
  CHECK(wait_task(task) == WRT_TASK_HOST_CALL);
  reply_to(task, i32(0));
  CHECK(wait_task(task) == WRT_TASK_DONE);
  CHECK_STATUS(wrt_task_results(task, &result, 1, &error), WRT_ERR_TRAP);
  CHECK(error.trap == WRT_TRAP_INTEGER_DIVISION_BY_ZERO && error.frame_count == 1);
  wrt_release(task);
  wrt_release(instance);
  wrt_release(store);
  wait_for_threads();
}

static void spawned_tasks_wake(void) {
  const int32_t rounds = times(1000);
  bell at = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0};
  wrt_store *store = NULL;
  wrt_instance *instance = new_place(engine, &store);
  wrt_task *task = spawn(instance, "sum", rounds, &at);
  int32_t state = WRT_TASK_PENDING;
  while (state != WRT_TASK_DONE) {
    hear(&at);
    state = poll_task(task);
    if (state == WRT_TASK_HOST_CALL) {
      serve(task);
    }
  }
  CHECK(to_i32(result_of(task)) == rounds * (rounds + 1));
  wrt_release(instance);
  wrt_release(store);
  wait_for_threads();
}

/* While a spawned task waits for the host, its store is the host's. */
static void spawned_tasks_leave_the_store(void) {
  wrt_store *store = NULL;
  wrt_instance *instance = new_place(engine, &store);
  wrt_func *plain = export_of(instance, "plain");
  wrt_task *task = spawn(instance, "sum", 1, NULL);
  wrt_task *inner;
  wrt_task *innermost;
  wrt_val slot = i32(3);
  int32_t state = -1;
  CHECK(wait_task(task) == WRT_TASK_HOST_CALL);
  CHECK_OK(wrt_func_call(plain, &slot, 1, &slot, 1, &error));
  CHECK_OK(wrt_store_gc(store, &error));
  inner = start(instance, "sum", 1);
  CHECK(poll_task(inner) == WRT_TASK_HOST_CALL);
  CHECK_STATUS(wrt_task_poll(task, &state, &error), WRT_ERR_BUSY);
  innermost = spawn(instance, "sum", 1, NULL);
  CHECK(wait_task(innermost) == WRT_TASK_HOST_CALL);
  CHECK(request_of(innermost).depth == 2);
  serve(innermost);
  CHECK(wait_task(innermost) == WRT_TASK_DONE);
  CHECK(to_i32(result_of(innermost)) == 2);
  serve(inner);
  CHECK(poll_task(inner) == WRT_TASK_DONE);
  CHECK(to_i32(result_of(inner)) == 2);
  serve(task);
  CHECK(wait_task(task) == WRT_TASK_DONE);
  CHECK(to_i32(result_of(task)) == 2);
  wrt_release(plain);
  wrt_release(instance);
  wrt_release(store);
  wait_for_threads();
}

static int32_t note_thread(void *env, wrt_caller *caller, wrt_val *slots, size_t nslots, wrt_error *failure) {
  pthread_t *thread = env;
  (void)caller;
  (void)slots;
  (void)nslots;
  (void)failure;
  *thread = pthread_self();
  return WRT_OK;
}

/* Host functions that do not suspend run over there. */
static void direct_functions_run_on_the_other_thread(void) {
  wrt_store *store = new_store(engine);
  pthread_t thread = pthread_self();
  wrt_func *func = new_func(store, ASK, note_thread, &thread);
  wrt_instance *instance = new_linked(store, CALLING, func);
  wrt_task *task = spawn(instance, "run", 8, NULL);
  CHECK(wait_task(task) == WRT_TASK_DONE);
  CHECK(!pthread_equal(thread, pthread_self()));
  CHECK(to_i32(result_of(task)) == 8);
  wrt_release(instance);
  wrt_release(func);
  wrt_release(store);
  wait_for_threads();
}

static void running_tasks_are_given_up(void) {
  wrt_engine *ticking = new_engine_with("epoch_interruption");
  bell at = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0};
  wrt_store *store = NULL;
  wrt_instance *instance = new_place(ticking, &store);
  wrt_func *plain = export_of(instance, "plain");
  wrt_task *task = spawn(instance, "endless", 0, &at);
  wrt_val slot = i32(4);
  int32_t state = -1;
  CHECK_OK(wrt_task_wait(task, 20000000, &state, &error));
  CHECK(state == WRT_TASK_PENDING && poll_task(task) == WRT_TASK_PENDING);
  CHECK_STATUS(wrt_task_results(task, &slot, 1, &error), WRT_ERR_BUSY);
  CHECK_STATUS(wrt_func_call(plain, &slot, 1, &slot, 1, &error), WRT_ERR_BUSY);
  CHECK_OK(wrt_task_cancel(task, &error));
  CHECK_OK(wrt_task_cancel(task, &error));
  hear(&at);
  CHECK(wait_task(task) == WRT_TASK_DONE);
  CHECK_STATUS(wrt_task_results(task, &slot, 1, &error), WRT_ERR_INTERRUPTED);
  CHECK_OK(wrt_func_call(plain, &slot, 1, &slot, 1, &error));
  CHECK(to_i32(slot) == 4);
  wrt_release(task);
  /* What is released while it runs ends too, and rings no more. */
  task = spawn(instance, "endless", 0, &at);
  nap();
  wrt_release(task);
  CHECK(pthread_mutex_lock(&at.lock) == 0);
  at.rung = 0;
  CHECK(pthread_mutex_unlock(&at.lock) == 0);
  wrt_release(plain);
  wrt_release(instance);
  wrt_release(store);
  wrt_release(ticking);
  wait_for_threads();
  CHECK(at.rung == 0);
}

/* What is given up inside of a task does that one no harm, be it running or waiting. */
static void inner_threads_are_given_up(void) {
  static const char *const WAYS[] = {"div", "endless"};
  wrt_engine *ticking = new_engine_with("epoch_interruption");
  wrt_store *store = NULL;
  wrt_instance *instance = new_place(ticking, &store);
  wrt_val result;
  int i;
  for (i = 0; i < 2; i++) {
    wrt_task *outer = start(instance, "sum", 2);
    wrt_task *inner;
    CHECK(wait_task(outer) == WRT_TASK_HOST_CALL);
    inner = spawn(instance, WAYS[i], 1, NULL);
    nap();
    CHECK_OK(wrt_task_cancel(inner, &error));
    CHECK(wait_task(inner) == WRT_TASK_DONE);
    CHECK_STATUS(wrt_task_results(inner, &result, 1, &error), WRT_ERR_INTERRUPTED);
    wrt_release(inner);
    while (wait_task(outer) == WRT_TASK_HOST_CALL) {
      serve(outer);
    }
    CHECK(to_i32(result_of(outer)) == 6);
  }
  wrt_release(instance);
  wrt_release(store);
  wrt_release(ticking);
  wait_for_threads();
}

static void waiting_tasks_are_given_up(void) {
  wrt_store *store = NULL;
  wrt_instance *instance = new_place(engine, &store);
  wrt_task *task = spawn(instance, "sum", 5, NULL);
  wrt_val result;
  CHECK(wait_task(task) == WRT_TASK_HOST_CALL);
  CHECK_OK(wrt_task_cancel(task, &error));
  CHECK(wait_task(task) == WRT_TASK_DONE);
  CHECK_STATUS(wrt_task_results(task, &result, 1, &error), WRT_ERR_INTERRUPTED);
  wrt_release(task);
  task = spawn(instance, "sum", 5, NULL);
  CHECK(wait_task(task) == WRT_TASK_HOST_CALL);
  wrt_release(task);
  task = spawn(instance, "sum", 5, NULL);
  CHECK(wait_task(task) == WRT_TASK_HOST_CALL);
  CHECK_OK(wrt_close(task, &error));
  wrt_release(task);
  task = spawn(instance, "sum", 5, NULL);
  CHECK(wait_task(task) == WRT_TASK_HOST_CALL);
  CHECK_OK(wrt_close(store, &error));
  CHECK(wait_task(task) == WRT_TASK_DONE);
  CHECK_STATUS(wrt_task_results(task, &result, 1, &error), WRT_ERR_INTERRUPTED);
  wrt_release(task);
  wrt_release(instance);
  wrt_release(store);
  wait_for_threads();
}

/* Tasks that are released at any moment, with all that they stand on. */
static void releases_race_with_threads(void) {
  int round;
  for (round = 0; round < times(200); round++) {
    wrt_store *store = NULL;
    wrt_instance *instance = new_place(engine, &store);
    wrt_task *task = spawn(instance, "sum", 5, NULL);
    wrt_release(instance);
    wrt_release(store);
    if (round % 2 == 0) {
      wait_task(task);
    }
    wrt_release(task);
  }
  wait_for_threads();
}

/* What stops a call stops it there too. */
static void budgets_end_spawned_tasks(void) {
  wrt_engine *ticking = new_engine_with("epoch_interruption");
  wrt_store *store = NULL;
  wrt_instance *instance = new_place(ticking, &store);
  wrt_interrupt *interrupt = NULL;
  wrt_task *task;
  wrt_val result;
  CHECK_OK(wrt_store_interrupt(store, &interrupt, &error));
  task = spawn(instance, "endless", 0, NULL);
  nap();
  wrt_interrupt_fire(interrupt);
  CHECK(wait_task(task) == WRT_TASK_DONE);
  CHECK_FAILS(wrt_task_results(task, &result, 1, &error), WRT_ERR_INTERRUPTED, "interrupted by the host");
  wrt_release(task);
  CHECK_OK(wrt_store_set_timeout(store, 20000000, &error));
  task = spawn(instance, "endless", 0, NULL);
  CHECK(wait_task(task) == WRT_TASK_DONE);
  CHECK_FAILS(wrt_task_results(task, &result, 1, &error), WRT_ERR_INTERRUPTED, "its timeout of 20ms");
  wrt_release(task);
  wrt_release(interrupt);
  wrt_release(instance);
  wrt_release(store);
  wrt_release(ticking);
  wait_for_threads();
}

int main(void) {
  engine = new_engine();
  alone = wrt_live_count();
  tasks_take_turns();
  traps_hurt_nobody_else();
  two_threads_take_turns();
  every_turn_has_its_thread();
  direct_functions_run_in_tasks();
  direct_functions_do_not_call_from_tasks();
  tasks_give_themselves_up();
  tasks_are_released_while_they_are_waited_for();
  the_second_thread_is_refused();
  the_second_thread_gives_up();
  spawned_tasks_are_waited_for();
  spawned_tasks_wake();
  spawned_tasks_leave_the_store();
  direct_functions_run_on_the_other_thread();
  running_tasks_are_given_up();
  inner_threads_are_given_up();
  waiting_tasks_are_given_up();
  releases_race_with_threads();
  budgets_end_spawned_tasks();
  wrt_release(engine);
  return check_done();
}
