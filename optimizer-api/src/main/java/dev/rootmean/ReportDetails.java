package dev.rootmean;

import dev.rootmean.spi.BackendProvider;
import dev.rootmean.spi.Details;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What a bug report wants beside the devices, section by section. Of properties and variables only
 * those are told that change what this library or a driver does, and no secret is kept in one.
 */
final class ReportDetails {
  private static final Path MAPS = Path.of("/proc/self/maps");

  /** Names of drivers, of their loaders, and of what JCuda and JOCL bring; not libicudata. */
  private static final Pattern NATIVE =
      Pattern.compile(
          "(?i)((?<!i)cuda|opencl|jocl|pocl|nvidia|amdocl|igdrcl|intelocl|jsig)[^/]*\\.so[^/]*$");

  private static final List<String> PROPERTIES =
      List.of("java.io.tmpdir", "java.library.path", "uniqueLibraryNames");

  private static final List<String> VARIABLES =
      List.of("LD_LIBRARY_PATH", "LD_PRELOAD", "LANG", "LC_ALL", "NVIDIA_VISIBLE_DEVICES");

  private static final Pattern VARIABLE =
      Pattern.compile("(ROOTMEAN|CUDA|OCL|OPENCL|POCL|OCLGRIND|RUSTICL|GPU|HIP|ROCR)_[A-Z0-9_]+");

  /** Names that only a secret of somebody else's would have. */
  private static final Pattern SECRET =
      Pattern.compile("(?i)token|secret|passw|credential|(^|_)key");

  /** Options of the JVM's may have secrets beside these, such as the commands of -XX:OnError. */
  private static final Pattern JVM_OPTION = Pattern.compile("-XX?+:?+(?!On)[^ ]+");

  private static final List<String> JVM_OPTIONS = List.of("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS");

  private ReportDetails() {}

  static Map<String, Map<String, String>> of(List<BackendProvider> providers) {
    Map<String, Map<String, String>> sections = new LinkedHashMap<>();
    Details system = new Details();
    system.add("rootmean", ReportDetails::version);
    system.add("java", () -> property("java.runtime.version") + ", " + property("java.vendor"));
    system.add("jvm", () -> property("java.vm.name") + ", " + property("java.vm.info"));
    system.add("java home", () -> property("java.home"));
    system.add("system", () -> property("os.name") + " " + property("os.version"));
    system.add("distribution", ReportDetails::distribution);
    system.add("processors", () -> Runtime.getRuntime().availableProcessors() + ", " + arch());
    system.add("memory", ReportDetails::memory);
    system.add("java heap", () -> "at most " + Details.bytes(Runtime.getRuntime().maxMemory()));
    add(sections, "system", system);
    for (BackendProvider provider : providers) {
      Details details = new Details();
      try {
        provider.describe(details);
      } catch (Throwable e) { // against its contract
        details.add("description", () -> "fails: " + e);
      }
      add(sections, provider.name(), details);
    }
    Details natives = new Details();
    natives.add("loaded", ReportDetails::natives);
    add(sections, "natives", natives);
    Details settings = new Details();
    settings().forEach((name, value) -> settings.add(name, () -> value));
    add(sections, "settings", settings);
    return sections;
  }

  private static void add(
      Map<String, Map<String, String>> sections, String title, Details details) {
    Map<String, String> lines = new LinkedHashMap<>();
    details.lines().forEach((name, value) -> lines.put(name, OneLine.of(value)));
    if (!lines.isEmpty()) {
      sections.put(title, lines);
    }
  }

  private static String property(String name) {
    return System.getProperty(name, "unknown");
  }

  private static String arch() {
    return property("os.arch");
  }

  /** Of the jar, or of the module. */
  private static String version() {
    Optional<String> ofModule =
        Optional.ofNullable(Backends.class.getModule().getDescriptor())
            .flatMap(descriptor -> descriptor.rawVersion());
    return Optional.ofNullable(Backends.class.getPackage().getImplementationVersion())
        .or(() -> ofModule)
        .orElse("unknown, as it is not from a jar");
  }

  private static String distribution() throws IOException {
    return line(Path.of("/etc/os-release"), "PRETTY_NAME=").replace("\"", "");
  }

  private static String memory() throws IOException {
    String kib = line(Path.of("/proc/meminfo"), "MemTotal:").replaceAll("\\D", "");
    return kib.isEmpty() ? "" : Details.bytes(Long.parseLong(kib) << 10);
  }

  /** What follows some words in a file; nothing where there is no such file. */
  private static String line(Path file, String words) throws IOException {
    if (!Files.isReadable(file)) {
      return "";
    }
    try (Stream<String> lines = Files.lines(file)) {
      return lines
          .filter(line -> line.startsWith(words))
          .findFirst()
          .map(line -> line.substring(words.length()).strip())
          .orElse("");
    }
  }

  /** By their real names, which have the version of a driver in them. Linux alone tells them. */
  private static String natives() throws IOException {
    if (!Files.isReadable(MAPS)) {
      return "";
    }
    try (Stream<String> lines = Files.lines(MAPS)) {
      return lines
          .map(line -> line.substring(Math.max(0, line.indexOf('/'))).replace(" (deleted)", ""))
          .filter(file -> NATIVE.matcher(file).find())
          .distinct()
          .sorted()
          .collect(Collectors.joining(" "));
    }
  }

  private static Map<String, String> settings() {
    Map<String, String> settings = new TreeMap<>();
    System.getProperties().stringPropertyNames().stream()
        .filter(name -> name.startsWith("rootmean.") || PROPERTIES.contains(name))
        .forEach(name -> settings.put("-D" + name, System.getProperty(name)));
    System.getenv()
        .forEach(
            (name, value) -> {
              if (VARIABLES.contains(name)
                  || (VARIABLE.matcher(name).matches() && !SECRET.matcher(name).find())) {
                settings.put(name, value);
              } else if (JVM_OPTIONS.contains(name)) {
                settings.put(name, jvmOptions(value));
              }
            });
    return settings;
  }

  private static String jvmOptions(String all) {
    return Arrays.stream(all.split(" ", -1))
        .filter(option -> JVM_OPTION.matcher(option).matches() || option.startsWith("-Drootmean."))
        .collect(Collectors.joining(" "));
  }
}
