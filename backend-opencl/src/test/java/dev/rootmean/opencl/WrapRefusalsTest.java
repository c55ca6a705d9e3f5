package dev.rootmean.opencl;

import static dev.rootmean.DataType.FLOAT32;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.rootmean.DeviceBuffer;
import dev.rootmean.ForeignMemory;
import dev.rootmean.OptimizerBackend;
import java.nio.Buffer;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Locale;
import org.jocl.CL;
import org.jocl.Pointer;
import org.jocl.cl_buffer_region;
import org.jocl.cl_image_desc;
import org.jocl.cl_image_format;
import org.jocl.cl_mem;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Memory that steps cannot read and write is refused with what it is, and left as it is. */
class WrapRefusalsTest {
  private static final int BYTES = 400;

  private Framework framework;
  private OptimizerBackend backend;

  @BeforeEach
  void open() {
    Pocl.demand();
    framework = new Framework();
    backend = framework.open();
  }

  @AfterEach
  void close() {
    backend.close();
    framework.close();
  }

  private static ForeignMemory all(Object memory) {
    return ForeignMemory.openCl(memory, 0, FLOAT32, BYTES / Float.BYTES, "owner");
  }

  private void assertRefused(ForeignMemory memory, String reason) {
    List<Integer> before = framework.memoryReferences();
    assertEquals(
        memory + ": " + reason,
        assertThrows(IllegalArgumentException.class, () -> backend.wrap(memory).close())
            .getMessage());
    assertEquals(before, framework.memoryReferences());
  }

  @Test
  void whatIsNoMemoryObject() {
    assertRefused(all("memory"), "its handle is memory: expected an org.jocl.cl_mem");
    cl_mem none = new cl_mem();
    assertRefused(all(none), "its handle is " + none + ": expected that of a memory object");
    for (ForeignMemory elsewhere :
        List.of(
            ForeignMemory.host(64, FLOAT32, 3, this),
            ForeignMemory.cuda(0, 64, FLOAT32, 3, this))) {
      assertRefused(elsewhere, "its handle is null: expected an org.jocl.cl_mem");
    }
  }

  @Test
  void whatIsTooSmall() {
    cl_mem memory = framework.memory(CL.CL_MEM_READ_WRITE, BYTES);
    backend.wrap(ForeignMemory.openCl(memory, 10, FLOAT32, 90, this)).close(); // just fits
    assertRefused(
        ForeignMemory.openCl(memory, 10, FLOAT32, 91, this),
        "it has 400 bytes: expected at least 404");
    assertRefused(
        ForeignMemory.openCl(memory, 1L << 60, FLOAT32, 1, this),
        "it has 400 bytes: expected at least 4611686018427387908");
  }

  /** Which row a buffer will be is not known yet, and only gradients are never written. */
  @Test
  void whatKernelsMayNotReadOrWrite() {
    assertRefused(
        all(framework.memory(CL.CL_MEM_READ_ONLY, BYTES)),
        "its flags are 0x4: expected CL_MEM_READ_WRITE");
    assertRefused(
        all(framework.memory(CL.CL_MEM_WRITE_ONLY, BYTES)),
        "its flags are 0x2: expected CL_MEM_READ_WRITE");
  }

  @Test
  void whatIsOfAnotherContext() {
    try (Framework other = new Framework()) {
      assertRefused(
          all(other.memory(CL.CL_MEM_READ_WRITE, BYTES)),
          String.format(
              Locale.ROOT,
              "it is of context 0x%x: expected the backend's, 0x%x, which OpenCl.open can be given",
              other.context.getNativePointer(),
              framework.context.getNativePointer()));
    }
  }

  @Test
  void anythingWhereTheContextIsTheBackendsOwn() {
    ForeignMemory memory = all(framework.memory(CL.CL_MEM_READ_WRITE, BYTES));
    try (OptimizerBackend own = new OpenClProvider().open(Pocl.DEVICE)) {
      assertThrows(IllegalArgumentException.class, () -> own.wrap(memory).close());
    }
    backend.wrap(memory).close();
  }

  @Test
  void aSubBuffer() {
    cl_mem whole = framework.memory(CL.CL_MEM_READ_WRITE, 8192);
    cl_buffer_region region = new cl_buffer_region(4096, BYTES);
    cl_mem part =
        framework.keep(
            CL.clCreateSubBuffer(
                whole, CL.CL_MEM_READ_WRITE, CL.CL_BUFFER_CREATE_TYPE_REGION, region, null));
    assertRefused(
        ForeignMemory.openCl(part, 2, FLOAT32, 9, this),
        "it is a sub-buffer: expected the buffer that it is a part of, from byte 4104 on");
    backend.wrap(ForeignMemory.openCl(whole, 1026, FLOAT32, 9, this)).close();
  }

  @Test
  void anImage() {
    cl_image_format format = new cl_image_format();
    format.image_channel_order = CL.CL_RGBA;
    format.image_channel_data_type = CL.CL_FLOAT;
    cl_image_desc description = new cl_image_desc();
    description.image_type = CL.CL_MEM_OBJECT_IMAGE2D;
    description.image_width = 16;
    description.image_height = 16;
    cl_mem image =
        framework.keep(
            CL.clCreateImage(
                framework.context, CL.CL_MEM_READ_WRITE, format, description, null, null));
    assertRefused(all(image), "it is of type 0x10f1: expected a buffer, 0x10f0");
  }

  /** Vectors are found by elements alone, so a memory object is to begin on one. */
  @Test
  void hostMemoryThatDoesNotBeginOnAVector() {
    ByteBuffer host = ByteBuffer.allocateDirect(BYTES + 64).alignedSlice(16);
    wrapped(host).close();
    Buffer odd = host.position(4).slice();
    IllegalArgumentException refused =
        assertThrows(IllegalArgumentException.class, () -> wrapped((ByteBuffer) odd).close());
    assertEquals(
        "4: expected a multiple of 16",
        refused.getMessage().substring(refused.getMessage().indexOf(": expected a") - 1));
  }

  private DeviceBuffer wrapped(ByteBuffer host) {
    long flags = CL.CL_MEM_READ_WRITE | CL.CL_MEM_USE_HOST_PTR;
    cl_mem memory =
        framework.keep(
            CL.clCreateBuffer(framework.context, flags, BYTES, Pointer.toBuffer(host), null));
    return backend.wrap(ForeignMemory.openCl(memory, 0, FLOAT32, BYTES / Float.BYTES, host));
  }
}
