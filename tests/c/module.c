/* Modules: compiled code, for all stores and threads of an engine. */
#include "wasm.h"

static wrt_engine *engine;

static const uint8_t *bytes(const char *text) {
  return (const uint8_t *)text;
}

/* ===== What a module imports and exports ===== */

static const char *const NAMED =
    "(module $\"geb\xc3\xa4ude\""
    "  (import \"m\xc3\xb6""bel\" \"t\\00isch\" (func (param i32))) (import \"\" \"\" (global i64))"
    "  (import \"env\" \"e\" (tag (param f32)))"
    "  (memory (export \"mem\") 1 2) (table (export \"\xe2\x9c\x93\") 3 funcref) (export \"again\" (func 0))"
    "  (@custom \"note\" \"first\") (@custom \"note\" \"second\\00\") (@custom \"empty\" \"\"))";

static wrt_item item_at(const wrt_module *module, int exports, size_t index) {
  wrt_item item;
  item.struct_size = sizeof item;
  CHECK_OK(exports ? wrt_module_export_at(module, index, &item, &error)
                   : wrt_module_import_at(module, index, &item, &error));
  CHECK(item.struct_size == sizeof item && item.index == index);
  return item;
}

static void check_item(const wrt_item *item, int32_t kind, const char *name, size_t name_len, const char *type) {
  wrt_bytes text = {0};
  CHECK(item->kind == kind && item->name_len == name_len);
  /* The NUL after the name is not part of it; one within is. */
  CHECK(memcmp(item->name, name, name_len + 1) == 0);
  CHECK_OK(wrt_type_text(item->type, &text, &error));
  check_bytes(&text, type);
}

static void items_are_listed(void) {
  wrt_module *module = new_module(engine, NAMED);
  wrt_item item;
  CHECK_TEXT(wrt_module_name(module), "geb\xc3\xa4ude");
  CHECK(wrt_module_import_count(module) == 3 && wrt_module_export_count(module) == 3);

  item = item_at(module, 0, 0);
  check_item(&item, WRT_FUNC, "t\0isch", 6, "(func (param i32))");
  CHECK(item.module_len == 6 && strcmp(item.module, "m\xc3\xb6""bel") == 0);
  item = item_at(module, 0, 1);
  check_item(&item, WRT_GLOBAL, "", 0, "(global i64)");
  CHECK(item.module_len == 0 && item.module[0] == 0);
  item = item_at(module, 0, 2);
  check_item(&item, WRT_TAG, "e", 1, "(tag (param f32))");

  item = item_at(module, 1, 0);
  check_item(&item, WRT_MEMORY, "mem", 3, "(memory 1 2)");
  CHECK(item.module == NULL && item.module_len == 0);
  item = item_at(module, 1, 1);
  check_item(&item, WRT_TABLE, "\xe2\x9c\x93", 3, "(table 3 funcref)");
  CHECK_OK(wrt_module_export_find(module, TEXT("again"), &item, &error));
  CHECK(item.index == 2);
  check_item(&item, WRT_FUNC, "again", 5, "(func (param i32))");

  CHECK_FAILS(wrt_module_export_at(module, 3, &item, &error), WRT_ERR_NOT_FOUND, "no export 3: the module has 3");
  CHECK_FAILS(wrt_module_import_at(module, SIZE_MAX, &item, &error), WRT_ERR_NOT_FOUND, "the module has 3");
  CHECK_FAILS(wrt_module_export_find(module, "mem\0", 4, &item, &error), WRT_ERR_NOT_FOUND, "\"mem\\0\"");
  item.struct_size = 7;
  CHECK_FAILS(wrt_module_export_at(module, 0, &item, &error), WRT_ERR_ARGUMENT, "out.struct_size is 7");
  wrt_release(module);
}

static void modules_describe_themselves(void) {
  wrt_module *module = new_module(engine, NAMED);
  wrt_module *nameless = new_module(engine, "(module)");
  wrt_bytes json = {0};
  CHECK_OK(wrt_module_json(module, &json, &error));
  CHECK(strstr((const char *)json.data, "\"name\":\"geb\xc3\xa4ude\"") != NULL);
  CHECK(strstr((const char *)json.data, "\"module\":\"m\xc3\xb6""bel\"") != NULL);
  CHECK(strstr((const char *)json.data, "\"t\\u0000isch\"") != NULL);
  check_json(&json, "{\"name\":\"note\",\"size\":7}");
  CHECK(wrt_module_name(nameless) == NULL && wrt_module_name(NULL) == NULL);
  CHECK_OK(wrt_module_json(nameless, &json, &error));
  check_bytes(&json, "{\"name\":null,\"imports\":[],\"exports\":[],\"custom_sections\":[]}");
  wrt_release(nameless);
  wrt_release(module);
}

