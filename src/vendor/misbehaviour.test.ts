import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Socket } from "node:net";
import { errorTable, type ErrorCode } from "../base/errors.ts";
import { openBlackHole } from "../testing/black-hole.ts";
import { eventually } from "../testing/eventually.ts";
import {
  chat,
  chatEvents,
  doneEvent,
  errorAnswer,
  htmlPage,
  startFakeVendor,
  streamedChat,
  streamOf,
  wholeChat,
  type FakeVendor,
  type Script,
} from "../testing/fake-vendor.ts";
import { findFreePort } from "../testing/free-port.ts";
import { runSahab, type TestSahab } from "../testing/run-sahab.ts";
import {
  answerHead,
  bodyChunk,
  eventStreamHead,
  startRudeVendor,
  type RudeScript,
  type RudeVendor,
} from "../testing/rude-vendor.ts";

// What bad vendors do, and what the client, the ledger and the vendor's successor see of it.

const vendorKey = "sk-vendor-secret-1234567890";
const words = ["The ", "first ", "words "];

const scripts: Record<string, Script> = {
  good: chat(["all ", "well"]),
  "html-200": htmlPage(200),
  "html-502": htmlPage(502),
  "status-500": () => errorAnswer(500, { message: "boom on node gpu-3" }),
  "status-503": () => errorAnswer(503, { message: "all workers are busy (9/8)" }),
  "status-401": () => errorAnswer(401, { message: `Incorrect API key provided: ${vendorKey.slice(0, 18)}***` }),
  "status-403": () => errorAnswer(403, { message: `Key ${vendorKey} may not` }),
  "status-400": () => errorAnswer(400, { message: "temperature: too hot", param: "temperature", code: "bad_value" }),
  "status-404": () => errorAnswer(404, { message: "no such model here" }),
  "status-302": () => new Response(null, { status: 302, headers: { location: "http://127.0.0.1:1/elsewhere" } }),
  "retry-after-seconds": () => errorAnswer(429, { message: "slow down" }, { "retry-after": "7" }),
  "retry-after-date": () =>
    errorAnswer(429, { message: "slow down" }, { "retry-after": new Date(Date.now() + 30_000).toUTCString() }),
  "truncated-json": () =>
    new Response('{"id":"x","choices":[{"index":0,"message":{"role":"assi', {
      headers: { "content-type": "application/json" },
    }),
  "json-array": () => Response.json([1, 2, 3]),
  "error-with-200": () => Response.json({ error: { message: "the backend is on fire", type: "server_error" } }),
  "empty-200": () => new Response("", { headers: { "content-type": "application/json" } }),
  "json-for-stream": () => Response.json({ id: "x" }),
  "error-first": streamOf([`data: ${JSON.stringify({ error: { message: "no capacity", type: "server_error" } })}\n\n`]),
  "error-middle": streamOf([
    ...chatEvents(words).slice(0, 3),
    `data: ${JSON.stringify({ error: { message: "lost the gpu", type: "server_error" } })}\n\n`,
    doneEvent,
  ]),
  "no-done": streamOf(chatEvents(words)),
  "no-finish": streamOf(chatEvents(words).slice(0, -1)),
  "no-event": streamOf([]),
  "comments-then-close": streamOf([": keep-alive\n\n", ": keep-alive\n\n"]),
  "hang-in-stream": streamOf(chatEvents(words).slice(0, 3), { end: "hang" }),
  "silent-stream": streamOf([": keep-alive\n\n"], { end: "hang" }),
  "lingers-after-done": streamOf([...chatEvents(words), doneEvent], { end: "hang" }),
  "endless-event": (call) => {
    const megabyte = new Uint8Array(1024 * 1024).fill(0x78);
    let sent = 0;
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        controller.enqueue(sent++ === 0 ? new TextEncoder().encode("data: ") : megabyte);
      },
      cancel() {
        call.abortedMs ??= Date.now();
      },
    });
    return new Response(body, { headers: { "content-type": "text/event-stream" } });
  },
  "garbage-first": streamOf(["data: not json\n\n", ...chatEvents(words), doneEvent]),
  "garbage-later": streamOf([...chatEvents(words).slice(0, 3), "data: not json\n\n", ...chatEvents(words), doneEvent]),
};

