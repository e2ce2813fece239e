import type { AdminRecord, TestSahab } from "../run-sahab.ts";

const pollMs = 100;
const patienceMs = 15_000;

/** Finds usage records by id for many callers at once: one of them asks the admin API for all. */
export class RecordFinder {
  readonly #sahab: TestSahab;
  readonly #found = new Map<string, AdminRecord>();
  readonly #wanted = new Set<string>();
  #round: Promise<void> | undefined;

  constructor(sahab: TestSahab) {
    this.#sahab = sahab;
  }

  /** Undefined where there is none after a while. */
  async find(id: string): Promise<AdminRecord | undefined> {
    if (id === "") return undefined;
    const deadline = performance.now() + patienceMs;
    this.#wanted.add(id);
    while (!this.#found.has(id) && performance.now() < deadline) {
      this.#round ??= this.#look().finally(() => {
        this.#round = undefined;
      });
      await this.#round;
    }
    this.#wanted.delete(id);
    return this.#found.get(id);
  }

  async #look(): Promise<void> {
    await Bun.sleep(pollMs);
    // New records come first, so the first page nearly always has all that somebody waits for.
    const page = await this.#sahab.adminJson<{ requests: AdminRecord[] }>("/requests?limit=500");
    for (const record of page.requests) if (this.#wanted.has(record.id)) this.#found.set(record.id, record);
  }
}
