/* Random bytes: `random N` in hex, `random big` 64 KiB of them at once, of which it prints the FNV-1a hash. */
#include "guest.h"

static uint8_t bytes[64 * 1024];

static void get(size_t len) {
  const __wasi_errno_t code = __wasi_random_get(bytes, len);
  if (code != 0) {
    fail("random_get", error_name(code));
  }
}

int main(int argc, char **argv) {
  size_t i;
  if (argc > 1 && strcmp(argv[1], "big") == 0) {
    uint64_t hash = 0xcbf29ce484222325;
    get(sizeof bytes);
    for (i = 0; i < sizeof bytes; i++) {
      hash = (hash ^ bytes[i]) * 0x100000001b3;
    }
    printf("%016llx\n", (unsigned long long)hash);
  } else {
    const uint64_t len = argc > 1 ? number(argv[1]) : 16;
    if (len > sizeof bytes) {
      fail(argv[1], "more than 65536");
    }
    get((size_t)len);
    for (i = 0; i < len; i++) {
      printf("%02x", bytes[i]);
    }
    putchar('\n');
  }
  return 0;
}
