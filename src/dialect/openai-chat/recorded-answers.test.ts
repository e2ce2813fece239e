import { expect, test } from "bun:test";
import type { AnswerEvent } from "../../call/index.ts";
import { recordingsOf, type Recording } from "../../testing/recordings.ts";
import { foldAnswer, textOf, toolCallsOf } from "../fold-answer.ts";
import * as fixtures from "./fixtures.ts";
import { openaiChat } from "./index.ts";

// What the reader finds in answers that vendors really sent, against a small reading of their JSON that shares nothing with it.

/** What an answer of one choice says. */
interface Summary {
  id: string;
  model: string;
  text: string;
  reasoning: string;
  calls: { name: string; arguments: string }[];
  finish: string;
  promptTokens: number | undefined;
  completionTokens: number | undefined;
}

const { vllm: _, ...singleChoice } = fixtures;
const recordings: Recording[] = [
  ...Object.entries(singleChoice).map(([name, text]) => ({ name, stream: true, bytes: Buffer.from(text) })),
  ...recordingsOf("chat"),
];

test.each(recordings.map((recording) => [recording.name, recording.stream ? "stream" : "whole", recording] as const))(
  "%s, %s",
  (_name, _form, recording) => {
    const expected = summarise(recording);
    // An answer of nothing would prove nothing.
    expect(expected.text + expected.calls.map((call) => call.name).join("")).not.toBe("");
    expect(expected.finish).not.toBe("");
    for (const pieceBytes of [recording.bytes.length, 1000, 7]) expect(read(recording, pieceBytes)).toEqual(expected);
  },
);

/** The answer as the request path reads it, in pieces as a network might give them. */
function read({ stream, bytes }: Recording, pieceBytes: number): Summary {
  const reader = openaiChat.reader({ operation: "chat", stream, choiceCount: 1, isRaw: true });
  const batches = [];
  for (let at = 0; at < bytes.length; at += pieceBytes)
    batches.push(...reader.push(bytes.subarray(at, at + pieceBytes)));
  if (!batches.at(-1)?.facts.isEnd) batches.push(reader.end());
  const events = batches.flatMap((batch): readonly AnswerEvent[] => batch.events());
  const { start, choices, usage } = foldAnswer(events);
  const [choice] = choices;
  if (!choice || choices.length > 1) throw new Error(`expected one choice, found ${choices.length}`);
  const calls = toolCallsOf(choice);
  const text = textOf(choice, "text") ?? "";
  const reasoning = textOf(choice, "reasoning") ?? "";
  // The facts agree with the events.
  expect(batches.map((batch) => batch.facts.failure)).toEqual(batches.map(() => undefined));
  expect(batches.map((batch) => batch.facts.isEnd)).toEqual(batches.map((_, index) => index === batches.length - 1));
  expect(batches.findLast((batch) => batch.facts.usage)?.facts.usage).toEqual(usage);
  expect(batches.reduce((sum, batch) => sum + batch.facts.textBytes, 0)).toBe(
    Buffer.byteLength(text + reasoning + calls.map((call) => call.name + call.arguments).join("")),
  );
  return {
    id: start.id,
    model: start.model,
    text,
    reasoning,
    calls: calls.map((call) => ({ name: call.name, arguments: call.arguments })),
    finish: choice.finish ?? "",
    promptTokens: usage?.inputTokens,
    completionTokens: usage?.outputTokens,
  };
}

interface Message {
  content?: string | null | ContentPart[];
  reasoning_content?: string | null;
  reasoning?: string | null;
  tool_calls?: { index?: number; id?: string; function: { name?: string; arguments?: string } }[];
}

interface ContentPart {
  text?: string;
  thinking?: { text: string }[];
}

interface Chunk {
  id: string;
  model: string;
  choices: { delta?: Message; message?: Message; finish_reason?: string | null }[];
  usage?: null | {
    prompt_tokens: number;
    completion_tokens: number;
    total_tokens: number;
    completion_tokens_details?: { reasoning_tokens?: number };
  };
}

function summarise({ stream, bytes }: Recording): Summary {
  const wire = Buffer.from(bytes).toString("utf8");
  const chunks = stream ? chunksOf(wire) : [JSON.parse(wire) as Chunk];
  const begin = chunks.find((chunk) => chunk.choices.length > 0);
  const summary: Summary = {
    id: begin?.id ?? "",
    model: begin?.model ?? "",
    text: "",
    reasoning: "",
    calls: [],
    finish: "",
    promptTokens: undefined,
    completionTokens: undefined,
  };
  const calls = new Map<string | number, Summary["calls"][number]>();
  for (const { choices, usage } of chunks) {
    for (const choice of choices) {
      addMessage(choice.delta ?? choice.message ?? {}, summary, calls);
      if (choice.finish_reason) summary.finish = choice.finish_reason.replace("_", "-");
    }
    if (!usage) continue;
    summary.promptTokens = usage.prompt_tokens;
    // xAI counts reasoning apart.
    const isApart = usage.total_tokens > usage.prompt_tokens + usage.completion_tokens;
    summary.completionTokens =
      usage.completion_tokens + (isApart ? (usage.completion_tokens_details?.reasoning_tokens ?? 0) : 0);
  }
  summary.calls = [...calls.values()];
  return summary;
}

function chunksOf(wire: string): Chunk[] {
  return wire
    .split(/\r?\n/)
    .flatMap((line) => (line.startsWith("data: {") ? [JSON.parse(line.slice(6)) as Chunk] : []));
}

function addMessage(message: Message, summary: Summary, calls: Map<string | number, Summary["calls"][number]>): void {
  const parts = Array.isArray(message.content) ? message.content : [{ text: message.content ?? "" }];
  summary.text += parts.map((part) => part.text ?? "").join("");
  summary.reasoning += message.reasoning_content ?? message.reasoning ?? "";
  for (const { thinking } of parts) summary.reasoning += (thinking ?? []).map(({ text }) => text).join("");
  for (const call of message.tool_calls ?? []) {
    const key = call.index ?? call.id ?? "";
    const known = calls.get(key) ?? { name: "", arguments: "" };
    calls.set(key, {
      name: known.name + (call.function.name ?? ""),
      arguments: known.arguments + (call.function.arguments ?? ""),
    });
  }
}
