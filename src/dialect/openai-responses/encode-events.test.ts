import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { SahabError } from "../../base/errors.ts";
import { eventBatch, noUsage, type AnswerEvent, type ChatEvent, type Usage } from "../../call/index.ts";
import type { Writer } from "../dialect.ts";
import { foldAnswer, type FoldedChoice } from "../fold-answer.ts";
import { framed, openaiStream } from "./fixtures.ts";
import { openaiResponses } from "./index.ts";

const usageExtra = (usage: Usage) => ({ cost: `0.${usage.outputTokens}`, cost_currency: "USD" });
const origin = "openai-responses";
const proof = (text: string) => ({
  value: JSON.stringify({
    type: "reasoning",
    id: "rs_1",
    summary: text === "" ? [] : [{ type: "summary_text", text }],
    encrypted_content: "c2ln",
  }),
  origin,
});

const tools = [
  { type: "custom", name: "edit" },
  { type: "namespace", name: "ns", tools: [{ type: "function", name: "look" }] },
];

function writer(stream: boolean, isRaw: boolean, more: object = {}): Writer {
  const body = Buffer.from(JSON.stringify({ model: "m", input: "Hi", stream, tools, ...more }));
  return openaiResponses
    .open({ operation: "chat", path: "/v1/responses", headers: new Headers(), body })
    .writer({ requestId: "req_1", isRaw, usageExtra });
}

/** What a client gets of these events, one batch each. */
function encodeStream(events: readonly AnswerEvent[]): string {
  const { write, end } = writer(true, false);
  const sent = events.map((event, at) => write(eventBatch([event], at === events.length - 1)) ?? "");
  return sent.join("") + String(end());
}

function encodeWhole(events: readonly AnswerEvent[]): string {
  const { write, end } = writer(false, false);
  write(eventBatch(events, true));
  return String(end());
}

type Payload = Record<string, unknown> & { type: string };

/** The payloads of a stream, each with its name and number checked. */
function payloads(stream: string): Payload[] {
  return stream
    .split("\n\n")
    .filter((event) => event !== "")
    .map((event, at) => {
      const [name, data] = event.split("\n");
      const payload = JSON.parse(data?.replace("data: ", "") ?? "") as Payload;
      expect(name).toBe(`event: ${payload.type}`);
      expect(payload["sequence_number"]).toBe(at);
      return payload;
    });
}

const start: ChatEvent = { type: "start", id: "chatcmpl-1", model: "vendor-model", createdS: 1_700_000_000 };
const text = (words: string): ChatEvent => ({ type: "text-delta", choice: 0, text: words });
const thought = (words: string): ChatEvent => ({ type: "reasoning-delta", choice: 0, text: words });
const call = (index: number, name = "look"): ChatEvent => ({
  type: "tool-call-start",
  choice: 0,
  index,
  id: `call_${index}`,
  name,
});
const json = (index: number, part: string): ChatEvent => ({
  type: "tool-call-delta",
  choice: 0,
  index,
  arguments: part,
});
const finish = (reason: "stop" | "tool-calls" | "length" = "stop"): ChatEvent => ({
  type: "finish",
  choice: 0,
  reason,
});

/** Types without what they have in common, with the place of the item that each is about. */
const outline = (stream: string) =>
  payloads(stream)
    .slice(2)
    .map(({ type, output_index: place }) =>
      `${type.replace("response.", "")} ${typeof place === "number" ? place : ""}`.trim(),
    );

