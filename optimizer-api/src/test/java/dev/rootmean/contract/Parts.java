package dev.rootmean.contract;

import dev.rootmean.DeviceBuffer;
import java.util.List;

/**
 * The elements of a buffer that are looked at, as if they lay one behind another.
 *
 * @param parts in their order
 */
public record Parts(List<Part> parts) {
  /**
   * Some elements of a buffer.
   *
   * @param start the first of them
   * @param count how many
   */
  public record Part(long start, int count) {
    /** {@return the first element behind them} */
    public long end() {
      return start + count;
    }
  }

  /** {@return how many they are} */
  public int count() {
    return parts.stream().mapToInt(Part::count).sum();
  }

  /** {@return the first element behind all of them} */
  public long length() {
    return parts.get(parts.size() - 1).end();
  }

  void write(DeviceBuffer buffer, float[] values) {
    int at = 0;
    for (Part part : parts) {
      buffer.write(part.start(), values, at, part.count());
      at += part.count();
    }
  }

  float[] read(DeviceBuffer buffer) {
    float[] values = new float[count()];
    int at = 0;
    for (Part part : parts) {
      buffer.read(part.start(), values, at, part.count());
      at += part.count();
    }
    return values;
  }
}
