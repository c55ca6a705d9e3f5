#pragma once

#include "ptx.h"
#include "registers.h"

namespace emulator {

/**
 * Makes one written instruction ready to run.
 * @throws PtxError if there is no rule for exactly this mnemonic, or the operands do not fit it
 */
Instruction assemble(const Statement &statement, Registers &registers);

}  // namespace emulator
