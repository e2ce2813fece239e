import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { runSahab, type TestSahab } from "../testing/run-sahab.ts";
import { makeTemporaryFolder, removeTemporaryFolder } from "../testing/temporary-folder.ts";
import { perMillion } from "./litellm/price-per-million.ts";

// `sahab import litellm` on files as its users have them, and its results against a real server.

const manyVendors = join(import.meta.dir, "..", "testing", "litellm", "many-vendors.yaml");

let sahab: TestSahab;
let folder: string;

beforeAll(async () => {
  folder = makeTemporaryFolder();
  sahab = await runSahab({ config: { projects: [{ name: "default" }] } });
});

afterAll(async () => {
  await sahab?.close();
  removeTemporaryFolder(folder);
});

interface Imported {
  cloud: {
    providers: Record<string, unknown>[];
    models: { name: string; targets: Record<string, unknown>[]; price?: unknown; context?: number; output?: number }[];
    aliases?: Record<string, string>;
    projects: Record<string, unknown>[];
  };
  variables: { name: string; wasLiteral: boolean }[];
  settings: { fate: string; setting: string; becomes: string; advice: string; of: string[] }[];
}

async function importText(text: string): Promise<Imported> {
  const result = await sahab.command(["import", "litellm", "-", "--json"], { stdin: text });
  expect({ status: result.status, stderr: result.stderr }).toEqual({ status: 0, stderr: "" });
  return JSON.parse(result.stdout) as Imported;
}

/** What is told of a setting. */
function toldOf({ settings }: Imported, setting: string): string[] {
  return settings.filter((note) => note.setting === setting).map(({ fate, of }) => `${fate}: ${of.join(", ")}`);
}

function modelOf({ cloud }: Imported, name: string): Imported["cloud"]["models"][number] | undefined {
  return cloud.models.find((model) => model.name === name);
}

