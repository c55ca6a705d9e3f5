package dev.rootmean.spark;

import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.zip.CRC32;

/**
 * What a checkpoint says of all of its shards: a text of lines, the last of which is the checksum
 * of those before it. It is written when all shards are there.
 *
 * @param step how many were taken
 * @param shards how many files there are of
 * @param measured what the policy has come to
 * @param files of all shards
 * @param training what a training that goes on must have alike
 */
record Manifest(
    long step, int shards, Measured measured, List<SavedFile> files, List<String> training) {
  private static final String FIRST = "rootmean.sharded 1";
  private static final String CHECKSUM = "crc32 ";
  private static final String FILE = "file ";

  /** Characters of a line that a message has. */
  private static final int SHOWN = 200;

  /** How many lines there are before those of the files, which come before the training's. */
  private static final int OWN = 6;

  /** Refuses what no training has saved, in words that follow "has". */
  Manifest {
    require(step >= 0, "step", step, "at least 0");
    require(shards >= 1, "shards", shards, "at least 1");
    require(
        measured.skipped() >= 0 && measured.skipped() <= step,
        "skipped",
        measured.skipped(),
        "from 0 to the number of steps");
    require(
        measured.lossScale() > 0 && Float.isFinite(measured.lossScale()),
        "lossScale",
        measured.lossScale(),
        "finite, above 0");
    require(measured.goodSteps() >= 0, "goodSteps", measured.goodSteps(), "at least 0");
    int each = SavedFile.NAMES.size();
    require(
        files.size() == (long) each * shards,
        "files",
        files.size(),
        each + " for each of " + shards + " shards");
    for (int i = 0; i < files.size(); i++) {
      SavedFile file = files.get(i);
      if (file.shard() != i / each || !file.name().equals(SavedFile.NAMES.get(i % each))) {
        throw new IllegalArgumentException(
            file.name()
                + " of shard "
                + file.shard()
                + ": expected "
                + SavedFile.NAMES.get(i % each)
                + " of shard "
                + i / each
                + " in its place");
      }
    }
  }

  private static void require(boolean holds, String name, Number value, String expected) {
    if (!holds) {
      throw new IllegalArgumentException(name + " " + value + ": expected " + expected);
    }
  }

  static Manifest of(Plan plan, long step, Measured measured, List<SavedFile> files) {
    return new Manifest(step, plan.layout().shards(), measured, files, training(plan));
  }

  /** What must be alike. The shards' files say the same of rules, policy and tensors. */
  private static List<String> training(Plan plan) {
    List<String> lines = new ArrayList<>();
    lines.add("workers " + plan.workers());
    lines.add("seed " + plan.seed());
    lines.add("policy " + plan.policy().get());
    lines.add("precision " + plan.precision().get());
    for (int group = 0; group < plan.rules().size(); group++) {
      String name = plan.layout().groups().get(group).name();
      lines.add("group " + encoded(name) + " " + plan.rules().get(group).get());
    }
    for (ShardLayout.Tensor tensor : plan.layout().tensors()) {
      String group =
          plan.layout().groups().stream()
              .filter(g -> g.start() <= tensor.start() && tensor.start() < g.end())
              .findFirst()
              .orElseThrow()
              .name();
      String shape = tensor.shape().toString().replace(" ", "");
      lines.add("tensor " + encoded(tensor.name()) + " " + shape + " group " + encoded(group));
    }
    return lines;
  }

  private static String encoded(String name) {
    return '"' + URLEncoder.encode(name, StandardCharsets.UTF_8) + '"';
  }

  String text() {
    List<String> lines = new ArrayList<>();
    lines.add(FIRST);
    lines.add("step " + step);
    lines.add("shards " + shards);
    lines.add("skipped " + measured.skipped());
    lines.add("lossScale " + measured.lossScale());
    lines.add("goodSteps " + measured.goodSteps());
    files.forEach(saved -> lines.add(FILE + saved.line()));
    lines.addAll(training);
    String body = String.join("\n", lines) + "\n";
    return body + CHECKSUM + checksum(body) + "\n";
  }

  static String checksum(String body) {
    CRC32 crc = new CRC32();
    crc.update(body.getBytes(StandardCharsets.UTF_8));
    return String.format(Locale.ROOT, "%08x", crc.getValue());
  }

  /** Reads a text, and says what is wrong with it. */
  static Manifest parse(Path file, String text) throws IOException {
    int last = text.lastIndexOf('\n' + CHECKSUM);
    String body = text.substring(0, last + 1);
    List<String> lines = body.lines().toList();
    if (!text.startsWith(FIRST + "\n")) {
      throw new IOException(
          file + " does not begin with \"" + FIRST + "\": expected a manifest of this version");
    }
    if (last < 0 || lines.size() < OWN || !text.equals(body + CHECKSUM + checksum(body) + "\n")) {
      throw new IOException(file + " is damaged: expected a checksum that fits, in the last line");
    }
    if (body.chars().anyMatch(c -> Character.isISOControl(c) && c != '\n')) {
      throw new IOException(file + " has control characters: expected none but ends of lines");
    }
    List<String> rest = lines.subList(OWN, lines.size());
    try {
      return new Manifest(
          Long.parseLong(value(lines, 1, "step")),
          Integer.parseInt(value(lines, 2, "shards")),
          new Measured(
              1,
              false,
              Double.NaN,
              Float.parseFloat(value(lines, 4, "lossScale")),
              Integer.parseInt(value(lines, 5, "goodSteps")),
              Long.parseLong(value(lines, 3, "skipped"))),
          rest.stream()
              .takeWhile(line -> line.startsWith(FILE))
              .map(line -> SavedFile.parse(line.substring(FILE.length())))
              .toList(),
          rest.stream().dropWhile(line -> line.startsWith(FILE)).toList());
    } catch (NumberFormatException e) {
      throw new IOException(file + " has no number where one should be: " + cut(e.getMessage()), e);
    } catch (IllegalArgumentException e) {
      throw new IOException(file + " has " + cut(e.getMessage()), e);
    }
  }

  private static String value(List<String> lines, int line, String name) {
    return lines.get(line).startsWith(name + " ")
        ? lines.get(line).substring(name.length() + 1)
        : lines.get(line);
  }

  /** Refuses a training that is another one. */
  void requireFits(Path file, Plan plan) throws IOException {
    List<String> wanted = training(plan);
    for (int i = 0; i < Math.max(wanted.size(), training.size()); i++) {
      String found = i < training.size() ? training.get(i) : "nothing more";
      String expected = i < wanted.size() ? wanted.get(i) : "nothing more";
      if (!found.equals(expected)) {
        throw new IOException(
            file + " is of another training: it has " + cut(found) + ", expected " + cut(expected));
      }
    }
  }

  private static String cut(String text) {
    return text.length() > SHOWN ? text.substring(0, SHOWN) + "..." : text;
  }
}
