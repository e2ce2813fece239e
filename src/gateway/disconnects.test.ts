import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { dialects } from "../dialect/registry.ts";
import type { Target } from "../config/index.ts";
import { parsePrices, type UsageRecord } from "../ledger/index.ts";
import { eventually } from "../testing/eventually.ts";
import { messages, messagesWhole } from "../testing/fake-anthropic.ts";
import { generation } from "../testing/fake-dashscope.ts";
import { geminiChunk, geminiText } from "../testing/fake-gemini.ts";
import { messageItem, responses } from "../testing/fake-responses.ts";
import {
  chat,
  errorAnswer,
  startFakeVendor,
  streamOf,
  wholeChat,
  type FakeVendor,
  type Script,
  type VendorCall,
} from "../testing/fake-vendor.ts";
import { startGateway, type GatewayInProcess } from "../testing/gateway-in-process.ts";
import { Provider, ProviderTarget, type ProviderOptions } from "../vendor/index.ts";

// What a client is charged that leaves before its answer has come: what the vendor charges, told by the vendor where it is asked to go
// on, and an estimate that is marked where its call is cut.

const words = ["one ", "two ", "three ", "four ", "five ", "six "];
const usage = { inputTokens: 100, outputTokens: 20 };

/** Calls whose answers may go on. */
const released = new Set<VendorCall>();

async function release(call: VendorCall): Promise<void> {
  while (!released.has(call) && call.abortedMs === undefined) await Bun.sleep(2);
}

/** Answers with the first half of a stream, and with the rest, or all of a whole answer, when the test releases the call. */
const gated =
  (script: Script): Script =>
  async (call) => {
    const response = await script(call);
    const text = await response.text();
    const { headers } = response;
    if (headers.get("content-type") !== "text/event-stream") {
      await release(call);
      return new Response(text, { headers });
    }
    const middle = text.indexOf("data:", text.length / 2);
    const start = Math.max(text.lastIndexOf("\n\n", middle), text.lastIndexOf("\r\n\r\n", middle) + 2) + 2;
    const body = new ReadableStream<Uint8Array>({
      async start(controller) {
        controller.enqueue(Buffer.from(text.slice(0, start)));
        await release(call);
        if (call.abortedMs !== undefined) return;
        controller.enqueue(Buffer.from(text.slice(start)));
        controller.close();
      },
      cancel() {
        call.abortedMs ??= Date.now();
      },
    });
    return new Response(body, { headers });
  };

const scripts: Record<string, Script> = {
  chat: gated(chat(words)),
  stopped: gated(chat(words)),
  messages: gated(messages(words)),
  gemini: gated(geminiText(words)),
  dashscope: gated(generation(words)),
  responses: gated(responses([messageItem(words.join(""))])),
  uncounted: gated((call) =>
    call.body["stream"] === true
      ? streamOf([...chunks(words), "data: [DONE]\n\n"])(call)
      : wholeChat(words.join(""), { usage: undefined })(call),
  ),
  endless: (call) => streamOf(chunks(Array.from({ length: 2_000 }, (_, at) => `${at} `)), { paceMs: 15 })(call),
  fails: async (call) => {
    await release(call);
    return errorAnswer(400, { message: "no" });
  },
  "chat-aborts": wholeChat("Hello", {
    choices: [{ index: 0, message: { role: "assistant", content: "Hel" }, finish_reason: "abort" }],
  }),
  "messages-aborts": messagesWhole("Hel", { stop_reason: "abort" }),
  "gemini-aborts": () => Response.json(geminiChunk([{ text: "Hel" }], "MALFORMED_FUNCTION_CALL")),
  "responses-aborts": () =>
    responses([messageItem("Hel")], { status: "cancelled" })({ body: {} } as unknown as VendorCall),
};

function chunks(texts: readonly string[]): string[] {
  return texts.map((content, at) => {
    const finish_reason = at === texts.length - 1 ? "stop" : null;
    return `data: ${JSON.stringify({ id: "c", model: "m", choices: [{ index: 0, delta: { content }, finish_reason }] })}\n\n`;
  });
}

const drainsMax = 4;
let vendor: FakeVendor;
let sahab: GatewayInProcess;
/** Reads few answers on at a time. */
let crowded: GatewayInProcess;

