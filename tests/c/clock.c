/* Time: fuel, epochs, tickers, timeouts and interrupts. */
#define _POSIX_C_SOURCE 200809L
#include <pthread.h>
#include <time.h>

#include "wasm.h"

static wrt_engine *engine;
static int drops;

static void count_drop(void *env) {
  (void)env;
  drops++;
}

static const uint64_t MILLISECOND = 1000000;

static const char *const LOOPS =
    "(module (memory (export \"memory\") 1)"
    "  (func (export \"spin\") (loop (br 0)))"
    "  (func (export \"steps\") (param i32) (result i32)"
    "    (loop (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))"
    "    (i32.const 5))"
    "  (func (export \"grow_and_spin\") (drop (memory.grow (i32.const 1))) (loop (br 0)))"
    "  (func (export \"one\") (result i32) (i32.const 1)) (func (export \"nothing\")))";

static wrt_func *new_loop(const wrt_store *store, const char *name) {
  wrt_instance *instance = new_instance(store, LOOPS);
  wrt_func *func = export_of(instance, name);
  wrt_release(instance);
  return func;
}

/* ===== Fuel ===== */

static void fuel_is_used_up(void) {
  wrt_engine *fueled = new_engine_with("consume_fuel");
  wrt_store *store = new_store(fueled);
  wrt_func *steps;
  wrt_val slot = i32(100);
  uint64_t left = 0;
  CHECK_OK(wrt_store_set_fuel(store, 10000, &error));
  steps = new_loop(store, "steps");
  CHECK_OK(wrt_func_call(steps, &slot, 1, &slot, 1, &error));
  CHECK_OK(wrt_store_fuel(store, &left, &error));
  CHECK(left > 9000 && left < 9900);
  slot = i32(1000000);
  CHECK_FAILS(wrt_func_call(steps, &slot, 1, &slot, 1, &error), WRT_ERR_FUEL, "fuel");
  CHECK(error.trap == WRT_TRAP_OUT_OF_FUEL && error.frame_count == 1);
  CHECK_OK(wrt_store_fuel(store, &left, &error));
  CHECK(left == 0);
  CHECK_STATUS(wrt_func_call(steps, &slot, 1, &slot, 1, &error), WRT_ERR_FUEL);
  CHECK_OK(wrt_store_set_fuel(store, 1000, &error));
  slot = i32(3);
  CHECK_OK(wrt_func_call(steps, &slot, 1, &slot, 1, &error));
  wrt_release(steps);
  wrt_release(store);
  wrt_release(fueled);
}

static void options_are_required(void) {
  wrt_engine *plain = new_engine();
  wrt_store *store = new_store(plain);
  wrt_interrupt *interrupt = NULL;
  uint64_t fuel = 0;
  CHECK_FAILS(wrt_store_set_fuel(store, 1, &error), WRT_ERR_CONFIG, "consume_fuel = true");
  CHECK_STATUS(wrt_store_fuel(store, &fuel, &error), WRT_ERR_CONFIG);
  CHECK_FAILS(wrt_store_set_epoch_deadline(store, 1, &error), WRT_ERR_CONFIG, "epoch_interruption = true");
  CHECK_STATUS(wrt_store_set_epoch_callback(store, NULL, NULL, count_drop, &error), WRT_ERR_CONFIG);
  CHECK_STATUS(wrt_store_set_timeout(store, 1, &error), WRT_ERR_CONFIG);
  CHECK_STATUS(wrt_store_interrupt(store, &interrupt, &error), WRT_ERR_CONFIG);
  CHECK_STATUS(wrt_engine_start_ticker(plain, MILLISECOND, &error), WRT_ERR_CONFIG);
  CHECK_FAILS(wrt_engine_start_ticker(engine, 9999, &error), WRT_ERR_ARGUMENT, "the least is 10000");
  CHECK_STATUS(wrt_engine_start_ticker(engine, UINT64_MAX, &error), WRT_ERR_ARGUMENT);
  wrt_engine_increment_epoch(plain);
  wrt_engine_stop_ticker(plain);
  wrt_release(store);
  wrt_release(plain);
}

/* ===== Epochs ===== */

