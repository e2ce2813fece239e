import { list, number, object, string, type Json } from "../wire/json.ts";
import type { SaidCall } from "../wire/said.ts";
import { firstOf, noMeaning, type Meaning } from "./meaning.ts";

const stops = {
  STOP: "stop",
  MAX_TOKENS: "length",
  CONTINUATION: "length",
  SAFETY: "refusal",
  PROHIBITED_CONTENT: "refusal",
  BLOCKLIST: "refusal",
  RECITATION: "refusal",
  SPII: "refusal",
} as const;

/** A response of Gemini's, or those of a stream. */
export function meaningOfGoogle(payloads: readonly Json[]): Meaning {
  const said = noMeaning();
  /** The call whose arguments still come in pieces. */
  let open: (SaidCall & { arguments: Json; path: string }) | undefined;
  for (const payload of payloads) {
    const candidate = firstOf(list(payload["candidates"]));
    for (const part of list(object(candidate["content"])["parts"])) {
      if (part["thought"] === true) said.reasoning += string(part["text"]);
      else said.text += string(part["text"]);
      if (part["functionCall"] === undefined) continue;
      const call = object(part["functionCall"]);
      if (open) Object.assign(open.arguments, object(call["args"]));
      else {
        open = { id: string(call["id"]), name: string(call["name"]), arguments: { ...object(call["args"]) }, path: "" };
        said.calls.push(open);
      }
      for (const piece of list(call["partialArgs"])) addPiece(open, piece);
      if (call["willContinue"] !== true) open = undefined;
    }
    if (object(payload["promptFeedback"])["blockReason"] !== undefined) said.stop = "refusal";
    const finish = string(candidate["finishReason"]);
    if (finish !== "") said.stop = stops[finish as keyof typeof stops];
    if (payload["usageMetadata"]) readUsage(said, object(payload["usageMetadata"]));
  }
  if (said.calls.length > 0 && said.stop === "stop") said.stop = "tool-calls";
  said.calls = said.calls.map(({ id, name, arguments: args }) => ({ id, name, arguments: args }));
  return said;
}

/** A value at a JSON path such as `$.recipe.steps[8]`; a text goes on where the same path was said just before. */
function addPiece(call: { arguments: Json; path: string }, piece: Json): void {
  const path = string(piece["jsonPath"]);
  const steps = [...path.matchAll(/\.([^.[\]]+)|\[(\d+)\]|\['([^']+)'\]/g)].map(([, name, index, quoted]) =>
    index === undefined ? (name ?? quoted ?? "") : Number(index),
  );
  let holder = call.arguments as Record<string | number, unknown>;
  for (const [at, step] of steps.slice(0, -1).entries())
    holder = (holder[step] ??= typeof steps[at + 1] === "number" ? [] : {}) as Record<string | number, unknown>;
  const last = steps.at(-1) ?? "";
  const isMore = call.path === path && typeof holder[last] === "string";
  if (piece["stringValue"] !== undefined)
    holder[last] = (isMore ? string(holder[last]) : "") + string(piece["stringValue"]);
  else holder[last] = piece["numberValue"] ?? piece["boolValue"] ?? null;
  call.path = path;
}

function readUsage(said: Meaning, usage: Json): void {
  if (usage["promptTokenCount"] === undefined) return;
  const reasoning = number(usage["thoughtsTokenCount"]);
  said.usage = {
    input: number(usage["promptTokenCount"]) + number(usage["toolUsePromptTokenCount"]),
    cached: number(usage["cachedContentTokenCount"]),
    written: 0,
    output: number(usage["candidatesTokenCount"]) + reasoning,
    reasoning,
  };
  if (usage["cost"] !== undefined) said.cost = string(usage["cost"]);
}
