/* While a task waits for the host, its store works: for memories, references, calls and tasks of their own. */
#include "wasm.h"

static wrt_engine *engine;
static wrt_store *store;
static wrt_instance *instance;
static uint64_t drops;

static void count_drop(void *env) {
  (void)env;
  drops++;
}

static const char *const ASKING =
    "(module (import \"host\" \"ask\" (func $ask (param i32) (result i32)))"
    "  (memory (export \"memory\") 1 20)"
    "  (global (export \"number\") (mut i32) (i32.const 5))"
    "  (global (export \"object\") (mut externref) (ref.null extern))"
    "  (table (export \"objects\") 4 100 externref)"
    "  (table (export \"functions\") 4 100 funcref)"
    "  (func (export \"run\") (param i32) (result i32) (i32.add (call $ask (local.get 0)) (i32.const 1)))"
    "  (func (export \"look\") (param i32) (result i32) (drop (call $ask (i32.const 0))) (i32.load (local.get 0)))"
    "  (func (export \"hold\") (param externref) (result externref)"
    "    (drop (call $ask (i32.const 0))) (local.get 0))"
    "  (func (export \"grow\") (param i32) (result i32) (memory.grow (local.get 0)))"
    "  (func $div (export \"div\") (param i32) (result i32) (i32.div_u (i32.const 60) (local.get 0)))"
    "  (func (export \"spin\") (param i32) (result i32)"
    "    (loop $on (br_if $on (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))) (local.get 0)))";

/* A task of that name which waits for the host. */
static wrt_task *ask(const char *name, int32_t argument) {
  const wrt_val slot = i32(argument);
  wrt_task *task = start_task(instance, name, &slot);
  CHECK(poll_task(task) == WRT_TASK_HOST_CALL);
  return task;
}

/* Answers the task, which is then done, and returns what it made of it. */
static int32_t answer(wrt_task *task, int32_t value) {
  reply_to(task, i32(value));
  CHECK(poll_task(task) == WRT_TASK_DONE);
  return to_i32(result_of(task));
}

/* Calls an export, as one does without tasks. */
static int32_t call_export(const char *name, int32_t argument) {
  wrt_func *func = export_of(instance, name);
  wrt_val slot = i32(argument);
  CHECK_OK(wrt_func_call(func, &slot, 1, &slot, 1, &error));
  wrt_release(func);
  return to_i32(slot);
}

static uint64_t new_object(void *data) {
  uint64_t id = 0;
  CHECK_OK(wrt_ref_from_host(store, data, count_drop, &id, &error));
  return id;
}

/* The value is an object with this inside. Its id is dropped. */
static void check_object(wrt_val slot, const void *data) {
  void *found = NULL;
  CHECK_OK(wrt_ref_to_host(store, slot.lo, &found, &error));
  CHECK(found == data);
  wrt_ref_drop(store, slot.lo);
}

/* ===== What lives in the store ===== */

