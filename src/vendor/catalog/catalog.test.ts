import { afterAll, describe, expect, test } from "bun:test";
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeTemporaryFolder, removeTemporaryFolder } from "../../testing/temporary-folder.ts";
import { formatCatalogFile } from "./catalog-file.ts";
import { Catalog } from "./catalog.ts";
import { modalities, pricesOf, type CatalogModel, type StoredCatalog } from "./catalog-model.ts";
import { findModel, modelsOf } from "./index.ts";
import { isFree } from "./models-dev/is-free.ts";

const catalog = new Catalog();
const all = [...catalog.parts.keys()].flatMap((part) => catalog.modelsOf(part));
const folder = makeTemporaryFolder();
afterAll(() => removeTemporaryFolder(folder));

/** One price of a model that has one. */
function priceOf(part: string, id: string) {
  const prices = pricesOf(findModel(part, id) ?? {});
  expect([part, id, prices.length]).toEqual([part, id, 1]);
  return prices[0];
}

test("every model of the sources is there, with what it takes and gives", () => {
  expect(catalog.parts.size).toBe(38);
  expect(all.length).toBeGreaterThanOrEqual(1547 + 28);
  for (const model of all) {
    const { part, id, takes, gives, context = 1, output = 1 } = model;
    expect([part, id, [...takes, ...gives].filter((it) => !modalities.includes(it))]).toEqual([part, id, []]);
    expect([part, id, context > 0 && output > 0]).toEqual([part, id, true]);
    expect(model.source).toMatch(/, 2026-\d\d-\d\d$/);
    for (const price of pricesOf(model))
      expect([part, id, price.source]).toEqual([part, id, expect.stringMatching(/2026-\d\d-\d\d/)]);
  }
});

test("the file has each model that models.dev lists, where its data are here", () => {
  const source = join(import.meta.dir, "..", "..", "..", "..", "shared", "data", "models-dev", "api.json");
  if (!existsSync(source)) return;
  const document = JSON.parse(readFileSync(source, "utf8")) as Record<string, { models: Record<string, unknown> }>;
  const listed = Object.entries(document).flatMap(([part, { models }]) => Object.keys(models).map((id) => [part, id]));
  expect(listed.length).toBe(1547);
  for (const [part = "", id = ""] of listed) expect([part, id, findModel(part, id)?.id]).toEqual([part, id, id]);
});

test("nothing is priced below zero, and at zero only what its vendor gives away", () => {
  const zeros: string[] = [];
  for (const model of all)
    for (const { input, output, fees = {}, tiers = [] } of pricesOf(model)) {
      const rates = [input, output, ...Object.values(fees), ...tiers.flatMap((tier) => [tier.input, tier.output])].map(
        Number,
      );
      expect([model.part, model.id, rates.every((rate) => rate >= 0)]).toEqual([model.part, model.id, true]);
      if (Number(input) === 0 && Object.keys(fees).length === 0) zeros.push(`${model.part}/${model.id}`);
      if (Number(input) > 0 && Number(output) === 0) expect(model.id).toMatch(/embed/i);
    }
  expect(zeros.filter((name) => !isFree(...(name.split(/\/(.*)/) as [string, string])))).toEqual([]);
  expect(zeros).toContain("openrouter/openai/gpt-oss-20b:free");
  expect(zeros).toContain("zhipuai/glm-4.7-flash");
  // A trial's zero, a preview's, a price that depends, and none at all.
  for (const [part, id] of [
    ["nvidia", "meta/llama-3.1-8b-instruct"],
    ["modelscope", "ZhipuAI/GLM-4.6"],
    ["openrouter", "google/lyria-3-pro-preview"],
    ["azure", "model-router"],
    ["ollama-cloud", "gpt-oss:120b"],
  ] as const)
    expect([part, id, findModel(part, id)?.id, findModel(part, id)?.price]).toEqual([part, id, id, undefined]);
});

test("the file stays small, and reading it takes little of a start", () => {
  expect(statSync(join(import.meta.dir, "models.json")).size).toBeLessThan(1_000_000);
  const times = Array.from({ length: 5 }, () => {
    const before = process.cpuUsage();
    expect(new Catalog().findModel("openai", "gpt-5.4")?.name).toBe("GPT-5.4");
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1000;
  });
  // About 6 ms of processor time; it was measured so, since others keep the machine busy.
  expect(Math.min(...times)).toBeLessThan(20);
});

