package dev.rootmean.spark;

import java.nio.FloatBuffer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** The elements of all tensors on the host, each tensor in an array of its own. */
final class Tensors {
  private final ShardLayout layout;
  private final Map<String, float[]> arrays = new LinkedHashMap<>();

  /** All zero. */
  Tensors(ShardLayout layout) {
    this.layout = layout;
    layout.tensors().forEach(tensor -> arrays.put(tensor.name(), new float[tensor.length()]));
  }

  /** One of them alone, all zero. */
  Tensors(ShardLayout layout, String name) {
    this.layout = layout;
    for (ShardLayout.Tensor tensor : layout.tensors()) {
      if (tensor.name().equals(name)) {
        arrays.put(name, new float[tensor.length()]);
        return;
      }
    }
    List<String> known = layout.tensors().stream().map(ShardLayout.Tensor::name).toList();
    throw new IllegalArgumentException(
        "no parameter \"" + name + "\": there is " + String.join(", ", known));
  }

  /** The shards that have some of these. */
  int[] shards() {
    return IntStream.range(0, layout.shards())
        .filter(
            shard ->
                layout.tensors().stream()
                    .anyMatch(
                        tensor ->
                            arrays.containsKey(tensor.name())
                                && tensor.start() < layout.end(shard)
                                && layout.start(shard) < tensor.end()))
        .toArray();
  }

  Map<String, float[]> arrays() {
    return arrays;
  }

  float[] of(String name) {
    float[] array = arrays.get(name);
    if (array == null) {
      throw new IllegalArgumentException(
          "no parameter \"" + name + "\": there is " + String.join(", ", arrays.keySet()));
    }
    return array;
  }

  /** Takes the elements of a shard. */
  void load(int shard, byte[] blob) {
    FloatBuffer floats = Blob.floats(blob, 0).asFloatBuffer();
    forEachPart(
        layout.start(shard),
        layout.end(shard),
        (array, at, count, i) -> floats.get(i, array, at, count));
  }

  /** Gives the elements from one to another. */
  byte[] slice(long start, long end, double loss, int number) {
    byte[] blob = Blob.of(loss, number, Math.toIntExact(end - start));
    FloatBuffer floats = Blob.floats(blob, 0).asFloatBuffer();
    forEachPart(start, end, (array, at, count, i) -> floats.put(i, array, at, count));
    return blob;
  }

  private interface Part {
    void move(float[] array, int at, int count, int place);
  }

  private void forEachPart(long start, long end, Part part) {
    for (ShardLayout.Tensor tensor : layout.tensors()) {
      long first = Math.max(start, tensor.start());
      long last = Math.min(end, tensor.end());
      if (first < last && arrays.containsKey(tensor.name())) {
        part.move(
            arrays.get(tensor.name()),
            (int) (first - tensor.start()),
            (int) (last - first),
            (int) (first - start));
      }
    }
  }
}
