import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import javax.xml.parsers.DocumentBuilder;
import javax.xml.parsers.DocumentBuilderFactory;
import org.w3c.dom.Element;
import org.w3c.dom.Node;
import org.xml.sax.InputSource;

/**
 * Prints the lines that a report of JaCoCo's calls missed, whole or by a branch, with their methods and
 * sources, but for those of methods that a file explains: then what that file has and nobody misses.
 */
final class Uncovered {
  private final List<String> modules;

  /** Methods, and classes of which that goes for all methods. */
  private final Set<String> explained = new LinkedHashSet<>();

  private final Set<String> unseen = new LinkedHashSet<>();

  private Uncovered(Path explanations, List<String> modules) throws Exception {
    this.modules = modules;
    boolean isAskedFor = false;
    for (String line : Files.readAllLines(explanations)) {
      if (line.startsWith("# ")) {
        isAskedFor = modules.contains(line.substring(2));
      } else if (isAskedFor && line.contains(": ")) {
        explained.add(line.substring(0, line.indexOf(": ")));
      }
    }
    unseen.addAll(explained);
  }

  /** The report, the file of explanations, and the modules. */
  public static void main(String[] arguments) throws Exception {
    List<String> modules = Arrays.asList(arguments).subList(2, arguments.length);
    Uncovered uncovered = new Uncovered(Path.of(arguments[1]), modules);
    DocumentBuilder builder = DocumentBuilderFactory.newInstance().newDocumentBuilder();
    builder.setEntityResolver((id, system) -> new InputSource(new StringReader(""))); // no DTD from the network
    for (Element folder : children(builder.parse(Path.of(arguments[0]).toFile()).getDocumentElement(), "package")) {
      for (Element file : children(folder, "sourcefile")) {
        uncovered.print(folder, file);
      }
    }
    uncovered.unseen.forEach(method -> System.out.println(arguments[1] + ": nothing is missed in " + method));
  }

  private static List<Element> children(Element parent, String tag) {
    List<Element> children = new ArrayList<>();
    for (Node node = parent.getFirstChild(); node != null; node = node.getNextSibling()) {
      if (node instanceof Element element && element.getTagName().equals(tag)) {
        children.add(element);
      }
    }
    return children;
  }

  private void print(Element folder, Element file) throws Exception {
    String name = folder.getAttribute("name") + "/" + file.getAttribute("name");
    for (String module : modules) {
      Path source = Path.of("../..", module, "src/main/java", name);
      if (Files.exists(source)) {
        print(name, file, methods(folder, file.getAttribute("name")), Files.readAllLines(source));
      }
    }
  }

  /** The classes and methods of a file, by their first lines; a lambda is its method's. */
  private static TreeMap<Integer, String[]> methods(Element folder, String file) {
    TreeMap<Integer, String[]> methods = new TreeMap<>();
    for (Element type : children(folder, "class")) {
      if (type.getAttribute("sourcefilename").equals(file)) {
        String name = type.getAttribute("name").substring(type.getAttribute("name").lastIndexOf('/') + 1);
        for (Element method : children(type, "method")) {
          String own = method.getAttribute("name").replaceAll("^lambda\\$(.*)\\$\\d+$", "$1");
          methods.put(Integer.parseInt(method.getAttribute("line")), new String[] {name, name + "." + own});
        }
      }
    }
    return methods;
  }

  private void print(String name, Element file, TreeMap<Integer, String[]> methods, List<String> source) {
    for (Element line : children(file, "line")) {
      boolean whole = line.getAttribute("ci").equals("0");
      if (whole || !line.getAttribute("mb").equals("0")) {
        int number = Integer.parseInt(line.getAttribute("nr"));
        Map.Entry<Integer, String[]> entry = methods.floorEntry(number);
        String[] method = (entry == null ? methods.firstEntry() : entry).getValue();
        unseen.removeAll(Arrays.asList(method));
        if (Arrays.stream(method).noneMatch(explained::contains)) {
          String kind = whole ? "never:" : "a branch:";
          System.out.printf("%s:%d %s %s %s%n", name, number, method[1], kind, source.get(number - 1).strip());
        }
      }
    }
  }
}
