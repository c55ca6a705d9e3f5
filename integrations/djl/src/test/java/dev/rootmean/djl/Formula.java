package dev.rootmean.djl;

/** RMSProp with DJL's settings in doubles, one element after another. */
final class Formula {
  float rescale = 1;
  float clip = -1;
  float decay;
  float rho = 0.9f;
  float momentum;
  double epsilon = 1e-8;
  boolean centered;

  private double v;
  private double b;
  private double m;

  /** The parameter after a step. */
  double step(double p, double gradient, float learningRate) {
    double g = rescale * gradient;
    if (clip > 0) {
      g = Math.max(-clip, Math.min(clip, g));
    }
    g += decay * p;
    v = rho * v + (1 - (double) rho) * g * g;
    double x = v;
    if (centered) {
      m = rho * m + (1 - (double) rho) * g;
      x = Math.abs(v - m * m);
    }
    double u = g / Math.sqrt(x + epsilon);
    if (momentum == 0) {
      return p - learningRate * u;
    }
    b = momentum * b + learningRate * u;
    return p - b;
  }
}
