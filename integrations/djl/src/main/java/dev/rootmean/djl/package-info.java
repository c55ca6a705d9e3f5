/**
 * Rootmean as an optimizer of the <a href="https://djl.ai">Deep Java Library</a>: {@link
 * dev.rootmean.djl.RmsPropOptimizer}.
 */
package dev.rootmean.djl;
