/* The environment: all variables, or the one that is named. */
#include "guest.h"

extern char **environ;

int main(int argc, char **argv) {
  const size_t len = argc > 1 ? strlen(argv[1]) : 0;
  int found = argc < 2;
  char **variable;
  for (variable = environ; *variable != NULL; variable++) {
    if (argc < 2 || (strncmp(*variable, argv[1], len) == 0 && (*variable)[len] == '=')) {
      print_escaped(*variable);
      putchar('\n');
      found = 1;
    }
  }
  if (!found) {
    fail(argv[1], "not in the environment");
  }
  return 0;
}
