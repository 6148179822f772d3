/* Host functions that use their own store: call back into WebAssembly, grow, instantiate, define, release. */
#include "wasm.h"

static wrt_engine *engine;
static wrt_store *store;
static int drops;

static void count_drop(void *env) {
  (void)env;
  drops++;
}

/* ===== Host, WebAssembly, host, WebAssembly, ... ===== */

/* Calls the caller's export "down" with one less, and takes what it says, the failure too. */
static int32_t descend(void *env, wrt_caller *caller, wrt_val *slots, size_t nslots, wrt_error *failure) {
  wrt_extern *down = NULL;
  int32_t status;
  (void)env;
  CHECK(nslots == 1);
  if (to_i32(slots[0]) == 0) {
    CHECK(wrt_error_set(failure, WRT_ERR_HOST, TEXT("the bottom")) == WRT_OK);
    CHECK(wrt_error_set_payload(failure, 0xb0770, count_drop) == WRT_OK);
    return WRT_ERR_HOST;
  }
  slots[0] = i32(to_i32(slots[0]) - 1);
  CHECK(wrt_caller_export(caller, TEXT("down"), &down, NULL) == WRT_OK);
  status = wrt_func_call(down, slots, 1, slots, 1, failure);
  wrt_release(down);
  return status;
}

static const char *const DESCENT =
    "(module $well (import \"host\" \"descend\" (func $descend (param i32) (result i32)))"
    "  (func $down (export \"down\") (param i32) (result i32) (call $descend (local.get 0))))";

static void failures_cross_many_levels(void) {
  wrt_func *func = check_func(store, "(func (param i32) (result i32))", descend, NULL);
  const wrt_val depth = i32(9);
  wrt_val result = i32(-5);
  wrt_frame frame;
  wrt_instance *instance;
  wrt_func *down;
  size_t i;
  instance = check_linked(store, DESCENT, func);
  down = check_export(instance, "down");
  drops = 0;
  CHECK_STATUS(wrt_func_call(down, &depth, 1, &result, 1, &error), WRT_ERR_HOST);
  CHECK_TEXT(error.message, "the bottom");
  CHECK(wrt_error_payload(&error) == 0xb0770 && drops == 0);
  CHECK(to_i32(result) == -5);
  /* Each level has left its frame. */
  CHECK(error.frame_count == 10);
  for (i = 0; i < 10; i++) {
    frame.struct_size = sizeof frame;
    CHECK(wrt_error_frame(&error, i, &frame) == WRT_OK);
    CHECK_TEXT(frame.func_name, "down");
    CHECK_TEXT(frame.module_name, "well");
    CHECK(frame.func_index == 1);
  }
  wrt_error_clear(&error);
  CHECK(drops == 1);
  wrt_release(down);
  wrt_release(instance);
  wrt_release(func);
}

/* Calls the caller's export "again", for ever. */
static int32_t recurse(void *env, wrt_caller *caller, wrt_val *slots, size_t nslots, wrt_error *failure) {
  wrt_extern *again = NULL;
  int32_t status;
  (void)env;
  (void)slots;
  (void)nslots;
  CHECK(wrt_caller_export(caller, TEXT("again"), &again, NULL) == WRT_OK);
  status = wrt_func_call(again, NULL, 0, NULL, 0, failure);
  wrt_release(again);
  return status;
}

static void endless_recursion_is_a_trap(void) {
  wrt_func *func = check_func(store, "(func)", recurse, NULL);
  wrt_instance *instance;
  wrt_func *again;
  instance = check_linked(
      store, "(module (import \"host\" \"recurse\" (func $recurse)) (func (export \"again\") (call $recurse)))", func);
  again = check_export(instance, "again");
  CHECK_STATUS(wrt_func_call(again, NULL, 0, NULL, 0, &error), WRT_ERR_TRAP);
  CHECK(error.trap == WRT_TRAP_STACK_OVERFLOW);
  wrt_release(again);
  wrt_release(instance);
  wrt_release(func);
}

/* A host function may get over what it called. */
static int32_t forgive(void *env, wrt_caller *caller, wrt_val *slots, size_t nslots, wrt_error *failure) {
  wrt_extern *down = NULL;
  const wrt_val zero = i32(0);
  (void)env;
  (void)nslots;
  CHECK(wrt_caller_export(caller, TEXT("trap"), &down, failure) == WRT_OK);
  CHECK(wrt_func_call(down, &zero, 1, slots, 1, failure) == WRT_ERR_TRAP);
  wrt_release(down);
  slots[0] = i32(failure->trap);
  return WRT_OK;
}

