import { expect, test } from "bun:test";
import { openaiChat } from "../dialect/openai-chat/index.ts";
import { Catalog, vendorNames, vendors } from "../vendor/index.ts";
import { parseCloudConfig } from "./parse-cloud-config.ts";
import { readEnvironmentProviders } from "./environment-providers.ts";
import { buildSnapshot } from "./snapshot.ts";

const catalog = new Catalog();
const price = { currency: "USD", input: 1, output: 2 };

function snapshotOf(variables: Record<string, string>, config: object = {}) {
  const environment = readEnvironmentProviders(variables, { host: "127.0.0.1", port: 8787 });
  const localUpstream = () => {
    throw new Error("no local models here");
  };
  return buildSnapshot({ dialects: [openaiChat], localUpstream, catalog, environment }, parseCloudConfig(config));
}

function leadsTo(snapshot: ReturnType<typeof snapshotOf>, name: string) {
  const entry = snapshot.models.get(name) ?? snapshot.names?.find(name);
  const [target] = entry?.targets ?? [];
  return entry && [entry.name, target ? `${target.provider}:${target.model}` : `unpriced at ${entry.unpriced?.join()}`];
}

const both = { OPENAI_API_KEY: "sk-o", ANTHROPIC_API_KEY: "sk-a" };

test("models of the catalogue have a full name, and a bare one where one provider alone has them", () => {
  const snapshot = snapshotOf(both);
  expect(leadsTo(snapshot, "openai/gpt-5.4")).toEqual(["openai/gpt-5.4", "openai:gpt-5.4"]);
  expect(leadsTo(snapshot, "gpt-5.4")).toEqual(["openai/gpt-5.4", "openai:gpt-5.4"]);
  expect(leadsTo(snapshot, "claude-sonnet-4-5")).toEqual([
    "anthropic/claude-sonnet-4-5",
    "anthropic:claude-sonnet-4-5",
  ]);
  expect(leadsTo(snapshot, "gemini-2.5-pro")).toBeUndefined();
  expect(leadsTo(snapshot, "google/gemini-2.5-pro")).toBeUndefined();
  expect(leadsTo(snapshotOf({}), "gpt-5.4")).toBeUndefined();
});

test("a dated id costs what the known model costs, and the vendor is asked for it as it is", () => {
  const snapshot = snapshotOf(both);
  expect(leadsTo(snapshot, "gpt-5.4-2026-03-05")).toEqual(["openai/gpt-5.4", "openai:gpt-5.4-2026-03-05"]);
  expect(leadsTo(snapshot, "openai/gpt-5.4-2026-03-05")).toEqual(["openai/gpt-5.4", "openai:gpt-5.4-2026-03-05"]);
  const [dated, known] = ["gpt-5.4-2026-03-05", "gpt-5.4"].map(
    (name) => snapshot.names?.find(name)?.targets[0]?.prices,
  );
  expect(dated).toEqual(known);
});

test("an id that nobody knows is the provider's, without a price", () => {
  expect(leadsTo(snapshotOf(both), "openai/brand-new")).toEqual(["openai/brand-new", "unpriced at openai"]);
  expect(leadsTo(snapshotOf(both), "brand-new")).toBeUndefined();
  expect(leadsTo(snapshotOf(both), "openai/")).toBeUndefined();
});

test("a bare id of several providers leads nowhere, and its full names are known", () => {
  const providers = [{ name: "mine", vendor: "openai", api_key: "sk-m", catalog: true }];
  const two = snapshotOf({}, { providers: [...providers, { ...providers[0], name: "yours" }] });
  expect(leadsTo(two, "gpt-5.4")).toBeUndefined();
  expect(leadsTo(two, "gpt-5.4-2026-03-05")).toBeUndefined();
  expect(two.names?.candidates("gpt-5.4")).toEqual(["mine/gpt-5.4", "yours/gpt-5.4"]);
  expect(leadsTo(two, "yours/gpt-5.4")).toEqual(["yours/gpt-5.4", "yours:gpt-5.4"]);
});

test("a declared provider offers the catalogue only where it says so", () => {
  const provider = { name: "mine", vendor: "openai", api_key: "sk-m" };
  expect(leadsTo(snapshotOf(both, { providers: [provider] }), "gpt-5.4")).toBeUndefined();
  expect(leadsTo(snapshotOf(both, { providers: [{ ...provider, catalog: true }] }), "gpt-5.4")).toEqual([
    "mine/gpt-5.4",
    "mine:gpt-5.4",
  ]);
});

