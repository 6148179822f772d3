/* Options by name: what is refused and how, what is in force, and the callbacks of a configuration. */
#include "check.h"

#define ALL ((size_t)-1)

static wrt_config *make_config(void) {
  wrt_config *config = NULL;
  CHECK_OK(wrt_config_new(&config, &error));
  CHECK_TEXT(wrt_handle_type(config), "config");
  return config;
}

static void set(wrt_config *config, const char *key, const char *value) {
  CHECK_OK(wrt_config_set(config, key, ALL, value, ALL, &error));
}

static void is(wrt_config *config, const char *key, const char *expected) {
  wrt_bytes value;
  CHECK_OK(wrt_config_get(config, key, ALL, &value, &error));
  check_bytes(&value, expected);
}

static void refused(wrt_config *config, const char *key, const char *value, int32_t status, const char *text) {
  CHECK_FAILS(wrt_config_set(config, key, ALL, value, ALL, &error), status, text);
}

/* The engine of these settings is refused with a message that holds both texts. */
static void conflict(const char *json, const char *one, const char *other) {
  wrt_config *config = make_config();
  wrt_engine *engine = NULL;
  CHECK_OK(wrt_config_set_json(config, json, ALL, &error));
  CHECK_FAILS(wrt_engine_new(config, &engine, &error), WRT_ERR_CONFIG, one);
  CHECK_MESSAGE(other);
  CHECK(engine == NULL);
  wrt_release(config);
}

static void test_values(void) {
  wrt_config *config = make_config();
  is(config, "opt_level", "speed");
  is(config, "max_wasm_stack", "524288");
  is(config, "target", "host");
  set(config, "opt_level", "SpeedAndSize");
  is(config, "cranelift_opt_level", "speed_and_size");
  set(config, "Max-Wasm-Stack", "0x10_0000");
  is(config, "max_wasm_stack", "1048576");
  set(config, "max_wasm_stack", "256 KiB");
  is(config, "max_wasm_stack", "262144");
  set(config, "consume_fuel", "on");
  is(config, "consume_fuel", "true");
  set(config, "pooling", "true");
  is(config, "allocation_strategy", "pooling");
  set(config, "operator_cost.i32.add", "7");
  is(config, "operator_cost.I32Add", "7");
  /* Lengths count, and what follows is not read. */
  CHECK_OK(wrt_config_set(config, "consume_fuel_and_more", 12, "false!", 5, &error));
  is(config, "consume_fuel", "false");

  refused(config, "opt_levle", "none", WRT_ERR_CONFIG, "there is no option \"opt_levle\"; the nearest is opt_level");
  refused(config, "opt_level", "fast", WRT_ERR_CONFIG, "it takes one of none, speed, speed_and_size");
  refused(config, "max_wasm_stack", "0", WRT_ERR_CONFIG, "option max_wasm_stack cannot be \"0\": it takes a size from 1 byte");
  refused(config, "max_wasm_stack", "99999999999999999999", WRT_ERR_CONFIG, "max_wasm_stack");
  refused(config, "memory_reservation", "-1", WRT_ERR_CONFIG, "it takes a size from 0 bytes to 64 TiB");
  refused(config, "target", "pdp11", WRT_ERR_CONFIG, "a target triple");
  refused(config, "rr", "recording", WRT_ERR_UNSUPPORTED, "option rr cannot be recording: ");
  refused(config, "", "", WRT_ERR_CONFIG, "there is no option \"\"");
  is(config, "opt_level", "speed_and_size");

  CHECK_FAILS(wrt_config_set(NULL, "rr", 2, "none", 4, &error), WRT_ERR_ARGUMENT, "config is NULL");
  CHECK_FAILS(wrt_config_set(config, NULL, ALL, "none", 4, &error), WRT_ERR_ARGUMENT, "key is NULL");
  CHECK_FAILS(wrt_config_set(config, "rr", 2, NULL, 4, &error), WRT_ERR_ARGUMENT, "value is NULL");
  CHECK_FAILS(wrt_config_set(config, "\xff", 1, "none", 4, &error), WRT_ERR_ARGUMENT, "key is not UTF-8");
  CHECK_FAILS(wrt_config_get(config, "rr", 2, NULL, &error), WRT_ERR_ARGUMENT, "value is NULL");
  CHECK_FAILS(wrt_config_new(NULL, &error), WRT_ERR_ARGUMENT, "out is NULL");
  CHECK(wrt_config_set(config, "nothing", ALL, "", 0, NULL) == WRT_ERR_CONFIG);

  CHECK_OK(wrt_close(config, &error));
  CHECK_FAILS(wrt_config_set(config, "rr", 2, "none", 4, &error), WRT_ERR_CLOSED, "the config is closed");
  wrt_release(config);
}

