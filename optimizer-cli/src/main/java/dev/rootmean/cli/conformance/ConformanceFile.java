package dev.rootmean.cli.conformance;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.rootmean.cli.BadInputException;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.zip.GZIPInputStream;

/** Reads cases from files, plain or compressed by gzip; docs/conformance.md is their format. */
final class ConformanceFile {
  private static final String FORMAT = "rmsprop-conformance-1";

  private static final Path STANDARD_INPUT = Path.of("-");

  /** Numbers are kept as they are written, so that a complaint can show them. */
  private static final JsonMapper MAPPER =
      JsonMapper.builder()
          .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
          .build();

  private final List<ConformanceCase> cases = new ArrayList<>();
  private final Map<String, String> whereIdIs = new HashMap<>();

  private ConformanceFile() {}

  /** The cases that Rootmean brings along: other projects' numbers, and those worked out. */
  static List<ConformanceCase> shipped() {
    ConformanceFile all = new ConformanceFile();
    for (String name : List.of("published.json.gz", "worked-out.json", "worked-out-16-bit.json")) {
      try (InputStream in = ConformanceFile.class.getResourceAsStream(name)) {
        all.add(name, in);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    return all.cases;
  }

  /**
   * The cases of some files.
   *
   * @param files of which {@code -} is standard input
   */
  static List<ConformanceCase> read(List<Path> files) {
    ConformanceFile all = new ConformanceFile();
    for (Path file : files) {
      boolean standard = file.equals(STANDARD_INPUT);
      String name = standard ? "standard input" : file.toString();
      try (InputStream in = standard ? System.in : Files.newInputStream(file)) {
        all.add(name, in);
      } catch (IOException e) {
        throw new BadInputException(
            name + " cannot be read: " + BadInputException.why(e) + "; expected a JSON file");
      }
    }
    return all.cases;
  }

  private void add(String file, InputStream in) throws IOException {
    CaseFields fields = new CaseFields(file, "", parse(file, unpacked(in)));
    fields.onlyKeys(List.of("format", "cases"));
    if (!fields.text("format").equals(FORMAT)) {
      throw fields.complaint("format \"" + fields.text("format") + "\": expected " + FORMAT);
    }
    int position = 0;
    for (CaseFields one : fields.objects("cases")) {
      position++;
      ConformanceCase read = ConformanceCase.of(one, file, position);
      String where = file + ": case " + position;
      String taken = whereIdIs.putIfAbsent(read.id(), where);
      if (taken != null) {
        throw new BadInputException(
            where + ": id " + read.id() + " is that of " + taken + ": expected another");
      }
      cases.add(read);
    }
  }

  /** By its first bytes, not by its name, which standard input does not have. */
  private static InputStream unpacked(InputStream in) throws IOException {
    BufferedInputStream buffered = new BufferedInputStream(in);
    buffered.mark(2);
    int magic = buffered.read() | buffered.read() << 8;
    buffered.reset();
    return magic == GZIPInputStream.GZIP_MAGIC ? new GZIPInputStream(buffered) : buffered;
  }

  private static JsonNode parse(String file, InputStream in) throws IOException {
    JsonParser parser = MAPPER.createParser(in);
    try {
      JsonNode tree = MAPPER.readTree(parser);
      if (tree == null) {
        throw notJson(file, parser, "it is empty");
      }
      if (parser.nextToken() != null) {
        throw notJson(file, parser, "expected its end before this");
      }
      return tree;
    } catch (JsonProcessingException e) {
      throw notJson(file, parser, inWords(inDigits(e.getOriginalMessage())));
    } catch (NumberFormatException e) { // Jackson's own check of exponents is not one of these
      throw notJson(file, parser, "a number has an exponent of too many digits");
    }
  }

  private static BadInputException notJson(String file, JsonParser parser, String why) {
    JsonLocation reached = parser.currentLocation();
    return new BadInputException(
        String.format(
            Locale.ROOT,
            "%s is not JSON: line %d, column %d: %s",
            file,
            reached.getLineNr(),
            reached.getColumnNr(),
            why));
  }

  /** Jackson counts in the digits of the machine's locale. */
  private static String inDigits(String complaint) {
    StringBuilder text = new StringBuilder();
    complaint
        .codePoints()
        .map(c -> Character.isDigit(c) ? '0' + Character.digit(c, 10) : c)
        .forEach(text::appendCodePoint);
    return text.toString();
  }

  /** Without the switches of a library that nobody at a command line can reach. */
  private static String inWords(String complaint) {
    return complaint
        .replaceAll("Non-standard token '(.*?)': enable .*", "bare $1: write \"$1\" in quotes")
        .replaceAll(
            " \\(start marker at .*?line: (\\d+), column: (\\d+)\\]\\)",
            ", begun at line $1, column $2")
        .replaceAll(", from `[^`]*`", "")
        .replaceAll(" \\(not recognized as one since Feature .*?\\)", "");
  }
}