/** Writes a byte now and then, without end. */
function drip(socket: Socket, text: string): void {
  let at = 0;
  const timer = setInterval(() => socket.write(text[at++ % text.length] ?? ""), 100);
  socket.on("close", () => clearInterval(timer));
}

const rudeScripts: Record<string, RudeScript> = {
  "two-framings": ({ socket }) => {
    socket.write(answerHead("200 OK", { "content-length": "5", "transfer-encoding": "chunked" }));
  },
  "bad-chunk": ({ socket }) => {
    socket.write(answerHead("200 OK", { "content-type": "application/json", "transfer-encoding": "chunked" }));
    socket.write(`${bodyChunk('{"id":')}no-size\r\n`);
  },
  "bad-chunk-later": ({ socket }) => {
    socket.write(eventStreamHead + bodyChunk(chatEvents(words).slice(0, 3).join("")));
    setTimeout(() => socket.write("no-size\r\n"), 30);
  },
  "dripping-head": ({ socket }) => {
    socket.write("HTTP/1.1 200 OK\r\nx-long: ");
    drip(socket, "x");
  },
  "dripping-error-body": ({ socket }) => {
    socket.write(answerHead("500 Oops", { "content-type": "application/json", "content-length": "5000" }));
    drip(socket, " ");
  },
  "error-in-no-known-coding": ({ socket }) => {
    socket.end(`${answerHead("503 Busy", { "content-encoding": "snappy", connection: "close" })}xyz`);
  },
  "dripping-body": ({ socket }) => {
    socket.write(answerHead("200 OK", { "content-type": "application/json", "content-length": "5000" }));
    drip(socket, " ");
  },
  "dripping-first-event": ({ socket }) => {
    socket.write(eventStreamHead);
    drip(socket, bodyChunk("x"));
  },
  "dripping-event": ({ socket }) => {
    socket.write(eventStreamHead + bodyChunk(chatEvents(words).slice(0, 3).join("")));
    drip(socket, bodyChunk("x"));
  },
  "close-at-once": ({ socket }) => socket.destroy(),
  "close-in-head": ({ socket }) => {
    socket.write("HTTP/1.1 200 OK\r\ncontent-type: appl", () => socket.destroy());
  },
  "no-http": ({ socket }) => {
    socket.end("220 mail.example.com ESMTP\r\n");
  },
  silent: () => undefined,
  "silent-after-head": ({ socket }) => {
    socket.write(answerHead("200 OK", { "content-type": "application/json", "content-length": "500" }));
  },
  "silent-error-body": ({ socket }) => {
    socket.write(answerHead("500 Oops", { "content-type": "application/json", "content-length": "500" }));
  },
  "announced-huge": ({ socket }) => {
    socket.write(answerHead("200 OK", { "content-type": "application/json", "content-length": "999999999" }));
    socket.write('{"id":"x",');
  },
  "short-body": ({ socket }) => {
    socket.write(answerHead("200 OK", { "content-type": "application/json", "content-length": "500" }));
    socket.write('{"id":"x","choices":[', () => socket.destroy());
  },
  "half-event": ({ socket }) => {
    socket.write(eventStreamHead + bodyChunk(chatEvents(words).slice(0, 3).join("")));
    // The pause lets the first events arrive: a reset may overtake them, and then nothing was seen.
    socket.write(bodyChunk('data: {"id":"chatcmpl-fake","choices":[{"ind'), () =>
      setTimeout(() => socket.destroy(), 60),
    );
  },
  "half-event-ended": ({ socket }) => {
    socket.write(eventStreamHead + bodyChunk(chatEvents(words).slice(0, 3).join("")));
    socket.end(`${bodyChunk('data: {"id":"chatcmpl-fake","choices":[{"ind')}0\r\n\r\n`);
  },
  "half-of-first-event": ({ socket }) => {
    socket.write(eventStreamHead + bodyChunk('data: {"id":"chatcmpl-fake","choi'), () => socket.destroy());
  },
  "cut-after-finish": ({ socket }) => {
    socket.write(eventStreamHead + bodyChunk(chatEvents(words).join("")), () => setTimeout(() => socket.destroy(), 30));
  },
};