static void hosts_may_forgive(void) {
  wrt_func *func = check_func(store, "(func (result i32))", forgive, NULL);
  wrt_val result;
  wrt_instance *instance;
  wrt_func *run;
  instance = check_linked(store,
                          "(module (import \"host\" \"forgive\" (func $forgive (result i32)))"
                          "  (func (export \"trap\") (param i32) (result i32) (i32.div_u (i32.const 1) (local.get 0)))"
                          "  (func (export \"run\") (result i32) (call $forgive)))",
                          func);
  run = check_export(instance, "run");
  CHECK_OK(wrt_func_call(run, NULL, 0, &result, 1, &error));
  CHECK(to_i32(result) == WRT_TRAP_INTEGER_DIVISION_BY_ZERO);
  wrt_release(run);
  wrt_release(instance);
  wrt_release(func);
}

/* ===== What a host function may do to its store ===== */

typedef struct {
  const wrt_memory_header *header;
  wrt_linker *linker;
  wrt_instance *made;
} desk;

/* Looks at the memory that WebAssembly has just grown, grows it more, and leaves a mark at its end. */
static int32_t grow_more(void *env, wrt_caller *caller, wrt_val *slots, size_t nslots, wrt_error *failure) {
  const desk *at = env;
  uint8_t *base = NULL;
  size_t len = 0;
  uint64_t before = 0;
  wrt_extern *memory = NULL;
  (void)slots;
  (void)nslots;
  CHECK(at->header->len == 2 * 65536);
  CHECK(wrt_caller_export(caller, TEXT("memory"), &memory, failure) == WRT_OK);
  CHECK(wrt_memory_grow(memory, 3, &before, failure) == WRT_OK);
  CHECK(before == 2);
  CHECK(at->header->len == 5 * 65536);
  CHECK(wrt_caller_memory(caller, &base, &len, failure) == WRT_OK);
  CHECK(base == at->header->base && len == at->header->len);
  base[len - 1] = 77;
  wrt_release(memory);
  return WRT_OK;
}

static void memories_grow_on_both_sides(void) {
  desk at = {NULL, NULL, NULL};
  wrt_func *func = check_func(store, "(func)", grow_more, &at);
  wrt_val result;
  wrt_instance *instance;
  wrt_func *run;
  wrt_memory *memory;
  instance = check_linked(store,
                          "(module (import \"host\" \"grow_more\" (func $grow_more)) (memory (export \"memory\") 1)"
                          "  (func (export \"run\") (result i32)"
                          "    (drop (memory.grow (i32.const 1)))"
                          "    (call $grow_more)"
                          "    (i32.load8_u (i32.const 327679))))",
                          func);
  memory = check_export(instance, "memory");
  CHECK_OK(wrt_memory_header_of(memory, &at.header, &error));
  CHECK(at.header->len == 65536);
  run = check_export(instance, "run");
  CHECK_OK(wrt_func_call(run, NULL, 0, &result, 1, &error));
  CHECK(to_i32(result) == 77);
  wrt_release(run);
  wrt_release(memory);
  wrt_release(instance);
  wrt_release(func);
}

static int32_t seven(void *env, wrt_caller *caller, wrt_val *slots, size_t nslots, wrt_error *failure) {
  (void)env;
  (void)caller;
  (void)failure;
  CHECK(nslots == 1);
  slots[0] = i32(7);
  return WRT_OK;
}

/* Defines a function, links a module with it in the running store, and calls that. */
static int32_t build(void *env, wrt_caller *caller, wrt_val *slots, size_t nslots, wrt_error *failure) {
  desk *at = env;
  wrt_store *here = wrt_caller_store(caller);
  wrt_type *type = check_type(engine, "(func (result i32))");
  wrt_module *module = check_module(engine,
                                  "(module (import \"host\" \"seven\" (func $seven (result i32))) (memory 1)"
                                  "  (func (export \"eight\") (result i32) (i32.add (call $seven) (i32.const 1))))");
  wrt_extern *eight;
  int32_t status;
  CHECK(here == store && nslots == 1);
  CHECK(wrt_linker_define_func(at->linker, TEXT("host"), TEXT("seven"), type, seven, NULL, count_drop, failure) == WRT_OK);
  CHECK(wrt_linker_instantiate(at->linker, here, module, &at->made, failure) == WRT_OK);
  wrt_release(module);
  wrt_release(type);
  eight = check_export(at->made, "eight");
  status = wrt_func_call(eight, NULL, 0, slots, 1, failure);
  wrt_release(eight);
  return status;
}

