#include "memory.h"

#include <algorithm>
#include <cstring>

namespace emulator {
namespace {

constexpr uint64_t ALIGNMENT = 512;  // cuMemAlloc gives at least 256
constexpr uint64_t GAP = 4096;       // so that no access reaches from one allocation to the next
constexpr uint8_t POISON = 0xFF;
constexpr size_t PAGE = 4096;
uint64_t nextAddress = 0x700000000000;

}  // namespace

Allocation::Allocation(uint64_t base, uint64_t size, bool trackWrites)
    : start(base), length(size), contents(new uint8_t[size]), written(trackWrites ? size : 0) {
    poison();
}

void Allocation::release() {
    contents.reset();
    written = {};
    history = {};
}

void Allocation::poison() {
    std::memset(contents.get(), POISON, length);
    std::fill(written.begin(), written.end(), 0);
}

void Allocation::markWritten(uint64_t address, uint64_t bytes) {
    if (!written.empty()) std::memset(&written[address - start], 1, bytes);
}

bool Allocation::isWritten(uint64_t address, uint64_t bytes) const {
    return written.empty() || !std::memchr(&written[address - start], 0, bytes);
}

bool Allocation::touch(uint64_t address, uint64_t bytes, bool write, uint16_t thread,
                       uint32_t since, const Epochs &epochs) {
    if (history.empty()) history.resize(length);
    bool race = false;
    for (uint64_t i = 0; i < bytes; i++) {
        race |= history[address - start + i].touch(write, thread, since, epochs);
    }
    return race;
}

uint64_t DeviceMemory::allocate(uint64_t size, bool trackWrites) {
    const uint64_t base = nextAddress;
    allocations.emplace(std::piecewise_construct, std::forward_as_tuple(base),
                        std::forward_as_tuple(base, size, trackWrites));
    nextAddress += (size + GAP + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    return base;
}

Allocation *DeviceMemory::find(uint64_t address) {
    auto after = allocations.upper_bound(address);
    if (after == allocations.begin()) return nullptr;
    Allocation &before = std::prev(after)->second;
    return before.holds(address, 1) ? &before : nullptr;
}

uint8_t *DeviceMemory::range(uint64_t address, uint64_t size) {
    Allocation *allocation = find(address);
    if (!allocation || !allocation->isLive() || !allocation->holds(address, size)) return nullptr;
    return allocation->at(address);
}

uint8_t *DeviceMemory::writable(uint64_t address, uint64_t size) {
    uint8_t *bytes = range(address, size);
    if (bytes) find(address)->markWritten(address, size);
    return bytes;
}

std::string DeviceMemory::explain(uint64_t address, uint64_t size) {
    auto after = allocations.upper_bound(address);
    if (after == allocations.begin()) return "no allocation lies there";
    const Allocation &near = std::prev(after)->second;
    return "bytes " + std::to_string(address - near.base()) + " to " +
           std::to_string(address - near.base() + size - 1) + " of " +
           (near.isLive() ? "an allocation of " : "a freed allocation of ") +
           std::to_string(near.size());
}

void *PinnedMemory::allocate(size_t size) {
    std::unique_ptr<uint8_t[]> bytes(new uint8_t[size + PAGE]);
    const uintptr_t start = reinterpret_cast<uintptr_t>(bytes.get());
    uint8_t *aligned = bytes.get() + (PAGE - start % PAGE) % PAGE;
    std::memset(aligned, POISON, size);
    blocks[aligned] = {std::move(bytes), size};
    return aligned;
}

bool PinnedMemory::free(const void *address) {
    return blocks.erase(static_cast<const uint8_t *>(address)) == 1;
}

bool PinnedMemory::holds(const void *address, size_t size) const {
    const uint8_t *start = static_cast<const uint8_t *>(address);
    auto after = blocks.upper_bound(start);
    if (after == blocks.begin()) return false;
    const auto &block = *std::prev(after);
    const size_t offset = start - block.first;
    return offset <= block.second.size && size <= block.second.size - offset;
}

}  // namespace emulator
