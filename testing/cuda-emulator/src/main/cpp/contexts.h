#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "memory.h"
#include "ptx.h"
#include "results.h"

namespace emulator {

struct Context;

/** Work that waits in a stream; it throws Fault. Tickets tell its order among all streams. */
struct Task {
    uint64_t ticket;
    std::function<void()> run;
};

/** A queue in order. */
struct Stream {
    Stream(Context &context, bool blocking) : context(context), blocking(blocking) {}

    Context &context;
    const bool blocking;  // waits for the legacy stream, and that for it
    std::deque<Task> tasks;
};

/** The latest recording of an event; a newer one leaves those who wait for this one alone. */
struct Recording {
    Stream *stream;
    bool done = false;
    std::chrono::steady_clock::time_point time;
};

struct Event {
    const bool timed;
    std::shared_ptr<Recording> recording;
};

struct Module {
    const std::shared_ptr<Program> program;
};

struct Function {
    const uint64_t module;
    const std::shared_ptr<Program> program;
    Kernel &kernel;
};

/** A new one for each object of whatever kind, so that a destroyed one is not taken for another. */
uint64_t newHandle();

/** Objects of one kind by their handles. */
template <class T>
class Handles {
  public:
    template <class... Arguments>
    uint64_t create(Arguments &&...arguments) {
        const uint64_t handle = newHandle();
        objects.emplace(handle, std::unique_ptr<T>(new T{std::forward<Arguments>(arguments)...}));
        return handle;
    }

    T *find(uint64_t handle) const {
        auto found = objects.find(handle);
        return found == objects.end() ? nullptr : found->second.get();
    }

    void destroy(uint64_t handle) { objects.erase(handle); }
    size_t count() const { return objects.size(); }
    auto begin() const { return objects.begin(); }
    auto end() const { return objects.end(); }

  private:
    std::map<uint64_t, std::unique_ptr<T>> objects;
};

/** What belongs to a context, and ends with it. */
struct Context {
    explicit Context(int device) : device(device), legacy(*this, true) {}

    /** The stream of a handle: 0 and 1 are the legacy stream; null if there is no such one. */
    Stream *stream(uint64_t handle);

    /** Runs a stream's work until it is empty, and what that has to wait for. */
    void drain(Stream &stream) { runBefore(stream, UINT64_MAX); }
    void drainAll();

    /** Runs what a call on the legacy stream waits for: itself and every blocking stream. */
    void drainBlocking();

    /** Runs the oldest task of a stream, and first what that has to wait for. */
    void runOldest(Stream &stream);

    /** Runs a stream's tasks that are older than a ticket. */
    void runBefore(Stream &stream, uint64_t ticket);

    const int device;
    int retained = 0;
    int error = SUCCESS;  // the first one that ended the context
    Stream legacy;
    Handles<Stream> streams;
    Handles<Event> events;
    Handles<Module> modules;
    Handles<Function> functions;
    DeviceMemory memory;
    PinnedMemory pinned;
};

}  // namespace emulator
