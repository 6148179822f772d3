/* Objects of the collector: i31, structs and arrays. */
#include "wasm.h"

static wrt_engine *engine;
static wrt_store *store;
static int drops;

static void count_drop(void *env) {
  (void)env;
  drops++;
}

/* From here on. What earlier tests left is dropped before. */
static void count_drops(void) {
  CHECK_OK(wrt_store_gc(store, &error));
  drops = 0;
}

static uint64_t new_host(void *data) {
  uint64_t id = 0;
  CHECK_OK(wrt_ref_from_host(store, data, count_drop, &id, &error));
  return id;
}

static int32_t nothing(void *env, wrt_caller *caller, wrt_val *slots, size_t nslots, wrt_error *failure) {
  (void)env;
  (void)caller;
  (void)slots;
  (void)nslots;
  (void)failure;
  return WRT_OK;
}

/* A function of type `(func)`. */
static uint64_t new_function(void) {
  uint64_t id = 0;
  wrt_func *func = new_func(store, "(func)", nothing, NULL);
  CHECK_OK(wrt_ref_from_func(func, &id, &error));
  wrt_release(func);
  return id;
}

/* An exception with the one value 3. */
static uint64_t new_exception(void) {
  uint64_t id = 0;
  const wrt_val three = i32(3);
  wrt_type *type = new_type(engine, "(tag (param i32))");
  wrt_tag *tag = NULL;
  CHECK_OK(wrt_tag_new(store, type, &tag, &error));
  CHECK_OK(wrt_ref_new_exn(store, tag, &three, 1, &id, &error));
  wrt_release(tag);
  wrt_release(type);
  return id;
}

static uint64_t new_array(const char *text, const wrt_val *elems, size_t nelems) {
  uint64_t id = 0;
  wrt_type *type = new_type(engine, text);
  CHECK_OK(wrt_ref_new_array(store, type, elems, nelems, &id, &error));
  wrt_release(type);
  return id;
}

static uint64_t new_filled(const char *text, wrt_val elem, uint32_t len) {
  uint64_t id = 0;
  wrt_type *type = new_type(engine, text);
  CHECK_OK(wrt_ref_new_array_filled(store, type, &elem, len, &id, &error));
  wrt_release(type);
  return id;
}

static uint64_t new_bytes(const char *text, const void *data, size_t len) {
  uint64_t id = 0;
  wrt_type *type = new_type(engine, text);
  CHECK_OK(wrt_ref_new_array_bytes(store, type, data, len, &id, &error));
  wrt_release(type);
  return id;
}

static uint64_t converted(uint64_t id, int32_t kind) {
  uint64_t out = 0;
  CHECK_OK(wrt_ref_convert(store, id, kind, &out, &error));
  return out;
}

static void set_member(uint64_t id, uint32_t index, wrt_val value) {
  CHECK_OK(wrt_ref_set(store, id, index, &value, &error));
}

static uint32_t len_of(uint64_t id) {
  uint32_t len = 77;
  CHECK_OK(wrt_ref_len(store, id, &len, &error));
  return len;
}

static int32_t kind_of(uint64_t id) {
  int32_t kind = 0;
  CHECK_OK(wrt_ref_kind(store, id, &kind, &error));
  return kind;
}

static int32_t same(uint64_t a, uint64_t b) {
  int32_t found = -1;
  CHECK_OK(wrt_ref_same(store, a, b, &found, &error));
  return found;
}

/* The reference may stand where this type is expected. */
static int32_t fits(uint64_t id, const char *text) {
  int32_t found = -1;
  wrt_type *type = new_type(engine, text);
  CHECK_OK(wrt_ref_matches(store, id, type, &found, &error));
  wrt_release(type);
  return found;
}

/* The reference is of this kind, and exactly of this type, which it therefore fits. */
static void check_reference(uint64_t id, int32_t kind, const char *text) {
  wrt_type *type = NULL;
  wrt_bytes found = {0};
  CHECK(kind_of(id) == kind);
  CHECK_OK(wrt_ref_type(store, id, &type, &error));
  CHECK(wrt_type_extern_kind(type) == -1);
  CHECK_OK(wrt_type_text(type, &found, &error));
  check_bytes(&found, text);
  wrt_release(type);
  CHECK(fits(id, text) == 1);
}

/* ===== i31 ===== */

static void integers_have_31_bits(void) {
  static const int32_t small[] = {0, 1, -1, 42, 0x3fffffff, -0x40000000};
  static const int32_t large[] = {0x40000000, -0x40000001, INT32_MAX, INT32_MIN};
  uint64_t id = 77;
  size_t i;
  for (i = 0; i < sizeof small / sizeof *small; i++) {
    int32_t found = 77;
    const uint64_t other = new_i31(store, small[i]);
    id = new_i31(store, small[i]);
    CHECK_OK(wrt_ref_to_i31(store, id, &found, &error));
    CHECK(found == small[i]);
    /* Equal integers are the same reference. */
    CHECK(id != other && same(id, other) == 1 && same(id, new_i31(store, small[i] ^ 2)) == 0);
  }
  check_reference(id, WRT_I31REF, "(ref i31)");
  for (i = 0; i < sizeof large / sizeof *large; i++) {
    char text[64];
    sprintf(text, "%ld needs more than the 31 bits of an i31", (long)large[i]);
    CHECK_FAILS(wrt_ref_from_i31(store, large[i], &id, &error), WRT_ERR_TYPE, text);
  }
}

static void integers_cross(void) {
  wrt_instance *instance =
      new_instance(store, "(module (func (export \"make\") (param i32) (result i31ref) (ref.i31 (local.get 0)))"
                          "  (func (export \"get_s\") (param i31ref) (result i32) (i31.get_s (local.get 0)))"
                          "  (func (export \"get_u\") (param (ref i31)) (result i32) (i31.get_u (local.get 0))))");
  wrt_val slot = reference(new_i31(store, -3));
  int32_t found = 0;
  CHECK(to_i32(apply(instance, "get_s", &slot, 1)) == -3);
  CHECK(to_i32(apply(instance, "get_u", &slot, 1)) == 0x7ffffffd);
  /* WebAssembly drops the highest bit. */
  slot = i32(INT32_MAX);
  slot = apply(instance, "make", &slot, 1);
  CHECK_OK(wrt_ref_to_i31(store, slot.lo, &found, &error));
  CHECK(found == -1);
  wrt_release(instance);
}

/* ===== Structs ===== */

#define NUMBERS \
  "(struct (field (mut i8)) (field (mut i16)) (field (mut i32)) (field (mut i64)) (field (mut f32)) (field (mut f64))" \
  " (field (mut v128)))"

static void structs_hold_numbers(void) {
  wrt_instance *instance = new_instance(
      store, "(module (type $n " NUMBERS ")"
             "  (func (export \"i8\") (param (ref $n)) (result i32) (struct.get_s $n 0 (local.get 0)))"
             "  (func (export \"i16\") (param (ref $n)) (result i32) (struct.get_u $n 1 (local.get 0)))"
             "  (func (export \"i32\") (param (ref $n)) (result i32) (struct.get $n 2 (local.get 0)))"
             "  (func (export \"i64\") (param (ref $n)) (result i64) (struct.get $n 3 (local.get 0)))"
             "  (func (export \"f32\") (param (ref $n)) (result f32) (struct.get $n 4 (local.get 0)))"
             "  (func (export \"f64\") (param (ref $n)) (result f64) (struct.get $n 5 (local.get 0)))"
             "  (func (export \"v128\") (param (ref $n)) (result v128) (struct.get $n 6 (local.get 0)))"
             "  (func (export \"change\") (param (ref $n)) (result i32)"
             "    (struct.set $n 0 (local.get 0) (i32.const 0x181)) (struct.set $n 1 (local.get 0) (i32.const -2))"
             "    (struct.set $n 6 (local.get 0) (v128.const i64x2 5 6)) (i32.const 0)))");
  wrt_val fields[7];
  wrt_val slot;
  wrt_val found;
  fields[0] = i32(0x1fe);
  fields[1] = i32(-1);
  fields[2] = i32(INT32_MIN);
  fields[3] = i64(INT64_MIN + 1);
  fields[4] = f32(-1.5f);
  fields[5] = f64(1e-300);
  fields[6].lo = 1;
  fields[6].hi = UINT64_MAX;
  slot = reference(new_struct(store, NUMBERS, fields, 7));
  CHECK(len_of(slot.lo) == 7);
  /* Of narrow fields the low bits count, and come without sign. */
  CHECK(to_i32(member_of(store, slot.lo, 0)) == 0xfe && to_i32(member_of(store, slot.lo, 1)) == 0xffff);
  CHECK(to_i32(member_of(store, slot.lo, 2)) == INT32_MIN && to_i64(member_of(store, slot.lo, 3)) == INT64_MIN + 1);
  CHECK(to_f32(member_of(store, slot.lo, 4)) == -1.5f && to_f64(member_of(store, slot.lo, 5)) == 1e-300);
  found = member_of(store, slot.lo, 6);
  CHECK(found.lo == 1 && found.hi == UINT64_MAX);
  CHECK(to_i32(apply(instance, "i8", &slot, 1)) == -2 && to_i32(apply(instance, "i16", &slot, 1)) == 0xffff);
  CHECK(to_f32(apply(instance, "f32", &slot, 1)) == -1.5f && to_f64(apply(instance, "f64", &slot, 1)) == 1e-300);

  /* Changed by the host, and by WebAssembly. */
  fields[6].hi = 7;
  set_member(slot.lo, 2, i32(-7));
  set_member(slot.lo, 3, i64(INT64_MAX));
  set_member(slot.lo, 4, f32(0.25f));
  set_member(slot.lo, 5, f64(-2.5));
  set_member(slot.lo, 6, fields[6]);
  CHECK(to_i32(apply(instance, "i32", &slot, 1)) == -7 && to_i64(apply(instance, "i64", &slot, 1)) == INT64_MAX);
  CHECK(to_f32(apply(instance, "f32", &slot, 1)) == 0.25f && to_f64(apply(instance, "f64", &slot, 1)) == -2.5);
  found = apply(instance, "v128", &slot, 1);
  CHECK(found.lo == 1 && found.hi == 7);
  apply(instance, "change", &slot, 1);
  CHECK(to_i32(member_of(store, slot.lo, 0)) == 0x81 && to_i32(member_of(store, slot.lo, 1)) == 0xfffe);
  found = member_of(store, slot.lo, 6);
  CHECK(found.lo == 5 && found.hi == 6);
  wrt_release(instance);
}

