package dev.rootmean.contract.machinery;

/** How a {@link ScalarStep} makes blocks; faults are planted in it. */
class BlockCoding {
  /** Whose base a block is read by. */
  int block(int block) {
    return block;
  }

  /** The random bits of an element, or {@link ReferenceBlocks#NEAREST}. */
  int random(long key, long place, String row) {
    return ReferenceRounding.bits(key, place, row);
  }

  /** The base of a block, which has the elements from one on to another. */
  int base(double[] values, int[] random, int first, int end, boolean signed) {
    return ReferenceBlocks.base(values, random, first, end, signed);
  }

  int code(double x, int random, int base, boolean signed) {
    return ReferenceBlocks.code(x, random, base, signed);
  }
}
