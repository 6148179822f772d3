/* How many points of a grid of n by n over [-1.5, 0.5] by [-1, 1] stay within 2 for fifty turns of z^2 + c. */
#include "kernel.h"

static int stays(double cr, double ci) {
    double zr = 0, zi = 0;
    for (int i = 0; i < 50; i++) {
        double r = zr * zr - zi * zi + cr, im = 2 * zr * zi + ci;
        if (r * r + im * im > 4) return 0;
        zr = r;
        zi = im;
    }
    return 1;
}

KERNEL int64_t kernel(int32_t n) {
    int64_t count = 0;
    for (int y = 0; y < n; y++)
        for (int x = 0; x < n; x++) count += stays(2.0 * x / n - 1.5, 2.0 * y / n - 1);
    return count;
}
