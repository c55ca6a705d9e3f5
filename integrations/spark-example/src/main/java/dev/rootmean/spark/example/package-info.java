/** The command {@code integrations/spark/example}: digits, trained on Spark. */
package dev.rootmean.spark.example;
