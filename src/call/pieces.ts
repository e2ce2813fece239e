/** What is counted of a request by the piece, for answers whose vendor does not count: images, characters, seconds of sound. */
export interface Pieces {
  counts: Readonly<Record<string, number>>;
  /** Names under which the images may have a fee of their own, the first that has one counts: `image_hd_1024x1792`, `image_hd`, … */
  kinds?: readonly string[] | undefined;
  /** It is the vendor's own way to count, and no estimate. */
  isExact: boolean;
}
