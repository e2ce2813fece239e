import type { Tenant } from "../../base/shares.ts";

/** A project's, or a key's, place in the queue. */
interface Line {
  /** Requests that are open. */
  users: number;
  /** Places held now. */
  held: number;
  /** What it has cost, in tokens of a prompt. */
  served: number;
  /** Items that wait. */
  waiting: number;
  /** Nobody waits for its answers: all others come first. */
  readonly isBackground: boolean;
}

interface ProjectLine<Item> extends Line {
  readonly keys: Lines<KeyLine<Item>>;
}

interface KeyLine<Item> extends Line {
  /** Those that have had a place before: they come first. */
  readonly again: Set<Item>;
  readonly first: Set<Item>;
}

/** A request's share in the queue: of its key, and of its project. */
export interface Account<Item> {
  readonly tenant: Tenant;
  readonly project: ProjectLine<Item>;
  readonly key: KeyLine<Item>;
}

/**
 * Who gets the next place: the project that holds the fewest, of several the one that has been served least; then its key by the
 * same rule; then who came first. What was served is counted in tokens, so that long prompts do not count like short ones.
 * Whoever nobody waits for comes after all others. Whoever comes back from idling begins at the least count of those that are there: what was not used then is not saved up
 * (virtual token counters: Sheng et al., "Fairness in Serving Large Language Models", 2024).
 */
export class FairQueue<Item> {
  readonly #projects = new Lines<ProjectLine<Item>>((isBackground) => ({
    ...emptyLine(isBackground),
    keys: new Lines(emptyKeyLine<Item>),
  }));
  #size = 0;

  /** How many items wait. */
  get size(): number {
    return this.#size;
  }

  /** To be closed when the request has ended. */
  open(tenant: Tenant): Account<Item> {
    // What a project does in the background has a line of its own.
    const isBackground = tenant.isBackground ?? false;
    const project = this.#projects.enter(isBackground ? `${tenant.project}\nbackground` : tenant.project, isBackground);
    return { tenant, project, key: project.keys.enter(tenant.keyId, isBackground) };
  }

  close({ project, key }: Account<Item>): void {
    project.keys.exit(key);
    this.#projects.exit(project);
  }

  /** One that has had a place before waits before those of its key that have not. */
  add({ project, key }: Account<Item>, item: Item, options: { again: boolean }): void {
    (options.again ? key.again : key.first).add(item);
    this.#countWaiting(project, key, 1);
  }

  /** False when it does not wait any more. */
  remove({ project, key }: Account<Item>, item: Item): boolean {
    if (!key.again.delete(item) && !key.first.delete(item)) return false;
    this.#countWaiting(project, key, -1);
    return true;
  }

  hold({ project, key }: Account<Item>): void {
    project.held++;
    key.held++;
  }

  drop({ project, key }: Account<Item>): void {
    project.held--;
    key.held--;
  }

  charge({ project, key }: Account<Item>, cost: number): void {
    project.served += cost;
    key.served += cost;
  }

  /** The first item of each key that has some, in the order in which they get places. */
  *heads(): Generator<Item> {
    for (const project of this.#projects.inOrder()) for (const key of project.keys.inOrder()) yield* firstOf(key);
  }

  /** Every item that waits, in no order. */
  *all(): Generator<Item> {
    for (const project of this.#projects.inOrder())
      for (const key of project.keys.inOrder()) {
        yield* key.again;
        yield* key.first;
      }
  }

  #countWaiting(project: Line, key: Line, difference: 1 | -1): void {
    project.waiting += difference;
    key.waiting += difference;
    this.#size += difference;
  }
}

class Lines<L extends Line> {
  readonly #make: (isBackground: boolean) => L;
  readonly #lines = new Map<string, L>();

  constructor(make: (isBackground: boolean) => L) {
    this.#make = make;
  }

  enter(name: string, isBackground: boolean): L {
    const known = this.#lines.get(name);
    if (known && known.users++ > 0) return known;
    const line = known ?? this.#make(isBackground);
    this.#lift(line);
    line.users = 1;
    this.#lines.set(name, line);
    return line;
  }

  exit(line: L): void {
    line.users--;
    // Nobody is there to whom a count could be compared; so nothing is kept for an idle engine either.
    if (line.users === 0 && ![...this.#lines.values()].some(({ users }) => users > 0)) this.#lines.clear();
  }

  /** Those with waiting items, the next to be served first. */
  inOrder(): L[] {
    return [...this.#lines.values()]
      .filter(({ waiting }) => waiting > 0)
      .toSorted(
        (one, other) =>
          Number(one.isBackground) - Number(other.isBackground) || one.held - other.held || one.served - other.served,
      );
  }

  /** To the least count of those that are there; idle ones that are not above it need not be remembered. */
  #lift(line: L): void {
    let least = Number.POSITIVE_INFINITY;
    for (const { users, served } of this.#lines.values()) if (users > 0) least = Math.min(least, served);
    if (least === Number.POSITIVE_INFINITY) return;
    line.served = Math.max(line.served, least);
    for (const [name, { users, served }] of this.#lines) if (users === 0 && served <= least) this.#lines.delete(name);
  }
}

const emptyLine = (isBackground: boolean) => ({ users: 0, held: 0, served: 0, waiting: 0, isBackground });

const emptyKeyLine = <Item>(isBackground: boolean): KeyLine<Item> => ({
  ...emptyLine(isBackground),
  again: new Set(),
  first: new Set(),
});

function* firstOf<Item>({ again, first }: KeyLine<Item>): Generator<Item> {
  for (const item of again.size > 0 ? again : first) {
    yield item;
    return;
  }
}
