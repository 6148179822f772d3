/* Versions, names of statuses and traps, the library's description of itself. */
#include "check.h"

static void versions(void) {
  char version[64];
  CHECK(wrt_abi_version() == (WRT_ABI_MAJOR << 16 | WRT_ABI_MINOR));
  sprintf(version, "%d.%d.%d", WRT_VERSION_MAJOR, WRT_VERSION_MINOR, WRT_VERSION_PATCH);
  CHECK_TEXT(wrt_version(), version);
  CHECK(strncmp(wrt_wasmtime_version(), "48.", 3) == 0);
  CHECK(wrt_version() == wrt_version());
}

static void abi(void) {
  CHECK_OK(wrt_abi_check(WRT_ABI_MAJOR, WRT_ABI_MINOR, &error));
  CHECK_FAILS(wrt_abi_check(WRT_ABI_MAJOR + 1, 0, &error), WRT_ERR_ABI, "the program needs ABI 2.0");
  CHECK_FAILS(wrt_abi_check(WRT_ABI_MAJOR, WRT_ABI_MINOR + 1, &error), WRT_ERR_ABI, "this library has 1.0");
  CHECK(wrt_abi_check(WRT_ABI_MAJOR + 1, 0, NULL) == WRT_ERR_ABI);
}

static void names(void) {
  int32_t i;
  CHECK_TEXT(wrt_status_name(WRT_OK), "ok");
  CHECK_TEXT(wrt_status_name(WRT_ERR_BOUNDS), "bounds");
  CHECK_TEXT(wrt_status_name(WRT_ERR_NOT_FOUND), "not_found");
  CHECK_TEXT(wrt_status_name(WRT_ERR_OTHER), "other");
  for (i = WRT_OK; i <= WRT_ERR_OTHER; i++) {
    CHECK(strcmp(wrt_status_name(i), "unknown") != 0);
    /* As identifiers have it: other languages make symbols of them. */
    CHECK(strspn(wrt_status_name(i), "abcdefghijklmnopqrstuvwxyz_") == strlen(wrt_status_name(i)));
  }
  CHECK_TEXT(wrt_status_name(WRT_ERR_OTHER + 1), "unknown");
  CHECK_TEXT(wrt_status_name(-1), "unknown");
  CHECK_TEXT(wrt_status_name(INT32_MIN), "unknown");

  CHECK_TEXT(wrt_trap_name(WRT_TRAP_STACK_OVERFLOW), "stack_overflow");
  CHECK_TEXT(wrt_trap_name(WRT_TRAP_UNREACHABLE), "unreachable");
  for (i = 0; i <= WRT_TRAP_UNCAUGHT_EXCEPTION; i++) {
    CHECK(strcmp(wrt_trap_name(i), "unknown") != 0);
  }
  CHECK_TEXT(wrt_trap_name(WRT_TRAP_UNCAUGHT_EXCEPTION + 1), "unknown");
  CHECK_TEXT(wrt_trap_name(-1), "unknown");
}

static void descriptions(void) {
  const char *build = wrt_build_json();
  CHECK(build[0] == '{' && build[strlen(build) - 1] == '}');
  CHECK(strstr(build, "\"wasmtime\":\"48.") != NULL);
  CHECK(strstr(build, "\"cranelift\"") != NULL);
  CHECK(strstr(wrt_api_json(), "\"name\":\"wrt_api_json\"") != NULL);
}

int main(void) {
  versions();
  abi();
  names();
  descriptions();
  return check_done();
}
