#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "race_check.h"
#include "results.h"

namespace emulator {

/** Some bytes of a device: what cuMemAlloc gives, or the shared memory of a block. */
class Allocation {
  public:
    /** Filled with 0xFF, which is a NaN in float and double: nobody mistakes it for data. */
    Allocation(uint64_t base, uint64_t size, bool trackWrites);

    uint64_t base() const { return start; }
    uint64_t size() const { return length; }
    bool isLive() const { return contents != nullptr; }
    bool holds(uint64_t address, uint64_t bytes) const {
        return address - start <= length && bytes <= length - (address - start);
    }
    uint8_t *at(uint64_t address) { return &contents[address - start]; }

    /** Gives the bytes back; the range stays known, so that a use after this is seen. */
    void release();

    /** Fills with 0xFF again, as nothing has written it. */
    void poison();

    void markWritten(uint64_t address, uint64_t bytes);
    bool isWritten(uint64_t address, uint64_t bytes) const;

    /** Notes an access for the race check; true if it is a race. */
    bool touch(uint64_t address, uint64_t bytes, bool write, uint16_t thread, uint32_t since,
               const Epochs &epochs);

  private:
    uint64_t start, length;
    std::unique_ptr<uint8_t[]> contents;
    std::vector<uint8_t> written;  // a flag for each byte; empty if nobody asks
    std::vector<ByteHistory> history;
};

/** All allocations there ever were. An address is never given twice. */
class DeviceMemory {
  public:
    uint64_t allocate(uint64_t size, bool trackWrites);

    /** The allocation, live or freed, that an address lies in, or null. */
    Allocation *find(uint64_t address);

    /** Host address of a range inside one live allocation, or null. */
    uint8_t *range(uint64_t address, uint64_t size);

    /** The same for the host's copies, which leave the bytes written. */
    uint8_t *writable(uint64_t address, uint64_t size);

    /** What is wrong with an access to [address, address + size), in words. */
    std::string explain(uint64_t address, uint64_t size);

    Epochs epochs;

  private:
    std::map<uint64_t, Allocation> allocations;
};

/** Page-locked memory of the host, filled with 0xFF. */
class PinnedMemory {
  public:
    void *allocate(size_t size);
    bool free(const void *address);
    bool holds(const void *address, size_t size) const;
    size_t count() const { return blocks.size(); }

  private:
    struct Block {
        std::unique_ptr<uint8_t[]> bytes;
        size_t size;
    };
    std::map<const uint8_t *, Block> blocks;  // by page-aligned address
};

}  // namespace emulator
