#include "integers.h"

#include "warp.h"

namespace emulator {
namespace {

/** Reads what lies in the low bits of registers. */
template <class From, class Register>
[[gnu::noinline]] void take(Warp &warp, uint32_t offset, int64_t *values) {
    const Register *lanes = warp.lanes<Register>(offset);
    warp.forActiveLanes([=](int lane) { values[lane] = static_cast<From>(lanes[lane]); });
}

/** Writes registers, filled by the sign of the type. */
template <class To, class Register>
[[gnu::noinline]] void put(Warp &warp, uint32_t offset, const int64_t *values) {
    Register *lanes = warp.lanes<Register>(offset);
    warp.forActiveLanes([=](int lane) { lanes[lane] = static_cast<To>(values[lane]); });
}

// By way of 64 bits, so that there is a loop for each kind of operand and not for each pair of them.
template <class To, class ToRegister, class From, class FromRegister>
void convert(Warp &warp, const Instruction &instruction) {
    int64_t values[WARP_SIZE];
    take<From, FromRegister>(warp, instruction.reads[0], values);
    put<To, ToRegister>(warp, instruction.writes[0], values);
}

}  // namespace

Execute convertIntegers(Type to, unsigned toWidth, Type from, unsigned fromWidth) {
    return withIntegers(to, toWidth, [=](auto result, auto toRegister) {
        return withIntegers(from, fromWidth, [=](auto operand, auto fromRegister) -> Execute {
            return convert<decltype(result), decltype(toRegister), decltype(operand),
                           decltype(fromRegister)>;
        });
    });
}

}  // namespace emulator
