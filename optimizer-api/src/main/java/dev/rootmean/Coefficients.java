package dev.rootmean;

/**
 * The numbers that a step multiplies by: a rule with every framework's habit resolved. See {@link
 * RmsProp} for where each of them stands in the formula, and {@link RmsProp#coefficients()} for how
 * they are made. They are computed in double; a backend rounds each once to its compute type.
 *
 * @param scale factor of the gradient: -1 to maximize, otherwise 1
 * @param l2 weight decay that is added to the gradient
 * @param decay of the accumulators
 * @param oneMinusDecay weight of the new gradient in the accumulators
 * @param epsilonInside added under the root
 * @param epsilonOutside added to the root
 * @param shrink weight decay that is taken from the parameters
 * @param outer factor of the whole update
 * @param inner factor of the normalised gradient within the momentum
 * @param momentum decay of the momentum
 * @param ahead factor of the momentum in the update: 1, or the momentum's decay for Nesterov
 * @param along factor of the normalised gradient beside the momentum: 0 unless Nesterov
 */
public record Coefficients(
    double scale,
    double l2,
    double decay,
    double oneMinusDecay,
    double epsilonInside,
    double epsilonOutside,
    double shrink,
    double outer,
    double inner,
    double momentum,
    double ahead,
    double along) {}
