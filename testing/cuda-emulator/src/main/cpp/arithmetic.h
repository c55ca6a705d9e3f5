#pragma once

#include <cmath>
#include <cstdint>
#include <type_traits>

#include "warp.h"

/* The operations of one lane, and what makes an instruction of the warp out of one. Floating point is
 * plain IEEE, rounded to nearest even; integers wrap (the build says -fwrapv). */
namespace emulator {

template <class To, class From, class Operation>
void unary(Warp &warp, const Instruction &instruction) {
    To *result = warp.lanes<To>(instruction.writes[0]);
    const From *a = warp.lanes<From>(instruction.reads[0]);
    warp.forActiveLanes([=](int lane) { result[lane] = Operation()(a[lane]); });
}

template <class To, class From, class Operation, class Second = From>
void binary(Warp &warp, const Instruction &instruction) {
    To *result = warp.lanes<To>(instruction.writes[0]);
    const From *a = warp.lanes<From>(instruction.reads[0]);
    const Second *b = warp.lanes<Second>(instruction.reads[1]);
    warp.forActiveLanes([=](int lane) { result[lane] = Operation()(a[lane], b[lane]); });
}

/** Division of integers: by zero PTX says nothing of the result. */
template <class T, class Operation>
void divide(Warp &warp, const Instruction &instruction) {
    const T *divisor = warp.lanes<T>(instruction.reads[1]);
    warp.forActiveLanes([&](int lane) {
        if (divisor[lane] == 0) warp.fail(LAUNCH_FAILED, lane, "divides an integer by zero");
    });
    binary<T, T, Operation>(warp, instruction);
}

template <class T, class Operation>
void ternary(Warp &warp, const Instruction &instruction) {
    T *result = warp.lanes<T>(instruction.writes[0]);
    const T *a = warp.lanes<T>(instruction.reads[0]);
    const T *b = warp.lanes<T>(instruction.reads[1]);
    const T *c = warp.lanes<T>(instruction.reads[2]);
    warp.forActiveLanes([=](int lane) { result[lane] = Operation()(a[lane], b[lane], c[lane]); });
}

/** bfi: puts low bits of the first operand into the second, from a bit on, and so many; bytes say both. */
template <class T>
void insertBits(Warp &warp, const Instruction &instruction) {
    T *result = warp.lanes<T>(instruction.writes[0]);
    const T *a = warp.lanes<T>(instruction.reads[0]);
    const T *b = warp.lanes<T>(instruction.reads[1]);
    const uint32_t *first = warp.lanes<uint32_t>(instruction.reads[2]);
    const uint32_t *count = warp.lanes<uint32_t>(instruction.reads[3]);
    constexpr unsigned WIDTH = 8 * sizeof(T);
    warp.forActiveLanes([=](int lane) {
        const unsigned bits = count[lane] & 0xFF, shift = first[lane] & 0xFF;
        const T low = bits < WIDTH ? T((T(1) << bits) - 1) : T(-1);
        const T mask = shift < WIDTH ? low << shift : 0;
        result[lane] = (b[lane] & ~mask) | (mask ? (a[lane] << shift) & mask : 0);
    });
}

template <class T, class Comparison>
void compare(Warp &warp, const Instruction &instruction) {
    const T *a = warp.lanes<T>(instruction.reads[0]);
    const T *b = warp.lanes<T>(instruction.reads[1]);
    uint32_t bits = 0;
    warp.forActiveLanes([&](int lane) {
        bits |= static_cast<uint32_t>(Comparison()(a[lane], b[lane])) << lane;
    });
    warp.setPredicate(instruction.writes[0], bits);
}

template <class T>
void select(Warp &warp, const Instruction &instruction) {
    T *result = warp.lanes<T>(instruction.writes[0]);
    const T *a = warp.lanes<T>(instruction.reads[0]);
    const T *b = warp.lanes<T>(instruction.reads[1]);
    const uint32_t bits = warp.predicate(instruction.reads[2]);
    warp.forActiveLanes([=](int lane) { result[lane] = bits >> lane & 1 ? a[lane] : b[lane]; });
}

/** mov from a vector: the first element becomes the lowest bits. */
template <class Whole, class Part>
void pack(Warp &warp, const Instruction &instruction) {
    Whole *result = warp.lanes<Whole>(instruction.writes[0]);
    warp.forActiveLanes([=](int lane) { result[lane] = 0; });
    for (unsigned i = 0; i < sizeof(Whole) / sizeof(Part); i++) {
        const Part *part = warp.lanes<Part>(instruction.reads[i]);
        warp.forActiveLanes(
            [=](int lane) { result[lane] |= Whole(part[lane]) << (8 * sizeof(Part) * i); });
    }
}

/** mov to a vector. */
template <class Whole, class Part>
void unpack(Warp &warp, const Instruction &instruction) {
    const Whole *whole = warp.lanes<Whole>(instruction.reads[0]);
    for (unsigned i = 0; i < sizeof(Whole) / sizeof(Part); i++) {
        Part *result = warp.lanes<Part>(instruction.writes[i]);
        warp.forActiveLanes([=](int lane) { result[lane] = whole[lane] >> (8 * sizeof(Part) * i); });
    }
}

/** Predicates are one word a warp, so that an operation on them is one on words. */
template <class Operation>
void predicateUnary(Warp &warp, const Instruction &instruction) {
    warp.setPredicate(instruction.writes[0],
                      Operation()(warp.predicate(instruction.reads[0])));
}

template <class Operation>
void predicateBinary(Warp &warp, const Instruction &instruction) {
    warp.setPredicate(instruction.writes[0],
                      Operation()(warp.predicate(instruction.reads[0]),
                                  warp.predicate(instruction.reads[1])));
}

#define OPERATION(Name, arguments, expression)              \
    struct Name {                                           \
        template <class T>                                  \
        auto operator() arguments const { return expression; } \
    };
OPERATION(Copy, (T a), a)
OPERATION(Add, (T a, T b), T(a + b))
OPERATION(Subtract, (T a, T b), T(a - b))
OPERATION(Multiply, (T a, T b), T(a *b))
OPERATION(MultiplyAdd, (T a, T b, T c), T(a *b + c))
OPERATION(FusedMultiplyAdd, (T a, T b, T c), std::fma(a, b, c))
OPERATION(Divide, (T a, T b), T(a / b))
OPERATION(SquareRoot, (T a), std::sqrt(a))
OPERATION(Reciprocal, (T a), T(1 / a))
OPERATION(Negate, (T a), T(-a))
OPERATION(Absolute, (T a), T(a < 0 ? -a : a))
OPERATION(FloatAbsolute, (T a), std::fabs(a))
OPERATION(Minimum, (T a, T b), b < a ? b : a)
OPERATION(Maximum, (T a, T b), a < b ? b : a)
OPERATION(And, (T a, T b), T(a &b))
OPERATION(Or, (T a, T b), T(a | b))
OPERATION(Xor, (T a, T b), T(a ^ b))
OPERATION(Not, (T a), T(~a))
OPERATION(Equal, (T a, T b), a == b)
OPERATION(NotEqual, (T a, T b), a < b || a > b)
OPERATION(Less, (T a, T b), a < b)
OPERATION(LessEqual, (T a, T b), a <= b)
OPERATION(Greater, (T a, T b), a > b)
OPERATION(GreaterEqual, (T a, T b), a >= b)
// Unordered comparisons also hold if either is a NaN.
OPERATION(EqualUnordered, (T a, T b), !(a < b || a > b))
OPERATION(NotEqualUnordered, (T a, T b), a != b)
OPERATION(LessUnordered, (T a, T b), !(a >= b))
OPERATION(LessEqualUnordered, (T a, T b), !(a > b))
OPERATION(GreaterUnordered, (T a, T b), !(a <= b))
OPERATION(GreaterEqualUnordered, (T a, T b), !(a < b))
OPERATION(Numbers, (T a, T b), a == a && b == b)
OPERATION(Nan, (T a, T b), a != a || b != b)
#undef OPERATION

// A NaN gives way to the other, and -0 is below +0.
struct FloatMinimum {
    template <class T>
    T operator()(T a, T b) const {
        if (std::isnan(a) || std::isnan(b)) return std::isnan(a) ? b : a;
        return a < b || (a == b && std::signbit(a)) ? a : b;
    }
};

struct FloatMaximum {
    template <class T>
    T operator()(T a, T b) const {
        if (std::isnan(a) || std::isnan(b)) return std::isnan(a) ? b : a;
        return a > b || (a == b && !std::signbit(a)) ? a : b;
    }
};

// The smallest number by -1 traps on this machine.
struct IntegerDivide {
    template <class T>
    T operator()(T a, T b) const {
        return std::is_signed<T>::value && b == T(-1) ? T(-a) : T(a / b);
    }
};

struct Remainder {
    template <class T>
    T operator()(T a, T b) const {
        return std::is_signed<T>::value && b == T(-1) ? T(0) : T(a % b);
    }
};

template <class Wide>
struct MultiplyWide {
    template <class T>
    Wide operator()(T a, T b) const {
        return Wide(a) * Wide(b);
    }
};

template <class Wide>
struct MultiplyHigh {
    template <class T>
    T operator()(T a, T b) const {
        return T((Wide(a) * Wide(b)) >> (8 * sizeof(T)));
    }
};

/** shf: what the upper (lower) word is after both, of which the first is the lower, shift left (right). */
struct FunnelLeft {
    uint32_t operator()(uint32_t low, uint32_t high, uint32_t bits) const {
        return ((uint64_t{high} << 32 | low) << bits) >> 32;
    }
};

struct FunnelRight {
    uint32_t operator()(uint32_t low, uint32_t high, uint32_t bits) const {
        return (uint64_t{high} << 32 | low) >> bits;
    }
};

template <class Funnel>
struct Wrap {
    uint32_t operator()(uint32_t low, uint32_t high, uint32_t bits) const {
        return Funnel()(low, high, bits & 31);
    }
};

template <class Funnel>
struct Clamp {
    uint32_t operator()(uint32_t low, uint32_t high, uint32_t bits) const {
        return Funnel()(low, high, bits < 32 ? bits : 32);
    }
};

/** Each of four nibbles selects one of eight bytes, or what its sign fills a byte with. */
struct Permute {
    uint32_t operator()(uint32_t low, uint32_t high, uint32_t selectors) const {
        const uint64_t bytes = uint64_t{high} << 32 | low;
        uint32_t result = 0;
        for (unsigned i = 0; i < 4; i++) {
            const uint32_t selector = selectors >> (4 * i);
            const uint32_t byte = bytes >> (8 * (selector & 7)) & 0xFF;
            result |= (selector & 8 ? (byte & 0x80 ? 0xFF : 0) : byte) << (8 * i);
        }
        return result;
    }
};

// A shift by the width or more leaves nothing, or the sign.
struct ShiftLeft {
    template <class T>
    T operator()(T a, uint32_t bits) const {
        return bits < 8 * sizeof(T) ? T(a << bits) : T(0);
    }
};

struct ShiftRight {
    template <class T>
    T operator()(T a, uint32_t bits) const {
        if (bits < 8 * sizeof(T)) return T(a >> bits);
        return a < 0 ? T(-1) : T(0);
    }
};

}  // namespace emulator
