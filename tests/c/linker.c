/* Linkers: named items for imports. */
#include "wasm.h"

static wrt_engine *engine;
static wrt_store *store;
static wrt_type *int_func;
static int drops;

static void count_drop(void *env) {
  (void)env;
  drops++;
}

static int32_t give(void *env, wrt_caller *caller, wrt_val *slots, size_t nslots, wrt_error *failure) {
  (void)caller;
  (void)failure;
  CHECK(nslots == 1);
  slots[0] = i32(*(int *)env);
  return WRT_OK;
}

static int one = 1;
static int two = 2;

static wrt_linker *new_linker(void) {
  wrt_linker *linker = NULL;
  CHECK_OK(wrt_linker_new(engine, &linker, &error));
  return linker;
}

static int32_t define(const wrt_linker *linker, const char *name, int *number) {
  return wrt_linker_define_func(linker, TEXT("env"), TEXT(name), int_func, give, number, count_drop, &error);
}

static int32_t call(wrt_func *func) {
  wrt_val found;
  CHECK_OK(wrt_func_call(func, NULL, 0, &found, 1, &error));
  wrt_release(func);
  return to_i32(found);
}

/* What the export "run" of an instance gives. */
static int32_t run(wrt_instance *instance) {
  const int32_t found = call(export_of(instance, "run"));
  wrt_release(instance);
  return found;
}

static wrt_instance *instantiate(const wrt_linker *linker, wrt_store *home, const char *wat) {
  wrt_module *module = new_module(engine, wat);
  wrt_instance *instance = NULL;
  CHECK_OK(wrt_linker_instantiate(linker, home, module, &instance, &error));
  wrt_release(module);
  return instance;
}

static void check_linker(const wrt_linker *linker, const char *json) {
  wrt_bytes found = {0};
  CHECK_OK(wrt_linker_json(linker, &found, &error));
  check_bytes(&found, json);
}

static const char *const ASKS =
    "(module (import \"env\" \"number\" (func $number (result i32))) (func (export \"run\") (result i32) (call $number)))";

/* ===== Functions of the host ===== */

static void functions_serve_every_store(void) {
  wrt_linker *linker = new_linker();
  wrt_store *other = new_store(engine);
  drops = 0;
  CHECK_OK(define(linker, "number", &one));
  CHECK(run(instantiate(linker, store, ASKS)) == 1);
  CHECK(run(instantiate(linker, other, ASKS)) == 1);
  /* The env is needed until linker and stores are gone. */
  wrt_release(linker);
  CHECK(drops == 0);
  wrt_release(other);
  CHECK(drops == 0);
  CHECK_OK(wrt_close(store, &error));
  wrt_release(store);
  CHECK(drops == 1);
  store = new_store(engine);
}

static void names_are_defined_once(void) {
  wrt_linker *linker = new_linker();
  wrt_linker *copy = NULL;
  drops = 0;
  CHECK_OK(define(linker, "number", &one));
  CHECK_FAILS((wrt_error_clear(&error), define(linker, "number", &two)), WRT_ERR_LINK,
              "env.number is defined already (wrt_linker_allow)");
  CHECK(drops == 0);
  CHECK_OK(wrt_linker_clone(linker, &copy, &error));
  CHECK_OK(wrt_linker_allow(linker, 1, 0, &error));
  CHECK_OK(define(linker, "number", &two));
  CHECK(run(instantiate(linker, store, ASKS)) == 2);
  /* The copy is as the linker was. */
  CHECK(run(instantiate(copy, store, ASKS)) == 1);
  CHECK_STATUS((wrt_error_clear(&error), define(copy, "number", &two)), WRT_ERR_LINK);
  wrt_release(copy);
  wrt_release(linker);
  CHECK_OK(wrt_close(store, &error));
  CHECK(drops == 2);
  wrt_release(store);
  store = new_store(engine);
}