let vendor: FakeVendor;
let rude: RudeVendor;
let hole: Awaited<ReturnType<typeof openBlackHole>>;
let sahab: TestSahab;
let key: string;

const price = { currency: "USD", input: 1, cached_input: 0.5, output: 2 };
const timeouts = { connect_ms: 500, first_text_ms: 2_000, idle_ms: 700, whole_ms: 700 };

beforeAll(async () => {
  vendor = startFakeVendor(scripts);
  rude = await startRudeVendor(rudeScripts);
  hole = await openBlackHole();
  const closedPort = await findFreePort();
  const bad: [string, string][] = [
    ...Object.keys(scripts).map((name): [string, string] => ["fake", name]),
    ...Object.keys(rudeScripts).map((name): [string, string] => ["rude", name]),
    ["hole", "black-hole"],
    ["closed", "refused"],
    ["nowhere", "no-such-host"],
  ];
  const provider = (name: string, base_url: string) => ({
    name,
    vendor: "compatible",
    base_url,
    api_key: vendorKey,
    timeouts,
  });
  sahab = await runSahab({
    config: {
      // Providers of their own for models with a spare: a replica that failed rests, and would not be tried again.
      providers: ["", "/whole", "/stream"]
        .flatMap((kind) => [
          provider(`fake${kind}`, vendor.url),
          provider(`rude${kind}`, rude.url),
          provider(`hole${kind}`, hole.url),
          provider(`closed${kind}`, `http://127.0.0.1:${closedPort}/v1`),
          provider(`nowhere${kind}`, "http://no-such-host.invalid/v1"),
          provider(`spare${kind}`, vendor.url),
        ])
        .concat({ ...provider("patient", rude.url), timeouts: { ...timeouts, idle_ms: 60_000 } }),
      models: bad
        .flatMap(([name, model]) => [
          { name: model, targets: [{ provider: name, model }], price },
          ...["whole", "stream"].map((kind) => ({
            name: `${model}/${kind}/spare`,
            targets: [
              { provider: `${name}/${kind}`, model, priority: 1 },
              { provider: `spare/${kind}`, model: "good", priority: 2 },
            ],
            price,
          })),
        ])
        .concat({
          name: "silent-error-body/patient",
          targets: [{ provider: "patient", model: "silent-error-body" }],
          price,
        }),
      projects: [{ name: "default" }],
    },
  });
  ({ key } = await sahab.createKey());
});

afterAll(async () => {
  await sahab?.close();
  hole?.close();
  rude?.stop();
  await vendor?.stop();
});

const ask = (model: string, stream = false) =>
  sahab.call("/v1/chat/completions", { model, stream, messages: [{ role: "user", content: "Hi" }] }, { key });

interface ErrorBody {
  error: { message: string; type: string; code: string; param: string | null; request_id: string };
}

interface Expected {
  status: number;
  code: ErrorCode;
  message?: RegExp;
  provider: string;
}

/** The failure of the only target, as client and ledger see it. */
async function expectFailure(model: string, stream: boolean, expected: Expected): Promise<Response> {
  const response = await ask(model, stream);
  const text = await response.text();
  const { error } = JSON.parse(text) as ErrorBody;
  expect({ status: response.status, code: error.code }).toEqual({ status: expected.status, code: expected.code });
  expect(error.message).toContain(expected.provider);
  if (expected.message) expect(error.message).toMatch(expected.message);
  expect(text).not.toContain(vendorKey.slice(0, 16));
  expect(text).not.toContain("secret-page-text");
  expect(response.headers.get("content-type")).toStartWith("application/json");
  expect(response.headers.get("x-request-id")).toBe(error.request_id);
  const record = await sahab.record(error.request_id);
  // A vendor that took the prompt and said nothing until the time was over may bill it: an estimate.
  const mayBill = expected.code === "upstream_timeout" && model !== "black-hole";
  expect(record).toMatchObject({
    model,
    provider: expected.provider,
    status: expected.status,
    outcome: expected.code,
    attempts: errorTable[expected.code].again ? 2 : 1,
    stream,
    estimated: mayBill,
    tokens: { output: 0 },
  });
  expect({ input: record.tokens.input > 0, cost: record.cost !== "0" }).toEqual({ input: mayBill, cost: mayBill });
  return response;
}

