package dev.rootmean.contract;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * Gives a reader files that are nearly right, for 2 seconds or, with {@code
 * -Drootmean.test.long=true}, for 20. Each may be taken or refused in one line, by the exception
 * that is meant for that, and soon. What else happens is told with the file's seed; {@code
 * -Drootmean.test.seed=N} gives that file alone.
 */
public final class Fuzzing {
  private static final Duration LONGEST_READ = Duration.ofSeconds(2);

  private static final ThreadMXBean THREAD = ManagementFactory.getThreadMXBean();

  private static final String[] NUMBERS = {
    "0", "-1", "1e9", "00", "2147483648", "9223372036854775807", "9223372036854775808", "NaN", "[]",
  };

  private static final long[] LENGTHS = {
    0, 1, -1, Integer.MAX_VALUE, Integer.MIN_VALUE, Long.MAX_VALUE, Long.MIN_VALUE, 100_000_000,
  };

  /** Reads a file, or throws. */
  @FunctionalInterface
  public interface Reader {
    /**
     * Reads.
     *
     * @param file which may be anything
     * @throws IOException if the reader's is one
     */
    void read(Path file) throws IOException;
  }

  private final List<byte[]> good;
  private final Random random = new Random();
  private int taken;
  private int refused;

  private Fuzzing(List<byte[]> good) {
    this.good = good;
  }

  /**
   * Tries a reader.
   *
   * @param file that is written and read again and again
   * @param refusal what is thrown for a file that is wrong
   * @param good files that the reader takes
   * @param reader under test
   */
  public static void check(
      Path file, Class<? extends Exception> refusal, List<byte[]> good, Reader reader)
      throws IOException {
    Fuzzing fuzzing = new Fuzzing(good);
    Long only = Long.getLong("rootmean.test.seed");
    if (only != null) {
      fuzzing.check(only, file, refusal, reader);
      return;
    }
    int seconds = LongTests.areWanted() ? 20 : 2;
    long end = System.nanoTime() + Duration.ofSeconds(seconds).toNanos();
    Random seeds = new Random(); // one after the other would begin alike
    while (System.nanoTime() < end) {
      fuzzing.check(seeds.nextLong(), file, refusal, reader);
    }
    if (fuzzing.taken == 0 || fuzzing.refused == 0) {
      throw new AssertionError(
          fuzzing.taken + " files taken, " + fuzzing.refused + " refused: expected some of both");
    }
  }

  private void check(long seed, Path file, Class<? extends Exception> refusal, Reader reader)
      throws IOException {
    Files.deleteIfExists(file); // to write over it, some file systems wait for the disk
    Files.write(file, nearlyRight(seed));
    long start = THREAD.getCurrentThreadCpuTime(); // not the clock: others use the processor too
    try {
      reader.read(file);
      taken++;
    } catch (Exception | StackOverflowError | OutOfMemoryError e) {
      if (!refusal.isInstance(e) || e.getMessage().lines().count() != 1) {
        throw new AssertionError("-Drootmean.test.seed=" + seed + " gives " + e, e);
      }
      refused++;
    }
    Duration took = Duration.ofNanos(THREAD.getCurrentThreadCpuTime() - start);
    if (took.compareTo(LONGEST_READ) > 0) {
      throw new AssertionError("-Drootmean.test.seed=" + seed + " took " + took);
    }
  }

  private byte[] nearlyRight(long seed) {
    random.setSeed(seed);
    byte[] bytes = good.get(random.nextInt(good.size()));
    for (int changes = random.nextInt(3); changes >= 0; changes--) {
      bytes = changed(bytes);
    }
    return bytes;
  }

  private byte[] changed(byte[] bytes) {
    int at = random.nextInt(bytes.length + 1);
    int end = at + random.nextInt(Math.min(40, bytes.length - at) + 1);
    return switch (random.nextInt(9)) {
      case 0 -> Arrays.copyOf(bytes, at);
      case 1 -> replaced(bytes, at, end, new byte[0]);
      case 2 -> replaced(bytes, at, at, Arrays.copyOfRange(bytes, at, end));
      case 3 -> replaced(bytes, at, end, noise(end - at));
      case 4, 7 -> number(bytes);
      case 5 -> length(bytes);
      case 6 -> replaced(bytes, at, Math.min(at + 1, bytes.length), noise(1));
      default -> bytes; // a file that is right, unless it is changed again
    };
  }

  private byte[] noise(int length) {
    byte[] noise = new byte[length];
    random.nextBytes(noise);
    return noise;
  }

  /** Another number in place of one that is written out. */
  private byte[] number(byte[] bytes) {
    List<Integer> starts = new ArrayList<>();
    for (int i = 0; i < bytes.length; i++) {
      if (isDigit(bytes, i) && !isDigit(bytes, i - 1)) {
        starts.add(i);
      }
    }
    if (starts.isEmpty()) {
      return bytes;
    }
    int start = starts.get(random.nextInt(starts.size()));
    int end = start;
    while (isDigit(bytes, end)) {
      end++;
    }
    String number = NUMBERS[random.nextInt(NUMBERS.length)];
    return replaced(bytes, start, end, number.getBytes(StandardCharsets.US_ASCII));
  }

  private static boolean isDigit(byte[] bytes, int at) {
    return at >= 0 && at < bytes.length && bytes[at] >= '0' && bytes[at] <= '9';
  }

  /** Another length in the first bytes, where formats have them. */
  private byte[] length(byte[] bytes) {
    long length = LENGTHS[random.nextInt(LENGTHS.length)];
    byte[] changed = bytes.clone();
    int at = 4 * random.nextInt(4);
    int width = random.nextBoolean() ? Integer.BYTES : Long.BYTES;
    boolean littleEndian = random.nextBoolean();
    for (int i = 0; i < width && at + i < changed.length; i++) {
      changed[at + i] = (byte) (length >>> (8 * (littleEndian ? i : width - 1 - i)));
    }
    return changed;
  }

  private static byte[] replaced(byte[] bytes, int start, int end, byte[] by) {
    byte[] changed = Arrays.copyOf(bytes, bytes.length - (end - start) + by.length);
    System.arraycopy(by, 0, changed, start, by.length);
    System.arraycopy(bytes, end, changed, start + by.length, bytes.length - end);
    return changed;
  }
}
