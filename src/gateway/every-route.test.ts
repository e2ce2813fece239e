import { afterAll, beforeAll, expect, test } from "bun:test";
import { isFiling, type Route } from "../dialect/dialect.ts";
import { dialects } from "../dialect/registry.ts";
import { eventually } from "../testing/eventually.ts";
import { chat as chatAnswer, startFakeVendor, type FakeVendor } from "../testing/fake-vendor.ts";
import { startFakePassedVendor } from "../testing/fake-passed-vendor.ts";
import { runSahab, type TestSahab } from "../testing/run-sahab.ts";
import { createRouteTable } from "./match-route.ts";

// Every path that clients of some vendor use, each proven by a request to the running program; and no route that is not among them.

const kept = (base: string) =>
  [`GET ${base}/responses/ID`, `DELETE ${base}/responses/ID`, `POST ${base}/responses/ID/cancel`].concat(
    `GET ${base}/responses/ID/input_items`,
  );
const below = (base: string, ...paths: string[]) => paths.map((path) => path.replace(" ", ` ${base}`));
const models = ["GET /models", "GET /models/nano"];
const chat = "POST /chat/completions";
const responses = ["POST /responses", "POST /responses/input_tokens", "POST /responses/compact"];
const openai = [chat, "POST /completions", "POST /embeddings"];
const passed = [
  ...["generations", "edits", "variations"].map((last) => `POST /images/${last}`),
  ...["transcriptions", "translations", "speech"].map((last) => `POST /audio/${last}`),
  "POST /moderations",
];
const files = ["POST /files", "GET /files", "GET /files/ID", "GET /files/ID/content", "DELETE /files/ID"];
const batches = ["POST /batches", "GET /batches", "GET /batches/ID", "POST /batches/ID/cancel"];
const googles = ["generateContent", "streamGenerateContent", "countTokens", "embedContent", "batchEmbedContents"];
const claims: [header: string, value: string][] = [
  ["anthropic-version", "2023-06-01"],
  ["x-goog-api-client", "genai-js"],
];

const paths = [
  ...below("/v1", ...openai, ...models, "POST /rerank", ...passed, ...responses),
  ...below("/compatible-mode/v1", ...openai, ...models, "POST /rerank", "POST /reranks", ...responses),
  ...below("/api/v3", chat, "POST /embeddings", ...models, "POST /context/create", ...responses),
  "POST /api/v3/images/generations",
  "POST /api/v3/context/chat/completions",
  ...below("", ...openai, "GET /models", "POST /rerank", "GET /user/balance", ...responses),
  "POST /tokenize",
  "POST /detokenize",
  "POST /apply-template",
  ...below("/beta", ...openai, ...models, "POST /rerank", ...responses),
  ...["/v1", "/compatible-mode/v1", "/api/v3", "", "/beta"].flatMap(kept),
  ...["/v1", "/compatible-mode/v1"].flatMap((base) => below(base, ...files, ...batches)),
  "POST /v2/rerank",
  "POST /compatible-api/v1/reranks",
  ...["", "/anthropic"].flatMap((base) => below(base, "POST /v1/messages", "POST /v1/messages/count_tokens")),
  "GET /anthropic/v1/models",
  "GET /anthropic/v1/models/nano",
  ...["/v1beta", "/v1", "/v1beta1", "/v1alpha"].flatMap((base) =>
    googles.map((method) => `POST ${base}/models/nano:${method}`),
  ),
  ...["/v1beta", "/v1alpha"].flatMap((base) => below(base, ...models)),
  ...claims.flatMap(([header]) => [`GET /v1/models ${header}`, `GET /v1/models/nano ${header}`]),
  "POST /api/v1/services/aigc/text-generation/generation",
  "POST /api/v1/services/aigc/multimodal-generation/generation",
  "POST /api/v1/services/embeddings/text-embedding/text-embedding",
  "POST /api/v1/services/rerank/text-rerank/text-rerank",
  "GET /v1/chat/deferred-completion/ID",
  "GET /api/v1/tasks/ID",
  "POST /api/v1/tasks/ID/cancel",
];

const table = createRouteTable(dialects);
const claimOf = (name: string | undefined) => claims.filter(([header]) => header === name);

/** The route of a path as it is, without mending it. */
function routeOf(line: string) {
  const [method = "", path = "", claim] = line.split(" ");
  const headers = new Headers(claimOf(claim));
  const found = table.match(method, path, headers);
  if (!found || "allowed" in found) throw new Error(`No route is ${line}`);
  return { ...found, method, path, headers };
}

let vendor: FakeVendor;
let passing: ReturnType<typeof startFakePassedVendor>;
let sahab: TestSahab;
let key: string;

