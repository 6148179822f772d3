/* Stores: what the host keeps in them, how they are told, reserved, and closed. */
#define _POSIX_C_SOURCE 200809L
#include <pthread.h>

#include "wasm.h"

static wrt_engine *engine;
static int drops;
static void *dropped;

static void note_drop(void *env) {
  drops++;
  dropped = env;
}

/* ===== The host's own data ===== */

static void data_is_dropped_with_the_store(void) {
  wrt_store *store = NULL;
  int mine = 0;
  drops = 0;
  CHECK_FAILS(wrt_store_new(engine, &mine, note_drop, NULL, &error), WRT_ERR_ARGUMENT, "out is NULL");
  CHECK(drops == 0);
  CHECK_OK(wrt_store_new(engine, &mine, note_drop, &store, &error));
  CHECK(wrt_store_data(store) == &mine && wrt_store_data(NULL) == NULL);
  /* Closing frees what WebAssembly has; the data stays until the handle is gone. */
  CHECK_OK(wrt_close(store, &error));
  CHECK(wrt_store_data(store) == NULL && drops == 0);
  wrt_release(store);
  CHECK(drops == 1 && dropped == &mine);
}

static void a_store_keeps_its_engine(void) {
  wrt_engine *own = new_engine();
  wrt_engine *found = NULL;
  wrt_store *store = new_store(own);
  wrt_release(own);
  CHECK_OK(wrt_store_engine(store, &found, &error));
  CHECK(found == own && wrt_engine_fingerprint(found) == wrt_engine_fingerprint(engine));
  wrt_release(found);
  wrt_release(store);
}

static void closed_engines_make_nothing_new(void) {
  wrt_engine *own = new_engine();
  wrt_store *store = new_store(own);
  wrt_store *other = NULL;
  wrt_module *module = NULL;
  CHECK_OK(wrt_close(own, &error));
  CHECK_FAILS(wrt_store_new(own, NULL, NULL, &other, &error), WRT_ERR_CLOSED, "the engine is closed");
  CHECK_STATUS(wrt_module_new(own, (const uint8_t *)"(module)", 8, &module, &error), WRT_ERR_CLOSED);
  CHECK(wrt_engine_fingerprint(own) == 0);
  /* What there was goes on. */
  CHECK_OK(wrt_store_gc(store, &error));
  wrt_release(store);
  wrt_release(own);
}

/* ===== What a store says of itself ===== */

static void stores_describe_themselves(void) {
  wrt_engine *own = new_engine_with("consume_fuel epoch_interruption");
  wrt_store *store = new_store(own);
  wrt_type *type = new_type(own, "(memory 1)");
  wrt_memory *memory = NULL;
  const wrt_memory_header *header = NULL;
  uint64_t id = 0;
  CHECK_OK(wrt_store_set_fuel(store, 123, &error));
  check_store(store, "{\"fuel\":123,\"epoch_interruption\":true,\"running\":false,\"references\":0,\"memory_views\":0}");
  CHECK_OK(wrt_memory_new(store, type, &memory, &error));
  CHECK_OK(wrt_memory_header_of(memory, &header, &error));
  CHECK_OK(wrt_ref_from_host(store, NULL, NULL, &id, &error));
  check_store(store, "\"references\":1,\"memory_views\":1");
  wrt_ref_drop(store, id);
  wrt_release(memory);
  check_store(store, "\"references\":0,\"memory_views\":0");
  wrt_release(type);
  wrt_release(store);
  wrt_release(own);
}

/* ===== Reserving ===== */

typedef struct {
  wrt_store *store;
  int32_t status;
} attempt;

static void *try_elsewhere(void *env) {
  attempt *at = env;
  wrt_bytes json = {0};
  at->status = wrt_store_json(at->store, &json, NULL);
  wrt_bytes_free(&json);
  return NULL;
}

/* What another thread finds when it uses the store now. */
static int32_t elsewhere(wrt_store *store) {
  attempt at = {NULL, -1};
  pthread_t thread;
  at.store = store;
  CHECK(pthread_create(&thread, NULL, try_elsewhere, &at) == 0);
  CHECK(pthread_join(thread, NULL) == 0);
  return at.status;
}

