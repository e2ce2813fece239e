import Anthropic from "@anthropic-ai/sdk";
import { afterAll, beforeAll, expect, test } from "bun:test";
import { eventStream, json, startReplay, toRows, type Given, type Replay } from "../testing/replay.ts";
import { testReplayRows } from "../testing/test-replay-rows.ts";

// What an Anthropic-style vendor sends, and what becomes of it for a client of the same dialect and for one of the other: a
// whole answer, an error in its place, or a stream that breaks off with one. What is not proven whole never passes for whole.

const data = (payload: unknown) => `data: ${typeof payload === "string" ? payload : JSON.stringify(payload)}\n\n`;
const event = (type: string, fields: object = {}) => `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`;
const start = event("message_start", {
  message: {
    id: "m",
    type: "message",
    role: "assistant",
    model: "m",
    content: [],
    stop_reason: null,
    usage: { input_tokens: 5, output_tokens: 1 },
  },
});
const open = event("content_block_start", { index: 0, content_block: { type: "text", text: "" } });
const text = event("content_block_delta", { index: 0, delta: { type: "text_delta", text: "Hello" } });
const close = event("content_block_stop", { index: 0 });
const said = start + open + text + close;
const stops = (reason: unknown) =>
  event("message_delta", { delta: { stop_reason: reason }, usage: { output_tokens: 3 } });
const over = event("message_stop");

const ordinary = said + stops("end_turn") + over;

