#pragma once

#include <cstdint>
#include <string>

namespace emulator {

/** What a driver and a device can take. */
struct PtxLimits {
    /** @param driverVersion as cuDriverGetVersion gives it */
    PtxLimits(int64_t driverVersion, int64_t computeCapability);

    /**
     * Judges a module's .version, such as 6.3; gives ten times of it.
     * @throws PtxError if it is none, or newer than the driver
     */
    int version(unsigned line, const std::string &text) const;

    /**
     * Judges a module's .target, such as sm_75, which that version must know.
     * @throws PtxError if it is none, newer than the version, or more than the device
     */
    void target(unsigned line, const std::string &text, int version) const;

  private:
    const int newestVersion;  // ten times: 80 is .version 8.0
    const int computeCapability;
};

}  // namespace emulator
