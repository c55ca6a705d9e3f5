#include "bodies.h"

#include <algorithm>
#include <cstdlib>
#include <map>

#include "instructions.h"

namespace emulator {
namespace {

uint32_t end(const Place &place) { return place.offset + place.size; }

class Body {
  public:
    Body(Lexer &lexer, const std::vector<Declaration> &dynamicShared, Registers &registers,
         Kernel &kernel)
        : lexer(lexer), dynamicShared(dynamicShared), registers(registers), kernel(kernel) {}

    void read() {
        declareDynamicShared();
        while (lexer.peek().text != "}") {
            if (!declaration()) statement();
        }
        for (const auto &[index, name] : branches) {
            auto label = labels.find(name);
            if (label == labels.end()) {
                throw PtxError(kernel.code[index].line, "no label '" + name + "'");
            }
            kernel.code[index].target = label->second;
        }
        checkEnd();
        lexer.expect("}");
    }

  private:
    /** Reads one, if there is one. */
    bool declaration() {
        if (lexer.accept(".reg")) {
            registerDeclaration();
        } else if (lexer.accept(".shared")) {
            sharedVariable();
        } else {
            return false;
        }
        lexer.expect(";");
        return true;
    }

    void registerDeclaration() {
        const unsigned line = lexer.peek().line;
        const Type type = readType(lexer);
        do {
            const std::string name = lexer.word("a register's name");
            if (!lexer.accept("<")) {
                registers.declare(line, name, type);
                continue;
            }
            const uint64_t count = lexer.integer();
            for (uint64_t i = 0; i < count; i++) {
                registers.declare(line, name + std::to_string(i), type);
            }
            lexer.expect(">");
        } while (lexer.accept(","));
    }

    void sharedVariable() {
        const unsigned line = lexer.peek().line;
        const Declaration declared = readDeclaration(lexer);
        kernel.sharedBytes = alignUp(kernel.sharedBytes, declared.alignment) + declared.size;
        // Behind a gap, and aligned as declared but not more.
        constexpr uint32_t GAP = 256;
        const uint32_t last = kernel.sharedVariables.empty() ? 0 : end(kernel.sharedVariables.back());
        const uint32_t offset = alignUp(last + GAP, 2 * declared.alignment) + declared.alignment;
        registers.declareShared(line, declared.name, offset);
        kernel.sharedVariables.push_back({offset, declared.size});
    }

    /** All dynamic arrays begin at one place, far behind the others. */
    void declareDynamicShared() {
        uint32_t alignment = 1;
        for (const Declaration &declared : dynamicShared) {
            alignment = std::max(alignment, declared.alignment);
        }
        kernel.dynamicSharedOffset = alignUp(1 << 20, 2 * alignment) + alignment;
        for (const Declaration &declared : dynamicShared) {
            registers.declareShared(lexer.peek().line, declared.name, kernel.dynamicSharedOffset);
        }
    }

    void statement() {
        if (lexer.accept(".pragma")) {
            lexer.expect("\"nounroll\"");
            lexer.expect(";");
            return;
        }
        Statement statement;
        statement.line = lexer.peek().line;
        if (lexer.accept("@")) {
            statement.negated = lexer.accept("!");
            statement.guard = lexer.word("a predicate");
        }
        statement.mnemonic = lexer.word("an instruction");
        if (statement.guard.empty() && lexer.accept(":")) {
            if (!labels.emplace(statement.mnemonic, kernel.code.size()).second) {
                throw PtxError(statement.line, "label " + statement.mnemonic + " twice");
            }
            return;
        }
        if (!lexer.accept(";")) {
            do statement.operands.push_back(operand());
            while (lexer.accept(","));
            lexer.expect(";");
        }
        const Instruction instruction = assemble(statement, registers);
        if (instruction.flow == Instruction::BRANCH) {
            branches.emplace_back(kernel.code.size(), statement.operands[0].name);
        }
        kernel.code.push_back(instruction);
    }

    Operand operand() {
        Operand operand;
        if (lexer.accept("{")) {
            operand.kind = Operand::VECTOR;
            do operand.elements.push_back(this->operand());
            while (lexer.accept(","));
            lexer.expect("}");
        } else if (lexer.accept("[")) {
            operand.kind = Operand::ADDRESS;
            operand.name = lexer.word("a register or a variable");
            if (lexer.accept("+")) operand.displacement = signedInteger();
            lexer.expect("]");
        } else if (lexer.peek().kind == Token::WORD) {
            operand.name = lexer.next().text;
        } else {
            number(operand);
        }
        return operand;
    }

    void number(Operand &operand) {
        const std::string &text = lexer.peek().text;
        const std::string prefix = text.substr(0, 2);
        const bool isFloat32 = text.size() == 10 && (prefix == "0f" || prefix == "0F");
        const bool isFloat64 = text.size() == 18 && (prefix == "0d" || prefix == "0D");
        if (!isFloat32 && !isFloat64) {
            operand.kind = Operand::INTEGER;
            operand.bits = signedInteger();
            return;
        }
        operand.kind = isFloat32 ? Operand::FLOAT32 : Operand::FLOAT64;
        char *end = nullptr;
        operand.bits = std::strtoull(&text[2], &end, 16);
        if (*end) lexer.fail("hexadecimal digits");
        lexer.next();
    }

    int64_t signedInteger() {
        const bool negative = lexer.accept("-");
        const uint64_t value = lexer.integer();
        return negative ? -value : value;
    }

    /** No path may run, or jump, past the last instruction. */
    void checkEnd() const {
        const uint32_t size = kernel.code.size();
        const auto leaves = [=](const Instruction &instruction) {
            return instruction.flow == Instruction::BRANCH && instruction.target >= size;
        };
        const bool falls = !size || kernel.code.back().guard != Instruction::NONE ||
                           (kernel.code.back().flow != Instruction::EXIT &&
                            kernel.code.back().flow != Instruction::BRANCH);
        if (falls || std::any_of(kernel.code.begin(), kernel.code.end(), leaves)) {
            lexer.fail("ret as the last instruction of " + kernel.name);
        }
    }

    Lexer &lexer;
    const std::vector<Declaration> &dynamicShared;
    Registers &registers;
    Kernel &kernel;
    std::map<std::string, uint32_t> labels;
    std::vector<std::pair<uint32_t, std::string>> branches;  // instructions, and the labels they name
};

}  // namespace

void readBody(Lexer &lexer, const std::vector<Declaration> &dynamicShared, Registers &registers,
              Kernel &kernel) {
    Body(lexer, dynamicShared, registers, kernel).read();
}

}  // namespace emulator
