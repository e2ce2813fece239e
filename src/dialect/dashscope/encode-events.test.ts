import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { errorTable, SahabError, type ErrorCode } from "../../base/errors.ts";
import { eventBatch, type AnswerEvent, type ChatEvent } from "../../call/index.ts";
import { foldAnswer, textOf, toolCallsOf } from "../fold-answer.ts";
import { framed, thinkingStream } from "./fixtures.ts";
import { dashscope } from "./index.ts";
import { multimodalPath, textPath } from "./paths.ts";

const usageExtra = () => ({ cost: "0.000012", cost_currency: "USD" });
const start: ChatEvent = { type: "start", id: "chatcmpl-1", model: "vendor-model", createdS: 1_700_000_000 };
const counted: ChatEvent = {
  type: "usage",
  usage: { inputTokens: 100, cachedInputTokens: 40, cacheWriteTokens: 10, outputTokens: 20, reasoningTokens: 5 },
};
const usage = {
  input_tokens: 100,
  output_tokens: 20,
  total_tokens: 120,
  prompt_tokens_details: { cached_tokens: 40, cache_creation_input_tokens: 10 },
  output_tokens_details: { reasoning_tokens: 5 },
  cost: "0.000012",
  cost_currency: "USD",
};
const said: ChatEvent[] = [
  start,
  { type: "reasoning-delta", choice: 0, text: "hm" },
  { type: "text-delta", choice: 0, text: "Hi" },
  { type: "text-delta", choice: 0, text: ' "云"\n' },
  { type: "finish", choice: 0, reason: "stop" },
  counted,
];
const calls: ChatEvent[] = [
  start,
  { type: "tool-call-start", choice: 0, index: 0, id: "c1", name: "look" },
  { type: "tool-call-start", choice: 0, index: 1, id: "c2", name: "now" },
  { type: "tool-call-delta", choice: 0, index: 1, arguments: "{}" },
  { type: "tool-call-delta", choice: 0, index: 0, arguments: '{"a":' },
  { type: "tool-call-delta", choice: 0, index: 0, arguments: "1}" },
  { type: "finish", choice: 0, reason: "tool-calls" },
  counted,
];

function writerFor(
  parameters: object,
  { stream = true, path = textPath, isRaw = false, model = "qwen3-max", input = {} } = {},
) {
  const body = { model, input: { messages: [{ role: "user", content: "Hi" }], ...input }, parameters };
  const headers = new Headers(stream ? { "x-dashscope-sse": "enable" } : {});
  const opened = dashscope.open({ operation: "chat", path, headers, body: Buffer.from(JSON.stringify(body)) });
  return opened.writer({ requestId: "req_1", isRaw, usageExtra });
}

/** The bytes for a client, each event in a batch of its own. */
function write(events: readonly AnswerEvent[], ...how: Parameters<typeof writerFor>): string {
  const writer = writerFor(...how);
  const sent = events.map((event, at) => writer.write(eventBatch([event], at === events.length - 1)) ?? "");
  return sent.join("") + String(writer.end());
}

const chunksOf = (stream: string) =>
  stream
    .split("\n\n")
    .filter(Boolean)
    .map((event, at) => {
      const [id, name, status, data] = event.split("\n");
      expect([id, name, status]).toEqual([`id:${at + 1}`, "event:result", ":HTTP_STATUS/200"]);
      return JSON.parse(data?.slice("data:".length) ?? "") as { output: Record<string, unknown>; usage?: object };
    });

