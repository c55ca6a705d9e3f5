/**
 * What authors of a backend see: {@link dev.rootmean.spi.BackendProvider} to be found by {@link
 * java.util.ServiceLoader}, {@link dev.rootmean.spi.Device} to implement, and {@link
 * dev.rootmean.spi.DeviceBackend} to make a backend of it.
 */
package dev.rootmean.spi;
