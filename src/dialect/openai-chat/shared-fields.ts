import { limits } from "../../base/limits.ts";
import type { Sampling } from "../../call/index.ts";
import {
  asArray,
  asBoolean,
  asObject,
  asString,
  integerIn,
  invalidField,
  isObject,
  type JsonObject,
  numberIn,
  optional,
  otherFields,
  wrongType,
} from "../read.ts";

/** The name of the dialect. */
export const dialectName = "openai-chat";

/** Fields that chat and plain completions have in common. */
export const sharedFields = [
  "model",
  "stream",
  "stream_options",
  "max_tokens",
  "stop",
  "n",
  "temperature",
  "top_p",
  "top_k",
  "min_p",
  "seed",
  "frequency_penalty",
  "presence_penalty",
  "repeat_penalty",
  "repetition_penalty",
];

/** Whether a client offers `functions`, as tools were called until 2023, and so expects a `function_call` in the answer. */
export function usesFunctions(isGiven: (name: "functions" | "tools") => boolean): boolean {
  return isGiven("functions") && !isGiven("tools");
}

export function decodeModel(value: JsonObject): string {
  const model = asString(value["model"], "model");
  if (model.length > 0 && model.length <= limits.modelNameCharsMax) return model;
  throw invalidField("model", `expected 1 to ${limits.modelNameCharsMax} characters, found ${model.length}`);
}

export function decodeSampling(value: JsonObject): Sampling {
  const sampling: Sampling = {};
  for (const [key, name, read] of samplingFields) {
    if (name === "repetition_penalty" && (value["repeat_penalty"] ?? undefined) !== undefined) continue;
    const set = optional(value[name], name, read);
    if (set !== undefined) sampling[key] = set;
  }
  return sampling;
}

/** Ranges: OpenAI's reference; `top_k` of −1 or 0 and `min_p` of 0 switch them off in vLLM and llama.cpp. Of two names only llama.cpp's is read. */
const samplingFields: readonly [keyof Sampling, string, (value: unknown, path: string) => number][] = [
  ["temperature", "temperature", numberIn(0, 2)],
  ["topP", "top_p", numberIn(0, 1)],
  ["topK", "top_k", integerIn(-1, 1_000_000)],
  ["minP", "min_p", numberIn(0, 1)],
  ["seed", "seed", integerIn(Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER)],
  ["frequencyPenalty", "frequency_penalty", numberIn(-2, 2)],
  ["presencePenalty", "presence_penalty", numberIn(-2, 2)],
  ["repeatPenalty", "repetition_penalty", numberIn(0.01, 10)],
  ["repeatPenalty", "repeat_penalty", numberIn(0.01, 10)],
];

/** What a tool or a call has beside what is known: beside its `function`, and in it. Undefined for nothing. */
export function restOfFunction(
  value: JsonObject,
  known: ReadonlySet<string>,
  knownInside: ReadonlySet<string>,
): JsonObject | undefined {
  const beside = otherFields(value, known);
  const inside = isObject(value["function"]) ? otherFields(value["function"], knownInside) : undefined;
  return beside || inside ? { ...beside, ...(inside && { function: inside }) } : undefined;
}

export function decodeStop(value: unknown): string[] {
  if (value === undefined || value === null) return [];
  if (typeof value !== "string" && !Array.isArray(value))
    throw wrongType("stop", "a string or an array of strings", value);
  const stop = typeof value === "string" ? [value] : asArray(value, "stop", limits.stopSequencesMax);
  return stop.map((text, index) => {
    const path = typeof value === "string" ? "stop" : `stop[${index}]`;
    if (asString(text, path) === "") throw invalidField(path, "an empty string would stop every answer at once");
    return asString(text, path);
  });
}

export function decodeStreaming(value: JsonObject): { stream: boolean; streamUsage: boolean; extensions: JsonObject } {
  const stream = optional(value["stream"], "stream", asBoolean) ?? false;
  const options = optional(value["stream_options"], "stream_options", asObject) ?? {};
  const includeUsage = optional(options["include_usage"], "stream_options.include_usage", asBoolean) ?? false;
  const rest = otherFields(options, new Set(["include_usage"]));
  return { stream, streamUsage: stream && includeUsage, extensions: rest ? { stream_options: rest } : {} };
}
