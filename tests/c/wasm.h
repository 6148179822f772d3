/* What the tests of WebAssembly use beyond check.h: things made in one line, and values.
 *
 * Whoever gets a pointer from a function here owns it, and gives it back with `wrt_release`.
 */
#ifndef WASM_H
#define WASM_H

#include "check.h"

/* A literal where the library takes a text and its length. */
#define TEXT(text) (text), (size_t)-1

static inline wrt_engine *new_engine(void) {
  wrt_engine *engine = NULL;
  CHECK_OK(wrt_engine_new(NULL, &engine, &error));
  return engine;
}

/* An engine in which these options are on: their names, with spaces between. */
static inline wrt_engine *new_engine_with(const char *options) {
  wrt_config *config = NULL;
  wrt_engine *engine = NULL;
  CHECK_OK(wrt_config_new(&config, &error));
  while (*options != 0) {
    const size_t len = strcspn(options, " ");
    CHECK_OK(wrt_config_set(config, options, len, TEXT("true"), &error));
    options += len + strspn(options + len, " ");
  }
  CHECK_OK(wrt_engine_new(config, &engine, &error));
  wrt_release(config);
  return engine;
}

/* An engine for null references that are used. Under valgrind, which does not tell at which instruction such a fault
   happened, traps come from checks instead of signals; the runner says so. */
static inline wrt_engine *new_engine_for_nulls(void) {
  wrt_config *config = NULL;
  wrt_engine *engine = NULL;
  CHECK_OK(wrt_config_new(&config, &error));
  if (getenv("WRT_TEST_VALGRIND") != NULL) {
    CHECK_OK(wrt_config_set(config, TEXT("signals_based_traps"), TEXT("false"), &error));
  }
  CHECK_OK(wrt_engine_new(config, &engine, &error));
  wrt_release(config);
  return engine;
}

/* An engine whose stores have this collector. */
static inline wrt_engine *new_collecting(const char *collector) {
  wrt_config *config = NULL;
  wrt_engine *engine = NULL;
  CHECK_OK(wrt_config_new(&config, &error));
  CHECK_OK(wrt_config_set(config, TEXT("collector"), TEXT(collector), &error));
  CHECK_OK(wrt_engine_new(config, &engine, &error));
  wrt_release(config);
  return engine;
}

static inline wrt_store *new_store(const wrt_engine *engine) {
  wrt_store *store = NULL;
  CHECK_OK(wrt_store_new(engine, NULL, NULL, &store, &error));
  return store;
}

/* The engine of a store, which keeps it. */
static inline wrt_engine *engine_of(const wrt_store *store) {
  wrt_engine *engine = NULL;
  CHECK_OK(wrt_store_engine(store, &engine, &error));
  wrt_release(engine);
  return engine;
}

static inline wrt_type *new_type(const wrt_engine *engine, const char *text) {
  wrt_type *type = NULL;
  CHECK_OK(wrt_type_parse(engine, TEXT(text), &type, &error));
  return type;
}

static inline wrt_module *new_module(const wrt_engine *engine, const char *wat) {
  wrt_module *module = NULL;
  CHECK_OK(wrt_module_new(engine, (const uint8_t *)wat, strlen(wat), &module, &error));
  return module;
}

/* An instance of a module that imports this item and no other; or nothing, where it is NULL. */
static inline wrt_instance *new_linked(const wrt_store *store, const char *wat, const wrt_extern *import) {
  wrt_instance *instance = NULL;
  wrt_module *module = new_module(engine_of(store), wat);
  CHECK_OK(wrt_instance_new(store, module, &import, import != NULL, &instance, &error));
  wrt_release(module);
  return instance;
}

static inline wrt_instance *new_instance(const wrt_store *store, const char *wat) {
  return new_linked(store, wat, NULL);
}

static inline wrt_extern *export_of(const wrt_instance *instance, const char *name) {
  wrt_extern *item = NULL;
  CHECK_OK(wrt_instance_export(instance, TEXT(name), &item, &error));
  return item;
}

/* A function of the host. */
static inline wrt_func *new_func(const wrt_store *store, const char *text, wrt_host_fn call, void *env) {
  wrt_func *func = NULL;
  wrt_type *type = new_type(engine_of(store), text);
  CHECK_OK(wrt_func_new(store, type, call, env, NULL, &func, &error));
  wrt_release(type);
  return func;
}

/* A function of the host that suspends the call. */
static inline wrt_func *new_suspending(const wrt_store *store, const char *text, uint64_t id) {
  wrt_func *func = NULL;
  wrt_type *type = new_type(engine_of(store), text);
  CHECK_OK(wrt_func_new_suspending(store, type, id, &func, &error));
  wrt_release(type);
  return func;
}

/* An instance of a module whose one import is a suspending function of this type; its id is 7. */
static inline wrt_instance *new_asking(const wrt_store *store, const char *wat, const char *text) {
  wrt_func *ask = new_suspending(store, text, 7);
  wrt_instance *instance = new_linked(store, wat, ask);
  wrt_release(ask);
  return instance;
}

static inline wrt_call *new_call(const wrt_func *func) {
  wrt_call *call = NULL;
  CHECK_OK(wrt_call_new(func, &call, &error));
  return call;
}

