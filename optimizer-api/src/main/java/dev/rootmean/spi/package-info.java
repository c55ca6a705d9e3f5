/**
 * What authors of a backend see: {@link dev.rootmean.spi.BackendProvider} to be found by {@link
 * java.util.ServiceLoader}, {@link dev.rootmean.spi.AbstractBackend} to extend.
 */
package dev.rootmean.spi;
