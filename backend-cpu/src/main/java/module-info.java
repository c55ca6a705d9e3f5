/** RMSProp on the processor that the JVM runs on. */
module dev.rootmean.cpu {
  requires transitive dev.rootmean;

  exports dev.rootmean.cpu;

  uses dev.rootmean.cpu.ForeignSteps;

  provides dev.rootmean.spi.BackendProvider with
      dev.rootmean.cpu.CpuProvider;
}
