/* Steps of some rows of a table in C, the yardstick of rows-cost: each row where it is, one after
 * another, left to the compiler. OtherProcess.java says what it reads and answers, of which the kind is
 * the width of a row. RowsCost.java has the same rows and numbers. */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

enum { HUGE_PAGE = 1 << 21, SETS = 16, TOUCHED = 1 << 18 };

static float *p, *v, *grads[SETS];
static int32_t *numbers[SETS];

/* The coefficients come as arguments, so that the compiler cannot fold them: they are the user's. */
__attribute__((noinline)) static void step(long count, long width, float l2, float decay,
                                           float one_minus_decay, float epsilon, float rate,
                                           const int32_t *restrict rows,
                                           const float *restrict gradients, float *restrict params,
                                           float *restrict average) {
    for (long row = 0; row < count; row++) {
        float *restrict p = params + rows[row] * width;
        float *restrict v = average + rows[row] * width;
        const float *restrict grad = gradients + row * width;
        _Pragma("omp simd")
        for (long i = 0; i < width; i++) {
            float g = grad[i] + l2 * p[i];
            float x = decay * v[i] + (one_minus_decay * g) * g;
            v[i] = x;
            p[i] = p[i] - rate * (g / sqrtf(x + epsilon));
        }
    }
}

/* What Subject.java computes too: a value in [-1, 1) for each element. */
static float value(long i, uint32_t seed) {
    uint32_t h = ((uint32_t)i + seed) * 2654435761u;
    h ^= h >> 16;
    return (float)(int32_t)(h * 2246822519u) * 0x1p-31f;
}

static void *memory(long bytes) {
    void *taken;
    if (posix_memalign(&taken, HUGE_PAGE, bytes) != 0) {
        fprintf(stderr, "no memory for %ld bytes\n", bytes);
        exit(1);
    }
    madvise(taken, bytes, MADV_HUGEPAGE); /* as Java does: see compile */
    return taken;
}

static void set_up(long width, long n) {
    free(p), free(v);
    p = memory(n * sizeof(float)), v = memory(n * sizeof(float));
    for (long i = 0; i < n; i++) p[i] = value(i, 1), v[i] = 0;
    const long rows = n / width, count = TOUCHED / width;
    for (long s = 0; s < SETS; s++) {
        free(grads[s]), free(numbers[s]);
        grads[s] = memory(TOUCHED * sizeof(float));
        numbers[s] = memory(count * sizeof(int32_t));
        for (long i = 0; i < TOUCHED; i++) grads[s][i] = value(i, 2);
        for (long i = 0; i < count; i++) numbers[s][i] = (s * count + i) * 999983 % rows;
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
    long width, n, steps, last_n = 0, last_width = 0, made = 0;
    while (scanf("%ld %ld %ld", &width, &n, &steps) == 3) {
        if (n != last_n || width != last_width) {
            set_up(width, n);
            last_n = n, last_width = width, made = 0;
        }
        double start = now();
        for (long s = 0; s < steps; s++, made++) {
            step(TOUCHED / width, width, 0.01f, 0.9f, (float)(1 - 0.9), 1e-8f, 0.001f,
                 numbers[made % SETS], grads[made % SETS], p, v);
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
