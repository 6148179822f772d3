/* Externs: one handle for functions, tables, memories, globals and tags. */
#include "wasm.h"

static wrt_engine *engine;
static wrt_store *store;

static const char *const ALL =
    "(module (func (export \"f\") (param i32)) (table (export \"t\") 1 2 funcref) (memory (export \"m\") 1)"
    "  (global (export \"g\") (mut f64) (f64.const 1)) (tag (export \"e\") (param i64))"
    "  (func (export \"f2\")) (table (export \"t2\") 1 2 funcref) (memory (export \"m2\") 1)"
    "  (global (export \"g2\") (mut f64) (f64.const 1)) (tag (export \"e2\") (param i64)))";

static const char *const NAMES[] = {"f", "t", "m", "g", "e"};

static void kinds_and_types(void) {
  static const int32_t kinds[] = {WRT_FUNC, WRT_TABLE, WRT_MEMORY, WRT_GLOBAL, WRT_TAG};
  static const char *const types[] = {"(func (param i32))", "(table 1 2 funcref)", "(memory 1)", "(global (mut f64))",
                                      "(tag (param i64))"};
  wrt_instance *instance = check_instance(store, ALL);
  int i;
  for (i = 0; i < 5; i++) {
    wrt_extern *item = check_export(instance, NAMES[i]);
    CHECK(wrt_extern_kind(item) == kinds[i]);
    CHECK(wrt_extern_store(item) == store);
    CHECK_TEXT(wrt_handle_type(item), "extern");
    check_item_type(item, types[i]);
    wrt_release(item);
  }
  CHECK(wrt_extern_kind(NULL) == -1 && wrt_extern_store(NULL) == NULL);
  wrt_release(instance);
}

static void handles_are_compared_by_what_they_lead_to(void) {
  wrt_instance *one = check_instance(store, ALL);
  wrt_instance *two = check_instance(store, ALL);
  int i;
  int j;
  for (i = 0; i < 5; i++) {
    char second[3] = {0, '2', 0};
    wrt_extern *item = check_export(one, NAMES[i]);
    wrt_extern *again = check_export(one, NAMES[i]);
    wrt_extern *neighbour;
    wrt_extern *other = check_export(two, NAMES[i]);
    second[0] = NAMES[i][0];
    neighbour = check_export(one, second);
    CHECK(item != again && wrt_extern_same(item, again) == 1 && wrt_extern_same(again, item) == 1);
    CHECK(wrt_extern_same(item, other) == 0);
    CHECK(wrt_extern_same(item, neighbour) == 0);
    for (j = 0; j < 5; j++) {
      wrt_extern *kin = check_export(one, NAMES[j]);
      CHECK(wrt_extern_same(item, kin) == (i == j));
      wrt_release(kin);
    }
    CHECK(wrt_extern_same(item, NULL) == 0 && wrt_extern_same(NULL, item) == 0);
    wrt_release(neighbour);
    wrt_release(other);
    wrt_release(again);
    wrt_release(item);
  }
  wrt_release(two);
  wrt_release(one);
}

/* What is imported and exported again stays the same thing, also at the second remove. */
static void items_keep_their_identity(void) {
  static const char *const again =
      "(module (import \"a\" \"f\" (func (param i32))) (import \"a\" \"t\" (table 1 2 funcref))"
      "  (import \"a\" \"m\" (memory 1)) (import \"a\" \"g\" (global (mut f64))) (import \"a\" \"e\" (tag (param i64)))"
      "  (memory 1) (table 1 2 funcref) (global (mut f64) (f64.const 0))"
      "  (export \"f\" (func 0)) (export \"t\" (table 0)) (export \"m\" (memory 0)) (export \"g\" (global 0))"
      "  (export \"e\" (tag 0)))";
  wrt_instance *first = check_instance(store, ALL);
  wrt_module *module = check_module(engine, again);
  wrt_extern *items[5];
  wrt_instance *before = first;
  int round;
  int i;
  for (i = 0; i < 5; i++) {
    items[i] = check_export(first, NAMES[i]);
  }
  for (round = 0; round < 2; round++) {
    const wrt_extern *imports[5];
    wrt_instance *next = NULL;
    for (i = 0; i < 5; i++) {
      imports[i] = check_export(before, NAMES[i]);
    }
    CHECK_OK(wrt_instance_new(store, module, imports, 5, &next, &error));
    for (i = 0; i < 5; i++) {
      wrt_extern *found = check_export(next, NAMES[i]);
      /* But for functions: each instance that passes one on has its own. */
      CHECK(wrt_extern_same(found, items[i]) == (i > 0));
      wrt_release(found);
      wrt_release((void *)imports[i]);
    }
    wrt_release(before);
    before = next;
  }
  for (i = 0; i < 5; i++) {
    wrt_release(items[i]);
  }
  wrt_release(before);
  wrt_release(module);
}