describe("streams", () => {
  test("calls that take turns are open together; a whole one is done when another begins", () => {
    const stream = encodeStream([
      start,
      call(0),
      call(1),
      json(0, '{"a":'),
      json(1, "{"),
      json(0, "1}"),
      json(1, "}"),
      call(2),
      text("so"),
      finish("tool-calls"),
    ]);
    expect(outline(stream)).toEqual([
      "output_item.added 0",
      "output_item.added 1",
      "function_call_arguments.delta 0",
      "function_call_arguments.delta 1",
      "function_call_arguments.delta 0",
      "function_call_arguments.delta 1",
      "function_call_arguments.done 0",
      "output_item.done 0",
      "function_call_arguments.done 1",
      "output_item.done 1",
      "output_item.added 2",
      "output_item.added 3",
      "content_part.added 3",
      "output_text.delta 3",
      "function_call_arguments.done 2",
      "output_item.done 2",
      "output_text.done 3",
      "content_part.done 3",
      "output_item.done 3",
      "completed",
    ]);
  });

  test("reasoning with a proof of this dialect goes back as the item that it was; other proofs stay", () => {
    const events: ChatEvent[] = [
      start,
      thought("hm"),
      { type: "reasoning-signature", choice: 0, signature: proof("hm") },
      { type: "reasoning-signature", choice: 0, signature: { ...proof(""), isRedacted: true } },
      thought("so"),
      { type: "reasoning-signature", choice: 0, signature: { value: "x", origin: "anthropic-messages" } },
      { type: "reasoning-signature", choice: 0, signature: { value: "y", origin: "gemini", isRedacted: true } },
      text("Hi"),
      finish(),
    ];
    for (const output of [
      payloads(encodeStream(events)).at(-1)?.["response"],
      JSON.parse(encodeWhole(events)) as object,
    ])
      expect(output).toMatchObject({
        status: "completed",
        output: [
          { type: "reasoning", summary: [{ text: "hm" }], encrypted_content: "c2ln" },
          { type: "reasoning", id: "rs_1", summary: [], encrypted_content: "c2ln" },
          { type: "reasoning", summary: [{ text: "so" }] },
          { type: "message" },
        ],
      });
    expect(encodeStream(events)).not.toContain("anthropic");
  });

  test("custom tools get their text, tools of a namespace their own name", () => {
    const events = [
      start,
      call(0, "edit"),
      json(0, '{"inp'),
      json(0, 'ut":"a\\nb"}'),
      call(1, "ns__look"),
      json(1, "{}"),
      finish("tool-calls"),
    ];
    const expected = [
      { type: "custom_tool_call", call_id: "call_0", name: "edit", input: "a\nb" },
      { type: "function_call", call_id: "call_1", name: "look", namespace: "ns", arguments: "{}" },
    ];
    const sent = payloads(encodeStream(events));
    expect(sent.at(-1)?.["response"]).toMatchObject({ output: expected });
    expect(JSON.parse(encodeWhole(events))).toMatchObject({ output: expected });
    expect(sent.filter(({ type }) => type.startsWith("response.custom"))).toMatchObject([
      { type: "response.custom_tool_call_input.delta", delta: "a\nb" },
      { type: "response.custom_tool_call_input.done", input: "a\nb" },
    ]);
  });

  test("a failure ends it as failed, in the form that SDKs throw and in the one that Codex reads", () => {
    const { write, fail } = writer(true, false);
    const sent = String(write(eventBatch([start, text("half")], false)));
    const all = payloads(sent + fail(new SahabError("stream_interrupted", "cut")));
    expect(all.slice(-2)).toMatchObject([
      { type: "error", code: "stream_interrupted", message: "cut", error: { code: "stream_interrupted" } },
      { type: "response.failed", response: { status: "failed", error: { code: "stream_interrupted" }, usage: null } },
    ]);
  });

  test("what the request said is repeated, on one line however it was written", () => {
    const { write, end } = writer(true, false, { temperature: 0.5, metadata: { a: "b" }, instructions: "x\ny" });
    const body = Buffer.from('{"model":"m","input":"Hi","stream":true,"tools":[\n{"type":"function",\r\n"name":"f"}]}');
    const pretty = openaiResponses
      .open({ operation: "chat", path: "/", headers: new Headers(), body })
      .writer({ requestId: "r", isRaw: false, usageExtra });
    const first = payloads(String(pretty.write(eventBatch([start], false))))[0];
    expect(first?.["response"]).toMatchObject({ tools: [{ type: "function", name: "f" }], usage: null });
    const [created] = payloads(String(write(eventBatch([start], false))) + String(end()));
    expect(created?.["response"]).toMatchObject({
      status: "in_progress",
      temperature: 0.5,
      metadata: { a: "b" },
      instructions: "x\ny",
      store: false,
      parallel_tool_calls: true,
    });
  });
});

