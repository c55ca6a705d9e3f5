package dev.rootmean.cuda;

import dev.rootmean.DataType;
import java.nio.Buffer;
import java.nio.ByteOrder;
import jcuda.driver.CUdeviceptr;

/**
 * Two pieces of page-locked memory that short transfers pass through, one behind another: the
 * device copies between those and its own memory by itself, so that the host waits for no copy to
 * it. What lies in a piece stays until all copies of it are done.
 *
 * <p>Long transfers gain nothing here: the driver copies pageable memory by several threads, and
 * this would by one.
 */
final class Staging implements AutoCloseable {
  /** Bytes of a transfer at most: above most tensors of a model, and all that opening transfers. */
  static final int PIECE_BYTES = 256 << 10;

  private static final int PIECES = 2;

  /** Where transfers begin in a piece: a cache line. */
  private static final int ALIGNMENT = 64;

  static final int BYTES = PIECES * PIECE_BYTES;

  private final PageLocked memory;

  /** Of each piece. */
  private final CopyEnd[] ends = new CopyEnd[PIECES];

  private int piece;
  private int used;

  /**
   * In the current context.
   *
   * @param memory of that many {@link #BYTES}, once this is made its own to give back
   */
  Staging(PageLocked memory) {
    this.memory = memory;
    try {
      for (int i = 0; i < PIECES; i++) {
        ends[i] = new CopyEnd();
      }
    } catch (Throwable e) {
      destroyEnds();
      throw e;
    }
  }

  /** Queues a copy of what remains in the source, which may change as soon as this returns. */
  void send(CudaContext.Current now, CUdeviceptr target, DataType type, Buffer source) {
    int bytes = source.remaining() * type.bytes();
    int place = take(now, bytes);
    type.copy(source.duplicate(), elements(place, bytes, type));
    ends[piece].send(now, target, memory.withByteOffset(place), bytes);
  }

  /** Fills what remains in the target, and waits for that. */
  void receive(CudaContext.Current now, CUdeviceptr source, DataType type, Buffer target) {
    int bytes = target.remaining() * type.bytes();
    int place = take(now, bytes);
    ends[piece].receive(now, memory.withByteOffset(place), source, bytes);
    ends[piece].await(now);
    type.copy(elements(place, bytes, type), target.duplicate());
  }

  /** The place of free bytes, in the other piece if this one is full. */
  private int take(CudaContext.Current now, int bytes) {
    if (used + bytes > PIECE_BYTES) {
      int next = (piece + 1) % PIECES;
      ends[next].await(now);
      piece = next;
      used = 0;
    }
    int place = piece * PIECE_BYTES + used;
    used += (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    return place;
  }

  private Buffer elements(int place, int bytes, DataType type) {
    return type.elements(memory.bytes().slice(place, bytes).order(ByteOrder.nativeOrder()));
  }

  private void destroyEnds() {
    for (CopyEnd end : ends) {
      if (end != null) {
        end.destroy();
      }
    }
  }

  @Override
  public void close() {
    destroyEnds();
    memory.close();
  }
}
