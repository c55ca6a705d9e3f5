package dev.rootmean.cli.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TensorLayoutTest {
  @ParameterizedTest
  @CsvSource({"resnet50, 161, 25557032", "gpt2, 148, 124439808"})
  void theModelsHaveTheirTensors(String model, int tensors, long elements) {
    TensorLayout layout = TensorLayout.ofModel(model);
    assertEquals(model, layout.name());
    assertEquals(tensors, layout.tensors().size());
    assertEquals(elements, layout.elements());
    assertEquals(
        tensors, layout.tensors().stream().map(TensorLayout.Tensor::name).distinct().count());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "resnet50 | conv1.weight | 64,3,7,7",
        "resnet50 | layer2.0.downsample.0.weight | 512,256,1,1",
        "resnet50 | layer4.2.bn3.bias | 2048",
        "resnet50 | fc.weight | 1000,2048",
        "gpt2 | wte.weight | 50257,768",
        "gpt2 | h.11.attn.c_attn.weight | 768,2304",
        "gpt2 | h.0.mlp.c_proj.bias | 768",
      })
  void theyHaveTheirShapes(String model, String tensor, String shape) {
    List<Long> expected = List.of(shape.split(",", -1)).stream().map(Long::valueOf).toList();
    assertTrue(
        TensorLayout.ofModel(model).tensors().contains(new TensorLayout.Tensor(tensor, expected)));
  }

  @Test
  void aSizeIsOneTensor() {
    TensorLayout layout = TensorLayout.single(3_000_000_000L);
    assertEquals(1, layout.tensors().size());
    assertEquals(3_000_000_000L, layout.elements());
  }
}
