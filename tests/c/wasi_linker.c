/* WASI in linkers: under other names, with functions of the host beside it, and modules that are no programs. */
#include "program.h"

static wrt_engine *engine;

/* Writes three bytes to stdout by a function of this name: 0, or an errno. */
#define WRITES(module, name) \
  "(module (import \"" module "\" \"" name "\" (func $write (param i32 i32 i32 i32) (result i32)))" \
  "  (memory (export \"memory\") 1) (data (i32.const 0) \"\\08\\00\\00\\00\\03\\00\\00\\00hi\\0a\")" \
  "  (func (export \"run\") (result i32) (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 16))))"

#define P1 TEXT("wasi_snapshot_preview1")
#define P0 TEXT("wasi_unstable")

static wrt_linker *new_linker(void) {
  wrt_linker *linker = NULL;
  CHECK_OK(wrt_linker_new(engine, &linker, &error));
  return linker;
}

static wrt_instance *link_to(const wrt_linker *linker, const wrt_store *store, wrt_module *module) {
  wrt_instance *instance = NULL;
  CHECK_OK(wrt_linker_instantiate(linker, store, module, &instance, &error));
  wrt_release(module);
  return instance;
}

/* A store with these settings, which are released. */
static wrt_store *new_given(wrt_wasi *wasi) {
  wrt_store *store = new_store(engine);
  CHECK_OK(wrt_store_set_wasi(store, wasi, &error));
  wrt_release(wasi);
  return store;
}

/* `run` of this module gives this number, and writes this text. */
static void check_writes(const wrt_linker *linker, const char *wat, int32_t result, const char *text) {
  wrt_store *store = new_given(new_kept("wat"));
  wrt_instance *instance = link_to(linker, store, new_module(engine, wat));
  CHECK(to_i32(apply(instance, "run", NULL, 0)) == result);
  check_output(store, 1, text);
  wrt_release(instance);
  wrt_release(store);
}

/* ===== Names ===== */

static void wasi_is_defined_once(void) {
  wrt_linker *linker = new_linker();
  wrt_linker *other = NULL;
  wrt_bytes json = {0};
  CHECK_FAILS(wrt_linker_define_wasi(NULL, WRT_WASI_P1, &error), WRT_ERR_ARGUMENT, "linker is NULL");
  CHECK_FAILS(wrt_linker_define_wasi(linker, 0, &error), WRT_ERR_ARGUMENT, "which is 0");
  CHECK_FAILS(wrt_linker_define_wasi(linker, 64, &error), WRT_ERR_ARGUMENT, "which is 64");
  CHECK_FAILS(wrt_linker_define_wasi(linker, WRT_WASI_P2, &error), WRT_ERR_UNSUPPORTED, "preview 1");
  CHECK_STATUS(wrt_linker_define_wasi(linker, WRT_WASI_P1 | WRT_WASI_P3, &error), WRT_ERR_UNSUPPORTED);
  CHECK_STATUS(wrt_linker_define_wasi(linker, WRT_WASI_HTTP, &error), WRT_ERR_UNSUPPORTED);
  CHECK_OK(wrt_linker_json(linker, &json, &error));
  check_bytes(&json, "[]");
  CHECK_OK(wrt_linker_define_wasi(linker, WRT_WASI_P1, &error));
  CHECK_FAILS(wrt_linker_define_wasi(linker, WRT_WASI_P1, &error), WRT_ERR_LINK, "is defined already");
  CHECK_OK(wrt_linker_json(linker, &json, &error));
  check_json(&json, "{\"module\":\"wasi_snapshot_preview1\",\"name\":\"fd_write\",\"kind\":\"function\","
                    "\"type\":\"(func (param i32 i32 i32 i32) (result i32))\"}");
  CHECK_OK(wrt_linker_clone(linker, &other, &error));
  check_writes(other, WRITES("wasi_snapshot_preview1", "fd_write"), 0, "hi\n");
  CHECK_OK(wrt_linker_allow(linker, 1, 0, &error));
  CHECK_OK(wrt_linker_define_wasi(linker, WRT_WASI_P1, &error));
  check_writes(linker, WRITES("wasi_unstable", "fd_write"), 0, "hi\n");
  wrt_release(other);
  CHECK_OK(wrt_close(linker, &error));
  CHECK_STATUS(wrt_linker_define_wasi(linker, WRT_WASI_P1, &error), WRT_ERR_CLOSED);
  wrt_release(linker);
}

