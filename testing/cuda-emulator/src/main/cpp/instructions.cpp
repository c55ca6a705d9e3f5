#include "instructions.h"

#include "accesses.h"
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
    if (take(".v2")) form->count = 2;
    if (take(".v4")) form->count = 4;
    const bool halves =
        form->isLoad && (form->space == Space::GLOBAL || form->space == Space::CONSTANT_GLOBAL);
    return take(".") && typeNamed(rest, &form->type) && sizeOf(form->type) >= (halves ? 2 : 4) &&
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
    const unsigned size = sizeOf(form.type);
    if (form.space == Space::PARAM) {
        instruction->displacement = registers.parameter(line, address, size * form.count);
    } else {
        const Type pointer = form.space == Space::SHARED ? Type::U32 : Type::U64;
        instruction->reads.add(registers.base(line, address, pointer));
        instruction->displacement = address.displacement;
    }
    for (const Operand &element : elements) {
        if (form.isLoad) {
            instruction->writes.add(registers.destination(line, element, form.type));
        } else {
            instruction->reads.add(registers.source(line, element, form.type));
        }
    }
    instruction->execute = form.isLoad ? loadOf(form.space, size, form.count)
                                       : storeOf(form.space, size, form.count);
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
