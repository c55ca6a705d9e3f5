#pragma once

#include <string>
#include <vector>

#include "ptx.h"

namespace emulator {

/** What an exact mnemonic takes and does: the result first, then the operands. */
struct Rule {
    std::vector<Type> types;
    void (*execute)(Warp &, const Instruction &);
};

/** The rule for a mnemonic with all its suffixes, or null: no modifier is ever ignored. */
const Rule *ruleFor(const std::string &mnemonic);

}  // namespace emulator
