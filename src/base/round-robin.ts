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
    this.#size--;
    this.#forgetEmpty({ project: keys[0], keyId: items[0] });
    return item;
  }

  /** Takes out one that waits; false where it does not. */
  remove(tenant: Tenant, item: Item): boolean {
    const items = this.#projects.get(tenant.project)?.get(tenant.keyId);
    const at = items?.indexOf(item) ?? -1;
    if (!items || at === -1) return false;
    items.splice(at, 1);
    this.#size--;
    this.#forgetEmpty(tenant);
    return true;
  }

  #forgetEmpty({ project, keyId }: Tenant): void {
    const keys = this.#projects.get(project);
    if (keys?.get(keyId)?.length === 0) keys.delete(keyId);
    if (keys?.size === 0) this.#projects.delete(project);
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
