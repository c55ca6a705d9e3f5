package dev.rootmean.pytorch;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.InputArchive;
import org.bytedeco.pytorch.OutputArchive;
import org.bytedeco.pytorch.RMSprop;
import org.bytedeco.pytorch.Tensor;

/**
 * The accumulators of libtorch's RMSprop, which shows them in archives alone, in files by the rules
 * of safetensors, written and read without Rootmean.
 */
final class TorchState {
  static final List<String> ACCUMULATORS = List.of("square_avg", "momentum_buffer", "grad_avg");

  private TorchState() {}

  private static InputArchive archive(RMSprop optimizer, Path folder) {
    String file = folder.resolve("archive").toString();
    OutputArchive saved = new OutputArchive();
    optimizer.save(saved);
    saved.save_to(file);
    InputArchive archive = new InputArchive();
    archive.load_from(file);
    return archive;
  }

  private static InputArchive part(InputArchive archive, String name) {
    InputArchive part = new InputArchive();
    archive.read(name, part);
    return part;
  }

  private static Tensor accumulator(InputArchive archive, int tensor, String name) {
    IValue key = new IValue();
    part(part(archive, "param_groups"), "param_groups/0").read("params/" + tensor, key);
    Tensor accumulator = new Tensor();
    part(part(archive, "state"), key.toStringRef().getString()).read(name, accumulator);
    return accumulator;
  }

  /** Saves the accumulators of a group, as Python would by {@code safetensors.torch.save_file}. */
  static void save(RMSprop optimizer, List<String> names, int steps, Path file) throws IOException {
    InputArchive archive = archive(optimizer, file.getParent());
    List<String> entries = new ArrayList<>();
    ByteBuffer data = ByteBuffer.allocate(1 << 16).order(ByteOrder.LITTLE_ENDIAN);
    for (int t = 0; t < names.size(); t++) {
      for (String accumulator : ACCUMULATORS) {
        float[] values = Torch.floats(accumulator(archive, t, accumulator));
        entries.add(
            entry(names.get(t) + "." + accumulator, "[" + values.length + "]", data, values));
      }
      entries.add(entry(names.get(t) + ".step", "[]", data, steps));
    }
    byte[] header = ("{" + String.join(",", entries) + "}").getBytes(StandardCharsets.UTF_8);
    ByteBuffer length = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    ByteBuffer all = ByteBuffer.allocate(Long.BYTES + header.length + data.position());
    all.put(length.putLong(header.length).flip()).put(header).put(data.flip());
    Files.write(file, all.array());
  }

  private static String entry(String name, String shape, ByteBuffer data, float... values) {
    int start = data.position();
    for (float value : values) {
      data.putFloat(value);
    }
    return "\""
        + name
        + "\":{\"dtype\":\"F32\",\"shape\":"
        + shape
        + ",\"data_offsets\":["
        + start
        + ","
        + data.position()
        + "]}";
  }

  /** Loads accumulators into an optimizer that has taken a step. */
  static void load(RMSprop optimizer, List<String> names, Path file) throws IOException {
    InputArchive archive = archive(optimizer, file.getParent());
    ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    int data = Long.BYTES + (int) bytes.getLong(0);
    String header = new String(bytes.array(), Long.BYTES, data - 8, StandardCharsets.UTF_8);
    for (int t = 0; t < names.size(); t++) {
      for (String name : ACCUMULATORS) {
        Tensor accumulator = accumulator(archive, t, name);
        float[] values = new float[(int) accumulator.numel()];
        bytes
            .position(data + offset(header, names.get(t) + "." + name))
            .slice()
            .order(ByteOrder.LITTLE_ENDIAN)
            .asFloatBuffer()
            .get(values);
        accumulator.copy_(Tensor.create(values));
      }
    }
    optimizer.load(archive); // it shares these tensors
  }

  private static int offset(String header, String name) {
    int tensor = header.indexOf("\"" + name + "\":");
    String offsets = "\"data_offsets\":[";
    int start = header.indexOf(offsets, tensor) + offsets.length();
    return Integer.parseInt(header.substring(start, header.indexOf(',', start)));
  }
}
