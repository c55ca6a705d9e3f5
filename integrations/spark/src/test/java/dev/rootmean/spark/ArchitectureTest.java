package dev.rootmean.spark;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import java.io.ObjectInputStream;
import org.junit.jupiter.api.Test;

/** The integration knows the api and Spark's public classes. */
class ArchitectureTest {
  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(new DoNotIncludeTests())
          .importPackages("dev.rootmean.spark");

  @Test
  void knowsTheApiAndSpark() {
    classes()
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage(
            "dev.rootmean",
            "dev.rootmean.checkpoint",
            "dev.rootmean.spi", // the sizes of chunks, and the fields of a decision
            "dev.rootmean.spark",
            "org.apache.spark",
            "org.apache.spark.api.java..",
            "org.apache.spark.broadcast",
            "org.apache.spark.rdd",
            "org.apache.spark.resource",
            "org.apache.spark.storage",
            "org.apache.spark.util",
            "org.slf4j",
            "scala..",
            "java..")
        .check(CLASSES);
  }

  /** Or a JDK that Spark does not start on would fail it. */
  @Test
  void aTestThatStartsSparkIsMarked() {
    noClasses()
        .that()
        .haveSimpleNameEndingWith("Test")
        .and()
        .areNotAnnotatedWith(StartsSpark.class)
        .and()
        .doNotBelongToAnyOf(ArchitectureTest.class) // has their names
        .should()
        .dependOnClassesThat()
        .belongToAnyOf(LocalSpark.class, Cluster.class)
        .check(new ClassFileImporter().importPackages("dev.rootmean.spark"));
  }

  /** Spark sends closures; what is in gradients, parameters and files is never made an object. */
  @Test
  void onlyARuleOnItsWayIsReadAsAnObject() {
    noClasses()
        .that()
        .doNotHaveFullyQualifiedName(Sent.class.getName())
        .should()
        .dependOnClassesThat()
        .belongToAnyOf(ObjectInputStream.class)
        .check(CLASSES);
  }
}