static void test_json(void) {
  const char *list = wrt_config_options_json();
  wrt_config *config = make_config();
  CHECK(strstr(list, "\"key\":\"opt_level\"") != NULL);
  CHECK(strstr(list, "\"key\":\"pooling.total_memories\"") != NULL);
  CHECK(strstr(list, "\"key\":\"operator_cost.<name>\"") != NULL);
  CHECK(list == wrt_config_options_json());

  CHECK_OK(wrt_config_set_json(config, "{\"opt_level\": \"none\", \"consume_fuel\": true, \"max_wasm_stack\": 65536}", ALL,
                               &error));
  is(config, "opt_level", "none");
  is(config, "consume_fuel", "true");
  is(config, "max_wasm_stack", "65536");
  CHECK_FAILS(wrt_config_set_json(config, "{\"opt_level\": \"speed\", \"max_wasm_stack\": []}", ALL, &error),
              WRT_ERR_CONFIG, "option max_wasm_stack cannot be []");
  is(config, "opt_level", "none");
  CHECK_FAILS(wrt_config_set_json(config, "[]", ALL, &error), WRT_ERR_ARGUMENT, "json is not an object");
  CHECK_FAILS(wrt_config_set_json(config, "{", ALL, &error), WRT_ERR_ARGUMENT, "json is not JSON");
  wrt_release(config);
}

static void test_engines(void) {
  wrt_config *config = make_config();
  wrt_engine *engine = NULL;
  wrt_bytes json;
  set(config, "max_wasm_stack", "65536");
  set(config, "opt_level", "none");
  CHECK_OK(wrt_engine_new(config, &engine, &error));
  /* What is set later does not reach the engine. */
  set(config, "opt_level", "speed");
  wrt_release(config);
  CHECK_OK(wrt_engine_json(engine, &json, &error));
  CHECK(strstr((const char *)json.data, "\"max_wasm_stack\":65536") != NULL);
  CHECK(strstr((const char *)json.data, "\"opt_level\":\"none\"") != NULL);
  CHECK(strstr((const char *)json.data, "\"wasm_simd\":true") != NULL);
  wrt_bytes_free(&json);
  wrt_release(engine);

  conflict("{\"max_wasm_stack\": \"3MiB\"}", "max_wasm_stack = 3145728", "async_stack_size = 2097152");
  conflict("{\"guest_debug\": true, \"strategy\": \"winch\"}", "guest_debug = true", "strategy = winch");
  conflict("{\"enable_compiler\": false, \"opt_level\": \"none\"}", "opt_level = none", "enable_compiler = false");
  conflict("{\"pooling.total_memories\": 1}", "pooling.total_memories = 1", "allocation_strategy = on_demand");
  conflict("{\"wasm_simd\": false}", "wasm_relaxed_simd = true", "wasm_simd = false");
  conflict("{\"gc_support\": false}", "wasm_exceptions = true", "gc_support = false");
  conflict("{\"cranelift_flag.nonsense\": true}", "option cranelift_flag.nonsense", "nonsense");
}

/* A memory of the host: one block that is large enough for all that the test does. */
static struct {
  int made, grown, freed, dropped;
  unsigned char *block;
  int refuse;
} host;

static int32_t make_memory(void *env, uint64_t minimum, uint64_t maximum, uint64_t reserve, uint64_t guard, void **mem,
                           uint8_t **base, size_t *capacity, wrt_error *failure) {
  CHECK(env == &host);
  CHECK(minimum == 65536);
  CHECK(maximum == 4 * 65536);
  CHECK(reserve == 0);
  CHECK(guard == 0);
  if (host.refuse) {
    wrt_error_set(failure, WRT_ERR_MEMORY, "the host has no memory left", ALL);
    return WRT_ERR_MEMORY;
  }
  host.block = calloc(1, 5 * 65536);
  host.made++;
  *mem = host.block;
  *base = (uint8_t *)(((uintptr_t)host.block + 4095) / 4096 * 4096);
  *capacity = 2 * 65536;
  return WRT_OK;
}

static int32_t grow_memory(void *env, void *mem, size_t new_len, uint8_t **base, size_t *capacity, wrt_error *failure) {
  (void)failure;
  CHECK(env == &host);
  CHECK(mem == host.block);
  CHECK(*base >= host.block);
  host.grown++;
  if (new_len > 3 * 65536) {
    return WRT_ERR_LIMIT;
  }
  if (new_len > *capacity) {
    *capacity = new_len;
  }
  return WRT_OK;
}

static void free_memory(void *mem) {
  CHECK(mem == host.block);
  free(mem);
  host.freed++;
}

static void drop_host(void *env) {
  CHECK(env == &host);
  host.dropped++;
}

