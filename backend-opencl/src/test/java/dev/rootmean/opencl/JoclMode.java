package dev.rootmean.opencl;

import dev.rootmean.contract.ChildJvm;
import java.util.List;
import org.jocl.CL;

/** What JOCL does with OpenCL's codes, which anybody in the process may switch. */
enum JoclMode {
  CODES,
  EXCEPTIONS;

  /** Does something in this mode, and has JOCL be as it was afterwards. */
  void during(Runnable work) {
    enter();
    try {
      work.run();
    } finally {
      CODES.enter();
    }
  }

  private void enter() {
    JoclLibrary.load();
    CL.setExceptionsEnabled(this == EXCEPTIONS);
  }

  /** A JVM that runs a main class in this mode. */
  ChildJvm child(Class<?> main) {
    return this == CODES
        ? ChildJvm.of(main) // JOCL's own mode
        : ChildJvm.of(WithExceptions.class).argument(main.getName());
  }

  /** The main class of those with exceptions. */
  static final class WithExceptions {
    private WithExceptions() {}

    /** Takes the main class to run and its arguments. */
    public static void main(String[] arguments) throws Exception {
      EXCEPTIONS.enter();
      List<String> rest = List.of(arguments).subList(1, arguments.length);
      Class.forName(arguments[0])
          .getDeclaredMethod("main", String[].class)
          .invoke(null, (Object) rest.toArray(String[]::new));
    }
  }
}
