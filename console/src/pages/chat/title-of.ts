import { textOf, type Message } from "./message.ts";

const titleCharsMax = 80;

/** The beginning of the first question. Titles are one line, without what the server refuses. */
export function titleOf(messages: readonly Pick<Message, "content">[]): string {
  const [first] = messages;
  const text = first
    ? textOf(first)
        .replaceAll(/[\p{C}\s]+/gu, " ")
        .trim()
    : "";
  const chars = [...text];
  return chars.length > titleCharsMax ? `${chars.slice(0, titleCharsMax).join("").trimEnd()}…` : text;
}
