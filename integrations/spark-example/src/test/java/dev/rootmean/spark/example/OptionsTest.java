package dev.rootmean.spark.example;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rootmean.cli.Program;
import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

/** What cannot be is told in one line, before anything is started. */
class OptionsTest {
  @ParameterizedTest
  @CsvSource({
    "--executors 0, from 1 to 64",
    "--epochs 0, at least 1",
    "--kill-at 0, 'from 1 to 46, the last step'",
    "--kill-at 47, 'from 1 to 46, the last step'",
    "--norm-clip 0, a number above 0",
    "--backend abacus, unknown backend",
    "--seed x, --seed",
    "--nonsense 1, Unknown option"
  })
  void badInput(String arguments, String told) {
    CommandLine command = Program.commandLine(new SparkExample());
    StringWriter err = new StringWriter();
    command.setErr(new PrintWriter(err, true));
    assertEquals(2, command.execute(arguments.split(" ", -1)));
    assertEquals(1, err.toString().lines().count(), err.toString());
    assertTrue(err.toString().contains(told), err.toString());
  }
}
