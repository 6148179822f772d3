/* Globals: values that WebAssembly and the host share. */
#include <math.h>

#include "wasm.h"

static wrt_engine *engine;
static wrt_store *store;

static wrt_global *new_global(const char *text, wrt_val init) {
  wrt_global *global = NULL;
  wrt_type *type = new_type(engine, text);
  CHECK_OK(wrt_global_new(store, type, &init, &global, &error));
  wrt_release(type);
  return global;
}

static void every_kind_of_number(void) {
  static const char *const types[] = {"(global (mut i32))", "(global (mut i64))", "(global (mut f32))",
                                      "(global (mut f64))", "(global (mut v128))"};
  wrt_val inits[5];
  wrt_val values[5];
  wrt_val found;
  int i;
  inits[0] = i32(-1);
  inits[1] = i64(INT64_MIN);
  inits[2] = f32(1.5f);
  inits[3] = f64(HUGE_VAL);
  inits[4].lo = 1;
  inits[4].hi = 2;
  values[0] = i32(INT32_MAX);
  values[1] = i64(-1);
  values[2] = f32(-0.0f);
  values[3] = f64(1e-300);
  values[4].lo = UINT64_MAX;
  values[4].hi = 3;
  for (i = 0; i < 5; i++) {
    wrt_global *global = new_global(types[i], inits[i]);
    check_type(global, types[i]);
    CHECK_OK(wrt_global_get(global, &found, &error));
    CHECK(found.lo == inits[i].lo && found.hi == inits[i].hi);
    CHECK_OK(wrt_global_set(global, &values[i], &error));
    CHECK_OK(wrt_global_get(global, &found, &error));
    CHECK(found.lo == values[i].lo && found.hi == values[i].hi);
    wrt_release(global);
  }
}

/* A number takes its own bits of a slot, and gives nothing but them. */
static void other_bits_are_ignored(void) {
  const wrt_val dirty = {0xdeadbeef00000007ULL, 0xdeadbeefdeadbeefULL};
  wrt_global *global = new_global("(global (mut i32))", dirty);
  wrt_val found = dirty;
  CHECK_OK(wrt_global_get(global, &found, &error));
  CHECK(found.lo == 7 && found.hi == 0);
  wrt_release(global);
}

static void constants_stay(void) {
  wrt_global *global = new_global("(global i64)", i64(5));
  const wrt_val other = i64(6);
  wrt_val found;
  CHECK_FAILS(wrt_global_set(global, &other, &error), WRT_ERR_TYPE, "constant: its type is (global i64)");
  CHECK_OK(wrt_global_get(global, &found, &error));
  CHECK(to_i64(found) == 5);
  wrt_release(global);
}

static void webassembly_sees_the_same(void) {
  wrt_global *counter = new_global("(global (mut i32))", i32(10));
  wrt_instance *instance =
      new_linked(store,
                   "(module (import \"host\" \"counter\" (global $n (mut i32)))"
                   "  (export \"again\" (global $n)) (global (export \"own\") i32 (i32.const 3))"
                   "  (func (export \"add\") (param i32) (global.set $n (i32.add (global.get $n) (local.get 0)))))",
                   counter);
  wrt_func *add = export_of(instance, "add");
  wrt_global *again = export_of(instance, "again");
  wrt_global *own = export_of(instance, "own");
  const wrt_val five = i32(5);
  wrt_val found;
  CHECK_OK(wrt_func_call(add, &five, 1, NULL, 0, &error));
  CHECK_OK(wrt_global_get(counter, &found, &error));
  CHECK(to_i32(found) == 15);
  CHECK(wrt_extern_same(counter, again) == 1 && wrt_extern_same(counter, own) == 0);
  CHECK_OK(wrt_global_set(again, &five, &error));
  CHECK_OK(wrt_global_get(counter, &found, &error));
  CHECK(to_i32(found) == 5);
  CHECK_OK(wrt_global_get(own, &found, &error));
  CHECK(to_i32(found) == 3);
  wrt_release(own);
  wrt_release(again);
  wrt_release(add);
  wrt_release(instance);
  wrt_release(counter);
}

static int32_t nothing(void *env, wrt_caller *caller, wrt_val *slots, size_t nslots, wrt_error *failure) {
  (void)env;
  (void)caller;
  (void)slots;
  (void)nslots;
  (void)failure;
  return WRT_OK;
}

static void references_have_types(void) {
  wrt_func *func = new_func(store, "(func)", nothing, NULL);
  wrt_type *exact = new_type(engine, "(type $f (func)) (global (mut (ref $f)))");
  wrt_type *other = new_type(engine, "(type $f (func (param i32))) (global (mut (ref null $f)))");
  wrt_global *global = NULL;
  wrt_global *functions;
  wrt_val value;
  wrt_val found;
  uint64_t id = 0;
  uint64_t object = 0;
  int32_t same = 0;
  CHECK_OK(wrt_ref_from_func(func, &id, &error));
  CHECK_OK(wrt_ref_from_host(store, NULL, NULL, &object, &error));
  value = reference(id);
  functions = new_global("(global (mut funcref))", value);
  CHECK_OK(wrt_global_get(functions, &found, &error));
  CHECK_OK(wrt_ref_same(store, found.lo, id, &same, &error));
  CHECK(found.lo != id && same == 1);
  wrt_ref_drop(store, found.lo);
  value = reference(object);
  CHECK_FAILS(wrt_global_set(functions, &value, &error), WRT_ERR_TYPE, "value is an object of the host");
  value = reference(0);
  CHECK_OK(wrt_global_set(functions, &value, &error));
  CHECK_OK(wrt_global_get(functions, &found, &error));
  CHECK(found.lo == 0);
  value = reference(0xabcdef);
  CHECK_FAILS(wrt_global_set(functions, &value, &error), WRT_ERR_NOT_FOUND, "0xabcdef");

  /* A type may ask for a function of one kind, or forbid null. */
  value = reference(0);
  CHECK_FAILS(wrt_global_new(store, exact, &value, &global, &error), WRT_ERR_TYPE, "init is null");
  value = reference(id);
  CHECK_FAILS(wrt_global_new(store, other, &value, &global, &error), WRT_ERR_TYPE, "init is a function of type (func)");
  CHECK_OK(wrt_global_new(store, exact, &value, &global, &error));
  wrt_ref_drop(store, object);
  wrt_ref_drop(store, id);
  check_store(store, "\"references\":0");
  wrt_release(global);
  wrt_release(functions);
  wrt_release(other);
  wrt_release(exact);
  wrt_release(func);
}

