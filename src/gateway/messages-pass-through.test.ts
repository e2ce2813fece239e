import Anthropic from "@anthropic-ai/sdk";
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import {
  messageEvent,
  messageEvents,
  messages as answerOf,
  messagesErrorEvent,
  messagesThinking,
  messagesTokenCount,
  messagesToolUse,
} from "../testing/fake-anthropic.ts";
import { startFakeVendor, streamOf, type FakeVendor, type Script } from "../testing/fake-vendor.ts";
import { runSahab, type TestSahab } from "../testing/run-sahab.ts";

// A client and a vendor that both speak Anthropic's Messages: bytes pass, and only what is documented changes.

const vendorKey = "sk-ant-5c1f0a7e-vendor-only";
const words = ["Grüße ", "云 ", '"quoted" \\ ', "end"];

const withId =
  (script: Script, id: string): Script =>
  async (call) => {
    const response = await script(call);
    response.headers.set("request-id", id);
    response.headers.set("x-other", "not the client's");
    return response;
  };

/** Spaces, an exponent, a number that no double holds, unknown fields and escapes: nothing that a parser and a printer would keep. */
const oddWhole =
  '{ "id":"msg_1", "type":"message","role":"assistant","model":"claude-odd","content":[{"type":"text","text":"H\\u00e9","citations":[{"n":1e2}]}],\n  "stop_reason":"end_turn","stop_sequence":null,"container":{"id":12345678901234567890}, "usage":{"input_tokens":50,"cache_creation_input_tokens":10,"cache_read_input_tokens":40, "output_tokens":20, "service_tier":"standard"} }';

const streamHead = messageEvents([{ type: "text", text: "" }], { words }).slice(0, -2);
const oddStream = [
  ": hello\n\n",
  ...streamHead.slice(0, 3),
  'event: new_kind\ndata: { "type" : "new_kind", "x":1e2 }\n\n',
  ...streamHead.slice(3),
  'event: message_delta\ndata: {"type":"message_delta", "delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":20, "big":12345678901234567890},"context_management":{"applied_edits":[]}}\n\n',
  messageEvent({ type: "message_stop" }),
];

const errorText = (type: string, message: string) =>
  `{ "type":"error",\n "error":{"type":"${type}","message":"${message}", "details":{"error_code":null}} , "request_id":"req_v" }`;
const errorAnswer = (status: number, text: string, headers: Record<string, string> = {}): Script =>
  withId(
    () => new Response(text, { status, headers: { "content-type": "application/json", ...headers } }),
    "req_failed",
  );

const passed: [status: number, type: string, message: string][] = [
  [400, "invalid_request_error", "prompt is too long: 210000 tokens > 200000 maximum"],
  [404, "not_found_error", "container: cont_1"],
  [413, "request_too_large", "Request exceeds the maximum size"],
  [422, "invalid_request_error", "unprocessable"],
  [429, "rate_limit_error", "This request would exceed your rate limit"],
  [529, "overloaded_error", "Overloaded"],
];
const ours: [status: number, type: string][] = [
  [401, "authentication_error"],
  [402, "billing_error"],
  [403, "permission_error"],
  [500, "api_error"],
];

const scripts: Record<string, Script> = {
  "claude-plain": withId(answerOf(words), "req_vendor_1"),
  "claude-odd": withId(
    (call) =>
      call.body["stream"] === true
        ? streamOf(oddStream)(call)
        : new Response(oddWhole, { headers: { "content-type": "application/json" } }),
    "req_vendor_2",
  ),
  "claude-counts": (call) =>
    call.path.endsWith("/count_tokens") ? messagesTokenCount(2_095)(call) : answerOf(words)(call),
  "claude-thinks": messagesThinking("Let me think.", "Yes."),
  "claude-calls": messagesToolUse([
    { id: "toolu_1", name: "weather", input: { city: "Riyadh" } },
    { id: "toolu_2", name: "clock", input: {} },
  ]),
  "claude-breaks": streamOf(streamHead.slice(0, 5)),
  "claude-overloads": streamOf([...streamHead.slice(0, 5), messagesErrorEvent()]),
  "claude-quotes-key": errorAnswer(400, errorText("invalid_request_error", `your key ${vendorKey} is odd`)),
  ...Object.fromEntries(
    passed.map(([status, type, message]) => [
      `claude-${status}`,
      errorAnswer(status, errorText(type, message), status === 429 ? { "retry-after": "7" } : {}),
    ]),
  ),
  ...Object.fromEntries(
    ours.map(([status, type]) => [`claude-${status}`, errorAnswer(status, errorText(type, "the words of node gpu-7"))]),
  ),
};
for (const size of [1, 3, 50]) scripts[`claude-split-${size}`] = streamOf(oddStream, { splitAt: size });

