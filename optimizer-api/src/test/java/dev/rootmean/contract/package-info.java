/**
 * What an author of a backend needs to test it.
 *
 * <p>A backend's test extends {@link dev.rootmean.contract.OptimizerBackendContract}; one whose
 * binding brings native libraries extends {@link dev.rootmean.contract.NativeLoadingContract} too.
 * The tests that these inherit are in {@link dev.rootmean.contract.machinery}.
 *
 * <p>For further tests of a backend: {@link dev.rootmean.contract.ReferenceStep} says which bits
 * are right, {@link dev.rootmean.contract.CheckedSteps} compares a device with it, {@link
 * dev.rootmean.contract.NamedRule} and {@link dev.rootmean.contract.NumberKind} are what to try.
 * {@link dev.rootmean.contract.ScalarDevice} is the simplest device, {@link
 * dev.rootmean.contract.Wrapped} goes around any device to make it fail, count or wait, and {@link
 * dev.rootmean.contract.ChildJvm} runs what must not happen in the JVM of the tests.
 */
package dev.rootmean.contract;
