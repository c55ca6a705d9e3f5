#pragma once

#include "warp.h"

namespace emulator {

/** Runs a whole grid, block by block. Throws Fault. */
LaunchStatistics launch(const LaunchRequest &request, DeviceMemory &memory, const Options &options);

}  // namespace emulator
