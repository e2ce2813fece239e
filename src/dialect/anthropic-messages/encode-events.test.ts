import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { SahabError } from "../../base/errors.ts";
import { eventBatch, noUsage, type AnswerEvent, type ChatEvent, type Usage } from "../../call/index.ts";
import type { OpenedRequest } from "../dialect.ts";
import { foldAnswer } from "../fold-answer.ts";
import { encodeMessage } from "./encode-events.ts";
import { framed, textStream, thinkingStream, toolStream, wholeMessage } from "./fixtures.ts";
import { anthropicMessages } from "./index.ts";

const usageExtra = (usage: Usage) => ({ cost: `0.${usage.outputTokens}`, cost_currency: "USD" });

function opened(stream: boolean, path = "/v1/messages"): OpenedRequest {
  const body = { model: "m", max_tokens: 5, messages: [{ role: "user", content: "Hi" }], stream };
  return anthropicMessages.open({
    operation: path.endsWith("count_tokens") ? "token-count" : "chat",
    path,
    headers: new Headers(),
    body: Buffer.from(JSON.stringify(body)),
  });
}

const writer = (stream: boolean, isRaw: boolean) => opened(stream).writer({ requestId: "req_1", isRaw, usageExtra });

/** What a client gets of these events, one batch each. */
function encodeStream(events: readonly AnswerEvent[]): string {
  const { write, end } = writer(true, false);
  const sent = events.map((event, at) => write(eventBatch([event], at === events.length - 1)) ?? "");
  return sent.join("") + String(end());
}

/** The payloads of a stream, each with the name of its event checked. */
function payloads(stream: string): Record<string, unknown>[] {
  return stream
    .split("\n\n")
    .filter((event) => event !== "")
    .map((event) => {
      const [name, data] = event.split("\n");
      const payload = JSON.parse(data?.replace("data: ", "") ?? "") as Record<string, unknown>;
      expect(name).toBe(`event: ${String(payload["type"])}`);
      return payload;
    });
}

const start: ChatEvent = { type: "start", id: "chatcmpl-1", model: "vendor-model", createdS: 1_700_000_000 };
const text = (words: string): ChatEvent => ({ type: "text-delta", choice: 0, text: words });
const thought = (words: string): ChatEvent => ({ type: "reasoning-delta", choice: 0, text: words });
const call = (index: number): ChatEvent => ({
  type: "tool-call-start",
  choice: 0,
  index,
  id: `call_${index}`,
  name: "look",
});
const json = (index: number, text: string): ChatEvent => ({
  type: "tool-call-delta",
  choice: 0,
  index,
  arguments: text,
});
const finish = (reason: "stop" | "tool-calls" | "length" = "stop"): ChatEvent => ({
  type: "finish",
  choice: 0,
  reason,
});
const usage: Usage = {
  inputTokens: 100,
  cachedInputTokens: 40,
  cacheWriteTokens: 10,
  outputTokens: 20,
  reasoningTokens: 5,
};
const counted: ChatEvent = { type: "usage", usage };
const wireUsage = {
  input_tokens: 50,
  cache_creation_input_tokens: 10,
  cache_read_input_tokens: 40,
  output_tokens: 20,
  output_tokens_details: { thinking_tokens: 5 },
};

const blockStart = (index: number, block: object) => ({ type: "content_block_start", index, content_block: block });
const delta = (index: number, fields: object) => ({ type: "content_block_delta", index, delta: fields });
const stop = (index: number) => ({ type: "content_block_stop", index });
const toolBlock = (index: number) => ({ type: "tool_use", id: `call_${index}`, name: "look", input: {} });
const inputDelta = (index: number, text: string) => delta(index, { type: "input_json_delta", partial_json: text });

