/* Engines: settings in force, what can be compiled, and how much the pooling allocator holds. */
#include "wasm.h"

static void engines_tell_their_settings(void) {
  wrt_engine *plain = new_engine();
  wrt_engine *fueled = new_engine_with("consume_fuel epoch_interruption");
  wrt_bytes json = {0};
  char fingerprint[40];
  CHECK_OK(wrt_engine_json(plain, &json, &error));
  CHECK(strstr((const char *)json.data, "\"consume_fuel\":false") != NULL);
  CHECK(strstr((const char *)json.data, "\"pulley\":false") != NULL);
  sprintf(fingerprint, "\"fingerprint\":\"%016llx\"", (unsigned long long)wrt_engine_fingerprint(plain));
  check_json(&json, fingerprint);
  CHECK_OK(wrt_engine_json(fueled, &json, &error));
  CHECK(strstr((const char *)json.data, "\"consume_fuel\":true") != NULL);
  check_json(&json, "\"epoch_interruption\":true");
  CHECK(wrt_engine_fingerprint(plain) != wrt_engine_fingerprint(fueled));
  wrt_release(fueled);
  wrt_release(plain);
}

/* SHA-256 of "abc" as in FIPS 180-2, appendix B.1. */
#define ABC "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

static void keys_name_what_is_compiled(void) {
  wrt_engine *plain = new_engine();
  wrt_engine *same = new_engine();
  wrt_engine *fueled = new_engine_with("consume_fuel");
  wrt_bytes key = {0}, other = {0};
  char expected[90];
  sprintf(expected, ABC "-%016llx", (unsigned long long)wrt_engine_fingerprint(plain));
  CHECK_OK(wrt_engine_module_key(plain, (const uint8_t *)"abc", 3, &key, &error));
  CHECK(key.len == strlen(expected) && strcmp((const char *)key.data, expected) == 0);
  CHECK_OK(wrt_engine_module_key(same, (const uint8_t *)"abc", 3, &other, &error));
  CHECK(strcmp((const char *)other.data, expected) == 0);
  wrt_bytes_free(&other);
  CHECK_OK(wrt_engine_module_key(fueled, (const uint8_t *)"abc", 3, &other, &error));
  CHECK(strncmp((const char *)other.data, ABC "-", sizeof ABC) == 0 && strcmp((const char *)other.data, expected) != 0);
  wrt_bytes_free(&other);
  CHECK_OK(wrt_engine_module_key(plain, NULL, 0, &other, &error));
  CHECK(strncmp((const char *)other.data, "e3b0c44298fc1c14", 16) == 0);
  wrt_bytes_free(&other);
  wrt_bytes_free(&key);
  CHECK_FAILS(wrt_engine_module_key(plain, NULL, 1, &key, &error), WRT_ERR_ARGUMENT, "wasm is NULL");
  CHECK_FAILS(wrt_engine_module_key(plain, (const uint8_t *)"abc", 3, NULL, &error), WRT_ERR_ARGUMENT, "key is NULL");
  CHECK_OK(wrt_close(plain, &error));
  CHECK_FAILS(wrt_engine_module_key(plain, (const uint8_t *)"abc", 3, &key, &error), WRT_ERR_CLOSED, "the engine is closed");
  CHECK(key.data == NULL);
  wrt_release(fueled);
  wrt_release(same);
  wrt_release(plain);
}

static void settings_do_not_follow_the_config(void) {
  wrt_config *config = NULL;
  wrt_engine *engine = NULL;
  wrt_store *store;
  CHECK_OK(wrt_config_new(&config, &error));
  CHECK_OK(wrt_config_set(config, TEXT("consume_fuel"), TEXT("true"), &error));
  CHECK_OK(wrt_engine_new(config, &engine, &error));
  CHECK_OK(wrt_config_set(config, TEXT("consume_fuel"), TEXT("false"), &error));
  CHECK_OK(wrt_close(config, &error));
  store = new_store(engine);
  CHECK_OK(wrt_store_set_fuel(store, 1, &error));
  wrt_release(store);
  wrt_release(engine);
  wrt_release(config);
}

static void modules_are_validated_without_compiling(void) {
  wrt_engine *engine = new_engine();
  wrt_config *config = NULL;
  wrt_engine *narrow = NULL;
  const char *good = "(module (memory 1) (func (result v128) (v128.const i64x2 1 2)))";
  const char *bad = "(module (func (result i32) (i64.const 1)))";
  const char *text = "(module (func (result i32)";
  CHECK_OK(wrt_engine_validate(engine, (const uint8_t *)good, strlen(good), &error));
  CHECK_FAILS(wrt_engine_validate(engine, (const uint8_t *)bad, strlen(bad), &error), WRT_ERR_VALIDATE, "type mismatch");
  CHECK_FAILS(wrt_engine_validate(engine, (const uint8_t *)text, strlen(text), &error), WRT_ERR_PARSE, "line 1");
  CHECK_STATUS(wrt_engine_validate(engine, NULL, 3, &error), WRT_ERR_ARGUMENT);

  /* What a module may use is a matter of the engine. */
  CHECK_OK(wrt_config_new(&config, &error));
  CHECK_OK(wrt_config_set(config, TEXT("wasm_multi_memory"), TEXT("false"), &error));
  CHECK_OK(wrt_engine_new(config, &narrow, &error));
  good = "(module (memory 1) (memory 1))";
  CHECK_OK(wrt_engine_validate(engine, (const uint8_t *)good, strlen(good), &error));
  CHECK_FAILS(wrt_engine_validate(narrow, (const uint8_t *)good, strlen(good), &error), WRT_ERR_VALIDATE,
              "multiple memories");
  wrt_release(narrow);
  wrt_release(config);
  wrt_release(engine);
}

