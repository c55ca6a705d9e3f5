#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "results.h"

namespace emulator {

/** PTX types. Of 8 bits there are no registers: what ld, st and cvt move lies in wider ones. */
enum class Type : uint8_t {
    PRED, B8, U8, S8, B16, U16, S16, B32, U32, S32, F32, B64, U64, S64, F64
};

unsigned sizeOf(Type type);

bool isFloat(Type type);

/** The type that a suffix such as u32 names; false if there is none. */
bool typeNamed(const std::string &suffix, Type *type);

/** Whether a register declared as one type may be an operand of the other: PTX ISA, table 27. */
bool agree(Type declared, Type wanted);

/** A module that is refused, and at which line. */
struct PtxError : std::runtime_error {
    PtxError(unsigned line, const std::string &message, Result code = INVALID_PTX)
        : std::runtime_error(message), line(line), code(code) {}
    unsigned line;
    Result code;
};

/**
 * One operand as written: a name, a number, a name with a displacement in brackets, or a vector of
 * operands in braces.
 */
struct Operand {
    enum Kind { NAME, INTEGER, FLOAT32, FLOAT64, ADDRESS, VECTOR } kind = NAME;
    std::string name;           // NAME, ADDRESS
    uint64_t bits = 0;          // of a number
    int64_t displacement = 0;   // ADDRESS
    std::vector<Operand> elements;
};

/** One instruction as written. */
struct Statement {
    unsigned line = 0;
    std::string guard;  // a predicate's name, or empty
    bool negated = false;
    std::string mnemonic;  // with all its suffixes
    std::vector<Operand> operands;
};

/** Up to N registers, by their offsets in a warp's register file. */
template <unsigned N>
class RegisterList {
  public:
    void add(uint32_t offset) { offsets[count++] = offset; }
    uint32_t operator[](unsigned i) const { return offsets[i]; }
    const uint32_t *begin() const { return offsets.data(); }
    const uint32_t *end() const { return offsets.data() + count; }

  private:
    std::array<uint32_t, N> offsets{};
    unsigned count = 0;
};

class Warp;
struct Instruction;

/** Does what an instruction says, in the active lanes of a warp. */
using Execute = void (*)(Warp &, const Instruction &);

/**
 * One instruction, ready to run. An immediate is a register that nothing writes, so that each operation
 * has one form only.
 */
struct Instruction {
    enum Flow : uint8_t { NEXT, BRANCH, EXIT, BARRIER };
    static constexpr uint32_t NONE = UINT32_MAX;

    Execute execute = nullptr;  // for NEXT
    Flow flow = NEXT;
    bool negated = false;      // the guard
    bool uniform = false;      // of BRANCH: no thread of the warp may part from the others
    uint32_t guard = NONE;
    RegisterList<5> reads;     // operands; of a load or a store the address, then what is stored
    RegisterList<4> writes;    // the result, or what is loaded
    int64_t displacement = 0;  // added to the address
    uint32_t target = 0;       // of BRANCH
    unsigned line = 0;
    uint64_t executions = 0;   // by threads, in all launches: the coverage
};

enum class Special : uint8_t { TID, NTID, CTAID, NCTAID };

/** A place among the parameters, or in shared memory. */
struct Place {
    uint32_t offset, size;
};

struct Kernel {
    std::string name;
    std::vector<Place> parameters;
    uint32_t parameterBytes = 0;
    uint32_t maxThreads = 1024;  // of a block
    std::array<uint32_t, 3> requiredThreads{};  // along each axis; zeros if any will do
    std::vector<Place> sharedVariables;  // with gaps between them, so that none reaches the next
    uint32_t sharedBytes = 0;            // what they take on a device, without gaps
    uint32_t dynamicSharedOffset = 0;    // where the launch's dynamic bytes lie
    uint32_t registerBytes = 0;          // of a warp
    struct Constant {
        uint32_t offset, size;
        uint64_t bits;
    };
    std::vector<Constant> constants;
    struct SpecialRegister {
        uint32_t offset;
        Special which;
        unsigned axis;
    };
    std::vector<SpecialRegister> specials;
    std::vector<Instruction> code;
};

/** A module's text, understood. */
struct Program {
    std::map<std::string, Kernel> kernels;
    std::vector<std::string> lines;  // the text, for coverage
    int version = 0;                 // ten times: 63 is .version 6.3
};

}  // namespace emulator