/** The same failure with a second target behind it: the client sees nothing of it. */
async function expectUnseenRetry(model: string, stream: boolean, code: ErrorCode): Promise<void> {
  const failures = errorTable[code].again ? [code, code] : [code];
  const kind = stream ? "stream" : "whole";
  const response = await ask(`${model}/${kind}/spare`, stream);
  const text = await response.text();
  expect(response.status).toBe(200);
  expect(response.headers.get("x-sahab-provider")).toBe(`spare/${kind}`);
  expect(text).toContain("all ");
  expect(text).not.toContain("error");
  if (stream) expect(text).toEndWith(doneEvent);
  const record = await sahab.record(response.headers.get("x-request-id"));
  const attempts = failures.length + 1;
  expect(record).toMatchObject({ provider: `spare/${kind}`, status: 200, outcome: "ok", attempts });
  expect(record.attempt_list.map(({ outcome }) => outcome)).toEqual([...failures, "ok"]);
  expect(response.headers.get("x-sahab-attempts")).toBe(String(attempts));
}

// Model → what the client sees. "both" behave alike whether streamed or not.
const both: [string, Expected][] = [
  ["html-502", { status: 502, code: "upstream_error", provider: "fake", message: /502/ }],
  ["html-200", { status: 502, code: "upstream_invalid_response", provider: "fake", message: /text\/html/ }],
  ["status-500", { status: 502, code: "upstream_error", provider: "fake", message: /500/ }],
  ["status-503", { status: 502, code: "upstream_error", provider: "fake", message: /all workers are busy/ }],
  ["status-404", { status: 502, code: "upstream_model_not_found", provider: "fake", message: /404/ }],
  ["status-401", { status: 502, code: "upstream_authentication", provider: "fake", message: /401/ }],
  ["status-403", { status: 502, code: "upstream_authentication", provider: "fake", message: /403/ }],
  ["status-302", { status: 502, code: "upstream_invalid_response", provider: "fake", message: /302/ }],
  ["close-at-once", { status: 502, code: "upstream_closed", provider: "rude" }],
  ["close-in-head", { status: 502, code: "upstream_closed", provider: "rude" }],
  ["no-http", { status: 502, code: "upstream_closed", provider: "rude" }],
  ["silent", { status: 504, code: "upstream_timeout", provider: "rude", message: /time/ }],
  [
    "two-framings",
    { status: 502, code: "upstream_invalid_response", provider: "rude", message: /beside a content-length/ },
  ],
  ["dripping-head", { status: 504, code: "upstream_timeout", provider: "rude", message: /time/ }],
  ["dripping-error-body", { status: 502, code: "upstream_error", provider: "rude", message: /500/ }],
  ["error-in-no-known-coding", { status: 502, code: "upstream_error", provider: "rude", message: /503/ }],
  ["silent-error-body", { status: 502, code: "upstream_error", provider: "rude", message: /500/ }],
  ["refused", { status: 502, code: "upstream_unreachable", provider: "closed" }],
  ["black-hole", { status: 504, code: "upstream_timeout", provider: "hole" }],
  ["no-such-host", { status: 502, code: "upstream_unreachable", provider: "nowhere" }],
];
const wholeOnly: [string, Expected][] = [
  ["truncated-json", { status: 502, code: "upstream_invalid_response", provider: "fake" }],
  ["json-array", { status: 502, code: "upstream_invalid_response", provider: "fake" }],
  ["empty-200", { status: 502, code: "upstream_invalid_response", provider: "fake" }],
  ["error-with-200", { status: 502, code: "upstream_error", provider: "fake" }],
  ["short-body", { status: 502, code: "upstream_closed", provider: "rude" }],
  ["announced-huge", { status: 502, code: "upstream_invalid_response", provider: "rude" }],
  ["bad-chunk", { status: 502, code: "upstream_invalid_response", provider: "rude", message: /malformed chunk size/ }],
  ["dripping-body", { status: 504, code: "upstream_timeout", provider: "rude" }],
  ["silent-after-head", { status: 504, code: "upstream_timeout", provider: "rude" }],
];
const streamOnly: [string, Expected][] = [
  ["json-for-stream", { status: 502, code: "upstream_invalid_response", provider: "fake", message: /no choices/ }],
  ["error-first", { status: 502, code: "upstream_error", provider: "fake" }],
  ["no-event", { status: 502, code: "stream_interrupted", provider: "fake" }],
  ["comments-then-close", { status: 502, code: "stream_interrupted", provider: "fake" }],
  ["half-of-first-event", { status: 502, code: "upstream_closed", provider: "rude" }],
  ["endless-event", { status: 502, code: "upstream_invalid_response", provider: "fake" }],
  ["dripping-first-event", { status: 504, code: "upstream_timeout", provider: "rude" }],
  ["silent-stream", { status: 504, code: "upstream_timeout", provider: "fake" }],
];