describe("streams from events", () => {
  test("thoughts, text, cost", () => {
    const signature = { value: "proof", origin: "anthropic-messages" };
    const stream = encodeStream([
      start,
      thought("hm"),
      thought("…"),
      { type: "reasoning-signature", choice: 0, signature },
      { type: "reasoning-signature", choice: 0, signature: { ...signature, isRedacted: true } },
      text(""),
      text("Hi"),
      text(' "云"\n\ud800'),
      { type: "refusal-delta", choice: 0, text: " no" },
      { type: "text-delta", choice: 1, text: "another choice" },
      finish(),
      counted,
    ]);
    expect(payloads(stream)).toEqual([
      {
        type: "message_start",
        message: {
          id: expect.stringMatching(/^msg_/),
          type: "message",
          role: "assistant",
          model: "vendor-model",
          content: [],
          stop_reason: null,
          stop_sequence: null,
          usage: {
            input_tokens: 0,
            cache_creation_input_tokens: 0,
            cache_read_input_tokens: 0,
            output_tokens: 0,
          },
        },
      },
      blockStart(0, { type: "thinking", thinking: "", signature: "" }),
      delta(0, { type: "thinking_delta", thinking: "hm" }),
      delta(0, { type: "thinking_delta", thinking: "…" }),
      delta(0, { type: "signature_delta", signature: "proof" }),
      stop(0),
      blockStart(1, { type: "redacted_thinking", data: "proof" }),
      stop(1),
      blockStart(2, { type: "text", text: "" }),
      delta(2, { type: "text_delta", text: "Hi" }),
      delta(2, { type: "text_delta", text: ' "云"\n\ud800' }),
      delta(2, { type: "text_delta", text: " no" }),
      stop(2),
      {
        type: "message_delta",
        delta: { stop_reason: "end_turn", stop_sequence: null },
        usage: { ...wireUsage, cost: "0.20", cost_currency: "USD" },
      },
      { type: "message_stop" },
    ]);
  });

  test("what is known of the usage at the start is said there", () => {
    const encoded = String(writer(true, false).write(eventBatch([start, counted], false)));
    expect(payloads(encoded)).toMatchObject([{ type: "message_start", message: { usage: wireUsage } }]);
  });

  test("the end is held back until the call is settled", () => {
    const { write, end } = writer(true, false);
    expect(write(eventBatch([start, text("Hi"), finish(), counted], true))).not.toContain("message_delta");
    expect(String(end())).toContain('"stop_reason":"end_turn"');
  });

  test("tool calls that take turns become blocks that follow each other, the first of them live", () => {
    const { write, end } = writer(true, false);
    const send = (...events: ChatEvent[]) => payloads(String(write(eventBatch(events, false)) ?? ""));
    expect(send(start, call(0))).toHaveLength(2);
    expect(send(json(0, '{"a":'))).toEqual([inputDelta(0, '{"a":')]);
    expect(send(call(1), json(1, '{"b":'), text("after"))).toEqual([]);
    // Now the first is whole, and the second is not.
    expect(send(json(0, "1}"))).toEqual([
      inputDelta(0, "1}"),
      stop(0),
      blockStart(1, toolBlock(1)),
      inputDelta(1, '{"b":'),
    ]);
    expect(send(json(1, "2}"))).toEqual([
      inputDelta(1, "2}"),
      stop(1),
      blockStart(2, { type: "text", text: "" }),
      delta(2, { type: "text_delta", text: "after" }),
    ]);
    expect(send(call(2), json(2, "{"))).toEqual([stop(2), blockStart(3, toolBlock(2)), inputDelta(3, "{")]);
    expect(send(call(3))).toEqual([]);
    expect(send(finish("tool-calls"))).toEqual([stop(3), blockStart(4, toolBlock(3)), stop(4)]);
    expect(payloads(String(end()))).toMatchObject([{ type: "message_delta" }, { type: "message_stop" }]);
  });

  test("any order of the deltas of calls gives each its arguments, once and in order", () => {
    const events = fc.array(fc.tuple(fc.nat(3), fc.constantFrom('{"a":', "1", "}", "{}", " ", "", "text")), {
      maxLength: 40,
    });
    fc.assert(
      fc.property(events, (steps) => {
        const all: ChatEvent[] = [start];
        const known = new Set<number>();
        for (const [index, piece] of steps) {
          // Arguments that are whole get no more: no vendor has sent such a thing.
          const before = all.map((event) =>
            event.type === "tool-call-delta" && event.index === index ? event.arguments : "",
          );
          if (isWhole(before.join("")) && piece !== "text") continue;
          if (piece === "text") all.push(text("T"));
          else if (!known.has(index)) {
            known.add(index);
            all.push(call(index));
          } else all.push(json(index, piece));
        }
        all.push(finish("tool-calls"));
        const blocks: { id: string; text: string }[] = [];
        let open = -1;
        for (const payload of payloads(encodeStream(all))) {
          const { index } = payload as { index: number };
          if (payload["type"] === "content_block_start") {
            expect([open, index]).toEqual([-1, blocks.length]);
            open = index;
            blocks.push({ id: (payload["content_block"] as { id?: string }).id ?? "text", text: "" });
          } else if (payload["type"] === "content_block_delta") {
            expect(index).toBe(open);
            const { text, partial_json: json } = payload["delta"] as { text?: string; partial_json?: string };
            const block = blocks[index];
            if (block) block.text += text ?? json ?? "";
          } else if (payload["type"] === "content_block_stop") {
            expect(index).toBe(open);
            open = -1;
          }
        }
        const parts = foldAnswer(all).choices[0]?.parts ?? [];
        expect(blocks).toEqual(
          parts.map((part) =>
            part.type === "tool-call"
              ? { id: part.id, text: part.arguments }
              : { id: "text", text: "text" in part ? part.text : "" },
          ),
        );
      }),
    );
  });

  test("another vendor's proof is not sent", () => {
    const signature = { value: "gemini-proof", origin: "gemini" };
    const events: ChatEvent[] = [
      start,
      thought("hm"),
      { type: "reasoning-signature", choice: 0, signature },
      { type: "reasoning-signature", choice: 0, signature: { ...signature, isRedacted: true } },
      text("Hi"),
      finish(),
    ];
    for (const answer of [encodeStream(events), encodeMessage(events)]) expect(answer).not.toContain("gemini-proof");
    expect(JSON.parse(encodeMessage(events))).toMatchObject({
      content: [
        { type: "thinking", thinking: "hm", signature: "" },
        { type: "text", text: "Hi" },
      ],
    });
  });

  test("a failure is an event of its own", () => {
    const sent = writer(true, false).fail(new SahabError("overloaded", "too much", { vendorCode: "x" }));
    expect(payloads(sent)).toEqual([
      {
        type: "error",
        error: { type: "overloaded_error", message: "too much", code: "overloaded", vendor_code: "x" },
        request_id: "req_1",
      },
    ]);
  });
});

