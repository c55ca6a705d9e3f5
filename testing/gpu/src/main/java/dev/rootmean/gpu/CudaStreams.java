package dev.rootmean.gpu;

import dev.rootmean.cuda.ForeignStreamContract;

/** On the real driver: what is promised there, but not what a race may win. */
class CudaStreams extends ForeignStreamContract {
  static final int LENGTH = 1_000_003;
  static final String PROPERTY = "rootmean.gpu.elements";
  private static final int FILLS = 300; // about a millisecond on a fast GPU

  CudaStreams() {
    super(Integer.getInteger(PROPERTY), FILLS, false);
  }
}
