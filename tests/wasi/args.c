/* The arguments: their number, then each on a line. */
#include "guest.h"

int main(int argc, char **argv) {
  int i;
  printf("%d\n", argc);
  for (i = 0; i < argc; i++) {
    print_escaped(argv[i]);
    putchar('\n');
  }
  return 0;
}
