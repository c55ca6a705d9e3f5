#include "rules.h"

#include <unordered_map>

#include "arithmetic.h"
#include "conversions.h"

namespace emulator {
namespace {

using Rules = std::unordered_map<std::string, Rule>;

template <class T>
void addArithmetic(Rules &rules, const std::string &suffix, Type type) {
    const std::vector<Type> two{type, type}, three{type, type, type}, four{type, type, type, type};
    rules["add" + suffix] = {three, binary<T, T, Add>};
    rules["sub" + suffix] = {three, binary<T, T, Subtract>};
    if constexpr (std::is_floating_point<T>::value) {
        rules["mul" + suffix] = {three, binary<T, T, Multiply>};
        rules["div" + suffix] = {three, binary<T, T, Divide>};
        rules["fma" + suffix] = {four, ternary<T, FusedMultiplyAdd>};
        rules["sqrt" + suffix] = {two, unary<T, T, SquareRoot>};
        rules["rcp" + suffix] = {two, unary<T, T, Reciprocal>};
    } else {
        using Wide = std::conditional_t<
            sizeof(T) < 8, std::conditional_t<std::is_signed<T>::value, int64_t, uint64_t>,
            std::conditional_t<std::is_signed<T>::value, __int128, unsigned __int128>>;
        rules["mul.lo" + suffix] = {three, binary<T, T, Multiply>};
        rules["mul.hi" + suffix] = {three, binary<T, T, MultiplyHigh<Wide>>};
        rules["mad.lo" + suffix] = {four, ternary<T, MultiplyAdd>};
        rules["div" + suffix] = {three, divide<T, IntegerDivide>};
        rules["rem" + suffix] = {three, divide<T, Remainder>};
        rules["min" + suffix] = {three, binary<T, T, Minimum>};
        rules["max" + suffix] = {three, binary<T, T, Maximum>};
        rules["shr" + suffix] = {{type, type, Type::U32}, binary<T, T, ShiftRight, uint32_t>};
    }
}

template <class T>
void addSigns(Rules &rules, const std::string &suffix, Type type) {
    rules["neg" + suffix] = {{type, type}, unary<T, T, Negate>};
    if constexpr (std::is_floating_point<T>::value) {
        rules["abs" + suffix] = {{type, type}, unary<T, T, FloatAbsolute>};
        rules["min" + suffix] = {{type, type, type}, binary<T, T, FloatMinimum>};
        rules["max" + suffix] = {{type, type, type}, binary<T, T, FloatMaximum>};
    } else {
        rules["abs" + suffix] = {{type, type}, unary<T, T, Absolute>};
    }
}

template <class T>
void addComparisons(Rules &rules, const std::string &suffix, Type type) {
    const std::vector<Type> types{Type::PRED, type, type};
    rules["setp.eq" + suffix] = {types, compare<T, Equal>};
    rules["setp.ne" + suffix] = {types, compare<T, NotEqual>};
    rules["setp.lt" + suffix] = {types, compare<T, Less>};
    rules["setp.le" + suffix] = {types, compare<T, LessEqual>};
    rules["setp.gt" + suffix] = {types, compare<T, Greater>};
    rules["setp.ge" + suffix] = {types, compare<T, GreaterEqual>};
    if constexpr (std::is_floating_point<T>::value) {
        rules["setp.equ" + suffix] = {types, compare<T, EqualUnordered>};
        rules["setp.neu" + suffix] = {types, compare<T, NotEqualUnordered>};
        rules["setp.ltu" + suffix] = {types, compare<T, LessUnordered>};
        rules["setp.leu" + suffix] = {types, compare<T, LessEqualUnordered>};
        rules["setp.gtu" + suffix] = {types, compare<T, GreaterUnordered>};
        rules["setp.geu" + suffix] = {types, compare<T, GreaterEqualUnordered>};
        rules["setp.num" + suffix] = {types, compare<T, Numbers>};
        rules["setp.nan" + suffix] = {types, compare<T, Nan>};
    }
}

/** What moves bits, whatever their type. */
template <class T>
void addMoves(Rules &rules, const std::string &suffix, Type type) {
    rules["mov" + suffix] = {{type, type}, unary<T, T, Copy>};
    rules["selp" + suffix] = {{type, type, type, Type::PRED}, select<T>};
}

template <class T>
void addBits(Rules &rules, const std::string &suffix, Type type) {
    rules["and" + suffix] = {{type, type, type}, binary<T, T, And>};
    rules["or" + suffix] = {{type, type, type}, binary<T, T, Or>};
    rules["xor" + suffix] = {{type, type, type}, binary<T, T, Xor>};
    rules["not" + suffix] = {{type, type}, unary<T, T, Not>};
    rules["shl" + suffix] = {{type, type, Type::U32}, binary<T, T, ShiftLeft, uint32_t>};
    rules["shr" + suffix] = {{type, type, Type::U32}, binary<T, T, ShiftRight, uint32_t>};
    rules["setp.eq" + suffix] = {{Type::PRED, type, type}, compare<T, Equal>};
    rules["setp.ne" + suffix] = {{Type::PRED, type, type}, compare<T, NotEqual>};
}

void addPredicates(Rules &rules) {
    const std::vector<Type> two{Type::PRED, Type::PRED}, three{Type::PRED, Type::PRED, Type::PRED};
    rules["mov.pred"] = {two, predicateUnary<Copy>};
    rules["not.pred"] = {two, predicateUnary<Not>};
    rules["and.pred"] = {three, predicateBinary<And>};
    rules["or.pred"] = {three, predicateBinary<Or>};
    rules["xor.pred"] = {three, predicateBinary<Xor>};
}

/** cvt.rn and its directed kin, from an integer or from double. */
template <class To, class From>
void addRounding(Rules &rules, const std::string &suffixes, Type to, Type from) {
    rules["cvt.rn" + suffixes] = {{to, from}, unary<To, From, Convert<To>>};
    rules["cvt.rz" + suffixes] = {{to, from}, unary<To, From, ToFloat<To, TowardZero>>};
    rules["cvt.rm" + suffixes] = {{to, from}, unary<To, From, ToFloat<To, Down>>};
    rules["cvt.rp" + suffixes] = {{to, from}, unary<To, From, ToFloat<To, Up>>};
}

template <class F, class Whole>
void addWhole(Rules &rules, const std::string &mnemonic, const std::string &suffix, Type type) {
    rules[mnemonic + suffix + suffix] = {{type, type}, unary<F, F, Whole>};
    rules[mnemonic + ".s32" + suffix] = {{Type::S32, type},
                                         unary<int32_t, F, ToInteger<int32_t, Whole>>};
    rules[mnemonic + ".u32" + suffix] = {{Type::U32, type},
                                         unary<uint32_t, F, ToInteger<uint32_t, Whole>>};
    rules[mnemonic + ".s64" + suffix] = {{Type::S64, type},
                                         unary<int64_t, F, ToInteger<int64_t, Whole>>};
    rules[mnemonic + ".u64" + suffix] = {{Type::U64, type},
                                         unary<uint64_t, F, ToInteger<uint64_t, Whole>>};
}

template <class F>
void addConversions(Rules &rules, const std::string &suffix, Type type) {
    addRounding<F, int32_t>(rules, suffix + ".s32", type, Type::S32);
    addRounding<F, uint32_t>(rules, suffix + ".u32", type, Type::U32);
    addRounding<F, int64_t>(rules, suffix + ".s64", type, Type::S64);
    addRounding<F, uint64_t>(rules, suffix + ".u64", type, Type::U64);
    addWhole<F, WholeNearest>(rules, "cvt.rni", suffix, type);
    addWhole<F, WholeTowardZero>(rules, "cvt.rzi", suffix, type);
    addWhole<F, WholeDown>(rules, "cvt.rmi", suffix, type);
    addWhole<F, WholeUp>(rules, "cvt.rpi", suffix, type);
}

Rules allRules() {
    Rules rules;
    addArithmetic<float>(rules, ".rn.f32", Type::F32);
    addArithmetic<double>(rules, ".rn.f64", Type::F64);
    addArithmetic<int16_t>(rules, ".s16", Type::S16);
    addArithmetic<uint16_t>(rules, ".u16", Type::U16);
    addArithmetic<int32_t>(rules, ".s32", Type::S32);
    addArithmetic<uint32_t>(rules, ".u32", Type::U32);
    addArithmetic<int64_t>(rules, ".s64", Type::S64);
    addArithmetic<uint64_t>(rules, ".u64", Type::U64);

    addSigns<float>(rules, ".f32", Type::F32);
    addSigns<double>(rules, ".f64", Type::F64);
    addSigns<int16_t>(rules, ".s16", Type::S16);
    addSigns<int32_t>(rules, ".s32", Type::S32);
    addSigns<int64_t>(rules, ".s64", Type::S64);

    addComparisons<float>(rules, ".f32", Type::F32);
    addComparisons<double>(rules, ".f64", Type::F64);
    addComparisons<int16_t>(rules, ".s16", Type::S16);
    addComparisons<uint16_t>(rules, ".u16", Type::U16);
    addComparisons<int32_t>(rules, ".s32", Type::S32);
    addComparisons<uint32_t>(rules, ".u32", Type::U32);
    addComparisons<int64_t>(rules, ".s64", Type::S64);
    addComparisons<uint64_t>(rules, ".u64", Type::U64);

    for (const char *name :
         {"b16", "u16", "s16", "b32", "u32", "s32", "f32", "b64", "u64", "s64", "f64"}) {
        Type type;
        typeNamed(name, &type);
        const std::string suffix = std::string(".") + name;
        if (sizeOf(type) == 2) {
            addMoves<uint16_t>(rules, suffix, type);
        } else if (sizeOf(type) == 4) {
            addMoves<uint32_t>(rules, suffix, type);
        } else {
            addMoves<uint64_t>(rules, suffix, type);
        }
    }
    addBits<uint16_t>(rules, ".b16", Type::B16);
    addBits<uint32_t>(rules, ".b32", Type::B32);
    addBits<uint64_t>(rules, ".b64", Type::B64);
    addPredicates(rules);
    const Type word = Type::B32;
    const std::vector<Type> four{word, word, word, word};
    rules["shf.l.wrap.b32"] = {four, ternary<uint32_t, Wrap<FunnelLeft>>};
    rules["shf.r.wrap.b32"] = {four, ternary<uint32_t, Wrap<FunnelRight>>};
    rules["shf.l.clamp.b32"] = {four, ternary<uint32_t, Clamp<FunnelLeft>>};
    rules["shf.r.clamp.b32"] = {four, ternary<uint32_t, Clamp<FunnelRight>>};
    rules["prmt.b32"] = {four, ternary<uint32_t, Permute>};
    rules["bfi.b32"] = {{word, word, word, Type::U32, Type::U32}, insertBits<uint32_t>};
    rules["bfi.b64"] = {{Type::B64, Type::B64, Type::B64, Type::U32, Type::U32},
                        insertBits<uint64_t>};

    rules["mul.wide.s16"] = {{Type::S32, Type::S16, Type::S16},
                             binary<int32_t, int16_t, MultiplyWide<int32_t>>};
    rules["mul.wide.u16"] = {{Type::U32, Type::U16, Type::U16},
                             binary<uint32_t, uint16_t, MultiplyWide<uint32_t>>};
    rules["mul.wide.s32"] = {{Type::S64, Type::S32, Type::S32},
                             binary<int64_t, int32_t, MultiplyWide<int64_t>>};
    rules["mul.wide.u32"] = {{Type::U64, Type::U32, Type::U32},
                             binary<uint64_t, uint32_t, MultiplyWide<uint64_t>>};

    addConversions<float>(rules, ".f32", Type::F32);
    addConversions<double>(rules, ".f64", Type::F64);
    rules["cvt.f64.f32"] = {{Type::F64, Type::F32}, unary<double, float, Convert<double>>};
    addRounding<float, double>(rules, ".f32.f64", Type::F32, Type::F64);
    rules["cvt.f32.f16"] = {{Type::F32, Type::B16}, unary<float, uint16_t, FromHalf>};
    rules["cvt.rn.f16.f32"] = {{Type::B16, Type::F32}, unary<uint16_t, float, ToHalf>};
    // Global addresses are the same in both spaces here, so that only the type is checked.
    rules["cvta.to.global.u64"] = {{Type::U64, Type::U64}, unary<uint64_t, uint64_t, Copy>};
    rules["cvta.global.u64"] = {{Type::U64, Type::U64}, unary<uint64_t, uint64_t, Copy>};
    return rules;
}

}  // namespace

const Rule *ruleFor(const std::string &mnemonic) {
    static const Rules RULES = allRules();
    auto found = RULES.find(mnemonic);
    return found == RULES.end() ? nullptr : &found->second;
}

const VectorMove *vectorMoveFor(const std::string &mnemonic, size_t count) {
    static const VectorMove MOVES[] = {
        {"mov.b32", 2, Type::B32, Type::B16, pack<uint32_t, uint16_t>, unpack<uint32_t, uint16_t>},
        {"mov.b64", 2, Type::B64, Type::B32, pack<uint64_t, uint32_t>, unpack<uint64_t, uint32_t>},
        {"mov.b64", 4, Type::B64, Type::B16, pack<uint64_t, uint16_t>, unpack<uint64_t, uint16_t>},
    };
    for (const VectorMove &move : MOVES) {
        if (mnemonic == move.mnemonic && count == move.count) return &move;
    }
    return nullptr;
}

}  // namespace emulator
