/**
 * RMSProp on whatever device there is: {@link dev.rootmean.Backends} opens one, {@link
 * dev.rootmean.OptimizerBackend} steps parameters on it, {@link dev.rootmean.RmsProp} says how.
 */
package dev.rootmean;
