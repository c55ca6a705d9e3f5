package dev.rootmean.checkpoint;

import dev.rootmean.DataType;

/** The types that safetensors knows, by their names there. Files may have all of them. */
enum Dtype {
  BOOL(8),
  F4(4),
  F6_E2M3(6),
  F6_E3M2(6),
  U8(8),
  I8(8),
  F8_E5M2(8),
  F8_E4M3(8),
  F8_E8M0(8),
  F8_E4M3FNUZ(8),
  F8_E5M2FNUZ(8),
  I16(16),
  U16(16),
  F16(16),
  BF16(16),
  I32(32),
  U32(32),
  F32(32),
  C64(64),
  F64(64),
  I64(64),
  U64(64);

  private final int bits;

  Dtype(int bits) {
    this.bits = bits;
  }

  static Dtype of(DataType type) {
    return switch (type) {
      case FLOAT32 -> F32;
      case FLOAT64 -> F64;
      case BFLOAT16 -> BF16;
      case FLOAT16 -> F16;
      case INT16 -> I16;
      case INT32 -> I32;
      case BLOCK8, SIGNED_BLOCK8 -> U8;
    };
  }

  /**
   * The size of some elements.
   *
   * @return -1 if they do not fill whole bytes
   * @throws ArithmeticException if it is 2^63 bits or more
   */
  long bytes(long elements) {
    long all = Math.multiplyExact(elements, bits);
    return all % Byte.SIZE == 0 ? all / Byte.SIZE : -1;
  }
}
