package dev.rootmean.cli.bench;

import dev.rootmean.cli.BadInputException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * The tensors that one step updates.
 *
 * @param name a model's, or empty for a size without a model
 * @param tensors in their order
 */
record TensorLayout(String name, List<Tensor> tensors) {
  /** The models whose tensors are known: torchvision's ResNet-50, and GPT-2 small. */
  static final List<String> MODELS = List.of("resnet50", "gpt2");

  /** One tensor by its name in the model and its dimensions. */
  record Tensor(String name, List<Long> shape) {
    long elements() {
      return shape.stream().reduce(1L, Math::multiplyExact);
    }

    long[] dimensions() {
      return shape.stream().mapToLong(Long::longValue).toArray();
    }
  }

  /** A single tensor. */
  static TensorLayout single(long elements) {
    return new TensorLayout("", List.of(new Tensor("all", List.of(elements))));
  }

  /** A model's, from the resource of its name: on each line a tensor's name and its dimensions. */
  static TensorLayout ofModel(String model) {
    if (!MODELS.contains(model)) {
      throw new BadInputException("--model " + model + ": expected " + String.join(" or ", MODELS));
    }
    List<Tensor> tensors = new ArrayList<>();
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(
                TensorLayout.class.getResourceAsStream(model + ".txt"),
                StandardCharsets.US_ASCII))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        String[] words = line.split(" ", -1);
        tensors.add(new Tensor(words[0], Stream.of(words).skip(1).map(Long::valueOf).toList()));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(model + ".txt of this jar cannot be read", e);
    }
    return new TensorLayout(model, tensors);
  }

  long elements() {
    return tensors.stream().mapToLong(Tensor::elements).sum();
  }
}
