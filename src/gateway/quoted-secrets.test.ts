import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { messageEvent, messageEvents, messagesWhole } from "../testing/fake-anthropic.ts";
import {
  chatChunk,
  chatEvents,
  doneEvent,
  errorAnswer,
  startFakeVendor,
  streamOf,
  usageEvent,
  wholeChat,
  type FakeVendor,
  type Script,
} from "../testing/fake-vendor.ts";
import { runSahab, type TestSahab } from "../testing/run-sahab.ts";

// Servers in trouble, proxies and debug settings repeat what they were sent, in errors and in answers of status 200. None of
// it may reach a caller, a log, a record or a report, however it is quoted and cut.

const token = "Zx81kQpLm20vBn7RtYw4Ua9e5Hs";
const bearerKey = `sk-live-${token}`;
const password = "p4ss-Qw7/zLk29+vMxT";
const basic = Buffer.from(`team:${password}`).toString("base64");
const proxyPassword = "Pr0xy-8sKdLq27VbnM";
/** Twelve letters in a row of any give it away. */
const secrets = [token, password, password.replaceAll("/", "\\/"), encodeURIComponent(password), basic, proxyPassword];
const holdsSecret = (text: string) =>
  secrets.some((secret) =>
    Array.from({ length: secret.length - 14 }, (_, at) => secret.slice(at, at + 15)).some((part) =>
      text.includes(part),
    ),
  );

const letters = bearerKey.split("");
const json = { "content-type": "application/json" };
const escaped = letters.map((letter) => `\\u00${letter.charCodeAt(0).toString(16)}`).join("");
const call = (fields: object) => ({ tool_calls: [{ index: 0, ...fields }] });
const whole = (text: string, extra: object = {}): Script => wholeChat(text, { ...extra });
const stream = (...events: string[]): Script =>
  streamOf([chatEvents([])[0] ?? "", ...events, chatChunk({}, {}, "stop"), usageEvent(), doneEvent]);
const texts = (pieces: readonly string[], field = "content") =>
  stream(chatChunk({ [field]: "My key is " }), ...pieces.map((piece) => chatChunk({ [field]: piece })));

