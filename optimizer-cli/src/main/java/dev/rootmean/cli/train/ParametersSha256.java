package dev.rootmean.cli.train;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

/** The checksum that trainings print, to compare their parameters to the last bit. */
public final class ParametersSha256 {
  private ParametersSha256() {}

  /**
   * Of parameters as little-endian floats, where any NaN is the same.
   *
   * @param tensors one behind another
   * @return SHA-256, in lower-case hex
   */
  public static String of(List<float[]> tensors) {
    ByteBuffer bytes = ByteBuffer.allocate(Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      for (float[] tensor : tensors) {
        for (float parameter : tensor) {
          bytes.clear().putInt(Float.floatToIntBits(parameter));
          digest.update(bytes.flip());
        }
      }
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java has SHA-256", e);
    }
  }
}