static const char GROWS[] =
    "(module (memory (export \"m\") 1 4) (data (i32.const 4) \"*\")"
    "  (func (export \"f\") (result i32)"
    "    (i32.add (i32.add (memory.grow (i32.const 1)) (memory.grow (i32.const 1)))"
    "             (i32.add (memory.grow (i32.const 1)) (i32.load (i32.const 4))))))";

static void test_memory_creator(void) {
  wrt_config *config = make_config();
  wrt_engine *engine = NULL;
  wrt_module *module;
  wrt_store *store;
  wrt_instance *instance = NULL;
  wrt_extern *function;
  wrt_val result = {0, 0};
  CHECK_FAILS(wrt_config_set_memory_creator(config, NULL, grow_memory, free_memory, &host, drop_host, &error),
              WRT_ERR_ARGUMENT, "make is NULL");
  CHECK(host.dropped == 0);
  CHECK_OK(wrt_config_set_memory_creator(config, make_memory, grow_memory, free_memory, &host, drop_host, &error));
  CHECK_OK(wrt_engine_new(config, &engine, &error));
  wrt_release(config);
  module = check_module(engine, GROWS);
  store = check_store(engine);

  host.refuse = 1;
  CHECK_STATUS(wrt_instance_new(store, module, NULL, 0, &instance, &error), error.status);
  CHECK(error.status != WRT_OK);
  CHECK_MESSAGE("the host has no memory left");
  host.refuse = 0;
  CHECK_OK(wrt_instance_new(store, module, NULL, 0, &instance, &error));
  CHECK(host.made == 1);
  function = check_export(instance, "f");
  CHECK_OK(wrt_func_call(function, NULL, 0, &result, 1, &error));
  /* Grown from 1 page, from 2, and not from 3. */
  CHECK((uint32_t)result.lo == 1 + 2 - 1 + 42);
  CHECK(host.grown == 3);

  wrt_release(function);
  wrt_release(instance);
  wrt_release(module);
  wrt_release(engine);
  CHECK(host.freed == 0);
  CHECK(host.dropped == 0);
  wrt_release(store);
  CHECK(host.freed == 1);
  CHECK(host.dropped == 1);
}

/* A store of compiled functions with a few places. */
static struct {
  int gets, hits, puts, dropped;
  struct {
    uint8_t key[64];
    size_t key_len;
    uint8_t *data;
    size_t len;
  } places[16];
  int used;
} kept;

static int32_t get_function(void *env, const uint8_t *key, size_t key_len, wrt_bytes *out) {
  int i;
  CHECK(env == &kept);
  kept.gets++;
  for (i = 0; i < kept.used; i++) {
    if (kept.places[i].key_len == key_len && memcmp(kept.places[i].key, key, key_len) == 0) {
      kept.hits++;
      return wrt_bytes_copy(kept.places[i].data, kept.places[i].len, out, NULL);
    }
  }
  return WRT_ERR_NOT_FOUND;
}

static int32_t put_function(void *env, const uint8_t *key, size_t key_len, const uint8_t *data, size_t len) {
  CHECK(env == &kept);
  kept.puts++;
  if (kept.used == 16 || key_len > sizeof(kept.places[0].key)) {
    return WRT_ERR_LIMIT;
  }
  memcpy(kept.places[kept.used].key, key, key_len);
  kept.places[kept.used].key_len = key_len;
  kept.places[kept.used].data = malloc(len);
  memcpy(kept.places[kept.used].data, data, len);
  kept.places[kept.used].len = len;
  kept.used++;
  return WRT_OK;
}

static void drop_store(void *env) {
  CHECK(env == &kept);
  kept.dropped++;
}

static void test_cache_store(void) {
  wrt_config *config = make_config();
  int round;
  CHECK_FAILS(wrt_config_set_cache_store(config, get_function, NULL, &kept, drop_store, &error), WRT_ERR_ARGUMENT,
              "put is NULL");
  CHECK_OK(wrt_config_set_cache_store(config, get_function, put_function, &kept, drop_store, &error));
  /* The callbacks of this test know nothing of threads. */
  set(config, "parallel_compilation", "false");
  for (round = 0; round < 2; round++) {
    wrt_engine *engine = NULL;
    wrt_module *module;
    CHECK_OK(wrt_engine_new(config, &engine, &error));
    module = check_module(engine, GROWS);
    CHECK((kept.hits > 0) == (round == 1));
    wrt_release(module);
    wrt_release(engine);
  }
  CHECK(kept.puts > 0);
  CHECK(kept.dropped == 0);
  wrt_release(config);
  CHECK(kept.dropped == 1);
  while (kept.used > 0) {
    free(kept.places[--kept.used].data);
  }
}

int main(void) {
  test_values();
  test_json();
  test_engines();
  test_memory_creator();
  test_cache_store();
  return check_done();
}
