package dev.rootmean.cuda;

import dev.rootmean.kernels.ShippedPtx;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A kernel with one instruction changed.
 *
 * @param program the kernel's
 * @param line its line in the text, from 1
 * @param original the instruction as it ships
 * @param changed what is there instead; empty if it is dropped
 */
record PtxMutant(String program, String kernel, int line, String original, String changed) {
  private static final Pattern ENTRY = Pattern.compile("\\.entry (\\w+)\\(");
  private static final Pattern INSTRUCTION = Pattern.compile("\\t[@a-z].*;");

  /** A kind of change: each match of the pattern by itself becomes something else. */
  private record Rule(Pattern pattern, Function<MatchResult, String> change) {
    Rule(String pattern, Function<MatchResult, String> change) {
      this(Pattern.compile(pattern), change);
    }

    Rule(String pattern, String replacement) {
      this(pattern, match -> replacement);
    }
  }

  private static final List<Rule> RULES =
      List.of(
          // another operation
          new Rule("\\badd(?=\\.)", "sub"),
          new Rule("\\bsub(?=\\.)", "add"),
          new Rule("\\bmul(?=\\.rn)", "add"),
          new Rule("\\bdiv(?=\\.rn)", "mul"),
          new Rule("\\bsqrt\\.rn", "abs"),
          new Rule("\\brcp(?=\\.rn)", "sqrt"),
          new Rule("\\babs(?=\\.f)", "neg"),
          new Rule("\\bneg(?=\\.f)", "abs"),
          new Rule("\\bmin(?=\\.[su])", "max"),
          new Rule("\\bxor(?=\\.)", "or"),
          new Rule("\\band(?=\\.)", "or"),
          new Rule("\\bor(?=\\.)", "and"),
          new Rule("\\bshl\\.b", "shr.u"),
          new Rule("\\bshr\\.[su]", "shl.b"),
          new Rule("%tid", "%ctaid"),
          new Rule("%ctaid", "%tid"),
          // another comparison, its opposite first
          new Rule("\\bsetp\\.(lt|le|gt|ge|eq|ne)(u?)\\.([fsu])", PtxMutant::opposite),
          new Rule("\\bsetp\\.(lt|le|gt|ge)(?=u?\\.)", PtxMutant::atEquality),
          // another guard
          new Rule("@%", "@!%"),
          new Rule("@%p\\d+ ", ""),
          // other operands
          new Rule(
              "(?<=(sub|div|setp|selp)\\.[.\\w]{1,9} \\t%\\w{1,9}, )(%\\w+), (%\\w+)",
              m -> m.group(3) + ", " + m.group(2)),
          new Rule("(?<=\\t%\\w{1,9}, )(%\\w+), (%\\w+)", m -> m.group(1) + ", " + m.group(1)),
          new Rule("(?<=\\t%\\w{1,9}, )(%\\w+), (%\\w+)", m -> m.group(2) + ", " + m.group(2)),
          new Rule("\\{(%\\w+), (%\\w+)", m -> "{" + m.group(2) + ", " + m.group(1)),
          // another place or number
          new Rule("\\[([%\\w]+)(\\+-?\\d+)?\\]", PtxMutant::furtherOn),
          new Rule("(?<=, )-?\\d+(?=;)", PtxMutant::another),
          new Rule("\\b0f\\w+", "0f3F000000"),
          new Rule("\\b0d\\w+", "0d3FE0000000000000"),
          // nothing at all
          new Rule("^\\t(st|bar)\\..*", ""));

  private static String opposite(MatchResult comparison) {
    String relation =
        switch (comparison.group(1)) {
          case "lt" -> "ge";
          case "le" -> "gt";
          case "gt" -> "le";
          case "ge" -> "lt";
          case "eq" -> "ne";
          default -> "eq";
        };
    String type = comparison.group(3);
    boolean unordered = type.equals("f") && comparison.group(2).isEmpty();
    return "setp." + relation + (unordered ? "u." : ".") + type;
  }

  private static String atEquality(MatchResult comparison) {
    String relation = comparison.group(1);
    return "setp." + relation.charAt(0) + (relation.endsWith("t") ? "e" : "t");
  }

  /** One more, or of a word of bits another one: the last bit of a float is seldom seen. */
  private static String another(MatchResult number) {
    long n = Long.parseLong(number.group());
    return String.valueOf(Math.abs(n) < 1 << Short.SIZE ? n + 1 : n ^ 1 << 27);
  }

  private static String furtherOn(MatchResult place) {
    int offset = place.group(2) == null ? 0 : Integer.parseInt(place.group(2).substring(1));
    return String.format(Locale.ROOT, "[%s+%d]", place.group(1), offset + Double.BYTES);
  }

  /** All there are, kernel by kernel; some of them may be no PTX. */
  static List<PtxMutant> of(String program, String ptx) {
    List<PtxMutant> mutants = new ArrayList<>();
    List<String> lines = ptx.lines().toList();
    String kernel = "";
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i);
      Matcher entry = ENTRY.matcher(line);
      if (entry.find()) {
        kernel = entry.group(1);
      } else if (INSTRUCTION.matcher(line).matches()) {
        for (String changed : changes(line)) {
          mutants.add(new PtxMutant(program, kernel, i + 1, line.strip(), changed.strip()));
        }
      }
    }
    return mutants;
  }

  private static Set<String> changes(String line) {
    Set<String> changes = new LinkedHashSet<>();
    for (Rule rule : RULES) {
      Matcher matcher = rule.pattern().matcher(line);
      while (matcher.find()) {
        changes.add(
            line.substring(0, matcher.start())
                + rule.change().apply(matcher.toMatchResult())
                + line.substring(matcher.end()));
      }
    }
    changes.remove(line);
    return changes;
  }

  /** A program's text as it ships, that of this one with this change. */
  String shipped(String ofProgram) {
    String ptx = ShippedPtx.text(ofProgram);
    if (!ofProgram.equals(program)) {
      return ptx;
    }
    List<String> lines = new ArrayList<>(ptx.lines().toList());
    lines.set(line - 1, "\t" + changed);
    return String.join("\n", lines) + "\n";
  }

  /** Without the line, which every change of the kernels before it moves. */
  @Override
  public String toString() {
    String becomes = changed.isEmpty() ? "nothing" : changed;
    return String.format(Locale.ROOT, "%s: %s -> %s", kernel, original, becomes)
        .replaceAll("\\s+", " ");
  }
}
