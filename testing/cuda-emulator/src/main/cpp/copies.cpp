// Device memory, pinned memory, copies and fills.
#include <cstring>

#include "driver.h"

using namespace emulator;

namespace {

void checkWritten(Driver &state, uint64_t source, size_t size) {
    if (size && !state.memory.find(source)->isWritten(source, size)) {
        throw Fault(LAUNCH_FAILED, "copies from memory that nothing has written: " +
                                       state.memory.explain(source, size));
    }
}

void toDevice(Driver &state, uint64_t target, const void *source, size_t size) {
    if (size) std::memcpy(state.memory.writable(target, size), source, size);
}

void toHost(Driver &state, void *target, uint64_t source, size_t size) {
    checkWritten(state, source, size);
    if (size) std::memcpy(target, state.memory.range(source, size), size);
}

void onDevice(Driver &state, uint64_t target, uint64_t source, size_t size) {
    checkWritten(state, source, size);
    if (!size) return;
    std::memmove(state.memory.writable(target, size), state.memory.range(source, size), size);
}

template <class T>
void fill(Driver &state, uint64_t target, T value, size_t count) {
    if (!count) return;
    uint8_t *bytes = state.memory.writable(target, count * sizeof(T));
    for (size_t i = 0; i < count; i++) std::memcpy(bytes + i * sizeof(T), &value, sizeof(T));
}

bool isRange(Driver &state, uint64_t address, size_t size) {
    return size == 0 || state.memory.range(address, size);
}

/** Waits for the legacy stream, then runs `work` if the ranges are right. */
template <class Valid, class Work>
int now(const char *function, Valid valid, Work work) {
    return contextCall(function, [&](Driver &state, Context &context) -> int {
        if (!valid(state)) return INVALID_VALUE;
        context.drainBlocking();
        if (!context.error) work(state);
        return context.error;
    });
}

/** Queues `work` in a stream if the ranges are right. */
template <class Valid, class Work>
int later(const char *function, uint64_t handle, Valid valid, Work work) {
    return contextCall(function, [&](Driver &state, Context &context) -> int {
        Stream *stream = context.stream(handle);
        if (!stream) return INVALID_HANDLE;
        if (!valid(state)) return INVALID_VALUE;
        state.submit(*stream, [&state, work] { work(state); });
        return SUCCESS;
    });
}

int allocatePinned(const char *function, void **address, size_t size) {
    return contextCall(function, [&](Driver &, Context &context) {
        if (!size) return INVALID_VALUE;
        *address = context.pinned.allocate(size);
        return SUCCESS;
    });
}

}  // namespace

CUDA_API int cuMemGetInfo_v2(size_t *free, size_t *total) {
    return contextCall("cuMemGetInfo_v2", [&](Driver &state, Context &context) {
        *total = state.options.memoryBytes;
        *free = *total - state.allocatedOn(context.device);
        return SUCCESS;
    });
}

CUDA_API int cuMemAlloc_v2(uint64_t *address, size_t size) {
    return contextCall("cuMemAlloc_v2", [&](Driver &state, Context &context) {
        if (!size) return INVALID_VALUE;
        const uint64_t free = state.options.memoryBytes - state.allocatedOn(context.device);
        if (size > free) return OUT_OF_MEMORY;
        *address = state.memory.allocate(size, state.options.uninitialisedCheck);
        context.allocations.insert(*address);
        context.allocatedBytes += size;
        return SUCCESS;
    });
}

CUDA_API int cuMemFree_v2(uint64_t address) {
    return contextCall("cuMemFree_v2", [&](Driver &state, Context &context) -> int {
        if (!address) return SUCCESS;
        if (!context.allocations.count(address)) return INVALID_VALUE;
        context.drainAll();  // the real one waits for the device, too
        Allocation *allocation = state.memory.find(address);
        context.allocatedBytes -= allocation->size();
        context.allocations.erase(address);
        allocation->release();
        return context.error;
    });
}

CUDA_API int cuMemAllocHost_v2(void **address, size_t size) {
    return allocatePinned("cuMemAllocHost_v2", address, size);
}

CUDA_API int cuMemHostAlloc(void **address, size_t size, unsigned) {
    return allocatePinned("cuMemHostAlloc", address, size);
}

