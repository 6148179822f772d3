/* References, closing, and buffers. */
#include "check.h"

/* A handle whatever else there is: what an error carries. */
static void *some_handle(void) {
  wrt_error made = {0};
  CHECK(wrt_error_set(&made, WRT_ERR_HOST, "made", (size_t)-1) == WRT_OK);
  return made.fault;
}

static void references(void) {
  void *handle = some_handle();
  CHECK(wrt_live_count() == 1);
  CHECK_TEXT(wrt_handle_type(handle), "fault");
  CHECK(wrt_retain(handle) == handle);
  CHECK(wrt_live_count() == 1);
  wrt_release(handle);
  CHECK(wrt_live_count() == 1);
  CHECK_TEXT(wrt_handle_type(handle), "fault");
  wrt_release(handle);
  CHECK(wrt_live_count() == 0);
}

static void closing(void) {
  void *handle = some_handle();
  CHECK_OK(wrt_close(handle, &error));
  CHECK_OK(wrt_close(handle, &error));
  CHECK(wrt_close(handle, NULL) == WRT_OK);
  CHECK_TEXT(wrt_handle_type(handle), "fault");
  wrt_release(handle);
}

static void nothing(void) {
  CHECK(wrt_retain(NULL) == NULL);
  CHECK(wrt_handle_type(NULL) == NULL);
  wrt_release(NULL);
  CHECK_FAILS(wrt_close(NULL, &error), WRT_ERR_ARGUMENT, "handle is NULL");
}

static void not_a_handle(void) {
  /* Memory of our own in which no object begins: refused, as far as a look at it can tell. */
  uint64_t words[4] = {0, 0, 0, 0};
  CHECK(wrt_retain(words) == NULL);
  CHECK(wrt_handle_type(words) == NULL);
  wrt_release(words);
  CHECK_FAILS(wrt_close(words, &error), WRT_ERR_ARGUMENT, "not a handle");
}

static void buffers(void) {
  const uint8_t data[] = {'a', 0, 'b'};
  wrt_bytes bytes = {0};
  wrt_bytes empty = {0};
  CHECK_OK(wrt_bytes_copy(data, sizeof data, &bytes, &error));
  CHECK(bytes.len == 3 && memcmp(bytes.data, data, 3) == 0);
  CHECK(bytes.data != data && bytes.data[3] == 0);
  CHECK(wrt_live_count() == 1);
  wrt_bytes_free(&bytes);
  CHECK(bytes.data == NULL && bytes.len == 0 && bytes.owner == NULL);
  CHECK(wrt_live_count() == 0);
  wrt_bytes_free(&bytes);
  wrt_bytes_free(&empty);
  wrt_bytes_free(NULL);

  CHECK_OK(wrt_bytes_copy(NULL, 0, &bytes, &error));
  CHECK(bytes.data != NULL && bytes.len == 0 && bytes.data[0] == 0);
  wrt_bytes_free(&bytes);

  CHECK_FAILS(wrt_bytes_copy(NULL, 1, &bytes, &error), WRT_ERR_ARGUMENT, "data is NULL, but its length is 1");
  CHECK_FAILS(wrt_bytes_copy(data, (size_t)-1, &bytes, &error), WRT_ERR_ARGUMENT, "data has the impossible length");
  CHECK_FAILS(wrt_bytes_copy(data, 1, NULL, &error), WRT_ERR_ARGUMENT, "out is NULL");
  CHECK(bytes.data == NULL && bytes.owner == NULL);
}

int main(void) {
  references();
  closing();
  nothing();
  not_a_handle();
  buffers();
  return check_done();
}