static void objects_of_the_collector(void) {
  wrt_instance *instance = new_instance(
      store, "(module (type $p (struct (field (mut i32)) (field (mut i32))))"
             "  (global (export \"small\") (mut i31ref) (ref.i31 (i32.const 5)))"
             "  (global $p (export \"point\") (mut (ref $p)) (struct.new $p (i32.const 1) (i32.const 2)))"
             "  (global (export \"thrown\") (mut exnref) (ref.null exn))"
             "  (func (export \"sum\") (result i32)"
             "    (i32.add (struct.get $p 0 (global.get $p)) (struct.get $p 1 (global.get $p)))))");
  wrt_global *small = export_of(instance, "small");
  wrt_global *point = export_of(instance, "point");
  wrt_global *thrown = export_of(instance, "thrown");
  wrt_global *any;
  wrt_val number = {0, 0};
  wrt_val fields[2] = {{30, 0}, {40, 0}};
  wrt_val found;
  int32_t value = 0;
  check_type(point, "(type $t0 (struct (field (mut i32)) (field (mut i32)))) (global (mut (ref $t0)))");
  CHECK_OK(wrt_global_get(small, &number, &error));
  CHECK_OK(wrt_ref_to_i31(store, number.lo, &value, &error));
  CHECK(value == 5);
  CHECK_OK(wrt_global_get(point, &found, &error));
  CHECK(to_i32(member_of(store, found.lo, 1)) == 2);
  CHECK_OK(wrt_ref_set(store, found.lo, 1, &fields[1], &error));
  CHECK(to_i32(apply(instance, "sum", NULL, 0)) == 41);
  CHECK_FAILS(wrt_global_set(point, &number, &error), WRT_ERR_TYPE, "value is an i31, expected (type $t0 (struct");
  CHECK_FAILS(wrt_global_set(small, &found, &error), WRT_ERR_TYPE, "value is an object of type (struct");
  CHECK_FAILS(wrt_global_set(thrown, &found, &error), WRT_ERR_TYPE, "expected exnref");
  wrt_ref_drop(store, found.lo);

  /* Made by the host; the global alone keeps it. */
  found = reference(new_struct(store, "(struct (field (mut i32)) (field (mut i32)))", fields, 2));
  CHECK_OK(wrt_global_set(point, &found, &error));
  any = new_global("(global anyref)", found);
  wrt_ref_drop(store, found.lo);
  CHECK_OK(wrt_store_gc(store, &error));
  CHECK(to_i32(apply(instance, "sum", NULL, 0)) == 70);
  CHECK_OK(wrt_global_get(any, &found, &error));
  CHECK(to_i32(member_of(store, found.lo, 0)) == 30);
  wrt_ref_drop(store, found.lo);
  wrt_ref_drop(store, number.lo);
  number = reference(0);
  CHECK_FAILS(wrt_global_set(point, &number, &error), WRT_ERR_TYPE, "value is null");
  CHECK_OK(wrt_global_set(small, &number, &error));
  CHECK_OK(wrt_global_set(thrown, &number, &error));
  CHECK_OK(wrt_global_get(small, &found, &error));
  CHECK(found.lo == 0);
  check_store(store, "\"references\":0");
  wrt_release(any);
  wrt_release(thrown);
  wrt_release(point);
  wrt_release(small);
  wrt_release(instance);
}

static void what_is_no_global_is_refused(void) {
  wrt_type *type = new_type(engine, "(memory 1)");
  wrt_global *global = NULL;
  wrt_memory *memory = NULL;
  wrt_val value = {0, 0};
  CHECK_FAILS(wrt_global_new(store, type, &value, &global, &error), WRT_ERR_TYPE, "type is a memory type");
  CHECK_OK(wrt_memory_new(store, type, &memory, &error));
  CHECK_FAILS(wrt_global_get(memory, &value, &error), WRT_ERR_ARGUMENT, "global is a memory, not a global");
  CHECK_FAILS(wrt_global_set(memory, &value, &error), WRT_ERR_ARGUMENT, "global is a memory, not a global");
  wrt_release(memory);
  wrt_release(type);
}

int main(void) {
  engine = new_engine();
  store = new_store(engine);
  every_kind_of_number();
  other_bits_are_ignored();
  constants_stay();
  webassembly_sees_the_same();
  references_have_types();
  objects_of_the_collector();
  what_is_no_global_is_refused();
  wrt_release(store);
  wrt_release(engine);
  return check_done();
}
