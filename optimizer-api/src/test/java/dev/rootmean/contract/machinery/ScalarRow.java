package dev.rootmean.contract.machinery;

import dev.rootmean.DataType;
import dev.rootmean.contract.TypedArray;
import dev.rootmean.spi.Kernel;
import dev.rootmean.spi.Rows;

/**
 * An accumulator of a {@link ScalarStep}: a number for each element. Those in blocks are read as a
 * whole, and rounded when all elements have been stepped. It is filled anew for each launch.
 */
final class ScalarRow {
  private final String name;
  private final String nameOfBases;
  private TypedArray memory;
  private int start;
  private int count;
  private TypedArray bases;
  private int firstBase;

  /** Of elements in blocks; longer than a launch has once needed. */
  private double[] values = {};

  private int[] random = {};

  ScalarRow(String name) {
    this.name = name;
    this.nameOfBases = name + "_base";
  }

  /**
   * Takes the memory of a launch.
   *
   * @return null if its kernel has no such row
   */
  ScalarRow begin(Kernel kernel, Rows<TypedArray> rows, int start, BlockCoding coding) {
    int row = kernel.row(name);
    if (row < 0) {
      return null;
    }
    this.memory = rows.memory(row);
    this.start = start;
    if (isInBlocks()) {
      int ofBases = kernel.row(nameOfBases);
      bases = rows.memory(ofBases);
      firstBase = (int) rows.offset(ofBases);
      count = (int) rows.length();
      read(coding);
    }
    return this;
  }

  private void read(BlockCoding coding) {
    if (values.length < count) {
      values = new double[count];
      random = new int[count];
    }
    for (int i = 0; i < count; i++) {
      int base = (int) bases.get(firstBase + coding.block(i / ReferenceBlocks.SIZE));
      values[i] = ReferenceBlocks.value(memory.code(start + i), base, isSigned());
    }
  }

  DataType type() {
    return memory.type();
  }

  private boolean isInBlocks() {
    return type().isInBlocks();
  }

  private boolean isSigned() {
    return type() == DataType.SIGNED_BLOCK8;
  }

  double get(int i) {
    return isInBlocks() ? values[i] : memory.get(start + i);
  }

  void set(int i, double x) {
    if (isInBlocks()) {
      values[i] = x;
    } else {
      memory.set(start + i, x);
    }
  }

  /** Rounds blocks by the random bits of their places. */
  void end(BlockCoding coding, long key, long place) {
    if (!isInBlocks()) {
      return;
    }
    for (int i = 0; i < count; i++) {
      random[i] = coding.random(key, place + i, name);
    }
    for (int first = 0; first < count; first += ReferenceBlocks.SIZE) {
      int end = Math.min(first + ReferenceBlocks.SIZE, count);
      int base = coding.base(values, random, first, end, isSigned());
      bases.set(firstBase + first / ReferenceBlocks.SIZE, base);
      for (int i = first; i < end; i++) {
        memory.code(start + i, coding.code(values[i], random[i], base, isSigned()));
      }
    }
  }
}
