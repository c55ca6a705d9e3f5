#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "memory.h"
#include "options.h"
#include "ptx.h"

namespace emulator {

constexpr int WARP_SIZE = 32;

struct Dimensions {
    uint32_t x = 1, y = 1, z = 1;

    uint64_t count() const { return uint64_t{x} * y * z; }
    uint32_t operator[](unsigned axis) const { return axis == 0 ? x : axis == 1 ? y : z; }

    /** The coordinates of the i-th of them, x fastest. */
    Dimensions at(uint64_t i) const;
};

/** What a launch did; sectors are counted as the hardware does, warp instruction by warp instruction. */
struct LaunchStatistics {
    std::string kernel;
    Dimensions grid, block;
    uint64_t threadInstructions = 0;
    uint64_t bytesLoaded = 0, bytesStored = 0;  // global memory; so are the rest
    uint64_t sectorsLoaded = 0, sectorsStored = 0;
    // Accesses by threads, loads and stores, of so many bytes.
    uint64_t accesses1 = 0, accesses2 = 0, accesses4 = 0, accesses8 = 0, accesses16 = 0;
};

struct LaunchRequest {
    Kernel *kernel;
    Dimensions grid, block;
    uint32_t dynamicSharedBytes;
    std::vector<uint8_t> parameters;
};

/** What all warps of a launch share. */
struct Execution {
    Execution(const LaunchRequest &request, DeviceMemory &memory, const Options &options);

    Kernel &kernel;
    const std::vector<uint8_t> &parameters;
    DeviceMemory &memory;
    const Options &options;
    LaunchStatistics statistics;
    std::vector<Allocation> shared;      // the variables of the block that runs
    Dimensions blockIndex;
    int64_t budget;                      // warp instructions left
    std::vector<Allocation *> guesses;   // where each instruction last went: spares the search
};

/** 32 threads in lockstep, which part at branches and meet again at the lowest instruction. */
class Warp {
  public:
    Warp(Execution &execution, uint32_t firstThread);

    /** Begins the execution's block. */
    void enterBlock();

    /** Runs until every thread has ended or waits at a barrier. */
    void run();

    bool isWaiting() const { return waiting != 0; }

    /** The barrier where all threads of the warp wait; a fault if some have ended or gone elsewhere. */
    uint32_t barrier();
    void passBarrier() { waiting = 0; }

    unsigned activeCount() const { return __builtin_popcount(active); }

    template <class T>
    T *lanes(uint32_t offset) {
        return reinterpret_cast<T *>(&registers[offset]);
    }

    /** One bit a thread. */
    uint32_t predicate(uint32_t offset) { return *lanes<uint32_t>(offset); }
    void setPredicate(uint32_t offset, uint32_t bits);

    /** Calls for each lane that takes part in the instruction. */
    template <class Body>
    void forActiveLanes(Body body) {
        if (active == EVERY_LANE) {
#pragma GCC ivdep
            for (int lane = 0; lane < WARP_SIZE; lane++) body(lane);
        } else {
            for (uint32_t rest = active; rest; rest &= rest - 1) body(__builtin_ctz(rest));
        }
    }

    uint16_t threadOf(int lane) const { return firstThread + lane; }

    [[noreturn]] void fail(Result code, int lane, const std::string &message) const;

    Execution &execution;

  private:
    static constexpr uint32_t EVERY_LANE = UINT32_MAX;

    void runGroup(uint32_t group);
    void execute(const Instruction &instruction);
    uint32_t guarded(const Instruction &instruction, uint32_t group);
    void checkDefined(uint32_t offset, uint32_t group) const;
    void moveTo(uint32_t group, uint32_t index);

    const uint32_t firstThread;
    const uint32_t started;           // lanes that the block has threads for
    std::unique_ptr<uint8_t[]> file;  // the registers, before alignment
    uint8_t *registers;
    std::vector<uint32_t> defined;    // which lanes of the register at each cache line are written
    uint32_t alive = 0, waiting = 0, active = 0;
    uint32_t next[WARP_SIZE];         // the instruction where each lane goes on
    uint32_t current = 0;
};

}  // namespace emulator