describe("streams", () => {
  test("increments", () => {
    const chunk = (message: object, finish_reason = "null") => ({
      output: { choices: [{ finish_reason, message: { role: "assistant", ...message } }] },
      request_id: "req_1",
    });
    expect(chunksOf(write(said, { incremental_output: true }))).toEqual([
      chunk({ content: "", reasoning_content: "hm" }),
      chunk({ content: "Hi" }),
      chunk({ content: ' "云"\n' }),
      { ...chunk({ content: "" }, "stop"), usage },
    ]);
  });

  test("all of the text so far, where that is asked for or the model's habit", () => {
    const contents = (...how: Parameters<typeof writerFor>) =>
      chunksOf(write(said, ...how)).map(
        ({ output }) => (output["choices"] as { message: { content: string } }[])[0]?.message,
      );
    const all = [
      { role: "assistant", content: "", reasoning_content: "hm" },
      { role: "assistant", content: "Hi", reasoning_content: "hm" },
      { role: "assistant", content: 'Hi "云"\n', reasoning_content: "hm" },
      { role: "assistant", content: 'Hi "云"\n', reasoning_content: "hm" },
    ];
    expect(contents({ incremental_output: false })).toEqual(all);
    expect(contents({ result_format: "message" }, { model: "qwen-plus" })).toEqual(all);
    expect(contents({})).not.toEqual(all);
  });

  test("the forms of text and of media", () => {
    const outputs = (...how: Parameters<typeof writerFor>) => chunksOf(write(said, ...how)).map(({ output }) => output);
    expect(outputs({ result_format: "text", incremental_output: true }).slice(1)).toEqual([
      { text: "Hi", finish_reason: "null" },
      { text: ' "云"\n', finish_reason: "null" },
      { text: "", finish_reason: "stop" },
    ]);
    const media = outputs({ incremental_output: true }, { path: multimodalPath }).slice(1);
    expect(media).toMatchObject([
      { choices: [{ message: { content: [{ text: "Hi" }] } }] },
      { choices: [{ message: { content: [{ text: ' "云"\n' }] } }] },
      { choices: [{ message: { content: [] }, finish_reason: "stop" }] },
    ]);
  });

  test("no chunk says that the answer is whole before the end", () => {
    const writer = writerFor({ incremental_output: true });
    const early = String(writer.write(eventBatch(said, true)));
    expect(early).not.toContain('"stop"');
    expect(String(writer.end())).toContain('"stop"');
  });

  test("a long answer is not repeated for each token", () => {
    const words = Array.from({ length: 5_000 }, (): ChatEvent => ({ type: "text-delta", choice: 0, text: "word " }));
    const stream = write([start, ...words, { type: "finish", choice: 0, reason: "stop" }, counted], {
      incremental_output: false,
    });
    expect(stream.length).toBeLessThan(25_000 * 600);
    expect(stream).toContain("word ".repeat(5_000));
  });

  test("an error, whose status the vendor's SDK reads from a line of its own", () => {
    const writer = writerFor({ incremental_output: true });
    writer.write(eventBatch(said.slice(0, 3), false));
    expect(writer.fail(new SahabError("stream_interrupted", "cut"))).toBe(
      'id:2\nevent:error\n:HTTP_STATUS/502\nstatus:502\ndata:{"code":"InternalError","message":"cut","request_id":"req_1","sahab_code":"stream_interrupted"}\n\n',
    );
  });

  test("a vendor's own bytes pass; the last chunk, with the cost, waits for the record", () => {
    const bytes = framed(thinkingStream);
    const reader = dashscope.reader({ operation: "chat", stream: true, choiceCount: 1, isRaw: true });
    const writer = writerFor({}, { isRaw: true });
    const sent = [...reader.push(bytes), reader.end()].map((batch) =>
      Buffer.from(writer.write(batch) ?? "").toString(),
    );
    const early = sent.join("");
    expect(early).toBe(bytes.toString("utf8", 0, Buffer.byteLength(early)));
    expect(early).not.toContain('"stop"');
    expect(writer.heldBytes).toBeGreaterThan(0);
    const all = early + Buffer.from(writer.end()).toString();
    expect(all).toBe(
      bytes
        .toString()
        .replace('"cached_tokens":256}}', '"cached_tokens":256},"cost":"0.000012","cost_currency":"USD"}'),
    );
  });
});

