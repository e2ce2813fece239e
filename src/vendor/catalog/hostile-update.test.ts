import { expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { parseNano } from "../../base/money.ts";
import { Catalog } from "./catalog.ts";
import { pricesOf, type StoredCatalog } from "./catalog-model.ts";
import { correctModels } from "./correct-models.ts";
import { mergeUpdate } from "./merge-update.ts";
import { readModelsDev } from "./models-dev/read-models-dev.ts";

const { stored } = new Catalog();
const parts = ["openai", "anthropic", "alibaba", "deepseek", "xai", "google", "openrouter"];

/** What a source may write in the place of a number, an object, or anything. */
const number = fc.oneof(
  fc.double(),
  fc.constantFrom<unknown>(0, -1, -0, 1e-9, 1e-12, 1e21, "1", null, true, [], {}, "free"),
  fc.double({ min: 0.01, max: 100, noNaN: true }),
);
const rates = fc.dictionary(
  fc.constantFrom("input", "output", "cache_read", "cached_input", "cache_write", "reasoning", "input_audio", "tier"),
  fc.oneof(number, fc.record({ size: number, type: fc.constantFrom<unknown>("context", 1, undefined) })),
);
const cost = fc
  .tuple(rates, fc.oneof(fc.array(rates, { maxLength: 3 }), fc.constant(undefined), number))
  .map(([base, tiers]) => ({ ...base, tiers }));
const model = fc.oneof(
  fc.record({
    name: fc.oneof(fc.string({ unit: "binary" }), number),
    cost,
    limit: fc.oneof(rates, number),
    reasoning_options: fc.anything(),
  }),
  fc.anything(),
);
const ids = fc.oneof(
  fc.constantFrom(
    "gpt-5.4",
    "claude-opus-4-8",
    "qwen-plus",
    "deepseek-v4-pro",
    "grok-4.3",
    "gemini-2.5-pro",
    "__proto__",
    "a:free",
  ),
  fc.string({ unit: "binary", maxLength: 300 }),
);
const document = fc.dictionary(
  fc.constantFrom(...parts),
  fc.record({ name: fc.anything(), models: fc.dictionary(ids, model) }),
);

/** What of a catalogue must never be: one line for each. */
function faultsOf(catalog: StoredCatalog): string[] {
  return parts.flatMap((part) =>
    [...correctModels(catalog, part).values()].flatMap((found) =>
      pricesOf(found).flatMap((price) => {
        const { input, output, tiers = [], service_tiers: services = {}, fees = {} } = price;
        const numbers = [price, ...tiers, ...Object.values(services), fees].flatMap((own) =>
          Object.values(own).filter((value) => typeof value === "number"),
        );
        const isSound = numbers.every((value) => (parseNano(value) ?? -1n) >= 0n);
        const isFree = Number(input) === 0 && Number(output) === 0 && Object.keys(fees).length === 0;
        return isSound &&
          (!isFree || found.id.endsWith(":free") || /^(?:openrouter\/free$|omni-moderation-)/.test(found.id))
          ? []
          : [`${part}/${found.id}`];
      }),
    ),
  );
}

test("whatever a document says, nothing throws, is lost, negative or free", () => {
  const before = new Map(parts.map((part) => [part, correctModels(stored, part)]));
  const small = {
    ...stored,
    parts: Object.fromEntries(Object.entries(stored.parts).filter(([part]) => parts.includes(part))),
  };
  let taken = 0;
  fc.assert(
    fc.property(document, (raw) => {
      const read = readModelsDev(JSON.parse(JSON.stringify(raw)), parts);
      if (!read) return;
      const source = { name: "hostile", date: "2027-01-01" };
      const { catalog, changes } = mergeUpdate(small, { parts: read, source, accept: new Set() });
      taken += changes.filter(({ action }) => action === "price" || action === "add").length;
      expect(faultsOf(catalog)).toEqual([]);
      for (const [part, models] of before) {
        const after = correctModels(catalog, part);
        for (const [id, known] of models)
          expect([id, known.price === undefined || after.get(id)?.price !== undefined]).toEqual([id, true]);
      }
    }),
    { numRuns: 60 },
  );
  // Some of it is a price, or the test would try nothing.
  expect(taken).toBeGreaterThan(0);
});

test("what the catalogue was made of changes nothing in it, where the data are here", () => {
  const file = join(import.meta.dir, "..", "..", "..", "..", "shared", "data", "models-dev", "api.json");
  if (!existsSync(file)) return;
  const read = readModelsDev(JSON.parse(readFileSync(file, "utf8")), Object.keys(stored.parts));
  const source = { name: "again", date: "2027-01-01" };
  expect(mergeUpdate(stored, { parts: read ?? {}, source, accept: new Set() }).changes).toEqual([]);
});
