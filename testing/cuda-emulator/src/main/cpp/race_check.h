#pragma once

#include <cstdint>

namespace emulator {

/**
 * Where a launch stands. Blocks run one after the other, and each barrier of each block begins a new
 * epoch, so one number tells block and barrier: what happened before `block` was done by another
 * block, what happened since but before `now` is ordered by a barrier.
 */
struct Epochs {
    uint32_t launch = 1, block = 1, now = 1;
};

/** Who has touched one byte: enough to see the first race on it, whatever the order. */
class ByteHistory {
  public:
    /**
     * Notes an access; true if it races with an earlier one: another thread, one of the two writes,
     * and no barrier between.
     * @param since the first epoch that counts: what is older happened to other contents
     */
    bool touch(bool write, uint16_t thread, uint32_t since, const Epochs &epochs) {
        const bool race =
            unordered(written, writer, false, thread, since, epochs) ||
            (write && (unordered(read, reader, manyReaders, thread, since, epochs) ||
                       (read >= since && manyBlocks)));
        if (write) {
            written = epochs.now;
            writer = thread;
            return race;
        }
        manyBlocks = read >= since && (manyBlocks || read < epochs.block);
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
};

}  // namespace emulator
