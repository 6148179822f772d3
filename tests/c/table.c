/* Tables: functions and references by index. */
#include "wasm.h"

static wrt_engine *engine;
static wrt_store *store;

static wrt_table *new_table(const char *text, const wrt_val *init) {
  wrt_table *table = NULL;
  wrt_type *type = new_type(engine, text);
  CHECK_OK(wrt_table_new(store, type, init, &table, &error));
  wrt_release(type);
  return table;
}

static int32_t ten_times(void *env, wrt_caller *caller, wrt_val *slots, size_t nslots, wrt_error *failure) {
  (void)env;
  (void)caller;
  (void)failure;
  CHECK(nslots == 1);
  slots[0] = i32(to_i32(slots[0]) * 10);
  return WRT_OK;
}

static wrt_val func_id(const wrt_func *func) {
  uint64_t id = 0;
  CHECK_OK(wrt_ref_from_func(func, &id, &error));
  return reference(id);
}

/* ===== Functions that are called through a table ===== */

static void functions_are_called_by_index(void) {
  wrt_func *host = new_func(store, "(func (param i32) (result i32))", ten_times, NULL);
  wrt_func *misfit = new_func(store, "(func (param i64) (result i64))", ten_times, NULL);
  wrt_instance *instance = new_instance(
      store, "(module (type $f (func (param i32) (result i32))) (table (export \"t\") 4 8 funcref)"
             "  (func $inc (type $f) (i32.add (local.get 0) (i32.const 1))) (elem (i32.const 0) $inc)"
             "  (func (export \"call\") (param i32 i32) (result i32)"
             "    (call_indirect (type $f) (local.get 1) (local.get 0))))");
  wrt_table *table = export_of(instance, "t");
  wrt_func *call = export_of(instance, "call");
  wrt_func *inc = NULL;
  wrt_val args[2];
  wrt_val found;
  wrt_val value = func_id(host);
  args[0] = i32(0);
  args[1] = i32(7);
  CHECK_OK(wrt_func_call(call, args, 2, &found, 1, &error));
  CHECK(to_i32(found) == 8);

  /* The host puts a function of its own in, and takes one out. */
  CHECK_OK(wrt_table_set(table, 1, &value, &error));
  args[0] = i32(1);
  CHECK_OK(wrt_func_call(call, args, 2, &found, 1, &error));
  CHECK(to_i32(found) == 70);
  CHECK_OK(wrt_table_get(table, 0, &found, &error));
  CHECK_OK(wrt_ref_to_func(store, found.lo, &inc, &error));
  wrt_ref_drop(store, found.lo);
  CHECK_OK(wrt_func_call(inc, &args[1], 1, &found, 1, &error));
  CHECK(to_i32(found) == 8);

  args[0] = i32(2);
  CHECK_STATUS(wrt_func_call(call, args, 2, &found, 1, &error), WRT_ERR_TRAP);
  CHECK(error.trap == WRT_TRAP_INDIRECT_CALL_TO_NULL);
  args[0] = i32(9);
  CHECK_STATUS(wrt_func_call(call, args, 2, &found, 1, &error), WRT_ERR_TRAP);
  CHECK(error.trap == WRT_TRAP_TABLE_OUT_OF_BOUNDS);
  wrt_ref_drop(store, value.lo);
  value = func_id(misfit);
  CHECK_OK(wrt_table_set(table, 2, &value, &error));
  args[0] = i32(2);
  CHECK_STATUS(wrt_func_call(call, args, 2, &found, 1, &error), WRT_ERR_TRAP);
  CHECK(error.trap == WRT_TRAP_BAD_SIGNATURE);
  wrt_ref_drop(store, value.lo);

  CHECK_OK(wrt_table_set(table, 1, NULL, &error));
  CHECK_OK(wrt_table_get(table, 1, &found, &error));
  CHECK(found.lo == 0 && found.hi == 0);
  check_store(store, "\"references\":0");
  wrt_release(inc);
  wrt_release(call);
  wrt_release(table);
  wrt_release(instance);
  wrt_release(misfit);
  wrt_release(host);
}

/* ===== Sizes and ranges ===== */

static int thing[3];

static wrt_val object(int which) {
  uint64_t id = 0;
  CHECK_OK(wrt_ref_from_host(store, &thing[which], NULL, &id, &error));
  return reference(id);
}

/* Element `index` is this object; -1 stands for null. */
static int holds(const wrt_table *table, uint64_t index, int which) {
  wrt_val found;
  void *data = NULL;
  CHECK_OK(wrt_table_get(table, index, &found, &error));
  CHECK_OK(wrt_ref_to_host(store, found.lo, &data, &error));
  wrt_ref_drop(store, found.lo);
  return data == (which < 0 ? NULL : (void *)&thing[which]);
}

