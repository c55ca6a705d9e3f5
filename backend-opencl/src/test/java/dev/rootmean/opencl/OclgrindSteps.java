package dev.rootmean.opencl;

import dev.rootmean.DataType;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.Precision;
import dev.rootmean.contract.CheckedSteps;
import dev.rootmean.contract.NamedRule;
import dev.rootmean.contract.NumberKind;

/** A child JVM's main class: steps to be watched by oclgrind, bit for bit right. */
final class OclgrindSteps {
  private OclgrindSteps() {}

  public static void main(String[] arguments) {
    int trials = 0;
    for (boolean wide : new boolean[] {false, true}) {
      try (OptimizerBackend backend = open(wide ? 1 : 0)) {
        for (NamedRule rule : NamedRule.values()) {
          CheckedSteps.run(backend, DataType.FLOAT32, rule, NumberKind.BITS, 259, 0);
          trials++;
        }
        for (NamedRule rule : NamedRule.VARIANTS) {
          for (int length : new int[] {1, 3, 4, 5, 255, 256, 257, 1023, 1024, 1025}) {
            for (int at : new int[] {0, 1, 4}) { // whole, unaligned, aligned
              CheckedSteps.run(backend, DataType.FLOAT32, rule, NumberKind.ORDINARY, length, at);
              trials++;
            }
          }
        }
        for (int length : new int[] {1, 5, 256, 1027}) {
          for (int at : new int[] {0, 1, 4}) { // gradients of 16 bits
            CheckedSteps.run(
                backend,
                Precision.FLOAT32.withGradients(DataType.BFLOAT16),
                NamedRule.NESTEROV_CENTERED_MAXIMIZE,
                NumberKind.ORDINARY,
                length,
                at);
            trials++;
          }
        }
      }
    }
    try (OptimizerBackend backend = open(2)) {
      for (int at : new int[] {0, 1}) { // groups of 2,048 elements, and none
        CheckedSteps.run(
            backend,
            DataType.FLOAT32,
            NamedRule.NESTEROV_CENTERED_MAXIMIZE,
            NumberKind.ORDINARY,
            4_099,
            at);
        trials++;
      }
    }
    System.out.println("trials: " + trials);
  }

  private static OptimizerBackend open(int vectors) {
    return new OpenClProvider(Jocl::new, device -> vectors, OpenClQueue.Limits.OF_DRIVERS)
        .open("Oclgrind");
  }
}
