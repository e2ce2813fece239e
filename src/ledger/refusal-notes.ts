import type { LineLog } from "./insert-fitting.ts";
import type { RefusalNote, Store } from "./store/index.ts";

const flushMs = 1_000;
/** Keys of which a refusal is noted at once; of more, the next refusal is. */
const notesMax = 1_000;

/** Notes the last refusal of each key, so that its owner can see what stopped it: in memory, and once a second in the store. */
export class RefusalNotes {
  readonly #deps: { store: Pick<Store, "noteRefusals">; log: LineLog };
  #notes = new Map<string, RefusalNote>();
  #timer: Timer | undefined;
  #isFailing = false;

  constructor(deps: { store: Pick<Store, "noteRefusals">; log: LineLog }) {
    this.#deps = deps;
  }

  note(refusal: RefusalNote): void {
    if (this.#notes.size < notesMax || this.#notes.has(refusal.keyId)) this.#notes.set(refusal.keyId, refusal);
  }

  run(): void {
    this.#timer = setInterval(() => void this.flush(), flushMs);
  }

  /** Never rejects. */
  async flush(): Promise<void> {
    if (this.#notes.size === 0) return;
    const notes = [...this.#notes.values()];
    this.#notes = new Map();
    try {
      await this.#deps.store.noteRefusals(notes);
      this.#isFailing = false;
    } catch (error) {
      const text = "why requests were refused could not be noted; it is tried again";
      // Said once, and not each second.
      if (!this.#isFailing) this.#deps.log.warn({ err: error }, text);
      this.#isFailing = true;
      // What came meanwhile is newer.
      this.#notes = new Map([...notes.map((note) => [note.keyId, note] as const), ...this.#notes]);
    }
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.flush();
  }
}
