/**
 * RMSProp on whatever device there is: {@link dev.rootmean.Backends} opens one, {@link
 * dev.rootmean.OptimizerBackend} steps parameters on it, {@link dev.rootmean.RmsProp} says how.
 *
 * <p>On the module path a program requires {@code org.slf4j} beside {@code dev.rootmean}, or is
 * started with {@code --add-modules org.slf4j}: an automatic module cannot name what it requires.
 */
package dev.rootmean;