beforeAll(async () => {
  vendor = startFakeVendor({
    ranks: () => Response.json({ results: [{ index: 0, relevance_score: 1 }], usage: { total_tokens: 3 } }),
    says: chatAnswer(["Hi"]),
    hangs: () => new Promise<Response>(() => {}),
  });
  passing = startFakePassedVendor({
    passes: ({ path }) =>
      path.endsWith("/speech")
        ? new Response('"sound', { headers: { "content-type": "audio/mpeg" } })
        : Response.json({ data: [{ url: "u" }], text: "Hi", results: [{ flagged: false }] }),
  });
  const provider = { name: "v", vendor: "compatible", base_url: `http://127.0.0.1:${vendor.port}/v1` };
  const price = { currency: "USD", input: 1, output: 1 };
  sahab = await runSahab({
    config: {
      providers: [provider, { ...provider, name: "passing", base_url: passing.url }],
      models: [
        { name: "nano", local: { file: "nano.gguf" } },
        ...["ranks", "says", "hangs"].map((model) => ({ name: model, targets: [{ provider: "v", model }], price })),
        { name: "passes", targets: [{ provider: "passing", model: "passes" }], price },
      ],
      projects: [{ name: "default" }],
    },
  });
  ({ key } = await sahab.createKey());
});

afterAll(async () => {
  await sahab?.close();
  await vendor?.stop();
  await passing?.stop();
});

const messages = [{ role: "user", content: "Hi" }];
const contents = [{ parts: [{ text: "Hi" }] }];
const short = { model: "nano", max_tokens: 3 };
const native = { model: "nano", input: { messages }, parameters: { max_tokens: 3 } };
const ranked = { model: "ranks", query: "a", documents: ["b"] };
const form = (file: string, more: Record<string, string> = {}) => {
  const data = new FormData();
  for (const [name, value] of Object.entries({ model: "passes", ...more })) data.set(name, value);
  data.set(file, new File(["bytes"], "file.bin"));
  return data;
};

const bodies: Record<string, Partial<Record<Route["serves"], object>>> = {
  "openai-chat": {
    chat: { ...short, messages },
    completion: { ...short, prompt: "Hi" },
    embedding: { model: "nano", input: "Hi" },
    rerank: ranked,
    tokenize: { content: "Hi" },
    detokenize: { tokens: [1] },
    "apply-template": { messages },
    "image-generation": { model: "passes", prompt: "a" },
    "image-edit": form("image", { prompt: "a" }),
    "image-variation": form("image"),
    transcription: form("file"),
    translation: form("file"),
    speech: { model: "passes", input: "Hi", voice: "a" },
    moderation: { model: "passes", input: "Hi" },
    "create-file": form("file", { purpose: "batch" }),
  },
  "openai-responses": {
    chat: { model: "nano", input: "Hi", max_output_tokens: 16 },
    "token-count": { model: "nano", input: "Hi" },
  },
  "anthropic-messages": { chat: { ...short, messages }, "token-count": { ...short, messages } },
  gemini: { chat: { contents, generationConfig: { maxOutputTokens: 3 } }, "token-count": { contents } },
  dashscope: {
    chat: native,
    embedding: { model: "nano", input: { texts: ["Hi"] } },
    rerank: { model: "ranks", input: { query: "a", documents: ["b"] } },
  },
};

function bodyOf(dialect: string, serves: Route["serves"], path: string): object | undefined {
  if (path.endsWith("/compact")) return { model: "says", input: "Hi" };
  if (path.endsWith(":batchEmbedContents")) return { requests: [{ content: contents[0] }] };
  if (path.endsWith(":embedContent")) return { content: contents[0] };
  return bodies[dialect]?.[serves];
}

/** A field that only the right answer has. */
const fields: Record<string, string> = {
  "openai-chat chat": "choices",
  "openai-chat completion": "choices",
  "openai-chat embedding": "data",
  "openai-chat rerank": "results",
  "openai-chat tokenize": "tokens",
  "openai-chat detokenize": "content",
  "openai-chat apply-template": "prompt",
  "openai-chat image-generation": "data",
  "openai-chat image-edit": "data",
  "openai-chat image-variation": "data",
  "openai-chat transcription": "text",
  "openai-chat translation": "text",
  "openai-chat speech": "sound",
  "openai-chat moderation": "results",
  "openai-chat list-models": "data",
  "openai-chat show-model": "owned_by",
  "openai-chat show-balance": "balance_infos",
  "openai-chat create-file": "filename",
  "openai-chat list-files": "filename",
  "openai-chat show-file": "filename",
  "openai-chat show-content": "custom_id",
  "openai-chat delete-file": "deleted",
  "openai-chat create-batch": "input_file_id",
  "openai-chat list-batches": "input_file_id",
  "openai-chat show-batch": "input_file_id",
  "openai-chat cancel-batch": "cancelling_at",
  "openai-chat show-stored": "choices",
  "openai-responses chat": "output",
  "openai-responses token-count": "input_tokens",
  "openai-responses show-stored": "output",
  "openai-responses delete-stored": "deleted",
  "openai-responses cancel-stored": "status",
  "openai-responses list-stored-input": "first_id",
  "anthropic-messages chat": "stop_reason",
  "anthropic-messages token-count": "input_tokens",
  "anthropic-messages list-models": "has_more",
  "anthropic-messages show-model": "display_name",
  "gemini chat": "candidates",
  "gemini token-count": "totalTokens",
  "gemini embedding": "embedding",
  "gemini list-models": "models",
  "gemini show-model": "inputTokenLimit",
  "dashscope chat": "output",
  "dashscope embedding": "output",
  "dashscope rerank": "output",
  "dashscope show-stored": "task_status",
  "dashscope cancel-stored": "request_id",
};

