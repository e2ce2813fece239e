import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import OpenAI, { toFile } from "openai";
import { buildSnapshot, parseCloudConfig } from "../config/index.ts";
import { dialects } from "../dialect/registry.ts";
import { eventually } from "../testing/eventually.ts";
import { errorAnswer, startFakeVendor, wholeChat, type FakeVendor } from "../testing/fake-vendor.ts";
import { startGateway, type GatewayInProcess } from "../testing/gateway-in-process.ts";

// Batches with the official SDK over the whole request path.

let vendor: FakeVendor;
let gateway: GatewayInProcess;
let openai: OpenAI;
let offsetMs = 0;
/** Answers of `slow` wait for it. */
let released = Promise.withResolvers<void>();
let busy = 0;
let busyMost = 0;
let refusals = 0;

beforeAll(async () => {
  vendor = startFakeVendor({
    quick: wholeChat("Peace"),
    other: wholeChat("Peace"),
    slow: async (call) => {
      busyMost = Math.max(busyMost, ++busy);
      await Promise.race([released.promise, aborted(call)]);
      busy--;
      return wholeChat("late")(call);
    },
    refuses: () => errorAnswer(400, { message: "too odd", code: "odd" }),
    full: (call) =>
      refusals-- > 0 ? errorAnswer(429, { message: "slow down" }, { "retry-after": "1" }) : wholeChat("Peace")(call),
  });
  const price = { currency: "USD", input: 1, output: 2 };
  const config = parseCloudConfig({
    providers: [{ name: "v", vendor: "compatible", base_url: vendor.url }],
    models: Object.keys(vendor.scripts).map((name) => ({ name, targets: [{ provider: "v", model: name }], price })),
    projects: [{ name: "default" }, { name: "other" }, { name: "third" }],
    batches: { requests_at_once: 3 },
  });
  const localUpstream = () => {
    throw new Error("no model is local");
  };
  gateway = await startGateway(dialects, buildSnapshot({ dialects, localUpstream }, config), {
    clock: { now: () => Date.now() + offsetMs, monotonic: () => performance.now() },
  });
  openai = clientOf(await gateway.createKey("default"));
});

afterAll(async () => {
  released.resolve();
  await gateway?.close();
  await vendor?.stop();
});

async function aborted(call: { abortedMs: number | undefined }): Promise<void> {
  while (call.abortedMs === undefined) await Bun.sleep(10);
}

function clientOf(apiKey: string): OpenAI {
  return new OpenAI({ apiKey, baseURL: `${gateway.address}/v1`, maxRetries: 0 });
}

const endpoint = "/v1/chat/completions";
const lineOf = (customId: string, model = "quick", fields: object = {}) =>
  JSON.stringify({
    custom_id: customId,
    method: "POST",
    url: endpoint,
    body: { model, messages: [{ role: "user", content: `Hello ${customId}` }] },
    ...fields,
  });

async function upload(lines: readonly string[], client = openai): Promise<string> {
  const file = await toFile(Buffer.from(lines.join("\n")), "in.jsonl");
  return (await client.files.create({ file, purpose: "batch" })).id;
}

async function create(lines: readonly string[], client = openai): Promise<OpenAI.Batch> {
  return client.batches.create({ input_file_id: await upload(lines, client), endpoint, completion_window: "24h" });
}

const isOver = ({ status }: OpenAI.Batch) => ["completed", "failed", "cancelled", "expired"].includes(status);

function ended({ id }: OpenAI.Batch, client = openai): Promise<OpenAI.Batch> {
  return eventually(
    `the end of ${id}`,
    async () => {
      const batch = await client.batches.retrieve(id);
      return isOver(batch) ? batch : undefined;
    },
    20_000,
  );
}

interface Result {
  id: string;
  custom_id: string;
  response: {
    status_code: number;
    request_id: string;
    body: OpenAI.ChatCompletion & { error?: { code: string } };
  } | null;
  error: { code: string; message: string } | null;
}

async function results(id: string | null | undefined, client = openai): Promise<Result[]> {
  if (id == null) return [];
  const text = await (await client.files.content(id)).text();
  expect(text.endsWith("\n")).toBe(true);
  return text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Result);
}

const names = (count: number) => Array.from({ length: count }, (_, index) => `r${index}`);

