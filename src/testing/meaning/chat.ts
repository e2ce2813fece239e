import { list, number, object, parseArguments, string, type Json } from "../wire/json.ts";
import type { Said } from "../wire/said.ts";
import { firstOf, noMeaning, type Meaning } from "./meaning.ts";

const stops = {
  stop: "stop",
  length: "length",
  tool_calls: "tool-calls",
  function_call: "tool-calls",
  content_filter: "refusal",
} as const;

/** The first choice of a chat answer, or of its chunks. */
export function meaningOfChat(chunks: readonly Json[]): Meaning {
  const said = noMeaning();
  const calls: { id: string; name: string; text: string }[] = [];
  for (const chunk of chunks) {
    const choice = firstOf(list(chunk["choices"]));
    const delta = object(choice["delta"] ?? choice["message"]);
    // Two names for the same, which some vendors send both of.
    said.reasoning += string(delta["reasoning_content"]) || string(delta["reasoning"]);
    readContent(said, delta["content"]);
    said.text += string(delta["refusal"]);
    if (delta["function_call"]) {
      const made = object(delta["function_call"]);
      const known = (calls[0] ??= { id: "", name: "", text: "" });
      known.name ||= string(made["name"]);
      known.text += string(made["arguments"]);
    }
    for (const [position, call] of list(delta["tool_calls"]).entries()) {
      const at = typeof call["index"] === "number" ? call["index"] : position;
      const made = object(call["function"]);
      const known = (calls[at] ??= { id: "", name: "", text: "" });
      known.id ||= string(call["id"]);
      known.name ||= string(made["name"]);
      known.text += string(made["arguments"]);
    }
    const finish = string(choice["finish_reason"]);
    if (finish !== "") said.stop = stops[finish as keyof typeof stops];
    if (chunk["usage"]) readUsage(said, object(chunk["usage"]));
  }
  if (calls.length > 0 && said.stop === "stop") said.stop = "tool-calls";
  // Some vendors number from 1.
  said.calls = calls.filter(Boolean).map(({ id, name, text }) => ({ id, name, arguments: parseArguments(text) }));
  return said;
}

/** A text, or Mistral's list of parts. */
function readContent(said: Said, content: unknown): void {
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

function readUsage(said: Meaning, usage: Json): void {
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
