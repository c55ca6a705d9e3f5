package dev.rootmean.checkpoint;

import dev.rootmean.Optimizer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

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
    Set<String> told = addTensors(lines);
    Map<String, String> here = Description.of(optimizer);
    Set<String> keys = new LinkedHashSet<>(here.keySet());
    state.metadata().keySet().stream().filter(Differences::isDescription).forEach(keys::add);
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
        && !key.startsWith(Checkpoint.NOTE)
        && !key.startsWith(Checkpoint.PROGRESS + ".");
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
      here.put(content.name(), Parameters.described(optimizer, content));
    }
    Set<String> names = new LinkedHashSet<>(here.keySet());
    names.addAll(file.tensors().keySet());
    Map<String, String> lines = new LinkedHashMap<>();
    for (String name : names) {
      StoredTensor stored = file.tensors().get(name);
      String saved = stored == null ? null : stored.toString();
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
