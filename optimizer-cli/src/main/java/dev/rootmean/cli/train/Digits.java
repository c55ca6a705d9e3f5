package dev.rootmean.cli.train;

import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.zip.GZIPInputStream;

/**
 * Handwritten digits.
 *
 * @param train to train on
 * @param test others, to test with
 */
public record Digits(Images train, Images test) {
  private static final int BRIGHTEST = 16;
  private static final int FOLDS = 5;

  /**
   * The 1,797 digits of the UCI repository, 8×8: every fifth image is a test image.
   *
   * @return what this jar brings
   */
  public static Digits uci() {
    Split train = new Split();
    Split test = new Split();
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(
                new GZIPInputStream(Digits.class.getResourceAsStream("digits.csv.gz")),
                StandardCharsets.US_ASCII))) {
      int number = 0;
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        number++;
        (number % FOLDS == 0 ? test : train).add(line);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("digits.csv.gz of this jar cannot be read", e);
    }
    return new Digits(train.images(), test.images());
  }

  private static final class Split {
    private final ByteArrayOutputStream pixels = new ByteArrayOutputStream();
    private final ByteArrayOutputStream labels = new ByteArrayOutputStream();

    void add(String line) {
      int comma = line.lastIndexOf(',');
      for (String pixel : line.substring(0, comma).split(",", -1)) {
        pixels.write(Integer.parseInt(pixel));
      }
      labels.write(Integer.parseInt(line.substring(comma + 1)));
    }

    Images images() {
      return new Images(pixels.toByteArray(), labels.toByteArray(), BRIGHTEST);
    }
  }
}
