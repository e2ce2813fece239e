import { describe, expect, test } from "bun:test";
import type { Batch } from "../../call/index.ts";
import { meaningOf, type Meaning } from "../../testing/meaning.ts";
import { recordingsOf, type Recording, type RecordingKind } from "../../testing/recordings.ts";
import { anthropicMessages } from "../anthropic-messages/index.ts";
import { gemini } from "../gemini/index.ts";
import { openaiChat } from "../openai-chat/index.ts";
import { openaiResponses } from "../openai-responses/index.ts";
import { dashscope } from "./index.ts";
import { textPath } from "./paths.ts";

// What vendors of other dialects really sent, written for DashScope's clients and read there in the plain way, as its SDK does.

const dialects = {
  chat: openaiChat,
  google: gemini,
  messages: anthropicMessages,
  responses: openaiResponses,
  dashscope,
};

function translate(kind: RecordingKind, { bytes, stream }: Recording, form: "whole" | "increments" | "totals"): string {
  const reader = dialects[kind].reader({ operation: "chat", stream, choiceCount: 1, isRaw: false });
  const batches: Batch[] = reader.push(bytes);
  for (let rest = reader.rest; rest; rest = reader.rest) batches.push(...reader.push(rest));
  if (!batches.some(({ facts }) => facts.isEnd || facts.failure)) batches.push(reader.end());
  const parameters = { result_format: "message", incremental_output: form === "increments" };
  const body = { model: "m", input: { messages: [{ role: "user", content: "Hi" }] }, parameters };
  const headers = new Headers(form === "whole" ? {} : { "x-dashscope-sse": "enable" });
  const opened = dashscope.open({
    operation: "chat",
    path: textPath,
    headers,
    body: Buffer.from(JSON.stringify(body)),
  });
  const writer = opened.writer({ requestId: "r", isRaw: false, usageExtra: () => ({}) });
  return batches.map((batch) => writer.write(batch) ?? "").join("") + String(writer.end());
}

interface Answer {
  output: { choices?: { finish_reason: string; message: Message }[] };
  usage?: {
    input_tokens: number;
    output_tokens: number;
    prompt_tokens_details: { cached_tokens: number; cache_creation_input_tokens?: number };
    output_tokens_details?: { reasoning_tokens: number };
  };
}

interface Message {
  content: string;
  reasoning_content?: string;
  tool_calls?: { index: number; id: string; function: { name?: string; arguments: string } }[];
}

const stops: Record<string, Meaning["stop"]> = {
  stop: "stop",
  length: "length",
  tool_calls: "tool-calls",
  content_filter: "refusal",
};

function read(text: string, form: "whole" | "increments" | "totals"): Omit<Meaning, "signatures" | "cost"> {
  const lines = text.split("\n").filter((line) => line.startsWith("data:"));
  const all = (form === "whole" ? [text] : lines.map((line) => line.slice(5))).map(
    (json) => JSON.parse(json) as Answer,
  );
  const usage = all.at(-1)?.usage;
  const said: Omit<Meaning, "signatures" | "cost" | "calls"> & { calls: { id: string; name: string; json: string }[] } =
    {
      text: "",
      reasoning: "",
      calls: [],
      stop: "none",
      usage: {
        input: usage?.input_tokens ?? 0,
        cached: usage?.prompt_tokens_details.cached_tokens ?? 0,
        written: usage?.prompt_tokens_details.cache_creation_input_tokens ?? 0,
        output: usage?.output_tokens ?? 0,
        reasoning: usage?.output_tokens_details?.reasoning_tokens ?? 0,
      },
    };
  for (const { output } of form === "totals" ? all.slice(-1) : all) {
    const choice = output.choices?.[0];
    said.text += choice?.message.content ?? "";
    said.reasoning += choice?.message.reasoning_content ?? "";
    said.stop = stops[choice?.finish_reason ?? ""] ?? "none";
    for (const { index, id, function: called } of choice?.message.tool_calls ?? []) {
      const call = (said.calls[index] ??= { id, name: called.name ?? "", json: "" });
      call.json += called.arguments;
    }
  }
  const calls = said.calls.map(({ id, name, json }) => ({ id, name, arguments: JSON.parse(json || "{}") as unknown }));
  return { ...said, calls };
}

/** Something is read where the recordings are missing. */
const excerpt: Recording = {
  name: "excerpt: a thought, a text and a call",
  stream: false,
  bytes: Buffer.from(
    '{"id":"m1","type":"message","role":"assistant","model":"m","content":[{"type":"thinking","thinking":"Hm.","signature":"c2ln"},{"type":"text","text":"Hi"},{"type":"tool_use","id":"toolu_1","name":"f","input":{"a":[1,2]}}],"stop_reason":"tool_use","stop_sequence":null,"usage":{"input_tokens":5,"cache_creation_input_tokens":3,"cache_read_input_tokens":2,"output_tokens":7}}',
  ),
};

const all = [
  { kind: "messages" as const, recording: excerpt },
  ...(["chat", "google", "messages", "responses"] as const).flatMap((kind) =>
    recordingsOf(kind)
      .filter(({ isBroken }) => !isBroken)
      .map((recording) => ({ kind, recording })),
  ),
];

describe("recorded answers", () => {
  for (const { kind, recording } of all)
    test(`${kind}: ${recording.name}${recording.stream ? ", streamed" : ""}`, () => {
      const text = Buffer.from(recording.bytes).toString();
      const { signatures: _signatures, cost: _cost, ...said } = meaningOf(kind, recording.stream, text);
      // Gemini's calls have no ids: Sahab makes some.
      const calls = said.calls.map((call) => ({ ...call, id: call.id || (expect.any(String) as string) }));
      const wanted = { ...said, calls };
      for (const form of ["whole", "increments", "totals"] as const)
        expect([form, read(translate(kind, recording, form), form)]).toEqual([form, wanted]);
    });
});