static void custom_sections_are_kept(void) {
  wrt_module *module = new_module(engine, NAMED);
  const uint8_t *data = NULL;
  size_t len = 0;
  CHECK_OK(wrt_module_custom_section(module, TEXT("note"), 0, &data, &len, &error));
  CHECK(len == 5 && memcmp(data, "first", 5) == 0);
  CHECK_OK(wrt_module_custom_section(module, TEXT("note"), 1, &data, &len, &error));
  CHECK(len == 7 && memcmp(data, "second", 7) == 0);
  CHECK_OK(wrt_module_custom_section(module, TEXT("empty"), 0, &data, &len, &error));
  CHECK(len == 0);
  CHECK_FAILS(wrt_module_custom_section(module, TEXT("note"), 2, &data, &len, &error), WRT_ERR_NOT_FOUND,
              "\"note\" number 2");
  CHECK_STATUS(wrt_module_custom_section(module, TEXT("no"), 0, &data, &len, &error), WRT_ERR_NOT_FOUND);
  wrt_release(module);
}

/* ===== From text, bytes and files ===== */

static void what_is_no_module_is_refused(void) {
  static const uint8_t header[] = {0, 'a', 's', 'm', 1, 0, 0, 0};
  static const uint8_t cut[] = {0, 'a', 's', 'm', 1, 0, 0, 0, 1, 5, 0};
  wrt_module *module = NULL;
  CHECK_OK(wrt_module_new(engine, header, sizeof header, &module, &error));
  wrt_release(module);
  module = NULL;
  CHECK_STATUS(wrt_module_new(engine, cut, sizeof cut, &module, &error), WRT_ERR_PARSE);
  CHECK_STATUS(wrt_module_new(engine, NULL, 0, &module, &error), WRT_ERR_PARSE);
  CHECK_FAILS(wrt_module_new(engine, bytes("(module\n  (func nope))"), 21, &module, &error), WRT_ERR_PARSE, "line 2");
  CHECK_STATUS(wrt_module_new(engine, bytes("(module (func (result i32)))"), 28, &module, &error), WRT_ERR_VALIDATE);
  CHECK_STATUS(wrt_module_new(engine, NULL, 1, &module, &error), WRT_ERR_ARGUMENT);
  CHECK_STATUS(wrt_module_from_file(engine, TEXT("there/is/no/such/file"), &module, &error), WRT_ERR_IO);
  CHECK_MESSAGE("there/is/no/such/file");
  CHECK_STATUS(wrt_module_from_file(engine, TEXT("."), &module, &error), WRT_ERR_IO);
  CHECK(module == NULL);
  CHECK_OK(wrt_engine_validate(engine, header, sizeof header, &error));
  CHECK_STATUS(wrt_engine_validate(engine, cut, sizeof cut, &error), WRT_ERR_PARSE);
  CHECK_STATUS(wrt_engine_validate(engine, bytes("(module (func (result i32)))"), 28, &error), WRT_ERR_VALIDATE);
}

static void write_file(const char *path, const void *data, size_t len) {
  FILE *file = fopen(path, "wb");
  CHECK(file != NULL && fwrite(data, 1, len, file) == len && fclose(file) == 0);
}

static const char *const SEVEN = "(module $seven (func (export \"run\") (result i32) (i32.const 7)))";

/* The module works. */
static void check_seven(wrt_module *module) {
  wrt_store *store = new_store(engine);
  wrt_instance *instance = NULL;
  wrt_func *run;
  wrt_val found;
  CHECK_OK(wrt_instance_new(store, module, NULL, 0, &instance, &error));
  run = export_of(instance, "run");
  CHECK_OK(wrt_func_call(run, NULL, 0, &found, 1, &error));
  CHECK(to_i32(found) == 7);
  wrt_release(run);
  wrt_release(instance);
  wrt_release(store);
  wrt_release(module);
}

static void files_are_compiled(void) {
  const char *path = "s\xc3\xbc""den.wat";
  wrt_module *module = NULL;
  wrt_bytes wasm = {0};
  write_file(path, SEVEN, strlen(SEVEN));
  CHECK_OK(wrt_module_from_file(engine, TEXT(path), &module, &error));
  check_seven(module);
  CHECK_OK(wrt_wat_to_wasm(TEXT(SEVEN), &wasm, &error));
  write_file(path, wasm.data, wasm.len);
  CHECK_OK(wrt_module_from_file(engine, path, strlen(path), &module, &error));
  check_seven(module);
  wrt_bytes_free(&wasm);
  write_file(path, "(module\n(func", 13);
  CHECK_FAILS(wrt_module_from_file(engine, TEXT(path), &module, &error), WRT_ERR_PARSE, "den.wat:2");
  CHECK(remove(path) == 0);
}

