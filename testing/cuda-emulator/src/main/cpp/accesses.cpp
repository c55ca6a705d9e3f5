#include "accesses.h"

#include <algorithm>
#include <cstring>

#include "warp.h"

namespace emulator {
namespace {

[[noreturn, gnu::noinline]] void refuse(const Warp &warp, int lane, Result code, Use use,
                                        unsigned size, uint64_t address, const std::string &why) {
    warp.fail(code, lane,
              (use == Use::WRITE ? "writes " : "reads ") + std::to_string(size) + " bytes at " +
                  std::to_string(address) + ": " + why);
}

/** Global memory, of the launch's context. */
struct Global {
    using Address = uint64_t;

    static Allocation *find(Execution &execution, uint64_t address) {
        return execution.memory.find(address);
    }
    static uint32_t since(const Execution &execution) { return execution.memory.epochs.launch; }
    static std::string explain(const Execution &execution, uint64_t address, unsigned size) {
        return execution.memory.explain(address, size);
    }
};

/** Shared memory, of the block. */
struct Shared {
    using Address = uint32_t;

    static Allocation *find(Execution &execution, uint64_t address) {
        for (Allocation &variable : execution.shared) {
            if (variable.holds(address, 1)) return &variable;
        }
        return nullptr;
    }
    static uint32_t since(const Execution &execution) { return execution.memory.epochs.block; }
    static std::string explain(const Execution &execution, uint64_t address, unsigned size) {
        std::string text = "outside of shared memory";
        for (const Allocation &variable : execution.shared) {
            const int64_t first = address - variable.base();
            text += ", bytes " + std::to_string(first) + " to " + std::to_string(first + size - 1) +
                    " of a variable of " + std::to_string(variable.size());
        }
        return text;
    }
};

/** All checks of one thread's access; gives the host's address of the bytes. */
template <class Memory, Use USE>
uint8_t *checked(Warp &warp, Allocation *&guess, uint64_t address, unsigned size, int lane) {
    Execution &execution = warp.execution;
    if (!guess || !guess->holds(address, 1)) guess = Memory::find(execution, address);
    if (!guess || !guess->isLive() || !guess->holds(address, size)) {
        refuse(warp, lane, ILLEGAL_ADDRESS, USE, size, address,
               Memory::explain(execution, address, size));
    }
    if (address % size) refuse(warp, lane, MISALIGNED_ADDRESS, USE, size, address, "misaligned");
    if (USE == Use::WRITE) {
        guess->markWritten(address, size);
    } else if (!guess->isWritten(address, size)) {
        refuse(warp, lane, LAUNCH_FAILED, USE, size, address, "nothing has written them");
    }
    if (execution.options.raceCheck &&
        guess->touch(address, size, USE, warp.threadOf(lane), Memory::since(execution),
                     execution.memory.epochs)) {
        refuse(warp, lane, LAUNCH_FAILED, USE, size, address,
               "a race with another thread, or of a write with ld.global.nc");
    }
    return guess->at(address);
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

void count(LaunchStatistics &statistics, unsigned size, Use use, unsigned threads,
           unsigned sectors) {
    const bool write = use == Use::WRITE;
    (write ? statistics.bytesStored : statistics.bytesLoaded) += uint64_t{size} * threads;
    (write ? statistics.sectorsStored : statistics.sectorsLoaded) += sectors;
    (size == 2   ? statistics.accesses2
     : size == 4 ? statistics.accesses4
     : size == 8 ? statistics.accesses8
                 : statistics.accesses16) += threads;
}

/** Calls body(lane, bytes) for each active lane's access. */
template <class Memory, Use USE, class Body>
void forEachAccess(Warp &warp, const Instruction &instruction, unsigned size, Body body) {
    Execution &execution = warp.execution;
    const auto *bases = warp.lanes<typename Memory::Address>(instruction.reads[0]);
    Allocation *&guess = execution.guesses[&instruction - execution.kernel.code.data()];
    Sectors sectors;
    warp.forActiveLanes([&](int lane) {
        const typename Memory::Address address = bases[lane] + instruction.displacement;
        body(lane, checked<Memory, USE>(warp, guess, address, size, lane));
        sectors.add(address);
    });
    if (std::is_same<Memory, Global>::value) {
        count(execution.statistics, size, USE, warp.activeCount(), sectors.distinct());
    }
}

template <class T, unsigned N>
void loadParameter(Warp &warp, const Instruction &instruction) {
    for (unsigned i = 0; i < N; i++) {
        T value;
        std::memcpy(&value, &warp.execution.parameters[instruction.displacement + i * sizeof(T)],
                    sizeof(T));
        T *lanes = warp.lanes<T>(instruction.writes[i]);
        warp.forActiveLanes([=](int lane) { lanes[lane] = value; });
    }
}

template <class T, unsigned N, class Memory, Use USE>
void load(Warp &warp, const Instruction &instruction) {
    forEachAccess<Memory, USE>(
        warp, instruction, N * sizeof(T), [&](int lane, const uint8_t *bytes) {
            for (unsigned i = 0; i < N; i++) {
                std::memcpy(&warp.lanes<T>(instruction.writes[i])[lane], bytes + i * sizeof(T),
                            sizeof(T));
            }
        });
}

template <class T, unsigned N, class Memory>
void store(Warp &warp, const Instruction &instruction) {
    forEachAccess<Memory, Use::WRITE>(
        warp, instruction, N * sizeof(T), [&](int lane, uint8_t *bytes) {
            for (unsigned i = 0; i < N; i++) {
                std::memcpy(bytes + i * sizeof(T),
                            &warp.lanes<T>(instruction.reads[1 + i])[lane], sizeof(T));
            }
        });
}

template <class T, unsigned N>
Execute loadOf(Space space) {
    switch (space) {
        case Space::PARAM: return loadParameter<T, N>;
        case Space::GLOBAL: return load<T, N, Global, Use::READ>;
        case Space::CONSTANT_GLOBAL: return load<T, N, Global, Use::CONSTANT>;
        default: return load<T, N, Shared, Use::READ>;
    }
}

template <unsigned N>
Execute loadOfHalves(Space space) {
    return space == Space::GLOBAL ? load<uint16_t, N, Global, Use::READ>
                                  : load<uint16_t, N, Global, Use::CONSTANT>;
}

template <class T, unsigned N>
Execute storeOf(Space space) {
    return space == Space::GLOBAL ? store<T, N, Global> : store<T, N, Shared>;
}

}  // namespace

Execute loadOf(Space space, unsigned size, unsigned count) {
    if (size == 2) {
        return count == 1   ? loadOfHalves<1>(space)
               : count == 2 ? loadOfHalves<2>(space)
                            : loadOfHalves<4>(space);
    }
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
