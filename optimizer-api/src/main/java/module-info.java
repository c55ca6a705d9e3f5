/** RMSProp on whatever device there is: what users see, and what authors of backends see. */
module dev.rootmean {
  requires static jdk.jfr; // events are told where a JVM has it
  requires org.slf4j;

  exports dev.rootmean;
  exports dev.rootmean.checkpoint;
  exports dev.rootmean.spi;

  uses dev.rootmean.spi.BackendProvider;
}
