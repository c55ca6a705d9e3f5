// A CUDA driver that does nothing: every function succeeds at once, so that the time of a call is the
// host's own. launch-cost adds all other functions, which give nothing back.
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int cuDriverGetVersion(int *version) {
    *version = 12000;
    return 0;
}

int cuDeviceGetCount(int *count) {
    *count = 1;
    return 0;
}

int cuDeviceGetName(char *name, int length, int device) {
    (void)device;
    strncpy(name, "Stub of a GPU", length);
    return 0;
}

int cuDeviceTotalMem_v2(size_t *bytes, int device) {
    (void)device;
    *bytes = (size_t)1 << 34;
    return 0;
}

int cuDeviceGetAttribute(int *value, int attribute, int device) {
    (void)attribute, (void)device;
    *value = 9;  // compute capability 9.9
    return 0;
}

int cuMemAlloc_v2(uint64_t *address, size_t bytes) {
    static uint64_t next = 1 << 20;
    *address = next;
    next += (bytes + 255) / 256 * 256;
    return 0;
}

int cuMemAllocHost_v2(void **address, size_t bytes) {
    *address = aligned_alloc(4096, (bytes + 4095) / 4096 * 4096);
    return *address ? 0 : 2;
}

int cuMemFreeHost(void *address) {
    free(address);
    return 0;
}