function isWhole(json: string): boolean {
  try {
    JSON.parse(json);
    return true;
  } catch {
    return false;
  }
}

describe("whole messages from events", () => {
  test("blocks in order, usage with its cost, long numbers exact", () => {
    const { write, end } = writer(false, false);
    const input = '{"id": 1234567890123456789}';
    expect(
      write(eventBatch([start, text("Hi"), call(0), json(0, input), finish("tool-calls"), counted], true)),
    ).toBeUndefined();
    const body = String(end());
    expect(body).toContain(`"input":${input}`);
    expect(JSON.parse(body)).toMatchObject({
      id: expect.stringMatching(/^msg_/),
      type: "message",
      role: "assistant",
      model: "vendor-model",
      content: [
        { type: "text", text: "Hi" },
        { type: "tool_use", id: "call_0", name: "look" },
      ],
      stop_reason: "tool_use",
      stop_sequence: null,
      usage: { ...wireUsage, cost: "0.20" },
    });
  });

  test.each([
    ["", {}],
    ['{"path":"/etc","text":"cut in the mid', { path: "/etc" }],
    ['{"a":[1,2,{"b":"c"},{"d":', { a: [1, 2, { b: "c" }, {}] }],
    ['{"a":1', {}],
    ["[1,2]", {}],
    ["no JSON", {}],
    ['"text"', {}],
  ])("arguments that are no whole object: %s", (text, input) => {
    const message = encodeMessage([start, call(0), json(0, text), finish("length")]);
    expect(JSON.parse(message)).toMatchObject({ content: [{ input }] });
    expect((JSON.parse(message) as { content: { input: unknown }[] }).content[0]?.input).toEqual(input);
  });

  test("reasons", () => {
    const reasonOf = (event: Partial<Extract<ChatEvent, { type: "finish" }>>) =>
      JSON.parse(encodeMessage([start, { type: "finish", choice: 0, reason: "stop", ...event }])) as object;
    expect(reasonOf({ reason: "length" })).toMatchObject({ stop_reason: "max_tokens", content: [] });
    expect(reasonOf({ reason: "content-filter" })).toMatchObject({ stop_reason: "refusal" });
    expect(reasonOf({ reason: "refusal" })).toMatchObject({ stop_reason: "refusal" });
    expect(reasonOf({ reason: "pause" })).toMatchObject({ stop_reason: "pause_turn" });
    expect(reasonOf({ stopSequence: "!" })).toMatchObject({ stop_reason: "stop_sequence", stop_sequence: "!" });
  });

  test("token counts", () => {
    const { write, end } = opened(false, "/v1/messages/count_tokens").writer({
      requestId: "r",
      isRaw: false,
      usageExtra,
    });
    expect(write(eventBatch([{ type: "token-count", inputTokens: 14 }], true))).toBeUndefined();
    expect(String(end())).toBe('{"input_tokens":14}');
  });
});

