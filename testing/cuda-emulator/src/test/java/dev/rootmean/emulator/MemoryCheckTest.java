package dev.rootmean.emulator;

import static dev.rootmean.emulator.CudaEmulator.Option.MEMORY_BYTES;
import static dev.rootmean.emulator.CudaEmulator.Option.UNINITIALISED_CHECK;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Locale;
import jcuda.Pointer;
import jcuda.driver.CUdeviceptr;
import jcuda.driver.CUfunction;
import jcuda.driver.JCudaDriver;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a kernel, or a copy, must not do with memory. */
class MemoryCheckTest extends EmulatorTest {
  private static final float[] DATA = {1, 2, 3, 4, 5, 6, 7};

  @Test
  void theLastElementIsInside() {
    CUdeviceptr target = allocate(28);
    ok(run(load(COPY, "copy"), 1, 32, target, upload(DATA), 7L));
    assertArrayEquals(DATA, floats(target, 7));
  }

  @Test
  void oneElementTooFarIsFound() {
    int result = run(load(COPY, "copy"), 1, 32, allocate(28), upload(DATA), 8L);
    assertFault(700, result, "copy, PTX line", "block (0,0,0), thread (7,0,0)", "reads 4 bytes");
  }

  @Test
  void oneElementTooFarIsFoundWhenWriting() {
    CUdeviceptr source = upload(1, 2, 3, 4, 5, 6, 7, 8);
    int result = run(load(COPY, "copy"), 1, 32, allocate(28), source, 8L);
    assertFault(700, result, "writes 4 bytes", "bytes 28 to 31 of an allocation of 28");
  }

  @Test
  void aVectorThatEndsOutsideIsFound() {
    String text = kernel("vector", "x", "ld.global.v2.f32 {%f1, %f2}, [%rd1+24];\n");
    assertFault(700, run(load(text, "vector"), 1, 1, upload(DATA)), "bytes 24 to 31");
  }

  @Test
  void addressesBeforeAnAllocationAreOutside() {
    CUdeviceptr target = allocate(28).withByteOffset(-4);
    assertFault(700, run(load(COPY, "copy"), 1, 32, target, upload(DATA), 7L), "writes");
  }

  @Test
  void misalignedVectorIsFound() {
    String text = kernel("vector", "x", "ld.global.v4.f32 {%f1, %f2, %f3, %f4}, [%rd1];\n");
    CUdeviceptr data = upload(DATA);
    CUfunction function = load(text, "vector");
    ok(run(function, 1, 1, data));
    assertFault(716, run(function, 1, 1, data.withByteOffset(4)), "16 bytes", "misaligned");
  }

