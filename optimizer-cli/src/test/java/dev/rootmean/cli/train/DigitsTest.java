package dev.rootmean.cli.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class DigitsTest {
  @Test
  void everyFifthImageIsATestImage() {
    Digits digits = Digits.uci();
    assertEquals(1438, digits.train().count());
    assertEquals(359, digits.test().count());
    assertEquals(64, digits.train().pixelsPerImage());
    assertEquals(64, digits.test().pixelsPerImage());
    // The file begins with the labels 0 1 2 3 4 5 6 7 8 9, so the fifth image is a 4.
    assertEquals(3, digits.train().label(3));
    assertEquals(5, digits.train().label(4));
    assertEquals(4, digits.test().label(0));
    assertEquals(9, digits.test().label(1));
  }

  @Test
  void pixelsAreFrom0To1() {
    Images images = Digits.uci().train();
    float[] pixels = new float[images.count() * images.pixelsPerImage()];
    for (int image = 0; image < images.count(); image++) {
      images.copyTo(pixels, image * images.pixelsPerImage(), image);
    }
    float max = 0;
    for (float pixel : pixels) {
      assertTrue(pixel >= 0 && pixel <= 1);
      max = Math.max(max, pixel);
    }
    assertEquals(1, max);
    float[] firstRow = new float[8];
    System.arraycopy(pixels, 0, firstRow, 0, 8);
    assertArrayEquals(new float[] {0, 0, 5 / 16f, 13 / 16f, 9 / 16f, 1 / 16f, 0, 0}, firstRow);
  }
}