test("models and aliases of the configuration win", () => {
  const config = {
    models: [
      { name: "chat", targets: [{ provider: "openai", model: "own" }], price },
      { name: "openai/gpt-5.4", targets: [{ provider: "openai", model: "mine" }], price },
    ],
    aliases: {
      "claude-*": "chat",
      "claude-haiku-*": "openai/gpt-5.4-mini",
      "claude-opus": "fast",
      fast: "openai/gpt-5.4-nano",
      "gpt-5.4-mini": "chat",
      "team/*": "chat",
    },
  };
  const snapshot = snapshotOf(both, config);
  for (const [name, expected] of Object.entries({
    "openai/gpt-5.4": ["openai/gpt-5.4", "openai:mine"],
    "gpt-5.4": ["openai/gpt-5.4", "openai:mine"],
    "claude-sonnet-4-5": ["chat", "openai:own"],
    "claude-anything": ["chat", "openai:own"],
    "claude-haiku-4-5": ["openai/gpt-5.4-mini", "openai:gpt-5.4-mini"],
    "claude-opus": ["openai/gpt-5.4-nano", "openai:gpt-5.4-nano"],
    "gpt-5.4-mini": ["chat", "openai:own"],
    "openai/gpt-5.4-mini": ["openai/gpt-5.4-mini", "openai:gpt-5.4-mini"],
    "anthropic/claude-sonnet-4-5": ["anthropic/claude-sonnet-4-5", "anthropic:claude-sonnet-4-5"],
    "team/any": ["chat", "openai:own"],
  }))
    expect([name, leadsTo(snapshot, name)]).toEqual([name, expected]);
  expect(snapshot.models.has("claude-opus")).toBe(true);
});

test("an alias may have the name of the model that it leads to, and `*` takes what is not known", () => {
  const to = snapshotOf(both, { aliases: { "claude-*": "claude-sonnet-4-5" } });
  expect(leadsTo(to, "claude-3-opus")).toEqual(["anthropic/claude-sonnet-4-5", "anthropic:claude-sonnet-4-5"]);
  expect(leadsTo(to, "claude-sonnet-4-5")?.[0]).toBe("anthropic/claude-sonnet-4-5");
  const all = snapshotOf(both, { aliases: { "*": "openai/gpt-5.4" } });
  expect(leadsTo(all, "anything")?.[0]).toBe("openai/gpt-5.4");
  expect(leadsTo(all, "anthropic/claude-sonnet-4-5")?.[0]).toBe("anthropic/claude-sonnet-4-5");
});

test("a configured model without a price of its own costs what the catalogue says", () => {
  const targets = (model: string) => [{ provider: "openai", model }];
  const snapshot = snapshotOf(both, {
    models: [
      { name: "known", targets: targets("gpt-5.4") },
      { name: "unknown", targets: targets("brand-new") },
    ],
  });
  expect(snapshot.models.get("known")?.targets[0]?.prices).toEqual(
    snapshot.names?.find("openai/gpt-5.4")?.targets[0]?.prices ?? [],
  );
  expect(leadsTo(snapshot, "unknown")).toEqual(["unknown", "unpriced at openai"]);
});

test("what was looked for once is found at once, and leads to the same", () => {
  const { names } = snapshotOf(both, { aliases: { "claude-*": "openai/gpt-5.4" } });
  expect(names?.find("gpt-5.4-2026-03-05")).toBe(names?.find("gpt-5.4-2026-03-05"));
  expect(names?.find("claude-any")).toBe(names?.find("openai/gpt-5.4"));
});

test("all vendors' models are there within 50 ms of processor time", () => {
  const providers = vendorNames.filter((name) => /^[^{]+$/.test(vendors[name].baseUrl ?? "{"));
  const parts = [...catalog.parts.keys()];
  const count = parts.reduce((sum, part) => sum + catalog.modelsOf(part).length, 0);
  expect(count).toBeGreaterThan(1_547);
  // Every part at a provider of its own: more than any environment has.
  const all = { modelsOf: () => [] as never[], findModel: catalog.findModel.bind(catalog) };
  let next = 0;
  const spread = { ...all, modelsOf: () => catalog.modelsOf(parts[next++ % parts.length] ?? "") };
  const config = parseCloudConfig({
    providers: Array.from({ length: parts.length }, (_, index) => ({
      name: `p${index}`,
      vendor: providers[index % providers.length],
      api_key: "sk",
      catalog: true,
    })),
    aliases: { "claude-*": "p0/x", "gpt-*": "p1/x" },
  });
  const build = () => {
    next = 0;
    const before = process.cpuUsage();
    const snapshot = buildSnapshot(
      { dialects: [openaiChat], localUpstream: () => ({}) as never, catalog: spread },
      config,
    );
    const { user, system } = process.cpuUsage(before);
    return { snapshot, ms: (user + system) / 1000 };
  };
  const runs = Array.from({ length: 5 }, build);
  expect(runs[0]?.snapshot.models.size).toBeGreaterThan(1_547);
  expect(Math.min(...runs.map(({ ms }) => ms))).toBeLessThan(50);
});
