package dev.rootmean.spark;

import dev.rootmean.DataType;
import dev.rootmean.DeviceLostException;
import dev.rootmean.DeviceOutOfMemoryException;
import dev.rootmean.contract.ScalarDevice;
import dev.rootmean.contract.TypedArray;
import dev.rootmean.contract.Wrapped;
import dev.rootmean.spi.Kernel;
import dev.rootmean.spi.Numbers;
import dev.rootmean.spi.Rows;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.StackWalker.StackFrame;
import java.nio.Buffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.IdentityHashMap;
import java.util.stream.Stream;

/**
 * A device that fails where a file of a name lies in a folder, which processes share: whoever comes
 * first takes the file away, and fails.
 */
final class FaultyDevice extends Wrapped<TypedArray> {
  /** After a step, before anybody can find it. */
  static final String THROW_IN_STEP = "throw-in-step";

  /** When the parameters of a step that can be found are read. */
  static final String THROW_AFTER_STEP = "throw-after-step";

  static final String HALT_IN_STEP = "halt-in-step";
  static final String HALT_AFTER_STEP = "halt-after-step";
  static final String LOSE = "lose";

  /** In the middle of a shard that is being saved. */
  static final String HALT_IN_SAVE = "halt-in-save";

  /** There, too. */
  static final String DAWDLE_IN_SAVE = "dawdle-in-save";

  /** In the middle of a shard that is being loaded. */
  static final String HALT_IN_LOAD = "halt-in-load";

  /** So long that Spark begins the task once more. */
  static final String DAWDLE = "dawdle";

  private static final long LONG_MILLIS = 4_000;

  /** As long as it is there. */
  static final String NO_ROOM = "no-room";

  /** As long as it is there: what a step reads is stepped, too. */
  static final String IN_PLACE = "in-place";

  /** Each step leaves a file of its own. */
  static final String LAUNCHES = "launches";

  private final Path folder;
  private boolean stepped;

  /** How often something of a shard was saved or loaded since there has been a file for that. */
  private int moved;

  /** Where the content of memory was copied from. */
  private final IdentityHashMap<TypedArray, TypedArray> origins = new IdentityHashMap<>();

  FaultyDevice(Path folder) {
    super(new ScalarDevice());
    this.folder = folder;
  }

  private boolean isThere(String name) {
    return Files.exists(folder.resolve(name));
  }

  private boolean takes(String name) {
    try {
      return Files.deleteIfExists(folder.resolve(name));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public TypedArray allocate(DataType type, long length) {
    if (isThere(NO_ROOM)) {
      throw new DeviceOutOfMemoryException("faulty", "allocate", 0, "", "as the test says", null);
    }
    return super.allocate(type, length);
  }

  @Override
  public void copy(
      TypedArray source, long from, TypedArray target, long to, DataType type, long length) {
    super.copy(source, from, target, to, type, length);
    origins.put(target, source);
  }

  @Override
  public void launch(Kernel kernel, Numbers numbers, Rows<TypedArray> rows) {
    super.launch(kernel, numbers, rows);
    if (!kernel.text().equals("rmsprop")) {
      return;
    }
    if (isThere(IN_PLACE)) {
      for (int row = 0; row < rows.count(); row++) {
        TypedArray target = rows.memory(row);
        TypedArray source = origins.get(target);
        if (source != null) {
          source.copyFrom(target, 0, 0, target.length());
        }
      }
    }
    count();
    if (takes(HALT_IN_STEP)) {
      Runtime.getRuntime().halt(137);
    }
    if (takes(LOSE)) {
      throw new DeviceLostException("faulty", "launch", 700, "", "as the test says", null);
    }
    if (takes(THROW_IN_STEP)) {
      throw new IllegalStateException("a step failed, as the test says");
    }
    if (takes(DAWDLE)) {
      dawdle();
    }
    stepped = true;
  }

  static void dawdle() {
    try {
      Thread.sleep(LONG_MILLIS);
    } catch (InterruptedException e) { // the other one was done first
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private void count() {
    if (isThere(LAUNCHES)) {
      try {
        Files.createTempFile(folder.resolve(LAUNCHES), "launch", "");
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  @Override
  public void receive(TypedArray source, DataType type, long at, Buffer target) {
    if (stepped && takes(HALT_AFTER_STEP)) {
      Runtime.getRuntime().halt(137);
    }
    if (stepped && takes(THROW_AFTER_STEP)) {
      throw new IllegalStateException("a read failed, as the test says");
    }
    stepped = false;
    if (takesInFiles(HALT_IN_SAVE)) {
      Runtime.getRuntime().halt(137);
    }
    if (takesInFiles(DAWDLE_IN_SAVE)) {
      dawdle();
    }
    super.receive(source, type, at, target);
  }

  @Override
  public void send(TypedArray target, DataType type, long at, Buffer source) {
    if (takesInFiles(HALT_IN_LOAD)) {
      Runtime.getRuntime().halt(137);
    }
    super.send(target, type, at, source);
  }

  /** Not at the first tensor, so that a part is done. */
  private boolean takesInFiles(String name) {
    if (!isThere(name) || !StackWalker.getInstance().walk(FaultyDevice::hasFiles)) {
      return false;
    }
    moved++;
    return moved > 1 && takes(name);
  }

  private static boolean hasFiles(Stream<StackFrame> callers) {
    return callers.anyMatch(frame -> frame.getClassName().equals(ShardFiles.class.getName()));
  }
}
