#include "warp.h"

#include <algorithm>
#include <cstring>

namespace emulator {
namespace {

constexpr size_t CACHE_LINE = 64;  // the places of registers are multiples of it

uint32_t lanesOf(uint64_t threads) {
    return threads >= WARP_SIZE ? UINT32_MAX : (1u << threads) - 1;
}

std::vector<Allocation> sharedMemory(const LaunchRequest &request, bool trackWrites) {
    const Kernel &kernel = *request.kernel;
    std::vector<Allocation> variables;
    for (const Place &variable : kernel.sharedVariables) {
        variables.emplace_back(variable.offset, variable.size, trackWrites);
    }
    if (request.dynamicSharedBytes) {
        variables.emplace_back(kernel.dynamicSharedOffset, request.dynamicSharedBytes, trackWrites);
    }
    return variables;
}

template <class T>
void fill(T *lanes, T value) {
    std::fill(lanes, lanes + WARP_SIZE, value);
}

}  // namespace

Dimensions Dimensions::at(uint64_t i) const {
    return {static_cast<uint32_t>(i % x), static_cast<uint32_t>(i / x % y),
            static_cast<uint32_t>(i / x / y)};
}

Execution::Execution(const LaunchRequest &request, DeviceMemory &memory, const Options &options)
    : kernel(*request.kernel),
      parameters(request.parameters),
      memory(memory),
      options(options),
      shared(sharedMemory(request, options.uninitialisedCheck)),
      budget(options.budget),
      guesses(kernel.code.size()) {
    statistics.kernel = kernel.name;
    statistics.grid = request.grid;
    statistics.block = request.block;
}

Warp::Warp(Execution &execution, uint32_t firstThread)
    : execution(execution),
      firstThread(firstThread),
      started(lanesOf(execution.statistics.block.count() - firstThread)) {
    const size_t size = execution.kernel.registerBytes;
    file.reset(new uint8_t[size + CACHE_LINE]);
    const uintptr_t start = reinterpret_cast<uintptr_t>(file.get());
    registers = file.get() + (CACHE_LINE - start % CACHE_LINE);
    for (const Kernel::Constant &constant : execution.kernel.constants) {
        if (constant.size == 8) {
            fill(lanes<uint64_t>(constant.offset), constant.bits);
        } else if (constant.size == 4) {
            fill(lanes<uint32_t>(constant.offset), static_cast<uint32_t>(constant.bits));
        } else {
            fill(lanes<uint16_t>(constant.offset), static_cast<uint16_t>(constant.bits));
        }
    }
}

void Warp::enterBlock() {
    alive = started;
    waiting = 0;
    std::fill(next, next + WARP_SIZE, 0);
    defined.assign(execution.kernel.registerBytes / CACHE_LINE, 0);
    for (const Kernel::Constant &constant : execution.kernel.constants) {
        defined[constant.offset / CACHE_LINE] = EVERY_LANE;
    }
    const LaunchStatistics &launch = execution.statistics;
    for (const Kernel::SpecialRegister &special : execution.kernel.specials) {
        uint32_t *values = lanes<uint32_t>(special.offset);
        const unsigned axis = special.axis;
        defined[special.offset / CACHE_LINE] = EVERY_LANE;
        switch (special.which) {
            case Special::TID:
                for (int lane = 0; lane < WARP_SIZE; lane++) {
                    values[lane] = launch.block.at(firstThread + lane)[axis];
                }
                break;
            case Special::NTID: fill(values, launch.block[axis]); break;
            case Special::CTAID: fill(values, execution.blockIndex[axis]); break;
            case Special::NCTAID: fill(values, launch.grid[axis]); break;
        }
    }
}

// The group that is furthest behind goes first, so that the others can wait for it where paths join.
void Warp::run() {
    while (const uint32_t ready = alive & ~waiting) {
        uint32_t lowest = UINT32_MAX;
        for (int lane = 0; lane < WARP_SIZE; lane++) {
            if (ready >> lane & 1) lowest = std::min(lowest, next[lane]);
        }
        uint32_t group = 0;
        for (int lane = 0; lane < WARP_SIZE; lane++) {
            if (ready >> lane & 1 && next[lane] == lowest) group |= 1u << lane;
        }
        runGroup(group);
    }
}

/** Runs lanes that stand at one instruction, until they part, end, wait, or reach other lanes. */
void Warp::runGroup(uint32_t group) {
    uint32_t meeting = UINT32_MAX;
    for (int lane = 0; lane < WARP_SIZE; lane++) {
        if ((alive & ~waiting & ~group) >> lane & 1) meeting = std::min(meeting, next[lane]);
    }
    std::vector<Instruction> &code = execution.kernel.code;
    current = next[__builtin_ctz(group)];
    while (current < meeting) {
        Instruction &instruction = code[current];
        active = guarded(instruction, group);
        const unsigned threads = activeCount();
        instruction.executions += threads;
        execution.statistics.threadInstructions += threads;
        if (--execution.budget < 0) {
            fail(LAUNCH_TIMEOUT, __builtin_ctz(group), "the budget of instructions is used up");
        }
        if (instruction.flow == Instruction::NEXT) {
            if (active) execute(instruction);
            current++;
            continue;
        }
        if (instruction.flow == Instruction::BRANCH) {
            if (active == group) {
                current = instruction.target;
                continue;
            }
            if (instruction.uniform && active) {
                fail(LAUNCH_FAILED, __builtin_ctz(active), "bra.uni, and not all threads go there");
            }
            moveTo(active, instruction.target);
        } else if (instruction.flow == Instruction::EXIT) {
            alive &= ~active;
        } else {
            moveTo(active, current + 1);
            waiting |= active;
        }
        group &= ~active;
        if (active || !group) {
            moveTo(group, current + 1);
            return;
        }
        current++;
    }
    moveTo(group, current);
}

/** The lanes of a group that a guard lets through. */
uint32_t Warp::guarded(const Instruction &instruction, uint32_t group) {
    if (instruction.guard == Instruction::NONE) return group;
    checkDefined(instruction.guard, group);
    const uint32_t guard = predicate(instruction.guard);
    return group & (instruction.negated ? ~guard : guard);
}

void Warp::execute(const Instruction &instruction) {
    for (uint32_t offset : instruction.reads) checkDefined(offset, active);
    instruction.execute(*this, instruction);
    for (uint32_t offset : instruction.writes) defined[offset / CACHE_LINE] |= active;
}

void Warp::checkDefined(uint32_t offset, uint32_t group) const {
    const uint32_t missing = group & ~defined[offset / CACHE_LINE];
    if (missing) {
        fail(LAUNCH_FAILED, __builtin_ctz(missing), "reads a register that nothing has written");
    }
}

void Warp::moveTo(uint32_t group, uint32_t index) {
    for (; group; group &= group - 1) next[__builtin_ctz(group)] = index;
}

uint32_t Warp::barrier() {
    if (waiting) current = next[__builtin_ctz(waiting)] - 1;  // what a fault tells of
    for (int lane = 0; lane < __builtin_popcount(started); lane++) {
        if (!(waiting >> lane & 1) || next[lane] - 1 != current) {
            fail(LAUNCH_FAILED, lane, "is not at the barrier where other threads wait");
        }
    }
    return current;
}

void Warp::setPredicate(uint32_t offset, uint32_t bits) {
    uint32_t *mask = lanes<uint32_t>(offset);
    *mask = (*mask & ~active) | (bits & active);
}

void Warp::fail(Result code, int lane, const std::string &message) const {
    const auto text = [](const Dimensions &index) {
        return "(" + std::to_string(index.x) + "," + std::to_string(index.y) + "," +
               std::to_string(index.z) + ")";
    };
    throw Fault(code, execution.kernel.name + ", PTX line " +
                          std::to_string(execution.kernel.code[current].line) + ", block " +
                          text(execution.blockIndex) + ", thread " +
                          text(execution.statistics.block.at(threadOf(lane))) + ": " + message);
}

}  // namespace emulator
