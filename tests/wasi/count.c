/* Counts the lines, words and bytes of stdin. */
#include "guest.h"

int main(void) {
  unsigned long long lines = 0, words = 0, bytes = 0;
  int c, inside = 0;
  while ((c = getchar()) != EOF) {
    const int space = c == ' ' || (c >= '\t' && c <= '\r');
    bytes++;
    lines += c == '\n';
    words += !space && !inside;
    inside = !space;
  }
  if (ferror(stdin)) {
    fail("read", error_name(errno));
  }
  printf("%llu lines, %llu words, %llu bytes\n", lines, words, bytes);
  return 0;
}
