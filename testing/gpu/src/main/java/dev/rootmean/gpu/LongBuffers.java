package dev.rootmean.gpu;

import dev.rootmean.Backends;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.contract.LongBufferContract;

/** In the memory that the device has. */
abstract class LongBuffers extends LongBufferContract {
  /** The share of a device's memory that one may hope for. */
  private static final double SHARE = 0.97;

  private final String backend;
  private final int room;

  LongBuffers(String backend) {
    this.backend = backend;
    try (OptimizerBackend opened = open()) {
      room = (int) (SHARE * opened.info().totalMemoryBytes() / (Float.BYTES * LENGTH));
    }
  }

  @Override
  protected final OptimizerBackend open() {
    return Backends.open(backend);
  }

  @Override
  protected final int room() {
    return room;
  }

  static class OnCuda extends LongBuffers {
    OnCuda() {
      super("cuda");
    }
  }

  static class OnOpenCl extends LongBuffers {
    OnOpenCl() {
      super("opencl:" + System.getProperty(OpenClContract.PROPERTY));
    }
  }
}