const streams: Given[] = [
  ["as it should be", said + event("ping") + stops("end_turn") + over, "whole"],
  ["an unterminated end", said + stops("end_turn") + over.slice(0, -2), "whole"],
  ["a byte order mark", `\uFEFF${said}${stops("end_turn")}${over}`, "whole"],
  ["no type", said + stops("end_turn") + over, "whole", null],
  ["a lack of names", ordinary.replaceAll(/^event: .*\n/gm, ""), "whole"],
  ["a lack of types", ordinary.replaceAll(/"type":"(?:message|content_block)_\w+",?/g, ""), "whole"],
  ["a lack of a start", open + text + close + stops("end_turn") + over, "whole"],
  ["a lack of a block's start", start + text + close + stops("end_turn") + over, "whole"],
  ["a lack of content in the start", ordinary.replace('"content":[],', ""), "whole"],
  ["a lack of usage in the start", ordinary.replace(/,"usage":\{"input.*?\}/, ""), "whole"],
  ["OpenAI's end before its own", said + stops("end_turn") + data("[DONE]") + over, "whole"],
  ["an unknown stop reason", said + stops("max_output_reached") + over, "whole"],
  ["a stop reason of OpenAI's", said + stops("stop") + over, "whole"],
  ["no stop reason", said + over, "cut: stream_interrupted"],
  ["an empty stop reason", said + stops("") + over, "cut: stream_interrupted"],
  ["a null stop reason", said + stops(null) + over, "cut: stream_interrupted"],
  ["stop reason error", said + stops("error") + over, "cut: stream_interrupted"],
  ["stop reason CANCELLED", said + stops("CANCELLED") + over, "cut: stream_interrupted"],
  ["an abort at once", start + stops("abort") + over, "stream_interrupted"],
  ["no end", said + stops("end_turn"), "cut: stream_interrupted"],
  ["an end that is cut", said + stops("end_turn") + over.slice(0, -8), "cut: stream_interrupted"],
  ["OpenAI's end alone", said + stops("end_turn") + data("[DONE]"), "cut: stream_interrupted"],
  ["nothing", "", "stream_interrupted"],
  ["an error first", event("error", { error: { type: "overloaded_error", message: "Overloaded" } }), "upstream_error"],
  [
    "an error later",
    said + event("error", { error: { type: "rate_limit_error", message: "no" } }),
    "cut: upstream_rate_limited",
  ],
  ["an error that is a text", `${said}event: error\ndata: boom\n\n`, "cut: upstream_error"],
  ["OpenAI's error", said + data({ error: { message: "no", code: 429 } }), "cut: upstream_rate_limited"],
  ["OpenAI's error of a text", said + data({ error: "boom" }), "cut: upstream_error"],
  ["an empty account", data({ base_resp: { status_code: 1008, status_msg: "low" } }), "upstream_authentication"],
  ["a code and a message", data({ code: "Throttling", message: "no" }), "upstream_rate_limited"],
  [
    "a bare error behind the stop",
    `${said + stops("end_turn")}{"error":{"message":"boom"}}\n\n${over}`,
    "cut: upstream_error",
  ],
  ["a text for data", `${said}data: nonsense\n\n`, "cut: upstream_invalid_response"],
  ["a start without a message", event("message_start", { message: null }), "upstream_invalid_response"],
  [
    "a delta that is null",
    start + open + event("content_block_delta", { index: 0, delta: null }),
    "upstream_invalid_response",
  ],
  [
    "a chunk of OpenAI's",
    said + data({ choices: [{ index: 0, delta: { content: "x" } }] }),
    "cut: upstream_invalid_response",
  ],
  [
    "JSON",
    JSON.stringify({ id: "m", type: "message", content: [{ type: "text", text: "Hello" }], stop_reason: "end_turn" }),
    "whole",
    json,
  ],
  [
    "an error in JSON",
    JSON.stringify({ type: "error", error: { type: "invalid_request_error", message: "prompt is too long: 9" } }),
    "context_length_exceeded",
    json,
  ],
  ["a page", "<html>", "upstream_invalid_response", "text/html"],
];

const whole = (fields: object) =>
  JSON.stringify({
    id: "m",
    type: "message",
    role: "assistant",
    model: "m",
    content: [{ type: "text", text: "Hello" }],
    stop_reason: "end_turn",
    stop_sequence: null,
    usage: { input_tokens: 5, output_tokens: 3 },
    ...fields,
  });

const bodies: Given[] = [
  ["as it should be", whole({}), "whole"],
  ["a byte order mark", `\uFEFF${whole({})}`, "whole"],
  ["error null", whole({ error: null }), "whole"],
  ["an unknown stop reason", whole({ stop_reason: "max_output_reached" }), "whole"],
  ["a content of nothing", whole({ content: [] }), "whole"],
  ["an empty stop reason", whole({ stop_reason: "" }), "upstream_invalid_response"],
  ["a null stop reason", whole({ stop_reason: null }), "upstream_invalid_response"],
  ["stop reason network_error", whole({ stop_reason: "network_error" }), "stream_interrupted"],
  ["a content that is null", whole({ content: null }), "upstream_invalid_response"],
  ["a content that is a text", whole({ content: "Hello" }), "upstream_invalid_response"],
  ["a block that is null", whole({ content: [null] }), "upstream_invalid_response"],
  ["an error", JSON.stringify({ type: "error", error: { type: "overloaded_error", message: "no" } }), "upstream_error"],
  ["OpenAI's error of a text", JSON.stringify({ error: "boom" }), "upstream_error"],
  [
    "an empty account",
    whole({ content: null, base_resp: { status_code: 1008, status_msg: "low" } }),
    "upstream_authentication",
  ],
  ["a code and a message", JSON.stringify({ code: "InvalidApiKey", message: "no" }), "upstream_authentication"],
  ["an array", "[]", "upstream_invalid_response"],
  ["nothing", "", "upstream_invalid_response"],
  ["events", said + stops("end_turn") + over, "whole", eventStream],
  ["events that are cut", said + over, "stream_interrupted", eventStream],
];

const rows = [...toRows("messages", true, streams), ...toRows("messages", false, bodies)];
let replay: Replay;

beforeAll(async () => {
  replay = await startReplay(rows);
});

afterAll(() => replay?.close());

testReplayRows(rows, () => replay);

test.each(rows.filter(({ name }) => name.startsWith("a lack of")).map(({ model }) => model))(
  "Anthropic's SDK makes the answer of %s",
  async (model) => {
    const client = new Anthropic({ baseURL: replay.address, apiKey: replay.key, maxRetries: 0 });
    const answer = client.messages.stream({ model, max_tokens: 9, messages: [{ role: "user", content: "Hi" }] });
    expect(await answer.finalMessage()).toMatchObject({
      content: [{ type: "text", text: "Hello" }],
      stop_reason: "end_turn",
      usage: { output_tokens: 3 },
    });
  },
);
