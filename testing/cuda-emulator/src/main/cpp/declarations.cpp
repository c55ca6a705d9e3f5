#include "declarations.h"

#include <algorithm>

namespace emulator {

Type readType(Lexer &lexer) {
    Type type;
    if (lexer.peek().text.compare(0, 1, ".") != 0 ||
        !typeNamed(lexer.peek().text.substr(1), &type)) {
        lexer.fail("a type that is emulated");
    }
    lexer.next();
    return type;
}

Declaration readDeclaration(Lexer &lexer) {
    Declaration declared;
    if (lexer.accept(".align")) declared.alignment = lexer.integer();
    declared.size = sizeOf(readType(lexer));
    declared.alignment = std::max(declared.alignment, declared.size);
    declared.name = lexer.word("a name");
    if (lexer.accept("[")) {
        declared.size *= lexer.peek().text == "]" ? 0 : lexer.integer();
        lexer.expect("]");
    }
    return declared;
}

uint32_t alignUp(uint32_t offset, uint32_t alignment) {
    return (offset + alignment - 1) / alignment * alignment;
}

}  // namespace emulator
