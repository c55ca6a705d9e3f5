package dev.rootmean.checkpoint;

import dev.rootmean.DeviceBuffer;
import dev.rootmean.Optimizer;
import dev.rootmean.Progress;
import dev.rootmean.RmsPropState;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A part of what a training has in a backend's memory. All of them, and its {@link Progress}, are
 * what another optimizer needs to go on with it.
 *
 * @param name what it is called in files: the tensor's name, or that and a point and what PyTorch
 *     calls such an accumulator, or what is said here
 * @param tensor the name of the optimizer's tensor that it belongs to
 * @param shape that tensor's, but of bases how many they are
 * @param buffer a view of it
 */
record Content(String name, String tensor, List<Long> shape, DeviceBuffer buffer) {
  /** How the names of gathered gradients end. */
  static final String GATHERED = ".gathered";

  /** How the names of the bases of an accumulator's blocks end. */
  private static final String BASES = ".base";

  /** How the names of the parameters' lower halves end. */
  private static final String REMAINDER = ".remainder";

  /** The parameters. */
  static List<Content> parameters(Optimizer optimizer) {
    return optimizer.names().stream()
        .map(name -> of(optimizer, "", name, optimizer.parameter(name)))
        .toList();
  }

  /**
   * All else: the accumulators, the parameters' lower halves, and the gradients that are gathered.
   *
   * @param gathered {@link Progress#gatheredTensors}
   */
  static List<Content> state(Optimizer optimizer, Set<String> gathered) {
    List<Content> contents = new ArrayList<>();
    for (String name : optimizer.names()) {
      RmsPropState state = optimizer.state(name);
      List<Content> ofTensor = new ArrayList<>();
      ofTensor.add(of(optimizer, ".square_avg", name, state.squareAverage()));
      state.momentum().ifPresent(b -> ofTensor.add(of(optimizer, ".momentum_buffer", name, b)));
      state.gradientAverage().ifPresent(m -> ofTensor.add(of(optimizer, ".grad_avg", name, m)));
      state.remainder().ifPresent(r -> ofTensor.add(of(optimizer, REMAINDER, name, r)));
      if (gathered.contains(name)) {
        optimizer
            .gatheredGradient(name)
            .ifPresent(sum -> ofTensor.add(of(optimizer, GATHERED, name, sum)));
      }
      for (Content content : ofTensor) {
        contents.add(content);
        content.bases().ifPresent(contents::add);
      }
    }
    return contents;
  }

  private static Content of(Optimizer optimizer, String suffix, String tensor, DeviceBuffer row) {
    return new Content(tensor + suffix, tensor, optimizer.shape(tensor), row);
  }

  private Optional<Content> bases() {
    return buffer
        .bases()
        .map(bases -> new Content(name + BASES, tensor, List.of(bases.length()), bases));
  }
}
