// Device memory, pinned memory, copies and fills.
#include <cstring>

#include "driver.h"

using namespace emulator;

namespace {

bool isRange(DeviceMemory &memory, uint64_t address, size_t size) {
    return size == 0 || memory.live(address, size);
}

/** Whether a copy stays inside of memory; what one that overlaps itself does is left open. */
bool isCopy(DeviceMemory &memory, uint64_t target, uint64_t source, size_t size) {
    return isRange(memory, target, size) && isRange(memory, source, size) &&
           (target + size <= source || source + size <= target);
}

template <class T>
bool isFill(DeviceMemory &memory, uint64_t target, size_t count) {
    return target % sizeof(T) == 0 && count <= SIZE_MAX / sizeof(T) &&
           isRange(memory, target, count * sizeof(T));
}

const uint8_t *readable(DeviceMemory &memory, uint64_t address, size_t size) {
    Allocation *allocation = memory.find(address);
    if (!allocation->isWritten(address, size)) {
        throw Fault(LAUNCH_FAILED, "copies from memory that nothing has written: " +
                                       memory.explain(address, size));
    }
    return allocation->at(address);
}

uint8_t *writable(DeviceMemory &memory, uint64_t address, size_t size) {
    Allocation *allocation = memory.find(address);
    allocation->markWritten(address, size);
    return allocation->at(address);
}

void toDevice(DeviceMemory &memory, uint64_t target, const void *source, size_t size) {
    if (size) std::memcpy(writable(memory, target, size), source, size);
}

void toHost(DeviceMemory &memory, void *target, uint64_t source, size_t size) {
    if (size) std::memcpy(target, readable(memory, source, size), size);
}

void onDevice(DeviceMemory &memory, uint64_t target, uint64_t source, size_t size) {
    if (!size) return;
    const uint8_t *bytes = readable(memory, source, size);
    std::memcpy(writable(memory, target, size), bytes, size);
}

template <class T>
void fill(DeviceMemory &memory, uint64_t target, T value, size_t count) {
    if (!count) return;
    uint8_t *bytes = writable(memory, target, count * sizeof(T));
    if (!value) return memory.find(target)->clear(target, count * sizeof(T));
    for (size_t i = 0; i < count; i++) std::memcpy(bytes + i * sizeof(T), &value, sizeof(T));
}

/** Waits for the legacy stream, then works, if the ranges are right. */
template <class Valid, class Work>
int now(const char *function, Valid valid, Work work) {
    return contextCall(function, [&](Driver &, Context &context) -> int {
        if (!valid(context.memory)) return INVALID_VALUE;
        context.drainBlocking();
        if (!context.error) work(context.memory);
        return context.error;
    });
}

/** Queues work in a stream, if the ranges are right. */
template <class Valid, class Work>
int later(const char *function, uint64_t handle, Valid valid, Work work) {
    return contextCall(function, [&](Driver &state, Context &context) -> int {
        Stream *stream = context.stream(handle);
        if (!stream) return INVALID_HANDLE;
        if (!valid(context.memory)) return INVALID_VALUE;
        state.submit(*stream, [&memory = context.memory, work] { work(memory); });
        return SUCCESS;
    });
}

/** The device would go on to where the memory was. */
void requirePinned(const Context &context, const void *address, size_t size) {
    if (!context.pinned.holds(address, size)) {
        throw Fault(ILLEGAL_ADDRESS, "copies host memory that is no longer page-locked");
    }
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
        *address = context.memory.allocate(size, state.options.uninitialisedCheck);
        return SUCCESS;
    });
}

