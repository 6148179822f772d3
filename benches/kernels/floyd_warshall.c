/* The shortest ways between all of n places, from the lengths of the direct ones; their sum. */
#include "kernel.h"

#define MOST 256

static int32_t way[MOST][MOST];

KERNEL int64_t kernel(int32_t n) {
    uint32_t state = 1;
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++) way[i][j] = i == j ? 0 : 1 + (int32_t)(next(&state) >> 20);
    for (int k = 0; k < n; k++)
        for (int i = 0; i < n; i++)
            for (int j = 0; j < n; j++) {
                int32_t through = way[i][k] + way[k][j];
                if (through < way[i][j]) way[i][j] = through;
            }
    int64_t sum = 0;
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++) sum += way[i][j];
    return sum;
}
