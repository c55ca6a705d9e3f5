#include "ptx.h"

namespace emulator {
namespace {

const struct {
    const char *suffix;
    Type type;
    unsigned size;
} TYPES[] = {
    {"pred", Type::PRED, 0}, {"b8", Type::B8, 1},   {"u8", Type::U8, 1},   {"s8", Type::S8, 1},
    {"b16", Type::B16, 2},   {"u16", Type::U16, 2}, {"s16", Type::S16, 2}, {"b32", Type::B32, 4},
    {"u32", Type::U32, 4},   {"s32", Type::S32, 4}, {"f32", Type::F32, 4}, {"b64", Type::B64, 8},
    {"u64", Type::U64, 8},   {"s64", Type::S64, 8}, {"f64", Type::F64, 8},
};

bool isUntyped(Type type) {
    return type == Type::B16 || type == Type::B32 || type == Type::B64;
}

}  // namespace

unsigned sizeOf(Type type) { return TYPES[static_cast<int>(type)].size; }

bool isFloat(Type type) { return type == Type::F32 || type == Type::F64; }

bool typeNamed(const std::string &suffix, Type *type) {
    for (const auto &row : TYPES) {
        if (suffix == row.suffix) {
            *type = row.type;
            return true;
        }
    }
    return false;
}

bool agree(Type declared, Type wanted) {
    return sizeOf(declared) == sizeOf(wanted) &&
           (isUntyped(declared) || isUntyped(wanted) || isFloat(declared) == isFloat(wanted));
}

}  // namespace emulator
