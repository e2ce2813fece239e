import { afterAll, expect, test } from "bun:test";
import Anthropic from "@anthropic-ai/sdk";
import OpenAI, { toFile } from "openai";
import { startFakeAnthropicBatches } from "./fake-anthropic-batches.ts";
import { startFakeOpenaiBatches } from "./fake-openai-batches.ts";

// The vendors' own SDKs, unmodified, against the fakes of their batches: these are true to form as far as the SDKs are.

const openaiFake = startFakeOpenaiBatches();
const anthropicFake = startFakeAnthropicBatches();
const openai = new OpenAI({ baseURL: openaiFake.url, apiKey: "sk-test", maxRetries: 0 });
const anthropic = new Anthropic({ baseURL: anthropicFake.url, apiKey: "sk-ant-test", maxRetries: 0 });

afterAll(async () => {
  await openaiFake.stop();
  await anthropicFake.stop();
});

const line = (id: string, more: object = {}) =>
  JSON.stringify({
    custom_id: id,
    method: "POST",
    url: "/v1/chat/completions",
    body: { model: "gpt-5-mini", messages: [{ role: "user", content: `say ${id}` }] },
    ...more,
  });

async function createBatch(lines: string[]) {
  const file = await openai.files.create({
    file: await toFile(Buffer.from(lines.join("\n")), "lines.jsonl"),
    purpose: "batch",
  });
  return openai.batches.create({
    input_file_id: file.id,
    endpoint: "/v1/chat/completions",
    completion_window: "24h",
    metadata: { of: "this test" },
  });
}

test("OpenAI's SDK uploads, creates, polls, reads results and deletes", async () => {
  const created = await createBatch([line("a"), line("b")]);
  expect(created).toMatchObject({ status: "validating", request_counts: { total: 2 }, metadata: { of: "this test" } });
  expect(await openai.batches.retrieve(created.id)).toMatchObject({ status: "in_progress" });
  openaiFake.end(created.id, { status: "expired", served: 1 });
  const ended = await openai.batches.retrieve(created.id);
  expect(ended).toMatchObject({ status: "expired", request_counts: { total: 2, completed: 1, failed: 1 } });
  const output = await (await openai.files.content(ended.output_file_id ?? "")).text();
  expect(JSON.parse(output)).toMatchObject({
    custom_id: "a",
    response: { status_code: 200, body: { choices: [{ message: { content: "re: say a" } }] } },
  });
  const errors = await (await openai.files.content(ended.error_file_id ?? "")).text();
  expect(JSON.parse(errors)).toMatchObject({ custom_id: "b", response: null, error: { code: "batch_expired" } });
  expect(await openai.files.delete(ended.input_file_id)).toMatchObject({ deleted: true });
  const listed = [];
  for await (const batch of openai.batches.list({ limit: 1 })) listed.push(batch.id);
  expect(listed).toContain(created.id);
});

test("OpenAI's SDK sees a batch whose lines are wrong, and one that is cancelled", async () => {
  const wrong = await createBatch([line("a"), line("a"), line("c", { url: "/v1/embeddings" }), "{"]);
  expect(wrong.status).toBe("failed");
  expect(wrong.errors?.data?.map(({ line: at, code }) => [at, code])).toEqual([
    [2, "duplicate_custom_id"],
    [3, "mismatched_url"],
    [4, "invalid_json_line"],
  ]);
  const created = await createBatch([line("a")]);
  expect(await openai.batches.cancel(created.id)).toMatchObject({ status: "cancelling" });
  const bad = openai.batches.create({
    input_file_id: "file-0",
    endpoint: "/v1/chat/completions",
    completion_window: "24h",
  });
  expect(await bad.catch((error: unknown) => error)).toBeInstanceOf(OpenAI.NotFoundError);
  const stranger = new OpenAI({ baseURL: openaiFake.url, apiKey: "sk-other", maxRetries: 0 });
  expect(await stranger.batches.retrieve(created.id).catch((error: unknown) => error)).toBeInstanceOf(
    OpenAI.AuthenticationError,
  );
});

test("Anthropic's SDK creates, polls, streams results, cancels and deletes", async () => {
  const request = (id: string) => ({
    custom_id: id,
    params: { model: "claude-sonnet-4-6", max_tokens: 50, messages: [{ role: "user" as const, content: `say ${id}` }] },
  });
  const created = await anthropic.messages.batches.create({ requests: [request("a"), request("b"), request("c")] });
  expect(created).toMatchObject({ processing_status: "in_progress", request_counts: { processing: 3 } });
  expect(await anthropic.messages.batches.cancel(created.id)).toMatchObject({ processing_status: "canceling" });
  anthropicFake.end(created.id, { status: "cancelled", served: 2, change: (lines) => lines.toReversed() });
  expect(await anthropic.messages.batches.retrieve(created.id)).toMatchObject({
    processing_status: "ended",
    request_counts: { processing: 0, succeeded: 2, canceled: 1 },
  });
  const results = [];
  for await (const result of await anthropic.messages.batches.results(created.id)) results.push(result);
  expect(results).toMatchObject([
    { custom_id: "c", result: { type: "canceled" } },
    { custom_id: "b", result: { type: "succeeded", message: { usage: { service_tier: "batch" } } } },
    { custom_id: "a", result: { type: "succeeded", message: { content: [{ text: "re: say a" }] } } },
  ]);
  const listed = [];
  for await (const batch of anthropic.messages.batches.list({ limit: 1 })) listed.push(batch.id);
  expect(listed).toEqual([created.id]);
  expect(await anthropic.messages.batches.delete(created.id)).toMatchObject({ type: "message_batch_deleted" });
  const wrong = anthropic.messages.batches.create({ requests: [{ ...request("a"), custom_id: "not allowed!" }] });
  expect(await wrong.catch((error: unknown) => error)).toBeInstanceOf(Anthropic.BadRequestError);
  expect(anthropicFake.faults).toEqual([]);
});
