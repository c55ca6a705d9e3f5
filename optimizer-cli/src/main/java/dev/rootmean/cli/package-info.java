/**
 * The command line {@code rootmean}: trains on any backend, shows what there is to run on, and
 * compares it with the numbers of other frameworks.
 */
package dev.rootmean.cli;
