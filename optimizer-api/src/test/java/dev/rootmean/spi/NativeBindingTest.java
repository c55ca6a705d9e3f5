package dev.rootmean.spi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

class NativeBindingTest {
  private int touched;

  @Test
  void itLoadsOnce() {
    NativeBinding binding = new NativeBinding(getClass(), "/none", () -> touched++);
    binding.load();
    binding.load();
    assertEquals(1, touched);
  }

  @Test
  void theFirstFailureIsToldAgain() {
    NativeBinding binding =
        new NativeBinding(
            getClass(),
            "/none",
            () -> {
              touched++;
              throw new UnsatisfiedLinkError("libx.so.1: cannot open shared object file: gone");
            });
    for (int i = 0; i < 2; i++) {
      UnsatisfiedLinkError e = assertThrows(UnsatisfiedLinkError.class, binding::load);
      assertEquals("libx.so.1: cannot open shared object file: gone", e.getMessage());
    }
    assertEquals(1, touched);
  }
}
