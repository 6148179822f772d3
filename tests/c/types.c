/* Types: written and read as WAT. */
#include "check.h"

static wrt_engine *engine;

static wrt_type *parse(const char *text) {
  wrt_type *type = NULL;
  CHECK_OK(wrt_type_parse(engine, text, (size_t)-1, &type, &error));
  return type;
}

/* The text reads as a type of this kind, and is written as `written`. */
static void reads_as(const char *text, int32_t kind, const char *written) {
  wrt_bytes found = {0};
  wrt_type *type = parse(text), *again;
  int32_t matches = -1;
  CHECK(wrt_type_extern_kind(type) == kind);
  CHECK_OK(wrt_type_text(type, &found, &error));
  CHECK_OK(wrt_type_parse(engine, (const char *)found.data, found.len, &again, &error));
  check_bytes(&found, written);
  CHECK_OK(wrt_type_matches(type, again, &matches, &error));
  CHECK(matches == 1);
  CHECK_OK(wrt_type_matches(again, type, &matches, &error));
  CHECK(matches == 1);
  wrt_release(again);
  wrt_release(type);
}

static void text_is_read_and_written(void) {
  reads_as("(func (param i32) (result f64))", WRT_FUNC, "(func (param i32) (result f64))");
  reads_as("(func)", WRT_FUNC, "(func)");
  reads_as("(func $f (param $x i32) (param v128 externref))", WRT_FUNC, "(func (param i32 v128 externref))");
  reads_as("(table 10 funcref)", WRT_TABLE, "(table 10 funcref)");
  reads_as("(table 1 2 (ref null extern))", WRT_TABLE, "(table 1 2 externref)");
  reads_as("(memory 1 10)", WRT_MEMORY, "(memory 1 10)");
  reads_as("(memory i64 1)", WRT_MEMORY, "(memory i64 1)");
  reads_as("(memory 1 2 shared)", WRT_MEMORY, "(memory 1 2 shared)");
  reads_as("(global i64)", WRT_GLOBAL, "(global i64)");
  reads_as("(global (mut f32))", WRT_GLOBAL, "(global (mut f32))");
  reads_as("(tag (param i32))", WRT_TAG, "(tag (param i32))");
  reads_as("(type $s (struct (field i32))) (func (param (ref $s)))", WRT_FUNC,
           "(type $t0 (struct (field i32))) (func (param (ref $t0)))");
  reads_as("(rec (type $a (struct (field (ref null $b)))) (type $b (array i8))) (table 0 (ref null $a))", WRT_TABLE,
           "(rec (type $t0 (struct (field (ref null $t1)))) (type $t1 (array i8))) (table 0 (ref null $t0))");
  /* ö and π, in names and comments. */
  reads_as(";; gr\xc3\xb6\xc3\x9f" "er\n(; \xcf\x80 ;) (global $\"\xcf\x80\" f64)", WRT_GLOBAL, "(global f64)");
}

