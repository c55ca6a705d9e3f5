import dev.rootmean.kernels.KernelText;
import dev.rootmean.spi.Kernel;
import dev.rootmean.spi.Kernels;
import java.util.Locale;

/** What kernel-text says, for scripts: see there. */
class PrintText {
  public static void main(String[] args) {
    if (args.length == 0) {
      for (Kernel kernel : Kernels.all()) {
        System.out.println(kernel.family() + " " + kernel.name());
      }
      return;
    }
    KernelText.Dialect dialect = KernelText.Dialect.valueOf(args[0].toUpperCase(Locale.ROOT));
    System.out.print(new KernelText(dialect, args[1], 1).text());
  }
}
