package dev.rootmean.spark;

import java.io.IOException;
import java.io.InvalidObjectException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.Serializable;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;

/**
 * A record of the library's on its way to an executor: rules and policies are not serializable by
 * themselves. It is rebuilt by its constructor, which checks each value.
 *
 * @param <R> numbers, choices, and records of such
 */
final class Sent<R extends Record> implements Serializable {
  private static final long serialVersionUID = 1;

  private transient R sent;

  Sent(R sent) {
    this.sent = sent;
  }

  R get() {
    return sent;
  }

  private void writeObject(ObjectOutputStream out) throws IOException {
    out.writeUTF(sent.getClass().getName());
    write(out, sent.getClass(), sent);
  }

  @SuppressWarnings("unchecked") // what was written is an R
  private void readObject(ObjectInputStream in) throws IOException, ClassNotFoundException {
    Class<?> type = Class.forName(in.readUTF(), false, getClass().getClassLoader());
    if (!type.isRecord() || !type.getPackageName().equals("dev.rootmean")) {
      throw new InvalidObjectException(type.getName() + ": expected a record of the library's");
    }
    sent = (R) read(in, type);
  }

  private static void write(ObjectOutputStream out, Class<?> type, Object value)
      throws IOException {
    if (type == double.class) {
      out.writeDouble((Double) value);
    } else if (type == int.class) {
      out.writeInt((Integer) value);
    } else if (type == long.class) {
      out.writeLong((Long) value);
    } else if (type == boolean.class) {
      out.writeBoolean((Boolean) value);
    } else if (type.isEnum()) {
      out.writeUTF(((Enum<?>) value).name());
    } else if (type.isRecord()) {
      for (RecordComponent component : type.getRecordComponents()) {
        try {
          write(out, component.getType(), component.getAccessor().invoke(value));
        } catch (ReflectiveOperationException e) {
          throw new IOException(e);
        }
      }
    } else {
      throw new InvalidObjectException(type + ": expected numbers, choices and records of these");
    }
  }

  @SuppressWarnings({"unchecked", "rawtypes"}) // an enum that is known as a Class alone
  private static Object read(ObjectInputStream in, Class<?> type) throws IOException {
    if (type == double.class) {
      return in.readDouble();
    } else if (type == int.class) {
      return in.readInt();
    } else if (type == long.class) {
      return in.readLong();
    } else if (type == boolean.class) {
      return in.readBoolean();
    } else if (type.isEnum()) {
      return Enum.valueOf((Class) type, in.readUTF());
    }
    RecordComponent[] components = type.getRecordComponents();
    Object[] values = new Object[components.length];
    for (int i = 0; i < values.length; i++) {
      values[i] = read(in, components[i].getType());
    }
    Class<?>[] types =
        Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new);
    try {
      return type.getDeclaredConstructor(types).newInstance(values);
    } catch (ReflectiveOperationException e) {
      throw new IOException(e);
    }
  }
}
