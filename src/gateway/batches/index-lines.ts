import type { FilesForm } from "../../dialect/files-form.ts";
import type { SealedReader } from "../files/sealed-file.ts";
import { inputLines } from "./input-lines.ts";

/** Where the lines of one model are, in their order. */
export class ModelLines {
  /** See InputLine; one item of each per line. */
  readonly #indexes: number[] = [];
  readonly #starts: number[] = [];
  readonly #lengths: number[] = [];

  get count(): number {
    return this.#indexes.length;
  }

  add(line: { index: number; start: number; length: number }): void {
    this.#indexes.push(line.index);
    this.#starts.push(line.start);
    this.#lengths.push(line.length);
  }

  /** The place in the whole batch of the model's line at a place. */
  indexOf(place: number): number {
    return this.#indexes[place] ?? -1;
  }

  /** The places in the whole batch of those from `first` on. */
  indexesFrom(first: number): readonly number[] {
    return first === 0 ? this.#indexes : this.#indexes.slice(first);
  }

  read(content: SealedReader, place: number): Promise<Buffer> {
    return content.read(this.#starts[place] ?? 0, this.#lengths[place] ?? 0);
  }
}

/** The lines of an input that was found to be good, by the model that they name. */
export async function indexLines(
  form: Pick<FilesForm, "readLine">,
  pieces: AsyncIterable<Buffer>,
  endpoint: string,
): Promise<ReadonlyMap<string, ModelLines>> {
  const byModel = new Map<string, ModelLines>();
  for await (const { index, start, bytes } of inputLines(pieces)) {
    if (!bytes) continue;
    const { model } = form.readLine(bytes, endpoint);
    let lines = byModel.get(model);
    if (!lines) byModel.set(model, (lines = new ModelLines()));
    lines.add({ index, start, length: bytes.length });
  }
  return byModel;
}
