package dev.rootmean.checkpoint;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * The files below a folder by the calls that record-calls.c has written down, and what of them a
 * power failure may leave. A disk knows of a file what was written before it was last synced, and
 * of a folder the names that it had then. Of all that came later it may know any part: of a file
 * the beginning, its length with zeros, or nothing; of a folder each change or not, but a renaming
 * as a whole.
 */
final class RecordedDisk {
  /** In the place of a folder's content. */
  static final String FOLDER = "(a folder)";

  private final Path root;
  private final Folder folder = new Folder();
  private final Map<String, Node> opened = new HashMap<>();

  private sealed interface Node permits File, Folder {
    void sync();
  }

  private static final class File implements Node {
    private String written = ""; // a character for each byte
    private String synced = "";

    @Override
    public void sync() {
      synced = written;
    }

    Set<String> left() {
      int later = written.length() - synced.length();
      return Set.copyOf(
          List.of(
              synced,
              written.substring(0, synced.length() + later / 2),
              synced + "\0".repeat(later),
              written));
    }
  }

  /** A new name of a file or folder, the end of an old one, or both. */
  private record Change(String removed, String added, Node node) {
    void make(Map<String, Node> names) {
      names.remove(removed);
      if (added != null) {
        names.put(added, node);
      }
    }
  }

  private static final class Folder implements Node {
    private final Map<String, Node> names = new HashMap<>();
    private final Map<String, Node> synced = new HashMap<>();
    private final List<Change> later = new ArrayList<>();

    void make(Change change) {
      change.make(names);
      later.add(change);
    }

    @Override
    public void sync() {
      later.forEach(change -> change.make(synced));
      later.clear();
    }

    Set<Map<String, Node>> left() {
      List<Map<String, Node>> all = new ArrayList<>(List.of(synced));
      for (Change change : later) {
        for (Map<String, Node> without : List.copyOf(all)) {
          Map<String, Node> with = new HashMap<>(without);
          change.make(with);
          all.add(with);
        }
      }
      return Set.copyOf(all);
    }
  }

  RecordedDisk(Path root) {
    this.root = root;
  }

  /** Does what a line of the record says. */
  void apply(String line) {
    String[] words = line.split("\t", -1);
    switch (words[0]) {
      case "mkdir" -> add(words[1], new Folder());
      case "create" -> {
        if (find(words[2]) == null) {
          add(words[2], new File());
        }
        opened.put(words[1], find(words[2]));
      }
      case "open" -> opened.put(words[1], find(words[2]));
      case "write" -> {
        byte[] bytes = HexFormat.of().parseHex(words[2]);
        ((File) opened.get(words[1])).written += new String(bytes, StandardCharsets.ISO_8859_1);
      }
      case "sync" -> opened.get(words[1]).sync();
      case "remove" -> parent(words[1]).make(new Change(name(words[1]), null, null));
      case "rename" -> {
        if (parent(words[1]) != parent(words[2])) {
          throw new IllegalArgumentException(line + ": expected one folder");
        }
        Node node = find(words[1]);
        parent(words[2]).make(new Change(name(words[1]), name(words[2]), node));
      }
      default -> throw new IllegalArgumentException(line);
    }
  }

  private void add(String path, Node node) {
    parent(path).make(new Change(null, name(path), node));
  }

  private Folder parent(String path) {
    return (Folder) find(Path.of(path).getParent().toString());
  }

  private static String name(String path) {
    return Path.of(path).getFileName().toString();
  }

  private Node find(String path) {
    Node node = folder;
    if (!path.equals(root.toString())) {
      for (Path name : root.relativize(Path.of(path))) {
        node = ((Folder) node).names.get(name.toString());
      }
    }
    return node;
  }

  /** Contents by path, or {@link #FOLDER}: a tree for each way in which the power may fail now. */
  Set<Map<String, String>> afterPowerFailure() {
    return trees(folder, "");
  }

  private static Set<Map<String, String>> trees(Folder folder, String path) {
    return folder.left().stream()
        .flatMap(names -> trees(names, path).stream())
        .collect(Collectors.toSet());
  }

  private static List<Map<String, String>> trees(Map<String, Node> names, String path) {
    List<Map<String, String>> trees = List.of(Map.of());
    for (Map.Entry<String, Node> name : names.entrySet()) {
      List<Map<String, String>> more = new ArrayList<>();
      for (Map<String, String> below : trees(name.getValue(), path + name.getKey())) {
        for (Map<String, String> tree : trees) {
          Map<String, String> both = new TreeMap<>(tree);
          both.putAll(below);
          more.add(both);
        }
      }
      trees = more;
    }
    return trees;
  }

  private static Set<Map<String, String>> trees(Node node, String path) {
    if (node instanceof File file) {
      return file.left().stream().map(text -> Map.of(path, text)).collect(Collectors.toSet());
    }
    return trees((Folder) node, path + "/").stream()
        .map(
            below -> {
              Map<String, String> tree = new TreeMap<>(below);
              tree.put(path, FOLDER);
              return tree;
            })
        .collect(Collectors.toSet());
  }
}