describe("a batch", () => {
  test("runs each request in the normal way, with a record each, and gives results and failures in two files", async () => {
    const before = (await gateway.records()).length;
    const made = await openai.batches.create({
      input_file_id: await upload([
        lineOf("one"),
        "",
        lineOf("bad", "refuses"),
        lineOf("two", "other"),
        lineOf("none", "missing"),
      ]),
      endpoint,
      completion_window: "24h",
      metadata: { job: "nightly" },
    });
    expect(made).toMatchObject({ object: "batch", status: "validating", endpoint, metadata: { job: "nightly" } });
    const batch = await ended(made);
    expect(batch).toMatchObject({
      status: "completed",
      request_counts: { total: 4, completed: 2, failed: 2 },
      errors: null,
      model: "quick",
      usage: { input_tokens: 200, total_tokens: 240 },
    });
    for (const at of [batch.in_progress_at, batch.finalizing_at, batch.completed_at])
      expect(at).toBeGreaterThanOrEqual(batch.created_at);
    expect((batch.expires_at ?? 0) - batch.created_at).toBe(24 * 3_600);
    const output = await results(batch.output_file_id);
    expect(output.map((result) => result.custom_id).sort()).toEqual(["one", "two"]);
    for (const { response, error } of output) {
      expect(error).toBeNull();
      expect(response).toMatchObject({ status_code: 200, body: { choices: [{ message: { content: "Peace" } }] } });
    }
    const errors = await results(batch.error_file_id);
    expect(new Map(errors.map((result) => [result.custom_id, result.response?.status_code]))).toEqual(
      new Map([
        ["bad", 400],
        ["none", 404],
      ]),
    );
    const file = await openai.files.retrieve(batch.output_file_id ?? "");
    expect(file).toMatchObject({ purpose: "batch_output", filename: `${batch.id}_output.jsonl` });
    const records = (await gateway.records()).slice(before);
    const ids = new Map(records.map((record) => [record.id, record]));
    for (const { response } of [...output, ...errors]) expect(ids.has(response?.request_id ?? "")).toBe(true);
    expect(records.filter(({ outcome }) => outcome === "ok")).toHaveLength(2);
    expect(records[0]).toMatchObject({ project: "default", operation: "chat", streamed: false });
  });

  test("is listed in pages, newest first, and no other project sees it or its files", async () => {
    const client = clientOf(await gateway.createKey("third"));
    const made = [];
    for (let index = 0; index < 3; index++) made.push(await ended(await create([lineOf("a")], client), client));
    const listed = [];
    for await (const batch of client.batches.list({ limit: 2 })) listed.push(batch.id);
    expect(listed).toEqual(made.map(({ id }) => id).toReversed());
    const [{ id, output_file_id: file, input_file_id: input } = must()] = made;
    const stranger = clientOf(await gateway.createKey("other"));
    for (const asked of [
      () => stranger.batches.retrieve(id),
      () => stranger.batches.cancel(id),
      () => stranger.files.retrieve(file ?? ""),
      () => stranger.files.content(file ?? ""),
      () => stranger.files.delete(file ?? ""),
      () => stranger.batches.create({ input_file_id: input, endpoint, completion_window: "24h" }),
    ])
      expect(await statusOf(asked)).toBe(404);
    expect((await stranger.batches.list()).data).toEqual([]);
    expect((await stranger.files.list()).data).toEqual([]);
    expect(await statusOf(() => client.batches.retrieve("batch_none"))).toBe(404);
    expect(await statusOf(() => client.batches.cancel(id))).toBe(409);
  });

  test.each([
    ["invalid_json_line", '{"custom_id": "b"', 2],
    ["invalid_json_line", "[]", 2],
    ["duplicate_custom_id", lineOf("a"), 2],
    ["missing_required_parameter", lineOf(""), 2],
    ["invalid_method", lineOf("b", "quick", { method: "GET" }), 2],
    ["invalid_url", lineOf("b", "quick", { url: "/v1/embeddings" }), 2],
    ["invalid_request", lineOf("b", "quick", { body: { model: "quick", stream: true } }), 2],
    ["missing_required_parameter", lineOf("b", "quick", { body: "Hi" }), 2],
  ])("fails before any request is run where a line is wrong: %s %s", async (code, line, number) => {
    const calls = vendor.calls.length;
    const batch = await ended(await create([lineOf("a"), line, lineOf("c")]));
    expect(batch).toMatchObject({ status: "failed", errors: { data: [{ code, line: number }] } });
    expect(batch.errors?.data?.[0]?.message?.length).toBeGreaterThan(10);
    expect([batch.output_file_id, vendor.calls.length]).toEqual([null, calls] as never);
  });

  test("says which method was found where it is not POST", async () => {
    const messages = [];
    for (const method of ["GET", undefined]) {
      const batch = await ended(await create([lineOf("b", "quick", { method })]));
      messages.push(batch.errors?.data?.[0]?.message);
    }
    expect(messages).toEqual(['method: expected "POST", found "GET"', 'method: expected "POST", found nothing']);
  });

  test("of an empty file fails, and one of another purpose or endpoint is refused", async () => {
    expect(await ended(await create([""]))).toMatchObject({ errors: { data: [{ code: "empty_file" }] } });
    const file = await toFile(Buffer.from(lineOf("a")), "a.jsonl");
    const { id } = await openai.files.create({ file, purpose: "user_data" });
    const refused = async (fields: object, param: string) => {
      const body = { input_file_id: id, endpoint, completion_window: "24h", ...fields } as OpenAI.BatchCreateParams;
      const error = await openai.batches.create(body).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ status: 400, param });
    };
    await refused({}, "input_file_id");
    await refused({ endpoint: "/v1/nothing" }, "endpoint");
    await refused({ completion_window: "1s" }, "completion_window");
    await refused({ metadata: { a: 1 } }, "metadata.a");
  });

  test("that is cancelled in the middle gives what was done, and says which requests were not run", async () => {
    released = Promise.withResolvers();
    const made = await create([lineOf("done"), ...names(8).map((name) => lineOf(name, "slow"))]);
    await eventually("requests at the vendor", () => vendor.callsFor("slow").length >= 3);
    expect(await statusOf(() => openai.files.delete(made.input_file_id))).toBe(409);
    expect((await openai.batches.cancel(made.id)).status).toBe("cancelling");
    await Bun.sleep(100);
    released.resolve();
    const batch = await ended(made);
    expect(batch.status).toBe("cancelled");
    expect(batch.cancelled_at).toBeGreaterThanOrEqual(batch.cancelling_at ?? Infinity);
    const output = await results(batch.output_file_id);
    expect(output.map((result) => result.custom_id)).toContain("done");
    const left = await results(batch.error_file_id);
    expect(left.every(({ error, response }) => error?.code === "batch_cancelled" && response === null)).toBe(true);
    expect(output.length + left.length).toBe(9);
    expect(vendor.callsFor("slow").length).toBeLessThan(8);
    expect(await openai.files.delete(made.input_file_id)).toMatchObject({ deleted: true });
  });

  test("runs no more requests at once than are allowed over all batches, and projects take turns", async () => {
    released = Promise.withResolvers();
    busyMost = 0;
    vendor.calls.splice(0);
    const stranger = clientOf(await gateway.createKey("other"));
    const many = await create(names(12).map((name) => lineOf(`many-${name}`, "slow")));
    await eventually("the first requests", () => vendor.callsFor("slow").length === 3);
    const few = await create(
      names(2).map((name) => lineOf(`few-${name}`, "slow")),
      stranger,
    );
    await eventually(
      "it is in progress",
      async () => (await stranger.batches.retrieve(few.id)).status === "in_progress",
    );
    released.resolve();
    expect(await ended(few, stranger)).toMatchObject({ status: "completed" });
    expect(await ended(many)).toMatchObject({ status: "completed", request_counts: { completed: 12 } });
    expect(busyMost).toBe(3);
    const order = vendor.callsFor("slow").map(({ text }) => text.includes("few-"));
    expect(order.indexOf(true)).toBeLessThan(6);
    expect(order.lastIndexOf(true)).toBeLessThan(10);
  });

  test("waits where a vendor has no room, and the line does not fail", async () => {
    refusals = 3;
    const batch = await ended(await create([lineOf("a", "full"), lineOf("b", "full")]));
    expect(batch).toMatchObject({ status: "completed", request_counts: { completed: 2, failed: 0 } });
  });

  test("ends when its key is revoked, says so, and keeps what was done", async () => {
    released = Promise.withResolvers();
    const apiKey = await gateway.createKey("default");
    const client = clientOf(apiKey);
    vendor.calls.splice(0);
    const made = await create([lineOf("done"), ...names(6).map((name) => lineOf(name, "slow"))], client);
    await eventually("requests at the vendor", () => vendor.callsFor("slow").length >= 2);
    await gateway.revokeKey(apiKey);
    released.resolve();
    const batch = await ended(made);
    expect(batch).toMatchObject({ status: "failed", errors: { data: [{ code: "revoked_api_key" }] } });
    expect((await results(batch.output_file_id)).map((result) => result.custom_id)).toContain("done");
    const left = await results(batch.error_file_id);
    expect(left.length).toBeGreaterThan(0);
    expect(left.every(({ error }) => error?.code === "revoked_api_key")).toBe(true);
  });

  test("ends at the end of its window, with what is left in the file of errors", async () => {
    released = Promise.withResolvers();
    vendor.calls.splice(0);
    const made = await create(names(8).map((name) => lineOf(name, "slow")));
    await eventually("requests at the vendor", () => vendor.callsFor("slow").length === 3);
    offsetMs = 25 * 3_600_000;
    await Bun.sleep(2_500);
    released.resolve();
    const batch = await ended(made);
    offsetMs = 0;
    expect(batch).toMatchObject({ status: "expired", request_counts: { total: 8, completed: 3, failed: 0 } });
    expect(batch.expired_at).toBeGreaterThan(batch.created_at + 24 * 3_600);
    const left = await results(batch.error_file_id);
    expect(left).toHaveLength(5);
    expect(left[0]).toMatchObject({ response: null, error: { code: "batch_expired" } });
  });
});

async function statusOf(asked: () => Promise<unknown>): Promise<number | undefined> {
  return asked().then(
    () => 200,
    (error: unknown) => (error as { status?: number }).status,
  );
}

function must(): never {
  throw new Error("there is a batch");
}
