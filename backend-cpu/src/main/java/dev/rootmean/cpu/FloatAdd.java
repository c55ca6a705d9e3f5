package dev.rootmean.cpu;

/** Adds floats to others. */
final class FloatAdd implements Loops {
  /** Copying rows to one index would take longer than adding: the memory limits both. */
  @Override
  public boolean takeAnyIndices() {
    return true;
  }

  @Override
  public void run(Span span) {
    float[] target = (float[]) span.array(0);
    float[] addend = (float[]) span.array(1);
    int to = span.from(0);
    int from = span.from(1);
    if (from == to) {
      add(addend, target, to, to + span.count());
    } else {
      add(addend, from, target, to, span.count());
    }
  }

  /** C2 vectorises it only from one index to the same one. */
  private static void add(float[] addend, float[] target, int lo, int hi) {
    for (int i = lo; i < hi; i++) {
      target[i] = target[i] + addend[i];
    }
  }

  private static void add(float[] addend, int from, float[] target, int to, int count) {
    for (int i = 0; i < count; i++) {
      target[to + i] = target[to + i] + addend[from + i];
    }
  }
}
