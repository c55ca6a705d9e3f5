#include "parser.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <sstream>

#include "instructions.h"
#include "lexer.h"
#include "registers.h"

namespace emulator {
namespace {

uint32_t alignUp(uint32_t offset, uint32_t alignment) {
    return (offset + alignment - 1) / alignment * alignment;
}

/** A variable's declaration after its state space: [.align n] .type name [ '[' count ']' ]. */
struct Declaration {
    std::string name;
    uint32_t alignment = 1, size = 0;  // size 0: an open array
};

class Parser {
  public:
    Parser(const std::string &text, const PtxLimits &limits) : lexer(text), limits(limits) {
        std::istringstream stream(text);
        for (std::string line; std::getline(stream, line);) program.lines.push_back(line);
    }

    Program module() {
        header();
        while (lexer.peek().kind != Token::END) {
            if (lexer.accept(".visible") || lexer.accept(".weak")) continue;
            if (lexer.accept(".entry")) {
                kernel();
            } else if (lexer.accept(".extern")) {
                lexer.expect(".shared");
                dynamicShared.push_back(declaration().name);
                lexer.expect(";");
            } else {
                lexer.fail("a kernel or .extern .shared");
            }
        }
        return std::move(program);
    }

  private:
    // Version and target come first and are judged first: what follows may be newer than this.
    void header() {
        lexer.expect(".version");
        const Token version = lexer.next();
        char *end = nullptr;
        program.version = std::lround(10 * std::strtod(version.text.c_str(), &end));
        if (version.kind != Token::NUMBER || *end) throw PtxError(version.line, "not a version");
        if (program.version > limits.version) {
            throw PtxError(version.line,
                           "Unsupported .version " + version.text + "; current version is '" +
                               std::to_string(limits.version / 10) + "." +
                               std::to_string(limits.version % 10) + "'",
                           UNSUPPORTED_PTX_VERSION);
        }
        lexer.expect(".target");
        const Token target = lexer.next();
        if (target.text.compare(0, 3, "sm_") != 0) throw PtxError(target.line, "not a target");
        if (std::atoi(&target.text[3]) > limits.computeCapability) {
            throw PtxError(target.line,
                           "SM version " + target.text + " is higher than the device's sm_" +
                               std::to_string(limits.computeCapability),
                           NO_BINARY_FOR_GPU);
        }
        lexer.expect(".address_size");
        lexer.expect("64");
    }

    Type type() {
        Type type;
        if (lexer.peek().text.compare(0, 1, ".") != 0 ||
            !typeNamed(lexer.peek().text.substr(1), &type)) {
            lexer.fail("a type that is emulated");
        }
        lexer.next();
        return type;
    }

    Declaration declaration() {
        Declaration declared;
        if (lexer.accept(".align")) declared.alignment = lexer.integer();
        const unsigned size = sizeOf(type());
        declared.alignment = std::max(declared.alignment, size);
        declared.name = lexer.word("a name");
        declared.size = size;
        if (lexer.accept("[")) {
            declared.size *= lexer.peek().text == "]" ? 0 : lexer.integer();
            lexer.expect("]");
        }
        return declared;
    }

    void kernel() {
        Kernel kernel;
        Registers registers(kernel);
        const unsigned line = lexer.peek().line;
        kernel.name = lexer.word("a kernel's name");
        if (lexer.accept("(") && !lexer.accept(")")) {
            do parameter(kernel, registers);
            while (lexer.accept(","));
            lexer.expect(")");
        }
        if (lexer.accept(".maxntid") || lexer.accept(".reqntid")) {
            kernel.maxThreads = 1;
            do kernel.maxThreads *= lexer.integer();
            while (lexer.accept(","));
        }
        lexer.expect("{");
        body(kernel, registers);
        if (!program.kernels.emplace(kernel.name, kernel).second) {
            throw PtxError(line, kernel.name + " is declared twice");
        }
    }

