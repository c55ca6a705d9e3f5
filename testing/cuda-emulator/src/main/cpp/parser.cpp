#include "parser.h"

#include <sstream>

#include "bodies.h"
#include "declarations.h"
#include "lexer.h"
#include "registers.h"

namespace emulator {
namespace {

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
                dynamicShared.push_back(readDeclaration(lexer));
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
        program.version = limits.version(version.line, version.text);
        lexer.expect(".target");
        const Token target = lexer.next();
        limits.target(target.line, target.text, program.version);
        lexer.expect(".address_size");
        lexer.expect("64");
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
        blockSize(kernel);
        lexer.expect("{");
        readBody(lexer, dynamicShared, registers, kernel);
        if (!program.kernels.emplace(kernel.name, kernel).second) {
            throw PtxError(line, kernel.name + " is declared twice");
        }
    }

    void parameter(Kernel &kernel, Registers &registers) {
        lexer.expect(".param");
        const unsigned line = lexer.peek().line;
        const Declaration declared = readDeclaration(lexer);
        const uint32_t offset = alignUp(kernel.parameterBytes, declared.alignment);
        kernel.parameters.push_back({offset, declared.size});
        kernel.parameterBytes = offset + declared.size;
        registers.declareParameter(line, declared.name, kernel.parameters.back());
    }

    /** .maxntid bounds the number of a block's threads, .reqntid says how many there are, and how. */
    void blockSize(Kernel &kernel) {
        const bool required = lexer.accept(".reqntid");
        if (!required && !lexer.accept(".maxntid")) return;
        std::array<uint32_t, 3> threads{1, 1, 1};
        unsigned axis = 0;
        do threads[axis++] = lexer.integer();
        while (axis < 3 && lexer.accept(","));
        kernel.maxThreads = threads[0] * threads[1] * threads[2];
        if (required) kernel.requiredThreads = threads;
    }

    Lexer lexer;
    const PtxLimits limits;
    Program program;
    std::vector<Declaration> dynamicShared;
};

}  // namespace

Program parse(const std::string &text, const PtxLimits &limits) {
    return Parser(text, limits).module();
}

}  // namespace emulator
