/* Asks its host, which has a function besides those of WASI: each argument, or one question of its own. */
#include "guest.h"

__attribute__((import_module("env"), import_name("ask"))) int32_t ask(const char *text, uint32_t len);

static void question(const char *text) {
  printf("%s: %d\n", text, (int)ask(text, strlen(text)));
}

int main(int argc, char **argv) {
  int i;
  for (i = 1; i < argc; i++) {
    question(argv[i]);
  }
  if (argc < 2) {
    question("the answer");
  }
  return 0;
}
