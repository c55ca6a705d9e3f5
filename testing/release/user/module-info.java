/** Of somebody who depends on a release. */
module user {
  requires dev.rootmean;
}
