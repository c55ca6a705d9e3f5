package dev.rootmean.gpu;

import dev.rootmean.BackendException;
import dev.rootmean.cli.Program;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.logging.LogManager;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The process of one part. */
@Command(name = "part")
public final class PartRun implements Callable<Integer> {
  static final int PASSED = 0;
  static final int FAILED = 1;
  static final int SKIPPED = 3;

  @Mixin private Asked asked;

  @Option(names = "--part", required = true)
  private Part part;

  @Option(names = "--findings", required = true)
  private Path findings;

  private PartRun() {}

  /**
   * Runs one part and ends the JVM with what came of it.
   *
   * @param arguments those of the user, and {@code --part} and {@code --findings}
   */
  public static void main(String[] arguments) {
    Program.main(new PartRun(), arguments);
  }

  @Override
  public Integer call() {
    LogManager.getLogManager().reset(); // contracts provoke warnings, and listen by themselves
    Findings found = new Findings(findings);
    try {
      part.run(asked, found);
      return found.failed() ? FAILED : PASSED;
    } catch (Part.SkippedException e) {
      found.skip(part.toString(), e.getMessage());
      return SKIPPED;
    } catch (BackendException e) {
      found.check(part.toString(), false, e.getMessage());
    } catch (Throwable e) { // whatever ends a part: the report is to have it
      e.printStackTrace(System.out);
      found.check(part.toString(), false, e);
    }
    return FAILED;
  }
}
