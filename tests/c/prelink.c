/* Prelinks: imports resolved once, for many instances. */
#include "wasm.h"

static wrt_engine *engine;
static wrt_store *store;
static wrt_type *int_func;

static int32_t give(void *env, wrt_caller *caller, wrt_val *slots, size_t nslots, wrt_error *failure) {
  (void)caller;
  (void)failure;
  CHECK(nslots == 1);
  slots[0] = i32(*(int *)env);
  return WRT_OK;
}

static int one = 1;
static int two = 2;

static wrt_linker *new_linker(void) {
  wrt_linker *linker = NULL;
  CHECK_OK(wrt_linker_new(engine, &linker, &error));
  return linker;
}

static int32_t define(const wrt_linker *linker, const char *name, int *number) {
  return wrt_linker_define_func(linker, TEXT("env"), TEXT(name), int_func, give, number, NULL, &error);
}

/* What the export "run" of an instance gives. */
static int32_t run(wrt_instance *instance) {
  wrt_func *func = export_of(instance, "run");
  wrt_val found;
  CHECK_OK(wrt_func_call(func, NULL, 0, &found, 1, &error));
  wrt_release(func);
  wrt_release(instance);
  return to_i32(found);
}

static const char *const ASKS =
    "(module (import \"env\" \"number\" (func $number (result i32))) (func (export \"run\") (result i32) (call $number)))";

static void prelinks_are_for_any_store(void) {
  wrt_linker *linker = new_linker();
  wrt_module *module = new_module(engine, ASKS);
  wrt_prelink *prelink = NULL;
  int i;
  CHECK_OK(define(linker, "number", &one));
  CHECK_OK(wrt_linker_prelink(linker, module, &prelink, &error));
  /* Later definitions do not reach it. */
  CHECK_OK(wrt_linker_allow(linker, 1, 0, &error));
  CHECK_OK(define(linker, "number", &two));
  wrt_release(linker);
  wrt_release(module);
  for (i = 0; i < 3; i++) {
    wrt_store *own = new_store(engine);
    wrt_instance *instance = NULL;
    wrt_module *found = NULL;
    CHECK_OK(wrt_prelink_instantiate(prelink, own, &instance, &error));
    CHECK_OK(wrt_instance_module(instance, &found, &error));
    CHECK(found == module);
    wrt_release(found);
    CHECK(run(instance) == 1);
    wrt_release(own);
  }
  wrt_release(prelink);
}

static void prelinks_with_items_are_for_their_store(void) {
  wrt_linker *linker = new_linker();
  wrt_store *other = new_store(engine);
  wrt_instance *source = new_instance(store, "(module (func (export \"number\") (result i32) (i32.const 40)))");
  wrt_instance *elsewhere = new_instance(other, "(module (memory (export \"m\") 1))");
  wrt_module *module = new_module(engine, ASKS);
  wrt_module *both = new_module(engine, "(module (import \"env\" \"number\" (func (result i32)))"
                                        "  (import \"other\" \"m\" (memory 1)))");
  wrt_engine *far = new_engine();
  wrt_store *away = new_store(far);
  wrt_prelink *prelink = NULL;
  wrt_prelink *mixed = NULL;
  wrt_instance *instance = NULL;
  CHECK_OK(wrt_linker_define_instance(linker, TEXT("env"), source, &error));
  CHECK_OK(wrt_linker_define_instance(linker, TEXT("other"), elsewhere, &error));
  CHECK_OK(wrt_linker_prelink(linker, module, &prelink, &error));
  CHECK_OK(wrt_prelink_instantiate(prelink, store, &instance, &error));
  CHECK(run(instance) == 40);
  CHECK_FAILS(wrt_prelink_instantiate(prelink, other, &instance, &error), WRT_ERR_STORE, "an import of prelink");
  CHECK_FAILS(wrt_prelink_instantiate(prelink, away, &instance, &error), WRT_ERR_STORE, "another engine");
  CHECK_FAILS(wrt_linker_prelink(linker, both, &mixed, &error), WRT_ERR_STORE, "other.m belongs to another store");
  wrt_release(prelink);
  wrt_release(away);
  wrt_release(far);
  wrt_release(both);
  wrt_release(module);
  wrt_release(elsewhere);
  wrt_release(source);
  wrt_release(other);
  wrt_release(linker);
}

/* A start function gives up what the instance is made of. */
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

static void start_functions_may_release_the_prelink(void) {
  wrt_linker *linker = new_linker();
  wrt_type *type = new_type(engine, "(func)");
  wrt_store *own = new_store(engine);
  wrt_module *module =
      new_module(engine, "(module (import \"env\" \"let_go\" (func $f)) (start $f) (memory (export \"m\") 1))");
  wrt_prelink *prelink = NULL;
  wrt_instance *instance = NULL;
  void *handles[5] = {NULL, NULL, NULL, NULL, NULL};
  CHECK_OK(wrt_linker_define_func(linker, TEXT("env"), TEXT("let_go"), type, let_go, handles, NULL, &error));
  CHECK_OK(wrt_linker_prelink(linker, module, &prelink, &error));
  handles[0] = linker;
  handles[1] = prelink;
  handles[2] = module;
  handles[3] = own;
  CHECK_OK(wrt_prelink_instantiate(prelink, own, &instance, &error));
  CHECK(handles[0] == NULL);
  wrt_release(export_of(instance, "m"));
  wrt_release(instance);
  wrt_release(type);
}

int main(void) {
  engine = new_engine();
  store = new_store(engine);
  int_func = new_type(engine, "(func (result i32))");
  prelinks_are_for_any_store();
  prelinks_with_items_are_for_their_store();
  start_functions_may_release_the_prelink();
  wrt_release(int_func);
  wrt_release(store);
  wrt_release(engine);
  return check_done();
}
