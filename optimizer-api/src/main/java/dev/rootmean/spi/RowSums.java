package dev.rootmean.spi;

import dev.rootmean.DataType;
import dev.rootmean.DeviceBuffer;

/**
 * What a device is told of a {@link RowPlan}, and the sums of the gradients that came several
 * times. Both are made when they are asked for, and known until gradients come or go.
 *
 * @param <M> the device's handle of an allocation
 */
final class RowSums<M> {
  private final DeviceBackend<M> backend;
  private final OwnedDevice<M> device;
  private final ProvenFamilies families;
  private final RowPlan plan;
  private final DataType type;
  private final int width;

  /** Of the launch at hand. */
  private final Rows<M> launch = new Rows<>();

  // Null before they are needed; longer ones take their place.

  private BackendBuffer<M> places;

  /** The sums of each touched row; behind them, those that are summed again. */
  private BackendBuffer<M> sums;

  private DeviceBuffer view;

  /** How much of the plan the device knows. */
  private int sent;

  private boolean isSummed;

  RowSums(
      DeviceBackend<M> backend,
      OwnedDevice<M> device,
      ProvenFamilies families,
      RowPlan plan,
      DataType type,
      int width) {
    this.backend = backend;
    this.device = device;
    this.families = families;
    this.plan = plan;
    this.type = type;
    this.width = width;
  }

  /** Gradients have come or gone. */
  void forget() {
    sent = 0;
    isSummed = false;
  }

  /** Sums gradients of which there are some; the view is good until they are others. */
  DeviceBuffer make(MemoryRange<M> values) {
    prepare(true);
    send(true);
    sum(values);
    if (view == null || view.length() != length()) {
      view = sums.slice(0, length());
    }
    return view;
  }

  /** How long the sums are that a step takes. */
  private long length() {
    return (long) plan.distinct() * width;
  }

  /** Whether a step takes sums: there are some, or gradients that came for one row. */
  private boolean areTaken() {
    return isSummed || plan.hasDuplicates();
  }

  /** Takes the memory that a step needs. */
  void prepare() {
    prepare(areTaken());
  }

  private void prepare(boolean withSums) {
    int needed = needed(withSums);
    if (isShort(places, needed)) {
      long grown = grown(places, needed);
      close(places); // nothing in it is needed, and its memory may be
      places = null;
      sent = 0;
      places = allocate(backend, DataType.INT32, grown);
    }
    if (!withSums) {
      return;
    }
    families.prove(backend, Kernels.merge(type));
    long all = length() + plan.between() * width;
    if (isShort(sums, all)) {
      long grown = grown(sums, all);
      close(sums);
      sums = null;
      view = null;
      isSummed = false;
      sums = allocate(backend, type, grown);
    }
  }

  static boolean isShort(BackendBuffer<?> buffer, long length) {
    return buffer == null || buffer.length() < length;
  }

  /** How long a buffer is to be in the place of a shorter one: some more, if there was one. */
  static long grown(BackendBuffer<?> shorter, long length) {
    return shorter == null ? length : Math.max(length, shorter.length() * 3 / 2);
  }

  static <M> BackendBuffer<M> allocate(DeviceBackend<M> backend, DataType type, long length) {
    return backend.own(backend.allocate(type, length), "values");
  }

  static void close(DeviceBuffer buffer) {
    if (buffer != null) {
      buffer.close();
    }
  }

  /** Adds the gradients of a step that is prepared to its rows. */
  void addGradients(Rows<M> rows, MemoryRange<M> values) {
    if (areTaken()) {
      rows.add(sums.range(), 0, length());
    } else {
      rows.add(values, 0, length());
    }
  }

  /** Adds to them where they are in the table, and which gradients are whose. */
  void addPlaces(Rows<M> rows) {
    int order = areTaken() ? plan.each() : plan.order();
    rows.add(places.range(), 0, plan.distinct()).add(places.range(), order, plan.distinct());
  }

  /** Queues what a step that is prepared needs before it. */
  void queue(MemoryRange<M> values) {
    boolean withSums = areTaken();
    send(withSums);
    if (withSums) {
      sum(values);
    }
  }

  private void send(boolean withSums) {
    int needed = needed(withSums);
    if (sent < needed) {
      device.send(places.range(), 0, plan.places().limit(needed));
      sent = needed;
    }
  }

  /** How much of the plan: what is behind the order of gradients tells how they are summed. */
  private int needed(boolean withSums) {
    return withSums ? plan.places().limit() : plan.order() + plan.count();
  }

  private void sum(MemoryRange<M> values) {
    if (isSummed) {
      return;
    }
    Kernel kernel = Kernels.merge(type);
    MemoryRange<M> source = values;
    long from = 0;
    int count = plan.count();
    int order = plan.order();
    long behind = length();
    for (int level = 0; level < plan.levels(); level++) {
      int pieces = plan.pieces(level);
      long to = level == plan.levels() - 1 ? 0 : behind;
      launch
          .begin(pieces, width)
          .add(source, from, (long) count * width)
          .add(places.range(), order, count)
          .add(places.range(), plan.starts(level), pieces + 1L)
          .add(sums.range(), to, (long) pieces * width);
      device.launch(kernel, Numbers.NONE, launch.check(kernel));
      source = sums.range();
      from = to;
      count = pieces;
      order = plan.each();
      behind += (long) pieces * width;
    }
    isSummed = true;
  }

  void close() {
    close(places);
    close(sums);
  }
}