/* A field for each kind of references. */
#define HOLDER \
  "(struct (field (mut funcref)) (field (mut externref)) (field (mut anyref)) (field (mut eqref))" \
  " (field (mut i31ref)) (field (mut structref)) (field (mut arrayref)) (field (mut exnref)))"

enum { FUNCTION, HOST, ANY, EQ, INTEGER, STRUCT, ARRAY, EXCEPTION, ALL };

static const int32_t KINDS[ALL] = {WRT_FUNCREF, WRT_EXTERNREF, WRT_ANYREF,   WRT_EQREF,
                                   WRT_I31REF,  WRT_STRUCTREF, WRT_ARRAYREF, WRT_EXNREF};

/* One reference of each kind. That of ANY is the same object as that of HOST. */
static void make_all(wrt_val *values, void *data) {
  values[FUNCTION] = reference(new_function());
  values[HOST] = reference(new_host(data));
  values[ANY] = reference(converted(values[HOST].lo, WRT_ANYREF));
  values[EQ] = reference(new_struct(store, "(struct)", NULL, 0));
  values[INTEGER] = reference(new_i31(store, 11));
  values[STRUCT] = reference(new_struct(store, "(struct (field i32))", values, 1));
  values[ARRAY] = reference(new_array("(array i64)", values, 2));
  values[EXCEPTION] = reference(new_exception());
}

static void structs_hold_references(void) {
  wrt_val values[ALL];
  wrt_val null[ALL] = {{0, 0}};
  const uint64_t scope = begin_scope(store);
  uint64_t made;
  uint64_t id = 0;
  int32_t mine = 0;
  void *data = NULL;
  uint32_t i;
  count_drops();
  make_all(values, &mine);
  made = new_struct(store, HOLDER, values, ALL);
  id = new_struct(store, HOLDER, null, ALL);
  for (i = 0; i < ALL; i++) {
    const wrt_val none = member_of(store, id, i);
    CHECK(none.lo == 0 && none.hi == 0);
    CHECK(same(member_of(store, made, i).lo, values[i].lo) == 1);
    set_member(id, i, values[i]);
    CHECK(same(member_of(store, id, i).lo, values[i].lo) == 1);
    set_member(made, i, null[i]);
    CHECK(member_of(store, made, i).lo == 0);
  }
  /* The struct alone keeps them all. */
  CHECK_OK(wrt_ref_clone(store, id, &id, &error));
  CHECK_OK(wrt_ref_scope_end(store, scope, &error));
  check_store(store, "\"references\":1");
  CHECK_OK(wrt_store_gc(store, &error));
  CHECK(drops == 0);
  CHECK_OK(wrt_ref_to_host(store, member_of(store, id, HOST).lo, &data, &error));
  CHECK(data == &mine);
  CHECK_OK(wrt_ref_to_host(store, member_of(store, id, ANY).lo, &data, &error));
  CHECK(data == &mine);
  CHECK_OK(wrt_ref_to_i31(store, member_of(store, id, INTEGER).lo, &mine, &error));
  CHECK(mine == 11 && len_of(member_of(store, id, ARRAY).lo) == 2);
  CHECK(to_i32(member_of(store, member_of(store, id, EXCEPTION).lo, 0)) == 3);
  wrt_ref_drop(store, id);
}

/* A host object in a struct in an array. */
static void garbage_is_found(void) {
  const uint64_t scope = begin_scope(store);
  wrt_val value;
  uint64_t id = 0;
  int i;
  count_drops();
  for (i = 0; i < 2; i++) {
    value = reference(new_host(NULL));
    value = reference(new_struct(store, "(struct (field externref))", &value, 1));
    value = reference(new_array("(array (mut structref))", &value, 1));
  }
  CHECK_OK(wrt_ref_clone(store, value.lo, &id, &error));
  CHECK_OK(wrt_ref_scope_end(store, scope, &error));
  CHECK_OK(wrt_store_gc(store, &error));
  CHECK(drops == 1);
  set_member(id, 0, reference(0));
  CHECK_OK(wrt_store_gc(store, &error));
  CHECK(drops == 2 && len_of(id) == 1);
  wrt_ref_drop(store, id);
}

static void fields_must_fit(void) {
  wrt_type *pair = new_type(engine, "(struct (field i32) (field (mut i8)))");
  wrt_type *exact = new_type(engine, "(type $a (array i8)) (struct (field (mut (ref $a))))");
  wrt_type *total = new_type(engine, "(struct (field (mut (ref any))))");
  wrt_val values[2] = {{1, 0}, {2, 0}};
  wrt_val value = reference(0);
  uint64_t id = 77;
  CHECK_FAILS(wrt_ref_new_struct(store, pair, values, 1, &id, &error), WRT_ERR_TYPE,
              "(struct (field i32) (field (mut i8))) has 2 fields, not 1");
  CHECK_FAILS(wrt_ref_new_struct(store, pair, NULL, 0, &id, &error), WRT_ERR_TYPE, "has 2 fields, not 0");
  CHECK_FAILS(wrt_ref_new_struct(store, pair, NULL, 2, &id, &error), WRT_ERR_ARGUMENT, "fields is NULL");
  CHECK_FAILS(wrt_ref_new_struct(store, total, &value, 1, &id, &error), WRT_ERR_TYPE,
              "field 0 is null, but its type (ref any) is not nullable");
  value = reference(0x123);
  CHECK_FAILS(wrt_ref_new_struct(store, total, &value, 1, &id, &error), WRT_ERR_NOT_FOUND, "field 0 is reference 0x123");
  value = reference(new_host(NULL));
  CHECK_FAILS(wrt_ref_new_struct(store, total, &value, 1, &id, &error), WRT_ERR_TYPE,
              "field 0 is an object of the host, expected (ref any)");
  value = reference(new_struct(store, "(struct)", NULL, 0));
  CHECK_FAILS(wrt_ref_new_struct(store, exact, &value, 1, &id, &error), WRT_ERR_TYPE,
              "field 0 is an object of type (struct), expected (type $t0 (array i8)) (ref $t0)");
  CHECK(id == 77);

  CHECK_OK(wrt_ref_new_struct(store, pair, values, 2, &id, &error));
  CHECK_FAILS(wrt_ref_set(store, id, 0, values, &error), WRT_ERR_TYPE, "member 0 is constant");
  CHECK_FAILS(wrt_ref_set(store, id, 2, values, &error), WRT_ERR_BOUNDS, "member 2 is outside of an object of 2 members");
  CHECK_FAILS(wrt_ref_get(store, id, 2, &value, &error), WRT_ERR_BOUNDS, "member 2 is outside of an object of 2 members");
  CHECK_STATUS(wrt_ref_get(store, id, UINT32_MAX, &value, &error), WRT_ERR_BOUNDS);
  value = reference(new_array("(array i8)", NULL, 0));
  CHECK_OK(wrt_ref_new_struct(store, exact, &value, 1, &id, &error));
  value = reference(0);
  CHECK_FAILS(wrt_ref_set(store, id, 0, &value, &error), WRT_ERR_TYPE, "member 0 is null");
  value = reference(id);
  CHECK_FAILS(wrt_ref_set(store, id, 0, &value, &error), WRT_ERR_TYPE, "member 0 is an object of type (struct");
  value = reference(UINT64_MAX);
  CHECK_FAILS(wrt_ref_set(store, id, 0, &value, &error), WRT_ERR_NOT_FOUND, "member 0 is reference 0xffffffffffffffff");
  CHECK(kind_of(member_of(store, id, 0).lo) == WRT_ARRAYREF);
  wrt_release(total);
  wrt_release(exact);
  wrt_release(pair);
}

/* ===== Arrays ===== */

