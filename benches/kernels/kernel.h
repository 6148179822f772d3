/* What every kernel is: one function of a size, which returns a number that depends on all of its work. */
#include <stdint.h>

#define KERNEL __attribute__((export_name("kernel")))

/* Numbers that look random and are the same everywhere: a linear congruential generator of 32 bits. */
static inline uint32_t next(uint32_t *state) {
    return *state = *state * 1664525u + 1013904223u;
}

/* A fraction from 0 to 1. */
static inline double fraction(uint32_t *state) {
    return next(state) / 4294967296.0;
}
