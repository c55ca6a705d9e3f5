package dev.rootmean.checkpoint;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;

/**
 * Reads JSON (RFC 8259) from a part of a file, strictly, and holds no more of it than the string at
 * hand. Whoever calls says what is to come; anything else is a {@link CheckpointException}.
 */
final class JsonReader {
  /** How deep values may be nested that nobody asks for. */
  private static final int DEEPEST = 64;

  /** Bytes of a name; what is a text to people may be longer. */
  static final int LONGEST_NAME = 1 << 16;

  /** Reads what a name stands for. */
  @FunctionalInterface
  interface Member {
    void read(String name) throws IOException;
  }

  /** Reads an element of an array. */
  @FunctionalInterface
  interface Element {
    void read() throws IOException;
  }

  private final Path file;
  private final FileBytes bytes;

  JsonReader(Path file, FileChannel channel, long start, long end) {
    this.file = file;
    this.bytes = new FileBytes(channel, start, end);
  }

  /** Reads an object of whatever names, each once. */
  void object(Member member) throws IOException {
    Set<String> names = new HashSet<>();
    expect('{');
    if (isNext('}')) {
      return;
    }
    do {
      String name = string(LONGEST_NAME);
      if (!names.add(name)) {
        throw wrong("a second " + CheckpointException.quoted(name), "each name once");
      }
      expect(':');
      member.read(name);
    } while (isComma('}'));
  }

  /** Reads an array. */
  void array(Element element) throws IOException {
    expect('[');
    if (isNext(']')) {
      return;
    }
    do {
      element.read();
    } while (isComma(']'));
  }

  /** Reads a whole number from 0 to 2^63 - 1, without a fraction or an exponent. */
  long natural() throws IOException {
    int c = token();
    long value = 0;
    int digits = 0;
    for (; c >= '0' && c <= '9'; c = bytes.next()) {
      if (digits++ > 0 && value == 0) {
        throw wrong("a number that begins with 0", "none of that form");
      }
      int digit = c - '0';
      if (value > (Long.MAX_VALUE - digit) / 10) {
        throw wrong("a number of 2^63 or more", "a whole number below");
      }
      value = value * 10 + digit;
    }
    if (digits == 0) {
      throw unexpected(c, "a whole number of at least 0");
    }
    bytes.back(c);
    return value;
  }

  /** Reads a string of at most so many bytes. */
  String string(int longest) throws IOException {
    expect('"');
    ByteArrayOutputStream utf8 = new ByteArrayOutputStream();
    for (int c = bytes.next(); c != '"'; c = bytes.next()) {
      if (c == '\\') {
        utf8.writeBytes(Character.toString(escaped()).getBytes(StandardCharsets.UTF_8));
      } else if (c < ' ') { // the end too
        throw unexpected(c, "the rest of a string");
      } else {
        utf8.write(c);
      }
      if (utf8.size() > longest) {
        throw wrong("a string of more than " + longest + " bytes", "a shorter one");
      }
    }
    try {
      return StandardCharsets.UTF_8
          .newDecoder()
          .decode(ByteBuffer.wrap(utf8.toByteArray()))
          .toString();
    } catch (CharacterCodingException e) {
      throw wrong("a string that is not UTF-8", "UTF-8");
    }
  }

  private int escaped() throws IOException {
    int c = bytes.next();
    return switch (c) {
      case '"', '\\', '/' -> c;
      case 'b' -> '\b';
      case 'f' -> '\f';
      case 'n' -> '\n';
      case 'r' -> '\r';
      case 't' -> '\t';
      case 'u' -> escapedPoint();
      default -> throw unexpected(c, "one of \"\\/bfnrtu after a backslash");
    };
  }

  private int escapedPoint() throws IOException {
    char first = utf16();
    if (!Character.isSurrogate(first)) {
      return first;
    }
    if (Character.isHighSurrogate(first) && bytes.next() == '\\' && bytes.next() == 'u') {
      char second = utf16();
      if (Character.isLowSurrogate(second)) {
        return Character.toCodePoint(first, second);
      }
    }
    throw wrong("half of a surrogate pair", "both halves");
  }

