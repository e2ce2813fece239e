import type { KeptHead } from "../ledger/index.ts";

/** Looks within this time are one question; nobody who follows an answer notices it. */
const groupMs = 50;

type Look = PromiseWithResolvers<KeptHead | undefined>;

/**
 * Looks at kept rows of those who wait for a change. Thousands of them may follow answers at once, and the store takes only so many
 * questions from all requests together, so those of a project are asked together.
 */
export class GroupedLooks {
  readonly #find: (project: string, ids: readonly string[]) => Promise<KeptHead[]>;
  readonly #waiting = new Map<string, Map<string, Look>>();

  constructor(find: (project: string, ids: readonly string[]) => Promise<KeptHead[]>) {
    this.#find = find;
  }

  /** Undefined where there is no such row. Rejects as the store does. */
  find(project: string, id: string): Promise<KeptHead | undefined> {
    let looks = this.#waiting.get(project);
    if (!looks) {
      this.#waiting.set(project, (looks = new Map()));
      setTimeout(() => void this.#ask(project), groupMs);
    }
    let look = looks.get(id);
    if (!look) looks.set(id, (look = Promise.withResolvers()));
    return look.promise;
  }

  async #ask(project: string): Promise<void> {
    const looks = this.#waiting.get(project) ?? new Map<string, Look>();
    this.#waiting.delete(project);
    try {
      const heads = new Map((await this.#find(project, [...looks.keys()])).map((head) => [head.id, head]));
      for (const [id, { resolve }] of looks) resolve(heads.get(id));
    } catch (error) {
      for (const { reject } of looks.values()) reject(error);
    }
  }
}