describe("a vendor's own bytes", () => {
  const raw = framed(openaiStream);
  const batches = () => {
    const reader = openaiResponses.reader({ operation: "chat", stream: true, choiceCount: 1, isRaw: true });
    // Event by event, as a network gives them.
    const events = raw.toString("utf8").split(/(?<=\n\n)/);
    return events.flatMap((event) => reader.push(Buffer.from(event)));
  };

  test("change in nothing but the cost in the last event", () => {
    const { write, end } = writer(true, true);
    const sent = batches().map((batch) => Buffer.from(write(batch) ?? "").toString("utf8"));
    const all = sent.join("") + Buffer.from(end()).toString("utf8");
    expect(all).toContain('"total_tokens":718,"cost":"0.87","cost_currency":"USD"}}');
    expect(all.replace(',"cost":"0.87","cost_currency":"USD"', "")).toBe(raw.toString("utf8"));
  });

  test("that break are ended with the next numbers", () => {
    const { write, fail } = writer(true, true);
    const some = batches().slice(0, 10);
    const sent = some.map((batch) => Buffer.from(write(batch) ?? "").toString("utf8")).join("");
    const all = payloads(sent + fail(new SahabError("stream_interrupted", "cut")));
    expect(all.at(-1)).toMatchObject({ type: "response.failed", response: { status: "failed" } });
  });
});

/** Any answer of one choice. */
const said = fc.oneof(
  fc.string({ unit: "binary", maxLength: 6 }).map(text),
  fc.string({ maxLength: 6 }).map((words): ChatEvent => ({ type: "refusal-delta", choice: 0, text: words })),
  fc.string({ maxLength: 6 }).map(thought),
  fc.record({ index: fc.nat(3), json: fc.string({ maxLength: 4 }) }),
);
const answers = fc
  .record({ parts: fc.array(said, { maxLength: 12 }), reason: fc.constantFrom("stop", "length", "content-filter") })
  .map(({ parts, reason }) => {
    const events: ChatEvent[] = [start];
    const open = new Set<number>();
    for (const part of parts) {
      if (!("index" in part && "json" in part)) events.push(part);
      else {
        const { index } = part;
        if (!open.has(index)) events.push(call(index, "f"));
        open.add(index);
        // No piece makes the arguments whole, or more could not follow.
        events.push(json(index, JSON.stringify(part.json).slice(0, -1)));
      }
    }
    events.push({ type: "finish", choice: 0, reason: reason as "stop" });
    events.push({ type: "usage", usage: { ...noUsage, inputTokens: 3, outputTokens: 2 } });
    return events;
  });

/** What an answer says, without what the dialect can't tell apart: empty texts, and where one text ends and the next begins. */
function essence(choice: FoldedChoice | undefined): string[][] {
  const said: string[][] = [];
  for (const part of choice?.parts ?? []) {
    const last = said.at(-1);
    if (part.type === "tool-call") said.push(["call", part.id, part.name, part.arguments || "{}"]);
    else if (part.text === "") continue;
    else if (last?.[0] === part.type) last[1] += part.text.toWellFormed();
    else said.push([part.type, part.text.toWellFormed()]);
  }
  return said;
}

function reread(bytes: string, stream: boolean) {
  const reader = openaiResponses.reader({ operation: "chat", stream, choiceCount: 1, isRaw: false });
  const batches = reader.push(Buffer.from(bytes));
  if (!batches.at(-1)?.facts.isEnd) batches.push(reader.end());
  return foldAnswer(batches.flatMap((batch) => batch.events()));
}

test("any answer, streamed or whole, decodes to what it was", () => {
  fc.assert(
    fc.property(answers, (events) => {
      const expected = essence(foldAnswer(events).choices[0]);
      const streamed = encodeStream(events);
      // Each item is added before and done after all that is said of it, and all are in the end.
      const state = new Map<unknown, string>();
      for (const { type, output_index: place } of payloads(streamed)) {
        if (place === undefined) continue;
        if (type === "response.output_item.added") {
          expect(state.has(place)).toBe(false);
          state.set(place, "open");
        } else expect(state.get(place)).toBe("open");
        if (type === "response.output_item.done") state.set(place, "done");
      }
      expect([...state.values()].every((one) => one === "done")).toBe(true);
      const last = payloads(streamed).at(-1)?.["response"] as { output: { type: string; id: string }[] };
      expect(last.output).toHaveLength(state.size);
      for (const [bytes, isStream] of [
        [streamed, true],
        [encodeWhole(events), false],
        [JSON.stringify(last), false],
      ] as const)
        expect(essence(reread(bytes, isStream).choices[0])).toEqual(expected);
    }),
  );
});
