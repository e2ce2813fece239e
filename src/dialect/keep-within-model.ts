import type { BodyShape, PricedTiers, RewriteRules } from "../call/index.ts";
import { refuseHostedTools, type HostedTool } from "./hosted-tools.ts";
import { asBuffer, type JsonField } from "./json-scan.ts";
import { removeFields, setField, type JsonEdit } from "./json-splice.ts";
import type { OpenedBody } from "./open-body.ts";
import { reachesBeyond } from "./reaching-fields.ts";
import { readTier, tierFields, usualTier } from "./service-tier.ts";

/**
 * Adds the edits that keep a request within its model: fields that reach beyond it are taken out, unless `passes` lists
 * them, and the cache's tag is set. Returns the names of the fields that were left out; undefined for none. A field that is null
 * stays. `isHarmless` returns true for a field that the dialect knows to be harmless; `empty` are fields that say nothing, and go without
 * a word. Throws for hosted tools that reach further.
 */
export function keepWithinModel(
  opened: OpenedBody,
  hostedTools: readonly HostedTool[],
  edits: JsonEdit[],
  { passes, tag, shape, serviceTiers }: RewriteRules = { passes: none },
  isHarmless?: (name: string, opened: OpenedBody) => boolean,
  empty?: JsonField[],
): string[] | undefined {
  const { body, scan } = opened;
  refuseHostedTools(hostedTools, passes);
  let dropped: string[] | undefined;
  let removed = empty;
  for (const name of scan.fields.keys()) {
    if (!reachesBeyond(name) || passes.has(name)) continue;
    const field = scan.fields.get(name);
    const isTag = name === tag?.field;
    if (!field || isNull(body, field) || (!isTag && isHarmless?.(name, opened))) continue;
    if (serviceTiers && isPricedTier(opened, name, serviceTiers)) continue;
    (dropped ??= []).push(name);
    if (!isTag) (removed ??= []).push(field);
  }
  if (shape) removed = shapeBody(opened, edits, shape, removed);
  if (removed) edits.push(...removeFields(body, removed));
  if (tag)
    edits.push(setField(scan, tag.field, tag.json(passes.has(tag.field) ? readOwn(opened, tag.field) : undefined)));
  return dropped;
}

/** Adds the edits that give a body its vendor's shape. Returns all fields that are to be taken out, those of `removed` among them. */
function shapeBody(
  { body, scan }: OpenedBody,
  edits: JsonEdit[],
  shape: BodyShape,
  removed: readonly JsonField[] = [],
): JsonField[] {
  const isGiven = (name: string) => {
    const field = scan.fields.get(name);
    return field !== undefined && !isNull(body, field);
  };
  const { with: set = {}, withDefault = {}, without = [] } = shape;
  const unwanted = shape.notBoth?.every(isGiven) ? [...without, shape.notBoth[1]] : without;
  const out = new Set([...removed, ...unwanted.flatMap((name) => scan.fields.get(name) ?? [])]);
  const starts = new Set([...out].map(({ start }) => start));
  // A model's name that is taken out need not be changed before.
  edits.splice(0, edits.length, ...edits.filter(({ start }) => !starts.has(start)));
  // What is set is not taken out, too, where it was null.
  const put = (name: string, json: string) => {
    const field = scan.fields.get(name);
    if (field) out.delete(field);
    edits.push(setField(scan, name, json));
  };
  for (const [name, other] of Object.entries(shape.renames ?? {})) {
    const field = scan.fields.get(name);
    if (!field || out.has(field)) continue;
    out.add(field);
    if (!isGiven(name) || isGiven(other)) continue;
    put(other, asBuffer(body).toString("utf8", field.start, field.end));
  }
  for (const [name, json] of Object.entries(set)) put(name, json);
  for (const [name, json] of Object.entries(withDefault)) if (!isGiven(name)) put(name, json);
  return [...out];
}

/** Whether the field asks for a service tier that has a price. */
function isPricedTier(opened: OpenedBody, name: string, serviceTiers: PricedTiers): boolean {
  if (!(tierFields as readonly string[]).includes(name)) return false;
  const tier = readTier(opened, name);
  if (tier === undefined || tier === usualTier) return tier !== undefined;
  if (!serviceTiers.has(tier)) return false;
  serviceTiers.ask(tier);
  return true;
}

const none: ReadonlySet<string> = new Set();

function isNull(body: Uint8Array, { start }: JsonField): boolean {
  return body[start] === 0x6e;
}

function readOwn({ body, scan }: OpenedBody, name: string): string | undefined {
  const field = scan.fields.get(name);
  return field && !isNull(body, field) ? asBuffer(body).toString("utf8", field.start, field.end) : undefined;
}
