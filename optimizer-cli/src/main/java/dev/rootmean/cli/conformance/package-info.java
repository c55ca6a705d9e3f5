/** {@code rootmean conformance}: compares steps with other frameworks' published numbers. */
package dev.rootmean.cli.conformance;
