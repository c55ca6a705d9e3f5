import dev.rootmean.cli.bench.AlternatingTimer;
import java.io.BufferedReader;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** The 161 tensors of ResNet-50: as many small ones as large ones. */
final class ResNet50 {
  private ResNet50() {}

  /** How many elements each has. */
  static int[] lengths() {
    InputStream lines = AlternatingTimer.class.getResourceAsStream("resnet50.txt");
    return new BufferedReader(new InputStreamReader(lines, StandardCharsets.US_ASCII))
        .lines()
        .map(line -> line.split(" "))
        .mapToInt(
            words ->
                Arrays.stream(words).skip(1).mapToInt(Integer::valueOf).reduce(1, (a, b) -> a * b))
        .toArray();
  }
}
