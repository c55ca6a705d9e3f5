package dev.rootmean.spark;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.condition.DisabledForJreRange;

/** A test that starts Spark, which not every JDK does: it runs on the JDK that builds alone. */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@Tag("any-jdk")
@DisabledForJreRange(
    minVersion = 24,
    disabledReason = "skipped: Spark 3.5 calls Subject.getSubject, which throws from JDK 24 on")
@interface StartsSpark {}
