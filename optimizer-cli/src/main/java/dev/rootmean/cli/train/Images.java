package dev.rootmean.cli.train;

/** Labelled images of one size, a byte for each pixel. */
final class Images {
  static final int CLASSES = 10;

  private final byte[] pixels;
  private final byte[] labels;
  private final int pixelsPerImage;
  private final float scale;

  /**
   * Takes the images.
   *
   * @param pixels image after image
   * @param labels from 0 to 9, one for each image
   * @param brightest the value of a pixel that becomes 1
   */
  Images(byte[] pixels, byte[] labels, int brightest) {
    this.pixels = pixels;
    this.labels = labels;
    this.pixelsPerImage = pixels.length / labels.length;
    this.scale = 1f / brightest;
  }

  int count() {
    return labels.length;
  }

  int pixelsPerImage() {
    return pixelsPerImage;
  }

  int label(int image) {
    return labels[image];
  }

  void copyTo(float[] target, int offset, int image) {
    for (int i = 0; i < pixelsPerImage; i++) {
      target[offset + i] = (pixels[image * pixelsPerImage + i] & 0xff) * scale;
    }
  }
}
