package dev.rootmean.opencl;

import dev.rootmean.DataType;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.contract.CheckedSteps;
import dev.rootmean.contract.NamedRule;
import dev.rootmean.contract.NumberKind;

/** A child JVM's main class: has PoCL build and run one rule's kernel, and no other. */
final class StepOnce {
  private StepOnce() {}

  public static void main(String[] rule) {
    try (OptimizerBackend backend = new OpenClProvider().open(Pocl.DEVICE)) {
      CheckedSteps.run(
          backend, DataType.FLOAT32, NamedRule.valueOf(rule[0]), NumberKind.ORDINARY, 1000, 0);
    }
  }
}
