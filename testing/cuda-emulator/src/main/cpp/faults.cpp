#include "faults.h"

#include <cctype>
#include <set>

namespace emulator {

std::string withoutVersion(const std::string &function) {
    const size_t end = function.size();
    const bool versioned = end > 3 && function.compare(end - 3, 2, "_v") == 0 &&
                           std::isdigit(static_cast<unsigned char>(function[end - 1]));
    return versioned ? function.substr(0, end - 3) : function;
}

bool CallLog::isKnown(const std::string &function) {
    static const std::set<std::string> NAMES = {
#define NAME(name) withoutVersion(#name),
#include "jcuda_names.inc"
#undef NAME
    };
    return NAMES.count(withoutVersion(function)) == 1;
}

void CallLog::inject(const std::string &function, int64_t nth, int code, bool onwards) {
    const std::string name = withoutVersion(function);
    injections.push_back({name, counts[name] + nth, code, onwards});
}

std::optional<int> CallLog::record(const std::string &function) {
    const std::string name = withoutVersion(function);
    const int64_t call = ++counts[name];
    for (const Injection &injection : injections) {
        if (injection.function == name &&
            (injection.onwards ? call >= injection.call : call == injection.call)) {
            return injection.code;
        }
    }
    return std::nullopt;
}

int64_t CallLog::count(const std::string &function) const {
    auto found = counts.find(withoutVersion(function));
    return found == counts.end() ? 0 : found->second;
}

}  // namespace emulator
