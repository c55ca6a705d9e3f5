package dev.rootmean.cpu;

/** Rows of floats. */
final class FloatRows implements RowLoops {
  /** Elements of a cache line. */
  private static final int LINE = 64 / Float.BYTES;

  /** What was read in advance, kept so that it is read: by all threads, and of no meaning. */
  @SuppressWarnings("UnusedVariable")
  private float seen;

  /** Rows may be short: what is asked for each piece is what its time goes for. */
  @Override
  public void gather(
      Object[] pages, long offset, long[] from, int[] lengths, int pieces, Object target) {
    fetch(pages, offset, from, lengths, pieces);
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

  /**
   * Reads an element of each cache line. Copies of rows are too long for a processor to begin many
   * before the first has come from memory; of these loads it waits for a dozen at once.
   */
  private void fetch(Object[] pages, long offset, long[] from, int[] lengths, int pieces) {
    int longest = 0;
    for (int i = 0; i < pieces; i++) {
      longest = Math.max(longest, lengths[i]);
    }
    float sum = 0;
    for (int at = 0; at < longest + LINE; at += 2 * LINE) {
      sum += sum(pages, offset, from, lengths, pieces, at);
    }
    seen = sum;
  }

  /** Of each piece, what is on its first page of two lines. */
  private static float sum(
      Object[] pages, long offset, long[] from, int[] lengths, int pieces, int at) {
    float sum = 0;
    for (int i = 0; i < pieces; i++) {
      long element = offset + from[i];
      int index = Pages.index(element);
      int last = Math.min(index + lengths[i], Pages.SIZE) - 1;
      float[] page = (float[]) pages[Pages.of(element)];
      sum += page[Math.min(index + at, last)] + page[Math.min(index + at + LINE, last)];
    }
    return sum;
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
