/* Programs of WASI from C: the five things that people do with them. Its argument is the folder with the programs. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wrt.h>

#define TEXT (size_t)-1 /* ends with a NUL */

static wrt_engine *engine;
static wrt_linker *linker;
static const char *folder;
static wrt_error err;

/* Ends the example when something fails that should not. */
static void must(int32_t status) {
    if (status != WRT_OK) {
        fprintf(stderr, "%s\n", err.message);
        exit(1);
    }
}

/* What a program is given: its arguments, and its output kept for us. */
static wrt_wasi *given(const char *const *args) {
    wrt_wasi *wasi;
    must(wrt_wasi_new(&wasi, &err));
    for (; *args != NULL; args++) {
        must(wrt_wasi_arg(wasi, *args, TEXT, &err));
    }
    must(wrt_wasi_output_capture(wasi, 1, 1 << 20, 0, &err));
    must(wrt_wasi_output_capture(wasi, 2, 4096, 1, &err));
    return wasi;
}

/* A program in a store of its own, ready to be called. */
static wrt_store *load(const char *name, const wrt_wasi *wasi, wrt_func **start) {
    char path[1024];
    wrt_module *module;
    wrt_store *store;
    wrt_instance *instance;
    snprintf(path, sizeof path, "%s/%s.wasm", folder, name);
    must(wrt_module_from_file(engine, path, TEXT, &module, &err));
    must(wrt_store_new(engine, NULL, NULL, &store, &err));
    must(wrt_store_set_wasi(store, wasi, &err));
    must(wrt_linker_instantiate(linker, store, module, &instance, &err));
    must(wrt_instance_export(instance, "_start", TEXT, start, &err));
    wrt_release(instance);
    wrt_release(module);
    return store;
}

/* Runs a program to its end, and prints what it wrote and how it ended. `timeout` is in nanoseconds, 0 for none. */
static void show(const char *name, wrt_wasi *wasi, uint64_t timeout) {
    wrt_func *start;
    wrt_bytes out;
    wrt_store *store = load(name, wasi, &start);
    must(wrt_store_set_timeout(store, timeout, &err));
    int32_t status = wrt_func_call(start, NULL, 0, NULL, 0, &err);
    int fd = status == WRT_ERR_EXIT ? 2 : 1;
    if (status != WRT_OK) {
        printf("%s: %s\n", name, err.message);
        wrt_error_clear(&err);
    }
    must(wrt_store_take_output(store, fd, &out, &err));
    printf("%s", (const char *)out.data);
    wrt_bytes_free(&out);
    wrt_release(start);
    wrt_release(store);
    wrt_release(wasi);
}

/* Writes a line to a program and reads its answer, while it runs whenever it can. */
static void ask(wrt_task *task, wrt_pipe *in, wrt_pipe *out, const char *line) {
    char answer[64];
    size_t written, len = 0, found = 0;
    int32_t state;
    must(wrt_pipe_write(in, (const uint8_t *)line, strlen(line), &written, &err));
    while (len == 0 || answer[len - 1] != '\n') {
        must(wrt_task_poll(task, &state, &err));
        must(wrt_pipe_read(out, (uint8_t *)answer + len, sizeof answer - len, &found, NULL, &err));
        len += found;
    }
    printf("upper: %.*s", (int)len, answer);
}

static void converse(void) {
    wrt_wasi *wasi = given((const char *const[]){"upper", NULL});
    wrt_pipe *in, *out;
    wrt_func *start;
    wrt_call *call;
    wrt_task *task;
    int32_t state;
    must(wrt_pipe_new(4096, &in, &err));
    must(wrt_pipe_new(4096, &out, &err));
    must(wrt_wasi_pipe(wasi, 0, in, &err));
    must(wrt_wasi_pipe(wasi, 1, out, &err));
    wrt_store *store = load("upper", wasi, &start);
    must(wrt_call_new(start, &call, &err));
    must(wrt_call_start(call, NULL, 0, NULL, NULL, &task, &err));
    ask(task, in, out, "hello\n");
    ask(task, in, out, "world\n");
    must(wrt_pipe_finish(in, &err));
    must(wrt_task_wait(task, UINT64_MAX, &state, &err));
    must(wrt_task_results(task, NULL, 0, &err));
    wrt_release(task);
    wrt_release(call);
    wrt_release(start);
    wrt_release(store);
    wrt_release(out);
    wrt_release(in);
    wrt_release(wasi);
}

int main(int argc, char **argv) {
    wrt_config *config;
    wrt_wasi *wasi;
    if (argc != 2) {
        fprintf(stderr, "usage: %s FOLDER\n", argv[0]);
        return 2;
    }
    folder = argv[1];
    must(wrt_config_new(&config, &err));
    must(wrt_config_set(config, "epoch_interruption", TEXT, "true", TEXT, &err));
    must(wrt_engine_new(config, &engine, &err));
    must(wrt_linker_new(engine, &linker, &err));
    must(wrt_linker_define_wasi(linker, WRT_WASI_P1, &err));

    /* Text goes through a tool. */
    wasi = given((const char *const[]){"count", NULL});
    must(wrt_wasi_stdin_bytes(wasi, (const uint8_t *)"one two\nthree\n", 14, &err));
    show("count", wasi, 0);

    /* A tool gets a folder, which it can read, and nothing outside of it. */
    wasi = given((const char *const[]){"cat", "/data/sched.c", NULL});
    must(wrt_wasi_preopen(wasi, folder, TEXT, "/data", TEXT, WRT_PERM_READ, &err));
    show("cat", wasi, 0);

    /* A tool that fails says why. */
    show("cat", given((const char *const[]){"cat", "/nowhere", NULL}), 0);

    /* A conversation. */
    converse();

    /* Limits. */
    show("spin", given((const char *const[]){"spin", NULL}), 100000000);

    wrt_release(linker);
    wrt_release(engine);
    wrt_release(config);
    wrt_error_clear(&err);
    return wrt_live_count() == 0 ? 0 : 1;
}