let vendor: FakeVendor;
let sahab: TestSahab;
let key: string;

const price = { currency: "USD", input: 3, cached_input: 0.3, cache_write: 3.75, output: 15 };
// 50 × 3 + 40 × 0.3 + 10 × 3.75 + 20 × 15 = 499.5 per million.
const cost = "0.0004995";
const costFields = `,"cost":"${cost}","cost_currency":"USD"`;

beforeAll(async () => {
  vendor = startFakeVendor(scripts);
  const base = `http://127.0.0.1:${vendor.port}`;
  sahab = await runSahab({
    env: { SAHAB_LOG: "trace" },
    config: {
      providers: [
        {
          name: "ant",
          vendor: "anthropic",
          base_url: base,
          api_key: vendorKey,
          pass_fields: ["metadata", "speed"],
        },
        { name: "versioned", vendor: "anthropic", base_url: `${base}/v1/`, api_key: vendorKey },
        { name: "like", vendor: "compatible", base_url: base, api_key: vendorKey, apis: ["messages"] },
      ],
      models: [
        ...Object.keys(scripts).map((name) => ({ name, targets: [{ provider: "ant", model: name }], price })),
        ...["ant", "versioned", "like"].map((provider) => ({
          name: `${provider}-renamed`,
          targets: [{ provider, model: "claude-plain" }],
          price,
        })),
      ],
      projects: [{ name: "default" }],
    },
  });
  ({ key } = await sahab.createKey());
});

afterAll(async () => {
  await sahab?.close();
  await vendor?.stop();
});

const messages = [{ role: "user", content: "Hello" }];
const ask = (body: unknown, headers: Record<string, string> = {}, path = "/v1/messages") =>
  sahab.call(path, body, { key, headers });
const askPlain = (model: string, more: object = {}) => ask({ model, max_tokens: 9, messages, ...more });

function lastCall(model = "claude-plain") {
  const call = vendor.callsFor(model).at(-1);
  if (!call) throw new Error(`the vendor was not called for ${model}`);
  return call;
}

