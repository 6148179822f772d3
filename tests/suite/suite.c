/* Runs one program of the official test suite of WASI, as tests/suite.rs says:
 *
 *   suite PROGRAM [--env NAME VALUE]... [--dir HOST GUEST]... -- [ARGUMENT]...
 *
 * It writes what the program writes, and ends as that does; with 125 and a line on stderr when anything else ends it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wrt.h"

#define TEXT(text) (text), (size_t)-1

/* No program of the suite takes a second. */
static const uint64_t TIMEOUT = 60000000000;

static wrt_error error;

static void must(int32_t status) {
  if (status != WRT_OK) {
    fprintf(stderr, "%s: %s\n", wrt_status_name(status), error.message);
    exit(125);
  }
}

static int32_t put(void *stream, const uint8_t *data, size_t len, wrt_error *failure) {
  if (fwrite(data, 1, len, stream) != len) {
    return wrt_error_set(failure, WRT_ERR_IO, TEXT("the output is closed")) == WRT_OK ? WRT_ERR_IO : WRT_ERR_OTHER;
  }
  return WRT_OK;
}

/* What the arguments from the second one on say. */
static wrt_wasi *given(char **argv) {
  wrt_wasi *wasi = NULL;
  const char *name = strrchr(argv[1], '/');
  char **at = argv + 2;
  must(wrt_wasi_new(&wasi, &error));
  for (; *at != NULL && strcmp(*at, "--") != 0; at += 3) {
    if (at[1] != NULL && at[2] != NULL && strcmp(*at, "--env") == 0) {
      must(wrt_wasi_env(wasi, TEXT(at[1]), TEXT(at[2]), &error));
    } else if (at[1] != NULL && at[2] != NULL && strcmp(*at, "--dir") == 0) {
      must(wrt_wasi_preopen(wasi, TEXT(at[1]), TEXT(at[2]), WRT_PERM_READ_WRITE, &error));
    } else {
      fprintf(stderr, "%s is not understood\n", *at);
      exit(125);
    }
  }
  must(wrt_wasi_arg(wasi, TEXT(name == NULL ? argv[1] : name + 1), &error));
  for (at += *at != NULL; *at != NULL; at++) {
    must(wrt_wasi_arg(wasi, TEXT(*at), &error));
  }
  must(wrt_wasi_output_callback(wasi, 1, put, stdout, NULL, &error));
  must(wrt_wasi_output_callback(wasi, 2, put, stderr, NULL, &error));
  return wasi;
}

static wrt_engine *new_engine(void) {
  wrt_config *config = NULL;
  wrt_engine *engine = NULL;
  must(wrt_config_new(&config, &error));
  must(wrt_config_set(config, TEXT("epoch_interruption"), TEXT("true"), &error));
  must(wrt_engine_new(config, &engine, &error));
  wrt_release(config);
  return engine;
}

int main(int argc, char **argv) {
  wrt_engine *engine;
  wrt_module *module = NULL;
  wrt_store *store = NULL;
  wrt_linker *linker = NULL;
  wrt_instance *instance = NULL;
  wrt_wasi *wasi;
  int32_t status;
  int32_t code = 0;
  if (argc < 2) {
    fprintf(stderr, "usage: suite PROGRAM [--env NAME VALUE]... [--dir HOST GUEST]... -- [ARGUMENT]...\n");
    return 125;
  }
  wasi = given(argv);
  engine = new_engine();
  must(wrt_module_from_file(engine, TEXT(argv[1]), &module, &error));
  must(wrt_store_new(engine, NULL, NULL, &store, &error));
  must(wrt_store_set_timeout(store, TIMEOUT, &error));
  must(wrt_store_set_wasi(store, wasi, &error));
  must(wrt_linker_new(engine, &linker, &error));
  must(wrt_linker_define_wasi(linker, WRT_WASI_P1, &error));
  must(wrt_linker_instantiate(linker, store, module, &instance, &error));
  status = wrt_instance_run(instance, &error);
  if (status == WRT_ERR_EXIT) {
    code = error.exit_code;
    wrt_error_clear(&error);
  } else {
    must(status);
  }
  wrt_release(instance);
  wrt_release(linker);
  wrt_release(store);
  wrt_release(module);
  wrt_release(engine);
  wrt_release(wasi);
  if (wrt_live_count() != 0) {
    fprintf(stderr, "%lu objects are still alive\n", (unsigned long)wrt_live_count());
    return 125;
  }
  return code;
}