    void parameter(Kernel &kernel, Registers &registers) {
        lexer.expect(".param");
        const unsigned line = lexer.peek().line;
        const Declaration declared = declaration();
        const uint32_t offset = alignUp(kernel.parameterBytes, declared.alignment);
        kernel.parameters.push_back({offset, declared.size});
        kernel.parameterBytes = offset + declared.size;
        registers.declareParameter(line, declared.name, kernel.parameters.back());
    }

    void body(Kernel &kernel, Registers &registers) {
        std::map<std::string, uint32_t> labels;
        std::vector<std::pair<uint32_t, Operand>> branches;  // and what they name
        bool dynamicDeclared = false;
        while (!lexer.accept("}")) {
            const unsigned line = lexer.peek().line;
            if (lexer.accept(".reg")) {
                registerDeclaration(registers);
            } else if (lexer.accept(".shared")) {
                const Declaration declared = declaration();
                kernel.sharedBytes = alignUp(kernel.sharedBytes, declared.alignment);
                registers.declareShared(line, declared.name, kernel.sharedBytes);
                kernel.sharedBytes += declared.size;
                lexer.expect(";");
            } else if (lexer.accept(".pragma")) {
                lexer.expect("\"nounroll\"");
                lexer.expect(";");
            } else {
                // Dynamic shared memory lies behind the static one, which is known by now.
                if (!dynamicDeclared) declareDynamicShared(line, kernel, registers);
                dynamicDeclared = true;
                statement(kernel, registers, labels, branches);
            }
        }
        for (const auto &[index, operand] : branches) {
            auto label = labels.find(operand.name);
            if (label == labels.end()) {
                throw PtxError(kernel.code[index].line, "no label '" + operand.name + "'");
            }
            kernel.code[index].target = label->second;
        }
        checkEnd(lexer.peek().line, kernel);
    }

    /** No path may run, or jump, past the last instruction. */
    static void checkEnd(unsigned line, const Kernel &kernel) {
        const uint32_t size = kernel.code.size();
        const auto leaves = [=](const Instruction &instruction) {
            return instruction.flow == Instruction::BRANCH && instruction.target >= size;
        };
        const bool falls = !size || kernel.code.back().guard != Instruction::NONE ||
                           (kernel.code.back().flow != Instruction::EXIT &&
                            kernel.code.back().flow != Instruction::BRANCH);
        if (falls || std::any_of(kernel.code.begin(), kernel.code.end(), leaves)) {
            throw PtxError(line, kernel.name + " does not end with ret");
        }
    }

    void declareDynamicShared(unsigned line, const Kernel &kernel, Registers &registers) {
        for (const std::string &name : dynamicShared) {
            registers.declareShared(line, name, kernel.dynamicSharedOffset());
        }
    }

    void registerDeclaration(Registers &registers) {
        const unsigned line = lexer.peek().line;
        const Type declared = type();
        do {
            const std::string name = lexer.word("a register's name");
            if (!lexer.accept("<")) {
                registers.declare(line, name, declared);
                continue;
            }
            const uint64_t count = lexer.integer();
            for (uint64_t i = 0; i < count; i++) {
                registers.declare(line, name + std::to_string(i), declared);
            }
            lexer.expect(">");
        } while (lexer.accept(","));
        lexer.expect(";");
    }

    void statement(Kernel &kernel, Registers &registers, std::map<std::string, uint32_t> &labels,
                   std::vector<std::pair<uint32_t, Operand>> &branches) {
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
        Instruction instruction = assemble(statement, registers);
        if (instruction.flow == Instruction::BRANCH) {
            branches.emplace_back(kernel.code.size(), statement.operands[0]);
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

    Lexer lexer;
    const PtxLimits limits;
    Program program;
    std::vector<std::string> dynamicShared;
};

}  // namespace

Program parse(const std::string &text, const PtxLimits &limits) {
    return Parser(text, limits).module();
}

}  // namespace emulator
