#include "results.h"

namespace emulator {
namespace {

struct Row {
    int code;
    bool sticky;
    const char *name, *text;
};

// Also those that nothing here answers by itself: tests inject them.
const Row ROWS[] = {
    {0, false, "CUDA_SUCCESS", "no error"},
    {1, false, "CUDA_ERROR_INVALID_VALUE", "invalid argument"},
    {2, false, "CUDA_ERROR_OUT_OF_MEMORY", "out of memory"},
    {3, false, "CUDA_ERROR_NOT_INITIALIZED", "initialization error"},
    {4, false, "CUDA_ERROR_DEINITIALIZED", "driver shutting down"},
    {34, false, "CUDA_ERROR_STUB_LIBRARY", "CUDA driver is a stub library"},
    {36, false, "CUDA_ERROR_CALL_REQUIRES_NEWER_DRIVER",
     "API call is not supported in the installed CUDA driver"},
    {46, false, "CUDA_ERROR_DEVICE_UNAVAILABLE", "CUDA-capable device(s) is/are busy or unavailable"},
    {100, false, "CUDA_ERROR_NO_DEVICE", "no CUDA-capable device is detected"},
    {101, false, "CUDA_ERROR_INVALID_DEVICE", "invalid device ordinal"},
    {102, false, "CUDA_ERROR_DEVICE_NOT_LICENSED", "device doesn't have valid Grid license"},
    {200, false, "CUDA_ERROR_INVALID_IMAGE", "device kernel image is invalid"},
    {201, false, "CUDA_ERROR_INVALID_CONTEXT", "invalid device context"},
    {209, false, "CUDA_ERROR_NO_BINARY_FOR_GPU",
     "no kernel image is available for execution on the device"},
    {214, true, "CUDA_ERROR_ECC_UNCORRECTABLE", "uncorrectable ECC error encountered"},
    {218, false, "CUDA_ERROR_INVALID_PTX", "a PTX JIT compilation failed"},
    {220, true, "CUDA_ERROR_NVLINK_UNCORRECTABLE",
     "uncorrectable NVLink error detected during the execution"},
    {221, false, "CUDA_ERROR_JIT_COMPILER_NOT_FOUND", "PTX JIT compiler library not found"},
    {222, false, "CUDA_ERROR_UNSUPPORTED_PTX_VERSION",
     "the provided PTX was compiled with an unsupported toolchain."},
    {223, false, "CUDA_ERROR_JIT_COMPILATION_DISABLED", "PTX JIT compilation was disabled"},
    {226, true, "CUDA_ERROR_CONTAINED", "Invalid access of peer GPU memory over nvlink or a hardware error"},
    {304, false, "CUDA_ERROR_OPERATING_SYSTEM", "OS call failed or operation not supported on this OS"},
    {400, false, "CUDA_ERROR_INVALID_HANDLE", "invalid resource handle"},
    {500, false, "CUDA_ERROR_NOT_FOUND", "named symbol not found"},
    {600, false, "CUDA_ERROR_NOT_READY", "device not ready"},
    {700, true, "CUDA_ERROR_ILLEGAL_ADDRESS", "an illegal memory access was encountered"},
    {701, false, "CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES", "too many resources requested for launch"},
    {702, true, "CUDA_ERROR_LAUNCH_TIMEOUT", "the launch timed out and was terminated"},
    {709, true, "CUDA_ERROR_CONTEXT_IS_DESTROYED", "context is destroyed"},
    {710, true, "CUDA_ERROR_ASSERT", "device-side assert triggered"},
    {712, false, "CUDA_ERROR_HOST_MEMORY_ALREADY_REGISTERED",
     "part or all of the requested memory range is already mapped"},
    {713, false, "CUDA_ERROR_HOST_MEMORY_NOT_REGISTERED",
     "pointer does not correspond to a registered memory region"},
    {714, true, "CUDA_ERROR_HARDWARE_STACK_ERROR", "hardware stack error"},
    {715, true, "CUDA_ERROR_ILLEGAL_INSTRUCTION", "an illegal instruction was encountered"},
    {716, true, "CUDA_ERROR_MISALIGNED_ADDRESS", "misaligned address"},
    {717, true, "CUDA_ERROR_INVALID_ADDRESS_SPACE",
     "operation not supported on global/shared address space"},
    {718, true, "CUDA_ERROR_INVALID_PC", "invalid program counter"},
    {719, true, "CUDA_ERROR_LAUNCH_FAILED", "unspecified launch failure"},
    {721, true, "CUDA_ERROR_TENSOR_MEMORY_LEAK", "tensor memory not completely freed"},
    {800, false, "CUDA_ERROR_NOT_PERMITTED", "operation not permitted"},
    {801, false, "CUDA_ERROR_NOT_SUPPORTED", "operation not supported"},
    {802, false, "CUDA_ERROR_SYSTEM_NOT_READY", "system not yet initialized"},
    {803, false, "CUDA_ERROR_SYSTEM_DRIVER_MISMATCH",
     "system has unsupported display driver / cuda driver combination"},
    {804, false, "CUDA_ERROR_COMPAT_NOT_SUPPORTED_ON_DEVICE",
     "forward compatibility was attempted on non supported HW"},
    {805, true, "CUDA_ERROR_MPS_CONNECTION_FAILED", "MPS client failed to connect to the MPS control daemon or the MPS server"},
    {806, true, "CUDA_ERROR_MPS_RPC_FAILURE", "the remote procedural call between the MPS server and the MPS client failed"},
    {807, true, "CUDA_ERROR_MPS_SERVER_NOT_READY", "MPS server is not ready to accept new MPS client requests"},
    {808, false, "CUDA_ERROR_MPS_MAX_CLIENTS_REACHED", "the hardware resources required to create MPS client have been exhausted"},
    {809, false, "CUDA_ERROR_MPS_MAX_CONNECTIONS_REACHED", "the hardware resources required to support device connections have been exhausted"},
    {810, true, "CUDA_ERROR_MPS_CLIENT_TERMINATED", "the MPS client has been terminated by the server"},
    {911, true, "CUDA_ERROR_EXTERNAL_DEVICE", "an async error has occured in external entity outside of CUDA"},
    // Of what it leaves behind cuda.h says nothing: who gets it has to expect the worst.
    {999, true, "CUDA_ERROR_UNKNOWN", "unknown error"},
};

const Row *find(int code) {
    for (const Row &row : ROWS) {
        if (row.code == code) return &row;
    }
    return nullptr;
}

}  // namespace

bool isSticky(int result) {
    const Row *row = find(result);
    return row && row->sticky;
}

const char *nameOf(int result) {
    const Row *row = find(result);
    return row ? row->name : nullptr;
}

const char *textOf(int result) {
    const Row *row = find(result);
    return row ? row->text : nullptr;
}

}  // namespace emulator
