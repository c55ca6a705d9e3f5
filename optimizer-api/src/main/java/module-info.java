/**
 * RMSProp on whatever device there is, with the same bits on each.
 *
 * <pre>{@code
 * try (OptimizerBackend backend = Backends.open();
 *     Optimizer optimizer =
 *         Optimizer.builder(backend, Preset.PYTORCH.rule())
 *             .parameter("layer1.weight", 128, 64)
 *             .parameter("layer1.bias", 128)
 *             .build()) {
 *   optimizer.parameter("layer1.weight").write(initialWeights);
 *   optimizer.gradient("layer1.weight").write(weightGradients); // and the bias's, in each step
 *   optimizer.step();
 *   optimizer.parameter("layer1.weight").read(weights);
 * }
 * }</pre>
 *
 * <h2>Where to begin</h2>
 *
 * <ol>
 *   <li>{@link dev.rootmean.Backends} opens the best device that there is, or the one that you
 *       name.
 *   <li>{@link dev.rootmean.Optimizer} steps named tensors on it, by {@link dev.rootmean.RmsProp},
 *       which has the formula; {@link dev.rootmean.Preset} has other frameworks' defaults, {@link
 *       dev.rootmean.LearningRateSchedule} and {@link dev.rootmean.GradientPolicy} what changes
 *       from step to step.
 *   <li>{@link dev.rootmean.checkpoint.Checkpoints} saves a training and resumes it.
 *   <li>{@link dev.rootmean.OptimizerBackend} is what lies under the optimizer, for those who bring
 *       their own layout.
 * </ol>
 *
 * <h2>The step</h2>
 *
 * <p>For each parameter θ with its gradient g, at learning rate α, decay ρ and a small ε:
 *
 * <blockquote>
 *
 * E[g²] ← ρ · E[g²] + (1 − ρ) · g²<br>
 * θ ← θ − α · g ⁄ √(E[g²] + ε)
 *
 * </blockquote>
 *
 * <p>Momentum, centering, weight decay and where ε stands are fields of {@link
 * dev.rootmean.RmsProp}.
 *
 * <h2>What holds everywhere</h2>
 *
 * <ul>
 *   <li>Lengths and offsets count elements, unless a name says bytes. Shapes are row-major.
 *   <li>Any thread may use a backend. An optimizer is for one thread at a time.
 *   <li>A step returns when it is queued; what reads the device waits for it.
 *   <li>Bad arguments throw {@link java.lang.IllegalArgumentException} before anything is changed,
 *       what is closed {@link java.lang.IllegalStateException}, devices {@link
 *       dev.rootmean.BackendException}.
 *   <li>What is opened is yours to close.
 * </ul>
 */
module dev.rootmean {
  requires static jdk.jfr; // events are told where a JVM has it
  requires org.slf4j;

  exports dev.rootmean;
  exports dev.rootmean.checkpoint;
  exports dev.rootmean.spi;

  uses dev.rootmean.spi.BackendProvider;
}
