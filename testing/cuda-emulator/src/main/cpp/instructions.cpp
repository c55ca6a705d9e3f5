#include "instructions.h"

#include <unordered_map>

#include "accesses.h"
#include "arithmetic.h"

namespace emulator {
namespace {

/** What an exact mnemonic takes and does: result first, then its operands. */
struct Rule {
    std::vector<Type> types;
    Execute execute;
};

/** A mnemonic that is not a key here is refused: no modifier is ever ignored. */
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
            sizeof(T) == 4, std::conditional_t<std::is_signed<T>::value, int64_t, uint64_t>,
            std::conditional_t<std::is_signed<T>::value, __int128, unsigned __int128>>;
        rules["mul.lo" + suffix] = {three, binary<T, T, Multiply>};
        rules["mul.hi" + suffix] = {three, binary<T, T, MultiplyHigh<Wide>>};
        rules["mad.lo" + suffix] = {four, ternary<T, MultiplyAdd>};
        rules["div" + suffix] = {three, binary<T, T, IntegerDivide>};
        rules["rem" + suffix] = {three, binary<T, T, Remainder>};
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

template <class F>
void addConversions(Rules &rules, const std::string &suffix, Type type) {
    const auto fromInteger = [&](const std::string &name, Type integer, Execute execute) {
        rules["cvt.rn" + suffix + name] = {{type, integer}, execute};
    };
    fromInteger(".s32", Type::S32, unary<F, int32_t, Convert<F>>);
    fromInteger(".u32", Type::U32, unary<F, uint32_t, Convert<F>>);
    fromInteger(".s64", Type::S64, unary<F, int64_t, Convert<F>>);
    fromInteger(".u64", Type::U64, unary<F, uint64_t, Convert<F>>);
    const auto toInteger = [&](const std::string &name, Type integer, Execute execute) {
        rules["cvt.rzi" + name + suffix] = {{integer, type}, execute};
    };
    toInteger(".s32", Type::S32, unary<int32_t, F, Truncate<int32_t>>);
    toInteger(".u32", Type::U32, unary<uint32_t, F, Truncate<uint32_t>>);
    toInteger(".s64", Type::S64, unary<int64_t, F, Truncate<int64_t>>);
    toInteger(".u64", Type::U64, unary<uint64_t, F, Truncate<uint64_t>>);
}

Rules allRules() {
    Rules rules;
    addArithmetic<float>(rules, ".rn.f32", Type::F32);
    addArithmetic<double>(rules, ".rn.f64", Type::F64);
    addArithmetic<int32_t>(rules, ".s32", Type::S32);
    addArithmetic<uint32_t>(rules, ".u32", Type::U32);
    addArithmetic<int64_t>(rules, ".s64", Type::S64);
    addArithmetic<uint64_t>(rules, ".u64", Type::U64);

    addSigns<float>(rules, ".f32", Type::F32);
    addSigns<double>(rules, ".f64", Type::F64);
    addSigns<int32_t>(rules, ".s32", Type::S32);
    addSigns<int64_t>(rules, ".s64", Type::S64);

    addComparisons<float>(rules, ".f32", Type::F32);
    addComparisons<double>(rules, ".f64", Type::F64);
    addComparisons<int32_t>(rules, ".s32", Type::S32);
    addComparisons<uint32_t>(rules, ".u32", Type::U32);
    addComparisons<int64_t>(rules, ".s64", Type::S64);
    addComparisons<uint64_t>(rules, ".u64", Type::U64);

    for (const char *name : {"b32", "u32", "s32", "f32", "b64", "u64", "s64", "f64"}) {
        Type type;
        typeNamed(name, &type);
        const std::string suffix = std::string(".") + name;
        if (sizeOf(type) == 4) {
            addMoves<uint32_t>(rules, suffix, type);
        } else {
            addMoves<uint64_t>(rules, suffix, type);
        }
    }
    addBits<uint32_t>(rules, ".b32", Type::B32);
    addBits<uint64_t>(rules, ".b64", Type::B64);
    addPredicates(rules);

    rules["mul.wide.s32"] = {{Type::S64, Type::S32, Type::S32},
                             binary<int64_t, int32_t, MultiplyWide<int64_t>>};
    rules["mul.wide.u32"] = {{Type::U64, Type::U32, Type::U32},
                             binary<uint64_t, uint32_t, MultiplyWide<uint64_t>>};

    addConversions<float>(rules, ".f32", Type::F32);
    addConversions<double>(rules, ".f64", Type::F64);
    rules["cvt.f64.f32"] = {{Type::F64, Type::F32}, unary<double, float, Convert<double>>};
    rules["cvt.rn.f32.f64"] = {{Type::F32, Type::F64}, unary<float, double, Convert<float>>};
    for (const char *wide : {".u64", ".s64"}) {
        const std::string name(wide);
        rules["cvt" + name + ".u32"] = {{Type::U64, Type::U32},
                                        unary<uint64_t, uint32_t, Convert<uint64_t>>};
        rules["cvt" + name + ".s32"] = {{Type::S64, Type::S32},
                                        unary<int64_t, int32_t, Convert<int64_t>>};
        rules["cvt.u32" + name] = {{Type::U32, Type::U64},
                                   unary<uint32_t, uint64_t, Convert<uint32_t>>};
        rules["cvt.s32" + name] = {{Type::S32, Type::S64},
                                   unary<int32_t, int64_t, Convert<int32_t>>};
    }
    // Global addresses are the same in both spaces here, so that only the type is checked.
    rules["cvta.to.global.u64"] = {{Type::U64, Type::U64}, unary<uint64_t, uint64_t, Copy>};
    return rules;
}

const Rule *ruleFor(const std::string &mnemonic) {
    static const Rules RULES = allRules();
    auto found = RULES.find(mnemonic);
    return found == RULES.end() ? nullptr : &found->second;
}

/** ld and st, taken apart: the spaces, the sizes and the vectors that are emulated. */
struct AccessForm {
    bool isLoad;
    Space space;
    unsigned count = 1;
    Type type;
};

bool accessForm(const std::string &mnemonic, AccessForm *form) {
    std::string rest = mnemonic;
    const auto take = [&](const std::string &prefix) {
        const bool starts = rest.compare(0, prefix.size(), prefix) == 0;
        if (starts) rest.erase(0, prefix.size());
        return starts;
    };
    form->isLoad = take("ld");
    if (!form->isLoad && !take("st")) return false;
    if (take(".global")) {
        form->space = Space::GLOBAL;
        if (form->isLoad) take(".nc");  // a promise that nobody writes there: the race check's matter
    } else if (take(".shared")) {
        form->space = Space::SHARED;
    } else if (form->isLoad && take(".param")) {
        form->space = Space::PARAM;
    } else {
        return false;
    }
    if (take(".v2")) form->count = 2;
    if (take(".v4")) form->count = 4;
    return take(".") && typeNamed(rest, &form->type) && sizeOf(form->type) >= 4 &&
           form->count * sizeOf(form->type) <= 16;
}

void assembleAccess(const Statement &statement, const AccessForm &form, Registers &registers,
                    Instruction *instruction) {
    const unsigned line = statement.line;
    if (statement.operands.size() != 2) throw PtxError(line, "expected two operands");
    const Operand &address = statement.operands[form.isLoad ? 1 : 0];
    const Operand &value = statement.operands[form.isLoad ? 0 : 1];
    const std::vector<Operand> elements =
        value.kind == Operand::VECTOR ? value.elements : std::vector<Operand>{value};
    if (elements.size() != form.count) throw PtxError(line, "wrong number of elements");
    for (unsigned i = 0; i < form.count; i++) {
        instruction->values[i] = form.isLoad
                                     ? registers.destination(line, elements[i], form.type)
                                     : registers.source(line, elements[i], form.type);
    }
    const unsigned size = sizeOf(form.type);
    instruction->execute = form.isLoad ? loadOf(form.space, size, form.count)
                                       : storeOf(form.space, size, form.count);
    if (form.space == Space::PARAM) {
        instruction->displacement = registers.parameter(line, address, size * form.count);
    } else {
        instruction->sources[0] =
            registers.base(line, address, form.space == Space::GLOBAL ? Type::U64 : Type::U32,
                           &instruction->displacement);
    }
}

void assembleByRule(const Statement &statement, const Rule &rule, Registers &registers,
                    Instruction *instruction) {
    if (statement.operands.size() != rule.types.size()) {
        throw PtxError(statement.line, "expected " + std::to_string(rule.types.size()) +
                                           " operands of " + statement.mnemonic);
    }
    instruction->execute = rule.execute;
    instruction->destination =
        registers.destination(statement.line, statement.operands[0], rule.types[0]);
    for (size_t i = 1; i < rule.types.size(); i++) {
        instruction->sources[i - 1] =
            registers.source(statement.line, statement.operands[i], rule.types[i]);
    }
}

[[noreturn]] void refuse(const Statement &statement) {
    for (const char *inexact : {".approx", ".full", ".ftz"}) {
        if (statement.mnemonic.find(inexact) != std::string::npos) {
            throw PtxError(statement.line, "'" + statement.mnemonic + "' is not exact: " + inexact);
        }
    }
    throw PtxError(statement.line, "'" + statement.mnemonic + "' is not emulated");
}

}  // namespace

Instruction assemble(const Statement &statement, Registers &registers) {
    Instruction instruction;
    instruction.line = statement.line;
    instruction.negated = statement.negated;
    if (!statement.guard.empty()) {
        Operand guard;
        guard.name = statement.guard;
        instruction.guard = registers.destination(statement.line, guard, Type::PRED);
    }
    const std::string &mnemonic = statement.mnemonic;
    const std::vector<Operand> &operands = statement.operands;
    AccessForm form;
    if (const Rule *rule = ruleFor(mnemonic)) {
        assembleByRule(statement, *rule, registers, &instruction);
    } else if (accessForm(mnemonic, &form)) {
        assembleAccess(statement, form, registers, &instruction);
    } else if ((mnemonic == "bra" || mnemonic == "bra.uni") && operands.size() == 1) {
        instruction.flow = Instruction::BRANCH;
    } else if ((mnemonic == "ret" || mnemonic == "exit") && operands.empty()) {
        instruction.flow = Instruction::EXIT;
    } else if (mnemonic == "bar.sync" && operands.size() == 1 &&
               operands[0].kind == Operand::INTEGER && operands[0].bits == 0) {
        instruction.flow = Instruction::BARRIER;
    } else {
        refuse(statement);
    }
    return instruction;
}

}  // namespace emulator
