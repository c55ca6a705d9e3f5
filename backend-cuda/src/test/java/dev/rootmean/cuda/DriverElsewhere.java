package dev.rootmean.cuda;

import dev.rootmean.contract.TryDevices;
import dev.rootmean.spi.NativeLoadingException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/** A child JVM's main class: {@link TryDevices} with another folder to find the driver in. */
final class DriverElsewhere {
  private DriverElsewhere() {}

  /** Takes the folder, the number of its owner, and the devices. */
  public static void main(String[] arguments) {
    DriverFolders folders =
        new DriverFolders(List.of(Path.of(arguments[0])), Integer.parseInt(arguments[1]));
    try {
      JCudaLibrary.load(folders);
    } catch (NativeLoadingException e) {
      // TryDevices is told the same.
    }
    String[] rest = Arrays.copyOfRange(arguments, 1, arguments.length);
    rest[0] = CudaErrors.BACKEND;
    TryDevices.main(rest);
  }
}
