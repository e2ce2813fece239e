import type { Tenant } from "./shares.ts";

/** What waits, taken in turn from each project, and within a project from each of its keys. */
export class RoundRobin<Item> {
  readonly #projects = new Map<string, Map<string, Item[]>>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  add({ project, keyId }: Tenant, item: Item): void {
    let keys = this.#projects.get(project);
    if (!keys) this.#projects.set(project, (keys = new Map()));
    const items = keys.get(keyId);
    if (items) items.push(item);
    else keys.set(keyId, [item]);
    this.#size++;
  }

  /** The next one; undefined where nothing waits. */
  take(): Item | undefined {
    const keys = toEnd(this.#projects);
    const items = keys && toEnd(keys[1]);
    if (!keys || !items) return undefined;
    const item = items[1].shift();
    if (items[1].length === 0) keys[1].delete(items[0]);
    if (keys[1].size === 0) this.#projects.delete(keys[0]);
    this.#size--;
    return item;
  }
}

/** The first of them, which from now on is the last: its next turn comes after that of all others. */
function toEnd<Value>(turns: Map<string, Value>): [string, Value] | undefined {
  const first = turns.entries().next().value;
  if (!first) return undefined;
  turns.delete(first[0]);
  turns.set(first[0], first[1]);
  return first;
}
