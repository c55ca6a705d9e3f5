#include "driver.h"

namespace emulator {
namespace {

uint64_t resets = 0;

std::unique_ptr<Driver> &holder() {
    // Never destroyed: other threads may still call while the process ends.
    static auto &state = *new std::unique_ptr<Driver>(new Driver);
    return state;
}

}  // namespace

void ObjectCounts::add(const Context &context) {
    allocations += context.memory.liveCount();
    bytes += context.memory.liveBytes();
    pinned += context.pinned.count();
    streams += context.streams.count();
    events += context.events.count();
    modules += context.modules.count();
}

Driver &driver() { return *holder(); }

std::mutex &driverLock() {
    static auto &lock = *new std::mutex;
    return lock;
}

std::condition_variable &gate() {
    static auto &gate = *new std::condition_variable;
    return gate;
}

void waitAtGate(const char *function, std::unique_lock<std::mutex> &guard) {
    if (driver().held.empty() || driver().held != withoutVersion(function)) return;
    driver().isHeld = true;
    gate().notify_all();
    gate().wait_for(guard, std::chrono::minutes(1), [] { return driver().held.empty(); });
    driver().held.clear();
    driver().isHeld = false;
}

void resetDriver() {
    holder().reset(new Driver);
    resets++;
}

std::vector<uint64_t> &contextStack() {
    thread_local std::vector<uint64_t> stack;
    thread_local uint64_t resetsSeen = 0;
    if (resetsSeen != resets) stack.clear();
    resetsSeen = resets;
    return stack;
}

Context *currentContext() {
    return contextStack().empty() ? nullptr : driver().contexts.find(contextStack().back());
}

uint64_t Driver::allocatedOn(int device) const {
    uint64_t bytes = 0;
    for (const auto &[handle, context] : contexts) {
        if (context->device == device) bytes += context->memory.liveBytes();
    }
    return bytes;
}

void Driver::destroyContext(uint64_t handle) {
    Context &context = *contexts.find(handle);
    context.drainAll();
    if (context.error) {
        brokenBy[context.device] = context.error;
    } else {
        abandoned.add(context);  // from a lost one nothing can be freed
    }
    contexts.destroy(handle);
}

void Driver::submit(Stream &stream, const std::function<void()> &run) {
    const auto explained = [this, run] {
        try {
            run();
        } catch (const Fault &fault) {
            lastFault = fault.what();
            throw;
        } catch (const std::bad_alloc &) {
            lastFault = "the emulator has no memory left";
            throw Fault(LAUNCH_FAILED, lastFault);
        }
    };
    stream.tasks.push_back({++tickets, explained});
    if (!options.deferred) stream.context.drain(stream);
}

}  // namespace emulator
