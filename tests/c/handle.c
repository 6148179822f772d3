/* References, closing, and buffers. */
#include "wasm.h"

/* A handle whatever else there is: what an error carries. */
static void *some_handle(void) {
  wrt_error made = {0};
  CHECK(wrt_error_set(&made, WRT_ERR_HOST, "made", (size_t)-1) == WRT_OK);
  return made.fault;
}

static void references(void) {
  void *handle = some_handle();
  CHECK(wrt_live_count() == 1);
  CHECK_TEXT(wrt_handle_type(handle), "fault");
  CHECK(wrt_retain(handle) == handle);
  CHECK(wrt_live_count() == 1);
  wrt_release(handle);
  CHECK(wrt_live_count() == 1);
  CHECK_TEXT(wrt_handle_type(handle), "fault");
  wrt_release(handle);
  CHECK(wrt_live_count() == 0);
}

static void closing(void) {
  void *handle = some_handle();
  CHECK_OK(wrt_close(handle, &error));
  CHECK_OK(wrt_close(handle, &error));
  CHECK(wrt_close(handle, NULL) == WRT_OK);
  CHECK_TEXT(wrt_handle_type(handle), "fault");
  wrt_release(handle);
}

static void nothing(void) {
  CHECK(wrt_retain(NULL) == NULL);
  CHECK(wrt_handle_type(NULL) == NULL);
  wrt_release(NULL);
  CHECK_FAILS(wrt_close(NULL, &error), WRT_ERR_ARGUMENT, "handle is NULL");
}

static void not_a_handle(void) {
  /* Memory of our own in which no object begins: refused, as far as a look at it can tell. */
  uint64_t words[4] = {0, 0, 0, 0};
  CHECK(wrt_retain(words) == NULL);
  CHECK(wrt_handle_type(words) == NULL);
  wrt_release(words);
  CHECK_FAILS(wrt_close(words, &error), WRT_ERR_ARGUMENT, "not a handle");
}

enum { KINDS = 10 };

/* One handle of each kind that a program makes, each keeping alive what it needs. */
static void make(void *handles[KINDS]) {
  wrt_engine *engine = check_engine();
  wrt_store *store = check_store(engine);
  wrt_module *module = check_module(engine, "(module (func (export \"f\")))");
  wrt_config *config = NULL;
  wrt_linker *linker = NULL;
  wrt_prelink *prelink = NULL;
  wrt_instance *instance = NULL;
  wrt_call *call = NULL;
  void *all[KINDS];
  CHECK_OK(wrt_config_new(&config, &error));
  CHECK_OK(wrt_linker_new(engine, &linker, &error));
  CHECK_OK(wrt_linker_prelink(linker, module, &prelink, &error));
  CHECK_OK(wrt_prelink_instantiate(prelink, store, &instance, &error));
  all[7] = check_export(instance, "f");
  CHECK_OK(wrt_call_new(all[7], &call, &error));
  all[0] = config;
  all[1] = engine;
  all[2] = check_type(engine, "(func (param i32))");
  all[3] = module;
  all[4] = linker;
  all[5] = prelink;
  all[6] = instance;
  all[8] = call;
  all[9] = store;
  memcpy(handles, all, sizeof all);
}

static void kinds(void) {
  const char *const names[KINDS] = {"config",  "engine",   "type",   "module", "linker",
                                    "prelink", "instance", "extern", "call",   "store"};
  void *handles[KINDS];
  int i;
  make(handles);
  for (i = 0; i < KINDS; i++) {
    CHECK_TEXT(wrt_handle_type(handles[i]), names[i]);
    CHECK(wrt_retain(handles[i]) == handles[i]);
    wrt_release(handles[i]);
  }
  for (i = 0; i < KINDS; i++) {
    wrt_release(handles[i]);
  }
  CHECK(wrt_live_count() == 0);
}

/* Whatever is released first, and whether it was closed before or not: nothing is left, and nothing is freed twice. */
static void any_order(void) {
  void *handles[KINDS];
  int first, i;
  for (first = 0; first < KINDS; first++) {
    make(handles);
    for (i = 0; i < KINDS; i++) {
      /* 3 and 10 have no common factor: each handle once, in another order than they were made. */
      void *handle = handles[(first + 3 * i) % KINDS];
      if (first % 2 == 1) {
        CHECK_OK(wrt_close(handle, &error));
      }
      wrt_release(handle);
    }
    CHECK(wrt_live_count() == 0);
  }
}

