import type { Message } from "./message.ts";

/** Bounds of the server, in UTF-16 code units. */
export const textCharsMax = 1_000_000;
export const systemCharsMax = 100_000;
const errorCharsMax = 4_000;
const codeCharsMax = 100;

/** A message as the server keeps it: what is longer than it takes is cut, and what is still being written counts as stopped. */
export function fitMessage(message: Message) {
  const { id, parent, role, status, content, reasoning, model, request_id, usage, timings, error, finish } = message;
  return {
    id,
    parent,
    role,
    content: content.map((part) => (part.type === "text" ? { ...part, text: cut(part.text, textCharsMax) } : part)),
    reasoning: cut(reasoning, textCharsMax),
    model,
    request_id,
    usage,
    timings,
    error: error && { code: cut(error.code, codeCharsMax), message: cut(error.message, errorCharsMax) },
    finish: finish && cut(finish, codeCharsMax),
    status: status === "streaming" ? ("stopped" as const) : status,
  };
}

/** The words of a message alone, for one that the server refuses as a whole: those that follow it need it in the tree. */
export function bareMessage(message: Message): Message {
  const content = message.content.filter(({ type }) => type === "text");
  return {
    ...message,
    content,
    reasoning: "",
    request_id: null,
    usage: null,
    timings: null,
    error: null,
    finish: null,
  };
}

/** An end that tears a character in two would be no text. */
function cut(text: string, charsMax: number): string {
  return text.length <= charsMax ? text : text.slice(0, charsMax).replace(/[\ud800-\udbff]$/, "");
}