/* The types of values are none of items. */
static void values_have_types(void) {
  static const char *const items[] = {"(global i32)", "(global anyref)", "(table 1 anyref)"};
  wrt_store *store = NULL;
  wrt_global *global = NULL;
  wrt_type *type;
  const wrt_val zero = {0, 0};
  size_t n = 0;
  int i;
  reads_as("i32", -1, "i32");
  reads_as(" v128 ;; a vector\n", -1, "v128");
  reads_as("funcref", -1, "funcref");
  reads_as("(ref null any)", -1, "anyref");
  reads_as("(ref extern)", -1, "(ref extern)");
  reads_as("nullref", -1, "nullref");
  reads_as("(type $s (struct (field i32))) (ref $s)", -1, "(type $t0 (struct (field i32))) (ref $t0)");
  reads_as("(type $f (func (param i32))) (ref null $f)", -1, "(type $t0 (func (param i32))) (ref null $t0)");
  /* A definition alone stands for references to it. */
  reads_as("(struct (field i32) (field (mut i8)))", -1, "(type $t0 (struct (field i32) (field (mut i8)))) (ref $t0)");
  reads_as("(array (mut i8))", -1, "(type $t0 (array (mut i8))) (ref $t0)");
  reads_as("(type $s (sub (struct))) (sub $s (struct (field i64)))", -1,
           "(type $t0 (sub (struct))) (type $t1 (sub $t0 (struct (field i64)))) (ref $t1)");

  type = parse("anyref");
  CHECK_OK(wrt_store_new(engine, NULL, NULL, &store, &error));
  CHECK_FAILS(wrt_global_new(store, type, &zero, &global, &error), WRT_ERR_TYPE, "type is a value type, not a global type");
  CHECK_FAILS(wrt_type_arity(type, &n, &n, &error), WRT_ERR_TYPE, "type is a value type, not a function or tag type");
  for (i = 0; i < 3; i++) {
    wrt_type *item = parse(items[i]);
    int32_t matches = -1;
    CHECK_OK(wrt_type_matches(type, item, &matches, &error));
    CHECK(matches == 0);
    CHECK_OK(wrt_type_matches(item, type, &matches, &error));
    CHECK(matches == 0);
    wrt_release(item);
  }
  wrt_release(store);
  wrt_release(type);
}

static void lengths_are_kept(void) {
  wrt_type *type = NULL;
  /* Only what the length covers is read, and nothing need end it. */
  const char text[] = {'(', 'm', 'e', 'm', 'o', 'r', 'y', ' ', '7', ')', ')', '!'};
  wrt_shape shape = {0};
  shape.struct_size = sizeof shape;
  CHECK_OK(wrt_type_parse(engine, text, 10, &type, &error));
  CHECK_OK(wrt_type_shape(type, &shape, &error));
  CHECK(shape.min == 7);
  wrt_release(type);
}

static void errors_have_a_place(void) {
  wrt_type *type = NULL;
  wrt_type *const before = type;
  CHECK_FAILS(wrt_type_parse(engine, "(func (param i33))", (size_t)-1, &type, &error), WRT_ERR_PARSE,
              "line 1, column 14: ");
  CHECK_FAILS(wrt_type_parse(engine, ";; \xcf\x80\n (; \xcf\x80 ;) func", (size_t)-1, &type, &error), WRT_ERR_PARSE,
              "line 2, column 10: ");
  CHECK_FAILS(wrt_type_parse(engine, "", 0, &type, &error), WRT_ERR_PARSE, "line 1, column 1: ");
  CHECK_FAILS(wrt_type_parse(engine, ")) (func", (size_t)-1, &type, &error), WRT_ERR_PARSE, "line 1, column 1: ");
  CHECK_FAILS(wrt_type_parse(engine, "(func)) (func (export \"x\")", (size_t)-1, &type, &error), WRT_ERR_PARSE,
              "line 1, column 7: ");
  CHECK_FAILS(wrt_type_parse(engine, "(func) (func)", (size_t)-1, &type, &error), WRT_ERR_PARSE, "line 1, column 8: ");
  CHECK_FAILS(wrt_type_parse(engine, "i32 i32", (size_t)-1, &type, &error), WRT_ERR_PARSE, "line 1, column 5: ");
  CHECK_FAILS(wrt_type_parse(engine, "(struct (field i33))", (size_t)-1, &type, &error), WRT_ERR_PARSE,
              "line 1, column 16: ");
  CHECK_FAILS(wrt_type_parse(engine, "(type $s (struct))", (size_t)-1, &type, &error), WRT_ERR_PARSE,
              "line 1, column 19: ");
  CHECK_FAILS(wrt_type_parse(engine, "(ref $s)", (size_t)-1, &type, &error), WRT_ERR_PARSE, "there is no `$s`");
  CHECK_FAILS(wrt_type_parse(engine, "(ref 1)", (size_t)-1, &type, &error), WRT_ERR_VALIDATE, "unknown type 1");
  CHECK_FAILS(wrt_type_parse(engine, "(memory 2 1)", (size_t)-1, &type, &error), WRT_ERR_VALIDATE, "minimum");
  CHECK_FAILS(wrt_type_parse(engine, "(func \xff)", (size_t)-1, &type, &error), WRT_ERR_ARGUMENT,
              "text is not UTF-8: bad byte at offset 6");
  CHECK_FAILS(wrt_type_parse(NULL, "(func)", (size_t)-1, &type, &error), WRT_ERR_ARGUMENT, "engine is NULL");
  CHECK_FAILS(wrt_type_parse(engine, NULL, (size_t)-1, &type, &error), WRT_ERR_ARGUMENT, "text is NULL");
  CHECK_FAILS(wrt_type_parse(engine, "(func)", (size_t)-1, NULL, &error), WRT_ERR_ARGUMENT, "out is NULL");
  CHECK(type == before);
}

