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
