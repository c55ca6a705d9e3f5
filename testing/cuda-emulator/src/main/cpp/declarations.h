#pragma once

#include <cstdint>
#include <string>

#include "lexer.h"
#include "ptx.h"

namespace emulator {

/** A variable's declaration after its state space: [.align n] .type name [ '[' count ']' ]. */
struct Declaration {
    std::string name;
    uint32_t alignment = 1, size = 0;  // size 0: an open array
};

Declaration readDeclaration(Lexer &lexer);

Type readType(Lexer &lexer);

/** The least multiple of an alignment that is not below an offset. */
uint32_t alignUp(uint32_t offset, uint32_t alignment);

}  // namespace emulator
