/* Limits: how much the WebAssembly of a store may have, and the host's say in it. */
#include "wasm.h"

static wrt_engine *engine;
static int drops;

static void count_drop(void *env) {
  (void)env;
  drops++;
}

static const wrt_limits NONE = {sizeof(wrt_limits), UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX, 0, 0};

static const char *const GROWING =
    "(module (memory (export \"memory\") 1) (table (export \"table\") 2 funcref)"
    "  (func (export \"grow\") (param i32) (result i32) (memory.grow (local.get 0)))"
    "  (func (export \"grow_table\") (param i32) (result i32) (table.grow (ref.null func) (local.get 0))))";

static int32_t call(const wrt_instance *instance, const char *name, int32_t by, int32_t status) {
  wrt_func *func = check_export(instance, name);
  wrt_val slot = i32(by);
  CHECK_STATUS(wrt_func_call(func, &slot, 1, &slot, 1, &error), status);
  wrt_release(func);
  return to_i32(slot);
}

static void growth_is_refused(void) {
  wrt_store *store = check_store(engine);
  wrt_limits limits = NONE;
  wrt_instance *instance;
  wrt_memory *memory;
  wrt_table *table;
  uint64_t before = 9;
  limits.memory_bytes = 3 * 65536;
  limits.table_elements = 4;
  CHECK_OK(wrt_store_set_limits(store, &limits, &error));
  instance = check_instance(store, GROWING);
  memory = check_export(instance, "memory");
  table = check_export(instance, "table");
  CHECK(call(instance, "grow", 2, WRT_OK) == 1);
  CHECK(call(instance, "grow", 1, WRT_OK) == -1);
  CHECK(call(instance, "grow_table", 3, WRT_OK) == -1);
  CHECK(call(instance, "grow_table", 2, WRT_OK) == 2);
  /* The host is held to them too. */
  CHECK_STATUS(wrt_memory_grow(memory, 1, &before, &error), WRT_ERR_LIMIT);
  CHECK_STATUS(wrt_table_grow(table, 1, NULL, &before, &error), WRT_ERR_LIMIT);
  CHECK(before == 9);

  /* Growth that is refused may end the call instead. */
  limits.trap_on_grow_failure = 1;
  CHECK_OK(wrt_store_set_limits(store, &limits, &error));
  call(instance, "grow", 1, WRT_ERR_LIMIT);
  CHECK_MESSAGE("a memory of 262144 bytes exceeds the store's limit of 196608");
  CHECK(error.frame_count == 1 && error.trap == -1);
  call(instance, "grow_table", 1, WRT_ERR_LIMIT);
  CHECK_MESSAGE("a table of 5 elements exceeds the store's limit of 4");
  CHECK_FAILS(wrt_memory_grow(memory, 1, &before, &error), WRT_ERR_LIMIT, "exceeds the store's limit");

  CHECK_OK(wrt_store_set_limits(store, NULL, &error));
  CHECK(call(instance, "grow", 1, WRT_OK) == 3);
  CHECK_OK(wrt_table_grow(table, 1, NULL, &before, &error));
  CHECK(before == 4);
  wrt_release(table);
  wrt_release(memory);
  wrt_release(instance);
  wrt_release(store);
}

static void what_is_too_large_is_not_made(void) {
  wrt_store *store = check_store(engine);
  wrt_module *module = check_module(engine, GROWING);
  wrt_type *memory_type = check_type(engine, "(memory 2)");
  wrt_type *table_type = check_type(engine, "(table 3 funcref)");
  wrt_limits limits = NONE;
  wrt_instance *instance = NULL;
  wrt_extern *item = NULL;
  limits.memory_bytes = 65535;
  CHECK_OK(wrt_store_set_limits(store, &limits, &error));
  CHECK_STATUS(wrt_instance_new(store, module, NULL, 0, &instance, &error), WRT_ERR_LIMIT);
  CHECK_STATUS(wrt_memory_new(store, memory_type, &item, &error), WRT_ERR_LIMIT);
  limits = NONE;
  limits.table_elements = 1;
  CHECK_OK(wrt_store_set_limits(store, &limits, &error));
  CHECK_STATUS(wrt_instance_new(store, module, NULL, 0, &instance, &error), WRT_ERR_LIMIT);
  CHECK_STATUS(wrt_table_new(store, table_type, NULL, &item, &error), WRT_ERR_LIMIT);
  limits = NONE;
  limits.instances = 0;
  CHECK_OK(wrt_store_set_limits(store, &limits, &error));
  CHECK_STATUS(wrt_instance_new(store, module, NULL, 0, &instance, &error), WRT_ERR_LIMIT);
  limits = NONE;
  limits.memories = 0;
  CHECK_OK(wrt_store_set_limits(store, &limits, &error));
  CHECK_STATUS(wrt_instance_new(store, module, NULL, 0, &instance, &error), WRT_ERR_LIMIT);
  limits = NONE;
  limits.tables = 0;
  CHECK_OK(wrt_store_set_limits(store, &limits, &error));
  CHECK_STATUS(wrt_instance_new(store, module, NULL, 0, &instance, &error), WRT_ERR_LIMIT);
  CHECK(instance == NULL && item == NULL);

  CHECK_OK(wrt_store_set_limits(store, NULL, &error));
  CHECK_OK(wrt_instance_new(store, module, NULL, 0, &instance, &error));
  wrt_release(instance);
  wrt_release(table_type);
  wrt_release(memory_type);
  wrt_release(module);
  wrt_release(store);
}

/* Limits are set between calls, since Wasmtime asks for some of them but once. */
static int32_t tighten(void *env, wrt_caller *caller, wrt_val *slots, size_t nslots, wrt_error *failure) {
  (void)env;
  (void)slots;
  (void)nslots;
  return wrt_store_set_limits(wrt_caller_store(caller), &NONE, failure);
}

