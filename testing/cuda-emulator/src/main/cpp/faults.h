#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace emulator {

/** A function's name as it is before the preprocessor: cuMemAlloc_v2 is cuMemAlloc. */
std::string withoutVersion(const std::string &function);

/**
 * Counts the calls of each driver function, and lets chosen ones fail. A name may be given with or
 * without its version: cuMemAlloc is cuMemAlloc_v2.
 */
class CallLog {
  public:
    /** In the place of a code: the call does its work, and leaves an OutOfMemoryError to Java. */
    static constexpr int JAVA_ERROR = -1;

    /** Whether JCuda's driver library refers to such a function. */
    static bool isKnown(const std::string &function);

    /** Lets the n-th call from now on, counted from 1, answer `code`, or all from then on. */
    void inject(const std::string &function, int64_t nth, int code, bool onwards);

    /** Counts a call; gives the code that it has to answer, or JAVA_ERROR, if one was injected. */
    std::optional<int> record(const std::string &function);

    int64_t count(const std::string &function) const;

  private:
    struct Injection {
        std::string function;
        int64_t call;
        int code;
        bool onwards;
    };
    std::map<std::string, int64_t> counts;
    std::vector<Injection> injections;
};

}  // namespace emulator
