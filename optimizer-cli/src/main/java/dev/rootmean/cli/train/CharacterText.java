package dev.rootmean.cli.train;

import dev.rootmean.cli.BadInputException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.zip.CRC32;
import java.util.zip.GZIPInputStream;

/**
 * A text whose characters are to be predicted, each from those before it. Its last tenth is to test
 * with.
 */
final class CharacterText {
  private static final int TEST_SHARE = 10;

  /** Each part then has an example; what can be learnt from so few is another question. */
  private static final int FEWEST = 50;

  private final int[] text;
  private final int[] alphabet;

  /**
   * Takes a text.
   *
   * @param text code points
   */
  private CharacterText(int[] text) {
    this.text = text;
    alphabet = Arrays.stream(text).distinct().sorted().toArray();
  }

  /** The project's own documents and Javadoc, as optimizer-cli/make-documents has put them. */
  static CharacterText documents() {
    try (GZIPInputStream in =
        new GZIPInputStream(CharacterText.class.getResourceAsStream("documents.txt.gz"))) {
      return new CharacterText(decode(ByteBuffer.wrap(in.readAllBytes())));
    } catch (IOException e) {
      throw new UncheckedIOException("documents.txt.gz of this jar cannot be read", e);
    }
  }

  /**
   * Reads a text in UTF-8.
   *
   * @throws BadInputException if it cannot be read, or there is nothing to learn from it
   */
  static CharacterText read(Path file) {
    String option = "--data " + file;
    if (Files.isDirectory(file)) {
      throw new BadInputException(option + " is a directory: expected a text file in UTF-8");
    }
    ByteBuffer bytes = ByteBuffer.allocate(0);
    int[] text;
    try {
      bytes = ByteBuffer.wrap(Files.readAllBytes(file));
      text = decode(bytes);
    } catch (CharacterCodingException e) {
      throw new BadInputException(
          option + " is not in UTF-8: byte " + bytes.position() + " begins no character");
    } catch (IOException e) {
      throw new BadInputException(option + " cannot be read: " + BadInputException.why(e));
    }
    if (text.length < FEWEST) {
      throw new BadInputException(
          String.format(
              Locale.ROOT,
              "%s has %d characters: expected at least %d",
              option,
              text.length,
              FEWEST));
    }
    CharacterText read = new CharacterText(text);
    if (read.characters() < 2) {
      throw new BadInputException(option + " has one character only, again and again");
    }
    return read;
  }

  /** Strictly: what is no text must not become a text of replacement characters. */
  private static int[] decode(ByteBuffer bytes) throws CharacterCodingException {
    return StandardCharsets.UTF_8.newDecoder().decode(bytes).codePoints().toArray();
  }

  /** How many different ones there are: the classes. */
  int characters() {
    return alphabet.length;
  }

  /** The first nine tenths, but for the first characters, which have too few before them. */
  Examples train() {
    return new Part(NGrams.ORDERS, split());
  }

  /** The last tenth. */
  Examples test() {
    return new Part(split(), text.length);
  }

  private int split() {
    return text.length - text.length / TEST_SHARE;
  }

  /** The examples of a part: each character of it, and what is before that. */
  private final class Part implements Examples {
    private final int first;
    private final int end;

    Part(int first, int end) {
      this.first = first;
      this.end = end;
    }

    @Override
    public int count() {
      return end - first;
    }

    @Override
    public void copyTo(Batch batch, int place, int example) {
      NGrams.find(text, first + example, batch.rows(), place * NGrams.ORDERS);
    }

    @Override
    public int label(int example) {
      return Arrays.binarySearch(alphabet, text[first + example]);
    }

    /** Of the whole text, since the other part decides what classes there are. */
    @Override
    public long checksum() {
      CRC32 checksum = new CRC32();
      ByteBuffer bytes = ByteBuffer.allocate(Integer.BYTES);
      for (int character : text) {
        checksum.update(bytes.clear().putInt(character).flip());
      }
      return checksum.getValue();
    }
  }
}