describe("a file with many vendors", () => {
  let imported: Imported;
  let yaml: string;
  let table: string;

  beforeAll(async () => {
    const file = join(folder, "cloud.yaml");
    const result = await sahab.command(["import", "litellm", manyVendors, "-o", file]);
    expect(result).toMatchObject({ status: 0, stdout: "" });
    table = result.stderr;
    yaml = readFileSync(file, "utf8");
    imported = await importText(readFileSync(manyVendors, "utf8"));
  });

  test("applies to a real server once its variables are set, and then again without a change", async () => {
    const env = Object.fromEntries(imported.variables.map(({ name }) => [name, valueFor(name)]));
    const file = join(folder, "cloud.yaml");
    const dry = await sahab.command(["apply", "-f", file, "--dry-run"], { env });
    expect(dry).toMatchObject({ status: 0 });
    expect(dry.stdout).toContain("+ model gpt-5\n");
    expect((await sahab.command(["apply", "-f", file], { env })).status).toBe(0);
    expect((await sahab.command(["apply", "-f", file], { env })).stdout).toBe("Nothing to change.\n");
  });

  test("no secret of the file is in anything that is printed or written", () => {
    const all = yaml + table + JSON.stringify(imported);
    expect(all).not.toMatch(/literal-secret/);
    expect(readFileSync(manyVendors, "utf8").match(/literal-secret/g)?.length).toBeGreaterThan(12);
    expect(imported.variables.filter(({ wasLiteral }) => wasLiteral).map(({ name }) => name)).toEqual([
      "OPENAI_API_KEY",
      "ANTHROPIC_X_TEAM",
      "GATEWAY_API_KEY",
    ]);
  });

  test("deployments of one name become targets, with their order, shares and prices", () => {
    expect(modelOf(imported, "gpt-5")?.targets.slice(0, 3)).toMatchObject([
      { provider: "azure-openai", model: "gpt-5-eu", weight: 3 },
      { provider: "azure-openai-2", model: "gpt-5" },
      { provider: "openai", model: "gpt-5", priority: 2 },
    ]);
    expect(modelOf(imported, "claude-sonnet")?.targets[0]).toMatchObject({
      price: {
        currency: "USD",
        input: 3,
        cached_input: 0.3,
        cache_write: 3.75,
        output: 15,
        tiers: [{ above: 200_000, input: 6, cached_input: 0.3, cache_write: 3.75, output: 22.5 }],
      },
    });
    expect(modelOf(imported, "internal")?.targets[0]?.["price"]).toEqual({
      currency: "USD",
      input: 1.2345678,
      output: 2,
    });
    expect(modelOf(imported, "deepseek")?.targets).toMatchObject([{ weight: 3 }, { provider: "fireworks" }]);
  });

  test("providers are those of the vendors, each once", () => {
    const byName = Object.fromEntries(imported.cloud.providers.map((provider) => [provider["name"], provider]));
    expect(byName).toMatchObject({
      "azure-openai": { base_url: "https://team-eu.openai.azure.com/openai/deployments/2024-10-21" },
      "azure-openai-2": { base_url: "${AZURE_API_BASE_US}", api_key: "${AZURE_API_KEY_US}" },
      openai: {
        timeouts: { first_text_ms: 20_000, whole_ms: 120_000 },
        headers: { "openai-organization": "org-team" },
      },
      anthropic: { catalog: true, api_key: "${ANTHROPIC_API_KEY}" },
      bedrock: { region: "eu-west-1", api_key: "${AWS_ACCESS_KEY_ID}:${AWS_SECRET_ACCESS_KEY}" },
      google: { vendor: "google" },
      vertex: {
        base_url: "https://europe-west4-aiplatform.googleapis.com/v1/projects/team-project/locations/europe-west4",
      },
      moonshot: { vendor: "moonshot" },
      alibaba: { region: "intl" },
      sambanova: { vendor: "compatible", base_url: "https://api.sambanova.ai/v1", api_key: "${SAMBANOVA_API_KEY}" },
      "hosted-vllm": { vendor: "vllm", base_url: "http://10.0.0.7:8000/v1" },
      ollama: { base_url: "http://127.0.0.1:11434/v1" },
      gateway: { vendor: "compatible", base_url: "https://gateway.acme.example/v1" },
    });
    expect(byName["hosted-vllm"]).not.toHaveProperty("api_key");
    expect(modelOf(imported, "router-llama")?.targets[0]).toMatchObject({
      model: "meta-llama/Llama-3.3-70B-Instruct:together",
    });
  });

  test("what has no counterpart is told once, with what to do, beside what it belongs to", () => {
    expect(toldOf(imported, "litellm_params.rpm")).toEqual(["changed: gpt-5"]);
    expect(toldOf(imported, "fallbacks")).toEqual(["left out: gpt-5", "changed: gpt-5"]);
    expect(toldOf(imported, "litellm_params.model")[0]).toBe("left out: picture");
    expect(modelOf(imported, "picture") ?? modelOf(imported, "mystery")).toBeUndefined();
    expect(toldOf(imported, "litellm_settings.brand_new_setting")).toEqual(["left out: "]);
    expect(toldOf(imported, "strange_section")).toEqual(["left out: "]);
    expect(toldOf(imported, "general_settings.database_url")).toEqual(["left out: "]);
    expect(imported.settings.filter(({ fate, advice }) => fate !== "taken over" && advice === "")).toEqual([]);
    expect(yaml).toMatch(
      /# litellm_params.max_parallel_requests: a target has no limit .*\n(?: {2}# .*\n)* {2}- name: gpu-box/,
    );
    expect(table).toMatch(/^WHAT BECAME +IN LITELLM +IN SAHAB +WHY, AND WHAT TO DO\nleft out /);
    expect(table).toMatch(/Of these, the value of OPENAI_API_KEY, .* is in LiteLLM's file/);
  });

  test("aliases, fallbacks, budgets and teams are there", () => {
    expect(imported.cloud.aliases).toEqual({ "gpt-4o": "gpt-5", "claude-3-5-sonnet": "claude-sonnet" });
    const last = modelOf(imported, "gpt-5")?.targets.slice(3);
    expect(last).toMatchObject([
      { provider: "anthropic-2", priority: 3 },
      { provider: "bedrock", priority: 3 },
    ]);
    expect(modelOf(imported, "embed")?.targets).toHaveLength(1);
    expect(modelOf(imported, "local")?.targets.map(({ provider }) => provider)).toEqual([
      "ollama",
      "google",
      "deepseek",
      "fireworks",
    ]);
    expect(imported.cloud.projects).toEqual([
      { name: "default", currency: "USD", budget: { amount: 500, period: "month" } },
      {
        name: "search-team",
        currency: "USD",
        budget: { amount: 100, period: "week" },
        limits: { tpm: 200_000 },
        models: ["gpt-5", "qwen"],
      },
    ]);
    expect(modelOf(imported, "mistral-large")).toBeDefined();
  });
});

function valueFor(name: string): string {
  return name.startsWith("AZURE_API_BASE") ? "https://team-us.openai.azure.com" : `value-of-${name}`;
}

test("a bare name, a server of one's own and a price that is nothing", async () => {
  const imported = await importText(`
model_list:
  - { model_name: a, litellm_params: { model: gpt-5-mini } }
  - { model_name: b, litellm_params: { model: openai/my-model, api_base: "http://gpu.internal:9000", api_key: sk-1234 } }
  - { model_name: c, litellm_params: { model: together_ai/x/y, input_cost_per_token: 0, output_cost_per_token: 0 } }
`);
  expect(imported.cloud.models).toMatchObject([
    { name: "a", targets: [{ provider: "openai", model: "gpt-5-mini" }] },
    { name: "b", price: "free" },
    { name: "c", price: "free", targets: [{ provider: "together", model: "x/y" }] },
  ]);
  expect(imported.variables.map(({ name }) => name)).toEqual(["OPENAI_API_KEY", "TOGETHERAI_API_KEY"]);
});

test.each([
  ["3e-06", "3"],
  [0.000003, "3"],
  [1.5e-7, "0.15"],
  ["0.0000000001", "0.0001"],
  [0, "0"],
  [1, "1000000"],
  ["0.0000000000000001", undefined],
  ["-1", undefined],
  ["1e99", undefined],
  [Number.NaN, undefined],
  [[3], undefined],
])("%p USD per token is %p per million", (perToken, expected) => {
  expect(perMillion(perToken)).toBe(expected as string);
});

test("what is no configuration of LiteLLM's, a missing file and a file that is there already end with status 1", async () => {
  const fail = async (args: string[], stdin = "") => {
    const result = await sahab.command(["import", "litellm", ...args], { stdin });
    expect(result.status).toBe(1);
    return result.stderr;
  };
  expect(await fail(["-"], "services: {}")).toContain("expected a config.yaml of LiteLLM's proxy");
  expect(await fail(["-"], "model_list: [")).toContain("is not YAML");
  expect(await fail([join(folder, "none.yaml")])).toContain("there is no such file");
  const there = join(folder, "there.yaml");
  writeFileSync(there, "mine");
  expect(await fail(["-", "-o", there], "model_list: []")).toContain("is not written over");
  expect(readFileSync(there, "utf8")).toBe("mine");
  expect(existsSync(join(folder, "none.yaml"))).toBe(false);
});

test("anchors, nulls and entries of odd types are no reason to fail", async () => {
  const imported = await importText(`
model_list:
  - &base
    model_name: a
    litellm_params: { model: deepseek/deepseek-chat, api_key: null, rpm: null, timeout: "600" }
    model_info: null
  - { model_name: null, litellm_params: 3 }
  - just text
router_settings: null
litellm_settings: { fallbacks: [{ a: null }, 3], default_fallbacks: null }
`);
  expect(imported.cloud.models).toMatchObject([{ name: "a", targets: [{ provider: "deepseek" }] }]);
  expect(parse(JSON.stringify(imported.cloud.providers))).toMatchObject([{ timeouts: { whole_ms: 600_000 } }]);
});

test("limits are shares only where each deployment has one", async () => {
  const read = (limits: string[]) =>
    importText(
      [
        "model_list:",
        ...limits.map((limit) => `  - { model_name: a, litellm_params: { model: deepseek/deepseek-chat${limit} } }`),
      ].join("\n"),
    );
  const some = await read([", rpm: 100", ""]);
  expect(modelOf(some, "a")?.targets.filter((target) => "weight" in target)).toEqual([]);
  expect(toldOf(some, "litellm_params.rpm")).toEqual(["left out: a"]);
  const each = await read([", rpm: 300", ", rpm: 100"]);
  expect(modelOf(each, "a")?.targets[0]).toMatchObject({ weight: 3 });
  expect(toldOf(each, "litellm_params.rpm")).toEqual(["changed: a"]);
});