static void locks_nest(void) {
  wrt_store *store = new_store(engine);
  CHECK(elsewhere(store) == WRT_OK);
  CHECK_OK(wrt_store_lock(store, &error));
  CHECK(elsewhere(store) == WRT_ERR_BUSY);
  CHECK_OK(wrt_store_lock(store, &error));
  CHECK_OK(wrt_store_gc(store, &error));
  CHECK_OK(wrt_store_unlock(store, &error));
  CHECK(elsewhere(store) == WRT_ERR_BUSY);
  CHECK_OK(wrt_store_unlock(store, &error));
  CHECK(elsewhere(store) == WRT_OK);
  CHECK_FAILS(wrt_store_unlock(store, &error), WRT_ERR_BUSY, "not locked by this thread");
  /* A handle released meanwhile is freed with the lock. */
  CHECK_OK(wrt_store_lock(store, &error));
  wrt_retain(store);
  wrt_release(store);
  CHECK_OK(wrt_store_unlock(store, &error));
  wrt_release(store);
}

static int32_t lock_for_later(void *env, wrt_caller *caller, wrt_val *slots, size_t nslots, wrt_error *failure) {
  (void)env;
  (void)slots;
  (void)nslots;
  CHECK(wrt_store_unlock(wrt_caller_store(caller), failure) == WRT_ERR_BUSY);
  wrt_error_clear(failure);
  return wrt_store_lock(wrt_caller_store(caller), failure);
}

static void a_lock_outlives_the_call_that_took_it(void) {
  wrt_store *store = new_store(engine);
  wrt_func *func = new_func(store, "(func)", lock_for_later, NULL);
  CHECK_OK(wrt_func_call(func, NULL, 0, NULL, 0, &error));
  CHECK(elsewhere(store) == WRT_ERR_BUSY);
  CHECK_OK(wrt_store_unlock(store, &error));
  CHECK(elsewhere(store) == WRT_OK);
  wrt_release(func);
  wrt_release(store);
}

/* ===== Closing ===== */

static int32_t nothing(void *env, wrt_caller *caller, wrt_val *slots, size_t nslots, wrt_error *failure) {
  (void)env;
  (void)caller;
  (void)slots;
  (void)nslots;
  (void)failure;
  return WRT_OK;
}

/* A drop function that looks at its store, which refuses, and gives up handles. */
static void meddle(void *env) {
  void **handles = env;
  drops++;
  CHECK(wrt_store_gc(handles[0], NULL) != WRT_OK);
  wrt_release(handles[1]);
  wrt_release(handles[0]);
}

static void closing_frees_at_once(void) {
  wrt_store *store = new_store(engine);
  wrt_type *type = new_type(engine, "(func)");
  wrt_func *func = NULL;
  void *handles[2];
  uint64_t id = 0;
  drops = 0;
  handles[0] = store;
  CHECK_OK(wrt_func_new(store, type, nothing, handles, meddle, &func, &error));
  handles[1] = func;
  CHECK_OK(wrt_ref_from_host(store, NULL, note_drop, &id, &error));
  wrt_retain(store);
  CHECK_OK(wrt_close(store, &error));
  CHECK(drops == 2);
  CHECK_OK(wrt_close(store, &error));
  CHECK_FAILS(wrt_store_gc(store, &error), WRT_ERR_CLOSED, "the store is closed");
  CHECK_STATUS(wrt_store_lock(store, &error), WRT_ERR_CLOSED);
  wrt_release(type);
  wrt_release(store);
}

int main(void) {
  engine = new_engine();
  data_is_dropped_with_the_store();
  a_store_keeps_its_engine();
  closed_engines_make_nothing_new();
  stores_describe_themselves();
  locks_nest();
  a_lock_outlives_the_call_that_took_it();
  closing_frees_at_once();
  wrt_release(engine);
  return check_done();
}
