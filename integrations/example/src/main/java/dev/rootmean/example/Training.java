package dev.rootmean.example;

import dev.rootmean.cli.train.Digits;
import dev.rootmean.cli.train.Images;
import dev.rootmean.cli.train.ParametersSha256;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;

/**
 * What training a network on the digits came to.
 *
 * @param loss the mean over the last epoch, each batch's before its step
 * @param accuracy on the test images, from 0 to 1
 * @param optimizerShare of the last epoch's time, from 0 to 1
 * @param sha256 of the parameters
 */
record Training(
    long parameters, double loss, double accuracy, double optimizerShare, String sha256) {
  private static final int BATCH = 32;

  /**
   * Trains a network.
   *
   * @param seed decides the order of the images
   * @param progress is told how many epochs are done
   */
  static Training run(Network network, int epochs, long seed, IntConsumer progress) {
    Digits digits = Digits.uci();
    Random random = new Random(seed);
    List<Integer> order = new ArrayList<>();
    IntStream.range(0, digits.train().count()).forEach(order::add);
    double loss = 0;
    double share = 0;
    for (int epoch = 1; epoch <= epochs; epoch++) {
      Collections.shuffle(order, random);
      loss = 0;
      long stepping = 0;
      long start = System.nanoTime();
      for (int first = 0; first < order.size(); first += BATCH) {
        List<Integer> part = order.subList(first, Math.min(first + BATCH, order.size()));
        int[] batch = part.stream().mapToInt(Integer::intValue).toArray();
        double batchLoss =
            network.computeGradients(pixels(digits.train(), batch), labels(digits.train(), batch));
        loss += batchLoss * batch.length / order.size();
        long computed = System.nanoTime();
        network.step();
        stepping += System.nanoTime() - computed;
      }
      share = (double) stepping / (System.nanoTime() - start);
      progress.accept(epoch);
    }
    return new Training(
        network.parameters().stream().mapToLong(tensor -> tensor.length).sum(),
        loss,
        accuracy(network, digits.test()),
        share,
        ParametersSha256.of(network.parameters()));
  }

  private static double accuracy(Network network, Images images) {
    int[] all = IntStream.range(0, images.count()).toArray();
    int[] seen = network.classify(pixels(images, all));
    int[] shown = labels(images, all);
    return IntStream.of(all).filter(i -> seen[i] == shown[i]).count() / (double) all.length;
  }

  private static float[] pixels(Images images, int[] chosen) {
    float[] pixels = new float[chosen.length * images.pixelsPerImage()];
    for (int i = 0; i < chosen.length; i++) {
      images.copyTo(pixels, i * images.pixelsPerImage(), chosen[i]);
    }
    return pixels;
  }

  private static int[] labels(Images images, int[] chosen) {
    return IntStream.of(chosen).map(images::label).toArray();
  }
}