static void memories_work(void) {
  wrt_memory *memory = export_of(instance, "memory");
  const wrt_memory_header *header = NULL;
  wrt_task *task = ask("look", 65536 * 3);
  wrt_memory *other = NULL;
  wrt_type *type = new_type(engine, "(memory 1 2)");
  uint8_t bytes[4] = {1, 2, 3, 4};
  uint8_t *base = NULL;
  uint64_t number = 0;
  uint64_t generation = 0;
  size_t len = 0;
  CHECK_OK(wrt_memory_header_of(memory, &header, &error));
  CHECK(header->len == 65536);
  CHECK_OK(wrt_memory_write(memory, 16, bytes, 4, &error));
  CHECK_OK(wrt_memory_fill(memory, 20, 9, 4, &error));
  CHECK(header->base[16] == 1 && header->base[20] == 9);
  CHECK_STATUS(wrt_memory_read(memory, 65533, bytes, 4, &error), WRT_ERR_BOUNDS);
  CHECK_OK(wrt_memory_grow(memory, 2, &number, &error));
  CHECK(number == 1 && header->len == 3 * 65536);
  /* WebAssembly grows it too, in a call of its own. */
  CHECK(call_export("grow", 2) == 3);
  CHECK(header->len == 5 * 65536 && header->base[16] == 1);
  CHECK_OK(wrt_memory_view(memory, &base, &len, &generation, &error));
  CHECK(base == header->base && len == header->len && generation == wrt_memory_generation(memory));
  CHECK_OK(wrt_memory_size(memory, &number, &error));
  CHECK(number == 5);
  CHECK_OK(wrt_memory_new(store, type, &other, &error));
  CHECK_OK(wrt_memory_grow(other, 1, NULL, &error));
  CHECK_STATUS(wrt_memory_grow(other, 1, NULL, &error), WRT_ERR_LIMIT);
  CHECK_OK(wrt_memory_copy(other, 0, memory, 16, 4, &error));
  CHECK_OK(wrt_memory_copy(memory, 65536 * 3, other, 0, 4, &error));
  CHECK_OK(wrt_memory_read(memory, 65536 * 3, bytes, 4, &error));
  CHECK(bytes[3] == 4);
  /* The task sees what was written far beyond the memory that it began with. */
  CHECK(answer(task, 0) == 0x04030201);
  CHECK(header->len == 5 * 65536);
  wrt_release(type);
  wrt_release(other);
  wrt_release(memory);
}

static void globals_work(void) {
  wrt_task *task = ask("run", 1);
  wrt_global *number = export_of(instance, "number");
  wrt_global *object = export_of(instance, "object");
  wrt_global *other = NULL;
  wrt_type *type = new_type(engine, "(global (mut externref))");
  wrt_val value = i32(7);
  drops = 0;
  CHECK_OK(wrt_global_set(number, &value, &error));
  CHECK_OK(wrt_global_get(number, &value, &error));
  CHECK(to_i32(value) == 7);
  value = reference(new_object(&drops));
  CHECK_OK(wrt_global_set(object, &value, &error));
  CHECK_OK(wrt_global_new(store, type, &value, &other, &error));
  wrt_ref_drop(store, value.lo);
  CHECK_OK(wrt_store_gc(store, &error));
  CHECK(drops == 0);
  CHECK_OK(wrt_global_get(object, &value, &error));
  check_object(value, &drops);
  CHECK_OK(wrt_global_get(other, &value, &error));
  check_object(value, &drops);
  value = reference(0);
  CHECK_OK(wrt_global_set(object, &value, &error));
  CHECK_OK(wrt_global_set(other, &value, &error));
  CHECK_OK(wrt_store_gc(store, &error));
  CHECK(drops == 1);
  wrt_release(type);
  wrt_release(other);
  wrt_release(object);
  wrt_release(number);
  CHECK(answer(task, 1) == 2);
}

