/* What the tests of WebAssembly use beyond check.h: things made in one line, and values.
 *
 * Whoever gets a pointer from a function here owns it, and gives it back with `wrt_release`.
 */
#ifndef WASM_H
#define WASM_H

#include "check.h"

/* A literal where the library takes a text and its length. */
#define TEXT(text) (text), (size_t)-1

/* An engine in which these options are on: their names, with spaces between. */
static inline wrt_engine *check_engine_with(const char *options) {
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

/* An instance of a module that imports this item and no other. */
static inline wrt_instance *check_linked(const wrt_store *store, const char *wat, const wrt_extern *import) {
  wrt_engine *engine = NULL;
  wrt_module *module;
  wrt_instance *instance = NULL;
  CHECK_OK(wrt_store_engine(store, &engine, &error));
  module = check_module(engine, wat);
  CHECK_OK(wrt_instance_new(store, module, &import, 1, &instance, &error));
  wrt_release(module);
  wrt_release(engine);
  return instance;
}

/* A function of the host. */
static inline wrt_func *check_func(const wrt_store *store, const char *text, wrt_host_fn call, void *env) {
  wrt_func *func = NULL;
  wrt_engine *engine = NULL;
  wrt_type *type;
  CHECK_OK(wrt_store_engine(store, &engine, &error));
  type = check_type(engine, text);
  CHECK_OK(wrt_func_new(store, type, call, env, NULL, &func, &error));
  wrt_release(type);
  wrt_release(engine);
  return func;
}

/* The type of an item is this one. */
static inline void check_item_type(const wrt_extern *item, const char *text) {
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
static inline void check_store_json(const wrt_store *store, const char *text) {
  wrt_bytes json = {0};
  CHECK_OK(wrt_store_json(store, &json, &error));
  check_json(&json, text);
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