static void what_cannot_be_defined(void) {
  wrt_linker *linker = new_linker();
  wrt_engine *far = new_engine();
  wrt_store *away = new_store(far);
  wrt_type *foreign = new_type(far, "(func (result i32))");
  wrt_type *memory = new_type(engine, "(memory 1)");
  wrt_func *func = new_func(away, "(func (result i32))", give, &one);
  drops = 0;
  CHECK_FAILS(wrt_linker_define_func(linker, TEXT("a"), TEXT("b"), memory, give, NULL, count_drop, &error), WRT_ERR_TYPE,
              "type is a memory type");
  CHECK_FAILS(wrt_linker_define_func(linker, TEXT("a"), TEXT("b"), foreign, give, NULL, count_drop, &error),
              WRT_ERR_STORE, "type belongs to another engine");
  CHECK_FAILS(wrt_linker_define_func(linker, TEXT("a"), TEXT("b"), int_func, NULL, NULL, count_drop, &error),
              WRT_ERR_ARGUMENT, "call is NULL");
  CHECK_FAILS(wrt_linker_define_func(linker, "\xff", 1, TEXT("b"), int_func, give, NULL, count_drop, &error),
              WRT_ERR_ARGUMENT, "module is not UTF-8");
  CHECK_FAILS(wrt_linker_define(linker, TEXT("a"), TEXT("b"), func, &error), WRT_ERR_STORE, "item belongs to another engine");
  CHECK(drops == 0);
  check_linker(linker, "[]");
  wrt_release(func);
  wrt_release(memory);
  wrt_release(foreign);
  wrt_release(away);
  wrt_release(far);
  wrt_release(linker);
}

/* ===== Items of a store ===== */

static void items_serve_their_store(void) {
  wrt_linker *linker = new_linker();
  wrt_store *other = new_store(engine);
  wrt_instance *source = new_instance(store, "(module (memory (export \"memory\") 1 2) (global (export \"g\") i32 (i32.const 4))"
                                             "  (func (export \"number\") (result i32) (i32.const 40)))");
  wrt_memory *memory = export_of(source, "memory");
  wrt_module *asks = new_module(engine, ASKS);
  wrt_instance *instance = NULL;
  wrt_extern *found = NULL;
  CHECK_OK(wrt_linker_define(linker, TEXT("m\xc3\xbcll"), TEXT(""), memory, &error));
  CHECK_OK(wrt_linker_define_instance(linker, TEXT("env"), source, &error));
  check_linker(linker,
               "[{\"module\":\"m\xc3\xbcll\",\"name\":\"\",\"kind\":\"memory\",\"type\":\"(memory 1 2)\"},"
               "{\"module\":\"env\",\"name\":\"memory\",\"kind\":\"memory\",\"type\":\"(memory 1 2)\"},"
               "{\"module\":\"env\",\"name\":\"g\",\"kind\":\"global\",\"type\":\"(global i32)\"},"
               "{\"module\":\"env\",\"name\":\"number\",\"kind\":\"function\",\"type\":\"(func (result i32))\"}]");
  CHECK(run(instantiate(linker, store, ASKS)) == 40);
  CHECK_FAILS(wrt_linker_instantiate(linker, other, asks, &instance, &error), WRT_ERR_STORE,
              "env.number belongs to another store");
  CHECK_OK(wrt_linker_get(linker, store, TEXT("m\xc3\xbcll"), NULL, 0, &found, &error));
  CHECK(wrt_extern_same(found, memory) == 1);
  wrt_release(found);
  CHECK_STATUS(wrt_linker_get(linker, other, TEXT("m\xc3\xbcll"), NULL, 0, &found, &error), WRT_ERR_STORE);
  CHECK_FAILS(wrt_linker_get(linker, store, TEXT("env"), TEXT("x"), &found, &error), WRT_ERR_NOT_FOUND,
              "env.x is not defined");
  /* All or nothing. */
  CHECK_FAILS(wrt_linker_define_instance(linker, TEXT("env"), source, &error), WRT_ERR_LINK, "env.memory is defined");
  CHECK_OK(wrt_close(store, &error));
  CHECK_STATUS(wrt_linker_instantiate(linker, store, asks, &instance, &error), WRT_ERR_CLOSED);
  wrt_release(asks);
  wrt_release(memory);
  wrt_release(source);
  wrt_release(store);
  store = new_store(engine);
  wrt_release(other);
  wrt_release(linker);
}

