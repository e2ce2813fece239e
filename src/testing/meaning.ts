import type { RecordingKind } from "./recordings.ts";

/** What an answer says, whatever its wire format: what a translation must keep. */
export interface Meaning {
  text: string;
  reasoning: string;
  /** Arguments parsed, since their spelling may change. */
  calls: { id: string; name: string; arguments: unknown }[];
  stop: "stop" | "length" | "tool-calls" | "refusal" | "none";
  /** Input includes what was read from a cache and written to it; all 0 where nobody counted. */
  usage: { input: number; cached: number; written: number; output: number; reasoning: number };
  /** Proofs of reasoning: of Messages, and the encrypted content of Responses. */
  signatures: string[];
  /** The cost fields that Sahab adds; a vendor's answer has none. */
  cost: string | undefined;
}

/** Reads an answer the plain way, for tests: it shares no code with Sahab's own readers. Throws on an error inside a stream. */
export function meaningOf(kind: RecordingKind, stream: boolean, text: string): Meaning {
  const payloads = stream ? dataOf(text).map(parse) : [parse(text)];
  if (kind === "responses") return meaningOfResponses(stream, payloads);
  return kind === "chat" ? meaningOfChat(payloads) : meaningOfMessages(stream, payloads);
}

/** The data of a stream's events up to `[DONE]`. */
function dataOf(text: string): string[] {
  const data = text
    .split(/\r?\n/)
    .filter((line) => line.startsWith("data:"))
    .map((line) => line.slice("data:".length).trim());
  const end = data.indexOf("[DONE]");
  return end === -1 ? data : data.slice(0, end);
}

type Json = Record<string, unknown>;

function parse(text: string): Json {
  const json = JSON.parse(text) as Json;
  if (json["error"]) throw new Error(`an error in the place of an answer: ${text.slice(0, 500)}`);
  return json;
}

const chatStops = { stop: "stop", length: "length", tool_calls: "tool-calls", content_filter: "refusal" } as const;
const messageStops = {
  end_turn: "stop",
  stop_sequence: "stop",
  max_tokens: "length",
  tool_use: "tool-calls",
  refusal: "refusal",
} as const;

function meaningOfChat(chunks: Json[]): Meaning {
  const said = nothingSaid();
  const calls: { id: string; name: string; text: string }[] = [];
  for (const chunk of chunks) {
    const [choice = {}] = list(chunk["choices"]);
    const delta = object(choice["delta"] ?? choice["message"]);
    said.reasoning += string(delta["reasoning_content"]);
    readContent(said, delta["content"]);
    for (const [position, call] of list(delta["tool_calls"]).entries()) {
      const at = typeof call["index"] === "number" ? call["index"] : position;
      const made = object(call["function"]);
      const known = (calls[at] ??= { id: "", name: "", text: "" });
      known.id ||= string(call["id"]);
      known.name ||= string(made["name"]);
      known.text += string(made["arguments"]);
    }
    const finish = string(choice["finish_reason"]);
    if (finish !== "") said.stop = chatStops[finish as keyof typeof chatStops];
    if (chunk["usage"]) readChatUsage(said, object(chunk["usage"]));
  }
  // Some vendors number from 1.
  said.calls = calls.filter(Boolean).map(({ id, name, text }) => ({ id, name, arguments: parseArguments(text) }));
  return said;
}

/** A text, or Mistral's list of parts. */
function readContent(said: Meaning, content: unknown): void {
  if (!Array.isArray(content)) {
    said.text += string(content);
    return;
  }
  for (const part of list(content)) {
    if (part["type"] === "thinking")
      said.reasoning += list(part["thinking"])
        .map(({ text }) => string(text))
        .join("");
    else said.text += string(part["text"]);
  }
}

function readChatUsage(said: Meaning, usage: Json): void {
  const prompt = object(usage["prompt_tokens_details"]);
  said.usage = {
    input: number(usage["prompt_tokens"]),
    cached: number(prompt["cached_tokens"] ?? usage["cached_tokens"]),
    written: number(prompt["cache_write_tokens"]),
    output: number(usage["completion_tokens"]),
    reasoning: number(object(usage["completion_tokens_details"])["reasoning_tokens"]),
  };
  if (usage["cost"] !== undefined) said.cost = string(usage["cost"]);
}

/** The first message: recordings may hold several, one behind the other. */
function meaningOfMessages(stream: boolean, payloads: Json[]): Meaning {
  const [first = {}] = payloads;
  return stream ? meaningOfMessageStream(payloads) : meaningOfMessage(first);
}

function meaningOfMessage(message: Json): Meaning {
  const said = nothingSaid();
  for (const block of list(message["content"])) readBlock(said, block, block["input"]);
  readEnd(said, message);
  readMessageUsage(said, object(message["usage"]));
  return said;
}

function meaningOfMessageStream(payloads: Json[]): Meaning {
  const said = nothingSaid();
  const usage: Json = {};
  let block: Json = {};
  let input = "";
  for (const payload of payloads) {
    const { type } = payload;
    if (type === "message_start") Object.assign(usage, object(object(payload["message"])["usage"]));
    if (type === "content_block_start") {
      block = { ...object(payload["content_block"]) };
      input = "";
    }
    if (type === "content_block_delta") {
      const delta = object(payload["delta"]);
      for (const key of ["text", "thinking", "signature"] as const)
        if (delta[key] !== undefined) block[key] = string(block[key]) + string(delta[key]);
      input += string(delta["partial_json"]);
    }
    if (type === "content_block_stop") readBlock(said, block, input === "" ? block["input"] : parseArguments(input));
    if (type === "message_delta") {
      readEnd(said, object(payload["delta"]));
      Object.assign(usage, object(payload["usage"]));
    }
    if (type === "message_stop") break;
  }
  readMessageUsage(said, usage);
  return said;
}