static wrt_shape shape_of(const char *text) {
  wrt_shape shape;
  wrt_type *type = parse(text);
  memset(&shape, 0x5a, sizeof shape);
  shape.struct_size = sizeof shape;
  CHECK_OK(wrt_type_shape(type, &shape, &error));
  wrt_release(type);
  CHECK(shape.struct_size == sizeof shape);
  return shape;
}

static void shapes_are_told(void) {
  wrt_shape shape = shape_of("(memory 1 10)");
  wrt_type *func;
  CHECK(shape.min == 1 && shape.max == 10 && shape.is_64 == 0 && shape.is_shared == 0 && shape.page_size_log2 == 16);
  CHECK(shape.content_kind == 0 && shape.nullable == 0);
  shape = shape_of("(memory 3)");
  CHECK(shape.min == 3 && shape.max == UINT64_MAX);
  shape = shape_of("(memory i64 1 4294967297)");
  CHECK(shape.is_64 == 1 && shape.max == 4294967297u);
  shape = shape_of("(memory 1 2 shared)");
  CHECK(shape.is_shared == 1);
  shape = shape_of("(table 4 5 externref)");
  CHECK(shape.min == 4 && shape.max == 5 && shape.content_kind == WRT_EXTERNREF && shape.nullable == 1);
  shape = shape_of("(table i64 0 18446744073709551615 (ref null i31))");
  CHECK(shape.is_64 == 1 && shape.max == UINT64_MAX && shape.content_kind == WRT_I31REF);
  /* Mutable is what `mut` says, and nothing else is. */
  shape = shape_of("(global (mut i32))");
  CHECK(shape.is_mutable == 1 && shape.content_kind == WRT_I32 && shape.nullable == 0);
  shape = shape_of("(global i32)");
  CHECK(shape.is_mutable == 0 && shape.content_kind == WRT_I32);
  shape = shape_of("(global (ref func))");
  CHECK(shape.is_mutable == 0 && shape.content_kind == WRT_FUNCREF && shape.nullable == 0);
  shape = shape_of("f64");
  CHECK(shape.content_kind == WRT_F64 && shape.nullable == 0);
  shape = shape_of("(type $s (struct)) (ref null $s)");
  CHECK(shape.content_kind == WRT_STRUCTREF && shape.nullable == 1);
  shape = shape_of("(array i8)");
  CHECK(shape.content_kind == WRT_ARRAYREF && shape.nullable == 0);

  func = parse("(func)");
  shape.struct_size = sizeof shape;
  CHECK_FAILS(wrt_type_shape(func, &shape, &error), WRT_ERR_TYPE, "type is a function type");
  CHECK_FAILS(wrt_type_shape(func, NULL, &error), WRT_ERR_TYPE, "type is a function type");
  CHECK_FAILS(wrt_type_shape(NULL, &shape, &error), WRT_ERR_ARGUMENT, "type is NULL");
  wrt_release(func);
  func = parse("(memory 1)");
  shape.struct_size = 0;
  CHECK_FAILS(wrt_type_shape(func, &shape, &error), WRT_ERR_ARGUMENT, "struct_size is 0");
  CHECK_FAILS(wrt_type_shape(func, NULL, &error), WRT_ERR_ARGUMENT, "out is NULL");
  /* A caller with an older, shorter struct. */
  memset(&shape, 0x5a, sizeof shape);
  shape.struct_size = offsetof(wrt_shape, max);
  CHECK_OK(wrt_type_shape(func, &shape, &error));
  CHECK(shape.min == 1 && shape.max == 0x5a5a5a5a5a5a5a5aULL);
  wrt_release(func);
}