static void what_is_missing_is_named(void) {
  wrt_linker *linker = new_linker();
  wrt_module *module = module_of(engine, "calls");
  wrt_store *store = new_store(engine);
  wrt_prelink *prelink = NULL;
  wrt_instance *instance = NULL;
  CHECK_FAILS(wrt_linker_instantiate(linker, store, module, &instance, &error), WRT_ERR_LINK,
              "(WASI is not defined in this linker)");
  CHECK_MESSAGE("wasi_snapshot_preview1.fd_write (func (param i32 i32 i32 i32) (result i32))");
  CHECK_STATUS(wrt_linker_prelink(linker, module, &prelink, &error), WRT_ERR_LINK);
  CHECK_OK(wrt_linker_define_wasi(linker, WRT_WASI_P1, &error));
  CHECK_FAILS(wrt_linker_instantiate(linker, store, module, &instance, &error), WRT_ERR_LINK,
              "1 import is not defined: env.ask (func (param i32 i32) (result i32))");
  CHECK(strstr(error.message, "WASI") == NULL && instance == NULL && prelink == NULL);
  wrt_release(module);
  /* A function of another type than WASI has. */
  module = new_module(engine, "(module (import \"wasi_snapshot_preview1\" \"sched_yield\" (func (param i32))))");
  CHECK_FAILS(wrt_linker_instantiate(linker, store, module, &instance, &error), WRT_ERR_LINK,
              "wasi_snapshot_preview1");
  wrt_release(module);
  wrt_release(store);
  wrt_release(linker);
}

/* Where WASI is defined, what it does not have is missing for another reason. */
static void what_wasi_does_not_have_is_missing(void) {
  wrt_linker *linker = new_wasi_linker(engine);
  wrt_module *module = new_module(engine, "(module (import \"wasi_snapshot_preview1\" \"fd_dup\" (func)))");
  wrt_prelink *prelink = NULL;
  CHECK_FAILS(wrt_linker_prelink(linker, module, &prelink, &error), WRT_ERR_LINK,
              "1 import is not defined: wasi_snapshot_preview1.fd_dup (func)");
  CHECK(strstr(error.message, "is not defined in this linker") == NULL);
  wrt_release(module);
  wrt_release(linker);
}

static void functions_have_other_names(void) {
  wrt_linker *linker = new_wasi_linker(engine);
  CHECK_OK(wrt_linker_alias(linker, P1, TEXT("fd_write"), TEXT("system"), TEXT("write"), &error));
  check_writes(linker, WRITES("system", "write"), 0, "hi\n");
  CHECK_FAILS(wrt_linker_alias(linker, P1, TEXT("fd_read"), P1, TEXT("fd_write"), &error), WRT_ERR_LINK,
              "wasi_snapshot_preview1.fd_write is defined already");
  CHECK_STATUS(wrt_linker_alias(linker, P1, TEXT("fd_dup"), TEXT("a"), TEXT("b"), &error), WRT_ERR_NOT_FOUND);
  wrt_release(linker);
}

/* The host's fd_write: counts, and says that there was an error. */
static int32_t refuse(void *env, wrt_caller *caller, wrt_val *slots, size_t nslots, wrt_error *failure) {
  (void)caller;
  (void)failure;
  CHECK(nslots == 4 && to_i32(slots[0]) == 1);
  ++*(int *)env;
  slots[0] = i32(29);
  return WRT_OK;
}

static int32_t define_refusing(const wrt_linker *linker, int *calls) {
  wrt_type *type = new_type(engine, "(func (param i32 i32 i32 i32) (result i32))");
  const int32_t status = wrt_linker_define_func(linker, P1, TEXT("fd_write"), type, refuse, calls, NULL, &error);
  wrt_release(type);
  return status;
}

