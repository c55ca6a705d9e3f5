#pragma once

#include "ptx.h"

namespace emulator {

/** CONSTANT_GLOBAL is ld.global.nc. */
enum class Space : uint8_t { PARAM, GLOBAL, CONSTANT_GLOBAL, SHARED };

/**
 * Loads of `count` elements (1, 2 or 4, of 16 bytes in all at most), each into a register of `width`
 * bytes: what is wider than the type is filled by its sign, or with zeros.
 */
Execute loadOf(Space space, Type type, unsigned width, unsigned count);

/** Stores of the registers' low bytes. */
Execute storeOf(Space space, Type type, unsigned width, unsigned count);

/** atom on shared memory, such as `max` of u32; null if it is not emulated. */
Execute atomOf(const std::string &operation, Type type);

}  // namespace emulator
