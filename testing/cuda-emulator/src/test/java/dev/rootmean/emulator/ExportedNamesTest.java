package dev.rootmean.emulator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.Set;
import java.util.TreeSet;
import jcuda.JCudaVersion;
import jcuda.driver.JCudaDriver;
import org.junit.jupiter.api.Test;

/** JCuda's library binds lazily: calling a name that the driver lacks ends the JVM. */
class ExportedNamesTest extends EmulatorTest {
  private static final String JCUDA =
      "/lib/libJCudaDriver-" + JCudaVersion.get() + "-linux-x86_64.so";

  /**
   * Names in a library's dynamic symbol table (ELF, 64 bits): what it defines, or what it wants.
   */
  private static Set<String> symbols(byte[] library, boolean defined) {
    ByteBuffer elf = ByteBuffer.wrap(library).order(ByteOrder.LITTLE_ENDIAN);
    int sections = (int) elf.getLong(0x28);
    int sectionSize = elf.getShort(0x3A);
    int table = sections;
    while (elf.getInt(table + 4) != 11) { // SHT_DYNSYM
      table += sectionSize;
    }
    int first = (int) elf.getLong(table + 0x18);
    int end = first + (int) elf.getLong(table + 0x20);
    int strings = (int) elf.getLong(sections + elf.getInt(table + 0x28) * sectionSize + 0x18);
    Set<String> names = new TreeSet<>();
    for (int symbol = first; symbol < end; symbol += 24) {
      if ((elf.getShort(symbol + 6) != 0) == defined) {
        names.add(stringAt(library, strings + elf.getInt(symbol)));
      }
    }
    return names;
  }

  private static String stringAt(byte[] bytes, int start) {
    int end = start;
    while (bytes[end] != 0) {
      end++;
    }
    return new String(bytes, start, end - start, StandardCharsets.US_ASCII);
  }

  @Test
  void everyNameThatJCudaCallsIsThere() throws IOException {
    try (InputStream jcuda = JCudaDriver.class.getResourceAsStream(JCUDA)) {
      Set<String> wanted = symbols(jcuda.readAllBytes(), false);
      wanted.removeIf(name -> !name.matches("cu[A-Z]\\w+"));
      assertTrue(wanted.contains("cuMemcpyHtoD_v2"), "names of the driver: " + wanted);
      wanted.removeAll(symbols(Files.readAllBytes(DriverLibrary.file()), true));
      assertEquals(Set.of(), wanted);
    }
  }
}
