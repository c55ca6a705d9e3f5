package dev.rootmean.binding.stub;

/** A binding's main class. What it does is seen in system properties of the tests' own. */
public final class Binding {
  static {
    LibUtils.loadLibrary(LibUtils.createPlatformLibraryName("binding"));
    String refusal = System.getProperty("rootmean.test.refusal");
    if (refusal != null) {
      throw new UnsatisfiedLinkError(refusal);
    }
  }

  private Binding() {}
}
