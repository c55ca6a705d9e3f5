package dev.rootmean.checkpoint;

import dev.rootmean.DeviceBuffer;
import dev.rootmean.GradientPolicy;
import dev.rootmean.Optimizer;
import dev.rootmean.Precision;
import dev.rootmean.Progress;
import dev.rootmean.RmsProp;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What a training was before one of its steps, in the host's memory. */
final class Snapshot {
  /** A Java buffer holds fewer than 2^31 bytes. */
  private static final int MOST_BYTES = 1 << 30;

  private long step;
  private Made made;
  private Progress progress;

  /** Of each content, its parts in their order; kept for the next time. */
  private final Map<Key, List<ByteBuffer>> memory = new HashMap<>();

  /** A name alone may be that of a parameter, and of another one's accumulator. */
  private record Key(String name, String tensor) {
    static Key of(Content content) {
      return new Key(content.name(), content.tensor());
    }
  }

  /** How an optimizer was made. */
  private record Made(Precision precision, GradientPolicy policy, List<Tensor> tensors) {
    static Made of(Optimizer optimizer) {
      List<Tensor> tensors =
          optimizer.names().stream().map(name -> Tensor.of(optimizer, name)).toList();
      return new Made(optimizer.precision(), optimizer.policy(), tensors);
    }
  }

  /** A tensor; its offset is 0 if no bit depends on that. */
  private record Tensor(String name, List<Long> shape, String group, RmsProp rule, long offset) {
    static Tensor of(Optimizer optimizer, String name) {
      String group = optimizer.group(name);
      long offset = Description.countsOffsets(optimizer) ? optimizer.offset(name) : 0;
      return new Tensor(name, optimizer.shape(name), group, optimizer.rule(group), offset);
    }
  }

  /** Moves elements between a buffer, from one of them on, and host memory. */
  private interface Transfer {
    void move(DeviceBuffer buffer, long at, ByteBuffer part);
  }

  /** The number of the step that comes next. */
  long step() {
    return step;
  }

  /**
   * Copies everything from the device, in the place of what was here before.
   *
   * @throws IllegalStateException if the last step is half done
   */
  void take(Optimizer optimizer, long step) {
    this.step = step;
    made = Made.of(optimizer);
    progress = optimizer.progress();
    for (Content content : contents(optimizer)) {
      memory.computeIfAbsent(Key.of(content), key -> allocate(content.buffer()));
      move(content, DeviceBuffer::read);
    }
  }

  /**
   * Has an optimizer go on from here. What had been added to the one that was copied is added.
   *
   * @throws IllegalStateException if it was not made like that one
   */
  void restore(Optimizer optimizer) {
    for (Tensor tensor : made.tensors()) {
      if (!optimizer.names().contains(tensor.name())) {
        long[] shape = tensor.shape().stream().mapToLong(Long::longValue).toArray();
        optimizer.add(tensor.name(), tensor.group(), shape);
      }
    }
    if (!Made.of(optimizer).equals(made)) {
      throw new IllegalStateException(
          "the optimizer was made otherwise than on the lost backend: expected the same tensors,"
              + " groups, rules, precision and policy on each");
    }
    optimizer.resume(progress);
    contents(optimizer).forEach(content -> move(content, DeviceBuffer::write));
  }

  private List<Content> contents(Optimizer optimizer) {
    List<Content> contents = new ArrayList<>(Content.parameters(optimizer));
    contents.addAll(Content.state(optimizer, progress.gatheredTensors()));
    return contents;
  }

  private static List<ByteBuffer> allocate(DeviceBuffer buffer) {
    List<ByteBuffer> parts = new ArrayList<>();
    long bytes = buffer.length() * buffer.dataType().bytes();
    for (long at = 0; at < bytes; at += MOST_BYTES) {
      int count = (int) Math.min(MOST_BYTES, bytes - at);
      parts.add(ByteBuffer.allocateDirect(count).order(ByteOrder.nativeOrder()));
    }
    return parts;
  }

  private void move(Content content, Transfer transfer) {
    long at = 0;
    for (ByteBuffer part : memory.get(Key.of(content))) {
      transfer.move(content.buffer(), at, part.clear());
      at += part.capacity() / content.buffer().dataType().bytes();
    }
  }
}
