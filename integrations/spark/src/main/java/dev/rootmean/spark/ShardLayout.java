package dev.rootmean.spark;

import dev.rootmean.spi.Kernel;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;

/**
 * Where tensors lie in one row of elements, group after group without a gap, and how the row is cut
 * into shards: shard s of S begins at ⌊length · s / S⌋, wherever tensors and groups do.
 */
final class ShardLayout implements Serializable {
  private static final long serialVersionUID = 1;

  private final List<Tensor> tensors;
  private final List<Group> groups;
  private final int shards;
  private final boolean measured;

  /** A tensor, from an element of the row on. */
  record Tensor(String name, List<Long> shape, long start, int length) implements Serializable {
    long end() {
      return start + length;
    }
  }

  /** What one rule steps. */
  record Group(String name, long start, long end) implements Serializable {}

  /** The elements from one to another, of a group. */
  record Piece(int group, long start, long end) implements Serializable {
    int length() {
      return Math.toIntExact(end - start);
    }
  }

  /**
   * Cuts a row.
   *
   * @param groups in the order of the row; the first may be empty
   * @param measured whether the norm is, so that a shard wants gradients of whole chunks
   */
  ShardLayout(List<Tensor> tensors, List<Group> groups, int shards, boolean measured) {
    this.tensors = List.copyOf(tensors);
    this.groups = List.copyOf(groups);
    this.shards = shards;
    this.measured = measured;
  }

  /** The same row, cut into another number of shards. */
  ShardLayout cutInto(int otherShards) {
    return new ShardLayout(tensors, groups, otherShards, measured);
  }

  List<Tensor> tensors() {
    return tensors;
  }

  List<Group> groups() {
    return groups;
  }

  int shards() {
    return shards;
  }

  /** How many elements there are. */
  long length() {
    return groups.get(groups.size() - 1).end();
  }

  long start(int shard) {
    return Math.multiplyExact(length(), shard) / shards;
  }

  long end(int shard) {
    return start(shard + 1);
  }

  /** The parts of a shard, one for each group that has some of it. */
  List<Piece> pieces(int shard) {
    List<Piece> pieces = new ArrayList<>();
    for (int group = 0; group < groups.size(); group++) {
      long start = Math.max(start(shard), groups.get(group).start());
      long end = Math.min(end(shard), groups.get(group).end());
      if (start < end) {
        pieces.add(new Piece(group, start, end));
      }
    }
    return pieces;
  }

  /**
   * The place by which an {@link dev.rootmean.Optimizer} makes random bits for the first element of
   * a piece: there each group begins a chunk of its own.
   */
  long place(Piece piece) {
    long start = 0;
    for (Group group : groups.subList(0, piece.group())) {
      long end = start + group.end() - group.start() + Kernel.CHUNK - 1;
      start = end - end % Kernel.CHUNK;
    }
    return start + piece.start() - groups.get(piece.group()).start();
  }

  /**
   * What of the gradients a shard measures: the chunks that begin in it, to their ends. A group
   * begins a chunk of its own, as in an {@link dev.rootmean.Optimizer}, so that the sums are that
   * one's to the bit however many shards there are.
   */
  List<Piece> measuredPieces(int shard) {
    List<Piece> pieces = new ArrayList<>();
    for (Piece piece : measured ? pieces(shard) : List.<Piece>of()) {
      Group group = groups.get(piece.group());
      long start = wholeChunks(piece.start(), group);
      long end = Math.min(wholeChunks(piece.end(), group), group.end());
      if (start < end) {
        pieces.add(new Piece(piece.group(), start, end));
      }
    }
    return pieces;
  }

  /** The first beginning of a chunk at or after an element. */
  private static long wholeChunks(long element, Group group) {
    long into = element - group.start() + Kernel.CHUNK - 1;
    return group.start() + into - into % Kernel.CHUNK;
  }

  /** Where the gradients end that a shard needs: at its own end, or that of its last chunk. */
  long gradientsEnd(int shard) {
    long end = end(shard);
    for (Piece piece : measuredPieces(shard)) {
      end = Math.max(end, piece.end());
    }
    return end;
  }
}
