#include "options.h"

#include <cstdio>
#include <cstdlib>
#include <sstream>

#include "results.h"

namespace emulator {

bool Options::set(const std::string &name, int64_t value) {
    static const struct {
        const char *name;
        int64_t Options::*field;
    } FIELDS[] = {
        {"seed", &Options::seed},
        {"deferred", &Options::deferred},
        {"race-check", &Options::raceCheck},
        {"uninitialised-check", &Options::uninitialisedCheck},
        {"devices", &Options::devices},
        {"compute-capability", &Options::computeCapability},
        {"driver-version", &Options::driverVersion},
        {"memory-bytes", &Options::memoryBytes},
        {"init-result", &Options::initResult},
        {"budget", &Options::budget},
        {"excerpt", &Options::excerpt},
        {"record", &Options::record},
    };
    for (const auto &field : FIELDS) {
        if (name == field.name) {
            this->*field.field = value;
            return true;
        }
    }
    return false;
}

Options Options::fromEnvironment() {
    Options options;
    const char *text = std::getenv("ROOTMEAN_CUDA_EMULATOR");
    std::istringstream words(text ? text : "");
    for (std::string word; words >> word;) {
        const size_t equals = word.find('=');
        char *end = nullptr;
        const int64_t value =
            equals == std::string::npos ? 0 : std::strtoll(&word[equals + 1], &end, 10);
        if (!end || *end || end == &word[equals + 1] ||
            !options.set(word.substr(0, equals), value)) {
            std::fprintf(stderr, "ROOTMEAN_CUDA_EMULATOR: not understood: %s\n", word.c_str());
            options.initResult = INVALID_VALUE;  // a typing error must not pass for a default
            break;
        }
    }
    return options;
}

}  // namespace emulator
