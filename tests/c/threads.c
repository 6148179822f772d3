/* Threads: a store is for one at a time, and says so; all else is for all of them. */
#include "gate.h"
#include "wasm.h"

static wrt_engine *engine;

/* ===== Two threads meet in a host function ===== */

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

static void *call_func(void *func) {
  wrt_error failed = {0};
  CHECK(wrt_func_call(func, NULL, 0, NULL, 0, &failed) == WRT_OK);
  wrt_error_clear(&failed);
  return NULL;
}

/* While another thread is in the store, everything there is refused at once, and nothing is harmed. */
static void the_second_thread_is_refused(void) {
  gate at;
  pthread_t thread;
  wrt_store *store = new_store(engine);
  wrt_func *func = new_func(store, "(func)", wait_inside, &at);
  wrt_instance *instance = new_instance(store, "(module (memory (export \"m\") 1) (table (export \"t\") 1 funcref)"
                                               "  (global (export \"g\") (mut i32) (i32.const 0)))");
  wrt_module *module = new_module(engine, "(module)");
  wrt_type *type = new_type(engine, "(memory 1)");
  wrt_memory *memory = export_of(instance, "m");
  wrt_table *table = export_of(instance, "t");
  wrt_global *global = export_of(instance, "g");
  wrt_instance *other = NULL;
  wrt_extern *item = NULL;
  wrt_call *call = NULL;
  wrt_bytes json = {0};
  wrt_val value = {0, 0};
  uint64_t number = 0;
  uint64_t id = 0;
  uint8_t byte = 0;
  gate_init(&at);
  CHECK_OK(wrt_ref_from_host(store, NULL, NULL, &id, &error));
  CHECK_OK(wrt_call_new(func, &call, &error));
  CHECK(pthread_create(&thread, NULL, call_func, func) == 0);
  gate_wait(&at, &at.inside);

  CHECK_FAILS(wrt_func_call(func, NULL, 0, NULL, 0, &error), WRT_ERR_BUSY, "in use by another thread");
  CHECK_STATUS(wrt_call_invoke(call, NULL, 0, &error), WRT_ERR_BUSY);
  CHECK_STATUS(wrt_call_invoke_many(call, NULL, 0, 1, NULL, &error), WRT_ERR_BUSY);
  CHECK_STATUS(wrt_instance_new(store, module, NULL, 0, &other, &error), WRT_ERR_BUSY);
  CHECK_STATUS(wrt_instance_export(instance, TEXT("m"), &item, &error), WRT_ERR_BUSY);
  CHECK_STATUS(wrt_memory_read(memory, 0, &byte, 1, &error), WRT_ERR_BUSY);
  CHECK_STATUS(wrt_memory_grow(memory, 1, &number, &error), WRT_ERR_BUSY);
  CHECK_STATUS(wrt_memory_new(store, type, &item, &error), WRT_ERR_BUSY);
  CHECK_STATUS(wrt_table_get(table, 0, &value, &error), WRT_ERR_BUSY);
  CHECK_STATUS(wrt_global_set(global, &value, &error), WRT_ERR_BUSY);
  CHECK_STATUS(wrt_ref_from_func(func, &number, &error), WRT_ERR_BUSY);
  CHECK_STATUS(wrt_store_gc(store, &error), WRT_ERR_BUSY);
  CHECK_STATUS(wrt_store_json(store, &json, &error), WRT_ERR_BUSY);
  CHECK_STATUS(wrt_store_lock(store, &error), WRT_ERR_BUSY);
  CHECK_STATUS(wrt_store_unlock(store, &error), WRT_ERR_BUSY);
  CHECK_FAILS(wrt_close(store, &error), WRT_ERR_BUSY, "in use by another thread");
  /* An id that is dropped now goes when the store is free. */
  wrt_ref_drop(store, id);
  CHECK(wrt_memory_generation(memory) == 0 && wrt_extern_same(memory, memory) == 0);
  /* What the handles know without the store can be asked. */
  CHECK(wrt_extern_kind(memory) == WRT_MEMORY && wrt_call_slots(call) == 0 && wrt_store_data(store) == NULL);

  gate_set(&at, &at.go_on);
  CHECK(pthread_join(thread, NULL) == 0);
  CHECK_OK(wrt_memory_read(memory, 0, &byte, 1, &error));
  check_store(store, "\"references\":0");
  wrt_release(call);
  wrt_release(global);
  wrt_release(table);
  wrt_release(memory);
  wrt_release(type);
  wrt_release(module);
  wrt_release(instance);
  wrt_release(func);
  wrt_release(store);
}

/* A second thread gives up everything, the function that runs included: it is freed when the call returns. */
static void other_threads_release(void) {
  gate at;
  pthread_t thread;
  const uint64_t before = wrt_live_count();
  uint64_t alive;
  wrt_store *store = new_store(engine);
  wrt_func *func = new_func(store, "(func)", wait_inside, &at);
  wrt_instance *instance = new_linked(
      store, "(module (import \"host\" \"f\" (func $f)) (memory (export \"m\") 1) (func (export \"run\") (call $f)))", func);
  wrt_func *run = export_of(instance, "run");
  wrt_memory *memory = export_of(instance, "m");
  const wrt_memory_header *header = NULL;
  CHECK_OK(wrt_memory_header_of(memory, &header, &error));
  gate_init(&at);
  CHECK(pthread_create(&thread, NULL, call_func, run) == 0);
  gate_wait(&at, &at.inside);
  alive = wrt_live_count();
  wrt_release(store);
  wrt_release(func);
  wrt_release(instance);
  wrt_release(memory);
  wrt_release(run);
  CHECK(wrt_live_count() == alive);
  gate_set(&at, &at.go_on);
  CHECK(pthread_join(thread, NULL) == 0);
  CHECK(wrt_live_count() == before);
}

