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
  private static final String PYTORCH = "dev.rootmean.pytorch..";
  private static final String EXAMPLE = "dev.rootmean.example..";

  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(new DoNotIncludeTests())
          .withImportOption(location -> !location.contains("-tests.jar"))
          .importPackages(API);

  @Test
  void anIntegrationKnowsTheApiAndItsFramework() {
    knowsOnly(DJL, "ai.djl..");
    knowsOnly(PYTORCH, "org.bytedeco..");
  }

  private static void knowsOnly(String integration, String framework) {
    classes()
        .that()
        .resideInAPackage(integration)
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage(API, API + ".checkpoint", integration, framework, "java..")
        .check(CLASSES);
  }

  @Test
  void nobodyElseKnowsAFramework() {
    noClasses()
        .that()
        .resideOutsideOfPackages(DJL, PYTORCH, EXAMPLE)
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(DJL, PYTORCH, "ai.djl..", "org.bytedeco..")
        .check(CLASSES);
  }
}
