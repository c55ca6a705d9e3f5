package dev.rootmean.cli.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.rootmean.checkpoint.Checkpoint;
import dev.rootmean.checkpoint.Checkpoints;
import dev.rootmean.cli.RootmeanOnTheEmulator;
import dev.rootmean.cli.Run;
import dev.rootmean.contract.RequiredBackends;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code train --model characters}. */
@Tag("any-jdk")
class CharactersTrainTest {
  @TempDir Path directory;
  private Path text;

  /** Two thousand characters, so that a training takes a moment. */
  @BeforeEach
  void writeText() throws Exception {
    StringBuilder words = new StringBuilder();
    for (int i = 0; words.length() < 2000; i++) {
      words
          .append(i % 3 == 0 ? "either " : "or ")
          .append(i * i % 17)
          .append(i % 5 == 0 ? ".\n" : " ");
    }
    text = Files.writeString(directory.resolve("text"), words);
  }

  private static Run run(String command) {
    return Run.of(command.split(" ", -1));
  }

  /** One epoch, if nothing else is asked for. */
  private String command(String options) {
    String epochs = options.contains("--epochs ") ? "" : " --epochs 1";
    return "train --model characters --batch 100 --json --data " + text + epochs + " " + options;
  }

  private Run train(String options) {
    return run(command(options));
  }

  private JsonNode json(String options) throws Exception {
    Run run = train(options);
    assertEquals(0, run.status(), run.err());
    return new ObjectMapper().readTree(run.out());
  }

  private String hash(String options) throws Exception {
    return json(options).get("parametersSha256").asText();
  }

  /** In its first epoch already, and then by what comes before a character. */
  @Test
  void itLearnsMoreThanHowOftenACharacterComes() throws Exception {
    JsonNode json = run("train --model characters --backend cpu --json").json();
    double loss = json.get("finalLoss").asDouble();
    assertTrue(loss < 0.75 * entropy(CharacterText.documents().train()), json.toString());
    assertEquals(loss / Math.log(2), json.get("bitsPerCharacter").asDouble(), 1e-12);
    assertTrue(json.get("testAccuracy").asDouble() > 0.5, json.toString());
    assertEquals(3, json.get("epochs").asInt());
    int characters = CharacterText.documents().characters();
    int expected = 16_384 * 16 + (64 + 1) * 64 + (64 + 1) * characters;
    assertEquals(expected, json.get("parameters").asInt());
  }

  private static double entropy(Examples examples) {
    Map<Integer, Integer> counts = new HashMap<>();
    for (int i = 0; i < examples.count(); i++) {
      counts.merge(examples.label(i), 1, Integer::sum);
    }
    double entropy = 0;
    for (int count : counts.values()) {
      double share = (double) count / examples.count();
      entropy -= share * Math.log(share);
    }
    return entropy;
  }

  @Test
  void theSeedDecidesTheBits() throws Exception {
    String hash = hash("--backend cpu --seed 5");
    assertEquals(hash, hash("--backend cpu --seed 5"));
    assertNotEquals(hash, hash("--backend cpu --seed 6"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"float32 --momentum 0.9", "bfloat16", "bfloat16-remainder --centered"})
  void onOpenClTheBitsAreTheSame(String precision) throws Exception {
    RequiredBackends.open("opencl", "Portable").close();
    String options = " --precision " + precision;
    assertEquals(hash("--backend cpu" + options), hash("--backend opencl:Portable" + options));
  }

  @ParameterizedTest
  @ValueSource(strings = {"float32 --momentum 0.9", "bfloat16"})
  void onCudaTheBitsAreTheSame(String precision) throws Exception {
    String options = " --precision " + precision;
    JsonNode onCuda =
        RootmeanOnTheEmulator.json(command("--backend cuda" + options).split(" ", -1));
    assertEquals("cuda", onCuda.get("backend").asText());
    assertEquals(hash("--backend cpu" + options), onCuda.get("parametersSha256").asText());
  }

  @ParameterizedTest
  @ValueSource(strings = {"float32 --momentum 0.9", "bfloat16"})
  void aTrainingIsGoneOnWith(String precision) throws Exception {
    String common = "--backend cpu --precision " + precision;
    String saved = " --resume --checkpoint " + directory.resolve("saved");
    json(common + saved);
    assertEquals(hash(common + " --epochs 3"), hash(common + saved + " --epochs 3"));
  }

  @Test
  void aTrainingOfAnotherModelOrTextIsRefused() throws Exception {
    Path saved = directory.resolve("saved");
    String resume = "--backend cpu --resume --checkpoint " + saved;
    json(resume);
    Files.writeString(text, "!", StandardOpenOption.APPEND);
    String other = refused(resume);
    assertTrue(other.contains("is of another training: --data of checksum "), other);
    Run images = run("train --epochs 1 " + resume);
    assertEquals(2, images.status());
    String models = "is of another training: --model characters there, digits here; --data of";
    assertTrue(images.err().contains(models), images.err());
  }

  /** From before there was another model: without the note. */
  @Test
  void anOlderTrainingIsOfDigits() throws Exception {
    Path saved = directory.resolve("saved");
    String resume = " --backend cpu --resume --checkpoint " + saved;
    String train = "train --json --hidden 8 --epochs ";
    assertEquals(0, run(train + 1 + resume).status());
    Path file;
    try (Checkpoint latest = Checkpoints.in(saved).latest().orElseThrow()) {
      file = latest.path().resolve("optimizer.safetensors");
    }
    String bytes = Files.readString(file, StandardCharsets.ISO_8859_1);
    String old = bytes.replace("\"note.--model\"", "\"note.another\"");
    assertNotEquals(bytes, old);
    Files.writeString(file, old, StandardCharsets.ISO_8859_1);
    String err = refused(resume.strip());
    assertTrue(err.contains("--model digits there, characters here"), err);
    assertEquals(0, run(train + 2 + resume).status());
  }

  @Test
  void gradientsOfADeviceAreRefused() {
    assertEquals(
        "rootmean train: --gradients device with --model characters: expected --model digits, or"
            + " --gradients host\n",
        refused("--gradients device --backend opencl:Portable"));
  }

  @Test
  void anotherNameIsRefused() {
    Run run = run("train --model words");
    assertEquals("rootmean train: --model words: expected digits or characters\n", run.err());
    assertEquals(2, run.status());
  }

  private String refused(String options) {
    Run run = train(options);
    assertEquals(2, run.status(), run.out());
    assertEquals("", run.out());
    return run.err();
  }

  @Test
  void theSummaryHasNatsAndBits() throws Exception {
    Run run = run("train --model characters --backend cpu --epochs 2 --data " + text);
    assertEquals(0, run.status(), run.err());
    String line = "final loss      \\d\\.\\d+ nats a character, \\d\\.\\d+ bits";
    assertTrue(run.out().lines().anyMatch(one -> one.matches(line)), run.out());
  }

  @Test
  void outGetsTheTableToo() throws Exception {
    json("--backend cpu --out " + directory.resolve("out"));
    String model =
        Files.readString(directory.resolve("out/model.safetensors"), StandardCharsets.ISO_8859_1);
    assertTrue(model.contains("\"embedding.weight\":{\"dtype\":\"F32\",\"shape\":[16384,16]"));
  }
}
