package dev.rootmean.cli.train;

import dev.rootmean.cli.BadInputException;
import dev.rootmean.cli.PlainOutput;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Reads MNIST's four files from a directory, as they are spread and as they are unpacked. */
final class Mnist {
  private static final int BRIGHTEST = 255;
  private static final int NAMES_SHOWN = 5;
  private static final String FILES =
      "train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte and"
          + " t10k-labels-idx1-ubyte, plain or .gz";

  private Mnist() {}

  static Digits read(Path directory) {
    if (!Files.isDirectory(directory)) {
      String what = Files.exists(directory) ? "is no directory" : "does not exist";
      throw new BadInputException(
          "--data " + directory + " " + what + ": expected a directory with " + FILES);
    }
    Split train = Split.open(directory, "train");
    Split test = Split.open(directory, "t10k");
    int trainPixels = train.images().sizeOfItem();
    int testPixels = test.images().sizeOfItem();
    if (trainPixels != testPixels) {
      throw new BadInputException(
          String.format(
              Locale.ROOT,
              "--data %s: a training image has %d pixels, a test image %d: expected the same",
              directory,
              trainPixels,
              testPixels));
    }
    try {
      return new Digits(train.read(), test.read());
    } catch (OutOfMemoryError e) {
      throw new BadInputException(
          String.format(
              Locale.ROOT,
              "--data %s: the images do not fit into this JVM's %,d MiB: raise -Xmx, or use fewer",
              directory,
              Runtime.getRuntime().maxMemory() >> 20));
    }
  }

  /** Images and their labels, of which only the headers are read. */
  private record Split(IdxFile images, IdxFile labels) {
    static Split open(Path directory, String name) {
      IdxFile images = IdxFile.open(find(directory, name + "-images", "idx3-ubyte"), 3);
      IdxFile labels = IdxFile.open(find(directory, name + "-labels", "idx1-ubyte"), 1);
      if (images.count() != labels.count()) {
        throw new BadInputException(
            String.format(
                Locale.ROOT,
                "%s has %d images, %s %d labels: expected one for each",
                images.file(),
                images.count(),
                labels.file().getFileName(),
                labels.count()));
      }
      return new Split(images, labels);
    }

    Images read() {
      byte[] digits = labels.values();
      for (byte digit : digits) {
        int label = Byte.toUnsignedInt(digit);
        if (label >= Images.CLASSES) {
          throw new BadInputException(
              labels.file() + " has the label " + label + ": expected digits from 0 to 9");
        }
      }
      return new Images(images.values(), digits, BRIGHTEST);
    }
  }

  /**
   * Finds one of the four: beside the others or where PyTorch puts them, with a hyphen or with the
   * dot that some unpack it with, plain or not.
   */
  private static Path find(Path directory, String name, String type) {
    List<Path> found =
        Stream.of(directory, directory.resolve("MNIST/raw"))
            .flatMap(folder -> Stream.of("-", ".").map(mark -> folder.resolve(name + mark + type)))
            .flatMap(file -> Stream.of(file, file.resolveSibling(file.getFileName() + ".gz")))
            .filter(Files::exists)
            .toList();
    return found.stream()
        .filter(Files::isRegularFile) // some archives have a folder of each file's name
        .findFirst()
        .or(() -> found.stream().findFirst())
        .orElseThrow(
            () ->
                new BadInputException(
                    String.format(
                        Locale.ROOT,
                        "--data %s: %s-%s is missing, plain or .gz; there is %s",
                        directory,
                        name,
                        type,
                        content(directory))));
  }

  private static String content(Path directory) {
    try (Stream<Path> files = Files.list(directory)) {
      List<String> names =
          files.map(file -> PlainOutput.oneLine(file.getFileName().toString())).sorted().toList();
      String shown = names.stream().limit(NAMES_SHOWN).collect(Collectors.joining(", "));
      int more = names.size() - NAMES_SHOWN;
      return names.isEmpty() ? "nothing" : more > 0 ? shown + " and " + more + " more" : shown;
    } catch (IOException e) {
      return "what cannot be listed: " + BadInputException.why(e);
    }
  }
}
