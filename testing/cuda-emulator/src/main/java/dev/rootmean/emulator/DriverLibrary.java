package dev.rootmean.emulator;

/**
 * What the library offers to {@link CudaEmulator}; the first use loads it. Tables are
 * tab-separated.
 */
final class DriverLibrary {
  static {
    System.load(CudaEmulator.library().toString());
  }

  private DriverLibrary() {}

  static native void reset();

  static native boolean set(String option, long value);

  static native boolean inject(String function, long nth, int code, boolean onwards);

  /** Gives -1 if JCuda calls no such function. */
  static native long calls(String function);

  static native long[] liveObjects();

  static native long[] abandonedObjects();

  static native String launches();

  static native String coverage();

  static native String lastFault();
}
