import type { AnswerEvent, TextOperation } from "../../call/index.ts";
import type { Writer } from "../dialect.ts";
import { jsonType } from "../media-types.ts";
import type { JsonObject } from "../read.ts";

/** Writes an answer as llama-server does. */
export function createTextWriter(operation: TextOperation): Writer {
  const all: AnswerEvent[] = [];
  return {
    contentType: jsonType,
    write(batch) {
      all.push(...batch.events());
      return undefined;
    },
    end: () => JSON.stringify(encode(operation, all)),
    fail: () => "",
  };
}

function encode(operation: TextOperation, events: readonly AnswerEvent[]): JsonObject {
  if (operation !== "tokenize") {
    const text = events.find(({ type }) => type === "plain-text");
    return { [operation === "detokenize" ? "content" : "prompt"]: text?.type === "plain-text" ? text.text : "" };
  }
  const found = events.find(({ type }) => type === "tokens");
  if (found?.type !== "tokens") return { tokens: [] };
  const { tokens, pieces } = found;
  return { tokens: pieces ? tokens.map((id, at) => ({ id, piece: pieces[at] ?? "" })) : tokens };
}
