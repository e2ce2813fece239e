import type { Snapshot } from "../config/index.ts";
import type { Caller } from "../ledger/index.ts";

/** Lists that are kept at once: some megabytes, where each has a thousand models. */
const listsMax = 8;
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
    this.#lists.delete(key);
    if (this.#lists.size >= listsMax) {
      const [oldest = ""] = this.#lists.keys();
      this.#lists.delete(oldest);
    }
    this.#lists.set(key, { snapshot, models, text, untilMs: nowMs + keptMs });
    return text;
  }
}
