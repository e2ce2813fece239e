import { limits } from "../base/limits.ts";
import { asBuffer, scanJsonObject, skipSpace } from "./json-scan.ts";
import { spliceJson, type JsonEdit } from "./json-splice.ts";
import type { JsonObject } from "./read.ts";

/** Where an answer has its usage. */
export interface UsagePlace {
  /** What the dialect calls it; `usage` by default. */
  field?: string | undefined;
  /** The field whose object has it; the top level by default. */
  within?: string | undefined;
}

/**
 * A JSON object with fields added to its usage, all other bytes as they are: numbers with more digits than a double holds
 * survive. Undefined where there is no usage object at its place. The object must be valid JSON.
 */
export function spliceUsage(
  json: Uint8Array,
  extra: JsonObject,
  { field = "usage", within }: UsagePlace = {},
): Uint8Array | undefined {
  const bytes = asBuffer(json);
  const holder = within === undefined ? { start: 0, end: bytes.length } : findByScan(bytes, within);
  if (!holder) return undefined;
  const held = bytes.subarray(holder.start, holder.end);
  const usage = findNearEnd(held, field) ?? findByScan(held, field);
  if (!usage || held[usage.start] !== openBrace) return undefined;
  const shift = (edit: JsonEdit) => ({ ...edit, start: edit.start + holder.start, end: edit.end + holder.start });
  return spliceJson(bytes, setFields(held, usage, extra).map(shift));
}

interface Range {
  start: number;
  end: number;
}

const quote = 0x22;
const backslash = 0x5c;
const colon = 0x3a;
const openBrace = 0x7b;
const closeBrace = 0x7d;

/**
 * The usage object where it is among the last fields, as with nearly every vendor: a quarter of the time of a scan from the start.
 * Undefined where the bytes behind it do not show that.
 */
function findNearEnd(bytes: Buffer, field: string): Range | undefined {
  const key = `"${field}"`;
  const at = bytes.lastIndexOf(key);
  // Within a string the quotes would be escaped.
  if (at < 1 || bytes[at - 1] === backslash) return undefined;
  const afterKey = skipSpace(bytes, at + key.length);
  if (bytes[afterKey] !== colon) return undefined;
  const start = skipSpace(bytes, afterKey + 1);
  if (bytes[start] !== openBrace) return undefined;
  const end = skipNested(bytes, start + 1);
  // If only the outermost object is left to be closed, this was a field of it.
  const isTopLevel = skipSpace(bytes, skipNested(bytes, end)) === bytes.length;
  return isTopLevel ? { start, end } : undefined;
}

/** Position after the bracket that closes what is open at `from`. */
function skipNested(bytes: Buffer, from: number): number {
  const { length } = bytes;
  let depth = 1;
  let at = from;
  while (at < length) {
    let byte = bytes[at++] as number;
    if (byte === quote) {
      while (at < length && (byte = bytes[at++] as number) !== quote) if (byte === backslash) at++;
    } else if (byte === openBrace || byte === 0x5b) depth++;
    else if ((byte === closeBrace || byte === 0x5d) && --depth === 0) return at;
  }
  return Number.POSITIVE_INFINITY;
}

function findByScan(bytes: Buffer, name: string): Range | undefined {
  try {
    return scanJsonObject(bytes, { depthMax: limits.jsonDepthMax }).fields.get(name);
  } catch {
    return undefined;
  }
}

/** A field that a vendor has already (OpenRouter's `cost`) gets the new value; others are put last. */
function setFields(bytes: Buffer, usage: Range, extra: JsonObject): JsonEdit[] {
  const names = Object.keys(extra);
  // The object is looked into only where one of the names may be in it, which is rare.
  const text = bytes.toString("latin1", usage.start, usage.end);
  const mayHave = text.includes("\\u") || names.some((name) => text.includes(name));
  const inner = mayHave
    ? scanJsonObject(bytes.subarray(usage.start, usage.end), { depthMax: limits.jsonDepthMax }).fields
    : undefined;
  const edits: JsonEdit[] = [];
  let separator = bytes[skipSpace(bytes, usage.start + 1)] === closeBrace ? "" : ",";
  let added = "";
  for (const name of names) {
    const known = inner?.get(name);
    const value = JSON.stringify(extra[name]);
    if (known) edits.push({ start: usage.start + known.start, end: usage.start + known.end, text: value });
    else {
      added += `${separator}"${name}":${value}`;
      separator = ",";
    }
  }
  edits.push({ start: usage.end - 1, end: usage.end - 1, text: added });
  return edits;
}