/* ===== Artifacts ===== */

static void artifacts_are_loaded(void) {
  wrt_module *module = new_module(engine, NAMED);
  wrt_module *loaded = NULL;
  wrt_bytes artifact = {0};
  wrt_item item;
  const uint8_t *data = NULL;
  size_t len = 0;
  CHECK_OK(wrt_module_serialize(module, &artifact, &error));
  wrt_release(module);
  CHECK_OK(wrt_module_deserialize(engine, artifact.data, artifact.len, WRT_TRUSTED, &loaded, &error));
  CHECK_TEXT(wrt_module_name(loaded), "geb\xc3\xa4ude");
  item = item_at(loaded, 0, 0);
  check_item(&item, WRT_FUNC, "t\0isch", 6, "(func (param i32))");
  CHECK_FAILS(wrt_module_custom_section(loaded, TEXT("note"), 0, &data, &len, &error), WRT_ERR_UNSUPPORTED,
              "keeps no custom sections");
  wrt_release(loaded);
  wrt_bytes_free(&artifact);

  CHECK_OK(wrt_engine_precompile(engine, bytes(SEVEN), strlen(SEVEN), &artifact, &error));
  CHECK_OK(wrt_module_deserialize(engine, artifact.data, artifact.len, WRT_TRUSTED, &loaded, &error));
  check_seven(loaded);
  write_file("seven.cwasm", artifact.data, artifact.len);
  CHECK_OK(wrt_module_deserialize_file(engine, TEXT("seven.cwasm"), WRT_TRUSTED, &loaded, &error));
  CHECK(remove("seven.cwasm") == 0);
  check_seven(loaded);
  wrt_bytes_free(&artifact);
}

static void native_code_must_be_vouched_for(void) {
  wrt_bytes artifact = {0};
  wrt_bytes wasm = {0};
  wrt_module *module = NULL;
  CHECK_OK(wrt_engine_precompile(engine, bytes(SEVEN), strlen(SEVEN), &artifact, &error));
  CHECK_OK(wrt_wat_to_wasm(TEXT(SEVEN), &wasm, &error));
  CHECK_FAILS(wrt_module_deserialize(engine, artifact.data, artifact.len, 0, &module, &error), WRT_ERR_ARGUMENT,
              "WRT_TRUSTED");
  CHECK_FAILS(wrt_module_deserialize(engine, artifact.data, artifact.len, 3, &module, &error), WRT_ERR_ARGUMENT,
              "flags is 0x3");
  CHECK_FAILS(wrt_module_deserialize_file(engine, TEXT("seven.cwasm"), 0, &module, &error), WRT_ERR_ARGUMENT,
              "WRT_TRUSTED");
  /* What is no artifact, or a broken one, is found out. */
  CHECK_FAILS(wrt_module_deserialize(engine, wasm.data, wasm.len, WRT_TRUSTED, &module, &error), WRT_ERR_ARGUMENT,
              "data is not a precompiled module");
  CHECK_STATUS(wrt_module_deserialize(engine, NULL, 0, WRT_TRUSTED, &module, &error), WRT_ERR_ARGUMENT);
  CHECK_STATUS(wrt_module_deserialize(engine, artifact.data, 100, WRT_TRUSTED, &module, &error), WRT_ERR_ARGUMENT);
  CHECK_STATUS(wrt_module_deserialize_file(engine, TEXT("no.cwasm"), WRT_TRUSTED, &module, &error), WRT_ERR_IO);
  CHECK_FAILS(wrt_module_deserialize_file(engine, TEXT("."), WRT_TRUSTED, &module, &error), WRT_ERR_IO, "not a file");
  write_file("seven.wasm", wasm.data, wasm.len);
  CHECK_STATUS(wrt_module_deserialize_file(engine, TEXT("seven.wasm"), WRT_TRUSTED, &module, &error),
               WRT_ERR_ARGUMENT);
  CHECK(remove("seven.wasm") == 0 && module == NULL);
  wrt_bytes_free(&wasm);
  wrt_bytes_free(&artifact);
}

