#include "memory.h"

#include <sys/mman.h>

#include <algorithm>
#include <new>

namespace emulator {
namespace {

constexpr uint64_t ALIGNMENT = 256;  // of cuMemAlloc, and no more than that
constexpr uint64_t GAP = 4096;       // so that no access reaches from one allocation to the next
constexpr size_t PAGE = 4096;

/** Of no two allocations of the process the same, whatever their context. */
uint64_t newAddress(uint64_t size) {
    static uint64_t next = 0x700000000000 + ALIGNMENT;
    const uint64_t address = next;
    next += (size + GAP + 2 * ALIGNMENT - 1) / (2 * ALIGNMENT) * (2 * ALIGNMENT);
    return address;
}

uint8_t *reserve(uint64_t size) {
    void *address = mmap(nullptr, size, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (address == MAP_FAILED) throw std::bad_alloc();
    return static_cast<uint8_t *>(address);
}

}  // namespace

Allocation::Allocation(uint64_t base, uint64_t size, bool trackWrites) : start(base), length(size) {
    if (isSparse()) {
        contents = {reserve(size), [size](uint8_t *bytes) { munmap(bytes, size); }};
    } else {
        contents = {new uint8_t[size], [](uint8_t *bytes) { delete[] bytes; }};
        written.resize(trackWrites ? size : 0);
        poison();
    }
}

void Allocation::release() {
    contents.reset();
    written = {};
    history.forget();
}

void Allocation::poison() {
    std::memset(contents.get(), POISON, length);
    std::fill(written.begin(), written.end(), 0);
}

void Allocation::clear(uint64_t address, uint64_t bytes) {
    uint8_t *first = at(address), *end = first + bytes;
    if (isSparse()) {
        const uint64_t before = (PAGE - (address - start) % PAGE) % PAGE;
        const uint64_t pages = bytes > before ? (bytes - before) / PAGE * PAGE : 0;
        if (pages) {
            madvise(first + before, pages, MADV_DONTNEED);
            std::memset(first, 0, before);
            first += before + pages;
        }
    }
    std::memset(first, 0, end - first);
}

uint64_t DeviceMemory::allocate(uint64_t size, bool trackWrites) {
    const uint64_t address = newAddress(size);
    allocations.emplace(address, Allocation(address, size, trackWrites));
    count++;
    bytes += size;
    return address;
}

bool DeviceMemory::free(uint64_t address, bool remember) {
    Allocation *allocation = live(address, 1);
    if (!allocation || allocation->base() != address) return false;
    count--;
    bytes -= allocation->size();
    allocation->release();
    if (!remember) allocations.erase(address);
    return true;
}

Allocation *DeviceMemory::find(uint64_t address) {
    auto after = allocations.upper_bound(address);
    if (after == allocations.begin()) return nullptr;
    Allocation &before = std::prev(after)->second;
    return before.holds(address, 1) ? &before : nullptr;
}

Allocation *DeviceMemory::live(uint64_t address, uint64_t size) {
    Allocation *allocation = find(address);
    return allocation && allocation->isLive() && allocation->holds(address, size) ? allocation
                                                                                  : nullptr;
}

std::string DeviceMemory::explain(uint64_t address, uint64_t size) const {
    auto after = allocations.upper_bound(address);
    if (after == allocations.begin()) return "no allocation of this context lies there";
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
    auto found = blocks.find(static_cast<const uint8_t *>(address));
    if (found == blocks.end() || !found->second.bytes) return false;
    erase(found);
    return true;
}

bool PinnedMemory::add(const void *address, size_t size) {
    const uint8_t *start = static_cast<const uint8_t *>(address);
    auto next = blocks.lower_bound(start);
    if (find(start).size || (next != blocks.end() && next->first < start + size)) return false;
    blocks[start] = {nullptr, size};
    return true;
}

bool PinnedMemory::remove(const void *address) {
    auto found = blocks.find(static_cast<const uint8_t *>(address));
    if (found == blocks.end() || found->second.bytes) return false;
    erase(found);
    return true;
}

void PinnedMemory::erase(Blocks::iterator block) {
    const uint8_t *start = block->first;
    awaited.erase(awaited.lower_bound(start), awaited.lower_bound(start + block->second.size));
    blocks.erase(block);
}

bool PinnedMemory::holds(const void *address, size_t size) const {
    const uint8_t *start = static_cast<const uint8_t *>(address);
    const Range block = find(start);
    return block.size && size <= block.size - (start - block.start);
}

void PinnedMemory::willRead(const void *address, size_t size) {
    awaited.emplace(static_cast<const uint8_t *>(address), size);
}

void PinnedMemory::done(const void *address, size_t size) {
    auto [next, end] = awaited.equal_range(static_cast<const uint8_t *>(address));
    while (next != end && next->second != size) ++next;
    if (next != end) awaited.erase(next);
}

bool PinnedMemory::isAwaited(const void *address, size_t size) const {
    const uint8_t *start = static_cast<const uint8_t *>(address);
    for (const auto &[first, length] : awaited) {
        if (first < start + size && start < first + length) return true;
    }
    return false;
}

PinnedMemory::Range PinnedMemory::find(const uint8_t *address) const {
    auto after = blocks.upper_bound(address);
    if (after == blocks.begin()) return {};
    const auto &[start, block] = *std::prev(after);
    return static_cast<size_t>(address - start) < block.size ? Range{start, block.size} : Range{};
}

}  // namespace emulator
