/** The next event of each of `count` owners, and whose is first: a binary heap in which an owner's event can be moved. */
export class EventHeap {
  /** Time of each owner's event, Infinity where it has none. */
  readonly #timeMs: Float64Array;
  readonly #owners: Int32Array;
  readonly #places: Int32Array;

  constructor(count: number) {
    this.#timeMs = new Float64Array(count).fill(Number.POSITIVE_INFINITY);
    this.#owners = Int32Array.from({ length: count }, (_, owner) => owner);
    this.#places = Int32Array.from(this.#owners);
  }

  /** Whose event is first. */
  get owner(): number {
    return this.#owners[0]!;
  }

  /** When it is; Infinity where nobody has one. */
  get timeMs(): number {
    return this.#timeMs[this.#owners[0]!]!;
  }

  /** Gives an owner's event another time; Infinity takes it away. */
  move(owner: number, timeMs: number): void {
    const times = this.#timeMs;
    const owners = this.#owners;
    const places = this.#places;
    times[owner] = timeMs;
    let at = places[owner]!;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = owners[parent]!;
      if (times[above]! <= timeMs) break;
      owners[at] = above;
      places[above] = at;
      at = parent;
    }
    const count = owners.length;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= count) break;
      if (child + 1 < count && times[owners[child + 1]!]! < times[owners[child]!]!) child++;
      const below = owners[child]!;
      if (times[below]! >= timeMs) break;
      owners[at] = below;
      places[below] = at;
      at = child;
    }
    owners[at] = owner;
    places[owner] = at;
  }
}
