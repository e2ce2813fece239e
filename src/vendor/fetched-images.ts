import { randomBytes } from "node:crypto";
import { SahabError } from "../base/errors.ts";
import { asBuffer } from "../dialect/json-scan.ts";

/** The bytes of an image in base64, in the pieces that they came in. */
export interface ImageData {
  mediaType: string;
  base64: readonly Uint8Array[];
}

/** Most bytes of images that are put into one body: as many as a client could have sent itself. Of an image that is named twice they count twice. */
const putBytesMax = 32 * 1024 * 1024;

/**
 * Images that were fetched for one request. A request is encoded with a mark in the place of each, and the bytes are put there
 * afterwards, so that nobody waits until they were written as a part of a JSON text.
 */
export class FetchedImages {
  /** Data URLs with marks for data, by the address that each image came from. */
  readonly dataUrls: ReadonlyMap<string, string>;
  readonly #byMark = new Map<string, ImageData>();
  /** Nobody can guess it, so that no text of a caller has it. */
  readonly #secret = randomBytes(16).toString("hex");

  constructor(images: ReadonlyMap<string, ImageData>) {
    const dataUrls = new Map<string, string>();
    for (const [url, image] of images) {
      const mark = `${this.#secret}${String(this.#byMark.size).padStart(numberDigits, "0")}`;
      this.#byMark.set(mark, image);
      dataUrls.set(url, `data:${image.mediaType};base64,${mark}`);
    }
    this.dataUrls = dataUrls;
  }

  /** The body with each image in the place of its mark. Throws where that makes it too large. */
  putInto(body: Uint8Array): Uint8Array[] {
    const bytes = asBuffer(body);
    const pieces: Uint8Array[] = [];
    let putBytes = 0;
    let start = 0;
    for (;;) {
      const at = bytes.indexOf(this.#secret, start, "latin1");
      if (at === -1) break;
      const end = at + this.#secret.length + numberDigits;
      const image = this.#byMark.get(bytes.toString("latin1", at, end));
      pieces.push(bytes.subarray(start, at));
      for (const piece of image?.base64 ?? []) {
        pieces.push(piece);
        putBytes += piece.length;
      }
      if (putBytes > putBytesMax)
        throw new SahabError(
          "body_too_large",
          `The images at addresses have more than ${putBytesMax} bytes in base64, all together; the model's vendor wants them in the request`,
        );
      start = end;
    }
    pieces.push(bytes.subarray(start));
    return pieces;
  }
}

const numberDigits = 4;
