package dev.rootmean.cli;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.FilterWriter;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.charset.Charset;
import java.util.HexFormat;
import java.util.Optional;

/**
 * Where a command prints. Names come from other people's files and drivers: a terminal shows their
 * control characters and does not obey them. The first failure, which a {@link PrintWriter} would
 * swallow, is kept.
 */
public final class PlainOutput extends FilterWriter {
  private IOException failure;

  PlainOutput(Writer out) {
    super(out);
  }

  /** Standard output or error, in the encoding of the terminal or of the locale. */
  static PlainOutput to(FileDescriptor stream) {
    String encoding = System.getProperty("stdout.encoding", System.getProperty("native.encoding"));
    return new PlainOutput(
        new OutputStreamWriter(new FileOutputStream(stream), Charset.forName(encoding)));
  }

  PrintWriter printer() {
    return new PrintWriter(this, true);
  }

  /** Why not all could be written. */
  Optional<IOException> failure() {
    return Optional.ofNullable(failure);
  }

  /**
   * A text that stays in its line: line ends are shown like other control characters.
   *
   * @param text of any characters
   * @return the same without control characters
   */
  public static String oneLine(String text) {
    StringBuilder line = new StringBuilder(text.length());
    text.chars().forEach(c -> line.append(Character.isISOControl(c) ? shown(c) : (char) c));
    return line.toString();
  }

  /** As JSON has it, so that an object that holds such a character is still the same object. */
  private static String shown(int control) {
    return "\\u" + HexFormat.of().toHexDigits((char) control);
  }

  @Override
  public void write(int c) throws IOException {
    write(new char[] {(char) c}, 0, 1);
  }

  @Override
  public void write(String text, int offset, int length) throws IOException {
    write(text.toCharArray(), offset, length);
  }

  @Override
  public void write(char[] text, int offset, int length) throws IOException {
    StringBuilder plain = new StringBuilder(length);
    for (int i = offset; i < offset + length; i++) {
      boolean layout = text[i] == '\t' || System.lineSeparator().indexOf(text[i]) >= 0;
      plain.append(Character.isISOControl(text[i]) && !layout ? shown(text[i]) : text[i]);
    }
    try {
      out.append(plain);
    } catch (IOException e) {
      throw kept(e);
    }
  }

  @Override
  public void flush() throws IOException {
    try {
      out.flush();
    } catch (IOException e) {
      throw kept(e);
    }
  }

  private IOException kept(IOException e) {
    failure = failure == null ? e : failure;
    return e;
  }
}
