/* References: ids that belong to a store, for functions, for objects of the host and for what WebAssembly makes. */
#include "wasm.h"

static wrt_engine *engine;
static wrt_store *store;
static int drops;
static void *dropped;

static void note_drop(void *env) {
  drops++;
  dropped = env;
}

static uint64_t new_object(void *data) {
  uint64_t id = 0;
  CHECK_OK(wrt_ref_from_host(store, data, note_drop, &id, &error));
  CHECK(id != 0);
  return id;
}

static int32_t same(uint64_t a, uint64_t b) {
  int32_t found = -1;
  CHECK_OK(wrt_ref_same(store, a, b, &found, &error));
  return found;
}

static int32_t nothing(void *env, wrt_caller *caller, wrt_val *slots, size_t nslots, wrt_error *failure) {
  (void)env;
  (void)caller;
  (void)slots;
  (void)nslots;
  (void)failure;
  return WRT_OK;
}

/* ===== Ids ===== */

static void objects_carry_data(void) {
  int mine;
  void *data = NULL;
  int32_t kind = 0;
  uint64_t id = new_object(&mine);
  CHECK_OK(wrt_ref_kind(store, id, &kind, &error));
  CHECK(kind == WRT_EXTERNREF);
  CHECK_OK(wrt_ref_to_host(store, id, &data, &error));
  CHECK(data == &mine);
  wrt_ref_drop(store, id);
}

static void kinds_are_told(void) {
  static const int32_t kinds[] = {WRT_EXTERNREF, WRT_ANYREF, WRT_I31REF, WRT_STRUCTREF};
  uint64_t ids[4];
  int32_t kind = 0;
  int i;
  ids[0] = new_object(NULL);
  CHECK_OK(wrt_ref_convert(store, ids[0], WRT_ANYREF, &ids[1], &error));
  ids[2] = new_i31(store, 0);
  ids[3] = new_struct(store, "(struct)", NULL, 0);
  for (i = 0; i < 4; i++) {
    CHECK_OK(wrt_ref_kind(store, ids[i], &kind, &error));
    CHECK(kind == kinds[i] && same(ids[i], ids[i]) == 1 && same(ids[2], ids[i]) == (i == 2));
  }
  for (i = 0; i < 4; i++) {
    wrt_ref_drop(store, ids[i]);
  }
  check_store(store, "\"references\":0");
}

static void null_is_zero(void) {
  int32_t kind = 0;
  void *data = &kind;
  uint64_t copy = 9;
  wrt_func *func = (wrt_func *)&kind;
  CHECK_OK(wrt_ref_kind(store, 0, &kind, &error));
  CHECK(kind == -1);
  CHECK_OK(wrt_ref_to_host(store, 0, &data, &error));
  CHECK(data == NULL);
  CHECK_OK(wrt_ref_clone(store, 0, &copy, &error));
  CHECK(copy == 0);
  CHECK_OK(wrt_ref_to_func(store, 0, &func, &error));
  CHECK(func == NULL && same(0, 0) == 1);
  wrt_ref_drop(store, 0);
}

static void clones_stand_for_the_same(void) {
  uint64_t a = new_object(NULL);
  uint64_t b = new_object(NULL);
  uint64_t copy = 0;
  CHECK_OK(wrt_store_gc(store, &error));
  CHECK_OK(wrt_ref_clone(store, a, &copy, &error));
  CHECK(copy != a && same(a, copy) == 1 && same(a, a) == 1 && same(a, b) == 0 && same(a, 0) == 0);
  check_store(store, "\"references\":3");
  wrt_ref_drop(store, a);
  /* The object lives as long as one id. */
  drops = 0;
  CHECK_OK(wrt_store_gc(store, &error));
  CHECK(drops == 0 && same(copy, copy) == 1);
  wrt_ref_drop(store, copy);
  wrt_ref_drop(store, b);
  check_store(store, "\"references\":0");
}

