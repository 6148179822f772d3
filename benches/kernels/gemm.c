/* C = 1.5 A B + 1.2 C for square matrices of n rows; the sum of C. */
#include "kernel.h"

#define MOST 256

static double a[MOST][MOST], b[MOST][MOST], c[MOST][MOST];

static void fill(int n) {
    uint32_t state = 1;
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++) {
            a[i][j] = fraction(&state);
            b[i][j] = fraction(&state);
            c[i][j] = fraction(&state);
        }
}

KERNEL double kernel(int32_t n) {
    fill(n);
    for (int i = 0; i < n; i++) {
        for (int j = 0; j < n; j++) c[i][j] *= 1.2;
        for (int k = 0; k < n; k++)
            for (int j = 0; j < n; j++) c[i][j] += 1.5 * a[i][k] * b[k][j];
    }
    double sum = 0;
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++) sum += c[i][j];
    return sum;
}