static void functions_are_made_from_kinds(void) {
  const uint8_t params[] = {WRT_I32, WRT_I64, WRT_F32, WRT_F64, WRT_V128, WRT_FUNCREF, WRT_EXTERNREF};
  const uint8_t results[] = {WRT_ANYREF, WRT_EXNREF};
  const uint8_t wrong[] = {WRT_I32, WRT_I8};
  uint8_t seen[8], more[8], many[1001];
  size_t nparams = 77, nresults = 77;
  wrt_bytes text = {0};
  wrt_type *type = NULL;
  CHECK_OK(wrt_type_func(engine, params, 7, results, 2, &type, &error));
  CHECK_OK(wrt_type_text(type, &text, &error));
  check_bytes(&text, "(func (param i32 i64 f32 f64 v128 funcref externref) (result anyref exnref))");
  CHECK_OK(wrt_type_arity(type, &nparams, &nresults, &error));
  CHECK(nparams == 7 && nresults == 2);

  memset(seen, 0x5a, sizeof seen);
  memset(more, 0x5a, sizeof more);
  CHECK_OK(wrt_type_kinds(type, seen, 8, more, 2, &error));
  CHECK(memcmp(seen, params, 7) == 0 && memcmp(more, results, 2) == 0 && seen[7] == 0x5a && more[2] == 0x5a);
  memset(seen, 0x5a, sizeof seen);
  CHECK_FAILS(wrt_type_kinds(type, seen, 6, more, 2, &error), WRT_ERR_ARGUMENT,
              "params has room for 6, but the type has 7 parameters");
  CHECK_FAILS(wrt_type_kinds(type, seen, 7, more, 1, &error), WRT_ERR_ARGUMENT,
              "results has room for 1, but the type has 2 results");
  CHECK(seen[0] == 0x5a);
  CHECK_FAILS(wrt_type_kinds(type, NULL, 7, more, 2, &error), WRT_ERR_ARGUMENT, "params is NULL");
  CHECK_FAILS(wrt_type_arity(type, NULL, &nresults, &error), WRT_ERR_ARGUMENT, "nparams is NULL");
  CHECK_FAILS(wrt_type_arity(type, &nparams, NULL, &error), WRT_ERR_ARGUMENT, "nresults is NULL");
  wrt_release(type);

  CHECK_OK(wrt_type_func(engine, NULL, 0, NULL, 0, &type, &error));
  CHECK_OK(wrt_type_arity(type, &nparams, &nresults, &error));
  CHECK(nparams == 0 && nresults == 0);
  CHECK_OK(wrt_type_kinds(type, NULL, 0, NULL, 0, &error));
  wrt_release(type);

  type = NULL;
  CHECK_FAILS(wrt_type_func(engine, wrong, 2, NULL, 0, &type, &error), WRT_ERR_ARGUMENT, "params holds 120");
  CHECK_FAILS(wrt_type_func(engine, NULL, 0, wrong, 2, &type, &error), WRT_ERR_ARGUMENT, "results holds 120");
  CHECK_FAILS(wrt_type_func(engine, NULL, 3, NULL, 0, &type, &error), WRT_ERR_ARGUMENT, "params is NULL");
  CHECK_FAILS(wrt_type_func(NULL, NULL, 0, NULL, 0, &type, &error), WRT_ERR_ARGUMENT, "engine is NULL");
  CHECK_FAILS(wrt_type_func(engine, NULL, 0, NULL, 0, NULL, &error), WRT_ERR_ARGUMENT, "out is NULL");
  memset(many, WRT_I32, sizeof many);
  CHECK_FAILS(wrt_type_func(engine, many, sizeof many, NULL, 0, &type, &error), WRT_ERR_VALIDATE,
              "the type is invalid: function params size is out of bounds");
  CHECK(type == NULL);

  type = parse("(tag (param i32 (ref null any)))");
  CHECK_OK(wrt_type_arity(type, &nparams, &nresults, &error));
  CHECK(nparams == 2 && nresults == 0);
  CHECK_OK(wrt_type_kinds(type, seen, 2, NULL, 0, &error));
  CHECK(seen[0] == WRT_I32 && seen[1] == WRT_ANYREF);
  wrt_release(type);
  type = parse("(type $s (struct)) (func (param (ref $s)) (result (ref null $s)))");
  CHECK_OK(wrt_type_kinds(type, seen, 1, more, 1, &error));
  CHECK(seen[0] == WRT_STRUCTREF && more[0] == WRT_STRUCTREF);
  wrt_release(type);
  type = parse("(memory 1)");
  CHECK_FAILS(wrt_type_arity(type, &nparams, &nresults, &error), WRT_ERR_TYPE, "type is a memory type");
  CHECK_FAILS(wrt_type_kinds(type, seen, 8, more, 8, &error), WRT_ERR_TYPE, "type is a memory type");
  wrt_release(type);
}

