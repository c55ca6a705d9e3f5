#include "launch.h"

#include <algorithm>
#include <numeric>
#include <random>

namespace emulator {
namespace {

/** 0 to count - 1, in order for seed 0, otherwise permuted anew by each call. */
class Order {
  public:
    explicit Order(int64_t seed) : seed(seed), random(seed) {}

    std::vector<uint64_t> of(uint64_t count) {
        std::vector<uint64_t> order(count);
        std::iota(order.begin(), order.end(), 0);
        // Not std::shuffle: what that does with a seed is each library's own affair.
        for (uint64_t n = count; seed && n > 1; n--) std::swap(order[n - 1], order[random() % n]);
        return order;
    }

  private:
    const int64_t seed;
    std::mt19937_64 random;
};

/** Runs the warps from barrier to barrier. */
void runBlock(std::vector<Warp> &warps, Order &order, Epochs &epochs) {
    for (Warp &warp : warps) warp.enterBlock();
    bool waiting = true;
    while (waiting) {
        for (uint64_t i : order.of(warps.size())) warps[i].run();
        waiting = std::any_of(warps.begin(), warps.end(), [](Warp &w) { return w.isWaiting(); });
        if (!waiting) return;
        const uint32_t barrier = warps[0].barrier();
        for (Warp &warp : warps) {
            if (warp.barrier() != barrier) {
                warp.fail(LAUNCH_FAILED, 0, "is not at the barrier where other warps wait");
            }
            warp.passBarrier();
        }
        epochs.now++;
    }
}

/** Whether a block runs: all do, or those around both ends and each multiple of 2^17. */
bool isRun(uint64_t block, uint64_t blocks, uint64_t excerpt) {
    constexpr uint64_t PERIOD = 1 << 17;
    return !excerpt || block + excerpt >= blocks || block % PERIOD < excerpt ||
           block % PERIOD >= PERIOD - excerpt;
}

}  // namespace

LaunchStatistics launch(const LaunchRequest &request, DeviceMemory &memory,
                        const Options &options) {
    Execution execution(request, memory, options);
    std::vector<Warp> warps;
    const uint32_t threads = request.block.count();
    warps.reserve((threads + WARP_SIZE - 1) / WARP_SIZE);
    for (uint32_t first = 0; first < threads; first += WARP_SIZE) warps.emplace_back(execution, first);

    Order order(options.seed);
    Epochs &epochs = memory.epochs;
    epochs.launch = epochs.now + 1;
    const uint64_t blocks = request.grid.count();
    for (uint64_t block : order.of(blocks)) {
        if (!isRun(block, blocks, options.excerpt)) continue;
        epochs.block = ++epochs.now;
        execution.blockIndex = request.grid.at(block);
        for (Allocation &variable : execution.shared) variable.poison();
        runBlock(warps, order, epochs);
    }
    return execution.statistics;
}

}  // namespace emulator