static void limits_are_set_while_nothing_runs(void) {
  wrt_store *store = check_store(engine);
  wrt_func *func = check_func(store, "(func)", tighten, NULL);
  CHECK_FAILS(wrt_func_call(func, NULL, 0, NULL, 0, &error), WRT_ERR_BUSY, "the store is running");
  wrt_release(func);
  wrt_release(store);
}

static void the_struct_may_be_older_than_the_library(void) {
  wrt_store *store = check_store(engine);
  wrt_limits limits;
  memset(&limits, 0, sizeof limits);
  CHECK_FAILS(wrt_store_set_limits(store, &limits, &error), WRT_ERR_ARGUMENT, "limits.struct_size is 0");
  limits.struct_size = 12;
  CHECK_STATUS(wrt_store_set_limits(store, &limits, &error), WRT_ERR_ARGUMENT);
  /* As if there was only the first limit. */
  limits.struct_size = 2 * sizeof(uint64_t);
  limits.memory_bytes = 65536;
  CHECK_OK(wrt_store_set_limits(store, &limits, &error));
  wrt_release(check_instance(store, GROWING));
  wrt_release(store);
}

/* ===== The host decides ===== */

typedef struct {
  int32_t answer;
  const char *message;
  int asked;
  int32_t kind;
  uint64_t current;
  uint64_t desired;
  uint64_t maximum;
  wrt_store *store;
} judge;

static int32_t allow(void *env, int32_t kind, uint64_t current, uint64_t desired, uint64_t maximum, wrt_error *failure) {
  judge *at = env;
  at->asked++;
  at->kind = kind;
  at->current = current;
  at->desired = desired;
  at->maximum = maximum;
  /* The store is in no state to be used, and says so. */
  CHECK(wrt_store_gc(at->store, failure) == WRT_ERR_BUSY);
  if (at->answer != WRT_OK) {
    wrt_error_clear(failure);
  }
  if (at->message != NULL) {
    CHECK(wrt_error_set(failure, at->answer, TEXT(at->message)) == WRT_OK);
  }
  return at->answer;
}

static void hosts_decide_on_growth(void) {
  wrt_store *store = check_store(engine);
  judge at = {WRT_OK, NULL, 0, 0, 0, 0, 0, NULL};
  wrt_limits limits = NONE;
  wrt_instance *instance;
  wrt_memory *memory;
  drops = 0;
  at.store = store;
  CHECK_OK(wrt_store_set_limiter(store, allow, &at, count_drop, &error));
  instance = check_instance(store, "(module (memory (export \"memory\") 1 7)"
                                   "  (func (export \"grow\") (param i32) (result i32) (memory.grow (local.get 0))))");
  CHECK(at.asked == 1 && at.kind == WRT_MEMORY && at.current == 0 && at.desired == 65536 && at.maximum == 7 * 65536);
  CHECK(call(instance, "grow", 2, WRT_OK) == 1);
  CHECK(at.asked == 2 && at.current == 65536 && at.desired == 3 * 65536);

  at.answer = WRT_ERR_LIMIT;
  CHECK(call(instance, "grow", 1, WRT_OK) == -1);
  CHECK(at.asked == 3);
  at.message = "not today";
  memory = check_export(instance, "memory");
  CHECK_STATUS(wrt_memory_grow(memory, 1, NULL, &error), WRT_ERR_LIMIT);
  limits.trap_on_grow_failure = 1;
  CHECK_OK(wrt_store_set_limits(store, &limits, &error));
  call(instance, "grow", 1, WRT_ERR_LIMIT);
  CHECK_MESSAGE("not today");
  /* Any other failure ends the call, whatever the limits say. */
  CHECK_OK(wrt_store_set_limits(store, NULL, &error));
  at.answer = WRT_ERR_HOST;
  call(instance, "grow", 1, WRT_ERR_HOST);
  CHECK_TEXT(error.message, "not today");

  /* A limit that is set is looked at first. */
  limits.memory_bytes = 3 * 65536;
  CHECK_OK(wrt_store_set_limits(store, &limits, &error));
  at.asked = 0;
  call(instance, "grow", 1, WRT_ERR_LIMIT);
  CHECK(at.asked == 0);

  CHECK_OK(wrt_store_set_limiter(store, NULL, NULL, NULL, &error));
  CHECK(drops == 1);
  wrt_release(memory);
  wrt_release(instance);
  wrt_release(store);
}

static void tables_are_asked_for_too(void) {
  wrt_store *store = check_store(engine);
  judge at = {WRT_OK, NULL, 0, 0, 0, 0, 0, NULL};
  wrt_type *type = check_type(engine, "(table 3 funcref)");
  wrt_table *table = NULL;
  at.store = store;
  drops = 0;
  CHECK_OK(wrt_store_set_limiter(store, allow, &at, count_drop, &error));
  CHECK_OK(wrt_table_new(store, type, NULL, &table, &error));
  CHECK(at.asked == 1 && at.kind == WRT_TABLE && at.current == 0 && at.desired == 3 && at.maximum == UINT64_MAX);
  CHECK_OK(wrt_table_grow(table, 2, NULL, NULL, &error));
  CHECK(at.asked == 2 && at.current == 3 && at.desired == 5);
  wrt_release(type);
  wrt_release(table);
  wrt_release(store);
  CHECK(drops == 1);
}

int main(void) {
  engine = check_engine();
  growth_is_refused();
  what_is_too_large_is_not_made();
  limits_are_set_while_nothing_runs();
  the_struct_may_be_older_than_the_library();
  hosts_decide_on_growth();
  tables_are_asked_for_too();
  wrt_release(engine);
  return check_done();
}
