/* Memories: bytes that WebAssembly and the host share. */
#define _POSIX_C_SOURCE 200809L
#include <pthread.h>
#include <time.h>

#include "wasm.h"

static wrt_engine *engine;
static wrt_store *store;

static const uint64_t PAGE = 65536;

static wrt_memory *new_memory(const wrt_store *home, const char *text) {
  wrt_memory *memory = NULL;
  wrt_type *type = new_type(engine_of(home), text);
  CHECK_OK(wrt_memory_new(home, type, &memory, &error));
  wrt_release(type);
  return memory;
}

/* ===== Copying bytes in and out ===== */

static void bytes_go_in_and_out(void) {
  wrt_memory *memory = new_memory(store, "(memory 1 2)");
  const uint8_t hello[] = "hello";
  uint8_t found[6] = {9, 9, 9, 9, 9, 9};
  CHECK_OK(wrt_memory_read(memory, 0, found, 6, &error));
  CHECK(memcmp(found, "\0\0\0\0\0\0", 6) == 0);
  CHECK_OK(wrt_memory_write(memory, PAGE - 6, hello, 6, &error));
  CHECK_OK(wrt_memory_read(memory, PAGE - 6, found, 6, &error));
  CHECK_TEXT((const char *)found, "hello");
  CHECK_OK(wrt_memory_fill(memory, PAGE - 5, '-', 3, &error));
  CHECK_OK(wrt_memory_read(memory, PAGE - 6, found, 6, &error));
  CHECK_TEXT((const char *)found, "h---o");

  /* Within one memory the ranges may overlap, in both directions. */
  CHECK_OK(wrt_memory_write(memory, 0, (const uint8_t *)"abcdef", 6, &error));
  CHECK_OK(wrt_memory_copy(memory, 2, memory, 0, 4, &error));
  CHECK_OK(wrt_memory_read(memory, 0, found, 6, &error));
  CHECK(memcmp(found, "ababcd", 6) == 0);
  CHECK_OK(wrt_memory_copy(memory, 0, memory, 1, 5, &error));
  CHECK_OK(wrt_memory_read(memory, 0, found, 6, &error));
  CHECK(memcmp(found, "babcdd", 6) == 0);

  /* Nothing at all fits everywhere, and needs no place. */
  CHECK_OK(wrt_memory_read(memory, PAGE, NULL, 0, &error));
  CHECK_OK(wrt_memory_write(memory, PAGE, NULL, 0, &error));
  CHECK_OK(wrt_memory_fill(memory, PAGE, 1, 0, &error));
  CHECK_OK(wrt_memory_copy(memory, PAGE, memory, PAGE, 0, &error));
  wrt_release(memory);
}

static void ranges_are_checked(void) {
  wrt_memory *memory = new_memory(store, "(memory 1)");
  wrt_memory *small = new_memory(store, "(memory 0)");
  uint8_t bytes[8] = {0};
  CHECK_FAILS(wrt_memory_read(memory, PAGE - 7, bytes, 8, &error), WRT_ERR_BOUNDS,
              "8 bytes at 65529 are outside of memory, which has 65536 bytes");
  CHECK_STATUS(wrt_memory_write(memory, PAGE - 7, bytes, 8, &error), WRT_ERR_BOUNDS);
  CHECK_STATUS(wrt_memory_fill(memory, PAGE + 1, 0, 0, &error), WRT_ERR_BOUNDS);
  CHECK_FAILS(wrt_memory_copy(memory, 0, small, 0, 1, &error), WRT_ERR_BOUNDS, "src, which has 0 bytes");
  CHECK_FAILS(wrt_memory_copy(small, 0, memory, 0, 1, &error), WRT_ERR_BOUNDS, "dst, which has 0 bytes");
  /* Sums that do not fit into 64 bits. */
  CHECK_STATUS(wrt_memory_read(memory, UINT64_MAX, bytes, 1, &error), WRT_ERR_BOUNDS);
  CHECK_STATUS(wrt_memory_write(memory, UINT64_MAX - 3, bytes, 8, &error), WRT_ERR_BOUNDS);
  CHECK_STATUS(wrt_memory_fill(memory, 1, 0, SIZE_MAX, &error), WRT_ERR_BOUNDS);
  CHECK_STATUS(wrt_memory_copy(memory, UINT64_MAX, memory, 0, UINT64_MAX, &error), WRT_ERR_BOUNDS);
  CHECK_STATUS(wrt_memory_copy(memory, 0, memory, 1, UINT64_MAX, &error), WRT_ERR_BOUNDS);
  CHECK_FAILS(wrt_memory_read(memory, 0, NULL, 1, &error), WRT_ERR_ARGUMENT, "dst is NULL");
  CHECK_FAILS(wrt_memory_write(memory, 0, NULL, 1, &error), WRT_ERR_ARGUMENT, "src is NULL");
  wrt_release(small);
  wrt_release(memory);
}

