import { describe, expect, test } from "bun:test";
import type { DeclaredPrice } from "../../base/declared-price.ts";
import type { StoredCatalog, StoredModel } from "./catalog-model.ts";
import { correctModels } from "./correct-models.ts";
import { mergeUpdate } from "./merge-update.ts";

const model = (price?: Partial<DeclaredPrice>, more: Partial<StoredModel> = {}): StoredModel => ({
  name: "M",
  takes: ["text"],
  gives: ["text"],
  ...more,
  ...(price && { price: { currency: "USD", input: 1, output: 2, ...price } }),
});

const catalogOf = (models: Record<string, StoredModel>, part = "openai"): StoredCatalog => ({
  source: "first",
  sources: { first: { name: "first", date: "2026-01-01" }, other: { name: "other", date: "2026-02-02" } },
  parts: { [part]: { name: "V", models } },
});

/** Updates one vendor's models; `next` undefined is an update without the vendor. */
function update(before: StoredCatalog, next: Record<string, StoredModel> | undefined, accept: string[] = []) {
  const [part = ""] = Object.keys(before.parts);
  const parts = next ? { [part]: { name: "W", models: next } } : {};
  const merged = mergeUpdate(before, {
    parts,
    source: { name: "second", date: "2026-03-03" },
    accept: new Set(accept),
  });
  return { ...merged, models: merged.catalog.parts[part]?.models ?? {} };
}

/** What becomes of a model with one price when the source has another. */
function change(before: StoredModel, after: StoredModel, accept: string[] = []) {
  const { models, changes } = update(catalogOf({ m: before }), { m: after }, accept);
  return { price: models["m"]?.price as DeclaredPrice | undefined, changes, model: models["m"] };
}

test("a new price is taken over and told", () => {
  const { price, changes } = change(model({}), model({ output: 3 }));
  expect(price).toEqual({ currency: "USD", input: 1, output: 3 });
  expect(changes).toEqual([{ action: "price", part: "openai", model: "m", details: ["output 2 → 3"] }]);
});

test("a price that was unknown is taken over; one that stays is not told", () => {
  expect(change(model(), model({})).changes).toMatchObject([{ action: "price", details: ["input 1, output 2"] }]);
  expect(change(model({}), model({})).changes).toEqual([]);
  expect(change(model(), model()).changes).toEqual([]);
});

test("a price that the source has lost stays, and says how old it is", () => {
  const { price, changes } = change(model({}), model());
  expect(price).toEqual({ currency: "USD", input: 1, output: 2, source: "first, 2026-01-01" });
  expect(changes).toMatchObject([{ action: "kept" }]);
});

test("a price that comes back is from the source again", () => {
  const { catalog } = update(catalogOf({ m: model({}) }), { m: model() });
  for (const output of [2, 3])
    expect(update(catalog, { m: model({ output }) }).models["m"]?.price).toEqual({ currency: "USD", input: 1, output });
});

test("a rate, tiers and service tiers that the source has lost stay", () => {
  const rich = {
    cached_input: 0.1,
    tiers: [{ above: 200_000, input: 2, output: 4 }],
    service_tiers: { priority: { input: 2, output: 4 } },
  };
  expect(change(model(rich), model({})).price).toMatchObject(rich);
  const { price, changes } = change(model(rich), model({ input: 1.5 }));
  expect(price).toMatchObject({ ...rich, input: 1.5 });
  expect(changes).toMatchObject([
    { action: "price", details: expect.arrayContaining(["input 1 → 1.5", "cached_input stays"]) as never },
  ]);
  const cached = { service_tiers: { priority: { input: 2, cached_input: 0.2, output: 4 } } };
  const dearer = { service_tiers: { priority: { input: 3, output: 4 } } };
  expect(change(model(cached), model(dearer))).toMatchObject({
    price: { service_tiers: { priority: { input: 3, cached_input: 0.2, output: 4 } } },
    changes: [{ details: ["priority: input 2 → 3", "priority: cached_input stays"] }],
  });
  // Tiers that begin elsewhere are taken over as a whole.
  const tiers = [{ above: 272_000, input: 2, output: 4 }];
  expect(change(model(rich), model({ tiers })).price).toMatchObject({ tiers, service_tiers: rich.service_tiers });
});