static void stale_and_foreign_ids_are_found_out(void) {
  wrt_store *other = new_store(engine);
  uint64_t id = new_object(NULL);
  uint64_t foreign = 0;
  uint64_t copy = 0;
  int32_t kind = 0;
  char text[32];
  CHECK_OK(wrt_ref_from_host(other, NULL, NULL, &foreign, &error));
  CHECK(foreign != id);
  sprintf(text, "reference %#llx", (unsigned long long)foreign);
  CHECK_FAILS(wrt_ref_kind(store, foreign, &kind, &error), WRT_ERR_NOT_FOUND, text);
  CHECK_MESSAGE("was dropped or belongs to another store");
  CHECK_FAILS(wrt_ref_same(store, id, foreign, &kind, &error), WRT_ERR_NOT_FOUND, "b is reference");
  CHECK_STATUS(wrt_ref_clone(other, id, &copy, &error), WRT_ERR_NOT_FOUND);
  wrt_ref_drop(store, foreign);
  CHECK_OK(wrt_ref_kind(other, foreign, &kind, &error));

  wrt_ref_drop(store, id);
  wrt_ref_drop(store, id);
  CHECK_STATUS(wrt_ref_kind(store, id, &kind, &error), WRT_ERR_NOT_FOUND);
  /* The place of a dropped id is used again, the id is not. */
  copy = new_object(NULL);
  CHECK(copy != id);
  CHECK_STATUS(wrt_ref_kind(store, id, &kind, &error), WRT_ERR_NOT_FOUND);
  wrt_ref_drop(store, copy);
  CHECK_STATUS(wrt_ref_kind(store, 1, &kind, &error), WRT_ERR_NOT_FOUND);
  CHECK_STATUS(wrt_ref_kind(store, UINT64_MAX, &kind, &error), WRT_ERR_NOT_FOUND);
  wrt_release(other);
}

static void functions_are_references_too(void) {
  wrt_func *func = new_func(store, "(func)", nothing, NULL);
  wrt_func *found = NULL;
  uint64_t a = 0;
  uint64_t b = 0;
  void *data = NULL;
  int32_t kind = 0;
  CHECK_OK(wrt_ref_from_func(func, &a, &error));
  CHECK_OK(wrt_ref_from_func(func, &b, &error));
  CHECK(a != b && same(a, b) == 1);
  CHECK_OK(wrt_ref_kind(store, a, &kind, &error));
  CHECK(kind == WRT_FUNCREF);
  CHECK_OK(wrt_ref_to_func(store, a, &found, &error));
  CHECK(wrt_extern_same(found, func) == 1);
  CHECK_OK(wrt_func_call(found, NULL, 0, NULL, 0, &error));
  CHECK_FAILS(wrt_ref_to_host(store, a, &data, &error), WRT_ERR_TYPE, "reference is a function");
  wrt_release(found);
  wrt_ref_drop(store, b);
  b = new_object(NULL);
  CHECK_FAILS(wrt_ref_to_func(store, b, &found, &error), WRT_ERR_TYPE, "reference is an object of the host");
  CHECK(same(a, b) == 0);
  wrt_ref_drop(store, a);
  wrt_ref_drop(store, b);
  wrt_release(func);
}

/* ===== Life and death ===== */

static void objects_are_dropped_once(void) {
  int mine;
  wrt_type *type = new_type(engine, "(global (mut externref))");
  wrt_global *global = NULL;
  wrt_val value;
  uint64_t id;
  CHECK_OK(wrt_store_gc(store, &error));
  drops = 0;
  CHECK_FAILS(wrt_ref_from_host(store, &mine, note_drop, NULL, &error), WRT_ERR_ARGUMENT, "out is NULL");
  CHECK_OK(wrt_store_gc(store, &error));
  CHECK(drops == 0);

  /* Held by WebAssembly, then by nobody. */
  id = new_object(&mine);
  value = reference(id);
  CHECK_OK(wrt_global_new(store, type, &value, &global, &error));
  wrt_ref_drop(store, id);
  CHECK_OK(wrt_store_gc(store, &error));
  CHECK(drops == 0);
  value = reference(0);
  CHECK_OK(wrt_global_set(global, &value, &error));
  CHECK_OK(wrt_store_gc(store, &error));
  CHECK(drops == 1 && dropped == &mine);
  CHECK_OK(wrt_store_gc(store, &error));
  CHECK(drops == 1);
  wrt_release(global);
  wrt_release(type);
}

static void what_is_left_goes_with_the_store(void) {
  wrt_store *own = new_store(engine);
  uint64_t ids[2];
  int32_t kind = 0;
  drops = 0;
  CHECK_OK(wrt_ref_from_host(own, NULL, note_drop, &ids[0], &error));
  CHECK_OK(wrt_ref_from_host(own, NULL, note_drop, &ids[1], &error));
  wrt_ref_drop(own, ids[1]);
  CHECK_OK(wrt_close(own, &error));
  CHECK(drops == 2);
  CHECK_STATUS(wrt_ref_kind(own, ids[0], &kind, &error), WRT_ERR_CLOSED);
  wrt_ref_drop(own, ids[0]);
  wrt_release(own);
  CHECK(drops == 2);
}

