import { SahabError } from "../../base/errors.ts";
import type { AnswerEvent, PassedOperation } from "../../call/index.ts";
import type { AnswerKind, StreamDecoder } from "../dialect.ts";
import { readFinishWord, type FinishWord } from "../finish-words.ts";
import { isObject } from "../read.ts";
import { objectIn } from "../usage-kinds.ts";
import { decodeErrorObject, describesError, parseJson, saysError } from "../vendor-error.ts";
import { passedUsage } from "./usage.ts";

/**
 * What the events of streams mean. OpenAI's API reference: transcripts end with `transcript.text.done`, sounds with
 * `speech.audio.done`, images with an `image_generation.completed` or `image_edit.completed` each. Ark sends each image in a
 * `….partial_succeeded` and one `….completed` behind all of them. Mistral's transcripts (https://docs.mistral.ai/api, "Audio") are
 * the `text` of `transcription.text.delta`, and end with `transcription.done`. vLLM's (speech_to_text.py) are chunks as those of a
 * chat: each half minute of sound ends with a reason, and all of them with `[DONE]`.
 */
export function createEventDecoder(
  operation: PassedOperation,
  { choiceCount, quirks }: Pick<AnswerKind, "choiceCount" | "quirks">,
): StreamDecoder {
  let images = 0;
  let completed = 0;
  let endedChunks = 0;
  let isDone = false;
  let isFailed = false;
  const fail = (error: SahabError): AnswerEvent[] => {
    isFailed = true;
    return [{ type: "error", error }];
  };
  return {
    get isDone() {
      return isDone;
    },
    decode(data, name) {
      if (data.trim() === "[DONE]") {
        // Some vendors leave out what OpenAI ends with, and count in no event.
        isDone = completed + endedChunks > 0;
        return isDone ? [] : fail(cut());
      }
      const json = parseJson(data);
      if (!isObject(json))
        return fail(new SahabError("upstream_invalid_response", "an event of the answer is not JSON"));
      const type = typeof json["type"] === "string" ? json["type"] : name;
      if (saysError(json) || (type === "message" && describesError(json))) return fail(decodeErrorObject(json, quirks));
      if (chunkForm.test(String(json["object"]))) {
        const { events, end } = readChunk(json, operation);
        if (end?.type === "failure") return [...events, ...fail(brokenOff(end.word))];
        if (end) endedChunks++;
        return events;
      }
      const text = textOf(json, type);
      if (text !== undefined) return [{ type: "text-delta", choice: 0, text }];
      if (type.endsWith(".partial_succeeded")) images++;
      if (!endForm.test(type)) return [];
      completed++;
      isDone = !operation.startsWith("image-") || completed >= choiceCount || images > 0;
      const counted = images > 0 ? images : operation.startsWith("image-") ? completed : undefined;
      const usage = passedUsage(operation, json["usage"], { images: counted });
      return usage ? [{ type: "usage", usage }] : [];
    },
    end: () => (isDone || isFailed || completed > 0 ? [] : fail(cut())),
  };
}

const endForm = /^(?:transcript\.text|transcription|speech\.audio|image_\w+)\.(?:done|completed)$/;

const chunkForm = /^(?:transcription|translation)\.chunk$/;

function readChunk(
  json: Record<string, unknown>,
  operation: PassedOperation,
): { events: AnswerEvent[]; end: FinishWord | undefined } {
  const choices = json["choices"];
  const choice: unknown = Array.isArray(choices) ? choices[0] : undefined;
  const text = objectIn(choice, "delta")["content"];
  const usage = passedUsage(operation, json["usage"]);
  const events: AnswerEvent[] =
    typeof text === "string" && text !== "" ? [{ type: "text-delta", choice: 0, text }] : [];
  if (usage) events.push({ type: "usage", usage });
  return { events, end: isObject(choice) ? readFinishWord(choice["finish_reason"]) : undefined };
}

/** What is shown of the answer: text, sound or a picture, of which its first letters say enough. */
function textOf(json: Record<string, unknown>, type: string): string | undefined {
  if (endForm.test(type)) return undefined;
  for (const key of ["delta", "audio"]) if (typeof json[key] === "string") return json[key];
  if (type === "transcription.text.delta" && typeof json["text"] === "string") return json["text"];
  for (const key of ["b64_json", "url"]) if (typeof json[key] === "string") return json[key].slice(0, 8);
  return undefined;
}

function brokenOff(word: string): SahabError {
  return new SahabError("stream_interrupted", `The vendor broke off the answer (${word})`);
}

function cut(): SahabError {
  return new SahabError("stream_interrupted", "The vendor's stream ended before its answer was complete");
}
