import { realpathSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { errorAnswer, startFakeVendor, type FakeVendor, type Script } from "../testing/fake-vendor.ts";
import { nanoFile } from "../testing/engine.ts";
import { writeRandomModel } from "../testing/gguf/random-model.ts";
import { makeTemporaryFolder, removeTemporaryFolder } from "../testing/temporary-folder.ts";
import { runSahab, type TestSahab } from "../testing/run-sahab.ts";

// Reranking through the running program: the forms of Jina, Cohere and DashScope, as their clients send and read them.

const order = [
  { index: 1, relevance_score: 0.9 },
  { index: 0, relevance_score: -0.25 },
];
const withTexts = order.map((result) => ({ ...result, document: { text: `text ${result.index}` } }));
/** As Cohere sent it; the figures are those of a recorded answer. */
const cohereBody =
  '{"id":"b44fe75b","results":[{"index":1,"relevance_score":0.10183054},{"index":0,"relevance_score":0.03762639}],"meta":{"api_version":{"version":"2"},"billed_units":{"search_units":1}}}';
const jinaBody =
  '{"model":"jina", "object":"list","usage":{"total_tokens":8},"results":[{"index":1,"relevance_score":9e-1}]}';
const raw =
  (text: string): Script =>
  () =>
    new Response(text, { headers: { "content-type": "application/json" } });

/** Of 201 documents, or of fewer long ones. */
const threeSearches = cohereBody.replace('"search_units":1', '"search_units":3');
const refusals = [400, 401, 429, 500, 529];
const scripts: Record<string, Script> = {
  jina: raw(jinaBody),
  cohere: raw(cohereBody),
  "rerank-v3.5": raw(threeSearches),
  uncounted: () => Response.json({ results: order }),
  native: () => Response.json({ output: { results: order }, usage: { total_tokens: 8 }, request_id: "r" }),
  "native-texts": () => Response.json({ output: { results: withTexts }, usage: { total_tokens: 8 }, request_id: "r" }),
  texts: () => Response.json({ results: withTexts, usage: { prompt_tokens: 8, total_tokens: 8 } }),
  twice: () => Response.json({ results: [order[0], order[0]] }),
  beyond: () => Response.json({ results: [{ index: 2, relevance_score: 1 }] }),
  scoreless: () => Response.json({ results: [{ index: 0 }] }),
  empty: () => Response.json({}),
  failed: () => Response.json({ message: "invalid api token" }, { status: 401 }),
  ...Object.fromEntries(refusals.map((status) => [`is-${status}`, () => errorAnswer(status, { message: "no" })])),
};

let vendor: FakeVendor;
let sahab: TestSahab;
let key: string;
let folder: string;

beforeAll(async () => {
  folder = realpathSync(makeTemporaryFolder());
  await writeRandomModel(join(folder, "rank.gguf"), { architecture: "qwen3", seed: 7 });
  vendor = startFakeVendor(scripts);
  const base_url = `http://127.0.0.1:${vendor.port}`;
  const price = { currency: "USD", input: 1, output: 10 };
  const models = (provider: string, names: string[]) =>
    names.map((model) => ({ name: `${provider}/${model}`, targets: [{ provider, model }], price }));
  const search = { currency: "USD", input: 0, output: 0, fees: { search: "0.002" } };
  const target = (model: string) => ({ targets: [{ provider: "co", model }] });
  const bySearch = [
    { name: "catalogued", ...target("rerank-v3.5") },
    { name: "by-search", ...target("uncounted"), price: search },
    { name: "by-both", ...target("rerank-v3.5"), price: { ...search, input: 1 } },
    { name: "charged-by-search", targets: [{ provider: "like-jina", model: "jina" }], price, charge: search },
    { name: "charged-by-token", ...target("rerank-v3.5"), price: search, charge: price },
  ];
  sahab = await runSahab({
    env: { SAHAB_MODEL_FOLDERS: [folder, dirname(nanoFile)].join(delimiter) },
    config: {
      providers: [
        { name: "like-jina", vendor: "jina", base_url: `${base_url}/v1`, api_key: "k" },
        { name: "co", vendor: "cohere", base_url, api_key: "k" },
        { name: "ali", vendor: "alibaba", base_url, api_key: "k", apis: ["dashscope"] },
        { name: "ali-chat", vendor: "alibaba", base_url, api_key: "k", apis: ["chat"] },
        { name: "anthro", vendor: "anthropic", base_url, api_key: "k" },
      ],
      models: [
        ...models("like-jina", Object.keys(scripts)),
        ...models("co", ["cohere", "texts"]),
        ...bySearch,
        ...models("ali", ["native", "native-texts"]),
        ...models("ali-chat", ["jina"]),
        ...models("anthro", ["jina"]),
        { name: "local", local: { file: join(folder, "rank.gguf"), context: 512, slots: 1 }, price },
        { name: "nano", local: { file: nanoFile, context: 512, slots: 1 } },
      ],
      projects: [{ name: "default" }],
    },
  });
  ({ key } = await sahab.createKey());
});

afterAll(async () => {
  await sahab?.close();
  await vendor?.stop();
  removeTemporaryFolder(folder);
});

const documents = ["one", "two"];
const ask = (model: string, more: object = {}, path = "/v1/rerank") =>
  sahab.call(path, { model, query: "which", documents, ...more }, { key });
const sent = (model: string) => vendor.calls.findLast((call) => call.body["model"] === model);
const nativePath = "/api/v1/services/rerank/text-rerank/text-rerank";
const askNative = (model: string, parameters: object = {}, input: object = {}) =>
  sahab.call(nativePath, { model, input: { query: "which", documents, ...input }, parameters }, { key });

describe("a vendor of Jina's form", () => {
  test.each(["/v1/rerank", "/rerank", "/v2/rerank", "/compatible-api/v1/reranks", "/compatible-mode/v1/rerank"])(
    "gets what was sent to %s, and its bytes pass with the cost",
    async (path) => {
      const answer = await ask("like-jina/jina", { top_n: 1, own: [1.0] }, path);
      expect(answer.status).toBe(200);
      expect(await answer.text()).toBe(
        jinaBody.replace('"total_tokens":8', '"total_tokens":8,"cost":"0.000008","cost_currency":"USD"'),
      );
      expect(sent("jina")).toMatchObject({
        path: "/v1/rerank",
        body: { model: "jina", query: "which", documents, top_n: 1, own: [1] },
      });
      const record = await sahab.record(answer.headers.get("x-request-id") ?? "");
      expect(record).toMatchObject({ operation: "rerank", tokens: { input: 8, output: 0 }, estimated: false });
    },
  );

  test("refuses in its words, and others in ours", async () => {
    const told = await Promise.all(
      refusals.map(async (status) => {
        const answer = await ask(`like-jina/is-${status}`);
        const { error } = (await answer.json()) as { error: { message: string } };
        return [status, answer.status, error.message === "no"];
      }),
    );
    expect(told).toEqual([
      [400, 400, true],
      [401, 502, false],
      [429, 429, true],
      [500, 502, false],
      [529, 529, true],
    ]);
    const refused = await ask("like-jina/failed");
    expect([refused.status, await refused.text()]).toEqual([502, expect.stringContaining("upstream_authentication")]);
  });

  test.each(["twice", "beyond", "scoreless", "empty"])("whose answer is no ranking: %s", async (model) => {
    const answer = await ask(`like-jina/${model}`);
    expect(answer.status).toBe(502);
    expect(await answer.json()).toMatchObject({ error: { code: "upstream_invalid_response" } });
  });
});

describe("Cohere", () => {
  test("answers in its own form, and is billed by an estimate, since it counts searches", async () => {
    const answer = await ask("co/cohere", { max_tokens_per_doc: 100 }, "/v2/rerank");
    expect(await answer.text()).toBe(cohereBody);
    expect(sent("cohere")).toMatchObject({ path: "/v2/rerank", body: { max_tokens_per_doc: 100, documents } });
    const record = await sahab.record(answer.headers.get("x-request-id") ?? "");
    expect(record).toMatchObject({ estimated: true, tokens: { input: 7, output: 0 } });
  });

  test.each<[object, string]>([
    [{}, "/v2/rerank"],
    [{ top_n: 1 }, "/v2/rerank"],
    [{ return_documents: true }, "/v1/rerank"],
    [{ rank_fields: ["text"] }, "/v1/rerank"],
    [{ documents: [{ text: "one" }, { text: "two" }] }, "/v1/rerank"],
  ])("is asked in the version that has %p", async (more, path) => {
    expect((await ask("co/texts", more)).status).toBe(200);
    expect(sent("texts")?.path).toBe(path);
    const parameters = "return_documents" in more ? more : {};
    const input = "documents" in more ? more : {};
    expect((await askNative("co/texts", parameters, input)).status).toBe(200);
    expect(sent("texts")?.path).toBe("rank_fields" in more ? "/v2/rerank" : path);
  });
});

describe("a price by the search", () => {
  const many = Array.from({ length: 201 }, () => "d");
  test.each([
    ["what Cohere counts, at the catalogue's price", "catalogued", documents, { cost: "0.006", estimated: false }],
    ["of a vendor that does not count: 100 documents each", "by-search", many, { cost: "0.006", estimated: true }],
    ["or fewer long ones", "by-search", ["x".repeat(300_000), "x".repeat(300_000)], { cost: "0.006", estimated: true }],
    // Seven tokens of estimate beside three searches.
    ["and by the token", "by-both", documents, { estimated: true, cost: "0.006007" }],
    [
      "charged for what costs by the token",
      "charged-by-search",
      documents,
      { cost: "0.002", provider_cost: "0.000008", estimated: true },
    ],
    [
      "of what is charged by the token",
      "charged-by-token",
      documents,
      { cost: "0.000007", provider_cost: "0.006", estimated: true },
    ],
  ] as const)("%s", async (_, model, texts, expected) => {
    const answer = await ask(model, { documents: texts });
    expect(answer.status).toBe(200);
    await answer.text();
    expect(await sahab.record(answer.headers.get("x-request-id") ?? "")).toMatchObject(expected);
    const native = await askNative(model, {}, { documents: texts });
    expect(await native.json()).toMatchObject({ usage: { cost: expected.cost } });
  });

  test("reports tell how many there were", async () => {
    const { rows } = await sahab.adminJson<{ rows: { group: string; searches: number }[] }>("/usage?group_by=model");
    const of = (name: string) => rows.find(({ group }) => group === name)?.searches;
    expect(["catalogued", "by-search", "charged-by-search", "like-jina/jina"].map(of)).toEqual([6, 12, 2, 0]);
    const shown = await sahab.command(["usage", "--pieces"]);
    expect(shown.stdout).toMatch(/MODEL +REQUESTS +IMAGES +SECONDS +CHARACTERS +SEARCHES +COST/);
    expect(shown.stdout).toMatch(/catalogued +2 +0 +0 +0 +6 +0\.012 USD/);
    const both = await sahab.command(["usage", "--pieces", "--compare"]);
    expect([both.status, both.stderr]).toEqual([2, expect.stringContaining("cannot be used with option '--compare'")]);
  });
});

describe("DashScope", () => {
  test("native clients and vendor: bytes pass", async () => {
    const answer = await askNative("ali/native", { top_n: 2, return_documents: false });
    expect(await answer.json()).toEqual({
      output: { results: order },
      usage: { total_tokens: 8, cost: "0.000008", cost_currency: "USD" },
      request_id: "r",
    });
    expect(sent("native")).toMatchObject({
      path: nativePath,
      body: { input: { query: "which", documents }, parameters: { top_n: 2, return_documents: false } },
    });
  });

  test("Jina's and Cohere's clients over the native vendor", async () => {
    const answer = await ask("ali/native-texts", { top_n: 2, return_documents: true, user: "u" });
    expect(answer.headers.get("x-sahab-dropped")).toBe("user");
    expect(await answer.json()).toEqual({
      id: answer.headers.get("x-request-id"),
      object: "list",
      model: "native-texts",
      results: withTexts,
      usage: { prompt_tokens: 8, total_tokens: 8, cost: "0.000008", cost_currency: "USD" },
    });
    expect(sent("native-texts")?.body).toEqual({
      model: "native-texts",
      input: { query: "which", documents },
      parameters: { top_n: 2, return_documents: true },
    });
  });

  test("its clients over a vendor of Jina's form, and over its own OpenAI-style one", async () => {
    expect(await (await askNative("like-jina/jina", { top_n: 1 })).json()).toMatchObject({
      output: { results: [{ index: 1, relevance_score: 0.9 }] },
      usage: { total_tokens: 8, cost: "0.000008" },
    });
    expect(sent("jina")?.body).toEqual({ model: "jina", query: "which", documents, top_n: 1 });
    expect((await ask("ali-chat/jina")).status).toBe(200);
    expect(sent("jina")?.path).toBe("/compatible-api/v1/reranks");
  });

  test("its errors have its shape", async () => {
    for (const status of refusals) {
      const body = (await (await askNative(`like-jina/is-${status}`)).json()) as object;
      expect(Object.keys(body)).toEqual(expect.arrayContaining(["code", "message", "request_id"]));
    }
    const image = await askNative("like-jina/jina", {}, { query: { image: "https://a/b.png" } });
    expect(image.status).toBe(400);
    expect(await image.json()).toMatchObject({ message: expect.stringContaining("input.query.image") as string });
  });
});

describe("what is no rerank is refused by name, before a vendor is asked", () => {
  test.each<[string, string, object]>([
    ["none", "query", { query: undefined }],
    ["none", "documents", { documents: undefined }],
    ["an empty list", "documents", { documents: [] }],
    ["a text", "documents", { documents: "one" }],
    ["too many", "documents", { documents: Array.from({ length: 2049 }, () => "a") }],
  ])("%s as %s", async (_, param, more) => {
    const before = vendor.calls.length;
    const answer = await ask("like-jina/jina", more);
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ error: { code: "invalid_request", param } });
    const native = await askNative("like-jina/jina", {}, more);
    expect(await native.json()).toMatchObject({ message: expect.stringContaining(`input.${param}:`) as string });
    expect(vendor.calls.length).toBe(before);
  });

  test("a vendor without the operation, and a field that is there twice", async () => {
    expect(await (await ask("anthro/jina")).json()).toMatchObject({ error: { code: "unsupported_operation" } });
    const body = '{"model":"like-jina/jina","query":"a","documents":["a"],"documents":["b"]}';
    const twice = await fetch(`${sahab.address}/v1/rerank`, {
      method: "POST",
      headers: { authorization: `Bearer ${key}` },
      body,
    });
    expect(await twice.json()).toMatchObject({ error: { code: "invalid_request", param: "documents" } });
  });
});

