import { limits } from "../../base/limits.ts";
import { formHeadBytesMax, invalidForm, readBoundary, readPartHead } from "../../dialect/form-head.ts";

/** Of all parts that are no file. */
const fieldsBytesMax = 64 * 1024;
const lineEnd = Buffer.from("\r\n");
const blankLine = Buffer.from("\r\n\r\n");
/** White space after the end. */
const tailBytesMax = 16;

export interface FormTaker {
  field(name: string, text: string): void;
  /** A file begins. What it throws ends the reading. */
  file(name: string, fileName: string): void;
  /** The next bytes of the file that began last; only of the moment, and to be waited for. */
  data(bytes: Buffer): Promise<void> | undefined;
}

/**
 * Reads a form (RFC 7578) as it comes, and holds of it what a search needs at its edges.
 *
 *   start ─boundary─▶ head ─blank line─▶ body ─boundary─▶ head …  ─last boundary─▶ tail
 */
export class FormReader {
  readonly #taker: FormTaker;
  readonly #boundary: Buffer;
  #state: "start" | "head" | "body" | "tail" = "start";
  #rest: Buffer = Buffer.alloc(0);
  #field: { name: string; pieces: Buffer[] } | undefined;
  #fieldsBytes = 0;
  #parts = 0;
  /** Nothing of the part's content has been taken. */
  #isAtStart = false;
  /** Where the rest begins in the body. */
  #at = 0;

  /** Throws for a content type without a boundary. */
  constructor(contentType: string, taker: FormTaker) {
    this.#taker = taker;
    this.#boundary = Buffer.from(`--${readBoundary(contentType)}`);
  }

  /** Takes what has come. */
  async push(piece: Buffer): Promise<void> {
    this.#rest = this.#rest.length === 0 ? piece : Buffer.concat([this.#rest, piece]);
    while (await this.#step());
  }

  /** To be called when all has come. Throws where the form was cut. */
  end(): void {
    if (this.#state !== "tail") throw invalidForm("its last boundary is missing, so that it may have been cut off");
  }

  /** False when more has to come first. */
  async #step(): Promise<boolean> {
    if (this.#state === "body") return this.#readBody();
    if (this.#state === "head") return this.#readHead();
    if (this.#state === "tail") {
      if (this.#rest.length > tailBytesMax || !/^\s*$/.test(this.#rest.toString("latin1")))
        throw invalidForm("something follows its last boundary");
      return false;
    }
    if (this.#rest.length < this.#boundary.length) return false;
    if (this.#rest.compare(this.#boundary, 0, this.#boundary.length, 0, this.#boundary.length) !== 0)
      throw invalidForm("it does not begin with the boundary that its content type names");
    this.#skip(this.#boundary.length);
    this.#state = "head";
    return true;
  }

  /** From just after a boundary. */
  #readHead(): boolean {
    const rest = this.#rest;
    if (rest.length < 2) return false;
    if (rest[0] === 0x2d && rest[1] === 0x2d) {
      this.#skip(2);
      this.#state = "tail";
      return true;
    }
    if (rest[0] !== lineEnd[0] || rest[1] !== lineEnd[1])
      throw invalidForm(`the line of the boundary before byte ${this.#at} has more on it`);
    const end = rest.subarray(0, formHeadBytesMax).indexOf(blankLine, lineEnd.length);
    if (end === -1) {
      if (rest.length < formHeadBytesMax) return false;
      throw invalidForm(`the headers of the part at byte ${this.#at} do not end within ${formHeadBytesMax} bytes`);
    }
    if (++this.#parts > limits.bodyFieldsMax) throw invalidForm(`it has more than ${limits.bodyFieldsMax} parts`);
    const { name, fileName } = readPartHead(rest.toString("latin1", lineEnd.length, end), this.#at);
    if (fileName === undefined) this.#field = { name, pieces: [] };
    else this.#taker.file(name, readFileName(fileName));
    // The second line end stays, so that an empty content ends like any other.
    this.#skip(end + lineEnd.length);
    this.#isAtStart = true;
    this.#state = "body";
    return true;
  }

  /** Content up to the next boundary, or as much of it as has come. */
  async #readBody(): Promise<boolean> {
    const rest = this.#rest;
    const start = this.#isAtStart ? lineEnd.length : 0;
    const found = rest.indexOf(this.#boundary);
    if (found === -1) {
      // The end may be the beginning of a boundary, with its line end.
      const safe = rest.length - this.#boundary.length - lineEnd.length;
      if (safe <= start) return false;
      await this.#take(rest.subarray(start, safe));
      this.#isAtStart = false;
      this.#skip(safe);
      return false;
    }
    const end = found - lineEnd.length;
    if (end < 0 || rest[end] !== lineEnd[0] || rest[end + 1] !== lineEnd[1])
      throw invalidForm(`the boundary at byte ${this.#at + found} does not begin a line`);
    if (end > start) await this.#take(rest.subarray(start, end));
    if (this.#field) this.#taker.field(this.#field.name, Buffer.concat(this.#field.pieces).toString());
    this.#field = undefined;
    this.#skip(found + this.#boundary.length);
    this.#state = "head";
    return true;
  }

  #take(bytes: Buffer): Promise<void> | undefined {
    const field = this.#field;
    if (!field) return this.#taker.data(bytes);
    this.#fieldsBytes += bytes.length;
    if (this.#fieldsBytes > fieldsBytesMax)
      throw invalidForm(`its parts that are no file have more than ${fieldsBytesMax} bytes, with "${field.name}"`);
    field.pieces.push(Buffer.from(bytes));
    return undefined;
  }

  #skip(bytes: number): void {
    this.#rest = this.#rest.subarray(bytes);
    this.#at += bytes;
  }
}

/** The bytes of a name are UTF-8, some as escapes where it says so (RFC 8187). */
function readFileName(bytes: string): string {
  const name = Buffer.from(bytes, "latin1").toString();
  const [, escaped] = /^utf-8'[^']*'(.*)$/i.exec(name) ?? [];
  if (escaped === undefined) return name;
  try {
    return decodeURIComponent(escaped);
  } catch {
    return name;
  }
}
