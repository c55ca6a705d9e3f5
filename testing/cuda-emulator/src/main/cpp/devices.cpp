// cuInit, devices, contexts and error texts.
#include <cstdio>
#include <cstring>

#include "driver.h"

using namespace emulator;

namespace {

/** CUdevice_attribute of cuda.h, as far as a launch or a report wants to know. */
int attributeOf(const Options &options, int attribute, int *value) {
    static const std::map<int, int> VALUES = {
        {1, 1024},         // MAX_THREADS_PER_BLOCK
        {2, 1024},         // MAX_BLOCK_DIM_X
        {3, 1024},         // MAX_BLOCK_DIM_Y
        {4, 64},           // MAX_BLOCK_DIM_Z
        {5, 2147483647},   // MAX_GRID_DIM_X
        {6, 65535},        // MAX_GRID_DIM_Y
        {7, 65535},        // MAX_GRID_DIM_Z
        {8, 49152},        // MAX_SHARED_MEMORY_PER_BLOCK
        {10, WARP_SIZE},   // WARP_SIZE
        {12, 65536},       // MAX_REGISTERS_PER_BLOCK
        {13, 1500000},     // CLOCK_RATE, kHz
        {16, 4},           // MULTIPROCESSOR_COUNT
        {17, 0},           // KERNEL_EXEC_TIMEOUT
        {18, 0},           // INTEGRATED
        {20, 0},           // COMPUTE_MODE
        {31, 1},           // CONCURRENT_KERNELS
        {32, 0},           // ECC_ENABLED
        {33, 1},           // PCI_BUS_ID
        {34, 0},           // PCI_DEVICE_ID
        {36, 5000000},     // MEMORY_CLOCK_RATE, kHz
        {37, 256},         // GLOBAL_MEMORY_BUS_WIDTH
        {38, 4194304},     // L2_CACHE_SIZE
        {39, 1024},        // MAX_THREADS_PER_MULTIPROCESSOR
        {41, 1},           // UNIFIED_ADDRESSING
    };
    constexpr int CAPABILITY_MAJOR = 75, CAPABILITY_MINOR = 76;
    auto found = VALUES.find(attribute);
    if (attribute == CAPABILITY_MAJOR) {
        *value = options.computeCapability / 10;
    } else if (attribute == CAPABILITY_MINOR) {
        *value = options.computeCapability % 10;
    } else if (found != VALUES.end()) {
        *value = found->second;
    } else {
        return NOT_SUPPORTED;
    }
    return SUCCESS;
}

/** A call about a device, which must exist. */
template <class Body>
int deviceCall(const char *function, int device, Body body) {
    return call(function, Needs::INITIALISED, [&](Driver &state) -> int {
        return state.hasDevice(device) ? body(state) : INVALID_DEVICE;
    });
}

}  // namespace

CUDA_API int cuInit(unsigned flags) {
    return call("cuInit", Needs::NOTHING, [&](Driver &state) -> int {
        if (flags) return INVALID_VALUE;
        if (state.options.initResult) return state.options.initResult;
        if (state.options.devices == 0) return NO_DEVICE;
        state.initialised = true;
        return SUCCESS;
    });
}

CUDA_API int cuDriverGetVersion(int *version) {
    return call("cuDriverGetVersion", Needs::NOTHING, [&](Driver &state) {
        *version = state.options.driverVersion;
        return SUCCESS;
    });
}

CUDA_API int cuDeviceGetCount(int *count) {
    return call("cuDeviceGetCount", Needs::INITIALISED, [&](Driver &state) {
        *count = state.options.devices;
        return SUCCESS;
    });
}

CUDA_API int cuDeviceGet(int *device, int ordinal) {
    return deviceCall("cuDeviceGet", ordinal, [&](Driver &) {
        *device = ordinal;
        return SUCCESS;
    });
}

CUDA_API int cuDeviceGetName(char *name, int size, int device) {
    return deviceCall("cuDeviceGetName", device, [&](Driver &) {
        std::snprintf(name, size, "Emulated CUDA device %d", device);
        return SUCCESS;
    });
}

CUDA_API int cuDeviceGetUuid(unsigned char *uuid, int device) {
    return deviceCall("cuDeviceGetUuid", device, [&](Driver &) {
        for (int i = 0; i < 16; i++) uuid[i] = 16 * device + i;
        return SUCCESS;
    });
}

CUDA_API int cuDeviceGetAttribute(int *value, int attribute, int device) {
    return deviceCall("cuDeviceGetAttribute", device, [&](Driver &state) {
        return attributeOf(state.options, attribute, value);
    });
}

CUDA_API int cuDeviceTotalMem_v2(size_t *bytes, int device) {
    return deviceCall("cuDeviceTotalMem_v2", device, [&](Driver &state) {
        *bytes = state.options.memoryBytes;
        return SUCCESS;
    });
}

