package dev.rootmean.cpu;

/** Rows of floats. */
final class FloatRows implements RowLoops {
  /** Rows may be short: what is asked for each piece is what its time goes for. */
  @Override
  public void gather(
      Object[] pages, long offset, long[] from, int[] lengths, int pieces, Object target) {
    float[] all = (float[]) target;
    int to = 0;
    for (int i = 0; i < pieces; i++) {
      int part;
      for (int left = lengths[i]; left > 0; left -= part) {
        long at = offset + from[i] + lengths[i] - left;
        part = Math.min(left, Pages.rest(at));
        System.arraycopy((float[]) pages[Pages.of(at)], Pages.index(at), all, to, part);
        to += part;
      }
    }
  }

  @Override
  public void scatter(
      Object source, Object[] pages, long offset, long[] to, int[] lengths, int pieces) {
    float[] all = (float[]) source;
    int from = 0;
    for (int i = 0; i < pieces; i++) {
      int part;
      for (int left = lengths[i]; left > 0; left -= part) {
        long at = offset + to[i] + lengths[i] - left;
        part = Math.min(left, Pages.rest(at));
        System.arraycopy(all, from, (float[]) pages[Pages.of(at)], Pages.index(at), part);
        from += part;
      }
    }
  }

  @Override
  public void add(Object sum, Object added, int count) {
    add((float[]) sum, (float[]) added, count);
  }

  private static void add(float[] sum, float[] added, int count) {
    for (int i = 0; i < count; i++) {
      sum[i] = sum[i] + added[i];
    }
  }
}
