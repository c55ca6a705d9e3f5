/** Loads the native libraries of JOCL and JCuda, once and safely. */
package dev.rootmean.binding;
