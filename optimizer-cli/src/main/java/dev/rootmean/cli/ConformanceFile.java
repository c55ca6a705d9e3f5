package dev.rootmean.cli;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPInputStream;

/** Reads the cases of a conformance file; docs/conformance.md is its format. */
final class ConformanceFile {
  private static final String FORMAT = "rmsprop-conformance-1";

  private static final JsonMapper MAPPER =
      JsonMapper.builder().enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION).build();

  private ConformanceFile() {}

  /** The cases that Rootmean brings along: other projects' numbers, and those worked out. */
  static List<ConformanceCase> shipped() {
    List<ConformanceCase> cases = new ArrayList<>();
    try (InputStream published = resource("published.json.gz");
        InputStream workedOut = resource("worked-out.json")) {
      cases.addAll(read("published.json", new GZIPInputStream(published)));
      cases.addAll(read("worked-out.json", workedOut));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return cases;
  }

  static List<ConformanceCase> read(Path file) {
    try (InputStream in = Files.newInputStream(file)) {
      return read(file.toString(), in);
    } catch (IOException e) {
      throw new BadInputException(
          file + " cannot be read: " + BadInputException.why(e) + "; expected a JSON file");
    }
  }

  private static InputStream resource(String name) {
    return ConformanceFile.class.getResourceAsStream(name);
  }

  private static List<ConformanceCase> read(String file, InputStream in) throws IOException {
    CaseFields fields = new CaseFields(file, "", parse(file, in));
    fields.onlyKeys(List.of("format", "cases"));
    if (!fields.text("format").equals(FORMAT)) {
      throw fields.complaint("format \"" + fields.text("format") + "\": expected " + FORMAT);
    }
    List<ConformanceCase> cases = new ArrayList<>();
    for (CaseFields one : fields.objects("cases")) {
      cases.add(ConformanceCase.of(one, file, cases.size() + 1));
    }
    return cases;
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
      throw notJson(file, parser, e.getOriginalMessage());
    }
  }

  private static BadInputException notJson(String file, JsonParser parser, String why) {
    JsonLocation reached = parser.currentLocation();
    return new BadInputException(
        "%s is not JSON: line %d, column %d: %s"
            .formatted(file, reached.getLineNr(), reached.getColumnNr(), why));
  }
}
