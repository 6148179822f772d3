/* Does one thing as often as it is told, for counting instructions: instructions NAME N. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wrt.h>

#define TEXT (size_t)-1

static const char *const WAT =
    "(module (import \"env\" \"host\" (func $host (param i32) (result i32)))"
    "  (func (export \"add\") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))"
    "  (func (export \"loop\") (param $n i32)"
    "    (loop (drop (call $host (local.get $n)))"
    "      (br_if 0 (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))))";

static wrt_error err;
static wrt_engine *engine;
static wrt_linker *linker;
static wrt_module *module;
static wrt_store *store;
static wrt_func *add, *loop;
static wrt_call *add_call, *loop_call;

static void must(int32_t status) {
    if (status != WRT_OK) {
        fprintf(stderr, "%s\n", err.message);
        exit(1);
    }
}

static int32_t host(void *env, wrt_caller *caller, wrt_val *slots, size_t nslots, wrt_error *error) {
    (void)env, (void)caller, (void)nslots, (void)error;
    slots[0].lo += 1;
    return WRT_OK;
}

/* The module in a store; its host function suspends or not. */
static void load(int suspending) {
    wrt_type *type;
    wrt_instance *instance;
    must(wrt_engine_new(NULL, &engine, &err));
    must(wrt_linker_new(engine, &linker, &err));
    must(wrt_type_parse(engine, "(func (param i32) (result i32))", TEXT, &type, &err));
    must(suspending ? wrt_linker_define_suspending_func(linker, "env", 3, "host", 4, type, 7, &err)
                    : wrt_linker_define_func(linker, "env", 3, "host", 4, type, host, NULL, NULL, &err));
    must(wrt_module_new(engine, (const uint8_t *)WAT, strlen(WAT), &module, &err));
    must(wrt_store_new(engine, NULL, NULL, &store, &err));
    must(wrt_linker_instantiate(linker, store, module, &instance, &err));
    must(wrt_instance_export(instance, "add", 3, &add, &err));
    must(wrt_instance_export(instance, "loop", 4, &loop, &err));
    must(wrt_call_new(add, &add_call, &err));
    must(wrt_call_new(loop, &loop_call, &err));
    wrt_release(instance);
    wrt_release(type);
}

static void invoke(size_t n) {
    while (n-- > 0) {
        wrt_val slots[2] = {{1, 0}, {2, 0}};
        must(wrt_call_invoke(add_call, slots, 2, &err));
    }
}

static void func_call(size_t n) {
    while (n-- > 0) {
        wrt_val slots[2] = {{1, 0}, {2, 0}}, sum;
        must(wrt_func_call(add, slots, 2, &sum, 1, &err));
    }
}

static void host_call(size_t n) {
    wrt_val slot = {n, 0};
    must(wrt_call_invoke(loop_call, &slot, 1, &err));
}

static void map(size_t n) {
    int32_t *values = calloc(n, sizeof *values), one = 1;
    wrt_column params[2] = {{(uint8_t *)values, 4}, {(uint8_t *)&one, 0}};
    must(wrt_call_map(add_call, params, 2, params, 1, n, NULL, &err));
    free(values);
}

static void task(size_t n) {
    while (n-- > 0) {
        wrt_val slots[2] = {{1, 0}, {2, 0}};
        wrt_task *started;
        int32_t state;
        must(wrt_call_start(add_call, slots, 2, NULL, NULL, &started, &err));
        must(wrt_task_poll(started, &state, &err));
        must(wrt_task_results(started, slots, 1, &err));
        wrt_release(started);
    }
}

static void suspend(size_t n) {
    wrt_val slot = {n, 0};
    wrt_task *started;
    wrt_host_request request = {sizeof request, 0, NULL, 0, NULL, NULL, 0};
    int32_t state;
    must(wrt_call_start(loop_call, &slot, 1, NULL, NULL, &started, &err));
    must(wrt_task_step(started, NULL, 0, &state, &request, &err));
    while (state == WRT_TASK_HOST_CALL) {
        must(wrt_task_step(started, request.slots, 1, &state, &request, &err));
    }
    wrt_release(started);
}

static void instance(size_t n) {
    wrt_prelink *prelink;
    must(wrt_linker_prelink(linker, module, &prelink, &err));
    while (n-- > 0) {
        wrt_store *fresh;
        wrt_instance *made;
        must(wrt_store_new(engine, NULL, NULL, &fresh, &err));
        must(wrt_prelink_instantiate(prelink, fresh, &made, &err));
        wrt_release(made);
        wrt_release(fresh);
    }
    wrt_release(prelink);
}

static const struct { const char *name; void (*run)(size_t); int suspending; } WAYS[] = {
    {"invoke", invoke, 0}, {"func_call", func_call, 0}, {"host_call", host_call, 0}, {"map", map, 0},
    {"task", task, 1}, {"suspend", suspend, 1}, {"instance", instance, 0},
};

int main(int argc, char **argv) {
    for (size_t i = 0; argc == 3 && i < sizeof WAYS / sizeof WAYS[0]; i++) {
        if (strcmp(argv[1], WAYS[i].name) == 0) {
            load(WAYS[i].suspending);
            WAYS[i].run(strtoull(argv[2], NULL, 10));
            return 0;
        }
    }
    fprintf(stderr, "usage: %s NAME N\n", argv[0]);
    return 2;
}