static void arrays_hold_elements(void) {
  wrt_val elems[3];
  uint64_t id;
  uint32_t i;
  for (i = 0; i < 3; i++) {
    elems[i] = f64(i + 0.5);
  }
  id = new_array("(array (mut f64))", elems, 3);
  CHECK(len_of(id) == 3 && to_f64(member_of(store, id, 2)) == 2.5);
  set_member(id, 2, f64(-1));
  CHECK(to_f64(member_of(store, id, 1)) == 1.5 && to_f64(member_of(store, id, 2)) == -1);
  check_reference(id, WRT_ARRAYREF, "(type $t0 (array (mut f64))) (ref $t0)");
  id = new_filled("(array (mut i16))", i32(-2), 1000);
  CHECK(len_of(id) == 1000 && to_i32(member_of(store, id, 0)) == 0xfffe && to_i32(member_of(store, id, 999)) == 0xfffe);
  id = new_filled("(array v128)", i64(7), 2);
  CHECK(member_of(store, id, 1).lo == 7 && member_of(store, id, 1).hi == 0);

  /* References, of which one array holds many, also itself. */
  elems[0] = reference(new_i31(store, 5));
  elems[1] = reference(0);
  id = new_array("(array (mut anyref))", elems, 2);
  CHECK(same(member_of(store, id, 0).lo, elems[0].lo) == 1 && member_of(store, id, 1).lo == 0);
  elems[1] = reference(id);
  set_member(id, 1, elems[1]);
  CHECK(same(member_of(store, member_of(store, id, 1).lo, 1).lo, id) == 1);
  id = new_filled("(array (ref null array))", elems[1], 3);
  CHECK(same(member_of(store, id, 0).lo, elems[1].lo) == 1 && same(member_of(store, id, 2).lo, elems[1].lo) == 1);

  /* Empty ones. */
  CHECK(len_of(new_array("(array i32)", NULL, 0)) == 0 && len_of(new_filled("(array i32)", i32(1), 0)) == 0);
  CHECK(len_of(new_bytes("(array i32)", NULL, 0)) == 0);
}

static void elements_must_fit(void) {
  wrt_type *total = new_type(engine, "(array (mut (ref i31)))");
  wrt_val elems[2];
  wrt_val value;
  uint64_t id = 77;
  elems[0] = reference(new_i31(store, 1));
  elems[1] = reference(0);
  CHECK_FAILS(wrt_ref_new_array(store, total, elems, 2, &id, &error), WRT_ERR_TYPE,
              "element 1 is null, but its type (ref i31) is not nullable");
  CHECK_FAILS(wrt_ref_new_array(store, total, NULL, 2, &id, &error), WRT_ERR_ARGUMENT, "elems is NULL");
  CHECK_FAILS(wrt_ref_new_array_filled(store, total, &elems[1], 2, &id, &error), WRT_ERR_TYPE, "elem is null");
  CHECK_FAILS(wrt_ref_new_array_filled(store, total, NULL, 2, &id, &error), WRT_ERR_ARGUMENT, "elem is NULL");
  elems[1] = reference(new_host(NULL));
  CHECK_FAILS(wrt_ref_new_array(store, total, elems, 2, &id, &error), WRT_ERR_TYPE,
              "element 1 is an object of the host, expected (ref i31)");
  elems[1] = reference(1);
  CHECK_FAILS(wrt_ref_new_array(store, total, elems, 2, &id, &error), WRT_ERR_NOT_FOUND, "element 1 is reference 0x1");
  CHECK_FAILS(wrt_ref_new_array_filled(store, total, &elems[1], 2, &id, &error), WRT_ERR_NOT_FOUND, "elem is reference");
  CHECK(id == 77);
  CHECK_OK(wrt_ref_new_array(store, total, elems, 1, &id, &error));
  CHECK_FAILS(wrt_ref_set(store, id, 1, elems, &error), WRT_ERR_BOUNDS, "member 1 is outside of an object of 1 members");
  CHECK_STATUS(wrt_ref_get(store, id, UINT32_MAX, &value, &error), WRT_ERR_BOUNDS);
  value = reference(0);
  CHECK_FAILS(wrt_ref_set(store, id, 0, &value, &error), WRT_ERR_TYPE, "member 0 is null");
  id = new_array("(array i32)", elems, 1);
  CHECK_FAILS(wrt_ref_set(store, id, 0, elems, &error), WRT_ERR_TYPE, "member 0 is constant");
  id = new_array("(array (mut i32))", NULL, 0);
  CHECK_STATUS(wrt_ref_set(store, id, 0, elems, &error), WRT_ERR_BOUNDS);
  CHECK_STATUS(wrt_ref_get(store, id, 0, elems, &error), WRT_ERR_BOUNDS);
  wrt_release(total);
}

/* ===== Bytes of arrays ===== */

static void arrays_are_made_of_bytes(void) {
  static const struct {
    const char *text;
    size_t width;
  } arrays[] = {{"(array (mut i8))", 1},  {"(array (mut i16))", 2}, {"(array (mut i32))", 4}, {"(array (mut f32))", 4},
                {"(array (mut i64))", 8}, {"(array (mut f64))", 8}, {"(array (mut v128))", 16}};
  uint8_t bytes[64];
  size_t i;
  for (i = 0; i < sizeof bytes; i++) {
    bytes[i] = (uint8_t)(i * 37 + 201);
  }
  for (i = 0; i < sizeof arrays / sizeof *arrays; i++) {
    const size_t width = arrays[i].width;
    const uint64_t id = new_bytes(arrays[i].text, bytes, sizeof bytes);
    uint8_t found[64] = {0};
    wrt_val element = {0, 0};
    CHECK(len_of(id) == sizeof bytes / width);
    CHECK_OK(wrt_ref_read_bytes(store, id, 0, found, sizeof bytes, &error));
    CHECK(memcmp(found, bytes, sizeof bytes) == 0);
    /* One element, the same as number and as bytes. */
    memcpy(&element, bytes + width, width);
    CHECK(member_of(store, id, 1).lo == element.lo && member_of(store, id, 1).hi == element.hi);
    CHECK_OK(wrt_ref_read_bytes(store, id, width, found, width, &error));
    CHECK(memcmp(found, bytes + width, width) == 0);
    /* Two elements from the first, to the third and fourth. */
    CHECK_OK(wrt_ref_write_bytes(store, id, 2 * width, bytes, 2 * width, &error));
    CHECK_OK(wrt_ref_read_bytes(store, id, width, found, 3 * width, &error));
    CHECK(memcmp(found, bytes + width, width) == 0 && memcmp(found + width, bytes, 2 * width) == 0);
    /* The last one, and nothing at all. */
    CHECK_OK(wrt_ref_write_bytes(store, id, sizeof bytes - width, bytes, width, &error));
    CHECK(member_of(store, id, (uint32_t)(sizeof bytes / width) - 1).lo == member_of(store, id, 0).lo);
    CHECK_OK(wrt_ref_read_bytes(store, id, sizeof bytes, NULL, 0, &error));
    CHECK_OK(wrt_ref_write_bytes(store, id, sizeof bytes, NULL, 0, &error));
  }
}

static void parts_of_long_arrays(void) {
  static uint8_t bytes[100000];
  static uint8_t found[100000];
  static const size_t parts[] = {1, 100, 50000, 99999};
  size_t i;
  uint64_t id;
  for (i = 0; i < sizeof bytes; i++) {
    bytes[i] = (uint8_t)(i * 31 + (i >> 8));
  }
  id = new_bytes("(array i8)", bytes, sizeof bytes);
  for (i = 0; i < sizeof parts / sizeof *parts; i++) {
    const size_t offset = (sizeof bytes - parts[i]) / 2;
    memset(found, 0, sizeof found);
    CHECK_OK(wrt_ref_read_bytes(store, id, offset, found, parts[i], &error));
    CHECK(memcmp(found, bytes + offset, parts[i]) == 0 && found[parts[i]] == 0);
  }
  CHECK_OK(wrt_ref_read_bytes(store, id, 0, found, sizeof bytes, &error));
  CHECK(memcmp(found, bytes, sizeof bytes) == 0);
}

