#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "ptx.h"

namespace emulator {

/**
 * The names of one kernel, and where in a warp's register file they lie: 32 lanes of 2, 4 or 8 bytes
 * each, or one 32-bit mask for a predicate. Immediates and special registers get places too.
 */
class Registers {
  public:
    explicit Registers(Kernel &kernel) : kernel(kernel) {}

    void declare(unsigned line, const std::string &name, Type type);
    void declareShared(unsigned line, const std::string &name, uint32_t offset);
    void declareParameter(unsigned line, const std::string &name, const Place &place);

    /** Offset of a register that an instruction writes. */
    uint32_t destination(unsigned line, const Operand &operand, Type type) const;

    /** Offset of a register, an immediate, a special register or a shared variable's address. */
    uint32_t source(unsigned line, const Operand &operand, Type type);

    /** The bytes of the first operand's register that has one; else those that a type needs. */
    unsigned width(const std::vector<Operand> &operands, Type type) const;

    // The same for ld, st and cvt, whose integers may lie in wider registers: PTX ISA, tables 28 and 29.
    uint32_t destination(unsigned line, const Operand &operand, Type type, unsigned width) const;
    uint32_t source(unsigned line, const Operand &operand, Type type, unsigned width);

    /** Offset of the register that an address starts from: a pointer, or a shared variable's place. */
    uint32_t base(unsigned line, const Operand &address, Type pointer);

    /** Where in the parameters an access of this size begins: wholly inside the one it names. */
    uint32_t parameter(unsigned line, const Operand &address, unsigned size) const;

  private:
    struct Register {
        Type type;
        uint32_t offset;
    };

    uint32_t reserve(unsigned bytes);
    uint32_t constant(uint64_t bits, unsigned size);
    uint32_t special(unsigned line, const std::string &name, Type type, unsigned width);
    void checkNew(unsigned line, const std::string &name) const;

    Kernel &kernel;
    std::map<std::string, Register> registers;
    std::map<std::string, uint32_t> shared;
    std::map<std::string, Place> parameters;
    std::map<std::pair<uint64_t, unsigned>, uint32_t> constants;
    std::map<std::string, uint32_t> specials;
};

}  // namespace emulator
