import { ownValue } from "../../../base/own-value.ts";
import { isObject } from "./is-object.ts";

const charsMax = 40;

/** What a document in models.dev's form says of a model's price, for people: `input -1, output 0`; undefined where it says nothing. */
export function describeCost(document: unknown, part: string, id: string): string | undefined {
  const vendor = fieldOf(document, part);
  const cost = fieldOf(fieldOf(fieldOf(vendor, "models"), id), "cost");
  if (cost === undefined || cost === null) return undefined;
  if (!isObject(cost)) return show(cost);
  const rates = ["input", "output"].map((name) => `${name} ${show(ownValue(cost, name) ?? "unknown")}`);
  return rates.join(", ");
}

function fieldOf(value: unknown, name: string): unknown {
  return isObject(value) ? ownValue(value, name) : undefined;
}

function show(value: unknown): string {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.length > charsMax ? `${text.slice(0, charsMax)}…` : text;
}
