import { limits } from "../../base/limits.ts";
import type { CompletionRequest } from "../../call/index.ts";
import {
  asBoolean,
  asObject,
  asString,
  integerIn,
  invalidField,
  type JsonObject,
  optional,
  otherFields,
} from "../read.ts";
import { asTokenLimit } from "../token-count.ts";
import { decodeTextOrTokens } from "./decode-text-or-tokens.ts";
import {
  decodeModel,
  decodeSampling,
  decodeStop,
  decodeStreaming,
  dialectName,
  sharedFields,
} from "./shared-fields.ts";

/** Reads the parsed body of the legacy `POST /v1/completions`. Throws as `decodeChatRequest` does. */
export function decodeCompletionRequest(body: unknown): CompletionRequest {
  const value = asObject(body, "body");
  const streaming = decodeStreaming(value);
  const prompts = decodeTextOrTokens(value["prompt"], "prompt", limits.choicesMax);
  return {
    dialect: dialectName,
    model: decodeModel(value),
    prompts,
    suffix: optional(value["suffix"], "suffix", asString),
    sampling: decodeSampling(value),
    maxOutputTokens: decodeTokenLimit(value),
    stop: decodeStop(value["stop"]),
    choiceCount: decodeChoiceCount(value, prompts.length),
    topLogprobs: optional(value["logprobs"], "logprobs", integerIn(0, 5)),
    echo: optional(value["echo"], "echo", asBoolean) ?? false,
    stream: streaming.stream,
    streamUsage: streaming.streamUsage,
    extensions: { ...otherFields(value, knownFields), ...streaming.extensions },
  };
}

const knownFields = new Set([...sharedFields, "n_predict", "prompt", "suffix", "logprobs", "echo", "best_of"]);

/** The dialect's own default. */
const outputTokensDefault = 16;

/** `n_predict` is llama-server's name for it. */
function decodeTokenLimit(value: JsonObject): number | undefined {
  const name = (value["max_tokens"] ?? undefined) === undefined ? "n_predict" : "max_tokens";
  const limit = value[name];
  return limit === undefined || limit === null ? outputTokensDefault : asTokenLimit(limit, name, 0);
}

/** Sampling more answers than are returned would be paid for unseen, so `best_of` may only repeat `n`. */
function decodeChoiceCount(value: JsonObject, promptCount: number): number {
  const count = optional(value["n"], "n", integerIn(1, limits.choicesMax)) ?? 1;
  const bestOf = optional(value["best_of"], "best_of", integerIn(1, limits.choicesMax)) ?? count;
  if (bestOf !== count) throw invalidField("best_of", `only the value of n (${count}) is supported, found ${bestOf}`);
  if (count * promptCount <= limits.choicesMax) return count;
  throw invalidField(
    "n",
    `at most ${limits.choicesMax} answers are allowed in all, found ${promptCount} prompts with ${count} each`,
  );
}