describe("a vendor fails before its first token", () => {
  for (const [model, expected] of [...both, ...wholeOnly]) {
    test.concurrent(`whole: ${model}`, () => expectFailure(model, false, expected).then(() => undefined), 15_000);
    test.concurrent(`whole, with a spare: ${model}`, () => expectUnseenRetry(model, false, expected.code), 15_000);
  }
  for (const [model, expected] of [...both, ...streamOnly]) {
    test.concurrent(`stream: ${model}`, () => expectFailure(model, true, expected).then(() => undefined), 15_000);
    test.concurrent(`stream, with a spare: ${model}`, () => expectUnseenRetry(model, true, expected.code), 15_000);
  }

  for (const isStream of [false, true])
    test.concurrent(`${isStream ? "stream" : "whole"}, with a spare: rate limited for longer than a pause`, async () => {
      const response = await ask(`retry-after-seconds/${isStream ? "stream" : "whole"}/spare`, isStream);
      expect(response.status).toBe(200);
      expect(await response.text()).toContain("all ");
      expect(response.headers.get("x-sahab-attempts")).toBe("2");
    });

  test("429 reaches the client as the vendor put it, and says when to come back", async () => {
    const seconds = await ask("retry-after-seconds");
    expect(seconds.headers.get("retry-after")).toBe("7");
    expect(await seconds.json()).toEqual({
      error: { message: "slow down", type: "some_error", param: null, code: null },
    });
    expect(await sahab.record(seconds.headers.get("x-request-id"))).toMatchObject({
      status: 429,
      outcome: "upstream_rate_limited",
      cost: "0",
    });
    const date = await ask("retry-after-date");
    const wait = Number(date.headers.get("retry-after"));
    expect(wait).toBeGreaterThan(15);
    expect(wait).toBeLessThanOrEqual(31);
  });

  test("what the vendor blames on the request reaches the client as the vendor put it, and is not tried elsewhere", async () => {
    const before = vendor.callsFor("good").length;
    const response = await ask("status-400/whole/spare");
    expect(response.status).toBe(400);
    expect(await response.json()).toEqual({
      error: { type: "some_error", param: "temperature", code: "bad_value", message: "temperature: too hot" },
    });
    expect(response.headers.get("x-sahab-provider")).toBe("fake/whole");
    expect(vendor.callsFor("good").length).toBe(before);
    expect(await sahab.record(response.headers.get("x-request-id"))).toMatchObject({
      status: 400,
      outcome: "upstream_rejected",
    });
  });

  test("a vendor's internal words stay out of the answer", async () => {
    expect(await (await ask("status-500")).text()).not.toContain("boom");
  });

  test("a redirect is not followed", async () => {
    const before = vendor.calls.length;
    await (await ask("status-302")).text();
    expect(vendor.calls.length).toBe(before + 1);
  });

  test("all targets fail: the first failure is told, and each was asked twice", async () => {
    await sahab.apply({
      ...(await sahab.adminJson<Record<string, unknown[]>>("/config")),
      models: [
        ...(await sahab.adminJson<{ models: { name: string }[] }>("/config")).models,
        {
          name: "both-bad",
          targets: [
            { provider: "fake", model: "status-500", priority: 1 },
            { provider: "rude", model: "close-at-once", priority: 2 },
          ],
          price,
        },
      ],
    });
    const response = await ask("both-bad");
    expect(response.status).toBe(502);
    const { error } = (await response.json()) as ErrorBody;
    expect(error.code).toBe("upstream_error");
    expect(response.headers.get("x-sahab-attempts")).toBe("4");
    expect(await sahab.record(error.request_id)).toMatchObject({
      attempts: 4,
      outcome: "upstream_error",
      provider: "fake",
    });
  });

  test("an error's body that does not come is waited for a few seconds at most, however long a stream may be silent", async () => {
    const response = await ask("silent-error-body/patient", true);
    expect(await response.text()).toContain("status 500");
    expect(response.headers.get("x-sahab-attempts")).toBe("2");
  });
});

