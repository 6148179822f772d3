/* WASI programs: the guests of tests/wasi/, each in a store of its own. Comes before all other headers.
 *
 * Whoever gets a pointer from a function here owns it, as with wasm.h.
 */
#ifndef PROGRAM_H
#define PROGRAM_H

#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif
#include <dirent.h>
#include <pthread.h>
#include <time.h>

#include "wasm.h"

/* ===== Bells: what wakes a thread that polls, rung by any other ===== */

typedef struct {
  pthread_mutex_t lock;
  pthread_cond_t heard;
  int rings;
  /* How many of them were listened to. */
  int known;
} bell;

static inline void bell_init(bell *at) {
  CHECK(pthread_mutex_init(&at->lock, NULL) == 0 && pthread_cond_init(&at->heard, NULL) == 0);
  at->rings = 0;
  at->known = 0;
}

static inline int32_t ring(void *env) {
  bell *at = env;
  pthread_mutex_lock(&at->lock);
  at->rings++;
  pthread_cond_broadcast(&at->heard);
  pthread_mutex_unlock(&at->lock);
  return 0;
}

/* How often it has rung since this was last asked. */
static inline int rings(bell *at) {
  int count;
  pthread_mutex_lock(&at->lock);
  count = at->rings - at->known;
  at->known = at->rings;
  pthread_mutex_unlock(&at->lock);
  return count;
}

/* Waits until it has rung since it was last listened to. */
static inline void listen_to(bell *at) {
  pthread_mutex_lock(&at->lock);
  while (at->rings == at->known) {
    pthread_cond_wait(&at->heard, &at->lock);
  }
  at->known = at->rings;
  pthread_mutex_unlock(&at->lock);
}

/* ===== Guests ===== */

/* A program of tests/wasi/, compiled and linked once for any store. */
typedef struct {
  const wrt_engine *engine;
  wrt_prelink *prelink;
} guest;

/* Where a file of the guests is: this one lies beside their folder. */
static inline const char *guest_file(const char *name, const char *extension) {
  static char path[4096];
  const char *end = strrchr(__FILE__, '/');
  const int len = end == NULL ? 1 : (int)(end - __FILE__);
  CHECK(snprintf(path, sizeof path, "%.*s/../wasi/%s%s", len, end == NULL ? "." : __FILE__, name, extension) < 4096);
  return path;
}

static inline wrt_module *module_of(const wrt_engine *engine, const char *name) {
  wrt_module *module = NULL;
  CHECK_OK(wrt_module_from_file(engine, TEXT(guest_file(name, ".wasm")), &module, &error));
  return module;
}

/* A linker that has WASI and nothing else. */
static inline wrt_linker *new_wasi_linker(const wrt_engine *engine) {
  wrt_linker *linker = NULL;
  CHECK_OK(wrt_linker_new(engine, &linker, &error));
  CHECK_OK(wrt_linker_define_wasi(linker, WRT_WASI_P1, &error));
  return linker;
}

static inline guest new_guest(const wrt_engine *engine, const char *name) {
  guest made = {NULL, NULL};
  wrt_module *module = module_of(engine, name);
  wrt_linker *linker = new_wasi_linker(engine);
  made.engine = engine;
  CHECK_OK(wrt_linker_prelink(linker, module, &made.prelink, &error));
  wrt_release(linker);
  wrt_release(module);
  return made;
}

static inline void free_guest(guest *of) {
  wrt_release(of->prelink);
  of->prelink = NULL;
}

/* ===== What they are given ===== */

/* Settings with these arguments, which spaces divide. The first is the program's name. */
static inline wrt_wasi *new_wasi(const char *args) {
  wrt_wasi *wasi = NULL;
  CHECK_OK(wrt_wasi_new(&wasi, &error));
  while (*args != 0) {
    const size_t len = strcspn(args, " ");
    CHECK_OK(wrt_wasi_arg(wasi, args, len, &error));
    args += len + strspn(args + len, " ");
  }
  return wasi;
}

/* The same, and stdout and stderr are kept. */
static inline wrt_wasi *new_kept(const char *args) {
  wrt_wasi *wasi = new_wasi(args);
  CHECK_OK(wrt_wasi_output_capture(wasi, 1, 1 << 20, 0, &error));
  CHECK_OK(wrt_wasi_output_capture(wasi, 2, 1 << 20, 0, &error));
  return wasi;
}

static inline void give_pipe(const wrt_wasi *wasi, int32_t fd, const wrt_pipe *pipe) {
  CHECK_OK(wrt_wasi_pipe(wasi, fd, pipe, &error));
}