static void names_can_be_given_again(void) {
  wrt_linker *linker = new_linker();
  CHECK_OK(define(linker, "first", &one));
  CHECK_OK(define(linker, "second", &two));
  CHECK_OK(wrt_linker_alias(linker, TEXT("env"), TEXT("first"), TEXT("env"), TEXT("number"), &error));
  CHECK(run(instantiate(linker, store, ASKS)) == 1);
  CHECK_FAILS(wrt_linker_alias(linker, TEXT("env"), TEXT("second"), TEXT("env"), TEXT("number"), &error), WRT_ERR_LINK,
              "env.number is defined already");
  CHECK_FAILS(wrt_linker_alias(linker, TEXT("env"), TEXT("third"), TEXT("env"), TEXT("x"), &error), WRT_ERR_NOT_FOUND,
              "env.third is not defined");
  /* An alias is what the name meant then. */
  CHECK_OK(wrt_linker_allow(linker, 1, 0, &error));
  CHECK_OK(define(linker, "first", &two));
  CHECK(run(instantiate(linker, store, ASKS)) == 1);
  wrt_release(linker);
}

/* ===== What is missing ===== */

static const char *const WANTS =
    "(module (import \"env\" \"number\" (func $number (result i32))) (import \"env\" \"log\" (func (param i32 i64)))"
    "  (import \"js\" \"memory\" (memory 1 2)) (import \"js\" \"table\" (table 1 funcref)) (import \"js\" \"base\" (global i64))"
    "  (func (export \"run\") (result i32) (call $number)))";

static void all_that_is_missing_is_named(void) {
  wrt_linker *linker = new_linker();
  wrt_module *module = new_module(engine, WANTS);
  wrt_instance *instance = NULL;
  wrt_prelink *prelink = NULL;
  CHECK_OK(define(linker, "number", &one));
  CHECK_STATUS(wrt_linker_instantiate(linker, store, module, &instance, &error), WRT_ERR_LINK);
  CHECK_TEXT(error.message, "4 imports are not defined: env.log (func (param i32 i64)), js.memory (memory 1 2), "
                            "js.table (table 1 funcref), js.base (global i64)");
  CHECK_STATUS(wrt_linker_prelink(linker, module, &prelink, &error), WRT_ERR_LINK);
  CHECK_MESSAGE("4 imports are not defined");
  CHECK(instance == NULL && prelink == NULL);

  /* Functions become traps; the rest is still missing. */
  CHECK_OK(wrt_linker_define_unknown_as_traps(linker, module, &error));
  CHECK_FAILS(wrt_linker_instantiate(linker, store, module, &instance, &error), WRT_ERR_LINK, "3 imports are not");
  /* And then nothing. */
  CHECK_OK(wrt_linker_define_unknown_as_defaults(linker, store, module, &error));
  CHECK(run(instantiate(linker, store, WANTS)) == 1);
  wrt_release(module);
  wrt_release(linker);
}

