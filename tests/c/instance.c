/* Instances: a module with its imports, in a store. */
#include "wasm.h"

static wrt_engine *engine;
static wrt_store *store;

/* ===== Exports ===== */

static const char *const EXPORTS =
    "(module (func (export \"f\") (result i32) (i32.const 5)) (memory (export \"m\") 1)"
    "  (global (export \"gr\\c3\\b6\\c3\\9fe\") i32 (i32.const 7)) (global (export \"a\\00b\") i32 (i32.const 8))"
    "  (global (export \"\") i32 (i32.const 9)) (global (export \"wasm_instance\") i32 (i32.const 10)))";

static int32_t value_of(wrt_global *global) {
  wrt_val found;
  CHECK_OK(wrt_global_get(global, &found, &error));
  wrt_release(global);
  return to_i32(found);
}

static wrt_extern *find(const wrt_instance *instance, const char *name, size_t len) {
  wrt_extern *item = NULL;
  CHECK_OK(wrt_instance_export(instance, name, len, &item, &error));
  return item;
}

static void exports_have_any_name(void) {
  wrt_instance *instance = new_instance(store, EXPORTS);
  wrt_extern *item = NULL;
  CHECK(value_of(find(instance, TEXT("gr\xc3\xb6\xc3\x9f"
                                     "e"))) == 7);
  CHECK(value_of(find(instance, "a\0b", 3)) == 8);
  CHECK(value_of(find(instance, "", 0)) == 9);
  CHECK(value_of(find(instance, NULL, 0)) == 9);
  CHECK(value_of(find(instance, "wasm_instance, of all names", 13)) == 10);
  CHECK_FAILS(wrt_instance_export(instance, TEXT("a"), &item, &error), WRT_ERR_NOT_FOUND, "no export named \"a\"");
  CHECK_FAILS(wrt_instance_export(instance, "gr\xc3", 3, &item, &error), WRT_ERR_ARGUMENT, "name is not UTF-8");
  CHECK_FAILS(wrt_instance_export(instance, NULL, 1, &item, &error), WRT_ERR_ARGUMENT, "name is NULL");
  CHECK(item == NULL);
  wrt_release(instance);
}

static void exports_have_an_order(void) {
  static const int32_t kinds[] = {WRT_FUNC, WRT_MEMORY, WRT_GLOBAL, WRT_GLOBAL, WRT_GLOBAL, WRT_GLOBAL};
  wrt_instance *instance = new_instance(store, EXPORTS);
  wrt_extern *item = NULL;
  size_t i;
  for (i = 0; i < 6; i++) {
    CHECK_OK(wrt_instance_export_at(instance, i, &item, &error));
    CHECK(wrt_extern_kind(item) == kinds[i]);
    if (i >= 2) {
      CHECK(value_of(wrt_retain(item)) == (int32_t)(i + 5));
    }
    wrt_release(item);
  }
  CHECK_FAILS(wrt_instance_export_at(instance, 6, &item, &error), WRT_ERR_NOT_FOUND,
              "there is no export 6: the module has 6");
  CHECK_STATUS(wrt_instance_export_at(instance, SIZE_MAX, &item, &error), WRT_ERR_NOT_FOUND);
  wrt_release(instance);
}

static void an_instance_knows_its_module(void) {
  wrt_module *module = new_module(engine, EXPORTS);
  wrt_module *found = NULL;
  wrt_instance *instance = NULL;
  CHECK_OK(wrt_instance_new(store, module, NULL, 0, &instance, &error));
  CHECK_OK(wrt_instance_module(instance, &found, &error));
  CHECK(found == module);
  wrt_release(found);
  wrt_release(module);
  /* It keeps it. */
  CHECK_OK(wrt_instance_module(instance, &found, &error));
  CHECK(wrt_module_export_count(found) == 6);
  wrt_release(found);
  wrt_release(instance);
}

/* ===== Imports ===== */

static void imports_are_checked(void) {
  wrt_module *module = new_module(engine, "(module (import \"env\" \"memory\" (memory 1 4))"
                                          "  (import \"env\" \"f\" (func (param i32) (result i64))))");
  wrt_store *other = new_store(engine);
  wrt_engine *far = new_engine();
  wrt_module *distant = new_module(far, "(module)");
  wrt_instance *here = new_instance(store,
                                    "(module (memory (export \"memory\") 1 4) (memory (export \"large\") 1 5)"
                                    "  (func (export \"f\") (param i32) (result i64) (i64.const 0))"
                                    "  (func (export \"g\") (param i32) (result i32) (i32.const 0)))");
  wrt_instance *there = new_instance(other, "(module (memory (export \"memory\") 1 4))");
  const wrt_extern *imports[3];
  wrt_extern *memory = export_of(here, "memory");
  wrt_extern *large = export_of(here, "large");
  wrt_extern *f = export_of(here, "f");
  wrt_extern *g = export_of(here, "g");
  wrt_extern *foreign = export_of(there, "memory");
  wrt_extern *closed = export_of(here, "memory");
  wrt_instance *instance = NULL;
  imports[0] = memory;
  imports[1] = f;
  imports[2] = f;
  CHECK_FAILS(wrt_instance_new(store, module, imports, 1, &instance, &error), WRT_ERR_LINK,
              "the module has 2 imports (env.memory, env.f), not 1");
  CHECK_STATUS(wrt_instance_new(store, module, imports, 3, &instance, &error), WRT_ERR_LINK);
  CHECK_STATUS(wrt_instance_new(store, module, NULL, 0, &instance, &error), WRT_ERR_LINK);
  CHECK_FAILS(wrt_instance_new(store, module, NULL, 2, &instance, &error), WRT_ERR_ARGUMENT, "imports is NULL");
  imports[1] = g;
  CHECK_FAILS(wrt_instance_new(store, module, imports, 2, &instance, &error), WRT_ERR_LINK, "env::f");
  imports[1] = memory;
  CHECK_FAILS(wrt_instance_new(store, module, imports, 2, &instance, &error), WRT_ERR_LINK, "env::f");
  imports[1] = f;
  imports[0] = large;
  CHECK_FAILS(wrt_instance_new(store, module, imports, 2, &instance, &error), WRT_ERR_LINK, "env::memory");
  imports[0] = NULL;
  CHECK_FAILS(wrt_instance_new(store, module, imports, 2, &instance, &error), WRT_ERR_ARGUMENT,
              "import env.memory is NULL");
  imports[0] = foreign;
  CHECK_FAILS(wrt_instance_new(store, module, imports, 2, &instance, &error), WRT_ERR_STORE,
              "import env.memory belongs to another store");
  CHECK_OK(wrt_close(closed, &error));
  imports[0] = closed;
  CHECK_STATUS(wrt_instance_new(store, module, imports, 2, &instance, &error), WRT_ERR_CLOSED);
  CHECK_FAILS(wrt_instance_new(store, distant, NULL, 0, &instance, &error), WRT_ERR_STORE,
              "module belongs to another engine");
  CHECK(instance == NULL);
  imports[0] = memory;
  CHECK_OK(wrt_instance_new(store, module, imports, 2, &instance, &error));
  wrt_release(instance);
  wrt_release(closed);
  wrt_release(foreign);
  wrt_release(g);
  wrt_release(f);
  wrt_release(large);
  wrt_release(memory);
  wrt_release(there);
  wrt_release(here);
  wrt_release(distant);
  wrt_release(far);
  wrt_release(other);
  wrt_release(module);
}