static void bytes_are_whole_elements(void) {
  wrt_type *type = new_type(engine, "(array (mut i32))");
  uint8_t bytes[16] = {1, 2, 3};
  uint64_t id = 77;
  wrt_val elems[1] = {{0, 0}};
  CHECK_FAILS(wrt_ref_new_array_bytes(store, type, bytes, 7, &id, &error), WRT_ERR_ARGUMENT,
              "7 bytes at 0 are no whole elements of 4 bytes");
  CHECK_FAILS(wrt_ref_new_array_bytes(store, type, NULL, 4, &id, &error), WRT_ERR_ARGUMENT, "data is NULL");
  CHECK(id == 77);
  CHECK_OK(wrt_ref_new_array_bytes(store, type, bytes, 12, &id, &error));
  CHECK_FAILS(wrt_ref_read_bytes(store, id, 2, bytes, 4, &error), WRT_ERR_ARGUMENT,
              "4 bytes at 2 are no whole elements of 4 bytes");
  CHECK_STATUS(wrt_ref_write_bytes(store, id, 0, bytes, 6, &error), WRT_ERR_ARGUMENT);
  CHECK_FAILS(wrt_ref_read_bytes(store, id, 8, bytes, 8, &error), WRT_ERR_BOUNDS,
              "8 bytes at 8 are outside of the array, which has 12 bytes");
  CHECK_STATUS(wrt_ref_write_bytes(store, id, 8, bytes, 8, &error), WRT_ERR_BOUNDS);
  CHECK_STATUS(wrt_ref_read_bytes(store, id, 16, bytes, 0, &error), WRT_ERR_BOUNDS);
  CHECK_STATUS(wrt_ref_write_bytes(store, id, SIZE_MAX - 3, bytes, 8, &error), WRT_ERR_BOUNDS);
  CHECK_STATUS(wrt_ref_read_bytes(store, id, (size_t)1 << 62, bytes, 4, &error), WRT_ERR_BOUNDS);
  CHECK_FAILS(wrt_ref_read_bytes(store, id, 0, NULL, 4, &error), WRT_ERR_ARGUMENT, "dst is NULL");
  CHECK_FAILS(wrt_ref_write_bytes(store, id, 0, NULL, 4, &error), WRT_ERR_ARGUMENT, "src is NULL");
  /* Nothing of it was written. */
  CHECK(to_i32(member_of(store, id, 0)) == 0x030201 && to_i32(member_of(store, id, 2)) == 0);

  id = new_bytes("(array i16)", bytes, 4);
  CHECK_FAILS(wrt_ref_write_bytes(store, id, 0, bytes, 2, &error), WRT_ERR_TYPE, "the elements of the array are constant");
  CHECK_OK(wrt_ref_read_bytes(store, id, 2, bytes, 2, &error));
  CHECK(bytes[0] == 3 && bytes[1] == 0);
  wrt_release(type);
  type = new_type(engine, "(array (mut anyref))");
  id = new_array("(array (mut anyref))", elems, 1);
  CHECK_FAILS(wrt_ref_new_array_bytes(store, type, bytes, 8, &id, &error), WRT_ERR_TYPE,
              "(array (mut anyref)) holds references, not bytes");
  CHECK_FAILS(wrt_ref_read_bytes(store, id, 0, bytes, 8, &error), WRT_ERR_TYPE, "holds references, not bytes");
  CHECK_FAILS(wrt_ref_write_bytes(store, id, 0, bytes, 8, &error), WRT_ERR_TYPE, "holds references, not bytes");
  wrt_release(type);
}

/* ===== Wrong kinds ===== */

static void other_kinds_are_refused(void) {
  /* What has no members, and what messages call it. */
  static const char *const names[] = {"null", "an i31", "a function of type (func)", "an object of the host"};
  const wrt_val field = i32(1);
  uint64_t ids[6];
  uint8_t bytes[4] = {0};
  uint32_t len = 0;
  int32_t number = 0;
  wrt_val value = {0, 0};
  wrt_func *func = NULL;
  void *data = NULL;
  char text[96];
  int i;
  ids[0] = 0;
  ids[1] = new_i31(store, 7);
  ids[2] = new_function();
  ids[3] = new_host(NULL);
  for (i = 0; i < 4; i++) {
    sprintf(text, "reference is %s", names[i]);
    CHECK_FAILS(wrt_ref_len(store, ids[i], &len, &error), WRT_ERR_TYPE, text);
    CHECK_FAILS(wrt_ref_get(store, ids[i], 0, &value, &error), WRT_ERR_TYPE, text);
    CHECK_FAILS(wrt_ref_set(store, ids[i], 0, &value, &error), WRT_ERR_TYPE, text);
    CHECK_FAILS(wrt_ref_read_bytes(store, ids[i], 0, bytes, 4, &error), WRT_ERR_TYPE, text);
    CHECK_FAILS(wrt_ref_write_bytes(store, ids[i], 0, bytes, 4, &error), WRT_ERR_TYPE, text);
    if (i != 1) {
      CHECK_FAILS(wrt_ref_to_i31(store, ids[i], &number, &error), WRT_ERR_TYPE, text);
    }
  }
  CHECK_FAILS(wrt_ref_len(store, ids[1], &len, &error), WRT_ERR_TYPE,
              "reference is an i31, not a struct, an array or an exception");
  CHECK_FAILS(wrt_ref_read_bytes(store, ids[2], 0, bytes, 4, &error), WRT_ERR_TYPE, "(func), not an array");
  /* A converted object of the host is still none of these. */
  ids[3] = converted(ids[3], WRT_ANYREF);
  CHECK_FAILS(wrt_ref_len(store, ids[3], &len, &error), WRT_ERR_TYPE, "reference is an object of the host");
  CHECK_FAILS(wrt_ref_to_i31(store, ids[3], &number, &error), WRT_ERR_TYPE, "reference is an object of the host");

  ids[3] = new_struct(store, "(struct (field i32))", &field, 1);
  ids[4] = new_exception();
  ids[5] = new_array("(array i32)", &field, 1);
  CHECK_FAILS(wrt_ref_read_bytes(store, ids[3], 0, bytes, 4, &error), WRT_ERR_TYPE,
              "reference is an object of type (struct (field i32)), not an array");
  CHECK_FAILS(wrt_ref_write_bytes(store, ids[4], 0, bytes, 4, &error), WRT_ERR_TYPE,
              "reference is an exception, not an array");
  CHECK_FAILS(wrt_ref_set(store, ids[4], 0, &field, &error), WRT_ERR_TYPE, "member 0 is constant");
  for (i = 3; i < 6; i++) {
    CHECK(len_of(ids[i]) == 1);
    CHECK_FAILS(wrt_ref_to_i31(store, ids[i], &number, &error), WRT_ERR_TYPE, "not an i31");
    CHECK_FAILS(wrt_ref_to_func(store, ids[i], &func, &error), WRT_ERR_TYPE, i == 4 ? "an exception" : "an object of type");
    CHECK_FAILS(wrt_ref_to_host(store, ids[i], &data, &error), WRT_ERR_TYPE, "which carries no data of the host");
  }
  CHECK_FAILS(wrt_ref_to_func(store, ids[1], &func, &error), WRT_ERR_TYPE, "reference is an i31");
}

/* Structs are made of types of structs, arrays of those of arrays. */
static void types_are_those_of_objects(void) {
  static const struct {
    const char *text;
    const char *found;
  } others[] = {{"i32", "type is i32"},
                {"structref", "type is structref"},
                {"(type $f (func)) (ref $f)", "type is (type $t0 (func)) (ref $t0)"},
                {"(func)", "type is a function type, not a value type"},
                {"(global i32)", "type is a global type, not a value type"}};
  wrt_type *pair = new_type(engine, "(type $s (struct (field i32))) (ref null $s)");
  wrt_type *list = new_type(engine, "(type $a (array i32)) (ref null $a)");
  const wrt_val value = i32(4);
  uint64_t id = 77;
  size_t i;
  for (i = 0; i < sizeof others / sizeof *others; i++) {
    wrt_type *type = new_type(engine, others[i].text);
    CHECK_FAILS(wrt_ref_new_struct(store, type, &value, 1, &id, &error), WRT_ERR_TYPE, others[i].found);
    CHECK_FAILS(wrt_ref_new_array(store, type, &value, 1, &id, &error), WRT_ERR_TYPE, others[i].found);
    CHECK_STATUS(wrt_ref_new_array_filled(store, type, &value, 1, &id, &error), WRT_ERR_TYPE);
    CHECK_STATUS(wrt_ref_new_array_bytes(store, type, (const uint8_t *)"abcd", 4, &id, &error), WRT_ERR_TYPE);
    wrt_release(type);
  }
  CHECK_FAILS(wrt_ref_new_struct(store, list, &value, 1, &id, &error), WRT_ERR_TYPE,
              "not that of a struct, as (struct (field i32)) is");
  CHECK_FAILS(wrt_ref_new_array(store, pair, &value, 1, &id, &error), WRT_ERR_TYPE,
              "not that of an array, as (array (mut i8)) is");
  CHECK(id == 77);
  /* A nullable type does as well. */
  CHECK_OK(wrt_ref_new_struct(store, pair, &value, 1, &id, &error));
  CHECK_OK(wrt_ref_new_array(store, list, &value, 1, &id, &error));
  wrt_release(list);
  wrt_release(pair);
}