static void unknown_functions_trap_or_give_zero(void) {
  wrt_linker *trapping = new_linker();
  wrt_linker *silent = new_linker();
  wrt_module *module = new_module(engine, ASKS);
  wrt_instance *instance = NULL;
  wrt_func *func;
  wrt_val result;
  CHECK_OK(wrt_linker_define_unknown_as_traps(trapping, module, &error));
  check_linker(trapping,
               "[{\"module\":\"env\",\"name\":\"number\",\"kind\":\"function\",\"type\":\"(func (result i32))\"}]");
  CHECK_OK(wrt_linker_instantiate(trapping, store, module, &instance, &error));
  func = export_of(instance, "run");
  CHECK_FAILS(wrt_func_call(func, NULL, 0, &result, 1, &error), WRT_ERR_LINK,
              "the import env.number was called, but is not defined");
  CHECK(error.frame_count == 1);
  wrt_release(func);
  wrt_release(instance);
  CHECK_OK(wrt_linker_define_unknown_as_defaults(silent, store, module, &error));
  CHECK(run(instantiate(silent, store, ASKS)) == 0);
  wrt_release(module);
  wrt_release(silent);
  wrt_release(trapping);
}

static void types_must_match(void) {
  wrt_linker *linker = new_linker();
  wrt_type *other = new_type(engine, "(func (param i32) (result i32))");
  wrt_module *module = new_module(engine, ASKS);
  wrt_instance *instance = NULL;
  wrt_prelink *prelink = NULL;
  CHECK_OK(wrt_linker_define_func(linker, TEXT("env"), TEXT("number"), other, give, &one, NULL, &error));
  CHECK_FAILS(wrt_linker_instantiate(linker, store, module, &instance, &error), WRT_ERR_LINK, "env::number");
  CHECK_FAILS(wrt_linker_prelink(linker, module, &prelink, &error), WRT_ERR_LINK, "env::number");
  wrt_release(module);
  wrt_release(other);
  wrt_release(linker);
}

/* ===== Modules ===== */

static const char *const COUNTER =
    "(module (global $n (mut i32) (i32.const 0)) %s"
    "  (func (export \"number\") (result i32)"
    "    (global.set $n (i32.add (global.get $n) (i32.const 1))) (global.get $n)))";

static wrt_module *new_counter(const char *more) {
  char wat[512];
  sprintf(wat, COUNTER, more);
  return new_module(engine, wat);
}

static void reactors_live_and_commands_do_not(void) {
  wrt_linker *linker = new_linker();
  wrt_linker *other = new_linker();
  wrt_module *reactor = new_counter("(func (export \"_initialize\") (global.set $n (i32.const 10)))");
  wrt_module *command = new_counter("(func (export \"_start\"))");
  CHECK_OK(wrt_linker_define_module(linker, store, TEXT("env"), reactor, &error));
  CHECK(run(instantiate(linker, store, ASKS)) == 11);
  CHECK(run(instantiate(linker, store, ASKS)) == 12);
  CHECK_FAILS(wrt_linker_define_module(linker, store, TEXT("env"), reactor, &error), WRT_ERR_LINK, "is defined already");

  /* A command is begun anew for each call. */
  CHECK_OK(wrt_linker_define_module(other, store, TEXT("env"), command, &error));
  CHECK(run(instantiate(other, store, ASKS)) == 1);
  CHECK(run(instantiate(other, store, ASKS)) == 1);
  wrt_release(command);
  wrt_release(reactor);
  wrt_release(other);
  wrt_release(linker);
}

static void modules_are_linked_themselves(void) {
  wrt_linker *linker = new_linker();
  wrt_module *middle = new_module(engine, "(module (import \"env\" \"number\" (func $number (result i32)))"
                                          "  (func (export \"ten\") (result i32) (i32.mul (call $number) (i32.const 10))))");
  wrt_module *bad = new_module(engine, "(module (func $f unreachable) (start $f))");
  wrt_extern *ten = NULL;
  CHECK_FAILS(wrt_linker_define_module(linker, store, TEXT("middle"), middle, &error), WRT_ERR_LINK,
              "1 import is not defined: env.number (func (result i32))");
  CHECK_OK(define(linker, "number", &two));
  CHECK_OK(wrt_linker_define_module(linker, store, TEXT("middle"), middle, &error));
  CHECK_OK(wrt_linker_get(linker, store, TEXT("middle"), TEXT("ten"), &ten, &error));
  CHECK(call(ten) == 20);
  CHECK_STATUS(wrt_linker_define_module(linker, store, TEXT("bad"), bad, &error), WRT_ERR_TRAP);
  wrt_release(bad);
  wrt_release(middle);
  wrt_release(linker);
}

