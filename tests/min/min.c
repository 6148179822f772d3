/* Compiles a module to a file, with a library that can; and runs it, with one that has no compiler: min (write|run) FILE. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wrt.h>

#define TEXT(text) (text), strlen(text)
#define CHECK(truth) ((truth) ? (void)0 : failed(__LINE__, #truth))

static const char *const WAT =
    "(module (import \"env\" \"twice\" (func $twice (param i32) (result i32)))"
    "  (memory (export \"memory\") 1) (data (i32.const 8) \"no compiler\")"
    "  (func (export \"run\") (param i32) (result i32) (i32.add (call $twice (local.get 0)) (i32.const 2)))"
    "  (func (export \"trap\") unreachable))";

static wrt_error err;

static void failed(int line, const char *truth) {
  fprintf(stderr, "line %d: %s: %s\n", line, truth, err.message != NULL ? err.message : "no message");
  exit(1);
}

/* The call fails in this way, with this in its message. */
static void check_fails(int line, int32_t status, int32_t wanted, const char *words) {
  if (status != wanted || strstr(err.message, words) == NULL) {
    fprintf(stderr, "line %d: %d, not %d with %s: %s\n", line, status, wanted, words, err.message);
    exit(1);
  }
  wrt_error_clear(&err);
}

static int32_t twice(void *env, wrt_caller *caller, wrt_val *slots, size_t nslots, wrt_error *error) {
  (void)env, (void)caller, (void)nslots, (void)error;
  slots[0].lo *= 2;
  return WRT_OK;
}

static void write_artifact(wrt_engine *engine, const char *path) {
  wrt_bytes artifact;
  FILE *file = fopen(path, "wb");
  CHECK(strstr(wrt_build_json(), "\"cranelift\"") != NULL && wrt_engine_fingerprint(engine) != 0);
  CHECK(wrt_engine_precompile(engine, (const uint8_t *)WAT, strlen(WAT), &artifact, &err) == WRT_OK);
  CHECK(file != NULL && fwrite(artifact.data, 1, artifact.len, file) == artifact.len && fclose(file) == 0);
  wrt_bytes_free(&artifact);
}

static void nothing_compiles(wrt_engine *engine) {
  static const char *const REFUSED[][2] = {
      {"enable_compiler", "true"}, {"cache", "true"}, {"opt_level", "none"}, {"strategy", "winch"},
      {"enable_incremental_compilation", "true"}};
  wrt_module *module = NULL;
  wrt_engine *other = NULL;
  wrt_bytes bytes;
  size_t i;
  CHECK(strstr(wrt_build_json(), "\"cranelift\"") == NULL && wrt_engine_fingerprint(engine) == 0);
  check_fails(__LINE__, wrt_module_new(engine, (const uint8_t *)WAT, strlen(WAT), &module, &err), WRT_ERR_UNSUPPORTED,
              "has no compiler");
  check_fails(__LINE__, wrt_engine_precompile(engine, (const uint8_t *)WAT, strlen(WAT), &bytes, &err),
              WRT_ERR_UNSUPPORTED, "has no compiler");
  check_fails(__LINE__, wrt_engine_module_key(engine, (const uint8_t *)WAT, strlen(WAT), &bytes, &err),
              WRT_ERR_UNSUPPORTED, "has no compiler");
  check_fails(__LINE__, wrt_module_new(engine, (const uint8_t *)"(module", 7, &module, &err),
              WRT_ERR_PARSE, "expected");
  for (i = 0; i < sizeof REFUSED / sizeof REFUSED[0]; i++) {
    wrt_config *config = NULL;
    int32_t status;
    CHECK(wrt_config_new(&config, &err) == WRT_OK);
    status = wrt_config_set(config, TEXT(REFUSED[i][0]), TEXT(REFUSED[i][1]), &err);
    if (status == WRT_OK) {
      status = wrt_engine_new(config, &other, &err);
    }
    CHECK(status != WRT_OK && strstr(err.message, REFUSED[i][0]) != NULL && strstr(err.message, "compiler") != NULL);
    wrt_error_clear(&err);
    wrt_release(config);
  }
}

static void run_artifact(wrt_engine *engine, const char *path) {
  wrt_module *module = NULL;
  wrt_store *store = NULL;
  wrt_type *type = NULL;
  wrt_func *host = NULL, *run = NULL, *trap = NULL;
  wrt_memory *memory = NULL;
  wrt_instance *instance = NULL;
  wrt_bytes again;
  wrt_val slot = {20, 0};
  char text[12] = "";
  CHECK(wrt_module_deserialize_file(engine, TEXT(path), WRT_TRUSTED, &module, &err) == WRT_OK);
  CHECK(wrt_store_new(engine, NULL, NULL, &store, &err) == WRT_OK);
  CHECK(wrt_type_parse(engine, TEXT("(func (param i32) (result i32))"), &type, &err) == WRT_OK);
  CHECK(wrt_func_new(store, type, twice, NULL, NULL, &host, &err) == WRT_OK);
  CHECK(wrt_instance_new(store, module, (const wrt_extern *const *)&host, 1, &instance, &err) == WRT_OK);
  CHECK(wrt_instance_export(instance, TEXT("run"), &run, &err) == WRT_OK);
  CHECK(wrt_func_call(run, &slot, 1, &slot, 1, &err) == WRT_OK && slot.lo == 42);
  CHECK(wrt_instance_export(instance, TEXT("memory"), &memory, &err) == WRT_OK);
  CHECK(wrt_memory_read(memory, 8, (uint8_t *)text, 11, &err) == WRT_OK && strcmp(text, "no compiler") == 0);
  CHECK(wrt_instance_export(instance, TEXT("trap"), &trap, &err) == WRT_OK);
  check_fails(__LINE__, wrt_func_call(trap, NULL, 0, NULL, 0, &err), WRT_ERR_TRAP, "unreachable");
  check_fails(__LINE__, wrt_module_serialize(module, &again, &err), WRT_ERR_UNSUPPORTED, "has no compiler");
  wrt_release(trap);
  wrt_release(memory);
  wrt_release(run);
  wrt_release(instance);
  wrt_release(host);
  wrt_release(type);
  wrt_release(store);
  wrt_release(module);
}

int main(int argc, char **argv) {
  wrt_engine *engine = NULL;
  CHECK(argc == 3);
  CHECK(wrt_engine_new(NULL, &engine, &err) == WRT_OK);
  if (strcmp(argv[1], "write") == 0) {
    write_artifact(engine, argv[2]);
  } else {
    nothing_compiles(engine);
    run_artifact(engine, argv[2]);
  }
  wrt_release(engine);
  CHECK(wrt_live_count() == 0);
  puts("ok");
  return 0;
}
