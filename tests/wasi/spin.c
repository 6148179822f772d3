/* Never ends: `spin` calls nothing, `spin print` prints lines, `spin sleep` sleeps for 1000 seconds. */
#include "guest.h"

int main(int argc, char **argv) {
  uint64_t line;
  if (argc > 1 && strcmp(argv[1], "sleep") == 0) {
    sleep(1000);
    fail("sleep", "over");
  }
  for (line = 0; argc > 1 && strcmp(argv[1], "print") == 0; line++) {
    printf("line %llu\n", (unsigned long long)line);
    if (fflush(stdout) != 0) {
      fail("write", error_name(errno));
    }
  }
  for (;;) {
  }
}
