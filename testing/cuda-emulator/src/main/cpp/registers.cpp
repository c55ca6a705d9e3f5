#include "registers.h"

#include <algorithm>

namespace emulator {
namespace {

constexpr unsigned LANES = 32;
constexpr unsigned CACHE_LINE = 64;

const std::map<std::string, Special> SPECIALS = {
    {"%tid", Special::TID},
    {"%ntid", Special::NTID},
    {"%ctaid", Special::CTAID},
    {"%nctaid", Special::NCTAID},
};

}  // namespace

uint32_t Registers::reserve(unsigned bytes) {
    const uint32_t offset = kernel.registerBytes;
    kernel.registerBytes += (bytes + CACHE_LINE - 1) / CACHE_LINE * CACHE_LINE;
    return offset;
}

void Registers::checkNew(unsigned line, const std::string &name) const {
    if (registers.count(name) || shared.count(name) || parameters.count(name)) {
        throw PtxError(line, name + " is declared twice");
    }
}

void Registers::declare(unsigned line, const std::string &name, Type type) {
    checkNew(line, name);
    if (sizeOf(type) == 1) throw PtxError(line, "registers of 8 bits are not emulated");
    registers[name] = {type, reserve(type == Type::PRED ? 4 : LANES * sizeOf(type))};
}

void Registers::declareShared(unsigned line, const std::string &name, uint32_t offset) {
    checkNew(line, name);
    shared[name] = offset;
}

void Registers::declareParameter(unsigned line, const std::string &name, const Place &place) {
    checkNew(line, name);
    parameters[name] = place;
}

unsigned Registers::width(const std::vector<Operand> &operands, Type type) const {
    for (const Operand &operand : operands) {
        auto found = registers.find(operand.name);
        if (operand.kind == Operand::NAME && found != registers.end()) {
            return sizeOf(found->second.type);
        }
    }
    return std::max(sizeOf(type), 2u);
}

uint32_t Registers::destination(unsigned line, const Operand &operand, Type type) const {
    return destination(line, operand, type, sizeOf(type));
}

uint32_t Registers::destination(unsigned line, const Operand &operand, Type type,
                                unsigned width) const {
    auto found = registers.find(operand.name);
    if (operand.kind != Operand::NAME || found == registers.end()) {
        throw PtxError(line, "expected a register to write, found '" + operand.name + "'");
    }
    const Type declared = found->second.type;
    const bool fits = width == sizeOf(type)
                          ? agree(declared, type)
                          : width > sizeOf(type) && sizeOf(declared) == width &&
                                !isFloat(declared) && !isFloat(type) && type != Type::PRED;
    if (!fits) {
        throw PtxError(line, "register " + operand.name + " is of the wrong type");
    }
    return found->second.offset;
}

uint32_t Registers::source(unsigned line, const Operand &operand, Type type) {
    return source(line, operand, type, sizeOf(type));
}

uint32_t Registers::source(unsigned line, const Operand &operand, Type type, unsigned width) {
    switch (operand.kind) {
        case Operand::NAME:
            if (registers.count(operand.name)) return destination(line, operand, type, width);
            if (!shared.count(operand.name)) return special(line, operand.name, type, width);
            if (width < 4 || isFloat(type)) break;
            return constant(shared[operand.name], width);
        case Operand::INTEGER:
            if (type == Type::PRED || isFloat(type)) break;
            return constant(operand.bits, width);
        case Operand::FLOAT32:
            if ((type != Type::F32 && type != Type::B32) || width != 4) break;
            return constant(operand.bits, 4);
        case Operand::FLOAT64:
            if (type != Type::F64 && type != Type::B64) break;
            return constant(operand.bits, 8);
        default:
            break;
    }
    throw PtxError(line, "an operand is of the wrong kind");
}

uint32_t Registers::base(unsigned line, const Operand &address, Type pointer) {
    if (address.kind != Operand::ADDRESS) throw PtxError(line, "expected an address in brackets");
    auto variable = shared.find(address.name);
    if (variable != shared.end() && pointer == Type::U32) return constant(variable->second, 4);
    Operand name;
    name.name = address.name;
    return destination(line, name, pointer);
}

uint32_t Registers::parameter(unsigned line, const Operand &address, unsigned size) const {
    auto found = parameters.find(address.name);
    if (address.kind != Operand::ADDRESS || found == parameters.end()) {
        throw PtxError(line, "expected a parameter, found '" + address.name + "'");
    }
    const int64_t start = address.displacement;
    if (start < 0 || start + size > found->second.size || (found->second.offset + start) % size) {
        throw PtxError(line, "reads outside the parameter " + address.name + ", or misaligned");
    }
    return found->second.offset + start;
}

uint32_t Registers::constant(uint64_t bits, unsigned size) {
    if (size < 8) bits &= (uint64_t{1} << 8 * size) - 1;
    auto known = constants.find({bits, size});
    if (known != constants.end()) return known->second;
    const uint32_t offset = reserve(LANES * size);
    constants[{bits, size}] = offset;
    kernel.constants.push_back({offset, size, bits});
    return offset;
}

uint32_t Registers::special(unsigned line, const std::string &name, Type type, unsigned width) {
    const size_t point = name.find('.');
    const std::string axis = point == std::string::npos ? "" : name.substr(point + 1);
    auto which = SPECIALS.find(name.substr(0, point));
    if (which == SPECIALS.end() || (axis != "x" && axis != "y" && axis != "z")) {
        throw PtxError(line, "unknown name '" + name + "'");
    }
    if (!agree(Type::U32, type) || width != 4) throw PtxError(line, name + " is a u32");
    auto known = specials.find(name);
    if (known != specials.end()) return known->second;
    const uint32_t offset = specials[name] = reserve(LANES * 4);
    kernel.specials.push_back({offset, which->second, static_cast<unsigned>(axis[0] - 'x')});
    return offset;
}

}  // namespace emulator
