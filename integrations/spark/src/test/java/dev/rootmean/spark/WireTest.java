package dev.rootmean.spark;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import org.apache.spark.SparkConf;
import org.junit.jupiter.api.Test;

/** What listens between the driver and its executors passes on what comes. */
class WireTest {
  private static final int MILLIS = 20_000;

  private static ServerSocket driver(int port) throws IOException {
    ServerSocket driver = new ServerSocket(port, 0, InetAddress.getLoopbackAddress());
    driver.setSoTimeout(MILLIS);
    return driver;
  }

  private static Socket executor(int port) throws IOException {
    Socket executor = new Socket(InetAddress.getByName(Wire.TOLD), port);
    executor.setSoTimeout(MILLIS);
    return executor;
  }

  /** Such as one that comes before the driver listens. */
  @Test
  void aConnectionThatFailsEndsNoOther() throws IOException {
    try (Wire wire = new Wire()) {
      int port = Integer.parseInt(wire.between(new SparkConf(false)).get("spark.driver.port"));
      try (Socket early = executor(port)) {
        assertEquals(-1, early.getInputStream().read());
      }
      try (ServerSocket driver = driver(port);
          Socket executor = executor(port);
          Socket passed = driver.accept()) {
        passed.setSoTimeout(MILLIS);
        executor.getOutputStream().write(7);
        assertEquals(7, passed.getInputStream().read());
      }
    }
  }

  @Test
  void aNumberThatTheDriverCannotHaveIsNotTaken() throws IOException {
    int port;
    try (ServerSocket other = driver(0)) {
      port = other.getLocalPort();
      assertTrue(Wire.listen(port).isEmpty());
    }
    try (ServerSocket free = Wire.listen(port).orElseThrow()) {
      assertEquals(port, free.getLocalPort());
    }
  }
}
