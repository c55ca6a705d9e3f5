#include "accesses.h"

#include <algorithm>
#include <cstring>

#include "arithmetic.h"
#include "integers.h"
#include "warp.h"

namespace emulator {
namespace {

[[noreturn, gnu::noinline]] void refuse(const Warp &warp, int lane, Result code, Use use,
                                        unsigned size, uint64_t address, const std::string &why) {
    const bool write = use == Use::WRITE || use == Use::ATOMIC;
    warp.fail(code, lane,
              (write ? "writes " : "reads ") + std::to_string(size) + " bytes at " +
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
    (size == 1   ? statistics.accesses1
     : size == 2 ? statistics.accesses2
     : size == 4 ? statistics.accesses4
     : size == 8 ? statistics.accesses8
                 : statistics.accesses16) += threads;
}

/** Checks and counts the active lanes' accesses; gives where their bytes are on the host. */
template <class Memory, Use USE>
void locate(Warp &warp, const Instruction &instruction, unsigned size, uint8_t **places) {
    Execution &execution = warp.execution;
    const auto *bases = warp.lanes<typename Memory::Address>(instruction.reads[0]);
    Allocation *&guess = execution.guesses[&instruction - execution.kernel.code.data()];
    Sectors sectors;
    warp.forActiveLanes([&](int lane) {
        const typename Memory::Address address = bases[lane] + instruction.displacement;
        places[lane] = checked<Memory, USE>(warp, guess, address, size, lane);
        sectors.add(address);
    });
    if (std::is_same<Memory, Global>::value) {
        count(execution.statistics, size, USE, warp.activeCount(), sectors.distinct());
    }
}

template <class T, class Lane, unsigned N>
void loadParameter(Warp &warp, const Instruction &instruction) {
    for (unsigned i = 0; i < N; i++) {
        T value;
        std::memcpy(&value, &warp.execution.parameters[instruction.displacement + i * sizeof(T)],
                    sizeof(T));
        Lane *lanes = warp.lanes<Lane>(instruction.writes[i]);
        warp.forActiveLanes([=](int lane) { lanes[lane] = value; });
    }
}

template <class T, class Lane, unsigned N, class Memory, Use USE>
void load(Warp &warp, const Instruction &instruction) {
    uint8_t *places[WARP_SIZE];
    locate<Memory, USE>(warp, instruction, N * sizeof(T), places);
    for (unsigned i = 0; i < N; i++) {
        Lane *lanes = warp.lanes<Lane>(instruction.writes[i]);
        warp.forActiveLanes([&](int lane) {
            T value;
            std::memcpy(&value, places[lane] + i * sizeof(T), sizeof(T));
            lanes[lane] = value;
        });
    }
}

template <class T, class Lane, unsigned N, class Memory>
void store(Warp &warp, const Instruction &instruction) {
    uint8_t *places[WARP_SIZE];
    locate<Memory, Use::WRITE>(warp, instruction, N * sizeof(T), places);
    for (unsigned i = 0; i < N; i++) {
        const Lane *lanes = warp.lanes<Lane>(instruction.reads[1 + i]);
        warp.forActiveLanes([&](int lane) {
            const T value = lanes[lane];
            std::memcpy(places[lane] + i * sizeof(T), &value, sizeof(T));
        });
    }
}

/** One lane after the other: two of them may be at the same place. */
template <class T, class Operation>
void atom(Warp &warp, const Instruction &instruction) {
    uint8_t *places[WARP_SIZE] = {};
    locate<Shared, Use::ATOMIC>(warp, instruction, sizeof(T), places);
    T *results = warp.lanes<T>(instruction.writes[0]);
    const T *operands = warp.lanes<T>(instruction.reads[1]);
    for (int lane = 0; lane < WARP_SIZE; lane++) {
        if (!places[lane]) continue;
        T old;
        std::memcpy(&old, places[lane], sizeof(T));
        const T replacement = Operation()(old, operands[lane]);
        std::memcpy(places[lane], &replacement, sizeof(T));
        results[lane] = old;
    }
}

template <class T>
Execute atomOf(const std::string &operation) {
    if (operation == "add") return atom<T, Add>;
    if (operation == "min") return atom<T, Minimum>;
    if (operation == "max") return atom<T, Maximum>;
    return nullptr;
}

template <class T, class Lane, unsigned N>
Execute loadOf(Space space) {
    switch (space) {
        case Space::PARAM: return loadParameter<T, Lane, N>;
        case Space::GLOBAL: return load<T, Lane, N, Global, Use::READ>;
        case Space::CONSTANT_GLOBAL: return load<T, Lane, N, Global, Use::CONSTANT>;
        default: return load<T, Lane, N, Shared, Use::READ>;
    }
}

template <class T, class Lane, unsigned N>
Execute storeOf(Space space) {
    return space == Space::GLOBAL ? store<T, Lane, N, Global> : store<T, Lane, N, Shared>;
}

}  // namespace

Execute loadOf(Space space, Type type, unsigned width, unsigned count) {
    return withIntegers(type, width, [=](auto element, auto lane) {
        using Lane = decltype(lane);
        // What fills a register has no sign to fill it by.
        using T = std::conditional_t<sizeof element == sizeof lane, Lane, decltype(element)>;
        if constexpr (sizeof(T) <= 4) {
            if (count == 4) return loadOf<T, Lane, 4>(space);
        }
        return count == 1 ? loadOf<T, Lane, 1>(space) : loadOf<T, Lane, 2>(space);
    });
}

Execute storeOf(Space space, Type type, unsigned width, unsigned count) {
    return withIntegers(type, width, [=](auto element, auto lane) {
        using Lane = decltype(lane);
        using T = std::make_unsigned_t<decltype(element)>;
        if constexpr (sizeof(T) <= 4) {
            if (count == 4) return storeOf<T, Lane, 4>(space);
        }
        return count == 1 ? storeOf<T, Lane, 1>(space) : storeOf<T, Lane, 2>(space);
    });
}

Execute atomOf(const std::string &operation, Type type) {
    return type == Type::U32   ? atomOf<uint32_t>(operation)
           : type == Type::S32 ? atomOf<int32_t>(operation)
                               : nullptr;
}

}  // namespace emulator
