/* The same step in C, the yardstick of cpu-vs-c: one loop, left to the compiler and OpenMP.
 * OtherProcess.java says what it reads and answers. */
#include <math.h>

#include "yardstick.h"

static float *p, *g, *v, *b, *m;

static const float scale = 1, l2 = 0.01f, decay = 0.9f, one_minus_decay = (float)(1 - 0.9);
static const float epsilon_inside = 1e-8f, epsilon_outside = 0, shrink = 0, outer = 0.001f;
static const float inner = 1, momentum = 0.9f, ahead = 1, along = 0;

/* The coefficients come as arguments, so that the compiler cannot fold them: they are the user's. */
#define STEP(NAME, MOMENTUM, CENTERED)                                                             \
    __attribute__((noinline)) static void NAME(                                                    \
        long n, float scale, float l2, float decay, float one_minus_decay, float epsilon_inside,   \
        float epsilon_outside, float shrink, float outer, float inner, float momentum,             \
        float ahead, float along, float *restrict p, const float *restrict grad,                   \
        float *restrict v, float *restrict b, float *restrict m) {                                 \
        _Pragma("omp parallel for simd schedule(static)")                                          \
        for (long i = 0; i < n; i++) {                                                             \
            float g = scale * grad[i] + l2 * p[i];                                                 \
            float weighed = one_minus_decay * g;                                                   \
            float x = decay * v[i] + weighed * g;                                                  \
            v[i] = x;                                                                              \
            if (CENTERED) {                                                                        \
                float m1 = decay * m[i] + weighed;                                                 \
                m[i] = m1;                                                                         \
                x = fabsf(x - m1 * m1);                                                            \
            }                                                                                      \
            float u = g / (sqrtf(x + epsilon_inside) + epsilon_outside);                           \
            float p1 = p[i] - shrink * p[i];                                                       \
            if (MOMENTUM) {                                                                        \
                float b1 = momentum * b[i] + inner * u;                                            \
                b[i] = b1;                                                                         \
                p[i] = p1 - outer * (ahead * b1 + along * u);                                      \
            } else {                                                                               \
                p[i] = p1 - outer * u;                                                             \
            }                                                                                      \
        }                                                                                          \
    }

STEP(step_plain, 0, 0)
STEP(step_momentum, 1, 0)
STEP(step_centered, 0, 1)
STEP(step_momentum_centered, 1, 1)

static void set_up(long n) {
    float **arrays[] = {&p, &g, &v, &b, &m};
    for (int a = 0; a < 5; a++) {
        free(*arrays[a]);
        *arrays[a] = memory(n * sizeof(float));
    }
#pragma omp parallel for schedule(static)
    for (long i = 0; i < n; i++) {
        p[i] = value(i, 1);
        g[i] = value(i, 2);
        v[i] = b[i] = m[i] = 0;
    }
}

int main(void) {
    char variant[32], last[32] = "";
    long n, steps, last_n = 0;
    while (scanf("%31s %ld %ld", variant, &n, &steps) == 3) {
        if (n != last_n || strcmp(variant, last) != 0) {
            set_up(n);
            last_n = n;
            strcpy(last, variant);
        }
        void (*step)(long, float, float, float, float, float, float, float, float, float, float,
                     float, float, float *, const float *, float *, float *, float *) =
            strcmp(variant, "plain") == 0      ? step_plain
            : strcmp(variant, "momentum") == 0 ? step_momentum
            : strcmp(variant, "centered") == 0 ? step_centered
                                               : step_momentum_centered;
        double start = now();
        for (long s = 0; s < steps; s++) {
            step(n, scale, l2, decay, one_minus_decay, epsilon_inside, epsilon_outside, shrink,
                 outer, inner, momentum, ahead, along, p, g, v, b, m);
        }
        answer(now() - start, steps, p, n);
    }
    return 0;
}
