#include "instructions.h"

#include "accesses.h"
#include "integers.h"
#include "rules.h"

namespace emulator {
namespace {

/** ld and st, taken apart: the spaces, the sizes and the vectors that are emulated. */
struct AccessForm {
    bool isLoad;
    Space space;
    unsigned count = 1;
    Type type;
};

bool isInteger(const std::string &suffix, Type *type) {
    return (suffix[0] == 'u' || suffix[0] == 's') && typeNamed(suffix, type);
}

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
        form->space = form->isLoad && take(".nc") ? Space::CONSTANT_GLOBAL : Space::GLOBAL;
    } else if (take(".shared")) {
        form->space = Space::SHARED;
    } else if (form->isLoad && take(".param")) {
        form->space = Space::PARAM;
    } else {
        return false;
    }
    if (take(".v2")) {
        form->count = 2;
    } else if (take(".v4")) {
        form->count = 4;
    }
    return take(".") && typeNamed(rest, &form->type) && form->type != Type::PRED &&
           form->count * sizeOf(form->type) <= 16;
}

/** cvt from one integer type to another, taken apart. */
bool conversionForm(const std::string &mnemonic, Type *to, Type *from) {
    const size_t first = mnemonic.find('.'), second = mnemonic.find('.', first + 1);
    return mnemonic.substr(0, first) == "cvt" && second != std::string::npos &&
           isInteger(mnemonic.substr(first + 1, second - first - 1), to) &&
           isInteger(mnemonic.substr(second + 1), from);
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
    const unsigned size = sizeOf(form.type);
    if (form.space == Space::PARAM) {
        instruction->displacement = registers.parameter(line, address, size * form.count);
    } else {
        const Type pointer = form.space == Space::SHARED ? Type::U32 : Type::U64;
        instruction->reads.add(registers.base(line, address, pointer));
        instruction->displacement = address.displacement;
    }
    const unsigned width = registers.width(elements, form.type);
    for (const Operand &element : elements) {
        if (form.isLoad) {
            instruction->writes.add(registers.destination(line, element, form.type, width));
        } else {
            instruction->reads.add(registers.source(line, element, form.type, width));
        }
    }
    instruction->execute = form.isLoad ? loadOf(form.space, form.type, width, form.count)
                                       : storeOf(form.space, form.type, width, form.count);
}

/** What atom on shared memory does, such as atom.shared.max.u32; null if that is not emulated. */
Execute atomForm(const std::string &mnemonic, Type *type) {
    static const std::string PREFIX = "atom.shared.";
    const size_t last = mnemonic.rfind('.');
    return mnemonic.compare(0, PREFIX.size(), PREFIX) == 0 && last > PREFIX.size() &&
                   typeNamed(mnemonic.substr(last + 1), type)
               ? atomOf(mnemonic.substr(PREFIX.size(), last - PREFIX.size()), *type)
               : nullptr;
}

void assembleAtom(const Statement &statement, Execute atom, Type type, Registers &registers,
                  Instruction *instruction) {
    const unsigned line = statement.line;
    if (statement.operands.size() != 3) throw PtxError(line, "expected three operands");
    const Operand &address = statement.operands[1];
    instruction->writes.add(registers.destination(line, statement.operands[0], type));
    instruction->reads.add(registers.base(line, address, Type::U32));
    instruction->displacement = address.displacement;
    instruction->reads.add(registers.source(line, statement.operands[2], type));
    instruction->execute = atom;
}

void assembleConversion(const Statement &statement, Type to, Type from, Registers &registers,
                        Instruction *instruction) {
    const unsigned line = statement.line;
    if (statement.operands.size() != 2) throw PtxError(line, "expected two operands");
    const Operand &result = statement.operands[0], &operand = statement.operands[1];
    const unsigned toWidth = registers.width({result}, to);
    const unsigned fromWidth = registers.width({operand}, from);
    instruction->writes.add(registers.destination(line, result, to, toWidth));
    instruction->reads.add(registers.source(line, operand, from, fromWidth));
    instruction->execute = convertIntegers(to, toWidth, from, fromWidth);
}


void assembleByRule(const Statement &statement, const Rule &rule, Registers &registers,
                    Instruction *instruction) {
    if (statement.operands.size() != rule.types.size()) {
        throw PtxError(statement.line, "expected " + std::to_string(rule.types.size()) +
                                           " operands of " + statement.mnemonic);
    }
    instruction->execute = rule.execute;
    instruction->writes.add(
        registers.destination(statement.line, statement.operands[0], rule.types[0]));
    for (size_t i = 1; i < rule.types.size(); i++) {
        instruction->reads.add(
            registers.source(statement.line, statement.operands[i], rule.types[i]));
    }
}

void assembleVectorMove(const Statement &statement, const VectorMove &move, Registers &registers,
                        Instruction *instruction) {
    const unsigned line = statement.line;
    const Operand &result = statement.operands[0], &operand = statement.operands[1];
    if (result.kind == Operand::VECTOR) {
        instruction->execute = move.unpack;
        instruction->reads.add(registers.source(line, operand, move.whole));
        for (const Operand &element : result.elements) {
            instruction->writes.add(registers.destination(line, element, move.part));
        }
    } else {
        instruction->execute = move.pack;
        instruction->writes.add(registers.destination(line, result, move.whole));
        for (const Operand &element : operand.elements) {
            instruction->reads.add(registers.source(line, element, move.part));
        }
    }
}

/** The move that a statement between a register and a vector says, or null. */
const VectorMove *vectorMove(const Statement &statement) {
    for (const Operand &operand : statement.operands) {
        if (operand.kind == Operand::VECTOR && statement.operands.size() == 2) {
            return vectorMoveFor(statement.mnemonic, operand.elements.size());
        }
    }
    return nullptr;
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
    Type to, from;
    if (const VectorMove *move = vectorMove(statement)) {
        assembleVectorMove(statement, *move, registers, &instruction);
    } else if (const Rule *rule = ruleFor(mnemonic)) {
        assembleByRule(statement, *rule, registers, &instruction);
    } else if (accessForm(mnemonic, &form)) {
        assembleAccess(statement, form, registers, &instruction);
    } else if (conversionForm(mnemonic, &to, &from)) {
        assembleConversion(statement, to, from, registers, &instruction);
    } else if (const Execute atom = atomForm(mnemonic, &to)) {
        assembleAtom(statement, atom, to, registers, &instruction);
    } else if ((mnemonic == "bra" || mnemonic == "bra.uni") && operands.size() == 1) {
        instruction.flow = Instruction::BRANCH;
        instruction.uniform = mnemonic == "bra.uni";
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
