/** The one kernel source, and what makes it the language of a device. */
package dev.rootmean.kernels;
