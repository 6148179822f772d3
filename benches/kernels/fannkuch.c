/* Of all orders of n pancakes: how many turns of the upper ones bring number 1 to the top, at most (in the result's lower 32 bits),
   and summed with the sign of the order (in its upper 32 bits). */
#include "kernel.h"

#define MOST 16

static int flips(const int *order, int n) {
    int stack[MOST], count = 0;
    for (int i = 0; i < n; i++) stack[i] = order[i];
    for (int top = stack[0]; top != 0; top = stack[0], count++) {
        for (int low = 0, high = top; low < high; low++, high--) {
            int other = stack[low];
            stack[low] = stack[high];
            stack[high] = other;
        }
    }
    return count;
}

/* Turns the first `last + 1` elements by one place. */
static void rotate(int *order, int last) {
    int first = order[0];
    for (int i = 0; i < last; i++) order[i] = order[i + 1];
    order[last] = first;
}

KERNEL int64_t kernel(int32_t n) {
    int order[MOST], turned[MOST] = {0}, sign = 1;
    int32_t most = 0, sum = 0;
    for (int i = 0; i < n; i++) order[i] = i;
    for (;;) {
        int32_t count = flips(order, n);
        if (count > most) most = count;
        sum += sign * count;
        sign = -sign;
        /* The next order: an odometer whose digit i turns the first i + 1 elements. */
        int i = 1;
        for (;; i++) {
            if (i == n) return (int64_t)sum << 32 | (uint32_t)most;
            rotate(order, i);
            if (++turned[i] <= i) break;
            turned[i] = 0;
        }
    }
}
