/* What every C test uses. A check that fails says where, and ends the program.
 *
 * The checks of calls use the variable `error` in scope: the one below, or a thread's own.
 */
#ifndef CHECK_H
#define CHECK_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wrt.h"

static wrt_error error;

/* The condition holds. */
#define CHECK(condition) ((condition) ? (void)0 : check_failed(__FILE__, __LINE__, #condition, NULL))

/* The call, which gets `&error`, succeeds. */
#define CHECK_OK(call) (wrt_error_clear(&error), check_status(__FILE__, __LINE__, #call, WRT_OK, (call), &error))

/* The call, which gets `&error`, fails with this status; the message stays in `error` until the next check of a call. */
#define CHECK_STATUS(call, status) \
  (wrt_error_clear(&error), check_status(__FILE__, __LINE__, #call, (status), (call), &error))

/* The message of `error` holds this text. */
#define CHECK_MESSAGE(text) check_message(__FILE__, __LINE__, &error, (text))

/* Both: the call fails, and the message says why. */
#define CHECK_FAILS(call, status, text) (CHECK_STATUS(call, status), CHECK_MESSAGE(text))

/* Two texts are equal. */
#define CHECK_TEXT(found, expected) check_text(__FILE__, __LINE__, #found, (found), (expected))

static inline void check_failed(const char *file, int line, const char *what, const char *found) {
  fprintf(stderr, "%s:%d: %s", file, line, what);
  if (found != NULL) {
    fprintf(stderr, ": %s", found);
  }
  fprintf(stderr, "\n");
  exit(1);
}

static inline void check_status(const char *file, int line, const char *call, int32_t expected, int32_t status,
                                const wrt_error *seen) {
  if (status != expected) {
    fprintf(stderr, "expected status %s, found %s\n", wrt_status_name(expected), wrt_status_name(status));
    check_failed(file, line, call, seen->message);
  }
  if (seen->status != status) {
    check_failed(file, line, call, "the error has another status than the call");
  }
  if (status != WRT_OK && (seen->message == NULL || strlen(seen->message) != seen->message_len)) {
    check_failed(file, line, call, "the error has no message of its length");
  }
}

static inline void check_message(const char *file, int line, const wrt_error *seen, const char *text) {
  if (seen->message == NULL || strstr(seen->message, text) == NULL) {
    check_failed(file, line, text, seen->message == NULL ? "there is no message" : seen->message);
  }
}

static inline void check_text(const char *file, int line, const char *what, const char *found, const char *expected) {
  if (found == NULL || strcmp(found, expected) != 0) {
    check_failed(file, line, what, found == NULL ? "(null)" : found);
  }
}

/* Frees the bytes, which must hold this text. */
static inline void check_bytes(wrt_bytes *bytes, const char *expected) {
  check_text(__FILE__, __LINE__, "bytes", (const char *)bytes->data, expected);
  CHECK(bytes->len == strlen(expected));
  wrt_bytes_free(bytes);
}

/* An engine with the default settings. */
static inline wrt_engine *check_engine(void) {
  wrt_engine *engine = NULL;
  CHECK_OK(wrt_engine_new(NULL, &engine, &error));
  return engine;
}

/* A store of this engine, without data. */
static inline wrt_store *check_store(const wrt_engine *engine) {
  wrt_store *store = NULL;
  CHECK_OK(wrt_store_new(engine, NULL, NULL, &store, &error));
  return store;
}

/* A type, written in WAT. */
static inline wrt_type *check_type(const wrt_engine *engine, const char *wat) {
  wrt_type *type = NULL;
  CHECK_OK(wrt_type_parse(engine, wat, (size_t)-1, &type, &error));
  return type;
}

/* A module, written in WAT. */
static inline wrt_module *check_module(const wrt_engine *engine, const char *wat) {
  wrt_module *module = NULL;
  CHECK_OK(wrt_module_new(engine, (const uint8_t *)wat, strlen(wat), &module, &error));
  return module;
}

/* An instance of a module without imports, written in WAT. */
static inline wrt_instance *check_instance(const wrt_store *store, const char *wat) {
  wrt_engine *engine = NULL;
  wrt_module *module;
  wrt_instance *instance = NULL;
  CHECK_OK(wrt_store_engine(store, &engine, &error));
  module = check_module(engine, wat);
  CHECK_OK(wrt_instance_new(store, module, NULL, 0, &instance, &error));
  wrt_release(module);
  wrt_release(engine);
  return instance;
}

/* An export, a new handle. */
static inline wrt_extern *check_export(const wrt_instance *instance, const char *name) {
  wrt_extern *item = NULL;
  CHECK_OK(wrt_instance_export(instance, name, (size_t)-1, &item, &error));
  return item;
}

/* The last line of a test: everything was released. */
static inline int check_done(void) {
  wrt_error_clear(&error);
  if (wrt_live_count() != 0) {
    fprintf(stderr, "%lu objects are still alive\n", (unsigned long)wrt_live_count());
    return 1;
  }
  printf("ok\n");
  return 0;
}

#endif