static void functions_are_shadowed(void) {
  wrt_linker *linker = new_wasi_linker(engine);
  int calls = 0;
  wrt_error_clear(&error);
  CHECK(define_refusing(linker, &calls) == WRT_ERR_LINK);
  CHECK_OK(wrt_linker_alias(linker, P1, TEXT("fd_write"), TEXT("system"), TEXT("write"), &error));
  CHECK_OK(wrt_linker_allow(linker, 1, 0, &error));
  CHECK(define_refusing(linker, &calls) == WRT_OK);
  check_writes(linker, WRITES("wasi_snapshot_preview1", "fd_write"), 29, "");
  CHECK(calls == 1);
  /* Under its other names it is what it was. */
  check_writes(linker, WRITES("system", "write"), 0, "hi\n");
  check_writes(linker, WRITES("wasi_unstable", "fd_write"), 0, "hi\n");
  CHECK(calls == 1);
  /* Both in one module. */
  check_writes(linker,
               "(module (import \"wasi_snapshot_preview1\" \"fd_write\" (func $own (param i32 i32 i32 i32) (result i32)))"
               "  (import \"system\" \"write\" (func $write (param i32 i32 i32 i32) (result i32)))"
               "  (memory (export \"memory\") 1) (data (i32.const 0) \"\\08\\00\\00\\00\\03\\00\\00\\00hi\\0a\")"
               "  (func (export \"run\") (result i32)"
               "    (i32.add (call $own (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 16))"
               "      (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 16)))))",
               29, "hi\n");
  CHECK(calls == 2);
  /* One WASI function in place of another. */
  CHECK_OK(wrt_linker_alias(linker, TEXT("system"), TEXT("write"), P0, TEXT("fd_read"), &error));
  check_writes(linker, WRITES("wasi_unstable", "fd_read"), 0, "hi\n");
  /* WASI again, over the host's. */
  CHECK_OK(wrt_linker_define_wasi(linker, WRT_WASI_P1, &error));
  check_writes(linker, WRITES("wasi_snapshot_preview1", "fd_write"), 0, "hi\n");
  CHECK(calls == 2);
  wrt_release(linker);
  /* Where one name is taken none is defined. */
  linker = new_linker();
  CHECK(define_refusing(linker, &calls) == WRT_OK);
  CHECK_FAILS(wrt_linker_define_wasi(linker, WRT_WASI_P1, &error), WRT_ERR_LINK,
              "wasi_snapshot_preview1.fd_write is defined already");
  check_writes(linker, WRITES("wasi_snapshot_preview1", "fd_write"), 29, "");
  CHECK_STATUS(wrt_linker_alias(linker, P1, TEXT("fd_read"), TEXT("a"), TEXT("b"), &error), WRT_ERR_NOT_FOUND);
  wrt_release(linker);
}

/* The functions are items as others are, and can be called by the host. */
static void functions_are_items(void) {
  wrt_linker *linker = new_wasi_linker(engine);
  wrt_store *store = new_given(new_kept("nothing"));
  wrt_func *yield = NULL, *exits = NULL, *sizes = NULL;
  wrt_instance *instance;
  wrt_val slots[2] = {{0, 0}, {8, 0}};
  CHECK_OK(wrt_linker_get(linker, store, P1, TEXT("sched_yield"), &yield, &error));
  CHECK_OK(wrt_linker_get(linker, store, P1, TEXT("proc_exit"), &exits, &error));
  CHECK_OK(wrt_linker_get(linker, store, P1, TEXT("args_sizes_get"), &sizes, &error));
  check_type(yield, "(func (result i32))");
  check_type(exits, "(func (param i32))");
  slots[0] = i32(12);
  CHECK_STATUS(wrt_func_call(exits, slots, 1, NULL, 0, &error), WRT_ERR_EXIT);
  CHECK(error.exit_code == 12);
  /* Without a caller there is no memory. */
  wrt_error_clear(&error);
  CHECK(wrt_func_call(sizes, slots, 2, slots, 1, &error) != WRT_OK);
  CHECK_MESSAGE("memory");
  instance = new_linked(store, "(module (import \"\" \"\" (func $yield (result i32))) (memory (export \"memory\") 0)"
                               "  (func (export \"run\") (result i32) (call $yield)))",
                        yield);
  CHECK(to_i32(apply(instance, "run", NULL, 0)) == 0);
  wrt_release(instance);
  wrt_release(yield);
  wrt_release(exits);
  wrt_release(sizes);
  wrt_release(store);
  wrt_release(linker);
}

