import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/**
 * A process that steps when it is told to. It answers a line "KIND ELEMENTS STEPS" with the seconds
 * that the steps took, and one with 0 steps with a hash of the parameters. The first line of a kind
 * and size starts with new parameters; later ones go on from where the last one ended.
 */
final class OtherProcess implements AutoCloseable {
  private final PrintStream to;
  private final BufferedReader from;

  OtherProcess(String... command) throws IOException {
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    to = new PrintStream(process.getOutputStream(), true, StandardCharsets.US_ASCII);
    from = new BufferedReader(new InputStreamReader(process.getInputStream()));
  }

  /** Steps there; those of another kind or size begin anew and end these. */
  Steps steps(String kind, int n) {
    return new Steps() {
      private long made;

      @Override
      public double nanosPerStep(int count) {
        made += count;
        return Double.parseDouble(ask(count)) / count * 1e9;
      }

      @Override
      public long made() {
        return made;
      }

      @Override
      public int hash() {
        return Integer.parseUnsignedInt(ask(0));
      }

      private String ask(int count) {
        to.println(kind + " " + n + " " + count);
        try {
          String answer = from.readLine();
          if (answer == null) {
            throw new IllegalStateException("the other process has ended");
          }
          return answer;
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
      }
    };
  }

  /** Ends the process, which reads no further line. */
  @Override
  public void close() {
    to.close();
  }
}
