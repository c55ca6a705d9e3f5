import dev.rootmean.BackendException;
import dev.rootmean.Backends;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.cli.bench.AlternatingTimer;
import dev.rootmean.cli.bench.AlternatingTimer.Times;
import dev.rootmean.cli.bench.AlternatingTimer.Turn;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;

/** A framework's optimizers beside Rootmean and the C loop, by turns in one process; see peers. */
final class PeerRace {
  static final List<String> VARIANTS = List.of("plain", "momentum", "momentum-centered");

  /** Threads of OpenMP and of frameworks spin for a while after their work. */
  private static final long REST_MILLIS = 20;

  private final String program;
  private final double seconds;
  private final int threads;
  private final List<String> variants;
  private final List<String> sizes;
  private final OptimizerBackend cpu = Backends.open("cpu");

  /** Takes the C program, seconds a row, threads, variants with commas between, and sizes. */
  PeerRace(String... args) {
    program = args[0];
    seconds = Double.parseDouble(args[1]);
    threads = Integer.parseInt(args[2]);
    variants = List.of(args[3].split(","));
    sizes = List.of(args).subList(4, args.length);
  }

  /** Where Rootmean steps. */
  OptimizerBackend cpu() {
    return cpu;
  }

  /**
   * Times the kinds that compute the same as Rootmean, and prints a {@link PeerFigure} for each.
   */
  void run(Peer.Kind... theirs) throws IOException {
    run(null, theirs);
  }

  /**
   * The same, and plain steps also right after an operation of the framework's, as in a training.
   *
   * @param operations makes one on so many elements
   */
  void run(IntFunction<Runnable> operations, Peer.Kind... theirs) throws IOException {
    try (OtherProcess c = new OtherProcess(program);
        OptimizerBackend openCl = operations == null ? null : openCl()) {
      List<Peer.Kind> kinds = new ArrayList<>();
      kinds.add(ours("Rootmean", cpu));
      if (openCl != null) {
        kinds.add(ours("Rootmean on PoCL", openCl));
      }
      kinds.addAll(List.of(theirs));
      for (String variant : variants) {
        List<Peer.Kind> some =
            kinds.stream().filter(kind -> kind.variants().contains(variant)).toList();
        if (Collections.disjoint(some, List.of(theirs))) {
          continue;
        }
        Map<Peer.Kind, Double> differences = new LinkedHashMap<>();
        some.forEach(kind -> differences.put(kind, PeerCheck.difference(cpu, kind, variant)));
        for (String size : sizes) {
          time(c, differences, variant, size, null);
          if (operations != null && threads > 1 && variant.equals(VARIANTS.get(0))) {
            time(c, differences, variant, size, operations);
          }
        }
      }
    }
    cpu.close();
  }

  private static OptimizerBackend openCl() {
    try {
      return Backends.open("opencl:Portable");
    } catch (BackendException e) {
      System.err.println("peers: left out, Rootmean on PoCL: " + e.getMessage());
      return null;
    }
  }

  private static Peer.Kind ours(String name, OptimizerBackend backend) {
    return new Peer.Kind(name, null, VARIANTS, work -> new RootmeanPeer(backend, work));
  }

  private void time(
      OtherProcess c,
      Map<Peer.Kind, Double> differences,
      String variant,
      String size,
      IntFunction<Runnable> operations) {
    int[] lengths =
        size.equals("resnet50") ? ResNet50.lengths() : new int[] {(int) Double.parseDouble(size)};
    int n = Arrays.stream(lengths).sum();
    long start = System.nanoTime();
    Runnable operation = operations == null ? null : operations.apply(n);
    String beside = operation == null ? "alone" : "in a training";
    Map<String, Double> names = new LinkedHashMap<>();
    names.put(PeerFigure.C, Double.NaN);
    differences.forEach((kind, difference) -> names.put(kind.name(), difference));
    Map<String, Turn> turns = new LinkedHashMap<>();
    turns.put(PeerFigure.C, thenRest(c.steps(variant, n)::nanosPerStep));
    List<Peer> peers = new ArrayList<>();
    try {
      for (Peer.Kind kind : differences.keySet()) {
        if (differences.get(kind) > PeerCheck.MOST) {
          continue;
        }
        Peer peer = kind.maker().make(new Peer.Work(kind.rule(variant), lengths));
        peers.add(peer);
        Turn turn = operation == null ? peer.turn() : peer.turnAfter(operation);
        turns.put(kind.name(), thenRest(turn));
      }
      Times<String> times = new AlternatingTimer<>(turns, seconds).measure();
      names.forEach(
          (name, difference) -> {
            PeerFigure.Time time =
                turns.containsKey(name) ? PeerFigure.Time.of(times, name, n) : PeerFigure.Time.NONE;
            System.out.println(
                new PeerFigure(variant, threads, beside, size, name, difference, time));
          });
      System.err.printf(
          "peers: %s, %s elements, threads: %d, %s: %.0f s%n",
          variant, size, threads, beside, (System.nanoTime() - start) * 1e-9);
    } finally {
      peers.forEach(Peer::close);
    }
  }

  private static Turn thenRest(Turn turn) {
    return count -> {
      double nanos = turn.nanosPerCall(count);
      try {
        Thread.sleep(REST_MILLIS);
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
      return nanos;
    };
  }
}
