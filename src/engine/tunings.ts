import { readFileSync, statSync } from "node:fs";
import { availableParallelism, cpus } from "node:os";
import { replaceDurably } from "../base/write-durably.ts";
import type { StepThreads, Tuning } from "./protocol.ts";

type KnownTuning = Pick<Tuning, "threads" | "tokensPerS">;

/** Of node-llama-cpp, which brings llama.cpp: what was measured of another one counts no more. */
export const libraryVersion = "3.22.1";
const entriesMax = 200;

/** What was measured of models on this machine, kept in a file. One that cannot be read counts as empty: measuring takes seconds. */
export class Tunings {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  /** Undefined where the file has changed since, or the machine. */
  get(modelFile: string): KnownTuning | undefined {
    const key = keyOf(modelFile);
    return key === undefined ? undefined : this.#read().get(key);
  }

  set(modelFile: string, { threads, tokensPerS }: KnownTuning): void {
    const key = keyOf(modelFile);
    if (key === undefined) return;
    const all = this.#read();
    all.delete(key);
    all.set(key, { threads, tokensPerS });
    const newest = [...all].slice(-entriesMax);
    replaceDurably(this.#path, JSON.stringify(newest));
  }

  #read(): Map<string, KnownTuning> {
    try {
      const entries = JSON.parse(readFileSync(this.#path, "utf8")) as [string, KnownTuning][];
      return new Map(entries.filter(([key, value]) => typeof key === "string" && isThreads(value.threads)));
    } catch {
      return new Map();
    }
  }
}

function isThreads(threads: StepThreads): boolean {
  return [threads.one, threads.several, threads.prompt].every(
    (count) => Number.isInteger(count) && count >= 1 && count <= 1024,
  );
}

/** The file as it is now, and the cores that this process may use. */
function keyOf(modelFile: string): string | undefined {
  const file = statSync(modelFile, { throwIfNoEntry: false });
  if (!file) return undefined;
  return JSON.stringify([
    libraryVersion,
    modelFile,
    file.size,
    file.mtimeMs,
    cpus()[0]?.model ?? "",
    availableParallelism(),
  ]);
}
