import { expect, test } from "bun:test";
import { CloudConfigError } from "./cloud-config.ts";
import { findDoubts } from "./find-doubts.ts";
import { findUnknownModel } from "./find-name-faults.ts";
import { parseCloudConfig } from "./parse-cloud-config.ts";

const price = { currency: "USD", input: 1, output: 2 };
const providers = [{ name: "v", vendor: "compatible", base_url: "http://127.0.0.1:1" }];
const models = [{ name: "chat", targets: [{ provider: "v", model: "m" }], price }];

function faultsOf(more: object): string[] {
  try {
    parseCloudConfig({ providers, models, ...more });
    return [];
  } catch (error) {
    if (error instanceof CloudConfigError) return error.problems;
    throw error;
  }
}

const faultsOfAliases = (aliases: object) => faultsOf({ aliases });

test("aliases that lead to a model are taken", () => {
  expect(faultsOfAliases({ "claude-*": "chat", "*": "chat", small: "claude-x", a: "b", b: "chat" })).toEqual([]);
  expect(faultsOfAliases({ cheap: "deepseek/deepseek-flash", new: "openai/brand-new", bare: "gpt-5.4" })).toEqual([]);
});

test("aliases that lead nowhere, in a circle, or over a model are told", () => {
  expect(faultsOfAliases({ a: "nothing" })).toEqual(['aliases.a: "nothing" is not among the models (chat)']);
  expect(faultsOfAliases({ a: "b", b: "c", c: "a" })[0]).toBe('aliases.a: leads in a circle: "a" → "b" → "c" → "a"');
  expect(faultsOfAliases({ a: "a" })[0]).toContain("in a circle");
  expect(faultsOfAliases({ "x-*": "x-1" })).toEqual(['aliases.x-*: "x-1" is not among the models (chat)']);
  expect(faultsOfAliases({ chat: "gpt-5.4" })).toEqual([
    "aliases.chat: a model has this name; choose another, or take the model away",
  ]);
  expect(faultsOfAliases({ a: "chat*" })[0]).toContain("expected the name of a model");
  expect(faultsOfAliases({ "a*b": "chat" })[0]).toContain("a * at the end");
  expect(faultsOfAliases({ "": "chat" })).toHaveLength(1);
});

test("a misspelt name is told with the one that is probably meant", () => {
  expect(faultsOfAliases({ a: "caht" })).toEqual([
    'aliases.a: "caht" is not among the models (chat); did you mean chat?',
  ]);
  expect(faultsOf({ projects: [{ name: "p", models: ["chta"] }] })).toEqual([
    'projects[0].models[0]: "chta" is not among the models (chat); did you mean chat?',
  ]);
  const config = parseCloudConfig({ providers, models });
  expect(findUnknownModel(config, "chats")).toBe('"chats" is not among the models (chat); did you mean chat?');
  for (const name of ["chat", "ch*", "deepseek/x", "gpt-5.4"]) expect(findUnknownModel(config, name)).toBeUndefined();
});

test("a word that is no vendor is told with the one that is meant, and without the list", () => {
  const meant = (vendor: string) => faultsOf({ providers: [...providers, { name: "o", vendor }] })[0];
  for (const [word, vendor] of [
    ["OpenAI", "openai"],
    ["togetherai", "together"],
    ["gemini", "google"],
    ["azure", "azure-openai"],
    ["aws", "bedrock"],
    ["amazon-bedrock", "bedrock"],
    ["grok", "xai"],
    ["groqq", "groq"],
    ["llama.cpp", "compatible"],
    ["deepsek", "deepseek"],
  ] as const)
    expect(meant(word)).toBe(
      `providers[1].vendor: found ${JSON.stringify(word)}, which is no vendor here; did you mean ${vendor}?`,
    );
  expect(meant("constructor")).toMatch(
    /^providers\[1\].vendor: expected one of alibaba, anthropic, .*; found "constructor"$/,
  );
});