  /** Runs an access to what lies at an offset in 28 bytes. */
  private static int narrow(String access, int offset) {
    String body = "mov.u16 %rs1, 0;\nmov.u16 %rs2, 1;\n" + access + "\n";
    return run(
        load(kernel("narrow", "x", body), "narrow"), 1, 1, upload(DATA).withByteOffset(offset));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "1 | ld.global.u8 %rs1, [%rd1];",
        "1 | ld.global.nc.s8 %r6, [%rd1];",
        "2 | ld.global.v2.u8 {%rs1, %rs2}, [%rd1];",
        "4 | ld.global.nc.v4.u8 {%rs1, %rs2, %rs3, %rs4}, [%rd1];",
        "2 | ld.global.u16 %rs1, [%rd1];",
        "4 | ld.global.v2.b16 {%rs1, %rs2}, [%rd1];",
        "8 | ld.global.nc.v4.u16 {%rs1, %rs2, %rs3, %rs4}, [%rd1];",
        "1 | st.global.u8 [%rd1], %rs1;",
        "2 | st.global.v2.b8 [%rd1], {%rs1, %rs2};",
        "4 | st.global.v4.u8 [%rd1], {%rs1, %rs2, %rs1, %rs2};",
        "2 | st.global.u16 [%rd1], %rs1;",
        "4 | st.global.v2.u16 [%rd1], {%rs1, %rs2};",
        "8 | st.global.v4.b16 [%rd1], {%rs1, %rs2, %rs1, %rs2};",
      })
  void lessThanAWordIsCheckedToTheByte(int bytes, String access) {
    String what = (access.startsWith("ld") ? "reads " : "writes ") + bytes + " bytes";
    int last = 28 / bytes * bytes - bytes;
    ok(narrow(access, 0));
    ok(narrow(access, last));
    assertFault(700, narrow(access, last + bytes), what, "an allocation of 28");
    restart();
    assertFault(700, narrow(access, -bytes), what);
    for (int offset = 1; offset < bytes; offset++) {
      restart();
      assertFault(716, narrow(access, offset), what, "misaligned");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ld.shared.u8 %rs1, [box+{o}];",
        "ld.shared.u16 %rs1, [box+{o}];",
        "ld.shared.v4.u8 {%rs1, %rs2, %rs3, %rs4}, [box+{o}];",
        "st.shared.u8 [box+{o}], %rs1;",
        "st.shared.b16 [box+{o}], %rs1;",
        "st.shared.v2.u16 [box+{o}], {%rs1, %rs1};",
      })
  void lessThanAWordIsCheckedInSharedMemory(String access) {
    String body = ".shared .align 4 .b8 box[8];\n.shared .b32 after;\n" + access + "\n";
    int bytes = access.contains("v") ? 4 : access.contains("16") ? 2 : 1;
    ok(narrow(body.replace("{o}", "" + (8 - bytes)), 0));
    assertFault(700, narrow(body.replace("{o}", "8"), 0), bytes + " bytes", "a variable of 8");
    if (bytes > 1) {
      restart();
      assertFault(716, narrow(body.replace("{o}", "1"), 0), "misaligned");
    }
  }

  @Test
  void everyByteHasToBeWritten() {
    CudaEmulator.set(UNINITIALISED_CHECK, 1);
    String read = "ld.global.u16 %rs1, [%rd1+{o}];\n";
    String body = "mov.u16 %rs1, 1;\nst.global.u8 [%rd1+1], %rs1;\nst.global.u16 [%rd1+2], %rs1;\n";
    String text = kernel("bytes", "x", body + read);
    ok(run(load(text.replace("{o}", "2"), "bytes"), 1, 1, allocate(4)));
    assertFault(
        719,
        run(load(text.replace("{o}", "0"), "bytes"), 1, 1, allocate(4)),
        "nothing has written them");
  }

  @Test
  void useAfterFreeIsFound() {
    CUdeviceptr source = upload(DATA);
    CUdeviceptr target = allocate(28);
    ok(JCudaDriver.cuMemFree(source));
    assertFault(700, run(load(COPY, "copy"), 1, 32, target, source, 7L), "freed");
  }

  @Test
  void doubleFreeIsFound() {
    CUdeviceptr memory = allocate(28);
    assertEquals(1, JCudaDriver.cuMemFree(memory.withByteOffset(4)));
    ok(JCudaDriver.cuMemFree(memory));
    assertEquals(1, JCudaDriver.cuMemFree(memory));
  }

  @Test
  void copiesAndFillsStayInside() {
    CUdeviceptr memory = allocate(28);
    assertEquals(1, JCudaDriver.cuMemcpyHtoD(memory, Pointer.to(new float[8]), 32));
    assertEquals(1, JCudaDriver.cuMemcpyDtoH(Pointer.to(new float[8]), memory, 32));
    assertEquals(1, JCudaDriver.cuMemcpyDtoD(memory, upload(new float[8]), 32));
    assertEquals(1, JCudaDriver.cuMemsetD8(memory, (byte) 0, 29));
    assertEquals(1, JCudaDriver.cuMemsetD32(memory, 0, 8));
    assertEquals(1, JCudaDriver.cuMemsetD32(memory.withByteOffset(2), 0, 1));
    assertEquals(1, JCudaDriver.cuMemsetD32(memory, 0, 1L << 62)); // times four is nothing
    ok(JCudaDriver.cuMemsetD32(memory, Float.floatToIntBits(2.5f), 7));
    assertArrayEquals(new float[] {2.5f, 2.5f, 2.5f, 2.5f, 2.5f, 2.5f, 2.5f}, floats(memory, 7));
  }

  @Test
  void aCopyOntoItselfIsRefused() {
    CUdeviceptr memory = upload(DATA);
    assertEquals(1, JCudaDriver.cuMemcpyDtoD(memory.withByteOffset(12), memory, 16));
    assertEquals(1, JCudaDriver.cuMemcpyDtoDAsync(memory, memory.withByteOffset(12), 16, null));
    ok(JCudaDriver.cuMemcpyDtoD(memory.withByteOffset(16), memory, 12));
    assertArrayEquals(new float[] {1, 2, 3, 4, 1, 2, 3}, floats(memory, 7));
  }

  @Test
  void newMemoryIsAlignedAsPromisedAndNotMore() {
    CUfunction tell = load(kernel("tell", "out", "st.global.u64 [%rd1], %rd1;\n"), "tell");
    for (int bytes : new int[] {8, 300, 512, 1024}) {
      CUdeviceptr memory = allocate(bytes);
      ok(run(tell, 1, 1, memory));
      long address = Double.doubleToRawLongBits(doubles(memory, 1)[0]);
      assertEquals(256, address % 512);
    }
  }

  @Test
  void newMemoryIsNotANumber() {
    assertArrayEquals(new float[] {Float.NaN, Float.NaN}, floats(allocate(8), 2));
    assertArrayEquals(new double[] {Double.NaN}, doubles(allocate(8), 1));
  }

  @Test
  void uninitialisedReadIsFound() {
    CudaEmulator.set(UNINITIALISED_CHECK, 1);
    CUdeviceptr source = allocate(28);
    ok(JCudaDriver.cuMemsetD8(source, (byte) 0, 24));
    CUfunction copy = load(COPY, "copy");
    CUdeviceptr target = allocate(28);
    ok(run(copy, 1, 32, target, source, 6L));
    ok(JCudaDriver.cuMemcpyDtoH(Pointer.to(new float[6]), target, 24));
    assertFault(719, run(copy, 1, 32, target, source, 7L), "nothing has written", "thread (6,0,0)");
  }

  @Test
  void uninitialisedCopyIsFound() {
    CudaEmulator.set(UNINITIALISED_CHECK, 1);
    CUdeviceptr memory = allocate(8);
    assertFault(719, JCudaDriver.cuMemcpyDtoH(Pointer.to(new float[2]), memory, 8), "nothing");
    assertEquals(719, JCudaDriver.cuMemFree(memory));
  }

  /** Reads a word of shared memory: the one at an index that is the third parameter. */
  private static CUfunction sharedReader(String variables, String variable) {
    String body =
        String.format(
            Locale.ROOT,
            """
            %s
            mov.u32 %%r6, %s;
            shl.b32 %%r7, %%r4, 2;
            add.s32 %%r6, %%r6, %%r7;
            ld.shared.f32 %%f1, [%%r6];
            st.global.f32 [%%rd1], %%f1;
            """,
            variables,
            variable);
    return load(kernel("reader", "out x index", body), "reader");
  }

  @Test
  void sharedMemoryStartsPoisoned() {
    CUfunction reader = sharedReader(".shared .align 4 .b8 box[8];", "box");
    CUdeviceptr out = upload(0f);
    ok(run(reader, 1, 1, out, 0L, 1L));
    assertArrayEquals(new float[] {Float.NaN}, floats(out, 1));
    CudaEmulator.set(UNINITIALISED_CHECK, 1);
    assertFault(719, run(reader, 1, 1, out, 0L, 1L), "nothing has written");
  }

  @Test
  void sharedMemoryDoesNotOutliveItsBlock() {
    String body =
        """
        .shared .b32 box;
        setp.ne.s32 %p1, %r2, 0;
        @!%p1 st.shared.u32 [box], %r1;
        @%p1 ld.shared.f32 %f1, [box];
        @%p1 st.global.f32 [%rd1], %f1;
        """;
    CUdeviceptr out = upload(0f);
    ok(run(load(kernel("box", "out", body), "box"), 2, 1, out));
    assertArrayEquals(new float[] {Float.NaN}, floats(out, 1));
  }

  @ParameterizedTest
  @ValueSource(longs = {-1, 2})
  void everySharedVariableHasBounds(long index) {
    String variables = ".shared .b32 before;\n.shared .b32 box[2];\n.shared .b32 after;";
    CUfunction reader = sharedReader(variables, "box");
    assertFault(700, run(reader, 1, 1, upload(0f), 0L, index), "of a variable of 8");
  }

  @Test
  void sharedMemoryIsAlignedAsDeclaredAndNotMore() {
    String body = ".shared .align 8 .b8 box[16];\nld.shared.v4.f32 {%f1, %f2, %f3, %f4}, [box];\n";
    String aligned = body.replace("align 8", "align 16");
    ok(run(load(kernel("vector", "", aligned), "vector"), 1, 1));
    assertFault(716, run(load(kernel("vector", "", body), "vector"), 1, 1), "misaligned");
  }

  @Test
  void dynamicSharedMemoryIsAsLargeAsTheLaunchSays() {
    String text = kernel("k", "", ".shared .b32 box;\nst.shared.u32 [more+4], %r1;\n");
    String extern = ".extern .shared .align 16 .b8 more[];\n";
    CUfunction function = load(text.replace(".visible", extern + ".visible"), "k");
    ok(JCudaDriver.cuLaunchKernel(function, 1, 1, 1, 1, 1, 1, 8, null, null, null));
    ok(JCudaDriver.cuCtxSynchronize());
    assertEquals(
        1, JCudaDriver.cuLaunchKernel(function, 1, 1, 1, 1, 1, 1, 49_149, null, null, null));
    ok(JCudaDriver.cuLaunchKernel(function, 1, 1, 1, 1, 1, 1, 4, null, null, null));
    assertFault(700, JCudaDriver.cuCtxSynchronize(), "bytes 4 to 7 of a variable of 4");
  }

  @Test
  void memoryIsFull() {
    CudaEmulator.set(MEMORY_BYTES, 1000);
    CUdeviceptr first = allocate(600);
    assertEquals(2, JCudaDriver.cuMemAlloc(new CUdeviceptr(), 401));
    long[] free = {0};
    long[] total = {0};
    ok(JCudaDriver.cuMemGetInfo(free, total));
    assertArrayEquals(new long[] {400, 1000}, new long[] {free[0], total[0]});
    ok(JCudaDriver.cuMemFree(first));
    allocate(1000);
  }
}
