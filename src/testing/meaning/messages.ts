import { list, number, object, parseArguments, string, type Json } from "../wire/json.ts";
import type { Said } from "../wire/said.ts";
import { noMeaning, type Meaning } from "./meaning.ts";

const stops = {
  end_turn: "stop",
  stop_sequence: "stop",
  max_tokens: "length",
  tool_use: "tool-calls",
  refusal: "refusal",
  // There would have been more.
  pause_turn: "length",
  model_context_window_exceeded: "length",
} as const;

/** The first message: recordings may hold several, one behind the other. */
export function meaningOfMessages(payloads: readonly Json[], stream: boolean): Meaning {
  const said = noMeaning();
  const [first = {}] = payloads;
  if (stream) readEvents(said, payloads);
  else {
    for (const block of list(first["content"])) readBlock(said, block, block["input"]);
    readEnd(said, first);
    readUsage(said, object(first["usage"]));
  }
  return said;
}

function readEvents(said: Meaning, payloads: readonly Json[]): void {
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
        if (delta["type"] === `${key}_delta`) block[key] = string(block[key]) + string(delta[key]);
      input += string(delta["partial_json"]);
    }
    if (type === "content_block_stop") readBlock(said, block, input === "" ? block["input"] : parseArguments(input));
    if (type === "message_delta") {
      readEnd(said, object(payload["delta"]));
      Object.assign(usage, object(payload["usage"]));
    }
    if (type === "message_stop") break;
  }
  readUsage(said, usage);
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

function readEnd(said: Said, holder: Json): void {
  const reason = string(holder["stop_reason"]);
  if (reason !== "") said.stop = stops[reason as keyof typeof stops];
}

function readUsage(said: Meaning, usage: Json): void {
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
