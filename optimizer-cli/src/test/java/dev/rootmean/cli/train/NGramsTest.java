package dev.rootmean.cli.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.BitSet;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NGramsTest {
  private static final int ROWS = 4096;

  private static int[] rows(String text) {
    int[] characters = text.codePoints().toArray();
    int[] rows = new int[NGrams.ORDERS];
    NGrams.find(characters, characters.length, rows, 0);
    return rows;
  }

  @Test
  void eachOrderSeesItsLastCharactersOnly() {
    int[] rows = rows("abcde");
    for (int changed = 0; changed < 5; changed++) {
      StringBuilder other = new StringBuilder("abcde");
      other.setCharAt(changed, 'X');
      int[] others = rows(other.toString());
      for (int order = 1; order <= NGrams.ORDERS; order++) {
        if (changed >= 5 - order) {
          assertNotEquals(rows[order - 1], others[order - 1], other + " " + order);
        } else {
          assertEquals(rows[order - 1], others[order - 1], other + " " + order);
        }
      }
    }
  }

  @Test
  void theOrderOfCharactersMatters() {
    assertNotEquals(rows("abab")[1], rows("baba")[1]);
    assertNotEquals(rows("xabc")[2], rows("xcba")[2]);
  }

  /**
   * At least as many rows are used as by drawing lots: D balls leave R e^-a of R boxes empty, a = D
   * / R, with the variance R (e^-a - (1 + a) e^-2a) (Feller, An Introduction to Probability
   * Theory). The n-grams are of letters, which differ in a few bits only.
   */
  @ParameterizedTest
  @CsvSource({"2, 676", "3, 4000", "4, 8000"})
  void nGramsAreSpreadOverTheRowsOfTheirOrder(int order, int different) {
    Random random = new Random(order);
    Set<String> seen = new HashSet<>();
    BitSet used = new BitSet();
    while (seen.size() < different) {
      StringBuilder gram = new StringBuilder();
      for (int i = 0; i < order; i++) {
        gram.append((char) ('a' + random.nextInt(26)));
      }
      if (seen.add(gram.toString())) {
        used.set(rows("    " + gram)[order - 1]);
      }
    }
    assertTrue(used.nextSetBit(0) >= (order - 1) * ROWS, "from below");
    assertTrue(used.length() <= order * ROWS, "from above");
    double a = (double) different / ROWS;
    double expected = ROWS * (1 - Math.exp(-a));
    double deviation = Math.sqrt(ROWS * (Math.exp(-a) - (1 + a) * Math.exp(-2 * a)));
    assertTrue(used.cardinality() > expected - 4 * deviation, used.cardinality() + " rows");
  }

  @Test
  void aTableHasARowForEachHashOfEachOrder() {
    assertEquals(new Embedding(NGrams.ORDERS * ROWS, 16, NGrams.ORDERS, false), NGrams.EMBEDDING);
  }
}
