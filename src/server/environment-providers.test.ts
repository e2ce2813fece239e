import Anthropic from "@anthropic-ai/sdk";
import { GoogleGenAI } from "@google/genai";
import { afterAll, beforeAll, expect, test } from "bun:test";
import OpenAI from "openai";
import { chmodSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { messagesWhole } from "../testing/fake-anthropic.ts";
import { startFakeVendor, wholeChat } from "../testing/fake-vendor.ts";
import { findFreePort } from "../testing/free-port.ts";
import { runSahab, type TestSahab } from "../testing/run-sahab.ts";
import { makeTemporaryFolder, removeTemporaryFolder } from "../testing/temporary-folder.ts";

// Vendors whose keys are in the environment of the real program, with the official clients of three dialects.

const keys = { openai: "sk-openai-of-the-environment-1", anthropic: "sk-ant-of-the-environment-2" };
const chats = ["gpt-5.4", "gpt-5.4-2026-03-05", "gpt-5.4-mini", "o4-mini", "brand-new"];
const vendor = startFakeVendor({
  ...Object.fromEntries(chats.map((model) => [model, wholeChat("from openai")])),
  "claude-sonnet-4-5": messagesWhole("from anthropic"),
  "omni-moderation-latest": () =>
    Response.json({ id: "modr-1", model: "omni-moderation", results: [{ flagged: true }] }),
});
const env = {
  OPENAI_API_KEY: keys.openai,
  OPENAI_BASE_URL: vendor.url,
  ANTHROPIC_API_KEY: keys.anthropic,
  ANTHROPIC_BASE_URL: vendor.url.replace(/\/v1$/, ""),
  XAI_API_KEY: "<your key>",
};

const folder = makeTemporaryFolder();
let sahab: TestSahab;
beforeAll(async () => {
  sahab = await runSahab({ env: { ...env, SAHAB_LOG: "info" } });
});
afterAll(async () => {
  await sahab?.close();
  await vendor.stop();
  removeTemporaryFolder(folder);
});

const messages = [{ role: "user" as const, content: "Hi" }];
const openai = (apiKey = sahab.adminKey) => new OpenAI({ baseURL: `${sahab.address}/v1`, apiKey, maxRetries: 0 });
const anthropic = (apiKey = sahab.adminKey) => new Anthropic({ baseURL: sahab.address, apiKey, maxRetries: 0 });
const google = () => new GoogleGenAI({ apiKey: sahab.adminKey, httpOptions: { baseUrl: sahab.address } });
const lastCall = () => vendor.calls.at(-1);

test("with a key in the environment the vendor's models are there, by both names", async () => {
  for (const model of ["openai/gpt-5.4", "gpt-5.4"]) {
    const { data, response } = await openai().chat.completions.create({ model, messages }).withResponse();
    expect(data.choices[0]?.message.content).toBe("from openai");
    expect(data.usage).toMatchObject({ cost_currency: "USD" });
    expect(lastCall()?.body["model"]).toBe("gpt-5.4");
    expect(lastCall()?.headers.get("authorization")).toBe(`Bearer ${keys.openai}`);
    expect(response.headers.get("x-sahab-provider")).toBe("openai");
    const record = await sahab.record(response.headers.get("x-request-id"));
    expect([record.model, record.provider, record.currency]).toEqual(["openai/gpt-5.4", "openai", "USD"]);
    // 60 fresh tokens at 2.50, 40 cached at 0.25 and 20 of output at 15 USD per million.
    expect(record.cost).toBe("0.00046");
  }
  const message = await anthropic().messages.create({ model: "claude-sonnet-4-5", max_tokens: 9, messages });
  expect(message.content[0]).toMatchObject({ text: "from anthropic" });
  expect(lastCall()?.headers.get("x-api-key")).toBe(keys.anthropic);
});

test("moderations are there and cost nothing, with a model's name and without", async () => {
  for (const model of [undefined, "omni-moderation-latest", "openai/omni-moderation-latest"]) {
    const asked = await openai()
      .moderations.create({ input: "Hi", ...(model !== undefined && { model }) })
      .withResponse();
    expect(asked.data.results[0]?.flagged).toBe(true);
    const record = await sahab.record(asked.response.headers.get("x-request-id"));
    expect([record.model, record.cost]).toEqual(["openai/omni-moderation-latest", "0"]);
  }
});

test("a dated id goes to the vendor as it is, at the known model's price", async () => {
  const asked = await openai().chat.completions.create({ model: "gpt-5.4-2026-03-05", messages }).withResponse();
  expect(lastCall()?.body["model"]).toBe("gpt-5.4-2026-03-05");
  const record = await sahab.record(asked.response.headers.get("x-request-id"));
  expect([record.model, record.cost]).toEqual(["openai/gpt-5.4", "0.00046"]);
});

test("what nobody knows the price of is refused in each dialect's own shape, before the vendor is asked", async () => {
  const before = vendor.calls.length;
  const refused = await sahab.call("/v1/chat/completions", { model: "openai/brand-new", messages });
  expect(refused.status).toBe(403);
  expect(await refused.json()).toMatchObject({ error: { code: "model_not_priced", param: "model" } });
  const inMessages = await sahab.call("/v1/messages", { model: "openai/brand-new", max_tokens: 9, messages });
  expect([inMessages.status, await inMessages.json()]).toMatchObject([
    403,
    { type: "error", error: { type: "permission_error" } },
  ]);
  const inGemini = await sahab.call("/v1beta/models/openai%2Fbrand-new:generateContent", {
    contents: [{ parts: [{ text: "Hi" }] }],
  });
  expect([inGemini.status, await inGemini.json()]).toMatchObject([403, { error: { status: "PERMISSION_DENIED" } }]);
  expect(vendor.calls).toHaveLength(before);
});

test("lists of models have them, with what they hold where the dialect has a place for it", async () => {
  const ids = [];
  for await (const { id, owned_by } of openai().models.list()) ids.push(`${owned_by} ${id}`);
  expect(ids).toContain("openai openai/gpt-5.4");
  expect(ids).toContain("openai gpt-5.4");
  expect(ids).toContain("anthropic claude-sonnet-4-5");
  expect(ids.some((id) => id.startsWith("xai"))).toBe(false);
  expect(new Set(ids).size).toBe(ids.length);
  const claude = await anthropic().models.retrieve("claude-sonnet-4-5");
  expect(claude).toMatchObject({
    id: "claude-sonnet-4-5",
    display_name: "Claude Sonnet 4.5 (latest)",
    max_tokens: 64_000,
  });
  const gemini = await google().models.get({ model: "openai/gpt-5.4" });
  expect(gemini).toMatchObject({ outputTokenLimit: 128_000 });
  const first = (await (await fetch(`${sahab.address}/v1beta/models?key=${sahab.adminKey}`)).json()) as {
    models: object[];
  };
  expect(first.models.length).toBe(ids.length);
});

const projects = [{ name: "default" }, { name: "minis", models: ["openai/gpt-5.4-mini", "o4-*"] }];

test("projects and keys may list full names and beginnings of them", async () => {
  await sahab.apply({
    models: [{ name: "nano", local: { file: "nano.gguf" } }],
    projects,
  });
  const { key } = await sahab.createKey({ project: "minis" });
  const ask = (model: string, apiKey = key) =>
    openai(apiKey)
      .chat.completions.create({ model, messages })
      .then(
        () => 200,
        (error: unknown) => (error as { status: number }).status,
      );
  for (const model of ["openai/gpt-5.4-mini", "gpt-5.4-mini", "o4-mini", "openai/o4-mini"])
    expect([model, await ask(model)]).toEqual([model, 200]);
  for (const model of ["gpt-5.4", "openai/gpt-5.4", "openai/gpt-5.4-2026-03-05", "claude-sonnet-4-5"])
    expect([model, await ask(model)]).toEqual([model, 403]);
  const listed = [];
  for await (const { id } of openai(key).models.list()) listed.push(id);
  expect(listed.every((id) => /^(?:openai\/)?(?:gpt-5\.4-mini|o4-mini(?:-deep-research)?)$/.test(id))).toBe(true);
  expect(listed).toContain("gpt-5.4-mini");
  expect(listed).toContain("openai/o4-mini");
  const narrow = await sahab.createKey({ project: "default", models: ["openai/*"] });
  expect(await ask("gpt-5.4", narrow.key)).toBe(200);
  expect(await ask("claude-sonnet-4-5", narrow.key)).toBe(403);
});

test("aliases are applied, compared, exported, kept over a restart, and lead every client's names", async () => {
  const document = {
    models: [{ name: "nano", local: { file: "nano.gguf" } }],
    aliases: { "claude-*": "openai/gpt-5.4-mini", cheap: "openai/gpt-5.4" },
    projects,
  };
  const { changes } = await sahab.apply(document);
  expect(changes).toContainEqual({ action: "create", kind: "alias", name: "claude-*" });
  expect((await sahab.apply(document)).changes).toEqual([]);
  await sahab.restart();
  const exported = await sahab.command(["export"]);
  expect(exported.stdout).toContain("claude-*: openai/gpt-5.4-mini");
  const message = await anthropic().messages.create({ model: "claude-opus-4-99", max_tokens: 9, messages });
  expect(message.content[0]).toMatchObject({ text: "from openai" });
  expect(lastCall()?.body["model"]).toBe("gpt-5.4-mini");
  const listed = [];
  for await (const { id } of anthropic().models.list()) listed.push(id);
  expect(listed).toContain("cheap");
  const changed = await sahab.apply({ ...document, aliases: { cheap: "openai/gpt-5.4-mini" } });
  expect(changed.changes).toMatchObject([
    { action: "update", kind: "alias", name: "cheap", fields: ["target"] },
    { action: "delete", kind: "alias", name: "claude-*" },
  ]);
  const wrong = await sahab.admin("/apply?prune=1", { json: { ...document, aliases: { a: "b", b: "a" } } });
  expect(wrong.status).toBe(400);
  expect(await wrong.text()).toContain("in a circle");
});

test("the keys are stored and exported nowhere, and told to nobody", async () => {
  const exported = await sahab.command(["export"]);
  expect(exported.stdout).toContain("providers: []");
  const shown = [exported.stdout, sahab.logs(), JSON.stringify(await sahab.adminJson("/models"))];
  for (const text of shown) for (const key of Object.values(keys)) expect(text).not.toContain(key);
  await sahab.logged("XAI_API_KEY is not used: it is a placeholder and no key");
  for (const file of readdirSync(sahab.dataDir, { recursive: true, encoding: "utf8" })) {
    const path = join(sahab.dataDir, file);
    if (!statSync(path).isFile() || statSync(path).size > 50_000_000) continue;
    const bytes = readFileSync(path);
    for (const key of Object.values(keys)) expect([file, bytes.includes(key)]).toEqual([file, false]);
  }
  const models = await sahab.command(["models"]);
  expect(models.stdout).toMatch(/openai\/gpt-5\.4 +remote +openai\/gpt-5\.4 +2\.5 in/);
});

test("programs that fetch secrets get none of them", async () => {
  const script = join(folder, "print");
  const seen = join(folder, "seen");
  writeFileSync(script, `#!/bin/sh\nenv > ${seen}\necho sk-from-the-program\n`);
  chmodSync(script, 0o700);
  const other = await runSahab({
    env: { ...env, SAHAB_SECRET_COMMANDS: script, SAHAB_SECRET_HOSTS: "*", OPENAI_API_KEY_2: "sk-second-of-all-keys" },
    config: {
      providers: [{ name: "p", vendor: "compatible", base_url: vendor.url, api_key: `exec:${script}` }],
      projects: [{ name: "default" }],
    },
  });
  const environment = readFileSync(seen, "utf8");
  await other.close();
  expect(environment).toContain("OPENAI_BASE_URL");
  expect(environment).not.toContain("API_KEY");
});

test("every process has them, and none is left when the variable is gone", async () => {
  const port = await findFreePort();
  const other = await runSahab({
    env: { ...env, SAHAB_WORKERS: "2", SAHAB_PORT: String(port) },
    config: { projects: [{ name: "default" }] },
  });
  try {
    const statuses = await Promise.all(
      Array.from({ length: 30 }, async () => {
        const asked = await other.call(
          "/v1/chat/completions",
          { model: "gpt-5.4", messages },
          { headers: { connection: "close" } },
        );
        return asked.status;
      }),
    );
    expect(new Set(statuses)).toEqual(new Set([200]));
    const model = { name: "mine", targets: [{ provider: "openai", model: "gpt-5.4" }] };
    await other.apply({ models: [model], projects: [{ name: "default" }] });
    expect((await other.call("/v1/chat/completions", { model: "mine", messages })).status).toBe(200);
    await other.kill();
    await other.start({ OPENAI_API_KEY: "" });
    expect((await other.call("/v1/chat/completions", { model: "gpt-5.4", messages })).status).toBe(404);
    expect((await other.call("/v1/chat/completions", { model: "mine", messages })).status).toBe(502);
    await other.logged("OPENAI_API_KEY is not set where the server was started");
  } finally {
    await other.close();
  }
});

test("a provider of cloud.yaml takes the place of the one of the environment", async () => {
  const target = { provider: "team", model: "gpt-5.4-mini" };
  await sahab.apply({
    providers: [{ name: "team", vendor: "openai", base_url: vendor.url, api_key: "sk-team-team-team-team" }],
    models: [{ name: "own", targets: [target] }],
    projects: [{ name: "default" }, { name: "minis" }],
  });
  expect((await sahab.call("/v1/chat/completions", { model: "gpt-5.4", messages })).status).toBe(404);
  expect((await sahab.call("/v1/chat/completions", { model: "own", messages })).status).toBe(200);
  expect(lastCall()?.headers.get("authorization")).toBe("Bearer sk-team-team-team-team");
  expect((await sahab.call("/v1/messages", { model: "claude-sonnet-4-5", max_tokens: 9, messages })).status).toBe(200);
});

test("a bare id that two providers have is refused with both full names", async () => {
  const provider = { vendor: "openai", base_url: vendor.url, api_key: "sk-team-team-team-team", catalog: true };
  await sahab.apply({
    providers: [
      { ...provider, name: "a" },
      { ...provider, name: "b" },
    ],
    projects: [{ name: "default" }, { name: "minis" }],
  });
  const asked = await sahab.call("/v1/chat/completions", { model: "gpt-5.4", messages });
  expect(asked.status).toBe(404);
  expect(await asked.text()).toContain("the full name is needed: a/gpt-5.4, b/gpt-5.4");
  expect((await sahab.call("/v1/chat/completions", { model: "b/gpt-5.4", messages })).status).toBe(200);
});

test("clouds are there by the machine's credentials, vendors abroad with the prices of there, and half an address is told", async () => {
  const other = await runSahab({
    env: {
      AWS_ACCESS_KEY_ID: "AKIAOFTHISMACHINE",
      AWS_SECRET_ACCESS_KEY: "the-secret-of-this-machine",
      AWS_REGION: "eu-central-1",
      GOOGLE_APPLICATION_CREDENTIALS: "/nonexistent/service-account.json",
      GOOGLE_VERTEX_PROJECT: "p-1",
      GOOGLE_VERTEX_LOCATION: "europe-west1",
      AZURE_API_KEY: "azure-key-of-the-environment",
      ARK_API_KEY: "ark-key-of-the-environment",
      ARK_BASE_URL: "https://ark.ap-southeast.bytepluses.com/api/v3",
      SAHAB_LOG: "info",
    },
    config: { projects: [{ name: "default" }] },
  });
  try {
    const { providers } = await other.adminJson<{
      providers: { name: string; address: string; region: string; keys: number; offered: number }[];
    }>("/providers");
    expect(providers).toMatchObject([
      {
        name: "bedrock",
        address: "https://bedrock-runtime.eu-central-1.amazonaws.com",
        region: "eu-central-1",
        keys: 0,
      },
      { name: "bytedance", address: "https://ark.ap-southeast.bytepluses.com/api/v3", region: "intl", keys: 1 },
      { name: "vertex", address: expect.stringContaining("/projects/p-1/locations/europe-west1") as string, keys: 0 },
    ]);
    for (const { name, offered } of providers) expect([name, offered > 5]).toEqual([name, true]);
    await other.logged("AZURE_API_KEY is not used for azure-openai: its address is not known; set AZURE_RESOURCE_NAME");
    const known = await other.command(["models", "--all", "--vendor", "byteplus"]);
    expect(known.stdout).toMatch(/^byteplus +seed-2-0-pro .* bytedance$/m);
    const callable = await other.command(["models"]);
    expect(callable.stdout).toMatch(/^bytedance\/seed-2-0-pro .* 0\.5 in/m);
    const asked = await other.call("/v1/chat/completions", { model: "vertex/gemini-2.5-pro", messages });
    expect(asked.status).toBe(502);
    const tested = await other.command(["provider", "test", "vertex", "--json"]);
    expect(tested.stdout + other.logs()).not.toContain("the-secret-of-this-machine");
  } finally {
    await other.close();
  }
});
