#pragma once

#include "ptx.h"

namespace emulator {

/** CONSTANT_GLOBAL is ld.global.nc. */
enum class Space : uint8_t { PARAM, GLOBAL, CONSTANT_GLOBAL, SHARED };

using Execute = void (*)(Warp &, const Instruction &);

/** Loads of `count` elements (1, 2 or 4) of 2 bytes, from global memory, or of 4 or 8. */
Execute loadOf(Space space, unsigned size, unsigned count);

Execute storeOf(Space space, unsigned size, unsigned count);

}  // namespace emulator
