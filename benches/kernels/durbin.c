/* The Yule-Walker equations of n unknowns, by the recursion of Levinson and Durbin; the sum of the solution. */
#include "kernel.h"

#define MOST 4096

static double r[MOST], y[MOST], mirrored[MOST];

KERNEL double kernel(int32_t n) {
    for (int i = 0; i < n; i++) r[i] = 1.0 / (i + 2);
    double error = 1, last = -r[0];
    y[0] = last;
    for (int k = 1; k < n; k++) {
        error *= 1 - last * last;
        double sum = r[k];
        for (int i = 0; i < k; i++) sum += r[k - i - 1] * y[i];
        last = -sum / error;
        for (int i = 0; i < k; i++) mirrored[i] = y[k - i - 1];
        for (int i = 0; i < k; i++) y[i] += last * mirrored[i];
        y[k] = last;
    }
    double sum = 0;
    for (int i = 0; i < n; i++) sum += y[i];
    return sum;
}
