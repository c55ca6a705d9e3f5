#pragma once

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <new>
#include <string>
#include <vector>

#include "contexts.h"
#include "faults.h"
#include "options.h"
#include "ptx.h"
#include "results.h"
#include "warp.h"

namespace emulator {

/** How many of each there are. */
struct ObjectCounts {
    uint64_t allocations = 0, bytes = 0, pinned = 0, streams = 0, events = 0, modules = 0,
             contexts = 0;

    void add(const Context &context);
};

/** Everything that the emulated driver knows. One lock guards it. */
struct Driver {
    Options options = Options::fromEnvironment();
    CallLog calls;
    bool initialised = false;
    Handles<Context> contexts;
    std::map<int, uint64_t> primaries;      // a device's primary context
    std::map<int, unsigned> primaryFlags;
    std::map<int, int> brokenBy;  // what a device's context was lost by: a process gets no other one
    std::map<std::string, std::shared_ptr<Program>> programs;  // by text: coverage adds up
    std::vector<LaunchStatistics> launches;
    ObjectCounts abandoned;                 // what healthy contexts took with them at their end
    std::string lastFault;                  // why a launch failed or a module was refused
    uint64_t tickets = 0;
    std::string held;                       // the function whose next call waits for release
    bool isHeld = false;                    // whether one waits now

    bool hasDevice(int device) const { return device >= 0 && device < options.devices; }
    uint64_t allocatedOn(int device) const;
    void destroyContext(uint64_t handle);

    /** Queues work; unless streams are deferred, it runs now. Its faults are never told now. */
    void submit(Stream &stream, const std::function<void()> &run);
};

/** The one driver; replaced by a new one on reset. */
Driver &driver();
std::mutex &driverLock();
void resetDriver();

/** Told when a call begins to be held, and when it is released. */
std::condition_variable &gate();

/** Waits, without the lock, as long as a test wants to hold this call back; at most a minute. */
void waitAtGate(const char *function, std::unique_lock<std::mutex> &guard);

/** Throws OutOfMemoryError in the Java thread that has called, which meets it on its return. */
void throwInJava();

/** Handles of the contexts that a thread has pushed; the last one is current. */
std::vector<uint64_t> &contextStack();

/** The thread's current context; null if it has none, or one that has been destroyed. */
Context *currentContext();

/** What a function wants before it does anything. */
enum class Needs { NOTHING, INITIALISED, CONTEXT };

/** What all driver calls have in common: counted, made to fail, refused, and never throwing. */
template <class Body>
int call(const char *function, Needs needs, Body body) {
    std::unique_lock<std::mutex> guard(driverLock());
    waitAtGate(function, guard);
    Driver &state = driver();
    Context *context = currentContext();
    const auto injected = state.calls.record(function);
    if (injected == CallLog::JAVA_ERROR) {
        throwInJava();
    } else if (injected) {
        if (context && !context->error && isSticky(*injected)) context->error = *injected;
        return *injected;
    }
    if (needs != Needs::NOTHING && !state.initialised) return NOT_INITIALIZED;
    if (needs == Needs::CONTEXT) {
        if (contextStack().empty()) return INVALID_CONTEXT;
        if (!context) return CONTEXT_IS_DESTROYED;
        if (context->error) return context->error;
    }
    try {
        return body(state);
    } catch (const Fault &fault) {
        state.lastFault = fault.what();
        return context->error = fault.code;
    } catch (const std::bad_alloc &) {
        return OUT_OF_MEMORY;
    }
}

/** A call on the current context. */
template <class Body>
int contextCall(const char *function, Body body) {
    return call(function, Needs::CONTEXT,
                [&](Driver &state) { return body(state, *currentContext()); });
}

}  // namespace emulator

#define CUDA_API extern "C" __attribute__((visibility("default")))
