/** Members in groups, the oldest first, and at any time the largest group. Each call takes the same few steps, however many there are. */
export class Groups<Member> {
  readonly #groups = new Map<string, Set<Member>>();
  /** The names of the groups of each size. */
  readonly #bySize: (Set<string> | undefined)[] = [];
  #largestSize = 0;

  /** The name of a largest group; undefined where there is none. */
  get largest(): string | undefined {
    return this.#bySize[this.#largestSize]?.values().next().value;
  }

  sizeOf(name: string): number {
    return this.#groups.get(name)?.size ?? 0;
  }

  membersOf(name: string): Iterable<Member> {
    return this.#groups.get(name) ?? [];
  }

  add(name: string, member: Member): void {
    let group = this.#groups.get(name);
    if (!group) this.#groups.set(name, (group = new Set()));
    const before = group.size;
    group.add(member);
    if (group.size > before) this.#move(name, before, group.size);
  }

  delete(name: string, member: Member): void {
    const group = this.#groups.get(name);
    if (!group?.delete(member)) return;
    if (group.size === 0) this.#groups.delete(name);
    this.#move(name, group.size + 1, group.size);
  }

  #move(name: string, from: number, to: number): void {
    const before = this.#bySize[from];
    before?.delete(name);
    if (before?.size === 0) this.#bySize[from] = undefined;
    if (to > 0) (this.#bySize[to] ??= new Set()).add(name);
    // Sizes change by one, so where the last of the largest became smaller, it is the largest still.
    if (to > this.#largestSize || !this.#bySize[this.#largestSize]) this.#largestSize = to;
  }
}
