import type { Token } from "node-llama-cpp";
import { commonPrefix, usablePrefix, type Sequence, type StateKind } from "./llama/sequence.ts";
import type { StateFile, StateFiles } from "./llama/state-file.ts";

interface Entry {
  readonly project: string;
  readonly tokens: Uint32Array;
  readonly file: StateFile;
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
  /** As measured last. */
  #bytesPerToken = 0;

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

  /** Keeps what the sequence holds, unless it is kept already, too short or too large. */
  async save(project: string, sequence: Sequence): Promise<void> {
    const { length } = sequence;
    if (length < worthKeepingTokens || this.#options.bytesMax <= 0) return;
    for (const entry of this.#entries) {
      if (entry.project !== project) continue;
      const common = commonPrefix(sequence.tokens, entry.tokens);
      if (common === length) return this.#use(entry);
      // The conversation has gone on since.
      if (common === entry.tokens.length) this.#drop(entry);
    }
    this.#makeRoom(length * this.#bytesPerToken);
    if (length * this.#bytesPerToken > this.#options.bytesMax) return;
    const file = this.#files();
    try {
      const tokens = Uint32Array.from(sequence.tokens);
      const bytes = await sequence.save(file.path);
      this.#entries.add({ project, tokens, file, bytes });
      this.#bytes += bytes;
      this.#bytesPerToken = bytes / length;
    } catch (error) {
      file.close();
      throw error;
    }
    this.#makeRoom(0);
  }

  /** Puts a state into the sequence, in place of what it held. */
  async restore(entry: Entry, sequence: Sequence): Promise<void> {
    this.#use(entry);
    await sequence.load(entry.file.path, this.#options.contextTokens);
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

  #makeRoom(bytes: number): void {
    for (const oldest of this.#entries) {
      if (this.#bytes + bytes <= this.#options.bytesMax) return;
      this.#drop(oldest);
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