static void tables_work(void) {
  wrt_task *task = ask("run", 1);
  wrt_table *objects = export_of(instance, "objects");
  wrt_table *functions = export_of(instance, "functions");
  wrt_func *div = export_of(instance, "div");
  wrt_func *found = NULL;
  wrt_table *other = NULL;
  wrt_type *type = new_type(engine, "(table 2 20 externref)");
  wrt_val object = reference(new_object(&drops));
  wrt_val value = reference(0);
  uint64_t size = 0;
  drops = 0;
  CHECK_OK(wrt_table_set(objects, 0, &object, &error));
  CHECK_OK(wrt_table_grow(objects, 3, &object, &size, &error));
  CHECK(size == 4);
  CHECK_OK(wrt_table_fill(objects, 1, &object, 2, &error));
  CHECK_OK(wrt_table_new(store, type, &object, &other, &error));
  CHECK_OK(wrt_table_copy(other, 0, objects, 3, 2, &error));
  CHECK_STATUS(wrt_table_copy(other, 0, objects, 3, 9, &error), WRT_ERR_BOUNDS);
  wrt_ref_drop(store, object.lo);
  CHECK_OK(wrt_store_gc(store, &error));
  CHECK(drops == 0);
  CHECK_OK(wrt_table_get(objects, 6, &value, &error));
  check_object(value, &drops);
  CHECK_OK(wrt_table_get(other, 1, &value, &error));
  check_object(value, &drops);
  CHECK_OK(wrt_table_get(other, 0, &value, &error));
  CHECK(value.lo == 0);
  CHECK_OK(wrt_table_fill(objects, 0, NULL, 7, &error));
  CHECK_OK(wrt_table_fill(other, 0, NULL, 2, &error));
  CHECK_OK(wrt_store_gc(store, &error));
  CHECK(drops == 1);
  CHECK_OK(wrt_ref_from_func(div, &value.lo, &error));
  CHECK_OK(wrt_table_set(functions, 1, &value, &error));
  CHECK_OK(wrt_table_grow(functions, 1, &value, &size, &error));
  wrt_ref_drop(store, value.lo);
  CHECK_OK(wrt_table_get(functions, 4, &value, &error));
  CHECK_OK(wrt_ref_to_func(store, value.lo, &found, &error));
  CHECK(wrt_extern_same(found, div) == 1);
  wrt_ref_drop(store, value.lo);
  wrt_release(found);
  wrt_release(type);
  wrt_release(other);
  wrt_release(div);
  wrt_release(functions);
  wrt_release(objects);
  check_store(store, "\"references\":0");
  CHECK(answer(task, 1) == 2);
}

static void references_work(void) {
  wrt_task *task = ask("run", 1);
  uint64_t id;
  uint64_t copy = 0;
  int32_t found = 9;
  int i;
  drops = 0;
  id = new_object(&drops);
  CHECK_OK(wrt_ref_clone(store, id, &copy, &error));
  CHECK_OK(wrt_ref_same(store, id, copy, &found, &error));
  CHECK(found == 1);
  wrt_ref_drop(store, id);
  CHECK_STATUS(wrt_ref_kind(store, id, &found, &error), WRT_ERR_NOT_FOUND);
  CHECK_OK(wrt_ref_kind(store, copy, &found, &error));
  CHECK(found == WRT_EXTERNREF);
  CHECK_OK(wrt_store_gc(store, &error));
  CHECK(drops == 0);
  check_object(reference(copy), &drops);
  /* Much garbage, all of it found. */
  for (i = 0; i < 1000; i++) {
    wrt_ref_drop(store, new_object(NULL));
  }
  CHECK_OK(wrt_store_gc(store, &error));
  CHECK(drops == 1001);
  CHECK(answer(task, 1) == 2);
}

/* Objects that only the frames of a suspended call hold are not garbage, at no level. */
static void frames_keep_objects(void) {
  wrt_task *tasks[3];
  int32_t data[3];
  int i;
  drops = 0;
  for (i = 0; i < 3; i++) {
    const wrt_val slot = reference(new_object(&data[i]));
    tasks[i] = start_task(instance, "hold", &slot);
    CHECK(poll_task(tasks[i]) == WRT_TASK_HOST_CALL);
    wrt_ref_drop(store, slot.lo);
    check_store(store, "\"references\":0");
    CHECK_OK(wrt_store_gc(store, &error));
  }
  for (i = 0; i < 100; i++) {
    wrt_ref_drop(store, new_object(NULL));
  }
  CHECK_OK(wrt_store_gc(store, &error));
  CHECK(drops == 100);
  for (i = 2; i >= 0; i--) {
    reply_to(tasks[i], i32(0));
    CHECK(poll_task(tasks[i]) == WRT_TASK_DONE);
    check_object(result_of(tasks[i]), &data[i]);
    CHECK_OK(wrt_store_gc(store, &error));
    CHECK(drops == (uint64_t)(103 - i));
  }
  /* Frames that are unwound hold nothing. */
  for (i = 0; i < 2; i++) {
    const wrt_val slot = reference(new_object(&data[i]));
    tasks[i] = start_task(instance, "hold", &slot);
    CHECK(poll_task(tasks[i]) == WRT_TASK_HOST_CALL);
    wrt_ref_drop(store, slot.lo);
  }
  wrt_release(tasks[1]);
  CHECK_OK(wrt_store_gc(store, &error));
  CHECK(drops == 104);
  wrt_release(tasks[0]);
  CHECK_OK(wrt_store_gc(store, &error));
  CHECK(drops == 105);
}

