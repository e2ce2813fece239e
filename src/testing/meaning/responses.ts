import { list, number, object, parseArguments, string, type Json } from "../wire/json.ts";
import { noMeaning, type Meaning } from "./meaning.ts";

/**
 * A response, or what its events make: texts and thoughts are what came in pieces, which some recordings repeat in other words;
 * calls are as they are when they are done, and the rest is from the last event.
 */
export function meaningOfResponses(payloads: readonly Json[], stream: boolean): Meaning {
  const said = noMeaning();
  const last = payloads.findLast(({ type }) => /^response\.(?:completed|incomplete)$/.test(string(type)));
  const response = stream ? object(last?.["response"]) : (payloads[0] ?? {});
  const done = payloads.filter(({ type }) => type === "response.output_item.done").map(({ item }) => object(item));
  for (const item of stream ? done : list(response["output"])) {
    if (item["type"] === "message")
      for (const part of list(item["content"])) said.text += string(part["text"]) + string(part["refusal"]);
    if (item["type"] === "reasoning") {
      const textsOf = (field: string) => list(item[field]).map(({ text }) => string(text));
      // The parts of a summary are paragraphs.
      said.reasoning += textsOf("content").join("") || textsOf("summary").join("\n\n");
      if (item["encrypted_content"]) said.signatures.push(string(item["encrypted_content"]));
    }
    if (item["type"] === "function_call")
      said.calls.push({
        id: string(item["call_id"]),
        name: string(item["name"]),
        arguments: parseArguments(string(item["arguments"])),
      });
  }
  if (stream) Object.assign(said, readPieces(payloads));
  const reason = object(response["incomplete_details"])["reason"];
  if (reason !== undefined) said.stop = reason === "content_filter" ? "refusal" : "length";
  else if (said.calls.length > 0) said.stop = "tool-calls";
  else if (said.stop === "none") said.stop = "stop";
  const usage = object(response["usage"]);
  const details = object(usage["input_tokens_details"]);
  said.usage = {
    input: number(usage["input_tokens"]),
    cached: number(details["cached_tokens"]),
    written: number(details["cache_write_tokens"]),
    output: number(usage["output_tokens"]),
    reasoning: number(object(usage["output_tokens_details"])["reasoning_tokens"]),
  };
  if (usage["cost"] !== undefined) said.cost = string(usage["cost"]);
  return said;
}

function readPieces(payloads: readonly Json[]): { text: string; reasoning: string } {
  let text = "";
  let reasoning = "";
  for (const { type, delta, summary_index: index } of payloads) {
    if (type === "response.output_text.delta" || type === "response.refusal.delta") text += string(delta);
    if (type === "response.reasoning_text.delta" || type === "response.reasoning_summary_text.delta")
      reasoning += string(delta);
    if (type === "response.reasoning_summary_part.added" && number(index) > 0) reasoning += "\n\n";
  }
  return { text, reasoning };
}
