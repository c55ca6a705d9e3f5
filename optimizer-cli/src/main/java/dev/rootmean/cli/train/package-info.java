/** {@code rootmean train}: trains a small network on images of digits, on any backend. */
package dev.rootmean.cli.train;