static void hosts_make_items_too(void) {
  static const char *const texts[] = {"(table 1 2 funcref)", "(memory 1)", "(global (mut f64))"};
  const wrt_val zero = {0, 0};
  wrt_extern *made[3][2];
  int i;
  for (i = 0; i < 2; i++) {
    wrt_type *types[3];
    int j;
    for (j = 0; j < 3; j++) {
      types[j] = check_type(engine, texts[j]);
    }
    CHECK_OK(wrt_table_new(store, types[0], NULL, &made[0][i], &error));
    CHECK_OK(wrt_memory_new(store, types[1], &made[1][i], &error));
    CHECK_OK(wrt_global_new(store, types[2], &zero, &made[2][i], &error));
    for (j = 0; j < 3; j++) {
      wrt_release(types[j]);
    }
  }
  for (i = 0; i < 3; i++) {
    CHECK(wrt_extern_same(made[i][0], made[i][0]) == 1 && wrt_extern_same(made[i][0], made[i][1]) == 0);
    wrt_release(made[i][0]);
    wrt_release(made[i][1]);
  }
}

static void stores_are_told_apart(void) {
  wrt_store *other = check_store(engine);
  wrt_instance *here = check_instance(store, ALL);
  wrt_instance *there = check_instance(other, ALL);
  int i;
  for (i = 0; i < 5; i++) {
    wrt_extern *a = check_export(here, NAMES[i]);
    wrt_extern *b = check_export(there, NAMES[i]);
    CHECK(wrt_extern_same(a, b) == 0);
    CHECK(wrt_extern_store(b) == other);
    wrt_release(b);
    wrt_release(a);
  }
  wrt_release(there);
  wrt_release(here);
  wrt_release(other);
}

/* An extern keeps its store, and the store its WebAssembly: nothing else is needed. */
static void an_extern_is_enough(void) {
  wrt_store *own = check_store(engine);
  wrt_instance *instance = check_instance(own, ALL);
  wrt_extern *item = check_export(instance, "g");
  wrt_val found;
  wrt_release(instance);
  wrt_release(own);
  CHECK_OK(wrt_global_get(item, &found, &error));
  CHECK(to_f64(found) == 1);
  wrt_release(item);
}

static void closed_items_are_of_no_kind(void) {
  wrt_instance *instance = check_instance(store, ALL);
  int i;
  for (i = 0; i < 5; i++) {
    wrt_extern *item = check_export(instance, NAMES[i]);
    wrt_extern *again = check_export(instance, NAMES[i]);
    wrt_type *type = NULL;
    CHECK_OK(wrt_close(item, &error));
    CHECK(wrt_extern_kind(item) == -1 && wrt_extern_store(item) == NULL);
    CHECK(wrt_extern_same(item, again) == 0);
    CHECK_FAILS(wrt_extern_type(item, &type, &error), WRT_ERR_CLOSED, "the extern is closed");
    /* The thing itself is as it was. */
    CHECK_OK(wrt_extern_type(again, &type, &error));
    wrt_release(type);
    wrt_release(again);
    wrt_release(item);
  }
  wrt_release(instance);
}

int main(void) {
  engine = check_engine();
  store = check_store(engine);
  kinds_and_types();
  handles_are_compared_by_what_they_lead_to();
  items_keep_their_identity();
  hosts_make_items_too();
  stores_are_told_apart();
  an_extern_is_enough();
  closed_items_are_of_no_kind();
  wrt_release(store);
  wrt_release(engine);
  return check_done();
}
