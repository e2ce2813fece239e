const lists = ["providers", "models", "organisations", "projects"] as const;
type List = (typeof lists)[number];

/** A document without some of its entries. */
export interface Pruned {
  document: unknown;
  /** Of each entry that is left, its index in the whole document. */
  places: Readonly<Partial<Record<List, readonly number[]>>>;
}

export function wholeDocument(document: unknown): Pruned {
  return { document, places: {} };
}

/** The document without what these faults are of, and without what refers to that; undefined where nothing can be judged further. */
export function leaveOutFaulty({ document, places }: Pruned, faults: readonly string[]): Pruned | undefined {
  if (!isRecord(document)) return undefined;
  const rest: Record<string, unknown> = { ...document };
  const left: Partial<Record<List, readonly number[]>> = { ...places };
  const faulty: Record<List, Set<number>> = {
    providers: new Set(),
    models: new Set(),
    organisations: new Set(),
    projects: new Set(),
  };
  for (const fault of faults) {
    const [, field = "", index] = /^(\w+)(?:\[(\d+)\])?/.exec(fault) ?? [];
    const list = lists.find((name) => name === field);
    if (list && index !== undefined) faulty[list].add(Number(index));
    else if (list === undefined && Object.hasOwn(rest, field)) delete rest[field];
    else return undefined;
  }
  const gone = new Set(
    entriesOf(rest["providers"]).flatMap((one, at) => (faulty.providers.has(at) ? [nameOf(one)] : [])),
  );
  for (const [at, model] of entriesOf(rest["models"]).entries())
    if (
      isRecord(model) &&
      entriesOf(model["targets"]).some((target) => isRecord(target) && gone.has(target["provider"]))
    )
      faulty.models.add(at);
  for (const list of lists) {
    const all = entriesOf(rest[list]);
    const kept = all.flatMap((_one, at) => (faulty[list].has(at) ? [] : [at]));
    if (Array.isArray(rest[list])) rest[list] = kept.map((at) => all[at]);
    left[list] = kept.map((at) => places[list]?.[at] ?? at);
  }
  if (faulty.providers.size + faulty.models.size > 0) {
    delete rest["aliases"];
    const unbounded = (one: unknown) => (isRecord(one) ? withoutModels(one) : one);
    for (const list of ["organisations", "projects"])
      if (Array.isArray(rest[list])) rest[list] = entriesOf(rest[list]).map(unbounded);
  }
  if (faulty.organisations.size > 0)
    rest["projects"] = entriesOf(rest["projects"]).map((one) =>
      isRecord(one) ? { ...one, organisation: undefined } : one,
    );
  return { document: rest, places: left };
}

/** A fault with the index that its entry has in the whole document. */
export function originalPlace(fault: string, places: Pruned["places"]): string {
  return fault.replace(/^(providers|models|organisations|projects)\[(\d+)\]/, (_whole, list: List, index: string) => {
    return `${list}[${places[list]?.[Number(index)] ?? index}]`;
  });
}

/** A project, or an organisation, without what it says of single models. */
function withoutModels({ limits, ...entry }: Record<string, unknown>): Record<string, unknown> {
  return { ...entry, models: undefined, ...(isRecord(limits) && { limits: { ...limits, models: undefined } }) };
}

function nameOf(entry: unknown): unknown {
  return isRecord(entry) ? entry["name"] : undefined;
}

function entriesOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
