package dev.rootmean.cli;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaCall;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.lang.conditions.ArchConditions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The arrows: backends to kernels to api, and cli to api; a package that is not there passes. */
class ArchitectureTest {
  private static final String API = "dev.rootmean";
  private static final String SPI = "dev.rootmean.spi";
  private static final String KERNELS = "dev.rootmean.kernels..";
  private static final String CPU = "dev.rootmean.cpu..";
  private static final String CUDA = "dev.rootmean.cuda..";
  private static final String OPENCL = "dev.rootmean.opencl..";
  private static final String CLI = "dev.rootmean.cli..";

  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(new DoNotIncludeTests())
          .withImportOption(location -> !location.contains("-tests.jar"))
          .importPackages(API);

  @Test
  void theApiStandsAlone() {
    classes()
        .that()
        .resideInAnyPackage(API, SPI)
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage(API, SPI, "java..", "org.slf4j")
        .check(CLASSES);
  }

  @Test
  void theKernelsKnowOnlyTheApi() {
    classes()
        .that()
        .resideInAPackage(KERNELS)
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage(API, SPI, KERNELS, "java..")
        .allowEmptyShould(true)
        .check(CLASSES);
  }

  @Test
  void backendsNeverKnowEachOtherNorTheCommandLine() {
    assertIndependent(CPU, KERNELS, CUDA, OPENCL, CLI);
    assertIndependent(CUDA, CPU, OPENCL, CLI);
    assertIndependent(OPENCL, CPU, CUDA, CLI);
  }

  @Test
  void theCommandLineKnowsNoBackend() {
    assertIndependent(CLI, KERNELS, CPU, CUDA, OPENCL);
  }

  @ParameterizedTest
  @CsvSource({"dev.rootmean.opencl.., org.jocl..", "dev.rootmean.cuda.., jcuda.."})
  void onlyOneModuleNamesALibrary(String owner, String library) {
    noClasses()
        .that()
        .resideOutsideOfPackage(owner)
        .should()
        .dependOnClassesThat()
        .resideInAPackage(library)
        .check(CLASSES);
  }

  /** JCuda's own mode, codes or exceptions, is dealt with in one place. */
  @Test
  void onlyOneClassCallsTheCudaDriver() {
    DescribedPredicate<JavaCall<?>> driver =
        DescribedPredicate.describe(
            "a function of the CUDA driver",
            call ->
                call.getTargetOwner().getName().equals("jcuda.driver.JCudaDriver")
                    && call.getName().startsWith("cu"));
    noClasses()
        .that()
        .doNotHaveFullyQualifiedName("dev.rootmean.cuda.CudaDriver")
        .should()
        .callCodeUnitWhere(driver)
        .check(CLASSES);
    classes()
        .that()
        .haveFullyQualifiedName("dev.rootmean.cuda.CudaDriver")
        .should(ArchConditions.callCodeUnitWhere(driver)) // the rule sees what it is about
        .check(CLASSES);
  }

  /** JOCL may be told to throw instead of giving codes: one class takes either. */
  @Test
  void openClIsCalledThroughOneDoor() {
    DescribedPredicate<JavaAccess<?>> call =
        DescribedPredicate.describe(
            "call OpenCL through JOCL",
            access ->
                access.getTargetOwner().getName().equals("org.jocl.CL")
                    && access.getName().startsWith("cl"));
    noClasses()
        .that()
        .resideInAPackage(OPENCL)
        .and()
        .doNotHaveSimpleName("Jocl")
        .should()
        .accessTargetWhere(call)
        .check(CLASSES);
  }

  @Test
  void packagesAreNamedForWhatTheyAre() {
    noClasses().should().resideInAnyPackage("..util..", "..impl..", "..common..").check(CLASSES);
  }

  private static void assertIndependent(String from, String... to) {
    noClasses()
        .that()
        .resideInAPackage(from)
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(to)
        .allowEmptyShould(true)
        .check(CLASSES);
  }
}
