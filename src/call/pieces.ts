/** What is counted of a request by the piece, for answers whose vendor does not count: images, characters, seconds of sound. */
export interface Pieces {
  counts: Readonly<Record<string, number>>;
  /** It is the vendor's own way to count, and no estimate. */
  isExact: boolean;
}