/* Sleeps for a millisecond by `poll_oneoff` of preview 1, and of its predecessor, whose clocks have a number first. The
   result is made of the errno, the number of events and what the first one is known by. */
static const char *const SLEEPS_IN_P1 =
    "(module (import \"wasi_snapshot_preview1\" \"poll_oneoff\" (func $poll (param i32 i32 i32 i32) (result i32)))"
    "  (memory (export \"memory\") 1)"
    "  (data (i32.const 0) \"\\07\") (data (i32.const 16) \"\\01\") (data (i32.const 24) \"\\40\\42\\0f\")"
    "  (func (export \"run\") (result i32)"
    "    (i32.or (call $poll (i32.const 0) (i32.const 64) (i32.const 1) (i32.const 128))"
    "      (i32.or (i32.shl (i32.load (i32.const 128)) (i32.const 8)) (i32.shl (i32.load8_u (i32.const 64)) (i32.const 16))))))";

static const char *const SLEEPS_IN_P0 =
    "(module (import \"wasi_unstable\" \"poll_oneoff\" (func $poll (param i32 i32 i32 i32) (result i32)))"
    "  (memory (export \"memory\") 1)"
    "  (data (i32.const 0) \"\\07\") (data (i32.const 24) \"\\01\") (data (i32.const 32) \"\\40\\42\\0f\")"
    "  (func (export \"run\") (result i32)"
    "    (i32.or (call $poll (i32.const 0) (i32.const 64) (i32.const 1) (i32.const 128))"
    "      (i32.or (i32.shl (i32.load (i32.const 128)) (i32.const 8)) (i32.shl (i32.load8_u (i32.const 64)) (i32.const 16))))))";

static void both_previews_sleep(void) {
  wrt_linker *linker = new_wasi_linker(engine);
  wrt_store *store = new_store(engine);
  wrt_func *poll = NULL;
  wrt_instance *instance;
  check_writes(linker, SLEEPS_IN_P1, 0x70100, "");
  check_writes(linker, SLEEPS_IN_P0, 0x70100, "");
  /* As an item for another instance, too. */
  CHECK_OK(wrt_linker_get(linker, store, P1, TEXT("poll_oneoff"), &poll, &error));
  instance = new_linked(store, SLEEPS_IN_P1, poll);
  CHECK(to_i32(apply(instance, "run", NULL, 0)) == 0x70100);
  wrt_release(instance);
  wrt_release(poll);
  wrt_release(store);
  wrt_release(linker);
}

/* Shared memories are read and written, other ones are not there for WASI. */
static void memories_of_other_kinds(void) {
  wrt_engine *sharing = new_engine_with("shared_memory wasm_threads wasm_memory64");
  wrt_linker *linker = new_wasi_linker(sharing);
  static const char *const memories[] = {"(memory (export \"memory\") 1 1 shared)", "(memory (export \"m\") 1)",
                                         "(func (export \"memory\"))"};
  int i;
  for (i = 0; i < 3; i++) {
    char wat[1000];
    wrt_wasi *wasi = new_kept("wat");
    wrt_store *store = new_store(sharing);
    wrt_instance *instance = NULL;
    wrt_module *module;
    wrt_func *func;
    wrt_val result = {99, 0};
    CHECK(sprintf(wat,
                  "(module (import \"wasi_snapshot_preview1\" \"random_get\" (func $random (param i32 i32) (result i32)))"
                  "  %s (func (export \"run\") (result i32) (call $random (i32.const 0) (i32.const 8))))",
                  memories[i]) > 0);
    CHECK_OK(wrt_store_set_wasi(store, wasi, &error));
    module = new_module(sharing, wat);
    CHECK_OK(wrt_linker_instantiate(linker, store, module, &instance, &error));
    func = export_of(instance, "run");
    wrt_error_clear(&error);
    if (i == 0) {
      CHECK_OK(wrt_func_call(func, NULL, 0, &result, 1, &error));
      CHECK(to_i32(result) == 0);
    } else {
      CHECK(wrt_func_call(func, NULL, 0, &result, 1, &error) != WRT_OK);
      CHECK_MESSAGE("missing required memory export");
      CHECK(error.trap == -1 && error.frame_count > 0);
    }
    wrt_release(func);
    wrt_release(instance);
    wrt_release(module);
    wrt_release(store);
    wrt_release(wasi);
  }
  wrt_release(linker);
  wrt_release(sharing);
}