test("what was dearer than usual and is not told any more never gets cheaper than usual", () => {
  const rich = {
    tiers: [{ above: 200_000, input: 2, output: 3, cached_input: 0.1 }],
    service_tiers: { priority: { input: 2, output: 4 }, flex: { input: 0.5, output: 1 } },
  };
  const { price, changes, model: merged } = change(model(rich), model({ input: 9, output: 2.5 }));
  expect(price).toMatchObject({
    tiers: [{ above: 200_000, input: 9, output: 3, cached_input: 0.1 }],
    service_tiers: { priority: { input: 9, output: 4 }, flex: { input: 0.5, output: 1 } },
  });
  expect(changes[0]?.details).toEqual(
    expect.arrayContaining(["above 200000: input 2 → 9", "priority: input 2 → 9", "above 200000: output stays"]),
  );
  expect(change(merged as StoredModel, model({ input: 9, output: 2.5 })).price).toEqual(price);
  // What the source says itself is taken over.
  const tiers = [{ above: 200_000, input: 5, cached_input: 0.1, output: 3 }];
  expect(change(model(rich), model({ input: 9, tiers })).price).toMatchObject({ tiers });
});

test("other facts are told with what they were", () => {
  const before = model({}, { context: 100, thinking: { toggle: true } });
  const after = model(
    {},
    { context: 200, output: 50, takes: ["text", "image"], thinking: { efforts: ["low", "high"] } },
  );
  expect(change(before, after).changes).toMatchObject([
    {
      action: "facts",
      details: [
        "context 100 → 200",
        "output limit 50",
        "takes text → text+image",
        "thinking (toggle) → (efforts low+high)",
      ],
    },
  ]);
});

describe("a price too far from the one before is held back", () => {
  test.each<[string, Partial<DeclaredPrice>]>([
    ["a thousandth", { input: 0.001, output: 0.002 }],
    ["cents", { input: 100, output: 200 }],
    ["one rate alone", { output: 21 }],
    ["zero", { input: 0, output: 0 }],
    ["a new tier", { tiers: [{ above: 200_000, input: 500, output: 4 }] }],
    ["a new tier for nearly every prompt", { tiers: [{ above: 1, input: 0.0105, output: 0.02 }] }],
    ["a new tier that is nearly free of output", { tiers: [{ above: 1, input: 1, output: 0.02 }] }],
    ["a first price for reasoning", { reasoning: 0.022 }],
    ["a first price for writing to a cache", { cache_write: 30 }],
    ["a first price for sound", { audio_input: 101 }],
    ["a first price for sound, below that of text", { audio_output: 0.1 }],
    ["a first price for cached tokens", { cached_input: 0.009 }],
    ["a service tier", { service_tiers: { priority: { input: 1, output: 0.1 } } }],
    [
      "a tier of a service tier",
      { service_tiers: { f: { input: 1, output: 2, tiers: [{ above: 1, input: 1, output: 0.1 }] } } },
    ],
  ])("%s", (_, absurd) => {
    const { price, changes } = change(model({}), model(absurd));
    expect(price).toMatchObject({ input: 1, output: 2 });
    expect(changes.map(({ action }) => action)).toEqual(["held"]);
    expect(changes[0]?.details[0]).toMatch(/more than 10 times (?:more|less)/);
  });

  test.each<[string, Partial<DeclaredPrice>, Partial<DeclaredPrice>]>([
    [
      "other lengths",
      { tiers: [{ above: 9, input: 15, output: 2 }] },
      { tiers: [{ above: 8, input: 1.4, output: 2 }] },
    ],
    [
      "the same length",
      { tiers: [{ above: 9, input: 15, output: 2 }] },
      { tiers: [{ above: 9, input: 1, output: 2 }] },
    ],
    ["a kind that had its own", { cached_input: 0.5 }, { cached_input: 0.04 }],
    [
      "no cached tokens in the new ones",
      { tiers: [{ above: 9, input: 2, cached_input: 0.01, output: 4 }] },
      { tiers: [{ above: 9, input: 2, output: 4 }] },
    ],
  ])("tiers are measured by what the same prompt costs until now: %s", (_, old, absurd) => {
    const { price, changes } = change(model(old), model(absurd));
    expect(price).toMatchObject(old);
    expect(changes.map(({ action }) => action)).toEqual(["held"]);
  });

  test("kinds that are usually cheaper or dearer may be, when they are told for the first time", () => {
    const usual = { cached_input: 0.02, audio_input: 16, audio_output: 64, tiers: [{ above: 9, input: 2, output: 4 }] };
    expect(change(model({}), model(usual)).changes.map(({ action }) => action)).toEqual(["price"]);
    // An update that says nothing of them changes nothing.
    expect(change(model(usual), model({ input: 2 })).changes.map(({ action }) => action)).toEqual(["price"]);
  });

  test("with all else that accepting it changes", () => {
    const [before, after] = [model({ cached_input: 0.5 }), model({ input: 2, output: 300 })];
    const absurd = "output 2 → 300 (more than 10 times more)";
    expect(change(before, after).changes).toMatchObject([
      { action: "held", details: [absurd, "input 1 → 2", "cached_input stays"] },
    ]);
    const accepted = change(before, after, ["openai/m"]);
    expect(accepted.changes).toMatchObject([
      { action: "price", details: ["input 1 → 2", "output 2 → 300", "cached_input stays"] },
    ]);
  });

  test("ten times is not too far, and who knows better may accept more", () => {
    expect(change(model({}), model({ input: 10, output: 0.2 })).changes).toMatchObject([{ action: "price" }]);
    const { price, changes } = change(model({}), model({ output: 21 }), ["openai/m"]);
    expect([price?.output, changes[0]?.action]).toEqual([21, "price"]);
    expect(change(model({}), model({ output: 21 }), ["openai/n", "xai/m"]).changes[0]?.action).toBe("held");
  });

  test("the other facts of it are taken over", () => {
    const { model: merged, changes } = change(model({}, { context: 100 }), model({ output: 2000 }, { context: 200 }));
    expect(merged).toMatchObject({ context: 200, price: { output: 2 } });
    expect(changes.map(({ action }) => action)).toEqual(["held", "facts"]);
  });
});