static void engines_without_a_compiler_only_load(void) {
  wrt_config *config = NULL;
  wrt_engine *loads = NULL;
  wrt_store *store;
  wrt_instance *instance = NULL;
  wrt_bytes artifact = {0};
  wrt_module *module = NULL;
  CHECK_OK(wrt_config_new(&config, &error));
  CHECK_OK(wrt_config_set(config, TEXT("enable_compiler"), TEXT("false"), &error));
  CHECK_OK(wrt_engine_new(config, &loads, &error));
  CHECK_FAILS(wrt_module_new(loads, bytes(SEVEN), strlen(SEVEN), &module, &error), WRT_ERR_UNSUPPORTED,
              "its option enable_compiler is false");
  CHECK_FAILS(wrt_engine_precompile(loads, bytes(SEVEN), strlen(SEVEN), &artifact, &error), WRT_ERR_UNSUPPORTED,
              "its option enable_compiler is false");
  CHECK_STATUS(wrt_module_new(loads, bytes("(module (func i32.add))"), 23, &module, &error), WRT_ERR_VALIDATE);
  CHECK_OK(wrt_engine_precompile(engine, bytes(SEVEN), strlen(SEVEN), &artifact, &error));
  CHECK_OK(wrt_module_deserialize(loads, artifact.data, artifact.len, WRT_TRUSTED, &module, &error));
  store = new_store(loads);
  CHECK_OK(wrt_instance_new(store, module, NULL, 0, &instance, &error));
  wrt_bytes_free(&artifact);
  wrt_release(instance);
  wrt_release(store);
  wrt_release(module);
  wrt_release(loads);
  wrt_release(config);
}

static void artifacts_fit_engines_of_one_fingerprint(void) {
  wrt_engine *same = new_engine();
  wrt_engine *other = new_engine_with("consume_fuel");
  wrt_bytes artifact = {0};
  wrt_module *module = NULL;
  CHECK(wrt_engine_fingerprint(engine) == wrt_engine_fingerprint(same));
  CHECK(wrt_engine_fingerprint(engine) != wrt_engine_fingerprint(other) && wrt_engine_fingerprint(NULL) == 0);
  CHECK_OK(wrt_engine_precompile(same, bytes(SEVEN), strlen(SEVEN), &artifact, &error));
  CHECK_OK(wrt_module_deserialize(engine, artifact.data, artifact.len, WRT_TRUSTED, &module, &error));
  check_seven(module);
  CHECK_STATUS(wrt_module_deserialize(other, artifact.data, artifact.len, WRT_TRUSTED, &module, &error),
               WRT_ERR_INCOMPATIBLE);
  wrt_bytes_free(&artifact);
  wrt_release(other);
  wrt_release(same);
}

/* ===== Code, and the end ===== */

static void machine_code_can_be_read(void) {
  wrt_module *module = new_module(engine, SEVEN);
  const uint8_t *code = NULL;
  const uint8_t *again = NULL;
  size_t len = 0;
  CHECK_OK(wrt_module_code(module, &code, &len, &error));
  CHECK(code != NULL && len > 0);
  CHECK_OK(wrt_module_code(module, &again, &len, &error));
  CHECK(again == code);
  CHECK_OK(wrt_module_preload(module, &error));
  check_seven(module);
}

static void closed_modules_make_no_instances(void) {
  wrt_module *module = new_module(engine, SEVEN);
  wrt_store *store = new_store(engine);
  wrt_instance *instance = NULL;
  wrt_func *run;
  wrt_bytes out = {0};
  wrt_val found;
  const wrt_item item = item_at(module, 1, 0);
  CHECK_OK(wrt_instance_new(store, module, NULL, 0, &instance, &error));
  CHECK_OK(wrt_close(module, &error));
  CHECK(wrt_module_export_count(module) == 0 && wrt_module_name(module) == NULL);
  CHECK_STATUS(wrt_module_serialize(module, &out, &error), WRT_ERR_CLOSED);
  CHECK_STATUS(wrt_module_json(module, &out, &error), WRT_ERR_CLOSED);
  /* What was borrowed stays readable, and instances live. */
  CHECK_TEXT(item.name, "run");
  run = export_of(instance, "run");
  CHECK_OK(wrt_func_call(run, NULL, 0, &found, 1, &error));
  wrt_release(run);
  wrt_release(instance);
  instance = NULL;
  CHECK_FAILS(wrt_instance_new(store, module, NULL, 0, &instance, &error), WRT_ERR_CLOSED, "the module is closed");
  wrt_release(store);
  wrt_release(module);
}

int main(void) {
  engine = new_engine();
  items_are_listed();
  modules_describe_themselves();
  custom_sections_are_kept();
  what_is_no_module_is_refused();
  files_are_compiled();
  artifacts_are_loaded();
  native_code_must_be_vouched_for();
  artifacts_fit_engines_of_one_fingerprint();
  engines_without_a_compiler_only_load();
  machine_code_can_be_read();
  closed_modules_make_no_instances();
  wrt_release(engine);
  return check_done();
}
