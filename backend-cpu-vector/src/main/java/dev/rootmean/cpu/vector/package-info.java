/** RMSProp on the CPU by Java's Vector API, straight over memory that another library owns. */
package dev.rootmean.cpu.vector;
