package dev.rootmean.spi;

import static dev.rootmean.DataType.FLOAT32;
import static dev.rootmean.DataType.FLOAT64;

import dev.rootmean.DataType;
import dev.rootmean.DeviceBuffer;
import dev.rootmean.RowGradients;
import java.util.Locale;

/**
 * The one implementation of {@link RowGradients}: what came lies on the device, in the order in
 * which it came, and a {@link RowPlan} on the host. The plan is sent, and sums are made, when they
 * are asked for.
 *
 * @param <M> the device's handle of an allocation
 */
final class BackendRowGradients<M> implements RowGradients {
  private final DeviceBackend<M> backend;
  private final OwnedDevice<M> device;
  private final DataType type;
  private final long rows;
  private final int width;
  private final RowPlan plan;
  private final RowSums<M> sums;

  /** Null before the first; a longer one takes its place. */
  private BackendBuffer<M> values;

  private boolean isClosed;

  BackendRowGradients(
      DeviceBackend<M> backend,
      OwnedDevice<M> device,
      ProvenFamilies families,
      DataType type,
      long rows,
      int width) {
    if (type != FLOAT32 && type != FLOAT64) {
      throw new IllegalArgumentException(
          "gradients of rows of type " + type + ": expected FLOAT32 or FLOAT64");
    }
    if (rows < 1 || rows > Integer.MAX_VALUE || width < 1) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "%d rows of %d elements: expected 1 to %d rows, and at least 1 element",
              rows,
              width,
              Integer.MAX_VALUE));
    }
    this.backend = backend;
    this.device = device;
    this.type = type;
    this.rows = rows;
    this.width = width;
    this.plan = new RowPlan(rows);
    this.sums = new RowSums<>(backend, device, families, plan, type, width);
  }

  DeviceBackend<M> backend() {
    return backend;
  }

  boolean isClosed() {
    return isClosed;
  }

  @Override
  public DataType dataType() {
    return type;
  }

  @Override
  public long rows() {
    return rows;
  }

  @Override
  public int width() {
    return width;
  }

  @Override
  public void add(int[] rows, float[] values) {
    synchronized (device) {
      if (begin(rows, values.length, FLOAT32)) {
        this.values.write(end(), values, 0, values.length);
        plan.add(rows);
      }
    }
  }

  @Override
  public void add(int[] rows, double[] values) {
    synchronized (device) {
      if (begin(rows, values.length, FLOAT64)) {
        this.values.write(end(), values, 0, values.length);
        plan.add(rows);
      }
    }
  }

  @Override
  public void add(int[] rows, DeviceBuffer values) {
    synchronized (device) {
      MemoryRange<M> source = source(values);
      if (begin(rows, source.length(), source.dataType())) {
        device.copy(source, this.values.range(), end());
        plan.add(rows);
      }
    }
  }

  @Override
  public void add(long[] rows, float[] values) {
    synchronized (device) {
      if (begin(rows, values.length, FLOAT32)) {
        this.values.write(end(), values, 0, values.length);
        plan.add(rows);
      }
    }
  }

  @Override
  public void add(long[] rows, double[] values) {
    synchronized (device) {
      if (begin(rows, values.length, FLOAT64)) {
        this.values.write(end(), values, 0, values.length);
        plan.add(rows);
      }
    }
  }

  @Override
  public void add(long[] rows, DeviceBuffer values) {
    synchronized (device) {
      MemoryRange<M> source = source(values);
      if (begin(rows, source.length(), source.dataType())) {
        device.copy(source, this.values.range(), end());
        plan.add(rows);
      }
    }
  }

  private MemoryRange<M> source(DeviceBuffer values) {
    requireUsable();
    return backend.own(values, "values").range();
  }

  /** Checks what is to be added, and makes room for it; whether it is anything. */
  private boolean begin(int[] rows, long values, DataType given) {
    requireFit(rows.length, values, given);
    plan.check(rows);
    return makeRoom(rows.length);
  }

  private boolean begin(long[] rows, long values, DataType given) {
    requireFit(rows.length, values, given);
    plan.check(rows);
    return makeRoom(rows.length);
  }

  private void requireFit(int rows, long values, DataType given) {
    requireUsable();
    if (given != type) {
      throw new IllegalArgumentException("values of " + given + ": expected those of " + type);
    }
    if (values != (long) rows * width) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "%d values for %d rows of %d elements: expected %d",
              values,
              rows,
              width,
              (long) rows * width));
    }
  }

  /** Where the next gradients go. */
  private long end() {
    return (long) plan.count() * width;
  }

  /** Makes room for gradients of more rows; whether there are any. */
  private boolean makeRoom(int more) {
    if (more == 0) {
      return false;
    }
    plan.ensureRoom(more);
    long length = end() + (long) more * width;
    if (RowSums.isShort(values, length)) {
      BackendBuffer<M> longer = RowSums.allocate(backend, type, RowSums.grown(values, length));
      try {
        if (end() > 0) {
          longer.slice(0, end()).copyFrom(values.slice(0, end()));
        }
      } catch (Throwable e) {
        longer.close();
        throw e;
      }
      RowSums.close(values);
      values = longer;
    }
    sums.forget();
    return true;
  }

  @Override
  public void clear() {
    truncate(0);
  }

  @Override
  public void truncate(int count) {
    synchronized (device) {
      requireUsable();
      if (count < 0 || count > plan.count()) {
        throw new IllegalArgumentException(
            count + " of " + plan.count() + " rows: expected that many at most, and at least 0");
      }
      if (count < plan.count()) {
        plan.truncate(count);
        sums.forget();
      }
    }
  }

  @Override
  public int count() {
    synchronized (device) {
      return plan.count();
    }
  }

  @Override
  public int distinct() {
    synchronized (device) {
      return plan.distinct();
    }
  }

  @Override
  public DeviceBuffer sums() {
    synchronized (device) {
      requireUsable();
      if (plan.count() == 0) {
        throw new IllegalStateException("no row has gradients: there is nothing to sum");
      }
      return sums.make(values.range());
    }
  }

  /** Takes the memory that a step needs. */
  void prepare() {
    sums.prepare();
  }

  /** Adds the gradients of a step that is prepared to its rows. */
  void addGradients(Rows<M> rows) {
    sums.addGradients(rows, values.range());
  }

  /** Adds to them where they are in the table, and which gradients are whose. */
  void addPlaces(Rows<M> rows) {
    sums.addPlaces(rows);
  }

  /** Queues what a step that is prepared needs before it. */
  void queue() {
    sums.queue(values.range());
  }

  /** Refuses what is not as long as the table. */
  void requireTable(String role, long length) {
    if (length != rows * width) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "%s has length %d: expected that of the table, %d rows of %d elements",
              role,
              length,
              rows,
              width));
    }
  }

  private void requireUsable() {
    device.liveness.requireOpen();
    if (isClosed) {
      throw new IllegalStateException("the gradients of " + this + " are closed");
    }
  }

  @Override
  public void close() {
    synchronized (device) {
      isClosed = true;
      RowSums.close(values);
      sums.close();
    }
  }

  @Override
  public String toString() {
    return rows + " rows of " + type + "[" + width + "] on " + backend.info().name();
  }
}
