import { list, number, object, parseArguments, string, type Json } from "../wire/json.ts";
import { firstOf, noMeaning, type Meaning } from "./meaning.ts";

const stops: Record<string, Meaning["stop"]> = {
  stop: "stop",
  length: "length",
  tool_calls: "tool-calls",
  content_filter: "refusal",
};

/** A result of DashScope's own API, or those of a stream, each of which says what is new or all that there is so far. */
export function meaningOfDashscope(payloads: readonly Json[]): Meaning {
  const said = noMeaning();
  const texts: string[] = [];
  const thoughts: string[] = [];
  const calls: { id: string; name: string; texts: string[] }[] = [];
  for (const payload of payloads) {
    const output = object(payload["output"]);
    const choice = output["choices"] ? firstOf(list(output["choices"])) : output;
    const message = object(choice["message"]);
    texts.push(textOf(message["content"] ?? output["text"]));
    thoughts.push(textOf(message["reasoning_content"]));
    for (const [position, call] of list(message["tool_calls"]).entries()) {
      const made = object(call["function"]);
      const known = (calls[typeof call["index"] === "number" ? call["index"] : position] ??= {
        id: "",
        name: "",
        texts: [],
      });
      known.id ||= string(call["id"]);
      known.name ||= string(made["name"]);
      known.texts.push(string(made["arguments"]));
    }
    const finish = string(choice["finish_reason"]);
    if (finish !== "" && finish !== "null") said.stop = stops[finish] ?? "stop";
    if (payload["usage"]) readUsage(said, object(payload["usage"]));
  }
  const isTotal = [texts, thoughts, ...calls.map((call) => call.texts)].every(grows);
  const join = (pieces: readonly string[]) =>
    isTotal ? (pieces.findLast((piece) => piece !== "") ?? "") : pieces.join("");
  said.text = join(texts);
  said.reasoning = join(thoughts);
  said.calls = calls.map((call) => ({ id: call.id, name: call.name, arguments: parseArguments(join(call.texts)) }));
  return said;
}

/** Each repeats the one before, which no model does with pieces. */
function grows(pieces: readonly string[]): boolean {
  const filled = pieces.filter((piece) => piece !== "");
  return filled.every((piece, index) => piece.startsWith(filled[index - 1] ?? ""));
}

/** A text, or the list of multimodal models. */
function textOf(content: unknown): string {
  if (typeof content === "string") return content;
  return list(content)
    .map(({ text }) => string(text))
    .join("");
}

function readUsage(said: Meaning, usage: Json): void {
  const prompt = object(usage["prompt_tokens_details"]);
  said.usage = {
    input: number(usage["input_tokens"]),
    cached: number(prompt["cached_tokens"]),
    written: number(prompt["cache_creation_input_tokens"]),
    output: number(usage["output_tokens"]),
    reasoning: number(object(usage["output_tokens_details"])["reasoning_tokens"]),
  };
  if (usage["cost"] !== undefined) said.cost = string(usage["cost"]);
}
