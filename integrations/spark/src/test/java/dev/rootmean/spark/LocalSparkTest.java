package dev.rootmean.spark;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.Test;

/** The tests run on the Spark, and in the folder, that they should. */
@StartsSpark
class LocalSparkTest {
  /** Who runs them on another version says which, as a profile that is missing is no error. */
  @Test
  void isTheVersionThatIsWanted() {
    String wanted = System.getProperty("rootmean.test.spark", "3.5");
    String version = LocalSpark.get().version();
    assertTrue(version.startsWith(wanted + "."), version + " is not the wanted " + wanted);
  }

  /** Processes that tests begin in the same second would work in one folder. */
  @Test
  void eachForkHasItsOwnHome() {
    String home = Path.of(System.getenv("SPARK_HOME")).getFileName().toString();
    assertTrue(home.matches("spark-\\d+"), home);
  }

  /** Not for ever, if an executor never comes. */
  @Test
  void executorsAreAwaitedForSomeTime() throws InterruptedException {
    JavaSparkContext spark = LocalSpark.get();
    Cluster.await(spark, 0, 0);
    AssertionError e = assertThrows(AssertionError.class, () -> Cluster.await(spark, 1, 0));
    assertTrue(e.getMessage().startsWith("after 0 s there are 127.0.0.1:"), e.getMessage());
    assertEquals(1, e.getMessage().lines().count(), e.getMessage());
  }
}
