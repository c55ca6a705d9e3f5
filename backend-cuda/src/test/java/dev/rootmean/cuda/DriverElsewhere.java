package dev.rootmean.cuda;

import dev.rootmean.binding.NativeLoadingException;
import dev.rootmean.contract.TryDevices;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/** A child JVM's main class: {@link TryDevices} with other folders to find the driver in. */
final class DriverElsewhere {
  private DriverElsewhere() {}

  /** Takes the folders with colons between them, the number of their owner, and the devices. */
  public static void main(String[] arguments) {
    List<Path> paths = Stream.of(arguments[0].split(":")).map(Path::of).toList();
    DriverFolders folders = new DriverFolders(paths, Integer.parseInt(arguments[1]));
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
