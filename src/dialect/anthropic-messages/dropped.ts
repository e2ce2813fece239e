/** The paths of fields that were left out, each once. */
export class Dropped {
  readonly #paths = new Set<string>();

  get list(): string[] {
    return [...this.#paths];
  }

  add(path: string): void {
    if (this.#paths.size < pathsMax) this.#paths.add(path);
  }

  /** All fields of an object that stands at the prefix. */
  addKeys(prefix: string, value: Record<string, unknown> | undefined): void {
    for (const key of Object.keys(value ?? {})) this.add(prefix + key);
  }
}

/** They travel in one header. */
const pathsMax = 40;