describe("ids", () => {
  test.each([
    ["anthropic", "claude-sonnet-4-5-20250929", "claude-sonnet-4-5-20250929"],
    ["anthropic", "claude-sonnet-4-6-20260217", "claude-sonnet-4-6"],
    ["anthropic", "claude-3-haiku", "claude-3-haiku-20240307"],
    ["anthropic", "claude-3-opus-latest", "claude-3-opus-20240229"],
    ["anthropic", "claude-3-5-sonnet", "claude-3-5-sonnet-20241022"],
    ["openai", "gpt-5.4-2026-03-05", "gpt-5.4"],
    ["openai", "gpt-4o-2024-05-13", "gpt-4o-2024-05-13"],
    ["openai", "gpt-5-chat", "gpt-5-chat-latest"],
    ["google-vertex", "claude-sonnet-4-5-20250929", "claude-sonnet-4-5@20250929"],
    ["google-vertex", "claude-opus-4-8", "claude-opus-4-8@default"],
    ["alibaba", "qwen-plus-2025-09-11", "qwen-plus"],
    ["alibaba", "qwen-plus-latest", "qwen-plus"],
    ["byteplus", "seed-1-6-250615", "seed-1-6"],
    ["byteplus", "seed-1-6-250915", "seed-1-6-250915"],
  ])("%s: %s is %s", (part, asked, id) => {
    expect(findModel(part, asked)?.id).toBe(id);
  });

  test.each([
    // Another date than those that are known may have another price.
    ["anthropic", "claude-3-5-sonnet-20250101"],
    ["openai", "gpt-6"],
    ["openai", "gpt-5.4-2026-13-40"],
    ["openai", "__proto__"],
    ["openai", "constructor"],
    ["__proto__", "gpt-5.4"],
    ["constructor", "name"],
    ["nobody", "gpt-5.4"],
    ["openai", ""],
  ])("%s: %s is not known", (part, asked) => {
    expect(findModel(part, asked)).toBeUndefined();
    expect(modelsOf(part).length).toBe(part === "openai" ? 51 : part === "anthropic" ? 24 : 0);
  });
});

describe("corrections", () => {
  test("DeepSeek has its two models, by hour and date", () => {
    expect(findModel("deepseek", "deepseek-flash")).toMatchObject({ context: 1_000_000, output: 384_000 });
    const [july, august] = pricesOf(findModel("deepseek", "deepseek-v4-pro") ?? {});
    expect(july).toMatchObject({ input: 0.435, output: 0.87 });
    expect(august).toMatchObject({
      input: 1.32,
      cached_input: 0.044,
      output: 3.96,
      valid_from: "2026-08-16T16:00:00Z",
    });
    expect(august?.off_peak).toMatchObject({ factor: 0.5, holidays: "cn" });
  });

  test("caches, batches, tiers and fees", () => {
    expect(priceOf("anthropic", "claude-opus-4-8")).toMatchObject({
      cache_write: 6.25,
      cache_write_1h: 10,
      batch: 0.5,
      fees: { web_search: 0.01 },
      service_tiers: { fast: { input: 10, cache_write_1h: 20, output: 50 } },
    });
    expect(priceOf("alibaba", "qwen3.6-plus")).toMatchObject({
      input: 0.5,
      cached_input: 0.1,
      explicit_cached_input: 0.05,
      cache_write: 0.625,
      batch: 0.5,
      tiers: [{ above: 256_000, cached_input: 0.4, explicit_cached_input: 0.2, cache_write: 2.5 }],
    });
    expect(priceOf("alibaba", "qwen-plus")).toMatchObject({ output: 1.2, thinking_output: 4 });
    expect(priceOf("openai", "gpt-5.4")).toMatchObject({
      batch: 0.5,
      service_tiers: { flex: { factor: 0.5 }, priority: { input: 5, output: 30 } },
    });
    expect(priceOf("google", "gemini-2.5-flash")).toMatchObject({ audio_input: 1, batch: 0.5 });
    expect(priceOf("xai", "grok-4.3")).toMatchObject({ tiers: [{ above: 200_000, input: 2.5, output: 5 }] });
    expect(priceOf("byteplus", "seed-2-0-pro")).toMatchObject({
      input: 0.5,
      tiers: [{ above: 128_000, input: 1, output: 6 }],
    });
    expect(priceOf("byteplus", "seedream-4-0")).toMatchObject({ fees: { image: 0.03 } });
  });

  test("a correction adds no model but those that are meant to be new", () => {
    const added = all.filter(({ part, id }) => !Object.hasOwn(catalog.stored.parts[part]?.models ?? {}, id));
    expect(added.map(({ part, id }) => `${part}/${id}`)).toEqual([
      "cohere/rerank-v4.0-pro",
      "cohere/rerank-v4.0-fast",
      "cohere/rerank-v3.5",
      "cohere/rerank-english-v3.0",
      "cohere/rerank-multilingual-v3.0",
      "deepseek/deepseek-flash",
    ]);
  });

  test("a price of the Chinese region says that it is converted", () => {
    const model = findModel("alibaba-cn", "qwen-plus");
    expect(model?.converted_from).toBe("CNY");
    expect(pricesOf(model as CatalogModel)[0]?.source).toContain("converted from CNY");
    for (const { part, converted_from: from } of all)
      expect(from === undefined || /-cn$|^(?:qiniu-ai|stepfun|zhipuai)$/.test(part)).toBe(true);
  });

  test("which Claude takes the beginning of its answer", () => {
    const takes = (part: string, id: string) => {
      const { features = [], lacks = [] } = findModel(part, id) ?? {};
      return features.includes("prefill") ? true : lacks.includes("prefill") ? false : undefined;
    };
    for (const id of [
      "claude-3-haiku-20240307",
      "claude-opus-4-1",
      "claude-opus-4-20250514",
      "claude-haiku-4-5",
      "claude-opus-4-5-20251101",
    ])
      expect([id, takes("anthropic", id)]).toEqual([id, true]);
    for (const id of ["claude-opus-4-6", "claude-sonnet-4-6", "claude-opus-4-8", "claude-sonnet-5", "claude-fable-5"])
      expect([id, takes("anthropic", id)]).toEqual([id, false]);
    expect(takes("amazon-bedrock", "us.anthropic.claude-sonnet-4-6")).toBe(false);
    expect(takes("openrouter", "anthropic/claude-sonnet-4.5")).toBe(true);
    expect(takes("openrouter", "~anthropic/claude-sonnet-latest")).toBeUndefined();
    expect(takes("openai", "gpt-5.4")).toBeUndefined();
  });
});