static void engines_and_stores_do_not_mix(void) {
  wrt_engine *foreign = new_engine();
  wrt_store *other = new_store(engine);
  wrt_type *type = new_type(foreign, "(struct)");
  wrt_type *list = new_type(foreign, "(array i8)");
  const wrt_val here = reference(new_i31(store, 1));
  wrt_val value = {0, 0};
  uint64_t id = 77;
  uint32_t len = 0;
  int32_t found = 0;
  CHECK_FAILS(wrt_ref_new_struct(store, type, NULL, 0, &id, &error), WRT_ERR_STORE, "type belongs to another engine");
  CHECK_STATUS(wrt_ref_new_array(store, list, NULL, 0, &id, &error), WRT_ERR_STORE);
  CHECK_STATUS(wrt_ref_new_array_filled(store, list, &value, 0, &id, &error), WRT_ERR_STORE);
  CHECK_STATUS(wrt_ref_new_array_bytes(store, list, NULL, 0, &id, &error), WRT_ERR_STORE);
  CHECK_FAILS(wrt_ref_matches(store, here.lo, type, &found, &error), WRT_ERR_STORE, "type belongs to another engine");
  wrt_release(list);
  wrt_release(type);
  wrt_release(foreign);

  type = new_type(engine, "(struct (field anyref))");
  CHECK_FAILS(wrt_ref_new_struct(other, type, &here, 1, &id, &error), WRT_ERR_NOT_FOUND, "another store");
  CHECK_FAILS(wrt_ref_to_i31(other, here.lo, &found, &error), WRT_ERR_NOT_FOUND, "another store");
  CHECK_STATUS(wrt_ref_len(other, here.lo, &len, &error), WRT_ERR_NOT_FOUND);
  CHECK_STATUS(wrt_ref_get(other, here.lo, 0, &value, &error), WRT_ERR_NOT_FOUND);
  CHECK_STATUS(wrt_ref_set(other, here.lo, 0, &value, &error), WRT_ERR_NOT_FOUND);
  CHECK_STATUS(wrt_ref_read_bytes(other, here.lo, 0, NULL, 0, &error), WRT_ERR_NOT_FOUND);
  CHECK_STATUS(wrt_ref_write_bytes(other, here.lo, 0, NULL, 0, &error), WRT_ERR_NOT_FOUND);
  CHECK_STATUS(wrt_ref_convert(other, here.lo, WRT_ANYREF, &id, &error), WRT_ERR_NOT_FOUND);
  CHECK(id == 77);
  CHECK_OK(wrt_close(other, &error));
  CHECK_STATUS(wrt_ref_from_i31(other, 1, &id, &error), WRT_ERR_CLOSED);
  CHECK_STATUS(wrt_ref_new_struct(other, type, &value, 1, &id, &error), WRT_ERR_CLOSED);
  wrt_release(type);
  wrt_release(other);
}

/* ===== Types and casts ===== */

static void references_have_types(void) {
  wrt_val values[ALL];
  int32_t mine = 0;
  make_all(values, &mine);
  check_reference(0, -1, "nullref");
  check_reference(values[FUNCTION].lo, WRT_FUNCREF, "(type $t0 (func)) (ref $t0)");
  check_reference(values[HOST].lo, WRT_EXTERNREF, "(ref extern)");
  check_reference(values[ANY].lo, WRT_ANYREF, "(ref any)");
  check_reference(values[EQ].lo, WRT_STRUCTREF, "(type $t0 (struct)) (ref $t0)");
  check_reference(values[INTEGER].lo, WRT_I31REF, "(ref i31)");
  check_reference(values[STRUCT].lo, WRT_STRUCTREF, "(type $t0 (struct (field i32))) (ref $t0)");
  check_reference(values[ARRAY].lo, WRT_ARRAYREF, "(type $t0 (array i64)) (ref $t0)");
  check_reference(values[EXCEPTION].lo, WRT_EXNREF, "(ref exn)");
}

#define ANIMALS \
  "(type $animal (sub (struct (field i32)))) (type $dog (sub $animal (struct (field i32) (field (mut i64)))))" \
  " (type $cat (sub final $animal (struct (field i32)))) "

static void subtypes_match(void) {
  wrt_instance *instance = new_instance(
      store, "(module " ANIMALS
             "  (func (export \"speak\") (param (ref $animal)) (result i32) (struct.get $animal 0 (local.get 0)))"
             "  (func (export \"is_dog\") (param anyref) (result i32) (ref.test (ref $dog) (local.get 0))))");
  wrt_val fields[2] = {{5, 0}, {6, 0}};
  const wrt_val animal = reference(new_struct(store, ANIMALS "(ref $animal)", fields, 1));
  const wrt_val dog = reference(new_struct(store, ANIMALS "(ref $dog)", fields, 2));
  const wrt_val cat = reference(new_struct(store, ANIMALS "(ref null $cat)", fields, 1));
  const wrt_val stranger = reference(new_struct(store, "(struct (field i32))", fields, 1));
  wrt_func *speak = export_of(instance, "speak");
  wrt_val result;
  CHECK(fits(dog.lo, ANIMALS "(ref $animal)") == 1 && fits(dog.lo, ANIMALS "(ref null $dog)") == 1);
  CHECK(fits(dog.lo, ANIMALS "(ref $cat)") == 0 && fits(animal.lo, ANIMALS "(ref $dog)") == 0);
  CHECK(fits(cat.lo, ANIMALS "(ref $animal)") == 1 && fits(cat.lo, ANIMALS "(ref $dog)") == 0);
  CHECK(fits(dog.lo, "structref") == 1 && fits(dog.lo, "(ref eq)") == 1 && fits(dog.lo, "anyref") == 1);
  CHECK(fits(dog.lo, "arrayref") == 0 && fits(dog.lo, "i31ref") == 0 && fits(dog.lo, "externref") == 0);
  CHECK(fits(dog.lo, "funcref") == 0 && fits(dog.lo, "exnref") == 0 && fits(dog.lo, "nullref") == 0);
  /* It looks alike, and is another type. */
  CHECK(fits(stranger.lo, ANIMALS "(ref $animal)") == 0 && fits(stranger.lo, ANIMALS "(ref $cat)") == 0);
  /* Null fits what is nullable. */
  CHECK(fits(0, ANIMALS "(ref null $dog)") == 1 && fits(0, ANIMALS "(ref $dog)") == 0);
  CHECK(fits(0, "nullref") == 1 && fits(0, "exnref") == 1 && fits(0, "(ref any)") == 0);

  CHECK(to_i32(apply(instance, "speak", &dog, 1)) == 5 && to_i32(apply(instance, "speak", &cat, 1)) == 5);
  CHECK(to_i32(apply(instance, "is_dog", &dog, 1)) == 1 && to_i32(apply(instance, "is_dog", &cat, 1)) == 0);
  CHECK_FAILS(wrt_func_call(speak, &stranger, 1, &result, 1, &error), WRT_ERR_TYPE,
              "is an object of type (struct (field i32)), expected (type $t0 (sub (struct (field i32)))) (ref $t0)");
  wrt_release(speak);
  wrt_release(instance);
}

static void what_is_no_reference_type_is_refused(void) {
  wrt_type *number = new_type(engine, "i32");
  wrt_type *func = new_type(engine, "(func)");
  const uint64_t id = new_i31(store, 1);
  int32_t found = 77;
  CHECK_FAILS(wrt_ref_matches(store, id, number, &found, &error), WRT_ERR_TYPE, "type is not that of a reference");
  CHECK_FAILS(wrt_ref_matches(store, id, func, &found, &error), WRT_ERR_TYPE, "type is a function type");
  CHECK_STATUS(wrt_ref_matches(store, id, NULL, &found, &error), WRT_ERR_ARGUMENT);
  CHECK(found == 77);
  wrt_release(func);
  wrt_release(number);
}

static void casts_are_checked(void) {
  /* To which of KINDS each of them can be cast. */
  static const int32_t good[ALL][ALL] = {
      {1, 0, 0, 0, 0, 0, 0, 0}, {0, 1, 1, 0, 0, 0, 0, 0}, {0, 1, 1, 0, 0, 0, 0, 0}, {0, 1, 1, 1, 0, 1, 0, 0},
      {0, 1, 1, 1, 1, 0, 0, 0}, {0, 1, 1, 1, 0, 1, 0, 0}, {0, 1, 1, 1, 0, 0, 1, 0}, {0, 0, 0, 0, 0, 0, 0, 1}};
  wrt_val values[ALL];
  uint64_t id = 0;
  int32_t mine = 0;
  int from;
  int to;
  make_all(values, &mine);
  for (from = 0; from < ALL; from++) {
    for (to = 0; to < ALL; to++) {
      if (good[from][to]) {
        id = converted(values[from].lo, KINDS[to]);
        CHECK(id != 0 && id != values[from].lo);
        /* There and back it is the same. */
        id = converted(id, from == HOST || to != HOST ? KINDS[from] : WRT_ANYREF);
        CHECK(same(id, values[from].lo) == 1);
      } else {
        CHECK_STATUS(wrt_ref_convert(store, values[from].lo, KINDS[to], &id, &error), WRT_ERR_TYPE);
      }
    }
    CHECK_STATUS(wrt_ref_convert(store, values[from].lo, WRT_NONE, &id, &error), WRT_ERR_TYPE);
  }
  for (to = 0; to < ALL; to++) {
    CHECK(converted(0, KINDS[to]) == 0);
  }
  CHECK_FAILS(wrt_ref_convert(store, values[STRUCT].lo, WRT_ARRAYREF, &id, &error), WRT_ERR_TYPE,
              "reference is an object of type (struct (field i32)), expected arrayref");
  CHECK_FAILS(wrt_ref_convert(store, values[INTEGER].lo, WRT_FUNCREF, &id, &error), WRT_ERR_TYPE,
              "reference is an i31, expected funcref");
  CHECK_FAILS(wrt_ref_convert(store, values[INTEGER].lo, WRT_I32, &id, &error), WRT_ERR_ARGUMENT,
              "kind is 127, which is not the kind of a reference");
  CHECK_STATUS(wrt_ref_convert(store, values[INTEGER].lo, 77, &id, &error), WRT_ERR_ARGUMENT);
  CHECK_STATUS(wrt_ref_convert(store, 77, WRT_ANYREF, &id, &error), WRT_ERR_NOT_FOUND);
}

