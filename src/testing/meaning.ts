import type { RecordingKind } from "./recordings.ts";
import { eventsOf, list, number, object, string, type Json } from "./wire/json.ts";
import { meaningOfChat } from "./meaning/chat.ts";
import { meaningOfDashscope } from "./meaning/dashscope.ts";
import { meaningOfGoogle } from "./meaning/google.ts";
import type { Meaning } from "./meaning/meaning.ts";
import { meaningOfMessages } from "./meaning/messages.ts";
import { meaningOfResponses } from "./meaning/responses.ts";

export type { Meaning } from "./meaning/meaning.ts";

/**
 * Reads an answer the plain way, for tests: it shares no code with Sahab's own readers, and takes what vendors are known to send
 * beside their documents. Throws on an error inside a stream.
 */
export function meaningOf(kind: RecordingKind, stream: boolean, text: string): Meaning {
  const payloads = (stream ? dataOf(text) : [text]).map((data) => JSON.parse(data) as Json);
  const failed = payloads.find((payload) => isFailure(kind, payload));
  if (failed) throw new Error(`an error in the place of an answer: ${JSON.stringify(failed).slice(0, 500)}`);
  return readers[kind](payloads, stream);
}

/** How many answers to the same request there are. */
export function countChoices(text: string, stream: boolean): number {
  const choices = (stream ? dataOf(text) : [text]).flatMap((data) => {
    const payload = JSON.parse(data) as Json;
    return [...list(payload["choices"]), ...list(payload["candidates"]), ...list(object(payload["output"])["choices"])];
  });
  return 1 + Math.max(0, ...choices.map(({ index }) => number(index)));
}

/** Whether it can be read, holds no error, and says how it ended. */
export function isWhole(kind: RecordingKind, stream: boolean, text: string): boolean {
  const payloads: Json[] = [];
  for (const data of stream ? dataOf(text) : [text]) {
    try {
      payloads.push(JSON.parse(data) as Json);
    } catch {
      return false;
    }
  }
  const said = payloads.map((payload) => JSON.stringify(payload)).join("\n");
  return !payloads.some((payload) => isFailure(kind, payload)) && ends[kind].test(said);
}

/** An error, or DashScope's `code`; a response that failed, or Google's words for a call that it could not read. */
function isFailure(kind: RecordingKind, { error, code, output, response, type, candidates }: Json): boolean {
  const isCode = kind === "dashscope" && string(code) !== "" && output === undefined;
  const word = string(list(candidates)[0]?.["finishReason"]);
  return Boolean(error) || isCode || type === "error" || Boolean(object(response)["error"]) || /MALFORMED/.test(word);
}

/** What an answer says last. */
const ends: Record<RecordingKind, RegExp> = {
  chat: /"finish_reason":"/,
  messages: /"type":"message_stop"|"stop_reason":"/,
  responses:
    /"type":"response\.(?:completed|incomplete)"|^(?!.*"type":"response\.).*"status":"(?:completed|incomplete)"/s,
  google: /"finishReason":"|"blockReason":"/,
  dashscope: /"finish_reason":"(?!null)/,
};

const readers: Record<RecordingKind, (payloads: readonly Json[], stream: boolean) => Meaning> = {
  chat: meaningOfChat,
  messages: meaningOfMessages,
  responses: meaningOfResponses,
  google: meaningOfGoogle,
  dashscope: meaningOfDashscope,
};

/** The data of a stream's events up to `[DONE]`. Some recordings lack the blank line after the last event. */
function dataOf(text: string): string[] {
  const data = eventsOf(`${text}\n\n`).map((event) => event.data);
  const end = data.indexOf("[DONE]");
  return end === -1 ? data : data.slice(0, end);
}