static int32_t matches(const char *found, const char *expected) {
  wrt_type *a = parse(found), *b = parse(expected);
  int32_t out = -1;
  CHECK_OK(wrt_type_matches(a, b, &out, &error));
  wrt_release(a);
  wrt_release(b);
  return out;
}

static void types_match_as_imports_do(void) {
  wrt_engine *other = NULL;
  wrt_type *here = parse("(func)"), *there = NULL;
  int32_t out = 77;
  CHECK(matches("(func (param i32))", "(func (param i32))") == 1);
  CHECK(matches("(func (param i32))", "(func (param i64))") == 0);
  CHECK(matches("(memory 2 3)", "(memory 1)") == 1);
  CHECK(matches("(memory 1)", "(memory 2 3)") == 0);
  CHECK(matches("(global i32)", "(global (mut i32))") == 0);
  CHECK(matches("(global (ref func))", "(global funcref)") == 1);
  CHECK(matches("(global (mut (ref func)))", "(global (mut funcref))") == 0);
  CHECK(matches("(table 1 funcref)", "(memory 1)") == 0);
  CHECK(matches("(ref any)", "anyref") == 1 && matches("anyref", "(ref any)") == 0);
  CHECK(matches("i31ref", "eqref") == 1 && matches("structref", "arrayref") == 0 && matches("i32", "i64") == 0);
  CHECK(matches("(array i8)", "arrayref") == 1 && matches("(array i8)", "(array i16)") == 0);

  CHECK_OK(wrt_engine_new(NULL, &other, &error));
  CHECK_OK(wrt_type_parse(other, "(func)", (size_t)-1, &there, &error));
  CHECK_FAILS(wrt_type_matches(here, there, &out, &error), WRT_ERR_STORE, "expected belongs to another engine");
  CHECK_FAILS(wrt_type_matches(NULL, there, &out, &error), WRT_ERR_ARGUMENT, "type is NULL");
  CHECK_FAILS(wrt_type_matches(here, NULL, &out, &error), WRT_ERR_ARGUMENT, "expected is NULL");
  CHECK_FAILS(wrt_type_matches(here, here, NULL, &error), WRT_ERR_ARGUMENT, "out is NULL");
  CHECK(out == 77);
  wrt_release(other);
  wrt_release(there);
  wrt_release(here);
}