const send = (method: string, path: string, headers: Headers, body?: object) => {
  headers.set("authorization", `Bearer ${key}`);
  const sent = body instanceof FormData ? body : body && JSON.stringify(body);
  return fetch(`${sahab.address}${path}`, { method, headers, ...(sent && { body: sent }) });
};

/** The id of an answer in the background, which is still to come where it is to be cancelled. */
async function keptId(dialect: string, serves: Route["serves"]): Promise<string> {
  const model = serves === "cancel-stored" ? "hangs" : "nano";
  if (dialect === "dashscope") {
    const path = "/api/v1/services/aigc/text-generation/generation";
    const task = await send("POST", path, new Headers({ "x-dashscope-async": "enable" }), { ...native, model });
    return ((await task.json()) as { output: { task_id: string } }).output.task_id;
  }
  if (dialect === "openai-chat") {
    const later = { ...short, messages, deferred: true };
    const deferred = await send("POST", "/v1/chat/completions", new Headers(), later);
    const { request_id: found } = (await deferred.json()) as { request_id: string };
    await eventually("the completion is there", async () => {
      const answer = await send("GET", `/v1/chat/deferred-completion/${found}`, new Headers());
      return answer.status === 200 || undefined;
    });
    return found;
  }
  const body = { model, input: "Hi", max_output_tokens: 16, background: true };
  const { id } = (await (await send("POST", "/v1/responses", new Headers(), body)).json()) as { id: string };
  if (model === "nano")
    await eventually("the answer is there", async () => {
      const answer = await send("GET", `/v1/responses/${id}`, new Headers());
      return ((await answer.json()) as { status: string }).status === "incomplete" || undefined;
    });
  return id;
}

/** A batch is of a request that does not end, so that it can be cancelled. */
async function filedId(serves: Route["serves"]): Promise<string> {
  const url = "/v1/chat/completions";
  const line = { custom_id: "a", method: "POST", url, body: { model: "hangs", messages } };
  const data = new FormData();
  data.set("purpose", "batch");
  data.set("file", new File([JSON.stringify(line)], "in.jsonl"));
  const file = (await (await send("POST", "/v1/files", new Headers(), data)).json()) as { id: string };
  if (!serves.endsWith("batch")) return file.id;
  const body = { input_file_id: file.id, endpoint: url, completion_window: "24h" };
  if (serves === "create-batch") return JSON.stringify(body);
  return ((await (await send("POST", "/v1/batches", new Headers(), body)).json()) as { id: string }).id;
}

test.each(paths)("%s", async (line) => {
  const { dialect, route, method, path, headers } = routeOf(line);
  const { serves } = route;
  const idOf = () => (isFiling(serves) ? filedId(serves) : keptId(dialect.name, serves));
  const at = path.includes("/ID") ? path.replace("ID", await idOf()) : path;
  const asked = serves === "create-batch" ? (JSON.parse(await filedId(serves)) as object) : undefined;
  const answer = await send(method, at, headers, asked ?? bodyOf(dialect.name, serves, path));
  const text = await answer.text();
  if (path.includes("/context/")) {
    // Local models keep no contexts.
    expect([answer.status, text]).toEqual([400, expect.stringContaining("context")]);
    return;
  }
  const field = fields[`${dialect.name} ${route.serves}`];
  expect([answer.status, text]).toEqual([200, expect.stringContaining(`"${field}`)]);
});

test("no route is missing above", () => {
  const proven = new Set(paths.map((line) => routeOf(line).route));
  const missing = dialects.flatMap(({ routes }) => routes.filter((route) => !proven.has(route)));
  expect(missing.map(({ method, path }) => `${method} ${String(path)}`)).toEqual([]);
});
