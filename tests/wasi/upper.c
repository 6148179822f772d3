/* Writes stdin in capitals, each line as soon as it is read. */
#include "guest.h"

int main(void) {
  int c;
  while ((c = getchar()) != EOF) {
    putchar(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
    if (c == '\n' && fflush(stdout) != 0) {
      fail("write", error_name(errno));
    }
  }
  if (ferror(stdin)) {
    fail("read", error_name(errno));
  }
  if (fflush(stdout) != 0) {
    fail("write", error_name(errno));
  }
  return 0;
}
