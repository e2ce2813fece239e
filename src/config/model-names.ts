import type { DeclaredPrice } from "../base/declared-price.ts";
import { pricesOf, type Catalog, type CatalogModel } from "../vendor/index.ts";
import type { ModelFacts } from "../dialect/model-facts.ts";
import { AliasTable } from "./alias-table.ts";
import { factsOf } from "./known-facts.ts";
import type { ModelEntry, Target } from "./model-entry.ts";

/** A provider that has all the models of its vendor that the catalogue knows. */
export interface Offer {
  /** The provider's name. */
  name: string;
  /** The vendor's part of the catalogue. */
  part: string;
  /** The targets of a model that costs what the catalogue says; `id` is what the vendor is asked for. */
  targetsOf(id: string, known: CatalogModel): readonly Target[];
  isPriced(known: CatalogModel): boolean;
}

/** What is known of names beside those of the configuration's own models. */
export interface NameSources {
  offers: readonly Offer[];
  catalog: Pick<Catalog, "findModel" | "modelsOf">;
  /** Names, also with a * at the end, and what they lead to. */
  aliases: Readonly<Record<string, string>>;
}

/** Names that were asked for and are not among the known ones; some clients send a new date every day. */
const foundMax = 1_000;

/**
 * What a name leads to. Known names are in one map: the configuration's models, its aliases, `provider/id` for the models of
 * the catalogue, and the bare id where one provider alone has it. The others are looked for: aliases with a * at the end, the
 * longest first; other ids of a known model, such as one with a date; and whatever else a provider is asked for.
 */
export class ModelNames {
  readonly known: ReadonlyMap<string, ModelEntry>;
  readonly #configured: ReadonlyMap<string, ModelEntry>;
  readonly #catalog: NameSources["catalog"];
  readonly #offers: ReadonlyMap<string, Offer>;
  readonly #aliases: AliasTable;
  readonly #found = new Map<string, ModelEntry>();

  constructor(configured: ReadonlyMap<string, ModelEntry>, { offers, catalog, aliases }: NameSources) {
    this.#configured = configured;
    this.#catalog = catalog;
    this.#offers = new Map(offers.map((offer) => [offer.name, offer]));
    this.#aliases = new AliasTable(aliases);
    const known = new Map(configured);
    this.known = known;
    this.#addOffered(known);
    for (const alias of this.#aliases.names) {
      const entry = this.#follow(alias);
      if (entry) known.set(alias, entry);
    }
  }

  find(name: string): ModelEntry | undefined {
    return this.known.get(name) ?? this.#found.get(name) ?? this.#look(name);
  }

  /** Whether the configuration leads it to a model: who may call it may call that one. */
  isAlias(name: string): boolean {
    return !this.#configured.has(name) && this.#aliasOf(name) !== undefined;
  }

  /** The full names that a bare id may stand for. */
  candidates(id: string): string[] {
    return this.#having(id).map(([{ name }]) => `${name}/${id}`);
  }

  #addOffered(known: Map<string, ModelEntry>): void {
    const bare = new Map<string, OfferedModel | undefined>();
    for (const offer of this.#offers.values())
      for (const model of this.#catalog.modelsOf(offer.part)) {
        const entry = new OfferedModel(offer, model, model.id);
        if (!known.has(entry.name)) known.set(entry.name, entry);
        bare.set(model.id, bare.has(model.id) ? undefined : entry);
      }
    for (const [id, entry] of bare) {
      // A full name that is another provider's bare id stays what it is.
      if (!entry || known.has(id) || this.#aliasOf(id) !== undefined || this.#offerOf(id)) continue;
      known.set(id, known.get(entry.name) ?? entry);
      entry.bareName = id;
    }
  }

  #look(name: string): ModelEntry | undefined {
    const entry = this.#follow(name);
    if (!entry || entry.targets.length === 0) return entry;
    if (this.#found.size >= foundMax) this.#found.clear();
    this.#found.set(name, entry);
    return entry;
  }

  #follow(asked: string): ModelEntry | undefined {
    const isModel = (name: string) => this.#configured.has(name);
    const { name } = this.#aliases.follow(asked, isModel, (at) => this.#aliasOf(at));
    return this.#configured.get(name) ?? this.#findOffered(name);
  }

  /** Full names of a provider's models fall under no alias that has not its name in it. */
  #aliasOf(name: string): string | undefined {
    const alias = this.#aliases.of(name);
    return alias === undefined || alias === name || alias.includes("/") || !this.#offerOf(name) ? alias : undefined;
  }

  #offerOf(name: string): readonly [offer: Offer, id: string] | undefined {
    for (let at = name.indexOf("/"); at !== -1; at = name.indexOf("/", at + 1)) {
      const offer = this.#offers.get(name.slice(0, at));
      if (offer && at + 1 < name.length) return [offer, name.slice(at + 1)];
    }
    return undefined;
  }

  /** A model of a provider by its full name, or by an id that one provider alone knows. */
  #findOffered(name: string): ModelEntry | undefined {
    const [offer, id] = this.#offerOf(name) ?? [];
    if (offer && id !== undefined) {
      const known = this.#catalog.findModel(offer.part, id);
      return known ? this.#entryOf(offer, known, id) : new UnknownModel(offer, id);
    }
    const [only, ...others] = this.#having(name);
    return only && others.length === 0 ? this.#entryOf(...only, name) : undefined;
  }

  #having(id: string): (readonly [Offer, CatalogModel])[] {
    return [...this.#offers.values()].flatMap((offer) => {
      const known = this.#catalog.findModel(offer.part, id);
      return known ? [[offer, known] as const] : [];
    });
  }

  #entryOf(offer: Offer, known: CatalogModel, id: string): ModelEntry {
    return (known.id === id && this.known.get(`${offer.name}/${id}`)) || new OfferedModel(offer, known, id);
  }
}

/** A model of the catalogue. Its targets are made when it is first asked for: there are many, and few are. */
class OfferedModel implements ModelEntry {
  readonly #offer: Offer;
  readonly #known: CatalogModel;
  readonly #id: string;
  #targets: readonly Target[] | undefined;
  bareName: string | undefined;

  /** `id` is what the vendor is asked for, which may be another one than the catalogue's. */
  constructor(offer: Offer, known: CatalogModel, id: string) {
    this.#offer = offer;
    this.#known = known;
    this.#id = id;
  }

  /** That of the known model, so that reports have one name for it. */
  get name(): string {
    return `${this.#offer.name}/${this.#known.id}`;
  }

  get owner(): string {
    return this.#offer.name;
  }

  get targets(): readonly Target[] {
    return (this.#targets ??= this.#offer.isPriced(this.#known) ? this.#offer.targetsOf(this.#id, this.#known) : []);
  }

  get unpriced(): readonly string[] {
    return this.#offer.isPriced(this.#known) ? [] : [this.#offer.name];
  }

  get facts(): ModelFacts {
    return factsOf(this.#known);
  }

  get prices(): readonly DeclaredPrice[] {
    return pricesOf(this.#known);
  }
}

/** A model that a provider may have, and the catalogue does not know, so that nobody knows what it costs. */
class UnknownModel implements ModelEntry {
  readonly name: string;
  readonly targets = [];
  readonly unpriced: readonly string[];

  constructor({ name }: Offer, id: string) {
    this.name = `${name}/${id}`;
    this.unpriced = [name];
  }
}