/* The heap of the collector is within the limits of the store. */
static void the_heap_is_limited(void) {
  wrt_store *own = new_store(engine);
  const wrt_limits limits = {sizeof limits, 1 << 20, UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX, 0, 0};
  int made = 0;
  int32_t status;
  uint64_t id = 0;
  drops = 0;
  CHECK_OK(wrt_store_set_limits(own, &limits, &error));
  do {
    status = wrt_ref_from_host(own, NULL, note_drop, &id, &error);
    made += status == WRT_OK;
  } while (status == WRT_OK && made < 1000000);
  CHECK(status == WRT_ERR_LIMIT && made > 1000 && drops == 0);
  CHECK_MESSAGE("heap");
  /* One goes, and another one fits. */
  wrt_ref_drop(own, id);
  CHECK_OK(wrt_ref_from_host(own, NULL, note_drop, &id, &error));
  CHECK(drops == 1);
  wrt_release(own);
  CHECK(drops == made + 1);
}

/* Ids may be dropped where the store cannot be used: that of a limiter is. */
static int32_t drop_one(void *env, int32_t kind, uint64_t current, uint64_t desired, uint64_t maximum, wrt_error *failure) {
  void **place = env;
  (void)kind;
  (void)current;
  (void)desired;
  (void)maximum;
  (void)failure;
  wrt_ref_drop(place[0], *(uint64_t *)place[1]);
  return WRT_OK;
}

static void ids_are_dropped_at_any_time(void) {
  wrt_store *own = new_store(engine);
  wrt_type *type = new_type(engine, "(memory 1)");
  wrt_memory *memory = NULL;
  uint64_t id = 0;
  void *place[2];
  place[0] = own;
  place[1] = &id;
  CHECK_OK(wrt_ref_from_host(own, NULL, NULL, &id, &error));
  CHECK_OK(wrt_store_set_limiter(own, drop_one, place, NULL, &error));
  CHECK_OK(wrt_memory_new(own, type, &memory, &error));
  check_store(own, "\"references\":0");
  wrt_release(memory);
  wrt_release(type);
  wrt_release(own);
}

/* ===== Scopes ===== */

static void end_scope(uint64_t scope) {
  CHECK_OK(wrt_ref_scope_end(store, scope, &error));
}

static int32_t exists(uint64_t id) {
  int32_t kind = 0;
  return wrt_ref_kind(store, id, &kind, NULL) == WRT_OK;
}

static void scopes_end_ids(void) {
  wrt_instance *instance =
      new_instance(store, "(module (func $f (export \"f\") (result funcref) (ref.func $f))"
                          "  (func (export \"echo\") (param externref) (result externref) (local.get 0)))");
  const uint64_t before = new_object(NULL);
  const uint64_t scope = begin_scope(store);
  wrt_val slot = reference(new_object(NULL));
  const wrt_val fields = slot;
  uint64_t id = 0;
  uint64_t copy = 0;
  /* Whatever makes an id. */
  slot = apply(instance, "echo", &slot, 1);
  CHECK(exists(slot.lo) && exists(apply(instance, "f", NULL, 0).lo) && exists(new_i31(store, 3)));
  CHECK_OK(wrt_ref_convert(store, slot.lo, WRT_ANYREF, &id, &error));
  CHECK(exists(member_of(store, new_struct(store, "(struct (field externref))", &fields, 1), 0).lo));
  check_store(store, "\"references\":8");
  /* An id may be dropped before. One that was cloned outlasts the scope. */
  wrt_ref_drop(store, id);
  wrt_ref_drop(store, new_object(NULL));
  CHECK_OK(wrt_ref_clone(store, slot.lo, &copy, &error));
  check_store(store, "\"references\":8");
  end_scope(scope);
  CHECK(exists(before) && exists(copy) && !exists(slot.lo));
  check_store(store, "\"references\":2");
  wrt_ref_drop(store, copy);
  wrt_ref_drop(store, before);
  check_store(store, "\"references\":0");
  wrt_release(instance);
}