  private char utf16() throws IOException {
    int value = 0;
    for (int i = 0; i < 4; i++) {
      int c = bytes.next();
      int digit = c < 0x80 ? Character.digit(c, 16) : -1;
      if (digit < 0) {
        throw unexpected(c, "four hexadecimal digits after \\u");
      }
      value = value << 4 | digit;
    }
    return (char) value;
  }

  /** Reads any value, and forgets it. */
  void skip() throws IOException {
    skip(DEEPEST);
  }

  private void skip(int depth) throws IOException {
    if (depth == 0) {
      throw wrong("values nested deeper than " + DEEPEST, "flatter ones");
    }
    int c = token();
    switch (c) {
      case '{' -> {
        bytes.back(c);
        object(name -> skip(depth - 1));
      }
      case '[' -> {
        bytes.back(c);
        array(() -> skip(depth - 1));
      }
      case '"' -> {
        bytes.back(c);
        string(LONGEST_NAME);
      }
      case 't' -> word("rue");
      case 'f' -> word("alse");
      case 'n' -> word("ull");
      default -> number(c);
    }
  }

  private void word(String rest) throws IOException {
    for (int i = 0; i < rest.length(); i++) {
      int c = bytes.next();
      if (c != rest.charAt(i)) {
        throw unexpected(c, "true, false or null");
      }
    }
  }

  private void number(int first) throws IOException {
    int c = first == '-' ? bytes.next() : first;
    c = c == '0' ? bytes.next() : digits(c);
    if (c == '.') {
      c = digits(bytes.next());
    }
    if (c == 'e' || c == 'E') {
      int sign = bytes.next();
      c = digits(sign == '+' || sign == '-' ? bytes.next() : sign);
    }
    bytes.back(c);
  }

  private int digits(int first) throws IOException {
    if (first < '0' || first > '9') {
      throw unexpected(first, "a value");
    }
    int c = first;
    while (c >= '0' && c <= '9') {
      c = bytes.next();
    }
    return c;
  }

  /** Refuses white space before the object, which JSON allows and safetensors does not. */
  void requireFirst(char first) throws IOException {
    int c = bytes.next();
    if (c != first) {
      throw unexpected(c, "'" + first + "' at once");
    }
    bytes.back(c);
  }

  /** Refuses anything that is left, but for spaces and line ends. */
  void requireEnd() throws IOException {
    int c = token();
    if (c != FileBytes.END) {
      throw unexpected(c, "nothing but spaces after the object");
    }
  }

  void expect(char expected) throws IOException {
    int c = token();
    if (c != expected) {
      throw unexpected(c, "'" + expected + "'");
    }
  }

  private boolean isNext(char closing) throws IOException {
    int c = token();
    if (c != closing) {
      bytes.back(c);
    }
    return c == closing;
  }

  private boolean isComma(char closing) throws IOException {
    int c = token();
    if (c != ',' && c != closing) {
      throw unexpected(c, "',' or '" + closing + "'");
    }
    return c == ',';
  }

  /** The first byte that is no white space. */
  private int token() throws IOException {
    int c = bytes.next();
    while (c == ' ' || c == '\n' || c == '\r' || c == '\t') {
      c = bytes.next();
    }
    return c;
  }

  private CheckpointException unexpected(int c, String expected) {
    String found;
    if (c == FileBytes.END) {
      found = "the end";
    } else if (c > ' ' && c < 0x7F) {
      found = "'" + (char) c + "'";
    } else {
      found = "a byte of value " + c;
    }
    return wrong(found, expected);
  }

  /** What is wrong with what was read last. */
  CheckpointException wrong(String found, String expected) {
    return new CheckpointException(
        file + ": at byte " + bytes.position() + " there is " + found + ": expected " + expected);
  }
}
