import type { Snapshot } from "../config/index.ts";
import type { Caller } from "../ledger/index.ts";

/** Lists that are kept at once. */
const listsMax = 8;
/** All their texts together: one of a thousand models has about a megabyte. */
const charsMax = 8 * 1024 * 1024;
/** Prices may change with the time, and what a key may call with its terms. */
const keptMs = 10_000;

interface KeptList {
  snapshot: Snapshot;
  models: Caller["models"];
  text: string;
  untilMs: number;
}

/**
 * Lists of models as they were written last. One of a thousand models takes 10 to 30 ms of a serving thread, and agents ask for it at each
 * start, so those who may call the same get the same text for a while.
 */
export class KeptLists {
  readonly #lists = new Map<string, KeptList>();
  #chars = 0;

  /** `nowMs` is monotonic; `form` is all that the text depends on beside the caller. */
  get(
    { snapshot, caller, form, nowMs }: { snapshot: Snapshot; caller: Caller; form: string; nowMs: number },
    write: () => string,
  ): string {
    const { models, project, role, keyId } = caller;
    const key = `${form}\n${role}\n${project}\n${models ? keyId : ""}`;
    const known = this.#lists.get(key);
    if (known?.snapshot === snapshot && known.models === models && nowMs < known.untilMs) return known.text;
    const text = write();
    this.#drop(key);
    if (text.length > charsMax) return text;
    for (const oldest of this.#lists.keys()) {
      if (this.#lists.size < listsMax && this.#chars + text.length <= charsMax) break;
      this.#drop(oldest);
    }
    this.#lists.set(key, { snapshot, models, text, untilMs: nowMs + keptMs });
    this.#chars += text.length;
    return text;
  }

  #drop(key: string): void {
    this.#chars -= this.#lists.get(key)?.text.length ?? 0;
    this.#lists.delete(key);
  }
}