test("large lists of documents are translated on the thread for large bodies", async () => {
  const large = Array.from({ length: 300 }, (_, index) => `${index} ${"x".repeat(5_000)}`);
  expect((await ask("ali/native", { documents: large })).status).toBe(200);
  expect(sent("native")?.body).toMatchObject({ input: { documents: large } });
});

describe("a local model", () => {
  const texts = ["a cat", "a longer text on dogs", "rain"];
  test("with a ranking head answers in every form, is counted and priced", async () => {
    const answer = await ask("local", { documents: texts, top_n: 2, return_documents: true });
    interface Body {
      results: { index: number; relevance_score: number; document: { text: string } }[];
      usage: { total_tokens: number; cost: string };
    }
    const { results, usage } = (await answer.json()) as Body;
    expect(results).toHaveLength(2);
    for (const { index, document } of results) expect(document.text).toBe(texts[index] ?? "");
    expect(results[0]?.relevance_score).toBeGreaterThan(results[1]?.relevance_score ?? 1);
    expect(usage.cost).toBe((usage.total_tokens / 1e6).toFixed(6).replace(/0+$/, ""));
    const native = await askNative("local", { top_n: 2, return_documents: true }, { documents: texts });
    expect(await native.json()).toMatchObject({ output: { results }, usage: { total_tokens: usage.total_tokens } });
  });

  test("names the fields at fault as its client has them", async () => {
    expect(await (await ask("local", { documents: ["a", ""] })).json()).toMatchObject({
      error: { param: "documents[1]" },
    });
    for (const [param, documents] of [
      ["input.documents[1]", ["a", ""]],
      ["input.documents[0].text", [{ image: "x" }]],
    ] as const)
      expect(await (await askNative("local", {}, { documents })).json()).toMatchObject({ param });
  });

  test("without one says so", async () => {
    const answer = await ask("nano");
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({
      error: { code: "unsupported_parameter", message: expect.stringContaining("ranking head") as string },
    });
  });

  test("embeds as well", async () => {
    const answer = await sahab.call("/v1/embeddings", { model: "nano", input: ["a", "b"] }, { key });
    expect(((await answer.json()) as { data: unknown[] }).data).toHaveLength(2);
  });
});
