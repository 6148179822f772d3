/* A grid of n by n, of which each point becomes the mean of itself and its four neighbours, forty times; the sum. */
#include "kernel.h"

#define MOST 512

static double grids[2][MOST][MOST];

static void sweep(double (*from)[MOST], double (*to)[MOST], int n) {
    for (int i = 1; i < n - 1; i++)
        for (int j = 1; j < n - 1; j++)
            to[i][j] = 0.2 * (from[i][j] + from[i][j - 1] + from[i][j + 1] + from[i - 1][j] + from[i + 1][j]);
}

KERNEL double kernel(int32_t n) {
    uint32_t state = 1;
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++) grids[0][i][j] = grids[1][i][j] = fraction(&state);
    for (int turn = 0; turn < 20; turn++) {
        sweep(grids[0], grids[1], n);
        sweep(grids[1], grids[0], n);
    }
    double sum = 0;
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++) sum += grids[0][i][j];
    return sum;
}
