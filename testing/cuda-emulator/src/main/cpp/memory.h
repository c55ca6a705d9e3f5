#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "race_check.h"

namespace emulator {

/** What nothing has written is 0xFF, a NaN in float and double: nobody mistakes it for data. */
constexpr uint8_t POISON = 0xFF;

/** From this many bytes on memory is sparse: zeros, of which only the pages exist that were written. */
constexpr uint64_t SPARSE = uint64_t{1} << 31;

/** Some bytes of a device: what cuMemAlloc gives, or a variable in the shared memory of a block. */
class Allocation {
  public:
    /** @param trackWrites whether to note which bytes anybody has written, unless it is sparse */
    Allocation(uint64_t base, uint64_t size, bool trackWrites);

    uint64_t base() const { return start; }
    uint64_t size() const { return length; }
    bool isLive() const { return contents != nullptr; }
    bool holds(uint64_t address, uint64_t bytes) const {
        return address - start < length && bytes <= length - (address - start);
    }
    uint8_t *at(uint64_t address) { return &contents[address - start]; }

    /** Gives the bytes back; the range stays known, so that a use after this is seen. */
    void release();

    /** Poisons again, as nothing has written it; not if it is sparse. */
    void poison();

    bool isSparse() const { return length >= SPARSE; }

    /** Fills with zeros; of sparse memory, whole pages cease to exist. */
    void clear(uint64_t address, uint64_t bytes);

    void markWritten(uint64_t address, uint64_t bytes) {
        if (!written.empty()) std::memset(&written[address - start], 1, bytes);
    }
    bool isWritten(uint64_t address, uint64_t bytes) const {
        return written.empty() || !std::memchr(&written[address - start], 0, bytes);
    }

    /** Notes an access for the race check; true if it is a race. */
    bool touch(uint64_t address, uint64_t bytes, Use use, uint16_t thread, uint32_t since,
               const Epochs &epochs) {
        return history.touch(address - start, bytes, length, use, thread, since, epochs);
    }

  private:
    uint64_t start, length;
    std::unique_ptr<uint8_t[], std::function<void(uint8_t *)>> contents;
    std::vector<uint8_t> written;  // a flag for each byte; empty if nobody asks
    AccessHistory history;
};

/** The global memory of one context. An address is never given twice. */
class DeviceMemory {
  public:
    uint64_t allocate(uint64_t size, bool trackWrites);

    /**
     * Frees what begins at an address; false if nothing live does.
     *
     * @param remember whether a use after this is to be told as one of freed memory
     */
    bool free(uint64_t address, bool remember);

    /** The allocation, live or freed, that an address lies in, or null. */
    Allocation *find(uint64_t address);

    /** The live allocation that holds all of a range, or null. */
    Allocation *live(uint64_t address, uint64_t size);

    /** Where an address lies, in words. */
    std::string explain(uint64_t address, uint64_t size) const;

    uint64_t liveCount() const { return count; }
    uint64_t liveBytes() const { return bytes; }

    Epochs epochs;

  private:
    std::map<uint64_t, Allocation> allocations;
    uint64_t count = 0, bytes = 0;
};

/** Page-locked memory of the host, poisoned at first. */
class PinnedMemory {
  public:
    void *allocate(size_t size);
    bool free(const void *address);

    /** Memory of others; false if a part of it is there already. */
    bool add(const void *address, size_t size);
    bool remove(const void *address);
    bool holds(const void *address, size_t size) const;

    /** Notes that a copy that waits is to read some of it, until `done`. */
    void willRead(const void *address, size_t size);
    void done(const void *address, size_t size);

    /** Whether a copy that waits is to read any of it. */
    bool isAwaited(const void *address, size_t size) const;

    size_t count() const { return blocks.size(); }

    /** The block that an address lies in; of size 0 if there is none. */
    struct Range {
        const uint8_t *start;
        size_t size;
    };
    Range find(const uint8_t *address) const;

  private:
    struct Block {
        std::unique_ptr<uint8_t[]> bytes;  // null if it is others'
        size_t size;
    };
    using Blocks = std::map<const uint8_t *, Block>;  // by address

    /** Nobody awaits what lay there: a fault may have kept its copies from ever running. */
    void erase(Blocks::iterator block);

    Blocks blocks;
    std::multimap<const uint8_t *, size_t> awaited;
};

}  // namespace emulator
