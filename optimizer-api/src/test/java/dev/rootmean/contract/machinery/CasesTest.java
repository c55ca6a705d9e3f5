package dev.rootmean.contract.machinery;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.rootmean.contract.Precisions;
import dev.rootmean.contract.machinery.PrecisionContract.Case;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What {@link PrecisionContract} takes of all that could be combined. */
@Tag("any-jdk")
class CasesTest {
  @Test
  void eachTwoValuesComeTogether() {
    List<Case> cases = PrecisionContract.cases(Precisions.inFewerBits());
    List<Function<Case, Object>> things =
        List.of(
            Case::precision, Case::rule, Case::policy, Case::layout, Case::numbers, Case::length);
    for (int i = 0; i < things.size(); i++) {
      for (int j = 0; j < i; j++) {
        Function<Case, Object> one = things.get(i);
        Function<Case, Object> other = things.get(j);
        long pairs = count(cases, c -> List.of(one.apply(c), other.apply(c)));
        assertEquals(count(cases, one) * count(cases, other), pairs, "of " + i + " and " + j);
      }
    }
    assertEquals(12, count(cases, Case::precision));
  }

  private static long count(List<Case> cases, Function<Case, Object> thing) {
    return cases.stream().map(thing).distinct().count();
  }
}