static void stores_exchange_bytes(void) {
  wrt_engine *far = new_engine();
  wrt_store *other = new_store(far);
  wrt_memory *here = new_memory(store, "(memory 1)");
  wrt_memory *there = new_memory(other, "(memory 1)");
  uint8_t found[3];
  CHECK_OK(wrt_memory_write(here, 10, (const uint8_t *)"xyz", 3, &error));
  CHECK_OK(wrt_memory_copy(there, 20, here, 10, 3, &error));
  CHECK_OK(wrt_memory_read(there, 20, found, 3, &error));
  CHECK(memcmp(found, "xyz", 3) == 0);
  wrt_release(there);
  wrt_release(here);
  wrt_release(other);
  wrt_release(far);
}

/* ===== Sizes ===== */

static void memories_grow_to_their_maximum(void) {
  wrt_memory *memory = new_memory(store, "(memory 1 3)");
  uint64_t pages = 0;
  CHECK_OK(wrt_memory_grow(memory, 1, &pages, &error));
  CHECK(pages == 1);
  CHECK_OK(wrt_memory_size(memory, &pages, &error));
  CHECK(pages == 2);
  check_type(memory, "(memory 2 3)");
  CHECK_FAILS(wrt_memory_grow(memory, 2, &pages, &error), WRT_ERR_LIMIT, "2 more pages are refused");
  CHECK_STATUS(wrt_memory_grow(memory, UINT64_MAX, &pages, &error), WRT_ERR_LIMIT);
  CHECK(pages == 2);
  CHECK_OK(wrt_memory_grow(memory, 1, NULL, &error));
  CHECK_OK(wrt_memory_grow(memory, 0, &pages, &error));
  CHECK(pages == 3);
  wrt_release(memory);
}

static void memories_of_64_bits(void) {
  wrt_memory *memory = new_memory(store, "(memory i64 1)");
  uint8_t byte = 1;
  CHECK_OK(wrt_memory_grow(memory, 1, NULL, &error));
  CHECK_OK(wrt_memory_write(memory, 2 * PAGE - 1, &byte, 1, &error));
  CHECK_STATUS(wrt_memory_write(memory, (uint64_t)1 << 40, &byte, 1, &error), WRT_ERR_BOUNDS);
  CHECK_STATUS(wrt_memory_grow(memory, (uint64_t)1 << 50, NULL, &error), WRT_ERR_LIMIT);
  check_type(memory, "(memory i64 2)");
  wrt_release(memory);
}

static void memories_need_their_type(void) {
  wrt_type *func = new_type(engine, "(func)");
  wrt_type *shared = new_type(engine, "(memory 1 2 shared)");
  wrt_engine *far = new_engine();
  wrt_type *foreign = new_type(far, "(memory 1)");
  wrt_memory *memory = NULL;
  CHECK_FAILS(wrt_memory_new(store, func, &memory, &error), WRT_ERR_TYPE, "type is a function type");
  CHECK_FAILS(wrt_memory_new(store, shared, &memory, &error), WRT_ERR_TYPE, "wrt_memory_new_shared");
  CHECK_FAILS(wrt_memory_new(store, foreign, &memory, &error), WRT_ERR_STORE, "another engine");
  CHECK_FAILS(wrt_memory_new_shared(far, foreign, &memory, &error), WRT_ERR_TYPE, "not that of a shared memory");
  CHECK_FAILS(wrt_memory_new_shared(engine, shared, &memory, &error), WRT_ERR_CONFIG, "shared_memory");
  CHECK(memory == NULL);
  wrt_release(foreign);
  wrt_release(far);
  wrt_release(shared);
  wrt_release(func);
}