CUDA_API int cuMemFreeHost(void *address) {
    return contextCall("cuMemFreeHost", [&](Driver &, Context &context) -> int {
        if (!context.pinned.holds(address, 1)) return INVALID_VALUE;
        context.drainAll();
        if (!context.pinned.free(address)) return INVALID_VALUE;
        return context.error;
    });
}

CUDA_API int cuMemcpyHtoD_v2(uint64_t target, const void *source, size_t size) {
    return now(
        "cuMemcpyHtoD_v2", [&](Driver &state) { return isRange(state, target, size); },
        [&](Driver &state) { toDevice(state, target, source, size); });
}

CUDA_API int cuMemcpyDtoH_v2(void *target, uint64_t source, size_t size) {
    return now(
        "cuMemcpyDtoH_v2", [&](Driver &state) { return isRange(state, source, size); },
        [&](Driver &state) { toHost(state, target, source, size); });
}

CUDA_API int cuMemcpyDtoD_v2(uint64_t target, uint64_t source, size_t size) {
    return now(
        "cuMemcpyDtoD_v2",
        [&](Driver &state) { return isRange(state, target, size) && isRange(state, source, size); },
        [&](Driver &state) { onDevice(state, target, source, size); });
}

CUDA_API int cuMemcpyHtoDAsync_v2(uint64_t target, const void *source, size_t size,
                                  uint64_t stream) {
    return contextCall("cuMemcpyHtoDAsync_v2", [&](Driver &state, Context &context) {
        Stream *queue = context.stream(stream);
        if (!queue) return INVALID_HANDLE;
        if (!isRange(state, target, size)) return INVALID_VALUE;
        if (context.pinned.holds(source, size)) {
            state.submit(*queue, [=, &state] { toDevice(state, target, source, size); });
        } else {  // pageable memory is read before the call returns
            const uint8_t *bytes = static_cast<const uint8_t *>(source);
            const std::vector<uint8_t> staged(bytes, bytes + size);
            state.submit(*queue, [=, &state] { toDevice(state, target, staged.data(), size); });
        }
        return SUCCESS;
    });
}

CUDA_API int cuMemcpyDtoHAsync_v2(void *target, uint64_t source, size_t size, uint64_t stream) {
    return contextCall("cuMemcpyDtoHAsync_v2", [&](Driver &state, Context &context) -> int {
        Stream *queue = context.stream(stream);
        if (!queue) return INVALID_HANDLE;
        if (!isRange(state, source, size)) return INVALID_VALUE;
        state.submit(*queue, [=, &state] { toHost(state, target, source, size); });
        // To pageable memory the call returns only when the copy is done.
        if (context.pinned.holds(target, size)) return SUCCESS;
        context.drain(*queue);
        return context.error;
    });
}

CUDA_API int cuMemcpyDtoDAsync_v2(uint64_t target, uint64_t source, size_t size, uint64_t stream) {
    return later(
        "cuMemcpyDtoDAsync_v2", stream,
        [&](Driver &state) { return isRange(state, target, size) && isRange(state, source, size); },
        [=](Driver &state) { onDevice(state, target, source, size); });
}

CUDA_API int cuMemsetD8_v2(uint64_t target, uint8_t value, size_t count) {
    return now(
        "cuMemsetD8_v2", [&](Driver &state) { return isRange(state, target, count); },
        [&](Driver &state) { fill(state, target, value, count); });
}

CUDA_API int cuMemsetD8Async(uint64_t target, uint8_t value, size_t count, uint64_t stream) {
    return later(
        "cuMemsetD8Async", stream, [&](Driver &state) { return isRange(state, target, count); },
        [=](Driver &state) { fill(state, target, value, count); });
}

CUDA_API int cuMemsetD32_v2(uint64_t target, uint32_t value, size_t count) {
    return now(
        "cuMemsetD32_v2",
        [&](Driver &state) { return target % 4 == 0 && isRange(state, target, 4 * count); },
        [&](Driver &state) { fill(state, target, value, count); });
}

CUDA_API int cuMemsetD32Async(uint64_t target, uint32_t value, size_t count, uint64_t stream) {
    return later(
        "cuMemsetD32Async", stream,
        [&](Driver &state) { return target % 4 == 0 && isRange(state, target, 4 * count); },
        [=](Driver &state) { fill(state, target, value, count); });
}
