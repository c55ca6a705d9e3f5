package dev.rootmean;

import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;

/**
 * Which parameters the open optimizers of this process step. Two that step the same ones would each
 * undo what the other does, and neither would notice.
 */
final class Claims {
  private static final List<Claim> OPEN = new ArrayList<>();

  /** Keeps neither of them reachable: what is dropped claims nothing. */
  private record Claim(
      String name, WeakReference<OptimizerMemory> owner, WeakReference<DeviceBuffer> parameters) {
    boolean isBy(OptimizerMemory other) {
      return owner.refersTo(other);
    }

    boolean isOver() {
      return owner.refersTo(null) || parameters.refersTo(null);
    }
  }

  private Claims() {}

  /**
   * Claims the parameters of a tensor.
   *
   * @throws IllegalArgumentException if some of them are claimed; nothing has changed
   */
  static synchronized void claim(OptimizerMemory owner, String name, DeviceBuffer parameters) {
    OPEN.removeIf(Claim::isOver);
    for (Claim claim : OPEN) {
      DeviceBuffer claimed = claim.parameters().get();
      if (claimed != null && claimed.overlaps(parameters)) {
        throw new IllegalArgumentException(
            "parameter \""
                + name
                + "\" is memory that \""
                + claim.name()
                + (claim.isBy(owner)
                    ? "\" has too: expected memory of its own"
                    : "\" of another optimizer has too: expected that one to be closed first"));
      }
    }
    OPEN.add(new Claim(name, new WeakReference<>(owner), new WeakReference<>(parameters)));
  }

  /** Ends the claim of a tensor's parameters, if there is one. */
  @SuppressWarnings("ReferenceEquality") // the buffer that was claimed, not one like it
  static synchronized void release(OptimizerMemory owner, DeviceBuffer parameters) {
    OPEN.removeIf(claim -> claim.isBy(owner) && claim.parameters().get() == parameters);
  }
}
