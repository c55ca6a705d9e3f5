/** The texts of the kernels, and what makes them the language of a device. */
package dev.rootmean.kernels;
