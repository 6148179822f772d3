/* The error struct, in both directions. */
#include "wasm.h"

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
  CHECK_TEXT(mine.message, "the host function gave no message");
  CHECK(wrt_error_set_payload(&mine, 2, NULL) == WRT_OK);
  CHECK(dropped == 2 && dropped_with == (void *)1 && wrt_error_payload(&mine) == 2);
  wrt_error_clear(&mine);
  CHECK(dropped == 2);

  CHECK(wrt_error_set_payload(NULL, 3, on_drop) == WRT_ERR_ARGUMENT);
  CHECK(dropped == 2);
}

static void traps_have_frames(void) {
  wrt_engine *engine = new_engine();
  wrt_store *store = new_store(engine);
  wrt_instance *instance = new_instance(store,
                                          "(module $shop"
                                          "  (func $divide (param i32) (result i32) i32.const 7 local.get 0 i32.div_s)"
                                          "  (func $\"caf\xc3\xa9\" (export \"run\") (result i32) i32.const 0 call $divide))");
  wrt_func *run = export_of(instance, "run");
  wrt_val result = {0x5a5a, 0x5a5a};
  wrt_bytes json = {0};
  wrt_frame frame;
  CHECK_FAILS(wrt_func_call(run, NULL, 0, &result, 1, &error), WRT_ERR_TRAP, "integer divide by zero");
  CHECK(result.lo == 0x5a5a && result.hi == 0x5a5a);
  CHECK(error.trap == WRT_TRAP_INTEGER_DIVISION_BY_ZERO);
  CHECK(strchr(error.message, '\n') == NULL);
  CHECK(error.frame_count == 2);

  frame.struct_size = sizeof frame;
  CHECK(wrt_error_frame(&error, 0, &frame) == WRT_OK);
  CHECK(frame.struct_size == sizeof frame);
  CHECK(frame.func_index == 0 && frame.inline_depth == 0);
  CHECK_TEXT(frame.module_name, "shop");
  CHECK_TEXT(frame.func_name, "divide");
  CHECK(frame.file == NULL && frame.line == 0 && frame.column == 0);
  CHECK(frame.module_offset != UINT64_MAX && frame.func_offset < frame.module_offset);
  CHECK(wrt_error_frame(&error, 1, &frame) == WRT_OK);
  CHECK(frame.func_index == 1);
  CHECK_TEXT(frame.func_name, "caf\xc3\xa9");
  CHECK(wrt_error_frame(&error, 2, &frame) == WRT_ERR_NOT_FOUND);
  CHECK(wrt_error_frame(&error, (size_t)-1, &frame) == WRT_ERR_NOT_FOUND);

  /* A program that was built with a smaller struct keeps what lies behind it; a forgotten size is an error. */
  memset(&frame, 0x5a, sizeof frame);
  frame.struct_size = offsetof(wrt_frame, module_offset);
  CHECK(wrt_error_frame(&error, 0, &frame) == WRT_OK);
  CHECK(frame.func_index == 0 && frame.module_offset == 0x5a5a5a5a5a5a5a5aULL);
  frame.struct_size = 0;
  CHECK(wrt_error_frame(&error, 0, &frame) == WRT_ERR_ARGUMENT);
  CHECK(wrt_error_frame(&error, 0, NULL) == WRT_ERR_ARGUMENT);

  CHECK(wrt_error_json(&error, &json) == WRT_OK);
  CHECK(strstr((const char *)json.data, "\"func_name\":\"caf\xc3\xa9\"") != NULL);
  wrt_bytes_free(&json);

  wrt_release(run);
  wrt_release(instance);
  wrt_release(store);
  wrt_release(engine);
}

/* The error outlives everything it came from. */
static void errors_live_alone(void) {
  wrt_error kept = {0};
  wrt_frame frame;
  wrt_engine *engine = new_engine();
  wrt_store *store = new_store(engine);
  wrt_instance *instance = new_instance(store, "(module (func $f (export \"run\") unreachable))");
  wrt_func *run = export_of(instance, "run");
  CHECK(wrt_func_call(run, NULL, 0, NULL, 0, &kept) == WRT_ERR_TRAP);
  wrt_release(run);
  wrt_release(instance);
  wrt_release(store);
  wrt_release(engine);
  CHECK(kept.trap == WRT_TRAP_UNREACHABLE && strstr(kept.message, "unreachable") != NULL);
  frame.struct_size = sizeof frame;
  CHECK(wrt_error_frame(&kept, 0, &frame) == WRT_OK);
  CHECK_TEXT(frame.func_name, "f");
  CHECK(wrt_live_count() == 1);
  wrt_error_clear(&kept);
}

int main(void) {
  success_writes_the_status_only();
  failures_are_described();
  nothing_is_an_error_too();
  hosts_write_text();
  hosts_trap_and_exit();
  payloads_are_dropped_once();
  traps_have_frames();
  errors_live_alone();
  return check_done();
}
