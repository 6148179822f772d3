/* Tags: what exceptions are told apart by. */
#include "wasm.h"

static wrt_engine *engine;
static wrt_store *store;

static void tags_have_types(void) {
  wrt_type *type = new_type(engine, "(tag (param i32 f64))");
  wrt_type *func = new_type(engine, "(func (param i32))");
  wrt_tag *tag = NULL;
  size_t params = 0;
  size_t results = 9;
  CHECK_OK(wrt_tag_new(store, type, &tag, &error));
  CHECK(wrt_extern_kind(tag) == WRT_TAG && wrt_extern_store(tag) == store);
  check_type(tag, "(tag (param i32 f64))");
  CHECK_OK(wrt_type_arity(type, &params, &results, &error));
  CHECK(params == 2 && results == 0);
  wrt_release(tag);
  tag = NULL;
  CHECK_FAILS(wrt_tag_new(store, func, &tag, &error), WRT_ERR_TYPE, "type is a function type, not a tag type");
  CHECK(tag == NULL);
  wrt_release(func);
  wrt_release(type);
}

static void tags_belong_to_an_engine(void) {
  wrt_engine *foreign = new_engine();
  wrt_type *type = new_type(foreign, "(tag)");
  wrt_tag *tag = NULL;
  CHECK_FAILS(wrt_tag_new(store, type, &tag, &error), WRT_ERR_STORE, "another engine");
  wrt_release(type);
  wrt_release(foreign);
}

/* Two tags of one type are two tags: an exception is caught by its own alone. */
static void exceptions_are_caught_by_their_tag(void) {
  wrt_type *type = new_type(engine, "(tag (param i32))");
  wrt_module *thrower = new_module(engine, "(module (import \"e\" \"t\" (tag $t (param i32)))"
                                             "  (func $throw (export \"throw\") (param i32) (throw $t (local.get 0))))");
  wrt_module *catcher =
      new_module(engine, "(module $catcher (import \"e\" \"t\" (tag $t (param i32)))"
                           "  (import \"e\" \"throw\" (func $throw (param i32)))"
                           "  (func (export \"catch\") (param i32) (result i32)"
                           "    (block $h (result i32)"
                           "      (try_table (catch $t $h) (call $throw (local.get 0)))"
                           "      (i32.const -1))))");
  wrt_tag *tags[2] = {NULL, NULL};
  const wrt_extern *imports[2];
  wrt_instance *instance = NULL;
  wrt_instance *other = NULL;
  wrt_func *throw;
  wrt_func *catch;
  wrt_val slot = i32(42);
  wrt_frame frame;
  int i;
  for (i = 0; i < 2; i++) {
    CHECK_OK(wrt_tag_new(store, type, &tags[i], &error));
  }
  CHECK(wrt_extern_same(tags[0], tags[1]) == 0 && wrt_extern_same(tags[1], tags[1]) == 1);
  imports[0] = tags[0];
  CHECK_OK(wrt_instance_new(store, thrower, imports, 1, &instance, &error));
  throw = export_of(instance, "throw");
  imports[1] = throw;
  CHECK_OK(wrt_instance_new(store, catcher, imports, 2, &other, &error));
  catch = export_of(other, "catch");
  CHECK_OK(wrt_func_call(catch, &slot, 1, &slot, 1, &error));
  CHECK(to_i32(slot) == 42);
  wrt_release(catch);
  wrt_release(other);

  imports[0] = tags[1];
  CHECK_OK(wrt_instance_new(store, catcher, imports, 2, &other, &error));
  catch = export_of(other, "catch");
  CHECK_FAILS(wrt_func_call(catch, &slot, 1, &slot, 1, &error), WRT_ERR_EXCEPTION,
              "uncaught exception of type (tag (param i32)): 42");
  CHECK(error.trap == -1 && error.frame_count == 2);
  frame.struct_size = sizeof frame;
  CHECK(wrt_error_frame(&error, 0, &frame) == WRT_OK);
  CHECK_TEXT(frame.func_name, "throw");
  CHECK(wrt_error_frame(&error, 1, &frame) == WRT_OK);
  CHECK_TEXT(frame.module_name, "catcher");
  /* The store has nothing left of it. */
  CHECK_STATUS(wrt_func_call(throw, &slot, 1, NULL, 0, &error), WRT_ERR_EXCEPTION);
  CHECK_OK(wrt_store_gc(store, &error));
  wrt_release(catch);
  wrt_release(throw);
  wrt_release(other);
  wrt_release(instance);
  wrt_release(tags[0]);
  wrt_release(tags[1]);
  wrt_release(catcher);
  wrt_release(thrower);
  wrt_release(type);
}

/* What a host function passes on is the same exception still, for the WebAssembly around it. */
static int32_t pass_on(void *env, wrt_caller *caller, wrt_val *slots, size_t nslots, wrt_error *failure) {
  wrt_func *throw = NULL;
  int32_t status;
  (void)env;
  (void)slots;
  (void)nslots;
  CHECK(wrt_caller_export(caller, TEXT("throw"), &throw, failure) == WRT_OK);
  status = wrt_func_call(throw, NULL, 0, NULL, 0, failure);
  CHECK(status == WRT_ERR_EXCEPTION);
  wrt_release(throw);
  return status;
}

static void exceptions_cross_the_host(void) {
  wrt_func *func = new_func(store, "(func)", pass_on, NULL);
  wrt_instance *instance = new_linked(store,
                                        "(module (import \"host\" \"pass_on\" (func $pass_on)) (tag $t) (tag $u)"
                                        "  (func (export \"throw\") (throw $t))"
                                        "  (func (export \"catch\") (result i32)"
                                        "    (block $h (block $other"
                                        "      (try_table (catch $u $other) (catch $t $h) (call $pass_on)) unreachable)"
                                        "      unreachable)"
                                        "    (i32.const 1))"
                                        "  (func (export \"run\")"
                                        "    (block $other (try_table (catch $u $other) (call $pass_on)) unreachable)))",
                                        func);
  wrt_func *run = export_of(instance, "run");
  CHECK(to_i32(apply(instance, "catch", NULL, 0)) == 1);
  CHECK_FAILS(wrt_func_call(run, NULL, 0, NULL, 0, &error), WRT_ERR_EXCEPTION, "uncaught exception of type (tag)");
  wrt_release(run);
  wrt_release(instance);
  wrt_release(func);
}

int main(void) {
  engine = new_engine();
  store = new_store(engine);
  tags_have_types();
  tags_belong_to_an_engine();
  exceptions_are_caught_by_their_tag();
  exceptions_cross_the_host();
  wrt_release(store);
  wrt_release(engine);
  return check_done();
}
