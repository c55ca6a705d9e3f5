package dev.rootmean.example;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import org.junit.jupiter.api.Test;

/** An integration knows the api and its framework, and nobody but the examples knows it. */
class ArchitectureTest {
  private static final String API = "dev.rootmean";
  private static final String DJL = "dev.rootmean.djl..";
  private static final String EXAMPLE = "dev.rootmean.example..";

  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(new DoNotIncludeTests())
          .withImportOption(location -> !location.contains("-tests.jar"))
          .importPackages(API);

  @Test
  void anIntegrationKnowsTheApiAndItsFramework() {
    classes()
        .that()
        .resideInAPackage(DJL)
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage(API, DJL, "ai.djl..", "java..")
        .check(CLASSES);
  }

  @Test
  void nobodyElseKnowsAFramework() {
    noClasses()
        .that()
        .resideOutsideOfPackages(DJL, EXAMPLE)
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(DJL, "ai.djl..")
        .check(CLASSES);
  }
}
