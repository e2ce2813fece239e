import { afterAll, beforeAll, expect, test } from "bun:test";
import OpenAI, { type APIError } from "openai";
import { eventStream, json, startReplay, toRows, type Given, type Replay, type Row } from "../testing/replay.ts";
import { testReplayRows } from "../testing/test-replay-rows.ts";

// What an OpenAI-style vendor sends, and what becomes of it for a client of the same dialect and for one of the other: a
// whole answer, an error in its place, or a stream that breaks off with one. What is not proven whole never passes for whole.

const data = (payload: unknown) => `data: ${typeof payload === "string" ? payload : JSON.stringify(payload)}\n\n`;
const chunk = (fields: object) =>
  data({ id: "c1", object: "chat.completion.chunk", created: 1, model: "m", ...fields });
const choice = (fields: object) => chunk({ choices: [{ index: 0, ...fields }] });
const says = (content: string) => choice({ delta: { content }, finish_reason: null });
const ends = (word: unknown) => choice({ delta: {}, finish_reason: word });
const hello = says("Hello");
const stop = ends("stop");
const counted = chunk({ choices: [], usage: { prompt_tokens: 7, completion_tokens: 3, total_tokens: 10 } });
const done = data("[DONE]");
const role = choice({ delta: { role: "assistant", content: "" }, finish_reason: null });

