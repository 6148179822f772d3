/* Compiles a module, gives it a function of the host, calls it, reads its memory, and meets three errors.
 *
 *   cc examples/c/job.c -I include -L target/release -Wl,-rpath,"$PWD/target/release" -lwrt -o job
 *   ./job examples/job.wat
 *
 * Or at once: tcc -I include -L target/release -lwrt -run examples/c/job.c examples/job.wat
 */
#include <stdio.h>
#include <wrt.h>

static wrt_error err;

/* The arguments are in `slots`, and the results replace them. */
static int32_t twice(void *env, wrt_caller *caller, wrt_val *slots, size_t nslots, wrt_error *error) {
    int32_t number = (int32_t)slots[0].lo;
    (void)env, (void)caller, (void)nslots;
    if (number < 0) {
        wrt_error_set(error, WRT_ERR_HOST, "twice takes no negative number", (size_t)-1);
        return WRT_ERR_HOST;
    }
    slots[0].lo = (uint32_t)number * 2;
    return WRT_OK;
}

/* Calls a function of two numbers, and prints what comes of it. */
static void call(const wrt_func *func, const char *name, int32_t a, int32_t b) {
    wrt_val args[2] = {{(uint32_t)a, 0}, {(uint32_t)b, 0}}, result;
    printf("%s(%d, %d)", name, (int)a, (int)b);
    if (wrt_func_call(func, args, 2, &result, 1, &err) == WRT_OK) {
        printf(" = %d\n", (int)(int32_t)result.lo);
        return;
    }
    printf(" fails: %s: %s\n", wrt_status_name(err.status), err.message);
    if (err.status == WRT_ERR_TRAP) printf("  trap %d, %s\n", (int)err.trap, wrt_trap_name(err.trap));
    for (uint32_t i = 0; i < err.frame_count; i++) {
        wrt_frame frame = {.struct_size = sizeof frame};
        wrt_error_frame(&err, i, &frame);
        printf("  in %s\n", frame.func_name ? frame.func_name : "?");
    }
    wrt_error_clear(&err);
}

int main(int argc, char **argv) {
    const char *path = argc > 1 ? argv[1] : "examples/job.wat";
    wrt_engine *engine = NULL;
    wrt_module *module = NULL;
    wrt_store *store = NULL;
    wrt_type *type = NULL;
    wrt_instance *instance = NULL;
    wrt_extern *host = NULL, *sum = NULL, *average = NULL, *memory = NULL;
    char text[23] = "";

    int failed = wrt_engine_new(NULL, &engine, &err) != WRT_OK
        || wrt_module_from_file(engine, path, (size_t)-1, &module, &err) != WRT_OK
        || wrt_store_new(engine, NULL, NULL, &store, &err) != WRT_OK
        || wrt_type_parse(engine, "(func (param i32) (result i32))", (size_t)-1, &type, &err) != WRT_OK
        || wrt_func_new(store, type, twice, NULL, NULL, &host, &err) != WRT_OK
        || wrt_instance_new(store, module, (const wrt_extern *const *)&host, 1, &instance, &err) != WRT_OK
        || wrt_instance_export(instance, "sum", (size_t)-1, &sum, &err) != WRT_OK
        || wrt_instance_export(instance, "average", (size_t)-1, &average, &err) != WRT_OK
        || wrt_instance_export(instance, "memory", (size_t)-1, &memory, &err) != WRT_OK
        || wrt_memory_read(memory, 16, (uint8_t *)text, 22, &err) != WRT_OK;
    if (failed) {
        fprintf(stderr, "%s\n", err.message);
        wrt_error_clear(&err);
    } else {
        call(sum, "sum", 20, 2);
        printf("%s\n", text);
        call(sum, "sum", -1, 2);
        call(average, "average", 42, 0);
        wrt_close(store, &err);
        call(sum, "sum", 20, 2);
    }
    void *handles[] = {memory, average, sum, instance, host, type, store, module, engine};
    for (size_t i = 0; i < sizeof handles / sizeof *handles; i++) wrt_release(handles[i]);
    printf("%d objects are left\n", (int)wrt_live_count());
    return failed;
}
