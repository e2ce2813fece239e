import type { Usage, UsageParts } from "../call/index.ts";
import { isObject, type JsonObject } from "./read.ts";
import { readTokenCount } from "./token-count.ts";

/** The parts that there are tokens of; none where a value is no count. */
export function readParts(found: { [Part in keyof UsageParts]: unknown }): Pick<Usage, "parts"> {
  let parts: UsageParts | undefined;
  for (const name in found) {
    const tokens = readTokenCount(found[name as keyof UsageParts]);
    if (tokens) (parts ??= {})[name as keyof UsageParts] = tokens;
  }
  return parts ? { parts } : nothing;
}

const nothing = Object.freeze({});

/** Far more pieces than any request has: a cost by the piece still fits 64 bits of nano-units. */
const piecesMax = 1_000_000;

/** The pieces that there are some of; what is no whole number in reason is none, so that garbage is never billed. */
export function readCounts(found: Readonly<Record<string, unknown>>): Pick<Usage, "counts"> {
  let counts: Record<string, number> | undefined;
  for (const name in found) {
    const pieces = found[name];
    if (typeof pieces === "number" && Number.isInteger(pieces) && pieces > 0 && pieces <= piecesMax)
      (counts ??= {})[name] = pieces;
  }
  return counts ? { counts } : nothing;
}

/** The name of a service tier, in small letters; what does not look like one is none. */
export function readServiceTier(value: unknown): Pick<Usage, "serviceTier"> {
  if (typeof value !== "string" || !/^[A-Za-z][A-Za-z0-9_.-]{0,63}$/.test(value)) return nothing;
  return { serviceTier: value.toLowerCase() };
}

/** An object's field that is an object; an empty one where it is none. */
export function objectIn(value: unknown, name: string): JsonObject {
  const found = isObject(value) ? value[name] : undefined;
  return isObject(found) ? found : noFields;
}

const noFields: JsonObject = {};