const streams: Given[] = [
  ["as it should be", role + hello + stop + counted + done, "whole"],
  ["no [DONE]", hello + stop, "whole"],
  ["usage after the stop, no [DONE]", hello + stop + counted, "whole"],
  [
    "an empty finish reason, and no other",
    choice({ delta: { content: "Hello" }, finish_reason: "" }),
    "cut: stream_interrupted",
  ],
  [
    "empty finish reasons before the stop",
    choice({ delta: { content: "Hello" }, finish_reason: "" }) + stop + done,
    "whole",
  ],
  [
    "finish reasons of the text null",
    choice({ delta: { content: "Hello" }, finish_reason: "null" }) + done,
    "cut: stream_interrupted",
  ],
  ...[
    "abort",
    "error",
    "ERROR",
    "network_error",
    "cancelled",
    "canceled",
    "insufficient_system_resource",
    "timeout",
    "engine_failure",
  ].map((word): [string, string, string] => [
    `finish reason ${word}`,
    hello + ends(word) + done,
    "cut: stream_interrupted",
  ]),
  ["an abort at once", ends("abort") + done, "stream_interrupted"],
  ["finish reason sensitive", hello + ends("sensitive") + done, "whole"],
  ["an unknown finish reason", hello + ends("max_output_reached") + done, "whole"],
  ["[DONE] without a finish reason", hello + done, "cut: stream_interrupted"],
  [
    "[DONE] in the middle of a tool call",
    choice({ delta: { tool_calls: [{ index: 0, id: "a", function: { name: "f", arguments: '{"x":' } }] } }) + done,
    "cut: stream_interrupted",
  ],
  [
    "[DONE] before a second choice has ended",
    hello + stop + chunk({ choices: [{ index: 1, delta: { content: "b" } }] }) + done,
    "cut: stream_interrupted",
  ],
  ["[DONE] alone", done, "stream_interrupted"],
  ["nothing", "", "stream_interrupted"],
  ["what comes after [DONE]", hello + stop + done + says("late") + data("nonsense"), "whole"],
  // The last event.
  ["an unterminated [DONE]", hello + stop + done.slice(0, -1), "whole"],
  ["an unterminated [DONE] without a line end", hello + stop + done.slice(0, -2), "whole"],
  ["an unterminated stop", hello + stop.slice(0, -2), "whole"],
  ["an unterminated count", hello + stop + counted.slice(0, -2), "whole"],
  ["a rest that is cut", `${hello + stop}data: {"id":"c1","obj`, "cut: stream_interrupted"],
  ["a rest that is cut in its name", `${hello + stop}da`, "cut: stream_interrupted"],
  ["a rest of a comment", `${hello + stop}: keep-al`, "whole"],
  // The envelope.
  ["CRLF and no space", (hello + stop + done).replaceAll("data: ", "data:").replaceAll("\n", "\r\n"), "whole"],
  ["lone CR", (hello + stop + done).replaceAll("\n", "\r"), "whole"],
  ["lone CR, unterminated", (hello + stop + done).replaceAll("\n", "\r").slice(0, -1), "whole"],
  ["a byte order mark", `\uFEFF${hello + stop + done}`, "whole"],
  ["comments and blank lines", `: hi\n\n\n\n${hello}: hi\n\n${stop}\n\n${done}`, "whole"],
  ["events of nothing", `data:\n\n${hello}data: \n\n${stop + done}`, "whole"],
  ["pings", `${data({ type: "ping" })}event: ping\ndata: {}\n\n${hello + stop + done}`, "whole"],
  ["a type in capitals", hello + stop + done, "whole", "Text/Event-Stream; Charset=UTF-8"],
  ["octet-stream", hello + stop + done, "whole", "application/octet-stream"],
  ["plain text", hello + stop + done, "whole", "text/plain"],
  ["no type", hello + stop + done, "whole", null],
  ["no type, cut in its first word", ["da", hello.slice(2) + stop + done], "whole", null],
  ["the type of JSON", hello + stop + done, "whole", json],
  [
    "JSON",
    JSON.stringify({
      id: "c",
      choices: [{ index: 0, message: { role: "assistant", content: "Hello" }, finish_reason: "stop" }],
    }),
    "whole",
    json,
  ],
  ["JSON that is no answer", '{"id":"x"}', "upstream_invalid_response", json],
  [
    "an error in JSON",
    JSON.stringify({ error: { message: "too long", type: "invalid_request_error", code: "context_length_exceeded" } }),
    "context_length_exceeded",
    json,
  ],
  ["an error in JSON as events", '{\n  "error": {"message":"boom","type":"server_error"}\n}', "upstream_error"],
  ["a page", "<!doctype html><p>Welcome", "upstream_invalid_response", "text/html; charset=utf-8"],
  ["a page as events", "\n<html>", "upstream_invalid_response"],
  ["JSON as a page", JSON.stringify({ error: { message: "slow", code: 429 } }), "upstream_rate_limited", "text/html"],
  // Azure.
  [
    "Azure's odd chunks",
    data({ choices: [], created: 0, id: "", model: "", object: "", prompt_filter_results: [] }) +
      hello +
      stop +
      data({
        id: "",
        choices: [{ content_filter_offsets: {}, finish_reason: null, index: 0 }],
        created: 0,
        model: "",
        object: "",
      }) +
      done,
    "whole",
  ],
  [
    "empty chunks",
    chunk({ choices: [], usage: null }) + hello + chunk({ choices: [], usage: null }) + stop + done,
    "whole",
  ],
  // Errors.
  [
    "an error first",
    chunk({ choices: [], error: { code: 502, message: "all workers are busy" } }) + done,
    "upstream_error",
  ],
  ["an error after a role", role + chunk({ choices: [], error: { code: 502, message: "busy" } }), "upstream_error"],
  [
    "an error later",
    hello + chunk({ choices: [], error: { code: 429, message: "busy" } }) + done,
    "cut: upstream_rate_limited",
  ],
  ["an error of a text", hello + data({ error: "boom" }) + done, "cut: upstream_error"],
  ["an error that is named one", `${hello}event: error\ndata: {"message":"boom"}\n\n${done}`, "cut: upstream_error"],
  ["an object error", data({ object: "error", message: "boom", code: 500 }) + done, "upstream_error"],
  ["a code and a message", data({ code: "Throttling.RateQuota", message: "no" }), "upstream_rate_limited"],
  ["a success that is none", data({ success: false, code: 500, msg: "404 NOT_FOUND" }), "upstream_error"],
  ["a list of an error", data([{ error: { code: 400, message: "no" } }]), "upstream_rejected"],
  [
    "an empty account",
    data({ id: "x", choices: null, base_resp: { status_code: 1008, status_msg: "balance too low" } }) + done,
    "upstream_authentication",
  ],
  [
    "a status that is good",
    hello + chunk({ choices: [], base_resp: { status_code: 0, status_msg: "" } }) + stop + done,
    "whole",
  ],
  [
    "errors of nothing",
    chunk({ choices: [], error: null }) +
      hello +
      chunk({ choices: [], error: {} }) +
      chunk({ choices: [], error: "" }) +
      stop +
      done,
    "whole",
  ],
  ["a bare error behind the stop", `${hello + stop}{"error":{"message":"boom"}}\n`, "cut: upstream_error"],
  [
    "a bare error between events",
    `${hello}{"error":{"message":"slow","code":429}}\n\n${stop + done}`,
    "cut: upstream_rate_limited",
  ],
  ["a bare error glued to an event", `${hello}{"error":{"message":"boom"}}\n${stop + done}`, "cut: upstream_error"],
  ["a field named error", `${hello}error: {"code":500,"message":"boom"}\n\n`, "cut: upstream_error"],
  ["a bare text", `${hello}Internal Server Error\n\n${stop + done}`, "cut: upstream_invalid_response"],
  ["a bare chunk", hello + says("lost").slice("data: ".length) + stop + done, "cut: upstream_invalid_response"],
  // Events that are none.
  ["a text for data", `${hello}data: upstream connect error\n\n`, "cut: upstream_invalid_response"],
  [
    "a text for data, then [DONE]",
    `${hello}data: Internal Server Error\n\n${stop + done}`,
    "cut: upstream_invalid_response",
  ],
  ["half of an event", `${hello}data: {"id":1\n\n${stop + done}`, "cut: upstream_invalid_response"],
  [
    "half an event glued to an error",
    `${hello}data: {"id":"c1","choices":[{"delta":{"condata: {"error":{"message":"x"}}\n\n${done}`,
    "cut: upstream_invalid_response",
  ],
  ["an event that is a number", hello + data("5") + stop + done, "cut: upstream_invalid_response"],
  ["an event that is null", hello + data("null") + stop + done, "cut: upstream_invalid_response"],
  ["an event of an empty object", hello + data("{}") + stop + done, "cut: upstream_invalid_response"],
  ["choices that are null", hello + chunk({ choices: null }) + stop + done, "cut: upstream_invalid_response"],
  ["choices that are an object", hello + chunk({ choices: {} }) + stop + done, "cut: upstream_invalid_response"],
  ["a choice that is null", hello + chunk({ choices: [null] }) + stop + done, "cut: upstream_invalid_response"],
  ["a count beside choices that are null", hello + stop + counted.replace("[]", "null") + done, "whole"],
  [
    "a message in the place of a delta",
    choice({ message: { role: "assistant", content: "Hello" }, finish_reason: "stop" }) + done,
    "upstream_invalid_response",
  ],
  ["a text in the place of a delta", choice({ text: "Hello" }) + stop + done, "upstream_invalid_response"],
  ["a delta that is a text", choice({ delta: "Hello" }) + stop + done, "upstream_invalid_response"],
  [
    "a delta that is null beside a text of nothing",
    hello + choice({ delta: null, text: "", finish_reason: "stop" }),
    "whole",
  ],
  ["a content that is a number", choice({ delta: { content: 5 } }) + stop + done, "upstream_invalid_response"],
  [
    "an error in a choice",
    choice({ delta: { content: "" }, error: { code: 429, message: "slow" }, finish_reason: "error" }) + done,
    "upstream_rate_limited",
  ],
  [
    "an error in a choice that stops",
    hello + choice({ delta: { content: "" }, error: { code: 502, message: "x" }, finish_reason: "stop" }) + done,
    "cut: upstream_error",
  ],
  [
    "an error of nothing in a choice",
    hello + choice({ delta: {}, error: null, finish_reason: "stop" }) + done,
    "whole",
  ],
];

