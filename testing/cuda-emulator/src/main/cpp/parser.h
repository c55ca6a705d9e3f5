#pragma once

#include <string>

#include "ptx.h"
#include "versions.h"

namespace emulator {

/**
 * Understands a module's text, or throws PtxError. Strict: whatever is not known to be handled exactly
 * is refused.
 */
Program parse(const std::string &text, const PtxLimits &limits);

}  // namespace emulator
