/** A step to a value: a name, or the entry of a list whose field (`name`, `modelConfig.model`) has this text. */
export type Step = string | { where: string; is: string };
export type SettingsPath = readonly Step[];
/** The same with places in lists. */
export type ExactPath = readonly (string | number)[];

/** What settings hold that cannot be changed; the message is the end of a sentence. */
export class SettingsFault extends Error {
  readonly line: number | undefined;
  constructor(message: string, line?: number) {
    super(message);
    this.line = line;
  }
}

type Container = Record<string, unknown> | unknown[];

/** The value at a path; undefined where there is none. */
export function findValue(tree: unknown, path: SettingsPath): unknown {
  let at = tree;
  for (const step of path) {
    if (!isContainer(at)) return undefined;
    if (typeof step === "string") at = Array.isArray(at) || !Object.hasOwn(at, step) ? undefined : at[step];
    else at = Array.isArray(at) ? at[placeIn(at, step)] : undefined;
  }
  return at ?? undefined;
}

/**
 * One change of an existing object or list that puts the value at the path: what lies between and is not there yet is part of the
 * value. Throws a SettingsFault where something else lies between.
 */
export function placeValue(tree: unknown, path: SettingsPath, value: unknown): { at: ExactPath; value: unknown } {
  const at: (string | number)[] = [];
  if (tree === undefined) return { at, value: wrap(path, value) };
  let here = tree;
  for (const [depth, step] of path.entries()) {
    const isList = typeof step !== "string";
    if (!isContainer(here) || Array.isArray(here) !== isList)
      throw new SettingsFault(
        `expected ${isList ? "a list" : "an object"} at ${showPath(path.slice(0, depth)) || "the top"}, found ${kindOf(here)}`,
      );
    const place = typeof step === "string" ? step : placeOrEnd(here as unknown[], step);
    at.push(place);
    const next = Array.isArray(here)
      ? here[place as number]
      : Object.hasOwn(here, place)
        ? here[place as string]
        : undefined;
    // An empty value (`models:` of YAML) is as good as none.
    if (next === undefined || next === null) return { at, value: wrap(path.slice(depth + 1), value) };
    here = next;
  }
  return { at, value };
}

/** What is at a path that is there. */
export function findAt(tree: unknown, at: ExactPath): unknown {
  return at.reduce((here, step) => (here as Record<string | number, unknown>)[step], tree);
}

/** The path of a value that is there. */
export function exactPath(tree: unknown, path: SettingsPath): ExactPath {
  let here = tree;
  return path.map((step) => {
    const place = typeof step === "string" ? step : placeIn(here as unknown[], step);
    here = (here as Record<string | number, unknown>)[place];
    return place;
  });
}

/** A copy of the tree with another value at the path; undefined takes it out. */
export function changeTree(tree: unknown, at: ExactPath, value: unknown): unknown {
  const [first, ...rest] = at;
  if (first === undefined) return value;
  const next = changeTree((tree as Record<string | number, unknown>)[first], rest, value);
  if (Array.isArray(tree)) {
    const list: unknown[] = [...(tree as unknown[])];
    if (next === undefined) list.splice(first as number, 1);
    else list[first as number] = next;
    return list;
  }
  if (next !== undefined) return { ...(tree as object), [first]: next };
  return Object.fromEntries(Object.entries(tree as object).filter(([name]) => name !== first));
}

/** `model_providers.sahab`, `models[name=Sahab]`; the keys of objects only, never a value. */
export function showPath(path: SettingsPath): string {
  return path
    .map((step, at) => (typeof step === "string" ? `${at > 0 ? "." : ""}${step}` : `[${step.where}=${step.is}]`))
    .join("");
}

/** The same whatever the order of an object's keys, since programs write their settings anew. */
export function canonical(value: unknown): string {
  const text = JSON.stringify(value ?? {}, (_, inner: unknown) => {
    if (typeof inner === "bigint") return `${inner}n`;
    if (!isContainer(inner) || Array.isArray(inner)) return inner;
    return Object.fromEntries(Object.entries(inner).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  });
  return text ?? "";
}

/** An object may go with the last of its values. */
export function sameContent(one: unknown, other: unknown): boolean {
  return canonical(withoutEmpty(one)) === canonical(withoutEmpty(other));
}

function withoutEmpty(tree: unknown): unknown {
  if (!isContainer(tree)) return tree;
  if (Array.isArray(tree)) return tree.map(withoutEmpty);
  const entries = Object.entries(tree).map(([name, value]) => [name, withoutEmpty(value)] as const);
  return Object.fromEntries(entries.filter(([, value]) => Array.isArray(value) || !isEmpty(value)));
}

export function isContainer(value: unknown): value is Container {
  return typeof value === "object" && value !== null && !(value instanceof Date);
}

export function isEmpty(value: unknown): boolean {
  return isContainer(value) && Object.keys(value).length === 0;
}

function placeIn(list: readonly unknown[], { where, is }: { where: string; is: string }): number {
  return list.findIndex((entry) => findValue(entry, where.split(".")) === is);
}

function placeOrEnd(list: readonly unknown[], step: { where: string; is: string }): number {
  const place = placeIn(list, step);
  return place < 0 ? list.length : place;
}

function wrap(path: SettingsPath, value: unknown): unknown {
  return path.reduceRight<unknown>((inner, step) => (typeof step === "string" ? { [step]: inner } : [inner]), value);
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  return value === null || value === undefined ? "nothing" : isContainer(value) ? "an object" : `a ${typeof value}`;
}
