package dev.rootmean.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/** Reads MNIST's four files from a directory, each plain or compressed by gzip. */
final class Mnist {
  private static final int BRIGHTEST = 255;

  private Mnist() {}

  static Digits read(Path directory) {
    if (!Files.isDirectory(directory)) {
      throw new BadInputException(
          "--data " + directory + ": expected a directory with MNIST's four IDX files");
    }
    Images train = images(directory, "train");
    Images test = images(directory, "t10k");
    if (train.pixelsPerImage() != test.pixelsPerImage()) {
      throw new BadInputException(
          String.format(
              Locale.ROOT,
              "--data %s: a training image has %d pixels, a test image %d: expected the same",
              directory,
              train.pixelsPerImage(),
              test.pixelsPerImage()));
    }
    return new Digits(train, test);
  }

  private static Images images(Path directory, String split) {
    Path imagesFile = find(directory, split + "-images-idx3-ubyte");
    Path labelsFile = find(directory, split + "-labels-idx1-ubyte");
    IdxFile images = IdxFile.read(imagesFile, 3);
    IdxFile labels = IdxFile.read(labelsFile, 1);
    if (images.count() != labels.count()) {
      throw new BadInputException(
          String.format(
              Locale.ROOT,
              "%s has %d images, %s %d labels: expected one for each",
              imagesFile,
              images.count(),
              labelsFile.getFileName(),
              labels.count()));
    }
    for (byte label : labels.values()) {
      if (Byte.toUnsignedInt(label) >= Images.CLASSES) {
        throw new BadInputException(
            labelsFile
                + " has the label "
                + Byte.toUnsignedInt(label)
                + ": expected digits from 0 to 9");
      }
    }
    return new Images(images.values(), labels.values(), BRIGHTEST);
  }

  private static Path find(Path directory, String name) {
    Path plain = directory.resolve(name);
    Path compressed = directory.resolve(name + ".gz");
    if (Files.exists(plain)) {
      return plain;
    }
    if (Files.exists(compressed)) {
      return compressed;
    }
    throw new BadInputException(
        String.format(
            Locale.ROOT,
            "--data %s: %s is missing, plain or .gz; expected MNIST's four IDX files",
            directory,
            name));
  }
}
