import { noUsage, type PassedOperation, type Usage } from "../../call/index.ts";
import { usageOf } from "../openai-chat/usage.ts";
import { isObject } from "../read.ts";
import { readTokenCount } from "../token-count.ts";

/** What an answer has beside its usage by which it can be counted. */
export interface Counted {
  images?: number | undefined;
  seconds?: unknown;
}

/**
 * What a vendor's answer or last event counts, by tokens, by the piece, or both; undefined where nothing is counted. Where each has
 * its counts: OpenAI's images `input_tokens_details.image_tokens`; its transcripts `input_token_details.audio_tokens`, or
 * `type: duration` with `seconds`; Mistral's `prompt_audio_seconds`; Ark's images `generated_images`.
 */
export function passedUsage(
  operation: PassedOperation,
  said: unknown,
  { images, seconds }: Counted = {},
): Usage | undefined {
  const usage = isObject(said) ? said : {};
  const tokens = usageOf({ usage });
  const isImage = operation.startsWith("image-");
  const image = isImage ? (readTokenCount(usage["generated_images"]) ?? images) : undefined;
  const second = wholeSeconds(usage["seconds"] ?? usage["prompt_audio_seconds"] ?? seconds);
  if (!tokens && image === undefined && second === undefined) return undefined;
  const counts = { ...(image !== undefined && { image }), ...(second !== undefined && { second }) };
  const input = objectOf(
    usage["input_tokens_details"] ?? usage["input_token_details"] ?? usage["prompt_tokens_details"],
  );
  const output = objectOf(usage["output_tokens_details"] ?? usage["output_token_details"]);
  const imageInput = readTokenCount(input["image_tokens"]);
  const audioInput = readTokenCount(input["audio_tokens"]);
  // All output of OpenAI's image models is images, but for what its details call text.
  const text = readTokenCount(output["text_tokens"]) ?? 0;
  const imageOutput = isImage && tokens ? Math.max(0, tokens.outputTokens - text) : undefined;
  const audioOutput = operation === "speech" ? tokens?.outputTokens : undefined;
  const parts = {
    ...(imageInput && { imageInput }),
    ...(audioInput && { audioInput }),
    ...(imageOutput && { imageOutput }),
    ...(audioOutput && { audioOutput }),
  };
  return {
    ...(tokens ?? noUsage),
    ...(Object.keys(parts).length > 0 && { parts }),
    ...(Object.keys(counts).length > 0 && { counts }),
  };
}

function objectOf(value: unknown): Record<string, unknown> {
  return isObject(value) ? value : {};
}

/** Vendors bill whole seconds: 8.47 are 9 in OpenAI's own usage. */
function wholeSeconds(value: unknown): number | undefined {
  // Some servers write the duration as text.
  const seconds = typeof value === "string" && /^\d{1,9}(?:\.\d{1,20})?$/.test(value) ? Number(value) : value;
  return typeof seconds === "number" && seconds >= 0 && seconds <= secondsMax ? Math.ceil(seconds) : undefined;
}

const secondsMax = 10_000_000;