/* ===== What can be made, and asked ===== */

static int32_t add_one(void *env, wrt_caller *caller, wrt_val *slots, size_t nslots, wrt_error *failure) {
  (void)env;
  (void)caller;
  (void)failure;
  CHECK(nslots == 1);
  slots[0] = i32(to_i32(slots[0]) + 1);
  return WRT_OK;
}

static const char *const STARTING =
    "(module (import \"host\" \"f\" (func $f (param i32) (result i32))) (memory 1) (table 1 funcref)"
    "  (global $made (mut i32) (i32.const 0))"
    "  (func $start (global.set $made (call $f (i32.const 40)))) (start $start)"
    "  (func (export \"_initialize\") (global.set $made (i32.add (global.get $made) (i32.const 1))))"
    "  (func (export \"made\") (param i32) (result i32) (i32.add (global.get $made) (local.get 0))))";

static void check_made(wrt_instance *made, int32_t expected) {
  wrt_func *func = export_of(made, "made");
  wrt_val slot = i32(0);
  CHECK_OK(wrt_func_call(func, &slot, 1, &slot, 1, &error));
  CHECK(to_i32(slot) == expected);
  wrt_release(func);
  wrt_release(made);
}

static void instances_are_made(void) {
  wrt_task *task = ask("run", 1);
  wrt_module *starting = new_module(engine, STARTING);
  wrt_type *type = new_type(engine, "(func (param i32) (result i32))");
  wrt_linker *linker = NULL;
  wrt_prelink *prelink = NULL;
  wrt_func *direct = new_func(store, "(func (param i32) (result i32))", add_one, NULL);
  wrt_instance *made = new_linked(store, STARTING, direct);
  wrt_extern *item = NULL;
  wrt_task *inner = NULL;
  CHECK_OK(wrt_instance_run(made, &error));
  check_made(made, 42);
  CHECK_OK(wrt_linker_new(engine, &linker, &error));
  CHECK_OK(wrt_linker_define_func(linker, TEXT("host"), TEXT("f"), type, add_one, NULL, NULL, &error));
  CHECK_OK(wrt_linker_instantiate(linker, store, starting, &made, &error));
  check_made(made, 41);
  CHECK_OK(wrt_linker_prelink(linker, starting, &prelink, &error));
  CHECK_OK(wrt_prelink_instantiate(prelink, store, &made, &error));
  check_made(made, 41);
  CHECK_OK(wrt_linker_define_module(linker, store, TEXT("lib"), starting, &error));
  CHECK_OK(wrt_linker_get(linker, store, TEXT("lib"), TEXT("made"), &item, &error));
  wrt_release(item);
  /* Also as tasks. */
  CHECK_OK(wrt_linker_instantiate_start(linker, store, starting, NULL, NULL, &inner, &error));
  CHECK(poll_task(inner) == WRT_TASK_DONE);
  CHECK_OK(wrt_instance_of_task(inner, &made, &error));
  check_made(made, 41);
  wrt_release(inner);
  wrt_release(prelink);
  wrt_release(linker);
  wrt_release(direct);
  wrt_release(type);
  wrt_release(starting);
  CHECK(answer(task, 1) == 2);
}

