package dev.rootmean.cli.train;

import java.util.zip.CRC32;

/** Labelled images of one size, a byte for each pixel. */
public final class Images implements Examples {
  /** How many digits there are. */
  public static final int CLASSES = 10;

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

  @Override
  public long checksum() {
    CRC32 checksum = new CRC32();
    checksum.update(pixels);
    checksum.update(labels);
    return checksum.getValue();
  }

  /** {@return how many images} */
  @Override
  public int count() {
    return labels.length;
  }

  /** {@return how many pixels each has} */
  public int pixelsPerImage() {
    return pixelsPerImage;
  }

  /**
   * The digit that an image shows.
   *
   * @param image its index
   * @return from 0 to 9
   */
  @Override
  public int label(int image) {
    return labels[image];
  }

  @Override
  public void copyTo(Batch batch, int place, int image) {
    copyTo(batch.examples(), place * pixelsPerImage, image);
  }

  /**
   * Copies an image's pixels, row by row: 0 is dark and 1 is bright.
   *
   * @param target where to
   * @param offset of the first pixel there
   * @param image its index
   */
  public void copyTo(float[] target, int offset, int image) {
    for (int i = 0; i < pixelsPerImage; i++) {
      target[offset + i] = (pixels[image * pixelsPerImage + i] & 0xff) * scale;
    }
  }
}
