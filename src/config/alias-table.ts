/** Names that lead to others; a `*` at the end stands for any ending. */
export class AliasTable {
  readonly #targets: ReadonlyMap<string, string>;
  /** Beginnings of the names with a * at the end, the longest first. */
  readonly #starts: readonly string[];

  constructor(aliases: Readonly<Record<string, string>> = {}) {
    this.#targets = new Map(Object.entries(aliases));
    this.#starts = Object.keys(aliases)
      .flatMap((name) => (name.endsWith("*") ? [name.slice(0, -1)] : []))
      .toSorted((a, b) => b.length - a.length);
  }

  /** Those without a *. */
  get names(): string[] {
    return [...this.#targets.keys()].filter((name) => !name.endsWith("*"));
  }

  /** The alias that a name falls under: its own, else the longest beginning. */
  of(name: string): string | undefined {
    if (this.#targets.has(name)) return name;
    const start = this.#starts.find((beginning) => name.startsWith(beginning));
    return start === undefined ? undefined : `${start}*`;
  }

  /**
   * Where a name leads, from alias to alias, each of which is followed once: `claude-*: claude-sonnet-4-5` leads to the model of
   * that name. `isModel` says which names are models' own, `of` which alias a name falls under.
   */
  follow(name: string, isModel: (name: string) => boolean, of = (at: string) => this.of(at)): FollowedName {
    const way: string[] = [name];
    const followed = new Set<string>();
    for (let at = name; ;) {
      const alias = isModel(at) ? undefined : of(at);
      if (alias === undefined) return { name: at, way, isCircle: false };
      if (followed.has(alias)) return { name: at, way, isCircle: !alias.endsWith("*") };
      followed.add(alias);
      at = this.#targets.get(alias) ?? at;
      way.push(at);
    }
  }
}

interface FollowedName {
  name: string;
  /** From the name that was asked for. */
  way: readonly string[];
  isCircle: boolean;
}
