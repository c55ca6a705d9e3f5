/**
 * RMSProp on the CPU: pages of {@code float[]} on the Java heap, loops that C2 vectorises, and a
 * few threads that share the pages.
 */
package dev.rootmean.cpu;
