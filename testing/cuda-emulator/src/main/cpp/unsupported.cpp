// Every name that JCuda's driver library refers to must be there, or a call of it ends the JVM.
#include "driver.h"

namespace {

int notSupported(const char *function) {
    return emulator::call(function, emulator::Needs::NOTHING, [=](emulator::Driver &state) {
        state.lastFault = std::string(function) + " is not emulated";
        return emulator::NOT_SUPPORTED;
    });
}

}  // namespace

// Weak: a function that is emulated takes its place when the library is linked.
#define NAME(name) \
    CUDA_API __attribute__((weak)) int name() { return notSupported(#name); }
#include "jcuda_names.inc"
#undef NAME
