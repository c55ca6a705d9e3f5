/**
 * The command line {@code rootmean}: the command itself, {@code devices}, and what its other
 * commands share. Each of these has a package of its own, which knows this one and no other.
 */
package dev.rootmean.cli;
