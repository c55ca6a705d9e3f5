package dev.rootmean.contract.machinery;

import static org.junit.jupiter.api.Assertions.fail;

import dev.rootmean.DataType;
import dev.rootmean.DeviceBuffer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;

/** An accumulator in blocks, of which a part is in use, and what its codes and bases should be. */
final class KeptBlocks {
  private final String name;
  private final String row;
  private final DeviceBuffer whole;
  private final boolean signed;
  private final int first;
  private final int length;
  private final int[] codes;
  private final int[] bases;

  /**
   * Knows what is in a buffer.
   *
   * @param row as the step's text calls it
   * @param first where the part in use begins
   * @param value the number that is everywhere in the buffer
   */
  KeptBlocks(String name, String row, DeviceBuffer whole, int first, int length, double value) {
    this.name = name;
    this.row = row;
    this.whole = whole;
    this.first = first;
    this.length = length;
    signed = whole.dataType() == DataType.SIGNED_BLOCK8;
    codes = new int[(int) whole.length()];
    bases = new int[(codes.length - 1) / ReferenceBlocks.SIZE + 1];
    int[] nearest = {ReferenceBlocks.NEAREST};
    Arrays.fill(bases, ReferenceBlocks.base(new double[] {value}, nearest, 0, 1, signed));
    Arrays.fill(codes, ReferenceBlocks.code(value, nearest[0], bases[0], signed));
  }

  /** Overwrites all, also around the part in use: codes by any bits, bases by any there are. */
  void scramble(long seed) {
    RandomGenerator random = new SplittableRandom(seed);
    for (int i = 0; i < bases.length; i++) {
      bases[i] = random.nextInt(signed ? 2_039 - 126 + 1 : 2_039 - 254 + 1);
    }
    ByteBuffer bytes = ByteBuffer.allocate(codes.length);
    for (int i = 0; i < codes.length; i++) {
      codes[i] = random.nextInt(256);
      bytes.put(i, (byte) codes[i]);
    }
    whole.write(0, bytes);
    ByteBuffer ofBases = ByteBuffer.allocate(bases.length * Integer.BYTES);
    ofBases.asIntBuffer().put(bases);
    whole.bases().orElseThrow().write(0, ofBases);
  }

  /** The numbers of the part in use. */
  double[] values() {
    double[] values = new double[length];
    for (int i = 0; i < length; i++) {
      int base = bases[(first + i) / ReferenceBlocks.SIZE];
      values[i] = ReferenceBlocks.value(codes[first + i], base, signed);
    }
    return values;
  }

  /** Rounds numbers to the part in use, by the random bits of their places. */
  void store(double[] values, long key, long place) {
    int[] random = new int[length];
    for (int i = 0; i < length; i++) {
      random[i] = ReferenceRounding.bits(key, place + i, row);
    }
    for (int at = 0; at < length; at += ReferenceBlocks.SIZE) {
      int end = Math.min(at + ReferenceBlocks.SIZE, length);
      int base = ReferenceBlocks.base(values, random, at, end, signed);
      bases[(first + at) / ReferenceBlocks.SIZE] = base;
      for (int i = at; i < end; i++) {
        codes[first + i] = ReferenceBlocks.code(values[i], random[i], base, signed);
      }
    }
  }

  /** Compares all, also around the part in use. */
  void check(String circumstances) {
    compare(" of " + circumstances, codes, codes(whole));
    compare("'s bases of " + circumstances, bases, bases(whole));
  }

  private void compare(String of, int[] expected, int[] found) {
    int at = Arrays.mismatch(expected, found);
    if (at >= 0) {
      fail(
          String.format(
              Locale.ROOT,
              "%s%s, [%d]: expected %d but got %d",
              name,
              of,
              at,
              expected[at],
              found[at]));
    }
  }

  /** The codes that a buffer has, 0 to 255. */
  static int[] codes(DeviceBuffer buffer) {
    ByteBuffer bytes = ByteBuffer.allocateDirect((int) buffer.length());
    buffer.read(0, bytes);
    int[] found = new int[bytes.capacity()];
    Arrays.setAll(found, i -> bytes.get(i) & 0xFF);
    return found;
  }

  /** The bases that a buffer has. */
  static int[] bases(DeviceBuffer buffer) {
    DeviceBuffer bases = buffer.bases().orElseThrow();
    ByteBuffer bytes =
        ByteBuffer.allocate((int) bases.length() * Integer.BYTES).order(ByteOrder.nativeOrder());
    bases.read(0, bytes);
    int[] found = new int[(int) bases.length()];
    bytes.rewind().asIntBuffer().get(found);
    return found;
  }
}