static void scopes_are_nested(void) {
  const uint64_t outer = begin_scope(store);
  const uint64_t first = new_object(NULL);
  uint64_t inner = begin_scope(store);
  uint64_t second = new_object(NULL);
  uint64_t third;
  uint64_t innermost;
  /* The innermost scope has what is new, and the one around it goes on. */
  end_scope(inner);
  CHECK(exists(first) && !exists(second));
  third = new_object(NULL);
  CHECK(inner != outer && exists(third));
  /* With a scope end those in it. */
  inner = begin_scope(store);
  second = new_object(NULL);
  innermost = begin_scope(store);
  end_scope(outer);
  CHECK(!exists(first) && !exists(second) && !exists(third));
  check_store(store, "\"references\":0");
  CHECK_STATUS(wrt_ref_scope_end(store, innermost, &error), WRT_ERR_NOT_FOUND);
  CHECK_STATUS(wrt_ref_scope_end(store, inner, &error), WRT_ERR_NOT_FOUND);
  CHECK_STATUS(wrt_ref_scope_end(store, outer, &error), WRT_ERR_NOT_FOUND);
}

static void unknown_scopes_are_found_out(void) {
  wrt_store *own = new_store(engine);
  uint64_t scope = begin_scope(own);
  CHECK_FAILS(wrt_ref_scope_end(own, 0, &error), WRT_ERR_NOT_FOUND, "there is no open scope 0");
  CHECK_FAILS(wrt_ref_scope_end(own, scope + 1, &error), WRT_ERR_NOT_FOUND, "there is no open scope");
  CHECK_FAILS(wrt_ref_scope_begin(own, NULL, &error), WRT_ERR_ARGUMENT, "scope is NULL");
  CHECK_OK(wrt_ref_scope_end(own, scope, &error));
  CHECK_STATUS(wrt_ref_scope_end(own, scope, &error), WRT_ERR_NOT_FOUND);
  /* An open scope is nothing to a store that closes. */
  scope = begin_scope(own);
  CHECK_OK(wrt_close(own, &error));
  CHECK_STATUS(wrt_ref_scope_end(own, scope, &error), WRT_ERR_CLOSED);
  CHECK_STATUS(wrt_ref_scope_begin(own, &scope, &error), WRT_ERR_CLOSED);
  wrt_release(own);
}

/* Makes many references in a scope of its own, and returns one of them. */
static int32_t work_in_scope(void *env, wrt_caller *caller, wrt_val *slots, size_t nslots, wrt_error *failure) {
  const uint64_t scope = begin_scope(wrt_caller_store(caller));
  int i;
  (void)env;
  CHECK(nslots == 1);
  for (i = 0; i < 10; i++) {
    CHECK(wrt_ref_clone(store, new_object(NULL), &slots[0].lo, failure) == WRT_OK);
    if (i < 9) {
      wrt_ref_drop(store, slots[0].lo);
    }
  }
  return wrt_ref_scope_end(store, scope, failure);
}

static void host_functions_have_scopes(void) {
  wrt_func *func = new_func(store, "(func (param externref) (result externref))", work_in_scope, NULL);
  const uint64_t scope = begin_scope(store);
  wrt_val slot = reference(new_object(NULL));
  CHECK_OK(wrt_func_call(func, &slot, 1, &slot, 1, &error));
  check_store(store, "\"references\":2");
  CHECK(exists(slot.lo));
  end_scope(scope);
  check_store(store, "\"references\":0");
  wrt_release(func);
}

/* ===== Objects whose end is asked for ===== */

static uint64_t new_queued(const wrt_store *home, void *data) {
  uint64_t id = 0;
  CHECK_OK(wrt_ref_from_host_queued(home, data, &id, &error));
  return id;
}

/* How many objects ended, of at most `room`. */
static size_t take(const wrt_store *home, void **data, size_t room) {
  size_t count = 77;
  CHECK_OK(wrt_ref_take_dropped(home, data, room, &count, &error));
  CHECK(count <= room);
  return count;
}

