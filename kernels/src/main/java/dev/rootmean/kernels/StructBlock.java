package dev.rootmean.kernels;

import dev.rootmean.DataType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A struct of numbers as a kernel takes it, each rounded once to the compute type, in memory that a
 * native call can read. Changing it allocates nothing.
 */
public abstract class StructBlock {
  private final DataType type;
  private final ByteBuffer bytes;

  StructBlock(DataType type, int count) {
    this.type = type;
    this.bytes = ByteBuffer.allocateDirect(count * type.bytes()).order(ByteOrder.nativeOrder());
  }

  /**
   * The block itself, for a native call to read.
   *
   * @return a direct buffer from whose start to whose end the struct is
   */
  public final ByteBuffer bytes() {
    return bytes;
  }

  final void put(int index, double value) {
    switch (type) {
      case FLOAT32 -> bytes.putFloat(index * Float.BYTES, (float) value);
      case FLOAT64 -> bytes.putDouble(index * Double.BYTES, value);
    }
  }
}
