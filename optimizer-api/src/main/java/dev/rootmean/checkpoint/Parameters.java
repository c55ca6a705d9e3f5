package dev.rootmean.checkpoint;

import dev.rootmean.DeviceBuffer;
import dev.rootmean.Optimizer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The parameters of an optimizer, and nothing else, in a safetensors file: what Python's {@code
 * safetensors.torch.load_file} gives to {@code load_state_dict}, and {@code save_file} writes.
 *
 * @since 0.1.0
 */
public final class Parameters {
  private Parameters() {}

  /**
   * Saves parameters, each under its name. The file is there whole, or as it was before: also after
   * a power failure.
   *
   * @param optimizer what is queued for it is waited for
   * @param file to be written, or to take the place of
   * @throws IOException if it cannot be saved; the file is as before
   */
  public static void save(Optimizer optimizer, Path file) throws IOException {
    SafetensorsWriter writer = new SafetensorsWriter(SafetensorsWriter.OF_PYTORCH);
    for (Content content : Content.parameters(optimizer)) {
      writer.add(content.name(), content.shape(), content.buffer());
    }
    writer.replace(file);
  }

  /**
   * Loads parameters. Accumulators and {@link Optimizer#progress()} stay as they are; a remainder
   * is set to zero, as what is loaded has none. What else the file has, such as running means, is
   * passed over.
   *
   * @param file a safetensors file; or the name of one that is split, with an index beside it
   * @param optimizer each of its tensors is in the file, by name, in the same type and shape
   * @throws CheckpointException if the file is not what its format asks for, or does not fit; then
   *     it has a line for each tensor. Nothing has changed
   * @throws IOException if the file cannot be read to its end: some parameters may be loaded
   */
  public static void load(Path file, Optimizer optimizer) throws IOException {
    try (SafetensorsReader reader = SafetensorsReader.open(file)) {
      Map<String, String> expected = new LinkedHashMap<>();
      for (Content content : Content.parameters(optimizer)) {
        expected.put(content.name(), described(content));
      }
      reader.require(expected, false);
      for (Content content : Content.parameters(optimizer)) {
        reader.read(content.name(), content.buffer());
        optimizer.state(content.tensor()).remainder().ifPresent(DeviceBuffer::zero);
      }
    }
  }

  /** As {@link StoredTensor} says it. */
  static String described(Content content) {
    return Dtype.of(content.buffer().dataType()) + content.shape().toString();
  }
}