/* A command is instantiated anew for each call, in which it may ask the host. */
static void commands_ask(void) {
  wrt_task *task = ask("run", 1);
  wrt_module *command = new_module(engine, "(module (import \"host\" \"f\" (func $f (param i32) (result i32)))"
                                           "  (func (export \"_start\") (drop (call $f (i32.const 3)))))");
  wrt_type *type = new_type(engine, "(func (param i32) (result i32))");
  wrt_linker *linker = NULL;
  wrt_func *run = NULL;
  wrt_call *call;
  int i;
  CHECK_OK(wrt_linker_new(engine, &linker, &error));
  CHECK_OK(wrt_linker_define_suspending_func(linker, TEXT("host"), TEXT("f"), type, 9, &error));
  CHECK_OK(wrt_linker_define_module(linker, store, TEXT("command"), command, &error));
  CHECK_OK(wrt_linker_get(linker, store, TEXT("command"), TEXT("_start"), &run, &error));
  CHECK_STATUS(wrt_func_call(run, NULL, 0, NULL, 0, &error), WRT_ERR_UNSUPPORTED);
  call = new_call(run);
  for (i = 0; i < 2; i++) {
    wrt_task *inner = NULL;
    CHECK_OK(wrt_call_start(call, NULL, 0, NULL, NULL, &inner, &error));
    CHECK(poll_task(inner) == WRT_TASK_HOST_CALL);
    CHECK(request_of(inner).id == 9 && to_i32(request_of(inner).slots[0]) == 3);
    reply_to(inner, i32(0));
    CHECK(poll_task(inner) == WRT_TASK_DONE);
    CHECK_OK(wrt_task_results(inner, NULL, 0, &error));
    wrt_release(inner);
  }
  wrt_release(call);
  wrt_release(run);
  wrt_release(linker);
  wrt_release(type);
  wrt_release(command);
  CHECK(answer(task, 1) == 2);
}

/* A suspending function that is made meanwhile suspends tasks begun meanwhile. */
static void suspending_functions_are_made(void) {
  wrt_task *task = ask("run", 1);
  const uint64_t id = 0xfedcba9876543210ULL;
  wrt_func *func = new_suspending(store, "(func (param i64) (result f64))", id);
  wrt_call *call = new_call(func);
  wrt_task *inner = NULL;
  wrt_val slot = i64(-3);
  CHECK_OK(wrt_call_start(call, &slot, 1, NULL, NULL, &inner, &error));
  CHECK(poll_task(inner) == WRT_TASK_HOST_CALL);
  CHECK(request_of(inner).id == id && to_i64(request_of(inner).slots[0]) == -3 && request_of(inner).depth == 1);
  reply_to(inner, f64(1.5));
  CHECK(poll_task(inner) == WRT_TASK_DONE);
  CHECK(to_f64(result_of(inner)) == 1.5);
  wrt_release(call);
  wrt_release(func);
  CHECK(answer(task, 1) == 2);
}

static void items_are_described(void) {
  wrt_task *task = ask("run", 1);
  wrt_type *type = new_type(engine, "(tag (param i32))");
  wrt_memory *memory = export_of(instance, "memory");
  wrt_tag *tag = NULL;
  CHECK_OK(wrt_tag_new(store, type, &tag, &error));
  check_type(tag, "(tag (param i32))");
  CHECK(wrt_extern_store(memory) == store && wrt_extern_same(memory, memory) == 1);
  check_store(store, "\"running\":true");
  CHECK_OK(wrt_store_lock(store, &error));
  CHECK_OK(wrt_store_unlock(store, &error));
  CHECK_FAILS(wrt_store_set_limits(store, NULL, &error), WRT_ERR_BUSY, "limits are set between calls");
  wrt_release(tag);
  wrt_release(memory);
  wrt_release(type);
  CHECK(answer(task, 1) == 2);
}

