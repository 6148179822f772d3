/* Decodes a source map with the WebAssembly module of npm's source-map package (or with vlq.wat, which has the same
 * exports). The library is opened while the program runs; from wrt.h it takes types only.
 *
 *     cc -std=c99 -I include examples/sourcemap.c -o sourcemap -ldl
 *     ./sourcemap libwrt.so mappings.wasm file.js.map
 */
#define _POSIX_C_SOURCE 199309L
#include <dlfcn.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <wrt.h>

/* The functions in use. Each becomes a pointer of its own type, under its name without the prefix. */
#define FUNCTIONS(each) \
    each(abi_check) each(engine_new) each(module_from_file) each(type_parse) each(store_new) each(func_new) \
    each(instance_new) each(instance_export) each(func_call) each(call_new) each(call_invoke) each(memory_write) \
    each(error_clear) each(release)
#define POINTER(name) __typeof__(wrt_##name) *name;
static struct { FUNCTIONS(POINTER) } wrt;

static wrt_error err;

static void fail(const char *what, const char *why) {
    fprintf(stderr, "%s: %s\n", what, why);
    exit(1);
}

static void check(int32_t status, const char *what) {
    if (status != WRT_OK) fail(what, err.message);
}

static void open_library(const char *path) {
    void *library = dlopen(path, RTLD_NOW);
    if (library == NULL) fail(path, dlerror());
/* ISO C has no cast from an object pointer to a function pointer; POSIX says that the bytes are the same. */
#define LOAD(name) { \
        void *found = dlsym(library, "wrt_" #name); \
        if (found == NULL) fail("wrt_" #name, dlerror()); \
        memcpy(&wrt.name, &found, sizeof found); \
    }
    FUNCTIONS(LOAD)
    check(wrt.abi_check(WRT_ABI_MAJOR, WRT_ABI_MINOR, &err), "the library");
}

/* What mapping_callback reports, in the order of its parameters. */
enum { LINE, COLUMN, HAS_LAST, LAST_COLUMN, HAS_ORIGINAL, SOURCE, ORIGINAL_LINE, ORIGINAL_COLUMN, HAS_NAME, NAME, FIELDS };
struct report {
    size_t count;
    int32_t first[5][FIELDS];
};

static int32_t mapping_callback(void *env, wrt_caller *caller, wrt_val *slots, size_t nslots, wrt_error *error) {
    struct report *report = env;
    (void)caller, (void)nslots, (void)error;
    /* An i32 is the low half of its slot; what stands above it says nothing. */
    for (size_t i = 0; i < FIELDS && report->count < sizeof report->first / sizeof *report->first; i++)
        report->first[report->count][i] = (int32_t)slots[i].lo;
    report->count++;
    return WRT_OK;
}

static char *read_file(const char *path) {
    FILE *file = fopen(path, "rb");
    char *text = NULL;
    size_t len = 0, room = 0, got;
    if (file == NULL) fail(path, "cannot be opened");
    do {
        if (len + 1 >= room && (text = realloc(text, room = 2 * room + 4096)) == NULL) fail(path, "too large");
        got = fread(text + len, 1, room - len - 1, file);
        len += got;
    } while (got > 0);
    fclose(file);
    text[len] = 0;
    return text;
}

/* Calls a function that takes and returns 32-bit integers. */
static int32_t call(wrt_instance *instance, const char *name, size_t nargs, int32_t arg, size_t nresults) {
    wrt_func *func = NULL;
    wrt_val value = {(uint32_t)arg, 0}, result = {0, 0};
    check(wrt.instance_export(instance, name, strlen(name), &func, &err), name);
    check(wrt.func_call(func, &value, nargs, &result, nresults, &err), name);
    wrt.release(func);
    return (int32_t)result.lo;
}

static double now(void) {
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    return (double)at.tv_sec * 1e9 + (double)at.tv_nsec;
}

int main(int argc, char **argv) {
    static const char type_text[] = "(func (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32))";
    struct report report = {0};
    wrt_engine *engine = NULL;
    wrt_module *module = NULL;
    wrt_store *store = NULL;
    wrt_type *type = NULL;
    wrt_func *callback = NULL, *by_location = NULL;
    wrt_memory *memory = NULL;
    wrt_instance *instance = NULL;
    wrt_call *prepared = NULL;
    const wrt_extern *imports[1];
    double best = 1e18;

    if (argc != 4) fail(argv[0], "three arguments, please: libwrt.so, mappings.wasm, a source map");
    open_library(argv[1]);

    check(wrt.engine_new(NULL, &engine, &err), "engine");
    check(wrt.module_from_file(engine, argv[2], strlen(argv[2]), &module, &err), argv[2]);
    check(wrt.store_new(engine, NULL, NULL, &store, &err), "store");
    check(wrt.type_parse(engine, type_text, sizeof type_text - 1, &type, &err), "type");
    check(wrt.func_new(store, type, mapping_callback, &report, NULL, &callback, &err), "mapping_callback");
    imports[0] = callback;
    check(wrt.instance_new(store, module, imports, 1, &instance, &err), "instance");
    check(wrt.instance_export(instance, "memory", 6, &memory, &err), "memory");

    /* A quote within a JSON text has a backslash before it, so this cannot be part of one. */
    char *map = read_file(argv[3]), *text = strstr(map, "\"mappings\":\"");
    if (text == NULL) fail(argv[3], "has no mappings");
    text += strlen("\"mappings\":\"");
    size_t len = strcspn(text, "\"");

    int32_t address = call(instance, "allocate_mappings", 1, (int32_t)len, 1);
    check(wrt.memory_write(memory, (uint32_t)address, (const uint8_t *)text, len, &err), "memory");
    int32_t mappings = call(instance, "parse_mappings", 1, address, 1);
    if (mappings == 0) fail(argv[3], "the mappings are malformed");

    check(wrt.instance_export(instance, "by_generated_location", 21, &by_location, &err), "by_generated_location");
    check(wrt.call_new(by_location, &prepared, &err), "by_generated_location");
    for (int round = 0; round < 20; round++) {
        wrt_val slot = {(uint32_t)mappings, 0};
        double start = now();
        report.count = 0;
        check(wrt.call_invoke(prepared, &slot, 1, &err), "by_generated_location");
        if (now() - start < best) best = now() - start;
    }

    printf("%zu mappings, %.1f ns each\n", report.count, report.count ? best / (double)report.count : 0.0);
    for (size_t i = 0; i < report.count && i < sizeof report.first / sizeof *report.first; i++) {
        const int32_t *m = report.first[i];
        printf("%" PRId32 ":%" PRId32, m[LINE] + 1, m[COLUMN]);
        if (m[HAS_ORIGINAL]) printf(" is %" PRId32 ":%" PRId32 " of source %" PRId32, m[ORIGINAL_LINE] + 1, m[ORIGINAL_COLUMN], m[SOURCE]);
        if (m[HAS_NAME]) printf(", name %" PRId32, m[NAME]);
        putchar('\n');
    }

    call(instance, "free_mappings", 1, mappings, 0);
    free(map);
    void *handles[] = {prepared, by_location, memory, instance, callback, type, store, module, engine};
    for (size_t i = 0; i < sizeof handles / sizeof *handles; i++) wrt.release(handles[i]);
    wrt.error_clear(&err);
    return 0;
}
