import { expect, test } from "bun:test";
import { findModel, modelsOf } from "../vendor/index.ts";
import { parseStoredConfig } from "./cloud-config.ts";
import { describeReplaced, describeUnkeyed } from "./describe-unkeyed.ts";
import { readEnvironmentProviders } from "./environment-providers.ts";

const configOf = (...providers: object[]) => parseStoredConfig({ providers });
const environment = readEnvironmentProviders({ OPENAI_API_KEY: "sk-1" }, { host: "127.0.0.1", port: 8787 });
const replaced = (...providers: object[]) =>
  describeReplaced(configOf(...providers), environment, { findModel, modelsOf });

test("a provider without the key that its vendor asks for is told", () => {
  expect(describeUnkeyed(configOf({ name: "mine", vendor: "openai" }))).toEqual([
    "provider mine: it has no api_key, which openai asks for, so its calls are refused there; write api_key: ${OPENAI_API_KEY}",
  ]);
  for (const fields of [
    { api_key: "sk-1" },
    { api_keys: ["sk-1"] },
    { headers: { authorization: "Bearer sk-1" } },
    { base_url: "https://proxy.example/v1" },
    { vendor: "bedrock", region: "us-east-1" },
    { vendor: "compatible", base_url: "http://127.0.0.1:1/v1" },
  ])
    expect(describeUnkeyed(configOf({ name: "mine", vendor: "openai", ...fields }))).toEqual([]);
});

test("a provider that takes the place of the environment's, whose models are gone by that, is told", () => {
  const count = modelsOf("openai").length;
  expect(count).toBeGreaterThan(10);
  for (const provider of [
    { name: "mine", vendor: "openai", api_key: "sk-2" },
    { name: "openai", vendor: "compatible", base_url: "http://127.0.0.1:1/v1" },
  ])
    expect(replaced(provider)).toEqual([
      expect.stringContaining(
        `provider ${provider.name}: it takes the place of openai, whose key is in the environment of the server, so the ${count} models`,
      ),
    ]);
  expect(replaced({ name: "mine", vendor: "openai", catalog: true })).toEqual([]);
  expect(replaced({ name: "mine", vendor: "openai", catalog: false })).toEqual([]);
  expect(replaced({ name: "other", vendor: "deepseek" })).toEqual([]);
});
