import { isDeepStrictEqual } from "node:util";
import type { ProviderFields } from "./target.ts";

export interface NamedProvider extends ProviderFields {
  name: string;
  catalog?: true;
}

/** The providers of a cloud.yaml: each that differs from the others once, with a name of its own. */
export class ProviderBook {
  readonly #providers: NamedProvider[] = [];

  get all(): readonly NamedProvider[] {
    return this.#providers;
  }

  /** The provider with these fields; a new one has the proposed name, or that with a number. */
  use(fields: ProviderFields, proposed: string): NamedProvider {
    const known = this.#providers.find(({ name: _name, catalog: _catalog, ...own }) => isDeepStrictEqual(own, fields));
    if (known !== undefined) return known;
    let name = proposed;
    for (let at = 2; this.#providers.some((provider) => provider.name === name); at++) name = `${proposed}-${at}`;
    const provider: NamedProvider = { name, ...fields };
    this.#providers.push(provider);
    return provider;
  }
}