const message = (fields: object, more: object = {}) =>
  JSON.stringify({
    id: "c",
    object: "chat.completion",
    created: 1,
    model: "m",
    choices: [{ index: 0, message: { role: "assistant", content: "Hello" }, finish_reason: "stop", ...fields }],
    usage: { prompt_tokens: 7, completion_tokens: 3, total_tokens: 10 },
    ...more,
  });

const bodies: Given[] = [
  ["as it should be", message({}), "whole"],
  ["status 201", message({}), "whole", json, "201 Created"],
  ["a byte order mark", `\uFEFF${message({})}`, "whole"],
  ["a byte order mark in two pieces", ["\n", `\n${message({})}`], "whole"],
  ["no type", message({}), "whole", null],
  ["a page's type", message({}), "whole", "text/html"],
  ["JSON as events", message({}), "whole", eventStream],
  ["error null", message({}, { error: null }), "whole"],
  ["error of an empty text", message({}, { error: "" }), "whole"],
  ["error of an empty object", message({}, { error: {} }), "whole"],
  ["error of fields without values", message({}, { error: { message: "", code: null } }), "whole"],
  ["error false", message({}, { error: false }), "whole"],
  ["a status that is good", message({}, { base_resp: { status_code: 0, status_msg: "success" } }), "whole"],
  ["a code that is good", message({}, { code: 0, message: "Success" }), "whole"],
  ["an unknown finish reason", message({ finish_reason: "max_output_reached" }), "whole"],
  ["finish reason sensitive", message({ finish_reason: "sensitive" }), "whole"],
  ["a filter that left nothing", message({ message: {}, finish_reason: "content_filter" }), "whole"],
  ["a content of nothing", message({ message: { role: "assistant", content: "" } }), "whole"],
  ["a content that is null", message({ message: { role: "assistant", content: null } }), "whole"],
  ["no content", message({ message: { role: "assistant" } }), "whole"],
  ["finish reason abort", message({ finish_reason: "abort" }), "stream_interrupted"],
  ["an empty finish reason", message({ finish_reason: "" }), "stream_interrupted"],
  ["no finish reason", message({ finish_reason: null }), "stream_interrupted"],
  ["a message that is null", message({ message: null }), "upstream_invalid_response"],
  ["a message of nothing", message({ message: {} }), "upstream_invalid_response"],
  ["a message that is a text", message({ message: "Hello" }), "upstream_invalid_response"],
  [
    "a delta in the place of a message",
    message({ message: undefined, delta: { content: "Hello" } }),
    "upstream_invalid_response",
  ],
  ["a choice that is null", message({}, { choices: [null] }), "upstream_invalid_response"],
  ["no choices", message({}, { choices: undefined }), "upstream_invalid_response"],
  ["choices that are null", message({}, { choices: null }), "upstream_invalid_response"],
  ["choices of none", message({}, { choices: [] }), "upstream_invalid_response"],
  ["an array", "[]", "upstream_invalid_response"],
  ["a text", '"Hello"', "upstream_invalid_response"],
  ["half", message({}).slice(0, 80), "upstream_invalid_response"],
  ["nothing", "", "upstream_invalid_response"],
  ["nothing, no type", "", "upstream_invalid_response", null],
  ["blank lines alone", "\n\n\n", "upstream_invalid_response"],
  ["status 204", "", "upstream_invalid_response", null, "204 No Content"],
  ["a page", "<html>Hi</html>", "upstream_invalid_response", "text/html"],
  ["a plain text", "upstream timed out", "upstream_invalid_response", "text/plain"],
  [
    "an empty account",
    message({}, { choices: null, base_resp: { status_code: 1008, status_msg: "low" } }),
    "upstream_authentication",
  ],
  [
    "an empty account in Chinese",
    JSON.stringify({ error: { code: "1113", message: "余额不足" } }),
    "upstream_authentication",
  ],
  [
    "a bad key at MiniMax",
    JSON.stringify({ base_resp: { status_code: 1004, status_msg: "login fail" } }),
    "upstream_authentication",
  ],
  [
    "a limit at MiniMax",
    JSON.stringify({ base_resp: { status_code: 1002, status_msg: "limit" } }),
    "upstream_rate_limited",
  ],
  ["a filter at MiniMax", JSON.stringify({ base_resp: { status_code: 1026, status_msg: "no" } }), "content_filter"],
  [
    "a code and a message",
    JSON.stringify({ code: "InvalidApiKey", message: "no", request_id: "r" }),
    "upstream_authentication",
  ],
  ["Zhipu's gateway", JSON.stringify({ code: 500, msg: "404 NOT_FOUND", success: false }), "upstream_error"],
  [
    "Volcano's gateway",
    JSON.stringify({ ResponseMetadata: { Error: { Code: "AccessDenied", Message: "no" } } }),
    "upstream_authentication",
  ],
  ["Baidu", JSON.stringify({ error_code: 336_501, error_msg: "no" }), "upstream_error"],
  ["Cloudflare", JSON.stringify({ success: false, errors: [{ code: 10_000, message: "no" }] }), "upstream_error"],
  ["FastAPI", JSON.stringify({ detail: "Not Found" }), "upstream_error"],
  ["an error in a choice", message({ error: { code: 502, message: "x" } }), "upstream_error"],
  [
    "a content that is an object",
    message({ message: { role: "assistant", content: {} } }),
    "upstream_invalid_response",
  ],
  ["an object error", JSON.stringify({ object: "error", message: "no", code: 400 }), "upstream_rejected"],
  ["an error of a text", JSON.stringify({ error: "boom" }), "upstream_error"],
  ["events", hello + stop + counted + done, "whole", eventStream],
  ["events without a type", hello + stop, "whole", null],
  ["events that are cut", hello, "stream_interrupted", eventStream],
  ["an error in events", data({ error: { message: "slow", code: 429 } }), "upstream_rate_limited", eventStream],
];