/* ===== Linking once, for many instances ===== */

static void prelinks_are_for_any_store(void) {
  wrt_linker *linker = new_linker();
  wrt_module *module = new_module(engine, ASKS);
  wrt_prelink *prelink = NULL;
  int i;
  CHECK_OK(define(linker, "number", &one));
  CHECK_OK(wrt_linker_prelink(linker, module, &prelink, &error));
  /* Later definitions do not reach it. */
  CHECK_OK(wrt_linker_allow(linker, 1, 0, &error));
  CHECK_OK(define(linker, "number", &two));
  wrt_release(linker);
  wrt_release(module);
  for (i = 0; i < 3; i++) {
    wrt_store *own = new_store(engine);
    wrt_instance *instance = NULL;
    wrt_module *found = NULL;
    CHECK_OK(wrt_prelink_instantiate(prelink, own, &instance, &error));
    CHECK_OK(wrt_instance_module(instance, &found, &error));
    CHECK(found == module);
    wrt_release(found);
    CHECK(run(instance) == 1);
    wrt_release(own);
  }
  wrt_release(prelink);
}

static void prelinks_with_items_are_for_their_store(void) {
  wrt_linker *linker = new_linker();
  wrt_store *other = new_store(engine);
  wrt_instance *source = new_instance(store, "(module (func (export \"number\") (result i32) (i32.const 40)))");
  wrt_instance *elsewhere = new_instance(other, "(module (memory (export \"m\") 1))");
  wrt_module *module = new_module(engine, ASKS);
  wrt_module *both = new_module(engine, "(module (import \"env\" \"number\" (func (result i32)))"
                                        "  (import \"other\" \"m\" (memory 1)))");
  wrt_engine *far = new_engine();
  wrt_store *away = new_store(far);
  wrt_prelink *prelink = NULL;
  wrt_prelink *mixed = NULL;
  wrt_instance *instance = NULL;
  CHECK_OK(wrt_linker_define_instance(linker, TEXT("env"), source, &error));
  CHECK_OK(wrt_linker_define_instance(linker, TEXT("other"), elsewhere, &error));
  CHECK_OK(wrt_linker_prelink(linker, module, &prelink, &error));
  CHECK_OK(wrt_prelink_instantiate(prelink, store, &instance, &error));
  CHECK(run(instance) == 40);
  CHECK_FAILS(wrt_prelink_instantiate(prelink, other, &instance, &error), WRT_ERR_STORE, "an import of prelink");
  CHECK_FAILS(wrt_prelink_instantiate(prelink, away, &instance, &error), WRT_ERR_STORE, "another engine");
  CHECK_FAILS(wrt_linker_prelink(linker, both, &mixed, &error), WRT_ERR_STORE, "other.m belongs to another store");
  wrt_release(prelink);
  wrt_release(away);
  wrt_release(far);
  wrt_release(both);
  wrt_release(module);
  wrt_release(elsewhere);
  wrt_release(source);
  wrt_release(other);
  wrt_release(linker);
}

int main(void) {
  engine = new_engine();
  store = new_store(engine);
  int_func = new_type(engine, "(func (result i32))");
  functions_serve_every_store();
  names_are_defined_once();
  what_cannot_be_defined();
  items_serve_their_store();
  names_can_be_given_again();
  all_that_is_missing_is_named();
  unknown_functions_trap_or_give_zero();
  types_must_match();
  reactors_live_and_commands_do_not();
  modules_are_linked_themselves();
  prelinks_are_for_any_store();
  prelinks_with_items_are_for_their_store();
  wrt_release(int_func);
  wrt_release(store);
  wrt_release(engine);
  return check_done();
}
