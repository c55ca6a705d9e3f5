/**
 * What the contract is made of: nothing that an author of a backend has to name.
 *
 * <p>The tests are the interfaces called {@code …Contract}, one for each subject; {@link
 * dev.rootmean.contract.OptimizerBackendContract} has them all. Most of them make a {@link
 * dev.rootmean.contract.machinery.Trial}: one tensor, which a backend and the reference step alike.
 *
 * <p>{@code ContractSelfTest} tests the contract: a {@link dev.rootmean.contract.ScalarDevice} must
 * pass, and must not with any {@code Fault} planted in it.
 */
package dev.rootmean.contract.machinery;