/* An object of the host is the same, whichever way WebAssembly sees it; and an object of WebAssembly is its own again. */
static void objects_are_converted(void) {
  wrt_instance *instance = new_instance(
      store, "(module (func (export \"inner\") (param externref) (result anyref) (any.convert_extern (local.get 0)))"
             "  (func (export \"outer\") (param anyref) (result externref) (extern.convert_any (local.get 0))))");
  int32_t mine = 0;
  void *data = NULL;
  const uint64_t host = new_host(&mine);
  const uint64_t made = new_struct(store, "(struct)", NULL, 0);
  uint64_t inner = converted(host, WRT_ANYREF);
  wrt_val slot = reference(host);
  CHECK_OK(wrt_ref_to_host(store, inner, &data, &error));
  CHECK(data == &mine && same(converted(inner, WRT_EXTERNREF), host) == 1);
  slot = apply(instance, "inner", &slot, 1);
  CHECK(kind_of(slot.lo) == WRT_ANYREF && same(slot.lo, inner) == 1);
  data = NULL;
  CHECK_OK(wrt_ref_to_host(store, slot.lo, &data, &error));
  CHECK(data == &mine);
  slot = apply(instance, "outer", &slot, 1);
  CHECK(kind_of(slot.lo) == WRT_EXTERNREF && same(slot.lo, host) == 1);

  slot = reference(made);
  slot = apply(instance, "outer", &slot, 1);
  CHECK(kind_of(slot.lo) == WRT_EXTERNREF && same(converted(slot.lo, WRT_ANYREF), made) == 1);
  CHECK(same(slot.lo, converted(made, WRT_EXTERNREF)) == 1);
  CHECK_FAILS(wrt_ref_to_host(store, slot.lo, &data, &error), WRT_ERR_TYPE, "which carries no data of the host");
  slot = reference(converted(new_i31(store, -9), WRT_EXTERNREF));
  inner = apply(instance, "inner", &slot, 1).lo;
  CHECK_OK(wrt_ref_to_i31(store, inner, &mine, &error));
  CHECK(mine == -9);
  slot = reference(0);
  CHECK(apply(instance, "inner", &slot, 1).lo == 0 && apply(instance, "outer", &slot, 1).lo == 0);
  wrt_release(instance);
}

/* ===== WebAssembly ===== */

#define POINT "(struct (field (mut i32)) (field (mut i32)))"

static const char *const SHAPES =
    "(module (type $p " POINT ") (type $b (array (mut i8)))"
    "  (global $kept (mut anyref) (ref.null any))"
    "  (func (export \"any\") (param anyref) (result anyref) (local.get 0))"
    "  (func (export \"eq\") (param eqref) (result eqref) (local.get 0))"
    "  (func (export \"i31\") (param i31ref) (result i31ref) (local.get 0))"
    "  (func (export \"struct\") (param structref) (result structref) (local.get 0))"
    "  (func (export \"array\") (param arrayref) (result arrayref) (local.get 0))"
    "  (func (export \"exn\") (param exnref) (result exnref) (local.get 0))"
    "  (func (export \"func\") (param funcref) (result funcref) (local.get 0))"
    "  (func (export \"extern\") (param externref) (result externref) (local.get 0))"
    "  (func (export \"point\") (param (ref $p)) (result (ref $p)) (local.get 0))"
    "  (func (export \"maybe\") (param (ref null $p)) (result (ref null $p)) (local.get 0))"
    "  (func (export \"bytes\") (param (ref $b)) (result (ref $b)) (local.get 0))"
    "  (func (export \"same\") (param eqref eqref) (result i32) (ref.eq (local.get 0) (local.get 1)))"
    "  (func (export \"keep\") (param anyref) (result anyref)"
    "    (global.get $kept) (global.set $kept (local.get 0)))"
    "  (func (export \"new_point\") (param i32 i32) (result (ref $p)) (struct.new $p (local.get 0) (local.get 1)))"
    "  (func (export \"mirror\") (param (ref $p)) (result (ref $p))"
    "    (struct.set $p 0 (local.get 0) (i32.sub (i32.const 0) (struct.get $p 0 (local.get 0)))) (local.get 0))"
    "  (func (export \"sum\") (param (ref $b)) (result i32) (local $i i32) (local $sum i32)"
    "    (loop $on (if (i32.lt_u (local.get $i) (array.len (local.get 0))) (then"
    "      (local.set $sum (i32.add (local.get $sum) (array.get_u $b (local.get 0) (local.get $i))))"
    "      (local.set $i (i32.add (local.get $i) (i32.const 1))) (br $on)))) (local.get $sum)))";

/* One object goes in, and the same comes out, as another id. */
static void check_echo(const wrt_instance *instance, const char *name, uint64_t id) {
  const wrt_val slot = reference(id);
  wrt_func *func = export_of(instance, name);
  wrt_call *call = new_call(func);
  wrt_val again = slot;
  const wrt_val result = apply(instance, name, &slot, 1);
  CHECK_OK(wrt_call_invoke(call, &again, 1, &error));
  if (id == 0) {
    CHECK(result.lo == 0 && again.lo == 0);
  } else {
    CHECK(result.lo != id && again.lo != id && same(result.lo, id) == 1 && same(again.lo, id) == 1);
  }
  wrt_release(call);
  wrt_release(func);
}

static void check_refused(const wrt_instance *instance, const char *name, uint64_t id, const char *message) {
  const wrt_val slot = reference(id);
  wrt_func *func = export_of(instance, name);
  wrt_call *call = new_call(func);
  wrt_val result = slot;
  CHECK_FAILS(wrt_func_call(func, &slot, 1, &result, 1, &error), WRT_ERR_TYPE, message);
  CHECK_FAILS(wrt_call_invoke(call, &result, 1, &error), WRT_ERR_TYPE, message);
  CHECK(result.lo == id);
  wrt_release(call);
  wrt_release(func);
}

static void webassembly_gives_the_same(void) {
  wrt_instance *instance = new_instance(store, SHAPES);
  const wrt_val numbers[2] = {{3, 0}, {4, 0}};
  wrt_val values[ALL];
  wrt_val pair[2];
  int32_t mine = 0;
  uint64_t point = new_struct(store, POINT, numbers, 2);
  const uint64_t bytes = new_bytes("(array (mut i8))", "abc", 3);
  make_all(values, &mine);
  check_echo(instance, "func", values[FUNCTION].lo);
  check_echo(instance, "extern", values[HOST].lo);
  check_echo(instance, "any", values[ANY].lo);
  check_echo(instance, "any", values[INTEGER].lo);
  check_echo(instance, "eq", values[EQ].lo);
  check_echo(instance, "i31", values[INTEGER].lo);
  check_echo(instance, "struct", values[STRUCT].lo);
  check_echo(instance, "array", values[ARRAY].lo);
  check_echo(instance, "exn", values[EXCEPTION].lo);
  check_echo(instance, "struct", point);
  check_echo(instance, "point", point);
  check_echo(instance, "maybe", point);
  check_echo(instance, "bytes", bytes);
  check_echo(instance, "any", 0);
  check_echo(instance, "exn", 0);
  check_echo(instance, "maybe", 0);

  check_refused(instance, "point", 0, "is null, but its type (type $t0 (struct");
  check_refused(instance, "point", values[STRUCT].lo, "is an object of type (struct (field i32)), expected (type $t0 (struct");
  check_refused(instance, "bytes", point, "expected (type $t0 (array (mut i8))) (ref $t0)");
  check_refused(instance, "struct", values[ARRAY].lo, "is an object of type (array i64), expected structref");
  check_refused(instance, "array", values[INTEGER].lo, "is an i31, expected arrayref");
  check_refused(instance, "eq", values[ANY].lo, "is an object of the host, expected eqref");
  check_refused(instance, "any", values[HOST].lo, "is an object of the host, expected anyref");
  check_refused(instance, "any", values[FUNCTION].lo, "is a function of type (func), expected anyref");
  check_refused(instance, "i31", values[EXCEPTION].lo, "is an exception, expected i31ref");
  check_refused(instance, "exn", point, "expected exnref");

  /* Two ids are one object for WebAssembly as well. */
  pair[0] = reference(point);
  CHECK_OK(wrt_ref_clone(store, point, &pair[1].lo, &error));
  pair[1].hi = 0;
  CHECK(to_i32(apply(instance, "same", pair, 2)) == 1);
  wrt_ref_drop(store, pair[1].lo);
  pair[1] = reference(new_struct(store, POINT, numbers, 2));
  CHECK(to_i32(apply(instance, "same", pair, 2)) == 0 && same(pair[0].lo, pair[1].lo) == 0);

  /* What one side changes the other sees. */
  CHECK(same(apply(instance, "mirror", pair, 1).lo, point) == 1);
  CHECK(to_i32(member_of(store, point, 0)) == -3);
  set_member(point, 0, i32(20));
  apply(instance, "mirror", pair, 1);
  CHECK(to_i32(member_of(store, point, 0)) == -20);
  pair[0] = reference(bytes);
  CHECK(to_i32(apply(instance, "sum", pair, 1)) == 'a' + 'b' + 'c');
  CHECK_OK(wrt_ref_write_bytes(store, bytes, 1, (const uint8_t *)"\xff", 1, &error));
  CHECK(to_i32(apply(instance, "sum", pair, 1)) == 'a' + 255 + 'c');
  point = apply(instance, "new_point", numbers, 2).lo;
  check_reference(point, WRT_STRUCTREF, "(type $t0 " POINT ") (ref $t0)");
  CHECK(to_i32(member_of(store, point, 1)) == 4);

  /* Kept there, beyond the id. */
  count_drops();
  pair[0] = reference(new_host(&mine));
  pair[0] = reference(new_struct(store, "(struct (field externref))", pair, 1));
  CHECK(apply(instance, "keep", pair, 1).lo == 0);
  wrt_ref_drop(store, pair[0].lo);
  CHECK_OK(wrt_store_gc(store, &error));
  pair[0] = reference(0);
  pair[0] = apply(instance, "keep", pair, 1);
  CHECK(kind_of(member_of(store, pair[0].lo, 0).lo) == WRT_EXTERNREF && drops == 0);
  wrt_release(instance);
}

