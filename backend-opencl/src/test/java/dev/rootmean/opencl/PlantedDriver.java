package dev.rootmean.opencl;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jocl.CL;

/** JOCL with faults planted in it. It also notes which calls there were, and counts handles. */
final class PlantedDriver implements InvocationHandler {
  /** Says which calls fail. */
  interface Fault {
    Fault NONE = (call, arguments) -> CL.CL_SUCCESS;

    /** The call succeeds without being made: its answer is in the arguments. */
    int ANSWERED = Integer.MIN_VALUE;

    /** Returns the code to fail with instead of calling; success to have it made. May throw. */
    int of(String call, Object[] arguments);
  }

  private final OpenClDriver jocl = new Jocl();
  private final List<String> calls = new ArrayList<>();
  private final Map<String, Integer> handles = new TreeMap<>();
  private Fault fault = Fault.NONE;

  OpenClDriver driver() {
    return (OpenClDriver)
        Proxy.newProxyInstance(
            OpenClDriver.class.getClassLoader(), new Class<?>[] {OpenClDriver.class}, this);
  }

  PlantedDriver plant(Fault planted) {
    fault = planted;
    return this;
  }

  /** The calls so far, by name. */
  List<String> calls() {
    return calls;
  }

  long count(String call) {
    return calls.stream().filter(call::equals).count();
  }

  /** How many handles are open, by what they are of; of the kinds that there were any of. */
  Map<String, Integer> handles() {
    return handles;
  }

  @Override
  public Object invoke(Object proxy, Method method, Object[] arguments) throws Throwable {
    String call = method.getName();
    calls.add(call);
    if (call.startsWith("clRelease")) { // one that fails leaves nothing to be released once more
      handles.merge(method.getParameterTypes()[0].getSimpleName(), -1, Integer::sum);
    }
    int code = fault.of(call, arguments);
    boolean isCreator = method.getReturnType() != int.class;
    if (isCreator) {
      OpenClErrors.check(code, call);
    } else if (code != CL.CL_SUCCESS) {
      return code == Fault.ANSWERED ? CL.CL_SUCCESS : code;
    }
    Object result;
    try {
      result = method.invoke(jocl, arguments);
    } catch (InvocationTargetException e) {
      throw e.getCause();
    }
    if (isCreator) {
      handles.merge(method.getReturnType().getSimpleName(), 1, Integer::sum);
    } else if (call.startsWith("clRetain")) {
      handles.merge(method.getParameterTypes()[0].getSimpleName(), 1, Integer::sum);
    }
    return result;
  }
}
