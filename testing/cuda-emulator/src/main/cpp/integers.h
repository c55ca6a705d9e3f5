#pragma once

#include <cstdint>

#include "ptx.h"

/* Integers that lie in registers as wide as they are or wider, as those of ld, st and cvt may. */
namespace emulator {

/** As withIntegers, of a type that is known. */
template <class T, class Visitor>
auto withRegister(unsigned width, Visitor visitor) {
    if constexpr (sizeof(T) <= 2) {
        if (width == 2) return visitor(T(), uint16_t());
    }
    if constexpr (sizeof(T) <= 4) {
        if (width == 4) return visitor(T(), uint32_t());
    }
    return visitor(T(), uint64_t());
}

/** Calls visitor(T(), Register()): an integer for a type, and one for registers of `width` bytes. */
template <class Visitor>
auto withIntegers(Type type, unsigned width, Visitor visitor) {
    switch (type) {
        case Type::S8: return withRegister<int8_t>(width, visitor);
        case Type::S16: return withRegister<int16_t>(width, visitor);
        case Type::S32: return withRegister<int32_t>(width, visitor);
        case Type::S64: return withRegister<int64_t>(width, visitor);
        default: break;
    }
    switch (sizeOf(type)) {
        case 1: return withRegister<uint8_t>(width, visitor);
        case 2: return withRegister<uint16_t>(width, visitor);
        case 4: return withRegister<uint32_t>(width, visitor);
        default: return withRegister<uint64_t>(width, visitor);
    }
}

/** cvt from integer to integer: cuts off, or fills by the sign of what it comes from. */
Execute convertIntegers(Type to, unsigned toWidth, Type from, unsigned fromWidth);

}  // namespace emulator