/* ===== The place in memory ===== */

static const char *const GROWING =
    "(module (memory (export \"memory\") 1)"
    "  (func (export \"grow\") (param i32) (result i32) (memory.grow (local.get 0)))"
    "  (func (export \"load\") (param i32) (result i32) (i32.load8_u (local.get 0)))"
    "  (func (export \"grow_and_trap\") (drop (memory.grow (i32.const 1))) unreachable))";

static void the_header_is_live(void) {
  wrt_instance *instance = new_instance(store, GROWING);
  wrt_memory *memory = export_of(instance, "memory");
  wrt_func *grow = export_of(instance, "grow");
  wrt_func *load = export_of(instance, "load");
  wrt_func *grow_and_trap = export_of(instance, "grow_and_trap");
  const wrt_memory_header *header = NULL;
  const wrt_memory_header *again = NULL;
  wrt_val slot = i32(1);
  uint8_t *base = NULL;
  size_t len = 0;
  uint64_t generation = 0;
  uint64_t later = 0;
  CHECK_OK(wrt_memory_header_of(memory, &header, &error));
  CHECK_OK(wrt_memory_view(memory, &base, &len, &generation, &error));
  CHECK(header->base == base && header->len == PAGE && len == PAGE);
  CHECK(wrt_memory_generation(memory) == generation && generation > 0);

  /* Written here, read there. */
  header->base[4711] = 42;
  slot = i32(4711);
  CHECK_OK(wrt_func_call(load, &slot, 1, &slot, 1, &error));
  CHECK(to_i32(slot) == 42 && wrt_memory_generation(memory) == generation);

  /* Grown by WebAssembly, by WebAssembly that fails, and by the host. */
  slot = i32(1);
  CHECK_OK(wrt_func_call(grow, &slot, 1, &slot, 1, &error));
  CHECK(to_i32(slot) == 1 && header->len == 2 * PAGE && header->base[4711] == 42);
  CHECK(wrt_memory_generation(memory) > generation);
  CHECK_STATUS(wrt_func_call(grow_and_trap, NULL, 0, NULL, 0, &error), WRT_ERR_TRAP);
  CHECK(header->len == 3 * PAGE);
  CHECK_OK(wrt_memory_grow(memory, 2, NULL, &error));
  CHECK(header->len == 5 * PAGE);
  CHECK_OK(wrt_memory_view(memory, NULL, NULL, &later, &error));
  CHECK(later > generation);
  CHECK_OK(wrt_memory_header_of(memory, &again, &error));
  CHECK(again == header);

  /* A closed handle shows nothing, whatever runs; the memory itself lives on. */
  CHECK_OK(wrt_close(memory, &error));
  CHECK(header->base == NULL && header->len == 0);
  slot = i32(1);
  CHECK_OK(wrt_func_call(grow, &slot, 1, &slot, 1, &error));
  CHECK(to_i32(slot) == 5 && header->base == NULL && header->len == 0);
  CHECK_STATUS(wrt_memory_header_of(memory, &header, &error), WRT_ERR_CLOSED);
  wrt_release(memory);
  memory = export_of(instance, "memory");
  CHECK_OK(wrt_memory_view(memory, NULL, &len, NULL, &error));
  CHECK(len == 6 * PAGE);
  wrt_release(memory);
  wrt_release(grow_and_trap);
  wrt_release(load);
  wrt_release(grow);
  wrt_release(instance);
}

