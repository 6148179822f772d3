/* Callers: what a host function knows of the instance that called it. */
#include "wasm.h"

static wrt_engine *engine;
static wrt_store *store;

static const char *const GUEST =
    "(module (import \"host\" \"look\" (func $look (param i32) (result i32)))"
    "  (memory (export \"memory\") 1) (data (i32.const 5) \"hello\")"
    "  (global (export \"h\\c3\\a4ndel\") i32 (i32.const 3)) (global (export \"\") i32 (i32.const 4))"
    "  (func (export \"run\") (param i32) (result i32) (call $look (local.get 0))))";

/* ===== What the caller exports ===== */

static int32_t look(void *env, wrt_caller *caller, wrt_val *slots, size_t nslots, wrt_error *failure) {
  uint8_t *base = NULL;
  size_t len = 0;
  wrt_extern *item = NULL;
  wrt_val found;
  CHECK(wrt_caller_store(caller) == env && nslots == 1);
  CHECK(wrt_caller_memory(caller, &base, &len, failure) == WRT_OK);
  CHECK(len == 65536 && memcmp(base + 5, "hello", 5) == 0);

  CHECK(wrt_caller_export(caller, TEXT("h\xc3\xa4ndel"), &item, failure) == WRT_OK);
  CHECK(wrt_extern_kind(item) == WRT_GLOBAL && wrt_global_get(item, &found, failure) == WRT_OK && to_i32(found) == 3);
  wrt_release(item);
  CHECK(wrt_caller_export(caller, NULL, 0, &item, failure) == WRT_OK);
  CHECK(wrt_global_get(item, &found, failure) == WRT_OK && to_i32(found) == 4);
  wrt_release(item);

  item = NULL;
  CHECK(wrt_caller_export(caller, TEXT("nothing"), &item, failure) == WRT_ERR_NOT_FOUND);
  CHECK(strstr(failure->message, "no export named \"nothing\"") != NULL);
  wrt_error_clear(failure);
  CHECK(wrt_caller_export(caller, "\xff", 1, &item, NULL) == WRT_ERR_ARGUMENT && item == NULL);
  slots[0] = i32(base[5 + to_i32(slots[0])]);
  return WRT_OK;
}

static void exports_are_at_hand(void) {
  wrt_func *func = check_func(store, "(func (param i32) (result i32))", look, store);
  wrt_instance *instance = check_linked(store, GUEST, func);
  wrt_func *run = check_export(instance, "run");
  wrt_val slot = i32(4);
  CHECK_OK(wrt_func_call(run, &slot, 1, &slot, 1, &error));
  CHECK(to_i32(slot) == 'o');
  wrt_release(run);
  wrt_release(instance);
  wrt_release(func);
}

/* ===== Callers that are no instance, or export nothing ===== */

static int32_t alone(void *env, wrt_caller *caller, wrt_val *slots, size_t nslots, wrt_error *failure) {
  uint8_t *base = NULL;
  size_t len = 0;
  wrt_extern *item = NULL;
  (void)slots;
  (void)nslots;
  CHECK(wrt_caller_store(caller) == env);
  CHECK(wrt_caller_memory(caller, &base, &len, failure) == WRT_ERR_NOT_FOUND && base == NULL);
  wrt_error_clear(failure);
  CHECK(wrt_caller_export(caller, TEXT("memory"), &item, failure) == WRT_ERR_NOT_FOUND && item == NULL);
  wrt_error_clear(failure);
  CHECK(wrt_caller_store(NULL) == NULL && wrt_caller_export(NULL, TEXT("f"), &item, NULL) == WRT_ERR_ARGUMENT);
  return WRT_OK;
}

static void the_host_is_no_instance(void) {
  wrt_func *func = check_func(store, "(func)", alone, store);
  wrt_instance *instance = check_linked(
      store, "(module (import \"host\" \"alone\" (func $f)) (memory 1) (table (export \"memory\") 1 funcref)"
             "  (func (export \"run\") (call $f)))",
      func);
  wrt_instance *passing = check_linked(store, "(module (import \"host\" \"alone\" (func)) (export \"f\" (func 0)))", func);
  wrt_func *passed = check_export(passing, "f");
  CHECK_OK(wrt_func_call(func, NULL, 0, NULL, 0, &error));
  /* An import that is exported again is still the host's own function. */
  CHECK_OK(wrt_func_call(passed, NULL, 0, NULL, 0, &error));
  wrt_release(passed);
  wrt_release(passing);
  wrt_release(instance);
  wrt_release(func);
}

/* ===== Each function has its own caller ===== */

/* What the global "id" of the caller is. */
static int32_t id_of(const wrt_caller *caller) {
  wrt_global *global = NULL;
  wrt_val found;
  CHECK(wrt_caller_export(caller, TEXT("id"), &global, NULL) == WRT_OK);
  CHECK(wrt_global_get(global, &found, NULL) == WRT_OK);
  wrt_release(global);
  return to_i32(found);
}

static int32_t inner(void *env, wrt_caller *caller, wrt_val *slots, size_t nslots, wrt_error *failure) {
  (void)slots;
  (void)nslots;
  (void)failure;
  *(int32_t *)env = id_of(caller);
  return WRT_OK;
}

typedef struct {
  wrt_func *next;
  int32_t before;
  int32_t after;
} station;

static int32_t outer(void *env, wrt_caller *caller, wrt_val *slots, size_t nslots, wrt_error *failure) {
  station *at = env;
  (void)slots;
  (void)nslots;
  at->before = id_of(caller);
  CHECK(wrt_func_call(at->next, NULL, 0, NULL, 0, failure) == WRT_OK);
  at->after = id_of(caller);
  return WRT_OK;
}

static void callers_nest(void) {
  int32_t seen = 0;
  station at = {NULL, 0, 0};
  wrt_func *leaf = check_func(store, "(func)", inner, &seen);
  wrt_func *node = check_func(store, "(func)", outer, &at);
  wrt_instance *second = check_linked(store,
                                      "(module (import \"host\" \"f\" (func $f)) (global (export \"id\") i32 (i32.const 2))"
                                      "  (func (export \"run\") (call $f)))",
                                      leaf);
  wrt_instance *first = check_linked(store,
                                     "(module (import \"host\" \"f\" (func $f)) (global (export \"id\") i32 (i32.const 1))"
                                     "  (func (export \"run\") (call $f)))",
                                     node);
  wrt_func *run = check_export(first, "run");
  at.next = check_export(second, "run");
  CHECK_OK(wrt_func_call(run, NULL, 0, NULL, 0, &error));
  CHECK(at.before == 1 && seen == 2 && at.after == 1);
  wrt_release(at.next);
  wrt_release(run);
  wrt_release(first);
  wrt_release(second);
  wrt_release(node);
  wrt_release(leaf);
}

int main(void) {
  engine = check_engine();
  store = check_store(engine);
  exports_are_at_hand();
  the_host_is_no_instance();
  callers_nest();
  wrt_release(store);
  wrt_release(engine);
  return check_done();
}