static void callers_are_known(void) {
  wrt_task *task = ask("run", 1);
  wrt_memory *memory = export_of(instance, "memory");
  wrt_caller *caller = request_of(task).caller;
  wrt_extern *item = NULL;
  uint8_t *base = NULL;
  uint8_t *place = NULL;
  size_t len = 0;
  CHECK(wrt_caller_store(caller) == store);
  CHECK_OK(wrt_caller_export(caller, TEXT("memory"), &item, &error));
  CHECK(wrt_extern_same(item, memory) == 1);
  wrt_release(item);
  CHECK_STATUS(wrt_caller_export(caller, TEXT("nothing"), &item, &error), WRT_ERR_NOT_FOUND);
  CHECK_OK(wrt_caller_memory(caller, &base, &len, &error));
  CHECK_OK(wrt_memory_view(memory, &place, NULL, NULL, &error));
  CHECK(base == place && len > 0);
  wrt_release(memory);
  CHECK(answer(task, 1) == 2);
}

/* ===== Calls inside of calls ===== */

static void calls_work(void) {
  wrt_task *task = ask("run", 1);
  const wrt_host_request request = request_of(task);
  wrt_func *div = export_of(instance, "div");
  wrt_func *run = export_of(instance, "run");
  wrt_func *hold = export_of(instance, "hold");
  wrt_call *call = new_call(div);
  wrt_val slots[3] = {{1, 0}, {2, 0}, {3, 0}};
  size_t done = 0;
  CHECK(call_export("div", 20) == 3);
  CHECK_OK(wrt_call_invoke_many(call, slots, 1, 3, &done, &error));
  CHECK(done == 3 && to_i32(slots[0]) == 60 && to_i32(slots[2]) == 20);
  slots[0] = i32(0);
  CHECK_STATUS(wrt_call_invoke(call, slots, 1, &error), WRT_ERR_TRAP);
  CHECK(error.trap == WRT_TRAP_INTEGER_DIVISION_BY_ZERO && error.frame_count >= 1);
  CHECK_STATUS(wrt_func_call(run, slots, 1, slots, 1, &error), WRT_ERR_UNSUPPORTED);
  slots[0] = reference(12345);
  CHECK_STATUS(wrt_func_call(hold, slots, 1, slots, 1, &error), WRT_ERR_NOT_FOUND);
  CHECK(call_export("div", 20) == 3);
  /* The request stands as it was. */
  CHECK(request.slots == request_of(task).slots && to_i32(request.slots[0]) == 1);
  wrt_release(call);
  wrt_release(hold);
  wrt_release(run);
  wrt_release(div);
  CHECK(answer(task, 1) == 2);
}

#define LEVELS 50

static void tasks_nest(void) {
  wrt_task *tasks[LEVELS];
  int i;
  for (i = 0; i < LEVELS; i++) {
    tasks[i] = ask("run", i);
    CHECK(request_of(tasks[i]).depth == (uint64_t)i && to_i32(request_of(tasks[i]).slots[0]) == i);
    CHECK(call_export("div", 20) == 3);
  }
  for (i = LEVELS - 1; i >= 0; i--) {
    CHECK(to_i32(request_of(tasks[i]).slots[0]) == i);
    CHECK(answer(tasks[i], i) == i + 1);
  }
  check_store(store, "\"running\":false");
}

/* What was asked stays readable until it is answered, however many tasks are begun meanwhile. */
static void questions_stay_where_they_are(void) {
  wrt_task *tasks[20];
  const wrt_val *slots[20];
  int i;
  for (i = 0; i < 20; i++) {
    tasks[i] = ask("run", i);
    slots[i] = request_of(tasks[i]).slots;
  }
  for (i = 0; i < 20; i++) {
    CHECK(to_i32(slots[i][0]) == i);
  }
  while (i-- > 0) {
    CHECK(request_of(tasks[i]).slots == slots[i]);
    CHECK(answer(tasks[i], 2 * i) == 2 * i + 1);
  }
}

