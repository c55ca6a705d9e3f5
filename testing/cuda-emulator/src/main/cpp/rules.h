#pragma once

#include <string>
#include <vector>

#include "ptx.h"

namespace emulator {

/** What an exact mnemonic takes and does: the result first, then the operands. */
struct Rule {
    std::vector<Type> types;
    Execute execute;
};

/** The rule for a mnemonic with all its suffixes, or null: no modifier is ever ignored. */
const Rule *ruleFor(const std::string &mnemonic);

/** A mov between one register and a vector of narrower ones, which are its bits from the lowest on. */
struct VectorMove {
    const char *mnemonic;
    size_t count;
    Type whole, part;
    Execute pack, unpack;
};

/** The move for a mnemonic and a vector of so many registers, or null. */
const VectorMove *vectorMoveFor(const std::string &mnemonic, size_t count);

}  // namespace emulator