static void tables_grow(void) {
  wrt_val first = object(0);
  wrt_val second = object(1);
  wrt_table *table = new_table("(table 2 5 externref)", &first);
  uint64_t size = 0;
  CHECK_OK(wrt_table_grow(table, 1, &second, &size, &error));
  CHECK(size == 2);
  CHECK_OK(wrt_table_grow(table, 1, NULL, NULL, &error));
  CHECK_OK(wrt_table_size(table, &size, &error));
  CHECK(size == 4);
  check_type(table, "(table 4 5 externref)");
  CHECK(holds(table, 0, 0) && holds(table, 1, 0) && holds(table, 2, 1) && holds(table, 3, -1));
  CHECK_STATUS(wrt_table_grow(table, 2, NULL, &size, &error), WRT_ERR_LIMIT);
  CHECK_STATUS(wrt_table_grow(table, UINT64_MAX, NULL, &size, &error), WRT_ERR_LIMIT);
  CHECK_OK(wrt_table_grow(table, 0, NULL, &size, &error));
  CHECK(size == 4);
  wrt_ref_drop(store, first.lo);
  wrt_ref_drop(store, second.lo);
  wrt_release(table);
}

static void ranges_are_filled_and_copied(void) {
  wrt_val values[3];
  wrt_table *table = new_table("(table 6 externref)", NULL);
  wrt_table *other = new_table("(table 3 externref)", NULL);
  wrt_table *functions = new_table("(table 3 funcref)", NULL);
  int i;
  for (i = 0; i < 3; i++) {
    values[i] = object(i);
    CHECK_OK(wrt_table_set(table, (uint64_t)i, &values[i], &error));
  }
  CHECK_OK(wrt_table_copy(table, 1, table, 0, 3, &error));
  CHECK(holds(table, 0, 0) && holds(table, 1, 0) && holds(table, 2, 1) && holds(table, 3, 2));
  CHECK_OK(wrt_table_copy(other, 0, table, 1, 3, &error));
  CHECK(holds(other, 0, 0) && holds(other, 1, 1) && holds(other, 2, 2));
  CHECK_OK(wrt_table_fill(table, 2, &values[2], 4, &error));
  CHECK(holds(table, 1, 0) && holds(table, 2, 2) && holds(table, 5, 2));
  CHECK_OK(wrt_table_fill(table, 0, NULL, 1, &error));
  CHECK(holds(table, 0, -1));

  CHECK_FAILS(wrt_table_fill(table, 3, NULL, 4, &error), WRT_ERR_BOUNDS, "4 elements from 3 on are outside");
  CHECK(holds(table, 5, 2));
  CHECK_STATUS(wrt_table_fill(table, UINT64_MAX, NULL, 2, &error), WRT_ERR_BOUNDS);
  CHECK_STATUS(wrt_table_copy(table, 4, other, 0, 3, &error), WRT_ERR_BOUNDS);
  CHECK_STATUS(wrt_table_copy(table, 0, other, 1, 3, &error), WRT_ERR_BOUNDS);
  CHECK_STATUS(wrt_table_copy(table, 0, other, UINT64_MAX, UINT64_MAX, &error), WRT_ERR_BOUNDS);
  CHECK_OK(wrt_table_fill(table, 6, NULL, 0, &error));
  CHECK_OK(wrt_table_copy(table, 6, other, 3, 0, &error));
  CHECK_FAILS(wrt_table_get(table, 6, &values[0], &error), WRT_ERR_BOUNDS,
              "element 6 is outside of the table of 6 elements");
  CHECK_STATUS(wrt_table_set(table, UINT64_MAX, NULL, &error), WRT_ERR_BOUNDS);
  CHECK_STATUS(wrt_table_copy(functions, 0, other, 0, 1, &error), WRT_ERR_TYPE);
  for (i = 0; i < 3; i++) {
    wrt_ref_drop(store, values[i].lo);
  }
  check_store(store, "\"references\":0");
  wrt_release(functions);
  wrt_release(other);
  wrt_release(table);
}

/* ===== Types ===== */

static void values_must_fit(void) {
  wrt_func *func = new_func(store, "(func (param i32) (result i32))", ten_times, NULL);
  wrt_val function = func_id(func);
  wrt_val host = object(0);
  wrt_val stale = object(1);
  wrt_type *exact = new_type(engine, "(type $f (func)) (table 1 (ref null $f))");
  wrt_type *total = new_type(engine, "(table 1 (ref func))");
  wrt_type *memory = new_type(engine, "(memory 1)");
  wrt_table *functions = new_table("(table 1 funcref)", NULL);
  wrt_table *table = NULL;
  wrt_ref_drop(store, stale.lo);
  CHECK_FAILS(wrt_table_set(functions, 0, &host, &error), WRT_ERR_TYPE, "value is an object of the host");
  CHECK_FAILS(wrt_table_set(functions, 0, &stale, &error), WRT_ERR_NOT_FOUND, "value is reference");
  CHECK_FAILS(wrt_table_fill(functions, 0, &host, 1, &error), WRT_ERR_TYPE, "value is an object of the host");
  CHECK_FAILS(wrt_table_new(store, total, NULL, &table, &error), WRT_ERR_TYPE, "init is null");
  CHECK_FAILS(wrt_table_new(store, exact, &function, &table, &error), WRT_ERR_TYPE,
              "init is a function of type (func (param i32) (result i32))");
  CHECK_FAILS(wrt_table_new(store, memory, NULL, &table, &error), WRT_ERR_TYPE, "type is a memory type");
  CHECK_OK(wrt_table_new(store, exact, NULL, &table, &error));
  CHECK_FAILS(wrt_table_grow(table, 1, &function, NULL, &error), WRT_ERR_TYPE, "init is a function of type");
  CHECK_FAILS(wrt_table_set(table, 0, &function, &error), WRT_ERR_TYPE, "value is a function of type");
  CHECK_FAILS(wrt_table_size(func, &host.hi, &error), WRT_ERR_ARGUMENT, "table is a function, not a table");
  wrt_release(table);
  CHECK_OK(wrt_table_new(store, total, &function, &table, &error));
  CHECK_FAILS(wrt_table_set(table, 0, NULL, &error), WRT_ERR_TYPE, "value is null");
  wrt_ref_drop(store, host.lo);
  wrt_ref_drop(store, function.lo);
  wrt_release(table);
  wrt_release(functions);
  wrt_release(memory);
  wrt_release(total);
  wrt_release(exact);
  wrt_release(func);
}

