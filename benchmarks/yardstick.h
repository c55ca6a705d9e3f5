/* What the yardsticks in C share: memory, numbers, and what they are asked. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

enum { HUGE_PAGE = 1 << 21 };

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

static uint32_t hash(const float *values, long n) {
    uint32_t sum = 0;
    for (long i = 0; i < n; i++) {
        uint32_t bits;
        memcpy(&bits, &values[i], 4);
        sum = sum * 31 + bits;
    }
    return sum;
}

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + 1e-9 * t.tv_nsec;
}

/* Answers with what steps took, or if there were none with a hash of the parameters. */
static void answer(double seconds, long steps, const float *p, long n) {
    if (steps > 0) {
        printf("%.9f\n", seconds);
    } else {
        printf("%u\n", hash(p, n));
    }
    fflush(stdout);
}
