import { textOf, type Message } from "./message.ts";

const titleCharsMax = 80;
/** Code units, below what the server takes. */
const unitsMax = 190;
/** As people count them: one may be several code units. */
const characters = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/** The beginning of the first question. Titles are one line, without what the server refuses. */
export function titleOf(messages: readonly Pick<Message, "content">[]): string {
  const [first] = messages;
  const text = first
    ? textOf(first)
        .replaceAll(/[\p{C}\s]+/gu, " ")
        .trim()
    : "";
  let title = "";
  let count = 0;
  for (const { segment } of characters.segment(text)) {
    if (count === titleCharsMax || title.length + segment.length > unitsMax) return `${title.trimEnd()}…`;
    title += segment;
    count++;
  }
  return title;
}