static void prelinks_serve_many_stores(void) {
  guest upper = new_guest(engine, "upper");
  program runs[20];
  int i;
  for (i = 0; i < 20; i++) {
    wrt_wasi *wasi = new_kept("upper");
    const char letter = (char)('a' + i);
    CHECK_OK(wrt_wasi_stdin_bytes(wasi, (const uint8_t *)&letter, 1, &error));
    runs[i] = start_program(&upper, wasi);
  }
  free_guest(&upper);
  for (i = 19; i >= 0; i--) {
    const char expected[2] = {(char)('A' + i), 0};
    CHECK(poll_task(runs[i].task) == WRT_TASK_DONE && outcome_of(&runs[i]) == WRT_OK);
    check_output(runs[i].store, 1, expected);
    end_program(&runs[i]);
  }
}

/* ===== Modules that are linked, and no programs ===== */

static void reactors_are_called(void) {
  wrt_linker *linker = new_wasi_linker(engine);
  wrt_wasi *wasi = new_kept("reactor");
  wrt_store *store;
  wrt_instance *instance;
  wrt_memory *memory;
  wrt_func *bye;
  wrt_val slots[2];
  uint8_t name[5] = {'M', 'a', 'r', 'i', 'e'};
  CHECK_OK(wrt_wasi_stdin_bytes(wasi, (const uint8_t *)"\x01\xff", 2, &error));
  store = new_given(wasi);
  instance = link_to(linker, store, module_of(engine, "reactor"));
  CHECK(to_i32(apply(instance, "counter", NULL, 0)) == 0);
  CHECK_OK(wrt_instance_run(instance, &error));
  CHECK(to_i32(apply(instance, "counter", NULL, 0)) == 100);
  CHECK_STATUS(wrt_instance_run(instance, &error), WRT_ERR_TRAP);
  CHECK(to_i32(apply(instance, "counter", NULL, 0)) == 101);
  slots[0] = i32(5);
  slots[0] = apply(instance, "alloc", slots, 1);
  memory = export_of(instance, "memory");
  CHECK_OK(wrt_memory_write(memory, (uint32_t)slots[0].lo, name, 5, &error));
  slots[1] = i32(5);
  CHECK(to_i32(apply(instance, "greet", slots, 2)) == 14);
  check_output(store, 1, "Hello, Marie!\n");
  CHECK(to_i32(apply(instance, "read_stdin_byte", NULL, 0)) == 1);
  CHECK(to_i32(apply(instance, "read_stdin_byte", NULL, 0)) == 255);
  CHECK(to_i32(apply(instance, "read_stdin_byte", NULL, 0)) == -1);
  slots[0] = i32(2);
  CHECK(to_i32(apply(instance, "sleep_ms", slots, 1)) == 0);
  bye = export_of(instance, "bye");
  slots[0] = i32(5);
  CHECK_STATUS(wrt_func_call(bye, slots, 1, NULL, 0, &error), WRT_ERR_EXIT);
  CHECK(error.exit_code == 5);
  slots[0] = i32(0);
  CHECK_OK(wrt_func_call(bye, slots, 1, NULL, 0, &error));
  CHECK(to_i32(apply(instance, "counter", NULL, 0)) == 102);
  wrt_release(bye);
  wrt_release(memory);
  wrt_release(instance);
  wrt_release(store);
  wrt_release(linker);
}