CUDA_API int cuMemFree_v2(uint64_t address) {
    return contextCall("cuMemFree_v2", [&](Driver &state, Context &context) -> int {
        if (!address) return SUCCESS;
        context.drainAll();  // the real one waits for the device, too
        if (!context.error && !context.memory.free(address, state.options.record)) return INVALID_VALUE;
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

/** Ranges may share a page, as a driver (590) was seen to allow, but no byte. */
CUDA_API int cuMemHostRegister_v2(void *address, size_t size, unsigned flags) {
    return contextCall("cuMemHostRegister_v2", [&](Driver &, Context &context) -> int {
        if (!size || flags) return INVALID_VALUE;  // no flag is known to be handled exactly
        return context.pinned.add(address, size) ? SUCCESS : HOST_MEMORY_ALREADY_REGISTERED;
    });
}

/** It waits for nothing: a copy that has not run by then is a fault. */
CUDA_API int cuMemHostUnregister(void *address) {
    return contextCall("cuMemHostUnregister", [&](Driver &, Context &context) -> int {
        if (context.pinned.remove(address)) return SUCCESS;
        return context.pinned.holds(address, 1) ? INVALID_VALUE : HOST_MEMORY_NOT_REGISTERED;
    });
}

CUDA_API int cuMemcpyHtoD_v2(uint64_t target, const void *source, size_t size) {
    return now(
        "cuMemcpyHtoD_v2", [=](DeviceMemory &memory) { return isRange(memory, target, size); },
        [=](DeviceMemory &memory) { toDevice(memory, target, source, size); });
}

CUDA_API int cuMemcpyDtoH_v2(void *target, uint64_t source, size_t size) {
    return now(
        "cuMemcpyDtoH_v2", [=](DeviceMemory &memory) { return isRange(memory, source, size); },
        [=](DeviceMemory &memory) { toHost(memory, target, source, size); });
}

CUDA_API int cuMemcpyDtoD_v2(uint64_t target, uint64_t source, size_t size) {
    return now(
        "cuMemcpyDtoD_v2",
        [=](DeviceMemory &memory) { return isCopy(memory, target, source, size); },
        [=](DeviceMemory &memory) { onDevice(memory, target, source, size); });
}

CUDA_API int cuMemcpyHtoDAsync_v2(uint64_t target, const void *source, size_t size,
                                  uint64_t stream) {
    return contextCall("cuMemcpyHtoDAsync_v2", [&](Driver &state, Context &context) {
        Stream *queue = context.stream(stream);
        if (!queue) return INVALID_HANDLE;
        DeviceMemory &memory = context.memory;
        if (!isRange(memory, target, size)) return INVALID_VALUE;
        if (context.pinned.holds(source, size)) {
            context.pinned.willRead(source, size);
            state.submit(*queue, [=, &context, &memory] {
                context.pinned.done(source, size);
                requirePinned(context, source, size);
                toDevice(memory, target, source, size);
            });
        } else {  // pageable memory is read before the call returns
            const uint8_t *bytes = static_cast<const uint8_t *>(source);
            const std::vector<uint8_t> staged(bytes, bytes + size);
            state.submit(*queue, [=, &memory] { toDevice(memory, target, staged.data(), size); });
        }
        return SUCCESS;
    });
}

CUDA_API int cuMemcpyDtoHAsync_v2(void *target, uint64_t source, size_t size, uint64_t stream) {
    return contextCall("cuMemcpyDtoHAsync_v2", [&](Driver &state, Context &context) -> int {
        Stream *queue = context.stream(stream);
        if (!queue) return INVALID_HANDLE;
        DeviceMemory &memory = context.memory;
        if (!isRange(memory, source, size)) return INVALID_VALUE;
        // Until the copy has run nobody may count on what was there, but for copies before it.
        if (!context.pinned.isAwaited(target, size)) std::memset(target, POISON, size);
        // To pageable memory the call returns only when the copy is done.
        const bool pinned = context.pinned.holds(target, size);
        state.submit(*queue, [=, &context, &memory] {
            if (pinned) requirePinned(context, target, size);
            toHost(memory, target, source, size);
        });
        if (pinned) return SUCCESS;
        context.drain(*queue);
        return context.error;
    });
}

CUDA_API int cuMemcpyDtoDAsync_v2(uint64_t target, uint64_t source, size_t size, uint64_t stream) {
    return later(
        "cuMemcpyDtoDAsync_v2", stream,
        [=](DeviceMemory &memory) { return isCopy(memory, target, source, size); },
        [=](DeviceMemory &memory) { onDevice(memory, target, source, size); });
}

CUDA_API int cuMemsetD8_v2(uint64_t target, uint8_t value, size_t count) {
    return now(
        "cuMemsetD8_v2", [=](DeviceMemory &memory) { return isFill<uint8_t>(memory, target, count); },
        [=](DeviceMemory &memory) { fill(memory, target, value, count); });
}

CUDA_API int cuMemsetD8Async(uint64_t target, uint8_t value, size_t count, uint64_t stream) {
    return later(
        "cuMemsetD8Async", stream,
        [=](DeviceMemory &memory) { return isFill<uint8_t>(memory, target, count); },
        [=](DeviceMemory &memory) { fill(memory, target, value, count); });
}

CUDA_API int cuMemsetD32_v2(uint64_t target, uint32_t value, size_t count) {
    return now(
        "cuMemsetD32_v2",
        [=](DeviceMemory &memory) { return isFill<uint32_t>(memory, target, count); },
        [=](DeviceMemory &memory) { fill(memory, target, value, count); });
}

CUDA_API int cuMemsetD32Async(uint64_t target, uint32_t value, size_t count, uint64_t stream) {
    return later(
        "cuMemsetD32Async", stream,
        [=](DeviceMemory &memory) { return isFill<uint32_t>(memory, target, count); },
        [=](DeviceMemory &memory) { fill(memory, target, value, count); });
}