static inline void set_option(const wrt_wasi *wasi, const char *key, const char *value) {
  CHECK_OK(wrt_wasi_set(wasi, TEXT(key), TEXT(value), &error));
}

/* ===== Programs ===== */

/* A guest in its store, and the task that runs it, if one does. */
typedef struct {
  wrt_store *store;
  wrt_instance *instance;
  wrt_task *task;
} program;

/* Loads a guest into a store of its own; without settings nothing is given to it. */
static inline program load(const guest *of, const wrt_wasi *wasi) {
  program made = {NULL, NULL, NULL};
  made.store = new_store(of->engine);
  if (wasi != NULL) {
    CHECK_OK(wrt_store_set_wasi(made.store, wasi, &error));
  }
  CHECK_OK(wrt_prelink_instantiate(of->prelink, made.store, &made.instance, &error));
  return made;
}

/* Loads a guest into the same store, in place of the program that is over. */
static inline void load_again(program *at, const guest *of) {
  wrt_release(at->task);
  wrt_release(at->instance);
  at->task = NULL;
  at->instance = NULL;
  CHECK_OK(wrt_prelink_instantiate(of->prelink, at->store, &at->instance, &error));
}

/* Begins a program as a task, which rings the bell, if there is one. The settings are released. */
static inline program start_with(const guest *of, wrt_wasi *wasi, bell *woken) {
  program made = load(of, wasi);
  wrt_func *func = export_of(made.instance, "_start");
  wrt_call *call = new_call(func);
  CHECK_OK(wrt_call_start(call, NULL, 0, woken == NULL ? NULL : ring, woken, &made.task, &error));
  wrt_release(call);
  wrt_release(func);
  wrt_release(wasi);
  return made;
}

static inline program start_program(const guest *of, wrt_wasi *wasi) {
  return start_with(of, wasi, NULL);
}

/* What a program came to that is done: `WRT_OK`, or the status of what ended it, which stays in `error`. */
static inline int32_t outcome_of(const program *of) {
  wrt_error_clear(&error);
  return wrt_task_results(of->task, NULL, 0, &error);
}

/* Frees a program, and what its store has open. */
static inline void end_program(program *of) {
  wrt_release(of->task);
  wrt_release(of->instance);
  wrt_release(of->store);
  of->task = NULL;
  of->instance = NULL;
  of->store = NULL;
}

/* What was kept of an output since the last time is this text. */
static inline void check_output(const wrt_store *store, int32_t fd, const char *expected) {
  wrt_bytes found = {0};
  CHECK_OK(wrt_store_take_output(store, fd, &found, &error));
  check_bytes(&found, expected);
}

/* Runs a guest to its end, which is this status: 0, or that of WRT_ERR_EXIT. What it writes to stdout is this text. The
   settings are released. */
static inline void check_run(const guest *of, wrt_wasi *wasi, int32_t status, const char *expected) {
  program run = load(of, wasi);
  CHECK_STATUS(wrt_instance_run(run.instance, &error), status == 0 ? WRT_OK : WRT_ERR_EXIT);
  CHECK(status == 0 || error.exit_code == status);
  check_output(run.store, 1, expected);
  end_program(&run);
  wrt_release(wasi);
}

/* ===== What else there is to compare ===== */

/* What README.md of the guests says that one prints: the block of text after this heading. */
static inline const char *described(const char *heading) {
  static char readme[65536];
  static char title[64];
  char *begin, *end;
  FILE *file = fopen(guest_file("README", ".md"), "rb");
  CHECK(file != NULL);
  readme[fread(readme, 1, sizeof readme - 1, file)] = 0;
  CHECK(fclose(file) == 0 && snprintf(title, sizeof title, "\n## %s\n", heading) < (int)sizeof title);
  begin = strstr(readme, title);
  begin = begin == NULL ? NULL : strstr(begin, "\n```text\n");
  end = begin == NULL ? NULL : strstr(begin + 9, "```");
  if (end == NULL) {
    check_failed(__FILE__, __LINE__, "README.md of the guests has no text", heading);
    return "";
  }
  *end = 0;
  return begin + 9;
}

/* How many files this process has open. */
static inline int open_files(void) {
  struct dirent *entry;
  int count = 0;
  DIR *folder = opendir("/proc/self/fd");
  CHECK(folder != NULL);
  while ((entry = readdir(folder)) != NULL) {
    count += entry->d_name[0] != '.';
  }
  CHECK(closedir(folder) == 0);
  return count - 1;
}

#endif
