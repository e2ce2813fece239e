import type { Socket } from "node:net";
import { afterAll, beforeAll, expect, test } from "bun:test";
import {
  chat,
  chatEvents,
  doneEvent,
  errorAnswer,
  startFakeVendor,
  streamOf,
  type FakeVendor,
  type VendorCall,
} from "../testing/fake-vendor.ts";
import { bodyChunk, eventStreamHead, startRudeVendor, type RudeVendor } from "../testing/rude-vendor.ts";
import { runSahab, type TestSahab } from "../testing/run-sahab.ts";

// What the operator is told of failures, and what a target's health and time limits do.

/** With a quote in it, so that JSON does not write it as it is. */
const vendorKey = 'sk-vendor-"secret"/1234567890';
const words = ["slow ", "start"];
let vendor: FakeVendor;
let rude: RudeVendor;
let sahab: TestSahab;
let config: object;
let key: string;

beforeAll(async () => {
  vendor = startFakeVendor({
    refused: () => errorAnswer(401, { message: `Key ${vendorKey} is wrong` }),
    rests: () => errorAnswer(401, { message: "no" }),
    burning: () => errorAnswer(500, { message: "CUDA out of memory on gpu 3", code: "out_of_memory" }),
    "echo-400": (call) => errorAnswer(400, { message: repeatRequest(call) }),
    "echo-500": (call) => errorAnswer(500, { message: repeatRequest(call), type: repeatRequest(call) }),
    "echo-in-whole": (call) => errorAnswer(200, { message: repeatRequest(call), code: "invalid_request_error" }),
    "echo-in-stream": (call) =>
      streamOf([
        ...chatEvents(words).slice(0, 2),
        `data: ${JSON.stringify({ error: { message: repeatRequest(call) } })}\n\n`,
      ])(call),
    good: chat(["all ", "well"]),
  });
  rude = await startRudeVendor({
    "late-event": ({ socket }) => {
      socket.write(eventStreamHead);
      setTimeout(() => socket.end(`${bodyChunk([...chatEvents(words), doneEvent].join(""))}0\r\n\r\n`), 900);
    },
    breaks: ({ socket }) => {
      socket.write(eventStreamHead + bodyChunk(chatEvents(words).slice(0, 2).join("")));
      setTimeout(() => socket.destroy(), 60);
    },
    "kept-then-late-close": (call) => keptThenClosed(call, 300),
  });
  const price = { currency: "USD", input: 1, output: 2 };
  const provider = (name: string, base_url: string) => ({
    name,
    vendor: "compatible",
    base_url,
    api_key: vendorKey,
    timeouts: { first_byte_ms: 5_000, idle_ms: 300 },
  });
  const model = (name: string, ...providers: string[]) => ({
    name,
    targets: providers.map((target, index) => ({
      provider: target,
      model: index === 0 ? name : "good",
      priority: index + 1,
    })),
    price,
  });
  config = {
    providers: [provider("alpha", vendor.url), provider("beta", vendor.url), provider("rude", rude.url)],
    models: [
      model("refused", "alpha", "beta"),
      model("rests", "alpha", "beta"),
      ...["burning", "echo-400", "echo-500", "echo-in-whole", "echo-in-stream"].map((name) => model(name, "alpha")),
      ...["late-event", "breaks", "kept-then-late-close"].map((name) => model(name, "rude")),
    ],
    projects: [{ name: "default" }],
  };
  sahab = await runSahab({ config });
  ({ key } = await sahab.createKey());
});

afterAll(async () => {
  await sahab?.close();
  rude?.stop();
  await vendor?.stop();
});

const repeatRequest = (call: VendorCall) => `failed on ${call.text} with ${call.headers.get("authorization")}`;

let keptCalls = 0;
const waiting: (() => void)[] = [];

/** The first five calls are answered together, so that as many connections are kept; later ones are closed. */
function keptThenClosed({ socket }: { socket: Socket }, ms: number): void {
  if (++keptCalls > 5) {
    setTimeout(() => socket.destroy(), ms);
    return;
  }
  const body = '{"choices":[{"index":0,"message":{"role":"assistant","content":"Hi"},"finish_reason":"stop"}]}';
  const head = `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n`;
  waiting.push(() => socket.write(head + body));
  if (waiting.length === 5) for (const answer of waiting) answer();
}

