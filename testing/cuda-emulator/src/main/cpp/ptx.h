#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "results.h"

namespace emulator {

/** PTX types. Of 8-bit and 16-bit data only untyped bytes, for parameters and shared arrays. */
enum class Type : uint8_t { PRED, B8, B32, U32, S32, F32, B64, U64, S64, F64 };

unsigned sizeOf(Type type);

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
 * One operand as written: a register, a number, a name with a displacement (in brackets or not), or a
 * vector of operands in braces.
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

class Warp;

/**
 * One instruction, ready to run. Registers are given by their offsets in a warp's register file; an
 * immediate is a register that is never written, so that each operation has one form only.
 */
struct Instruction {
    enum Flow : uint8_t { NEXT, BRANCH, EXIT, BARRIER };
    static constexpr uint32_t NONE = UINT32_MAX;

    void (*execute)(Warp &, const Instruction &) = nullptr;  // for NEXT
    Flow flow = NEXT;
    bool negated = false;
    uint32_t guard = NONE;
    uint32_t destination = NONE;
    std::array<uint32_t, 3> sources{};
    std::array<uint32_t, 4> values{};  // what a load fills, or a store writes
    int64_t displacement = 0;          // added to the address in sources[0], if it is not NONE
    uint32_t target = 0;               // of BRANCH
    unsigned line = 0;
    uint64_t executions = 0;           // by threads, in all launches: the coverage
};

enum class Special : uint8_t { TID, NTID, CTAID, NCTAID };

struct Parameter {
    uint32_t offset, size;
};

struct Kernel {
    std::string name;
    std::vector<Parameter> parameters;
    uint32_t parameterBytes = 0;
    uint32_t maxThreads = 1024;
    uint32_t sharedBytes = 0;    // static; the launch's dynamic bytes lie behind, 16-byte aligned
    uint32_t registerBytes = 0;  // of a warp
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

    uint32_t dynamicSharedOffset() const { return (sharedBytes + 15) / 16 * 16; }
};

/** A module's text, understood. */
struct Program {
    std::map<std::string, Kernel> kernels;
    std::vector<std::string> lines;  // the text, for coverage
    int version = 0;                 // ten times: 63 is .version 6.3
};

}  // namespace emulator
