import { afterAll, beforeAll, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { eventually } from "../testing/eventually.ts";
import { messagesError } from "../testing/fake-anthropic.ts";
import {
  chat,
  chatChunk,
  chatEvents,
  doneEvent,
  startFakeVendor,
  streamOf,
  type FakeVendor,
  type Script,
  type VendorCall,
} from "../testing/fake-vendor.ts";
import { answerHead, startRudeVendor, type RudeVendor } from "../testing/rude-vendor.ts";
import { runSahab, type TestSahab } from "../testing/run-sahab.ts";

// What a vendor must not be able to do: go on for ever, fill the memory, put words into logs and headers.

const secret = 'sk-vendor-"secret"/1234567890';
const words = "MySecretPromptWords";

/** Sends the piece over and over until the call is given up. */
function endless(piece: string | Uint8Array, paceMs: number, first: readonly string[] = []): Script {
  return (call) => {
    const bytes = typeof piece === "string" ? new TextEncoder().encode(piece) : piece;
    const start = new TextEncoder().encode(first.join(""));
    let isFirst = start.length > 0;
    const body = new ReadableStream<Uint8Array>({
      async pull(controller) {
        if (call.abortedMs !== undefined) return;
        if (!isFirst && paceMs > 0) await Bun.sleep(paceMs);
        controller.enqueue(isFirst ? start : bytes);
        isFirst = false;
      },
      cancel() {
        call.abortedMs ??= Date.now();
      },
    });
    return new Response(body, { headers: { "content-type": "text/event-stream" } });
  };
}

const scripts: Record<string, Script> = {
  good: chat(["all ", "well"]),
  drips: endless(chatChunk({ content: "x" }), 50, chatEvents([])),
  "odd-end": streamOf([chatChunk({ content: "x" }), chatChunk({}, {}, "max_output_reached"), doneEvent]),
  breaks: streamOf(chatEvents(["half "]).slice(0, 2)),
  "not-json": () => new Response(`${words} are no JSON`, { headers: { "content-type": "application/json" } }),
  "no-text": endless(`: ${"x".repeat(64 * 1024)}\n\n${chatChunk({ content: "" })}`, 0),
  escaped: () =>
    new Response(`{"error":{"message":"bad key ${escapeFirst(secret)}"}}`, {
      status: 400,
      headers: { "content-type": "application/json" },
    }),
};

/** The text as JSON can write it without any of its letters being in it as they are. */
function escapeFirst(text: string): string {
  return text.replace(/./g, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

let vendor: FakeVendor;
let rude: RudeVendor;
let sahab: TestSahab;

beforeAll(async () => {
  vendor = startFakeVendor({ ...scripts, claude: () => messagesError(400, "invalid_request_error") });
  rude = await startRudeVendor({
    "odd-type": ({ socket }) => {
      const body = '{"error":{"message":"no","type":"invalid_request_error"}}';
      const type = "application/json\u0001; x\u007f";
      socket.end(answerHead("400 Bad", { "content-type": type, "content-length": String(body.length) }) + body);
    },
  });
  const provider = (name: string, fields: object = {}) => ({
    name,
    vendor: "compatible",
    base_url: vendor.url,
    api_key: secret,
    timeouts: { first_text_ms: 2_000, idle_ms: 2_000, whole_ms: 700 },
    ...fields,
  });
  const price = { currency: "USD", input: 1, output: 2 };
  sahab = await runSahab({
    config: {
      providers: [
        provider("fake"),
        provider("spare"),
        provider("rude", { base_url: rude.url }),
        {
          name: "claude",
          vendor: "anthropic",
          base_url: `http://127.0.0.1:${vendor.port}`,
          api_key: secret,
          headers: { "Anthropic-Version": "2099-01-01", "anthropic-beta": "of-the-operator" },
        },
      ],
      models: [
        ...Object.keys(scripts).map((name) => ({ name, targets: [{ provider: "fake", model: name }], price })),
        { name: "odd-type", targets: [{ provider: "rude", model: "odd-type" }], price },
        { name: "claude", targets: [{ provider: "claude", model: "claude" }], price },
        {
          name: "two",
          targets: [
            { provider: "fake", model: "breaks", priority: 1 },
            { provider: "spare", model: "good", priority: 2 },
          ],
          price,
        },
      ],
      projects: [{ name: "default" }],
    },
  });
});

afterAll(async () => {
  await sahab?.close();
  rude?.stop();
  await vendor?.stop();
});

const ask = (model: string, stream = false) =>
  sahab.call("/v1/chat/completions", { model, stream, messages: [{ role: "user", content: "Hi" }] });
const codeOf = async (response: Response) => ((await response.json()) as { error: { code: string } }).error.code;
const closed = (model: string) =>
  eventually("the vendor's call to be given up", () => vendor.callsFor(model).every((call) => call.abortedMs));

/** Resident memory of the program, in bytes. */
function memory(): number {
  const [, pages = "0"] = readFileSync(`/proc/${sahab.pid}/statm`, "utf8").split(" ");
  return Number(pages) * 4096;
}

test("an answer that goes out whole has its time, though the vendor streams it for ever", async () => {
  const response = await ask("drips");
  expect([response.status, await codeOf(response)]).toEqual([504, "upstream_timeout"]);
  await closed("drips");
});

test("a stream that sends everything but text does not fill the memory", async () => {
  const before = memory();
  const response = await ask("no-text", true);
  const reader = response.body?.getReader();
  // It is handed on after a megabyte, and held up by a client that reads no further.
  expect((await reader?.read())?.done).toBe(false);
  await Bun.sleep(500);
  expect(memory() - before).toBeLessThan(150 * 1024 * 1024);
  await reader?.cancel();
  await closed("no-text");
});

test("a target that breaks in the middle of its answers is avoided", async () => {
  const first = await ask("two", true);
  expect(first.headers.get("x-sahab-provider")).toBe("fake");
  expect(await first.text()).toContain("stream_interrupted");
  const second = await ask("two", true);
  expect(second.headers.get("x-sahab-provider")).toBe("spare");
  expect(await second.text()).toEndWith(doneEvent);
});

test("what a vendor says instead of an answer is in no log", async () => {
  const response = await ask("not-json");
  expect([response.status, await codeOf(response)]).toEqual([502, "upstream_invalid_response"]);
  const id = response.headers.get("x-request-id") ?? "";
  await sahab.logged(id);
  expect(sahab.logs()).not.toContain(words);
  expect(sahab.logs()).not.toContain(words.slice(0, 8));
});

test("the operator hears once of a finish reason that nobody documents", async () => {
  for (let i = 0; i < 3; i++) expect(await (await ask("odd-end", true)).text()).toContain("max_output_reached");
  await sahab.logged('"max_output_reached"');
  const lines = sahab
    .logs()
    .split("\n")
    .filter((line) => line.includes("max_output_reached"));
  expect(lines.map((line): unknown => JSON.parse(line))).toMatchObject([{ level: "warn", provider: "fake" }]);
});

test("an answer with control characters in a header is refused, and they are not passed on", async () => {
  const response = await ask("odd-type");
  expect([response.status, response.headers.get("content-type")]).toEqual([502, "application/json"]);
  expect(await response.json()).toMatchObject({
    error: {
      code: "upstream_invalid_response",
      message: "Provider rude: the answer has a control character in a header",
    },
  });
});

test("a secret that JSON writes in escapes is not passed on", async () => {
  const response = await ask("escaped");
  const text = JSON.stringify(await response.json());
  expect(response.status).toBe(400);
  expect(text).not.toContain(JSON.stringify(secret).slice(1, -1));
  expect(text).toContain("…");
});

test("a header of the dialect goes out once: the client's before the provider's before the vendor's", async () => {
  const send = async (headers: Record<string, string>) => {
    await sahab.call(
      "/v1/messages",
      { model: "claude", max_tokens: 5, messages: [{ role: "user", content: "Hi" }] },
      { headers },
    );
    const call = vendor.callsFor("claude").at(-1) as VendorCall;
    return [call.headers.get("anthropic-version"), call.headers.get("anthropic-beta")];
  };
  expect(await send({})).toEqual(["2099-01-01", "of-the-operator"]);
  expect(await send({ "anthropic-version": "2023-06-01", "anthropic-beta": "a,b" })).toEqual([
    "2023-06-01",
    "of-the-operator,a,b",
  ]);
});