beforeAll(async () => {
  vendor = startFakeVendor(scripts);
  const modes: Record<string, ProviderOptions["on_disconnect"]> = {
    cancel: undefined,
    drain: { mode: "drain" },
    brief: { mode: "drain", limit_ms: 300 },
  };
  const models = new Map(
    Object.keys(scripts).flatMap((model) =>
      Object.entries(modes).map(([mode, told]) => {
        const api = ["messages", "gemini", "dashscope", "responses"].find((one) => model.startsWith(one)) ?? "chat";
        const base_url = api === "chat" || api === "responses" ? vendor.url : `http://127.0.0.1:${vendor.port}`;
        const options = { name: mode, vendor: "compatible", base_url, apis: [api], on_disconnect: told } as const;
        const provider = new Provider(options, dialects);
        const target: Target = {
          provider: mode,
          model,
          priority: 1,
          weight: 1,
          prices: parsePrices({ currency: "USD", input: 1, output: 2 }),
          drainMs: provider.drainMs,
          upstream: new ProviderTarget(provider, model),
        };
        return [`${model}-${mode}`, { name: `${model}-${mode}`, targets: [target] }] as const;
      }),
    ),
  );
  sahab = await startGateway(dialects, { models, projects: new Map() });
  crowded = await startGateway(dialects, { models, projects: new Map() }, { drainsMax });
});
afterAll(async () => {
  await sahab.close();
  await crowded.close();
  await vendor.stop();
});

interface Left {
  stream: boolean;
  /** What the vendor has of it. */
  call: VendorCall;
}

/** Asks, and leaves after the first bytes of a stream, or once the vendor has the request for a whole answer. */
async function leave(model: string, stream: boolean, { releases = true } = {}): Promise<Left> {
  const leaving = new AbortController();
  const prompt = `Count to six, ${crypto.randomUUID()}`;
  const asking = fetch(`${sahab.address}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${sahab.key}` },
    body: JSON.stringify({ model, stream, messages: [{ role: "user", content: prompt }] }),
    signal: leaving.signal,
  });
  asking.catch(() => undefined);
  const call = await eventually("the vendor's call", () => vendor.calls.find(({ text }) => text.includes(prompt)));
  if (stream) await (await asking).body?.getReader().read();
  const drained = sahab.inFlight.drains.held;
  leaving.abort();
  await eventually("Sahab notices", () => call.abortedMs !== undefined || sahab.inFlight.drains.held > drained);
  if (releases) released.add(call);
  return { stream, call };
}

async function recordOf(model: string, { stream }: Left): Promise<UsageRecord> {
  return await eventually(`the record of ${model}`, async () =>
    (await sahab.records()).findLast((record) => record.model === model && record.streamed === stream),
  );
}

const left = { status: 499, outcome: "client_closed_request" };