describe("the request that the vendor sees", () => {
  test("has the client's bytes, with the model renamed and nothing else", async () => {
    const text = `{ "max_tokens" : 9, "system":[{"type":"text","text":"You are \\"model\\": \\"ant-renamed\\"","cache_control":{"type":"ephemeral","ttl":"1h"}}],
  "messages": [{"role":"user","content":[{"type":"text","text":"a\\u00e9\\n","cache_control":{"type":"ephemeral"}}]}], "context_management":{"edits":[]},
  "metadata":{"user_id":"u-1","model":"ant-renamed"}, "model" :  "ant-renamed" ,"speed":"fast","diagnostics":[1e2,-0.10, 12345678901234567890],"temperature":0.70,
  "tools":[{"type":"web_search_20250305","name":"web_search","max_uses":5},{"name":"t","input_schema":{"type":"object"}}],"thinking":{"type":"adaptive"} }`;
    for (const stream of [text, text.replace('"speed"', '"stream":true,"speed"')]) {
      const response = await ask(stream);
      await response.text();
      expect(response.status).toBe(200);
      expect(response.headers.get("x-sahab-dropped")).toBeNull();
      expect(lastCall().text).toBe(stream.replace(`"model" :  "ant-renamed"`, `"model" :  "claude-plain"`));
      expect(lastCall().path).toBe("/v1/messages");
    }
    const same = text.replace(`"model" :  "ant-renamed"`, `"model" :  "claude-plain"`);
    await (await ask(same)).text();
    expect(lastCall().text).toBe(same);
  });

  test("has the client's version and betas, the vendor's key, and nothing else of the client's headers", async () => {
    const response = await ask(
      { model: "claude-plain", max_tokens: 9, messages },
      {
        "anthropic-version": "2024-01-01",
        "anthropic-beta": "context-1m-2025-08-07,made-up-2027-01-01",
        "x-api-key": key,
        cookie: "session=1",
        "x-forwarded-for": "10.1.2.3",
        "x-forwarded-host": "internal",
        "x-real-ip": "10.1.2.3",
        "cf-connecting-ip": "10.1.2.3",
        "x-sahab-tag": "blue",
        "x-stainless-lang": "js",
        "user-agent": "claude-code/2.0",
        "accept-language": "ar",
      },
    );
    await response.text();
    const { "content-length": length, ...headers } = Object.fromEntries(lastCall().headers);
    expect(headers).toEqual({
      accept: "*/*",
      "accept-encoding": "identity",
      "anthropic-beta": "context-1m-2025-08-07,made-up-2027-01-01",
      "anthropic-version": "2024-01-01",
      connection: "keep-alive",
      "content-type": "application/json",
      host: `127.0.0.1:${vendor.port}`,
      "user-agent": "sahab",
      "x-sahab-hops": "1",
      "x-api-key": vendorKey,
    });
    expect(length).toBe(String(lastCall().text.length));
  });

  test("has a version where the client names none", async () => {
    await (await askPlain("claude-plain")).text();
    expect(lastCall().headers.get("anthropic-version")).toBe("2023-06-01");
    expect(lastCall().headers.get("anthropic-beta")).toBeNull();
  });

  test("goes to the same path whether or not the base address has the version", async () => {
    for (const name of ["versioned-renamed", "like-renamed"]) {
      const before = vendor.calls.length;
      expect((await askPlain(name)).status).toBe(200);
      expect(vendor.calls.slice(before).map((call) => call.path)).toEqual(["/v1/messages"]);
    }
    // Servers that are only compatible read either header.
    expect(lastCall().headers.get("authorization")).toBe(`Bearer ${vendorKey}`);
    expect(lastCall().headers.get("x-api-key")).toBe(vendorKey);
  });

  test("count_tokens goes to the vendor, and its answer comes back", async () => {
    const text = `{"model":"claude-counts",  "messages":[{"role":"user","content":"x"}], "tools":[]}`;
    const response = await ask(text, {}, "/anthropic/v1/messages/count_tokens");
    expect(await response.text()).toBe('{"input_tokens":2095}');
    expect(lastCall("claude-counts")).toMatchObject({ path: "/v1/messages/count_tokens", text });
    const record = await sahab.record(response.headers.get("x-request-id"));
    expect(record).toMatchObject({ operation: "token-count", cost: "0", tokens: { input: 0, output: 0 } });
  });
});

describe("the answer that the client gets", () => {
  test("whole: byte for byte, but the usage gains its cost", async () => {
    const response = await askPlain("claude-odd");
    expect(response.headers.get("content-type")).toBe("application/json");
    expect(await response.text()).toBe(oddWhole.replace('"standard"}', `"standard"${costFields}}`));
  });

  for (const name of ["claude-odd", "claude-split-1", "claude-split-3", "claude-split-50"]) {
    test(`stream of ${name}: byte for byte, but the last usage gains its cost`, async () => {
      const response = await askPlain(name, { stream: true });
      expect(response.headers.get("content-type")).toContain("text/event-stream");
      const expected = oddStream.join("").replace("12345678901234567890}", `12345678901234567890${costFields}}`);
      expect(await response.text()).toBe(expected);
    });
  }

  test("names the vendor's own id of the request, and no other of its headers", async () => {
    const response = await askPlain("claude-plain");
    await response.text();
    expect(response.headers.get("x-sahab-vendor-request-id")).toBe("req_vendor_1");
    expect(response.headers.get("x-sahab-provider")).toBe("ant");
    expect(response.headers.get("x-request-id")).toStartWith("req_");
    expect(response.headers.get("x-request-id")).not.toBe("req_vendor_1");
    expect(response.headers.get("x-other")).toBeNull();
  });

  test("thinking and tool calls pass the SDK as its own vendor's would", async () => {
    const anthropic = new Anthropic({ apiKey: key, baseURL: sahab.address, maxRetries: 0 });
    const request = { max_tokens: 100, messages: [{ role: "user" as const, content: "Hi" }] };
    for (const message of [
      await anthropic.messages.create({ model: "claude-thinks", ...request }),
      await anthropic.messages.stream({ model: "claude-thinks", ...request }).finalMessage(),
    ])
      expect(message.content).toMatchObject([
        { type: "thinking", thinking: "Let me think.", signature: "c2lnbmVk" },
        { type: "text", text: "Yes." },
      ]);
    const calls = await anthropic.messages.stream({ model: "claude-calls", ...request }).finalMessage();
    expect(calls.content).toMatchObject([
      { type: "tool_use", id: "toolu_1", input: { city: "Riyadh" } },
      { type: "tool_use", id: "toolu_2", input: {} },
    ]);
  });

  test("its record holds the attempt, and prices reads and writes of the cache", async () => {
    for (const stream of [false, true]) {
      const response = await askPlain("claude-odd", { stream });
      await response.text();
      const record = await sahab.record(response.headers.get("x-request-id"));
      const tokens = { input: 100, cached_input: 40, cache_write: 10, output: 20, reasoning: 0 };
      expect(record).toMatchObject({
        dialect: "anthropic-messages",
        operation: "chat",
        stream,
        outcome: "ok",
        estimated: false,
        tokens,
        cost,
        currency: "USD",
        attempts: 1,
        attempt_list: [
          { provider: "ant", model: "claude-odd", vendor_request_id: "req_vendor_2", outcome: "ok", tokens, cost },
        ],
      });
    }
  });
});