/* ===== Host functions ===== */

/* Takes a point and an array, and returns a point with the first coordinate and the length. */
static int32_t measure(void *env, wrt_caller *caller, wrt_val *slots, size_t nslots, wrt_error *failure) {
  wrt_store *here = wrt_caller_store(caller);
  wrt_val fields[2];
  uint32_t len = 0;
  CHECK(nslots == 2 && here == store);
  CHECK(wrt_ref_get(here, slots[0].lo, 0, &fields[0], failure) == WRT_OK);
  CHECK(wrt_ref_len(here, slots[1].lo, &len, failure) == WRT_OK);
  CHECK(wrt_store_gc(here, failure) == WRT_OK);
  fields[1] = i32((int32_t)len);
  CHECK(wrt_ref_set(here, slots[0].lo, 0, &fields[1], failure) == WRT_OK);
  return wrt_ref_new_struct(here, env, fields, 2, &slots[0].lo, failure);
}

static void host_functions_take_objects(void) {
  wrt_type *type = new_type(engine, POINT);
  wrt_func *func = new_func(store, "(type $p " POINT ") (func (param (ref $p) arrayref) (result (ref $p)))", measure, type);
  wrt_instance *instance = new_linked(
      store,
      "(module (type $p " POINT ") (type $b (array i8))"
      "  (import \"host\" \"measure\" (func $measure (param (ref $p) arrayref) (result (ref $p))))"
      "  (func (export \"run\") (param i32 i32) (result i32) (local $p (ref null $p)) (local $q (ref null $p))"
      "    (local.set $p (struct.new $p (local.get 0) (i32.const 0)))"
      "    (local.set $q (call $measure (ref.as_non_null (local.get $p)) (array.new_default $b (local.get 1))))"
      "    (i32.add (i32.mul (struct.get $p 0 (local.get $p)) (i32.const 10000))"
      "      (i32.add (i32.mul (struct.get $p 0 (local.get $q)) (i32.const 100)) (struct.get $p 1 (local.get $q))))))",
      func);
  wrt_val slots[2];
  int i;
  for (i = 0; i < 100; i++) {
    slots[0] = i32(7);
    slots[1] = i32(i);
    CHECK(to_i32(apply(instance, "run", slots, 2)) == i * 10000 + 700 + i);
  }
  /* Without WebAssembly around it. */
  slots[0] = i32(8);
  slots[0] = reference(new_struct(store, POINT, slots, 2));
  slots[1] = reference(new_array("(array f32)", slots, 2));
  CHECK_OK(wrt_func_call(func, slots, 2, &slots[1], 1, &error));
  CHECK(to_i32(member_of(store, slots[1].lo, 0)) == 8 && to_i32(member_of(store, slots[1].lo, 1)) == 2);
  CHECK(to_i32(member_of(store, slots[0].lo, 0)) == 2);
  slots[1] = slots[0];
  CHECK_FAILS(wrt_func_call(func, slots, 2, &slots[1], 1, &error), WRT_ERR_TYPE, "expected arrayref");
  wrt_release(instance);
  wrt_release(func);
  wrt_release(type);
}

/* Answers with what `env` points to. */
static int32_t answer(void *env, wrt_caller *caller, wrt_val *slots, size_t nslots, wrt_error *failure) {
  (void)caller;
  (void)failure;
  CHECK(nslots == 1);
  slots[0] = *(wrt_val *)env;
  return WRT_OK;
}

static void results_must_fit(void) {
  wrt_val value = reference(0);
  wrt_val result;
  wrt_func *func = new_func(store, "(type $p " POINT ") (func (result (ref $p)))", answer, &value);
  CHECK_FAILS(wrt_func_call(func, NULL, 0, &result, 1, &error), WRT_ERR_TYPE, "result is null");
  value = reference(new_struct(store, "(struct)", NULL, 0));
  CHECK_FAILS(wrt_func_call(func, NULL, 0, &result, 1, &error), WRT_ERR_TYPE,
              "result is an object of type (struct), expected (type $t0 " POINT ") (ref $t0)");
  /* The id went with the call. */
  CHECK_FAILS(wrt_func_call(func, NULL, 0, &result, 1, &error), WRT_ERR_NOT_FOUND, "result is reference");
  wrt_release(func);
}

/* ===== Room ===== */

/* Fills the heap of the collector until there is no room, and clears it again. */
static void fill_heap(wrt_store *own) {
  static const char *const text = "(array (mut i8))";
  wrt_type *type = new_type(engine_of(own), text);
  wrt_type *box = new_type(engine_of(own), "(struct (field i64))");
  const uint64_t scope = begin_scope(own);
  const wrt_val elem = i32(1);
  int32_t status;
  int made = 0;
  uint64_t id = 0;
  do {
    status = wrt_ref_new_array_filled(own, type, &elem, 10000, &id, &error);
    made += status == WRT_OK;
  } while (status == WRT_OK && made < 100000);
  CHECK(status == WRT_ERR_LIMIT && made >= 10);
  CHECK_MESSAGE("heap");
  wrt_error_clear(&error);
  do {
    status = wrt_ref_new_struct(own, box, &elem, 1, &id, &error);
  } while (status == WRT_OK);
  CHECK(status == WRT_ERR_LIMIT);
  CHECK_STATUS(wrt_ref_new_array(own, type, &elem, 1, &id, &error), WRT_ERR_LIMIT);
  CHECK_STATUS(wrt_ref_new_array_bytes(own, type, (const uint8_t *)text, 10, &id, &error), WRT_ERR_LIMIT);
  CHECK_STATUS(wrt_ref_from_host(own, NULL, NULL, &id, &error), WRT_ERR_LIMIT);
  /* An i31 takes no room, and what is there can be read. */
  CHECK_OK(wrt_ref_from_i31(own, 1, &id, &error));
  CHECK_OK(wrt_ref_scope_end(own, scope, &error));
  check_store(own, "\"references\":0");
  CHECK_OK(wrt_ref_new_array_filled(own, type, &elem, 10000, &id, &error));
  CHECK(to_i32(member_of(own, id, 9999)) == 1);
  wrt_release(box);
  wrt_release(type);
}

static void the_heap_is_limited(void) {
  static const wrt_limits limits = {sizeof limits, 1 << 20, UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX, 0, 0};
  wrt_store *own = new_store(engine);
  CHECK_OK(wrt_store_set_limits(own, &limits, &error));
  fill_heap(own);
  wrt_release(own);
}

/* WebAssembly that makes more than there is room for fails in the same way. */
static void webassembly_is_limited(void) {
  static const wrt_limits limits = {sizeof limits, 1 << 20, UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX, 0, 0};
  wrt_store *own = new_store(engine);
  wrt_instance *instance = new_instance(
      own, "(module (type $l (struct (field (ref null $l)))) (global $list (mut (ref null $l)) (ref.null $l))"
           "  (func (export \"fill\") (loop $on (global.set $list (struct.new $l (global.get $list))) (br $on)))"
           "  (func (export \"clear\") (result i32) (global.set $list (ref.null $l))"
           "    (global.set $list (struct.new $l (global.get $list))) (i32.const 1)))");
  wrt_func *fill = export_of(instance, "fill");
  CHECK_OK(wrt_store_set_limits(own, &limits, &error));
  CHECK_FAILS(wrt_func_call(fill, NULL, 0, NULL, 0, &error), WRT_ERR_LIMIT, "heap");
  CHECK(error.frame_count == 1);
  CHECK(to_i32(apply(instance, "clear", NULL, 0)) == 1);
  wrt_release(fill);
  wrt_release(instance);
  wrt_release(own);
}

/* No heap has room for so much. */
static void some_arrays_are_too_large(void) {
  wrt_type *type = new_type(engine, "(array (mut i64))");
  const wrt_val elem = i64(1);
  uint64_t id = 77;
  CHECK_STATUS(wrt_ref_new_array_filled(store, type, &elem, UINT32_MAX, &id, &error), WRT_ERR_LIMIT);
  CHECK_STATUS(wrt_ref_new_array_filled(store, type, &elem, 1 << 29, &id, &error), WRT_ERR_LIMIT);
  CHECK(id == 77);
  wrt_release(type);
}

