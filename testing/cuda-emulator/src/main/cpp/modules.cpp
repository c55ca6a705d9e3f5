// Modules, functions and launches.
#include <cstdio>
#include <cstring>

#include "driver.h"
#include "launch.h"
#include "parser.h"

using namespace emulator;

namespace {

constexpr int64_t MAX_SHARED_BYTES = 49152;

/** The options of cuModuleLoadDataEx that name the buffer for error messages. */
class ErrorLog {
  public:
    ErrorLog(unsigned count, const int *options, void **values) {
        constexpr int BUFFER = 5, SIZE = 6;  // CU_JIT_ERROR_LOG_BUFFER, ..._SIZE_BYTES
        for (unsigned i = 0; i < count; i++) {
            if (options[i] == BUFFER) buffer = static_cast<char *>(values[i]);
            if (options[i] == SIZE) size = &values[i];
        }
    }

    /** Writes as much as fits, and over the size how much that is. */
    void write(const std::string &message) {
        if (!buffer || !size) return;
        const size_t room = reinterpret_cast<size_t>(*size);
        const int length = std::snprintf(buffer, room, "%s", message.c_str());
        *size = reinterpret_cast<void *>(std::min<size_t>(length + 1, room));
    }

  private:
    char *buffer = nullptr;
    void **size = nullptr;
};

int load(Driver &state, Context &context, uint64_t *module, const char *text, ErrorLog log) {
    if (!text) return INVALID_VALUE;
    try {
        auto program = std::make_shared<Program>(
            parse(text, {state.options.driverVersion, state.options.computeCapability}));
        const auto &known = *state.programs.emplace(text, program).first;
        *module = context.modules.create(known.second);
        return SUCCESS;
    } catch (const PtxError &error) {
        const std::string message = "ptxas application ptx input, line " +
                                    std::to_string(error.line) + "; error   : " + error.what();
        state.lastFault = message;
        log.write(message);
        return error.code;
    }
}

/** Collects a launch's parameters from one pointer each, or from one buffer; false if they miss. */
bool gather(const Kernel &kernel, void **each, void **extra, std::vector<uint8_t> *parameters) {
    parameters->assign(kernel.parameterBytes, 0);
    if (each && extra) return false;
    if (each) {
        for (size_t i = 0; i < kernel.parameters.size(); i++) {
            if (!each[i]) return false;
            std::memcpy(&(*parameters)[kernel.parameters[i].offset], each[i],
                        kernel.parameters[i].size);
        }
        return true;
    }
    const void *const BUFFER = reinterpret_cast<void *>(1);  // CU_LAUNCH_PARAM_BUFFER_POINTER
    const void *const SIZE = reinterpret_cast<void *>(2);    // CU_LAUNCH_PARAM_BUFFER_SIZE
    const void *buffer = nullptr;
    size_t size = 0;
    for (; extra && *extra; extra += 2) {
        if (*extra == BUFFER) buffer = extra[1];
        if (*extra == SIZE) size = *static_cast<const size_t *>(extra[1]);
    }
    if (size != parameters->size() || (size && !buffer)) return false;
    if (size) std::memcpy(parameters->data(), buffer, size);
    return true;
}

bool isRequired(const std::array<uint32_t, 3> &threads, const Dimensions &block) {
    return threads[0] == 0 ||
           (block.x == threads[0] && block.y == threads[1] && block.z == threads[2]);
}

bool fits(const LaunchRequest &request) {
    const Dimensions &grid = request.grid, &block = request.block;
    return grid.count() && block.count() && grid.x <= INT32_MAX && grid.y <= 65535 &&
           grid.z <= 65535 && block.x <= 1024 && block.y <= 1024 && block.z <= 64 &&
           block.count() <= request.kernel->maxThreads &&
           isRequired(request.kernel->requiredThreads, block) &&
           int64_t{request.kernel->sharedBytes} + request.dynamicSharedBytes <= MAX_SHARED_BYTES;
}

}  // namespace

CUDA_API int cuModuleLoadData(uint64_t *module, const char *image) {
    return contextCall("cuModuleLoadData", [&](Driver &state, Context &context) {
        return load(state, context, module, image, ErrorLog(0, nullptr, nullptr));
    });
}

CUDA_API int cuModuleLoadDataEx(uint64_t *module, const char *image, unsigned count, int *options,
                                void **values) {
    return contextCall("cuModuleLoadDataEx", [&](Driver &state, Context &context) {
        return load(state, context, module, image, ErrorLog(count, options, values));
    });
}

CUDA_API int cuModuleUnload(uint64_t handle) {
    return contextCall("cuModuleUnload", [&](Driver &, Context &context) -> int {
        if (!context.modules.find(handle)) return INVALID_HANDLE;
        context.drainAll();
        for (auto next = context.functions.begin(); next != context.functions.end();) {
            const auto &[function, object] = *next++;
            if (object->module == handle) context.functions.destroy(function);
        }
        context.modules.destroy(handle);
        return context.error;
    });
}

CUDA_API int cuModuleGetFunction(uint64_t *function, uint64_t handle, const char *name) {
    return contextCall("cuModuleGetFunction", [&](Driver &, Context &context) {
        const Module *module = context.modules.find(handle);
        if (!module) return INVALID_HANDLE;
        auto kernel = module->program->kernels.find(name);
        if (kernel == module->program->kernels.end()) return NOT_FOUND;
        *function = context.functions.create(handle, module->program, kernel->second);
        return SUCCESS;
    });
}

CUDA_API int cuFuncGetAttribute(int *value, int attribute, uint64_t handle) {
    return contextCall("cuFuncGetAttribute", [&](Driver &, Context &context) {
        const Function *function = context.functions.find(handle);
        if (!function) return INVALID_HANDLE;
        switch (attribute) {
            case 0: *value = function->kernel.maxThreads; break;   // MAX_THREADS_PER_BLOCK
            case 1: *value = function->kernel.sharedBytes; break;  // SHARED_SIZE_BYTES
            case 3: *value = 0; break;                             // LOCAL_SIZE_BYTES
            case 5: *value = function->program->version; break;    // PTX_VERSION
            default: return NOT_SUPPORTED;
        }
        return SUCCESS;
    });
}

CUDA_API int cuLaunchKernel(uint64_t handle, unsigned gridX, unsigned gridY, unsigned gridZ,
                            unsigned blockX, unsigned blockY, unsigned blockZ,
                            unsigned sharedBytes, uint64_t streamHandle, void **each,
                            void **extra) {
    return contextCall("cuLaunchKernel", [&](Driver &state, Context &context) {
        const Function *function = context.functions.find(handle);
        Stream *stream = context.stream(streamHandle);
        if (!function || !stream) return INVALID_HANDLE;
        LaunchRequest request{&function->kernel,
                              {gridX, gridY, gridZ},
                              {blockX, blockY, blockZ},
                              sharedBytes,
                              {}};
        if (!fits(request) || !gather(function->kernel, each, extra, &request.parameters)) {
            return INVALID_VALUE;
        }
        state.submit(*stream, [&state, &context, request] {
            const auto done = launch(request, context.memory, state.options);
            if (state.options.record) state.launches.push_back(done);
        });
        return SUCCESS;
    });
}
