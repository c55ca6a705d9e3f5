/** Sharded, synchronous RMSProp on Apache Spark, with exact recovery. */
package dev.rootmean.spark;
