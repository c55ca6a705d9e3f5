package dev.rootmean.cli.train;

import dev.rootmean.BackendException;
import dev.rootmean.cli.BackendOption;
import dev.rootmean.cli.BadInputException;
import dev.rootmean.cli.NamedPrecision;
import dev.rootmean.cli.train.opencl.DeviceSession;
import java.util.function.Consumer;
import picocli.CommandLine.Option;

/** The option that says where gradients are computed. */
final class GradientsOption {
  static final String HOST = "host";
  static final String DEVICE = "device";
  private static final String COMPILING =
      "train: compiling for the device, up to half a minute the first time";

  @Option(
      names = "--gradients",
      paramLabel = "PLACE",
      defaultValue = HOST,
      description =
          "Where gradients are computed: host, or device, with --backend opencl[:DEVICE] and"
              + " CLBlast (default: ${DEFAULT-VALUE}).")
  private String place;

  /** As it was given. */
  String place() {
    return place;
  }

  /**
   * Takes the memory for them, and opens what they, or the steps by them, run on.
   *
   * @param precision how the optimizer keeps them
   * @param tell is given a line where something takes a while
   * @throws BadInputException if that cannot be
   */
  Gradients open(
      Layers layers, BackendOption backend, NamedPrecision precision, Consumer<String> tell) {
    return switch (place) {
      case HOST -> new HostGradients(layers, backend::open);
      case DEVICE -> openDevice(layers, backend, precision, tell);
      default -> throw new BadInputException("--gradients " + place + ": expected host or device");
    };
  }

  private static Gradients openDevice(
      Layers layers, BackendOption backend, NamedPrecision precision, Consumer<String> tell) {
    if (!layers.embedding().equals(Embedding.NONE)) {
      throw new BadInputException(
          "--gradients device with --model characters: expected --model digits,"
              + " or --gradients host");
    }
    String device = backend.deviceOf("opencl", "--gradients device");
    if (precision != NamedPrecision.FLOAT32) {
      throw new BadInputException(
          "--gradients device with --precision "
              + precision
              + ": expected float32, which CLBlast computes in");
    }
    try {
      return new DeviceGradients(layers, new DeviceSession(device), () -> tell.accept(COMPILING));
    } catch (BackendException e) {
      throw new BadInputException("--gradients device: " + e.getMessage());
    } catch (NoClassDefFoundError e) {
      throw new BadInputException(
          "--gradients device: "
              + e.getMessage()
              + " is not on the class path; add the dependencies dev.rootmean:backend-opencl and"
              + " org.jocl:jocl-blast");
    }
  }
}