static void closed_stores_have_no_bytes(void) {
  wrt_store *own = new_store(engine);
  wrt_memory *memory = new_memory(own, "(memory 1)");
  const wrt_memory_header *header = NULL;
  uint8_t byte;
  CHECK_OK(wrt_memory_header_of(memory, &header, &error));
  CHECK_OK(wrt_close(own, &error));
  CHECK(header->base == NULL && header->len == 0);
  CHECK_STATUS(wrt_memory_read(memory, 0, &byte, 1, &error), WRT_ERR_CLOSED);
  CHECK_STATUS(wrt_memory_view(memory, NULL, NULL, NULL, &error), WRT_ERR_CLOSED);
  CHECK(wrt_memory_generation(memory) == 0 && wrt_memory_is_stable(memory) == 0);
  wrt_release(memory);
  wrt_release(own);
}

static void some_memories_never_move(void) {
  wrt_memory *fixed = new_memory(store, "(memory 1 10)");
  wrt_memory *wide = new_memory(store, "(memory 1)");
  wrt_memory *large = new_memory(store, "(memory i64 1)");
  wrt_type *type = new_type(engine, "(func)");
  CHECK(wrt_memory_is_stable(fixed) == 1);
  CHECK(wrt_memory_is_stable(wide) == 1);
  CHECK(wrt_memory_is_stable(large) == 0);
  wrt_release(type);
  wrt_release(large);
  wrt_release(wide);
  wrt_release(fixed);
}

/* ===== Shared memories ===== */

static const char *const COUNTING =
    "(module (import \"env\" \"memory\" (memory 1 4 shared))"
    "  (func (export \"count\") (param i32)"
    "    (loop (drop (i32.atomic.rmw.add (i32.const 64) (i32.const 1)))"
    "      (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))"
    "  (func (export \"grow\") (result i32) (memory.grow (i32.const 1))))";

/* One of many threads: an own store, and the shared memory. */
static void *count(void *memory) {
  wrt_error failed = {0};
  wrt_type *type = NULL;
  wrt_store *own = NULL;
  wrt_module *module = ((wrt_module **)memory)[1];
  wrt_extern *item = ((wrt_extern **)memory)[0];
  const wrt_extern *imports[1];
  wrt_instance *instance = NULL;
  wrt_func *func = NULL;
  const wrt_val times = i32(1000);
  imports[0] = item;
  CHECK(wrt_store_new(((wrt_engine **)memory)[2], NULL, NULL, &own, &failed) == WRT_OK);
  CHECK(wrt_instance_new(own, module, imports, 1, &instance, &failed) == WRT_OK);
  CHECK(wrt_instance_export(instance, TEXT("count"), &func, &failed) == WRT_OK);
  CHECK(wrt_func_call(func, &times, 1, NULL, 0, &failed) == WRT_OK);
  CHECK(wrt_extern_type(item, &type, &failed) == WRT_OK);
  wrt_release(type);
  wrt_release(own);
  wrt_release(func);
  wrt_release(instance);
  return NULL;
}

/* WebAssembly adds a page. */
static void grow_elsewhere(const wrt_engine *own, const wrt_module *module, const wrt_memory *memory) {
  wrt_store *other = new_store(own);
  wrt_instance *instance = NULL;
  wrt_func *grow;
  wrt_val before;
  CHECK_OK(wrt_instance_new(other, module, &memory, 1, &instance, &error));
  grow = export_of(instance, "grow");
  CHECK_OK(wrt_func_call(grow, NULL, 0, &before, 1, &error));
  CHECK(to_i32(before) == 3);
  wrt_release(grow);
  wrt_release(instance);
  wrt_release(other);
}

