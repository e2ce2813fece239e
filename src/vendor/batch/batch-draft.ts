import { SahabError } from "../../base/errors.ts";
import type { VendorBatch } from "../vendor.ts";
import type { BatchForm } from "./batch-form.ts";
import { Spool } from "./spool.ts";

/** Every line's id at the vendor, by which its result is found: our name of the batch and the line's number. */
function lineId(marker: string, line: number): string {
  return `${marker}-${line}`;
}

/** The number of a line of this batch; undefined for the id of no line of it. */
export function lineOf(marker: string, id: string): number | undefined {
  const rest = id.startsWith(`${marker}-`) ? id.slice(marker.length + 1) : "";
  return /^\d{1,9}$/.test(rest) ? Number(rest) : undefined;
}

/** A batch that is being filled. */
export class BatchDraft {
  readonly spool: Spool;
  readonly #form: BatchForm;
  readonly #bounds: VendorBatch;
  readonly #path: string;
  readonly #marker: string;
  /** Numbers of the lines in it, in their order. */
  readonly #lines: number[] = [];

  private constructor(spool: Spool, form: BatchForm, place: { bounds: VendorBatch; path: string; marker: string }) {
    this.spool = spool;
    this.#form = form;
    this.#bounds = place.bounds;
    this.#path = place.path;
    this.#marker = place.marker;
  }

  /** The lines go to a file in this folder until it is closed. */
  static async open(
    folder: string,
    form: BatchForm,
    place: { bounds: VendorBatch; path: string; marker: string },
  ): Promise<BatchDraft> {
    return new BatchDraft(await Spool.open(folder), form, place);
  }

  get lines(): readonly number[] {
    return this.#lines;
  }

  /** False for a line that does not fit any more, of which nothing is taken; `body_too_large` for one that no batch has room for. */
  async add(line: number, body: readonly Uint8Array[]): Promise<boolean | SahabError> {
    const { linesMax, bytesMax, lineBytesMax = bytesMax } = this.#bounds;
    const [start, between, end] = this.#form.frame;
    const pieces = this.#form.encodeLine(lineId(this.#marker, line), this.#path, body);
    const bytes = pieces.reduce((sum, piece) => sum + Buffer.byteLength(piece), 0);
    const room = Math.min(lineBytesMax, bytesMax - start.length - end.length);
    if (bytes > room)
      return new SahabError(
        "body_too_large",
        `The request has ${bytes} bytes as a line of the vendor's batch; at most ${room} are allowed`,
      );
    const isFirst = this.#lines.length === 0;
    const all = [isFirst ? start : between, ...pieces];
    const frameBytes = (isFirst ? start : between).length + end.length;
    if (this.#lines.length >= linesMax || this.spool.bytes + bytes + frameBytes > bytesMax) return false;
    await this.spool.append(all);
    this.#lines.push(line);
    return true;
  }

  /** No lines follow. */
  async finish(): Promise<void> {
    await this.spool.append([this.#form.frame[2]]);
  }

  async close(): Promise<void> {
    await this.spool.close();
  }
}