static void deadlines_count_ticks(void) {
  wrt_store *store = new_store(engine);
  wrt_func *one = new_loop(store, "one");
  wrt_val result;
  wrt_engine_increment_epoch(engine);
  CHECK_OK(wrt_func_call(one, NULL, 0, &result, 1, &error));

  CHECK_OK(wrt_store_set_epoch_deadline(store, 2, &error));
  wrt_engine_increment_epoch(engine);
  CHECK_OK(wrt_func_call(one, NULL, 0, &result, 1, &error));
  wrt_engine_increment_epoch(engine);
  CHECK_FAILS(wrt_func_call(one, NULL, 0, &result, 1, &error), WRT_ERR_INTERRUPTED, "epoch deadline");
  CHECK(error.trap == WRT_TRAP_INTERRUPT);
  /* It stays reached until another one is set. */
  CHECK_STATUS(wrt_func_call(one, NULL, 0, &result, 1, &error), WRT_ERR_INTERRUPTED);
  CHECK_OK(wrt_store_set_epoch_deadline(store, 1, &error));
  CHECK_OK(wrt_func_call(one, NULL, 0, &result, 1, &error));
  CHECK_OK(wrt_store_set_epoch_deadline(store, 0, &error));
  CHECK_STATUS(wrt_func_call(one, NULL, 0, &result, 1, &error), WRT_ERR_INTERRUPTED);
  CHECK_OK(wrt_store_set_epoch_deadline(store, UINT64_MAX, &error));
  wrt_engine_increment_epoch(engine);
  CHECK_OK(wrt_func_call(one, NULL, 0, &result, 1, &error));
  wrt_release(one);
  wrt_release(store);
}

static void the_ticker_ticks(void) {
  wrt_store *store = new_store(engine);
  wrt_func *spin = new_loop(store, "spin");
  CHECK_OK(wrt_store_set_epoch_deadline(store, 5, &error));
  CHECK_OK(wrt_engine_start_ticker(engine, MILLISECOND * 1000, &error));
  CHECK_OK(wrt_engine_start_ticker(engine, MILLISECOND, &error));
  CHECK_STATUS(wrt_func_call(spin, NULL, 0, NULL, 0, &error), WRT_ERR_INTERRUPTED);
  wrt_engine_stop_ticker(engine);
  wrt_engine_stop_ticker(engine);
  wrt_release(spin);
  wrt_release(store);
}

typedef struct {
  int calls;
  int stop_after;
  const wrt_func *one;
  const wrt_memory_header *header;
  int early;
} watch;

static int32_t on_epoch(void *env, wrt_store *store, uint64_t *extend_by, uint32_t *yields, wrt_error *failure) {
  watch *at = env;
  wrt_val result = i32(0);
  CHECK(*extend_by == 1 && *yields == 0);
  if (at->header != NULL && at->header->len == 65536 && at->early++ < 5000) {
    /* The tick came before the function had grown the memory. */
    return WRT_OK;
  }
  at->calls++;
  if (at->header != NULL) {
    /* What WebAssembly has grown so far can be seen. */
    CHECK(at->header->len == 2 * 65536);
    at->header->base[at->header->len - 1] = 1;
  }
  if (at->one != NULL) {
    /* The store may be used, and calls are not stopped by the deadline that is reached. */
    CHECK(wrt_func_call(at->one, NULL, 0, &result, 1, failure) == WRT_OK);
    CHECK(to_i32(result) == 1);
    CHECK(wrt_close(store, failure) == WRT_ERR_BUSY);
  }
  if (at->calls == at->stop_after) {
    wrt_error_clear(failure);
    CHECK(wrt_error_set(failure, WRT_ERR_HOST, TEXT("enough")) == WRT_OK);
    return WRT_ERR_HOST;
  }
  *extend_by = 2;
  return WRT_OK;
}

