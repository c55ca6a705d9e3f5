#include "contexts.h"

namespace emulator {

uint64_t newHandle() {
    static uint64_t last = 0x10000;
    return last += 0x100;
}

Stream *Context::stream(uint64_t handle) {
    constexpr uint64_t LEGACY = 1;  // CU_STREAM_LEGACY
    return handle <= LEGACY ? &legacy : streams.find(handle);
}

void Context::runOldest(Stream &stream) {
    const Task task = std::move(stream.tasks.front());
    stream.tasks.pop_front();
    if (&stream == &legacy) {
        for (const auto &[handle, other] : streams) {
            if (other->blocking) runBefore(*other, task.ticket);
        }
    } else if (stream.blocking) {
        runBefore(legacy, task.ticket);
    }
    if (error) return;  // what follows a fault never runs
    try {
        task.run();
    } catch (const Fault &fault) {
        error = fault.code;
    }
}

void Context::runBefore(Stream &stream, uint64_t ticket) {
    while (!stream.tasks.empty() && stream.tasks.front().ticket < ticket) runOldest(stream);
}

void Context::drainAll() {
    drain(legacy);
    for (const auto &[handle, stream] : streams) drain(*stream);
}

void Context::drainBlocking() {
    drain(legacy);
    for (const auto &[handle, stream] : streams) {
        if (stream->blocking) drain(*stream);
    }
}

}  // namespace emulator
