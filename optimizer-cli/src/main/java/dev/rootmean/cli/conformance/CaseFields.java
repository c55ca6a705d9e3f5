package dev.rootmean.cli.conformance;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rootmean.cli.BadInputException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The keys of one object in a conformance file. Every complaint says file, case and key. */
final class CaseFields {
  private static final int SHOWN = 60;

  private final String where;
  private final String path;
  private final JsonNode object;

  /**
   * Takes an object.
   *
   * @param where what a complaint begins with: the file, and the case if there is one
   * @param path of the object, empty or with a dot at its end
   */
  CaseFields(String where, String path, JsonNode object) {
    this.where = where;
    this.path = path;
    this.object = object;
    if (!object.isObject()) {
      String name = path.isEmpty() ? "" : path.substring(0, path.length() - 1) + " ";
      throw new BadInputException(where + ": " + name + shown(object) + ": expected an object");
    }
  }

  /** The same object, which complaints call by another name from here on. */
  CaseFields named(String where) {
    return new CaseFields(where, "", object);
  }

  /** Refuses all other keys: a misspelled optional one must not be passed over. */
  void onlyKeys(List<String> keys) {
    for (Iterator<String> given = object.fieldNames(); given.hasNext(); ) {
      String key = given.next();
      if (!keys.contains(key)) {
        throw complaint(key + " is unknown: expected " + String.join(", ", keys));
      }
    }
  }

  boolean has(String key) {
    return object.has(key);
  }

  String text(String key) {
    JsonNode value = required(key);
    if (!value.isTextual() || value.textValue().isBlank()) {
      throw wrong(key, value, "a text");
    }
    return value.textValue();
  }

  boolean truth(String key) {
    JsonNode value = required(key);
    if (!value.isBoolean()) {
      throw wrong(key, value, "true or false");
    }
    return value.booleanValue();
  }

  <E extends Enum<E>> E oneOf(String key, Class<E> type) {
    JsonNode value = required(key);
    for (E constant : type.getEnumConstants()) {
      if (value.isTextual() && value.textValue().equals(constant.name())) {
        return constant;
      }
    }
    String names =
        Stream.of(type.getEnumConstants()).map(Enum::name).collect(Collectors.joining(", "));
    throw wrong(key, value, names);
  }

  int wholeNumber(String key, int least, int most) {
    JsonNode value = required(key);
    if (!value.canConvertToInt()
        || !value.isIntegralNumber()
        || value.intValue() < least
        || value.intValue() > most) {
      throw wrong(key, value, "a whole number from " + least + " to " + most);
    }
    return value.intValue();
  }

  double number(String key) {
    JsonNode value = required(key);
    if (!value.isNumber() || !Double.isFinite(value.doubleValue())) {
      throw wrong(key, value, "a number");
    }
    return value.doubleValue();
  }

  double numberAtLeastZero(String key) {
    double value = number(key);
    if (value < 0) {
      throw complaint(key + " " + value + ": expected at least 0");
    }
    return value;
  }

  /**
   * Numbers, one for each of something.
   *
   * @param length how many are expected
   * @param as what there are that many of
   * @param largest the largest number that the case's type holds
   */
  double[] numbers(String key, int length, String as, double largest) {
    return toNumbers(key, required(key), length, as, largest);
  }

  /** A list of lists of numbers, each of one length. */
  List<double[]> rows(String key, int length, String as, double largest) {
    JsonNode rows = array(key);
    List<double[]> numbers = new ArrayList<>();
    for (JsonNode row : rows) {
      numbers.add(toNumbers(key + "[" + numbers.size() + "]", row, length, as, largest));
    }
    return numbers;
  }

  CaseFields object(String key) {
    return new CaseFields(where, path + key + ".", required(key));
  }

  List<CaseFields> objects(String key) {
    List<CaseFields> objects = new ArrayList<>();
    for (JsonNode element : array(key)) {
      objects.add(new CaseFields(where, path + key + "[" + objects.size() + "].", element));
    }
    return objects;
  }

  /** How many elements a list has, of which there must be some. */
  int length(String key) {
    return array(key).size();
  }

  /** What to throw; the complaint begins with the key. */
  BadInputException complaint(String complaint) {
    return new BadInputException(where + ": " + path + complaint);
  }

  private double[] toNumbers(String key, JsonNode row, int length, String as, double largest) {
    if (!row.isArray()) {
      throw wrong(key, row, "a list of numbers");
    }
    if (row.size() != length) {
      throw complaint(key + " has length " + row.size() + ": expected " + length + ", " + as);
    }
    double[] numbers = new double[length];
    for (int i = 0; i < length; i++) {
      numbers[i] = toNumber(key + "[" + i + "]", row.get(i), largest);
    }
    return numbers;
  }

  private double toNumber(String key, JsonNode value, double largest) {
    if (value.isNumber()) {
      double number = value.doubleValue();
      if (Math.abs(number) <= largest) {
        return number;
      }
      throw wrong(key, value, "a number from -" + largest + " to " + largest);
    }
    return switch (value.asText()) {
      case "NaN" -> Double.NaN;
      case "Infinity" -> Double.POSITIVE_INFINITY;
      case "-Infinity" -> Double.NEGATIVE_INFINITY;
      default -> throw wrong(key, value, "a number, \"NaN\", \"Infinity\" or \"-Infinity\"");
    };
  }

  private JsonNode array(String key) {
    JsonNode value = required(key);
    if (!value.isArray() || value.isEmpty()) {
      throw wrong(key, value, "a list that is not empty");
    }
    return value;
  }

  private JsonNode required(String key) {
    JsonNode value = object.get(key);
    if (value == null) {
      throw complaint(key + " is missing");
    }
    return value;
  }

  private BadInputException wrong(String key, JsonNode value, String expected) {
    return complaint(key + " " + shown(value) + ": expected " + expected);
  }

  private static String shown(JsonNode value) {
    String text = value.isNumber() ? value.asText().replace("E+", "e") : value.toString();
    return text.length() <= SHOWN ? text : text.substring(0, SHOWN) + "...";
  }
}
