/* Steps of some rows of a table in C, the yardsticks of rows-cost, left to the compiler: each row where
 * it is, one after another; or gathered as RowStepTask.java does it, which copies some rows to arrays,
 * steps these, and copies them back. OtherProcess.java says what it reads and answers, of which the kind
 * is the width of a row, negative if rows are gathered. RowsCost.java has the same rows and numbers. */
#include <math.h>

#include "yardstick.h"

enum { SETS = 16, TOUCHED = 1 << 18, STAGED = 2048 };

static float *p, *v, *grads[SETS];
static int32_t *numbers[SETS];

typedef struct {
    float l2, decay, one_minus_decay, epsilon, rate;
} rule;

static inline void step_elements(rule k, long count, const float *restrict grad, float *restrict p,
                                 float *restrict v) {
    _Pragma("omp simd")
    for (long i = 0; i < count; i++) {
        float g = grad[i] + k.l2 * p[i];
        float x = k.decay * v[i] + (k.one_minus_decay * g) * g;
        v[i] = x;
        p[i] = p[i] - k.rate * (g / sqrtf(x + k.epsilon));
    }
}

/* The coefficients come as arguments, so that the compiler cannot fold them: they are the user's. */
__attribute__((noinline)) static void step_in_place(rule k, long count, long width,
                                                    const int32_t *rows, const float *gradients) {
    for (long row = 0; row < count; row++) {
        step_elements(k, width, gradients + row * width, p + rows[row] * width, v + rows[row] * width);
    }
}

/* As many rows at a time as a stage takes: each width here divides it. */
__attribute__((noinline)) static void step_gathered(rule k, long count, long width,
                                                    const int32_t *rows, const float *gradients) {
    static float stage[3][STAGED + 16]; /* not a multiple of 4 KiB apart */
    const long bytes = width * sizeof(float);
    for (long row = 0; row < count; row += STAGED / width) {
        const long some = count - row < STAGED / width ? count - row : STAGED / width;
        for (long i = 0; i < some; i++) {
            memcpy(stage[0] + i * width, gradients + (row + i) * width, bytes);
            memcpy(stage[1] + i * width, p + rows[row + i] * width, bytes);
            memcpy(stage[2] + i * width, v + rows[row + i] * width, bytes);
        }
        step_elements(k, some * width, stage[0], stage[1], stage[2]);
        for (long i = 0; i < some; i++) {
            memcpy(p + rows[row + i] * width, stage[1] + i * width, bytes);
            memcpy(v + rows[row + i] * width, stage[2] + i * width, bytes);
        }
    }
}

static int ascending(const void *a, const void *b) {
    const int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;
    return (x > y) - (x < y);
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
        qsort(numbers[s], count, sizeof(int32_t), ascending);
    }
}

int main(void) {
    const rule k = {0.01f, 0.9f, (float)(1 - 0.9), 1e-8f, 0.001f};
    long kind, n, steps, last_n = 0, last_kind = 0, made = 0;
    while (scanf("%ld %ld %ld", &kind, &n, &steps) == 3) {
        const long width = labs(kind);
        if (n != last_n || kind != last_kind) {
            set_up(width, n);
            last_n = n, last_kind = kind, made = 0;
        }
        double start = now();
        for (long s = 0; s < steps; s++, made++) {
            (kind < 0 ? step_gathered : step_in_place)(
                k, TOUCHED / width, width, numbers[made % SETS], grads[made % SETS]);
        }
        answer(now() - start, steps, p, n);
    }
    return 0;
}