describe("a vendor's own bytes", () => {
  test.each([textStream, thinkingStream, toolStream])(
    "pass, but for the cost in message_delta, and the end is held",
    (stream) => {
      const bytes = framed(stream);
      const reader = anthropicMessages.reader({ operation: "chat", stream: true, choiceCount: 1, isRaw: true });
      const { write, end } = writer(true, true);
      const sent = reader.push(bytes).map((batch) => Buffer.from(write(batch) ?? ""));
      const got = Buffer.concat(sent).toString() + Buffer.from(end()).toString();
      expect(Buffer.concat(sent).toString()).not.toContain("message_stop");
      // Only the line of message_delta differs, and that by what is added at the end of its usage.
      const added = /,"cost":"0\.\d+","cost_currency":"USD"/;
      const changed = got.split("\n").filter((line) => added.test(line));
      expect(changed).toHaveLength(1);
      expect(changed[0]).toContain('{"type":"message_delta"');
      expect(got.replace(added, "")).toBe(bytes.toString());
    },
  );

  test("a whole body gains its cost", () => {
    const reader = anthropicMessages.reader({ operation: "chat", stream: false, choiceCount: 1, isRaw: true });
    reader.push(Buffer.from(wholeMessage));
    const own = writer(false, true);
    expect(own.write(reader.end())).toBeUndefined();
    const body = Buffer.from(own.end()).toString();
    expect(JSON.parse(body)).toEqual({
      ...(JSON.parse(wholeMessage) as object),
      usage: { ...(JSON.parse(wholeMessage) as { usage: object }).usage, cost: "0.1699", cost_currency: "USD" },
    });
    expect(body.startsWith(wholeMessage.slice(0, 200))).toBe(true);
  });
});

test("noUsage is what a stream without counts says", () => {
  expect(payloads(encodeStream([start, text("Hi"), finish()])).at(-2)).toMatchObject({
    usage: { input_tokens: noUsage.inputTokens, output_tokens: 0 },
  });
});
