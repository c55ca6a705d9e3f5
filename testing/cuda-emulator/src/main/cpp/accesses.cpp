#include "accesses.h"

#include <algorithm>
#include <cstring>

#include "warp.h"

namespace emulator {
namespace {

/** All checks of one thread's access; gives the host's address of the bytes. */
uint8_t *checked(Warp &warp, Allocation *allocation, uint64_t address, unsigned size, bool write,
                 int lane, uint32_t since) {
    Execution &execution = warp.execution;
    const auto what = [=] {
        return std::string(write ? "writes " : "reads ") + std::to_string(size) + " bytes at " +
               std::to_string(address) + ": ";
    };
    if (!allocation || !allocation->isLive() || !allocation->holds(address, size)) {
        const Allocation &shared = execution.shared;
        warp.fail(ILLEGAL_ADDRESS, lane,
                  what() + (allocation == &shared
                                ? "shared memory has " + std::to_string(shared.size())
                                : execution.memory.explain(address, size)));
    }
    if (address % size) warp.fail(MISALIGNED_ADDRESS, lane, what() + "misaligned");
    if (write) {
        allocation->markWritten(address, size);
    } else if (!allocation->isWritten(address, size)) {
        warp.fail(LAUNCH_FAILED, lane, what() + "nothing has written them");
    }
    if (execution.options.raceCheck &&
        allocation->touch(address, size, write, warp.threadOf(lane), since,
                          execution.memory.epochs)) {
        warp.fail(LAUNCH_FAILED, lane, what() + "a race with another thread");
    }
    return allocation->at(address);
}

/** Counts the distinct sectors that the lanes of one warp instruction touch. */
class Sectors {
  public:
    void add(uint64_t address) { sectors[count++] = address / 32; }

    unsigned distinct() {
        if (!std::is_sorted(sectors, sectors + count)) std::sort(sectors, sectors + count);
        return std::unique(sectors, sectors + count) - sectors;
    }

  private:
    uint64_t sectors[WARP_SIZE];
    unsigned count = 0;
};

void count(LaunchStatistics &statistics, unsigned size, bool write, unsigned threads,
           unsigned sectors) {
    (write ? statistics.bytesStored : statistics.bytesLoaded) += uint64_t{size} * threads;
    (write ? statistics.sectorsStored : statistics.sectorsLoaded) += sectors;
    (size == 4   ? statistics.accesses4
     : size == 8 ? statistics.accesses8
                 : statistics.accesses16) += threads;
}

/** Calls body(lane, bytes) for each active lane's access to global memory. */
template <class Body>
void forEachGlobal(Warp &warp, const Instruction &instruction, unsigned size, bool write,
                   Body body) {
    Execution &execution = warp.execution;
    const uint64_t *bases = warp.lanes<uint64_t>(instruction.sources[0]);
    Allocation *&guess = execution.guesses[&instruction - execution.kernel.code.data()];
    Sectors sectors;
    unsigned threads = 0;
    warp.forActiveLanes([&](int lane) {
        const uint64_t address = bases[lane] + instruction.displacement;
        if (!guess || !guess->holds(address, 1)) guess = execution.memory.find(address);
        body(lane, checked(warp, guess, address, size, write, lane,
                           execution.memory.epochs.launch));
        sectors.add(address);
        threads++;
    });
    count(execution.statistics, size, write, threads, sectors.distinct());
}

template <class Body>
void forEachShared(Warp &warp, const Instruction &instruction, unsigned size, bool write,
                   Body body) {
    Execution &execution = warp.execution;
    const uint32_t *bases = instruction.sources[0] == Instruction::NONE
                                ? nullptr
                                : warp.lanes<uint32_t>(instruction.sources[0]);
    warp.forActiveLanes([&](int lane) {
        const uint32_t address = (bases ? bases[lane] : 0) + instruction.displacement;
        body(lane, checked(warp, &execution.shared, address, size, write, lane,
                           execution.memory.epochs.block));
    });
}

template <class T, unsigned N>
void loadParameter(Warp &warp, const Instruction &instruction) {
    for (unsigned i = 0; i < N; i++) {
        T value;
        std::memcpy(&value, &warp.execution.parameters[instruction.displacement + i * sizeof(T)],
                    sizeof(T));
        T *lanes = warp.lanes<T>(instruction.values[i]);
        warp.forActiveLanes([=](int lane) { lanes[lane] = value; });
    }
}

template <class T, unsigned N, bool GLOBAL>
void load(Warp &warp, const Instruction &instruction) {
    const auto body = [&](int lane, const uint8_t *bytes) {
        for (unsigned i = 0; i < N; i++) {
            std::memcpy(&warp.lanes<T>(instruction.values[i])[lane], bytes + i * sizeof(T),
                        sizeof(T));
        }
    };
    constexpr unsigned SIZE = N * sizeof(T);
    if (GLOBAL) {
        forEachGlobal(warp, instruction, SIZE, false, body);
    } else {
        forEachShared(warp, instruction, SIZE, false, body);
    }
}

template <class T, unsigned N, bool GLOBAL>
void store(Warp &warp, const Instruction &instruction) {
    const auto body = [&](int lane, uint8_t *bytes) {
        for (unsigned i = 0; i < N; i++) {
            std::memcpy(bytes + i * sizeof(T), &warp.lanes<T>(instruction.values[i])[lane],
                        sizeof(T));
        }
    };
    constexpr unsigned SIZE = N * sizeof(T);
    if (GLOBAL) {
        forEachGlobal(warp, instruction, SIZE, true, body);
    } else {
        forEachShared(warp, instruction, SIZE, true, body);
    }
}

template <class T, unsigned N>
Execute loadOf(Space space) {
    return space == Space::PARAM    ? loadParameter<T, N>
           : space == Space::GLOBAL ? load<T, N, true>
                                    : load<T, N, false>;
}

template <class T, unsigned N>
Execute storeOf(Space space) {
    return space == Space::GLOBAL ? store<T, N, true> : store<T, N, false>;
}

}  // namespace

Execute loadOf(Space space, unsigned size, unsigned count) {
    if (size == 8) return count == 1 ? loadOf<uint64_t, 1>(space) : loadOf<uint64_t, 2>(space);
    return count == 1   ? loadOf<uint32_t, 1>(space)
           : count == 2 ? loadOf<uint32_t, 2>(space)
                        : loadOf<uint32_t, 4>(space);
}

Execute storeOf(Space space, unsigned size, unsigned count) {
    if (size == 8) return count == 1 ? storeOf<uint64_t, 1>(space) : storeOf<uint64_t, 2>(space);
    return count == 1   ? storeOf<uint32_t, 1>(space)
           : count == 2 ? storeOf<uint32_t, 2>(space)
                        : storeOf<uint32_t, 4>(space);
}

}  // namespace emulator