/* A type serves as often as one likes, outlives its engine, and may be released while in use. */
static void types_are_reused(void) {
  wrt_store *store = NULL;
  wrt_memory *first = NULL, *second = NULL;
  wrt_type *type = parse("(memory 1 2)");
  uint64_t pages = 0, before = 77;
  wrt_bytes text = {0};
  CHECK(wrt_retain(type) == type);
  wrt_release(type);
  CHECK_OK(wrt_store_new(engine, NULL, NULL, &store, &error));
  CHECK_OK(wrt_memory_new(store, type, &first, &error));
  CHECK_OK(wrt_memory_new(store, type, &second, &error));
  wrt_release(type);
  CHECK_OK(wrt_memory_grow(second, 1, &before, &error));
  CHECK(before == 1);
  CHECK_STATUS(wrt_memory_grow(second, 1, &before, &error), WRT_ERR_LIMIT);
  CHECK_OK(wrt_memory_size(first, &pages, &error));
  CHECK(pages == 1);
  wrt_release(second);
  wrt_release(first);
  wrt_release(store);

  type = parse("(func (param i32))");
  CHECK_OK(wrt_close(type, &error));
  CHECK_STATUS(wrt_type_text(type, &text, &error), WRT_ERR_CLOSED);
  CHECK(wrt_type_extern_kind(type) == -1);
  wrt_release(type);
  CHECK(wrt_type_extern_kind(NULL) == -1);
  CHECK_FAILS(wrt_type_text((const wrt_type *)engine, &text, &error), WRT_ERR_ARGUMENT,
              "type is an engine handle, not a type handle");
  CHECK_FAILS(wrt_type_text(NULL, &text, &error), WRT_ERR_ARGUMENT, "type is NULL");
}

/* Whatever a module declares is enumerated, and is written so that it can be read. */
static void types_of_modules_are_told(void) {
  static const char wat[] =
      "(module (rec (type $n (struct (field $next (ref null $n)) (field (mut i16)))))"
      " (import \"m\" \"wide\" (func (param v128)))"
      " (func (export \"nodes\") (param (ref $n)) (result structref) local.get 0)"
      " (tag (export \"tag\") (param i64)))";
  wrt_module *module = NULL;
  wrt_type *again = NULL;
  wrt_bytes text = {0};
  wrt_item item;
  int32_t same = 0;
  item.struct_size = sizeof item;
  CHECK_OK(wrt_module_new(engine, (const uint8_t *)wat, sizeof wat - 1, &module, &error));
  CHECK_OK(wrt_module_import_at(module, 0, &item, &error));
  CHECK_OK(wrt_type_text(item.type, &text, &error));
  check_bytes(&text, "(func (param v128))");
  CHECK_OK(wrt_module_export_at(module, 0, &item, &error));
  CHECK_OK(wrt_type_text(item.type, &text, &error));
  CHECK_OK(wrt_type_parse(engine, (const char *)text.data, text.len, &again, &error));
  check_bytes(&text, "(type $t0 (struct (field (ref null $t0)) (field (mut i16)))) (func (param (ref $t0)) (result structref))");
  CHECK_OK(wrt_type_matches(again, item.type, &same, &error));
  CHECK(same == 1);
  wrt_release(again);
  CHECK_OK(wrt_module_export_at(module, 1, &item, &error));
  CHECK(wrt_type_extern_kind(item.type) == WRT_TAG);
  wrt_release(module);
}

int main(void) {
  wrt_type *outlives;
  wrt_bytes text = {0};
  CHECK_OK(wrt_engine_new(NULL, &engine, &error));
  text_is_read_and_written();
  values_have_types();
  lengths_are_kept();
  errors_have_a_place();
  shapes_are_told();
  functions_are_made_from_kinds();
  types_match_as_imports_do();
  types_are_reused();
  types_of_modules_are_told();
  outlives = parse("(type $s (struct)) (func (param (ref $s)))");
  wrt_release(engine);
  CHECK_OK(wrt_type_text(outlives, &text, &error));
  check_bytes(&text, "(type $t0 (struct)) (func (param (ref $t0)))");
  wrt_release(outlives);
  return check_done();
}