describe("whole answers", () => {
  const whole = (events: ChatEvent[], ...[parameters, how]: Parameters<typeof writerFor>) =>
    JSON.parse(write(events, parameters, { ...how, stream: false })) as object;

  test("messages, calls and the older text", () => {
    expect(whole(calls, {})).toEqual({
      output: {
        choices: [
          {
            finish_reason: "tool_calls",
            message: {
              role: "assistant",
              content: "",
              tool_calls: [
                { index: 0, id: "c1", type: "function", function: { name: "look", arguments: '{"a":1}' } },
                { index: 1, id: "c2", type: "function", function: { name: "now", arguments: "{}" } },
              ],
            },
          },
        ],
      },
      usage,
      request_id: "req_1",
    });
    expect(whole(said, { result_format: "text" })).toMatchObject({
      output: { text: 'Hi "云"\n', finish_reason: "stop" },
    });
    // The habit of the models before Qwen3, and of a plain prompt; tools have no place in it.
    expect(whole(said, {}, { model: "qwen-plus" })).toMatchObject({ output: { text: 'Hi "云"\n' } });
    expect(whole(said, {}, { input: { messages: null, prompt: "Hi" } })).toMatchObject({
      output: { text: 'Hi "云"\n' },
    });
    const tools = [{ type: "function", function: { name: "look" } }];
    expect(whole(calls, { tools }, { model: "qwen-plus" })).toMatchObject({ output: { choices: [{}] } });
  });

  test("several choices have an index", () => {
    const two: ChatEvent[] = [
      ...said.slice(0, -1),
      { type: "text-delta", choice: 1, text: "Ho" },
      { type: "finish", choice: 1, reason: "length" },
      counted,
    ];
    expect(whole(two, { n: 2 })).toMatchObject({
      output: {
        choices: [
          { index: 0, finish_reason: "stop" },
          { index: 1, finish_reason: "length", message: { content: "Ho" } },
        ],
      },
    });
  });
});

test("what is written is read again as the same, in every form", () => {
  const words = fc.string({ minLength: 1, maxLength: 6 });
  const deltas = fc.array(
    fc.record({ type: fc.constantFrom("text-delta" as const, "reasoning-delta" as const), text: words }),
    { minLength: 1, maxLength: 12 },
  );
  const forms = fc.constantFrom({ incremental_output: true }, { incremental_output: false });
  fc.assert(
    fc.property(deltas, forms, fc.boolean(), (list, form, isCalling) => {
      // Thoughts come first in every form.
      const ordered = list.toSorted((a, b) => a.type.localeCompare(b.type));
      const events: ChatEvent[] = [
        start,
        ...ordered.map((delta): ChatEvent => ({ ...delta, choice: 0 })),
        ...(isCalling ? calls.slice(1, -2) : []),
        { type: "finish", choice: 0, reason: isCalling ? "tool-calls" : "stop" },
        counted,
      ];
      const reader = dashscope.reader({ operation: "chat", stream: true, choiceCount: 1, isRaw: false });
      const read = [...reader.push(Buffer.from(write(events, form))), reader.end()].flatMap((batch) => batch.events());
      const meaning = (all: readonly AnswerEvent[]) => {
        const { choices, usage: found } = foldAnswer(all);
        const [choice] = choices;
        if (!choice) throw new Error("no choice");
        return [textOf(choice, "text"), textOf(choice, "reasoning"), toolCallsOf(choice), choice.finish, found];
      };
      expect(meaning(read)).toEqual(meaning(events));
    }),
  );
});

describe("errors", () => {
  const nameOf = (code: ErrorCode) => {
    const { status, body } = dashscope.encodeError(new SahabError(code, "words", { param: "n" }), "req_1");
    expect(body).toMatchObject({
      message: expect.stringContaining("words") as string,
      request_id: "req_1",
      sahab_code: code,
      param: "n",
    });
    return [status, body["code"]];
  };

  test.each([
    ["invalid_request", 400, "InvalidParameter"],
    ["content_filter", 400, "DataInspectionFailed"],
    ["invalid_api_key", 401, "InvalidApiKey"],
    ["model_not_allowed", 403, "Model.AccessDenied"],
    ["model_not_found", 404, "ModelNotFound"],
    ["rate_limit_exceeded", 429, "Throttling.RateQuota"],
    ["upstream_error", 502, "InternalError"],
    ["overloaded", 503, "ServiceUnavailable"],
  ] as const)("%s is %i %s", (code, status, name) => {
    expect(nameOf(code)).toEqual([status, name]);
  });

  test("every code has a name", () => {
    for (const code of Object.keys(errorTable) as ErrorCode[]) expect(nameOf(code)[1]).toMatch(/^[A-Z][\w.]+$/);
  });
});
