package dev.rootmean.spark;

import dev.rootmean.BackendException;
import dev.rootmean.Backends;
import dev.rootmean.DeviceLostException;
import dev.rootmean.OptimizerBackend;
import java.util.HashMap;
import java.util.Map;
import org.apache.spark.SparkEnv;
import org.apache.spark.TaskContext;
import org.apache.spark.resource.ResourceInformation;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The backends of this process, each opened once, by the first task that wants it, and closed when
 * the process ends.
 */
final class ExecutorBackend {
  private static final Logger LOG = LoggerFactory.getLogger(ExecutorBackend.class);

  /** What has room where a device has none. */
  static final String LAST_RESORT = "cpu";

  /** What an executor ends with whose device is lost; no status of Java's or of Spark's own. */
  private static final int LOST = 20;

  private static final Map<String, OptimizerBackend> OPEN = new HashMap<>();

  private static boolean hooked;

  private ExecutorBackend() {}

  /** The backend that a task is to use. */
  static synchronized OptimizerBackend open(String name) {
    String selector = assigned(name);
    OptimizerBackend known = OPEN.get(selector);
    if (known == null) {
      known = openFirst(selector, name);
      if (!hooked) {
        hooked = true;
        Runtime.getRuntime()
            .addShutdownHook(new Thread(ExecutorBackend::closeAll, "rootmean-close"));
      }
      OPEN.put(selector, known);
    }
    return known;
  }

  /**
   * What is assigned; if the caller has named none, and it is no GPU of CUDA's, the best there is.
   */
  private static OptimizerBackend openFirst(String selector, String name) {
    try {
      return Backends.open(selector);
    } catch (BackendException | IllegalArgumentException e) {
      if (selector.equals(name) || name.equals("cuda")) {
        throw e;
      }
      LOG.warn("{} is assigned, and cannot be opened: {}", selector, e.getMessage());
      return Backends.open(name);
    }
  }

  /** The name with the GPU that Spark has assigned to the task, where one is and none is named. */
  private static String assigned(String name) {
    TaskContext task = TaskContext.get();
    ResourceInformation gpus = task == null ? null : task.resourcesJMap().get("gpu");
    boolean isFree = name.equals("auto") || name.equals("cuda");
    return gpus == null || !isFree ? name : "cuda:" + gpus.addresses()[0];
  }

  static synchronized boolean isOpen(OptimizerBackend backend) {
    return OPEN.containsValue(backend);
  }

  private static synchronized void closeAll() {
    OPEN.values().forEach(OptimizerBackend::close);
    OPEN.clear();
  }

  /**
   * After a device was lost, no task of this process can have it again: an executor ends, so that
   * Spark moves its work. A driver that runs tasks itself is the caller's program and stays; its
   * next try opens the device anew.
   */
  static void afterLoss(DeviceLostException loss) {
    if (SparkEnv.get() != null && !SparkEnv.get().executorId().equals("driver")) {
      LOG.error("the device is lost, so this executor ends: {}", loss.getMessage());
      System.exit(LOST);
    }
    DeviceStore.clear();
    synchronized (ExecutorBackend.class) {
      OPEN.values()
          .removeIf(
              backend -> {
                boolean isLost = backend.info().name().equals(loss.backend());
                if (isLost) {
                  backend.close();
                }
                return isLost;
              });
    }
  }
}
