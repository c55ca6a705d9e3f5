package dev.rootmean.cli.train;

/**
 * What a network learns, and the shape that it has for this.
 *
 * @param train to train on
 * @param test others, to test with
 * @param embedding {@link Embedding#NONE} where the examples are numbers
 * @param inputs numbers for each example
 * @param classes that examples belong to
 */
record DataSet(Examples train, Examples test, Embedding embedding, int inputs, int classes) {
  /** Of images: a number for each pixel. */
  static DataSet of(Digits digits) {
    Images train = digits.train();
    return new DataSet(
        train, digits.test(), Embedding.NONE, train.pixelsPerImage(), Images.CLASSES);
  }

  /** The same, with all rows of the table in each step. */
  DataSet withDenseTable() {
    return new DataSet(train, test, embedding.dense(), inputs, classes);
  }

  /** Of a text: the characters before one, and that. */
  static DataSet of(CharacterText text) {
    Embedding embedding = NGrams.EMBEDDING;
    return new DataSet(
        text.train(),
        text.test(),
        embedding,
        embedding.lookups() * embedding.width(),
        text.characters());
  }
}