static void threads_share(void) {
  wrt_engine *shared_engine = new_engine_with("shared_memory");
  wrt_module *module = new_module(shared_engine, COUNTING);
  wrt_type *type = new_type(shared_engine, "(memory 1 4 shared)");
  wrt_memory *memory = NULL;
  wrt_memory *local = new_memory(store, "(memory 1)");
  const wrt_memory_header *header = NULL;
  void *world[3];
  pthread_t threads[3];
  uint32_t total = 0;
  uint64_t pages = 0;
  uint8_t found[4] = {0};
  int i;
  CHECK_OK(wrt_memory_new_shared(shared_engine, type, &memory, &error));
  CHECK(wrt_extern_store(memory) == NULL && wrt_extern_kind(memory) == WRT_MEMORY);
  CHECK(wrt_memory_is_stable(memory) == 1);
  check_type(memory, "(memory 1 4 shared)");
  world[0] = memory;
  world[1] = module;
  world[2] = shared_engine;
  for (i = 0; i < 3; i++) {
    CHECK(pthread_create(&threads[i], NULL, count, world) == 0);
  }
  /* The host looks on meanwhile. */
  CHECK_OK(wrt_memory_read(memory, 64, found, 4, &error));
  for (i = 0; i < 3; i++) {
    CHECK(pthread_join(threads[i], NULL) == 0);
  }
  CHECK_OK(wrt_memory_read(memory, 64, (uint8_t *)&total, 4, &error));
  CHECK(total == 3000);

  /* Copies from one kind of memory to the other, and within. */
  CHECK_OK(wrt_memory_write(memory, 0, (const uint8_t *)"abcdef", 6, &error));
  CHECK_OK(wrt_memory_copy(memory, 2, memory, 0, 4, &error));
  CHECK_OK(wrt_memory_copy(local, 0, memory, 2, 4, &error));
  CHECK_OK(wrt_memory_read(local, 0, found, 4, &error));
  CHECK(memcmp(found, "abcd", 4) == 0);
  CHECK_OK(wrt_memory_fill(memory, 0, 7, 2, &error));
  CHECK_OK(wrt_memory_read(memory, 0, found, 4, &error));
  CHECK(memcmp(found, "\7\7ab", 4) == 0);
  CHECK_STATUS(wrt_memory_fill(memory, PAGE, 7, 1, &error), WRT_ERR_BOUNDS);

  CHECK_OK(wrt_memory_header_of(memory, &header, &error));
  CHECK_OK(wrt_memory_grow(memory, 2, &pages, &error));
  CHECK(pages == 1 && header->len == 3 * PAGE);
  CHECK_STATUS(wrt_memory_grow(memory, 2, &pages, &error), WRT_ERR_LIMIT);
  CHECK_OK(wrt_memory_size(memory, &pages, &error));
  CHECK(pages == 3);
  grow_elsewhere(shared_engine, module, memory);
  CHECK_OK(wrt_memory_view(memory, NULL, NULL, NULL, &error));
  CHECK(header->len == 4 * PAGE);
  check_type(memory, "(memory 4 4 shared)");
  CHECK_OK(wrt_close(memory, &error));
  CHECK(header->base == NULL && header->len == 0);
  wrt_release(memory);
  wrt_release(local);
  wrt_release(type);
  wrt_release(module);
  wrt_release(shared_engine);
}

/* ===== Waiting ===== */

/* A shared memory of one page, in an engine of its own. */
static wrt_memory *new_shared(wrt_engine *own) {
  wrt_type *type = new_type(own, "(memory 1 2 shared)");
  wrt_memory *memory = NULL;
  CHECK_OK(wrt_memory_new_shared(own, type, &memory, &error));
  wrt_release(type);
  return memory;
}

/* Wakes threads that wait at this place until there were so many. */
static void wake(const wrt_memory *memory, uint64_t offset, uint32_t count) {
  const struct timespec pause = {0, 1000000};
  uint32_t woken = 0;
  while (count > 0) {
    CHECK_OK(wrt_memory_notify(memory, offset, count, &woken, &error));
    CHECK(woken <= count);
    count -= woken;
    nanosleep(&pause, NULL);
  }
}

static void *wait_32(void *memory) {
  wrt_error failed = {0};
  int32_t outcome = -1;
  CHECK(wrt_memory_wait32(memory, 64, 0, UINT64_MAX, &outcome, &failed) == WRT_OK);
  CHECK(outcome == WRT_WAIT_OK);
  return NULL;
}

static void *wait_64(void *memory) {
  wrt_error failed = {0};
  int32_t outcome = -1;
  CHECK(wrt_memory_wait64(memory, 128, 0x100000000ULL, (uint64_t)1000 * 1000000000, &outcome, &failed) == WRT_OK);
  CHECK(outcome == WRT_WAIT_OK);
  return NULL;
}