describe("an error of the vendor's", () => {
  for (const [status, type, message] of passed) {
    test(`${status} reaches the client byte for byte`, async () => {
      for (const stream of [false, true]) {
        const response = await askPlain(`claude-${status}`, { stream });
        expect(response.status).toBe(status);
        expect(await response.text()).toBe(errorText(type, message));
        expect(response.headers.get("content-type")).toBe("application/json");
        expect(response.headers.get("retry-after")).toBe(status === 429 ? "7" : null);
        expect(response.headers.get("x-sahab-vendor-request-id")).toBe("req_failed");
        const record = await sahab.record(response.headers.get("x-request-id"));
        expect(record).toMatchObject({ status, cost: "0" });
        // Overload may be over in a moment: the vendor is asked once more.
        const ids = record.attempt_list.map((attempt) => attempt.vendor_request_id);
        expect(ids).toEqual(status === 529 ? ["req_failed", "req_failed"] : ["req_failed"]);
      }
    });
  }

  for (const [status] of ours) {
    test(`${status} is the operator's matter: 502 in Anthropic's shape, without its words`, async () => {
      const response = await askPlain(`claude-${status}`);
      expect(response.status).toBe(502);
      const text = await response.text();
      expect(JSON.parse(text)).toMatchObject({
        type: "error",
        error: { type: "api_error", code: status === 500 ? "upstream_error" : "upstream_authentication" },
        request_id: response.headers.get("x-request-id"),
      });
      expect(text).not.toContain("the words of node gpu-7");
    });
  }

  test("has the vendor's key masked", async () => {
    const response = await askPlain("claude-quotes-key");
    expect(response.status).toBe(400);
    expect(await response.text()).toBe(errorText("invalid_request_error", "your key … is odd"));
  });

  test("in the middle of a stream is an error event, and nothing looks like an end", async () => {
    const codes = { "claude-breaks": "stream_interrupted", "claude-overloads": "upstream_error" };
    for (const [model, code] of Object.entries(codes)) {
      const response = await askPlain(model, { stream: true });
      const text = await response.text();
      const relayed = streamHead.slice(0, 5).join("");
      expect(text).toStartWith(relayed);
      const rest = /^event: error\ndata: (.*)\n\n$/.exec(text.slice(relayed.length))?.[1] ?? "";
      expect(JSON.parse(rest)).toMatchObject({ type: "error", error: { code }, request_id: expect.any(String) });
      // The vendor has counted the prompt, and one token of output, which more text followed: an estimate.
      const record = await sahab.record(response.headers.get("x-request-id"));
      const output = Math.ceil(Buffer.byteLength(words.slice(0, 2).join("")) / 4);
      expect(record).toMatchObject({
        outcome: code,
        estimated: true,
        tokens: { input: 100, cached_input: 40, output },
      });
    }
  });
});

test("logs hold neither key", async () => {
  await sahab.logged("claude-500");
  const logs = sahab.logs() + sahab.stdout();
  for (const secret of [key, vendorKey]) expect(logs).not.toContain(secret);
});
