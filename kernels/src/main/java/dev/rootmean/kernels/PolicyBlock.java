package dev.rootmean.kernels;

import dev.rootmean.DataType;
import dev.rootmean.GradientPolicy;

/** What a policy decides by. */
public final class PolicyBlock extends StructBlock {
  private GradientPolicy held;

  /**
   * A block of zeros.
   *
   * @param type the compute type
   */
  public PolicyBlock(DataType type) {
    super(type, 8);
  }

  /**
   * Puts another policy in.
   *
   * @param policy the policy
   * @return whether it may differ from what was there
   */
  @SuppressWarnings(
      "ReferenceEquality") // an equal policy that is another merely costs a little more
  public boolean set(GradientPolicy policy) {
    if (policy == held) {
      return false;
    }
    put(0, policy.normClip()); // in the order of the kernel's struct
    put(1, policy.normClipEpsilon());
    put(2, policy.microBatches());
    put(3, policy.lossScale().growth());
    put(4, policy.lossScale().backoff());
    put(5, policy.lossScale().growthInterval());
    put(6, policy.lossScale().least());
    put(7, policy.nonFinite() == GradientPolicy.NonFinite.IGNORE ? 0 : 1);
    held = policy;
    return true;
  }
}
