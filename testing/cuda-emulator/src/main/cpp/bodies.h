#pragma once

#include <vector>

#include "declarations.h"
#include "lexer.h"
#include "ptx.h"
#include "registers.h"

namespace emulator {

/**
 * Understands a kernel's body from after its opening brace to its closing one.
 * @param dynamicShared the module's arrays whose size each launch gives
 */
void readBody(Lexer &lexer, const std::vector<Declaration> &dynamicShared, Registers &registers,
              Kernel &kernel);

}  // namespace emulator
