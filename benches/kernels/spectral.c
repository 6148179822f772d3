/* The spectral norm of the infinite matrix 1, 1/2, 1/3; 1/4 and so on, cut off at n rows, by the power method. */
#include "kernel.h"

#define MOST 1024

static double u[MOST], v[MOST], between[MOST];

static double a(int i, int j) {
    return 1.0 / ((i + j) * (i + j + 1) / 2 + i + 1);
}

static void times(const double *x, double *y, int n) {
    for (int i = 0; i < n; i++) {
        double sum = 0;
        for (int j = 0; j < n; j++) sum += a(i, j) * x[j];
        y[i] = sum;
    }
}

static void times_transposed(const double *x, double *y, int n) {
    for (int i = 0; i < n; i++) {
        double sum = 0;
        for (int j = 0; j < n; j++) sum += a(j, i) * x[j];
        y[i] = sum;
    }
}

static void both(const double *x, double *y, int n) {
    times(x, between, n);
    times_transposed(between, y, n);
}

KERNEL double kernel(int32_t n) {
    for (int i = 0; i < n; i++) u[i] = 1;
    for (int i = 0; i < 10; i++) {
        both(u, v, n);
        both(v, u, n);
    }
    double mixed = 0, squared = 0;
    for (int i = 0; i < n; i++) {
        mixed += u[i] * v[i];
        squared += v[i] * v[i];
    }
    return __builtin_sqrt(mixed / squared);
}