/* With both collectors these are a hundred thousand. */
static void many_round_trips_leave_nothing(void) {
  wrt_instance *instance = new_instance(store, SHAPES);
  wrt_func *point = export_of(instance, "point");
  wrt_call *call = new_call(point);
  wrt_type *type = new_type(engine, POINT);
  int i;
  for (i = 0; i < 50000; i++) {
    wrt_val fields[2] = {{0, 0}, {0, 0}};
    wrt_val slot = {0, 0};
    uint64_t id = 0;
    fields[0] = i32(i);
    CHECK(wrt_ref_new_struct(store, type, fields, 2, &id, NULL) == WRT_OK);
    slot.lo = id;
    CHECK((i % 2 ? wrt_call_invoke(call, &slot, 1, NULL) : wrt_func_call(point, &slot, 1, &slot, 1, NULL)) == WRT_OK);
    CHECK(wrt_ref_set(store, slot.lo, 1, &fields[0], NULL) == WRT_OK);
    CHECK(wrt_ref_get(store, id, 1, &fields[1], NULL) == WRT_OK && to_i32(fields[1]) == i);
    wrt_ref_drop(store, id);
    wrt_ref_drop(store, slot.lo);
  }
  check_store(store, "\"references\":0");
  wrt_release(type);
  wrt_release(call);
  wrt_release(point);
  wrt_release(instance);
}

/* Copying finds what only itself refers to. Counting references does not, until the store is freed. */
static void cycles(int found) {
  wrt_store *own = new_store(engine);
  wrt_val fields[2];
  uint64_t id;
  drops = 0;
  CHECK_OK(wrt_ref_from_host(own, NULL, count_drop, &id, &error));
  CHECK_OK(wrt_ref_convert(own, id, WRT_ANYREF, &fields[1].lo, &error));
  fields[0] = fields[1];
  fields[0].lo = new_struct(own, "(struct (field (mut anyref)) (field anyref))", fields, 2);
  CHECK_OK(wrt_ref_set(own, fields[0].lo, 0, &fields[0], &error));
  wrt_ref_drop(own, id);
  wrt_ref_drop(own, fields[0].lo);
  wrt_ref_drop(own, fields[1].lo);
  check_store(own, "\"references\":0");
  CHECK_OK(wrt_store_gc(own, &error));
  CHECK(drops == found);
  wrt_release(own);
  CHECK(drops == 1);
}

/* An engine may give its stores heaps that cannot grow beyond a size. */
static void heaps_are_small(const char *collector) {
  wrt_config *config = NULL;
  wrt_engine *small = NULL;
  wrt_store *own;
  CHECK_OK(wrt_config_new(&config, &error));
  CHECK_OK(wrt_config_set(config, TEXT("collector"), TEXT(collector), &error));
  CHECK_OK(wrt_config_set(config, TEXT("gc_heap_reservation"), TEXT("1MiB"), &error));
  CHECK_OK(wrt_config_set(config, TEXT("gc_heap_may_move"), TEXT("false"), &error));
  CHECK_OK(wrt_engine_new(config, &small, &error));
  own = new_store(small);
  fill_heap(own);
  wrt_release(own);
  wrt_release(small);
  wrt_release(config);
}

/* ===== Tasks ===== */

#define BOX "(struct (field (mut i32)) (field (mut anyref)))"
#define ASK "(type $b " BOX ") (func (param (ref $b)) (result (ref null $b)))"

static const char *const ASKING =
    "(module (type $b " BOX ")"
    "  (import \"host\" \"ask\" (func $ask (param (ref $b)) (result (ref null $b))))"
    "  (func (export \"run\") (param i32) (result i32) (local $mine (ref null $b)) (local $other (ref null $b))"
    "    (local.set $mine (struct.new $b (local.get 0) (ref.null any)))"
    "    (local.set $other (call $ask (struct.new $b (i32.const 5) (local.get $mine))))"
    "    (i32.add (struct.get $b 0 (local.get $mine)) (struct.get $b 0 (local.get $other))))"
    "  (func (export \"hold\") (param anyref) (result anyref)"
    "    (drop (call $ask (struct.new $b (i32.const 6) (ref.null any)))) (local.get 0)))";

/* Much garbage, and a collection. */
static void litter(void) {
  const uint64_t scope = begin_scope(store);
  wrt_type *type = new_type(engine, BOX);
  const wrt_val fields[2] = {{-1, 0}, {0, 0}};
  uint64_t id = 0;
  int i;
  for (i = 0; i < 1000; i++) {
    CHECK_OK(wrt_ref_new_struct(store, type, fields, 2, &id, &error));
  }
  CHECK_OK(wrt_ref_scope_end(store, scope, &error));
  CHECK_OK(wrt_store_gc(store, &error));
  wrt_release(type);
}

static void tasks_wait_for_objects(void) {
  wrt_instance *instance = new_asking(store, ASKING, ASK);
  const wrt_val argument = i32(100);
  wrt_task *task = start_task(instance, "run", &argument);
  wrt_val fields[2];
  uint64_t inner;
  CHECK(poll_task(task) == WRT_TASK_HOST_CALL);
  litter();
  fields[0] = request_of(task).slots[0];
  CHECK(to_i32(member_of(store, fields[0].lo, 0)) == 5);
  /* The box that WebAssembly holds in a local, too. */
  inner = member_of(store, fields[0].lo, 1).lo;
  CHECK(to_i32(member_of(store, inner, 0)) == 100);
  set_member(inner, 0, i32(200));
  wrt_ref_drop(store, inner);
  litter();
  fields[1] = reference(fields[0].lo);
  fields[0] = i32(30);
  fields[0] = reference(new_struct(store, BOX, fields, 2));
  litter();
  CHECK(to_i32(member_of(store, request_of(task).slots[0].lo, 0)) == 5);
  reply_to(task, fields[0]);
  CHECK(poll_task(task) == WRT_TASK_DONE);
  CHECK(to_i32(result_of(task)) == 230);
  check_store(store, "\"references\":0");
  wrt_release(instance);
}

static void answers_must_fit(void) {
  wrt_instance *instance = new_asking(store, ASKING, ASK);
  const wrt_val argument = i32(1);
  wrt_task *task = start_task(instance, "run", &argument);
  wrt_val result;
  CHECK(poll_task(task) == WRT_TASK_HOST_CALL);
  reply_to(task, reference(new_struct(store, "(struct)", NULL, 0)));
  CHECK(poll_task(task) == WRT_TASK_DONE);
  CHECK_FAILS(wrt_task_results(task, &result, 1, &error), WRT_ERR_TYPE, "is an object of type (struct), expected");
  wrt_release(task);
  wrt_release(instance);
}

/* What only the frames of suspended calls hold is no garbage. */
static void frames_keep_objects(void) {
  wrt_instance *instance = new_asking(store, ASKING, ASK);
  wrt_task *tasks[3];
  int32_t data[3];
  int i;
  count_drops();
  for (i = 0; i < 3; i++) {
    const uint64_t scope = begin_scope(store);
    wrt_val fields[2];
    fields[0] = i32(i);
    fields[1] = reference(converted(new_host(&data[i]), WRT_ANYREF));
    fields[0] = reference(new_struct(store, BOX, fields, 2));
    tasks[i] = start_task(instance, "hold", &fields[0]);
    CHECK(poll_task(tasks[i]) == WRT_TASK_HOST_CALL);
    CHECK_OK(wrt_ref_scope_end(store, scope, &error));
    litter();
  }
  CHECK(drops == 0);
  for (i = 2; i >= 0; i--) {
    void *found = NULL;
    wrt_val box;
    uint64_t id;
    reply_to(tasks[i], reference(0));
    CHECK(poll_task(tasks[i]) == WRT_TASK_DONE);
    box = result_of(tasks[i]);
    litter();
    id = member_of(store, box.lo, 1).lo;
    CHECK_OK(wrt_ref_to_host(store, id, &found, &error));
    CHECK(to_i32(member_of(store, box.lo, 0)) == i && found == &data[i] && drops == 2 - i);
    wrt_ref_drop(store, id);
    wrt_ref_drop(store, box.lo);
    litter();
    CHECK(drops == 3 - i);
  }
  wrt_release(instance);
}

static void (*const TESTS[])(void) = {
    integers_have_31_bits,
    integers_cross,
    structs_hold_numbers,
    structs_hold_references,
    garbage_is_found,
    fields_must_fit,
    arrays_hold_elements,
    elements_must_fit,
    arrays_are_made_of_bytes,
    parts_of_long_arrays,
    bytes_are_whole_elements,
    other_kinds_are_refused,
    types_are_those_of_objects,
    engines_and_stores_do_not_mix,
    references_have_types,
    subtypes_match,
    what_is_no_reference_type_is_refused,
    casts_are_checked,
    objects_are_converted,
    webassembly_gives_the_same,
    host_functions_take_objects,
    results_must_fit,
    the_heap_is_limited,
    webassembly_is_limited,
    some_arrays_are_too_large,
    many_round_trips_leave_nothing,
    /* From here on the store is asynchronous. */
    tasks_wait_for_objects,
    answers_must_fit,
    frames_keep_objects,
};

int main(void) {
  static const char *const collectors[] = {"copying", "drc"};
  int which;
  for (which = 0; which < 2; which++) {
    size_t i;
    engine = new_collecting(collectors[which]);
    store = new_store(engine);
    for (i = 0; i < sizeof TESTS / sizeof *TESTS; i++) {
      run_scoped(store, TESTS[i]);
    }
    cycles(which == 0);
    heaps_are_small(collectors[which]);
    wrt_release(store);
    wrt_release(engine);
  }
  return check_done();
}
