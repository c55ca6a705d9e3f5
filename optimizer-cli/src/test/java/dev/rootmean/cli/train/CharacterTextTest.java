package dev.rootmean.cli.train;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rootmean.cli.Run;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CharacterTextTest {
  @TempDir Path directory;

  private Path file(String text) throws Exception {
    return Files.writeString(directory.resolve("text"), text);
  }

  private CharacterText text(String text) throws Exception {
    return CharacterText.read(file(text));
  }

  @Test
  void anExampleIsACharacterAndTheRowsOfThoseBeforeIt() throws Exception {
    String text = "The quick brown fox jumps over the lazy dog, and over another.";
    int[] characters = text.codePoints().toArray();
    int[] alphabet = Arrays.stream(characters).sorted().distinct().toArray();
    CharacterText read = text(text);
    assertEquals(alphabet.length, read.characters());
    assertExamples(read.train(), characters, alphabet, 4, 62 - 6);
    assertExamples(read.test(), characters, alphabet, 62 - 6, 62);
  }

  private static void assertExamples(
      Examples part, int[] characters, int[] alphabet, int first, int end) {
    assertEquals(end - first, part.count());
    Batch batch = new Batch(new Layers(NGrams.EMBEDDING, end - first, 64, alphabet.length));
    batch.take(part, i -> i, end - first);
    for (int i = first; i < end; i++) {
      assertEquals(characters[i], alphabet[batch.labels()[i - first]]);
      int[] rows = new int[4];
      NGrams.find(characters, i, rows, 0);
      int at = 4 * (i - first);
      assertArrayEquals(rows, Arrays.copyOfRange(batch.rows(), at, at + 4));
    }
  }

  @Test
  void whatTakesTwoCharsIsOneCharacter() throws Exception {
    CharacterText read = text("\uD83D\uDE00 \uD83D\uDE01 ".repeat(25));
    assertEquals(3, read.characters());
    assertEquals(100, read.train().count() + read.test().count() + NGrams.ORDERS);
  }

  @Test
  void theChecksumIsOfTheWholeText() throws Exception {
    String text = "some text or other ".repeat(10);
    long checksum = text(text).train().checksum();
    assertEquals(checksum, text(text).train().checksum());
    assertNotEquals(checksum, text(text + "!").train().checksum());
    assertNotEquals(checksum, text("S" + text.substring(1)).train().checksum());
  }

  @Test
  void theJarBringsAText() {
    CharacterText documents = CharacterText.documents();
    assertTrue(documents.characters() <= 96, "printable ASCII and the line's end");
    assertTrue(documents.train().count() > 150_000);
  }

  @Test
  void aTextThatCannotBeReadIsOneLine() throws Exception {
    Path missing = directory.resolve("missing");
    refused(missing, "--data " + missing + " cannot be read: no such file or directory");
    refused(directory, "--data " + directory + " is a directory: expected a text file in UTF-8");
    Path latin = directory.resolve("latin");
    Files.writeString(latin, "na\u00EFve ".repeat(20), ISO_8859_1);
    refused(latin, "--data " + latin + " is not in UTF-8: byte 2 begins no character");
    Path few = file("\u00E4".repeat(49));
    refused(few, "--data " + few + " has 49 characters: expected at least 50");
    Path same = file("a".repeat(60));
    refused(same, "--data " + same + " has one character only, again and again");
  }

  @Test
  void fiftyCharactersAreEnough() throws Exception {
    Run.of(command(file("ab".repeat(25)))).json();
  }

  private static void refused(Path data, String complaint) {
    Run run = Run.of(command(data));
    assertEquals(2, run.status(), run.err());
    assertEquals("", run.out());
    assertEquals("rootmean train: " + complaint, run.err().strip());
  }

  private static String[] command(Path data) {
    String command = "train --json --backend cpu --model characters --epochs 1 --data";
    return (command + " " + data).split(" ", -1);
  }
}
