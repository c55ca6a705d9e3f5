#pragma once

#include <cstdint>
#include <string>

namespace emulator {

/** How strict, and which machine to play. Switches are 0 or 1. */
struct Options {
    int64_t seed = 0;                 // 0: blocks and warps in order; otherwise permuted by it
    int64_t deferred = 0;             // work in streams waits for a call that synchronises
    int64_t raceCheck = 0;            // two threads, one word, a write, no barrier: 719
    int64_t uninitialisedCheck = 0;   // reads of memory that nothing has written: 719
    int64_t devices = 1;
    int64_t computeCapability = 75;
    int64_t driverVersion = 12000;    // R525
    int64_t memoryBytes = 1 << 30;    // of each device
    int64_t initResult = 0;           // what cuInit answers
    int64_t budget = 1000000000;      // warp instructions until a launch is an endless loop: 702
    int64_t excerpt = 0;              // blocks that run around both ends and multiples of 2^17; 0: all
    int64_t record = 1;               // launches and freed memory are remembered

    /** Sets one by its name, such as race-check; false if there is none of that name. */
    bool set(const std::string &name, int64_t value);

    /** The defaults, changed by ROOTMEAN_CUDA_EMULATOR="name=value name=value ...". */
    static Options fromEnvironment();
};

}  // namespace emulator
