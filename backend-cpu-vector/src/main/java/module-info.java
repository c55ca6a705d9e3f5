/** Steps of the CPU backend over memory outside the Java heap, in the processor's vectors. */
module dev.rootmean.cpu.vector {
  requires transitive dev.rootmean.cpu;
  requires static jdk.incubator.vector; // an application starts without it, and copies

  exports dev.rootmean.cpu.vector;

  provides dev.rootmean.cpu.ForeignSteps with
      dev.rootmean.cpu.vector.VectorSteps;
}
