package dev.rootmean.spark;

import java.util.Iterator;
import java.util.List;
import org.apache.spark.Dependency;
import scala.collection.immutable.Seq;
import scala.jdk.javaapi.CollectionConverters;
import scala.reflect.ClassTag;
import scala.reflect.ClassTag$;

/** What an RDD that is written in Java has to say in Scala's words. */
final class Rdds {
  private Rdds() {}

  static Seq<Dependency<?>> dependencies(List<Dependency<?>> dependencies) {
    return CollectionConverters.asScala(dependencies).toSeq();
  }

  static <T> ClassTag<T> tag(Class<? super T> type) {
    return ClassTag$.MODULE$.apply(type);
  }

  /** The one element of a partition; to have seen its end releases the block that it is in. */
  static <T> T only(Iterator<T> partition) {
    T element = partition.next();
    if (partition.hasNext()) {
      throw new IllegalStateException("a second element: expected one for each shard");
    }
    return element;
  }

  static <T> T only(scala.collection.Iterator<T> partition) {
    return only(CollectionConverters.asJava(partition));
  }

  static <T> scala.collection.Iterator<T> iterator(Iterator<T> elements) {
    return CollectionConverters.asScala(elements);
  }
}
