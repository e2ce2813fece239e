import type { RecordingKind } from "./recordings.ts";
import { eventsOf, type Json } from "./wire/json.ts";
import { meaningOfChat } from "./meaning/chat.ts";
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
  const failed = payloads.find((payload) => payload["error"]);
  if (failed) throw new Error(`an error in the place of an answer: ${JSON.stringify(failed).slice(0, 500)}`);
  return readers[kind](payloads, stream);
}

const readers: Record<RecordingKind, (payloads: readonly Json[], stream: boolean) => Meaning> = {
  chat: meaningOfChat,
  messages: meaningOfMessages,
  responses: meaningOfResponses,
  google: meaningOfGoogle,
};

/** The data of a stream's events up to `[DONE]`. Some recordings lack the blank line after the last event. */
function dataOf(text: string): string[] {
  const data = eventsOf(`${text}\n\n`).map((event) => event.data);
  const end = data.indexOf("[DONE]");
  return end === -1 ? data : data.slice(0, end);
}