/* Calls the export `name`, which has one result. */
static inline wrt_val apply(const wrt_instance *instance, const char *name, const wrt_val *args, size_t nargs) {
  wrt_val result;
  wrt_func *func = export_of(instance, name);
  CHECK_OK(wrt_func_call(func, args, nargs, &result, 1, &error));
  wrt_release(func);
  return result;
}

/* The type of an item is this one. */
static inline void check_type(const wrt_extern *item, const char *text) {
  wrt_type *type = NULL;
  wrt_bytes found = {0};
  CHECK_OK(wrt_extern_type(item, &type, &error));
  CHECK_OK(wrt_type_text(type, &found, &error));
  check_bytes(&found, text);
  wrt_release(type);
}

/* Frees the JSON, which has this in it. */
static inline void check_json(wrt_bytes *json, const char *text) {
  if (json->data == NULL || strstr((const char *)json->data, text) == NULL) {
    check_failed(__FILE__, __LINE__, text, (const char *)json->data);
  }
  wrt_bytes_free(json);
}

/* What the store says of itself has this in it. */
static inline void check_store(const wrt_store *store, const char *text) {
  wrt_bytes json = {0};
  CHECK_OK(wrt_store_json(store, &json, &error));
  check_json(&json, text);
}

/* Tasks. */

/* A task that calls the export `name`, with one argument or none. */
static inline wrt_task *start_task(const wrt_instance *instance, const char *name, const wrt_val *argument) {
  wrt_task *task = NULL;
  wrt_func *func = export_of(instance, name);
  wrt_call *call = new_call(func);
  CHECK_OK(wrt_call_start(call, argument, argument != NULL, NULL, NULL, &task, &error));
  wrt_release(call);
  wrt_release(func);
  return task;
}

/* Polls once, and tells how far the task is. */
static inline int32_t poll_task(const wrt_task *task) {
  int32_t state = -1;
  CHECK_OK(wrt_task_poll(task, &state, &error));
  return state;
}

/* Polls until the task waits for the host, or is done: with epochs it may yield at any time. */
static inline int32_t wait_task(const wrt_task *task) {
  int32_t state = -1;
  CHECK_OK(wrt_task_wait(task, UINT64_MAX, &state, &error));
  return state;
}

/* The host call that the task waits in. */
static inline wrt_host_request request_of(const wrt_task *task) {
  wrt_host_request request;
  request.struct_size = sizeof request;
  CHECK_OK(wrt_task_request(task, &request, &error));
  return request;
}

static inline void reply_to(const wrt_task *task, wrt_val result) {
  CHECK_OK(wrt_task_reply(task, &result, 1, &error));
}

/* The one result of a task, which is done. The task is released. */
static inline wrt_val result_of(wrt_task *task) {
  wrt_val result;
  CHECK_OK(wrt_task_results(task, &result, 1, &error));
  wrt_release(task);
  return result;
}

/* References. Who gets an id from a function here drops it, or ends its scope. */

static inline uint64_t new_i31(const wrt_store *store, int32_t value) {
  uint64_t id = 0;
  CHECK_OK(wrt_ref_from_i31(store, value, &id, &error));
  return id;
}

static inline uint64_t new_struct(const wrt_store *store, const char *text, const wrt_val *fields, size_t nfields) {
  uint64_t id = 0;
  wrt_type *type = new_type(engine_of(store), text);
  CHECK_OK(wrt_ref_new_struct(store, type, fields, nfields, &id, &error));
  wrt_release(type);
  return id;
}

/* A field of a struct, an element of an array, or a value of an exception. */
static inline wrt_val member_of(const wrt_store *store, uint64_t id, uint32_t index) {
  wrt_val value;
  CHECK_OK(wrt_ref_get(store, id, index, &value, &error));
  return value;
}

static inline uint64_t begin_scope(const wrt_store *store) {
  uint64_t scope = 0;
  CHECK_OK(wrt_ref_scope_begin(store, &scope, &error));
  return scope;
}

/* Runs a test in a scope of its own. Beyond it no id is left. */
static inline void run_scoped(const wrt_store *store, void (*test)(void)) {
  const uint64_t scope = begin_scope(store);
  test();
  CHECK_OK(wrt_ref_scope_end(store, scope, &error));
  check_store(store, "\"references\":0");
}

/* Values: how a number stands in a slot. */

static inline wrt_val i32(int32_t value) {
  const wrt_val slot = {(uint32_t)value, 0};
  return slot;
}

static inline wrt_val i64(int64_t value) {
  const wrt_val slot = {(uint64_t)value, 0};
  return slot;
}

static inline wrt_val f32(float value) {
  wrt_val slot = {0, 0};
  memcpy(&slot.lo, &value, sizeof value);
  return slot;
}

static inline wrt_val f64(double value) {
  wrt_val slot = {0, 0};
  memcpy(&slot.lo, &value, sizeof value);
  return slot;
}

static inline wrt_val reference(uint64_t id) {
  const wrt_val slot = {id, 0};
  return slot;
}

static inline int32_t to_i32(wrt_val slot) {
  return (int32_t)(uint32_t)slot.lo;
}

static inline int64_t to_i64(wrt_val slot) {
  return (int64_t)slot.lo;
}

static inline float to_f32(wrt_val slot) {
  float value;
  memcpy(&value, &slot.lo, sizeof value);
  return value;
}

static inline double to_f64(wrt_val slot) {
  double value;
  memcpy(&value, &slot.lo, sizeof value);
  return value;
}

#endif