static void code_is_compiled_ahead(void) {
  wrt_engine *engine = new_engine();
  wrt_bytes artifact = {0};
  const char *wat = "(module (func (export \"f\")))";
  int32_t kind = -1;
  CHECK_OK(wrt_engine_precompile(engine, (const uint8_t *)wat, strlen(wat), &artifact, &error));
  CHECK_OK(wrt_artifact_kind(artifact.data, artifact.len, &kind, &error));
  CHECK(kind == WRT_ARTIFACT_MODULE);
  wrt_bytes_free(&artifact);
  CHECK_STATUS(wrt_engine_precompile(engine, (const uint8_t *)"(module (func $))", 17, &artifact, &error), WRT_ERR_PARSE);
  CHECK(artifact.data == NULL);
  wrt_release(engine);
}

/* A number of the metrics. */
static long metric(const wrt_engine *engine, const char *name) {
  wrt_bytes json = {0};
  char key[40];
  const char *found;
  long value;
  CHECK_OK(wrt_engine_metrics_json(engine, &json, &error));
  sprintf(key, "\"%s\":", name);
  found = strstr((const char *)json.data, key);
  CHECK(found != NULL);
  value = strtol(found + strlen(key), NULL, 10);
  wrt_bytes_free(&json);
  return value;
}

static void pools_are_counted_and_limited(void) {
  wrt_config *config = NULL;
  wrt_engine *engine = NULL;
  wrt_engine *plain = new_engine();
  wrt_bytes json = {0};
  wrt_store *store;
  wrt_module *module;
  wrt_instance *instances[3] = {NULL, NULL, NULL};
  CHECK_OK(wrt_engine_metrics_json(plain, &json, &error));
  check_bytes(&json, "null");

  CHECK_OK(wrt_config_new(&config, &error));
  CHECK_OK(wrt_config_set(config, TEXT("allocation_strategy"), TEXT("pooling"), &error));
  CHECK_OK(wrt_config_set(config, TEXT("pooling.total_core_instances"), TEXT("2"), &error));
  CHECK_OK(wrt_config_set(config, TEXT("pooling.total_memories"), TEXT("2"), &error));
  CHECK_OK(wrt_config_set(config, TEXT("pooling.total_tables"), TEXT("2"), &error));
  CHECK_OK(wrt_engine_new(config, &engine, &error));
  store = new_store(engine);
  module = new_module(engine, "(module (memory 1))");
  CHECK_OK(wrt_instance_new(store, module, NULL, 0, &instances[0], &error));
  CHECK(metric(engine, "core_instances") == 1 && metric(engine, "memories") == 1);
  CHECK_OK(wrt_instance_new(store, module, NULL, 0, &instances[1], &error));
  CHECK_STATUS(wrt_instance_new(store, module, NULL, 0, &instances[2], &error), WRT_ERR_LIMIT);
  CHECK(metric(engine, "core_instances") == 2);
  /* The pool gets them back when the store is closed. */
  CHECK_OK(wrt_close(store, &error));
  CHECK(metric(engine, "core_instances") == 0 && metric(engine, "memories") == 0);
  wrt_release(instances[0]);
  wrt_release(instances[1]);
  wrt_release(module);
  wrt_release(store);
  wrt_release(engine);
  wrt_release(config);
  wrt_release(plain);
}

/* The interpreter runs the same modules, in engines that make no machine code. */
static void pulley_interprets(void) {
  wrt_config *config = NULL;
  wrt_engine *engine = NULL;
  wrt_store *store;
  wrt_instance *instance;
  wrt_func *fib;
  wrt_func *trap;
  wrt_val slot = i32(15);
  CHECK_OK(wrt_config_new(&config, &error));
  CHECK_OK(wrt_config_set(config, TEXT("target"), TEXT("pulley64"), &error));
  CHECK_OK(wrt_engine_new(config, &engine, &error));
  store = new_store(engine);
  instance = new_instance(store, "(module (func $fib (export \"fib\") (param i32) (result i32)"
                                 "  (if (result i32) (i32.lt_u (local.get 0) (i32.const 2)) (then (local.get 0)) (else"
                                 "    (i32.add (call $fib (i32.sub (local.get 0) (i32.const 1)))"
                                 "             (call $fib (i32.sub (local.get 0) (i32.const 2)))))))"
                                 "  (func (export \"trap\") unreachable))");
  fib = export_of(instance, "fib");
  trap = export_of(instance, "trap");
  CHECK_OK(wrt_func_call(fib, &slot, 1, &slot, 1, &error));
  CHECK(to_i32(slot) == 610);
  CHECK_STATUS(wrt_func_call(trap, NULL, 0, NULL, 0, &error), WRT_ERR_TRAP);
  CHECK(error.trap == WRT_TRAP_UNREACHABLE);
  wrt_release(trap);
  wrt_release(fib);
  wrt_release(instance);
  wrt_release(store);
  wrt_release(engine);
  wrt_release(config);
}

int main(void) {
  engines_tell_their_settings();
  keys_name_what_is_compiled();
  settings_do_not_follow_the_config();
  modules_are_validated_without_compiling();
  code_is_compiled_ahead();
  pools_are_counted_and_limited();
  pulley_interprets();
  return check_done();
}
