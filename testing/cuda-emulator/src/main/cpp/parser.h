#pragma once

#include <string>

#include "ptx.h"

namespace emulator {

/** What a driver and a device can take. */
struct PtxLimits {
    int version;            // ten times: 80 is .version 8.0
    int computeCapability;  // 75 is sm_75
};

/**
 * Understands a module's text, or throws PtxError. Strict: whatever is not known to be handled exactly
 * is refused.
 */
Program parse(const std::string &text, const PtxLimits &limits);

}  // namespace emulator