describe("a client that leaves", () => {
  for (const model of ["chat", "messages", "gemini", "dashscope", "responses"]) {
    for (const stream of [true, false]) {
      const kind = stream ? "stream" : "whole";

      test(`has its call cut, and is charged an estimate: ${model}, ${kind}`, async () => {
        const name = `${model}-cancel`;
        const one = await leave(name, stream);
        const record = await recordOf(name, one);
        expect(record).toMatchObject({ ...left, estimated: true, streamed: stream });
        expect(record.inputTokens).toBeGreaterThan(0);
        expect(record.cost > 0n).toBe(true);
        expect(record.attempts[0]?.outcome).toBe("client_closed_request");
        await eventually("the abort at the vendor", () => one.call.abortedMs !== undefined);
      });

      test(`is charged the vendor's count where the answer is read on: ${model}, ${kind}`, async () => {
        const name = `${model}-drain`;
        const one = await leave(name, stream);
        const record = await recordOf(name, one);
        expect(record).toMatchObject({ ...left, ...usage, estimated: false, streamed: stream });
        expect(record.attempts[0]).toMatchObject({ outcome: "ok", estimated: false });
        expect(one.call.abortedMs).toBeUndefined();
      });
    }
  }

  test("of a vendor that counts nothing is charged an estimate of all that was written", async () => {
    for (const stream of [true, false]) {
      const record = await recordOf("uncounted-drain", await leave("uncounted-drain", stream));
      expect(record).toMatchObject({ ...left, estimated: true, streamed: stream });
      expect(record.outputTokens).toBeGreaterThanOrEqual(Math.floor(words.join("").length / 4));
    }
  });

  test("is charged nothing where the vendor refuses what is read on", async () => {
    const record = await recordOf("fails-drain", await leave("fails-drain", false));
    expect(record).toMatchObject({ ...left, inputTokens: 0, outputTokens: 0, cost: 0n, estimated: false });
    expect(record.attempts[0]?.outcome).toBe("upstream_rejected");
  });

  test("has its place until the reading ends, at the latest after its time, and then is charged an estimate", async () => {
    const one = await leave("endless-brief", true);
    const leftMs = performance.now();
    await eventually("the reading", () => sahab.inFlight.drains.held === 1);
    expect(sahab.inFlight.size).toBe(1);
    const record = await recordOf("endless-brief", one);
    expect(performance.now() - leftMs).toBeWithin(250, 10_000);
    expect(record).toMatchObject({ ...left, estimated: true });
    expect(record.outputTokens).toBeGreaterThan(5);
    await eventually("the abort at the vendor", () => one.call.abortedMs !== undefined);
    expect([sahab.inFlight.size, sahab.inFlight.drains.held]).toEqual([0, 0]);
  });

  test("is one of so many whose answers are read on at once; those of the others are cut", async () => {
    const firstCall = vendor.calls.length;
    const leaving = new AbortController();
    const asked = Array.from({ length: 12 }, () =>
      fetch(`${crowded.address}/v1/chat/completions`, {
        method: "POST",
        headers: { authorization: `Bearer ${crowded.key}` },
        body: JSON.stringify({ model: "chat-drain", stream: true, messages: [{ role: "user", content: "Hi" }] }),
        signal: leaving.signal,
      }).then((response) => response.body?.getReader().read()),
    );
    await Promise.all(asked);
    leaving.abort();
    await eventually("all have left", () => crowded.inFlight.size === crowded.inFlight.drains.held);
    const drained = crowded.inFlight.drains.held;
    expect(drained).toBeWithin(1, drainsMax + 1);
    for (const call of vendor.calls.slice(firstCall)) released.add(call);
    await eventually("all have ended", () => crowded.inFlight.size === 0);
    // A request gives its place back a moment before its record is durable.
    const records = await eventually("all records", async () => {
      const all = await crowded.records();
      return all.length === 12 && all;
    });
    for (const record of records) expect(record).toMatchObject(left);
    expect(records.filter((record) => !record.estimated)).toHaveLength(drained);
    expect(vendor.calls.slice(firstCall).filter((call) => call.abortedMs === undefined)).toHaveLength(drained);
    expect(crowded.inFlight.drains.held).toBe(0);
  });
});

test.each(["chat", "messages", "gemini", "responses"])(
  "an answer of %s that was broken off whole is charged as the vendor counts it, and asked for once, whatever the client wanted",
  async (dialect) => {
    const model = `${dialect}-aborts`;
    for (const stream of [false, true]) {
      const before = vendor.callsFor(model).length;
      const response = await fetch(`${sahab.address}/v1/messages`, {
        method: "POST",
        headers: { "x-api-key": sahab.key },
        body: JSON.stringify({
          model: `${model}-cancel`,
          max_tokens: 9,
          stream,
          messages: [{ role: "user", content: "Hi" }],
        }),
      });
      await response.text();
      const record = (await sahab.records()).at(-1);
      expect(record).toMatchObject({ outcome: "stream_interrupted", attemptCount: 1, estimated: false, ...usage });
      expect(vendor.callsFor(model).length).toBe(before + 1);
    }
  },
);

test("a stop lets what is read on come to its end, and cuts it when its grace is over", async () => {
  const counted = await leave("stopped-drain", true, { releases: false });
  const endless = await leave("endless-drain", true);
  await eventually("the readings", () => sahab.inFlight.drains.held === 2);
  const stopMs = performance.now();
  setTimeout(() => released.add(counted.call), 50);
  await sahab.inFlight.drain(500);
  expect(performance.now() - stopMs).toBeWithin(450, 10_000);
  expect(await recordOf("stopped-drain", counted)).toMatchObject({ ...left, ...usage, estimated: false });
  expect(await recordOf("endless-drain", endless)).toMatchObject({ ...left, estimated: true });
  expect(sahab.inFlight.drains.held).toBe(0);
});
