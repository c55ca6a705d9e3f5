package dev.rootmean.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What the documents of this repository link to is there, and each page of docs can be found. */
@Tag("any-jdk")
class DocumentsTest {
  private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
  private static final Path DOCS = ROOT.resolve("docs");
  private static final Pattern LINK = Pattern.compile("]\\(([^)\\s]+)\\)");
  private static final Pattern HEADING = Pattern.compile("(?m)^#+ (.*)$");
  private static final Pattern CODE = Pattern.compile("(?s)```.*?```");

  @Test
  void linksLeadSomewhere() throws IOException {
    List<Path> pages = new ArrayList<>(pagesIn(ROOT));
    pages.addAll(pagesIn(DOCS));
    List<String> dead = new ArrayList<>();
    for (Path page : pages) {
      for (String link : found(LINK, page)) {
        if (!link.startsWith("https://") && !leadsSomewhere(page, link)) {
          dead.add(ROOT.relativize(page) + ": " + link);
        }
      }
    }
    assertEquals(List.of(), dead);
  }

  @Test
  void everyPageIsInTheIndexAndLeadsBackToIt() throws IOException {
    List<String> index = found(LINK, DOCS.resolve("README.md"));
    for (Path page : pagesIn(DOCS)) {
      String name = page.getFileName().toString();
      assertTrue(index.contains(name) || name.equals("README.md"), name + " in the index");
      assertTrue(found(LINK, page).contains("README.md") || name.equals("README.md"), name);
    }
  }

  private static List<Path> pagesIn(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(file -> file.toString().endsWith(".md")).sorted().toList();
    }
  }

  private static List<String> found(Pattern pattern, Path page) throws IOException {
    String text = CODE.matcher(Files.readString(page)).replaceAll("");
    return pattern.matcher(text).results().map(result -> result.group(1)).toList();
  }

  private static boolean leadsSomewhere(Path page, String link) throws IOException {
    String[] parts = link.split("#", 2);
    Path target = parts[0].isEmpty() ? page : page.resolveSibling(parts[0]);
    return Files.exists(target)
        && (parts.length == 1
            || found(HEADING, target).stream()
                .map(DocumentsTest::anchor)
                .anyMatch(parts[1]::equals));
  }

  /** As GitHub makes it of a heading. */
  private static String anchor(String heading) {
    return heading.toLowerCase(Locale.ROOT).replaceAll("[^\\p{L}\\p{N} _-]", "").replace(' ', '-');
  }
}
