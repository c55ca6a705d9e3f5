package dev.rootmean.spi;

import dev.rootmean.ForeignMemory;

/**
 * What a buffer and its slices share: some memory, the device's own or wrapped. Once it is freed,
 * it refers to nothing.
 *
 * @param <M> the device's handle of an allocation
 */
final class Allocation<M> {
  /** Null before it is taken, and once it is freed. */
  M memory;

  /** Null if it is the device's own, or freed. */
  ForeignMemory foreign;

  /** What the bases of its blocks lie in, which goes with it; null if it is not in blocks. */
  final Allocation<M> bases;

  /** How many it takes of the device's memory, 0 if it is not the device's own. */
  final long bytes;

  /** From 1 on; no other of the device has it. */
  final long number;

  /** What its addresses are told apart in, also once it is freed; positive if it is its own. */
  final long space;

  /** The place of its element 0 there, in bytes. */
  final long start;

  /** Of others' memory. */
  Allocation(ForeignMemory foreign, long number) {
    this(foreign, null, 0, number);
  }

  Allocation(ForeignMemory foreign, Allocation<M> bases, long bytes, long number) {
    this.foreign = foreign;
    this.bases = bases;
    this.bytes = bytes;
    this.number = number;
    if (foreign == null) {
      space = number;
      start = 0;
    } else if (foreign.kind() == ForeignMemory.Kind.OPENCL) {
      space = -1L - (foreign.handle().hashCode() & 0xffff_ffffL);
      start = 0;
    } else { // all in one
      space = 0;
      start = foreign.address();
    }
  }
}