const ask = (model: string, stream = false) =>
  sahab.call("/v1/chat/completions", { model, stream, messages: [{ role: "user", content: "Hi" }] }, { key });

/** The log's line about a request. */
const logLine = (response: Response) => sahab.logged(response.headers.get("x-request-id") ?? "no id");

test("a call that took 300 ms on one of five kept connections before it was cut is sent again only after a pause", async () => {
  const warm = await Promise.all(Array.from({ length: 5 }, () => ask("kept-then-late-close")));
  expect(warm.map((response) => response.status)).toEqual([200, 200, 200, 200, 200]);
  const response = await ask("kept-then-late-close");
  expect(response.status).toBe(502);
  const calls = rude.calls.filter((call) => call.model === "kept-then-late-close");
  expect(calls).toHaveLength(7);
  const { attempt_list: attempts } = await sahab.record(response.headers.get("x-request-id"));
  expect(attempts.map(({ outcome }) => outcome)).toEqual(["upstream_closed", "upstream_closed"]);
});

test("a stream's first event may take first_byte_ms, even after its head has come", async () => {
  const response = await ask("late-event", true);
  expect(response.status).toBe(200);
  expect(await response.text()).toBe([...chatEvents(words), doneEvent].join(""));
});

test("the log names the target that failed where another served, and never the key", async () => {
  const response = await ask("refused");
  expect(response.status).toBe(200);
  expect(response.headers.get("x-sahab-provider")).toBe("beta");
  const line = await logLine(response);
  expect(line).toContain("alpha");
  expect(line).toContain("upstream_authentication");
  // The log writes the key's quotes as escapes, so its parts are looked for.
  for (const part of ["secret", "1234567890"]) expect(sahab.logs()).not.toContain(part);
});

test("the log tells of a stream that broke", async () => {
  const response = await ask("breaks", true);
  expect(await response.text()).not.toContain("[DONE]");
  const line = await logLine(response);
  expect(line).toContain("rude");
  expect(line).toContain("stream_interrupted");
});

test("a vendor's own words about its failure are in the log where it is asked for in detail, not in the answer", async () => {
  const response = await ask("burning");
  expect(response.status).toBe(502);
  expect(await response.text()).not.toContain("CUDA");
  expect(await logLine(response)).toContain("out_of_memory");
  expect(sahab.logs()).not.toContain("CUDA out of memory on gpu 3");
  const detailed = await runSahab({ env: { SAHAB_LOG: "debug" }, config });
  try {
    await detailed.call("/v1/chat/completions", { model: "burning", messages: [{ role: "user", content: "Hi" }] });
    await detailed.logged("CUDA out of memory on gpu 3");
  } finally {
    await detailed.close();
  }
});

test.each(["echo-400", "echo-500", "echo-in-whole", "echo-in-stream"])(
  "a vendor that repeats the request and its key puts neither into the log, nor the key into the answer (%s)",
  async (model) => {
    const prompt = `private words for ${model}`;
    const response = await sahab.call(
      "/v1/chat/completions",
      { model, stream: model === "echo-in-stream", messages: [{ role: "user", content: prompt }] },
      { key },
    );
    const text = await response.text();
    expect(text).toContain("error");
    await logLine(response);
    for (const place of [text, sahab.logs()])
      for (const part of [vendorKey, "secret", "1234567890"]) expect(place).not.toContain(part);
    expect(sahab.logs()).not.toContain(prompt);
  },
);

test("a new key does not make a resting target forgotten", async () => {
  expect((await ask("rests")).headers.get("x-sahab-attempts")).toBe("2");
  expect((await ask("rests")).headers.get("x-sahab-attempts")).toBe("1");
  await sahab.createKey({ name: "another" });
  expect((await ask("rests")).headers.get("x-sahab-attempts")).toBe("1");
  expect(vendor.callsFor("rests")).toHaveLength(1);
});