/** Blocks of other types are of hosted tools, which no other dialect has. */
function readBlock(said: Meaning, block: Json, input: unknown): void {
  if (block["type"] === "text") said.text += string(block["text"]);
  if (block["type"] === "thinking") {
    said.reasoning += string(block["thinking"]);
    said.signatures.push(string(block["signature"]));
  }
  if (block["type"] === "tool_use")
    said.calls.push({ id: string(block["id"]), name: string(block["name"]), arguments: input });
}

function readEnd(said: Meaning, holder: Json): void {
  const reason = string(holder["stop_reason"]);
  if (reason !== "") said.stop = messageStops[reason as keyof typeof messageStops];
}

function readMessageUsage(said: Meaning, usage: Json): void {
  const cached = number(usage["cache_read_input_tokens"]);
  const written = number(usage["cache_creation_input_tokens"]);
  said.usage = {
    input: number(usage["input_tokens"]) + cached + written,
    cached,
    written,
    output: number(usage["output_tokens"]),
    reasoning: number(object(usage["output_tokens_details"])["thinking_tokens"]),
  };
  if (usage["cost"] !== undefined) said.cost = string(usage["cost"]);
}

/** A stream says all of it twice: in pieces, which count, and at its end. Throws for an event of an item that was not added. */
function meaningOfResponses(stream: boolean, payloads: Json[]): Meaning {
  if (!stream) return meaningOfResponse(payloads[0] ?? {});
  const said = nothingSaid();
  const places = new Set<unknown>();
  for (const payload of payloads) {
    const { type, output_index: place } = payload;
    const delta = string(payload["delta"]);
    if (type === "response.output_item.added") places.add(place);
    else if (place !== undefined && !places.has(place)) throw new Error(`${string(type)} comes before its item`);
    if (type === "response.output_text.delta" || type === "response.refusal.delta") said.text += delta;
    if (type === "response.reasoning_text.delta") said.reasoning += delta;
    if (type === "response.reasoning_summary_text.delta") said.reasoning += delta;
    if (type === "response.reasoning_summary_part.added" && number(payload["summary_index"]) > 0)
      said.reasoning += "\n\n";
    if (type === "response.output_item.done") {
      const { calls, signatures } = meaningOfResponse({ output: [payload["item"]] });
      said.calls.push(...calls);
      said.signatures.push(...signatures);
    }
    if (type === "response.completed" || type === "response.incomplete") {
      const { stop, usage, cost } = meaningOfResponse(object(payload["response"]));
      const isCall = stop === "stop" && said.calls.length > 0;
      return { ...said, stop: isCall ? "tool-calls" : stop, usage, cost };
    }
  }
  return said;
}

function meaningOfResponse(response: Json): Meaning {
  const said = nothingSaid();
  for (const item of list(response["output"])) {
    if (item["type"] === "message")
      for (const part of list(item["content"])) said.text += string(part["text"]) + string(part["refusal"]);
    if (item["type"] === "reasoning") {
      const shown = list(item["content"]).map(({ text }) => string(text));
      const summary = list(item["summary"]).map(({ text }) => string(text));
      said.reasoning += shown.join("") || summary.join("\n\n");
      if (item["encrypted_content"]) said.signatures.push(string(item["encrypted_content"]));
    }
    // Custom tools were not asked for; xAI calls its own by that name.
    if (item["type"] === "function_call")
      said.calls.push({
        id: string(item["call_id"]),
        name: string(item["name"]),
        arguments: parseArguments(string(item["arguments"])),
      });
  }
  const reason = string(object(response["incomplete_details"])["reason"]);
  if (response["status"] === "completed") said.stop = said.calls.length > 0 ? "tool-calls" : "stop";
  if (response["status"] === "incomplete") said.stop = reason === "content_filter" ? "refusal" : "length";
  const usage = object(response["usage"]);
  const input = object(usage["input_tokens_details"]);
  said.usage = {
    input: number(usage["input_tokens"]),
    cached: number(input["cached_tokens"]),
    written: number(input["cache_write_tokens"]),
    output: number(usage["output_tokens"]),
    reasoning: number(object(usage["output_tokens_details"])["reasoning_tokens"]),
  };
  if (usage["cost"] !== undefined) said.cost = string(usage["cost"]);
  return said;
}

function nothingSaid(): Meaning {
  const usage = { input: 0, cached: 0, written: 0, output: 0, reasoning: 0 };
  return { text: "", reasoning: "", calls: [], stop: "none", usage, signatures: [], cost: undefined };
}

function parseArguments(text: string): unknown {
  return JSON.parse(text === "" ? "{}" : text);
}

const list = (value: unknown): Json[] => (Array.isArray(value) ? (value as Json[]) : []);
const object = (value: unknown): Json => (typeof value === "object" && value !== null ? (value as Json) : {});
const string = (value: unknown): string => (typeof value === "string" ? value : "");
const number = (value: unknown): number => (typeof value === "number" ? value : 0);