describe("a stream breaks after its first token", () => {
  const broken: [string, string, string][] = [
    ["error-middle", "upstream_error", "fake"],
    ["no-finish", "stream_interrupted", "fake"],
    ["hang-in-stream", "upstream_timeout", "fake"],
    ["bad-chunk-later", "upstream_invalid_response", "rude"],
    ["dripping-event", "upstream_timeout", "rude"],
    ["half-event", "stream_interrupted", "rude"],
    ["half-event-ended", "stream_interrupted", "rude"],
  ];
  for (const [model, code, provider] of broken) {
    for (const name of [model, `${model}/stream/spare`]) {
      test(`${name} ends with an error event, never as if whole`, async () => {
        const spareBefore = vendor.callsFor("good").length;
        const response = await ask(name, true);
        const text = await response.text();
        expect(response.status).toBe(200);
        expect(text).toContain("The ");
        expect(text).not.toContain("[DONE]");
        const events = text.trimEnd().split("\n\n");
        const { error } = JSON.parse((events.at(-1) ?? "").slice("data: ".length)) as ErrorBody;
        expect(error.code).toBe(code);
        expect(error.message).toContain(provider);
        expect(error.request_id).toBe(response.headers.get("x-request-id") ?? "");
        // Nothing of another target after the first token.
        expect(vendor.callsFor("good").length).toBe(spareBefore);
        const record = await sahab.record(error.request_id);
        expect(record).toMatchObject({ outcome: code, estimated: true, stream: true });
        expect(record.provider).toStartWith(provider);
        expect(record.status).toBeGreaterThanOrEqual(500);
        expect(record.tokens.output).toBeGreaterThan(0);
        expect(record.tokens.input).toBeGreaterThan(0);
      });
    }
  }

  for (const model of ["no-done", "cut-after-finish"]) {
    test(`${model}: every choice had ended, so the stream is whole`, async () => {
      const response = await ask(model, true);
      const text = await response.text();
      expect(text).toContain("words ");
      if (model === "no-done") {
        expect(text).toEndWith(doneEvent);
        expect(await sahab.record(response.headers.get("x-request-id"))).toMatchObject({ outcome: "ok", status: 200 });
      } else {
        // A connection that breaks is not one that closes: either is honest, an end without a word is not.
        expect(text.endsWith(doneEvent) || text.includes("stream_interrupted")).toBeTrue();
      }
    });
  }

  test("an event that is not JSON is never passed on", async () => {
    const first = await ask("garbage-first", true);
    expect([first.status, ((await first.json()) as ErrorBody).error.code]).toEqual([502, "upstream_invalid_response"]);
    const text = await (await ask("garbage-later", true)).text();
    expect(text).toContain("The ");
    expect(text).not.toContain("not json");
    expect(text).not.toContain("[DONE]");
    expect(text).toContain("upstream_invalid_response");
  });
});

test("a vendor that lingers after [DONE] holds neither the client nor a connection", async () => {
  const response = await ask("lingers-after-done", true);
  expect(await response.text()).toEndWith(doneEvent);
  const call = vendor.callsFor("lingers-after-done").at(-1);
  await eventually("the vendor's connection to be given up", () => call?.abortedMs !== undefined);
});

