/** The command line {@code rootmean}: trains on any backend, and shows what there is to run on. */
package dev.rootmean.cli;
