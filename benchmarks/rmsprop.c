/* The same step in C, the yardstick of cpu-vs-c: one loop, left to the compiler and OpenMP.
 * OtherProcess.java says what it reads and answers. */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

enum { HUGE_PAGE = 1 << 21 };

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

/* What Subject.java computes too: a value in [-1, 1) for each element. */
static float value(long i, uint32_t seed) {
    uint32_t h = ((uint32_t)i + seed) * 2654435761u;
    h ^= h >> 16;
    return (float)(int32_t)(h * 2246822519u) * 0x1p-31f;
}

static void set_up(long n) {
    float **arrays[] = {&p, &g, &v, &b, &m};
    for (int a = 0; a < 5; a++) {
        free(*arrays[a]);
        if (posix_memalign((void **)arrays[a], HUGE_PAGE, n * sizeof(float)) != 0) {
            fprintf(stderr, "no memory for %ld elements\n", n);
            exit(1);
        }
        madvise(*arrays[a], n * sizeof(float), MADV_HUGEPAGE); /* as Java does: see compile */
    }
#pragma omp parallel for schedule(static)
    for (long i = 0; i < n; i++) {
        p[i] = value(i, 1);
        g[i] = value(i, 2);
        v[i] = b[i] = m[i] = 0;
    }
}

static uint32_t hash(long n) {
    uint32_t sum = 0;
    for (long i = 0; i < n; i++) {
        uint32_t bits;
        memcpy(&bits, &p[i], 4);
        sum = sum * 31 + bits;
    }
    return sum;
}

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + 1e-9 * t.tv_nsec;
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
        double seconds = now() - start;
        if (steps > 0) {
            printf("%.9f\n", seconds);
        } else {
            printf("%u\n", hash(n));
        }
        fflush(stdout);
    }
    return 0;
}
