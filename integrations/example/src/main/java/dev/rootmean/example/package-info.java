/** The same small network in several frameworks, each stepped by Rootmean and by itself. */
package dev.rootmean.example;