static void callbacks_decide(void) {
  wrt_store *store = new_store(engine);
  wrt_instance *instance = new_instance(store, LOOPS);
  wrt_memory *memory = export_of(instance, "memory");
  wrt_func *one = export_of(instance, "one");
  wrt_func *spin = export_of(instance, "grow_and_spin");
  watch at = {0, 3, NULL, NULL, 0};
  watch other = {0, 1, NULL, NULL, 0};
  drops = 0;
  at.one = one;
  CHECK_OK(wrt_memory_header_of(memory, &at.header, &error));
  CHECK_OK(wrt_store_set_epoch_deadline(store, 1, &error));
  CHECK_OK(wrt_store_set_epoch_callback(store, on_epoch, &at, count_drop, &error));
  CHECK_OK(wrt_engine_start_ticker(engine, MILLISECOND, &error));
  CHECK_STATUS(wrt_func_call(spin, NULL, 0, NULL, 0, &error), WRT_ERR_HOST);
  CHECK_TEXT(error.message, "enough");
  CHECK(at.calls == 3 && drops == 0);

  /* Another callback takes its place; after it, none. */
  CHECK_OK(wrt_store_set_epoch_callback(store, on_epoch, &other, count_drop, &error));
  CHECK(drops == 1);
  CHECK_STATUS(wrt_func_call(spin, NULL, 0, NULL, 0, &error), WRT_ERR_HOST);
  CHECK(other.calls == 1 && at.calls == 3);
  CHECK_OK(wrt_store_set_epoch_callback(store, NULL, NULL, NULL, &error));
  CHECK(drops == 2);
  CHECK_STATUS(wrt_func_call(spin, NULL, 0, NULL, 0, &error), WRT_ERR_INTERRUPTED);
  wrt_engine_stop_ticker(engine);
  wrt_release(spin);
  wrt_release(one);
  wrt_release(memory);
  wrt_release(instance);
  wrt_release(store);
}

/* ===== Timeouts ===== */

static void timeouts_are_for_each_call(void) {
  wrt_store *store = new_store(engine);
  wrt_func *spin = new_loop(store, "spin");
  wrt_func *one = new_loop(store, "one");
  wrt_val result;
  int i;
  CHECK_OK(wrt_store_set_timeout(store, 20 * MILLISECOND, &error));
  for (i = 0; i < 2; i++) {
    CHECK_FAILS(wrt_func_call(spin, NULL, 0, NULL, 0, &error), WRT_ERR_INTERRUPTED,
                "the call took longer than its timeout of 20ms");
    CHECK(error.trap == WRT_TRAP_INTERRUPT);
    CHECK_OK(wrt_func_call(one, NULL, 0, &result, 1, &error));
  }
  wrt_release(one);
  wrt_release(spin);
  wrt_release(store);
}

static void nap(long milliseconds) {
  struct timespec time;
  time.tv_sec = 0;
  time.tv_nsec = milliseconds * 1000000;
  nanosleep(&time, NULL);
}

/* Many calls in one go are one call to the clock: none of them is long, all together are. */
static void bulk_calls_have_one_budget(void) {
  wrt_store *store = new_store(engine);
  wrt_func *nothing = new_loop(store, "nothing");
  wrt_call *call = NULL;
  size_t done = 0;
  int round;
  CHECK_OK(wrt_call_new(nothing, &call, &error));
  CHECK_OK(wrt_store_set_timeout(store, 20 * MILLISECOND, &error));
  for (round = 0; round < 2; round++) {
    CHECK_STATUS(wrt_call_invoke_many(call, NULL, 0, 1000000000, &done, &error), WRT_ERR_INTERRUPTED);
    CHECK(done > 0 && done < 1000000000);
    CHECK_OK(wrt_call_invoke(call, NULL, 0, &error));
  }
  wrt_release(call);
  wrt_release(nothing);
  wrt_release(store);
}

/* Gives up the timeout of the call that runs. */
static int32_t lift(void *env, wrt_caller *caller, wrt_val *slots, size_t nslots, wrt_error *failure) {
  (void)env;
  (void)slots;
  (void)nslots;
  return wrt_store_set_timeout(wrt_caller_store(caller), 0, failure);
}

static void timeouts_can_be_lifted_from_inside(void) {
  wrt_store *store = new_store(engine);
  wrt_func *func = new_func(store, "(func)", lift, NULL);
  wrt_func *one = new_loop(store, "one");
  wrt_val result;
  CHECK_OK(wrt_store_set_timeout(store, 5 * MILLISECOND, &error));
  CHECK_OK(wrt_func_call(func, NULL, 0, NULL, 0, &error));
  nap(10);
  wrt_engine_increment_epoch(engine);
  CHECK_OK(wrt_func_call(one, NULL, 0, &result, 1, &error));
  wrt_release(one);
  wrt_release(func);
  wrt_release(store);
}