const errors: Record<string, Script> = {
  "error-scheme-left-out": () => errorAnswer(400, { message: `key ${bearerKey} may not do that` }),
  "error-front-cut-off": () => errorAnswer(422, { message: `key …${token.slice(3)} may not` }),
  "error-in-code": () => errorAnswer(400, { message: "no", code: bearerKey, param: bearerKey }),
  "error-decoded": () => errorAnswer(400, { message: `user team:${password} may not` }),
  "error-percent": () => errorAnswer(404, { message: `GET /?auth=${encodeURIComponent(password)}` }),
  "error-escaped": () => new Response(`{"error":{"message":"${escaped}"}}`, { status: 400, headers: json }),
  "error-in-type": () =>
    new Response('{"error":{"message":"no"}}', {
      status: 400,
      headers: { "content-type": `application/json; key=${bearerKey}` },
    }),
  "error-500": () => errorAnswer(500, { message: `upstream said ${token}` }),
  "error-in-stream": streamOf([`data: {"error":{"message":"key ${bearerKey} may not"}}\n\n`]),
  "error-later": stream(chatChunk({ content: "Hi" }), `data: {"error":{"message":"${bearerKey} no"}}\n\n`),
  "error-page": () => new Response(`<html>${bearerKey}</html>`, { headers: { "content-type": `text/html; ${token}` } }),
};
const wholes: Record<string, Script> = {
  "whole-text": whole(`I was sent ${bearerKey}.`),
  "whole-part": whole(`I was sent …${token.slice(4)}.`),
  "whole-elsewhere": whole("Hi", { x_debug: { headers: { authorization: `Bearer ${bearerKey}` } } }),
  "whole-id": whole("Hi", { id: bearerKey }),
  "whole-decoded": whole(`password ${password}`),
  "whole-escaped": () =>
    new Response(
      `{"id":"c","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"${escaped}"},"finish_reason":"stop"}]}`,
      { headers: json },
    ),
};
const streams: Record<string, Script> = {
  "stream-one-event": texts([bearerKey]),
  "stream-byte-by-byte": (request) =>
    streamOf([chatChunk({ content: bearerKey }), chatChunk({}, {}, "stop"), doneEvent], { splitAt: 1 })(request),
  "stream-letters": texts(letters),
  "stream-threes": texts(bearerKey.match(/.{1,3}/g) ?? []),
  "stream-slashes": stream(
    ...password.split("").map((letter) => chatChunk({ content: letter }).replace('"/"', '"\\/"')),
  ),
  "stream-escapes": stream(
    ...letters.map((letter) => chatChunk({ content: "@" }).replace("@", `\\u00${letter.charCodeAt(0).toString(16)}`)),
  ),
  "stream-reasoning": texts(letters, "reasoning_content"),
  "stream-arguments": stream(
    chatChunk(call({ id: "c", type: "function", function: { name: "f", arguments: "" } })),
    ...letters.map((letter) => chatChunk(call({ function: { arguments: letter } }))),
  ),
  "stream-comment": stream(chatChunk({ content: "Hi" }), `: ${bearerKey}\n\n`),
  "stream-other-field": stream(chatChunk({ content: "Hi" }, { x_debug: bearerKey })),
  "stream-padding": stream(
    ...["Hi", "you", "there", "all"].map((content, at) =>
      chatChunk({ content }, { obfuscation: at < 3 ? `x${at}` : token.slice(0, 20) }),
    ),
  ),
  "stream-finish": streamOf([chatChunk({ content: "Hi" }), chatChunk({}, {}, bearerKey), doneEvent]),
  "stream-usage": stream(chatChunk(null, { usage: { prompt_tokens: 1, completion_tokens: 1, x: bearerKey } })),
};
const messagesScripts: Record<string, Script> = {
  "messages-whole": messagesWhole(`I was sent ${bearerKey}.`),
  "messages-letters": streamOf(messageEvents([{ type: "text", text: "" }], { words: ["Hi ", ...letters] })),
  "messages-ping": streamOf([
    ...messageEvents([{ type: "text", text: "" }], { words: ["Hi"] }).slice(0, 3),
    messageEvent({ type: "ping", debug: bearerKey }),
  ]),
};
const harmless: Record<string, Script> = {
  "harmless-abbreviated": whole(`Your key is sk-live-${token.slice(0, 8)}…${token.slice(-4)}, of team, v2026-01-01.`),
  "harmless-stream": texts(`sk-live-${token.slice(0, 8)}…${token.slice(-4)}`.split("")),
  "harmless-header": (request) => {
    const response = whole("Hi")(request) as Response;
    response.headers.set("x-request-id", bearerKey);
    return response;
  },
};
const all = { ...errors, ...wholes, ...streams, ...messagesScripts, ...harmless };

let vendor: FakeVendor;
let sahab: TestSahab;

beforeAll(async () => {
  vendor = startFakeVendor(all);
  const base = `http://127.0.0.1:${vendor.port}`;
  const headers = { authorization: `Bearer ${bearerKey}`, "X-Proxy-Auth": `Basic ${basic}`, "X-Team": "blue" };
  const names = Object.keys(all);
  const isMessages = (name: string) => name.startsWith("messages-");
  sahab = await runSahab({
    env: { SAHAB_LOG: "trace" },
    config: {
      providers: [
        { name: "chat", vendor: "compatible", base_url: `${base}/v1`, headers },
        { name: "messages", vendor: "compatible", base_url: base, headers, apis: ["messages"] },
        {
          name: "proxied",
          vendor: "compatible",
          base_url: base,
          proxy: `http://me:${proxyPassword}@127.0.0.1:1`,
          headers,
        },
      ],
      models: [
        ...names.map((name) => ({
          name,
          targets: [{ provider: isMessages(name) ? "messages" : "chat", model: name }],
          price: { currency: "USD", input: 1, output: 1 },
        })),
        {
          name: "proxied",
          targets: [{ provider: "proxied", model: "m" }],
          price: { currency: "USD", input: 1, output: 1 },
        },
      ],
      projects: [{ name: "default" }],
    },
  });
});

afterAll(async () => {
  await sahab?.close();
  await vendor?.stop();
});

