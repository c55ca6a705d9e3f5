#include "versions.h"

#include <cmath>
#include <cstdlib>
#include <map>

#include "ptx.h"

namespace emulator {
namespace {

/* Both tables: PTX ISA, release notes. */

/** Ten times the newest PTX version that a driver knows; of those before 10.0 nothing is known. */
int newestPtx(int64_t driverVersion) {
    static const std::map<int64_t, int> VERSIONS = {
        {10000, 63}, {10010, 64}, {10020, 65}, {11000, 70}, {11010, 71}, {11020, 72}, {11030, 73},
        {11040, 74}, {11050, 75}, {11060, 76}, {11070, 77}, {11080, 78}, {12000, 80}, {12010, 81},
        {12020, 82}, {12030, 83}, {12040, 84}, {12050, 85}, {12070, 86}, {12080, 87}, {12090, 88},
        {13000, 90},
    };
    auto newer = VERSIONS.upper_bound(driverVersion);
    return newer == VERSIONS.begin() ? 0 : std::prev(newer)->second;
}

/** Ten times the PTX version that a target needs. */
const std::map<std::string, int> TARGETS = {
    {"sm_60", 50}, {"sm_61", 50}, {"sm_70", 60}, {"sm_75", 63},  {"sm_80", 70},  {"sm_86", 71},
    {"sm_87", 74}, {"sm_89", 78}, {"sm_90", 78}, {"sm_100", 86}, {"sm_120", 87},
};

std::string dotted(int version) {
    return std::to_string(version / 10) + "." + std::to_string(version % 10);
}

}  // namespace

PtxLimits::PtxLimits(int64_t driverVersion, int64_t computeCapability)
    : newestVersion(newestPtx(driverVersion)), computeCapability(computeCapability) {}

int PtxLimits::version(unsigned line, const std::string &text) const {
    char *end = nullptr;
    const int version = std::lround(10 * std::strtod(text.c_str(), &end));
    if (*end || version <= 0) throw PtxError(line, "'" + text + "' is no version");
    if (version > newestVersion) {
        throw PtxError(line,
                       "Unsupported .version " + text + "; current version is '" +
                           dotted(newestVersion) + "'",
                       UNSUPPORTED_PTX_VERSION);
    }
    return version;
}

void PtxLimits::target(unsigned line, const std::string &text, int version) const {
    auto target = TARGETS.find(text);
    if (target == TARGETS.end()) throw PtxError(line, "'" + text + "' is no target that is emulated");
    if (target->second > version) {
        throw PtxError(line, "PTX .version " + dotted(version) + " does not support .target " + text);
    }
    if (std::stoi(text.substr(3)) > computeCapability) {
        throw PtxError(line,
                       text + " is more than the device's sm_" + std::to_string(computeCapability),
                       NO_BINARY_FOR_GPU);
    }
}

}  // namespace emulator
