#pragma once

#include <stdexcept>
#include <string>

namespace emulator {

/** What a driver call answers: CUresult of cuda.h, as far as something here answers it. */
enum Result : int {
    SUCCESS = 0,
    INVALID_VALUE = 1,
    OUT_OF_MEMORY = 2,
    NOT_INITIALIZED = 3,
    NO_DEVICE = 100,
    INVALID_DEVICE = 101,
    INVALID_CONTEXT = 201,
    NO_BINARY_FOR_GPU = 209,
    INVALID_PTX = 218,
    UNSUPPORTED_PTX_VERSION = 222,
    INVALID_HANDLE = 400,
    NOT_FOUND = 500,
    NOT_READY = 600,
    ILLEGAL_ADDRESS = 700,
    LAUNCH_TIMEOUT = 702,
    CONTEXT_IS_DESTROYED = 709,
    HOST_MEMORY_ALREADY_REGISTERED = 712,
    HOST_MEMORY_NOT_REGISTERED = 713,
    MISALIGNED_ADDRESS = 716,
    LAUNCH_FAILED = 719,
    NOT_SUPPORTED = 801,
};

/** A result that ends the context: every later call on it gives the same one. */
bool isSticky(int result);

/** The name in cuda.h, such as CUDA_ERROR_OUT_OF_MEMORY, or null for a number that has none. */
const char *nameOf(int result);

/** The driver's words for a result, or null. */
const char *textOf(int result);

/** What a running kernel, or work in a stream, did wrong. */
struct Fault : std::runtime_error {
    Fault(Result code, const std::string &message) : std::runtime_error(message), code(code) {}
    Result code;
};

}  // namespace emulator