test("a price that is set by hand stays, and what the source has is told once", () => {
  const before = catalogOf({ "deepseek-v4-pro": model({}) }, "deepseek");
  const { changes, catalog } = update(before, { "deepseek-v4-pro": model({ input: 0.66 }) });
  expect(changes).toMatchObject([{ action: "by hand", details: ["input 1 → 0.66"] }]);
  expect(update(catalog, { "deepseek-v4-pro": model({ input: 0.66 }) }).changes).toEqual([]);
});

test("a model that the catalogue has by hand is not new, and is told without the source's price", () => {
  const { changes, catalog } = update(catalogOf({}, "deepseek"), { "deepseek-flash": model({ input: 0.0001 }) });
  expect(changes).toEqual([
    {
      action: "facts",
      part: "deepseek",
      model: "deepseek-flash",
      details: ["the source lists it now", "price set by hand stays"],
    },
  ]);
  const unpriced = update(catalogOf({ "deepseek-flash": model() }, "deepseek"), { "deepseek-flash": model({}) });
  expect(unpriced.changes).toMatchObject([{ action: "by hand", details: ["input 1, output 2"] }]);
  expect(correctModels(catalog, "deepseek").get("deepseek-flash")?.price).toMatchObject({ input: 0.3, output: 1.2 });
});

test("models and vendors that the source has lost stay; models of other sources were never there", () => {
  const before = catalogOf({ a: model({}), b: model({}, { source: "other" }), c: model({}) });
  const { models, changes, catalog } = update(before, { c: model({}), d: model({}) });
  expect(Object.keys(models)).toEqual(["a", "b", "c", "d"]);
  expect(changes.map(({ action, model: id }) => [action, id])).toEqual([
    ["gone", "a"],
    ["add", "d"],
  ]);
  expect([models["a"]?.source, models["b"]?.source, models["c"]?.source]).toEqual(["first", "other", undefined]);
  expect(catalog.source).toBe("second, 2026-03-03");
  const without = update(before, undefined);
  expect(without.changes).toEqual([{ action: "gone", part: "openai", model: "*", details: ["all its models (2)"] }]);
  expect(Object.keys(without.models)).toEqual(["a", "b", "c"]);
  expect(Object.keys(without.catalog.sources)).toContain("first");
});

test("facts that the source has lost stay", () => {
  const { model: merged, changes } = change(model({}, { context: 100, output: 10 }), model({}, { context: 100 }));
  expect([merged?.output, changes]).toEqual([10, []]);
});
