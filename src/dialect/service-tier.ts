import { asBuffer } from "./json-scan.ts";
import type { OpenedBody } from "./open-body.ts";

/** Where vendors are asked for a service tier: OpenAI and Anthropic, Google, and Anthropic for its fast mode. */
export const tierFields = ["service_tier", "serviceTier", "speed"] as const;

/** Stands for all words of vendors for the usual tier, or for whichever there is; the answer says which one it was. */
export const usualTier = "default";
const usualTiers: ReadonlySet<string> = new Set(["auto", usualTier, "standard", "standard_only"]);
const nameCharsMax = 64;

/** The tier that a field asks for, in small letters; undefined where it is no name of one. */
export function readTier({ body, scan }: OpenedBody, name: string): string | undefined {
  const field = scan.fields.get(name);
  if (!field || field.end - field.start > nameCharsMax + 2) return undefined;
  const json = asBuffer(body).toString("latin1", field.start, field.end);
  const tier = /^"([A-Za-z][A-Za-z0-9_.-]*)"$/.exec(json)?.[1]?.toLowerCase();
  return tier !== undefined && usualTiers.has(tier) ? usualTier : tier;
}
