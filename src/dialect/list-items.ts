import { limits } from "../base/limits.ts";
import { asBuffer, readString, scanObjectAt, skipSpace, type JsonField, type JsonScan } from "./json-scan.ts";
import { parseJson } from "./vendor-error.ts";
import { isObject } from "./read.ts";

/** An object in a list, with the bytes that it is among. */
export interface ListItem {
  body: Uint8Array;
  start: number;
  end: number;
  scan: JsonScan;
}

const bounds = { depthMax: limits.jsonDepthMax, fieldsMax: limits.bodyFieldsMax };

/** The objects of a list that was scanned, none of them parsed. Throws `invalid_json` where one is no object. */
export function listItems(body: Uint8Array, list: JsonField | undefined): ListItem[] {
  const items: ListItem[] = [];
  if (!list?.elements) return items;
  const bytes = asBuffer(body);
  for (let at = list.start + 1; ; at++) {
    const start = skipSpace(bytes, at);
    const { scan, end } = scanObjectAt(bytes, start, bounds);
    // White space behind an item is none of it.
    items.push({ body, start, end: trimEnd(bytes, end), scan });
    at = end;
    if (bytes[at] !== comma) return items;
  }
}

const comma = 0x2c;

function trimEnd(bytes: Uint8Array, end: number): number {
  let at = end;
  while (bytes[at - 1] !== closeBrace) at--;
  return at;
}

const closeBrace = 0x7d;

export function jsonOf({ body, start, end }: ListItem): string {
  return asBuffer(body).toString("utf8", start, end);
}

/** A field that is a text; undefined for any other. */
export function textField({ body, scan }: Pick<ListItem, "body" | "scan">, name: string): string | undefined {
  const field = scan.fields.get(name);
  if (!field || body[field.start] !== quote) return undefined;
  try {
    return readString(body, scan, name);
  } catch {
    // Longer than names and ids are.
    return undefined;
  }
}

const quote = 0x22;

/** Whether a field is there and says something: not null, and no empty text or list. */
export function isSaid({ body, scan }: ListItem, name: string): boolean {
  const field = scan.fields.get(name);
  if (!field) return false;
  const value =
    field.end - field.start > shortMax ? true : parseJson(asBuffer(body).toString("utf8", field.start, field.end));
  return Array.isArray(value)
    ? value.length > 0
    : value !== null && value !== "" && (isObject(value) || Boolean(value));
}

/** Longer values say something. */
const shortMax = 64;
