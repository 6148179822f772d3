/* In how many ways n queens stand on a board of n by n without seeing each other; a search with recursion. */
#include "kernel.h"

static int64_t ways(uint32_t all, uint32_t columns, uint32_t left, uint32_t right) {
    if (columns == all) return 1;
    int64_t count = 0;
    for (uint32_t free = all & ~(columns | left | right); free; free &= free - 1) {
        uint32_t queen = free & -free;
        count += ways(all, columns | queen, (left | queen) << 1, (right | queen) >> 1);
    }
    return count;
}

KERNEL int64_t kernel(int32_t n) {
    return ways((1u << n) - 1, 0, 0, 0);
}
