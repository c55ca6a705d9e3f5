#pragma once

#include <cmath>
#include <cstdint>
#include <limits>

/* cvt, from one value to another. */
namespace emulator {

/** Between integers: extends by the source's sign, or cuts off; to floating point: to nearest even. */
template <class To>
struct Convert {
    template <class From>
    To operator()(From a) const {
        return static_cast<To>(a);
    }
};

// To whole numbers: .rni, .rzi, .rmi and .rpi.
struct WholeNearest {
    template <class T>
    T operator()(T a) const {
        return std::nearbyint(a);
    }
};

struct WholeTowardZero {
    template <class T>
    T operator()(T a) const {
        return std::trunc(a);
    }
};

struct WholeDown {
    template <class T>
    T operator()(T a) const {
        return std::floor(a);
    }
};

struct WholeUp {
    template <class T>
    T operator()(T a) const {
        return std::ceil(a);
    }
};

/** Floating point to integer: into the range; a NaN gives what PTX ISA says of cvt. */
template <class To, class Whole>
struct ToInteger {
    template <class From>
    To operator()(From a) const {
        using Limits = std::numeric_limits<To>;
        if (std::isnan(a)) {
            const bool wide = sizeof(From) == 8 || sizeof(To) == 8;
            return wide ? To(1) << (8 * sizeof(To) - 1) : To(0);
        }
        const From whole = Whole()(a);
        if (whole >= std::ldexp(From(1), Limits::digits)) return Limits::max();
        if (whole < From(Limits::min())) return Limits::min();
        return static_cast<To>(whole);
    }
};

// Which of two neighbours to give that a value lies between: .rz, .rm and .rp. True if the nearest lies
// on the wrong side, and where the right one is from there.
struct TowardZero {
    static bool isWrong(long double nearest, long double exact) {
        return std::fabs(nearest) > std::fabs(exact);
    }
    static constexpr double TARGET = 0;
};

struct Down {
    static bool isWrong(long double nearest, long double exact) { return nearest > exact; }
    static constexpr double TARGET = -std::numeric_limits<double>::infinity();
};

struct Up {
    static bool isWrong(long double nearest, long double exact) { return nearest < exact; }
    static constexpr double TARGET = std::numeric_limits<double>::infinity();
};

/** To floating point in a direction. A long double holds every number of 64 bits exactly. */
template <class To, class Direction>
struct ToFloat {
    static_assert(std::numeric_limits<long double>::digits >= 64, "x86's 80 bits");

    template <class From>
    To operator()(From a) const {
        const To nearest = static_cast<To>(a);
        return Direction::isWrong(nearest, a) ? std::nextafter(nearest, To(Direction::TARGET))
                                              : nearest;
    }
};

/** Of the 16 bits of a float16: exact. */
struct FromHalf {
    float operator()(uint16_t bits) const {
        const int exponent = bits >> 10 & 31, fraction = bits & 1023;
        float magnitude = std::ldexp(float(fraction), -24);
        if (exponent == 31) {
            using Limits = std::numeric_limits<float>;
            magnitude = fraction == 0 ? Limits::infinity() : Limits::quiet_NaN();
        } else if (exponent > 0) {
            magnitude = std::ldexp(float(1024 + fraction), exponent - 25);
        }
        return bits >> 15 == 0 ? magnitude : -magnitude;
    }
};

/** To the 16 bits of the nearest float16, ties to even: of a NaN those that PTX ISA says. */
struct ToHalf {
    uint16_t operator()(float a) const {
        if (std::isnan(a)) return 0x7fff;
        const int sign = std::signbit(a) ? 0x8000 : 0;
        const float magnitude = std::fabs(a);
        if (magnitude >= 65520) return sign | 0x7c00;
        const int exponent = magnitude < 0x1p-14f ? -14 : std::ilogb(magnitude);
        const float units = std::nearbyint(std::ldexp(magnitude, 10 - exponent));
        return sign | ((exponent + 14) * 1024 + int(units));
    }
};

}  // namespace emulator
