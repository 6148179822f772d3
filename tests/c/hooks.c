/* Hooks: what a host with a garbage collector is told around WebAssembly, and the log.
 *
 * Hooks are set once for a process: this program is the one that does.
 */
#define _POSIX_C_SOURCE 200809L
#include <pthread.h>

#include "wasm.h"

/* The steps, one letter each: N and n around WebAssembly, H and h around functions of the host, c for the call itself. */
static char steps[64];
static int8_t state;

static void step(char letter) {
  const size_t len = strlen(steps);
  CHECK(len + 1 < sizeof steps);
  steps[len] = letter;
}

static int8_t enter_native(void) {
  step('N');
  return ++state;
}

static void leave_native(int8_t entered) {
  CHECK(entered == state--);
  step('n');
}

static int8_t enter_host(void) {
  step('H');
  return ++state;
}

static void leave_host(int8_t entered) {
  CHECK(entered == state--);
  step('h');
}

static int32_t pending;

static void hooks_come_in_pairs_and_once(void) {
  wrt_host_hooks hooks;
  memset(&hooks, 0, sizeof hooks);
  CHECK_FAILS(wrt_set_host_hooks(NULL, &error), WRT_ERR_ARGUMENT, "hooks is NULL");
  CHECK_FAILS(wrt_set_host_hooks(&hooks, &error), WRT_ERR_ARGUMENT, "hooks.struct_size is 0");
  hooks.struct_size = sizeof hooks;
  hooks.enter_native = enter_native;
  CHECK_FAILS(wrt_set_host_hooks(&hooks, &error), WRT_ERR_ARGUMENT, "without its leave function");
  hooks.leave_native = leave_native;
  hooks.enter_host = enter_host;
  hooks.leave_host = leave_host;
  hooks.signal_pending = &pending;
  CHECK_OK(wrt_set_host_hooks(&hooks, &error));
  CHECK_FAILS(wrt_set_host_hooks(&hooks, &error), WRT_ERR_ARGUMENT, "set already");
}

static int32_t callback(void *env, wrt_caller *caller, wrt_val *slots, size_t nslots, wrt_error *failure) {
  wrt_func *leaf = NULL;
  (void)env;
  (void)slots;
  (void)nslots;
  step('c');
  if (wrt_caller_export(caller, TEXT("leaf"), &leaf, NULL) == WRT_OK) {
    CHECK(wrt_func_call(leaf, NULL, 0, NULL, 0, failure) == WRT_OK);
    wrt_release(leaf);
  }
  return WRT_OK;
}

static int32_t failing(void *env, wrt_caller *caller, wrt_val *slots, size_t nslots, wrt_error *failure) {
  (void)env;
  (void)caller;
  (void)slots;
  (void)nslots;
  (void)failure;
  step('c');
  return WRT_ERR_HOST;
}

static void calls_are_wrapped(void) {
  wrt_engine *engine = new_engine();
  wrt_store *store = new_store(engine);
  wrt_func *func = new_func(store, "(func)", callback, NULL);
  wrt_func *bad = new_func(store, "(func)", failing, NULL);
  wrt_instance *instance =
      new_linked(store, "(module (import \"host\" \"f\" (func $f)) (func (export \"leaf\")) (func (export \"run\") (call $f)))",
                 func);
  wrt_func *run = export_of(instance, "run");
  memset(steps, 0, sizeof steps);
  /* WebAssembly, the host in it, and WebAssembly in that. */
  CHECK_OK(wrt_func_call(run, NULL, 0, NULL, 0, &error));
  CHECK_TEXT(steps, "NHcNnhn");
  /* A function that fails leaves too. */
  memset(steps, 0, sizeof steps);
  CHECK_STATUS(wrt_func_call(bad, NULL, 0, NULL, 0, &error), WRT_ERR_HOST);
  CHECK_TEXT(steps, "NHchn");
  CHECK(state == 0);
  wrt_release(run);
  wrt_release(instance);
  wrt_release(bad);
  wrt_release(func);
  wrt_release(store);
  wrt_release(engine);
}

/* The host may block WebAssembly by a flag, from a signal handler for example. */
static void a_pending_signal_interrupts(void) {
  wrt_engine *engine = new_engine_with("epoch_interruption");
  wrt_store *store = new_store(engine);
  wrt_instance *instance = new_instance(store, "(module (func (export \"spin\") (loop (br 0))) (func (export \"f\")))");
  wrt_func *spin = export_of(instance, "spin");
  wrt_func *f = export_of(instance, "f");
  memset(steps, 0, sizeof steps);
  CHECK_OK(wrt_engine_start_ticker(engine, 1000000, &error));
  pending = 1;
  CHECK_FAILS(wrt_func_call(spin, NULL, 0, NULL, 0, &error), WRT_ERR_INTERRUPTED, "interrupted by a signal");
  CHECK(error.trap == WRT_TRAP_INTERRUPT);
  pending = 0;
  CHECK_OK(wrt_func_call(f, NULL, 0, NULL, 0, &error));
  wrt_engine_stop_ticker(engine);
  wrt_release(f);
  wrt_release(spin);
  wrt_release(instance);
  wrt_release(store);
  wrt_release(engine);
}

typedef struct {
  int lines;
  int32_t level;
  pthread_mutex_t lock;
} sink;

/* Called on any thread: the compiler has many. */
static void on_log(void *env, int32_t level, const char *target, const char *message) {
  sink *at = env;
  CHECK(level >= 1 && level <= 5 && target != NULL && message != NULL);
  CHECK(pthread_mutex_lock(&at->lock) == 0);
  at->lines++;
  at->level = level > at->level ? level : at->level;
  CHECK(pthread_mutex_unlock(&at->lock) == 0);
}

static void the_log_is_sent_to_the_host(void) {
  sink at = {0, 0, PTHREAD_MUTEX_INITIALIZER};
  wrt_engine *engine = new_engine();
  CHECK_FAILS(wrt_set_log(6, on_log, &at, &error), WRT_ERR_ARGUMENT, "level is 6, not 0 to 5");
  CHECK_STATUS(wrt_set_log(-1, on_log, &at, &error), WRT_ERR_ARGUMENT);
  CHECK_OK(wrt_set_log(5, on_log, &at, &error));
  wrt_release(new_module(engine, "(module (func (export \"f\")))"));
  CHECK(at.lines > 0 && at.level == 5);
  at.lines = 0;
  CHECK_OK(wrt_set_log(0, on_log, &at, &error));
  wrt_release(new_module(engine, "(module (func (export \"f\")))"));
  CHECK_OK(wrt_set_log(5, NULL, NULL, &error));
  wrt_release(new_module(engine, "(module (func (export \"f\")))"));
  CHECK(at.lines == 0);
  wrt_release(engine);
}

int main(void) {
  CHECK_OK(wrt_thread_init(&error));
  hooks_come_in_pairs_and_once();
  calls_are_wrapped();
  a_pending_signal_interrupts();
  the_log_is_sent_to_the_host();
  return check_done();
}