/* Waits in WebAssembly. */
static void *wait_inside(void *memory) {
  wrt_error failed = {0};
  wrt_store *own = NULL;
  wrt_instance *instance = NULL;
  wrt_func *func = NULL;
  const wrt_extern *imports[1];
  wrt_val outcome;
  imports[0] = ((wrt_extern **)memory)[0];
  CHECK(wrt_store_new(((wrt_engine **)memory)[2], NULL, NULL, &own, &failed) == WRT_OK);
  CHECK(wrt_instance_new(own, ((wrt_module **)memory)[1], imports, 1, &instance, &failed) == WRT_OK);
  CHECK(wrt_instance_export(instance, TEXT("wait"), &func, &failed) == WRT_OK);
  CHECK(wrt_func_call(func, NULL, 0, &outcome, 1, &failed) == WRT_OK);
  CHECK(to_i32(outcome) == WRT_WAIT_OK);
  wrt_release(func);
  wrt_release(instance);
  wrt_release(own);
  return NULL;
}

static void threads_wait(void) {
  wrt_engine *own = new_engine_with("shared_memory");
  wrt_memory *memory = new_shared(own);
  wrt_module *module =
      new_module(own, "(module (import \"env\" \"memory\" (memory 1 2 shared))"
                      "  (func (export \"wait\") (result i32)"
                      "    (memory.atomic.wait32 (i32.const 256) (i32.const 0) (i64.const -1)))"
                      "  (func (export \"notify\") (result i32)"
                      "    (memory.atomic.notify (i32.const 64) (i32.const 1))))");
  wrt_store *near = new_store(own);
  wrt_instance *instance = NULL;
  const uint8_t high[8] = {0, 0, 0, 0, 1, 0, 0, 0};
  void *world[3];
  pthread_t threads[3];
  const wrt_extern *imports[1];
  const struct timespec pause = {0, 1000000};
  int i;
  imports[0] = memory;
  CHECK_OK(wrt_instance_new(near, module, imports, 1, &instance, &error));
  CHECK_OK(wrt_memory_write(memory, 128, high, 8, &error));

  /* Those at one place, of which not all are woken at once. */
  for (i = 0; i < 3; i++) {
    CHECK(pthread_create(&threads[i], NULL, wait_32, memory) == 0);
  }
  wake(memory, 64, 2);
  /* The third one is woken by WebAssembly. */
  while (to_i32(apply(instance, "notify", NULL, 0)) == 0) {
    nanosleep(&pause, NULL);
  }
  for (i = 0; i < 3; i++) {
    CHECK(pthread_join(threads[i], NULL) == 0);
  }
  CHECK(pthread_create(&threads[0], NULL, wait_64, memory) == 0);
  wake(memory, 128, 1);
  CHECK(pthread_join(threads[0], NULL) == 0);

  /* One that waits in WebAssembly is woken by the host. */
  world[0] = memory;
  world[1] = module;
  world[2] = own;
  CHECK(pthread_create(&threads[0], NULL, wait_inside, world) == 0);
  wake(memory, 256, 1);
  CHECK(pthread_join(threads[0], NULL) == 0);
  wrt_release(instance);
  wrt_release(near);
  wrt_release(module);
  wrt_release(memory);
  wrt_release(own);
}

static void waits_end_by_themselves(void) {
  wrt_engine *own = new_engine_with("shared_memory");
  wrt_memory *memory = new_shared(own);
  const uint8_t bytes[8] = {1, 0, 0, 0, 2, 0, 0, 0};
  int32_t outcome = -1;
  uint32_t woken = 77;
  CHECK_OK(wrt_memory_write(memory, 8, bytes, 8, &error));
  CHECK_OK(wrt_memory_wait32(memory, 8, 2, UINT64_MAX, &outcome, &error));
  CHECK(outcome == WRT_WAIT_MISMATCH);
  CHECK_OK(wrt_memory_wait64(memory, 8, 1, UINT64_MAX, &outcome, &error));
  CHECK(outcome == WRT_WAIT_MISMATCH);
  CHECK_OK(wrt_memory_wait32(memory, 8, 1, 1000000, &outcome, &error));
  CHECK(outcome == WRT_WAIT_TIMED_OUT);
  CHECK_OK(wrt_memory_wait64(memory, 8, 0x200000001ULL, 0, &outcome, &error));
  CHECK(outcome == WRT_WAIT_TIMED_OUT);
  /* Nobody waits any more. */
  CHECK_OK(wrt_memory_notify(memory, 8, UINT32_MAX, &woken, &error));
  CHECK(woken == 0);
  CHECK_OK(wrt_memory_notify(memory, PAGE - 4, 1, NULL, &error));
  wrt_release(memory);
  wrt_release(own);
}