static void ends_are_queued(void) {
  int things[6];
  int seen[6] = {0};
  uint64_t ids[6];
  void *ended[8] = {NULL};
  void *data = NULL;
  size_t i;
  for (i = 0; i < 6; i++) {
    ids[i] = new_queued(store, &things[i]);
    CHECK_OK(wrt_ref_to_host(store, ids[i], &data, &error));
    CHECK(data == &things[i]);
  }
  CHECK_OK(wrt_store_gc(store, &error));
  CHECK(take(store, ended, 8) == 0 && take(store, NULL, 0) == 0);
  for (i = 0; i < 5; i++) {
    wrt_ref_drop(store, ids[i]);
  }
  CHECK_OK(wrt_store_gc(store, &error));
  /* Each comes once, even where there is little room. */
  CHECK(take(store, NULL, 0) == 0 && take(store, ended, 2) == 2 && take(store, ended + 2, 6) == 3);
  CHECK(take(store, ended, 8) == 0 && ended[5] == NULL);
  for (i = 0; i < 5; i++) {
    CHECK((int *)ended[i] >= things && (int *)ended[i] < things + 5);
    seen[(int *)ended[i] - things]++;
  }
  CHECK(seen[0] == 1 && seen[1] == 1 && seen[2] == 1 && seen[3] == 1 && seen[4] == 1);
  CHECK_FAILS(wrt_ref_take_dropped(store, NULL, 1, &i, &error), WRT_ERR_ARGUMENT, "dropped is NULL");
  CHECK_FAILS(wrt_ref_take_dropped(store, ended, 8, NULL, &error), WRT_ERR_ARGUMENT, "count is NULL");
  wrt_ref_drop(store, ids[5]);
  CHECK_OK(wrt_store_gc(store, &error));
  CHECK(take(store, ended, 1) == 1 && ended[0] == &things[5]);
}

/* What could not be made does not end. */
static void failures_are_not_queued(void) {
  wrt_store *own = new_store(engine);
  const wrt_limits limits = {sizeof limits, 1 << 20, UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX, 0, 0};
  const uint64_t scope = begin_scope(own);
  static void *ended[100000];
  size_t made = 0;
  size_t i;
  int32_t status;
  uint64_t id;
  CHECK_FAILS(wrt_ref_from_host_queued(own, &made, NULL, &error), WRT_ERR_ARGUMENT, "out is NULL");
  CHECK_OK(wrt_store_set_limits(own, &limits, &error));
  do {
    status = wrt_ref_from_host_queued(own, ended, &id, &error);
    made += status == WRT_OK;
  } while (status == WRT_OK && made < 100000);
  CHECK(status == WRT_ERR_LIMIT && made > 1000);
  CHECK_STATUS(wrt_ref_from_host_queued(own, &made, &id, &error), WRT_ERR_LIMIT);
  CHECK_OK(wrt_ref_scope_end(own, scope, &error));
  CHECK_OK(wrt_store_gc(own, &error));
  CHECK(take(own, ended, 100000) == made);
  for (i = 0; i < made; i++) {
    CHECK(ended[i] == ended);
  }
  CHECK_OK(wrt_close(own, &error));
  CHECK_STATUS(wrt_ref_take_dropped(own, ended, 1, &i, &error), WRT_ERR_CLOSED);
  wrt_release(own);
}

/* The queue can be asked where the store is in the middle of a call. */
static void queues_do_not_wait(void) {
  wrt_store *own = new_store(engine);
  wrt_instance *instance =
      new_asking(own, "(module (import \"host\" \"ask\" (func $ask)) (func (export \"run\") (call $ask)))", "(func)");
  wrt_task *task;
  void *ended = NULL;
  int thing;
  wrt_ref_drop(own, new_queued(own, &thing));
  CHECK_OK(wrt_store_gc(own, &error));
  task = start_task(instance, "run", NULL);
  CHECK(take(own, &ended, 1) == 1 && ended == &thing);
  CHECK(poll_task(task) == WRT_TASK_HOST_CALL);
  wrt_ref_drop(own, new_queued(own, &drops));
  CHECK_OK(wrt_store_gc(own, &error));
  CHECK(take(own, &ended, 1) == 1 && ended == &drops);
  wrt_release(task);
  wrt_release(instance);
  wrt_release(own);
}

/* ===== References in host functions ===== */

typedef struct {
  uint64_t seen;
  uint64_t kept;
  int32_t status;
} guest;

/* Returns its argument; what it wants to keep it clones. */
static int32_t keep(void *env, wrt_caller *caller, wrt_val *slots, size_t nslots, wrt_error *failure) {
  guest *at = env;
  CHECK(nslots == 1);
  at->seen = slots[0].lo;
  CHECK(wrt_ref_clone(wrt_caller_store(caller), slots[0].lo, &at->kept, failure) == WRT_OK);
  if (at->status != WRT_OK) {
    CHECK(wrt_error_set(failure, at->status, TEXT("as asked")) == WRT_OK);
  }
  return at->status;
}

