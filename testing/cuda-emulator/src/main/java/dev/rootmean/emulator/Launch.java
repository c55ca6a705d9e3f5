package dev.rootmean.emulator;

/**
 * What one launch did, of those that ended well. Bytes, sectors and accesses are those of global
 * memory.
 *
 * @param kernel its name
 * @param blocks number of blocks
 * @param threadsPerBlock number of threads in each
 * @param threadInstructions instructions, each counted once for every thread that executes it
 * @param bytesLoaded bytes that threads have loaded
 * @param bytesStored bytes that threads have stored
 * @param sectorsLoaded distinct sectors of 32 bytes of each warp's load, summed over the loads
 * @param sectorsStored the same of stores
 * @param accesses1 loads and stores of 1 byte by a thread
 * @param accesses2 of 2 bytes
 * @param accesses4 of 4 bytes
 * @param accesses8 of 8 bytes
 * @param accesses16 of 16 bytes
 */
public record Launch(
    String kernel,
    long blocks,
    long threadsPerBlock,
    long threadInstructions,
    long bytesLoaded,
    long bytesStored,
    long sectorsLoaded,
    long sectorsStored,
    long accesses1,
    long accesses2,
    long accesses4,
    long accesses8,
    long accesses16) {
  /** Reads a row of the library's table. */
  static Launch of(String row) {
    String[] cells = row.split("\t", -1);
    long[] numbers = new long[cells.length];
    for (int i = 1; i < cells.length; i++) {
      numbers[i] = Long.parseLong(cells[i]);
    }
    return new Launch(
        cells[0],
        numbers[1],
        numbers[2],
        numbers[3],
        numbers[4],
        numbers[5],
        numbers[6],
        numbers[7],
        numbers[8],
        numbers[9],
        numbers[10],
        numbers[11],
        numbers[12]);
  }
}
