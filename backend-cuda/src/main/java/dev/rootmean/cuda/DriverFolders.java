package dev.rootmean.cuda;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * Where NVIDIA's driver library lies when the system's linker does not know: containers have it
 * mounted, and rely on {@code LD_LIBRARY_PATH}, which an image of Java may lack. It is loaded from
 * there only if nobody but root can have put it there.
 *
 * @param folders the folders, first come first served
 * @param owner the number of the user who may own what is loaded, besides root
 */
record DriverFolders(List<Path> folders, int owner) {
  static final String DRIVER = "libcuda.so.1";

  /**
   * Containers of Kubernetes, WSL 2, NixOS, snaps, and distributions with a folder of their own.
   */
  static final DriverFolders KNOWN =
      new DriverFolders(
          List.of(
              Path.of("/usr/local/nvidia/lib64"),
              Path.of("/usr/local/nvidia/lib"),
              Path.of("/usr/lib/wsl/lib"),
              Path.of("/run/opengl-driver/lib"),
              Path.of("/var/lib/snapd/lib/gl"),
              Path.of("/usr/lib64/nvidia"),
              Path.of("/usr/lib/nvidia")),
          0);

  private static final int OTHERS_WRITE = 0b010_010;
  private static final int STICKY = 0b001_000_000_000;

  /** Those in which a driver lies: one that is left over may not hide the one that works. */
  List<Path> withDriver() {
    return folders.stream().filter(folder -> Files.exists(folder.resolve(DRIVER))).toList();
  }

  /** Whether nobody else can have put there what lies there. */
  boolean isSafe(Path folder) {
    try {
      return isSafeAllTheWay(folder.toRealPath())
          && isSafeAllTheWay(folder.resolve(DRIVER).toRealPath());
    } catch (IOException e) {
      return false;
    }
  }

  private boolean isSafeAllTheWay(Path path) throws IOException {
    for (Path part = path; part != null; part = part.getParent()) {
      Map<String, Object> found = Files.readAttributes(part, "unix:uid,mode");
      int uid = (int) found.get("uid");
      int mode = (int) found.get("mode");
      // In a sticky folder others can add, but not exchange what is there.
      boolean sticky = Files.isDirectory(part) && (mode & STICKY) != 0;
      boolean othersWrite = (mode & OTHERS_WRITE) != 0 && !sticky;
      boolean othersOwn = uid != 0 && uid != owner;
      if (othersWrite || othersOwn) {
        return false;
      }
    }
    return true;
  }
}
