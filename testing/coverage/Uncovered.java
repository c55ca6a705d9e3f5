import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.xml.parsers.DocumentBuilder;
import javax.xml.parsers.DocumentBuilderFactory;
import org.w3c.dom.Element;
import org.w3c.dom.Node;
import org.xml.sax.InputSource;

/** Prints the lines that a report of JaCoCo's calls missed, whole or by a branch, with the sources. */
final class Uncovered {
  public static void main(String[] arguments) throws Exception {
    DocumentBuilder builder = DocumentBuilderFactory.newInstance().newDocumentBuilder();
    builder.setEntityResolver((id, system) -> new InputSource(new StringReader(""))); // no DTD from the network
    Element report = builder.parse(Path.of(arguments[0]).toFile()).getDocumentElement();
    for (Node group = report.getFirstChild(); group != null; group = group.getNextSibling()) {
      if (group instanceof Element folder && folder.getTagName().equals("package")) {
        for (Node node = folder.getFirstChild(); node != null; node = node.getNextSibling()) {
          if (node instanceof Element file && file.getTagName().equals("sourcefile")) {
            print(folder.getAttribute("name") + "/" + file.getAttribute("name"), file, arguments);
          }
        }
      }
    }
  }

  private static void print(String name, Element file, String[] arguments) throws Exception {
    for (int i = 1; i < arguments.length; i++) {
      Path source = Path.of("../..", arguments[i], "src/main/java", name);
      if (Files.exists(source)) {
        print(name, file, Files.readAllLines(source));
      }
    }
  }

  private static void print(String name, Element file, List<String> source) {
    for (Node node = file.getFirstChild(); node != null; node = node.getNextSibling()) {
      if (node instanceof Element line && line.getTagName().equals("line")) {
        boolean whole = line.getAttribute("ci").equals("0");
        if (whole || !line.getAttribute("mb").equals("0")) {
          int number = Integer.parseInt(line.getAttribute("nr"));
          System.out.printf("%s:%d %s %s%n", name, number, whole ? "never:" : "a branch:", source.get(number - 1).strip());
        }
      }
    }
  }
}