static void modules_are_defined(void) {
  wrt_linker *linker = new_wasi_linker(engine);
  wrt_store *store = new_given(new_kept("hello you"));
  wrt_module *module = module_of(engine, "reactor");
  wrt_instance *instance;
  CHECK_OK(wrt_linker_define_module(linker, store, TEXT("library"), module, &error));
  wrt_release(module);
  module = module_of(engine, "hello");
  CHECK_OK(wrt_linker_define_module(linker, store, TEXT("command"), module, &error));
  wrt_release(module);
  instance = link_to(linker, store,
                     new_module(engine, "(module (import \"library\" \"counter\" (func $counter (result i32)))"
                                        "  (import \"command\" \"_start\" (func $start))"
                                        "  (func (export \"run\") (result i32)"
                                        "    (call $start) (call $start) (drop (call $counter)) (call $counter)))"));
  CHECK(to_i32(apply(instance, "run", NULL, 0)) == 101);
  check_output(store, 1, "Hello, you!\nHello, you!\n");
  wrt_release(instance);
  wrt_release(store);
  wrt_release(linker);
}

static void programs_before_preview_1_run(void) {
  guest unstable = new_guest(engine, "unstable");
  check_run(&unstable, new_kept("unstable"), 7, "unstable\nthe time is known\n");
  free_guest(&unstable);
}

/* Start functions may write, and may end the program. */
static void start_functions_use_wasi(void) {
  wrt_linker *linker = new_wasi_linker(engine);
  wrt_store *store = new_given(new_kept("start"));
  wrt_module *module = new_module(engine, "(module (import \"wasi_snapshot_preview1\" \"proc_exit\" (func $exit (param i32)))"
                                          "  (func $leave (call $exit (i32.const 9))) (start $leave))");
  wrt_instance *instance = NULL;
  CHECK_STATUS(wrt_linker_instantiate(linker, store, module, &instance, &error), WRT_ERR_EXIT);
  CHECK(error.exit_code == 9 && instance == NULL);
  wrt_release(module);
  wrt_release(store);
  wrt_release(linker);
}

/* ===== Functions of the host beside WASI ===== */

static wrt_wasi *given;

/* Answers with the length of the question, which is in the memory of the caller. */
static int32_t answer(void *env, wrt_caller *caller, wrt_val *slots, size_t nslots, wrt_error *failure) {
  const uint32_t at = (uint32_t)slots[0].lo, count = (uint32_t)slots[1].lo;
  uint8_t *base = NULL;
  size_t len = 0;
  wrt_bytes taken = {0};
  CHECK(nslots == 2);
  CHECK(wrt_caller_memory(caller, &base, &len, failure) == WRT_OK);
  CHECK(at <= len && count <= len - at);
  /* Inside, the store works, but is not given another WASI. */
  CHECK(wrt_store_set_wasi(wrt_caller_store(caller), given, failure) == WRT_ERR_BUSY);
  wrt_error_clear(failure);
  CHECK(wrt_store_take_output(wrt_caller_store(caller), 2, &taken, failure) == WRT_OK && taken.len == 0);
  wrt_bytes_free(&taken);
  memcpy(env, base + at, count);
  ((char *)env)[count] = 0;
  if (count == 4) {
    CHECK(wrt_error_set(failure, WRT_ERR_HOST, TEXT("no answer to four letters")) == WRT_OK);
    return WRT_ERR_HOST;
  }
  slots[0] = i32((int32_t)count);
  return WRT_OK;
}