test("what is given up is closed at the vendor too", async () => {
  await expectFailure("endless-event", true, { status: 502, code: "upstream_invalid_response", provider: "fake" });
  await expectFailure("announced-huge", false, { status: 502, code: "upstream_invalid_response", provider: "rude" });
  await eventually(
    "the vendors' connections to be closed",
    () =>
      vendor.callsFor("endless-event").every((call) => call.abortedMs !== undefined) &&
      rude.calls.filter((call) => call.model === "announced-huge").every((call) => call.closedMs !== undefined),
    8_000,
  );
});

test("a slow reader is not taken for a silent vendor", async () => {
  // Far more than the buffers between vendor and client hold.
  const big = "x".repeat(64 * 1024);
  scripts["flood"] = streamedChat(Array.from({ length: 400 }, () => big));
  const config = await sahab.adminJson<{ models: object[] }>("/config");
  await sahab.apply({
    ...config,
    models: [...config.models, { name: "flood", targets: [{ provider: "fake", model: "flood" }], price }],
  });
  const response = await ask("flood", true);
  const reader = response.body?.getReader();
  let bytes = 0;
  let tail = "";
  for (let i = 0; ; i++) {
    const next = await reader?.read();
    if (!next || next.done) break;
    if (i === 0) await Bun.sleep(2_000); // longer than idle_ms
    bytes += next.value.length;
    tail = (tail + Buffer.from(next.value).toString("latin1")).slice(-400);
  }
  expect(tail).toEndWith(doneEvent);
  expect(bytes).toBeGreaterThan(400 * 64 * 1024);
});

test("a target that failed is avoided for a while", async () => {
  scripts["flaky"] = () => errorAnswer(500, { message: "no" });
  const config = await sahab.adminJson<{ models: object[] }>("/config");
  await sahab.apply({
    ...config,
    models: [
      ...config.models,
      {
        name: "flaky",
        targets: [
          { provider: "fake", model: "flaky", priority: 1 },
          { provider: "spare", model: "good", priority: 2 },
        ],
        price,
      },
    ],
  });
  for (let i = 0; i < 5; i++) expect((await ask("flaky")).status).toBe(200);
  expect(vendor.callsFor("flaky").length).toBe(2); // the first request's two attempts
});

test("equal priorities share the load", async () => {
  scripts["left"] = wholeChat("left");
  scripts["right"] = wholeChat("right");
  const config = await sahab.adminJson<{ models: object[] }>("/config");
  await sahab.apply({
    ...config,
    models: [
      ...config.models,
      {
        name: "shared",
        targets: [
          { provider: "fake", model: "left" },
          { provider: "spare", model: "right" },
        ],
        price,
      },
    ],
  });
  // The chance that 60 fair draws all fall on one side is 2⁻⁵⁹.
  await Promise.all(Array.from({ length: 60 }, async () => (await ask("shared")).text()));
  expect(vendor.callsFor("left").length).toBeGreaterThan(0);
  expect(vendor.callsFor("right").length).toBeGreaterThan(0);
  expect(vendor.callsFor("left").length + vendor.callsFor("right").length).toBe(60);
});

test("a vendor that listens on IPv4 only is reached by the name localhost", async () => {
  const config = await sahab.adminJson<{ providers: object[]; models: object[] }>("/config");
  await sahab.apply({
    ...config,
    providers: [
      ...config.providers,
      { name: "by-name", vendor: "compatible", base_url: `http://localhost:${vendor.port}` },
    ],
    models: [...config.models, { name: "by-name", targets: [{ provider: "by-name", model: "good" }], price }],
  });
  const response = await ask("by-name");
  expect({ status: response.status, text: await response.text() }).toMatchObject({ status: 200 });
});

test("an answer that is not in the ledger's terms is not billed: usage that is no number is estimated", async () => {
  scripts["odd-usage"] = wholeChat("Hello", { usage: { prompt_tokens: "many", completion_tokens: -4 } });
  const config = await sahab.adminJson<{ models: object[] }>("/config");
  await sahab.apply({
    ...config,
    models: [...config.models, { name: "odd-usage", targets: [{ provider: "fake", model: "odd-usage" }], price }],
  });
  const response = await ask("odd-usage");
  expect(response.status).toBe(200);
  const record = await sahab.record(response.headers.get("x-request-id"));
  expect(record.estimated).toBeTrue();
  expect(record.tokens.input).toBeGreaterThan(0);
});
