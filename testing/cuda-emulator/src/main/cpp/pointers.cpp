// What the driver knows of an address.
#include "driver.h"

using namespace emulator;

namespace {

/** Memory of the device, or page-locked memory of the host. */
struct Known {
    uint64_t context;
    int device;
    bool onHost;
    uint64_t start, size;
};

/** Addresses are of the process: no context needs to be current. */
bool find(const Driver &state, uint64_t address, Known *known) {
    for (const auto &[handle, context] : state.contexts) {
        if (const Allocation *found = context->memory.live(address, 1)) {
            *known = {handle, context->device, false, found->base(), found->size()};
            return true;
        }
        const auto *host = reinterpret_cast<const uint8_t *>(address);
        if (const auto block = context->pinned.find(host); block.size) {
            const auto start = reinterpret_cast<uint64_t>(block.start);
            *known = {handle, context->device, true, start, block.size};
            return true;
        }
    }
    return false;
}

/** Each attribute has a size of its own. */
template <class T>
int give(void *data, T value) {
    *static_cast<T *>(data) = value;
    return SUCCESS;
}

/** CUpointer_attribute of cuda.h, as far as one wants to know whose memory it is. */
int attributeOf(const Known &known, int attribute, void *data) {
    constexpr unsigned MEMORYTYPE_HOST = 1, MEMORYTYPE_DEVICE = 2;
    switch (attribute) {
        case 1:  // CONTEXT
            return give(data, known.context);
        case 2:  // MEMORY_TYPE
            return give(data, known.onHost ? MEMORYTYPE_HOST : MEMORYTYPE_DEVICE);
        case 9:  // DEVICE_ORDINAL
            return give(data, known.device);
        case 11:  // RANGE_START_ADDR
            return give(data, known.start);
        case 12:  // RANGE_SIZE
            return give(data, known.size);
        default:
            return NOT_SUPPORTED;
    }
}

}  // namespace

CUDA_API int cuPointerGetAttribute(void *data, int attribute, uint64_t address) {
    return call("cuPointerGetAttribute", Needs::INITIALISED, [&](Driver &state) -> int {
        Known known;
        return find(state, address, &known) ? attributeOf(known, attribute, data) : INVALID_VALUE;
    });
}