/* Closing a store frees what lives in it, whatever handles remain; they say so. */
static void dependents(void) {
  wrt_engine *engine = check_engine();
  wrt_store *store = check_store(engine);
  wrt_instance *instance = check_instance(store, "(module (memory (export \"m\") 1) (func (export \"f\")))");
  wrt_memory *memory = check_export(instance, "m");
  wrt_func *func = check_export(instance, "f");
  wrt_extern *item = NULL;
  uint64_t pages = 7;
  CHECK_OK(wrt_func_call(func, NULL, 0, NULL, 0, &error));
  CHECK_OK(wrt_close(store, &error));
  CHECK_FAILS(wrt_func_call(func, NULL, 0, NULL, 0, &error), WRT_ERR_CLOSED, "the store is closed");
  CHECK_FAILS(wrt_memory_size(memory, &pages, &error), WRT_ERR_CLOSED, "the store is closed");
  CHECK_FAILS(wrt_instance_export(instance, "m", 1, &item, &error), WRT_ERR_CLOSED, "the store is closed");
  CHECK(pages == 7 && item == NULL);
  /* One handle closed: the others still work, and say what they always said. */
  CHECK_OK(wrt_close(memory, &error));
  CHECK_FAILS(wrt_memory_size(memory, &pages, &error), WRT_ERR_CLOSED, "the extern is closed");
  wrt_release(func);
  wrt_release(memory);
  wrt_release(instance);
  wrt_release(store);
  wrt_release(engine);
}

/* One kind where another is wanted. */
static void confusions(void) {
  wrt_engine *engine = check_engine();
  wrt_store *store = check_store(engine);
  wrt_instance *instance = check_instance(store, "(module (memory (export \"m\") 1))");
  wrt_memory *memory = check_export(instance, "m");
  wrt_val slot = {0, 0};
  wrt_bytes json = {0};
  CHECK_FAILS(wrt_engine_json((wrt_engine *)store, &json, &error), WRT_ERR_ARGUMENT,
              "engine is a store handle");
  CHECK_FAILS(wrt_func_call(memory, NULL, 0, &slot, 1, &error), WRT_ERR_ARGUMENT, "func is a memory, not a function");
  CHECK(json.data == NULL);
  wrt_release(memory);
  wrt_release(instance);
  wrt_release(store);
  wrt_release(engine);
}

static void buffers(void) {
  const uint8_t data[] = {'a', 0, 'b'};
  wrt_bytes bytes = {0};
  wrt_bytes empty = {0};
  CHECK_OK(wrt_bytes_copy(data, sizeof data, &bytes, &error));
  CHECK(bytes.len == 3 && memcmp(bytes.data, data, 3) == 0);
  CHECK(bytes.data != data && bytes.data[3] == 0);
  CHECK(wrt_live_count() == 1);
  wrt_bytes_free(&bytes);
  CHECK(bytes.data == NULL && bytes.len == 0 && bytes.owner == NULL);
  CHECK(wrt_live_count() == 0);
  wrt_bytes_free(&bytes);
  wrt_bytes_free(&empty);
  wrt_bytes_free(NULL);

  CHECK_OK(wrt_bytes_copy(NULL, 0, &bytes, &error));
  CHECK(bytes.data != NULL && bytes.len == 0 && bytes.data[0] == 0);
  wrt_bytes_free(&bytes);

  CHECK_FAILS(wrt_bytes_copy(NULL, 1, &bytes, &error), WRT_ERR_ARGUMENT, "data is NULL, but its length is 1");
  CHECK_FAILS(wrt_bytes_copy(data, (size_t)-1, &bytes, &error), WRT_ERR_ARGUMENT, "data has the impossible length");
  CHECK_FAILS(wrt_bytes_copy(data, 1, NULL, &error), WRT_ERR_ARGUMENT, "out is NULL");
  CHECK(bytes.data == NULL && bytes.owner == NULL);
}

int main(void) {
  references();
  closing();
  nothing();
  not_a_handle();
  kinds();
  any_order();
  dependents();
  confusions();
  buffers();
  return check_done();
}
