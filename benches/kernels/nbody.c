/* Five planets pull each other for n steps of a hundredth of a year; the energy of all of them afterwards. */
#include "kernel.h"

#define BODIES 5
#define PI 3.141592653589793
#define SOLAR_MASS (4 * PI * PI)
#define DAYS 365.24

typedef struct {
    double at[3], speed[3], mass;
} body;

/* The sun, Jupiter, Saturn, Uranus and Neptune, with days as the unit of time and suns as that of mass. */
static const body START[BODIES] = {
    {{0, 0, 0}, {0, 0, 0}, 1},
    {{4.84143144246472090e+00, -1.16032004402742839e+00, -1.03622044471123109e-01},
     {1.66007664274403694e-03, 7.69901118419740425e-03, -6.90460016972063023e-05}, 9.54791938424326609e-04},
    {{8.34336671824457987e+00, 4.12479856412430479e+00, -4.03523417114321381e-01},
     {-2.76742510726411899e-03, 4.99852801234917238e-03, 2.30417297573763929e-05}, 2.85885980666130812e-04},
    {{1.28943695621391310e+01, -1.51111514016986312e+01, -2.23307578892655734e-01},
     {2.96460137564761618e-03, 2.37847173959480950e-03, -2.96589568540237556e-05}, 4.36624404335156298e-05},
    {{1.53796971148509165e+01, -2.59193146099879641e+01, 1.79258772950371181e-01},
     {2.68067772490389322e-03, 1.62824170038242295e-03, -9.51592254519715870e-05}, 5.15138902046611451e-05}};

static body bodies[BODIES];

static void start(void) {
    for (int i = 0; i < BODIES; i++) {
        bodies[i] = START[i];
        bodies[i].mass *= SOLAR_MASS;
        for (int k = 0; k < 3; k++) bodies[i].speed[k] *= DAYS;
    }
    /* The sun moves so that the whole stays where it is. */
    for (int k = 0; k < 3; k++)
        for (int i = 1; i < BODIES; i++) bodies[0].speed[k] -= bodies[i].speed[k] * bodies[i].mass / SOLAR_MASS;
}

static double distance2(const body *a, const body *b, double d[3]) {
    for (int k = 0; k < 3; k++) d[k] = a->at[k] - b->at[k];
    return d[0] * d[0] + d[1] * d[1] + d[2] * d[2];
}

static void step(double dt) {
    double d[3];
    for (body *a = bodies; a < bodies + BODIES; a++) {
        for (body *b = a + 1; b < bodies + BODIES; b++) {
            double square = distance2(a, b, d), pull = dt / (square * __builtin_sqrt(square));
            for (int k = 0; k < 3; k++) {
                a->speed[k] -= d[k] * b->mass * pull;
                b->speed[k] += d[k] * a->mass * pull;
            }
        }
    }
    for (body *a = bodies; a < bodies + BODIES; a++)
        for (int k = 0; k < 3; k++) a->at[k] += dt * a->speed[k];
}

static double energy(void) {
    double sum = 0, d[3];
    for (body *a = bodies; a < bodies + BODIES; a++) {
        const double *v = a->speed;
        sum += a->mass * (v[0] * v[0] + v[1] * v[1] + v[2] * v[2]) / 2;
        for (body *b = a + 1; b < bodies + BODIES; b++) sum -= a->mass * b->mass / __builtin_sqrt(distance2(a, b, d));
    }
    return sum;
}

KERNEL double kernel(int32_t n) {
    start();
    for (int32_t i = 0; i < n; i++) step(0.01);
    return energy();
}