static void hosts_instantiate(void) {
  desk at = {NULL, NULL, NULL};
  wrt_func *func = check_func(store, "(func (result i32))", build, &at);
  wrt_val result;
  wrt_instance *instance;
  wrt_func *run;
  CHECK_OK(wrt_linker_new(engine, &at.linker, &error));
  instance = check_linked(
      store, "(module (import \"host\" \"build\" (func $b (result i32))) (func (export \"run\") (result i32) (call $b)))",
      func);
  run = check_export(instance, "run");
  CHECK_OK(wrt_func_call(run, NULL, 0, &result, 1, &error));
  CHECK(to_i32(result) == 8);
  /* What was made inside lives on outside. */
  wrt_release(run);
  run = check_export(at.made, "eight");
  CHECK_OK(wrt_func_call(run, NULL, 0, &result, 1, &error));
  CHECK(to_i32(result) == 8);
  wrt_release(run);
  wrt_release(at.made);
  wrt_release(at.linker);
  wrt_release(instance);
  wrt_release(func);
}

/* Gives up everything that the call stands on. */
static int32_t let_go(void *env, wrt_caller *caller, wrt_val *slots, size_t nslots, wrt_error *failure) {
  void **handles = env;
  (void)caller;
  (void)slots;
  (void)nslots;
  (void)failure;
  while (*handles != NULL) {
    wrt_release(*handles);
    *handles++ = NULL;
  }
  return WRT_OK;
}

static void hosts_release_what_runs(void) {
  void *handles[6] = {NULL, NULL, NULL, NULL, NULL, NULL};
  wrt_store *own = check_store(engine);
  wrt_func *func = check_func(own, "(func)", let_go, handles);
  wrt_instance *instance;
  wrt_func *run;
  wrt_call *call = NULL;
  uint64_t before = wrt_live_count();
  instance =
      check_linked(own, "(module (import \"host\" \"let_go\" (func $f)) (func (export \"run\") (call $f)))", func);
  run = check_export(instance, "run");
  CHECK_OK(wrt_call_new(run, &call, &error));
  handles[0] = own;
  handles[1] = func;
  handles[2] = instance;
  handles[3] = run;
  handles[4] = call;
  CHECK_OK(wrt_call_invoke_many(call, NULL, 0, 3, NULL, &error));
  CHECK(handles[0] == NULL);
  CHECK(wrt_live_count() == before - 2);
}

/* The store itself cannot be closed while it runs, and goes on. */
static int32_t shut(void *env, wrt_caller *caller, wrt_val *slots, size_t nslots, wrt_error *failure) {
  wrt_bytes json = {0};
  (void)env;
  (void)slots;
  (void)nslots;
  CHECK(wrt_close(wrt_caller_store(caller), failure) == WRT_ERR_BUSY);
  wrt_error_clear(failure);
  CHECK(wrt_close(wrt_caller_store(caller), NULL) == WRT_ERR_BUSY);
  CHECK(wrt_store_json(wrt_caller_store(caller), &json, failure) == WRT_OK);
  CHECK(strstr((const char *)json.data, "\"running\":true") != NULL);
  wrt_bytes_free(&json);
  return WRT_OK;
}

static void running_stores_stay_open(void) {
  wrt_func *func = check_func(store, "(func)", shut, NULL);
  CHECK_OK(wrt_func_call(func, NULL, 0, NULL, 0, &error));
  CHECK_OK(wrt_func_call(func, NULL, 0, NULL, 0, &error));
  check_store_json(store, "\"running\":false");
  wrt_release(func);
}

int main(void) {
  engine = check_engine();
  store = check_store(engine);
  failures_cross_many_levels();
  endless_recursion_is_a_trap();
  hosts_may_forgive();
  memories_grow_on_both_sides();
  hosts_instantiate();
  hosts_release_what_runs();
  running_stores_stay_open();
  drops = 0;
  wrt_release(store);
  CHECK(drops == 1);
  wrt_release(engine);
  return check_done();
}
