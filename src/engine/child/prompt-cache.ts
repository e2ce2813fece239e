import type { Token } from "node-llama-cpp";
import { commonPrefix, usablePrefix, type Sequence, type StateKind } from "./llama/sequence.ts";
import type { StateFile, StateFiles } from "./llama/state-file.ts";

export interface Entry {
  readonly project: string;
  readonly tokens: Uint32Array;
  readonly file: StateFile;
  readonly bytes: number;
}

interface Size {
  readonly length: number;
  readonly bytes: number;
}

interface PromptCacheOptions {
  /** Of all states together. */
  bytesMax: number;
  /** Of one sequence. */
  contextTokens: number;
  memory: StateKind;
}

/** A shorter state is evaluated again as quickly as it is copied. */
export const worthKeepingTokens = 64;
/** Each state is an open file. */
export const entriesMax = 256;

/**
 * States of conversations whose slots were given away, in the machine's memory, each for its project alone. The least recently used go
 * first. All calls are made while nothing else uses the context (`Batcher.exclusive`).
 */
export class PromptCache {
  readonly #files: StateFiles;
  readonly #options: PromptCacheOptions;
  /** In the order of their use. */
  readonly #entries = new Set<Entry>();
  #bytes = 0;
  /** Sizes of the shortest and the longest state so far: a recurrent model's have a part that does not grow. */
  #shortest: Size | undefined;
  #longest: Size | undefined;

  constructor(files: StateFiles, options: PromptCacheOptions) {
    this.#files = files;
    this.#options = options;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** How many leading tokens of the prompt the project's best state holds. */
  find(project: string, prompt: readonly Token[]): { entry: Entry; common: number } | undefined {
    let best: { entry: Entry; common: number } | undefined;
    for (const entry of this.#entries) {
      if (entry.project !== project) continue;
      const common = usablePrefix(entry.tokens, prompt, this.#options.memory);
      if (common > (best?.common ?? 0)) best = { entry, common };
    }
    return best;
  }

  /** Keeps what the sequence holds, unless it is kept already, too short or too large. The spared entry stays: it is to be restored next. */
  async save(project: string, sequence: Sequence, { spared }: { spared?: Entry | undefined } = {}): Promise<void> {
    const { length } = sequence;
    const { bytesMax } = this.#options;
    const foreseen = this.#foresee(length);
    if (length < worthKeepingTokens || bytesMax <= 0 || foreseen + (spared?.bytes ?? 0) > bytesMax) return;
    for (const entry of this.#entries) {
      if (entry.project !== project) continue;
      const common = commonPrefix(sequence.tokens, entry.tokens);
      if (common === length) return this.#use(entry);
      // The conversation has gone on since.
      if (common === entry.tokens.length && entry !== spared) this.#drop(entry);
    }
    this.#makeRoom({ bytes: foreseen, count: 1 }, spared);
    const file = this.#files();
    try {
      const tokens = Uint32Array.from(sequence.tokens);
      const bytes = await sequence.save(file.path);
      this.#entries.add({ project, tokens, file, bytes });
      this.#bytes += bytes;
      if (length <= (this.#shortest?.length ?? length)) this.#shortest = { length, bytes };
      if (length >= (this.#longest?.length ?? length)) this.#longest = { length, bytes };
    } catch (error) {
      file.close();
      throw error;
    }
    this.#makeRoom({ bytes: 0, count: 0 }, spared);
  }

  /** Puts a state that is kept into the sequence, in place of what it held. */
  async restore(entry: Entry, sequence: Sequence): Promise<void> {
    // Its file's number may be another state's by now.
    if (!this.#entries.has(entry)) throw new Error("the state was given up before it was restored");
    this.#use(entry);
    try {
      await sequence.load(entry.file.path, this.#options.contextTokens);
    } catch (error) {
      this.#drop(entry);
      throw error;
    }
  }

  /** Puts what one sequence holds into another. */
  async copy(from: Sequence, to: Sequence): Promise<void> {
    const file = this.#files();
    try {
      await from.save(file.path);
      await to.load(file.path, this.#options.contextTokens);
    } finally {
      file.close();
    }
  }

  /** About how large a state of so many tokens is; 0 before the first is known. */
  #foresee(length: number): number {
    const [short, long] = [this.#shortest, this.#longest];
    if (!short || !long) return 0;
    if (short.length === long.length)
      return this.#options.memory.isRecurrent ? long.bytes : (long.bytes / long.length) * length;
    return long.bytes + ((long.bytes - short.bytes) / (long.length - short.length)) * (length - long.length);
  }

  #makeRoom(added: { bytes: number; count: number }, spared: Entry | undefined): void {
    for (const oldest of this.#entries) {
      if (this.#bytes + added.bytes <= this.#options.bytesMax && this.#entries.size + added.count <= entriesMax) return;
      if (oldest !== spared) this.#drop(oldest);
    }
  }

  #use(entry: Entry): void {
    this.#entries.delete(entry);
    this.#entries.add(entry);
  }

  #drop(entry: Entry): void {
    this.#entries.delete(entry);
    this.#bytes -= entry.bytes;
    entry.file.close();
  }
}