/** All that a client gets, its texts put together as a program does. */
async function ask(path: "/v1/chat/completions" | "/v1/messages", model: string, asksForStream: boolean) {
  const body = { model, max_tokens: 50, stream: asksForStream, messages: [{ role: "user", content: "hi" }] };
  const response = await sahab.call(path, body);
  const text = await response.text();
  const said = [
    ...text.matchAll(/"(?:content|reasoning_content|arguments|text|thinking|partial_json)":("(?:[^"\\]|\\.)*")/g),
  ];
  const joined = said.map((match) => JSON.parse(match[1] ?? '""') as string).join("");
  return { status: response.status, text, seen: `${JSON.stringify([...response.headers])}\n${text}\n${joined}` };
}

const paths = ["/v1/chat/completions", "/v1/messages"] as const;
const rows = (scripts: Record<string, Script>, isStream: boolean) =>
  Object.keys(scripts).flatMap((model) => paths.map((path) => ({ model, path, isStream })));

describe("an error", () => {
  test.each([...rows(errors, false), ...rows(errors, true)])(
    "$model asked at $path (stream $isStream) has none",
    async ({ model, path, isStream }) => {
      const { seen, status, text } = await ask(path, model, isStream);
      expect(holdsSecret(seen)).toBe(false);
      expect(status >= 400 || text.includes('"error"')).toBe(true);
    },
  );
});

describe("an answer of status 200 ends with an error that names the provider", () => {
  test.each([
    ...rows(wholes, false),
    ...rows(streams, true),
    ...rows({ "messages-whole": all["messages-whole"] as Script }, false),
    ...rows(
      { "messages-letters": all["messages-letters"] as Script, "messages-ping": all["messages-ping"] as Script },
      true,
    ),
  ])("$model asked at $path (stream $isStream)", async ({ model, path, isStream }) => {
    const { seen, text } = await ask(path, model, isStream);
    expect(holdsSecret(seen)).toBe(false);
    expect(text).toContain(
      `Provider ${model.startsWith("messages-") ? "messages" : "chat"}: its answer repeats credentials of the provider`,
    );
    expect(text).not.toContain("[DONE]");
    expect(text).not.toContain("message_stop");
  });
});

test.each(rows(harmless, false))("$model asked at $path passes", async ({ model, path }) => {
  const { status, seen } = await ask(path, model, model.endsWith("stream"));
  expect(status).toBe(200);
  expect(seen).not.toContain('"error"');
  expect(holdsSecret(seen)).toBe(false);
});

test("no log, report, record, export or metric has one", async () => {
  await ask("/v1/chat/completions", "proxied", false);
  await ask("/v1/chat/completions", "harmless-header", false);
  const masterKey = readFileSync(join(sahab.dataDir, "master.key"), "utf8").trim();
  const places = [
    JSON.stringify(await sahab.records()),
    await (await sahab.admin("/config")).text(),
    await (await sahab.admin("/usage?group_by=provider,model")).text(),
    await (await sahab.admin("/ps")).text(),
    await (await fetch(`${sahab.address}/metrics`)).text(),
    (await sahab.command(["export"])).stdout,
    (await sahab.command(["doctor"])).stdout,
    sahab.stdout().replace(sahab.adminKey, ""),
    sahab.logs(),
  ];
  for (const place of places) {
    expect(holdsSecret(place)).toBe(false);
    expect(place).not.toContain(sahab.adminKey);
    expect(place).not.toContain(masterKey);
  }
  await sahab.logged("its answer repeats credentials of the provider");
});

test.each(["http://user:hunter22secret@127.0.0.1:1/v1", "http://127.0.0.1:1/v1?key=hunter22secret"])(
  "an address that holds a secret is refused, and not repeated: %s",
  async (base_url) => {
    const json = { providers: [{ name: "p", vendor: "compatible", base_url }], projects: [{ name: "default" }] };
    const text = await (await sahab.admin("/apply?prune=1", { json })).text();
    expect(text).toContain("without user, query or fragment");
    expect(text).not.toContain("hunter22secret");
    expect(sahab.logs()).not.toContain("hunter22secret");
  },
);