/* ===== Starting ===== */

static void a_start_function_that_fails_leaves_the_store_usable(void) {
  wrt_global *global = NULL;
  wrt_type *type = new_type(engine, "(global (mut i32))");
  const wrt_val zero = {0, 0};
  const wrt_extern *imports[1];
  wrt_module *module = new_module(engine, "(module $bad (import \"e\" \"g\" (global $g (mut i32)))"
                                          "  (func $begin (global.set $g (i32.const 3)) unreachable) (start $begin))");
  wrt_module *data = new_module(engine, "(module (memory 1) (data (i32.const 65535) \"ab\"))");
  wrt_instance *instance = NULL;
  wrt_frame frame;
  CHECK_OK(wrt_global_new(store, type, &zero, &global, &error));
  imports[0] = global;
  CHECK_STATUS(wrt_instance_new(store, module, imports, 1, &instance, &error), WRT_ERR_TRAP);
  CHECK(error.trap == WRT_TRAP_UNREACHABLE && error.frame_count == 1 && instance == NULL);
  frame.struct_size = sizeof frame;
  CHECK(wrt_error_frame(&error, 0, &frame) == WRT_OK);
  CHECK_TEXT(frame.func_name, "begin");
  /* What it did before stays done. */
  CHECK(value_of(wrt_retain(global)) == 3);
  CHECK_STATUS(wrt_instance_new(store, data, NULL, 0, &instance, &error), WRT_ERR_TRAP);
  CHECK(error.trap == WRT_TRAP_MEMORY_OUT_OF_BOUNDS);

  instance = new_instance(store, EXPORTS);
  wrt_release(instance);
  wrt_release(data);
  wrt_release(module);
  wrt_release(type);
  wrt_release(global);
}

static int32_t leave(void *env, wrt_caller *caller, wrt_val *slots, size_t nslots, wrt_error *failure) {
  (void)env;
  (void)caller;
  (void)nslots;
  CHECK(wrt_error_set_exit(failure, to_i32(slots[0])) == WRT_OK);
  return WRT_ERR_EXIT;
}

static void programs_run(void) {
  wrt_func *func = new_func(store, "(func (param i32))", leave, NULL);
  wrt_instance *command = new_linked(store,
                                     "(module (import \"host\" \"exit\" (func $exit (param i32)))"
                                     "  (func (export \"_initialize\") unreachable)"
                                     "  (func (export \"_start\") (call $exit (i32.const 4)) unreachable))",
                                     func);
  wrt_instance *reactor = new_instance(store, "(module (global $n (export \"n\") (mut i32) (i32.const 0))"
                                              "  (func (export \"_initialize\") (global.set $n (i32.const 6))))");
  wrt_instance *neither = new_instance(store, "(module (memory (export \"_start\") 1))");
  wrt_instance *odd = new_instance(store, "(module (func (export \"_start\") (param i32)))");
  CHECK_STATUS(wrt_instance_run(command, &error), WRT_ERR_EXIT);
  CHECK(error.exit_code == 4);
  CHECK_OK(wrt_instance_run(reactor, &error));
  CHECK(value_of(export_of(reactor, "n")) == 6);
  CHECK_FAILS(wrt_instance_run(neither, &error), WRT_ERR_NOT_FOUND, "neither \"_start\" nor \"_initialize\"");
  CHECK_FAILS(wrt_instance_run(odd, &error), WRT_ERR_TYPE, "\"_start\" is (func (param i32))");
  wrt_release(odd);
  wrt_release(neither);
  wrt_release(reactor);
  wrt_release(command);
  wrt_release(func);
}

int main(void) {
  engine = new_engine();
  store = new_store(engine);
  exports_have_any_name();
  exports_have_an_order();
  an_instance_knows_its_module();
  imports_are_checked();
  a_start_function_that_fails_leaves_the_store_usable();
  programs_run();
  wrt_release(store);
  wrt_release(engine);
  return check_done();
}
