package dev.rootmean.checkpoint;

import dev.rootmean.Optimizer;
import dev.rootmean.Precision;
import dev.rootmean.Precision.Rounding;
import java.lang.reflect.RecordComponent;
import java.util.LinkedHashMap;
import java.util.Map;

/** How an optimizer was built, as texts that can be written down and compared. */
final class Description {
  /** How the keys of a tensor begin; its name and a point follow. */
  static final String TENSOR = "tensor.";

  /** How the key of a tensor's offset ends. */
  static final String OFFSET = ".offset";

  /** How the keys of the precision begin; a point follows. */
  static final String PRECISION = "precision";

  private Description() {}

  /**
   * The precision, the policy, the rules as they were given, and which tensor goes by which of
   * them.
   */
  static Map<String, String> of(Optimizer optimizer) {
    Map<String, String> texts = new LinkedHashMap<>();
    Precision precision = optimizer.precision();
    add(PRECISION, precision, texts);
    if (precision.rounding() == Rounding.NEAREST) {
      texts.remove(PRECISION + ".seed"); // of no random bits
    }
    add("policy", optimizer.policy(), texts);
    for (String group : optimizer.groups()) {
      add(ruleKey(group), optimizer.rule(group), texts);
    }
    for (String name : optimizer.names()) {
      texts.put(groupKey(name), optimizer.group(name));
      if (countsOffsets(optimizer)) {
        texts.put(TENSOR + name + OFFSET, Long.toString(optimizer.offset(name)));
      }
    }
    return texts;
  }

  /** Whether bits depend on where tensors are: a norm's last ones do, and those of random bits. */
  static boolean countsOffsets(Optimizer optimizer) {
    return optimizer.policy().measures() || optimizer.precision().rounding() == Rounding.RANDOM;
  }

  /** How the keys of a group's rule begin; a point follows. */
  static String ruleKey(String group) {
    return group.isEmpty() ? "rule" : "group." + group;
  }

  /** The key of the group that a tensor is in. */
  static String groupKey(String tensor) {
    return TENSOR + tensor + ".group";
  }

  /** Adds every component, so that a new one cannot be forgotten. */
  static void add(String prefix, Record values, Map<String, String> texts) {
    for (RecordComponent component : values.getClass().getRecordComponents()) {
      String key = prefix + "." + component.getName();
      Object value = value(component, values);
      if (value instanceof Record nested) {
        add(key, nested, texts);
      } else {
        texts.put(key, value.toString());
      }
    }
  }

  private static Object value(RecordComponent component, Record values) {
    try {
      return component.getAccessor().invoke(values);
    } catch (ReflectiveOperationException e) {
      throw new LinkageError("a public record of this module", e);
    }
  }
}
