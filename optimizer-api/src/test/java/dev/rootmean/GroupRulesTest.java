package dev.rootmean;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.Test;

class GroupRulesTest {
  private static final RmsProp RULE = RmsProp.builder().learningRate(0.1).build();

  private final GroupRules given =
      GroupRules.of(0.1, List.of(RULE, RULE.toBuilder().learningRate(0.3).build()));

  @Test
  void groupsKeepTheirRatio() {
    GroupRules rules = given.at(0.2);
    assertEquals(0.2, rules.learningRate());
    assertEquals(0.2, rules.rule(0).learningRate());
    assertEquals(0.2 * (0.3 / 0.1), rules.rule(1).learningRate());
    assertSame(rules, rules.at(0.2), "no rule is made twice in a row");
  }

  /** 0.1 times (0.3 / 0.1) is not 0.3: a rate leads to one rule, whatever came between. */
  @Test
  void theWayToARateDoesNotMatter() {
    assertEquals(0.3, given.at(0.7).at(0.1).rule(1).learningRate());
    assertEquals(
        given.at(0.7).rule(1).learningRate(), given.at(0.2).at(0.7).rule(1).learningRate());
  }

  @Test
  void ratesThatCannotBeAreRefused() {
    GroupRules still = GroupRules.of(0.1, List.of(RULE.toBuilder().learningRate(0).build()));
    for (double rate : new double[] {-1, Double.NaN, Double.POSITIVE_INFINITY, 1e39}) {
      assertThrows(IllegalArgumentException.class, () -> still.at(rate));
      assertThrows(IllegalArgumentException.class, () -> given.at(rate));
    }
    assertThrows(IllegalArgumentException.class, () -> given.at(3e38), "the second group's");
  }
}
