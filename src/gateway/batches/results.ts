import { randomText } from "../../base/ids.ts";
import type { BatchTokens, ResultPart } from "../../dialect/files-form.ts";
import type { FileShelf } from "../files/file-shelf.ts";
import type { SealedWriter } from "../files/sealed-file.ts";

export interface LineRecord {
  /** See InputLine. */
  index: number;
  part: ResultPart;
  tokens: BatchTokens;
  /** With its end. */
  line: string;
}

/**
 * The results of a batch while it runs: a piece for each line, with what is counted of it in front. Each process that runs the batch
 * writes a file of its own and reads those before it, so that one which has lost the batch can do no harm.
 */
export class Results {
  readonly #shelf: FileShelf;
  readonly #batch: string;
  readonly #names: string[];
  readonly #done: Uint8Array;
  readonly tokens: BatchTokens = { input: 0, cachedInput: 0, output: 0, reasoning: 0 };
  readonly counts: Record<ResultPart, number> = { output: 0, error: 0 };
  #bytes = 0;
  #writer: SealedWriter | undefined;
  #writing: Promise<void> = Promise.resolve();

  private constructor(shelf: FileShelf, batch: string, options: { names: string[]; total: number }) {
    this.#shelf = shelf;
    this.#batch = batch;
    this.#names = options.names;
    this.#done = new Uint8Array(options.total);
  }

  /** Reads what was done before. */
  static async open(shelf: FileShelf, batch: string, total: number): Promise<Results> {
    const results = new Results(shelf, batch, { names: await shelf.namesOf(batch), total });
    for await (const record of results.#read()) results.#count(record);
    return results;
  }

  /** How many lines the batch has. */
  get total(): number {
    return this.#done.length;
  }

  /** Of all lines so far, about. */
  get bytes(): number {
    return this.#bytes;
  }

  isDone(index: number): boolean {
    return this.#done[index] === 1;
  }

  /** One after the other. Throws `disk_full`; the record can then be given again. */
  add(record: LineRecord): Promise<void> {
    const adding = this.#writing.then(() => this.#write(record));
    this.#writing = adding.catch(() => undefined);
    return adding;
  }

  /** All results, each once. */
  async *all(): AsyncGenerator<LineRecord> {
    const seen = new Uint8Array(this.#done.length);
    for await (const record of this.#read()) {
      if (seen[record.index] === 1) continue;
      seen[record.index] = 1;
      yield record;
    }
  }

  async close(): Promise<void> {
    await this.#writing;
    await this.#writer?.close();
    this.#writer = undefined;
  }

  async #write(record: LineRecord): Promise<void> {
    this.#writer ??= await this.#begin();
    const { input, cachedInput, output, reasoning } = record.tokens;
    const head = `${record.index} ${record.part} ${input} ${cachedInput} ${output} ${reasoning}\n`;
    await this.#writer.writePiece(Buffer.from(head + record.line));
    this.#count(record);
  }

  async #begin(): Promise<SealedWriter> {
    const name = `${this.#batch}.${randomText(16)}`;
    const writer = await this.#shelf.write(name);
    this.#names.push(name);
    return writer;
  }

  async *#read(): AsyncGenerator<LineRecord> {
    for (const name of this.#names)
      for await (const piece of this.#shelf.pieces(name)) {
        const record = parseRecord(piece);
        if (record && record.index < this.#done.length) yield record;
      }
  }

  #count({ index, part, tokens, line }: LineRecord): void {
    if (this.#done[index] === 1) return;
    this.#bytes += line.length;
    this.#done[index] = 1;
    this.counts[part]++;
    for (const kind of ["input", "cachedInput", "output", "reasoning"] as const) this.tokens[kind] += tokens[kind];
  }
}

function parseRecord(piece: Buffer): LineRecord | undefined {
  const end = piece.indexOf("\n");
  const found = /^(\d+) (output|error) (\d+) (\d+) (\d+) (\d+)$/.exec(piece.toString("latin1", 0, Math.max(0, end)));
  if (!found) return undefined;
  const [, index, part, input, cachedInput, output, reasoning] = found;
  return {
    index: Number(index),
    part: part === "error" ? "error" : "output",
    tokens: {
      input: Number(input),
      cachedInput: Number(cachedInput),
      output: Number(output),
      reasoning: Number(reasoning),
    },
    line: piece.toString("utf8", end + 1),
  };
}