test("what is wrong is told at once, whatever kind of fault hides the next one", () => {
  const price1 = { ...price, input: "cheap" };
  const faults = faultsOf({
    providers: [
      { name: "a", vendor: "opnai" },
      { name: "b", vendor: "openai" },
      { name: "c", vendor: "compatible" },
      { name: "local", vendor: "openai" },
      { name: "e", vendor: "openai", api_key: "<key>" },
      { name: "f", vendor: "alibaba", region: "mars" },
    ],
    models: [
      { name: "x", targets: [{ provider: "a", model: "m" }], price },
      { name: "y", targets: [{ provider: "b", model: "m" }], price: price1 },
      { name: "z", targets: [{ provider: "zz", model: "m" }], price },
    ],
    aliases: { small: "x" },
    projects: [{ name: "p", models: ["x"] }],
    speed: 1,
  });
  expect(faults.map((fault) => fault.slice(0, fault.indexOf(":"))).toSorted()).toEqual([
    "models[1].price.input",
    "models[2].targets[0].provider",
    "providers[0].vendor",
    "providers[2].base_url",
    "providers[3].name",
    "providers[4].api_key",
    "providers[5].region",
    "speed",
  ]);
});

test("a region of a form that its cloud has not is told", () => {
  const doubts = (vendor: string, region: string) =>
    findDoubts(parseCloudConfig({ providers: [{ name: "c", vendor, region }] }));
  expect(doubts("bedrock", "mars-1")).toEqual([
    'provider c: region "mars-1" does not look like one of bedrock, such as us-east-1',
  ]);
  for (const region of ["us-east-1", "us-gov-west-1", "cn-northwest-1", "eu-isoe-west-1"])
    expect(doubts("bedrock", region)).toEqual([]);
});

test("projects may list full names, aliases and beginnings of names", () => {
  const faults = (...list: string[]) =>
    faultsOf({ aliases: { "claude-*": "chat" }, projects: [{ name: "p", models: list }] });
  expect(faults("chat", "claude-3", "claude-*", "deepseek/*", "openai/gpt-5.4", "gpt-5.4", "*")).toEqual([]);
  expect(faults("nothing")).toEqual(['projects[0].models[0]: "nothing" is not among the models (chat)']);
  expect(faults("v/m")).toHaveLength(1);
});

test("one key or several, each once", () => {
  const faults = (fields: object) =>
    faultsOf({ providers: [...providers, { name: "o", vendor: "openai", ...fields }] });
  expect(faults({ api_keys: ["sk-1", "sk-2", "file:/run/secrets/key"] })).toEqual([]);
  expect(faults({ api_keys: ["sk-1", "sk-1"] })).toEqual(["providers[1].api_keys[1]: the same key stands before it"]);
  expect(faults({ api_key: "sk-1", api_keys: ["sk-2"] })[0]).toContain("found both");
  expect(faults({ api_keys: ["<key>"] })[0]).toContain("placeholder");
  expect(faults({ api_keys: ["a b-secret"] }).join()).not.toContain("secret");
  expect(faults({ api_keys: [] })).toHaveLength(1);
  expect(faults({ api_keys: Array.from({ length: 17 }, (_, index) => `sk-${index}`) })).toHaveLength(1);
});

test("an unknown region is told with those that there are", () => {
  const faults = (fields: object) =>
    faultsOf({ providers: [...providers, { name: "a", vendor: "alibaba", ...fields }] });
  expect(faults({ region: "intl" })).toEqual([]);
  expect(faults({ region: "mars" })).toEqual([
    'providers[1].region: alibaba has no region "mars" here; it has: cn, intl, us, hk',
  ]);
  expect(faults({ region: "mars", base_url: "https://w.mars.maas.aliyuncs.com" })).toEqual([]);
});

test("what has no effect, or takes a known name, is told and taken", () => {
  const provider = { name: "o", vendor: "openai", catalog: true, region: "eu" };
  const config = parseCloudConfig({
    providers: [provider, { ...providers[0], catalog: true }],
    aliases: { "gpt-5.4": "o/gpt-5.4-mini" },
  });
  expect(findDoubts(config)).toEqual(
    expect.arrayContaining([
      'provider o: region "eu" is not known at openai',
      "provider v: catalog has no effect, since no models of compatible are known",
      "aliases.gpt-5.4: takes the name of a model of o, which o/gpt-5.4 still leads to",
    ]),
  );
});
