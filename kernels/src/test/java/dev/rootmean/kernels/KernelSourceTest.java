package dev.rootmean.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rootmean.DataType;
import dev.rootmean.kernels.KernelSource.Dialect;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class KernelSourceTest {
  private static String text(Variant variant, int width) {
    return new KernelSource(Dialect.OPENCL, variant, DataType.FLOAT32, width).text();
  }

  @ParameterizedTest
  @EnumSource
  void theTextSaysWhichVariantItIs(Variant variant) {
    assertEquals(variant, Variant.of(variant.momentum(), variant.centered()));
    String text = text(variant, 4);
    assertTrue(text.contains("#define MOMENTUM " + (variant.momentum() ? 1 : 0) + "\n"));
    assertTrue(text.contains("#define CENTERED " + (variant.centered() ? 1 : 0) + "\n"));
    assertTrue(text.contains("#define WIDTH 4\n"));
  }

  @Test
  void variantsDifferInTheirDefinesAlone() {
    String plain = text(Variant.PLAIN, 1);
    String both = text(Variant.MOMENTUM_CENTERED, 4);
    assertEquals(plain.lines().skip(6).toList(), both.lines().skip(6).toList());
  }

  /** A word of a language in the body would make it that language's own. */
  @Test
  void theBodyIsNeutral() {
    String body = text(Variant.PLAIN, 4).replaceFirst("(?s).*?One step of RMSProp", "");
    for (String word :
        List.of(
            "__kernel", "__global", "__global__", "get_global_id", "threadIdx", "float", "fma")) {
      assertFalse(Pattern.compile("\\b" + word + "\\b").matcher(body).find(), word);
    }
    assertFalse(Pattern.compile("\\b(for|while|do)\\b.*[({]").matcher(body).find(), "a loop");
  }
}
