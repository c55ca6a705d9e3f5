#pragma once

#include <cstdint>
#include <vector>

namespace emulator {

/**
 * Where a launch stands. Blocks run one after the other, and each barrier of each block begins a new
 * epoch, so one number tells block and barrier: what happened before `block` was done by another
 * block, what happened since but before `now` is ordered by a barrier.
 */
struct Epochs {
    uint32_t launch = 1, block = 1, now = 1;
};

/** How an instruction uses memory. CONSTANT is ld.global.nc: nobody may write there in this launch. */
enum class Use : uint8_t { READ, CONSTANT, WRITE };

/** Who has touched one word: enough to see the first race on it, whatever the order. */
class WordHistory {
  public:
    /**
     * Notes an access; true if it races with an earlier one: another thread, one of the two writes,
     * and no barrier between. A constant read races with every write of the launch.
     * @param since the first epoch that counts: what is older happened to other contents
     */
    bool touch(Use use, uint16_t thread, uint32_t since, const Epochs &epochs) {
        const bool wasRead = read >= since;
        bool race = unordered(written, writer, false, thread, since, epochs) ||
                    (use == Use::CONSTANT && written >= since);
        if (use == Use::WRITE) {
            race |= wasRead && (constant || manyBlocks ||
                                unordered(read, reader, manyReaders, thread, since, epochs));
            written = epochs.now;
            writer = thread;
            return race;
        }
        constant = use == Use::CONSTANT || (wasRead && constant);
        manyBlocks = wasRead && (manyBlocks || read < epochs.block);
        manyReaders = read == epochs.now && (manyReaders || reader != thread);
        read = epochs.now;
        reader = thread;
        return race;
    }

  private:
    static bool unordered(uint32_t then, uint16_t who, bool others, uint16_t thread,
                          uint32_t since, const Epochs &epochs) {
        return then >= since &&
               (then < epochs.block || (then == epochs.now && (others || who != thread)));
    }

    uint32_t written = 0, read = 0;
    uint16_t writer = 0, reader = 0;
    bool manyReaders = false;  // in the epoch `read`
    bool manyBlocks = false;   // read by another block than the last reader's
    bool constant = false;     // read through ld.global.nc, in the launch of `read`
};

/** The histories of an allocation's words. Kernels write whole words only, and may read half a one. */
class AccessHistory {
  public:
    static constexpr uint64_t WORD = 4;

    /** Notes an access to `bytes` bytes from an offset on; true if it is a race. */
    bool touch(uint64_t offset, uint64_t bytes, uint64_t allocated, Use use, uint16_t thread,
               uint32_t since, const Epochs &epochs) {
        if (parts.empty()) parts.resize(allocated / WORD / PART + 1);
        bool race = false;
        for (uint64_t i = offset / WORD; i <= (offset + bytes - 1) / WORD; i++) {
            std::vector<WordHistory> &words = parts[i / PART];
            if (words.empty()) words.resize(PART);
            race |= words[i % PART].touch(use, thread, since, epochs);
        }
        return race;
    }

    void forget() { parts = {}; }

  private:
    static constexpr uint64_t PART = 4096;

    std::vector<std::vector<WordHistory>> parts;  // made when a word of them is first touched
};

}  // namespace emulator
