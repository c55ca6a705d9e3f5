package dev.rootmean.binding.stub;

/** Looks for libraries as JOCL and JCuda do, up to where they would unpack one. */
public final class LibUtils {
  private LibUtils() {}

  /**
   * Names a library of this machine.
   *
   * @param name without the machine's
   * @return with it
   */
  public static String createPlatformLibraryName(String name) {
    return name + "-machine";
  }

  static void loadLibrary(String name) {
    try {
      System.loadLibrary(name);
    } catch (UnsatisfiedLinkError e) {
      throw new UnsatisfiedLinkError(
          "Error while loading\n  unpacked to " + System.getProperty("java.io.tmpdir"));
    }
  }
}
