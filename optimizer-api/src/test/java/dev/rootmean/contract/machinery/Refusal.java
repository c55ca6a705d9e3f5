package dev.rootmean.contract.machinery;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.function.Executable;

/** What a call with bad arguments has to end in. */
final class Refusal {
  private Refusal() {}

  /** Fails unless the call throws, and its message has the word: an argument's name or value. */
  static void assertRefused(Class<? extends Exception> type, String word, Executable call) {
    String message = assertThrows(type, call).getMessage();
    assertTrue(message.contains(word), () -> "\"" + message + "\" does not say " + word);
  }
}
