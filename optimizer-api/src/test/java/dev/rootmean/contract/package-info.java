/**
 * What every backend must do, as tests: {@link dev.rootmean.contract.OptimizerBackendContract},
 * which a backend's test extends. Its parts are the interfaces called {@code …Contract}; {@link
 * dev.rootmean.contract.ReferenceStep} says which bits are right, {@link
 * dev.rootmean.contract.NamedRule} and {@link dev.rootmean.contract.NumberKind} what it is tried
 * on.
 *
 * <p>{@code ContractSelfTest} tests the contract: a {@link dev.rootmean.contract.ScalarDevice} must
 * pass, and must not with any {@code Fault} planted in it.
 */
package dev.rootmean.contract;