const completion = (fields: object) =>
  JSON.stringify({ id: "c", choices: [{ index: 0, finish_reason: "stop", ...fields }] });

const completions: Given[] = [
  ["a text", completion({ text: "Hello" }), "whole"],
  ["a text of nothing", completion({ text: "" }), "whole"],
  ["no text", completion({}), "upstream_invalid_response"],
  ["a message in the place of a text", completion({ message: { content: "Hello" } }), "upstream_invalid_response"],
  ["an abort", completion({ text: "Hello", finish_reason: "abort" }), "stream_interrupted"],
  ["no choices", '{"choices":[]}', "upstream_invalid_response"],
];
const completionRows = toRows("chat", false, completions).map((row) => ({ ...row, model: `completion: ${row.name}` }));

const rows = [...toRows("chat", true, streams), ...toRows("chat", false, bodies)];
let replay: Replay;
let client: OpenAI;

beforeAll(async () => {
  replay = await startReplay([...rows, ...completionRows]);
  client = new OpenAI({ apiKey: replay.key, baseURL: `${replay.address}/v1`, maxRetries: 0 });
});

afterAll(() => replay?.close());

testReplayRows(rows, () => replay);

test("a page is named as one, with a hint, and not repeated", async () => {
  const page = rows.find(({ stream, name }) => !stream && name === "a page") as Row;
  const { body } = await replay.ask("chat", page);
  expect(body).toContain("web page (text/html)");
  expect(body).toContain("/v1");
  expect(body).not.toContain("Hi");
});

test.each(completionRows.map((row): [string, Row] => [row.model, row]))("%s", async (model, row) => {
  let outcome = "whole";
  try {
    const { choices } = await client.completions.create({ model, prompt: "Hi" });
    expect(choices[0]?.text).toBe(row.name.endsWith("of nothing") ? "" : "Hello");
  } catch (error) {
    outcome = String((error as APIError).code);
  }
  expect(outcome).toBe(row.outcome);
});

test("a count whose choices are null reaches a client that asked for it, with the list that its SDK goes through", async () => {
  const stream = await client.chat.completions.create({
    model: "stream: a count beside choices that are null",
    messages: [{ role: "user", content: "Hi" }],
    stream: true,
    stream_options: { include_usage: true },
  });
  const seen: OpenAI.ChatCompletionChunk[] = [];
  for await (const one of stream) seen.push(one);
  expect(seen.every(({ choices }) => Array.isArray(choices))).toBe(true);
  expect(seen.at(-1)).toMatchObject({ choices: [], usage: { prompt_tokens: 7, cost: "0" } });
});