/* ===== Interrupts ===== */

typedef struct {
  wrt_interrupt *interrupt;
  volatile int running;
} remote;

static void *fire_soon(void *env) {
  remote *at = env;
  while (!at->running) {
    nap(1);
  }
  nap(5);
  wrt_interrupt_fire(at->interrupt);
  return NULL;
}

static void other_threads_interrupt(void) {
  wrt_store *store = new_store(engine);
  wrt_func *spin = new_loop(store, "spin");
  wrt_func *one = new_loop(store, "one");
  wrt_func *nothing;
  wrt_call *call = NULL;
  wrt_val result;
  pthread_t thread;
  remote at = {NULL, 1};
  CHECK_OK(wrt_store_interrupt(store, &at.interrupt, &error));
  /* What comes too early, or too late, stops nothing. */
  wrt_interrupt_fire(at.interrupt);
  CHECK_OK(wrt_func_call(one, NULL, 0, &result, 1, &error));
  CHECK(pthread_create(&thread, NULL, fire_soon, &at) == 0);
  CHECK_FAILS(wrt_func_call(spin, NULL, 0, NULL, 0, &error), WRT_ERR_INTERRUPTED, "interrupted by the host");
  CHECK(pthread_join(thread, NULL) == 0);
  CHECK_OK(wrt_func_call(one, NULL, 0, &result, 1, &error));
  /* So are many calls in one go. */
  nothing = new_loop(store, "nothing");
  CHECK_OK(wrt_call_new(nothing, &call, &error));
  CHECK(pthread_create(&thread, NULL, fire_soon, &at) == 0);
  CHECK_STATUS(wrt_call_invoke_many(call, NULL, 0, 1000000000, NULL, &error), WRT_ERR_INTERRUPTED);
  CHECK(pthread_join(thread, NULL) == 0);
  wrt_release(call);
  wrt_release(nothing);
  wrt_release(one);
  wrt_release(spin);
  wrt_release(store);
  /* It does not keep the store, and outlives it. */
  wrt_interrupt_fire(at.interrupt);
  wrt_release(at.interrupt);
}

/* Interrupts its own call, notices it in a nested one, and goes on as if nothing had been. */
static int32_t stubborn(void *env, wrt_caller *caller, wrt_val *slots, size_t nslots, wrt_error *failure) {
  wrt_func *spin = NULL;
  (void)slots;
  (void)nslots;
  CHECK(wrt_caller_export(caller, TEXT("spin"), &spin, failure) == WRT_OK);
  wrt_interrupt_fire(((remote *)env)->interrupt);
  CHECK(wrt_func_call(spin, NULL, 0, NULL, 0, failure) == WRT_ERR_INTERRUPTED);
  wrt_release(spin);
  return WRT_OK;
}

static void interrupts_reach_the_outermost_call(void) {
  wrt_store *store = new_store(engine);
  remote at = {NULL, 0};
  wrt_func *func = new_func(store, "(func)", stubborn, &at);
  wrt_instance *instance;
  wrt_func *run;
  instance = new_linked(store,
                          "(module (import \"host\" \"stubborn\" (func $f)) (func (export \"spin\") (loop (br 0)))"
                          "  (func (export \"run\") (call $f) (loop (br 0))))",
                          func);
  run = export_of(instance, "run");
  CHECK_OK(wrt_store_interrupt(store, &at.interrupt, &error));
  CHECK_STATUS(wrt_func_call(run, NULL, 0, NULL, 0, &error), WRT_ERR_INTERRUPTED);
  wrt_release(at.interrupt);
  wrt_release(run);
  wrt_release(instance);
  wrt_release(func);
  wrt_release(store);
}

int main(void) {
  engine = new_engine_with("epoch_interruption");
  fuel_is_used_up();
  options_are_required();
  deadlines_count_ticks();
  the_ticker_ticks();
  callbacks_decide();
  timeouts_are_for_each_call();
  bulk_calls_have_one_budget();
  timeouts_can_be_lifted_from_inside();
  other_threads_interrupt();
  interrupts_reach_the_outermost_call();
  wrt_release(engine);
  return check_done();
}
