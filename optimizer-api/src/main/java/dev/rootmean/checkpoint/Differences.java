package dev.rootmean.checkpoint;

import dev.rootmean.Optimizer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * What keeps an optimizer from going on with a checkpoint, a line each.
 *
 * @param gathered the tensors whose gradients the checkpoint has
 */
record Differences(
    Optimizer optimizer, SafetensorsReader model, SafetensorsReader state, Set<String> gathered) {

  /** From going on to the bit. */
  List<String> ofAll() {
    List<String> lines = new ArrayList<>();
    Map<String, String> here = Description.of(optimizer);
    boolean isOtherPrecision = addPrecision(here, lines);
    Set<String> told = isOtherPrecision ? addShapes(lines) : addTensors(lines);
    Set<String> keys = new LinkedHashSet<>(here.keySet());
    keys.removeIf(Differences::isOfPrecision);
    state.metadata().keySet().stream().filter(Differences::isDescription).forEach(keys::add);
    if (isOtherPrecision) { // of which one counts them, and the other does not
      keys.removeIf(key -> isOfTensor(key) && key.endsWith(Description.OFFSET));
    }
    for (String key : keys) {
      String saved = state.metadata().get(key);
      String own = here.get(key);
      if (!Objects.equals(saved, own) && !(isOfTensor(key) && told.contains(tensorOf(key)))) {
        lines.add(line(key, saved, own));
      }
    }
    return lines;
  }

  /** From going on at all. */
  List<String> underOtherRules() {
    List<String> lines = new ArrayList<>();
    addTensors(lines);
    for (String name : optimizer.names()) {
      String group = state.metadata().getOrDefault(Description.groupKey(name), "");
      String saved = state.metadata().get(Description.ruleKey(group) + ".momentumForm");
      String own = optimizer.rule(optimizer.group(name)).momentumForm().toString();
      if (optimizer.state(name).momentum().isPresent() && !own.equals(saved)) {
        lines.add(line("momentumForm of " + name, saved, own));
      }
    }
    return lines;
  }

  private static boolean isDescription(String key) {
    return !key.equals(Checkpoint.VERSION_KEY)
        && !isOfPrecision(key)
        && !key.startsWith(Checkpoint.NOTE)
        && !key.startsWith(Checkpoint.PROGRESS + ".");
  }

  private static boolean isOfPrecision(String key) {
    return key.startsWith(Description.PRECISION + ".");
  }

  /**
   * Adds one line if the checkpoint has another precision. An older one has none, and its types are
   * seen at the tensors alone.
   *
   * @return whether a line was added
   */
  private boolean addPrecision(Map<String, String> here, List<String> lines) {
    Map<String, String> saved = precision(state.metadata());
    Map<String, String> own = precision(here);
    if (saved.isEmpty() || saved.equals(own)) {
      return false;
    }
    String told = line(Description.PRECISION, without(own, saved), without(saved, own));
    lines.add(told + ": expected OptimizerBuilder.precision as in the checkpoint");
    return true;
  }

  private static Map<String, String> precision(Map<String, String> texts) {
    Map<String, String> precision = new TreeMap<>(texts);
    precision.keySet().removeIf(key -> !isOfPrecision(key));
    return precision;
  }

  /** What only the second has, or has otherwise. */
  private static String without(Map<String, String> common, Map<String, String> texts) {
    return texts.entrySet().stream()
        .filter(entry -> !common.entrySet().contains(entry))
        .map(
            entry ->
                entry.getKey().substring(Description.PRECISION.length() + 1)
                    + " "
                    + entry.getValue())
        .collect(Collectors.joining(", "));
  }

  private static boolean isOfTensor(String key) {
    return key.startsWith(Description.TENSOR);
  }

  private static String tensorOf(String key) {
    return parent(key.substring(Description.TENSOR.length()));
  }

  private static String parent(String name) {
    return name.substring(0, Math.max(0, name.lastIndexOf('.')));
  }

  /** Adds a line for each tensor that is not there, or of another shape. */
  private Set<String> addShapes(List<String> lines) {
    Map<String, String> here = new LinkedHashMap<>();
    optimizer.names().forEach(name -> here.put(name, optimizer.shape(name).toString()));
    Map<String, String> tensors = different(here, model, stored -> stored.shape().toString());
    lines.addAll(tensors.values());
    return tensors.keySet();
  }

  /** Adds a line for each tensor; what is told of its parameters is not told of the rest again. */
  private Set<String> addTensors(List<String> lines) {
    Map<String, String> tensors = different(Content.parameters(optimizer), model);
    lines.addAll(tensors.values());
    different(Content.state(optimizer, gathered), state)
        .forEach(
            (name, line) -> {
              if (!tensors.containsKey(parent(name))) {
                lines.add(line);
              }
            });
    return tensors.keySet();
  }

  /** A line for each name of which a file has something else. */
  private Map<String, String> different(List<Content> contents, SafetensorsReader file) {
    Map<String, String> here = new LinkedHashMap<>();
    for (Content content : contents) {
      here.put(content.name(), Parameters.described(content));
    }
    return different(here, file, StoredTensor::toString);
  }

  private static Map<String, String> different(
      Map<String, String> here, SafetensorsReader file, Function<StoredTensor, String> text) {
    Set<String> names = new LinkedHashSet<>(here.keySet());
    names.addAll(file.tensors().keySet());
    Map<String, String> lines = new LinkedHashMap<>();
    for (String name : names) {
      StoredTensor stored = file.tensors().get(name);
      String saved = stored == null ? null : text.apply(stored);
      String own = here.get(name);
      if (!Objects.equals(saved, own)) {
        lines.put(name, line(name, saved, own));
      }
    }
    return lines;
  }

  private static String line(String key, String saved, String own) {
    return CheckpointException.quoted(key)
        + ": "
        + (saved == null ? "missing" : CheckpointException.quoted(saved))
        + " in the checkpoint, "
        + (own == null ? "missing" : CheckpointException.quoted(own))
        + " here";
  }
}
