package dev.rootmean.spark;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.SparkConf;
import org.apache.spark.network.TransportContext;
import org.apache.spark.network.client.TransportClient;
import org.apache.spark.network.client.TransportClientFactory;
import org.apache.spark.network.server.NoOpRpcHandler;
import org.apache.spark.network.shuffle.protocol.BlockTransferMessage;
import org.apache.spark.network.shuffle.protocol.OpenBlocks;
import org.apache.spark.network.shuffle.protocol.StreamHandle;
import org.apache.spark.network.util.MapConfigProvider;
import org.apache.spark.network.util.TransportConf;

/**
 * What somebody sees who listens between the driver and its executors: the driver is at another
 * address of this machine than the one that it tells them, and whatever comes there is passed on,
 * and written down.
 */
final class Wire implements AutoCloseable {
  private static final String DRIVER = "127.0.0.1";
  static final String TOLD = "127.0.0.2";
  private static final int MILLIS = 20_000;

  /** How many numbers are tried. */
  private static final int TRIES = 100;

  private final ServerSocket messages = listen();
  private final ServerSocket blocks = listen();

  /** What has come, one way of a connection each. */
  private final List<ByteArrayOutputStream> recorded = new ArrayList<>();

  Wire() throws IOException {
    pass(messages);
    pass(blocks);
  }

  private static ServerSocket listen() throws IOException {
    for (int i = 0; i < TRIES; i++) {
      Optional<ServerSocket> found = listen(0);
      if (found.isPresent()) {
        return found.get();
      }
    }
    throw new IOException("none of " + TRIES + " ports is free at " + DRIVER + " and " + TOLD);
  }

  /** Listens at a port, if the driver can have that number at its own address. */
  static Optional<ServerSocket> listen(int port) throws IOException {
    ServerSocket told = new ServerSocket(port, 0, InetAddress.getByName(TOLD));
    try {
      new ServerSocket(told.getLocalPort(), 0, InetAddress.getLoopbackAddress()).close();
      return Optional.of(told);
    } catch (BindException e) {
      told.close();
      return Optional.empty();
    }
  }

  SparkConf between(SparkConf conf) {
    return conf.set("spark.driver.bindAddress", DRIVER)
        .set("spark.driver.host", TOLD)
        .set("spark.driver.port", Integer.toString(messages.getLocalPort()))
        .set("spark.driver.blockManager.port", Integer.toString(blocks.getLocalPort()))
        .set("spark.port.maxRetries", "0");
  }

  private void pass(ServerSocket from) {
    begin(
        () -> {
          while (true) { // until it is closed
            Socket executor = from.accept();
            try {
              Socket driver = new Socket(InetAddress.getLoopbackAddress(), from.getLocalPort());
              pass(executor, driver);
              pass(driver, executor);
            } catch (IOException e) { // the driver is not there: the next one may find it
              executor.close();
            }
          }
        });
  }

  private void pass(Socket from, Socket to) {
    ByteArrayOutputStream record = new ByteArrayOutputStream();
    synchronized (recorded) {
      recorded.add(record);
    }
    begin(
        () -> {
          try (InputStream in = from.getInputStream();
              OutputStream out = to.getOutputStream()) {
            byte[] bytes = new byte[1 << 16];
            for (int count = in.read(bytes); count >= 0; count = in.read(bytes)) {
              record.write(bytes, 0, count);
              out.write(bytes, 0, count);
            }
          }
        });
  }

  private interface Passing {
    void run() throws IOException;
  }

  private static void begin(Passing passing) {
    Thread thread =
        new Thread(
            () -> {
              try {
                passing.run();
              } catch (IOException e) { // one of the two has gone
                return;
              }
            },
            "wire");
    thread.setDaemon(true);
    thread.start();
  }

  /** Whether some numbers were seen, as they are in memory. */
  boolean hasSeen(float[] numbers) {
    ByteBuffer bytes = ByteBuffer.allocate(numbers.length * Float.BYTES);
    bytes.order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().put(numbers);
    String wanted = new String(bytes.array(), StandardCharsets.ISO_8859_1);
    synchronized (recorded) {
      return recorded.stream()
          .anyMatch(record -> record.toString(StandardCharsets.ISO_8859_1).contains(wanted));
    }
  }

  long bytes() {
    synchronized (recorded) {
      return recorded.stream().mapToLong(ByteArrayOutputStream::size).sum();
    }
  }

  /** Whether the driver gives its first block to one who knows no secret. */
  boolean givesToStrangers(String application) throws Exception {
    TransportConf conf = new TransportConf("test", new MapConfigProvider(Map.of()));
    try (TransportContext context = new TransportContext(conf, new NoOpRpcHandler());
        TransportClientFactory clients = context.createClientFactory();
        TransportClient client = clients.createClient(DRIVER, blocks.getLocalPort())) {
      String[] wanted = {"broadcast_0_piece0"};
      ByteBuffer question = new OpenBlocks(application, "driver", wanted).toByteBuffer();
      ByteBuffer answer = client.sendRpcSync(question, MILLIS);
      return BlockTransferMessage.Decoder.fromByteBuffer(answer) instanceof StreamHandle;
    }
  }

  @Override
  public void close() throws IOException {
    messages.close();
    blocks.close();
  }
}
