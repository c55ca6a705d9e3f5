// Streams and events.
#include "driver.h"

using namespace emulator;

namespace {

constexpr unsigned NON_BLOCKING = 1;    // CU_STREAM_NON_BLOCKING
constexpr unsigned DISABLE_TIMING = 2;  // CU_EVENT_DISABLE_TIMING

template <class Body>
int streamCall(const char *function, uint64_t handle, Body body) {
    return contextCall(function, [&](Driver &state, Context &context) -> int {
        Stream *stream = context.stream(handle);
        return stream ? body(state, context, *stream) : INVALID_HANDLE;
    });
}

template <class Body>
int eventCall(const char *function, uint64_t handle, Body body) {
    return contextCall(function, [&](Driver &state, Context &context) -> int {
        Event *event = context.events.find(handle);
        return event ? body(state, context, *event) : INVALID_HANDLE;
    });
}

/** Whether anything is left to do; if so, does a little of it, so that one who polls gets on. */
int query(Context &context, Stream &stream) {
    if (stream.tasks.empty()) return SUCCESS;
    context.runOldest(stream);
    return context.error ? context.error : NOT_READY;
}

/** Works until a recording is done, or a fault lets nothing go on. */
void complete(Context &context, const Recording &recording) {
    while (!recording.done && !recording.stream->tasks.empty()) {
        context.runOldest(*recording.stream);
    }
}

}  // namespace

CUDA_API int cuStreamCreate(uint64_t *stream, unsigned flags) {
    return contextCall("cuStreamCreate", [&](Driver &, Context &context) {
        if (flags > NON_BLOCKING) return INVALID_VALUE;
        *stream = context.streams.create(context, flags != NON_BLOCKING);
        return SUCCESS;
    });
}

CUDA_API int cuStreamSynchronize(uint64_t handle) {
    return streamCall("cuStreamSynchronize", handle, [](Driver &, Context &context, Stream &stream) {
        context.drain(stream);
        return context.error;
    });
}

CUDA_API int cuStreamQuery(uint64_t handle) {
    return streamCall("cuStreamQuery", handle, [](Driver &, Context &context, Stream &stream) {
        return query(context, stream);
    });
}

/** For the recording that there is now: a later one, or the end of the event, changes nothing. */
CUDA_API int cuStreamWaitEvent(uint64_t handle, uint64_t eventHandle, unsigned flags) {
    return streamCall("cuStreamWaitEvent", handle,
                      [&](Driver &state, Context &context, Stream &stream) -> int {
        const Event *event = context.events.find(eventHandle);
        if (!event) return INVALID_HANDLE;
        if (flags) return INVALID_VALUE;  // the other flag is for streams that a graph captures
        if (const auto recording = event->recording) {
            state.submit(stream, [&context, recording] { complete(context, *recording); });
        }
        return SUCCESS;
    });
}

CUDA_API int cuStreamDestroy_v2(uint64_t handle) {
    return contextCall("cuStreamDestroy_v2", [&](Driver &, Context &context) -> int {
        Stream *stream = context.streams.find(handle);
        if (!stream) return INVALID_HANDLE;
        context.drain(*stream);
        context.streams.destroy(handle);
        return context.error;
    });
}

CUDA_API int cuEventCreate(uint64_t *event, unsigned flags) {
    return contextCall("cuEventCreate", [&](Driver &, Context &context) {
        *event = context.events.create(!(flags & DISABLE_TIMING), nullptr);
        return SUCCESS;
    });
}

CUDA_API int cuEventRecord(uint64_t handle, uint64_t streamHandle) {
    return eventCall("cuEventRecord", handle, [&](Driver &state, Context &context, Event &event) {
        Stream *stream = context.stream(streamHandle);
        if (!stream) return INVALID_HANDLE;
        auto recording = std::make_shared<Recording>();
        recording->stream = stream;
        event.recording = recording;
        state.submit(*stream, [=] {
            recording->done = true;
            recording->time = std::chrono::steady_clock::now();
        });
        return SUCCESS;
    });
}

CUDA_API int cuEventSynchronize(uint64_t handle) {
    return eventCall("cuEventSynchronize", handle, [](Driver &, Context &context, Event &event) {
        if (const auto recording = event.recording) complete(context, *recording);
        return context.error;
    });
}

CUDA_API int cuEventQuery(uint64_t handle) {
    return eventCall("cuEventQuery", handle, [](Driver &, Context &context, Event &event) -> int {
        if (!event.recording || event.recording->done) return SUCCESS;
        return query(context, *event.recording->stream);
    });
}

CUDA_API int cuEventElapsedTime(float *milliseconds, uint64_t from, uint64_t to) {
    return contextCall("cuEventElapsedTime", [&](Driver &, Context &context) {
        const Event *first = context.events.find(from), *second = context.events.find(to);
        if (!first || !second || !first->timed || !second->timed) return INVALID_HANDLE;
        if (!first->recording || !second->recording) return INVALID_HANDLE;
        if (!first->recording->done || !second->recording->done) return NOT_READY;
        const std::chrono::duration<float, std::milli> elapsed =
            second->recording->time - first->recording->time;
        *milliseconds = elapsed.count();
        return SUCCESS;
    });
}

CUDA_API int cuEventDestroy_v2(uint64_t handle) {
    return eventCall("cuEventDestroy_v2", handle, [&](Driver &, Context &context, Event &) {
        context.events.destroy(handle);
        return SUCCESS;
    });
}