/* Releases race with the end of calls: nothing is kept for ever. */
static void *release_all(void *env) {
  void **handles = env;
  int i;
  for (i = 0; i < 8; i++) {
    wrt_release(handles[i]);
  }
  return NULL;
}

static int32_t nothing(void *env, wrt_caller *caller, wrt_val *slots, size_t nslots, wrt_error *failure) {
  (void)env;
  (void)caller;
  (void)slots;
  (void)nslots;
  (void)failure;
  return WRT_OK;
}

static void releases_race_with_calls(void) {
  const uint64_t before = wrt_live_count();
  int round;
  for (round = 0; round < 200; round++) {
    wrt_store *store = new_store(engine);
    wrt_func *func = new_func(store, "(func)", nothing, NULL);
    wrt_call *call = NULL;
    void *handles[8];
    pthread_t thread;
    int i;
    CHECK_OK(wrt_call_new(func, &call, &error));
    for (i = 0; i < 8; i++) {
      handles[i] = new_func(store, "(func)", nothing, NULL);
    }
    wrt_release(func);
    wrt_release(store);
    CHECK(pthread_create(&thread, NULL, release_all, handles) == 0);
    for (i = 0; i < 50; i++) {
      CHECK_OK(wrt_call_invoke(call, NULL, 0, &error));
    }
    wrt_release(call);
    CHECK(pthread_join(thread, NULL) == 0);
  }
  CHECK(wrt_live_count() == before);
}

/* ===== What is shared ===== */

typedef struct {
  wrt_linker *linker;
  wrt_module *module;
  int32_t sum;
} worker;

static int32_t add_up(void *env, wrt_caller *caller, wrt_val *slots, size_t nslots, wrt_error *failure) {
  worker *own = wrt_store_data(wrt_caller_store(caller));
  (void)env;
  (void)failure;
  CHECK(nslots == 1);
  own->sum += to_i32(slots[0]);
  return WRT_OK;
}

/* Each thread has stores of its own; engine, module and linker are the same, and more modules are compiled meanwhile. */
static void *work(void *env) {
  worker *own = env;
  wrt_error failed = {0};
  int round;
  for (round = 0; round < 5; round++) {
    wrt_store *store = NULL;
    wrt_instance *instance = NULL;
    wrt_func *run = NULL;
    wrt_module *extra = NULL;
    const char *wat = "(module (func (export \"f\") (result i32) (i32.const 1)))";
    int i;
    CHECK(wrt_store_new(engine, own, NULL, &store, &failed) == WRT_OK);
    CHECK(wrt_linker_instantiate(own->linker, store, own->module, &instance, &failed) == WRT_OK);
    CHECK(wrt_instance_export(instance, TEXT("run"), &run, &failed) == WRT_OK);
    for (i = 0; i < 100; i++) {
      CHECK(wrt_func_call(run, NULL, 0, NULL, 0, &failed) == WRT_OK);
    }
    CHECK(wrt_module_new(engine, (const uint8_t *)wat, strlen(wat), &extra, &failed) == WRT_OK);
    wrt_release(store);
    wrt_release(run);
    wrt_release(extra);
    wrt_release(instance);
  }
  wrt_error_clear(&failed);
  return NULL;
}

static void many_threads_have_many_stores(void) {
  worker workers[4];
  pthread_t threads[4];
  wrt_linker *linker = NULL;
  wrt_type *type = new_type(engine, "(func (param i32))");
  wrt_module *module = new_module(engine, "(module (import \"host\" \"add\" (func $add (param i32)))"
                                          "  (func (export \"run\") (call $add (i32.const 3))))");
  char name[16];
  int i;
  CHECK_OK(wrt_linker_new(engine, &linker, &error));
  CHECK_OK(wrt_linker_define_func(linker, TEXT("host"), TEXT("add"), type, add_up, NULL, NULL, &error));
  for (i = 0; i < 4; i++) {
    workers[i].linker = linker;
    workers[i].module = module;
    workers[i].sum = 0;
    CHECK(pthread_create(&threads[i], NULL, work, &workers[i]) == 0);
  }
  /* The linker grows while it is used. */
  for (i = 0; i < 100; i++) {
    sprintf(name, "more %d", i);
    CHECK_OK(wrt_linker_define_func(linker, TEXT("host"), TEXT(name), type, add_up, NULL, NULL, &error));
  }
  for (i = 0; i < 4; i++) {
    CHECK(pthread_join(threads[i], NULL) == 0);
    CHECK(workers[i].sum == 5 * 100 * 3);
  }
  wrt_release(module);
  wrt_release(type);
  wrt_release(linker);
}

/* A store moves from thread to thread, between calls. */
static void stores_move(void) {
  wrt_store *store = new_store(engine);
  int32_t calls = 0;
  wrt_func *func = new_func(store, "(func)", nothing, &calls);
  pthread_t thread;
  int i;
  for (i = 0; i < 10; i++) {
    CHECK(pthread_create(&thread, NULL, call_func, func) == 0);
    CHECK(pthread_join(thread, NULL) == 0);
    CHECK_OK(wrt_func_call(func, NULL, 0, NULL, 0, &error));
  }
  wrt_release(func);
  wrt_release(store);
}

int main(void) {
  engine = new_engine();
  the_second_thread_is_refused();
  other_threads_release();
  releases_race_with_calls();
  many_threads_have_many_stores();
  stores_move();
  wrt_release(engine);
  return check_done();
}