CUDA_API int cuDevicePrimaryCtxRetain(uint64_t *context, int device) {
    return deviceCall("cuDevicePrimaryCtxRetain", device, [&](Driver &state) -> int {
        if (!state.primaries.count(device)) {
            if (state.brokenBy.count(device)) return state.brokenBy[device];
            state.primaries[device] = state.contexts.create(device);
        }
        *context = state.primaries[device];
        state.contexts.find(*context)->retained++;
        return SUCCESS;
    });
}

CUDA_API int cuDevicePrimaryCtxRelease_v2(int device) {
    return deviceCall("cuDevicePrimaryCtxRelease_v2", device, [&](Driver &state) {
        auto primary = state.primaries.find(device);
        if (primary == state.primaries.end()) return INVALID_CONTEXT;
        if (--state.contexts.find(primary->second)->retained == 0) {
            state.destroyContext(primary->second);
            state.primaries.erase(primary);
        }
        return SUCCESS;
    });
}

CUDA_API int cuDevicePrimaryCtxReset_v2(int device) {
    return deviceCall("cuDevicePrimaryCtxReset_v2", device, [&](Driver &state) {
        auto primary = state.primaries.find(device);
        if (primary != state.primaries.end()) {
            state.destroyContext(primary->second);
            state.primaries.erase(primary);
        }
        return SUCCESS;
    });
}

CUDA_API int cuDevicePrimaryCtxSetFlags_v2(int device, unsigned flags) {
    return deviceCall("cuDevicePrimaryCtxSetFlags_v2", device, [&](Driver &state) {
        state.primaryFlags[device] = flags;
        return SUCCESS;
    });
}

CUDA_API int cuDevicePrimaryCtxGetState(int device, unsigned *flags, int *active) {
    return deviceCall("cuDevicePrimaryCtxGetState", device, [&](Driver &state) {
        *flags = state.primaryFlags[device];
        *active = state.primaries.count(device);
        return SUCCESS;
    });
}

CUDA_API int cuCtxCreate_v2(uint64_t *context, unsigned, int device) {
    return deviceCall("cuCtxCreate_v2", device, [&](Driver &state) {
        *context = state.contexts.create(device);
        contextStack().push_back(*context);
        return SUCCESS;
    });
}

CUDA_API int cuCtxDestroy_v2(uint64_t context) {
    return call("cuCtxDestroy_v2", Needs::INITIALISED, [&](Driver &state) {
        if (!state.contexts.find(context)) return INVALID_CONTEXT;
        if (!contextStack().empty() && contextStack().back() == context) contextStack().pop_back();
        state.destroyContext(context);
        return SUCCESS;
    });
}

CUDA_API int cuCtxSetCurrent(uint64_t context) {
    return call("cuCtxSetCurrent", Needs::INITIALISED, [&](Driver &state) {
        if (context && !state.contexts.find(context)) return INVALID_CONTEXT;
        if (!contextStack().empty()) contextStack().pop_back();
        if (context) contextStack().push_back(context);
        return SUCCESS;
    });
}

CUDA_API int cuCtxGetCurrent(uint64_t *context) {
    return call("cuCtxGetCurrent", Needs::INITIALISED, [&](Driver &) {
        *context = currentContext() ? contextStack().back() : 0;
        return SUCCESS;
    });
}

CUDA_API int cuCtxPushCurrent_v2(uint64_t context) {
    return call("cuCtxPushCurrent_v2", Needs::INITIALISED, [&](Driver &state) {
        if (!state.contexts.find(context)) return INVALID_CONTEXT;
        contextStack().push_back(context);
        return SUCCESS;
    });
}

CUDA_API int cuCtxPopCurrent_v2(uint64_t *context) {
    return call("cuCtxPopCurrent_v2", Needs::INITIALISED, [&](Driver &) {
        if (contextStack().empty()) return INVALID_CONTEXT;
        if (context) *context = contextStack().back();
        contextStack().pop_back();
        return SUCCESS;
    });
}

CUDA_API int cuCtxGetDevice(int *device) {
    return contextCall("cuCtxGetDevice", [&](Driver &, Context &context) {
        *device = context.device;
        return SUCCESS;
    });
}

CUDA_API int cuCtxSynchronize() {
    return contextCall("cuCtxSynchronize", [&](Driver &, Context &context) {
        context.drainAll();
        return context.error;
    });
}

CUDA_API int cuGetErrorName(int error, const char **name) {
    return call("cuGetErrorName", Needs::NOTHING, [&](Driver &) {
        *name = nameOf(error);
        return *name ? SUCCESS : INVALID_VALUE;
    });
}

CUDA_API int cuGetErrorString(int error, const char **text) {
    return call("cuGetErrorString", Needs::NOTHING, [&](Driver &) {
        *text = textOf(error);
        return *text ? SUCCESS : INVALID_VALUE;
    });
}