static void places_are_checked(void) {
  wrt_engine *own = new_engine_with("shared_memory");
  wrt_memory *memory = new_shared(own);
  wrt_memory *local = new_memory(store, "(memory 1)");
  wrt_type *type = new_type(engine, "(table 1 funcref)");
  wrt_table *table = NULL;
  int32_t outcome = 77;
  CHECK_FAILS(wrt_memory_notify(memory, 2, 1, NULL, &error), WRT_ERR_ARGUMENT, "offset is 2, not a multiple of 4");
  CHECK_FAILS(wrt_memory_wait32(memory, 6, 0, 0, &outcome, &error), WRT_ERR_ARGUMENT, "offset is 6, not a multiple of 4");
  CHECK_FAILS(wrt_memory_wait64(memory, 4, 0, 0, &outcome, &error), WRT_ERR_ARGUMENT, "offset is 4, not a multiple of 8");
  CHECK_FAILS(wrt_memory_notify(memory, PAGE, 1, NULL, &error), WRT_ERR_BOUNDS,
              "4 bytes at 65536 are outside of memory, which has 65536 bytes");
  CHECK_FAILS(wrt_memory_wait64(memory, PAGE, 0, 0, &outcome, &error), WRT_ERR_BOUNDS, "8 bytes at 65536 are outside");
  CHECK_STATUS(wrt_memory_wait32(memory, UINT64_MAX - 3, 0, 0, &outcome, &error), WRT_ERR_BOUNDS);
  CHECK_FAILS(wrt_memory_wait32(memory, 0, 0, 0, NULL, &error), WRT_ERR_ARGUMENT, "outcome is NULL");
  CHECK_FAILS(wrt_memory_notify(local, 0, 1, NULL, &error), WRT_ERR_TYPE, "memory is not shared");
  CHECK_FAILS(wrt_memory_wait32(local, 0, 0, 0, &outcome, &error), WRT_ERR_TYPE, "memory is not shared");
  CHECK_FAILS(wrt_memory_wait64(local, 0, 0, 0, &outcome, &error), WRT_ERR_TYPE, "memory is not shared");
  CHECK_OK(wrt_table_new(store, type, NULL, &table, &error));
  CHECK_FAILS(wrt_memory_notify(table, 0, 1, NULL, &error), WRT_ERR_ARGUMENT, "memory is a table, not a memory");
  CHECK_OK(wrt_close(memory, &error));
  CHECK_STATUS(wrt_memory_notify(memory, 0, 1, NULL, &error), WRT_ERR_CLOSED);
  CHECK_STATUS(wrt_memory_wait32(memory, 0, 0, 0, &outcome, &error), WRT_ERR_CLOSED);
  CHECK(outcome == 77);
  wrt_release(table);
  wrt_release(type);
  wrt_release(local);
  wrt_release(memory);
  wrt_release(own);
}

int main(void) {
  engine = new_engine();
  store = new_store(engine);
  bytes_go_in_and_out();
  ranges_are_checked();
  stores_exchange_bytes();
  memories_grow_to_their_maximum();
  memories_of_64_bits();
  memories_need_their_type();
  the_header_is_live();
  closed_stores_have_no_bytes();
  some_memories_never_move();
  threads_share();
  threads_wait();
  waits_end_by_themselves();
  places_are_checked();
  wrt_release(store);
  wrt_release(engine);
  return check_done();
}