static void ids_in_slots_end_with_the_call(void) {
  int mine;
  guest at = {0, 0, WRT_OK};
  wrt_func *func = new_func(store, "(func (param externref) (result externref))", keep, &at);
  uint64_t id = new_object(&mine);
  wrt_val arg = reference(id);
  wrt_val result;
  int32_t kind = 0;
  CHECK_OK(wrt_func_call(func, &arg, 1, &result, 1, &error));
  /* Three ids for one object: the caller's, the one that was kept, and the result. That of the slot is gone. */
  check_store(store, "\"references\":3");
  CHECK_STATUS(wrt_ref_kind(store, at.seen, &kind, &error), WRT_ERR_NOT_FOUND);
  CHECK(same(id, at.kept) == 1 && same(id, result.lo) == 1);
  wrt_ref_drop(store, at.kept);
  wrt_ref_drop(store, result.lo);

  at.status = WRT_ERR_HOST;
  CHECK_STATUS(wrt_func_call(func, &arg, 1, &result, 1, &error), WRT_ERR_HOST);
  CHECK_STATUS(wrt_ref_kind(store, at.seen, &kind, &error), WRT_ERR_NOT_FOUND);
  wrt_ref_drop(store, at.kept);
  wrt_ref_drop(store, id);
  check_store(store, "\"references\":0");
  wrt_release(func);
}

/* Answers with an id that is none. */
static int32_t lie(void *env, wrt_caller *caller, wrt_val *slots, size_t nslots, wrt_error *failure) {
  (void)caller;
  (void)failure;
  CHECK(nslots == 2);
  slots[0] = reference(0x123);
  slots[1] = reference(*(uint64_t *)env);
  return WRT_OK;
}

static void bad_results_are_an_error(void) {
  uint64_t id = new_object(NULL);
  wrt_func *func = new_func(store, "(func (result externref externref))", lie, &id);
  wrt_func *wrong = new_func(store, "(func (result i32 (ref extern)))", lie, &id);
  wrt_val results[2];
  CHECK_FAILS(wrt_func_call(func, NULL, 0, results, 2, &error), WRT_ERR_NOT_FOUND, "result is reference 0x123");
  wrt_ref_drop(store, id);
  check_store(store, "\"references\":0");
  id = 0;
  CHECK_FAILS(wrt_func_call(wrong, NULL, 0, results, 2, &error), WRT_ERR_TYPE, "result is null");
  wrt_release(wrong);
  wrt_release(func);
}

static void many_round_trips_leave_nothing(void) {
  guest at = {0, 0, WRT_OK};
  wrt_func *func = new_func(store, "(func (param externref) (result externref))", keep, &at);
  wrt_instance *instance =
      new_linked(store,
                   "(module (import \"host\" \"keep\" (func $keep (param externref) (result externref)))"
                   "  (func (export \"run\") (param externref) (result externref) (call $keep (local.get 0))))",
                   func);
  wrt_func *run = export_of(instance, "run");
  int i;
  CHECK_OK(wrt_store_gc(store, &error));
  drops = 0;
  for (i = 0; i < 100000; i++) {
    const uint64_t id = new_object(&at);
    wrt_val slot = reference(id);
    CHECK(wrt_func_call(run, &slot, 1, &slot, 1, NULL) == WRT_OK);
    wrt_ref_drop(store, id);
    wrt_ref_drop(store, at.kept);
    wrt_ref_drop(store, slot.lo);
  }
  check_store(store, "\"references\":0");
  /* The collector has run now and then, and drops the rest when asked. */
  CHECK_OK(wrt_store_gc(store, &error));
  CHECK(drops == 100000);
  wrt_release(run);
  wrt_release(instance);
  wrt_release(func);
}

int main(void) {
  engine = new_engine();
  store = new_store(engine);
  objects_carry_data();
  kinds_are_told();
  null_is_zero();
  clones_stand_for_the_same();
  stale_and_foreign_ids_are_found_out();
  functions_are_references_too();
  objects_are_dropped_once();
  what_is_left_goes_with_the_store();
  the_heap_is_limited();
  ids_are_dropped_at_any_time();
  scopes_end_ids();
  scopes_are_nested();
  unknown_scopes_are_found_out();
  host_functions_have_scopes();
  ends_are_queued();
  failures_are_not_queued();
  queues_do_not_wait();
  ids_in_slots_end_with_the_call();
  bad_results_are_an_error();
  many_round_trips_leave_nothing();
  wrt_release(store);
  wrt_release(engine);
  return check_done();
}
