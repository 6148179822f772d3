/* The error struct, in both directions. */
#include "check.h"

static int dropped;
static void *dropped_with;

static void on_drop(void *env) {
  dropped++;
  dropped_with = env;
}

static void success_writes_the_status_only(void) {
  wrt_error seen;
  memset(&seen, 0x5a, sizeof seen);
  CHECK(wrt_abi_check(WRT_ABI_MAJOR, WRT_ABI_MINOR, &seen) == WRT_OK);
  CHECK(seen.status == WRT_OK && seen.trap == 0x5a5a5a5a && seen.message_len == (size_t)0x5a5a5a5a5a5a5a5aULL);
}

static void failures_are_described(void) {
  wrt_bytes json = {0};
  CHECK_STATUS(wrt_abi_check(9, 9, &error), WRT_ERR_ABI);
  CHECK(error.trap == -1 && error.exit_code == 0 && error.frame_count == 0);
  CHECK(error.fault != NULL);
  CHECK(wrt_error_json(&error, &json) == WRT_OK);
  CHECK(strstr((const char *)json.data, "\"status\":26,\"status_name\":\"abi\"") != NULL);
  CHECK(strstr((const char *)json.data, "\"trap\":null") != NULL);
  wrt_bytes_free(&json);

  wrt_error_clear(&error);
  CHECK(error.status == 0 && error.trap == 0 && error.message == NULL && error.message_len == 0 && error.fault == NULL);
  wrt_error_clear(&error);
  wrt_error_clear(NULL);
}

static void nothing_is_an_error_too(void) {
  const wrt_error zeroed = {0};
  wrt_bytes json = {0};
  wrt_frame frame;
  CHECK(wrt_error_json(&zeroed, &json) == WRT_OK);
  CHECK(strstr((const char *)json.data, "\"status\":0,\"status_name\":\"ok\"") != NULL);
  wrt_bytes_free(&json);
  CHECK(wrt_error_json(NULL, &json) == WRT_ERR_ARGUMENT);
  CHECK(wrt_error_json(&zeroed, NULL) == WRT_ERR_ARGUMENT);
  frame.struct_size = sizeof frame;
  CHECK(wrt_error_frame(&zeroed, 0, &frame) == WRT_ERR_NOT_FOUND);
  CHECK(wrt_error_frame(NULL, 0, &frame) == WRT_ERR_ARGUMENT);
  CHECK(wrt_error_payload(&zeroed) == 0 && wrt_error_payload(NULL) == 0);
  CHECK_FAILS(wrt_error_coredump(&zeroed, &json, &error), WRT_ERR_NOT_FOUND, "coredump_on_trap");
}

static void hosts_write_text(void) {
  wrt_error mine = {0};
  CHECK(wrt_error_set(&mine, WRT_ERR_LIMIT, "so much: caf\xc3\xa9", (size_t)-1) == WRT_OK);
  CHECK_TEXT(mine.message, "so much: caf\xc3\xa9");
  CHECK(mine.status == WRT_ERR_LIMIT && mine.message_len == strlen("so much: caf\xc3\xa9"));
  CHECK(wrt_error_set(&mine, WRT_ERR_IO, "disk full, really", 9) == WRT_OK);
  CHECK_TEXT(mine.message, "disk full");
  CHECK(mine.status == WRT_ERR_IO);
  /* Half of a character, and a status that is none of ours. */
  CHECK(wrt_error_set(&mine, WRT_ERR_IO, "caf\xc3\xa9", 4) == WRT_ERR_ARGUMENT);
  CHECK_TEXT(mine.message, "disk full");
  CHECK(wrt_error_set(&mine, 77, "", 0) == WRT_OK);
  CHECK(mine.status == WRT_ERR_HOST && mine.message_len == 0);
  CHECK(wrt_error_set(NULL, WRT_ERR_IO, "", 0) == WRT_ERR_ARGUMENT);
  CHECK(wrt_error_set(&mine, WRT_ERR_IO, NULL, 3) == WRT_ERR_ARGUMENT);
  CHECK(wrt_error_set(&mine, WRT_ERR_IO, NULL, (size_t)-1) == WRT_ERR_ARGUMENT);
  wrt_error_clear(&mine);
}

static void hosts_trap_and_exit(void) {
  wrt_error mine = {0};
  wrt_bytes json = {0};
  CHECK(wrt_error_set_trap(&mine, WRT_TRAP_UNREACHABLE) == WRT_OK);
  CHECK(mine.status == WRT_ERR_TRAP && mine.trap == WRT_TRAP_UNREACHABLE);
  CHECK(strstr(mine.message, "unreachable") != NULL);
  CHECK(wrt_error_json(&mine, &json) == WRT_OK);
  CHECK(strstr((const char *)json.data, "\"trap\":9,\"trap_name\":\"unreachable\"") != NULL);
  wrt_bytes_free(&json);
  CHECK(wrt_error_set_trap(&mine, -1) == WRT_ERR_ARGUMENT);
  CHECK(wrt_error_set_trap(&mine, WRT_TRAP_UNCAUGHT_EXCEPTION + 1) == WRT_ERR_ARGUMENT);
  CHECK(wrt_error_set_trap(NULL, WRT_TRAP_UNREACHABLE) == WRT_ERR_ARGUMENT);
  wrt_error_clear(&mine);

  CHECK(wrt_error_set_exit(&mine, 42) == WRT_OK);
  CHECK(mine.status == WRT_ERR_EXIT && mine.exit_code == 42);
  CHECK_TEXT(mine.message, "exit with code 42");
  CHECK(wrt_error_set_exit(NULL, 42) == WRT_ERR_ARGUMENT);
  wrt_error_clear(&mine);
}

static void payloads_are_dropped_once(void) {
  wrt_error mine = {0};
  void *kept;
  dropped = 0;
  CHECK(wrt_error_set(&mine, WRT_ERR_HOST, "with a number", (size_t)-1) == WRT_OK);
  CHECK(wrt_error_set_payload(&mine, 0x1234, on_drop) == WRT_OK);
  CHECK(wrt_error_payload(&mine) == 0x1234);
  CHECK_TEXT(mine.message, "with a number");
  /* Whoever keeps the fault keeps the payload. */
  kept = wrt_retain(mine.fault);
  wrt_error_clear(&mine);
  CHECK(dropped == 0 && wrt_error_payload(&mine) == 0);
  wrt_release(kept);
  CHECK(dropped == 1 && dropped_with == (void *)0x1234);

  /* A second payload replaces the first. */
  CHECK(wrt_error_set_payload(&mine, 1, on_drop) == WRT_OK);
  CHECK(mine.status == WRT_ERR_HOST);
  CHECK(wrt_error_set_payload(&mine, 2, NULL) == WRT_OK);
  CHECK(dropped == 2 && dropped_with == (void *)1 && wrt_error_payload(&mine) == 2);
  wrt_error_clear(&mine);
  CHECK(dropped == 2);

  CHECK(wrt_error_set_payload(NULL, 3, on_drop) == WRT_ERR_ARGUMENT);
  CHECK(dropped == 2);
}

int main(void) {
  success_writes_the_status_only();
  failures_are_described();
  nothing_is_an_error_too();
  hosts_write_text();
  hosts_trap_and_exit();
  payloads_are_dropped_once();
  return check_done();
}
