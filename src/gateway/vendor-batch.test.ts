import { afterAll, beforeEach, describe, expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { formatNano } from "../base/money.ts";
import { chatBody, linesOf, openBatchBench } from "../testing/batches/batch-bench.ts";
import { startFakeAnthropicBatches } from "../testing/batches/fake-anthropic-batches.ts";
import { serveUsual, type Ending } from "../testing/batches/fake-batches.ts";
import { startFakeOpenaiBatches } from "../testing/batches/fake-openai-batches.ts";
import { must } from "../base/assert.ts";
import type { ProviderTarget } from "../vendor/index.ts";
import { batchBoundsOf, cancelBatch, discardBatch, lookAtBatch, submitterOf } from "./vendor-batch.ts";

// Batches at vendors, over real HTTP: what these are given, what comes back, what it costs, and how each failure ends.

const price = { currency: "USD", input: 1, cached_input: 0.5, output: 2, batch: 0.5 };
const target = (provider: string, model = "gpt-5-mini") => ({ provider, model });

const openai = startFakeOpenaiBatches({
  keys: ["sk-test", "sk-second-key-0123456789"],
  serve: (line) =>
    JSON.stringify(line.body).includes("fail me")
      ? {
          status: 400,
          body: { error: { message: "you asked for it", type: "invalid_request_error", code: "bad", param: null } },
        }
      : serveUsual(line),
});
const anthropic = startFakeAnthropicBatches();
const bench = openBatchBench({
  providers: [
    { name: "openai", vendor: "openai", base_url: openai.url, api_key: "sk-test" },
    { name: "two", vendor: "openai", base_url: openai.url, api_keys: ["sk-test", "sk-second-key-0123456789"] },
    { name: "azure", vendor: "azure-openai", base_url: `${openai.origin}/v1/openai/v1`, api_key: "sk-test" },
    { name: "anthropic", vendor: "anthropic", base_url: anthropic.url, api_key: "sk-ant-test" },
    { name: "deepseek", vendor: "deepseek", base_url: openai.url, api_key: "sk-test" },
    { name: "wrong-key", vendor: "openai", base_url: openai.url, api_key: "sk-wrong-key-9876543210" },
  ],
  models: [
    { name: "m", targets: [target("openai")], price },
    { name: "marked-up", targets: [target("openai")], price, charge: { factor: 1.5 } },
    { name: "no-factor", targets: [target("openai")], price: { currency: "USD", input: 1, output: 2 } },
    { name: "keys", targets: [target("two")], price },
    { name: "claude", targets: [target("anthropic", "claude-sonnet-4-6")], price },
    { name: "none", targets: [target("deepseek", "deepseek-chat")], price },
    { name: "refused", targets: [target("openai", "no-such-model")], price },
    { name: "wrong-key", targets: [target("wrong-key")], price },
  ],
  projects: [{ name: "default" }],
});

afterAll(async () => {
  bench.close();
  await openai.stop();
  await anthropic.stop();
});

let count = 0;
let marker = "";
beforeEach(() => {
  marker = `batch_${++count}`;
});

/** Submits lines, ends the batch so, and reads what came of it. */
async function run(
  model: string,
  bodies: readonly (object | string)[],
  ending: Ending = {},
  more: { api?: string } = {},
) {
  const part = bench.partOf(model, { marker, ...more });
  const lines = linesOf(...bodies);
  const { job: submitted, leftOut } = await bench.submit(part, lines);
  const job = must(submitted, "some line was fit to be sent");
  const fake = job.provider === "anthropic" ? anthropic : openai;
  const given = fake.lines(job.vendorId);
  fake.end(job.vendorId, ending);
  return { part, job, lines, leftOut, given, results: await bench.readAll(part, job, lines) };
}

const bodyOf = (result: { response: { body: string } | null } | undefined) =>
  JSON.parse(result?.response?.body ?? "null") as Record<string, never> & {
    choices: { message: { content: string } }[];
    content: { text: string }[];
    usage: Record<string, unknown>;
    error: { message: string; code: string };
  };

describe("OpenAI's form", () => {
  test("lines go out as single calls do, and come back as their answers", async () => {
    const bodies = [chatBody("one", { max_tokens: 9, api_base: "http://elsewhere" }), chatBody("two")];
    const { given, results, part, job } = await run("m", bodies);
    expect(given).toEqual([
      // As a single call has it: the vendor's name of the model, and no field that reaches beyond it.
      { customId: `${marker}-1`, body: { ...chatBody("one"), model: "gpt-5-mini", max_tokens: 9 } },
      { customId: `${marker}-2`, body: { ...chatBody("two"), model: "gpt-5-mini" } },
    ]);
    expect(results.map(({ line, customId, error }) => [line, customId, error])).toEqual([
      [1, "own 1", null],
      [2, "own 2", null],
    ]);
    expect(results.map((result) => bodyOf(result).choices[0]?.message.content)).toEqual(["re: one", "re: two"]);
    // 1,000 × 1 + 200 × 2 millionths are 0.0014, and half of that with the batch's factor.
    expect(bodyOf(results[0]).usage).toMatchObject({ cost: "0.0007", cost_currency: "USD" });
    expect(results[0]?.usage).toMatchObject({ inputTokens: 1_000, outputTokens: 200 });
    expect(results[0]?.record).toMatchObject({
      id: `${marker}-1`,
      time: job.submittedMs,
      keyId: "key_1",
      project: "default",
      model: "m",
      provider: "openai",
      operation: "chat",
      dialect: "openai-chat",
      status: 200,
      outcome: "ok",
      inputTokens: 1_000,
      outputTokens: 200,
      estimated: false,
      cost: 700_000n,
      currency: "USD",
      attempts: [{ model: "gpt-5-mini", vendorRequestId: "req_0", cost: 700_000n }],
    });
    expect(openai.faults).toEqual([]);
    const state = await lookAtBatch(bench.deps, part, job);
    expect(state).toMatchObject({ status: "completed", counts: { total: 2, completed: 2, failed: 0 } });
    await discardBatch(bench.deps, part, job, state);
    for (const file of [...state.resultFiles, state.inputFile ?? ""]) expect(openai.files()).not.toContain(file);
    expect(readdirSync(bench.deps.folder)).toEqual([]);
  });

  test("results are told once each, in whatever order they come; strange ones are left out and missing ones named", async () => {
    const change = (lines: string[]) => [
      lines[2] ?? "",
      lines[2] ?? "",
      (lines[0] ?? "").replace(`${marker}-1`, "somebody-else-1"),
      "not JSON at all",
      lines[1] ?? "",
    ];
    const { results } = await run(
      "m",
      ["one", "two", "three"].map((text) => chatBody(text)),
      { change },
    );
    expect(results.map(({ line, error }) => [line, error?.code])).toEqual([
      [3, undefined],
      [2, undefined],
      [1, "result_missing"],
    ]);
    expect(results[2]?.record).toMatchObject({ id: `${marker}-1`, outcome: "upstream_error", cost: 0n });
  });

  test("a download that breaks off is read again, and a line that is cut in its middle is none", async () => {
    const bodies = ["one", "two", "three"].map((text) => chatBody(text));
    const { results } = await run("m", bodies, { cutBytes: 150 });
    expect(results.map(({ line }) => line)).toEqual([1, 2, 3]);
    marker += "_again";
    const cut = await run("m", bodies, { cutLine: true });
    expect(cut.results.map(({ line, error }) => [line, error?.code])).toEqual([
      [1, undefined],
      [2, undefined],
      [3, "result_missing"],
    ]);
  });

  test.each([
    ["expired", "batch_expired", "upstream_timeout"],
    ["cancelled", "batch_cancelled", "client_closed_request"],
  ] as const)("%s halfway: what was served is told and priced, the rest is free", async (status, code, outcome) => {
    const part = bench.partOf("m", { marker });
    const lines = linesOf(chatBody("one"), chatBody("two"), chatBody("three"));
    const { job } = await bench.submit(part, lines);
    if (status === "cancelled") await cancelBatch(bench.deps, part, must(job, "submitted"));
    const vendorId = job?.vendorId ?? "";
    const before = await lookAtBatch(bench.deps, part, must(job, "submitted"));
    const early = bench.readAll(part, must(job, "submitted"), lines);
    expect(await early.catch((error: unknown) => error)).toMatchObject({ code: "conflict" });
    expect(before.status).toBe(status === "cancelled" ? "cancelling" : "running");
    openai.end(vendorId, { status, served: 1 });
    const results = await bench.readAll(part, must(job, "submitted"), lines);
    expect(
      results.map(({ line, error, record }) => [line, error?.code, record.outcome, formatNano(record.cost)]),
    ).toEqual([
      [1, undefined, "ok", "0.0007"],
      [2, code, outcome, "0"],
      [3, code, outcome, "0"],
    ]);
  });

  test("a line that the vendor refuses has its error in the client's dialect, and costs nothing", async () => {
    const { results } = await run("m", [chatBody("fail me"), chatBody("two")]);
    const [second, first] = results;
    expect(second?.line).toBe(2);
    expect(first?.response?.status).toBe(400);
    expect(bodyOf(first).error).toMatchObject({ message: "you asked for it", code: "bad" });
    expect(first?.record).toMatchObject({ status: 400, outcome: "upstream_rejected", cost: 0n });
  });

  test("a batch that is refused as a whole tells each line why", async () => {
    const part = bench.partOf("refused", { marker });
    const lines = linesOf(chatBody("one"), chatBody("two"));
    const { job } = await bench.submit(part, lines);
    const state = await lookAtBatch(bench.deps, part, must(job, "it is created, and fails"));
    expect(state).toMatchObject({ status: "failed", errors: [{ position: 1 }, { position: 2 }] });
    const results = await bench.readAll(part, must(job, "it is created, and fails"), lines);
    expect(results.map(({ line, error, record }) => [line, error?.code, record.cost])).toEqual([
      [1, "model_not_found", 0n],
      [2, "model_not_found", 0n],
    ]);
  });

  test("lines that no batch can have are left out, and the others go", async () => {
    const { given, leftOut, job } = await run("m", [
      chatBody("one"),
      chatBody("two", { stream: true }),
      "{",
      chatBody("four"),
    ]);
    expect(leftOut).toEqual([
      [2, "unsupported_parameter"],
      [3, "invalid_json"],
    ]);
    expect(given.map(({ customId }) => customId)).toEqual([`${marker}-1`, `${marker}-4`]);
    expect(job.lines).toEqual([
      [1, 1],
      [4, 4],
    ]);
    const none = await bench.submit(bench.partOf("m", { marker }), linesOf("{"));
    expect(none).toMatchObject({ job: undefined, next: undefined, leftOut: [[1, "invalid_json"]] });
  });

  test("a markup is charged, and without a factor for batches the full price holds", async () => {
    const marked = await run("marked-up", [chatBody("one")]);
    expect(marked.results[0]?.record).toMatchObject({ cost: 1_050_000n, providerCost: 700_000n });
    marker += "_full";
    const full = await run("no-factor", [chatBody("one")]);
    expect(full.results[0]?.record.cost).toBe(1_400_000n);
  });

  test("429 and 503 at any step are waited for, within bounds", async () => {
    openai.failNext("POST /v1/files", { status: 503 });
    openai.failNext("POST /v1/batches", { status: 429, headers: { "retry-after": "0" } });
    openai.failNext("GET /v1/batches/", { status: 429 }, { status: 500 });
    const { results } = await run("m", [chatBody("one")]);
    expect(results).toHaveLength(1);
    const part = bench.partOf("m", { marker: `${marker}_x` });
    const { job } = await bench.submit(part, linesOf(chatBody("x")));
    openai.failNext("GET /v1/batches/", ...Array.from({ length: 4 }, () => ({ status: 503 })));
    const looking = lookAtBatch(bench.deps, part, must(job, "submitted"));
    expect(await looking.catch((error: unknown) => error)).toMatchObject({ code: "upstream_error" });
  });

  test("a key that is refused is named by its provider, not by its text", async () => {
    const submitting = bench.submit(bench.partOf("wrong-key", { marker }), linesOf(chatBody("one")));
    const error = (await submitting.catch((thrown: unknown) => thrown)) as Error & { code: string };
    expect(error.code).toBe("upstream_authentication");
    expect(error.message).toContain("Provider wrong-key");
    expect(error.message).not.toContain("9876543210");
  });
});

describe("nothing is paid twice", () => {
  test("a creation whose answer is lost is found again", async () => {
    const before = openai.ids().length;
    openai.failNext("POST /v1/batches", { status: 500, isDone: true });
    const { job } = await bench.submit(bench.partOf("m", { marker }), linesOf(chatBody("one")));
    expect(openai.ids().slice(before)).toEqual([job?.vendorId ?? ""]);
  });

  test("after a crash the batch of the same name is taken, and another is created only where there is none", async () => {
    const part = bench.partOf("m", { marker });
    const sinceMs = Date.now();
    const resume = { sinceMs, known: new Set<string>() };
    const lines = linesOf(chatBody("one"), chatBody("two"));
    const first = await bench.submit(part, lines, { resume });
    const uploads = openai.uploads.length;
    const again = await bench.submit(part, lines, { resume });
    expect(again.job).toEqual(first.job);
    expect(openai.uploads).toHaveLength(uploads);
    const other = await bench.submit(bench.partOf("m", { marker: `${marker}_b` }), lines, { resume });
    expect(other.job?.vendorId).not.toBe(first.job?.vendorId);
  });

  test("Anthropic has no place for a name: a batch of as many requests is looked into once it has ended", async () => {
    const part = bench.partOf("claude", { marker, api: "messages" });
    const lines = linesOf(chatBody("one", { max_tokens: 5 }), chatBody("two", { max_tokens: 5 }));
    const resume = { sinceMs: Date.now(), known: new Set<string>() };
    anthropic.failNext("POST /v1/messages/batches", { status: 500, isDone: true });
    const before = anthropic.ids().length;
    const first = await bench.submit(part, lines).catch((error: unknown) => error);
    expect(first).toMatchObject({ code: "conflict" });
    const created = anthropic.ids().slice(before);
    expect(created).toHaveLength(1);
    const id = created[0] ?? "";
    const early = await bench.submit(part, lines, { resume }).catch((error: unknown) => error);
    expect(early).toMatchObject({ code: "conflict" });
    anthropic.end(id);
    const { job } = await bench.submit(part, lines, { resume });
    expect(job?.vendorId).toBe(id);
    // Another of ours, of as many requests: its results say that it is not this one.
    const other = await bench.submit({ ...part, marker: `${marker}_b` }, lines, { resume });
    expect(other.job?.vendorId).not.toBe(id);
    expect(anthropic.ids().slice(before)).toHaveLength(2);
  });
});

describe("Anthropic's form", () => {
  test("requests go in the body, and results come back in the client's dialect", async () => {
    const bodies = [chatBody("one", { max_tokens: 5 }), chatBody("two", { max_tokens: 6 })];
    const own = await run("claude", bodies, { change: (lines) => lines.toReversed() }, { api: "messages" });
    expect(own.given).toEqual([
      { customId: `${marker}-1`, body: { ...chatBody("one"), model: "claude-sonnet-4-6", max_tokens: 5 } },
      { customId: `${marker}-2`, body: { ...chatBody("two"), model: "claude-sonnet-4-6", max_tokens: 6 } },
    ]);
    expect(own.results.map((result) => [result.line, bodyOf(result).content[0]?.text])).toEqual([
      [2, "re: two"],
      [1, "re: one"],
    ]);
    expect(own.results[0]?.record).toMatchObject({ dialect: "anthropic-messages", cost: 700_000n });
    expect(anthropic.faults).toEqual([]);
    const state = await lookAtBatch(bench.deps, own.part, own.job);
    await discardBatch(bench.deps, own.part, own.job, state);
    expect(anthropic.ids()).not.toContain(own.job.vendorId);
  });

  test("a client of OpenAI's chat gets chat completions", async () => {
    const { given, results } = await run("claude", [chatBody("one", { max_completion_tokens: 7 })]);
    expect(given[0]?.body).toMatchObject({ model: "claude-sonnet-4-6", max_tokens: 7, messages: [{ role: "user" }] });
    expect(bodyOf(results[0])).toMatchObject({
      object: "chat.completion",
      choices: [{ message: { content: "re: one" } }],
    });
    expect(bodyOf(results[0]).usage).toMatchObject({ prompt_tokens: 1_000, completion_tokens: 200, cost: "0.0007" });
  });

  test.each(["expired", "cancelled"] as const)("%s halfway", async (status) => {
    const { results } = await run("claude", [chatBody("one"), chatBody("two")], { status, served: 1 });
    expect(results.map(({ error, record }) => [error?.code, formatNano(record.cost)])).toEqual([
      [undefined, "0.0007"],
      [status === "expired" ? "batch_expired" : "batch_cancelled", "0"],
    ]);
  });
});

describe("places", () => {
  test("a batch is asked for with the key that submitted it", async () => {
    const targets = bench.targetsOf("keys");
    expect(targets.map(({ key }) => key)).toEqual([1, 2]);
    const second = must(targets[1], "there are two keys");
    const { job } = await bench.submit(bench.partOf("keys", { marker, target: second }), linesOf(chatBody("one")));
    const kept = JSON.parse(JSON.stringify(job)) as NonNullable<typeof job>;
    const providerOf = ({ upstream }: (typeof targets)[number]) => (upstream as ProviderTarget).provider;
    const providers = targets.map(providerOf);
    const { keyHash } = providerOf(second);
    // Its place is another by now.
    const submitter = { provider: "two", key: 1, keyHash };
    expect(submitterOf(providers, submitter)).toBe(providerOf(second));
    expect(keyHash).not.toContain("second");
    await lookAtBatch(bench.deps, bench.partOf("keys", { marker, target: second }), kept);
    expect(openai.calls.at(-1)?.headers.get("authorization")).toBe("Bearer sk-second-key-0123456789");
    expect(submitterOf(providers, { ...submitter, keyHash: "another" })).toBeUndefined();
    // One key that was replaced is the account's still.
    const only = bench.targetsOf("m").map(providerOf);
    expect(submitterOf(only, { provider: "openai", key: null, keyHash: "another" })).toBe(only[0]);
    expect(submitterOf(only, submitter)).toBeUndefined();
  });

  test("bounds are told for targets that have batches, and others are refused by name", async () => {
    const chat = { operation: "chat", dialect: "openai-chat" } as const;
    const [first] = bench.targetsOf("m");
    const [none] = bench.targetsOf("none");
    expect(batchBoundsOf(must(first, "a target"), chat)).toEqual({
      linesMax: 50_000,
      bytesMax: 200_000_000,
      windows: ["24h"],
      api: "chat",
    });
    expect(batchBoundsOf(must(first, "a target"), { ...chat, operation: "rerank" })).toBeUndefined();
    expect(batchBoundsOf(must(none, "a target"), chat)).toBeUndefined();
    const submitting = bench.submit(bench.partOf("none", { marker }), linesOf(chatBody("one")));
    expect(await submitting.catch((error: unknown) => error)).toMatchObject({ code: "unsupported_operation" });
  });
});
