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

/**
 * How an instruction uses memory. CONSTANT is ld.global.nc: nobody may write there in this launch. ATOMIC
 * is atom, which reads and writes, and races with anything but its like.
 */
enum class Use : uint8_t { READ, CONSTANT, WRITE, ATOMIC };

/** Who has touched some bytes: enough to see the first race on them, whatever the order. */
class History {
  public:
    /**
     * Notes an access; true if it races with an earlier one: another thread, one of the two writes,
     * and no barrier between. A constant read races with every write of the launch.
     * @param since the first epoch that counts: what is older happened to other contents
     */
    bool touch(Use use, uint16_t thread, uint32_t since, const Epochs &epochs) {
        const bool wasRead = read >= since;
        bool race = (unordered(written, writer, writes == Writes::ATOMS, thread, since, epochs) &&
                     !(use == Use::ATOMIC && writes != Writes::PLAIN)) ||
                    (use == Use::CONSTANT && written >= since);
        if (use == Use::WRITE || use == Use::ATOMIC) {
            race |= wasRead && (constant || manyBlocks ||
                                unordered(read, reader, manyReaders, thread, since, epochs));
            writes = use == Use::WRITE                            ? Writes::PLAIN
                     : written != epochs.now                      ? Writes::ATOM
                     : writes == Writes::ATOM && writer != thread ? Writes::ATOMS
                                                                  : writes;
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

    /** What the writes of the epoch `written` are: not all of them atom, by one thread, or by several. */
    enum class Writes : uint8_t { PLAIN, ATOM, ATOMS };

    uint32_t written = 0, read = 0;
    uint16_t writer = 0, reader = 0;
    Writes writes = Writes::PLAIN;
    bool manyReaders = false;  // in the epoch `read`
    bool manyBlocks = false;   // read by another block than the last reader's
    bool constant = false;     // read through ld.global.nc, in the launch of `read`
};

/** The histories of an allocation's words, or of less where kernels touch less. */
class AccessHistory {
  public:
    /** Notes an access to `bytes` bytes from an offset on; true if it is a race. */
    bool touch(uint64_t offset, uint64_t bytes, uint64_t allocated, Use use, uint16_t thread,
               uint32_t since, const Epochs &epochs) {
        if (parts.empty()) parts.resize(allocated / PART + 1);
        const uint64_t end = offset + bytes;
        bool race = false;
        for (uint64_t at = offset; at < end;) {
            Part &part = parts[at / PART];
            part.refine(at | end);
            race |= part.histories[at % PART >> part.shift].touch(use, thread, since, epochs);
            at += uint64_t{1} << part.shift;
        }
        return race;
    }

    void forget() { parts = {}; }

  private:
    static constexpr uint64_t PART = 16384;

    /** Histories of 2^shift bytes each, at first of words, made when one of them is first touched. */
    struct Part {
        unsigned shift = 2;
        std::vector<History> histories;

        /** Splits them, whose bytes have all been touched alike, until an access has some to itself. */
        void refine(uint64_t ends) {
            if (histories.empty()) histories.resize(PART >> shift);
            for (; ends & ((1 << shift) - 1); shift--) {
                std::vector<History> halves;
                halves.reserve(2 * histories.size());
                for (const History &history : histories) halves.insert(halves.end(), 2, history);
                histories.swap(halves);
            }
        }
    };

    std::vector<Part> parts;
};

}  // namespace emulator
