package dev.rootmean.cli;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.lang.conditions.ArchConditions;
import dev.rootmean.GradientDecision;
import dev.rootmean.GradientPolicy;
import dev.rootmean.Optimizer;
import dev.rootmean.RmsProp;
import dev.rootmean.RmsPropState;
import dev.rootmean.spi.DecisionField;
import java.io.Externalizable;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.Serializable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The arrows: backends to kernels to api, and cli to api; each command of the cli to what all
 * share. A package that is not there passes.
 */
class ArchitectureTest {
  private static final String API = "dev.rootmean";
  private static final String SPI = "dev.rootmean.spi";
  private static final String CHECKPOINT = "dev.rootmean.checkpoint";
  private static final String EVENTS = "dev.rootmean.events";
  private static final String KERNELS = "dev.rootmean.kernels..";
  private static final String BINDING = "dev.rootmean.binding..";
  private static final String CPU = "dev.rootmean.cpu..";
  private static final String CUDA = "dev.rootmean.cuda..";
  private static final String OPENCL = "dev.rootmean.opencl..";
  private static final String CLI = "dev.rootmean.cli..";
  private static final String TRAIN = "dev.rootmean.cli.train..";
  private static final String TRAIN_ON_OPENCL = "dev.rootmean.cli.train.opencl..";
  private static final String BENCH = "dev.rootmean.cli.bench..";
  private static final String CONFORMANCE = "dev.rootmean.cli.conformance..";

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
        .resideInAnyPackage(API, SPI, EVENTS, "java..", "org.slf4j..")
        .check(CLASSES);
  }

  @Test
  void checkpointsKnowOnlyTheApi() {
    classes()
        .that()
        .resideInAPackage(CHECKPOINT)
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage(API, CHECKPOINT, EVENTS, "java..", "org.slf4j")
        .check(CLASSES);
  }

  /** A JVM without a flight recorder loads nothing of it. */
  @Test
  void eventsKnowTheFlightRecorderAlone() {
    classes()
        .that()
        .resideInAPackage(EVENTS)
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage(EVENTS, "java..", "jdk.jfr")
        .check(CLASSES);
    noClasses()
        .that()
        .resideOutsideOfPackage(EVENTS)
        .should()
        .dependOnClassesThat()
        .resideInAPackage("jdk.jfr..")
        .check(CLASSES);
  }

  /** Who reads Java objects from a file runs what the file says. */
  @Test
  void nothingIsSerializedByJava() {
    noClasses()
        .should()
        .dependOnClassesThat()
        .belongToAnyOf(
            ObjectInputStream.class,
            ObjectOutputStream.class,
            Serializable.class,
            Externalizable.class)
        .check(CLASSES);
  }

  @Test
  void theKernelsAndTheLoadingOfBindingsKnowOnlyTheApi() {
    for (String own : new String[] {KERNELS, BINDING}) {
      classes()
          .that()
          .resideInAPackage(own)
          .should()
          .onlyDependOnClassesThat()
          .resideInAnyPackage(API, SPI, own, "java..")
          .check(CLASSES);
    }
  }

  @Test
  void backendsNeverKnowEachOtherNorTheCommandLine() {
    assertIndependent(CPU, KERNELS, BINDING, CUDA, OPENCL, CLI);
    assertIndependent(CUDA, CPU, OPENCL, CLI);
    assertIndependent(OPENCL, CPU, CUDA, CLI);
  }

  /** But where it computes on OpenCL devices by itself. */
  @Test
  void theCommandLineKnowsNoBackend() {
    noClasses()
        .that()
        .resideInAPackage(CLI)
        .and()
        .resideOutsideOfPackage(TRAIN_ON_OPENCL)
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(KERNELS, BINDING, CPU, CUDA, OPENCL)
        .check(CLASSES);
    assertIndependent(TRAIN_ON_OPENCL, KERNELS, CPU, CUDA);
  }

  @Test
  void commandsNeverKnowEachOther() {
    assertIndependent(TRAIN, BENCH, CONFORMANCE);
    assertIndependent(BENCH, TRAIN, CONFORMANCE);
    assertIndependent(CONFORMANCE, TRAIN, BENCH);
  }

  @Test
  void whatCommandsShareKnowsNoneOfThem() {
    noClasses()
        .that()
        .resideInAPackage("dev.rootmean.cli")
        .and()
        .doNotHaveSimpleName("Rootmean") // where they are registered
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(TRAIN, BENCH, CONFORMANCE)
        .check(CLASSES);
  }

  @ParameterizedTest
  @CsvSource({
    "org.jocl.., dev.rootmean.opencl.., " + TRAIN_ON_OPENCL,
    "jcuda.., dev.rootmean.cuda.., dev.rootmean.cuda.."
  })
  void fewNameALibrary(String library, String backend, String user) {
    noClasses()
        .that()
        .resideOutsideOfPackages(backend, user)
        .should()
        .dependOnClassesThat()
        .resideInAPackage(library)
        .check(CLASSES);
  }

  /** A binding's own mode, codes or exceptions, is dealt with in one place. */
  @ParameterizedTest
  @CsvSource({
    "jcuda.driver.JCudaDriver, cu, dev.rootmean.cuda.CudaDriver",
    "org.jocl.CL, cl, dev.rootmean.opencl.Jocl"
  })
  void onlyOneClassMakesNativeCalls(String binding, String prefix, String door) {
    DescribedPredicate<JavaAccess<?>> call =
        DescribedPredicate.describe(
            "a native call of " + binding,
            access ->
                access.getTargetOwner().getName().equals(binding)
                    && access.getName().startsWith(prefix));
    noClasses()
        .that()
        .doNotHaveFullyQualifiedName(door)
        .and()
        .doNotHaveFullyQualifiedName("dev.rootmean.cli.train.opencl.DeviceSession") // its own's
        .should()
        .accessTargetWhere(call)
        .check(CLASSES);
    classes()
        .that()
        .haveFullyQualifiedName(door)
        .should(ArchConditions.accessTargetWhere(call)) // the rule sees what it is about
        .check(CLASSES);
  }

  /** A device launches kernels; what a kernel is for, its loops and its text alone say. */
  @Test
  void devicesKnowNoKernelByWhatItIsFor() {
    noClasses()
        .that()
        .resideInAnyPackage(CPU, CUDA, OPENCL, KERNELS)
        .should()
        .dependOnClassesThat()
        .belongToAnyOf(
            RmsProp.class,
            RmsPropState.class,
            GradientPolicy.class,
            GradientDecision.class,
            Optimizer.class)
        .check(CLASSES);
    noClasses()
        .that()
        .resideInAnyPackage(CPU, CUDA, OPENCL)
        .and()
        .areNotAssignableTo("dev.rootmean.cpu.Loops")
        .should()
        .dependOnClassesThat()
        .belongToAnyOf(DecisionField.class)
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