static void stores_do_not_mix(void) {
  wrt_store *other = new_store(engine);
  wrt_type *type = new_type(engine, "(table 1 externref)");
  wrt_val here = object(0);
  wrt_table *table = new_table("(table 1 externref)", NULL);
  wrt_table *there = NULL;
  CHECK_OK(wrt_table_new(other, type, NULL, &there, &error));
  CHECK_FAILS(wrt_table_set(there, 0, &here, &error), WRT_ERR_NOT_FOUND, "another store");
  CHECK_FAILS(wrt_table_copy(there, 0, table, 0, 1, &error), WRT_ERR_STORE, "src belongs to another store");
  wrt_ref_drop(store, here.lo);
  wrt_release(there);
  wrt_release(table);
  wrt_release(type);
  wrt_release(other);
}

static void objects_of_the_collector(void) {
  wrt_instance *instance =
      new_instance(store, "(module (type $b (array (mut i8))) (table $t (export \"t\") 3 10 (ref null $b))"
                          "  (func (export \"len\") (param i32) (result i32)"
                          "    (array.len (table.get $t (local.get 0)))))");
  wrt_table *table = export_of(instance, "t");
  wrt_table *any = new_table("(table 2 anyref)", NULL);
  wrt_type *type = new_type(engine, "(array (mut i8))");
  wrt_val bytes = {0, 0};
  wrt_val small = reference(new_i31(store, 1));
  wrt_val found;
  const wrt_val three = i32(3);
  uint32_t len = 0;
  CHECK_OK(wrt_ref_new_array_bytes(store, type, (const uint8_t *)"abc", 3, &bytes.lo, &error));
  CHECK_OK(wrt_table_set(table, 0, &bytes, &error));
  CHECK_OK(wrt_table_grow(table, 1, &bytes, NULL, &error));
  wrt_ref_drop(store, bytes.lo);
  CHECK_OK(wrt_store_gc(store, &error));
  CHECK(to_i32(apply(instance, "len", &three, 1)) == 3);
  CHECK_OK(wrt_table_get(table, 3, &found, &error));
  CHECK_OK(wrt_ref_len(store, found.lo, &len, &error));
  CHECK(len == 3);
  CHECK_OK(wrt_table_fill(any, 0, &found, 1, &error));
  CHECK_OK(wrt_table_set(any, 1, &small, &error));
  wrt_ref_drop(store, found.lo);
  CHECK_FAILS(wrt_table_set(table, 1, &small, &error), WRT_ERR_TYPE,
              "value is an i31, expected (type $t0 (array (mut i8))) (ref null $t0)");
  CHECK_STATUS(wrt_table_copy(table, 0, any, 0, 1, &error), WRT_ERR_TYPE);
  CHECK_OK(wrt_table_get(any, 1, &found, &error));
  CHECK(found.lo != small.lo);
  wrt_ref_drop(store, found.lo);
  wrt_ref_drop(store, small.lo);
  check_store(store, "\"references\":0");
  wrt_release(type);
  wrt_release(any);
  wrt_release(table);
  wrt_release(instance);
}

static void tables_of_64_bits(void) {
  wrt_table *table = new_table("(table i64 1 funcref)", NULL);
  uint64_t size = 0;
  CHECK_OK(wrt_table_grow(table, 2, NULL, &size, &error));
  check_type(table, "(table i64 3 funcref)");
  CHECK_STATUS(wrt_table_set(table, (uint64_t)1 << 32, NULL, &error), WRT_ERR_BOUNDS);
  wrt_release(table);
}

int main(void) {
  engine = new_engine_for_nulls();
  store = new_store(engine);
  functions_are_called_by_index();
  tables_grow();
  ranges_are_filled_and_copied();
  values_must_fit();
  stores_do_not_mix();
  objects_of_the_collector();
  tables_of_64_bits();
  wrt_release(store);
  wrt_release(engine);
  return check_done();
}