/* A failure of the inner task is none of the outer one. */
static void inner_tasks_fail(void) {
  wrt_task *outer = ask("run", 1);
  wrt_task *inner;
  wrt_error reason = {0};
  wrt_val slot = i32(0);
  inner = start_task(instance, "div", &slot);
  CHECK(poll_task(inner) == WRT_TASK_DONE);
  CHECK_STATUS(wrt_task_results(inner, &slot, 1, &error), WRT_ERR_TRAP);
  wrt_release(inner);
  inner = ask("run", 2);
  CHECK(wrt_error_set(&reason, WRT_ERR_HOST, TEXT("no such luck")) == WRT_OK);
  CHECK_OK(wrt_task_fail(inner, &reason, &error));
  CHECK(poll_task(inner) == WRT_TASK_DONE);
  CHECK_FAILS(wrt_task_results(inner, &slot, 1, &error), WRT_ERR_HOST, "no such luck");
  wrt_release(inner);
  wrt_error_clear(&reason);
  CHECK(answer(outer, 1) == 2);
}

/* Only the latest task can be polled and answered; the others lose nothing by it. */
static void check_covered(const wrt_task *task) {
  wrt_host_request request;
  const wrt_val value = i32(99);
  wrt_val result;
  wrt_error reason = {0};
  int32_t state = -1;
  request.struct_size = sizeof request;
  CHECK_FAILS(wrt_task_poll(task, &state, &error), WRT_ERR_BUSY, "a later call is under way in the store");
  CHECK_STATUS(wrt_task_wait(task, 0, &state, &error), WRT_ERR_BUSY);
  CHECK_STATUS(wrt_task_request(task, &request, &error), WRT_ERR_BUSY);
  CHECK_FAILS(wrt_task_reply(task, &value, 1, &error), WRT_ERR_BUSY, "a later call is under way in the store");
  CHECK(wrt_error_set(&reason, WRT_ERR_HOST, TEXT("no such luck")) == WRT_OK);
  CHECK_STATUS(wrt_task_fail(task, &reason, &error), WRT_ERR_BUSY);
  CHECK_STATUS(wrt_task_results(task, &result, 1, &error), WRT_ERR_BUSY);
  wrt_error_clear(&reason);
}

/* How far an inner task can be. */
enum { NEW, WAITING, ANSWERED, YIELDED, DONE, STATES };

static wrt_task *bring(int how_far) {
  const wrt_val slot = i32(100000);
  wrt_task *task = start_task(instance, how_far == YIELDED ? "spin" : how_far == DONE ? "div" : "run", &slot);
  if (how_far == YIELDED) {
    CHECK(poll_task(task) == WRT_TASK_YIELDED);
  } else if (how_far == DONE) {
    CHECK(poll_task(task) == WRT_TASK_DONE);
  } else if (how_far != NEW) {
    CHECK(poll_task(task) == WRT_TASK_HOST_CALL);
  }
  if (how_far == ANSWERED) {
    reply_to(task, i32(1));
  }
  return task;
}

static void the_order_is_kept(void) {
  int how_far;
  for (how_far = NEW; how_far < DONE; how_far++) {
    wrt_task *outer = ask("run", 1);
    wrt_task *inner = bring(how_far);
    check_covered(outer);
    while (poll_task(inner) != WRT_TASK_DONE) {
      check_covered(outer);
      if (how_far == NEW || how_far == WAITING) {
        reply_to(inner, i32(1));
      }
    }
    /* Results may be taken later. */
    CHECK(answer(outer, 1) == 2);
    CHECK(to_i32(result_of(inner)) == (how_far == YIELDED ? 0 : 2));
  }
}

/* ===== Giving up ===== */

/* The task was given up. It is released. */
static void check_cancelled(wrt_task *task) {
  wrt_val result;
  CHECK(poll_task(task) == WRT_TASK_DONE);
  CHECK_FAILS(wrt_task_results(task, &result, 1, &error), WRT_ERR_INTERRUPTED, "the task was cancelled");
  wrt_release(task);
}