describe("an update in a file", () => {
  const file = join(folder, "catalog.json");
  const renamed = (name: string, date = "2027-01-01"): StoredCatalog => {
    const { stored } = catalog;
    const openai = stored.parts["openai"];
    const models = { ...openai?.models, "gpt-9": { name, takes: ["text" as const], gives: ["text" as const] } };
    return {
      source: "u",
      sources: { ...stored.sources, u: { name: "an update", date } },
      parts: { ...stored.parts, openai: { name: "OpenAI", models } },
    };
  };

  test("takes the place of what comes with Sahab, and is noticed when it changes", () => {
    const updated = new Catalog(file);
    expect(updated.findModel("openai", "gpt-9")).toBeUndefined();
    expect(updated.isStale).toBe(false);
    writeFileSync(file, formatCatalogFile(renamed("one")));
    expect(updated.isStale).toBe(true);
    expect(updated.reload()).toBe(true);
    expect(updated.reload()).toBe(false);
    expect(updated.findModel("openai", "gpt-9")?.name).toBe("one");
    expect(updated.update).toEqual({ isUsed: true, fault: undefined });
  });

  test.each([
    ["cut", (text: string) => text.slice(0, -100)],
    ["changed by a digit", (text: string) => text.replace('"input":2.5', '"input":0.5')],
    ["empty", () => ""],
    ["something else", () => '{"parts":{"openai":{"models":{}}}}'],
    ["binary", () => "\u0000\u0001\u0002"],
  ])("one that is %s is told and ignored", (_, damage) => {
    writeFileSync(file, damage(formatCatalogFile(renamed("one"))));
    const told: string[] = [];
    const damaged = new Catalog(file, (fault) => told.push(fault));
    expect(damaged.findModel("openai", "gpt-9")).toBeUndefined();
    expect(damaged.findModel("openai", "gpt-5.4")?.name).toBe("GPT-5.4");
    expect(told).toEqual([expect.stringContaining("is damaged")]);
    expect(damaged.update).toEqual({ isUsed: false, fault: told[0] });
  });

  test("one that is older than what comes with Sahab is not used", () => {
    writeFileSync(file, formatCatalogFile(renamed("old", "2026-01-01")));
    const older = new Catalog(file);
    expect(older.findModel("openai", "gpt-9")).toBeUndefined();
    expect(older.update.fault).toContain("older");
  });
});
