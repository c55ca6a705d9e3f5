package dev.rootmean.gpu;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rootmean.cli.BadInputException;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** All that a run prints, in a file too, and all that its parts found, as JSON in another one. */
final class Report implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final PrintWriter out;
  private final PrintWriter text;
  private final Path file;
  private final ObjectNode all = JSON.createObjectNode();
  private final ArrayNode parts;
  private final List<String> failed = new ArrayList<>();
  private final List<String> skipped = new ArrayList<>();

  Report(Asked asked, PrintWriter out) throws IOException {
    this.out = out;
    file = asked.json;
    all.put("rootmean", System.getProperty("rootmean.revision", "unknown"));
    all.put("started", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
    all.put("emulated", asked.isEmulated());
    all.put("complete", false);
    parts = all.putArray("parts");
    try {
      write();
    } catch (IOException e) {
      throw new BadInputException("--json " + file + ": " + BadInputException.why(e));
    }
    try {
      text = new PrintWriter(Files.newBufferedWriter(asked.report, StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new BadInputException("--report " + asked.report + ": " + BadInputException.why(e));
    }
    line("rootmean " + all.get("rootmean").asText() + ", " + all.get("started").asText());
    if (asked.isEmulated()) {
      line("emulated by " + asked.emulator + ": measured times mean nothing");
    }
  }

  /** Prints a line. */
  void line(String line) {
    out.println(line);
    text.println(line);
    text.flush();
  }

  void begin(Part part) {
    line("");
    line("=== " + part + ": " + part.about());
  }

  /** Says what came of a part, and takes what it found. */
  void end(Part part, Child.Ended ended, Path findings) throws IOException {
    String status = "passed";
    String reason = "";
    if (ended.stuck()) {
      status = "FAILED";
      reason = "ended after its limit";
    } else if (ended.status() == PartRun.SKIPPED) {
      status = "SKIPPED";
    } else if (ended.status() != PartRun.PASSED) {
      status = "FAILED";
      reason = ended.status() == PartRun.FAILED ? "" : "Java ended with status " + ended.status();
    }
    if (!status.equals("passed")) {
      (status.equals("FAILED") ? failed : skipped).add(part.toString());
    }
    line(
        String.format(
            Locale.ROOT,
            "--- %s %s, %.1f s%s",
            part,
            status,
            ended.seconds(),
            reason.isEmpty() ? "" : ": " + reason));
    ObjectNode one = parts.addObject();
    one.put("part", part.toString());
    one.put("status", status.toLowerCase(Locale.ROOT));
    one.put("seconds", ended.seconds());
    if (!reason.isEmpty()) {
      one.put("reason", reason);
    }
    ArrayNode found = one.putArray("findings");
    for (String line : Files.readAllLines(findings)) {
      try {
        found.add(JSON.readTree(line));
      } catch (JsonProcessingException e) {
        break; // the last one, of a process that was ended in the middle of it
      }
    }
    write();
  }

  /** Says what came of all parts; whether none failed. */
  boolean end() throws IOException {
    line("");
    if (!skipped.isEmpty()) {
      line("skipped: " + String.join(", ", skipped));
    }
    line(failed.isEmpty() ? "all passed" : "FAILED: " + String.join(", ", failed));
    all.put("complete", true);
    write();
    return failed.isEmpty();
  }

  /** Whole or not at all, so that a run that is cut off leaves what it had. */
  private void write() throws IOException {
    Path part = file.resolveSibling(file.getFileName() + ".part");
    Files.writeString(part, JSON.writerWithDefaultPrettyPrinter().writeValueAsString(all) + "\n");
    Files.move(part, file, StandardCopyOption.REPLACE_EXISTING);
  }

  @Override
  public void close() {
    text.close();
  }
}