static void inner_tasks_are_given_up(void) {
  int how_far;
  for (how_far = NEW; how_far < STATES; how_far++) {
    wrt_task *outer = ask("run", 1);
    wrt_task *inner = bring(how_far);
    CHECK_OK(wrt_task_cancel(inner, &error));
    CHECK(to_i32(request_of(outer).slots[0]) == 1);
    CHECK(call_export("div", 20) == 3);
    if (how_far == DONE) {
      wrt_release(inner);
    } else {
      check_cancelled(inner);
    }
    wrt_release(bring(how_far));
    CHECK(answer(outer, 1) == 2);
  }
}

/* With a task go those that were begun in it. */
static void outer_tasks_are_given_up(void) {
  int how_far;
  for (how_far = NEW; how_far < DONE; how_far++) {
    wrt_task *tasks[4];
    tasks[0] = ask("run", 0);
    tasks[1] = ask("run", 1);
    tasks[2] = ask("run", 2);
    tasks[3] = bring(how_far);
    CHECK_OK(wrt_task_cancel(tasks[1], &error));
    CHECK(request_of(tasks[0]).depth == 0 && to_i32(request_of(tasks[0]).slots[0]) == 0);
    CHECK(call_export("div", 20) == 3);
    check_cancelled(tasks[3]);
    check_cancelled(tasks[1]);
    check_cancelled(tasks[2]);
    CHECK(answer(tasks[0], 1) == 2);
    check_store(store, "\"running\":false");
    /* The same to the very bottom, by a release. */
    tasks[0] = ask("run", 0);
    tasks[1] = ask("run", 1);
    tasks[2] = bring(how_far);
    wrt_release(tasks[0]);
    check_store(store, "\"running\":false");
    check_cancelled(tasks[1]);
    check_cancelled(tasks[2]);
    CHECK(call_export("div", 20) == 3);
  }
}

/* ===== Two stores ===== */

/* What one store waits for is nothing to another, not even on the same stack. */
static void other_stores_do_not_wait(void) {
  wrt_store *const first = store;
  wrt_instance *const first_instance = instance;
  wrt_task *task = ask("run", 1);
  wrt_task *other;
  wrt_memory *memory = export_of(instance, "memory");
  wrt_memory *memory2;
  store = new_store(engine);
  CHECK_OK(wrt_store_set_fuel(store, UINT64_MAX, &error));
  instance = new_asking(store, ASKING, "(func (param i32) (result i32))");
  CHECK(call_export("div", 20) == 3);
  other = ask("run", 2);
  memory2 = export_of(instance, "memory");
  CHECK_OK(wrt_memory_copy(memory2, 0, memory, 16, 4, &error));
  reply_to(task, i32(10));
  CHECK(poll_task(task) == WRT_TASK_DONE);
  CHECK(answer(other, 20) == 21);
  CHECK(to_i32(result_of(task)) == 11);
  wrt_release(memory2);
  wrt_release(memory);
  wrt_release(instance);
  wrt_release(store);
  store = first;
  instance = first_instance;
}

int main(void) {
  engine = new_engine_with("consume_fuel");
  store = new_store(engine);
  CHECK_OK(wrt_store_set_fuel(store, UINT64_MAX, &error));
  CHECK_OK(wrt_store_set_fuel_yield(store, 10000, &error));
  instance = new_asking(store, ASKING, "(func (param i32) (result i32))");
  memories_work();
  globals_work();
  tables_work();
  references_work();
  frames_keep_objects();
  instances_are_made();
  commands_ask();
  suspending_functions_are_made();
  items_are_described();
  callers_are_known();
  calls_work();
  tasks_nest();
  questions_stay_where_they_are();
  inner_tasks_fail();
  the_order_is_kept();
  inner_tasks_are_given_up();
  outer_tasks_are_given_up();
  other_stores_do_not_wait();
  wrt_release(instance);
  wrt_release(store);
  wrt_release(engine);
  return check_done();
}