static void hosts_answer_at_once(void) {
  wrt_linker *linker = new_wasi_linker(engine);
  wrt_type *type = new_type(engine, "(func (param i32 i32) (result i32))");
  wrt_module *module = module_of(engine, "calls");
  char question[100] = "";
  int i;
  given = new_wasi("other");
  CHECK_OK(wrt_linker_define_func(linker, TEXT("env"), TEXT("ask"), type, answer, question, NULL, &error));
  for (i = 0; i < 2; i++) {
    wrt_store *store = new_given(new_kept(i == 0 ? "calls" : "calls one three four five"));
    wrt_instance *instance = NULL;
    CHECK_OK(wrt_linker_instantiate(linker, store, module, &instance, &error));
    if (i == 0) {
      CHECK_OK(wrt_instance_run(instance, &error));
      CHECK_TEXT(question, "the answer");
      check_output(store, 1, "the answer: 10\n");
    } else {
      CHECK_FAILS(wrt_instance_run(instance, &error), WRT_ERR_HOST, "no answer to four letters");
      CHECK_TEXT(question, "four");
      check_output(store, 1, "one: 3\nthree: 5\n");
    }
    wrt_release(instance);
    wrt_release(store);
  }
  wrt_release(given);
  wrt_release(module);
  wrt_release(type);
  wrt_release(linker);
}

/* While the host looks for the answer, output can be taken, and other programs run. */
static void hosts_answer_later(void) {
  wrt_linker *linker = new_wasi_linker(engine);
  wrt_type *type = new_type(engine, "(func (param i32 i32) (result i32))");
  wrt_module *module = module_of(engine, "calls");
  wrt_wasi *wasi = new_kept("calls a bb");
  wrt_prelink *prelink = NULL;
  program runs[2];
  int round, i;
  guest calls = {NULL, NULL};
  CHECK_OK(wrt_linker_define_suspending_func(linker, TEXT("env"), TEXT("ask"), type, 7, &error));
  CHECK_OK(wrt_linker_prelink(linker, module, &prelink, &error));
  calls.engine = engine;
  calls.prelink = prelink;
  for (i = 0; i < 2; i++) {
    runs[i] = start_program(&calls, new_kept("calls a bb"));
  }
  for (round = 0; round < 2; round++) {
    for (i = 0; i < 2; i++) {
      wrt_host_request request;
      wrt_memory *memory;
      char text[3] = {0};
      CHECK(poll_task(runs[i].task) == WRT_TASK_HOST_CALL);
      request = request_of(runs[i].task);
      CHECK(request.id == 7 && request.nslots == 2 && to_i32(request.slots[1]) == round + 1);
      memory = export_of(runs[i].instance, "memory");
      CHECK_OK(wrt_memory_read(memory, (uint32_t)request.slots[0].lo, (uint8_t *)text, (size_t)round + 1, &error));
      CHECK_TEXT(text, round == 0 ? "a" : "bb");
      wrt_release(memory);
      check_output(runs[i].store, 1, round == 0 ? "" : i == 0 ? "a: 40\n" : "a: 41\n");
      CHECK_FAILS(wrt_store_set_wasi(runs[i].store, wasi, &error), WRT_ERR_BUSY, "the store is running");
    }
    for (i = 1; i >= 0; i--) {
      reply_to(runs[i].task, i32(40 + 10 * round + i));
    }
  }
  CHECK(poll_task(runs[0].task) == WRT_TASK_DONE && outcome_of(&runs[0]) == WRT_OK);
  check_output(runs[0].store, 1, "bb: 50\n");
  end_program(&runs[0]);
  /* Given up in the middle. */
  end_program(&runs[1]);
  /* A call that is no task cannot be answered. */
  runs[0] = load(&calls, wasi);
  CHECK_FAILS(wrt_instance_run(runs[0].instance, &error), WRT_ERR_UNSUPPORTED, "must be started as a task");
  end_program(&runs[0]);
  wrt_release(wasi);
  wrt_release(prelink);
  wrt_release(module);
  wrt_release(type);
  wrt_release(linker);
}

int main(void) {
  engine = new_engine();
  wasi_is_defined_once();
  what_is_missing_is_named();
  functions_have_other_names();
  functions_are_shadowed();
  functions_are_items();
  both_previews_sleep();
  memories_of_other_kinds();
  prelinks_serve_many_stores();
  reactors_are_called();
  modules_are_defined();
  programs_before_preview_1_run();
  start_functions_use_wasi();
  hosts_answer_at_once();
  hosts_answer_later();
  what_wasi_does_not_have_is_missing();
  wrt_release(engine);
  return check_done();
}
